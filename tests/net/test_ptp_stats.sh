#!/bin/bash
# ptpsniff --stats on real clocks: ptp4l in every mode it has, what it is told against what the analysis finds.
. "$(dirname "$0")/lib.sh"
need_root
need ptp4l
sniff=$BIN/ptpsniff fields=$TESTBIN/tools/json_fields

ns a b
veth a pa b pb
for n in a b; do at "$n" sysctl -qw net.ipv6.conf.all.disable_ipv6=0 net.ipv6.conf.p$n.disable_ipv6=0 net.ipv6.conf.p$n.accept_dad=0; done
nsip a addr add 10.9.0.1/24 dev pa
nsip b addr add 10.9.0.2/24 dev pb
at a ip link set pa down; at a ip link set pa up; at b ip link set pb down; at b ip link set pb up
poll 5 sh -c "ip -n $NS_a addr show dev pa scope link | grep -q fe80"
poll 5 sh -c "ip -n $NS_b addr show dev pb scope link | grep -q fe80"
mac() { nsip "$1" -o link show dev "$2" | sed -n 's/.*link\/ether \([0-9a-f:]*\).*/\1/p' | tr -d : | sed 's/^\(......\)\(......\)$/\1.fffe.\2/'; }
master=$(mac a pa) slave=$(mac b pb)

