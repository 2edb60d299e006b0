#!/bin/bash
# xdp-bridge@.service as it is installed, under a systemd and an udevd that run in the bridge's network namespace: what
# its sandbox permits, what becomes of the bridge's making and removal, of kill -9, restart and stop.
. "$(dirname "$0")/../../net/lib.sh"
need_root
[ -n "$LAB" ] || skip_all "boots a systemd over this machine's files, so in a guest only (tests/lab/run)"
[ -x /lib/systemd/systemd ] && [ -x /lib/systemd/systemd-udevd ] || skip_all "systemd or udev is not installed (make lab-deps)"
need make ethtool

UNIT=xdp-bridge@br0 XB=/usr/local/sbin/xdp_bridge
UNITS=/usr/local/lib/systemd/system
make -s -o all -C "$(dirname "$0")/../../.." install || skip_all "make install fails"

# boot : with nothing of what this machine starts at boot.
boot() {
	local d
	for d in /etc/systemd/system /lib/systemd/system/sysinit.target.wants /lib/systemd/system-generators; do
		mount -t tmpfs none $d
	done
	mkdir -p /run/systemd/system
	printf '[Unit]\nRequires=basic.target\nWants=systemd-journald.service systemd-udevd.service\n' >/run/systemd/system/lab.target
	mount --make-rshared /
	bg UNSHARE at m unshare --pid --fork --kill-child --mount --propagation slave --mount-proc sh -c \
		'mount -t sysfs sys /sys; mount -t cgroup2 cgroup /sys/fs/cgroup; mount -t bpf bpf /sys/fs/bpf; mount -t tracefs trace /sys/kernel/tracing 2>/dev/null
		exec /lib/systemd/systemd --system --unit=lab.target --log-target=journal --show-status=0' >"$T/systemd" 2>&1
	poll 10 pgrep -P "$UNSHARE" -x systemd
	SYSTEMD=$(pgrep -P "$UNSHARE" -x systemd)
	# unshare takes no SIGTERM; the rest of its process namespace goes with systemd.
	trap 'kill -KILL $SYSTEMD; cleanup' EXIT
}
in_m() { nsenter -t "$SYSTEMD" --pid --mount --root --wd --net "$@"; }
property() { in_m systemctl show -P "$1" "$UNIT"; }
state() { [ "$(property ActiveState)" = "$1" ]; }
main_pid() { property MainPID; }
another_pid() { state active && [ "$(main_pid)" != "$1" ]; }
booted() { [ "$(in_m systemctl is-active lab.target systemd-udevd | sort -u)" = active ]; }
stops_and_leaves_nothing() { poll 10 state inactive && no_xdp; }

bridged_hosts 2
boot
poll 60 booted || { in_m systemctl list-jobs | sed 's/^/# /'; skip_all "systemd does not boot here: $(tail -n 1 "$T/systemd")"; }
# Another host, whose namespace is a service's, and has no name.
in_m systemd-run -q --unit holder -p PrivateNetwork=yes sleep 1000
HOLDER=$(in_m systemctl show -P MainPID holder)
in_m ip link add eth3 type veth peer name e0 netns "$HOLDER"
in_m ip link set eth3 master br0 up
in_m nsenter -t "$HOLDER" --net sh -c \
	'ip link set e0 up; ethtool -K e0 gro on tx off txvlan off tx-vlan-stag-hw-insert off; true' >/dev/null 2>&1
[ -z "${NAPI:-}" ] || bg _ in_m nsenter -t "$HOLDER" --net "$TESTBIN/tools/xdp_pass" e0 >/dev/null

