#!/bin/bash
# ptpsniff beside tshark (a capture to JSON) and beside tcpdump (a live capture to a file: what is lost, and the
# processor time of a PTP frame). FRAMES=N and SECONDS_LIVE=N change the amount. Both rates are as this machine
# holds: sending them takes most of it.
T=$(mktemp -d "${BENCH_TMP:-/tmp}/bench.XXXXXX") || exit 1
rm -rf "$T"
. "$(dirname "$0")/../net/lib.sh"
FRAMES=${FRAMES:-1000000} SECONDS_LIVE=${SECONDS_LIVE:-5} ROUNDS=${ROUNDS:-3}
command -v tshark >/dev/null && command -v tcpdump >/dev/null || { echo "bench_ptpsniff: tshark and tcpdump are needed (make deps)"; exit 1; }
[ "$(id -u)" = 0 ] || { echo "bench_ptpsniff: needs root for network namespaces"; exit 1; }
exec 9>/tmp/bench.lock && flock 9
repo=$(cd "$(dirname "$0")/../.." && pwd)
now() { date +%s%N; }
timed() { # timed VAR command... : nanoseconds of the best of what was measured for VAR so far
	local var=$1 start t; shift
	start=$(now); "$@" >/dev/null 2>"$T/err" || { cat "$T/err"; exit 1; }
	t=$(($(now) - start)); [ "${!var:-0}" -gt 0 ] && [ "${!var}" -le $t ] || printf -v "$var" '%s' $t
}
per() { awk -v a="$1" -v b="$2" 'BEGIN { printf "%.2f", a / b }'; }

echo "== $FRAMES PTP frames of a capture to JSON"
"$TESTBIN/bench/ptp_repeat" "$repo/pcaps/ptp.pcap" "$T/ptp.pcap" "$FRAMES" || exit 1
cat "$T/ptp.pcap" >/dev/null # in the page cache before anything is timed
ours=0 stats=0 theirs=0
for ((i = 0; i < ROUNDS; i++)); do
	timed ours "$BIN/ptpsniff" -r "$T/ptp.pcap" --json
	timed stats "$BIN/ptpsniff" -r "$T/ptp.pcap" --stats --json
done
timed theirs tshark -n -r "$T/ptp.pcap" -T ek
printf '%-24s %12s %14s %10s\n' "" "seconds" "ns a frame" "x tshark"
for w in "tshark_-T_ek:$theirs" "ptpsniff_--json:$ours" "ptpsniff_--stats_--json:$stats"; do
	printf '%-24s %12s %14s %10s\n' "${w%%:*}" "$(per "${w##*:}" 1000000000)" "$(per "${w##*:}" "$FRAMES")" "$(per "$theirs" "${w##*:}")"
done

echo "== live: PTP frames among others on a cable, to a file, $SECONDS_LIVE s each"
ns a b
veth a pa b pb
at b ethtool -K pb gro on >/dev/null 2>&1 # NAPI on the receiving side, for frames from XDP
dst=$(nsip b -o link show dev pb | sed -n 's/.*ether \([0-9a-f:]*\).*/\1/p')
src=$(nsip a -o link show dev pa | sed -n 's/.*ether \([0-9a-f:]*\).*/\1/p')
"$TESTBIN/bench/ptp_repeat" "$repo/pcaps/ptp.pcap" "$T/20k.pcap" 20000
rx() { nsip b -s -j link show dev pb | sed -n 's/.*"rx":{"bytes":[0-9]*,"packets":\([0-9]*\).*/\1/p'; }
cpu_ns() { cut -d' ' -f1 "/proc/$1/schedstat"; } # on a processor so far; what the kernel does before the ring is the sender's
frames_in() { "$BIN/ptpsniff" -r "$1" -f '' 2>&1 >/dev/null | sed -n 's/.*: \([0-9]*\) frames seen.*/\1/p'; }
live() { # live NAME command... : the sniffer while PTP and the rest go over the cable
	local name=$1 idle pid gen before after cpu got start end sent; shift
	bg pid at b "$@" 2>"$T/live.err"
	poll 10 grep -q listening "$T/live.err" || { cat "$T/live.err"; exit 1; }
	idle=$(cpu_ns "$pid") before=$(rx) start=$(now)
	bg gen at a timeout "$SECONDS_LIVE" sh -c "while :; do $TESTBIN/tools/livegen -i pa -d $dst -s $src -n 100000 >/dev/null || exit; done"
	sent=$(at a "$TESTBIN/tools/replay" -i pa -r "$T/20k.pcap" -n "$SECONDS_LIVE" -p 20000 | sed -n 's/sent \([0-9]*\),.*/\1/p')
	wait "$gen" 2>/dev/null
	after=$(rx) end=$(now)
	sleep 1 # tcpdump's buffer
	cpu=$(($(cpu_ns "$pid") - idle)) # without starting up
	kill "$pid"; wait "$pid" 2>/dev/null
	got=$(frames_in "$T/$name.pcap")
	printf '%-10s %10s %12s %12s %10s %14s\n' "$name" "$sent" "$got" "$((sent - got))" \
		"$(((after - before) * 1000 / ((end - start) / 1000000)))" "$(per "$cpu" "$got")"
}
filter='ether proto 0x88f7'
printf '%-10s %10s %12s %12s %10s %14s\n' "" "PTP sent" "captured" "lost" "frames/s" "ns CPU a frame"
for ((i = 0; i < 2; i++)); do
	live tcpdump tcpdump -i pb -Z root --time-stamp-precision=nano -w "$T/tcpdump.pcap" "$filter"
	live ptpsniff "$BIN/ptpsniff" -i pb -f "$filter" -w "$T/ptpsniff.pcap"
	live ptpsniff "$BIN/ptpsniff" -i pb -F ptp -w "$T/ptpsniff.pcap"
done
echo "(the same filter first, then ptpsniff with its own, of every encapsulation)"
