#!/bin/bash
# cbpftool diff: equal, different with a witness, not decided; packets made for one filter; explain.
. "$(dirname "$0")/lib.sh"
C=$BIN/cbpftool

# answers STATUS "FIRST LINE" arguments...
answers() {
	local status=$1 says=$2 rc; shift 2
	timeout 60 "$C" diff "$@" >"$T/out" 2>"$T/err" </dev/null; rc=$?
	[ $rc = "$status" ] && [ "$(head -1 "$T/out")" = "$says" ] && [ ! -s "$T/err" ] && ok "$says: $*" && return
	not_ok "$says ($rc): $*"; sed 's/^/# /' "$T/out" "$T/err"
}
answers 0 "equal: they accept the same packets" ip 'ether proto 0x0800'
answers 0 "equal: they accept the same packets" -e 'tcp port 80' -O 'tcp port 80'
answers 0 "equal: they accept the same packets" ptp -n ptp
answers 1 "B accepts what A rejects, a packet of 60 bytes:" ip 'ip or arp'
check "confirmed twice" grep -q 'confirmed by the VM and the kernel' "$T/out"
check "the other way round is a proof" grep -q '^what A accepts, B accepts too' "$T/out"
answers 3 "not decided in 1 seconds; --seconds gives it longer" --seconds 1 \
	'(ether[14:4] ^ ether[18:4]) * ether[22:4] = 0x12345679' \
	'(ether[14:4] | ether[18:4]) * ether[22:4] - (ether[14:4] & ether[18:4]) * ether[22:4] = 0x12345679'
timeout --preserve-status -s INT 1 "$C" diff --seconds 20 '(ether[14:4] ^ ether[18:4]) * ether[22:4] = 0x12345679' \
	'(ether[14:4] | ether[18:4]) * ether[22:4] - (ether[14:4] & ether[18:4]) * ether[22:4] = 0x12345679' >"$T/out" 2>&1
equal "^C ends it, and not one of its questions" 130 $?
answers 1 "there is no such packet: the program rejects everything" 'less 0' --witness accept
"$C" dump -e 'udp port 319' -F asm >"$T/prog" 2>/dev/null || "$C" dump -e 'udp port 319' -F dd >"$T/prog"
answers 0 "equal: they accept the same packets" "$T/prog" 'udp port 319'

# A witness for each filter of the catalogue, both ways; each does what it was made for.
for n in $("$C" list | cut -d' ' -f1); do
	check "$n accepts its packets" bash -c "$C diff $n --witness accept -w $T/w.pcap >$T/ways &&
		$C run -n $n -r $T/w.pcap | tee $T/run | grep -qE '^matched ([0-9]+) of \1 packets' && ! grep -q '^0 ' $T/ways"
	check "$n rejects its packets" bash -c "$C diff $n --witness reject -w $T/w.pcap &&
		$C run -n $n -r $T/w.pcap | tee $T/run | grep -q '^matched 0 of [1-9]'"
done
check "a difference goes into a capture" bash -c "! $C diff ip arp -w $T/w.pcap && $C run -e ip -r $T/w.pcap | grep -q '^matched 1 of 2'"

