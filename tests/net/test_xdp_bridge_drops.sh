#!/bin/bash
# Counters agree with the interfaces' own, and what a driver refuses to transmit is counted: the ring behind port 2 is
# emptied by a thread that has no processor while a burst goes in by port 1. Frames handed to the port less those
# counted as refused are those that arrived.
. "$(dirname "$0")/lib.sh"
need_root
need ethtool bridge chrt taskset
XB=$BIN/xdp_bridge FRAMES=20000
[ -e /sys/kernel/btf/vmlinux ] || skip_all "this kernel has no BTF: what drivers refuse is not known"
bridged_hosts 2 ageing_time 100000
bg SINK at h2 "$TESTBIN/tools/xdp_pass" e0 >"$T/pass"; poll 5 grep -q attached "$T/pass"
bg XB_PID at m $XB --quiet br0; poll 10 at m $XB status

# counter PORT KEY
counter() { at m $XB status --json | grep -A60 "\"name\": \"$1\"" | awk -F': ' -v k="\"$2\"" '$1 ~ k { print $2 + 0; exit }'; }
# of PORT rx|tx packets|dropped : the interface's own
of() { nsip m -s -j link show "$1" | sed "s/.*\"$2\":{\([^}]*\)}.*/\1/; s/.*\"$3\":\([0-9]*\).*/\1/"; }
arrived() { at h2 ethtool -S e0 | awk '/rx_queue_.*_xdp_packets/ { s += $2 } END { print s + 0 }'; }
stream() { # FROM TO
	local from=NS_$1 to=NS_$2
	"$TESTBIN/tools/stream" -n 3 -s "02:00:00:00:00:0${1#h}" -d "02:00:00:00:00:0${2#h}" \
		"/run/netns/${!from},e0" "/run/netns/${!to},e0" >/dev/null
}
burst() { at h1 "$@" "$TESTBIN/tools/livegen" -i e0 -s 02:00:00:00:00:01 -d 02:00:00:00:00:02 -n $FRAMES >/dev/null; }
# accounted HANDED DROPS ARRIVED : since they were so many, what was handed over and not refused has arrived
accounted() { [ $(($(counter eth2 out_fast) - $1 - $(counter eth2 out_drops) + $2)) = $(($(arrived) - $3)) ]; }

# The first frame of an address goes up, for the bridge to learn; none later, with such an ageing time.
goes_fast() { stream h1 h2; [ "$(counter eth1 in_fast)" -gt 0 ]; }
stream h2 h1; poll 5 goes_fast
[ -n "$(counter eth2 out_drops)" ] || skip_all "a program cannot be attached to the tracepoint xdp_devmap_xmit here"

# The ring's thread gets what the sender leaves of its processor: nothing, while it sends.
ip netns exec "$NS_h2" sh -c 'echo 1 >/sys/class/net/e0/threaded' 2>/dev/null || skip_all "NAPI threads need Linux 5.12"
poll 5 pgrep '^napi/e0-'
for t in $(pgrep '^napi/e0-'); do taskset -p 1 "$t"; chrt -i -p 0 "$t"; done >/dev/null
in=$(($(counter eth1 in_fast) + $(counter eth1 in_slow))) rx=$(of eth1 rx packets)
tx=$(of eth2 tx packets) dropped=$(of eth2 tx dropped)
handed=$(counter eth2 out_fast) drops=$(counter eth2 out_drops) arrived=$(arrived)
burst taskset -c 0
poll 20 accounted "$handed" "$drops" "$arrived"
lost=$(($(counter eth2 out_drops) - drops))
came=$(($(of eth1 rx packets) - rx))
check "frames were refused: $lost of $came" [ $lost -gt 0 ]
equal "as many came in as the ingress port counts itself" $came $(($(counter eth1 in_fast) + $(counter eth1 in_slow) - in))
equal "as many were handed to the egress port" $came $(($(counter eth2 out_fast) - handed))
equal "those not refused have arrived" $((came - lost)) $(($(arrived) - arrived))
equal "as many went out as the egress port counts itself" $(($(of eth2 tx packets) - tx)) $((came - lost))
equal "as many were refused as the egress port counts itself" $(($(of eth2 tx dropped) - dropped)) $lost
refused=$(counter eth2 out_drops)
check "status says so" eval "at m $XB status | grep -A1 '^eth2' | grep -q 'lost: its driver refused $refused of the frames'"
check "and OpenMetrics" eval 'at m $XB status --openmetrics |
	grep -qFx "xdp_bridge_transmit_drops_total{bridge=\"br0\",port=\"eth2\"} $refused"'
equal "the other port has none" 0 "$(counter eth1 out_drops)"
kill $XB_PID $SINK; wait $XB_PID $SINK 2>/dev/null
finish
