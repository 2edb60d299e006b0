#!/bin/bash
# A second opinion: every field that tshark and ptpsniff --json both know has the same value in every frame, in
# the decoder's own rows, in captures, and in frames behind tags against the same frames without.
. "$(dirname "$0")/lib.sh"
need tshark
captures=$(dirname "$0")/../../../shared/captures

# tshark's field, ptpsniff's path (tests/tools/json_fields).
fields=(
	ptp.v2.majorsdoid ptp.majorSdoId:x2
	ptp.v2.messagetype ptp.messageType:x2
	ptp.v2.minorversionptp ptp.minorVersionPTP
	ptp.v2.versionptp ptp.versionPTP
	ptp.v2.messagelength ptp.messageLength
	ptp.v2.domainnumber ptp.domainNumber
	ptp.v2.minorsdoid ptp.minorSdoId
	ptp.v2.flags ptp.flagField:x4
	ptp.v2.messagetypespecific ptp.messageTypeSpecific
	ptp.v2.clockidentity ptp.sourcePortIdentity.clockIdentity:id
	ptp.v2.sourceportid ptp.sourcePortIdentity.portNumber
	ptp.v2.sequenceid ptp.sequenceId
	ptp.v2.controlfield ptp.controlField
	ptp.v2.logmessageperiod ptp.logMessageInterval
	ptp.v2.fu.preciseorigintimestamp.seconds ptp.preciseOriginTimestamp.seconds
	ptp.v2.fu.preciseorigintimestamp.nanoseconds ptp.preciseOriginTimestamp.nanoseconds
	ptp.v2.dr.receivetimestamp.seconds ptp.receiveTimestamp.seconds
	ptp.v2.dr.receivetimestamp.nanoseconds ptp.receiveTimestamp.nanoseconds
	ptp.v2.pdrs.requestreceipttimestamp.seconds ptp.requestReceiptTimestamp.seconds
	ptp.v2.pdrs.requestreceipttimestamp.nanoseconds ptp.requestReceiptTimestamp.nanoseconds
	ptp.v2.pdfu.responseorigintimestamp.seconds ptp.responseOriginTimestamp.seconds
	ptp.v2.pdfu.responseorigintimestamp.nanoseconds ptp.responseOriginTimestamp.nanoseconds
	ptp.v2.an.origincurrentutcoffset ptp.currentUtcOffset
	ptp.v2.an.priority1 ptp.grandmasterPriority1
	ptp.v2.an.grandmasterclockclass ptp.grandmasterClockClass
	ptp.v2.an.grandmasterclockaccuracy ptp.grandmasterClockAccuracy:x2
	ptp.v2.an.grandmasterclockvariance ptp.grandmasterOffsetScaledLogVariance
	ptp.v2.an.priority2 ptp.grandmasterPriority2
	ptp.v2.an.grandmasterclockidentity ptp.grandmasterIdentity:id
	ptp.v2.an.localstepsremoved ptp.stepsRemoved
	ptp.v2.timesource ptp.timeSource:x2
	ptp.v2.mm.startingboundaryhops ptp.startingBoundaryHops
	ptp.v2.mm.boundaryhops ptp.boundaryHops
	ptp.v2.mm.action ptp.actionField
	ptp.v2.mm.managementId ptp.tlvs.0.managementId
	ptp.as.fu.cumulativeScaledRateOffset ptp.tlvs.0.cumulativeScaledRateOffset
	ptp.as.fu.gmTimeBaseIndicator ptp.tlvs.0.gmTimeBaseIndicator
	ptp.as.fu.scaledLastGmFreqChange ptp.tlvs.0.scaledLastGmFreqChange
	ptp.as.sig.tlv.linkdelayinterval ptp.tlvs.0.linkDelayInterval
	ptp.as.sig.tlv.timesyncinterval ptp.tlvs.0.timeSyncInterval
	ptp.as.sig.tlv.announceinterval ptp.tlvs.0.announceInterval
	ptp.as.sig.tlv.interfaceBitPeriod ptp.tlvs.0.interfaceBitPeriod
	ptp.as.sig.tlv.numberBitsBeforeTimestamp ptp.tlvs.0.numberBitsBeforeTimestamp
	ptp.v2.sig.tlv.logInterMessagePeriod ptp.tlvs.0.logInterMessagePeriod
	ptp.v2.sig.tlv.durationField ptp.tlvs.0.durationField
	ptp.v2.sig.tlv.renewalInvited ptp.tlvs.0.renewalInvited
	ptp.v2.an.oe.grandmasterTimeInaccuracy ptp.tlvs.0.grandmasterTimeInaccuracy
	ptp.v2.an.oe.networkTimeInaccuracy ptp.tlvs.0.networkTimeInaccuracy
	ptp.v2.an.oe.totalTimeInaccuracy ptp.tlvs.0.totalTimeInaccuracy
	ptp.v2.an.atoi.currentOffset ptp.tlvs.0.currentOffset
	ptp.v2.an.atoi.jumpSeconds ptp.tlvs.0.jumpSeconds
	ptp.v2.mm.numberPorts ptp.tlvs.0.numberPorts
	ptp.v2.mm.stepsRemoved ptp.tlvs.0.stepsRemoved
	ptp.v2.mm.portState ptp.tlvs.0.portState
	ptp.v2.mm.announceReceiptTimeout ptp.tlvs.0.announceReceiptTimeout
	ptp.v2.mm.observedParentClockPhaseChangeRate ptp.tlvs.0.observedParentClockPhaseChangeRate
	ptp.v2.oe.smpte.currentlocaloffset ptp.tlvs.0.currentLocalOffset
	ptp.v2.oe.smpte.masterlockingstatus ptp.tlvs.0.masterLockingStatus
)
theirs=() ours=()
for ((i = 0; i < ${#fields[@]}; i += 2)); do theirs+=(-e "${fields[i]}"); ours+=("${fields[i + 1]}"); done

compare() { # compare WHAT OURS THEIRS
	"$BIN/ptpsniff" -r "$2" --json 2>/dev/null | "$TESTBIN/tools/json_fields" "${ours[@]}" >"$T/ours"
	tshark -r "$3" -Y ptp -T fields -E separator='|' -E occurrence=f "${theirs[@]}" 2>/dev/null >"$T/theirs"
	equal "$1: as many frames" "$(wc -l <"$T/theirs")" "$(wc -l <"$T/ours")"
	# One line for each frame and field that differs; what tshark leaves empty it does not know.
	values=$(tr '|' '\n' <"$T/theirs" | grep -c .)
	# tshark 4.4 writes 0x640000 and True where 4.0 has 6553600 and 1.
	awk -F'|' -v names="${theirs[*]}" 'BEGIN { split(names, n, " ") }
		function number(s,  i, v) { for (i = 3; i <= length(s); i++) v = v * 16 + index("0123456789abcdef", substr(s, i, 1)) - 1; return v + 0 "" }
		function same(t, o) {
			return t == o || t == "True" && o == 1 || t == "False" && o == 0 || t ~ /^0x/ && o !~ /^0x/ && number(t) == o ""
		}
		NR == FNR { a[FNR] = $0; next }
		{ split(a[FNR], o, "|"); for (i = 1; i <= NF; i++) if ($i != "" && !same($i, o[i])) print FNR, n[2 * i], $i, o[i] }' \
		"$T/ours" "$T/theirs" >"$T/differ"
	if [ -s "$T/differ" ]; then not_ok "$1: $values values"; sed 's/^/# frame, field, tshark, ptpsniff: /' "$T/differ" | head -20
	else ok "$1: $values values"; fi
}
"$TESTBIN/tools/ptp_rows" "$T/rows.pcap"
compare "the decoder's rows" "$T/rows.pcap" "$T/rows.pcap"
for f in tcpdump-ptp tcpdump-ptp_ethernet made/gptp made/gptp-vlan made/l2-e2e made/l2-p2p made/l2-mgmt made/udp4-e2e made/udp6-e2e; do
	if [ -e "$captures/$f.pcap" ]; then compare "$f" "$captures/$f.pcap" "$captures/$f.pcap"
	else skip "$f" "../shared/captures is not there"; fi
done
# tshark knows no DSA: the frames without their tags are its side.
for f in gptp-edsa gptp-dsa gptp-edsa-en10mb; do
	if [ -e "$captures/made/$f.pcap" ]; then compare "$f" "$captures/made/$f.pcap" "$captures/made/gptp.pcap"
	else skip "$f" "../shared/captures is not there"; fi
done
finish
