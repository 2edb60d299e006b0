# Sourced by the NIC tests: the NICs that tests/lab/run -n MODEL gave the guest, named by LAB_NICS in its order.
. "$(dirname "${BASH_SOURCE[0]}")/../../net/lib.sh"
need_root
[ -n "${LAB_NICS:-}" ] || skip_all "this guest has no NIC (tests/lab/run -n igb ...)"

# nic MODEL CABLE END : $NIC, the interface with the address 02:00:MODEL:CABLE:00:END.
nic() {
	local f
	for f in /sys/class/net/*/address; do
		[ "$(<"$f")" = "02:00:0$1:0$2:00:0$3" ] || continue
		NIC=${f%/address} NIC=${NIC##*/}
		return 0
	done
	return 1
}
# put NIC-OF-MODEL CABLE END NS NAME : moves it there.
put() { local v=NS_$4; nic "$1" "$2" "$3" && ip link set "$NIC" netns "${!v}" name "$5"; }
# linked NS IFNAME ... : have all of them a carrier?
linked() {
	while [ $# -gt 0 ]; do
		at "$1" ethtool "$2" 2>/dev/null | grep -q 'Link detected: yes' || return 1
		shift 2
	done
}
# unplug MODEL : the namespaces go, the NICs come back, under names that are in no later test's way (`ip link add NAME
# netns NS` looks for NAME in the caller's namespace, too).
unplug() {
	local n cable end
	for n in "${NS_ALL[@]}"; do ip netns del "$n"; done
	NS_ALL=()
	for cable in 1 2; do for end in 1 2; do
		poll 20 nic "$1" $cable $end || { not_ok "the NICs of model $1 come back"; return; }
		nic "$1" $cable $end
		ip link set "$NIC" down
		ip link set "$NIC" name "nic$1$cable$end"
	done; done
}
