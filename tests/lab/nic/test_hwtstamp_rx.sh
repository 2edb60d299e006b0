#!/bin/bash
# Hardware receive time stamps of real drivers, between two NICs of a kind: what ptpsniff says of them is what the
# device gave, and its setting is put back. The models are QEMU's: its igb stamps, its e1000e is asked and gives
# none, virtio has no clock.
. "$(dirname "$0")/lib.sh"
need ethtool hwstamp_ctl

setting() { at b hwstamp_ctl -i e0 2>/dev/null | sed -n 's/^\(tx_type\|rx_filter\) //p' | paste -sd/; }
# Stamps of the Syncs that ptpsniff printed: how many are of a PTP clock, and do they go forward?
syncs() { awk '/ Sync /{ print $2, $1 }' "$T/sniff"; }
of_device() { syncs | grep -c '^ptp[0-9]'; }
forward() { syncs | sort -c -k2; }

sniffs() { bg SNIFF at b "$BIN/ptpsniff" -i e0 --timestamps hardware >"$T/sniff" 2>"$T/sniff.err" && poll 10 grep -q listening "$T/sniff.err"; }
ended() { ! kill -0 "$1"; }
stop() { kill "$1"; poll 10 ended "$1"; }

# stamps NAME N : so many of four Syncs carry the device's time.
stamps() {
	local name=$1 before
	before=$(setting)
	sniffs || not_ok "$name: ptpsniff listens: $(tail -n 1 "$T/sniff.err")"
	equal "$name: ptpsniff has the device stamp PTP events" 12 "$(setting | cut -d/ -f2)"
	at a timeout 60 "$BIN/ptpsend" -q -i e0 -n 4 -r 2 -m sync -t software
	poll 10 eval '[ "$(syncs | wc -l)" -ge 4 ]' || not_ok "$name: four Syncs arrive"
	equal "$name: Syncs that arrived with the device's time" "$2" "$(of_device)"
	check "$name: time goes forward" forward
	check "$name: ptpsniff ends on SIGTERM" stop "$SNIFF"
	equal "$name: ptpsniff puts the setting back" "$before" "$(setting)"
}
# no_stamps NAME : refused with a sentence, and automatically the system's.
no_stamps() {
	local rc
	at b timeout 10 "$BIN/ptpsniff" -i e0 --timestamps hardware -c 1 >"$T/out" 2>"$T/err"
	rc=$?
	equal "$1: hardware stamps are refused" 1 $rc
	check "$1: with a sentence" grep -q '^ptpsniff: e0: it has no hardware time stamps' "$T/err"
}

model=0
for name in $LAB_NICS; do
	model=$((model + 1)) poller=''
	ns a b
	if ! put $model 1 1 a e0 || ! put $model 1 2 b e0; then
		skip "$name" "the kernel has no driver for it"
		continue
	fi
	resource=$(readlink -f "/sys/bus/pci/devices/$(at b ethtool -i e0 | sed -n 's/^bus-info: //p')")/resource0
	nsip a link set e0 up
	nsip b link set e0 up
	poll 30 linked a e0 b e0 || not_ok "$name: the link comes up"
	case $name in
	igb)
		bg poller "$TESTBIN/tools/reg_poll" "$resource" 0xB630
		stamps igb 4
		kill "$poller"
		;;
	e1000e) stamps e1000e 0 ;;
	*) no_stamps "$name" ;;
	esac
	unplug $model
done
finish
