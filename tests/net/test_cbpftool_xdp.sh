#!/bin/bash
# cbpftool xdp: object files that libbpf, bpftool and ip load, filters on an interface and off it again.
. "$(dirname "$0")/lib.sh"
need_root
need bpftool ping
C=$BIN/cbpftool
ns a b
veth a va b vb || skip_all "no veth here"
nsip a addr add 10.9.9.1/24 dev va
nsip b addr add 10.9.9.2/24 dev vb
poll 5 at a ping -c1 -W1 10.9.9.2

pings() { at a ping -c2 -i0.2 -W1 10.9.9.2 >/dev/null; }
no_pings() { ! pings; }
xdp_on() { nsip b link show dev vb | grep -q 'prog/xdp'; }
xdp_off() { ! xdp_on; }
# packets WHAT FILE: the last count of "accepted" or "rejected" packets
packets() { sed -n "s/.*$1 \([0-9]*\) packets.*/\1/p" "$2" | tail -1; }

# ---- objects
check "an object file" "$C" xdp -e 'icmp' --action drop -o "$T/f.o"
pin=/sys/fs/bpf/wbtest$$
check "bpftool loads it" bpftool prog load "$T/f.o" $pin
check "with its counters" bash -c "bpftool prog show pinned $pin | grep map_ids"
rm -f $pin
check "ip attaches it" nsip b link set dev vb xdp obj "$T/f.o" sec xdp
check "and it drops what it accepts" no_pings
nsip b link set dev vb xdp off
# Where unaligned access is slow, the verifier refuses it: User Mode Linux, some 32-bit machines.
all_load() {
	local n
	for n in $("$C" list | grep -E 'EN10MB|DSA_TAG' | cut -d' ' -f1); do
		"$C" xdp -n "$n" -o "$T/c.o" || return 1
		bpftool prog load "$T/c.o" $pin >"$T/load" 2>&1 && rm $pin && continue
		grep -q 'misaligned packet access' "$T/load" && misaligned=1 && continue
		echo "$n"; cat "$T/load"; return 1
	done
}
misaligned=
what="every Ethernet filter of the catalogue makes an object that loads"
if ! all_load >"$T/loads"; then not_ok "$what"; sed 's/^/# /' "$T/loads"
elif [ -n "$misaligned" ]; then skip "$what" "this kernel's verifier wants aligned packet access"
else ok "$what"; fi
rm -f $pin

# ---- in the foreground
bg PID at b "$C" xdp -e 'icmp' --attach vb --action drop >"$T/drop" 2>&1
poll 5 xdp_on && ok "attached" || not_ok "attached"
check "natively: veth has XDP" grep -q '^on vb (native), program' "$T/drop"
check "drops what it accepts" no_pings
kill -TERM $PID; wait $PID
equal "SIGTERM is a good end" 0 $?
check "nothing is left behind" xdp_off
check "frames pass again" pings
check "the last counters are printed" test "$(packets accepted "$T/drop")" -ge 2

bg PID at b "$C" xdp -e 'arp or ether proto 0x0806' --attach vb --action pass >"$T/pass" 2>&1
poll 5 xdp_on
check "pass drops the rest" no_pings
check "detach takes it off, whoever holds it" at b "$C" xdp --detach vb
poll 5 bash -c "! kill -0 $PID 2>/dev/null" && ok "and its process ends" || not_ok "and its process ends"
check "with a sentence" grep -q "the filter has been taken off 'vb'" "$T/pass"
check "the rest was counted" test "$(packets rejected "$T/pass")" -ge 2
check "nothing is left behind by detach" xdp_off
check "--seconds ends by itself" at b "$C" xdp -e ip --attach vb --seconds 1

# ---- pinned
check "pinned" at b "$C" xdp -e 'icmp' --attach vb --action count --pin
check "it stays" xdp_on
check "everything passes" pings
check "show finds it again" bash -c "nsenter --net=/var/run/netns/$NS_b $C xdp --show vb >$T/show"
check "and counts" test "$(packets accepted "$T/show")" -ge 2
check "detach prints the counters" bash -c "nsenter --net=/var/run/netns/$NS_b $C xdp --detach vb | grep '^accepted [1-9]'"
check "it is off" xdp_off
check "no pin is left" bash -c '! ls /sys/fs/bpf/cbpftool-xdp-* 2>/dev/null'

