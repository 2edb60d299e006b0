#!/bin/bash
# The plain bridge and the accelerated one beside each other: after each change of a flag, a state or an entry the
# same frames must arrive at the same stations, tags and all. A row is a change; the frames before it are settled
# on the fast path, those after it are every kind that the change may concern.
# Whether XDP carried frames after the change ("fast"), none ("slow") or it does not matter ("-") is in the row.
. "$(dirname "$0")/lib.sh"
need_root
need ethtool bridge

XB=$BIN/xdp_bridge
brset() { at m "$TESTBIN/tools/brset" "$@"; }
link() { at m bridge link set dev "$@"; }
fdb() { at m bridge fdb "$@"; }
br0() { nsip m link set br0 "$@"; }
A=02:00:00:00:00:0a B=02:00:00:00:00:0b D=02:00:00:00:00:0d

# WHAT|fast, slow or -|change. Stations: A at 1, B at 2, C at 3; nobody at 4; 0 is the bridge itself.
rows() {
	cat <<'ROWS'
nothing changes|fast|true
two ports are isolated|-|link p1 isolated on; link p2 isolated on
one port is isolated|fast|link p1 isolated on
hairpin|fast|link p1 hairpin on
a port does not learn|fast|link p1 learning off
unknown unicast is not flooded|fast|link p2 flood off
multicast is not flooded|fast|link p2 mcast_flood off
broadcast is not flooded|fast|link p2 bcast_flood off
a port is disabled|-|link p2 state 0
a port listens|-|link p2 state 1
a port learns|-|link p2 state 2
a port blocks|-|link p2 state 4
a locked port|-|link p1 locked on
a locked port, source authorised|-|link p1 locked on; fdb replace $A dev p1 master static
a locked port with MAB|-|link p1 locked on learning on; brset p1 mab 1
a port suppresses neighbours|fast|link p2 neigh_suppress on
a port suppresses neighbours by VLAN|fast|brset p2 neigh_vlan_suppress 1
a port proxies ARP|fast|nsip m link set p2 type bridge_slave proxy_arp on
vlan_tunnel|-|link p1 vlan_tunnel on
a backup port|-|link p2 backup_port p3; nsip h link set e2 down; off p2
a port loses its carrier|-|nsip h link set e2 down; off p2
a port is down|-|nsip m link set p2 down; off p2
a port leaves the bridge|-|nsip m link set p2 nomaster
a static entry elsewhere|-|fdb replace $B dev p3 master static
a static entry of a host|fast|fdb replace $B dev p2 master static
a sticky entry|fast|fdb replace $A dev p1 master static sticky
a sticky entry elsewhere|-|fdb replace $B dev p3 master static sticky
an external entry|fast|fdb replace $B dev p2 master dynamic extern_learn
an external entry elsewhere|-|fdb replace $B dev p3 master dynamic extern_learn
a local entry|-|fdb replace $B dev p2 master permanent
an entry is deleted|-|fdb del $B dev p2 master
all entries are flushed|-|br0 type bridge fdb_flush
a port's entries are flushed|-|nsip m link set p2 type bridge_slave fdb_flush
a topology change|-|br0 type bridge stp_state 1 forward_delay 200; sleep 0.2; nsip m link set p4 down; off p4
no ageing time|-|br0 type bridge ageing_time 0
no more than two learned|-|brset br0 fdb_max_learned 2; br0 type bridge fdb_flush
the bridge is promiscuous|slow|br0 promisc on
a macvlan on the bridge|slow|nsip m link add mv0 link br0 address $B type macvlan; nsip m link set mv0 up
a macvlan in another namespace|slow|nsip m link add mv0 link br0 netns $NS_h address $B type macvlan; nsip h link set mv0 up; [ -z "$pid" ] || poll 5 fast_ports 0
the bridge is down|slow|br0 down
the bridge down and up|fast|br0 down; br0 up; poll 5 forwarding 4
LLDP is forwarded|fast|br0 type bridge group_fwd_mask 0x4000
LLDP is forwarded from a port|fast|nsip m link set p1 type bridge_slave group_fwd_mask 0x4000
a smaller MTU|fast|nsip m link set p2 mtu 1000
jumbo frames to a port whose other end has a smaller MTU|fast|jumbo p 1 2 3 4; jumbo e 1 3 4
jumbo frames|fast|jumbo p 1 2 3 4; jumbo e 1 2 3 4
jumbo frames to a smaller MTU|fast|jumbo p 1 3 4; jumbo e 1 3 4
multicast as unicast|fast|link p2 mcast_to_unicast on
no snooping|fast|br0 type bridge mcast_snooping 0
a VLAN device that goes to another namespace|-|nsip m link add link p1 name v5 type vlan id 5; nsip m link set v5 netns $NS_h; nsip h link set v5 up
a VLAN device on a port|-|nsip m link add link p1 name v5 type vlan id 5; nsip m link set v5 up
ROWS
}
# The same for bridges that filter VLANs: 1 access 10, 2 trunk of 10 and 20, 3 access 20, 4 PVID 10 and 20 tagged.
vlan_rows() {
	cat <<'ROWS'
VLANs|fast|true
a VLAN is taken from a port|-|vlan del vid 10 dev p2
a VLAN blocks on a port|-|vlan set vid 10 dev p2 state blocking
a VLAN learns on a port|-|vlan set vid 10 dev p2 state learning
another PVID|-|vlan add vid 20 dev p1 pvid untagged
no PVID|-|vlan add vid 10 dev p1 untagged
a trunk that sends untagged|fast|vlan add vid 10 dev p2 untagged
no filtering|fast|br0 type bridge vlan_filtering 0
802.1ad|-|br0 type bridge vlan_protocol 802.1ad
MST|slow|mst
MST, an instance blocks|slow|mst && brset br0 msti 10 5 && brset p2 mst 5 4
vlan_tunnel and VLANs|-|link p1 vlan_tunnel on
a static entry in one VLAN|-|fdb replace $B dev p4 master static vlan 10
a port suppresses neighbours by VLAN and filters|fast|brset p2 neigh_vlan_suppress 1
ROWS
}
before="1 ff:ff:ff:ff:ff:ff A times=1
2 ff:ff:ff:ff:ff:ff B times=1
3 ff:ff:ff:ff:ff:ff C times=1
1 B A
2 A B
1 C A
3 A C"
after="1 B A times=5
2 A B times=5
1 C A
3 B C
2 C B
1 D A
4 A D
1 D A
1 A D
1 E A
1 B A type=0806
2 A B type=86dd
1 ff:ff:ff:ff:ff:ff A
1 01:00:5e:01:01:01 A
1 01:80:c2:00:00:0e A
1 01:80:c2:00:00:00 A
1 B A len=1200
2 A B len=1514
1 B A vlan=5 len=1520
1 B A len=8000 times=12
1 B A vlan=5
4 B A
2 A B
1 B A
2 A B
3 A 00:00:00:00:00:00
3 A 01:00:00:00:00:07"
vlan_before="1 ff:ff:ff:ff:ff:ff A times=1
2 ff:ff:ff:ff:ff:ff B vlan=10 times=1
2 ff:ff:ff:ff:ff:ff B vlan=20 times=1
3 ff:ff:ff:ff:ff:ff C times=1
4 ff:ff:ff:ff:ff:ff D times=1
1 B A
2 A B vlan=10"
vlan_after="1 B A times=5
2 A B vlan=10 prio=3 times=5
3 B C
2 C B vlan=20
1 B A vlan=0 prio=5
1 B A vlan=10
1 B A vlan=20
2 A B
2 A B vlan=20
2 A B vlan=30
1 D A
4 A D
4 C D vlan=20 prio=2
3 D C
1 B A vlan=10 ad
1 C A
1 ff:ff:ff:ff:ff:ff A
1 B A type=0806"

