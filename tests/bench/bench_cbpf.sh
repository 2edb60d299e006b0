#!/bin/bash
# cbpftool run beside tcpdump -r and beside a loop that only walks the records, from file to count; then
# nanoseconds a packet of the engines. Wall times, the best of $ROUNDS, the contenders taking turns.
# PACKETS=N and MIXED=N change the size of the captures, which are made and removed.
set -u
B=$TESTBIN/bench/cbpf_bench
C=$BIN/cbpftool
ROUNDS=${ROUNDS:-7}
command -v tcpdump >/dev/null || { echo "bench_cbpf: tcpdump is not installed (make deps)"; exit 1; }
exec 9>/tmp/bench.lock && flock 9
T=$(mktemp -d "${BENCH_TMP:-/tmp}/bench.XXXXXX") || exit 1
trap 'rm -rf "$T"' EXIT
trap 'exit 130' INT TERM
"$B" make small "$T/small.pcap" "${PACKETS:-3000000}" || exit 1
"$B" make mixed "$T/mixed.pcap" "${MIXED:-1000000}" || exit 1
cat "$T"/*.pcap >/dev/null # both in the page cache before anything is timed

now() { date +%s%N; }
# best VAR command... : the shorter of $VAR and this run's nanoseconds
best() {
	local var=$1 start t; shift
	start=$(now); "$@" >"$T/out" 2>&1 || { cat "$T/out"; exit 1; }
	t=$(($(now) - start)); [ "${!var}" -gt 0 ] && [ "${!var}" -le $t ] || printf -v "$var" '%s' $t
}
ms() { printf '%d.%01d' $(($1 / 1000000)) $(($1 / 100000 % 10)); }
ratio() { printf '%d.%02dx' $(($1 / $2)) $(($1 * 100 / $2 % 100)); }
row() { printf '%-22.22s %9s %9s %9s %9s %10s %10s\n' "$@"; }

for f in small mixed; do
	echo "== $f frames, $(stat -c %s "$T/$f.pcap") bytes; milliseconds from file to count"
	row expression tcpdump cbpftool libpcap walking "x tcpdump" "x walking"
	for expr in ip 'tcp port 80' 'host 10.0.0.1' 'portrange 1000-2000'; do
		tcp=0 ours=0 theirs=0 floor=0
		for ((i = 0; i < ROUNDS; i++)); do
			best tcp tcpdump -r "$T/$f.pcap" -w /dev/null "$expr"
			best ours "$C" run -r "$T/$f.pcap" -e "$expr"
			best theirs "$C" run -r "$T/$f.pcap" -e "$expr" --engine libpcap
			best floor "$B" walk "$T/$f.pcap"
		done
		row "$expr" "$(ms $tcp)" "$(ms $ours)" "$(ms $theirs)" "$(ms $floor)" "$(ratio $tcp $ours)" "$(ratio $ours $floor)"
	done
done
echo "(the column libpcap is cbpftool run --engine libpcap: the same reader, another engine)"
echo "== nanoseconds a packet, packets in memory, small frames"
"$B" engines "$T/small.pcap" || exit 1