equal "systemd-analyze verify has nothing to say" "" "$(in_m systemd-analyze verify $UNITS/xdp-bridge@.service 2>&1)"
in_m systemctl -q enable $UNIT
# What udev's coldplug does at boot.
in_m udevadm trigger -c add /sys/class/net/br0
check "enabled, it starts as the bridge is found" poll 10 state active
check "it looks at peers in a namespace with and in one without a name" poll 10 fast_ports 3
stream() { "$TESTBIN/tools/stream" -n 20 -s 02:00:00:00:00:0$1 -d 02:00:00:00:00:0$2 "/run/netns/wb$$-h$1,e0" "/run/netns/wb$$-h$2,e0" >"$T/stream"; }
by_xdp() { stream 2 1 && stream 1 2 && [ "$(at m $XB status | awk '$1 == "eth1" { print $5 }')" -ge 10 ]; }
check "and forwards" poll 10 by_xdp
at m $XB doctor br0 >"$T/doctor"; equal "doctor beside it" 0 $?
check "metrics, too" eval 'at m $XB metrics | grep -q "bridge=\"br0\",port=\"eth1\""'

pid=$(main_pid)
in_m systemctl kill -s KILL $UNIT
check "killed, it is started again" poll 20 another_pid "$pid"
check "and has its ports" poll 10 fast_ports 3
pid=$(main_pid)
in_m systemctl restart $UNIT
check "restarted, it has them when systemctl returns" eval 'another_pid $pid && fast_ports 3'
in_m sh -c "mkdir -p /run/systemd/system/$UNIT.service.d; printf '[Service]\nWatchdogSec=15\n' >/run/systemd/system/$UNIT.service.d/watchdog.conf; systemctl daemon-reload; systemctl restart $UNIT"
pid=$(main_pid)
poll 10 fast_ports 3
sleep 20
equal "its watchdog is content with it" "$pid" "$(main_pid)"
in_m systemctl kill -s STOP $UNIT
check "and starts it again where it hangs" poll 20 another_pid "$pid"
check "with its ports" poll 10 fast_ports 3
check "restarted five times more, it is refused no start" in_m sh -c "for i in 1 2 3 4 5; do systemctl restart $UNIT || exit; done"
in_m systemctl stop $UNIT
check "stopped, it leaves no program" stops_and_leaves_nothing
equal "with success" success "$(property Result)"

in_m systemctl start $UNIT
nsip m link del br0
check "it ends with its bridge" stops_and_leaves_nothing
nsip m link add br0 type bridge
nsip m link set br0 up
br_netfilter m 0
check "and starts when it is made again" poll 20 state active
for i in 1 2 3; do nsip m link set eth$i master br0; done
check "ports that join later are looked at, too" poll 10 fast_ports 3

# As one that was killed leaves it: an offload that is off, and the note that says who has turned it off.
rx_vlan() { at m ethtool -k eth1 | grep -q "^rx-vlan-offload: $1"; }
in_m systemctl stop $UNIT
at m ethtool -K eth1 rxvlan off
in_m sh -c 'echo eth1 >/run/xdp_bridge/rxvlan-off.$(stat -Lc %i /proc/self/ns/net).$(cat /sys/class/net/eth1/ifindex)'
in_m systemctl start $UNIT
rx_vlan off || not_ok "rx-vlan-offload stays off meanwhile"
in_m systemctl stop $UNIT
check "rx-vlan-offload that a killed one left off is put back when the unit stops" rx_vlan on
equal "and no note is left" "" "$(in_m ls /run/xdp_bridge)"
in_m systemctl start $UNIT

# A name that is escaped, for which there is no bridge yet.
UNIT='xdp-bridge@br\x2dlan.service'
in_m systemctl start --no-block "$UNIT"
check "started before its bridge, it waits" state inactive
nsip m link add br-lan type bridge
check "and starts with it" poll 20 state active
equal "the two beside each other" "br-lan br0" "$(at m $XB status | sed -n 's/^\(br[^:]*\): process.*/\1/p' | sort | paste -sd ' ')"
in_m systemctl stop 'xdp-bridge@*'
check "both stop" stops_and_leaves_nothing
in_m journalctl --no-pager -q -o cat -t xdp_bridge >"$T/journal"
check "the journal has its sentences" grep -q 'eth1: fast (native XDP)' "$T/journal"
finish
