#!/bin/bash
# Numbered frames as fast as one process sends them, while the source's entry is deleted every 20 ms, so that they
# change from XDP to the kernel's bridge and back: how many come after a later one, and how far behind.
# With threaded NAPI, where a veth is polled in batches as a NIC is; without, each frame is polled alone.
. "$(dirname "$0")/../net/lib.sh"
need_root
need ethtool bridge

bridged_hosts 2

E1=/run/netns/$NS_h1,e0 E2=/run/netns/$NS_h2,e0 M1=02:00:00:00:00:01 M2=02:00:00:00:00:02
# /sys of the namespace, which lib.sh's `at` does not show; a veth has no NAPI before it has a program
threaded() { ip netns exec "$NS_m" sh -c 'echo 1 >/sys/class/net/eth1/threaded' 2>/dev/null; }
flushes() {
	local n=0
	while [ ! -e "$T/stop" ]; do
		at m bridge fdb del $M1 dev eth1 master 2>/dev/null && n=$((n + 1))
		sleep 0.02
	done
	echo $n >"$T/changes"
}
# round WHAT : one line
round() {
	local pid
	"$TESTBIN/tools/stream" -n 3 -s $M2 -d $M1 "$E2" "$E1" >/dev/null
	rm -f "$T/stop"
	flushes &
	pid=$!
	"$TESTBIN/tools/stream" -r 0 -n 300000 -s $M1 -d $M2 "$E1" "$E2" >"$T/stream"
	touch "$T/stop"
	wait $pid
	printf '  %-34s %s, %s deletions\n' "$1" "$(cat "$T/stream")" "$(cat "$T/changes")"
}
echo "order: frames that change between XDP and the kernel's bridge"
round "plain bridge"
bg XB at m "$BIN/xdp_bridge" --quiet br0
poll 10 at m "$BIN/xdp_bridge" status
round "xdp_bridge, polled singly"
threaded && round "xdp_bridge, polled in batches"
kill "$XB"
wait "$XB"
