#!/bin/bash
# xdp_bridge under load when it ends in the ways that nobody chose: kill -9 while it forwards and while it takes its
# ports, restart, a second one, no memory. Numbered frames, 20000 a second; what is lost is counted, and what comes
# out of order. At most the frames in flight may be lost: a veth's ring holds 256 each way.
. "$(dirname "$0")/lib.sh"
need_root
need ethtool bridge

XB=$BIN/xdp_bridge IN_FLIGHT=512
bridged_hosts 2

E1=/run/netns/$NS_h1,e0 E2=/run/netns/$NS_h2,e0
stream() { exec "$TESTBIN/tools/stream" -s 02:00:00:00:00:01 -d 02:00:00:00:00:02 "$@" "$E1" "$E2"; }
back() { "$TESTBIN/tools/stream" -n 3 -s 02:00:00:00:00:02 -d 02:00:00:00:00:01 "$E2" "$E1" >/dev/null; }
in_fast() { at m $XB status | awk '$1 == "eth1" { print $5 }'; }
carries() { [ "$(in_fast)" -gt "${1:-0}" ]; }
# packet-socket: the stream's own look at the hosts' ends, not at ports
start() { bg XB_PID at m $XB --quiet br0 2>>"$T/err"; poll 10 at m $XB status && back; }
loading() { bg STREAM stream "$@" >"$T/stream"; }
field() { sed -n "s/.*$1 \([0-9]*\).*/\1/p" "$T/stream"; }
loaded() { # WHAT : the stream has ended, and lost no more than what was in flight
	wait "$STREAM"
	check "$1: $(cat "$T/stream")" eval '[ "$(field sent)" -ge 10000 ] && [ "$(field lost)" -le $IN_FLIGHT ]'
}
back
loading; loaded "the plain bridge"
start
loading; loaded "xdp_bridge"
check "it forwarded them: $(in_fast)" carries 10000

for round in 1 2; do
	loading
	poll 5 carries "$(($(in_fast) + 1000))"
	kill -9 $XB_PID; wait $XB_PID 2>/dev/null
	loaded "killed while it forwards ($round)"
	check "no program is left ($round)" no_xdp
	start
done
kill $XB_PID; wait $XB_PID
loading -n 60000
for round in 1 2 3 4 5 6 7 8 9 10; do
	bg XB_PID at m $XB --quiet br0 2>/dev/null
	sleep 0.0$((round * 9))
	kill -9 $XB_PID; wait $XB_PID 2>/dev/null
done
loaded "killed ten times while it starts"
check "no program is left of these" no_xdp

start
loading -n 60000
poll 5 carries "$(($(in_fast) + 1000))"
kill $XB_PID; wait $XB_PID; equal "restart: the old one ends" 0 $?
start
poll 5 carries 1000
loaded "restart"

loading
poll 5 carries "$(($(in_fast) + 1000))"
at m $XB br0 2>"$T/second"; equal "a second one, as an upgrade would start: it is refused" 1 $?
check "and told of the first" grep -q "another xdp_bridge has eth1.*xdp_bridge status" "$T/second"
loaded "and the first goes on"
check "with its program" eval '! no_xdp'

# Room for what it has and little more, then more addresses than that holds. Freed memory goes back, so that none is
# left over from the start, and there is one heap: a thread's own has 64 MiB set aside, which others may use.
kill $XB_PID; wait $XB_PID
export GLIBC_TUNABLES=glibc.malloc.arena_max=1:glibc.malloc.mmap_threshold=131072:glibc.malloc.trim_threshold=131072
start
unset GLIBC_TUNABLES
: >"$T/err"
prlimit --pid $XB_PID --as=$((($(awk '/^VmSize/ { print $2 }' /proc/$XB_PID/status) + 512) * 1024))
for ((i = 0; i < 20000; i++)); do
	printf 'fdb add 02:aa:%02x:%02x:00:01 dev eth2 master static\n' $((i >> 8)) $((i & 255))
done >"$T/add"
loading -n 60000
at m bridge -batch "$T/add"
if poll 20 no_xdp; then
	wait $XB_PID; equal "out of memory: it ends" 1 $?
	check "with a sentence" grep -qi "memory" "$T/err"
else
	not_ok "out of memory: it ends"
fi
loaded "out of memory"
finish
