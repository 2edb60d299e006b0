#!/bin/bash
# xdp_bridge on a bridge that never comes to rest, for MINUTES, from a random SEED: addresses come, move, age and are
# deleted, ports flap, leave, block and change their flags, the process is killed and started again, while frames flow
# between all stations. No frame may arrive where the plain bridge could not have delivered it (tests/tools/strays).
# Every now and then all comes to rest: then each frame arrives exactly where the kernel's tables say, and the fast
# path's table is the kernel's. In the second half the process stays, and must not grow. At the end nothing is left.
. "$(dirname "$0")/../net/lib.sh"
need_root
need ethtool bridge

XB=$BIN/xdp_bridge MINUTES=${MINUTES:-10} SEED=${SEED:-$(od -An -N3 -tu4 /dev/urandom | tr -d ' ')}
PORTS=6 HOSTS=12 GHOSTS=28 # addresses 1 to HOSTS are sent from; those up to GHOSTS only have entries made by hand
BULK=6000 STEPS_TO_REST=$((${#LAB} ? 8 : 40)) RATE=$((${#LAB} ? 100 : 2000)) GROWTH_KB=1024
! grep -q __asan_init "$XB" || GROWTH_KB=65536 # freed memory is kept back
RANDOM=$SEED STEP=0 SAID=0 FORWARDED=0 RESTS=0 STARTS=0 KILLS=0 RESYNCS=0
echo "# SEED=$SEED MINUTES=$MINUTES"
: >"$T/err" >"$T/log"

# ---- what is asked and said ----
fdb() { at m bridge fdb "$@"; }
runs() { [ -n "$XB_PID" ]; }
pick() { PICK=${*:$((RANDOM % $# + 1)):1}; }
mac() { printf -v MAC '02:00:00:00:01:%02x' "$1"; }
note() { echo "$(date +%T) step $STEP, state $SAID: $*" >>"$T/log"; }
must() { "$@" >"$T/out" 2>&1 || broken "'$*': $(tail -n 1 "$T/out")"; }
broken() {
	not_ok "$*"
	echo "# SEED=$SEED, step $STEP; the last changes:"
	tail -n 40 "$T/log" | sed 's/^/# /'
	tail -n 30 "$T/strays" | sed 's/^/# /'; tail -n 10 "$T/err" | sed 's/^/# /'
	finish
}
tell() {
	echo "$*" >&"${TALK[1]}"
	read -r -t 60 ANSWER <&"${TALK[0]}" || ANSWER="no answer"
	case $1 in port | entry | host) SAID=$((SAID + 1)) ;; esac
}

# ---- what the bridge may do now ----
# Ports 1 and 2 never leave the bridge and are isolated from each other for good.
declare -A IN UP STATE MEMBER ISOLATED HAIRPIN FLOOD BCAST LEARNING HOME_OF AT
defaults() { STATE[$1]=3 MEMBER[$1]=1 ISOLATED[$1]=$(($1 <= 2)) HAIRPIN[$1]=0 FLOOD[$1]=1 BCAST[$1]=1 LEARNING[$1]=1; }
tell_port() {
	local forwards=0
	[ "${IN[$1]}${UP[$1]}${STATE[$1]}${MEMBER[$1]}" != 1131 ] || forwards=1
	tell port "$1" $forwards "${ISOLATED[$1]}" "${HAIRPIN[$1]}" "${FLOOD[$1]}" "${BCAST[$1]}"
}
# While a port changes anything may pass it; afterwards what the kernel has answered holds at once, where it closes a
# port within the call that changes it, else when it is followed.
loosen() { tell port "$1" 1 $(($1 <= 2)) 1 1 1; }
tighten() {
	[ -z "$LATE" ] || return 0
	[ -n "$CLOSES_AT_ONCE" ] || caught_up
	tell_port "$1"; tell burst "$1"
}
# Ports change while the process cannot hear of it: what holds then holds only where it need not hear.
change_unheard() { # TIMES
	local i
	[ -n "$CLOSES_AT_ONCE" ] || LATE=1
	for ((i = 0; i < $1; i++)); do change_port; done
	LATE=
}
tighten_all() { local p; for ((p = 1; p <= PORTS; p++)); do tighten $p; done; }
caught_up() { ! runs || { at m "$XB" status >/dev/null; at m "$XB" status >/dev/null; }; }
# The entries on a port are gone: frames to these addresses may be flooded.
forget() { # PORT
	local a
	for ((a = 1; a <= GHOSTS; a++)); do
		[ $a -le $HOSTS ] || [ "${AT[$a]:-}" = "$1" ] || continue
		tell entry $a $MASK_ALL 1
		unset "AT[$a]"
	done
}
MASK_ALL=$(((1 << (PORTS + 1)) - 2))
# some_port [LEAST] : one that is in the bridge and up, and no number below LEAST; in $PICK
some_port() {
	local p all=()
	for ((p = ${1:-1}; p <= PORTS; p++)); do [ "${IN[$p]}${UP[$p]}" != 11 ] || all+=($p); done
	[ ${#all[@]} -gt 0 ] && pick "${all[@]}"
}

# ---- changes of ports; CHANGES_PORTS are told at once, whether or not the process is awake ----
change() { # PORT WHAT COMMAND... : what the port is to be stands in the variables
	note "p$1 $2"
	loosen "$1"
	must "${@:3}"
	tighten "$1"
}
toggle() { # PORT VARIABLE FLAG
	local -n value=$2
	value[$1]=$((1 - value[$1]))
	change "$1" "$3 ${value[$1]}" at m bridge link set dev "p$1" "$3" "$([ "${value[$1]}" = 1 ] && echo on || echo off)"
}
isolate() { ! some_port 3 || toggle $PICK ISOLATED isolated; }
hairpin() { ! some_port || toggle $PICK HAIRPIN hairpin; }
flood() { ! some_port || toggle $PICK FLOOD flood; }
bcast_flood() { ! some_port || toggle $PICK BCAST bcast_flood; }
learning() { ! some_port || toggle $PICK LEARNING learning; }
port_state() { # [PORT STATE]
	local p=${1:-}
	[ -n "$p" ] || some_port || return 0
	p=${p:-$PICK}; pick ${2:-0 1 2 4 3}
	STATE[$p]=$((PICK < 4 ? PICK : 3)) # without STP br_make_forwarding() ends blocking at once
	change $p "state $PICK" at m bridge link set dev p$p state $PICK
}
take_down() {
	some_port || return 1
	UP[$PICK]=0
	change $PICK down nsip m link set p$PICK down
}
# A port that comes up forwards, whatever its state was.
bring_up() {
	local p=$1
	note "p$p up"
	loosen "$p"
	UP[$p]=1 STATE[$p]=3
	must nsip m link set "p$p" up
	poll 10 is_up m "p$p" # else its state may not be set yet, or be set again
	tighten "$p"
}
flap() { ! take_down || bring_up $PICK; }
leave() {
	some_port 3 || return 1
	IN[$PICK]=0
	forget $PICK
	change $PICK leaves nsip m link set p$PICK nomaster
}
join() {
	IN[$1]=1
	defaults $1
	change $1 joins nsip m link set p$1 master br0
}
rejoin() { ! leave || join $PICK; }
vlan() { # [PORT]
	local p=${1:-}
	[ -n "$FILTERS" ] || return 0
	[ -n "$p" ] || some_port || return 0
	p=${p:-$PICK}; MEMBER[$p]=$((1 - MEMBER[$p]))
	if [ ${MEMBER[$p]} = 1 ]; then
		change $p "joins VLAN 1" at m bridge vlan add dev p$p vid 1 pvid untagged
	else
		change $p "leaves VLAN 1" at m bridge vlan del dev p$p vid 1
	fi
}
# mend : a port that does not forward does so again
mend() {
	local p
	for ((p = 1; p <= PORTS; p++)); do
		if [ ${IN[$p]} = 0 ]; then
			join $p
		elif [ ${UP[$p]} = 0 ]; then
			bring_up $p
		elif [ ${STATE[$p]} != 3 ]; then
			port_state $p 3
		elif [ ${MEMBER[$p]} = 0 ]; then
			vlan $p
		elif [ ${LEARNING[$p]} = 0 ]; then
			toggle $p LEARNING learning
		else
			continue
		fi
		[ $((RANDOM % 3)) = 0 ] || return 0
	done
}
CHANGES_PORTS=(isolate hairpin flood bcast_flood learning port_state take_down flap leave rejoin vlan mend mend mend mend)
change_port() { pick "${CHANGES_PORTS[@]}"; $PICK; }

bridge_flap() {
	local p
	note "br0 down and up"
	for ((p = 1; p <= PORTS; p++)); do loosen $p; [ ${UP[$p]} = 0 ] || STATE[$p]=3; done
	must nsip m link set br0 down
	must nsip m link set br0 up
	for ((p = 1; p <= PORTS; p++)); do tighten $p; done
}
port_is() { [ "$(at m bridge link show dev "p$1" | sed -n 's/.* state \([a-z]*\) .*/\1/p')" = "$2" ]; }
carrier() {
	some_port || return 0
	note "p$PICK loses its carrier"
	loosen $PICK
	STATE[$PICK]=3
	must nsip h link set e$PICK down
	poll 10 port_is $PICK disabled || broken "p$PICK is not disabled without a carrier"
	must nsip h link set e$PICK up
	poll 10 port_is $PICK forwarding || broken "p$PICK does not forward when its carrier is back"
	tighten $PICK
}
# A port that is a new one each time.
extra_port() {
	if [ -z "$EXTRA" ]; then
		EXTRA=x$STEP; note "$EXTRA joins"
		must nsip m link add $EXTRA type veth peer name y$STEP
		must nsip m link set $EXTRA up master br0
	else
		note "$EXTRA is deleted"
		must nsip m link del $EXTRA
		EXTRA=
	fi
}
# Another bridge with addresses, which is nobody's business.
other_bridge() {
	note "another bridge comes and goes"
	printf '%s\n' "link add o$STEP type bridge" "link add q0 type veth peer name q1" "link set q0 master o$STEP" >"$T/batch"
	must nsip m -batch "$T/batch"
	printf 'fdb add 02:cc:00:00:00:%02x dev q0 master static\n' 1 2 3 4 5 >"$T/batch"
	must at m bridge -batch "$T/batch"
	printf '%s\n' "link del q0" "link del o$STEP" >"$T/batch"
	must nsip m -batch "$T/batch"
}
# What makes everything slow for a while.
slow() {
	pick "set br0 promisc on" "set br0 mtu 1400"; note "br0: $PICK"
	must nsip m link $PICK
	for i in 1 2 3; do change_port; done
	must nsip m link set br0 promisc off mtu 1500
}
ageing() { pick 200 500 3000; note "ageing time $PICK"; must nsip m link set br0 type bridge ageing_time $PICK; }

# ---- changes of addresses ----
# Where VLANs are filtered all is in VLAN 1, and a port that is no member of it takes no entry.
member_port() { some_port && [ ${MEMBER[$PICK]} = 1 ]; }
explained() { at m "$XB" explain br0 "$1" $FILTERS | head -n 1 | grep -q "$2"; }
# It holds when the kernel has answered and the process, if there is one, knows.
known_as() {
	! runs || poll 20 explained "$1" "$2" ||
		broken "$1 is not '$2' to xdp_bridge: $(at m "$XB" explain br0 "$1" $FILTERS)"
}
ghost() { GHOST=$((RANDOM % (GHOSTS - HOSTS) + HOSTS + 1)); mac $GHOST; }
set_ghost() {
	local kind
	ghost
	pick static "static sticky" "dynamic extern_learn" permanent; kind=$PICK
	member_port || return 0
	note "ghost $GHOST at p$PICK, $kind"
	tell entry $GHOST $MASK_ALL 1
	AT[$GHOST]=$PICK
	must fdb replace "$MAC" dev p$PICK master $kind ${FILTERS:+vlan 1}
	case $kind in
	permanent) known_as "$MAC" "local on p$PICK\$"; tell entry $GHOST 0 0 ;;
	static*) known_as "$MAC" "static on p$PICK\$"; tell entry $GHOST $((1 << PICK)) 0 ;;
	*) known_as "$MAC" " on p$PICK\$" ;; # what the entry was otherwise stays: it may be flooded, or be local
	esac
}
unset_ghost() {
	ghost
	[ -n "${AT[$GHOST]:-}" ] || return 0
	note "ghost $GHOST is deleted"
	tell entry $GHOST $MASK_ALL 1
	# What another program learned may have been flushed; a port that is no member of the VLAN lets none be deleted.
	fdb del "$MAC" dev p${AT[$GHOST]} master ${FILTERS:+vlan 1} 2>/dev/null ||
		! fdb get "$MAC" br br0 ${FILTERS:+vlan 1} >/dev/null 2>&1 || return 0
	unset "AT[$GHOST]"
}
move_host() {
	local host=$((RANDOM % HOSTS + 1)) to=$((RANDOM % PORTS + 1))
	note "host $host to p$to"
	HOME_OF[$host]=$to
	tell host $host $to
}
# An entry of a host by hand, where it is or elsewhere, or none.
host_entry() {
	local host=$((RANDOM % HOSTS + 1)) kind
	mac $host
	tell entry $host $MASK_ALL 1
	pick "dynamic" "dynamic" static "static sticky" "dynamic extern_learn" none none none none; kind=$PICK
	member_port || return 0
	note "host $host: $kind at p$PICK"
	if [ "$kind" = none ]; then
		for ((PICK = 1; PICK <= PORTS; PICK++)); do fdb del "$MAC" dev p$PICK master ${FILTERS:+vlan 1} 2>/dev/null; done
	else # a port that neither learns nor forwards is refused what ages
		fdb replace "$MAC" dev p$PICK master $kind ${FILTERS:+vlan 1} 2>/dev/null
	fi
}
flush() {
	if some_port && [ $((RANDOM % 2)) = 0 ]; then
		note "p$PICK is flushed"
		loosen $PICK
		must nsip m link set p$PICK type bridge_slave fdb_flush
		[ ${STATE[$PICK]} != 0 ] || STATE[$PICK]=3 # br_port_carrier_check() enables a port at every change of its link
		tighten $PICK
	else
		note "br0 is flushed"
		must nsip m link set br0 type bridge fdb_flush
	fi
}
# Many at once. Half of them age.
bulk() {
	local i n p kind
	member_port || return 0
	p=$PICK; pick static dynamic; kind=$PICK
	pick 10 100 2000; note "$PICK addresses at p$p, $kind"
	for ((i = 0; i < PICK; i++)); do
		n=$((RANDOM % BULK))
		printf 'fdb replace 02:bb:00:00:%02x:%02x dev p%d master %s %s\n' $((n >> 8)) $((n & 255)) $p $kind "${FILTERS:+vlan 1}"
	done >"$T/batch"
	at m bridge -force -batch "$T/batch" >/dev/null 2>&1 # a port that does not learn is refused what ages
}
bulk_gone() {
	local first=$((RANDOM % 40)) lines # of each 40 those from here on
	fdb show br br0 | awk -v f=$first '/^02:bb/ && ++n % 40 >= f {
		print "fdb del", $1, "dev", $3, "master", $4 == "vlan" ? "vlan " $5 : "" }' >"$T/batch"
	lines=$(wc -l <"$T/batch")
	note "$lines addresses are deleted"
	at m bridge -force -batch "$T/batch" >/dev/null 2>&1 # some age meanwhile
}
CHANGES=("${CHANGES_PORTS[@]}" bridge_flap carrier extra_port extra_port other_bridge slow ageing set_ghost set_ghost set_ghost
	set_ghost set_ghost unset_ghost unset_ghost move_host move_host move_host move_host host_entry host_entry flush bulk bulk
	bulk_gone change_asleep change_process)
change_asleep() {
	runs || return 0
	note "xdp_bridge sleeps"
	tell hello; tell burst 0; tell burst 0
	kill -STOP $XB_PID
	change_unheard 3
	note "xdp_bridge wakes"
	kill -CONT $XB_PID
	tighten_all
}

# ---- the process ----
has_xdp() { nsip m link show | grep -q xdp; }
no_xdp() { ! has_xdp; }
answers() { at m "$XB" status; }
# Ports change while it starts, too.
start() {
	pick "" "" "--receive-buffer 4096"
	note "xdp_bridge starts $PICK"
	bg STARTED at m "$XB" --quiet $PICK br0 2>>"$T/err"
	STARTS=$((STARTS + 1)) WAS_FAST=0
	change_unheard $((RANDOM % 4))
	poll 20 answers || broken "xdp_bridge does not start: $(tail -n 1 "$T/err")"
	XB_PID=$STARTED
	tighten_all
	PROGRAM=$(nsip m link show p1 | sed -n 's/.*prog\/xdp id \([0-9]*\).*/\1/p')
}
# What XDP has forwarded, at least: a port that leaves takes its count with it.
sample() {
	local fast
	runs || return 0
	at m "$XB" status --json >"$T/status"
	fast=$(awk -F'[:,]' '/"in_fast"/ { n += $2 } END { print n + 0 }' "$T/status")
	FORWARDED=$((FORWARDED + (fast > WAS_FAST ? fast - WAS_FAST : 0))) WAS_FAST=$fast
}
stop() { # SIGNAL
	local rc
	sample
	RESYNCS=$((RESYNCS + $(sed -n 's/.*"resyncs": \([0-9]*\).*/\1/p' "$T/status")))
	note "xdp_bridge is ended, $1"
	kill -$1 $XB_PID; wait $XB_PID 2>/dev/null; rc=$?
	[ $1 = KILL ] || [ $rc -eq 0 ] || broken "xdp_bridge ends with status $rc"
	XB_PID=
	poll 10 no_xdp || broken "a program is left on a port: $(nsip m link show | grep xdp)"
}
change_process() {
	if ! runs; then
		start
	elif [ -z "$STAYS" ]; then
		pick KILL TERM
		KILLS=$((KILLS + 1))
		stop $PICK
	fi
}

# ---- rest ----
# What the fast path should have of the kernel's entries: "ADDRESS dev PORT [vlan N] [static]".
kernel_table() {
	fdb show br br0 | awk '/ master / && !/ permanent/ { print $1, $2, $3 ($4 == "vlan" ? " vlan " $5 : "") \
		(/ static| extern_learn/ ? " static" : "") }' | sort
}
same_table() {
	kernel_table >"$T/before"
	at m "$TESTBIN/tools/fast_table" p1 2>"$T/stale" | sort >"$T/fast"
	kernel_table >"$T/kernel"
	cmp "$T/before" "$T/kernel" && diff "$T/kernel" "$T/fast" >"$T/diff" && grep -q '^stale 0 lost 0$' "$T/stale"
}
states_hold() {
	local p want
	at m bridge link show >"$T/links"
	for ((p = 1; p <= PORTS; p++)); do
		[ ${IN[$p]} = 1 ] || continue
		want=(disabled listening learning forwarding blocking)
		[ ${UP[$p]} = 1 ] && want=${want[${STATE[$p]}]} || want=disabled
		grep -q "[: ]p$p[@:].* state $want " "$T/links" || return 1
	done
}
# entries : what the kernel has now is what may be, and must be. A host without an entry has one as soon as it has sent.
entries() {
	local address mask flooded
	fdb show br br0 ${FILTERS:+vlan 1} | sed -n 's/^02:00:00:00:01:/0x/p' >"$T/entries"
	while read -r address mask flooded; do tell entry $address $mask $flooded; done < <(
		for ((address = 1; address <= HOSTS; address++)); do echo "home $address ${HOME_OF[$address]}"; done |
			awk -v last=$((GHOSTS + 2)) 'FILENAME == "-" { home[$2] = $3; next }
			{ n = 0; h = substr($1, 3); for (i = 1; i <= 2; i++) n = n * 16 + index("0123456789abcdef", substr(h, i, 1)) - 1 }
			/ permanent/ { mask[n] = 0; fixed[n] = 1; next }
			{ p = substr($3, 2); mask[n] = 2 ^ p; if (/ static/) fixed[n] = 1 }
			END { for (n = 1; n <= last; n++) print n, (n in mask) ? mask[n] : (n in home) ? 2 ^ home[n] : 0, (n in fixed) ? 0 : 1 }' \
			- "$T/entries")
}
rest() {
	local s
	[ -n "$XB_PID" ] || start
	note "rest"
	tell stop; [ "$ANSWER" = ok ] || broken "strays: $ANSWER"
	poll 10 states_hold || broken "the ports are not as they were made: $(cat "$T/links")"
	tell hello
	poll 30 same_table || broken "the fast path's table is not the kernel's: $(head -n 20 "$T/diff"; cat "$T/stale")"
	ADDRESSES=$((ADDRESSES + $(wc -l <"$T/kernel")))
	entries
	tell exact; [ "$ANSWER" = ok ] || broken "frames that did not arrive as the kernel's tables say: $ANSWER"
	tell count; s=$ANSWER
	[[ $s == *" strays 0" ]] || broken "frames where they may not be: $s"
	COUNT=$s RESTS=$((RESTS + 1))
	sample
	tell go
}
# alike : all ports are there and forward, so that sizes can be compared.
alike() {
	local i
	for ((i = 0; i < 5 * PORTS; i++)); do mend; done
	[ -z "$EXTRA" ] || extra_port
	rest
}
# size : of the process, in KiB, and its descriptors
size() { ! runs || echo "$(awk '/^VmRSS/ { print $2 }' /proc/$XB_PID/status) $(ls /proc/$XB_PID/fd | wc -l)"; }

report() {
	said=$now
	echo "# $(((now - begun) / 60)) min: step $STEP, $RESTS rests, $COUNT, $FORWARDED by XDP, size $(size)"
}

# ---- start ----
ns h m
EXTRA='' LATE='' XB_PID='' STAYS='' CLOSES_AT_ONCE='' FILTERS='' COUNT='' ADDRESSES=0
stations=()
br_netfilter m 0
# Without a forward delay: when it is over, a port that was told to listen or learn meanwhile is made to forward.
nsip m link add br0 type bridge ageing_time 500 forward_delay 0 mcast_query_interval 1000000
if nsip m link set br0 type bridge vlan_filtering 1 2>/dev/null; then
	FILTERS=1
else
	echo "# this kernel's bridge does not filter VLANs: none change here (tests/lab/run -k uml $0 does it in a guest)"
fi
nsip m link set br0 up
for ((p = 1; p <= PORTS; p++)); do
	veth m p$p h e$p
	at h ethtool -K e$p tx off txvlan off tx-vlan-stag-hw-insert off >/dev/null 2>&1
	takes_xdp h e$p
	IN[$p]=1 UP[$p]=1 LEARNING[$p]=1
	defaults $p
	nsip m link set p$p master br0
	stations+=("$p,/run/netns/$NS_h,e$p")
done
at m bridge link set dev p1 isolated on; at m bridge link set dev p2 isolated on
coproc TALK { exec "$TESTBIN/tools/strays" -r "$RATE" -s "$SEED" "${stations[@]}" 2>"$T/strays"; }
PIDS+=("$TALK_PID")
for ((p = 1; p <= PORTS; p++)); do tell_port $p; done
for ((i = 1; i <= HOSTS; i++)); do HOME_OF[$i]=$(((i - 1) % PORTS + 1)); tell host $i ${HOME_OF[$i]}; done
poll 10 states_hold || broken "the ports do not come to forward"
start
[ -z "$(bpftool prog 2>/dev/null | grep 'name port_changes')" ] || CLOSES_AT_ONCE=1
[ -n "$CLOSES_AT_ONCE" ] || echo "# this kernel permits no fentry program: a port's change holds when it has been followed"
tell go

begun=$(date +%s) end=$(($(date +%s) + MINUTES * 60)) said=$begun
half=$(((begun + end) / 2)) warm=$((half + (end - half) / 5))
while now=$(date +%s); [ $now -lt $end ]; do
	STEP=$((STEP + 1))
	if [ -z "$STAYS" ] && [ $now -ge $half ]; then STAYS=1; runs || start; fi
	pick "${CHANGES[@]}"
	$PICK
	[ $((STEP % STEPS_TO_REST)) != 0 ] || rest
	[ -n "${WARM:-}" ] || [ $now -lt $warm ] || { alike; WARM=$(size); }
	[ $((now - said)) -lt 60 ] || report
done
alike
LAST=$(size) SENT=${COUNT#sent } SENT=${SENT%% *}
stop TERM
ok "$STEP changes, $KILLS ends and $STARTS starts of the process, tables read again $RESYNCS times: $COUNT"
ok "$RESTS rests: every frame where the tables say, the fast path's table the kernel's ($((ADDRESSES / RESTS)) addresses)"
check "XDP carried $FORWARDED frames, at least" [ "$FORWARDED" -gt $((SENT / 100)) ]
check "the process has not grown: KiB and descriptors $WARM, then $LAST" \
	[ "${LAST% *}" -le $((${WARM% *} + GROWTH_KB)) -a "${LAST#* }" -le "${WARM#* }" ]
check "no program is left in the kernel" poll 10 eval "! bpftool prog show id $PROGRAM"
finish
