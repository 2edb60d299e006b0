#!/bin/bash
# bench_xdp_bridge.sh [FRAMES] : xdp_bridge beside the plain bridge and beside a blind redirect, on two veth ports,
# one CPU doing everything, generator included. Small frames (60 bytes), which are made in the kernel and dropped
# by XDP where they arrive. Each figure is the best of the rounds, which take turns; only the ratios mean anything.
. "$(dirname "$0")/../net/lib.sh"
need_root
need ethtool bridge chrt taskset
for b in bench_fdb bench_sync; do [ -x "$TESTBIN/bench/$b" ] || skip_all "$b is not built (make bench builds it)"; done
N=${1:-1000000} ROUNDS=${ROUNDS:-3} SIZES=${SIZES:-"2 1000 100000 1000000"}
XB=$BIN/xdp_bridge
ns h1 h2 m
for i in 1 2; do
	veth m eth$i h$i e0
	at h$i ethtool -K e0 tx off txvlan off tx-vlan-stag-hw-insert off gro on >/dev/null 2>&1
	at m ethtool -K eth$i gro on >/dev/null
done
br_netfilter m 0
# An ageing time over which no address is refreshed while it is measured.
nsip m link add br0 type bridge mcast_snooping 0 ageing_time 100000 && nsip m link set br0 up
for i in 1 2; do nsip m link set eth$i master br0; done

