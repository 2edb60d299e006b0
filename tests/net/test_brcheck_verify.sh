#!/bin/bash
# brcheck verify: two captures taken with tcpdump at the ports of a plain Linux bridge under ping, TCP and ptp4l verify
# clean; the same captures with one frame removed, duplicated, altered or exchanged do not. And what is said to bad input.
. "$(dirname "$0")/lib.sh"
need_root
need tcpdump ping ptp4l taskset
# One CPU: with two, a plain bridge now and then stamps frames of a TCP flow in another order than they went (2 of 78 transfers).
taskset -cp "$(sed -n 's/^Cpus_allowed_list:[^0-9]*\([0-9]*\).*/\1/p' /proc/self/status)" $$ >/dev/null
A=02:00:00:00:00:0a
OWN=02:b1:00:00:00:01

# Nothing may pass while one port is listened to and the other not yet: a late answer, a neighbour asked again.
still() { local was; was=$(at m cat /proc/net/dev); sleep 0.3; [ "$was" = "$(at m cat /proc/net/dev)" ]; }
# the ports once more, by tcpdump -i any, whose cooked packets say in their type which way they went
cooked() {
	local p
	poll 10 still
	for p in p1 p2; do
		bg "ANY_$p" at m tcpdump -i any -w "$T/any.$p" -U --immediate-mode "ifindex $(nsip m -o link show $p | cut -d: -f1)" \
			2>"$T/any.log"
		poll 5 grep -q listening "$T/any.log"
	done
	at a ping -q -c5 -i0.01 10.9.0.2 >/dev/null
	poll 5 sh -c "[ \$(stat -c %s $T/any.p1) = \$(stat -c %s $T/any.p2) ]"
	kill -INT $ANY_p1 $ANY_p2; wait $ANY_p1 $ANY_p2
}
# the bridge has an address, asks and answers
answers() {
	local p
	nsip m link set br0 address $OWN; nsip m addr add 10.9.0.254/24 dev br0
	for p in p1 p2; do
		bg "OWN_$p" at m tcpdump -i $p -w "$T/own.$p" -U --immediate-mode 2>"$T/own.log"
		poll 5 grep -q listening "$T/own.log"
	done
	at m ping -q -c3 -i0.01 10.9.0.2 >/dev/null; at a ping -q -c3 -i0.01 10.9.0.254 >/dev/null; at b ping -q -c3 -i0.01 10.9.0.1 >/dev/null
	for p in p1 p2; do poll 10 sh -c "tcpdump -nn -r $T/own.$p 'icmp[0] == 0 and dst 10.9.0.2' 2>/dev/null | grep -c . | grep -qx 3"; done
	kill -INT $OWN_p1 $OWN_p2; wait $OWN_p1 $OWN_p2
}
traffic() {
	ns a b m
	veth a e0 m p1; veth b e0 m p2
	nsip a link set e0 address $A; nsip b link set e0 address 02:00:00:00:00:0b
	nsip a addr add 10.9.0.1/24 dev e0; nsip b addr add 10.9.0.2/24 dev e0
	nsip m link add br0 address 02:b0:00:00:00:ff type bridge mcast_snooping 0
	br_netfilter m 0
	nsip m link set br0 up
	for p in p1 p2; do nsip m link set $p master br0; done
	poll 5 at a ping -c1 -W1 10.9.0.2
	nsip a neigh replace 10.9.0.2 lladdr 02:00:00:00:00:0b dev e0 nud permanent
	nsip b neigh replace 10.9.0.1 lladdr $A dev e0 nud permanent
	poll 10 still
	for p in p1 p2; do
		bg "DUMP_$p" at m tcpdump -i $p -w "$T/$p.pcap" -U -B 65536 2>"$T/$p.log"
		poll 5 grep -q listening "$T/$p.log"
	done
	at a ping -q -c20 -i0.01 10.9.0.2 >"$T/ping"
	cooked
	bg LISTEN at b "$TESTBIN/tools/tcp_transfer" listen 4000 >"$T/tcp"
	poll 10 at a "$TESTBIN/tools/tcp_transfer" send 10.9.0.2 4000 5000000
	wait $LISTEN
	bg MASTER at a ptp4l -S -2 -i e0 -m -q --priority1 100 --logSyncInterval -3 --uds_address "$T/m" >"$T/master"
	bg SLAVE at b ptp4l -S -2 -i e0 -m -q -s --uds_address "$T/s" >"$T/slave"
	poll 20 grep -q "MASTER_CLOCK_SELECTED\|path delay" "$T/slave"
	kill $MASTER $SLAVE; wait $MASTER $SLAVE
	nsip a neigh del 10.9.0.2 dev e0
	# a last ping of a length of its own, after a question for its neighbour: when both have it written, they have all before it
	at a ping -q -c1 -W1 -s 77 10.9.0.2 >/dev/null
	for p in p1 p2; do poll 10 sh -c "tcpdump -nn -r $T/$p.pcap 'icmp[0] == 0' 2>/dev/null | grep -q 'length 85'"; done
	kill -INT $DUMP_p1 $DUMP_p2; wait $DUMP_p1 $DUMP_p2
	answers
}
verify() { "$BIN/brcheck" verify --port p1="$1" --port p2="$2" "${@:3}" >"$T/out" 2>"$T/err"; echo $? >"$T/rc"; }
edit() { "$TESTBIN/tools/capedit" "$@"; }
# verdict WHAT STATUS PATTERN
verdict() {
	if [ "$(cat "$T/rc")" = "$2" ] && cat "$T/out" "$T/err" | grep -Eq "$3"; then ok "$1"; else
		not_ok "$1"; echo "# status $(cat "$T/rc"), wanted $2 and $3"; cat "$T/out" "$T/err" | tail -n 8 | sed 's/^/# /'
	fi
}