ns h m
for i in 1 2 3 4; do
	veth m p$i h e$i
	at h ethtool -K e$i tx off txvlan off tx-vlan-stag-hw-insert off >/dev/null 2>&1
done
takes_xdp h e1 e2 e3 e4
# lan [SETTING VALUE] : the bridge anew, its ports and their other ends as they were. Few processes: guests are slow.
lan() {
	printf 'link set e%s mtu 1500 up\n' 1 2 3 4 | nsip h -batch -
	{
		echo "link add br0 type bridge mcast_query_interval 1000000 forward_delay 3000 ${1:-}"
		printf 'link set p%s mtu 1500 up master br0\n' 1 2 3 4
		echo link set br0 up
	} | nsip m -batch -
	poll 5 forwarding 4
}
gone() {
	nsip m link del br0; nsip m link del v5 2>/dev/null; nsip h link del v5 2>/dev/null
	[ -z "$UNDER" ] || { nsip m link del p1; nsip m link set u1 down; nsip m link set u1 name p1; }
	UNDER=
}
# The kernel hears of a carrier some time later.
off() { poll 5 eval "at m bridge link show dev $1 | grep -q 'state disabled'"; }
# jumbo LETTER NUMBER... : the kernel refuses it while a program is on that cannot take frames of several buffers.
jumbo() {
	local letter=$1 ns=m; shift
	[ "$letter" = p ] || ns=h
	printf "link set $letter%s mtu 9000\n" "$@" | nsip $ns -batch -
}
vlan() { at m bridge vlan "$@"; }
vlan_lan() {
	lan "vlan_filtering 1"
	printf 'vlan del vid 1 dev p%s\n' 1 2 3 4 | at m bridge -batch -
	vlans add
}
vlans() { # add or del
	printf "vlan $1 vid %s\n" '10 dev p1 pvid untagged' '10 dev p2' '20 dev p2' '20 dev p3 pvid untagged' \
		'10 dev p4 pvid untagged' '20 dev p4' | at m bridge -batch -
}
# It is refused while ports have VLANs; before 5.18 it is ignored (br_boolopt_multi_toggle()), and a VLAN's instance refused.
mst() { vlans del && brset br0 mst_enabled 1 && vlans add && brset br0 msti 10 0; }
# Port 1 is a macvlan. Generic XDP sees its frames without their tags, which the device below it took off.
macvlan_lan() {
	nsip m link set p1 down; nsip m link set p1 name u1; nsip m link set u1 up
	UNDER=u1
	nsip m link add p1 link u1 type macvlan mode passthru && vlan_lan
}
across() {
	at m "$TESTBIN/tools/across" -g "${GAP:-2}" "0=/run/netns/$NS_m,br0" "1=/run/netns/$NS_h,e1" "2=/run/netns/$NS_h,e2" \
		"3=/run/netns/$NS_h,e3" "4=/run/netns/$NS_h,e4"
}
carried() { at m $XB status | awk '/^p[0-9]/ { n += $5 } END { print n + 0 }'; }
# What was announced before is followed when it has answered twice: one thing at a time.
caught_up() { at m $XB status >/dev/null; at m $XB status >/dev/null; }

