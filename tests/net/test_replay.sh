#!/bin/bash
# The project's captures through a live bridge: host A's frames enter port 1, host B's port 2, and what leaves at the
# other end is recorded, through the plain bridge and through the accelerated one. Both must give the same frames, and
# what a bridge lets through, unchanged and once: everything but link-local groups. BPDUs do pass a Linux bridge whose STP
# is off (net/bridge/br_input.c, br_handle_frame, case 0x00; seen here).
# NAPI on the hosts' ends comes from an XDP program and GRO is off, so that no two TCP segments are merged.
. "$(dirname "$0")/lib.sh"
need_root
need tcpdump ethtool
cd "$(dirname "$0")/../.." || exit 1
A=02:00:00:00:00:0a B=02:00:00:00:00:0b

ns a m b
veth a eA m p1
veth b eB m p2
# br_netfilter (built into some kernels, on by default) trims IPv4 frames to their length (br_validate_ipv4).
br_netfilter m 0
nsip m link add br0 type bridge mcast_snooping 0
for p in p1 p2; do nsip m link set "$p" master br0; done
nsip m link set br0 up
# Attaching XDP turns GRO on (drivers/net/veth.c, veth_enable_xdp): off again.
napi() {
	local i
	bg "$1" at "$2" "$TESTBIN/tools/xdp_pass" "${@:3}" >"$T/$1"
	poll 5 grep -q attached "$T/$1" || not_ok "XDP on ${*:3}"
	for i in "${@:3}"; do at "$2" ethtool -K "$i" gro off tx off txvlan off tx-vlan-stag-hw-insert off >/dev/null; done
}
# The sentinels below are live frames.
at a "$TESTBIN/tools/livegen" -i eA -s $A -d $B -n 1 -e 0x9000 >"$T/live" 2>&1 || skip_all "$(tail -n 1 "$T/live")"
napi NAPI_A a eA; napi NAPI_B b eB; napi NAPI_M m p1 p2

frames() { tcpdump -r "$1" -nn -t -xx 'not ether proto 0x9000' 2>/dev/null | grep -P '^\t0x' ; }
arrived() { tcpdump -r "$1" -nn 'ether proto 0x9000' 2>/dev/null | grep -q .; }

# What a bridge lets through: frames of at least a header, but no link-local group.
expected() {
	tcpdump -r "$1" -nn -t -xx "ether src $2 and not ether proto 0x9000 and greater 14 and
		not (ether[0:4] = 0x0180c200 and ether[4:1] = 0 and ether[5:1] > 0 and ether[5:1] < 16)" 2>/dev/null | grep -P '^\t0x'
}

complete() { [ "$(frames "$1" | wc -l)" -ge "$(expected "$2" "$3" | wc -l)" ]; }

# A small snap length: with the default, tcpdump in immediate mode has a ring of some 36 frames, and loses the rest of a burst.
# pass KIND CAPTURE : both directions, recorded in $T/KIND.NAME.{ab,ba}
pass() {
	local out=$T/$1.$(basename "$2" .pcap) ta tb
	bg ta at a tcpdump -i eA -Q in -U --immediate-mode -s 2048 -B 8192 -w "$out.ba" 2>"$T/ta"
	bg tb at b tcpdump -i eB -Q in -U --immediate-mode -s 2048 -B 8192 -w "$out.ab" 2>"$T/tb"
	poll 5 grep -q listening "$T/ta"; poll 5 grep -q listening "$T/tb"
	at a "$TESTBIN/tools/replay" -i eA -r "$2" -s $A >>"$T/log" 2>&1
	at b "$TESTBIN/tools/replay" -i eB -r "$2" -s $B >>"$T/log" 2>&1
	# The sentinel takes another way into the port and could overtake.
	poll 5 complete "$out.ab" "$2" $A; poll 5 complete "$out.ba" "$2" $B
	at a "$TESTBIN/tools/livegen" -i eA -s $A -d $B -n 1 -e 0x9000 >/dev/null
	at b "$TESTBIN/tools/livegen" -i eB -s $B -d $A -n 1 -e 0x9000 >/dev/null
	poll 5 arrived "$out.ab"; poll 5 arrived "$out.ba"
	kill "$ta" "$tb"; wait "$ta" "$tb" 2>/dev/null
}

# The hosts' link type alone: not DSA (284) and EDSA (285), of which tcpdump takes no ether[] expression either.
CAPTURES=$(ls pcaps/*.pcap | grep -v -e truncated -e cut -e ptp-dsa -e ptp-edsa-linktype)
for c in $CAPTURES; do pass plain "$c"; done

kill "$NAPI_M"; wait "$NAPI_M" 2>/dev/null
bg XB at m "$BIN/xdp_bridge" br0 >"$T/xb.out" 2>&1
forwarded() { at m "$BIN/xdp_bridge" status --json br0 >"$T/status" && awk -F'[:,]' '/"in_fast":/ { n += $2 } END { print n + 0 }' "$T/status"; }
poll 5 forwarded && at m ethtool -K p1 gro off && at m ethtool -K p2 gro off || { not_ok "xdp_bridge runs"; cat "$T/xb.out"; }
sentinel_round() {
	at a "$TESTBIN/tools/livegen" -i eA -s $A -d $B -n 1 -e 0x9000 && at b "$TESTBIN/tools/livegen" -i eB -s $B -d $A -n 1 -e 0x9000
} >/dev/null
sentinel_round; sentinel_round
before=$(forwarded)
for c in $CAPTURES; do pass fast "$c"; done
# The captures hold more than 30 unicast frames between the two hosts, whom the bridge knows by now.
after=$(forwarded)
if [ $((after - before)) -ge 30 ]; then ok "XDP forwarded of them $((after - before))"; else not_ok "XDP forwarded only $((after - before)) of them"; sed 's/^/# /' "$T/status"; fi

for c in $CAPTURES; do
	n=$(basename "$c" .pcap)
	for d in "ab $A" "ba $B"; do
		way=${d% *}
		frames "$T/plain.$n.$way" >"$T/p"; frames "$T/fast.$n.$way" >"$T/f"
		expected "$c" "${d#* }" >"$T/e"
		check "$n $way: plain and accelerated bridge deliver the same" cmp "$T/p" "$T/f"
		check "$n $way: what a bridge lets through, unchanged, once, in order" cmp "$T/e" "$T/f"
	done
done
finish
