#!/bin/bash
# ptpsniff on real PTP: ptp4l between two namespaces, its frames behind switch tags, captures, bad input.
. "$(dirname "$0")/lib.sh"
need_root
need ptp4l setpriv
captures=$(dirname "$0")/../../../shared/captures
sniff=$BIN/ptpsniff

ns a b
veth a pa b pb
nsip a addr add 10.9.0.1/24 dev pa
nsip b addr add 10.9.0.2/24 dev pb

# clock NS LINES... : ptp4l's configuration; the sockets it makes stay in this test's directory.
clock() {
	local ns=$1; shift
	printf '[global]\nuds_address %s\nlogSyncInterval -3\nlogMinDelayReqInterval -3\n' "$T/$ns.uds" >"$T/$ns.cfg"
	printf '%s\n' "$@" >>"$T/$ns.cfg"
}
# seen FILE PATTERN N : at least N lines.
seen() { [ "$(grep -cE -- "$2" "$1")" -ge "$3" ]; }
lines() { grep -cE -- "$1" "$2"; }
counts() { sed -n "s|^ptpsniff: $2: \([0-9]*\) frames* seen, \([0-9]*\) accepted.*|\1 \2|p" "$1"; }

for transport in L2 UDPv4; do
	bg SNIFF at b "$sniff" -i pb --outgoing >"$T/live.$transport" 2>"$T/err"
	poll 5 grep -q 'listening on pb' "$T/err"
	clock a "network_transport $transport" "priority1 10"
	clock b "network_transport $transport" "slaveOnly 1" "free_running 1"
	bg MASTER at a ptp4l -S -f "$T/a.cfg" -i pa -m >"$T/a.log" 2>&1
	bg SLAVE at b ptp4l -S -f "$T/b.cfg" -i pb -m >"$T/b.log" 2>&1
	for type in Sync Follow_Up Announce Delay_Req Delay_Resp; do
		check "ptp4l over $transport: $type is seen" poll 20 seen "$T/live.$transport" " $type domain 0 " 3
	done
	check "its own frames have a direction, $transport" seen "$T/live.$transport" "system pb out .* Delay_Req " 1
	kill "$MASTER" "$SLAVE" "$SNIFF"
	wait "$SNIFF"
	equal "SIGTERM ends it well, $transport" 0 $?
	check "counts end it, $transport" grep -Eq '^ptpsniff: pb: [0-9]+ frames seen, [0-9]+ accepted, 0 dropped by the kernel$' "$T/err"
	wait "$MASTER" "$SLAVE" 2>/dev/null
done

# The same clocks again into a file: what is printed live is what the file holds.
clock a "network_transport L2" "priority1 10"
clock b "network_transport L2" "slaveOnly 1" "free_running 1"
bg MASTER at a ptp4l -S -f "$T/a.cfg" -i pa -m >"$T/a.log" 2>&1
bg SLAVE at b ptp4l -S -f "$T/b.cfg" -i pb -m >"$T/b.log" 2>&1
check "-c 40 -w FILE --print ends by itself" at b timeout 30 "$sniff" -i pb --outgoing -c 40 -w "$T/ptp.pcap" --print
grep -E ' (Sync|Delay_Req|Follow_Up|Announce|Delay_Resp) ' "$T/check.out" >"$T/live"
kill "$MASTER" "$SLAVE"; wait "$MASTER" "$SLAVE" 2>/dev/null
"$sniff" -r "$T/ptp.pcap" >"$T/read" 2>"$T/err"
equal "-r reads what -w wrote: $(wc -l <"$T/read") lines" "$(cut -d' ' -f1,4- "$T/live" | sed 's/ out / /')" \
	"$(cut -d' ' -f1,4- "$T/read")"
equal "-c counts" "40 40" "$(counts "$T/err" "$T/ptp.pcap")"
if command -v tcpdump >/dev/null; then
	equal "tcpdump reads the file to the nanosecond" "$(cut -d' ' -f1 "$T/read")" \
		"$(TZ=UTC tcpdump --time-stamp-precision=nano -nn -r "$T/ptp.pcap" 2>/dev/null | cut -d' ' -f1)"
fi