# With real-time priority, so that what else this machine does takes little from it.
send_from() { local side=$1; shift; at "h$((side + 1))" chrt -f 1 taskset -c 0 "$TESTBIN/bench/bench_fdb" send e0 "$side" "$@"; }
arrived() { at h2 ethtool -S e0 | awk '/rx_queue_.*_xdp_packets/ { s += $2 } END { print s + 0 }'; }
better() { awk -v a="$1" -v b="$2" 'BEGIN { print (b == "" || a < b) ? a : b }'; }
ratio() { awk -v a="$1" -v b="$2" 'BEGIN { printf "%.2f", a / b }'; }
rate() { awk -v n="$N" -v t="$1" 'BEGIN { printf "%.2f", n / t / 1e6 }'; }
field() { at m $XB status --json | awk -F: -v k="\"$1\"" '$1 ~ k { print $2 + 0; exit }'; }
start() { bg XB_PID at m $XB --quiet --table "$1" br0; poll 30 fast_ports 2; }
stop() { kill $XB_PID; wait $XB_PID; }
known() { [ "$(field kernel)" -ge "$1" ] && [ "$(field fast)" -ge "$1" ]; }
# teach SIZE : each side's first SIZE addresses, so many at a time that xdp_bridge, which runs, keeps up
teach() {
	local first=0 step=65536
	[ $1 -ge $step ] || step=$1
	for ((; first < $1; first += step)); do
		send_from 0 "$1" $step teach $first >/dev/null; send_from 1 "$1" $step teach $first >/dev/null
		poll 20 known $((2 * (first + step))) || echo "# only $(field fast) of $((2 * (first + step))) addresses are followed"
	done
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
for ((r = 0; r < ROUNDS; r++)); do
	start 1000
	teach 1
	send_from 0 1 1000 any >/dev/null
	run fast 1
	stop
	run plain 1
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

# many TITLE
many() {
	local size p
	echo "$1:"
	printf '  %10s %14s %16s %8s\n' addresses "plain Mpps" "xdp_bridge Mpps" ratio
	for size in $SIZES; do
		p=1; while [ $p -lt $((size / 2)) ]; do p=$((p * 2)); done
		# Followed from the start: the kernel's own dump takes a time that grows with the square of the addresses.
		at m ip link set br0 type bridge fdb_flush
		start $((2 * p + 1000))
		teach $p
		send_from 0 $p $p order >/dev/null; send_from 1 $p $p order >/dev/null
		plain='' fast=''
		for ((r = 0; r < ROUNDS; r++)); do run fast $p; done
		[ -z "${VERBOSE:-}" ] || at m $XB status
		stop
		for ((r = 0; r < ROUNDS; r++)); do run plain $p; done
		printf '  %10s %14s %16s %8s\n' $((2 * p)) "$(rate $plain)" "$(rate $fast)" "$(ratio $plain $fast)"
	done
}
many "many addresses in random order, no VLANs"
if at m ip link set br0 type bridge vlan_filtering 1 2>/dev/null; then
	SIZES="2 100000" many "the same where the bridge filters VLANs (untagged frames, the port's PVID)"
	at m ip link set br0 type bridge vlan_filtering 0
else
	echo "this kernel's bridge filters no VLANs: not measured with them"
fi

echo "the program alone (BPF_PROG_TEST_RUN), beside two lookups of a BPF hash, and two loads from the table's memory:"
chrt -f 1 taskset -c 0 "$TESTBIN/bench/bench_fdb" alone $SIZES | sed 's/^/  /'

echo "following the kernel:"
at m ip link set br0 type bridge fdb_flush
start 131072
seconds() { { time "$@" >/dev/null; } 2>&1 | awk '/real/ { split($2, t, "[ms]"); print t[1] * 60 + t[2] }'; }
resident() { awk '/VmRSS/ { print $2 * 1024 }' /proc/$XB_PID/status; }
rss=$(resident)
t=$(send_from 0 131072 131072 teach)
learned=$(date +%s%N)
poll 20 known 131072
followed=$(date +%s%N)
echo "  131072 addresses learned in $t s, all on the fast path $(((followed - learned) / 1000000)) ms later ($(field resyncs) times read again)"
echo "  an address: $((($(resident) - rss) / 131072)) bytes in the process, 32 in the fast path's table"
stop
dump=$(seconds at m bridge fdb show br br0)
sync=$(seconds at m "$TESTBIN/bench/bench_sync" br0)
echo "  \`bridge fdb show\` of the same: $dump s; reading and writing them for the fast path: $sync s, ratio $(ratio $sync $dump)"
kill $SINK $PASS1; wait $SINK $PASS1 2>/dev/null

nsip h1 addr add 10.0.0.1/24 dev e0; nsip h2 addr add 10.0.0.2/24 dev e0
BYTES=100000000
# transfer VAR : seconds for one TCP connection with BYTES bytes
transfer() {
	local began=$(date +%s%N) t
	bg LISTENER at h2 "$TESTBIN/tools/tcp_transfer" listen 7 >"$T/listened"
	poll 5 eval 'at h2 grep -q ":0007 00000000:0000 0A" /proc/net/tcp'
	began=$(date +%s%N)
	at h1 "$TESTBIN/tools/tcp_transfer" send 10.0.0.2 7 $BYTES; wait $LISTENER
	t=$(awk -v a="$began" -v b="$(date +%s%N)" 'BEGIN { print (b - a) / 1e9 }')
	[ "$(cat "$T/listened")" = $BYTES ] || { echo "# $1: only $(cat "$T/listened") of $BYTES bytes came"; return; }
	printf -v "$1" '%s' "$(better "$t" "${!1:-}")"
}
speed() { awk -v n=$BYTES -v t="$1" 'BEGIN { printf "%.2f", n * 8 / t / 1e9 }'; }
# tcp TITLE FAST-PORTS tx|off : both bridges, the hosts' checksum and segmentation offloads on or off
tcp() {
	plain='' fast=''
	for i in 1 2; do at h$i ethtool -K e0 tx $3 >/dev/null 2>&1; done
	for ((r = 0; r < ROUNDS; r++)); do
		transfer plain
		start 1000; poll 5 fast_ports $2
		transfer fast
		stop
	done
	printf '  %-44s %10s %16s %8s\n' "$1" "$(speed $plain)" "$(speed $fast)" "$(ratio $plain $fast)"
}
echo "TCP between the hosts, one connection, best of $ROUNDS rounds:"
printf '  %-44s %10s %16s %8s\n' "" "plain Gb/s" "xdp_bridge Gb/s" ratio
tcp "hosts without checksum offload: fast ports" 2 off
tcp "hosts with offloads: the ports stay slow" 0 on
