#!/bin/bash
# Where filters of many hosts stop scaling: compiling the expression, and diff on programs of that many
# comparisons. Seconds and peak megabytes; "-" where there was no answer in $LIMIT seconds.
set -u
C=$BIN/cbpftool
LIMIT=${LIMIT:-30}
exec 9>/tmp/bench.lock && flock 9
T=$(mktemp -d "${BENCH_TMP:-/tmp}/bench.XXXXXX") || exit 1
trap 'rm -rf "$T"' EXIT
trap 'exit 130' INT TERM

# hosts N: addresses that do not repeat, the same in every run
hosts() { awk -v n="$1" 'BEGIN { for (i = 1; i <= n; i++) { v = i * 7919 % 65536; print 10, i % 250, int(v / 256), v % 256 } }'; }
expression() { awk '{ printf "%ssrc host %d.%d.%d.%d", (NR > 1 ? " or " : ""), $1, $2, $3, $4 }'; }
# program: a comparison per host, as tcpdump -ddd writes it; 200 to a block, for a jump reaches 255
program() {
	awk '{ h[NR] = (($1 * 256 + $2) * 256 + $3) * 256 + $4 }
	END {
		printf "%d\n40 0 0 12\n21 1 0 2048\n6 0 0 0\n32 0 0 26\n", NR + int((NR + 199) / 200) + 5
		for (i = 1; i <= NR; i += 200) {
			end = i + 199 < NR ? i + 199 : NR
			for (j = i; j <= end; j++) printf "21 %d %d %d\n", end - j, j == end, h[j]
			print "6 0 0 262144"
		}
		print "6 0 0 0"
	}'
}
# timed command... : "SECONDS MB", or "- -" where the status is not 0 or 1
timed() {
	local start rc mb=-
	start=$(date +%s%N)
	if [ -x /usr/bin/time ]; then
		timeout "$LIMIT" /usr/bin/time -q -o "$T/mb" -f %M "$@" >"$T/out" 2>&1; rc=$?
		[ $rc -gt 1 ] || mb=$(($(tail -1 "$T/mb") / 1024))
	else
		timeout "$LIMIT" "$@" >"$T/out" 2>&1; rc=$?
	fi
	[ $rc -gt 1 ] && echo "- -" && return
	echo "$(($(date +%s%N) - start)) $mb" | awk '{ printf "%.2f %s", $1 / 1e9, $2 }'
}
row() { printf '%6s | %8s %5s | %8s %5s | %8s %5s | %8s %5s\n' "$@"; }

echo "== many hosts: compiling (libpcap), and diff with itself, with one host less, with the reverse order; $LIMIT s at most"
row hosts compile MB itself MB one-less MB reverse MB
for n in ${HOSTS:-100 300 1000 3000}; do
	hosts "$n" | program >"$T/a"
	hosts "$n" | sed '$d' | program >"$T/less"
	hosts "$n" | tac | program >"$T/back"
	row "$n" $(timed "$C" dump -e "$(hosts "$n" | expression)") $(timed "$C" diff "$T/a" "$T/a" --seconds "$LIMIT") \
		$(timed "$C" diff "$T/a" "$T/less" --seconds "$LIMIT") $(timed "$C" diff "$T/a" "$T/back" --seconds "$LIMIT")
done
