#!/bin/bash
# cbpftool run, on all processors and on one, beside tcpdump -r and beside a loop that only walks the records, from file to count; then
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

jit=; "$C" run -e ip --packet 00 --engine jit >/dev/null 2>&1 && jit=1
# best VAR command... : the shorter of $VAR and this run's microseconds
best() {
	local var=$1 t; shift
	"$B" time "$@" >"$T/out" 2>&1
	grep -q 'status 0$' "$T/out" || { "$@"; exit 1; }
	t=$(awk '{ print int($1 * 1000) }' "$T/out"); [ "${!var}" -gt 0 ] && [ "${!var}" -le $t ] || printf -v "$var" '%s' $t
}
ms() { printf '%d.%01d' $(($1 / 1000)) $(($1 / 100 % 10)); }
ratio() { printf '%d.%02dx' $(($1 / $2)) $(($1 * 100 / $2 % 100)); }
row() { printf '%-22.22s %8s %8s %8s %8s %8s %8s %10s %9s %10s %s\n' "$@"; }
# missed NAME, RATIO IN HUNDREDTHS, TARGET
missed() { [ "$2" -ge "$3" ] || printf '(%s below %d.%dx)' "$1" $(($3 / 100)) $(($3 % 100 / 10)); }

for f in small mixed; do
	target=500; [ $f = small ] || target=250
	echo "== $f frames, $(stat -c %s "$T/$f.pcap") bytes; milliseconds from file to count, start of the process included"
	row expression tcpdump vm "vm, 1cpu" jit walking bare tcpdump/vm tcpd./jit vm/walking ""
	for expr in ip udp 'tcp port 80' 'host 10.0.0.1' 'portrange 1000-2000'; do
		tcp=0 ours=0 alone=0 compiled=0 floor=0 floor1=0
		for ((i = 0; i < ROUNDS; i++)); do
			best tcp tcpdump -Z root -r "$T/$f.pcap" -w /dev/null "$expr"
			best ours "$C" run -r "$T/$f.pcap" -e "$expr"
			best alone taskset -c 0 "$C" run -r "$T/$f.pcap" -e "$expr"
			[ -z "$jit" ] || best compiled "$C" run -r "$T/$f.pcap" -e "$expr" --engine jit
			best floor "$B" walk "$T/$f.pcap"
			best floor1 taskset -c 0 "$B" bare "$T/$f.pcap"
		done
		row "$expr" "$(ms $tcp)" "$(ms $ours)" "$(ms $alone)" "$([ -z "$jit" ] && echo - || ms $compiled)" "$(ms $floor)" "$(ms $floor1)" \
			"$(ratio $tcp $ours)" "$([ -z "$jit" ] && echo - || ratio $tcp $compiled)" "$(ratio $ours $floor)" \
			"$(missed vm $((tcp * 100 / ours)) $target)$(missed "vm on one processor" $((tcp * 100 / alone)) $target)$(
				[ -z "$jit" ] || missed jit $((tcp * 100 / compiled)) $target)"
	done
done
echo "(walking: our threads that do nothing with the records, $(nproc) processors; bare: the shortest loop over the record headers, on one;"
echo " jit: the start of LLVM and the compiling, which bound it where the file is short, are in it)"
echo "== nanoseconds a packet, packets in memory, small frames"
"$B" engines "$T/small.pcap" || exit 1

echo "== compiling an expression of N hosts (libpcap), 30 s at most; status 124: not within that"
for n in 100 300 1000 3000; do
	expr=$(for ((i = 1; i <= n; i++)); do printf '%shost 10.%d.%d.%d' "$([ $i = 1 ] || echo ' or ')" $((i >> 16)) $((i >> 8 & 255)) $((i & 255)); done)
	printf '%5d hosts, optimized:     ' $n; "$B" time timeout 30 "$C" dump -e "$expr"
	printf '%5d hosts, not optimized: ' $n; "$B" time timeout 30 "$C" dump -O -e "$expr"
done
echo "== diff; status 0 equal, 1 different, 3 not decided in 20 s"
diff() { printf '%-50.50s ' "$1 and $2"; "$B" time "$C" diff -e "$1" -e "$2" --seconds 20; }
diff ip 'ip or arp'
diff 'tcp port 80' 'tcp src port 80 or tcp dst port 80'
diff 'portrange 1000-2000' 'portrange 1000-2001'
diff 'net 10.0.0.0/8' 'net 10.0.0.0/9 or net 10.128.0.0/9'
# libpcap takes longer to compile them than diff to compare
for n in 10 100 300; do
	a=$(for ((i = 1; i <= n; i++)); do printf '%shost 10.0.%d.%d' "$([ $i = 1 ] || echo ' or ')" $((i >> 8)) $((i & 255)); done)
	printf '%-50.50s ' "$n hosts and the same backwards"
	b=$(for ((i = n; i >= 1; i--)); do printf '%shost 10.0.%d.%d' "$([ $i = $n ] || echo ' or ')" $((i >> 8)) $((i & 255)); done)
	"$C" dump -F raw-le -e "$a" >"$T/a"; "$C" dump -F raw-le -e "$b" >"$T/b"
	"$B" time "$C" diff -f "$T/a" -f "$T/b" --seconds 20
done
