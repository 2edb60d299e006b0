# Sourced by the namespace tests: hosts that are made and removed by the test, TAP lines, polling.
# A test calls ns NAME..., veth A:IF B:IF, then `check "what" command...`, and ends with `finish`.
# Namespaces carry the test's process number, so that two runs do not meet. Nothing outside them is touched.
set -u
: "${BIN:?set BIN to the folder of the programs (make check does)}"
: "${TESTBIN:?set TESTBIN to the folder of the test tools (make check does)}"
: "${LAB:=}"
T=$(mktemp -d /tmp/wbtest.XXXXXX)
NS_ALL=() PIDS=() TAP_N=0 TAP_FAILED=0
export LC_ALL=C

cleanup() {
	# A child that is ended before it has become its command still has these traps, and is not the test.
	[ "$BASHPID" = $$ ] || return 0
	trap - EXIT INT TERM
	local p n
	for p in ${PIDS[@]+"${PIDS[@]}"}; do kill "$p" 2>/dev/null && kill -CONT "$p" 2>/dev/null; done
	for p in ${PIDS[@]+"${PIDS[@]}"}; do wait "$p" 2>/dev/null; done
	for n in ${NS_ALL[@]+"${NS_ALL[@]}"}; do
		ip netns pids "$n" 2>/dev/null | xargs -r kill -9 2>/dev/null
		ip netns del "$n" 2>/dev/null
	done
	[ -n "${KEEP:-}" ] || rm -rf "$T"
}
trap cleanup EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

ok() { TAP_N=$((TAP_N + 1)); echo "ok $TAP_N - $*"; }
not_ok() { TAP_N=$((TAP_N + 1)); TAP_FAILED=$((TAP_FAILED + 1)); echo "not ok $TAP_N - $*"; }
skip() { TAP_N=$((TAP_N + 1)); echo "ok $TAP_N - $1 # SKIP $2"; }
skip_all() { echo "ok 1 - $(basename "$0") # SKIP $*"; echo "1..1"; exit 0; }
check() { local what=$1; shift; if "$@" >"$T/check.out" 2>&1; then ok "$what"; else not_ok "$what"; sed 's/^/# /' "$T/check.out"; fi; }
# equal WHAT EXPECTED ACTUAL
equal() { if [ "$2" = "$3" ]; then ok "$1"; else not_ok "$1"; printf '# expected: %s\n# seen:     %s\n' "$2" "$3"; fi; }
finish() { echo "1..$TAP_N"; [ "$TAP_FAILED" -eq 0 ]; exit; }

# ns NAME... : makes namespaces; $NS_name holds the real name; `at NAME command...` runs there.
# nsenter, not `ip netns exec`: that mounts a new /sys, and with it hides /sys/fs/bpf.
ns() {
	local n
	for n in "$@"; do
		printf -v "NS_$n" '%s' "wb$$-$n"
		ip netns add "wb$$-$n" && [ -e "/var/run/netns/wb$$-$n" ] || skip_all "network namespaces cannot be made here (run as root)"
		NS_ALL+=("wb$$-$n")
		ip -n "wb$$-$n" link set lo up
		at "$n" sysctl -qw net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1
	done
}
at() { local v=NS_$1; shift; nsenter --net=/var/run/netns/"${!v}" "$@"; }
nsip() { local v=NS_$1; shift; ip -n "${!v}" "$@"; }
# veth NS1 IF1 NS2 IF2 : a cable, both ends up.
veth() {
	local a=NS_$1 b=NS_$3
	ip link add "$2" netns "${!a}" type veth peer name "$4" netns "${!b}" || return 1
	ip -n "${!a}" link set "$2" up && ip -n "${!b}" link set "$4" up
}
# takes_xdp NS IFNAME... : a veth that receives what XDP redirects to it: by its GRO, before Linux 5.13 by an XDP program.
takes_xdp() {
	local n=$1 i release; shift
	for i in "$@"; do at "$n" ethtool -K "$i" gro on >/dev/null 2>&1; done
	IFS=. read -r -a release < <(uname -r)
	[ $((release[0] * 100 + ${release[1]%%[!0-9]*})) -lt 513 ] || return 0
	bg NAPI at "$n" "$TESTBIN/tools/xdp_pass" "$@" >"$T/napi.$n"
	poll 10 grep -q attached "$T/napi.$n"
}
# br_netfilter NS 0|1 : whether iptables see what is bridged, where it is loaded
br_netfilter() { at "$1" sysctl -qw net.bridge.bridge-nf-call-{iptables,ip6tables,arptables}="$2" 2>/dev/null; }
# forwarding COUNT : so many ports of m's bridges forward
forwarding() { [ "$(at m bridge link show | grep -c 'state forwarding')" = "$1" ]; }
# is_up NS IFNAME : in the kernel's words, which come from a queue, some time after the carrier
is_up() { nsip "$1" link show "$2" | grep -q ' state UP '; }
# bridged_hosts COUNT [SETTING...] : hosts h1, h2 and so on, the e0 of each with the address 02:00:00:00:00:0N, at the
# ports eth1, eth2 of br0 in m, a new bridge with these settings. XDP may carry their frames: the hosts fill in
# checksums and tags themselves, and receive what is redirected to them.
bridged_hosts() {
	local count=$1 i; shift
	ns m
	nsip m link add br0 type bridge "$@"
	br_netfilter m 0
	for ((i = 1; i <= count; i++)); do
		ns h$i
		veth m eth$i h$i e0
		nsip h$i link set e0 address 02:00:00:00:00:0$i
		at h$i ethtool -K e0 tx off txvlan off tx-vlan-stag-hw-insert off >/dev/null 2>&1
		takes_xdp h$i e0
		nsip m link set eth$i master br0
	done
	nsip m link set br0 up
	poll 5 forwarding "$count"
	poll 5 is_up m br0 # a bridge's state follows its ports' up to a second later
}
# What the xdp_bridge in m has taken: so many ports are fast; none has a program.
fast_ports() { [ "$(at m "$BIN/xdp_bridge" status 2>/dev/null | awk '$4 == "fast"' | wc -l)" = "$1" ]; }
no_xdp() { ! nsip m link show | grep -q xdp; }
gro_makes_napi() { [ -z "${NAPI:-}" ]; }
# bg VAR [at NAME] command... : in the background, its own process number (no shell in between) in VAR, ended by cleanup.
bg() {
	local var=$1 v; shift
	if [ "$1" = at ]; then
		v=NS_$2; shift 2
		set -- nsenter --net=/var/run/netns/"${!v}" "$@"
	fi
	"$@" &
	printf -v "$var" '%s' $!
	PIDS+=($!)
}
# poll SECONDS command... : until it succeeds. A guest is slow, and gets five times as many.
poll() {
	local end=$(($(date +%s%N) + $1 * (${#LAB} ? 5 : 1) * 1000000000)); shift
	until "$@" >/dev/null 2>&1; do [ "$(date +%s%N)" -lt $end ] || return 1; sleep 0.05; done
}
need() { local c; for c in "$@"; do command -v "$c" >/dev/null || skip_all "$c is not installed (make deps)"; done; }
need_root() { [ "$(id -u)" = 0 ] || skip_all "needs root for network namespaces (run make check as root)"; }
