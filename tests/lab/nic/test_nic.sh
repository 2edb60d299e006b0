#!/bin/bash
# Each NIC model of the guest: two ports of a bridge between two stations, and a line of what the driver can do.
. "$(dirname "$0")/lib.sh"
need ethtool tcpdump ping
pcaps=$(dirname "$0")/../../../pcaps

# plug MODEL : of each cable one end goes to `br` as pCABLE, the other to station hCABLE as e0.
plug() {
	local cable
	for cable in 1 2; do
		put "$1" $cable 1 br p$cable && put "$1" $cable 2 h$cable e0 || return 1
	done
}
all_linked() { linked br p1 br p2 h1 e0 h2 e0; }
forwarding() { [ "$(at br bridge link show | grep -c 'state forwarding')" = 2 ]; }

feature() { at br ethtool -k p1 2>/dev/null | sed -n "s/^$1: \([a-z]*\).*/\1/p"; }
# The three below while an XDP program is attached: virtio_net and igb can transmit XDP frames only then.

# native_xdp : yes, or generic where the driver has none, as rtnetlink tells.
native_xdp() {
	case $(nsip br link show p1) in
	*xdpgeneric*) echo 'no (generic)' ;;
	*prog/xdp*) echo yes ;;
	*) tail -n 1 "$T/pass" ;;
	esac
}
# xdp_transmit MODEL : do frames redirected to the port from XDP reach the station?
xdp_transmit() {
	local before
	poll 30 all_linked # some drivers reset the link when an XDP program comes
	before=$(received)
	if ! at br "$TESTBIN/tools/livegen" -i p1 -d 02:00:0"$1":01:00:02 -s 02:00:00:00:00:0a -n 64 >"$T/gen" 2>&1; then
		tail -n 1 "$T/gen" >&2
		echo untried
	elif poll 5 received_more "$before" 64; then
		echo yes
	else
		echo no
	fi
}
received() { at h1 sed -n 's/^ *e0: *[0-9]* *\([0-9]*\).*/\1/p' /proc/net/dev; }
received_more() { [ $(($(received) - $1)) -ge "$2" ]; }
stamping() {
	local said
	said=$(at br ethtool -T p1)
	if grep -q hardware-transmit <<<"$said" && grep -q hardware-receive <<<"$said"; then
		echo "hardware, PHC $(sed -n 's/^PTP Hardware Clock: //p; s/^Hardware timestamp provider index: //p' <<<"$said")"
	elif grep -q software-receive <<<"$said"; then
		echo software
	else
		echo none
	fi
}

