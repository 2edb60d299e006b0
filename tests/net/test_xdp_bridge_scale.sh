#!/bin/bash
# xdp_bridge at the sizes where it could break: as many ports as a bridge takes, ADDRESSES there before it starts and
# deleted while it reads them, a table that is too small. ADDRESSES=1000000 takes half an hour: the kernel's dump of a
# bridge takes a time that grows with the square of the addresses.
. "$(dirname "$0")/lib.sh"
need_root
need ethtool bridge
ulimit -n "$(ulimit -Hn)" # ip keeps the namespace of each line open

XB=$BIN/xdp_bridge ADDRESSES=${ADDRESSES:-$((${#LAB} ? 10000 : 40000))} PORTS=1023
ROOM=$((ADDRESSES * 2)) # where the kernel filters VLANs, an address has an entry of VLAN 1, too
A=02:00:00:00:00:0a B=02:00:00:00:00:0b
# Most ports are not sent to: what their other ends do is not asked.
ALLOW="--allow checksum,hidden-tag,xdp-transmit"
seconds() { local t=$(($(date +%s%N) - BEGUN)); printf '%d.%d s' $((t / 1000000000)) $((t / 100000000 % 10)); }
start() { BEGUN=$(date +%s%N); bg XB_PID at m $XB --quiet "$@" br0 2>>"$T/err"; poll ${PATIENCE:-60} at m $XB status; }
stop() { kill $XB_PID; wait $XB_PID; }
number() { at m $XB status --json | sed -n "s/.*\"$1\": \([0-9]*\).*/\1/p" | head -n 1; }
in_fast() { at m $XB status | awk '$1 == "p1" { print $5 }'; }
# frames : what `across` says of A at port 1 and B at port 2, with the frames of standard input
across() { at m "$TESTBIN/tools/across" "1=/run/netns/$NS_h,e1" "2=/run/netns/$NS_h,e$LAST"; }
learn() { printf '%s\n' "1 ff:ff:ff:ff:ff:ff A times=1" "2 ff:ff:ff:ff:ff:ff B times=1" "1 B A" "2 A B" | across >/dev/null; }
# Of 100 frames all arrive, and but for a few by XDP.
all_by_xdp() {
	local before=$(in_fast)
	printf '1 B A times=100\n' | across >"$T/across"
	[ $(($(in_fast) - before)) -ge 95 ] && [ "$(grep -o '[|>] 2' "$T/across" | wc -l)" = 100 ]
}
size() { awk '/^VmRSS/ { print int($2 / 1024) " MiB" }' /proc/$XB_PID/status; }
# What the fast path should have of the kernel's entries, and what it has.
kernel_table() {
	at m bridge fdb show br br0 | awk '/ master / && !/ permanent/ {
		print $1, $2, $3 ($4 == "vlan" ? " vlan " $5 : "") (/ static/ ? " static" : "") }' | sort
}
fast_table() { at m "$TESTBIN/tools/fast_table" p1 2>"$T/stale" | sort; }
same_table() { kernel_table >"$T/kernel"; fast_table >"$T/fast"; diff "$T/kernel" "$T/fast" && grep -q '^stale 0 lost 0$' "$T/stale"; }

ns h m
br_netfilter m 0
nsip m link add br0 type bridge mcast_snooping 0 ageing_time 1000000
nsip m link set br0 up
# ports FIRST LAST : p1 and so on, each with its other end in h
ports() {
	local i
	for ((i = $1; i <= $2; i++)); do
		echo "link add p$i type veth peer name e$i netns $NS_h"
		echo "link set p$i up master br0"
	done | nsip m -batch -
	for ((i = $1; i <= $2; i++)); do echo "link set e$i up"; done | nsip h -batch -
}
# hosts NUMBER... : their ends fill checksums and tags in, and take XDP frames
hosts() {
	local i
	for i in "$@"; do at h ethtool -K e$i tx off txvlan off tx-vlan-stag-hw-insert off >/dev/null 2>&1; takes_xdp h e$i; done
}

# ---- addresses that are there before, and go while they are read ----
ports 1 2; hosts 1 2; LAST=2
poll 5 forwarding 2
addresses() { # add or del, ADDRESSES, one in EACH
	awk -v n="$2" -v each="$3" -v what="$1" 'BEGIN { for (i = each - 1; i < n; i += each) { j = what == "del" ? n - 1 - i : i
		printf "fdb %s 02:aa:%02x:%02x:%02x:01 dev p%d master%s\n", what, j / 65536, j / 256 % 256, j % 256, j % 2 + 1,
			what == "add" ? " static" : "" } }'
}
addresses add "$ADDRESSES" 1 >"$T/add"
addresses del "$ADDRESSES" 5 >"$T/del"
at m bridge -batch "$T/add"
BEGUN=$(date +%s%N); at m bridge fdb show br br0 >"$T/shown"; shown=$(seconds)
PATIENCE=900 start --table $ROOM
check "$ADDRESSES addresses are read in $(seconds), bridge fdb show takes $shown; it has $(size)" \
	[ "$(number fast)" -ge "$ADDRESSES" -a "$(number no_room)" = 0 ]
learn
check "and a host's frames go by XDP" all_by_xdp
stop
bg XB_PID at m $XB --quiet --table $ROOM br0 2>>"$T/err"
reads() { [ "$(awk '/^SigBlk/ { print $2 }' /proc/$XB_PID/status)" = 0000000000004002 ]; } # SIGINT and SIGTERM are waited for
poll 10 reads
kill $XB_PID
check "and while it reads it can be ended" timeout 60 tail -f /dev/null --pid $XB_PID
wait $XB_PID; equal "with status" 0 $?
# The newest entry is the first that the kernel shows: one that is shown and goes must hide none that is not.
bg GOES at m bridge -batch "$T/del"
PATIENCE=900 start --table $ROOM
wait $GOES
check "addresses that are deleted while all are read hide no other" poll 60 same_table
kill -9 $XB_PID; wait $XB_PID 2>/dev/null

# ---- a table that is too small ----
nsip m link set p2 nomaster; nsip m link set p1 nomaster # their entries go
nsip m link set p1 master br0; nsip m link set p2 master br0
poll 5 forwarding 2
start --table 1
learn
addresses add 2000 1 >"$T/add"
at m bridge -batch "$T/add"
in_the_kernel() { [ "$(number kernel)" -ge 2000 ]; }
poll 10 in_the_kernel
check "a small table is full: $(number fast) addresses, $(number no_room) times no room" [ "$(number no_room)" -gt 1500 ]
kernel_table | awk '/^02:aa.* p2 / { print $1 }' >"$T/kernel"
fast_table | awk '/^02:aa.* p2 / { print $1 }' >"$T/fast"
slow() { at m $XB status | awk '$1 == "p1"' | sed -n 's/.*destination-new \([0-9]*\).*/\1/p'; }
# frames_to WHAT ADDRESS FAST SLOW : ten frames from host A arrive, so many by each way
frames_to() {
	local fast slow
	fast=$(in_fast) slow=$(slow)
	printf '1 %s A times=10\n' "$2" | across >"$T/across"
	equal "$1: they arrive" "$(printf '1 %s A times=10 => 2 | 2 | 2 | 2 | 2 | 2 | 2 | 2 | 2 | 2' "$2")" "$(cat "$T/across")"
	check "$1: $(($(in_fast) - fast)) by XDP, $(($(slow) - slow)) counted as up to the bridge" \
		[ $(($(in_fast) - fast)) -$3 9 -a $(($(slow) - slow)) -$4 9 ]
}
frames_to "to an address in the table" "$(head -n 1 "$T/fast")" ge lt
frames_to "to one without room" "$(grep -vxFf "$T/fast" "$T/kernel" | head -n 1)" lt ge
check "explain says so" eval 'at m $XB explain br0 "$(grep -vxFf "$T/fast" "$T/kernel" | head -n 1)" | grep -q "found no room"'
stop

# ---- interface indices that meet in the map of ports ----
nsip m link add br1 type bridge mcast_snooping 0; nsip m link set br1 up
for ((i = 1; i <= 17; i++)); do
	echo "link add s$i index $((3000 + i * 4096)) type veth peer name t$i netns $NS_h"
	echo "link set s$i up master br1"
done | nsip m -batch -
for ((i = 1; i <= 17; i++)); do echo "link set t$i up"; done | nsip h -batch -
bg XB_PID at m $XB $ALLOW br1 2>"$T/err"
check "of 17 ports whose indices agree modulo 4,096, 16 are fast" poll 30 fast_ports 16
check "and the 17th is said to be slow, with the reason" grep -q '^xdp_bridge: s[0-9]*: slow: no place is left for its interface index' "$T/err"
R=$(sed -n 's/^xdp_bridge: \(s[0-9]*\): slow: no place.*/\1/p' "$T/err")
check "by status, too" eval 'at m $XB status | grep -A 1 "^$R .* slow" | grep -q "slow: no place is left"'
at m $XB doctor $ALLOW "$R" >"$T/out"; equal "doctor: exit status" 1 $?
check "and by doctor" grep -q "slow: no place is left" "$T/out"
if command -v strace >/dev/null; then
	timeout 7 strace -f -p $XB_PID -e trace=bpf -o "$T/strace" 2>/dev/null
	check "which is not given a program again and again" eval '! grep -q LINK_CREATE "$T/strace"'
else
	skip "which is not given a program again and again" "strace is not installed"
fi
[ "$R" = s1 ] && other=s2 || other=s1
nsip m link del $other
check "and takes the place of one that goes" poll 20 eval 'at m $XB status | grep -q "^$R .* fast"'
kill $XB_PID; wait $XB_PID; equal "the exit status" 0 $?
nsip m link del br1

# ---- as many ports as a bridge takes ----
nsip m link set br0 type bridge fdb_flush
ports 3 $PORTS; hosts $PORTS; LAST=$PORTS
poll 30 forwarding $PORTS
nsip m link add more type veth peer name less
check "the kernel takes no more than $PORTS ports" eval '! nsip m link set more master br0'
nsip m link del more
start $ALLOW
check "$PORTS ports are taken in $(seconds), and fast; it has $(size)" poll 30 fast_ports $PORTS
learn
check "the first reaches the last by XDP" poll 10 all_by_xdp # in a guest it looks at so many ports for seconds
BEGUN=$(date +%s%N)
stop; equal "exit status" 0 $?
check "after $(seconds) none has a program" no_xdp
# Ports are deleted while it takes them: those that it has not come to were in the table that it has read.
for ((i = 0; i < 30; i++)); do echo "link del p$((PORTS - i))"; done >"$T/del"
bg XB_PID at m $XB --quiet $ALLOW br0 2>>"$T/err"
poll 60 eval '! no_xdp'
nsip m -batch "$T/del"
check "ports that are deleted while all are taken do not end it" poll 60 fast_ports $((PORTS - 30))
kill $XB_PID; wait $XB_PID; equal "its exit status" 0 $?
finish