# Those frames behind an EDSA tag, replayed on a cable.
events=$(lines ' (Sync|Delay_Req) ' "$T/read")
"$TESTBIN/tools/edsa_tag" -r "$T/ptp.pcap" -w "$T/edsa.pcap" -m to_cpu -d 1 -p 3 -v 7 >/dev/null
"$TESTBIN/tools/edsa_tag" -r "$T/ptp.pcap" -w "$T/dsa.pcap" -f dsa -m to_cpu -d 1 -p 3 >/dev/null
replayed() { # replayed FILE LINES PTPSNIFF-OPTIONS... : what ptpsniff prints while FILE goes over the cable
	local file=$1 expected=$2 sniffer; shift 2
	bg sniffer at b "$sniff" -i pb "$@" >"$T/out" 2>"$T/err"
	poll 5 grep -q 'listening on pb' "$T/err" || return 1
	at a "$TESTBIN/tools/replay" -i pa -r "$file" >"$T/replay" || return 1
	[ "$expected" = 0 ] || poll 10 seen "$T/out" . "$expected"
	kill "$sniffer"; wait "$sniffer"
}
replayed "$T/edsa.pcap" "$events" -F edsa-ptp-event
equal "edsa-ptp-event sees the $events event messages" "$events" "$(lines 'EDSA\[TO_CPU dev 1 port 3 code MGMT_TRAP untagged vid 7 pri 0\] .* (Sync|Delay_Req) ' "$T/out")"
equal "and nothing else" "$events" "$(wc -l <"$T/out")"
equal "they are the same messages" "$(grep -oE '(Sync|Delay_Req) domain.*' "$T/read")" "$(grep -oE '(Sync|Delay_Req) domain.*' "$T/out")"
replayed "$T/edsa.pcap" 0 -F edsa-ptp-event-article
equal "the article's filter sees none" 0 "$(wc -l <"$T/out")"
check "although 40 frames went by" grep -Eq '^ptpsniff: pb: ([4-9][0-9]|[0-9]{3,}) frames seen, 0 accepted' "$T/err"
replayed "$T/edsa.pcap" 40 -F ptp
equal "ptp sees all of them behind the tag" 40 "$(lines 'EDSA\[' "$T/out")"
replayed "$T/dsa.pcap" 40 --tagger dsa
equal "--tagger dsa sees all of them behind a DSA tag" 40 "$(lines 'DSA\[TO_CPU dev 1 port 3 code MGMT_TRAP untagged vid 0 pri 0\]' "$T/out")"
# The same conduit recorded as Ethernet, which does not say that there are tags.
"$BIN/ptpsend" -q -w "$T/conduit.pcap" -m all -n 4 --dsa to-cpu,device=1,port=3 --linktype 1
"$sniff" -r "$T/conduit.pcap" --tagger dsa >"$T/out" 2>/dev/null
equal "--tagger dsa sees them in a capture of Ethernet" 40 "$(lines 'DSA\[TO_CPU dev 1 port 3 .* domain 0 ' "$T/out")"
replayed "$T/ptp.pcap" 0 -f 'ether[14] & 0xf == 0xb'
equal "-f takes an expression" "$(grep -oE 'Announce domain.*' "$T/read")" "$(grep -oE '[A-Z][a-z_]* domain.*' "$T/out")"

# Another EtherType for EDSA, in the filter and in the decoder.
"$TESTBIN/tools/edsa_tag" -r "$T/ptp.pcap" -w "$T/9999.pcap" -e 0x9999 -m forward -p 2 >/dev/null
replayed "$T/9999.pcap" 40 --edsa-ethertype 0x9999
equal "--edsa-ethertype sees all of them" 40 "$(lines 'EDSA\[FORWARD dev 0 port 2' "$T/out")"
check "--show-filter shows it" grep -q 'jeq *#0x9999' <("$sniff" -r "$T/9999.pcap" --edsa-ethertype 0x9999 --show-filter)
check "--show-filter of an interface" grep -q 'jeq *#0xdada' <(at b "$sniff" -i pb -F edsa-ptp-event --show-filter)

# A switch that embeds its own clock's counter, into the first event message (the second record).
pcaps=$(dirname "$0")/../../pcaps
cp "$pcaps/ptp-edsa.pcap" "$T/arrival.pcap"
printf '\0\1\342\100' | dd of="$T/arrival.pcap" bs=1 conv=notrunc status=none \
	seek=$((40 + $(od -An -tu4 -j 32 -N 4 "$pcaps/ptp-edsa.pcap") + 16 + 38))
