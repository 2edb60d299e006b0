#!/bin/bash
# ptpsend on a cable between two namespaces: what arrives, what is printed, how it ends; bad input.
. "$(dirname "$0")/lib.sh"
need_root
need tcpdump tshark setpriv
send=$BIN/ptpsend LAST=02:00:00:00:00:ff

ns a b
veth a pa b pb
nsip a addr add 10.9.0.1/24 dev pa
nsip a link set pa address 02:00:00:00:00:0a

# A snap length as short as PTP, so that the buffer has slots for a burst.
# capture FILE ARGUMENTS... : what arrives while ptpsend runs to its end; $rc, $T/out, $T/err.
capture() {
	local file=$1 dump; shift
	bg dump at b tcpdump -i pb -Q in -U --immediate-mode -s 256 -B 8192 -w "$file" 2>"$T/dump"
	poll 5 grep -q listening "$T/dump" || return 1
	at a timeout 20 "$send" -i pa "$@" >"$T/out" 2>"$T/err"
	rc=$?
	# A last frame of another source: behind it nothing is on its way.
	at a "$send" -q -i pa -m signaling -n 1 --src-mac $LAST --peer-mac $LAST --dst-mac $LAST
	poll 5 arrived "$file"
	kill "$dump"; wait "$dump" 2>/dev/null
}
arrived() { tcpdump -r "$1" -nn "ether src $LAST" 2>/dev/null | grep -q .; }
fields() { local file=$1; shift; tshark -r "$file" -Y "ptp && eth.src != $LAST" -T fields "${@/#/-e}" 2>/dev/null; }
# sums FILE : frames, stamps of the device, of the system, that did not come
sums() { sed -n 's/^ptpsend: \([0-9]*\) frames sent$/\1/p; s/.* \([0-9]*\) of the device.s clock, \([0-9]*\) of the system.s, \([0-9]*\) did not come$/\1 \2 \3/p' "$1" | paste -sd' '; }

# ---- every message, as tshark reads it on the other side ----
capture "$T/all.pcap" -m all -n 2 -r 20 -d 7 --correction 2.5 --sequence 65535
equal "it ends well" 0 "$rc"
equal "20 frames, each with a time stamp of the system's clock" "20 0 20 0" "$(sums "$T/err")"
check "that the device has none is said" grep -q '^ptpsend: pa: no hardware time stamps' "$T/err"
equal "types, sequenceIds, domain arrive in order" \
	"$(for s in 65535 0; do for t in b 0 8 1 9 2 3 a c d; do printf '0x0%s\t%s\t7\n' $t $s; done; done)" \
	"$(fields "$T/all.pcap" ptp.v2.messagetype ptp.v2.sequenceid ptp.v2.domainnumber)"
equal "a line a frame, stamped, outgoing" 20 "$(grep -cE '^[0-9:]{8}\.[0-9]{9} system pa out 02:00:00:00:00:0[ab] > ' "$T/out")"
# The stamp printed for an event message is the time that the message behind it carries.
while read -r event follower; do
	equal "$follower carries the stamp of $event" \
		"$(grep " $event domain" "$T/out" | cut -d' ' -f1 | cut -d. -f2)" \
		"$(grep " $follower domain" "$T/out" | grep -oE 'time [0-9]+\.[0-9]+' | cut -d. -f2)"
done <<'EOF'
Sync Follow_Up
Delay_Req Delay_Resp
Pdelay_Req Pdelay_Resp
Pdelay_Resp Pdelay_Resp_Follow_Up
EOF
equal "the same in the frames, as tshark reads them" \
	"$(grep -E ' (Follow_Up) domain' "$T/out" | grep -oE 'time [0-9]+\.[0-9]+' | sed 's/time //; s/\./\t/; s/\t0*\([0-9]\)/\t\1/')" \
	"$(tshark -r "$T/all.pcap" -Y 'ptp.v2.messagetype == 8' -T fields -e ptp.v2.fu.preciseorigintimestamp.seconds -e ptp.v2.fu.preciseorigintimestamp.nanoseconds 2>/dev/null)"

