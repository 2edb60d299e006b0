#!/bin/bash
# xdp_bridge doctor: each hazard is named, the command it gives mends it, and nothing is changed by asking.
. "$(dirname "$0")/lib.sh"
need_root
need ethtool bridge tc

XB=$BIN/xdp_bridge
bridged_hosts 2
nsip m link add br1 type bridge

doctor() { at m $XB doctor "$@" >"$T/out" 2>"$T/err"; }
# What XDP and ethtool settings there are: asking must not change them.
settings() {
	nsip m link show; at m bridge -d link show
	for i in 1 2; do at m ethtool -k eth$i; at h$i ethtool -k e0; done
}
healthy() { doctor br0; }
# finding REASON : among what doctor says of br0
finding() { at m $XB doctor --json br0 2>/dev/null | grep -q "\"reason\": \"$1\""; }
# sick WHAT REASON PATTERN : exit status 1, the reason, the sentence
sick() {
	doctor br0; local rc=$?
	if [ $rc = 1 ] && grep -q -- "$3" "$T/out" && finding "$2"; then
		ok "$1"
	else
		not_ok "$1"; echo "# exit status $rc"; sed 's/^/# /' "$T/out" "$T/err"
	fi
}
# mended WHAT : the first command between backquotes is run as it stands; then nothing is left
mended() {
	local command=$(grep -E '^    (slow|partly):' "$T/out" | head -1 | sed 's/[^`]*`\([^`]*\)`.*/\1/')
	at m sh -c "$command" >"$T/cmd" 2>&1
	if poll 5 healthy; then ok "$1: \`$command\`"; else not_ok "$1: \`$command\`"; sed 's/^/# /' "$T/cmd" "$T/out"; fi
}
refused() { # WHAT STATUS PATTERN ARGUMENT...
	local what=$1 want=$2 pattern=$3 rc; shift 3
	doctor "$@"; rc=$?
	if [ $rc = "$want" ] && [ "$(wc -l <"$T/err")" = 1 ] && grep -q -- "$pattern" "$T/err"; then
		ok "$what"
	else
		not_ok "$what"; sed 's/^/# /' "$T/err"; echo "# exit status $rc"
	fi
}

refused "no name" 2 "a bridge, or ports"
refused "an unknown option" 2 "--frobnicate" --frobnicate br0
refused "an unknown hazard" 2 "'rain'" --allow rain br0
refused "a missing interface" 1 "no interface nosuch0" nosuch0
refused "the loopback device" 1 "no bridge takes it" lo
if at m ip tuntap add dev tun0 mode tun 2>/dev/null; then
	refused "a device that is not Ethernet" 1 "tun0 can be no port of a bridge" tun0
	at m ip tuntap del dev tun0 mode tun
else
	skip "a device that is not Ethernet" "this kernel has no tun devices"
fi
refused "a bridge without ports" 1 "br1 has no port yet" br1
cp "$XB" "$T/xdp_bridge" && chmod 755 "$T" "$T/xdp_bridge"
at m setpriv --reuid 65534 --clear-groups "$T/xdp_bridge" doctor br0 >"$T/out" 2>"$T/err"; rc=$?
equal "without privileges it does not guess" "1 yes" "$rc $(grep -q 'run as root' "$T/err" && echo yes)"

# what is still coming up is no change that asking made
settled() { settings >"$T/before"; sleep 0.3; settings | cmp -s - "$T/before"; }
poll 10 settled
poll 5 healthy
equal "all is well: exit status" 0 "$(doctor br0; echo $?)"
check "and it says so" grep -q "safe and complete" "$T/out"
check "the driver is named" grep -q "^eth1: fast: veth, native XDP, XDP transmit: yes" "$T/out"
check "ports by name" doctor eth1 eth2
settings >"$T/after"
check "asking changes nothing" cmp "$T/before" "$T/after"

# ---- each hazard, and its command ----
at h1 ethtool -K e0 tx on >/dev/null 2>&1
sick "partial checksums" checksum "leaves checksums to the receiver"
mended "the command mends it"
if gro_makes_napi; then
	at h1 ethtool -K e0 tx on txvlan on gro off >/dev/null 2>&1
	sick "all that is wrong with a peer is one sentence" checksum "tx off txvlan off gro on"
	mended "and one command mends it"
	at h2 ethtool -K e0 gro off >/dev/null
	sick "a peer without GRO" no-xdp-transmit "takes no XDP frames"
	mended "the command mends it"
else
	skip "a peer without GRO" "before Linux 5.13 GRO makes no difference to it"
fi
nsip h1 link set e0 mtu 9000
if at m "$TESTBIN/tools/xdp_features" eth1 | grep -q rx-sg; then
	check "a peer with a large MTU is well: XDP takes frames in several buffers" doctor br0
	nsip h1 link set e0 mtu 1500
else
	sick "a peer with a large MTU" mtu "MTU of 9000"
	mended "the command mends it"
