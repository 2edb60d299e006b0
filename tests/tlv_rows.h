/* SPDX-License-Identifier: GPL-2.0-or-later */
/* TLVs as rows: on which message, their octets, and what the decoder's JSON must hold of them. */
#ifndef TLV_ROWS_H
#define TLV_ROWS_H

#include "ptp_msg.h"

#include <stdlib.h>
#include <string.h>

static const struct tlv_row {
	uint8_t type;       /* of the message */
	const char *octets; /* in hexadecimal, blanks ignored */
	const char *json;
} tlv_rows[] = {
	{PTP_SIGNALING, "0004 0006 b0 01 0000012c",
	 "\"tlvTypeName\":\"REQUEST_UNICAST_TRANSMISSION\",\"lengthField\":6,\"messageType\":11,"
	 "\"messageTypeName\":\"Announce\",\"logInterMessagePeriod\":1,\"durationField\":300"},
	{PTP_SIGNALING, "0005 0008 00 fc 00000e10 00 01",
	 "\"messageType\":0,\"messageTypeName\":\"Sync\",\"logInterMessagePeriod\":-4,"
	 "\"durationField\":3600,"
	 "\"renewalInvited\":true"},
	{PTP_SIGNALING, "0006 0002 90 00",
	 "\"CANCEL_UNICAST_TRANSMISSION\",\"lengthField\":2,\"messageType\":9,\"messageTypeName\":"
	 "\"Delay_Resp\","
	 "\"maintainRequest\":false,\"maintainGrant\":false"},
	{PTP_SIGNALING, "0007 0002 02 00",
	 "\"ACKNOWLEDGE_CANCEL_UNICAST_TRANSMISSION\",\"lengthField\":2,\"messageType\":0,"
	 "\"messageTypeName\":\"Sync\",\"maintainRequest\":true,\"maintainGrant\":false"},
	{PTP_ANNOUNCE, "0008 0010 0102030405060708 1112131415161718",
	 "\"PATH_TRACE\",\"lengthField\":16,\"pathSequence\":[\"010203.0405.060708\",\"111213.1415."
	 "161718\"]"},
	{PTP_ANNOUNCE, "0008 0000", "\"pathSequence\":[]"},
	{PTP_ANNOUNCE, "0009 0014 01 ffff8f80 00000e10 00005f5e1000 04 43455354",
	 "\"keyField\":1,\"currentOffset\":-28800,\"jumpSeconds\":3600,\"timeOfNextJump\":"
	 "1600000000,"
	 "\"displayName\":\"CEST\""},
	{PTP_ANNOUNCE,
	 "4001 0054 01 02 0000 0000000000018000 3ff0000000000000 0000000000010000 3d719799812dea11"
	 "0000000000000000 0000000000000000 ffffffffffff0000 c000000000000000 0000000000020000"
	 "7ff0000000000000",
	 "\"ENHANCED_ACCURACY_METRICS\",\"lengthField\":84,\"bcHopCount\":1,\"tcHopCount\":2,"
	 "\"maxGmInaccuracy\":98304,\"maxGmInaccuracyNs\":1.5,\"varGmInaccuracy\":1,"
	 "\"maxTransientInaccuracy\":65536,\"maxTransientInaccuracyNs\":1,"
	 "\"varTransientInaccuracy\":9.9999999999999998e-13,\"maxDynamicInaccuracy\":0,"
	 "\"maxDynamicInaccuracyNs\":0,\"varDynamicInaccuracy\":0,"
	 "\"maxStaticInstanceInaccuracy\":-65536,\"maxStaticInstanceInaccuracyNs\":-1,"
	 "\"varStaticInstanceInaccuracy\":-2,\"maxStaticMediumInaccuracy\":131072,"
	 "\"maxStaticMediumInaccuracyNs\":2,\"varStaticMediumInaccuracy\":null"},
	{PTP_ANNOUNCE, "2000 0008 0001 00000002 0003",
	 "\"AUTHENTICATION_2008\",\"lengthField\":8,\"dataField\":\"0001000000020003\""},
	{PTP_DELAY_REQ, "21fe 0000", "\"PTPMON_REQ\",\"lengthField\":0}"},
	{PTP_DELAY_RESP,
	 "21ff 004a 09 00 0001 0004 0a000001 0102030405060708 0009 00 00 1234 fffffffe 80 06 21 "
	 "4e5d"
	 "7f 1112131415161718 0001 0000000000010000 0000000000020000 0025 0c 20"
	 "000000000005 00000006",
	 "\"PTPMON_RESP\",\"lengthField\":74,\"portState\":9,\"portStateName\":\"SLAVE\","
	 "\"parentAddress\":{\"networkProtocol\":1,\"networkProtocolName\":\"UDP/"
	 "IPv4\",\"addressField\":\"0a:00:00:01\"},\"parentDS\":{\"parentPortIdentity\":{"
	 "\"clockIdentity\":\"010203.0405.060708\",\"portNumber\":9},"},
	{PTP_SIGNALING,
	 "7f00 0028 0102030405060708 0001 002a 000000000001 00000002 0000000000010000 000000000003"
	 "00000004",
	 "\"SLAVE_DELAY_TIMING_DATA_NP\",\"lengthField\":40,\"sourcePortIdentity\":{"
	 "\"clockIdentity\":\"010203.0405.060708\",\"portNumber\":1},\"records\":[{\"sequenceId\":"
	 "42,\"delayOriginTimestamp\":{\"seconds\":1,\"nanoseconds\":2},\"totalCorrectionField\":"
	 "65536,\"totalCorrectionFieldNs\":1,\"delayResponseTimestamp\":{\"seconds\":3,"
	 "\"nanoseconds\":4}}]"},
	{PTP_FOLLOW_UP, "0003 001c 0080c2 000001 00000102 0102 000102030405060708090a0b 80000000",
	 "\"organizationId\":\"00:80:c2\",\"organizationName\":\"IEEE "
	 "802.1\",\"organizationSubType\":1,"
	 "\"organizationSubTypeName\":\"Follow_Up information\",\"cumulativeScaledRateOffset\":258,"
	 "\"gmTimeBaseIndicator\":258,\"lastGmPhaseChange\":\"000102030405060708090a0b\","
	 "\"scaledLastGmFreqChange\":-2147483648"},
	{PTP_SIGNALING, "0003 000c 0080c2 000002 7f fd 00 05 0000",
	 "\"linkDelayInterval\":127,\"timeSyncInterval\":-3,\"announceInterval\":0,"
	 "\"computeNeighborRateRatio\":true,\"computeMeanLinkDelay\":false,"
	 "\"oneStepReceiveCapable\":true"},
	{PTP_SIGNALING, "8000 000c 0080c2 000004 fe 01 00000000",
	 "\"organizationSubTypeName\":\"gPTP-capable\",\"logGptpCapableMessageInterval\":-2,"
	 "\"flags\":1"},
	{PTP_ANNOUNCE, "0003 0012 1c129d 000001 00ff 000003e8 000007d0 0000",
	 "\"organizationName\":\"IEEE C37.238\",\"organizationSubType\":1,"
	 "\"organizationSubTypeName\":\"C37.238-2011\",\"grandmasterID\":255,"
	 "\"grandmasterTimeInaccuracy\":1000,"
	 "\"networkTimeInaccuracy\":2000"},
	{PTP_ANNOUNCE, "0003 0012 1c129d 000002 0102 00000000 000000c8 0000",
	 "\"grandmasterID\":258,\"totalTimeInaccuracy\":200"},
	{PTP_SIGNALING, "0003 0012 0019a7 000002 0000000000640000 0001 0002",
	 "\"organizationName\":\"ITU-T\",\"organizationSubType\":2,\"organizationSubTypeName\":"
	 "\"interface rate\","
	 "\"interfaceBitPeriod\":6553600,\"numberBitsBeforeTimestamp\":1,"
	 "\"numberBitsAfterTimestamp\":2"},
	{PTP_MANAGEMENT,
	 "0003 0030 6897e8 000001 0000001e 00000001 04 02 ffffb9b0 00000000 000000000000"
	 "000000000001 000000000002 fffffffe 01 00",
	 "\"organizationName\":\"SMPTE\",\"organizationSubType\":1,\"organizationSubTypeName\":"
	 "\"synchronization metadata\","
	 "\"defaultSystemFrameRateNumerator\":30,\"defaultSystemFrameRateDenominator\":1,"
	 "\"masterLockingStatus\":4,\"timeAddressFlags\":2,\"currentLocalOffset\":-18000"},
	{PTP_ANNOUNCE, "0003 000a 080030 dead01 2000 000d",
	 "\"wrMessageID\":8192,\"wrMessageIDName\":\"ANN_SUFIX\",\"calibrated\":true,\"wrModeOn\":"
	 "true,\"wrConfig\":13"},
	{PTP_SIGNALING, "0003 0018 080030 dead01 1004 0000000000018000 ffffffffffff8000",
	 "\"wrMessageIDName\":\"CALIBRATED\",\"deltaTx\":98304,\"deltaTxNs\":1.5,\"deltaRx\":-"
	 "32768,\"deltaRxNs\":-0.5"},
	{PTP_ANNOUNCE, "0003 000a abcdef 000007 01020304",
	 "\"organizationId\":\"ab:cd:ef\",\"organizationSubType\":7,\"dataField\":\"01020304\""},
	{PTP_SIGNALING, "8001 0002 05 02",
	 "\"L1_SYNC\",\"lengthField\":2,\"txCoherentIsRequired\":true,\"rxCoherentIsRequired\":"
	 "false,"
	 "\"congruentIsRequired\":true,\"optParamsEnabled\":false,\"isTxCoherent\":false,"
	 "\"isRxCoherent\":true"},
	{PTP_SIGNALING,
	 "8001 0028 0f 07 03 0000000000018000 000000000001 00000002 ffffffffffff0000 000000000003"
	 "00000004 00",
	 "\"optParamsEnabled\":true,\"isTxCoherent\":true,\"isRxCoherent\":true,\"isCongruent\":"
	 "true,\"timestampsCorrectedTx\":true,\"phaseOffsetTxValid\":true,"
	 "\"frequencyOffsetTxValid\":false,\"phaseOffsetTx\":98304,\"phaseOffsetTxNs\":1.5,"
	 "\"phaseOffsetTxTimestamp\":{\"seconds\":1,\"nanoseconds\":2},\"freqOffsetTx\":-65536,"
	 "\"freqOffsetTxNs\":-1,\"freqOffsetTxTimestamp\":{\"seconds\":3,\"nanoseconds\":4}}"},
	{PTP_SIGNALING, "8002 0002 09 06",
	 "\"syncMessageAvailability\":{\"multicastCapable\":true,\"unicastCapable\":false,"
	 "\"unicastNegotiationCapableAndEnabled\":false,\"unicastNegotiationCapable\":true},"
	 "\"delayRespMessageAvailability\":{\"multicastCapable\":false,\"unicastCapable\":true,"
	 "\"unicastNegotiationCapableAndEnabled\":true,\"unicastNegotiationCapable\":false}"},
	{PTP_SIGNALING, "8003 0008 0001 0004 0a000001",
	 "\"portAddress\":{\"networkProtocol\":1,\"networkProtocolName\":\"UDP/"
	 "IPv4\",\"addressField\":\"0a:00:00:01\"}"},
	{PTP_SIGNALING,
	 "8004 002c 0102030405060708 0001 002a 000000000001 00000002 0000000000010000 ffffffff "
	 "000000000003 00000004",
	 "\"records\":[{\"sequenceId\":42,\"syncOriginTimestamp\":{\"seconds\":1,\"nanoseconds\":2}"
	 ","
	 "\"totalCorrectionField\":65536,\"totalCorrectionFieldNs\":1,"
	 "\"scaledCumulativeRateOffset\":-1,"
	 "\"syncEventIngressTimestamp\":{\"seconds\":3,\"nanoseconds\":4}}]"},
	{PTP_SIGNALING,
	 "8005 0022 0102030405060708 0001 03 00 0007 0000000000008000 0000000000010000 00000005",
	 "\"computedFlags\":3,\"records\":[{\"sequenceId\":7,\"offsetFromMaster\":32768,"
	 "\"offsetFromMasterNs\":0.5,"
	 "\"meanPathDelay\":65536,\"meanPathDelayNs\":1,\"scaledNeighborRateRatio\":5}]"},
	{PTP_SIGNALING, "8006 0018 0102030405060708 0001 01 00 0009 000000000005 00000006",
	 "\"eventMessageType\":1,\"eventMessageTypeName\":\"Delay_Req\",\"records\":[{"
	 "\"sequenceId\":9,"
	 "\"eventEgressTimestamp\":{\"seconds\":5,\"nanoseconds\":6}}]"},
	{PTP_ANNOUNCE, "8007 0004 ffffffff", "\"scaledCumulativeRateRatio\":-1"},
	{PTP_ANNOUNCE, "8008 0006 000000000000",
	 "\"PAD\",\"lengthField\":6,\"pad\":\"000000000000\""},
	{PTP_ANNOUNCE, "8009 000a 01 00 00000002 01020304",
	 "\"SPP\":1,\"secParamIndicator\":0,\"keyID\":2,\"optionalFieldsAndICV\":\"01020304\""},
	{PTP_ANNOUNCE, "7fff 0002 beef",
	 "\"tlvType\":32767,\"lengthField\":2,\"dataField\":\"beef\""},
	{PTP_MANAGEMENT, "0001 0002 2000",
	 "\"managementId\":8192,\"managementIdName\":\"DEFAULT_DATA_SET\"}"},
	{PTP_MANAGEMENT, "0001 0016 2000 03 00 0002 80 f8 fe ffff 7f 0102030405060708 18 00",
	 "\"twoStepFlag\":true,\"slaveOnly\":true,\"numberPorts\":2,\"priority1\":128,"
	 "\"clockClass\":248,"
	 "\"clockClassName\":\"default\",\"clockAccuracy\":254,\"clockAccuracyName\":\"unknown\","
	 "\"offsetScaledLogVariance\":65535,\"priority2\":127,\"clockIdentity\":\"010203.0405."
	 "060708\","
	 "\"domainNumber\":24"},
	{PTP_MANAGEMENT, "0001 0014 2001 0001 ffffffffffff8000 0000000000028000",
	 "\"stepsRemoved\":1,\"offsetFromMaster\":-32768,\"offsetFromMasterNs\":-0.5,"
	 "\"meanPathDelay\":163840,"
	 "\"meanPathDelayNs\":2.5"},
	{PTP_MANAGEMENT,
	 "0001 0022 2002 0102030405060708 0009 01 00 1234 fffffffe 80 06 21 4e5d 7f "
	 "1112131415161718",
	 "\"parentPortIdentity\":{\"clockIdentity\":\"010203.0405.060708\",\"portNumber\":9},"
	 "\"parentStats\":true,"
	 "\"observedParentOffsetScaledLogVariance\":4660,\"observedParentClockPhaseChangeRate\":-2,"
	 "\"grandmasterPriority1\":128,\"grandmasterClockClass\":6"},
	{PTP_MANAGEMENT, "0001 0006 2003 0025 3c 20",
	 "\"currentUtcOffset\":37,\"leap61\":false,\"leap59\":false,\"currentUtcOffsetValid\":true,"
	 "\"ptpTimescale\":true,\"timeTraceable\":true,\"frequencyTraceable\":true,\"timeSource\":"
	 "32,"
	 "\"timeSourceName\":\"GNSS\""},
	{PTP_MANAGEMENT,
	 "0001 001c 2004 0102030405060708 0001 06 ff 0000000000010000 01 03 fd 02 00 02",
	 "\"portState\":6,\"portStateName\":\"MASTER\",\"logMinDelayReqInterval\":-1,"
	 "\"peerMeanPathDelay\":65536,"
	 "\"peerMeanPathDelayNs\":1,\"logAnnounceInterval\":1,\"announceReceiptTimeout\":3,"
	 "\"logSyncInterval\":-3,\"delayMechanism\":2,\"delayMechanismName\":\"P2P\","
	 "\"logMinPdelayReqInterval\":0,"
	 "\"versionNumber\":2"},
	{PTP_MANAGEMENT, "0001 0004 2005 7f 00",
	 "\"managementIdName\":\"PRIORITY1\",\"priority1\":127"},
	{PTP_MANAGEMENT, "0001 0004 2014 01 00", "\"unicastNegotiationPortDS.enable\":true"},
	{PTP_MANAGEMENT, "0001 0012 201a 0001 0102030405060708 0009 40 00 00 00",
	 "\"actualTableSize\":1,\"list\":[{\"acceptablePortIdentity\":{\"clockIdentity\":\"010203."
	 "0405.060708\","
	 "\"portNumber\":9},\"alternatePriority1\":64}]"},
	{PTP_MANAGEMENT, "0001 000e 2018 01 0001 0001 0004 0a000001 00",
	 "\"logQueryInterval\":1,\"actualTableSize\":1,\"unicastMasters\":[{\"networkProtocol\":1"},
	{PTP_MANAGEMENT,
	 "0001 002c 0001 0001 05 4945454545 0006 020000000001 0001 0004 0a000001 000000 00 02 4142 "
	 "01 43 02 4445 001b19000100",
	 "\"clockType\":1,\"physicalLayerProtocol\":\"IEEEE\",\"physicalAddress\":\"02:00:00:00:00:"
	 "01\","
	 "\"protocolAddress\":{\"networkProtocol\":1,\"networkProtocolName\":\"UDP/"
	 "IPv4\",\"addressField\":"
	 "\"0a:00:00:01\"},\"manufacturerIdentity\":\"00:00:00\",\"productDescription\":\"AB\","
	 "\"revisionData\":\"C\","
	 "\"userDescription\":\"DE\",\"profileIdentity\":\"00:1b:19:00:01:00\""},
	{PTP_MANAGEMENT, "0001 0016 0006 0001 0013 000000000001 00000002 03 01 41 00 00 00",
	 "\"numberOfFaultRecords\":1,\"faultRecords\":[{\"faultRecordLength\":19,\"faultTime\":{"
	 "\"seconds\":1,"
	 "\"nanoseconds\":2},\"severityCode\":3,\"severityCodeName\":\"Error\",\"faultName\":"
	 "\"A\""},
	{PTP_MANAGEMENT, "0002 0008 0002 2000 00000000",
	 "\"managementErrorId\":2,\"managementErrorIdName\":\"NO_SUCH_ID\",\"managementId\":8192"},
	{PTP_MANAGEMENT,
	 "0001 0034 c000 0000000000000005 0000000000000006 00000007 00000008 0009 "
	 "000102030405060708090a0b 00000001 0102030405060708",
	 "\"masterOffset\":5,\"ingressTime\":6,\"cumulativeScaledRateOffset\":7,"
	 "\"scaledLastGmPhaseChange\":8,"
	 "\"gmTimeBaseIndicator\":9"},
	{PTP_MANAGEMENT,
	 "0001 010c c005 0102030405060708 0001 0100000000000000 0002000000000000 0300000000000000"
	 "0400000000000000 0000000000000000 0000000000000000 0000000000000000 0000000000000000"
	 "0800000000000000 0900000000000000 0a00000000000000 0b00000000000000 0c00000000000000"
	 "0d00000000000000 0000000000000000 0000000000000000 1100000000000000 1200000000000000"
	 "1300000000000000 1400000000000000 0000000000000000 0000000000000000 0000000000000000"
	 "0000000000000000 1800000000000000 1900000000000000 1a00000000000000 1b00000000000000"
	 "1c00000000000000 1d00000000000001 0000000000000000 0000000000000000",
	 "\"PORT_STATS_NP\",\"portIdentity\":{\"clockIdentity\":\"010203.0405.060708\","
	 "\"portNumber\":1},\"rx_Sync\":1,\"rx_Delay_Req\":512,\"rx_Pdelay_Req\":3,"
	 "\"rx_Pdelay_Resp\":4,\"rx_Follow_Up\":8,\"rx_Delay_Resp\":9,"
	 "\"rx_Pdelay_Resp_Follow_Up\":10,\"rx_Announce\":11,\"rx_Signaling\":12,"
	 "\"rx_Management\":13,\"tx_Sync\":17,\"tx_Delay_Req\":18,\"tx_Pdelay_Req\":19,"
	 "\"tx_Pdelay_Resp\":20,\"tx_Follow_Up\":24,\"tx_Delay_Resp\":25,"
	 "\"tx_Pdelay_Resp_Follow_Up\":26,\"tx_Announce\":27,\"tx_Signaling\":28,"
	 "\"tx_Management\":72057594037927965}"},
	{PTP_MANAGEMENT,
	 "0001 005c c007 0102030405060708 0001 0100000000000000 0200000000000000 0300000000000000"
	 "0400000000000000 0500000000000000 0600000000000000 0700000000000000 0800000000000000"
	 "0900000000000000 0a00000000000000",
	 "\"announce_timeout\":1,\"sync_timeout\":2,\"delay_timeout\":3,"
	 "\"unicast_service_timeout\":4,\"unicast_request_timeout\":5,"
	 "\"master_announce_timeout\":6,\"master_sync_timeout\":7,\"qualification_timeout\":8,"
	 "\"sync_mismatch\":9,\"followup_mismatch\":10}"},
	{PTP_MANAGEMENT,
	 "0001 001e c008 0001 0102030405060708 0009 06 21 4e5d 01 03 80 7f 0001 0004 0a000001",
	 "\"actualTableSize\":1,\"unicastMasters\":[{\"portIdentity\":{\"clockIdentity\":\"010203."
	 "0405.060708\",\"portNumber\":9},\"clockClass\":6,\"clockClassName\":\"primary reference, "
	 "PTP timescale\",\"clockAccuracy\":33,\"clockAccuracyName\":\"within 100 ns\","
	 "\"offsetScaledLogVariance\":20061,\"selected\":1,\"portState\":3,\"portStateName\":"
	 "\"HAVE_SYDY\",\"priority1\":128,\"priority2\":127,\"portAddress\":{"},
	{PTP_MANAGEMENT, "0001 0012 c009 0102030405060708 0001 00000002 01 00",
	 "\"phcIndex\":2,\"virtualClock\":true}"},
	{PTP_MANAGEMENT, "0001 0012 c00a 0002 00ff 00000001 00000002 00000003",
	 "\"version\":2,\"grandmasterID\":255,\"grandmasterTimeInaccuracy\":1,"
	 "\"networkTimeInaccuracy\":2,\"totalTimeInaccuracy\":3}"},
	{PTP_MANAGEMENT, "0001 0012 c00b 0000000000018000 ffffffff 00000001",
	 "\"meanLinkDelay\":98304,\"meanLinkDelayNs\":1.5,\"scaledNeighborRateRatio\":-1,"
	 "\"asCapable\":1}"},
	{PTP_MANAGEMENT, "0001 0004 c006 01 00", "\"synchronizationUncertain\":1}"},
	{PTP_MANAGEMENT, "0001 0004 5555 beef", "\"managementId\":21845,\"dataField\":\"beef\""},
};