# ---- encapsulations on the wire; the receiving kernel takes an outer tag out, tcpdump puts it back ----
while IFS='|' read -r what filter options; do
	# shellcheck disable=SC2086 # a list of options
	capture "$T/e.pcap" -m sync -1 -n 3 -r 100 $options
	equal "$what" "3 packets" "$(tcpdump -r "$T/e.pcap" --count "$filter" 2>/dev/null)"
done <<'EOF'
Ethernet|ether dst 01:1b:19:00:00:00 and ether proto 0x88f7|-q
802.1Q|vlan 10 and ether proto 0x88f7|--vlan 10:5
802.1ad|ether[12:4] = 0x88a86064 and ether[16:4] = 0x8100a00a and ether[20:2] = 0x88f7|--vlan 10:5 --qinq 100:3
EDSA|ether[12:4] = 0xdada0000 and ether[16:4] = 0xc018000a and ether[20:2] = 0x88f7|--edsa forward,port=3,vid=10
EDSA around 802.1Q|ether[20:4] = 0x8100a00a and ether[24:2] = 0x88f7|--edsa forward,port=3,vid=10 --vlan 10:5
DSA|ether[12:4] = 0x0018000a and ether[16:2] = 0x88f7|--dsa to-cpu,port=3,vid=10
UDPv4 from the interface's address|src 10.9.0.1 and dst 224.0.1.129 and udp port 319|--transport udp4
UDPv4 to another group|ether dst 01:00:5e:00:01:82 and dst 224.0.1.130 and udp port 319|--transport udp4 --dst-ip 224.0.1.130
UDPv6 to another scope|ether dst 33:33:00:00:01:81 and dst ff02::181 and udp dst port 319|--transport udp6 --dst-ip ff02::181
UDPv6 from the link-local address|src fe80::ff:fe00:a and dst ff0e::181 and udp dst port 319|--transport udp6
EOF

# ---- what was asked for is what happens ----
capture "$T/r.pcap" -m sync -1 -n 100 -r 200 -q
equal "a count is a count" "0 100" "$rc $(fields "$T/r.pcap" frame.number | wc -l)"
equal "-q is quiet" "" "$(cat "$T/out" "$T/err")"
span=$(fields "$T/r.pcap" frame.time_epoch | awk 'NR == 1 { a = $1 } { b = $1 } END { print (b - a > 0.25) }')
equal "no burst instead of a rate" 1 "$span"
capture "$T/l.pcap" -m sync -1 -n 200 -r 1000 --loss 10 --duplicate 10 --reorder 10 --seed 3
lost=$(sed -n 's/.*asked for: \([0-9]*\) lost.*/\1/p' "$T/err") twice=$(sed -n 's/.*lost, \([0-9]*\) of the frames.*/\1/p' "$T/err")
equal "losses and duplicates arrive as they are counted" $((200 - lost + twice)) "$(fields "$T/l.pcap" frame.number | wc -l)"
"$send" -q -w "$T/l2.pcap" -m sync -1 -n 200 -r 1000 --loss 10 --duplicate 10 --reorder 10 --seed 3
equal "the same seed, the same sequence, sent or written" "$(fields "$T/l2.pcap" ptp.v2.sequenceid)" "$(fields "$T/l.pcap" ptp.v2.sequenceid)"
check "there are errors in it" [ "$lost" -gt 5 ] && check "of both kinds" [ "$twice" -gt 5 ]
capture "$T/n.pcap" -m sync -n 3 -r 100 -t none
equal "--timestamps none: none are asked for" "6 none" "$(sums "$T/err") $(cut -d' ' -f2 "$T/out" | sort -u)"
equal "ptpsniff reads what ptpsend sent" "$(cut -d' ' -f5- "$T/out")" "$("$BIN/ptpsniff" -r "$T/n.pcap" 2>/dev/null | grep -v " $LAST >" | cut -d' ' -f4-)"

