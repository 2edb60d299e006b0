#!/bin/bash
# cbpftool check, run, trace, debug, cover, graph and socket, as a user meets them.
. "$(dirname "$0")/lib.sh"
need tcpdump
C=$BIN/cbpftool
P=$(dirname "$0")/../../pcaps

says() { # says WHAT STATUS "LAST LINE" command...
	local what=$1 status=$2 line=$3 rc; shift 3
	"$@" >"$T/out" 2>&1 </dev/null; rc=$?
	[ $rc = "$status" ] && [ "$(tail -n 1 "$T/out")" = "$line" ] && ok "$what" && return
	not_ok "$what (status $rc)"; sed 's/^/# /' "$T/out"
}
h="(\`cbpftool --help\` shows the usage)"

# Every catalogue filter through every engine over every capture that it fits: nobody disagrees. In an emulated guest
# each run takes seconds, so there the captures are a few: a guest asks the kernel, not libpcap.
captures=("$P"/*.pcap*)
[ -z "${LAB:-}" ] || captures=("$P"/{ptp-edsa,ptp-dsa,ptp-qinq,ptp-udp6,stp}.pcap)
engines=0
for name in $("$C" list | cut -d' ' -f1); do
	for f in "${captures[@]}"; do
		"$C" run -n "$name" -r "$f" --engine all >"$T/out" 2>"$T/err"; rc=$?
		if [ $rc = 1 ] && grep -q 'is for the link types\|cut short\|is no capture' "$T/err"; then continue; fi
		[ $rc = 0 ] || { not_ok "$name over $(basename "$f")"; sed 's/^/# /' "$T/out" "$T/err"; continue; }
		n=$(grep -c ': ran ' "$T/out"); [ "$n" -le $engines ] || engines=$n
	done
done
[ "$(id -u)" = 0 ] && want=4 || want=3
check "every catalogue filter agrees in every engine ($engines of them)" [ $engines -ge $want ]

# run beside tcpdump: the same packets, as the same file.
captures=("$P"/ptp.pcap "$P"/icmp.pcap "$P"/tcp.pcap "$P"/vlan*.pcap)
[ -z "${LAB:-}" ] || captures=("$P"/vlan.pcap)
for expr in ip arp vlan 'ether multicast' 'len > 100' 'tcp or udp' 'ip[8] > 1'; do
	for f in "${captures[@]}"; do
		[ -e "$f" ] || continue
		tcpdump -r "$f" -w "$T/theirs" "$expr" 2>/dev/null
		"$C" run -r "$f" -e "$expr" -w "$T/ours" >/dev/null
		# tcpdump writes microseconds unless told: compare what is printed
		equal "tcpdump takes the same of $(basename "$f"): $expr" \
			"$(tcpdump -tt -r "$T/theirs" -nxx 2>/dev/null | grep 0x | md5sum)" "$(tcpdump -tt -r "$T/ours" -nxx 2>/dev/null | grep 0x | md5sum)"
	done
done

says "one packet in hexadecimal" 0 "matched 1 of 1 packets" "$C" run -e 'ether[12:2] = 0x88f7' --packet "01:1b:19:00:00:00 020000000001 88f7 0002"
says "verdicts" 0 "matched 1 of 1 packets" "$C" run -e ip --packet 0000000000000000000000000800 --verdicts
equal "a verdict is INDEX RET" "1 262144" "$(head -n 1 "$T/out")"
says "a packet that the engine leaves out" 0 "matched 0 of 1 packets" "$C" run -e 'len > 0' --packet 0011 --engine xdp --verdicts
equal "has no verdict" "1 -|xdp: left out of 1 packets: the packet is shorter than an Ethernet header" "$(head -n 2 "$T/out" | paste -sd'|')"
{ head -c 24 "$P/runt.pcap"; printf '%0*d\1\0\0\0\1\0\0\0\1' 8 0; printf '%0*d\16\0\0\0\16\0\0\0%012d\10\0' 8 0 0; } >"$T/two-reasons"
says "packets that are left out for several reasons" 0 "matched 2 of 2 packets" "$C" run -e 'len > 0' -r "$T/two-reasons" --engine all
if [ "$(id -u)" = 0 ]; then equal "each is told" 2 "$(grep -c '^tc: left out of 1 packets: a test run takes no packet' "$T/out")"; fi
printf 'ld #mark\nret a\n' >"$T/mark"
says "metadata" 0 "matched 1 of 1 packets" "$C" run -f "$T/mark" --packet 00 --skb mark=77 --verdicts
equal "metadata is what was said" "1 77" "$(head -n 1 "$T/out")"
says "metadata: the others are left out by name" 0 "matched 1 of 1 packets" "$C" run -f "$T/mark" --packet 00 --skb mark=77 --engine all
check "metadata: libpcap says why" grep -q '^libpcap: left out of 1 packets: instruction 0 loads the metadata mark' "$T/out"
printf 'ldx #33\nld #1\nlsh x\nret a\n' >"$T/shift"
says "a disagreement is status 1" 1 "matched 1 of 1 packets" "$C" run -f "$T/shift" --packet 0102030405060708090a0b0c0d0e0f --engine all
check "it names packet, engines, instruction, rule" grep -q '^packet 1: vm returns 2, libpcap returns 0; they part at (002) lsh      x: shift-by-x' "$T/out"

for frame in "0800 19 IPv4" "86dd 39 IPv6"; do # what a test run of tc does not take is left out, and ends nothing
	set -- $frame
	says "$3 without the whole of its header" 0 "matched 1 of 1 packets" "$C" run -e 'len > 0' --engine all \
		--packet "$(printf %024d 0)$1$(printf %0$((2 * $2))d 0)"
done

# check
says "check accepts" 0 "kernel: takes it" "$C" check -n ptp --kernel
printf '1\n14 0 0 0\n' >"$T/odd"
says "check refuses, and the kernel" 1 "kernel: refuses it, EINVAL" "$C" check -f "$T/odd" --kernel
equal "check names instruction and rule" "refused (EINVAL, rule opcode): insn 0: Linux has no instruction with the opcode 0xe" "$(head -n 1 "$T/out")"
{ echo 4097; yes '6 0 0 1' | head -n 4097; } >"$T/long"
says "4,097 instructions" 1 "refused (EINVAL, rule too-long): 4097 instructions: Linux takes 4096 at most" "$C" check -f "$T/long"
says "a refused program does not run" 1 "cbpftool: the engine vm cannot run this program: 4097 instructions: Linux takes 4096 at most" "$C" run -f "$T/long" --packet 00
printf '9\n5 0 0 11\n6 0 0 0\n6 0 0 0\n6 0 0 0\n6 0 0 0\n6 0 0 0\n6 0 0 0\n6 0 0 0\n6 0 0 0\n' >"$T/past"
says "a jump past the end" 1 "refused (EINVAL, rule jump): insn 0: jump to 12, past the end (9 instructions)" "$C" check -f "$T/past"

# trace, cover, graph, debug
pkt=020000000001020000000002dada0000c0280005
says "trace: not an event message" 0 "rejected at (006): byte 22 & 0x8 is 0x8" "$C" trace -n edsa-ptp-event --packet ${pkt}88f708
says "trace: an event message" 0 "accepted at (006), up to 262144 bytes: byte 22 & 0x8 is 0x0, not 0x8" "$C" trace -n edsa-ptp-event --packet ${pkt}88f700
says "trace: a short packet" 0 "rejected at (000): it reads up to byte 13, and the packet has 3 bytes" "$C" trace -n edsa-ptp-event --packet 010203
says "cover" 0 "8 of 9 instructions, 3 of 6 sides of comparisons; 1 of 1 packets accepted" "$C" cover -n edsa-ptp-event --packet ${pkt}88f700
check "cover lists what was never taken" grep -qx 'never: (001) to 8, the side where it does not hold' "$T/out"
says "graph" 0 "}" "$C" graph -n edsa-ptp-event
equal "graph: blocks and edges" "5 6" "$(grep -c '\[label="(0' "$T/out") $(grep -c -- '->' "$T/out")"
printf '4\n48 0 0 0\n21 0 1 5\n32 0 0 100\n22 0 0 0\n' >"$T/past-end"
says "graph: a program that a load ends" 0 "}" "$C" graph -f "$T/past-end" --packet 05
check "graph: the way that is not gone on" grep -q 'b2 -> b3 \[label=" 0"\]' "$T/out"
printf 'break 3\ncontinue\nregs\nback\nstep 9\nnext\n' >"$T/commands"
"$C" debug -n edsa-ptp-event --packet ${pkt}88f700 <"$T/commands" >"$T/out" 2>&1
check "debug: a breakpoint" grep -q '^> (003) jeq ' "$T/out"
check "debug: registers in words" grep -q '^A=0x000088f7 bytes 20-21' "$T/out"
check "debug: a step back" grep -q '^> (002) ldh ' "$T/out"
check "debug: to the end" grep -q '^accepted at (006)' "$T/out"
equal "debug: the last packet" "there are no more packets" "$(tail -n 1 "$T/out")"

says "debug: what is no command" 0 "there is no command 'fly'; help lists them" bash -c "echo fly | '$C' debug -e ip --packet 00"
says "debug: what a command does not take" 0 "'20' is left over; help lists the commands" bash -c "echo bytes 20 | '$C' debug -e ip --packet 00"
says "debug: a word too many" 0 "'3' is left over; help lists the commands" bash -c "echo step 2 3 | '$C' debug -e ip --packet 00"
equal "debug: a line of 300 blanks is one empty line" 2 \
	"$(printf 'fly\n%300s\n' '' | "$C" debug -e ip --packet 00 | grep -c "no command 'fly'")"
says "debug: commands that cannot be read" 1 "cbpftool: standard input cannot be read: Is a directory" bash -c "'$C' debug -e ip --packet 00 </"
says "debug: no number" 0 "'0' is no number from 1 on" bash -c "echo step 0 | '$C' debug -e ip --packet 00"
says "debug: a capture that is cut is status 1" 1 "cbpftool: '$P/cut.pcap' is cut short in packet 10: its record needs 114 bytes and 84 are there (the packets before it are whole)" bash -c "yes next | head -n 20 | '$C' debug -e ip -r '$P/cut.pcap'"

# ^C while a pipe is read, as from a live capture: what was seen is said
mkfifo "$T/live"; exec 9<>"$T/live"; cat "$P/tcp.pcap" >&9
"$C" run -e tcp -r - -w "$T/seen" <"$T/live" >"$T/out" & RUN=$!; PIDS+=($RUN)
check "what a pipe brought is written while more is waited for" poll 10 sh -c "tcpdump -r '$T/seen' 2>/dev/null | wc -l | grep -qx 10"
poll 10 sh -c "grep -q 'SigCgt:.*[2367abef]$' /proc/$RUN/status && grep -q '^State:.S' /proc/$RUN/status"
kill -INT $RUN; wait $RUN
equal "^C ends a pipe's packets: status" 0 $?
equal "and what was seen is said" "matched 10 of 12 packets" "$(cat "$T/out")"
equal "and written" 10 "$(tcpdump -r "$T/seen" 2>/dev/null | wc -l)"
exec 9>&-

# bad input
cp "$P/tcp.pcap" "$T/mine"; ln "$T/mine" "$T/same"
says "what is read is not written over" 1 "cbpftool: '$T/same' is the capture that is read: -w needs another file" "$C" run -e ip -r "$T/mine" -w "$T/same"
says "nor from standard input" 1 "cbpftool: '$T/same' is the capture that is read: -w needs another file" bash -c "'$C' run -e ip -r - -w '$T/same' <'$T/mine'"
check "and is whole" cmp "$P/tcp.pcap" "$T/mine"
cp "$P/tcp.pcap" "$T/mine"
says "an expression that does not compile leaves -w's file alone" 1 "cbpftool: the expression 'ip and and' does not compile: can't parse filter expression: syntax error" "$C" run -e 'ip and and' -r "$P/icmp.pcap" -w "$T/mine"
says "and so does an engine that cannot run it" 1 "cbpftool: the engine vm cannot run this program: insn 19: jump back by 15; a filter only jumps forward" "$C" run -e 'ip protochain 6' -r "$P/icmp.pcap" -w "$T/mine"
check "and is whole" cmp "$P/tcp.pcap" "$T/mine"
printf 'ldh [12]\nret #1\n' | tee "$T/prog" >"$T/prog-was"
for args in "run -f $T/prog -r $P/icmp.pcap -w" "diff $T/prog ip -w" "diff ip $T/prog -w" "xdp -f $T/prog -o"; do
	says "the program that is read is not written over: ${args%% *}" 1 "cbpftool: '$T/prog' is the program that is read: what is written needs another file" "$C" $args "$T/prog"
	check "and is whole: ${args%% *}" cmp "$T/prog" "$T/prog-was"
done
shb='\n\r\r\n\34\0\0\0\115\74\53\32\1\0\0\0\377\377\377\377\377\377\377\377\34\0\0\0'
printf "$shb" >"$T/no-iface"
says "a pcapng without an interface" 0 "matched 0 of 0 packets" "$C" run -e ip -r "$T/no-iface" -w "$T/written"
# interfaces with 64 bytes and microseconds, and with all bytes and nanoseconds; a packet of the second
idb() { printf "\1\0\0\0\40\0\0\0\1\0\0\0$1\0\0\0\11\0\1\0$2\0\0\0\0\0\0\0\40\0\0\0"; }
{ printf "$shb"; idb '\100' '\6'; idb '\0' '\11'; printf '\6\0\0\0\220\0\0\0\1\0\0\0\0\0\0\0\7\0\0\0\160\0\0\0\160\0\0\0%0112d\220\0\0\0' 0; } >"$T/two"
says "a pcapng whose interfaces differ" 0 "matched 1 of 1 packets" "$C" run -e '' -r "$T/two" -w "$T/written"
equal "is written with the finer stamps and the longer packets" "0.000000007 112" "$(tcpdump --nano -tt -e -nr "$T/written" 2>/dev/null | sed -n 's/^\([0-9.]*\) .*length \([0-9]*\): .*/\1 \2/p' | head -n 1)"
says "a packet of another link type" 0 "matched 1 of 1 packets" "$C" run -y RAW -e ip --packet "45$(printf %038d 0)" -w "$T/written"
check "is written as that" bash -c "tcpdump -nr '$T/written' 2>&1 | grep -q 'link-type RAW'"
printf 'ld #proto\nret a\n' >"$T/proto"
says "and has no EtherType" 0 "matched 0 of 1 packets" "$C" run -y RAW -f "$T/proto" --packet "45$(printf %038d 8)"
says "verdicts and packets at once" 2 "cbpftool: --verdicts and -w - would both be standard output $h" "$C" run -e ip -r "$T/mine" --verdicts -w -
says "two captures" 2 "cbpftool: the packets have one source: give one of -r and --packet, once $h" "$C" run -e ip -r "$T/mine" -r "$T/mine"
head -c 90 "$P/icmp.pcap" >"$T/cut.pcap"
says "a capture that is cut" 1 "matched 0 of 0 packets" bash -c "'$C' run -e ip -r '$T/cut.pcap' 2>'$T/err'"
check "a capture that is cut: which packet" grep -q 'cut short in packet 1' "$T/err"
says "no packets given" 2 "cbpftool: give the packets with -r FILE or one with --packet HEX $h" "$C" run -e ip
says "both given" 2 "cbpftool: the packets have one source: give one of -r and --packet, once $h" "$C" run -e ip -r x --packet 00
says "no such engine" 2 "cbpftool: there is no engine 'fpga'; there are vm, libpcap, kernel, tc, xdp, jit, and all $h" "$C" run -e ip --packet 00 --engine fpga
says "half a byte" 2 "cbpftool: --packet: half a byte is left at the end $h" "$C" run -e ip --packet 012
says "no hexadecimal" 2 "cbpftool: --packet: character 3, 'x', is no hexadecimal digit $h" "$C" run -e ip --packet 01x2
says "no metadata of that name" 2 "cbpftool: --skb: 'colour=1' is no KEY=VALUE with one of vlan_tci, vlan_proto, mark, ifindex, protocol, pkttype, rxhash, queue, hatype, mac, net $h" "$C" run -e ip --packet 00 --skb colour=1
says "a link type that does not fit" 1 "cbpftool: packet 1 has the link type EN10MB, and the filter is for RAW: leave -y out or name that" "$C" run -e ip -y RAW -r "$P/icmp.pcap"
says "an expression that another link type does not have" 1 "cbpftool: packet 1 has the link type DSA_TAG_DSA: the expression 'ip' does not compile: Marvell DSA link-layer type filtering not implemented" "$C" run -e ip -r "$P/ptp-dsa.pcap"
says "no such packet" 1 "cbpftool: there is no packet 99999: the capture has $(tcpdump -r "$P/icmp.pcap" 2>/dev/null | wc -l)" "$C" trace -e ip -r "$P/icmp.pcap" -p 99999
says "a directory to write to" 1 "cbpftool: '$T' could not be created: Is a directory" "$C" run -e ip -r "$P/icmp.pcap" -w "$T"
says "an option without its value" 2 "cbpftool: run: '-r' wants a value $h" "$C" run -e ip -r
says "no such option" 2 "cbpftool: run has no option '--quick' $h" "$C" run -e ip --quick

# socket: in a namespace of its own, with tcpdump's filter on lo
if [ "$(id -u)" = 0 ]; then
	ns one
	bg TCPDUMP at one tcpdump -Z root -i lo -w /dev/null 'udp port 319'
	poll 10 bash -c "nsenter --net=/var/run/netns/$NS_one '$C' socket | grep -q 'raw socket on lo'"
	at one "$C" socket -F ss >"$T/out"
	check "socket shows tcpdump's filter" grep -q 'raw socket on lo, protocol 0x0003' "$T/out"
	tail -n 1 "$T/out" | "$C" dump -f - -F dd >"$T/read"
	check "and dump reads it back" cmp -s "$T/read" <("$C" dump -e 'udp port 319' -F dd)
	ns two
	if command -v setpriv >/dev/null; then
		cp "$C" "$T/cbpftool"; chmod 755 "$T" "$T/cbpftool"
		says "socket: filters that one may not see" 1 \
			"cbpftool: which filters the packet sockets have, 1 of them, is hidden from you: run as root or give CAP_NET_ADMIN" \
			nsenter --net=/var/run/netns/"$NS_one" setpriv --reuid 65534 --clear-groups --bounding-set -all --inh-caps -all "$T/cbpftool" socket
	fi
	says "no filter in an empty namespace" 0 "no packet socket of this network namespace has a filter" nsenter --net=/var/run/netns/"$NS_two" "$C" socket
else
	skip "socket" "needs root"
fi
finish
