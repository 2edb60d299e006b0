#!/bin/bash
# Ports that are renamed, moved away, replaced and added while xdp_bridge follows them: what it has turned off is put
# back, what it was not given it does not take, what it takes it says; also where nobody reads what it says.
. "$(dirname "$0")/lib.sh"
need_root
need ethtool bridge

XB=$BIN/xdp_bridge
bridged_hosts 3
start() { bg XB_PID at m $XB "$@" 2>"$T/err"; poll 10 at m $XB status; }
stop() { kill $XB_PID; wait $XB_PID; }

# ---- rx-vlan-offload, as one that was killed leaves it: off, and a note that says by whom ----
mkdir -p /run/xdp_bridge
index() { nsip m -o link show "$1" | cut -d: -f1; }
NOTE=/run/xdp_bridge/rxvlan-off.$(at m stat -Lc %i /proc/self/ns/net).$(index eth1)
rx_vlan() { at "$1" ethtool -k "$2" | grep -q "^rx-vlan-offload: $3"; }
taken() { at m ethtool -K eth1 rxvlan off && echo eth1 >"$NOTE"; }
taken
start br0; poll 10 fast_ports 3
rename() { nsip m link set "$1" down; nsip m link set "$1" name "$2"; nsip m link set "$2" up; } # 5.10 renames none that is up
rename eth1 x1
check "the name of a renamed port is noted" poll 5 grep -qx x1 "$NOTE"
kill -9 $XB_PID; wait $XB_PID 2>/dev/null
check "killed, doctor names the offload" eval 'at m $XB doctor x1 | grep -q "ethtool -K x1 rxvlan on"'
start br0; poll 10 fast_ports 3; stop
check "and the next one puts it back" rx_vlan m x1 on
check "with the note" eval '[ ! -e "$NOTE" ]'
rename x1 eth1

taken
ns far
start br0; poll 10 fast_ports 3
nsip m link set eth1 netns "$NS_far"
check "where a port goes to another network namespace, the offload that stays off is named" \
	poll 5 grep -q '^xdp_bridge: eth1: it has gone to another network namespace with rx-vlan-offload off: .ethtool -K eth1 rxvlan on. there' "$T/err"
stop
nsip far link set eth1 netns "$NS_m"
at m ethtool -K eth1 rxvlan on; nsip m link set eth1 up master br0

# ---- another device with the number of a named port ----
start eth1 eth2 eth3
poll 10 fast_ports 3
number=$(index eth3)
kill -STOP $XB_PID # both are heard of together
nsip m link del eth3
nsip m link add foreign index "$number" type veth peer name f0 netns "$NS_h3"
nsip m link set foreign up master br0; nsip h3 link set f0 up
at h3 ethtool -K f0 tx off txvlan off tx-vlan-stag-hw-insert off >/dev/null 2>&1
takes_xdp h3 f0
kill -CONT $XB_PID
poll 5 eval '! at m $XB status | grep -q "^eth3"'
equal "a device that was not named is not taken" "" "$(at m $XB status | grep '^foreign'; nsip m link show foreign | grep -o xdp)"
stop

# ---- a port that joins, and nothing but that is to be said ----
nsip m link set foreign nomaster
start br0
poll 10 fast_ports 2
bg MON at m $XB monitor >"$T/monitor"
poll 5 grep -q " 03 .*@xdp_bridge/$XB_PID$" /proc/$MON/net/unix
nsip m link set foreign master br0
check "a port that joins is said to be fast" poll 10 grep -q '^xdp_bridge: foreign: fast (native XDP)' "$T/err"
check "and opened, to who watches" poll 5 grep -q '^opened .* foreign' "$T/monitor"
nsip m link set foreign nomaster
check "one that leaves is closed" poll 5 grep -q '^closed .* foreign: it is followed no more' "$T/monitor"
kill $MON; wait $MON 2>/dev/null
stop

# ---- where nobody reads ----
mkfifo "$T/fifo"
exec 9<>"$T/fifo"
timeout 1 cat /dev/zero >&9
bg XB_PID at m $XB br0 2>&9
check "a log that nobody reads keeps no port slow" poll 10 fast_ports 2
kill $XB_PID
check "and it can be ended" poll 5 eval '! kill -0 $XB_PID'
wait $XB_PID; equal "with success" 0 $?
check "which leaves no program" no_xdp

# ---- where there is no /proc to look for hazards in ----
at m unshare -m sh -c "mount -t tmpfs none /proc; exec $XB doctor br0" >"$T/out" 2>&1; equal "without /proc doctor does not guess" 1 $?
check "and says what is wrong" grep -q 'cannot be looked at' "$T/out"

# ---- addresses that come and go ----
for ((i = 0; i < 6000; i++)); do printf 'fdb add 02:bb:00:00:%02x:%02x dev eth1 master static\n' $((i / 256)) $((i % 256)); done | at m bridge -batch -
for ((i = 0; i < 20000; i++)); do echo "fdb add 02:cc:00:00:00:01 dev eth1 master static"; echo "fdb del 02:cc:00:00:00:01 dev eth1 master"; done >"$T/flap"
bg FLAP at m bridge -batch "$T/flap"
for i in 1 2 3; do at m $XB doctor br0 >"$T/out" 2>&1 || { cat "$T/out" >&2; echo failed; }; done >"$T/doctored"
equal "doctor, while addresses come and go" "" "$(cat "$T/doctored")"
kill $FLAP 2>/dev/null; wait $FLAP 2>/dev/null
finish