traffic
good1=$T/p1.pcap good2=$T/p2.pcap
! grep -hE '^[1-9][0-9]* packets dropped' "$T/p1.log" "$T/p2.log" >"$T/lost" ||
	skip_all "tcpdump lost packets on this machine, and what it lost is a violation: $(head -n 1 "$T/lost")"
n=$(tcpdump -r "$good1" 2>/dev/null | wc -l)
equal "the transfer came through" 5000000 "$(cat "$T/tcp")"
check "ptp4l found its master through the bridge" grep -q "MASTER_CLOCK_SELECTED\|path delay\|foreign master\|new foreign" "$T/slave"
verify "$good1" "$good2"
verdict "ping, TCP and ptp4l verify clean ($n frames a port)" 0 '^violations: 0$'
grep -E '^(port|p[12]|delay)' "$T/out" | sed 's/^/# /'
verdict "the direction is said to be inferred" 0 '^p1 .* inferred$'

verify "$T/any.p1" "$T/any.p2"
verdict "cooked captures, whose types say the direction" 0 '^p1 .* cooked packet types$'
printf 'bridge vlan_filtering on\nport p1\nport p2\nvlan p1 10\nvlan p2 10\n' >"$T/conf"
verify "$T/any.p1" "$T/any.p2" --config "$T/conf"
verdict "and no VLAN tags, where those count" 1 'any.p1 is a cooked capture .* without VLAN tags, and .*conf filters VLANs'
verify "$T/any.p1" "$good2"
verdict "a cooked capture beside another kind is refused" 1 'any.p1 is a cooked capture .* and .*p2.pcap is not'

# two FILE : into x and y two frames of A's to B that stand one after the other, those that are closest, yet not together (a
# group's frame with another source might as well have entered there), and into gap how far apart they are, in microseconds
two() {
	read -r x y gap < <(tcpdump -r "$1" --number -tt -e -nn 2>/dev/null | awk -v src=$A '$3 == src && $5 ~ /^02:/ {
		if (last == $1 - 1 && $2 - at > 0.000003 && (!x || $2 - at < gap)) { x = last; gap = $2 - at }
		last = $1; at = $2 } END { if (x) print x, x + 1, int(gap * 1e6) }')
}
# edited WHAT EDIT:VIOLATION FILE : that edit of FILE is this violation beside $good1. What changes places over more than 0.1 ms
# left too long before it entered: slow guests have no frames that are closer.
edited() {
	case $2 in "exchange "*) [ "$gap" -lt 100 ] || { skip "$1: ${2%:*} is ${2#*:}" "no two frames are closer than $gap us"; return; } ;; esac
	edit "$3" "$T/bad" ${2%:*}; verify "$good1" "$T/bad"
	verdict "$1: ${2%:*} is ${2#*:}" 1 "^violations: 1 \(1 ${2#*:}\)$"
}
two "$good2" || { not_ok "two frames in a row to edit"; finish; }
for edit in "remove $x:missing" "duplicate $x:duplicated" "alter $x 50:modified" "alter $x 7:modified" "exchange $x $y:reordered"; do
	edited "at the egress" "$edit" "$good2"