# refused STATUS "SENTENCE" arguments...
refused() {
	local status=$1 says=$2 rc; shift 2
	"$C" diff "$@" >"$T/out" 2>"$T/err" </dev/null; rc=$?
	[ $rc = "$status" ] && [ "$(cat "$T/err")" = "cbpftool: $says" ] && ok "refused: $says" && return
	not_ok "refused ($rc): $*"; sed 's/^/# /' "$T/err"
}
h="(\`cbpftool --help\` shows the usage)"
refused 2 "diff takes two programs: sources (-e, -n, -f), names, files or expressions $h" ip
refused 2 "'arp' is a third program; diff takes two $h" ip ip6 arp
refused 2 "--witness is for one program $h" ip ip6 --witness accept
refused 2 "--witness takes accept or reject, not 'x' $h" ip --witness x
refused 2 "--seconds takes a number from 1 to 1000000, not '0' $h" ip arp --seconds 0
refused 1 "A is for the link type EN10MB and B for LINUX_SLL; -y compiles both for one" -e ip -n ptp-event-sll
refused 1 "'$T/no/w.pcap' could not be created: No such file or directory" ip arp -w "$T/no/w.pcap"
refused 2 "diff has no option '--fast' $h" ip arp --fast
refused 2 "diff: '-w' wants a value $h" ip arp -w
refused 1 "the expression 'nope' does not compile: can't parse filter expression: syntax error (nor is it a filter of the catalogue or a file)" nope ip
printf '2,48 0 0 4294963244,22 0 0 0' >"$T/vlan"
"$C" diff "$T/vlan" ip >"$T/out"
check "metadata is varied: a packet with it" grep -q "^  [0-9a-f]* --skb vlan_tci=[1-9][0-9]*,vlan_proto=\(33024\|34984\)$" "$T/out"
check "the kernel has none to confirm it with" grep -q "the kernel was not asked: a datagram between two processes has no such metadata" "$T/out"
skb=$(sed -n 's/.* --skb //p' "$T/out" | head -1)
equal "and run takes it as it is printed" "matched 1 of 1 packets" "$("$C" run -f "$T/vlan" --packet 00 --skb "$skb")"
printf 'ld #hatype\nret #1\n' >"$T/hatype"
skb=$("$C" diff "$T/hatype" --witness accept | sed -n 's/.* --skb //p')
equal "the device that a program asks for its type is printed, too" "matched 1 of 1 packets" \
	"$("$C" run -f "$T/hatype" --packet 00 --skb "$skb")"
equal "metadata that says the same" "equal: they accept the same packets" \
	"$("$C" diff -f "$T/vlan" -f - <<<'2,48 0 0 4294963244,22 0 0 0')"
printf '2,48 0 0 4294963236,22 0 0 0' >"$T/cpu"
"$C" diff "$T/cpu" ip 2>"$T/err"
check "what no packet decides is named" grep -q "^cbpftool: instruction 0 loads cpu, which is no property of a packet" "$T/err"

# ---- explain
equal "explain" "1: ether.type = 0x0806, len >= 14
1 way to accept" "$("$C" explain -e arp)"
equal "explain --reject says how short" "1: len < 14
2: ether.type != 0x0806, len >= 14
2 ways to reject" "$("$C" explain -e arp --reject)"
equal "explain --reject, any packet" "1: any packet; then (001) loads past the end" \
	"$(printf 'ldx #5\nldh [x + 0]\nret #1\n' | "$C" explain -f - --reject | head -n 1)"
equal "explain --reject behind a header" "ether.type = 0x0800, ip.proto = 6, ip.fragoffset = 0, len >= 24; then (006) loads past the end" \
	"$("$C" explain -e 'ip and tcp src port 80' --reject | sed -n 's/^[0-9]*: \(.*then.*\)/\1/p' | head -n 1 | sed 's/([0-9]*)/(006)/')"
for n in $("$C" list | cut -d' ' -f1); do
	ways=$("$C" diff "$n" --witness accept -w "$T/w.pcap" | cut -d' ' -f1)
	equal "explain $n: as many ways as packets" "$ways" "$("$C" explain -n "$n" | grep -c '^[0-9]*: ')"
done
equal "explain without a program" "cbpftool: no program is given: name one with -e EXPR, -n NAME or -f FILE $h" "$("$C" explain 2>&1)"
equal "explain, seconds" "cbpftool: --seconds takes a number from 1 to 1000000, not 'x' $h" "$("$C" explain -e ip --seconds x 2>&1)"
equal "explain names metadata too" "1: VLAN TCI != 0" "$("$C" explain -f "$T/vlan" | head -1)"
finish
