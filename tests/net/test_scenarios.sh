#!/bin/bash
# Every scenario: the reference bridge, the kernel's, the XDP program alone and the accelerated bridge agree.
# SCENARIOS="vlan-*" picks some (the guests run those that need VLAN filtering).
. "$(dirname "$0")/lib.sh"
need_root
cd "$(dirname "$0")/../scenarios" || exit 1
# In an emulated guest a second of ageing may be over before the next frame is sent: what differs is compared again.
compare() {
	local tries=$((${#LAB} ? 3 : 1)) rc
	while :; do
		timeout 250 "$BIN/brcheck" compare "$1" >"$T/out" 2>"$T/err"
		rc=$? tries=$((tries - 1))
		[ $rc -ne 0 ] && [ $tries -gt 0 ] && grep -q differs "$T/out" || return $rc
	done
}
for s in ${SCENARIOS:-*}; do
	[ -d "$s" ] || continue
	equal "$s: one line says what it shows" 1 "$(wc -l <"$s/README")"
	if compare "$s"; then
		ok "$s: all engines agree ($(sed -n 's/.*accelerated: agrees: //p' "$T/out"))"
	elif ! grep -qE 'differs|failed' "$T/out" && grep -q 'model: agrees' "$T/out" && grep -q 'cannot be run here' "$T/out"; then
		ok "$s: the model does what the scenario says"
		skip "$s: all engines agree" "$(sed -n 's|.*cannot be run here: \([^:]*:[0-9]*: \)\?[a-z]*: ||p' "$T/out" | head -n 1)"
	else
		not_ok "$s: all engines agree"
		cat "$T/out" "$T/err" | sed 's/^/# /'
	fi
done
[ -z "${SCENARIOS:-}" ] || finish

replay() { "$BIN/brcheck" replay "$@" >"$T/out" 2>"$T/err"; echo $? >"$T/rc"; }
said() {
	if [ "$(cat "$T/rc")" = "$2" ] && cat "$T/out" "$T/err" | grep -Eq "$3"; then ok "$1"; else
		not_ok "$1"; echo "# status $(cat "$T/rc"), wanted $2 and $3"; cat "$T/out" "$T/err" | tail -n 5 | sed 's/^/# /'
	fi
}
replay learn -o "$T/left"
said "replay says where each frame leaves" 0 '^line 7, 0.000 s, p1: .*: leaves p2 p3$'
equal "what left each port is written" 3 "$(find "$T/left" -name '*.pcap' | wc -l)"
timeout 20 "$BIN/brcheck" replay --engine bridge learn -o "$T/kernel" >/dev/null 2>&1
equal "the kernel's bridge writes the same captures" "$(cat "$T"/left/*.pcap | md5sum)" "$(cat "$T"/kernel/*.pcap | md5sum)"
mkdir "$T/own"; cp ../../pcaps/icmp.pcap "$T/own/p1.pcap"; printf 'port p1\nport p2\nplay p1 p1.pcap\n' >"$T/own/scenario"
replay "$T/own" -o "$T/own"
said "what a scenario plays is not written over" 1 "own/p1.pcap' is a capture that the scenario plays: -o needs another folder"
check "and is whole" cmp ../../pcaps/icmp.pcap "$T/own/p1.pcap"
printf 'port p1\nport p2\nsend p1 broadcast 02:00:00:00:00:01 => none\n' >"$T/wrong"; replay "$T/wrong"
said "a frame that leaves where the scenario does not say is found" 1 'wrong:3: .* leaves at p2, and the scenario says none'
"$BIN/brcheck" compare --engine bridge "$T/wrong" >"$T/out" 2>"$T/err"; echo $? >"$T/rc"
said "and by compare" 1 'model: differs'
bad() { printf "$2" >"$T/bad"; replay "$T/bad"; said "$1" 1 "$3"; }
bad "an unknown port is named with its line" 'port p1\nport p2\nsend p9 broadcast 02:00:00:00:00:01\n' "bad:3: there is no port 'p9'"
bad "bits of group_fwd_mask that no bridge takes are refused" 'port p1\nbridge group_fwd_mask 7\n' "bad:2: group_fwd_mask here must not have bits 0 to 2"
bad "nor does a port" 'port p1 group_fwd_mask 0x4002\n' "bad:1: group_fwd_mask here must not have bit 1 .*: take 16384"
bad "a bridge's address is no group" 'port p1\nbridge address 01:00:5e:00:00:01\n' "bad:2: address wants .* a station, not 01:00:5e"
bad "nor is a port's" 'port p1 address broadcast\n' "bad:1: address wants .* a station"
bad "nor none" 'port p1 address 00:00:00:00:00:00\n' "bad:1: address wants .* a station"
bad "a VLAN of 4095 is refused" 'port p1\nvlan p1 4095\n' "bad:2: '4095' is no VLAN: 1 to 4094"
bad "a VLAN range that ends before it begins" 'port p1\nvlan p1 9-5\n' 'bad:2: .* end before they begin'
bad "a port that is a bridge's own name" 'port bridge\n' "bad:1: 'bridge' is the bridge device"
bad "a frame to a port that is not there" 'port p1\nsend p1 broadcast 02:00:00:00:00:01 => p2\n' "bad:2: there is no port 'p2'"
bad "time that runs backwards" 'port p1\nat 5\nat 4\n' 'bad:3: time runs backwards'
bad "an unknown word" 'port p1 sticky on\n' "bad:1: a port has no setting 'sticky'"
bad "an empty scenario" '# nothing\n' 'there is no port in it'
bad "a group that is a station" 'port p1\nmdb p1 10.0.0.1\n' "bad:2: '10.0.0.1' is no group"
bad "an IPv6 group that is a station" 'port p1\nmdb p1 fe80::1\n' "bad:2: 'fe80::1' is no group"
bad "a tag that is not there" 'port p1\nport p2\nsend p1 broadcast 02:00:00:00:00:01 => p2:5\n' 'bad:3: .* leaves at p2 untagged, and the scenario says with the VID 5'
bad "a capture that is not there" 'port p1\nplay p1 nothing.pcap\n' 'bad:2: .*nothing.pcap'
bad "a port that is down twice" 'port p1\ndown p1\ndown p1\n' 'bad:3: p1 is already down'
replay "$T/nothing"; said "a missing scenario is named" 1 'nothing: No such file'
replay --engine warp learn; said "an unknown engine is a usage error" 2 "no engine 'warp'"
replay; said "replay without a scenario is a usage error" 2 'wants one scenario'
setpriv --bounding-set=-all --inh-caps=-all --ambient-caps=-all --reuid=65534 --regid=65534 --clear-groups \
	"$BIN/brcheck" replay --engine accelerated "$PWD/learn" >"$T/out" 2>"$T/err"; echo $? >"$T/rc"
said "without privileges the accelerated bridge says so" 1 '^brcheck: '
finish