# frames FILE FILTER : one line of hexadecimal a frame, sorted: queues and their CPUs may swap two flows.
frames() {
	tcpdump -r "$1" -nn -xx "$2" 2>/dev/null |
		awk '/^\t0x/ { for (i = 2; i <= NF; i++) h = h $i; next } { if (h) print h; h = "" } END { if (h) print h }' | sort
}
# carries FILE : what station 1 sends of a capture, host A's part, arrives at station 2 as it was.
carries() {
	local pid a='ether src 02:00:00:00:00:0a'
	frames "$1" "$a" >"$T/want"
	bg pid at h2 tcpdump -i e0 -Q in -U -nn -w "$T/got.pcap" -c "$(wc -l <"$T/want")" "$a" 2>"$T/log"
	poll 20 grep -q 'listening on' "$T/log" || return 1
	at h1 "$TESTBIN/tools/replay" -i e0 -r "$1" -s 02:00:00:00:00:0a
	poll 20 ended "$pid" || kill "$pid"
	wait "$pid" 2>/dev/null
	frames "$T/got.pcap" "$a" >"$T/got"
	[ -s "$T/want" ] && diff "$T/want" "$T/got" >"$T/diff" || { head -n 8 "$T/diff"; return 1; }
}
ended() { ! kill -0 "$1"; }
# features NAME MODEL : the line of the table.
features() {
	local pid driver native transmit told
	driver=$(at br ethtool -i p1 | sed -n 's/^driver: //p')
	bg pid at br "$TESTBIN/tools/xdp_pass" p1 >"$T/pass" 2>&1
	poll 10 grep -q attached "$T/pass"
	native=$(native_xdp) transmit=$(xdp_transmit "$2") told=$(at br "$TESTBIN/tools/xdp_features" p1)
	kill "$pid"
	wait "$pid" 2>/dev/null
	row "$1" "$driver" "$native" "$transmit" "$told" \
		"$(feature rx-vlan-offload)/$(feature tx-vlan-offload)/$(feature rx-vlan-filter)" "$(stamping)"
}
# accelerated NAME : xdp_bridge on the two ports, in native mode where the driver has it.
accelerated() {
	local bridge before c
	local offload
	for c in 1 2; do at br ethtool -K p$c rxvlan on >/dev/null 2>&1; done
	offload=$(feature rx-vlan-offload)
	bg bridge at br "$BIN/xdp_bridge" br0 2>"$T/xb"
	if poll 40 both_fast; then
		ok "$1: xdp_bridge has both ports fast"
	else
		not_ok "$1: xdp_bridge has both ports fast"
		at br "$BIN/xdp_bridge" status | sed 's/^/# /' - "$T/xb"
	fi
	poll 20 at h1 ping -c 1 -W 2 10.0.0.2
	poll 10 both_fast
	before=$(in_fast)
	check "$1: ping through XDP" at h1 ping -c 10 -i 0.1 -W 2 10.0.0.2
	check "$1: XDP carried it ($(port_mode))" test $(($(in_fast) - before)) -ge 8
	# Generic XDP minds no hidden tag where the bridge filters no VLANs.
	[ "$(port_mode)" = native ] || offload=kept
	[ "$offload" != on ] || equal "$1: tags are left in the frame meanwhile" off "$(feature rx-vlan-offload)"
	kill "$bridge"
	wait "$bridge"
	equal "$1: SIGTERM ends it" 0 $?
	[ "$offload" = kept ] || equal "$1: rx-vlan-offload is as before" "$offload" "$(feature rx-vlan-offload)"
	[ "$offload" != on ] || killed "$1"
	poll 30 all_linked
	check "$1: and the plain bridge carries ping" poll 30 at h1 ping -c 1 -W 2 10.0.0.2
}
# killed NAME : what a kill -9 leaves off, doctor names, and the next one puts back.
killed() {
	local bridge
	bg bridge at br "$BIN/xdp_bridge" br0 2>"$T/xb"
	poll 40 both_fast
	kill -9 "$bridge"
	wait "$bridge" 2>/dev/null
	equal "$1: after kill -9 rx-vlan-offload is off" off "$(feature rx-vlan-offload)"
	at br "$BIN/xdp_bridge" doctor br0 >"$T/doctor"
	check "$1: and doctor says how to mend it" grep -q 'ethtool -K p1 rxvlan on' "$T/doctor"
	bg bridge at br "$BIN/xdp_bridge" br0 2>"$T/xb"
	poll 40 both_fast
	kill "$bridge"
	wait "$bridge"
	equal "$1: the next one puts it back" on "$(feature rx-vlan-offload)"
}
status_of() { at br "$BIN/xdp_bridge" status | awk -v n="$1" '$1 == "p1" { print $n }'; }
in_fast() { status_of 5; }
port_mode() { status_of 3; }
both_fast() { all_linked && [ "$(at br "$BIN/xdp_bridge" status | awk '$4 == "fast"' | wc -l)" = 2 ]; }
row() { printf '# %-8s %-11s %-13s %-13s %-40s %-18s %s\n' "$@"; }

model=0
row model driver 'native XDP' 'XDP transmit' 'XDP features (netlink)' 'VLAN rx/tx/filter' 'time stamps'
for name in $LAB_NICS; do
	model=$((model + 1))
	ns br h1 h2
	if ! plug $model; then
		skip "$name" "the kernel has no driver for it"
		continue
	fi
	nsip br link add br0 type bridge mcast_snooping 0
	for c in 1 2; do nsip br link set p$c master br0; nsip br link set p$c up; done
	nsip br link set br0 up
	for s in 1 2; do nsip h$s addr add 10.0.0.$s/24 dev e0; nsip h$s link set e0 up; done
	poll 30 all_linked && poll 40 forwarding || not_ok "$name: links come up and ports forward"
	features "$name" $model
	poll 30 all_linked
	check "$name: the bridge carries ping" poll 30 at h1 ping -c 3 -i 0.2 -W 2 10.0.0.2
	check "$name: the bridge carries VLAN tags unchanged" carries "$pcaps/vlan.pcap"
	check "$name: the bridge carries every size unchanged" carries "$pcaps/sizes.pcap"
	accelerated "$name"
	unplug $model
done
finish
