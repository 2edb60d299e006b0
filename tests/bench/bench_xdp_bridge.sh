#!/bin/bash
# bench_xdp_bridge.sh [FRAMES] : xdp_bridge beside the plain bridge and beside a blind redirect, on two veth ports,
# one CPU doing everything, generator included. Small frames (60 bytes), which are made in the kernel and dropped
# by XDP where they arrive. Each figure is the best of the rounds, which take turns; only the ratios mean anything.
. "$(dirname "$0")/../net/lib.sh"
need_root
need ethtool bridge
N=${1:-1000000} ROUNDS=${ROUNDS:-3} SIZES=${SIZES:-"2 1000 100000 1000000"}
XB=$BIN/xdp_bridge
ns h1 h2 m
for i in 1 2; do
	veth m eth$i h$i e0
	at h$i ethtool -K e0 tx off txvlan off gro on >/dev/null 2>&1
	at m ethtool -K eth$i gro on >/dev/null
done
at m sysctl -qw net.bridge.bridge-nf-call-{iptables,ip6tables,arptables}=0 2>/dev/null
nsip m link add br0 type bridge mcast_snooping 0 && nsip m link set br0 up
for i in 1 2; do nsip m link set eth$i master br0; done

send_from() { local side=$1; shift; at "h$((side + 1))" taskset -c 0 "$TESTBIN/bench/bench_fdb" send e0 "$side" "$@"; }
arrived() { at h2 ethtool -S e0 | awk '/rx_queue_.*_xdp_packets/ { s += $2 } END { print s + 0 }'; }
fast_ports() { [ "$(at m $XB status 2>/dev/null | awk '$4 == "fast"' | wc -l)" = "$1" ]; }
better() { awk -v a="$1" -v b="$2" 'BEGIN { print (b == "" || a < b) ? a : b }'; }
ratio() { awk -v a="$1" -v b="$2" 'BEGIN { printf "%.2f", a / b }'; }
rate() { awk -v n="$N" -v t="$1" 'BEGIN { printf "%.2f", n / t / 1e6 }'; }
# teach SIZE : both sides' addresses, and again until the bridge knows them all
teach() {
	local want=$((2 * $1)) try
	for try in 1 2 3 4 5; do
		send_from 0 "$1" "$1" teach >/dev/null; send_from 1 "$1" "$1" teach >/dev/null
		[ "$(at m bridge fdb show br br0 2>/dev/null | grep -c '^02:0[01]:')" -lt $want ] || return 0
	done
	echo "# the bridge did not learn all of $want addresses" >&2
}
# run VAR SIZE : seconds for N frames from side 0 to side 1; what did not arrive is said
run() {
	local before=$(arrived) t lost
	t=$(send_from 0 "$2" "$N" any) || exit 1
	poll 2 eval "[ \$(arrived) -ge $((before + N)) ]" || { lost=$((N - $(arrived) + before)); echo "# $1: $lost of $N did not arrive"; }
	printf -v "$1" '%s' "$(better "$t" "${!1:-}")"
}

bg SINK at h2 "$TESTBIN/tools/xdp_blind" e0 lo drop >"$T/sink"; poll 5 grep -q attached "$T/sink"
bg PASS1 at h1 "$TESTBIN/tools/xdp_pass" e0 >"$T/p1"; poll 5 grep -q attached "$T/p1"

echo "two addresses, $N frames of 60 bytes, best of $ROUNDS rounds:"
teach 1
for ((r = 0; r < ROUNDS; r++)); do
	run plain 1
	bg XB_PID at m $XB --quiet br0; poll 10 fast_ports 2
	send_from 0 1 1000 any >/dev/null
	run fast 1
	kill $XB_PID; wait $XB_PID
	bg BLIND at m "$TESTBIN/tools/xdp_blind" eth1 eth2 >"$T/blind"; poll 5 grep -q attached "$T/blind"
	run blind 1
	kill $BLIND; wait $BLIND 2>/dev/null
	bg GEN at m "$TESTBIN/tools/xdp_blind" eth1 eth2 drop >"$T/gen"; poll 5 grep -q attached "$T/gen"
	t=$(send_from 0 1 "$N" any); gen=$(better "$t" "${gen:-}")
	kill $GEN; wait $GEN 2>/dev/null
done
printf '  %-28s %8s Mpps\n' "plain bridge" "$(rate $plain)" xdp_bridge "$(rate $fast)" "blind redirect" "$(rate $blind)" \
	"generator, frames dropped" "$(rate $gen)"
net() { awk -v t="$1" -v g="$gen" 'BEGIN { print t - g }'; }
echo "  xdp_bridge : plain bridge    $(ratio $plain $fast)   (net of the generator $(ratio $(net $plain) $(net $fast)))"
echo "  xdp_bridge : blind redirect  $(ratio $blind $fast)   (net of the generator $(ratio $(net $blind) $(net $fast)))"

echo "many addresses in random order:"
printf '  %10s %14s %16s %8s\n' addresses "plain Mpps" "xdp_bridge Mpps" ratio
for size in $SIZES; do
	half=$((size / 2))
	p=1; while [ $p -lt $half ]; do p=$((p * 2)); done
	teach $p
	plain='' fast=''
	for ((r = 0; r < ROUNDS; r++)); do run plain $p; done
	bg XB_PID at m $XB --quiet --table $((2 * p + 1000)) br0; poll 30 fast_ports 2
	send_from 0 $p $p order >/dev/null; send_from 1 $p $p order >/dev/null
	for ((r = 0; r < ROUNDS; r++)); do run fast $p; done
	[ -z "${VERBOSE:-}" ] || at m $XB status
	printf '  %10s %14s %16s %8s\n' $((2 * p)) "$(rate $plain)" "$(rate $fast)" "$(ratio $plain $fast)"
	kill $XB_PID; wait $XB_PID
done

echo "the program alone (BPF_PROG_TEST_RUN), beside two lookups of a BPF hash:"
taskset -c 0 "$TESTBIN/bench/bench_fdb" alone $SIZES | sed 's/^/  /'

echo "following the kernel:"
bg XB_PID at m $XB --quiet --table 200000 br0; poll 30 fast_ports 2
addresses() { at m $XB status --json | awk -F'[:,]' -v k="\"$1\"" '$1 ~ k { print $2 + 0; exit }'; }
at m bridge link set dev eth1 learning off; at m ip link set br0 type bridge fdb_flush; at m bridge link set dev eth1 learning on
start=$(date +%s%N)
send_from 0 131072 131072 teach >/dev/null
learned=$(date +%s%N)
kernel() { at m bridge fdb show br br0 | grep -c '^02:00:'; }
poll 20 eval "[ \$(addresses fast) -ge 100000 ]"
followed=$(date +%s%N)
echo "  131072 addresses sent in $(((learned - start) / 1000000)) ms, on the fast path (100000 or more) $(((followed - learned) / 1000000)) ms later; $(kernel) in the kernel, $(addresses fast) on the fast path"
dump=$({ time at m bridge fdb show br br0 >/dev/null; } 2>&1 | awk '/real/ { split($2, t, "[ms]"); print t[1] * 60 + t[2] }')
kill $XB_PID; wait $XB_PID
sync=$({ time at m "$TESTBIN/bench/bench_sync" br0; } 2>"$T/time"; cat "$T/time" | awk '/real/ { split($2, t, "[ms]"); print t[1] * 60 + t[2] }')
echo "  \`bridge fdb show\` of the same: $dump s; reading and writing them for the fast path: $sync s, ratio $(ratio $sync $dump)"
