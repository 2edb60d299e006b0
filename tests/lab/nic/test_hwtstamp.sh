#!/bin/bash
# Hardware transmit time stamps of each NIC model of the guest: ptpsend reads them, labels
# them with the device's clock, and leaves time stamping as it found it.
. "$(dirname "$0")/lib.sh"
need ethtool hwstamp_ctl
send=$BIN/ptpsend

# settings [NS] : tx_type and rx_filter, as the driver tells them
settings() { at "${1:-a}" hwstamp_ctl -i e0 2>/dev/null | sed -n 's/^\(tx_type\|rx_filter\) //p' | paste -sd' '; }
set_to() { at a hwstamp_ctl -i e0 -t "$1" -r "$2" >/dev/null 2>&1; }
lines() { [ "$(wc -l <"$T/out")" -ge "$1" ]; }

hardware() { # hardware NAME
	local name=$1 phc before kept
	phc=ptp$(at a ethtool -T e0 | sed -n 's/^PTP Hardware Clock: //p; s/^Hardware timestamp provider index: //p')
	before=$(settings)
	at a timeout 30 "$send" -i e0 -t hardware -m all -n 3 -r 10 >"$T/out" 2>"$T/err"
	equal "$name: ptpsend ends well" 0 $?
	if grep -q 'no time stamp .*came for 3 frames in a row' "$T/err"; then
		# QEMU's e1000e takes the request and never stamps: no other clock's time in its place.
		equal "$name: without a stamp no Follow_Up, no response that would carry one" 0 \
			"$(grep -cE ' (Follow_Up|Delay_Resp|Pdelay_Resp|Pdelay_Resp_Follow_Up) domain' "$T/out")"
		check "$name: and that is said" grep -q '^ptpsend: 12 messages left out' "$T/err"
	else
		equal "$name: every event message has the stamp of $phc" 12 \
			"$(grep -cE "^[0-9:]+\.[0-9]{9} $phc e0 out .* (Sync|Delay_Req|Pdelay_Req|Pdelay_Resp) domain" "$T/out")"
		equal "$name: Follow_Up carries it" "$(grep ' Sync domain' "$T/out" | cut -d' ' -f1 | cut -d. -f2)" \
			"$(grep ' Follow_Up domain' "$T/out" | grep -oE 'time [0-9]+\.[0-9]+' | cut -d. -f2)"
	fi
	equal "$name: time stamping is as it was" "$before" "$(settings)"

	bg SEND at a "$send" -i e0 -n 100000 -r 20 >"$T/out" 2>"$T/err"
	check "$name: it runs" poll 20 lines 4
	equal "$name: transmit stamping is on meanwhile" 1 "$(settings | cut -d' ' -f1)"
	kill "$SEND"; wait "$SEND"
	equal "$name: SIGTERM ends it well" 0 $?
	equal "$name: and leaves time stamping as it was" "$before" "$(settings)"

	# Somebody else's configuration: kept while it runs, and afterwards.
	set_to 1 12 || set_to 1 1
	kept=$(settings)
	at a timeout 30 "$send" -q -i e0 -t hardware -n 1
	equal "$name: what was on stays on" "$kept" "$(settings)"
	set_to 0 12 || set_to 0 1
	kept=$(settings)
	at a timeout 30 "$send" -q -i e0 -t hardware -n 1
	equal "$name: a receive filter stays" "$kept" "$(settings)"
	bg SEND at a "$send" -i e0 -n 100000 -r 20 >"$T/out" 2>"$T/err"
	poll 20 lines 4
	set_to 1 0
	kept=$(settings)
	kill "$SEND"; wait "$SEND"
	equal "$name: what somebody else sets meanwhile stays" "$kept" "$(settings)"
	set_to 0 0
}

receiving() { # receiving NAME
	local name=$1 phc before kept
	phc=ptp$(at b ethtool -T e0 | sed -n 's/^PTP Hardware Clock: //p; s/^Hardware timestamp provider index: //p')
	before=$(settings b)
	bg SNIFF at b "$BIN/ptpsniff" -i e0 --timestamps hardware >"$T/sniff" 2>"$T/err"
	check "$name: ptpsniff listens with the stamps of $phc" poll 20 grep -q "listening on e0.*time stamps of $phc" "$T/err"
	equal "$name: receive stamping is on meanwhile" 1 "$(settings b | awk '{ print $2 != 0 }')"
	at a timeout 30 "$send" -q -i e0 -t none -m sync -n 5 -r 10
	check "$name: five Sync messages arrive" poll 10 sniffed 5
	# QEMU's igb stamps the first event message only (the driver counts the next as rx_hwtstamp_cleared), its e1000e none:
	# what has no stamp of the device's must not be labelled as if it had.
	equal "$name: each is labelled with the clock that stamped it" 5 \
		"$(grep -cE "^[0-9:]+\.[0-9]{9} ($phc|system) e0 .* Sync domain" "$T/sniff")"
	if [ "$name" = e1000e ]; then
		skip "$name: stamps of $phc" "QEMU's e1000e does not stamp"
	else
		check "$name: and the device stamps" grep -qE "^[0-9:]+\.[0-9]{9} $phc e0 .* Sync domain" "$T/sniff"
	fi
	kill "$SNIFF"; wait "$SNIFF"
	equal "$name: SIGTERM ends ptpsniff well" 0 $?
	equal "$name: and leaves time stamping as it was" "$before" "$(settings b)"
	bg SNIFF at b "$BIN/ptpsniff" -i e0 --timestamps hardware >"$T/sniff" 2>"$T/err"
	poll 20 grep -q 'listening on e0' "$T/err"
	at b hwstamp_ctl -i e0 -t 1 -r 0 >/dev/null 2>&1
	kept=$(settings b)
	kill "$SNIFF"; wait "$SNIFF"
	equal "$name: what somebody else sets while ptpsniff runs stays" "$kept" "$(settings b)"
}
sniffed() { [ "$(grep -c ' Sync domain' "$T/sniff")" -ge "$1" ]; }

model=0
for name in $LAB_NICS; do
	model=$((model + 1))
	ns a b
	if ! put $model 1 1 a e0 || ! put $model 1 2 b e0; then
		skip "$name" "the kernel has no driver for it"
		continue
	fi
	nsip a link set e0 up
	nsip b link set e0 up
	poll 30 linked a e0 b e0 || not_ok "$name: the link comes up"
	if at a ethtool -T e0 | grep -q hardware-transmit; then
		hardware "$name"
		receiving "$name"
	else
		at a timeout 30 "$send" -i e0 -n 2 -r 10 >"$T/out" 2>"$T/err"
		equal "$name: without hardware stamps it sends all the same" "0 6" "$? $(wc -l <"$T/out")"
		check "$name: and says so" grep -qE '^ptpsend: e0: (no hardware time stamps|neither device nor driver)' "$T/err"
	fi
	unplug $model
done
finish
