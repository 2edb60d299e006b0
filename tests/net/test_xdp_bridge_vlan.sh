#!/bin/bash
# xdp_bridge on a bridge that filters VLANs: an access port, a trunk, another access port. What the plain bridge
# delivers is asked first, then the same of the accelerated one: both must agree, and XDP must have carried it.
# The verdicts and the bytes, without a kernel that filters VLANs, are in tests/unit/test_bridge_xdp.c.
. "$(dirname "$0")/lib.sh"
need_root
need ethtool ping bridge

XB=$BIN/xdp_bridge
bridged_hosts 3
nsip m link set br0 type bridge vlan_filtering 1 2>/dev/null ||
	skip_all "this kernel has no VLAN filtering (tests/lab/run -k 6.12 $0 runs it in a guest)"
at m bridge vlan del vid 1 dev eth1; at m bridge vlan add vid 10 dev eth1 pvid untagged
at m bridge vlan del vid 1 dev eth2; at m bridge vlan add vid 10 dev eth2; at m bridge vlan add vid 20 dev eth2
at m bridge vlan del vid 1 dev eth3; at m bridge vlan add vid 20 dev eth3 pvid untagged
nsip h2 link add link e0 name v10 type vlan id 10 2>/dev/null || skip_all "this kernel has no VLAN devices"
nsip h2 link add link e0 name v20 type vlan id 20
nsip h2 link set v10 up; nsip h2 link set v20 up
nsip h1 addr add 10.0.10.1/24 dev e0
nsip h2 addr add 10.0.10.2/24 dev v10; nsip h2 addr add 10.0.20.2/24 dev v20
nsip h3 addr add 10.0.20.3/24 dev e0; nsip h3 addr add 10.0.10.3/24 dev e0

pings() { at "$1" ping -q -c "${3:-2}" -i 0.05 -W 2 "$2"; }
loses() { ! at "$1" ping -q -c 2 -i 0.1 -W 0.3 "$2"; }
column() { at m $XB status | awk -v p="$1" -v n="$2" '$1 == p { print $n }'; }
# delivery WHO : the same questions of either bridge
delivery() {
	check "$1: access to trunk" pings h1 10.0.10.2
	check "$1: trunk to access" pings h2 10.0.20.3
	check "$1: not from VLAN to VLAN" loses h1 10.0.10.3
}
poll 5 pings h1 10.0.10.2
delivery "plain bridge"
bg XB_PID at m $XB br0 2>"$T/err"
check "all ports become fast" poll 5 fast_ports 3
delivery "accelerated"
# settled ports and entries: from now on XDP is to carry all but a keep-alive or two
pings h1 10.0.10.2 2 >/dev/null; pings h3 10.0.20.2 2 >/dev/null
before=$(column eth1 5)
pings h1 10.0.10.2 40 >/dev/null
check "XDP put the tag on: $before before, $(column eth1 5) after" test $(($(column eth1 5) - before)) -ge 35
before=$(column eth2 5)
pings h3 10.0.20.2 40 >/dev/null
check "XDP took the tag off: $before before, $(column eth2 5) after" test $(($(column eth2 5) - before)) -ge 35

at m bridge vlan del vid 10 dev eth2
check "a VLAN taken from the trunk is followed" poll 5 loses h1 10.0.10.2
check "the other VLAN stays" pings h3 10.0.20.2
at m bridge vlan add vid 10 dev eth2
check "and given back" poll 5 pings h1 10.0.10.2
at m bridge vlan add vid 30 dev eth1 pvid untagged
check "a port that gets another PVID has left its VLAN" poll 5 loses h1 10.0.10.2
at m bridge vlan del vid 30 dev eth1; at m bridge vlan add vid 10 dev eth1 pvid untagged
check "and is back with the old one" poll 5 pings h1 10.0.10.2
if at m bridge vlan set vid 10 dev eth2 state blocking 2>/dev/null; then
	check "a VLAN that blocks on a port" poll 5 loses h1 10.0.10.2
	at m bridge vlan set vid 10 dev eth2 state forwarding
	check "and forwards again" poll 5 pings h1 10.0.10.2
else
	skip "a VLAN that blocks on a port" "this bridge tool sets no state of a VLAN"
fi
at h2 ethtool -K e0 txvlan on >/dev/null
check "tags beside the frame close the port" poll 5 fast_ports 2
check "and are delivered" pings h1 10.0.10.2 5
at h2 ethtool -K e0 txvlan off tx-vlan-stag-hw-insert off >/dev/null
poll 5 fast_ports 3
nsip m link set br0 type bridge vlan_filtering 0
check "without filtering all is one LAN, tags are payload" poll 5 fast_ports 3
check "and VLAN 10's access port no longer reaches its trunk" poll 5 loses h1 10.0.10.2
nsip m link set br0 type bridge vlan_filtering 1
check "with filtering it does" poll 5 pings h1 10.0.10.2

# ---- as many VLANs as there are, on two ports ----
for i in 1 2; do at m bridge vlan add vid 1-4094 dev eth$i; done
A=02:00:00:00:00:0a B=02:00:00:00:00:0b
learn='' frames='' want=''
for v in 1 2 1000 2047 4094; do
	learn+="1 ff:ff:ff:ff:ff:ff A vlan=$v times=1"$'\n'"2 ff:ff:ff:ff:ff:ff B vlan=$v times=1"$'\n'
	frames+="1 B A vlan=$v times=5"$'\n'
	want+="1 B A vlan=$v times=5 => 2:$v/0 | 2:$v/0 | 2:$v/0 | 2:$v/0 | 2:$v/0"$'\n'
done
across() { at m "$TESTBIN/tools/across" "1=/run/netns/$NS_h1,e0" "2=/run/netns/$NS_h2,e0"; }
equal "4094 VLANs on two ports" "4094 4094" "$(at m bridge -c=never vlan show | awk '$1 ~ /^eth/ { on = $1; $1 = $2 }
	on { split($1, r, "-"); n[on] += (r[2] ? r[2] - r[1] : 0) + 1 } END { print n["eth1"], n["eth2"] }')"
poll 20 fast_ports 3
across <<<"$learn" >/dev/null
poll 5 eval 'at m $XB explain br0 $B 4094 | grep -q "^ *on the fast path"'
before=$(column eth1 5)
equal "frames of the first and the last arrive" "${want%$'\n'}" "$(across <<<"$frames")"
check "by XDP, but for one each: $(($(column eth1 5) - before)) of 25" test $(($(column eth1 5) - before)) -ge 18
at m bridge vlan del vid 4094 dev eth2
poll 5 eval 'at m $XB explain --port eth1 --frame "${B//:/}${A//:/}81000ffe0800" | grep -q vlan-refused'
equal "one that is taken away is followed" "1 B A vlan=4094 times=3 => - | - | -" "$(across <<<"1 B A vlan=4094 times=3")"
kill $XB_PID; wait $XB_PID; equal "exit status" 0 $?
finish