conf() { # conf FILE LINES... : the slave's or master's configuration
	local f=$1; shift
	printf '%s\n' "[global]" "uds_address $T/$f.uds" "logSyncInterval -3" "logMinDelayReqInterval -3" \
		"logMinPdelayReqInterval -3" "logAnnounceInterval -1" "announceReceiptTimeout 3" "$@" >"$T/$f.cfg"
}
gptp="transportSpecific 0x1
delay_mechanism P2P
ptp_dst_mac 01:80:C2:00:00:0E
p2p_dst_mac 01:80:C2:00:00:0E
network_transport L2
follow_up_info 1
path_trace_enabled 1
neighborPropDelayThresh 10000000
gmCapable 1
domainNumber 0"
listen() {
	: >"$T/err"
	bg SNIFF at b timeout 120 "$sniff" -i pb --outgoing -c 150 -w "$T/x.pcapng" --stats --json >"$T/stats" 2>"$T/err"
	poll 20 grep -q 'listening on pb' "$T/err"
}
# A mode: its name, what must be seen, who asks, the lines of both, those of the master, those of the slave.
mode() {
	local name=$1 types=$2 delay=$3 both=$4 of_master=$5 of_slave=$6 total
	conf m "$both" "priority1 10" "$of_master"
	conf s "$both" "slaveOnly 1" "free_running 1" "$of_slave"
	[ "$name" != 802.1AS ] || { sed -i 's/^slaveOnly.*//' "$T/s.cfg"; echo "priority1 200" >>"$T/s.cfg"; }
	bg MASTER at a ptp4l -S -f "$T/m.cfg" -i pa -m >"$T/m.log" 2>&1
	rm -f "$T/x.pcapng"
	# Unicast is asked for once, so there the tap is before the slave.
	[ "$name" != unicast ] || listen
	bg SLAVE at b ptp4l -S -f "$T/s.cfg" -i pb -m >"$T/s.log" 2>&1
	poll 20 grep -qE 'UNCALIBRATED|to SLAVE' "$T/s.log" || { sed 's/^/# /' "$T/m.log" "$T/s.log"; }
	[ "$name" = unicast ] || listen
	wait "$SNIFF"
	equal "$name: it ends after 150 frames" 0 $?
	kill "$MASTER" "$SLAVE"; wait "$MASTER" "$SLAVE" 2>/dev/null
	equal "$name: the best master" "1|$master|10" \
		"$("$fields" masters.0.best masters.0.grandmasterIdentity masters.0.grandmasterPriority1 <"$T/stats")"
	# Every message of the capture is in the table, by clock and type.
	"$sniff" -r "$T/x.pcapng" --json 2>/dev/null | "$fields" ptp.sourcePortIdentity.clockIdentity ptp.messageTypeName |
		sort | uniq -c | awk '{ print $2, $1 }' >"$T/counted"
	for i in 0 1; do
		who=$("$fields" clocks.$i.sourcePortIdentity.clockIdentity <"$T/stats")
		for type in Sync Delay_Req Pdelay_Req Pdelay_Resp Follow_Up Delay_Resp Pdelay_Resp_Follow_Up Announce Signaling Management; do
			n=$("$fields" "clocks.$i.messages.$type.count" <"$T/stats")
			[ -z "$n" ] || echo "$who|$type $n"
		done
	done | sort >"$T/tabled"
	equal "$name: the table counts what was captured" "$(cat "$T/counted")" "$(cat "$T/tabled")"
	for type in $types; do check "$name: $type" grep -q "|$type " "$T/tabled"; done
	for i in 0 1; do
		[ "$("$fields" "clocks.$i.sourcePortIdentity.clockIdentity" <"$T/stats")" = "$slave" ] && s=$i || m=$i
	done
	n=$("$fields" "clocks.$s.$delay.count" <"$T/stats")
	check "$name: ${n:-no} delays of the slave's requests" test "${n:-0}" -ge 3
	# Unicast messages advertise none (0x7F): the grant did.
	equal "$name: the master's interval is the one it was told" "$([ "$name" = unicast ] || echo 125000000)" \
		"$("$fields" "clocks.$m.messages.Sync.advertisedInterval" <"$T/stats")"
	equal "$name: nothing missing, repeated or out of order" "0|0|0|0" \
		"$("$fields" "clocks.$m.messages.Sync."{missing,repeated,outOfOrder} clocks.$m.followUpWithoutSync <"$T/stats")"
	# Read again from the file it is the same analysis, but for the clock's name.
	"$sniff" -r "$T/x.pcapng" --stats --json 2>/dev/null >"$T/again"
	equal "$name: the capture gives the same analysis" "$(sed 's/"system"/"file"/g' "$T/stats")" "$(cat "$T/again")"
}
e2e="Sync Follow_Up Announce Delay_Req Delay_Resp" p2p="Sync Follow_Up Announce Pdelay_Req Pdelay_Resp Pdelay_Resp_Follow_Up"
mode "L2, end to end" "$e2e" delaySeenFromThisTap "network_transport L2" "" ""
mode "L2, peer to peer" "$p2p" peerDelay1588SeenFromThisTap "network_transport L2
delay_mechanism P2P" "" ""
mode "802.1AS" "$p2p" peerDelay8021ASSeenFromThisTap "$gptp" "" ""
mode "UDPv4" "$e2e" delaySeenFromThisTap "network_transport UDPv4" "" ""
mode "UDPv6" "$e2e" delaySeenFromThisTap "network_transport UDPv6" "" ""
mode "unicast" "$e2e Signaling" delaySeenFromThisTap "network_transport UDPv4
unicast_req_duration 30" "unicast_listen 1
inhibit_multicast_service 1" "[unicast_master_table]
table_id 1
logQueryInterval 0
UDPv4 10.9.0.1
[pb]
unicast_master_table 1"

# One message at two taps: a bridge between two cables, both of its ports listened to.
ns r w
veth a pc r p1 && veth r p2 w pw
nsip r link add br0 type bridge && nsip r link set p1 master br0 && nsip r link set p2 master br0
nsip r link set br0 up
bg SNIFF at r "$sniff" -i p1 -i p2 --outgoing --stats --json >"$T/two" 2>"$T/err"
poll 5 grep -q 'listening on p2' "$T/err"
poll 5 sh -c "ip -n $NS_r -d link show p2 | grep -q 'state forwarding'"
rounds=$("$sniff" -r "$(dirname "$0")/../../pcaps/ptp.pcap" --json 2>/dev/null | grep -c '"messageTypeName":"Delay_Req"')
at a "$TESTBIN/tools/replay" -i pc -r "$(dirname "$0")/../../pcaps/ptp.pcap" -p 200 >/dev/null
kill "$SNIFF"; wait "$SNIFF"
equal "a bridge between two taps: from, to" "p1|p2" "$("$fields" residence.0.from.interface residence.0.to.interface <"$T/two")"
check "a bridge between two taps: how long a message was in it" test \
	"$("$fields" residence.0.betweenTimeStamps.min <"$T/two")" -gt 0