enum { TLV_ROWS = sizeof(tlv_rows) / sizeof(*tlv_rows) };

static inline size_t from_hex(uint8_t *out, const char *hex)
{
	char digits[3] = "";
	size_t n = 0;

	for (; *hex; hex++) {
		if (*hex == ' ')
			continue;
		digits[0] = hex[0];
		digits[1] = hex[1];
		out[n++] = (uint8_t)strtoul(digits, NULL, 16);
		hex++;
	}
	return n;
}

enum { TLV_ROW_MAX = 512 };

/* The row's message with its TLV: its length. `octets` holds TLV_ROW_MAX. */
static inline size_t tlv_row_message(uint8_t *octets, const struct tlv_row *row)
{
	struct ptp_message m = {
		/* tshark reads these as 802.1AS only where the message says that it is. */
		.major_sdo_id = strstr(row->octets, "0080c2") != NULL,
		.type = row->type,
		.version = 2,
		.minor_version = 1,
		.domain = 3,
		.flags = PTP_FLAG_PTP_TIMESCALE,
		.correction = 0x18000,
		.source = {{{2, 0, 0, 0xff, 0xfe, 0, 0, 1}}, 1},
		.sequence = 7,
		.timestamp = {1700000000, 5},
		.port = {{{2, 0, 0, 0xff, 0xfe, 0, 0, 2}}, 1},
		.announce =
			{37, 128, 6, 0x21, 0x4e5d, 128, {{2, 0, 0, 0xff, 0xfe, 0, 0, 1}}, 0, 0x20},
		.action = 2,
	};
	uint8_t tlv[TLV_ROW_MAX - 64];
	size_t body = ptp_body_len(row->type), len = from_hex(tlv, row->octets);

	m.length = (uint16_t)(body + len);
	ptp_encode(octets, TLV_ROW_MAX, &m);
	memcpy(octets + body, tlv, len);
	return body + len;
}

#endif