equal "an embedded arrival is the switch's clock's" "Sync 123456" \
	"$("$sniff" -r "$T/arrival.pcap" 2>/dev/null | sed -n 's/.* \(Sync\) .* arrival switch /\1 /p')"
check "and labelled so in JSON" grep -Eq '"embeddedArrival": ?123456, ?"embeddedArrivalClock": ?"switch"' \
	<("$sniff" -r "$T/arrival.pcap" --json 2>/dev/null)

# The tag taken out again is the frame as it was, and any reader understands it.
"$sniff" -r "$T/edsa.pcap" -w "$T/plain.pcap" --strip-tags 2>/dev/null
equal "--strip-tags gives the frames as they were" "$(cut -d' ' -f4- "$T/read")" \
	"$("$sniff" -r "$T/plain.pcap" 2>/dev/null | cut -d' ' -f4-)"

# Two taps at once, into pcapng with their names; what may still be done meanwhile is next to nothing.
bg SNIFF at b "$sniff" -i pb -i lo --outgoing -w "$T/two.pcapng" --print >"$T/out" 2>"$T/err"
poll 5 grep -q 'listening on lo' "$T/err"
status() { sed -n "s/^$1:[[:space:]]*//p" "/proc/$SNIFF/status"; }
poll 5 eval '[ "$(status Seccomp)" = 2 ]'
equal "it runs as nobody" "65534 65534 65534 65534" "$(status Uid | tr '\t' ' ')"
equal "without capabilities" 0000000000000000 "$(status CapPrm)"
case $BIN in */san/*) skip "with a seccomp filter" "sanitizers need more system calls" ;;
*) equal "with a seccomp filter" 2 "$(status Seccomp)" ;; esac
for i in 1 2 3 4; do
	at a "$TESTBIN/tools/replay" -i pa -r "$T/ptp.pcap" >/dev/null
	at b "$TESTBIN/tools/replay" -i lo -r "$T/ptp.pcap" >/dev/null
done
poll 10 seen "$T/out" " lo " 160
kill "$SNIFF"; wait "$SNIFF"
equal "two taps: status" 0 $?
equal "one tap's frames" 160 "$(lines ' system pb ' "$T/out")"
check "the other tap's frames" seen "$T/out" " system lo " 160
# Each tap's frames come by the ringful: what is in order was put in order.
check "both in the order of their stamps" sort -c -k1,1 "$T/out"
check "in turn" test "$(cut -d' ' -f3 "$T/out" | uniq | wc -l)" -ge 8
equal "pcapng has the interfaces' names" "$(cut -d' ' -f1,3- "$T/out" | sort)" \
	"$("$sniff" -r "$T/two.pcapng" 2>/dev/null | cut -d' ' -f1,3- | sort)"

# A capture that comes down a pipe is shown as it comes, and a signal ends it well.
mkfifo "$T/pipe"
exec 9<>"$T/pipe"
bg SNIFF sh -c 'exec "$0" -r - <"$1"' "$sniff" "$T/pipe" >"$T/out" 2>"$T/err"
cat "$T/ptp.pcap" >&9
check "a pipe that is still open: its frames are shown" poll 10 seen "$T/out" . 40
check "-r -: SIGTERM is asked" kill "$SNIFF"
wait "$SNIFF"
equal "-r -: status" 0 $?
exec 9>&-
check "-r -: counts and no complaint" grep -qx 'ptpsniff: -: 40 frames seen, 40 accepted' "$T/err"

# A reader that is held up: each frame comes when the block before has been closed, and none is lost.
bg SNIFF at b "$sniff" -i pb >"$T/out" 2>"$T/err"
poll 5 grep -q 'listening on pb' "$T/err"
kill -STOP "$SNIFF"
at a "$BIN/ptpsend" -q -i pa -m sync -1 -n 48 -r 40
kill -CONT "$SNIFF"
check "held up for 48 frames, it has them all" poll 5 seen "$T/out" " Sync " 48
kill "$SNIFF"; wait "$SNIFF"
check "none dropped" grep -q ' 48 accepted, 0 dropped by the kernel$' "$T/err"

# A signal while it starts ends it as soon as it has started, without waiting for a frame.
ended() { [ ! -e "/proc/$1" ] || grep -q '^State:[[:space:]]*Z' "/proc/$1/status"; }
# It is no shell any longer, and catches SIGTERM: bit 14 of SigCgt. No process is started to see that.
handles() {
	local k v comm
	read -r comm <"/proc/$1/comm" && [ "$comm" = ptpsniff ] || return 1
	while read -r k v; do
		if [ "$k" = SigCgt: ]; then [ $((0x$v & 0x4000)) != 0 ]; return; fi
	done <"/proc/$1/status"
	return 1
}
late=0
for i in 1 2 3 4 5; do
	bg SNIFF at b "$sniff" -i pb >"$T/out" 2>"$T/err"
	for ((n = 0; n < 20000; n++)); do if handles "$SNIFF"; then break; fi; done
	kill "$SNIFF"
	poll 10 ended "$SNIFF" || { late=$((late + 1)); kill -9 "$SNIFF"; }
	wait "$SNIFF" || late=$((late + 1))
done
equal "SIGTERM while it starts is not lost" 0 $late
bg SNIFF sh -c 'trap "" HUP; exec "$@"' - nsenter --net=/var/run/netns/"$NS_b" "$sniff" -i pb >"$T/out" 2>"$T/err"
poll 5 grep -q 'listening on pb' "$T/err"
kill -HUP "$SNIFF"
at a "$BIN/ptpsend" -q -i pa -m sync -1 -n 1
check "under nohup it outlives its terminal" poll 5 seen "$T/out" " Sync " 1
kill "$SNIFF"; wait "$SNIFF"

# Captures: link type, expected lines for a pattern.
while read -r file pattern n options; do
	if [ ! -e "$captures/$file" ]; then
		skip "$file" "../shared/captures is not there"
		continue
	fi
	"$sniff" -r "$captures/$file" $options >"$T/out" 2>"$T/err"
	equal "$file ${options:-as it is}: $pattern" "$n" "$(lines "$pattern" "$T/out")"
done <<'ROWS'
tcpdump-edsa.pcap EDSA\[FORWARD 5 -f ether[0]>=0
tcpdump-edsa.pcap EDSA\[FROM_CPU 5 -f ether[0]>=0
tcpdump-dsa.pcap DSA\[ 8 -f ether[0]>=0
tcpdump-ptp.pcap Follow_Up 1
tcpdump-ptp_ethernet.pcap . 205
made/gptp-edsa.pcap EDSA\[ 111
made/gptp-edsa.pcap EDSA\[ 60 -F edsa-ptp-event
made/gptp-edsa.pcap . 0 -F edsa-ptp-event-article
made/gptp-edsa-en10mb.pcap EDSA\[ 60 -F edsa-ptp-event
made/gptp-dsa.pcap DSA\[ 111
made/gptp-dsa.pcap DSA\[ 60 -F ptp-event
made/gptp-vlan.pcap 802.1Q\[vid 111
made/l2-e2e-edsa.pcap Delay_Req 5 -F edsa-ptp-event
made/udp4-e2e.pcap udp 17
made/udp6-e2e.pcap udp 31
made/l2-mgmt.pcap Management 16
ROWS

if [ -e "$captures/tcpdump-edsa.pcap" ]; then
	"$sniff" -r "$captures/tcpdump-edsa.pcap" >"$T/out" 2>"$T/err"
	check "a capture without PTP: its tags are counted" grep -q \
		'frames by EDSA tag: FROM_CPU dev 0 port 0: 5, FORWARD dev 0 port 0: 5$' "$T/err"
fi

# A cooked header says in its packet type which way a frame went: 4, outgoing; 0, to this host.
cooked() { # cooked LINKTYPE LENGTH HEADER : a capture of one Sync
	printf '\324\303\262\241\2\0\4\0\0\0\0\0\0\0\0\0\0\0\4\0'"$1"'\0\0\1\0\0\0\0\0\0\0'"$2"'\0\0\0'"$2"'\0\0\0'"$3"
	tail -c +149 "${0%/*}/../../pcaps/ptp.pcap" | head -c 44
}
for way in '4 out ' '0 '; do
	cooked '\161\0' '\74' '\0\'"${way%% *}"'\0\1\0\6\2\0\0\0\0\12\0\0\210\367' >"$T/sll"
	cooked '\24\1' '\100' '\210\367\0\0\0\0\0\7\0\1\'"${way%% *}"'\6\2\0\0\0\0\12\0\0' >"$T/sll2"
	[ "${way%% *}" = 4 ] && flags=02 || flags=01
	for f in sll sll2; do
		"$sniff" -r "$T/$f" -w "$T/$f.1" 2>/dev/null; "$sniff" -r "$T/$f.1" -w "$T/$f.2" 2>/dev/null
		check "and epb_flags of what is written keep it, $f: $way" grep -q "02000400${flags}000000" <(od -An -tx1 -v "$T/$f.2" | tr -d ' \n')
		check "a cooked capture, $f: $way" grep -q "^[^ ]* file - ${way#* }02:00:00:00:00:0a Sync" <("$sniff" -r "$T/$f" 2>&1)
	done
done

# Bad input: a sentence, the status, nothing else.
bad() { # bad STATUS SENTENCE [at NS] COMMAND...
	local status=$1 sentence=$2 run=() is; shift 2
	if [ "$1" = at ]; then
		run=(at "$2"); shift 2
	fi
	${run[@]+"${run[@]}"} timeout 10 "$@" >"$T/out" 2>"$T/err"
	is=$?
	equal "$sentence: status" "$status" "$is"
	check "$sentence" grep -qF -- "$sentence" "$T/err"
}
cd "$T" || exit 1
bad 2 "usage: ptpsniff" "$sniff"
bad 2 "one of -i INTERFACE and -r FILE is needed" "$sniff" -F ptp
bad 2 "there is no option '--nonsense'" "$sniff" --nonsense
bad 2 "-c takes a number of frames, not 'x'" "$sniff" -r x -c x
bad 2 "-F and -f are two filters" "$sniff" -r x -F ptp -f ''
bad 1 "there is no interface 'nonesuch' here" at b "$sniff" -i nonesuch
bad 1 "there is no interface 'much-too-long-a-name' here" at b "$sniff" -i much-too-long-a-name
bad 1 "pb: capturing needs CAP_NET_RAW: run as root" at b setpriv --reuid=65534 --clear-groups "$sniff" -i pb
bad 1 "pb: it has no hardware time stamps; --timestamps software takes the system's" at b "$sniff" -i pb --timestamps hardware
bad 2 "--timestamps takes hardware, software or auto, not 'x'" "$sniff" -i pb --timestamps x
bad 2 "--edsa-ethertype takes a number" "$sniff" -i pb --edsa-ethertype 1
bad 2 "-i pb is there twice" "$sniff" -i pb -i pb
bad 2 "-r is there twice" "$sniff" -r a.pcap -r b.pcap
bad 1 "there is no interface 'nonesuch' here" at b "$sniff" -i nonesuch --show-filter
bad 2 "--strip-tags is for what -w writes" "$sniff" -r x --strip-tags
bad 2 "'one.pcap' would be pcap, which holds one interface" "$sniff" -i pb -i lo -w one.pcap
check "and nothing was created" test ! -e one.pcap
bad 2 "--outgoing is for -i" "$sniff" -r x --outgoing
bad 2 "-p is for -i" "$sniff" -r x -p
bad 2 "--timestamps is for -i" "$sniff" -r x --timestamps software
bad 2 "--report writes a page: give it a file's name" "$sniff" -r x --report -
cp "$T/ptp.pcap" once.pcap && ln -s once.pcap other.pcap
bad 1 "'other.pcap' is the capture that is read: -w needs another file" "$sniff" -r once.pcap -w other.pcap
bad 1 "'once.pcap' is a capture: --report needs another file" "$sniff" -r other.pcap --report once.pcap
bad 1 "'new.pcap' is a capture: --report needs another file" "$sniff" -r other.pcap -w new.pcap --report new.pcap
check "the capture is as it was" cmp "$T/ptp.pcap" once.pcap
bad 1 "the catalogue has no filter 'nonesuch'" at b "$sniff" -i pb -F nonesuch
bad 1 "syntax error" at b "$sniff" -i pb -f 'ether['
bad 1 "nonesuch.pcap" "$sniff" -r nonesuch.pcap
bad 1 "No space left on device" "$sniff" -r "$T/ptp.pcap" -w /dev/full
printf 'not a capture at all, but long enough' >foreign
bad 1 "foreign" "$sniff" -r foreign
gzip -c "$T/ptp.pcap" >packed.pcap.gz
bad 1 "'packed.pcap.gz' is compressed: unpack it with \`gzip -d\`" "$sniff" -r packed.pcap.gz
head -c 1000 "$T/ptp.pcap" >cut.pcap
bad 1 "cut.pcap" "$sniff" -r cut.pcap
check "the frames before the cut are shown" test -s "$T/out"
check "and counted" grep -Eq "cut.pcap: [0-9]+ frames seen, [0-9]+ accepted" "$T/err"
tcpdump -r "$T/ptp.pcap" -c1 -w one.pcap 2>/dev/null
"$sniff" -r one.pcap >"$T/out" 2>"$T/err"
check "one frame is not 'frames'" grep -qx 'ptpsniff: one.pcap: 1 frame seen, 1 accepted' "$T/err"
{ head -c 20 one.pcap; printf '\151\0\0\0'; tail -c +25 one.pcap; } >wlan.pcap # link type 105
bad 1 "link type 105 is not one" "$sniff" -r wlan.pcap
check "a frame that could not be judged is not counted" grep -qx 'ptpsniff: wlan.pcap: 0 frames seen, 0 accepted' "$T/err"
bad 1 "has no frame that the filter 'edsa-ptp-event-article' accepts" "$sniff" -r "$T/edsa.pcap" -F edsa-ptp-event-article
# A disk that fills up: said once, and what was written before can be read.
mkdir full && cat >full.sh <<'SH'
mount -t tmpfs -o size=16k none full && "$1" -r "$2" -w full/x.pcap
echo $? >status
"$1" -r full/x.pcap >lines 2>/dev/null
SH
"$TESTBIN/tools/ptp_rows" rows.pcap && for i in 1 2 3 4 5 6; do tail -c +25 rows.pcap; done | cat rows.pcap - >many.pcap
unshare -m sh full.sh "$sniff" many.pcap >out 2>err
equal "a full disk: status" 1 "$(cat status)"
equal "a full disk: said once" 1 "$(grep -c 'No space left on device' err)"
check "a full disk: what was written before can be read" test "$(wc -l <lines)" -gt 50
"$sniff" -r "$T/ptp.pcap" 2>"$T/err" >/dev/full
equal "a full standard output: status" 1 $?
check "a full standard output" grep -q 'standard output could not be written' "$T/err"

# One of two interfaces goes away: what the other one has received is kept.
nsip b link add v0 type veth peer name v1 && nsip b link set v0 up && nsip b link set v1 up
bg SNIFF at b "$sniff" -i pb -i v0 -w "$T/last.pcapng" 2>"$T/err"
poll 5 grep -q 'listening on v0' "$T/err"
at a "$BIN/ptpsend" -q -i pa -m sync -1 -n 20 -r 2000
nsip b link del v0
wait "$SNIFF"
equal "v0 is gone: status" 1 $?
check "v0 is gone" grep -q 'v0 is gone' "$T/err"
equal "what pb had received is in the file" "20 20" "$(counts "$T/err" pb | cut -d' ' -f2) $("$sniff" -r "$T/last.pcapng" 2>/dev/null | wc -l)"

# The interface goes down, comes back, goes away.
for how in "went down" "is gone"; do
	bg SNIFF at b "$sniff" -i pb -w "$T/last.pcapng" >"$T/out" 2>"$T/err"
	poll 5 grep -q 'listening on pb' "$T/err"
	at a "$BIN/ptpsend" -q -i pa -m sync -1 -n 20 -r 2000
	if [ "$how" = "went down" ]; then nsip b link set pb down; else nsip b link del pb; fi
	wait "$SNIFF"
	equal "pb $how: status" 1 $?
	check "pb $how: a sentence and the counts" grep -q "pb $how" "$T/err"
	check "pb $how: counts" grep -q "ptpsniff: pb: .*20 accepted" "$T/err"
	check "pb $how: no count that is not known" sh -c "! grep -q 'pb: 0 frames seen' '$T/err'"
	equal "pb $how: what it had received is in the file" 20 "$("$sniff" -r "$T/last.pcapng" 2>/dev/null | wc -l)"
	[ "$how" = "went down" ] || continue
	bad 1 "pb is down: bring it up" at b "$sniff" -i pb
	nsip b link set pb up
done
finish