done
edit "$good2" "$T/bad" remove "$x"; verify "$good1" "$T/bad" --json
verdict "the same as JSON" 1 '"missing": 1'
two "$good1"
edit "$good1" "$T/bad" remove "$x"; verify "$T/bad" "$good2"
verdict "removed at the ingress: left without having entered" 1 '^violations: 1 \(1 unexpected\)$'
edit "$good1" "$T/bad" duplicate "$x"; verify "$T/bad" "$good2"
verdict "entered twice, left once" 1 '^violations: 1 \(1 missing\)$'

# Equal stamps at both ports: the host with the lowest address is taken to be at the first, the other at the other.
equal='^note: the frames of 2 hosts have equal stamps .* it is assumed that '$A' is at p1,'
edit "$good1" "$T/same"; verify "$good1" "$T/same"
verdict "equal stamps at both ports" 0 '^violations: 0$'
verdict "and it is said that nothing tells the ways" 0 "$equal"
for edit in "remove $x:missing" "duplicate $x:duplicated" "alter $x 50:modified" "exchange $x $y:reordered"; do
	edited "equal stamps" "$edit" "$good1"
done
for tick in 1000000 100000000 100000000000; do
	edit "$good1" "$T/same" coarse $tick; edit "$good2" "$T/bad" coarse $tick; verify "$T/same" "$T/bad"
	verdict "stamps that are multiples of $tick ns" 0 '^violations: 0$'
done
verdict "and nothing tells the ways" 0 "$equal"

pcaps=$(dirname "$0")/../../pcaps
"$BIN/brcheck" verify --json --port $'p\377='"$pcaps/icmp.pcap" --port "p2=$pcaps/arp.pcap" >"$T/out" 2>"$T/err"; echo $? >"$T/rc"
verdict "JSON has a port whose name is no UTF-8" 1 '"port": "p[?]"'
verdict "and why frames were filtered" 1 '"same port": 9'
# a pcapng of one packet whose interface counts milliseconds (if_tsresol 3)
{
	printf '\n\r\r\n\34\0\0\0\115\74\53\32\1\0\0\0\377\377\377\377\377\377\377\377\34\0\0\0'
	printf '\1\0\0\0\40\0\0\0\1\0\0\0\0\0\0\0\11\0\1\0\3\0\0\0\0\0\0\0\40\0\0\0'
	printf '\6\0\0\0\140\0\0\0\0\0\0\0\213\1\0\0\0\150\345\317\100\0\0\0\100\0\0\0%064d\140\0\0\0' 0
} >"$T/ms"
verify "$T/ms" "$pcaps/arp.pcap"
verdict "stamps of milliseconds are said" 1 '^note: the stamps of p1 are multiples of 0.001 s'

edit "$good2" "$T/bad" shift 3600000000000; verify "$good1" "$T/bad"
verdict "an hour between the clocks is estimated and taken off" 0 '^clock of p2: 3(600\.0|599\.9)'
edit "$good1" "$T/d1" directions $A
edit "$good2" "$T/d2" directions 02:00:00:00:00:0b; verify "$T/d1" "$T/d2"
verdict "directions of pcapng are used" 0 '^p1 .* recorded$'
# an Interface Statistics Block with isb_ifdrop 7 behind the packets
{ cat "$T/d1"; printf '\5\0\0\0\44\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\5\0\10\0\7\0\0\0\0\0\0\0\44\0\0\0'; } >"$T/lossy"; verify "$T/lossy" "$T/d2"
verdict "packets that pcapng says were lost are said" 0 '^note: the capture of p1 says that it lost 7 packets'
edit "$good1" "$T/both" beside "$good2"; verify "$T/both" "$T/both"
verdict "a pcapng with both ports: each takes its own packets" 0 '^violations: 0$'
"$BIN/brcheck" verify --port "p1=$T/both" --port "eth7=$T/both" >"$T/out" 2>"$T/err"; echo $? >"$T/rc"
verdict "and none where none is called as the port" 1 "is of the interface 'p[12]' and those before it of 'p[12]'"
verify "$T/own.p1" "$T/own.p2"
verdict "an address that may be the bridge's own is named" 1 "^note: $OWN: .* say --own $OWN\$"
check "and no host is taken for it" sh -c "! grep -q -e '--own 02:00' $T/out"
verify "$T/own.p1" "$T/own.p2" --own $OWN
verdict "and with --own its frames are its own" 0 '^violations: 0$'
verify "$T/own.p1" "$T/own.p2" --own 02:b0:00:00:00
verdict "--own takes an address" 2 'wants the address of an interface'
verify "$T/own.p1" "$T/own.p2" --own ${OWN}0
verdict "and nothing behind it" 2 'wants the address of an interface'
big=$(tcpdump -r "$good2" --number -e -nn 2>/dev/null | sed -n 's/^ *\([0-9]*\) .*, length \(1[6-9][0-9][0-9]\|[2-9][0-9]\{3\}\|[0-9]\{5\}\): .*/\1/p' | head -n 1)
if [ -n "$big" ]; then
	edit "$good2" "$T/bad" remove "$big"; verify "$good1" "$T/bad"
	verdict "a missing frame longer than Ethernet's may be offload's" 1 '^note: 1 of the frames .* are longer than 1514 bytes'
