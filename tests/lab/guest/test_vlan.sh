#!/bin/bash
# The kernel's bridge with VLAN filtering, frame in and frames out: what every accelerated or modelled one is
# held against. Four stations at four ports:
#   1 access VLAN 10, 2 trunk of 10 and 20 without PVID, 3 PVID 20 untagged and 10 tagged, 4 access VLAN 20.
. "$(dirname "$0")/../../net/lib.sh"
need_root
need tcpdump bridge

# Name, port it enters, destination, tags ("-" untagged, 8100.10 or 88a8.10, outer first), and what leaves:
# PORT:TAGS, "none" where nothing does. Sources are 02:00:00:00:01:ROW; B is row 6's, learned in VLAN 10 at port 2.
B=02:00:00:00:01:06
rows() {
	cat <<'ROWS'
untagged takes the PVID|1|all|-|2:8100.10 3:8100.10
tagged with a VLAN the port has|1|all|8100.10|2:8100.10 3:8100.10
tagged with a VLAN the port has not|1|all|8100.20|none
priority-tagged takes the PVID|1|all|8100.0|2:8100.10 3:8100.10
untagged without a PVID|2|all|-|none
a trunk's VLAN to an access port|2|all|8100.10|1:- 3:8100.10
a trunk's other VLAN leaves untagged|2|all|8100.20|3:- 4:-
a VLAN nobody has|2|all|8100.30|none
untagged at the hybrid port|3|all|-|2:8100.20 4:-
untagged at the second access port|4|all|-|2:8100.20 3:-
a known destination takes one port|1|B|-|2:8100.10
known in another VLAN only is flooded|4|B|-|2:8100.20 3:-
two tags: the outer decides, the inner stays|2|all|8100.10,8100.99|1:8100.99 3:8100.10,8100.99
an 802.1ad tag is data to an 802.1Q bridge|1|all|88a8.10|2:8100.10,88a8.10 3:8100.10,88a8.10
a known destination at the port it came from|2|B|8100.10|none
ROWS
}

# A guest starts a process in 20 to 100 ms, so what follows uses the shell's own means, and variables for results.

# frame_of ROW DESTINATION TAGS : $FRAME, in hexadecimal; the row's number follows the EtherType 88b5.
frame_of() {
	local t dst=ffffffffffff
	[ "$2" = all ] || dst=${B//:/}
	printf -v FRAME '%s0200000001%02x' $dst "$1"
	[ "$3" = - ] || for t in ${3//,/ }; do printf -v FRAME '%s%s%04x' "$FRAME" "${t%.*}" "${t#*.}"; done
	printf -v FRAME '%s88b5%02x' "$FRAME" "$1"
	while [ ${#FRAME} -lt 120 ]; do FRAME+=00; done
}
# send PORT ROW DESTINATION TAGS : as a capture of one frame, from the station at that port.
send() {
	local len h escaped=''
	frame_of "$2" "$3" "$4"
	printf -v len '%02x000000' $((${#FRAME} / 2))
	h=d4c3b2a1020004000000000000000000ffff0000010000000000000000000000$len$len$FRAME
	while [ -n "$h" ]; do escaped+="\\x${h:0:2}" h=${h:2}; done
	printf '%b' "$escaped" >"$T/frame"
	at h"$1" "$TESTBIN/tools/replay" -i e0 -r "$T/frame" >/dev/null || not_ok "row $2 is sent"
}

# collect STATION : SEEN[STATION,ROW] is the tags of each frame of that row in its capture, "|" between frames.
declare -A SEEN
collect() {
	local h t row
	tcpdump -r "$T/cap$1" -nn -xx 2>/dev/null |
		awk '/^\t0x/ { for (i = 2; i <= NF; i++) h = h $i; next } { if (h) print h; h = "" } END { print h }' >"$T/hex$1"
	while read -r h; do
		h=${h:24} t=
		while [[ $h == 8100* || $h == 88a8* ]]; do
			t+=${t:+,}${h:0:4}.$((16#${h:4:4} & 0xfff)) h=${h:8}
		done
		[[ $h == 88b5* ]] || continue
		row=$((16#${h:4:2}))
		SEEN[$1,$row]+=${SEEN[$1,$row]:+|}${t:--}
	done <"$T/hex$1"
}

make_bridge() {
	local p
	ns br h1 h2 h3 h4
	nsip br link add br0 type bridge vlan_filtering 1 vlan_default_pvid 0 mcast_snooping 0 ||
		skip_all "this kernel's bridge does not filter VLANs"
	nsip br link set br0 up
	for p in 1 2 3 4; do
		veth br p$p h$p e0
		nsip br link set p$p master br0
	done
	at br bridge vlan add dev p1 vid 10 pvid untagged
	at br bridge vlan add dev p2 vid 10
	at br bridge vlan add dev p2 vid 20
	at br bridge vlan add dev p3 vid 20 pvid untagged
	at br bridge vlan add dev p3 vid 10
	at br bridge vlan add dev p4 vid 20 pvid untagged
}
forwarding() { [ "$(at br bridge link show | grep -c 'state forwarding')" = 4 ]; }
taskset -cp 0 $$ >/dev/null
make_bridge
poll 20 forwarding || not_ok "the ports come to forward"
for s in 1 2 3 4; do
	bg _ at h$s tcpdump -i e0 -Q in -U -nn -w "$T/cap$s" ether[0] '>=' 0 2>"$T/log$s"
done
for s in 1 2 3 4; do poll 20 grep -q 'listening on' "$T/log$s" || not_ok "tcpdump starts at station $s"; done

row=0
while IFS='|' read -r _ port dst tags _; do
	row=$((row + 1))
	send "$port" $row "$dst" "$tags"
done < <(rows)
# All is sent from one CPU, whose backlog keeps it in order, so row 99 closes each capture.
send 2 99 all 8100.10
send 3 99 all -
for s in 1 2 3 4; do
	poll 20 grep -qaP '\x88\xb5\x63' "$T/cap$s" || not_ok "station $s receives the closing frame"
	collect $s
done

row=0
while IFS='|' read -r name _ _ _ want; do
	row=$((row + 1)) got=
	for s in 1 2 3 4; do
		[ -z "${SEEN[$s,$row]:-}" ] || got+="${got:+ }$s:${SEEN[$s,$row]}"
	done
	equal "$name" "$want" "${got:-none}"
done < <(rows)
check "the learned entry has its VLAN" eval "at br bridge fdb show br br0 | grep -q '^$B dev p2 vlan 10 '"
finish
