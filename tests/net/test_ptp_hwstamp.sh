#!/bin/bash
# Hardware time stamping is asked for, set as little as needed and put back, whatever the driver says: a driver that
# tests/tools/hwfake plays over veth. Real ones are in tests/lab/nic.
. "$(dirname "$0")/lib.sh"
need_root
need setpriv
fake=$TESTBIN/tools/hwfake sniff=$BIN/ptpsniff send=$BIN/ptpsend st=$T/st
echo "0 0" >"$st"
"$fake" "$st" -- true || skip_all "seccomp user notification is not to be had here"

ns a b
veth a pa b pb
state() { cat "$st"; }
sets() { paste -sd, "$st.log" 2>/dev/null; }
device() { echo "$1" >"$st"; rm -f "$st.log"; }
listens() { poll 10 grep -q 'listening on pb' "$T/err"; }

# What is set before | the driver | ptpsniff's options | while it runs | what was written | what it says
while IFS='|' read -r what before driver options during written says; do
	device "$before"
	# shellcheck disable=SC2086 # lists of options
	bg SNIFF at b "$fake" "$st" $driver -- "$sniff" -i pb $options >"$T/out" 2>"$T/err"
	listens || cat "$T/err"
	equal "$what: while it listens" "$during" "$(state)"
	kill "$SNIFF"; wait "$SNIFF"
	equal "$what: status" 0 $?
	equal "$what: written" "$written" "$(sets)"
	if [ -n "$says" ]; then check "$what: $says" grep -qF -- "$says" "$T/err"
	else equal "$what: nothing to say" 2 "$(wc -l <"$T/err")"; fi
done <<'ROWS'
the least that does|0 0|||1 12|1 12,0 0|
transmit is on already|1 0|||1 12|1 12,1 0|
one-step transmit stays|2 0|--tx-types 0x7||2 12|2 12,2 0|
all is on already|1 1|--filters 0x1003||1 1||
events are on already, transmit off|0 12|||0 12||
a driver that widens|0 0|--filters 0x1003 --widen 12:1||1 1|1 1,0 0|
ERANGE: the next one|0 0|--filters 0x1003 --refuse 12:34||1 1|1 1,0 0|pb: HWTSTAMP_FILTER_PTP_V2_EVENT cannot be set: the driver does not take it
Ethernet alone|0 0|--filters 0x201||1 9|1 9,0 0|pb stamps with HWTSTAMP_FILTER_PTP_V2_L2_EVENT only: other messages have the system's stamps
UDP alone|0 0|--filters 0x41||1 6|1 6,0 0|pb stamps with HWTSTAMP_FILTER_PTP_V2_L4_EVENT only
what the driver chooses|0 0|--filters 0x5||1 2|1 2,0 0|pb stamps with HWTSTAMP_FILTER_SOME only
receive alone|0 0|--tx-types 1||0 12|0 12,0 0|
EBUSY|0 0|--refuse -1:16||0 0||it is held by another program, or by a port of the switch behind it: the system's time stamps it is
PTP version 1 alone|0 0|--filters 0x9||0 0||its hardware stamps no PTP messages: the system's time stamps it is
behind a switch tag|0 0||--tagger edsa|0 0||its hardware stamps no frames behind a switch tag: the system's time stamps it is
behind a switch tag, all|0 0|--filters 0x1003|--tagger edsa|1 1|1 1,0 0|
it cannot be read|0 0|--unreadable||1 12|1 12|its time stamp configuration cannot be read (Operation not supported): what is set now stays set
the system's are asked for|0 0||--timestamps software|0 0||
ROWS

# Hardware stamps or none.
refused() { # refused WHAT SENTENCE DRIVER COMMAND... : a sentence, status 1, nothing written
	local what=$1 sentence=$2 driver=$3; shift 3
	device "0 0"
	# shellcheck disable=SC2086
	at b timeout 10 "$fake" "$st" $driver -- "$@" >"$T/out" 2>"$T/err"
	equal "$what: status, written" "1 " "$? $(sets)"
	check "$what: $sentence" grep -qF -- "$sentence" "$T/err"
}
raw="setpriv --reuid=65534 --regid=65534 --clear-groups --inh-caps=+net_raw --ambient-caps=+net_raw"
refused "EBUSY" "--timestamps software takes the system's" "--refuse -1:16" "$sniff" -i pb --timestamps hardware
refused "no PTP" "its hardware stamps no PTP messages" "--filters 0x1" "$sniff" -i pb --timestamps hardware
# shellcheck disable=SC2086
refused "without CAP_NET_ADMIN" "that needs CAP_NET_ADMIN" "" $raw "$sniff" -i pb --timestamps hardware
refused "ptpsend, no transmit stamps" "the device stamps nothing that is sent" "--tx-types 1" "$send" -i pb -t hardware
refused "ptpsend, EPERM" "no hardware time stamps: Operation not permitted" "" $raw "$send" -i pb -t hardware