# ---- ending ----
lines() { [ "$(wc -l <"$T/out")" -ge "$1" ]; }
for signal in TERM INT; do
	bg SEND at a "$send" -i pa -n 1000000 -r 50 >"$T/out" 2>"$T/err"
	check "it runs until SIG$signal" poll 10 lines 4
	if [ $signal = TERM ]; then
		equal "without any privilege" "0000000000000000 65534" "$(awk '/CapEff|CapPrm/ { c = $2 } /^Uid/ { u = $2 } END { print c, u }' "/proc/$SEND/status")"
		case $BIN in */san/*) skip "with a seccomp filter" "sanitizers need more system calls" ;;
		*) equal "with a seccomp filter" 2 "$(sed -n 's/^Seccomp:[[:space:]]*//p' "/proc/$SEND/status")" ;; esac
	fi
	kill -$signal "$SEND"; wait "$SEND"
	equal "SIG$signal ends it well" 0 $?
	equal "and the sums are right" "$(wc -l <"$T/out")" "$(sums "$T/err" | cut -d' ' -f1)"
done
bg SEND at a "$send" -i pa -n 1000000 -r 50 >"$T/out" 2>"$T/err"
poll 10 lines 4; nsip a link set pa down; wait "$SEND"
equal "the interface goes down: it ends" 1 $?
check "and says it" grep -q '^ptpsend: pa went down: ' "$T/err"
nsip a link set pa up
bg SEND at a "$send" -i pa -n 1000000 -r 50 >"$T/out" 2>"$T/err"
poll 10 lines 4; nsip a link del pa; wait "$SEND"
equal "the interface vanishes: it ends" 1 $?
check "and says it" grep -Eq '^ptpsend: pa (is gone|went down)' "$T/err"

# ---- bad input: an exit status and the beginning of a sentence ----
veth a pa b pb
nsip a link add down0 type veth peer name down1
nsip a tuntap add mode tun tun0 2>/dev/null && nsip a link set tun0 up
bad() { # bad STATUS SENTENCE ARGUMENTS...
	local status=$1 sentence=$2; shift 2
	timeout 10 nsenter --net=/var/run/netns/"$NS_a" "$@" >"$T/out" 2>"$T/err"
	equal "'${*#"$send"}' fails" "$status" $?
	check "saying: $sentence" grep -q "^ptpsend: .*$sentence" "$T/err"
	equal "in one line" 1 "$(wc -l <"$T/err")"
}
bad 1 "there is no interface 'eth99'" "$send" -i eth99
bad 1 "there is no interface '$(printf 'x%.0s' {1..300})'" "$send" -i "$(printf 'x%.0s' {1..300})"
bad 1 "down0 is down: bring it up" "$send" -i down0
nsip a link set down0 up
at a "$send" -q -i down0 -n 1 -m sync -t none >"$T/out" 2>"$T/err"; equal "no carrier: status" 0 $?
check "no carrier is said" grep -q '^ptpsend: down0 has no carrier' "$T/err"
if nsip a link show tun0 >/dev/null 2>&1; then
	bad 1 "tun0 is no Ethernet interface" "$send" -i tun0
else
	skip "an interface that is no Ethernet" "no tun device here"
