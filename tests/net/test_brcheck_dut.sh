#!/bin/bash
# brcheck dut: the device under test is a kernel bridge in another namespace, cabled to three interfaces.
. "$(dirname "$0")/lib.sh"
need_root
ns lab dev
for i in 1 2 3; do veth lab eth$i dev p$i; done
nsip dev link add br0 type bridge mcast_snooping 0
br_netfilter dev 0
for i in 1 2 3; do nsip dev link set p$i master br0; done
nsip dev link set br0 up
forwarding() { [ "$(nsip dev -d link show master br0 | grep -c 'bridge_slave state forwarding')" = 3 ]; }
poll 5 forwarding
for i in 1 2 3; do poll 5 is_up lab eth$i; done
scenarios=$(cd "$(dirname "$0")/../scenarios" && pwd)
dut() {
	nsip dev link set br0 type bridge fdb_flush 2>/dev/null
	at lab "$BIN/brcheck" dut "$@" >"$T/out" 2>"$T/err"; echo $? >"$T/rc"
}
all="--port p1=eth1 --port p2=eth2 --port p3=eth3"
said() {
	if [ "$(cat "$T/rc")" = "$2" ] && cat "$T/out" "$T/err" | grep -Eq "$3"; then ok "$1"; else
		not_ok "$1"; echo "# status $(cat "$T/rc"), wanted $2 and $3"; cat "$T/out" "$T/err" | sed 's/^/# /'
	fi
}
dut $all "$scenarios/learn"
said "a bridge that behaves agrees" 0 'agrees with the model on 1[0-9] frames'
promiscuous() { nsip lab -d link show eth$1 | grep -o 'promiscuity [0-9]*'; }
equal "the interfaces are as they were" "promiscuity 0 promiscuity 0" "$(promiscuous 1) $(promiscuous 2)"
at dev bridge link set dev p2 flood off
dut $all "$scenarios/learn"
said "one that does not flood is found, with the scenario's line" 1 'learn:7: at p2 the model sends 1 frame, the device none'
at dev bridge link set dev p2 flood on
dut $all "$scenarios/move"
said "a host that moves, too" 0 'agrees'
dut $all "$scenarios/isolation"
said "a device cannot be changed on the way" 1 'isolation:1[0-9]: a device under test cannot be changed'
dut --port p1=eth1 --port p2=eth2 "$scenarios/learn"
said "a port without interface" 2 "port 'p3' has no interface"
dut --port p1=eth1 --port p2=eth2 --port p3=eth9 "$scenarios/learn"
said "an interface that is not there" 1 "no interface 'eth9'; .ip link. shows"
dut --port p1=eth1 --port p2=eth2 --port p3=eth2 "$scenarios/learn"
said "an interface given twice" 2 "'eth2' is given twice"
dut --port p9=eth1 "$scenarios/learn"
said "a port that is not the scenario's" 1 "has no port 'p9'"
nsip lab link set eth3 down
dut $all "$scenarios/learn"
said "an interface that is down" 1 'eth3 is not up'
nsip lab link set eth3 up
poll 5 is_up lab eth3
printf 'port p1\nport p2\nport p3\nat 100\nsend p1 broadcast 02:00:00:00:00:01\n' >"$T/long"
dut $all --time 1 "$T/long"
said "a frame that comes behind --time is not waited for" 1 "long:5: this frame's time is behind the end \(--time 1\)"
bg SLOW at lab "$BIN/brcheck" dut $all --quiet 5000 "$scenarios/learn" >/dev/null
check "promiscuous while it runs" poll 5 sh -c "ip -n $NS_lab -d link show eth1 | grep -q 'promiscuity 1'"
kill -TERM $SLOW; wait $SLOW
equal "SIGTERM leaves the interfaces as they were" "promiscuity 0 promiscuity 0" "$(promiscuous 1) $(promiscuous 2)"
finish