fi
nsip m link set br0 down
sick "a bridge that is down" bridge-state "br0 is down"
mended "the command mends it"
nsip m link set br0 promisc on
sick "a promiscuous bridge" bridge-state "promiscuous"
mended "the command mends it"
nsip m link set eth2 down
sick "a port that is down" port-state "it is down"
mended "the command mends it"
at m bridge link set dev eth1 state 0
sick "a disabled port" port-state "it is disabled"
mended "the command mends it"
at m bridge link set dev eth1 vlan_tunnel on 2>/dev/null
if at m bridge -d link show dev eth1 | grep -q "vlan_tunnel on"; then
	sick "vlan_tunnel" port-flags "vlan_tunnel is set"
	mended "the command mends it"
else
	skip "vlan_tunnel" "this kernel has no VLAN filtering"
fi
at m bridge link set dev eth1 backup_port eth2
sick "a backup port" port-flags "it has a backup port"
mended "the command mends it"
at m bridge link set dev eth1 learning off
sick "a port that learns nothing" no-learning "learns no address"
mended "the command mends it"
nsip m link set br0 type bridge ageing_time 0
sick "an ageing time of 0" ageing "keeps no address"
mended "the command mends it"
at m bridge link set dev eth2 neigh_suppress on
sick "neighbour suppression" neighbour "ARP and all IPv6"
at m bridge link set dev eth2 neigh_suppress off
at m tc qdisc add dev eth1 clsact
sick "tc" tc "tc qdisc show dev eth1"
equal "tc is taken for granted with --allow" 0 "$(doctor --allow tc br0; echo $?)"
bg TAP at m tcpdump -i eth2 -w /dev/null -Z root 2>/dev/null
poll 5 finding packet-socket
sick "a capture that runs on a port" packet-socket "ss -0 -p"
equal "and is taken for granted with --allow" 0 "$(doctor --allow tc,packet-socket br0; echo $?)"
kill $TAP; wait $TAP 2>/dev/null
nsip m link set eth2 down
doctor br0
equal "two hazards at once are both told" 2 "$(grep -c '^    slow:' "$T/out")"
nsip m link set eth2 up
at m tc qdisc del dev eth1 clsact
poll 5 healthy
if at m nft add table bridge t 2>/dev/null; then
	at m nft add chain bridge t c '{ type filter hook forward priority 0; }'
	sick "a bridge chain of nftables" firewall "nft list ruleset"
	equal "told once, for the bridge" 1 "$(grep -c nftables "$T/out")"
	at m nft delete table bridge t
else
	skip "a bridge chain of nftables" "nft is not installed, or the kernel has no bridge family"
fi
if at m sysctl -qw net.bridge.bridge-nf-call-iptables=1 2>/dev/null; then
	sick "br_netfilter" firewall "br_netfilter"
	mended "the command mends it"
else
	skip "br_netfilter" "it is not loaded"
fi
bg PASS at m "$TESTBIN/tools/xdp_pass" eth2 >"$T/pass"
poll 5 grep -q attached "$T/pass"
sick "another XDP program" other-program "'xdp_pass' (id [0-9]*)"
kill $PASS; wait $PASS 2>/dev/null
nsip m link set eth2 nomaster
doctor eth1 eth2
equal "a port in no bridge: exit status" 1 "$(doctor eth1 eth2; echo $?)"
check "and the command" grep -q 'ip link set dev eth2 master BRIDGE' "$T/out"
nsip m link set eth2 master br0

# ---- a bond, whose native XDP its members run (Linux 5.15) ----
poll 5 healthy
nsip m link set eth2 nomaster
if nsip m link add bond0 type bond mode balance-rr 2>/dev/null; then
	nsip m link set eth2 down; nsip m link set eth2 master bond0; nsip m link set eth2 up
	nsip m link set bond0 up master br0
	poll 5 eval 'at m bridge link show dev bond0 | grep -q forwarding'
	if at m $XB doctor --json bond0 2>/dev/null | grep -q '"native": true'; then
		sick "a bond" members "bond's members.*--mode generic"
		bg XB_PID at m $XB br0 2>"$T/err"
		check "a bond is slow for what comes in by it" poll 10 eval 'at m $XB status --json | grep -q "\"closed_in\": \"members\""'
		check "and said so" grep -q "^xdp_bridge: bond0: slow: native XDP runs in the bond's members" "$T/err"
		check "what leaves by it does not" poll 5 eval 'at m $XB status --json | grep -q "\"closed_out\": null"'
		at m tc qdisc add dev eth2 clsact && at m tc filter add dev eth2 egress matchall action drop
		check "but where tc is on a member" poll 5 eval 'at m $XB status --json | grep -q "\"closed_out\": \"tc\""'
		at m tc qdisc del dev eth2 clsact
		kill $XB_PID; wait $XB_PID
	else
		skip "a bond" "this kernel's bonds have no native XDP"
	fi
	nsip m link del bond0
else
	skip "a bond" "this kernel has no bonding"
fi
nsip m link set eth2 up master br0

# ---- beside one that runs ----
poll 5 healthy
bg XB_PID at m $XB --quiet br0
poll 5 at m $XB status
check "while it runs, its process is named" eval 'doctor br0 && grep -q "followed by process $XB_PID" "$T/out"'
kill $XB_PID; wait $XB_PID
bg XB_PID at m $XB --quiet --mode generic br0
poll 5 at m $XB status
sick "generic XDP is not all that can be had" generic-xdp "generic XDP, which is slower"
kill $XB_PID; wait $XB_PID
finish