else
	skip "a missing frame longer than Ethernet's may be offload's" "nothing merged frames here"
fi
edit "$good2" "$T/bad" remove 3; verify "$good1" "$T/bad"
check "and a frame of usual length is not" sh -c "! grep -q 'longer than' $T/out"
half=$((n / 2)); tcpdump -r "$good2" -c "$half" -w "$T/bad" 2>/dev/null; verify "$good1" "$T/bad"
verdict "a capture that ended sooner: said" 1 '^note: 0 violations are from before the first packet of a capture, [1-9][0-9]* from after'
verify "$good1" "$T/bad" --overlap --json
verdict "and with --overlap not judged" 0 '"not_judged": [1-9]'
verify "$good1" "$good2" --overlap
verdict "--overlap of whole captures" 0 '^violations: 0$'
verdict "what is assumed is said" 0 '^note: without --config this is assumed: all ports forward'
verify "$T/d1" "$T/d1"
verdict "the same capture for both ports is refused" 1 'd1 is given for p1 and p2, and has no interfaces of these names'
edit "$good2" "$T/bad" snap 60; verify "$good1" "$T/bad"
verdict "a cut packet is named" 1 'packet 1 was cut to 60 of its 98 bytes'
edit "$good1" "$T/snap1" snap 90; edit "$good2" "$T/snap2" snap 100; verify "$T/snap1" "$T/snap2" --snap 90
verdict "cut captures, as far as they go" 0 '^violations: 0$'
edit "$good2" "$T/bad" early 30 1000000000; verify "$good1" "$T/bad"
verdict "a packet out of order in time is named" 1 'packet 30 is [0-9.]+ s older'
head -c 5000 "$good2" >"$T/bad"; verify "$good1" "$T/bad"
verdict "a capture that breaks off gives no verdict" 1 'cut short in packet'
: >"$T/bad"; verify "$good1" "$T/bad"
verdict "an empty file is no capture" 1 'empty'
head -c 24 "$good1" | tee "$T/bad2" >"$T/bad"; verify "$T/bad" "$T/bad2"
verdict "captures without a frame are nothing to check" 1 'nothing to check'
verify "$good1" -
verdict "standard input is refused" 1 'read twice: give a file'
verify "$good1" "$T/nothing"
verdict "a missing file is named" 1 'nothing.*No such file'
printf 'port p1\nport p2\nport p3\n' >"$T/conf"; verify "$good1" "$good2" --config "$T/conf"
verdict "a port without capture is named" 1 'conf has 3 ports, and 2 captures'
printf 'port p1\nport p2\nvlan p1 4095\n' >"$T/conf"; verify "$good1" "$good2" --config "$T/conf"
verdict "VLAN 4095 is refused, with its line" 1 "conf:3: '4095' is no VLAN"
printf 'port p1\nport p2 learning off hairpin on\n' >"$T/conf"; verify "$good1" "$good2" --config "$T/conf"
verdict "another configuration is another verdict" 1 '^violations: [1-9]'
"$BIN/brcheck" verify --port "p1=$good1" >"$T/out" 2>"$T/err"; echo $? >"$T/rc"
verdict "one port is no bridge" 2 'at least two ports'
"$BIN/brcheck" verify --port p1 >"$T/out" 2>"$T/err"; echo $? >"$T/rc"
verdict "a port without a file is a usage error" 2 'NAME=CAPTURE'
finish
