#!/bin/bash
# brcheck verify beside tshark reading the same two captures: frames a second, and the most memory either held.
# Wall times, the best of $ROUNDS, taking turns. FRAMES=N is what tshark reads; MILLIONS="1 4" is for memory.
set -u
export LC_ALL=C
ROUNDS=${ROUNDS:-3} FRAMES=${FRAMES:-200000}
command -v tshark >/dev/null || { echo "bench_brcheck: tshark is not installed (make deps)"; exit 1; }
exec 9>/tmp/bench.lock && flock 9
T=$(mktemp -d "${BENCH_TMP:-/tmp}/bench.XXXXXX") || exit 1
trap 'rm -rf "$T"' EXIT
trap 'exit 130' INT TERM

now() { date +%s%N; }
# best VAR command...
best() {
	local var=$1 start t; shift
	start=$(now); "$@" >"$T/out" 2>"$T/err" || { cat "$T/out" "$T/err"; exit 1; }
	t=$(($(now) - start)); [ "${!var}" -gt 0 ] && [ "${!var}" -le $t ] || printf -v "$var" '%s' $t
}
# peak VAR command... : the most resident memory of the command, in kB
peak() {
	local var=$1 pid kb most=0; shift
	"$@" >"$T/out" 2>"$T/err" & pid=$!
	while kb=$(awk '/VmHWM/ { print $2 }' /proc/$pid/status 2>/dev/null) && [ -n "$kb" ]; do most=$kb; sleep 0.02; done
	wait $pid || { cat "$T/out" "$T/err"; exit 1; }
	printf -v "$var" '%s' "$most"
}
verify() { "$BIN/brcheck" verify --port p1="$T/1" --port p2="$T/2"; }
read_both() { tshark -n -r "$T/1" && tshark -n -r "$T/2"; }
captures() { "$TESTBIN/bench/brcheck_captures" "$T/1" "$T/2" "$1" || exit 1; cat "$T"/[12] >/dev/null; }

captures "$FRAMES"
ours=0 theirs=0
for ((i = 0; i < ROUNDS; i++)); do
	best ours verify
	best theirs read_both
done
echo "== $FRAMES frames of 200 bytes through a bridge, seen at both ports"
printf '%-28s %12s %16s %10s\n' "" milliseconds "packets a second" ratio
printf '%-28s %12d %16d %10s\n' "tshark -r, one after another" $((theirs / 1000000)) $((2 * FRAMES * 1000000 / (theirs / 1000))) 1.00x
printf '%-28s %12d %16d %7d.%02dx\n' "brcheck verify" $((ours / 1000000)) $((2 * FRAMES * 1000000 / (ours / 1000))) \
	$((theirs / ours)) $((theirs * 100 / ours % 100))
peak tshark_kb tshark -n -r "$T/1"
printf 'memory: tshark, one capture of %d packets: %d MB\n' $((FRAMES)) $((tshark_kb / 1024))
for m in ${MILLIONS:-1 4}; do
	captures $((m * 1000000))
	peak ours_kb "$BIN/brcheck" verify --port p1="$T/1" --port p2="$T/2"
	printf 'memory: brcheck, %d million frames, %d MB of captures: %d MB, %d MB a million frames\n' "$m" \
		$(($(stat -c %s "$T/1") * 2 / 1000000)) $((ours_kb / 1024)) $((ours_kb / 1024 / m))
done