equal "a bridge between two taps: no way back" "" "$("$fields" residence.1.from.interface <"$T/two")"
for i in 0 1 2 3; do
	"$fields" clocks.$i.interface clocks.$i.{syncWithoutFollowUp,followUpWithoutSync,delaySeenFromThisTap.count} <"$T/two"
done | sort >"$T/at_both"
equal "a bridge between two taps: at each one the whole exchange" \
	"$(printf 'p%d|0|0|%s\n' 1 '' 1 "$rounds" 2 '' 2 "$rounds")" "$(cat "$T/at_both")"
equal "a bridge corrects nothing" 0 "$("$fields" residence.0.correctionFieldGrowth.max <"$T/two")"

# ptp4l as a transparent clock in place of the bridge. It stamps what it receives as the tap does, and what it sends after
# the tap, so it adds no less than lies between the tap's stamps.
nsip r link del br0
conf m "network_transport L2" "priority1 10"
conf s "network_transport L2" "slaveOnly 1" "free_running 1"
conf t "network_transport L2" "clock_type E2E_TC" "free_running 1"
bg SNIFF at r timeout 120 "$sniff" -i p1 -i p2 --outgoing -c 300 --stats --json >"$T/tc" 2>"$T/err"
poll 10 grep -q 'listening on p2' "$T/err"
bg MASTER at a ptp4l -S -f "$T/m.cfg" -i pc -m >"$T/m.log" 2>&1
bg CLOCK at r ptp4l -S -f "$T/t.cfg" -i p1 -i p2 -m >"$T/t.log" 2>&1
bg SLAVE at w ptp4l -S -f "$T/s.cfg" -i pw -m >"$T/s.log" 2>&1
wait "$SNIFF"
equal "a transparent clock: it ends after 300 frames" 0 $?
kill "$MASTER" "$CLOCK" "$SLAVE"; wait "$MASTER" "$CLOCK" "$SLAVE" 2>/dev/null
for way in 0 1; do
	IFS='|' read -r from n least grown <<<"$("$fields" residence.$way.from.interface residence.$way.correctionFieldGrowth.count \
		residence.$way.betweenTimeStamps.min residence.$way.correctionFieldGrowth.min <"$T/tc")"
	check "a transparent clock, from $from: $n messages, at least $least ns between the stamps, $grown added" \
		test "${n:-0}" -ge 3 -a "${least:-0}" -gt 0 -a "${grown:-0}" -ge "${least:-0}"
done
equal "a transparent clock: from both sides" "p1 p2" \
	"$(for way in 0 1; do "$fields" residence.$way.from.interface <"$T/tc"; done | sort | paste -sd' ')"

"$sniff" -r "$T/x.pcapng" --stats >"$T/out" 2>/dev/null
check "the report for people" grep -q "^\* $master-1  domain 0  on pb" "$T/out"
"$sniff" -r "$T/x.pcapng" --report "$T/report.html" >"$T/out" 2>/dev/null
equal "--report prints the lines all the same" 150 "$(wc -l <"$T/out")"
check "--report: one page with plots" grep -q '<polyline points="' "$T/report.html"
check "--report: no other files" test "$(grep -cE 'src=|href=|<script|@import' "$T/report.html")" = 0
"$sniff" -r "$T/x.pcapng" --report "$T/no/such/folder" >/dev/null 2>"$T/err"
equal "--report that cannot be written: status" 1 $?
check "--report that cannot be written" grep -q "no/such/folder' cannot be written" "$T/err"
finish