# one KIND LAN CHANGE : in $T/KIND where the frames after the change arrived.
one() {
	local pid=
	$2
	if [ "$1" = fast ]; then
		# packet-socket: the stations' own; the one that looks at br0 leaves the bridge as it is: none is promiscuous
		bg pid at m $XB --allow packet-socket br0 2>"$T/err"
		poll 10 fast_ports "$FAST" || { echo "not fast"; at m $XB status; } >"$T/fast"
	fi
	[ -z "$pid" ] || { across <<<"$BEFORE" >"$T/before"; caught_up; }
	across <<<"$BEFORE" >"$T/before"
	eval "$3" >"$T/change" 2>&1 || { CHANGED=$?; }
	[ -z "$pid" ] || { caught_up; CARRIED=$(carried); }
	across <<<"$AFTER" >"$T/$1"
	if [ -n "$pid" ]; then
		CARRIED=$(($(carried) - CARRIED))
		kill "$pid"; wait "$pid" 2>/dev/null
	fi
	gone
}
as_wanted() { # fast, slow or -
	cmp -s "$T/plain" "$T/fast" || return
	case $1 in
	fast) [ "$CARRIED" -ge 10 ] ;;
	slow) [ "$CARRIED" -eq 0 ] ;;
	esac
}
compare() { # LAN, rows on standard input
	local lan=$1 what want change kind CHANGED CARRIED
	while IFS='|' read -r what want change; do
		[ -n "$change" ] || continue
		[[ $what =~ ${ROWS_LIKE:-.} ]] || continue
		CHANGED=0
		one plain "$lan" "$change" </dev/null
		if [ $CHANGED -ne 0 ]; then
			skip "$what" "this kernel or iproute2 cannot: $(tail -n 1 "$T/change" | tr '#' ' ')"
			continue
		fi
		one fast "$lan" "$change" </dev/null
		# A port with XDP is served by NAPI: where other work holds the processor for longer than the gap, frames of two
		# ports change places, and the daemon comes late. A difference is one that is there with ten times the gap, too.
		as_wanted "$want" || for kind in plain fast; do
			GAP=$((${GAP:-2} * 10)) one $kind "$lan" "$change" </dev/null
		done
		if ! diff "$T/plain" "$T/fast" >"$T/diff"; then
			not_ok "$what: the same frames arrive"
			sed 's/^/# /' "$T/diff" "$T/err"
		elif ! as_wanted "$want"; then
			not_ok "$what: the same frames arrive, $want"
			echo "# XDP carried $CARRIED"; sed 's/^/# /' "$T/err"
		else
			ok "$what: the same frames arrive, $CARRIED by XDP"
		fi
	done
}
br_netfilter m 0
FAST=4 UNDER=
BEFORE=$before AFTER=$after
compare lan < <(rows)
away_lan() { lan && nsip m link add link p1 name v5 netns "$NS_h" type vlan id 5 && nsip h link set v5 up; }
if away_lan 2>"$T/err"; then
	gone
	compare away_lan <<<'a VLAN device that was in another namespace before|fast|true'
	# Without fentry such a device is not seen.
	lan; bg pid at m $XB --quiet br0; poll 10 at m $XB status
	if bpftool prog 2>/dev/null | grep -q "name upper_comes"; then seen=1; else seen=; fi
	kill "$pid"; wait "$pid" 2>/dev/null; gone
	if [ -n "$seen" ]; then
		compare lan <<<'a VLAN device that is made in another namespace|fast|nsip m link add link p1 name v5 netns $NS_h type vlan id 5; nsip h link set v5 up'
	else
		skip "a VLAN device that is made in another namespace" "this kernel has no BTF or permits no fentry program"
	fi
else
	gone
	skip "a VLAN device that was in another namespace before" "this kernel has no VLAN devices"
fi
if nsip m link add br9 type bridge vlan_filtering 1 2>/dev/null; then
	nsip m link del br9
	BEFORE=$vlan_before AFTER=$vlan_after
	compare vlan_lan < <(vlan_rows)
	if macvlan_lan 2>"$T/err"; then
		gone
		FAST=3 compare macvlan_lan <<<'VLANs, and a port that is a macvlan|-|true'
	else
		gone 2>/dev/null
		skip "VLANs, and a port that is a macvlan" "this kernel has no macvlan"
	fi
else
	skip "VLANs" "this kernel has no VLAN filtering (tests/lab/run -k 6.12 $0 runs it in a guest)"
fi
finish