# Nothing is to be set: no privilege is needed, and none kept.
device "1 12"
# shellcheck disable=SC2086
bg SNIFF at b "$fake" "$st" -- $raw "$sniff" -i pb --timestamps hardware >"$T/out" 2>"$T/err"
listens
equal "it is set as needed: no privilege" 0000000000000000 "$(sed -n 's/^CapPrm:[[:space:]]*//p' "/proc/$SNIFF/status")"
kill "$SNIFF"; wait "$SNIFF"
equal "it is set as needed: status, written" "0 " "$? $(sets)"

# However it ends, it is put back; CAP_NET_ADMIN is what is left for that. A frame without the device's stamp says so.
for how in TERM INT HUP down count reader; do
	device "0 0"
	case $how in count) options="-c 1" ;; *) options= ;; esac
	# shellcheck disable=SC2086
	bg SNIFF at b "$fake" "$st" -- "$sniff" -i pb $options > >(if [ $how = reader ]; then read -r _; else cat >"$T/out"; fi) 2>"$T/err"
	listens
	equal "$how: set" "1 12" "$(state)"
	[ $how != TERM ] || equal "nobody, with CAP_NET_ADMIN" "65534 0000000000001000" \
		"$(awk '/^Uid/ { u = $2 } /^CapPrm/ { c = $2 } END { print u, c }' "/proc/$SNIFF/status")"
	case $how in
	down) nsip b link set pb down ;;
	count | reader) at a "$send" -q -i pa -m sync -n 8 -r 50 ;;
	*) kill -$how "$SNIFF" ;;
	esac
	wait "$SNIFF"
	nsip b link set pb up
	equal "$how: put back" "0 0" "$(state)"
done
device "0 0"
bg SNIFF at b "$fake" "$st" -- "$sniff" -i pb -c 1 >"$T/out" 2>"$T/err"
listens
at a "$send" -q -i pa -m sync -1 -n 1
wait "$SNIFF"
check "a stamp is labelled with the clock that made it" grep -q '^[0-9:.]* system pb .* Sync ' "$T/out"

# Somebody else sets it meanwhile: theirs stays.
for program in sniff send; do
	device "0 0"
	case $program in
	sniff) bg RUNS at b "$fake" "$st" -- "$sniff" -i pb >"$T/out" 2>"$T/err" ;;
	send) bg RUNS at b "$fake" "$st" --filters 0x1003 -- "$send" -i pb -n 1000 -r 20 >"$T/out" 2>"$T/err" ;;
	esac
	poll 10 eval '[ "$(state)" != "0 0" ]'
	poll 10 test -s "$T/err"
	echo "1 1" >"$st"
	kill "$RUNS"; wait "$RUNS"
	equal "ptp$program: somebody else's stays: status, state" "0 1 1" "$? $(state)"
	check "ptp$program: and it says so" grep -q 'pb: somebody else has set its time stamping meanwhile: it stays so' "$T/err"
done

# ptpsend: on, and back; what has no stamp of the device carries none of the system's.
device "0 0"
at b "$fake" "$st" -- "$send" -i pb -m e2e -n 5 -r 20 -t hardware >"$T/out" 2>"$T/err"
equal "ptpsend: status, written" "0 1 0,0 0" "$? $(sets)"
check "ptpsend: stamps that do not come are said" grep -q 'pb: no time stamp of the device.s clock came for 3 frames in a row' "$T/err"
equal "ptpsend: no Follow_Up or Delay_Resp without the device's stamp" 0 "$(grep -cE ' (Follow_Up|Delay_Resp) ' "$T/out")"
device "1 0"
at b "$fake" "$st" -- "$send" -q -i pb -n 1 -t hardware
equal "ptpsend: transmit is on already: status, written" "0 " "$? $(sets)"
finish