# ---- an interface that goes away
veth a vc b vd
orphan=/sys/fs/bpf/cbpftool-xdp-$(at b "$C" xdp -e icmp --attach vd --pin | sed -n 's/.*program //p')
check "pinned on another" test -e "$orphan"
nsip b link del vd
veth a vc b vd
bg PID at b "$C" xdp -e icmp --attach vd >"$T/gone" 2>&1
poll 5 grep -q '^on vd' "$T/gone"
nsip b link del vd
wait $PID; equal "an interface that is gone is no good end" 1 $?
check "and is said" grep -q "^cbpftool: 'vd' is gone, and the filter with it" "$T/gone"
at b "$C" xdp --detach vd 2>/dev/null
check "the next --detach removes the pin" test ! -e "$orphan"

# ---- refused
# refused STATUS "SENTENCE" arguments...
refused() {
	local status=$1 says=$2 rc; shift 2
	at b "$C" xdp "$@" >"$T/out" 2>"$T/err" </dev/null; rc=$?
	[ $rc = "$status" ] && [ "$(cat "$T/err")" = "cbpftool: $says" ] && ok "refused: $says" && return
	not_ok "refused ($rc): $*"; sed 's/^/# /' "$T/err"
}
h="(\`cbpftool --help\` shows the usage)"
bg PASS at b "$TESTBIN/tools/xdp_pass" vb >"$T/other"
poll 5 xdp_on
id=$(nsip b -d link show dev vb | sed -n 's/.*prog\/xdp id \([0-9]*\).*/\1/p')
refused 1 "'vb' has an XDP program already, 'xdp_pass' (id $id), and an interface takes one; stop what put it there" -e ip --attach vb
refused 1 "the XDP program on 'vb' is 'xdp_pass' (id $id), none of cbpftool's; it is left alone" --detach vb
kill "$PASS"; wait "$PASS" 2>/dev/null
refused 1 "there is no XDP program on 'vb'" --detach vb
"$C" xdp -e ip -o "$T/by-ip.o"
for mode in xdp xdpgeneric; do
	nsip b link set dev vb $mode obj "$T/by-ip.o" sec xdp
	unheld="the filter on 'vb' hangs on no link of cbpftool's; \`ip link set dev vb $mode off\` takes it off"
	refused 1 "$unheld" -e ip --attach vb
	refused 1 "$unheld" --detach vb
	nsip b link set dev vb $mode off
	check "which it does ($mode)" xdp_off
done
refused 1 "there is no interface 'no0'; \`ip link\` shows those there are" -e ip --attach no0
refused 2 "there is no action 'fly'; the actions are drop, pass and count $h" -e ip --attach vb --action fly
refused 2 "give one of -o FILE.o, --attach, --show and --detach IFNAME $h" -e ip
refused 2 "--show and --detach take an interface and no program $h" -e ip --detach vb
refused 1 "$T/no/f.o cannot be written: No such file or directory" -e ip -o "$T/no/f.o"
refused 1 "/dev/full is no regular file, and an object file has to be one" -e ip -o /dev/full
printf '2,48 0 0 4294963244,22 0 0 0' >"$T/vlan"
refused 1 "XDP cannot run insn 0: it loads 'vlan_tci', but in XDP the tag is still in the frame: look for it at byte 12" -f "$T/vlan" --attach vb
check "a refusal leaves nothing behind" xdp_off
if command -v setpriv >/dev/null; then
	as_nobody() { at b setpriv --reuid 65534 --clear-groups --bounding-set -all --inh-caps -all "$C" xdp -e ip --attach vb; }
	cp "$C" "$T/cbpftool"; chmod 755 "$T" "$T/cbpftool"; C=$T/cbpftool
	as_nobody 2>"$T/err"; equal "without privileges" "cbpftool: the kernel makes no map: Operation not permitted (run it as root)" "$(cat "$T/err")"
fi
finish
