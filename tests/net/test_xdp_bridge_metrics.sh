#!/bin/bash
# xdp_bridge metrics: OpenMetrics over HTTP, to whoever asks and however badly.
. "$(dirname "$0")/lib.sh"
need_root
need ethtool bridge curl

XB=$BIN/xdp_bridge
bridged_hosts 2
for i in 1 2; do nsip h$i addr add 10.0.0.$i/24 dev e0; done

get() { at m curl -s -m 5 "$@"; }
# A strict reader of OpenMetrics 1.0: each sample below its family's TYPE, counters end in _total, the end is marked.
openmetrics() {
	awk '/^# TYPE / { type[$3] = $4; next } /^# (HELP|UNIT) / { if (!($3 in type)) exit 1; next }
		/^# EOF$/ { ended = NR; next }
		{ name = $1; sub(/\{.*/, "", name); family = name; sub(/_total$/, "", family)
			if (!(family in type) || (type[family] == "counter") != (name != family)) exit 1
			if ($0 !~ /^[a-z_]+\{([a-z]+="([^"\\]|\\.)*",?)*\} [0-9]+$/) exit 1 }
		END { exit ended != NR }' "$1"
}
refused() { # WHAT STATUS PATTERN ARGUMENT...
	local what=$1 want=$2 pattern=$3 rc; shift 3
	at m "$XB" metrics "$@" >"$T/out" 2>"$T/err"; rc=$?
	if [ $rc = "$want" ] && [ "$(wc -l <"$T/err")" = 1 ] && grep -q -- "$pattern" "$T/err"; then ok "$what"
	else not_ok "$what"; echo "# exit status $rc"; sed 's/^/# /' "$T/err"; fi
}

bg XB_PID at m "$XB" --quiet br0
poll 5 at m "$XB" status
pass_by_xdp() { at h1 ping -q -c 3 -i 0.1 -W 1 10.0.0.2 && at m "$XB" status --openmetrics | grep -q '^xdp_bridge_received_frames_total{.*verdict="forwarded"} [1-9]'; }
check "frames pass by XDP" poll 10 pass_by_xdp
at m "$XB" metrics >"$T/once"
check "once, on standard output" openmetrics "$T/once"

U=127.0.0.1:9810
cp "$XB" "$T/xdp_bridge" && chmod 755 "$T" "$T/xdp_bridge"
bg EXPORTER at m setpriv --reuid 65534 --clear-groups "$T/xdp_bridge" metrics --listen tcp:$U
poll 5 get -o /dev/null http://$U/
get -D "$T/head" -o "$T/body" http://$U/metrics
check "over HTTP, by an exporter without privileges" openmetrics "$T/body"
check "its media type" grep -qi '^content-type: application/openmetrics-text; version=1.0.0; charset=utf-8' "$T/head"
check "it has what status has" grep -q '^xdp_bridge_received_frames_total{bridge="br0",port="eth1",verdict="forwarded"} [1-9]' "$T/body"
check "and bytes" grep -q '^xdp_bridge_transmitted_bytes_total{bridge="br0",port="eth2"} [1-9]' "$T/body"
equal "HEAD has no body" "200 0" "$(get -I -o "$T/none" -w '%{http_code} %{size_download}' http://$U/metrics)"
equal "another path" 404 "$(get -o /dev/null -w '%{http_code}' http://$U/nosuch)"
equal "another method" 405 "$(get -X POST -d x -o /dev/null -w '%{http_code}' http://$U/metrics)"
equal "a header without end" 431 "$(get -H "x: $(head -c 6000 /dev/zero | tr '\0' x)" -o /dev/null -w '%{http_code}' http://$U/metrics)"
say() { at m timeout 5 bash -c 'exec 3<>/dev/tcp/127.0.0.1/9810; { printf "\0\1"; head -c 300 /dev/urandom | tr -d "\n"; printf "\n\n"; } >&3; head -1 <&3'; }
check "garbage" grep -q '^HTTP/1.1 400 ' <(say)
# Clients that say nothing, more than it takes at once; it goes on, and they are given up.
bg IDLE at m bash -c 'for i in $(seq 40); do exec {fd}<>/dev/tcp/127.0.0.1/9810; done; sleep 60'
check "clients that say nothing are given up" poll 15 get -o /dev/null http://$U/metrics
kill $IDLE; wait $IDLE 2>/dev/null
at h2 ethtool -K e0 gro off >/dev/null 2>&1
if [ -z "${NAPI:-}" ]; then
	check "a port that is closed for what leaves alone has its reason" poll 10 eval 'at m $XB metrics | grep -q "^xdp_bridge_port_fast{.*port=\"eth2\".*reason=\"no-xdp-transmit\"} 0"'
fi
at h2 ethtool -K e0 gro on >/dev/null 2>&1
kill -STOP $XB_PID
equal "one that is stopped is not reported as none" 503 "$(at m curl -s -m 20 -o /dev/null -w '%{http_code}' http://$U/metrics)"
refused "nor at once" 1 "has not answered for 10 s"
kill -CONT $XB_PID
check "and is reported when it runs" poll 5 get -f -o /dev/null http://$U/metrics
refused "an address that is taken" 1 "cannot be listened on: Address already in use" --listen tcp:$U
kill $EXPORTER; wait $EXPORTER; equal "SIGTERM: exit status" 0 $?

S=$T/metrics.sock
for how in "a Unix socket" "one that was left by a killed exporter"; do
	bg EXPORTER at m "$XB" metrics --listen "unix:$S"
	poll 5 get --unix-socket "$S" -o "$T/body" http://localhost/metrics
	check "$how" openmetrics "$T/body"
	[ "$how" = "a Unix socket" ] && { kill -9 $EXPORTER; wait $EXPORTER 2>/dev/null; }
done
kill $EXPORTER; wait $EXPORTER
check "which SIGTERM removes" eval '[ ! -e "$S" ]'
echo precious >"$T/file"
refused "a file is no socket to be replaced" 1 "cannot be listened on: Address already in use" --listen "unix:$T/file"
equal "and stays" precious "$(cat "$T/file")"
refused "no address" 2 "tcp:ADDRESS:PORT or unix:PATH" --listen eth0
refused "a name for an address" 2 "is no IP address" --listen tcp:localhost:80
refused "no port" 2 "tcp:ADDRESS:PORT" --listen tcp:127.0.0.1:99999
refused "a stray word" 2 "takes no 'br0'" br0
kill $XB_PID; wait $XB_PID
at m "$XB" metrics >"$T/once"
check "without any xdp_bridge there are no samples, and an end" openmetrics "$T/once"
finish