fi
bad 1 "CAP_NET_RAW: run as root" setpriv --reuid 65534 --clear-groups "$send" -i pa
bad 1 "pa: no hardware time stamps" "$send" -i pa -t hardware
bad 1 "no IPv4 address to send from" "$send" -i pa --transport udp4
bad 1 "'/nowhere/x.pcap' could not be created" "$send" -w /nowhere/x.pcap
bad 1 "'/dev/full' could not be written: No space left" "$send" -q -w /dev/full -n 10000
equal "a file that cannot be written: said once" 1 "$(wc -l <"$T/err")"
(ulimit -f 8; "$send" -q -w "$T/limited.pcap" -n 1000 2>"$T/err"); equal "a file at its limit: status" 1 $?
check "a file at its limit: a sentence" grep -q "limited.pcap' could not be written: File too large" "$T/err"
check "a file at its limit: what was written before is whole" "$BIN/ptpsniff" -r "$T/limited.pcap" -w "$T/again.pcap"
bad 2 "one of -i IFNAME and -w FILE" "$send" -n 1
bad 2 "one of -i IFNAME and -w FILE" "$send" -i pa -w "$T/x"
bad 2 "there is no option '--nonsense'" "$send" --nonsense
bad 2 "-r needs a value" "$send" -w "$T/x" -r
bad 2 "'sync' is not understood" "$send" -w "$T/x" sync
bad 2 "--messages takes e2e" "$send" -w "$T/x" -m sync,nonsense
bad 2 "--messages takes e2e" "$send" -w "$T/x" -m ,
bad 2 "--rate takes rounds a second" "$send" -w "$T/x" -r 100001
bad 2 "--rate takes rounds a second" "$send" -w "$T/x" -r -1
bad 2 "--count takes a number from 1" "$send" -w "$T/x" -n 0
bad 2 "--domain takes a number from 0 to 255" "$send" -w "$T/x" -d 256
bad 2 "--clock takes 16 hexadecimal" "$send" -w "$T/x" -c 02:00:00:00:00:0a
bad 2 "--src-mac takes a MAC" "$send" -w "$T/x" --src-mac 02:00:00:00:00
bad 2 "--vlan takes VID" "$send" -w "$T/x" --vlan 4096
bad 2 "--edsa takes to-cpu" "$send" -w "$T/x" --edsa forward,port=32
bad 2 "--tlv takes MESSAGES:TYPE" "$send" -w "$T/x" --tlv sync:0x8008:abc
bad 2 "--loss takes a percentage" "$send" -w "$T/x" --loss 101
for tag in to-cpu,trunk forward,code=5 forward,ingress to-cpu,dei; do
	bad 2 "--dsa takes .*code= (of to-cpu).*not '$tag'" "$send" -w "$T/x" --dsa $tag
done
bad 2 "--dsa and --edsa are two tags" "$send" -w "$T/x" --dsa forward --edsa forward
bad 2 "--linktype 285 does not fit" "$send" -w "$T/x" --dsa forward --linktype 285
bad 2 "for -w, which writes a capture" "$send" -i pa --start 5
bad 2 "--timestamps is for -i" "$send" -w "$T/x" -t software
bad 2 "IPv6 address, and goes with --transport udp6" "$send" -w "$T/x" --transport udp4 --src-ip fe80::1
bad 2 "of a host needs --dst-mac" "$send" -w "$T/x" --transport udp4 --dst-ip 10.9.0.2
bad 2 "do not fit into a round" "$send" -w "$T/x" -m all -r 100 --spacing 1001
bad 2 "contradict each other" "$send" -w "$T/x" --802.1as -1
bad 2 "give one" "$send" -i pa -1 -t hardware
bad 2 "take more than 73 years" "$send" -w "$T/x" -n 1000000000 -r 0.001
check "nothing was written on the way" [ ! -e "$T/x" ]
"$send" --help >"$T/out" 2>"$T/err"
equal "--help is no failure" "0 0" "$? $(wc -l <"$T/err")"
check "and lists the options" grep -q -- '--edsa MODE' "$T/out"
"$send" -w "$T/x.pcap" >/dev/full 2>"$T/err"
equal "lines that cannot be written are a failure" 1 $?
"$send" -w "$T/c.pcap" -n 2 >&- 2>"$T/err"
equal "a closed standard output is one that cannot be written" 1 $?
check "and what is printed does not go into the capture" tcpdump -nn -r "$T/c.pcap"
"$send" -q -w - -n 1 | tcpdump -nn -r - 2>/dev/null >"$T/out"
equal "-w - writes the capture to standard output" 3 "$(wc -l <"$T/out")"

# A disk that is full in the middle: what was written stays readable.
mkdir "$T/small"
if mount -t tmpfs -o size=64k none "$T/small" 2>/dev/null; then
	"$send" -q -w "$T/small/x.pcap" -m all -n 1000000 2>"$T/err"
	equal "a full disk ends it" 1 $?
	check "saying so" grep -q "x.pcap' could not be written: No space left" "$T/err"
	tcpdump -nn -r "$T/small/x.pcap" >"$T/out" 2>"$T/err"
	equal "and leaves a capture that can be read" 0 $?
	umount "$T/small"
else
	skip "a full disk" "tmpfs cannot be mounted here"
fi
finish
