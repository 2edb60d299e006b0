#!/bin/bash
# xdp_bridge on a live bridge: three hosts, frames in and out, counters, and the ways it can end.
. "$(dirname "$0")/lib.sh"
need_root
need ethtool ping bridge

XB=$BIN/xdp_bridge
bridged_hosts 3
for i in 1 2 3; do nsip h$i addr add 10.0.0.$i/24 dev e0; done
nsip m addr add 10.0.0.100/24 dev br0

pings() { at "$1" ping -q -c "${3:-1}" -i 0.02 -W 2 "$2"; }
all_return() { pings "$@" | grep -q ", 0% packet loss"; }
# column N of a port's line of the table; asked again where a busy guest gave no answer in time
save_status() { at m $XB status >"$T/status" 2>/dev/null; }
column() { poll 2 save_status; awk -v p="$1" -v n="$2" '$1 == p { print $n }' "$T/status"; }
in_fast() { column "$1" 5; }
out_fast() { column "$1" 7; }
is_slow() { [ "$(column "$1" 4)" = slow ]; }
loses() { ! at "$1" ping -q -c 2 -i 0.1 -W 0.3 "$2"; }
leaves_alone() { ! has_xdp "$1"; }
sent_fast() { [ "$(in_fast "$1")" -gt "$2" ]; }
unknown() { [ -z "$(column "$1" 1)" ]; }
no_status() { ! at m $XB status "$1"; }
closed() { [ "$(at m $XB status --json | grep -c "\"closed_$1\": \"$2\"")" = "$3" ]; }
is_fast() { [ "$(column "$1" 4)" = fast ]; }
# how often a verdict was given at a port
verdict() { at m $XB status | awk -v p="$1" '$1 == p' | grep -o "$2 [0-9]*" | cut -d' ' -f2; }
has_xdp() { nsip m link show "$1" | grep -q xdp; }
mac() { nsip "$1" -j link show e0 | sed 's/.*"address":"\([^"]*\)".*/\1/'; }
knows() { at m bridge fdb show br br0 | grep -q "^$1 dev $2 "; }
start() { bg XB_PID at m $XB "$@" 2>"$T/err"; poll 5 at m $XB status; }
stop() { kill "-$1" $XB_PID; wait $XB_PID; }

# ---- nothing is started, nothing is changed ----
refused() { # WHAT STATUS PATTERN command...
	local what=$1 want=$2 pattern=$3 rc; shift 3
	"$@" >"$T/out" 2>"$T/err"; rc=$?
	if [ $rc -eq "$want" ] && [ "$(wc -l <"$T/err")" -eq 1 ] && grep -q -- "$pattern" "$T/err" && no_xdp; then
		ok "$what"
	else
		not_ok "$what"; sed 's/^/# /' "$T/err"; echo "# exit status $rc"
	fi
}
refused "a missing interface is named" 1 "no interface nosuch0" at m $XB nosuch0
refused "one of two ports is missing" 1 "no interface nosuch0" at m $XB eth1 nosuch0
refused "a port is no bridge" 1 "eth1 is no bridge" at m $XB eth1
refused "the loopback device" 1 "lo can be no port of a bridge" at m $XB lo eth1
refused "no name" 2 "name a bridge" at m $XB --mode native
refused "an unknown option" 2 "--frobnicate" at m $XB --frobnicate br0
refused "an unknown mode" 2 "'fast'" at m $XB --mode fast br0
refused "a table of no size" 2 "'0'" at m $XB --table 0 br0
refused "rates as OpenMetrics" 2 "-w prints rates" at m $XB status --openmetrics -w 1
refused "an unknown hazard" 2 "'rain'" at m $XB --allow rain br0
refused "status without anything to ask" 1 "no xdp_bridge runs" at m $XB status
cp "$XB" "$T/xdp_bridge" && chmod 755 "$T" "$T/xdp_bridge"
refused "a table for which there is no memory" 1 "no memory for a table of 67108864 addresses.*--table" \
	at m bash -c "ulimit -v 500000; exec $XB --table 67108864 br0"
refused "no privileges" 1 "not permitted: run as root" at m setpriv --reuid 65534 --clear-groups "$T/xdp_bridge" br0
refused "no /sys" 1 "CPUs cannot be counted.*mount sysfs" at m unshare -m sh -c "umount -l /sys; exec $XB br0"
refused "few file descriptors" 1 "too few file descriptors for the XDP program: .ulimit -n" at m prlimit --nofile=16:16 $XB br0
# What a container may have been given. CAP_SYS_ADMIN alone looks at the other ends of veths, and does what CAP_BPF does.
for lacks in sys_admin bpf; do
	bg XB_PID at m setpriv --bounding-set -$lacks $XB --allow checksum,hidden-tag,xdp-transmit br0 2>"$T/err"
	check "without CAP_${lacks^^} ports whose other ends are known are fast" poll 10 fast_ports 3
	stop TERM
done

# ---- another program on a port ----
bg PASS at m "$TESTBIN/tools/xdp_pass" eth2 >"$T/pass"
poll 5 grep -q attached "$T/pass"
timeout 10 nsenter --net=/run/netns/$NS_m $XB br0 2>"$T/err"; rc=$?
equal "another XDP program on a port: exit status" 1 $rc
check "another XDP program: named, with its id" grep -q "eth2 already has the XDP program '[a-z_?]*' (id [0-9]*)" "$T/err"
check "another XDP program: the other ports are as they were" leaves_alone eth1
check "another XDP program: it is still there" has_xdp eth2
kill $PASS; wait $PASS 2>/dev/null

# ---- learned traffic ----
start br0
timeout 10 nsenter --net=/run/netns/$NS_m $XB br0 2>"$T/second"
check "a second one is told of the first" grep -q "another xdp_bridge.*xdp_bridge status" "$T/second"
check "three ports become fast" poll 5 fast_ports 3
check "hosts reach each other while nothing is learned" pings h1 10.0.0.2
# 0x8000200000: CAP_BPF, CAP_SYS_ADMIN (the hosts' ends of the veths are in other namespaces); 0x1000: CAP_NET_ADMIN
equal "privileges are given up" "0000008000201000" "$(awk '/^CapPrm/ { print $2 }' /proc/$XB_PID/status)"
before=$(in_fast eth1)
check "and when all is, without a loss" all_return h1 10.0.0.2 50
after=$(in_fast eth1)
check "XDP carried it: $before before, $after after" test $((after - before)) -ge 45
check "and counted it out of the other port" test "$(out_fast eth2)" -ge 45
at m $XB status --json >"$T/json"
equal "each frame is counted once" \
	"$(awk '/"name": "eth1"/ { on = 1 } /"name": "eth[23]"/ { on = 0 } on && /"in_(fast|slow)":/ { s += $2 } END { print s }' "$T/json")" \
	"$(awk '/"name": "eth1"/ { on = 1 } /"name": "eth[23]"/ { on = 0 } on && /"frames": /,/}/ { s += $2 } END { print s }' "$T/json")"

M1=$(mac h1) M2=$(mac h2)
hex() { echo "$1" | tr -d :; }
explained() { local p=$1; shift; at m $XB explain "$@" | grep -q "$p"; }
check "explain an address" explained "learned on eth1" br0 "$M1"
check "explain an address: on the fast path" explained "^ *on the fast path" br0 "$M1"
check "explain an unknown address" explained "does not know it" br0 02:00:00:00:00:99
check "explain a frame" explained "forwarded by XDP out of eth2" --port eth1 --frame "$(hex "$M2")$(hex "$M1")0800"
check "explain a frame that goes up" explained "up to the bridge: broadcast" --port eth1 --frame "ffffffffffff$(hex "$M1")0800"
check "OpenMetrics" sh -c "nsenter --net=/run/netns/$NS_m $XB status --openmetrics | grep -q 'xdp_bridge_received_frames_total{bridge=\"br0\",port=\"eth1\",verdict=\"forwarded\"} [1-9]'"
bg MON at m $XB monitor >"$T/monitor"
bg WATCH at m $XB status -w 1 >"$T/watch"
before=$(in_fast eth1)
check "the bridge's own address is reached" pings h1 10.0.0.100 5
equal "but not by XDP" "$before" "$(in_fast eth1)"
M3=$(mac h3)
check "hosts 1 and 3 know each other" pings h1 10.0.0.3 3
at m bridge fdb replace "$M3" dev eth3 master permanent
poll 5 explained "not on the fast path" br0 "$M3"
before=$(out_fast eth3)
pings h1 10.0.0.3 3 >/dev/null
equal "a permanent entry is never forwarded to" "$before" "$(out_fast eth3)"
at m bridge fdb del "$M3" dev eth3 master
pings h1 10.0.0.3 2 >/dev/null

# ---- a host moves ----
M1=$(mac h1) M2=$(mac h2)
bg FULL_MON at m $XB monitor >/dev/full 2>"$T/full.mon"
bg FULL_WATCH at m $XB status -w 1 >/dev/full 2>"$T/full.watch"
nsip h1 link set e0 down
# Else the kernel may see the frame on the new port before it sees that the carrier is lost.
poll 5 eval '! knows "$M1" eth1'
nsip h3 link set e0 address "$M1"
nsip h3 addr flush dev e0
nsip h3 addr add 10.0.0.1/24 dev e0
check "a moved host is answered at its first frames" pings h3 10.0.0.2
check "the bridge knows it on its new port" knows "$M1" eth3
before=$(in_fast eth3)
pings h3 10.0.0.2 20 >/dev/null
check "and XDP forwards for it there" test $(($(in_fast eth3) - before)) -ge 15
# its old port lost the carrier, so that the bridge forgot it there before
check "monitor tells what was forgotten and learned" \
	poll 5 sh -c "grep -q 'forgotten .* $M1 eth1' $T/monitor && grep -q 'learned .* $M1 eth3' $T/monitor"
check "monitor tells of the port that closed" poll 5 grep -q "closed .* eth1: " "$T/monitor"
check "status -w prints rates" poll 5 grep -q "^eth1 .* [0-9]" "$T/watch"
kill $MON $WATCH; wait $MON $WATCH 2>/dev/null
is_full() {
	wait "$1"
	[ $? = 1 ] && [ "$(cat "$2")" = "xdp_bridge: standard output could not be written: No space left on device" ]
}
check "monitor: a full disk is one sentence" is_full $FULL_MON "$T/full.mon"
check "status -w: a full disk is one sentence" is_full $FULL_WATCH "$T/full.watch"
nsip h3 link set e0 address "$M3"
nsip h3 addr flush dev e0
nsip h3 addr add 10.0.0.3/24 dev e0
nsip h1 link set e0 up
nsip h1 addr replace 10.0.0.1/24 dev e0

# ---- a daemon that is stopped ----
kill -STOP $XB_PID
at m $XB status >"$T/out" 2>"$T/stopped"; rc=$?
kill -CONT $XB_PID
equal "stopped: status says that it does not answer" 1 $rc
check "stopped: in one sentence" grep -q '^xdp_bridge: an xdp_bridge runs in this network namespace and has not answered' "$T/stopped"

# ---- a daemon at rest ----
# A question for a family that is not there has the kernel run modprobe.
if [ -n "$LAB" ]; then
	was=$(cat /proc/sys/kernel/modprobe)
	printf '#!/bin/sh\necho "$*" >>%s\nexit 1\n' "$T/asked" >"$T/modprobe"; chmod +x "$T/modprobe"
	echo "$T/modprobe" >/proc/sys/kernel/modprobe
	sleep 3
	echo "$was" >/proc/sys/kernel/modprobe
	check "at rest it has the kernel look for no module" eval '[ ! -s "$T/asked" ] || { cat "$T/asked"; false; }'
fi

# ---- a daemon that is late ----
poll 5 is_fast eth1
pings h1 10.0.0.2 3 >/dev/null
for i in 1 2 3; do nsip h$i neigh flush dev e0; done
nsip h1 neigh replace 10.0.0.2 lladdr "$M2" dev e0 nud permanent # asked again by broadcast, it would answer and move back
nsip h2 neigh replace 10.0.0.1 lladdr "$M1" dev e0 nud permanent
nsip h3 neigh replace 10.0.0.2 lladdr "$M2" dev e0 nud permanent
at m bridge fdb del "$M3" dev eth3 master 2>/dev/null
pings h1 10.0.0.2 3 >/dev/null
before=$(in_fast eth2)
pings h1 10.0.0.2 3 >/dev/null
check "late: the path is fast before" test $(($(in_fast eth2) - before)) -ge 2
nsip h3 link set e0 address "$M1"
nsip h3 addr flush dev e0
nsip h3 addr add 10.0.0.1/24 dev e0
nsip h3 neigh replace 10.0.0.2 lladdr "$M2" dev e0 nud permanent
kill -STOP $XB_PID
check "late: a host that moves is answered at its new port all the same" all_return h3 10.0.0.2 3
kill -CONT $XB_PID
nsip h3 addr flush dev e0
nsip h3 link set e0 address "$M3"
nsip h3 addr add 10.0.0.3/24 dev e0
goes_fast() { local was=$(in_fast eth1); pings h1 10.0.0.2 5 >/dev/null; [ $(($(in_fast eth1) - was)) -ge 3 ]; }
poll 10 goes_fast
kill -STOP $XB_PID; stopped=$SECONDS # and what a port's closing does not show: whose address it is
at m bridge fdb replace "$M2" dev eth3 master static
check "late: what is not followed for seconds is the bridge's again" poll 30 loses h1 10.0.0.2
at m bridge fdb del "$M2" dev eth3 master
while [ $SECONDS -lt $((stopped + 8)) ]; do pings h1 10.0.0.2 3 >/dev/null; done
kill -CONT $XB_PID
check "late: and fast again when it is followed again" poll 10 goes_fast
# or by a port that the kernel has closed meanwhile, where it has fentry
not_attended() { local n s; n=$(verdict eth1 unattended) s=$(verdict eth1 syncing); [ $((${n:-0} + ${s:-0})) -gt 0 ]; }
check "late: counted as unattended" not_attended
# moved at port 3, by a frame that the XDP program does not look up
heard_at_3() { echo "3 ff:ff:ff:ff:ff:ff $M2 times=1" | "$TESTBIN/tools/across" -g 1 "3=/run/netns/$NS_h3,e0" >/dev/null; }
if [ -n "$(bpftool prog 2>/dev/null | grep 'name learned')" ]; then
	kill -STOP $XB_PID; heard_at_3
	check "late: who is heard of by a broadcast elsewhere is there at once" loses h1 10.0.0.2
	kill -CONT $XB_PID; poll 10 goes_fast; kill -STOP $XB_PID
	at m bridge fdb replace "$M2" dev eth3 master static
	check "late: an entry that is put elsewhere holds at once" loses h1 10.0.0.2
	at m bridge fdb del "$M2" dev eth3 master
	check "late: and one that is deleted is gone" pings h1 10.0.0.2 3
	kill -CONT $XB_PID; poll 10 goes_fast
else
	skip "late: who is heard of by a broadcast elsewhere is there at once" "no program can be attached to the bridge's tracepoints here"
fi
if [ -n "$(bpftool prog 2>/dev/null | grep 'name port_changes')" ]; then
	kill -STOP $XB_PID
	at m bridge link set dev eth1 isolated on; at m bridge link set dev eth2 isolated on
	check "late: ports that become isolated are so at once" loses h1 10.0.0.2
	at m bridge link set dev eth1 isolated off; at m bridge link set dev eth2 isolated off
	kill -CONT $XB_PID
	poll 5 fast_ports 3
	pings h1 10.0.0.2 3 >/dev/null
	before=$(in_fast eth1)
	pings h1 10.0.0.2 10 >/dev/null
	check "late: and open again" test $(($(in_fast eth1) - before)) -ge 8
	ns other # where a port with the number of eth1 changes
	nsip other link add same index "$(at m bridge link show dev eth1 | cut -d: -f1)" type dummy
	nsip other link add br0 type bridge
	nsip other link set same master br0
	before=$(in_fast eth1)
	kill -STOP $XB_PID
	at other bridge link set dev same isolated on && pings h1 10.0.0.2 10 >/dev/null
	kill -CONT $XB_PID
	check "late: another namespace's port of the same number closes none" test $(($(in_fast eth1) - before)) -ge 8
else
	skip "late: ports that become isolated are so at once" "this kernel has no BTF or permits no fentry program"
fi
for i in 1 2 3; do nsip h$i neigh flush dev e0 nud permanent; done

# ---- ports that change ----
poll 5 is_fast eth1
pings h1 10.0.0.2 3 >/dev/null
at m bridge link set dev eth2 state 0
check "a disabled port is closed" poll 5 is_slow eth2
check "and receives nothing" loses h1 10.0.0.2
at m bridge link set dev eth2 state 3
check "and opens again" poll 5 is_fast eth2
pings h1 10.0.0.2 3 >/dev/null
nsip m link set br0 down
check "a bridge that is down closes its ports" poll 5 fast_ports 0
nsip m link set br0 type bridge forward_delay $((${#LAB} ? 800 : 200)) stp_state 1
nsip m link set br0 up
if nsip m -d link show br0 | grep -q "stp_state 1"; then
	check "STP: listening ports are closed" poll 5 fast_ports 0
	check "STP: nothing passes" loses h1 10.0.0.2
	check "STP: forwarding ports open" poll 8 fast_ports 3
else
	skip "STP: listening ports are closed" "this kernel has no STP in network namespaces"
fi
nsip m link set br0 type bridge stp_state 0 forward_delay 1500
poll 5 fast_ports 3
check "STP: and forward" pings h1 10.0.0.2 3
at m bridge link set dev eth1 isolated on; at m bridge link set dev eth2 isolated on
at m $XB status >/dev/null; at m $XB status >/dev/null # what was announced before is followed
check "isolated ports do not reach each other" loses h1 10.0.0.2
check "but others" pings h1 10.0.0.3 3
at m bridge link set dev eth1 isolated off; at m bridge link set dev eth2 isolated off
check "and again when they are not" pings h1 10.0.0.2 3
at m bridge link set dev eth1 backup_port eth3
check "what leaves by a port with a backup port stays on the bridge" poll 5 closed out port-flags 1
nsip m link set eth3 nomaster
check "a port that leaves the bridge is left alone" poll 5 leaves_alone eth3
check "and is no backup port any more, which the kernel does not announce" poll 5 is_fast eth1
nsip m link set eth3 master br0
check "and taken when it comes back" poll 5 is_fast eth3

# ---- a veth peer that cannot receive XDP frames ----
if gro_makes_napi; then
	at h3 ethtool -K e0 gro off >/dev/null
	check "without GRO on its peer a port takes no XDP frames" poll 5 is_slow eth3
	check "and loses none" all_return h1 10.0.0.3 20
	check "the sentence has the command" grep -q "ethtool -K e0 gro on" "$T/err"
	at h3 ethtool -K e0 gro on >/dev/null
else
	skip "without GRO on its peer a port takes no XDP frames" "before Linux 5.13 GRO makes no difference to it"
fi
at h3 ethtool -K e0 tx-vlan-stag-hw-insert on >/dev/null 2>&1
check "802.1ad tags beside the frame close the port they come in by" poll 5 closed in hidden-tag 1
check "the sentence has the command" grep -q "802.1ad.*ethtool -K e0 tx-vlan-stag-hw-insert off" "$T/err"
at h3 ethtool -K e0 tx-vlan-stag-hw-insert off >/dev/null 2>&1
check "and it opens when they are in the frame" poll 5 is_fast eth3
at h3 ethtool -K e0 tx on >/dev/null 2>&1
check "partial checksums close the port they come in by" poll 5 closed in checksum 1
check "its program is taken off: while one is there, its peer has no segmentation offload" \
	poll 5 eval '! has_xdp eth3 && at h3 ethtool -k e0 | grep -q "^tcp-segmentation-offload: on"'
equal "and status says so" off "$(column eth3 3)"
check "no frame is lost to it or from it" all_return h1 10.0.0.3 20
at h3 ethtool -K e0 tx off >/dev/null 2>&1
check "and it opens when they are filled in" poll 5 is_fast eth3
check "with its program" poll 5 has_xdp eth3

# ---- a veth peer in a namespace that only a process holds ----
bg HOLDER unshare -n sleep 600
held() { nsenter --net=/proc/$HOLDER/ns/net "$@"; }
poll 5 eval '[ "$(readlink /proc/$HOLDER/ns/net)" != "$(readlink /proc/$$/ns/net)" ]'
ip link add eth4 netns $NS_m type veth peer name e0 netns $HOLDER
held ip link set e0 up; nsip m link set eth4 up master br0
held ethtool -K e0 tx off txvlan off tx-vlan-stag-hw-insert off gro on >/dev/null 2>&1
stop TERM
start br0
if gro_makes_napi; then
	check "a port whose other end is in a nameless namespace" poll 5 is_fast eth4
	equal "may be looked at from now on, too" "0000008000281000" "$(awk '/^CapPrm/ { print $2 }' /proc/$XB_PID/status)"
	held ethtool -K e0 tx on >/dev/null 2>&1
	check "what changes there is seen" poll 5 grep -q "eth4: slow: its peer e0 leaves checksums to the receiver" "$T/err"
	held ethtool -K e0 tx off >/dev/null 2>&1
	check "and that it is mended" poll 5 is_fast eth4
fi
kill $HOLDER; wait $HOLDER 2>/dev/null
check "a port that goes with the namespace of its other end" poll 10 eval '! nsip m link show eth4'
at m $XB status >/dev/null; at m $XB status >/dev/null
check "is not said to take no program" eval '! grep "eth4 takes no" "$T/err"'
stop TERM
start br0
poll 5 fast_ports 3

# ---- a driver that can no longer transmit XDP frames says so (Linux 6.3) ----
# Ten times in two seconds: were it only looked for once a second, two or three would be seen.
if [ "$("$TESTBIN/tools/xdp_features" lo)" != untold ]; then
	poll 5 fast_ports 3
	pings h1 10.0.0.3 3 >/dev/null
	before=$(grep -c "eth3: slow: its peer e0 takes no XDP frames" "$T/err")
	bg PING at h1 ping -q -c 2000 -i 0.001 -W 1 10.0.0.3 >"$T/ping"
	for _ in 1 2 3 4 5 6 7 8 9 10; do
		at h3 ethtool -K e0 gro off; sleep 0.1
		at h3 ethtool -K e0 gro on; sleep 0.1
	done
	wait $PING
	seen=$(($(grep -c "eth3: slow: its peer e0 takes no XDP frames" "$T/err") - before))
	check "a port that can no longer transmit is taken out at once, and put in again: $seen of 10 times seen, \
$(grep -o '[0-9]* received' "$T/ping") of 2000" test $seen -ge 6
	poll 5 fast_ports 3
else
	skip "a port that can no longer transmit is taken out at once" "this kernel does not report XDP features"
fi

# ---- ageing ----
# The kernel may hold on to the topology change of the STP above for good, and then ages by the forward delay.
nsip m link set br0 type bridge ageing_time 300 forward_delay 300
M1=$(mac h1) M2=$(mac h2)
nsip h1 neigh replace 10.0.0.2 lladdr "$M2" dev e0 nud permanent
nsip h2 neigh replace 10.0.0.1 lladdr "$M1" dev e0 nud permanent
bg PING at h1 ping -q -c 160 -i 0.05 10.0.0.2
sleep 7
check "hosts that talk through the fast path alone do not age" eval 'knows "$M1" eth1 && knows "$M2" eth2'
check "they were refreshed: $(verdict eth1 keep-alive) frames went up for it" test "$(verdict eth1 keep-alive)" -ge 5
kill $PING 2>/dev/null; wait $PING
at h2 sysctl -qw net.ipv4.icmp_echo_ignore_all=1
bg PING at h1 ping -q -c 400 -i 0.05 10.0.0.2
forgotten() { ! knows "$1" "$2"; }
check "a host that is only talked to ages" poll 15 forgotten "$M2" eth2
check "while the one that talks does not" knows "$M1" eth1
kill $PING; wait $PING 2>/dev/null
check "and ages when it has gone silent" poll 15 forgotten "$M1" eth1
at h2 sysctl -qw net.ipv4.icmp_echo_ignore_all=0
nsip m link set br0 type bridge ageing_time 30000 forward_delay 1500

# ---- what XDP would bypass ----
at m tc qdisc add dev eth1 clsact
check "tc on a port closes it" poll 5 is_slow eth1
check "with the reason" grep -q "eth1: slow: tc handles.*tc qdisc show dev eth1.*--allow tc" "$T/err"
at m tc qdisc del dev eth1 clsact
check "and it opens without" poll 5 is_fast eth1
at m tc qdisc add dev eth1 root tbf rate 100mbit burst 10k latency 10ms
check "a shaping qdisc closes what goes out" poll 5 closed out tc 1
at m tc qdisc del dev eth1 root
poll 5 is_fast eth1
bg TAP at m tcpdump -i eth1 -w /dev/null -Z root -p 2>/dev/null
check "a packet socket on a port closes it" poll 5 is_slow eth1
check "with the reason" grep -q "eth1: slow: a packet socket.*ss -0 -p.*--allow packet-socket" "$T/err"
check "and no other" is_fast eth2
kill $TAP; wait $TAP 2>/dev/null
check "and it opens without" poll 5 is_fast eth1
bg TAP at m tcpdump -i any -w /dev/null -Z root -p 2>/dev/null
check "one on any interface closes all ports" poll 5 fast_ports 0
kill $TAP; wait $TAP 2>/dev/null
check "and they open without" poll 5 fast_ports 3
if at m nft add table bridge t 2>/dev/null; then
	at m nft add chain bridge t c '{ type filter hook forward priority 0; }'
	check "a bridge chain of nftables closes all ports" poll 5 fast_ports 0
	check "with the reason" grep -q "nft list ruleset.*--allow nft" "$T/err"
	at m nft delete table bridge t
	check "and they open without" poll 5 fast_ports 3
	if at m nft 'add table inet t; add chain inet t c { type filter hook ingress device eth1 priority 0; }' 2>/dev/null; then
		check "and so does an ingress chain of the inet family" poll 5 fast_ports 0
		opened=$(grep -c ": fast\|: out of it" "$T/err")
		# Out of file descriptors: what cannot be looked at is not taken for absent.
		prlimit --pid $XB_PID --nofile=8:
		check "which is not forgotten when it cannot be looked at" poll 5 grep -q "cannot be looked at" "$T/err"
		prlimit --pid $XB_PID --nofile=1024:
		equal "no port opened" "$opened" "$(grep -c ": fast\|: out of it" "$T/err")"
		at m nft delete table inet t
		check "and they open without" poll 5 fast_ports 3
	else
		skip "an ingress chain of the inet family" "the kernel or nft has none (Linux 5.10)"
	fi
else
	skip "a bridge chain of nftables" "nft is not installed, or the kernel has no bridge family"
fi

if br_netfilter m 1; then
	check "br_netfilter closes all ports" poll 5 fast_ports 0
	check "with the reason" grep -q "br_netfilter.*sysctl -w net.bridge.bridge-nf-call-iptables=0" "$T/err"
	br_netfilter m 0
	check "and they open when it is off" poll 5 fast_ports 3
else
	skip "br_netfilter closes all ports" "br_netfilter is not loaded"
fi

# ---- who asks, and how badly ----
check "a client that takes its time is answered" \
	eval 'at m "$TESTBIN/tools/odd_client" ask xdp_bridge/$XB_PID 600 | grep -q "\"name\": *\"eth1\""'
chmod 755 "$T"; cp "$TESTBIN/tools/odd_client" "$T/"
bg FULL at m setpriv --reuid 65534 --clear-groups "$T/odd_client" full xdp_bridge/0 >"$T/full"
poll 5 grep -q full "$T/full"
check "a stranger's socket that takes nobody in keeps status from nothing" timeout 20 nsenter --net=/run/netns/$NS_m $XB status
kill $FULL; wait $FULL 2>/dev/null
# heard : is what asks the process connected to it?
heard() { grep -q " 03 .*@xdp_bridge/$XB_PID$" /proc/$MON/net/unix; }
for i in 1 2 3 4 5 6 7 8 9; do
	bg MON at m $XB monitor >/dev/null 2>"$T/mon"
	poll 5 heard
	kill $MON; wait $MON 2>/dev/null
done
bg MON at m $XB monitor >"$T/mon" 2>&1
ninth() { at m bridge fdb replace 02:00:00:00:00:97 dev eth1 master static; at m bridge fdb del 02:00:00:00:00:97 dev eth1 master; grep -q learned "$T/mon"; }
check "a tenth that watches, after nine that have gone" poll 5 ninth
kill $MON; wait $MON 2>/dev/null

# ---- who may not ask ----
at m setpriv --reuid 65534 --clear-groups "$T/xdp_bridge" explain br0 "$M1" >"$T/out" 2>&1; equal "explain as another user" 1 $?
check "says who may" grep -q 'addresses are told to root' "$T/out"

# ---- the ways to end ----
stop TERM; equal "SIGTERM: exit status" 0 $?
check "SIGTERM leaves no program" no_xdp
start br0; stop INT; equal "SIGINT: exit status" 0 $?
check "SIGINT leaves no program" no_xdp
start br0; stop HUP; equal "SIGHUP: exit status" 0 $?
bg XB_PID at m prlimit --nofile=20: $XB br0 2>"$T/err"
check "more ports than a process has files by default" poll 5 fast_ports 3
stop TERM
start br0
poll 5 is_fast eth1
pings h1 10.0.0.2 3 >/dev/null
bg PING at h1 ping -q -c 100 -i 0.01 -W 1 10.0.0.2 >"$T/ping"
poll 5 sent_fast eth1 20
kill -9 $XB_PID; wait $XB_PID 2>/dev/null
wait $PING
check "kill -9: the plain bridge carries on, at most the frames in flight lost: $(grep -o '[0-9]* received' "$T/ping")" \
	test "$(grep -o '[0-9]* received' "$T/ping" | cut -d' ' -f1)" -ge 98
check "kill -9 leaves no program" poll 5 no_xdp

# ---- named ports, put in a bridge later ----
nsip m link set eth1 nomaster; nsip m link set eth2 nomaster
start eth1 eth2
check "named ports wait for a bridge" poll 5 closed in no-bridge 2
nsip m link set eth1 master br0; nsip m link set eth2 master br0
check "and are fast when they are in one" poll 5 is_fast eth2
poll 5 is_fast eth1; pings h1 10.0.0.2 2 >/dev/null
before=$(in_fast eth1)
pings h1 10.0.0.2 20 >/dev/null
check "XDP carries their traffic" test $(($(in_fast eth1) - before)) -ge 15
check "the third port is not touched" leaves_alone eth3
if [ -n "$(bpftool prog 2>/dev/null | grep 'name learned')" ]; then
	nsip h1 neigh replace 10.0.0.2 lladdr "$M2" dev e0 nud permanent
	kill -STOP $XB_PID; heard_at_3
	check "late: who is heard of at a port that is not followed is there at once" loses h1 10.0.0.2
	kill -CONT $XB_PID; nsip h1 neigh flush dev e0 nud permanent
	check "late: and fast again where it is heard of next" poll 10 goes_fast
else
	skip "late: who is heard of at a port that is not followed is there at once" "no program can be attached to the bridge's tracepoints here"
fi
check "status of another bridge" no_status br7
nsip m link del eth2
check "a named port that is deleted is forgotten" poll 5 unknown eth2
veth m eth2 h2 e0; nsip h2 link set e0 address "$M2"; nsip h2 addr add 10.0.0.2/24 dev e0
at h2 ethtool -K e0 tx off txvlan off tx-vlan-stag-hw-insert off >/dev/null 2>&1
takes_xdp h2 e0
nsip m link set eth2 master br0
check "and taken again when it is there again" poll 5 is_fast eth2
# All that happened is heard of at once, and another device has the number.
index=$(nsip m -j link show eth2 | sed 's/.*"ifindex":\([0-9]*\).*/\1/')
kill -STOP $XB_PID
nsip m link del eth2
nsip m link add eth2 index "$index" type veth peer name e0 netns $NS_h2
nsip m link set eth2 master br0 up
nsip h2 link set e0 address "$M2" up; nsip h2 addr add 10.0.0.2/24 dev e0
at h2 ethtool -K e0 tx off txvlan off tx-vlan-stag-hw-insert off >/dev/null 2>&1
takes_xdp h2 e0
kill -CONT $XB_PID
check "a port that is made again with its number is taken again" poll 5 has_xdp eth2
poll 5 is_fast eth2
stop TERM; equal "named ports: exit status" 0 $?

# ---- names that are no text ----
start br0
poll 5 is_fast eth1; poll 5 is_fast eth2; pings h1 10.0.0.2 3 >/dev/null
bg MON at m $XB monitor >"$T/monitor"
poll 5 heard
odd=$'e\xff\e[1m'
nsip m link set eth1 down
poll 5 is_slow eth1 # so that it opens again
printf 'link set eth1 name %s\nlink set %s up\n' "$odd" "$odd" | nsip m -batch -
check "a name that is no text: status" poll 5 eval 'at m $XB status | grep -q "^e??\[1m  *br0  *native  *fast"'
pings h1 10.0.0.2 3 >/dev/null
check "a name that is no text: status --json" eval 'at m $XB status --json | grep -q "\"name\": \"e??\[1m\""'
check "a name that is no text: OpenMetrics" \
	eval 'at m $XB metrics | grep -q "port_fast{bridge=\"br0\",port=\"e??\[1m\",reason=\"\"} 1"'
check "a name that is no text: doctor" eval 'at m $XB doctor "$odd" | grep -q "^e??\[1m: fast: "'
check "a name that is no text: doctor --json" eval 'at m $XB doctor --json br0 | grep -q "\"name\": \"e??\[1m\""'
check "a name that is no text: explain an address" explained "learned on e??\[1m" br0 "$M1"
check "a name that is no text: explain a frame" \
	explained "^port e??\[1m: fast" --port "$odd" --frame "$(hex "$M2")$(hex "$M1")0800"
check "a name that is no text: monitor" poll 5 grep -q '^opened .* e??\[1m' "$T/monitor"
check "a name that is no text: none is on the terminal" eval '! grep -q "$odd" "$T/err" "$T/monitor"'
kill $MON; wait $MON 2>/dev/null
printf 'link set %s down\nlink set %s name eth1\nlink set eth1 up\n' "$odd" "$odd" | nsip m -batch -
poll 5 is_fast eth1; pings h1 10.0.0.2 3 >/dev/null

# ---- two of them ----
nsip m link add br1 type bridge
bg XB2 at m $XB --quiet br1
poll 5 at m $XB status br1
equal "two of them: only that of the bridge explains an address" \
	"$M1 VLAN 0: learned on eth1" "$(at m $XB explain br0 "$M1" | grep VLAN)"
check "two of them: and the other its own bridge's" explained "does not know it" br1 "$M1"
kill $XB2; wait $XB2
nsip m link del br1
bg WATCH at m $XB status --json -w 1 >"$T/watch"
check "status -w: JSON, a line each time" \
	poll 5 grep -q '^\[{"name":"eth[123]","bridge":"br0","in_fast":[0-9]*,"in_slow":[0-9]*,"out_fast":[0-9]*}.*}\]$' "$T/watch"
kill $WATCH; wait $WATCH 2>/dev/null
stop TERM

# ---- native and generic XDP in one bridge ----
# With fewer receive queues than its other end sends by, a veth has no native one.
ip link add eth4 netns "$NS_m" numrxqueues 1 type veth peer name e4 netns "$NS_h3" numtxqueues 2 numrxqueues 2
at h3 ethtool -L e4 tx 2 >/dev/null 2>&1
nsip h3 link set e4 up; nsip m link set eth4 up master br0
at m ethtool -K eth2 tx off >/dev/null 2>&1
start br0
poll 5 fast_ports 4
if [ "$(column eth4 3)" = generic ]; then
	check "native beside generic XDP: what the driver is not given by the other kind is told" \
		eval 'at m $XB status | grep -A1 "^eth2 .*native  *fast" |
			grep -q "partly slow: frames that come in by generic XDP do not leave by it: its driver does not put checksums in"'
	stop TERM
	if at m ethtool -l eth4 >/dev/null 2>&1; then
		check "native beside generic XDP: doctor tells it, too, before the start" \
			eval 'at m $XB doctor br0 | grep -A1 "^eth2: partly: veth, native XDP" |
				grep -q "partly: frames that come in by generic XDP do not leave by it: its driver does not put checksums in"'
	else
		skip "native beside generic XDP: doctor tells it, too, before the start" "this kernel tells no queues of a veth"
	fi
	start br0
	poll 5 fast_ports 4
else
	skip "native beside generic XDP" "this kernel gives the veth native XDP"
fi
check "native beside generic XDP: nothing of a port that takes both" \
	eval '! at m $XB status | grep -A1 "^eth1 " | grep -q "partly slow"'
stop TERM
nsip m link del eth4
at m ethtool -K eth2 tx on >/dev/null 2>&1

# ---- netlink messages lost ----
start --receive-buffer 4096 br0
for ((i = 0; i < 20000; i++)); do
	printf 'fdb add 02:aa:%02x:%02x:00:01 dev eth3 master static\n' $((i >> 8)) $((i & 255))
done >"$T/add"
sed 's/add/del/; s/ static//' "$T/add" | head -n 10000 >"$T/del"
addresses() { at m $XB status --json | sed -n "s/.*\"$1\": \([0-9]*\).*/\1/p" | head -n 1; }
# What the kernel has of them: of a port with VLANs one more for each.
of_kernel() { at m bridge fdb show br br0 | grep -c '^02:aa:'; }
has_addresses() { local n; n=$(addresses fast); [ "${n:-0}" -ge "$1" ] && [ "$n" -le $(($1 + 10)) ]; }
at m bridge -batch "$T/add"
all=$(of_kernel)
check "$all addresses are there in spite of lost messages" eval '[ $all -ge 20000 ] && poll 60 has_addresses $all'
at m bridge -batch "$T/del"
half=$(of_kernel)
check "$((all - half)) are gone, none is left over" eval '[ $((2 * half)) = $all ] && poll 60 has_addresses $half'
check "messages were lost: $(addresses resyncs) dumps" test "$(addresses resyncs)" -ge 1
check "and with so small a buffer all ports are fast" poll 10 fast_ports 3
stop TERM
start --table 2048 br0
poll 5 fast_ports 3
check "a table that is too small leaves the rest slow" test "$(addresses no_room)" -gt 1000
pings h1 10.0.0.2 3 >/dev/null
check "and the bridge works" pings h1 10.0.0.2 10
stop TERM
sed 's/add/del/; s/ static//' "$T/add" | tail -n 10000 >"$T/del"
at m bridge -batch "$T/del"

# ---- generic XDP ----
start --mode generic br0
check "generic XDP" poll 5 fast_ports 3
pings h1 10.0.0.2 3 >/dev/null
before=$(in_fast eth1)
check "generic XDP delivers" pings h1 10.0.0.2 20
check "generic XDP carried it" test $(($(in_fast eth1) - before)) -ge 15
at m ethtool -K eth2 tx off >/dev/null 2>&1
check "generic XDP: a driver that fills in no checksums is sent none to fill in" poll 5 closed out checksum 1
check "with the reason" grep -q "eth2: slow: out of it: its driver does not put checksums in.*ethtool -K eth2 tx on" "$T/err"
at m ethtool -K eth2 tx on >/dev/null 2>&1
check "and it opens when it does" poll 5 fast_ports 3
partly() { at m $XB status | grep -A1 '^eth2 ' | grep -q 'partly slow: frames whose sender leaves segmentation'; }
at m ethtool -K eth2 tso off >/dev/null 2>&1
check "generic XDP: a driver that segments nothing is sent no segments" poll 5 partly

# ---- the bridge goes ----
index=$(nsip m -o link show br0 | sed 's/:.*//')
kill -STOP $XB_PID
nsip m link del br0; nsip m link add br0 index "$index" type veth peer name br0p
kill -CONT $XB_PID
check "another device with the bridge's name and index is no bridge" poll 5 eval '! kill -0 $XB_PID'
wait $XB_PID; equal "and ends it: exit status" 1 $?
check "with a sentence" grep -q "bridge br0 is gone" "$T/err"
nsip m link del br0; nsip m link add br0 type bridge; nsip m link set br0 up
for i in 1 2 3; do nsip m link set eth$i master br0; done
start br0
nsip m link del br0
wait $XB_PID; equal "a bridge that vanishes ends it: exit status" 1 $?
check "with a sentence" grep -q "bridge br0 is gone" "$T/err"
check "and leaves no program" no_xdp
finish
