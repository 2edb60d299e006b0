/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tlv_tables.h"

#include "bytes.h"
#include "management.h"
#include "names.h"
#include "tlv.h"

/* A row names what it needs. */
#pragma GCC diagnostic ignored "-Wmissing-field-initializers"

const struct field tlv_data[] = {{"dataField", FIELD_REST}, {0}};

/* ---- IEEE 1588-2019 ---- */

static const struct field request_unicast[] = {
	{"messageType", FIELD_HIGH, .meaning = ptp_type_name},
	{NULL, FIELD_SKIP, 1},
	{"logInterMessagePeriod", FIELD_I8},
	{"durationField", FIELD_U32},
	{0},
};

static const struct field grant_unicast[] = {
	{"messageType", FIELD_HIGH, .meaning = ptp_type_name},
	{NULL, FIELD_SKIP, 1},
	{"logInterMessagePeriod", FIELD_I8},
	{"durationField", FIELD_U32},
	{NULL, FIELD_SKIP, 1},
	{"renewalInvited", FIELD_BIT, 0},
	{NULL, FIELD_SKIP, 1},
	{0},
};

/* The two bits are of the edition of 2019; 2008 has them reserved. */
static const struct field cancel_unicast[] = {
	{"messageType", FIELD_HIGH, .meaning = ptp_type_name},
	{"maintainRequest", FIELD_BIT, 1},
	{"maintainGrant", FIELD_BIT, 0},
	{NULL, FIELD_SKIP, 2},
	{0},
};

static const struct field one_clock[] = {{NULL, FIELD_CLOCK}, {0}};
static const struct field path_trace[] = {{"pathSequence", FIELD_LIST, .sub = one_clock}, {0}};

static const struct field alternate_time_offset[] = {
	{"keyField", FIELD_U8},        {"currentOffset", FIELD_I32}, {"jumpSeconds", FIELD_I32},
	{"timeOfNextJump", FIELD_U48}, {"displayName", FIELD_TEXT},  {0},
};

static const char *management_error_name(unsigned int id)
{
	static const char *const names[] = {"RESPONSE_TOO_BIG", "NO_SUCH_ID",  "WRONG_LENGTH",
					    "WRONG_VALUE",      "NOT_SETABLE", "NOT_SUPPORTED",
					    "UNPOPULATED"};

	if (id == 0xfffe)
		return "GENERAL_ERROR";
	return id >= 1 && id <= 7 ? names[id - 1] : NULL;
}

static const struct field management_error[] = {
	{"managementErrorId", FIELD_U16, 4, .meaning = management_error_name},
	{"managementId", FIELD_U16, 4, .meaning = ptp_management_id_name},
	{NULL, FIELD_SKIP, 4},
	{"displayData", FIELD_REST},
	{0},
};

#define L1_SYNC_BASIC                                                                              \
	{"txCoherentIsRequired", FIELD_BIT, 0}, {"rxCoherentIsRequired", FIELD_BIT, 1},            \
		{"congruentIsRequired", FIELD_BIT, 2}, {"optParamsEnabled", FIELD_BIT, 3},         \
		{NULL, FIELD_SKIP, 1}, {"isTxCoherent", FIELD_BIT, 0},                             \
		{"isRxCoherent", FIELD_BIT, 1}, {"isCongruent", FIELD_BIT, 2},                     \
	{                                                                                          \
		NULL, FIELD_SKIP, 1                                                                \
	}

static const struct field l1_sync[] = {L1_SYNC_BASIC, {0}};

enum { L1_SYNC_OPT_PARAMS = 8 }; /* optParamsEnabled: the extended format */

static const struct field l1_sync_extended[] = {
	L1_SYNC_BASIC,
	{"timestampsCorrectedTx", FIELD_BIT, 0},
	{"phaseOffsetTxValid", FIELD_BIT, 1},
	{"frequencyOffsetTxValid", FIELD_BIT, 2},
	{NULL, FIELD_SKIP, 1},
	{"phaseOffsetTx", FIELD_INTERVAL},
	{"phaseOffsetTxTimestamp", FIELD_TIME},
	{"freqOffsetTx", FIELD_INTERVAL},
	{"freqOffsetTxTimestamp", FIELD_TIME},
	{NULL, FIELD_SKIP, 1},
	{0},
};

static const struct field availability[] = {
	{"multicastCapable", FIELD_BIT, 0},
	{"unicastCapable", FIELD_BIT, 1},
	{"unicastNegotiationCapableAndEnabled", FIELD_BIT, 2},
	{"unicastNegotiationCapable", FIELD_BIT, 3},
	{NULL, FIELD_SKIP, 1},
	{0},
};
static const struct field port_communication[] = {
	{"syncMessageAvailability", FIELD_OBJECT, .sub = availability},
	{"delayRespMessageAvailability", FIELD_OBJECT, .sub = availability},
	{0},
};

/* The variances are in square seconds. */
static const struct field enhanced_accuracy[] = {
	{"bcHopCount", FIELD_U8},
	{"tcHopCount", FIELD_U8},
	{NULL, FIELD_SKIP, 2},
	{"maxGmInaccuracy", FIELD_INTERVAL},
	{"varGmInaccuracy", FIELD_F64},
	{"maxTransientInaccuracy", FIELD_INTERVAL},
	{"varTransientInaccuracy", FIELD_F64},
	{"maxDynamicInaccuracy", FIELD_INTERVAL},
	{"varDynamicInaccuracy", FIELD_F64},
	{"maxStaticInstanceInaccuracy", FIELD_INTERVAL},
	{"varStaticInstanceInaccuracy", FIELD_F64},
	{"maxStaticMediumInaccuracy", FIELD_INTERVAL},
	{"varStaticMediumInaccuracy", FIELD_F64},
	{0},
};

static const struct field protocol_address[] = {{"portAddress", FIELD_ADDRESS}, {0}};

static const struct field rx_sync_timing_record[] = {
	{"sequenceId", FIELD_U16},
	{"syncOriginTimestamp", FIELD_TIME},
	{"totalCorrectionField", FIELD_INTERVAL},
	{"scaledCumulativeRateOffset", FIELD_I32},
	{"syncEventIngressTimestamp", FIELD_TIME},
	{0},
};

static const struct field rx_sync_timing[] = {
	{"syncSourcePortIdentity", FIELD_PORT},
	{"records", FIELD_LIST, .sub = rx_sync_timing_record},
	{0},
};

static const struct field rx_sync_computed_record[] = {
	{"sequenceId", FIELD_U16},
	{"offsetFromMaster", FIELD_INTERVAL},
	{"meanPathDelay", FIELD_INTERVAL},
	{"scaledNeighborRateRatio", FIELD_I32},
	{0},
};

static const struct field rx_sync_computed[] = {
	{"sourcePortIdentity", FIELD_PORT},
	{"computedFlags", FIELD_U8, 2},
	{NULL, FIELD_SKIP, 1},
	{"records", FIELD_LIST, .sub = rx_sync_computed_record},
	{0},
};

static const struct field tx_event_record[] = {
	{"sequenceId", FIELD_U16},
	{"eventEgressTimestamp", FIELD_TIME},
	{0},
};

static const struct field tx_event[] = {
	{"sourcePortIdentity", FIELD_PORT},
	{"eventMessageType", FIELD_LOW, .meaning = ptp_type_name},
	{NULL, FIELD_SKIP, 2},
	{"records", FIELD_LIST, .sub = tx_event_record},
	{0},
};

static const struct field cumulative_rate_ratio[] = {{"scaledCumulativeRateRatio", FIELD_I32}, {0}};
static const struct field pad[] = {{"pad", FIELD_REST}, {0}};

static const struct field authentication[] = {
	{"SPP", FIELD_U8},
	{"secParamIndicator", FIELD_U8, 2},
	{"keyID", FIELD_U32, 8},
	{"optionalFieldsAndICV", FIELD_REST},
	{0},
};

/* linuxptp's, tlv.h. */
static const struct field delay_timing_record[] = {
	{"sequenceId", FIELD_U16},
	{"delayOriginTimestamp", FIELD_TIME},
	{"totalCorrectionField", FIELD_INTERVAL},
	{"delayResponseTimestamp", FIELD_TIME},
	{0},
};

static const struct field delay_timing_np[] = {
	{"sourcePortIdentity", FIELD_PORT},
	{"records", FIELD_LIST, .sub = delay_timing_record},
	{0},
};

/* NetSync Monitor: the request has no value. */
static const struct field ptpmon_response[] = {
	{"portState", FIELD_U8, .meaning = management_port_state_name},
	{NULL, FIELD_SKIP, 1},
	{"parentAddress", FIELD_ADDRESS},
	{"parentDS", FIELD_OBJECT, .sub = management_parent},
	{"currentDS", FIELD_OBJECT, .sub = management_current},
	{"timePropertiesDS", FIELD_OBJECT, .sub = management_time_properties},
	{"lastSyncTimestamp", FIELD_TIME},
	{0},
};

static const struct tlv_row {
	uint16_t type;
	const char *name;
	const struct field *table;
} tlvs[] = {
	{PTP_TLV_MANAGEMENT, "MANAGEMENT", NULL},
	{PTP_TLV_MANAGEMENT_ERROR_STATUS, "MANAGEMENT_ERROR_STATUS", management_error},
	{PTP_TLV_ORGANIZATION_EXTENSION, "ORGANIZATION_EXTENSION", NULL},
	{PTP_TLV_REQUEST_UNICAST_TRANSMISSION, "REQUEST_UNICAST_TRANSMISSION", request_unicast},
	{PTP_TLV_GRANT_UNICAST_TRANSMISSION, "GRANT_UNICAST_TRANSMISSION", grant_unicast},
	{PTP_TLV_CANCEL_UNICAST_TRANSMISSION, "CANCEL_UNICAST_TRANSMISSION", cancel_unicast},
	{PTP_TLV_ACKNOWLEDGE_CANCEL_UNICAST_TRANSMISSION, "ACKNOWLEDGE_CANCEL_UNICAST_TRANSMISSION",
	 cancel_unicast},
	{PTP_TLV_PATH_TRACE, "PATH_TRACE", path_trace},
	{PTP_TLV_ALTERNATE_TIME_OFFSET_INDICATOR, "ALTERNATE_TIME_OFFSET_INDICATOR",
	 alternate_time_offset},
	/* Those of 2008 that the edition of 2019 reserves. */
	{0x2000, "AUTHENTICATION_2008", NULL},
	{0x2001, "AUTHENTICATION_CHALLENGE", NULL},
	{0x2002, "SECURITY_ASSOCIATION_UPDATE", NULL},
	{0x2003, "CUM_FREQ_SCALE_FACTOR_OFFSET", NULL},
	{0x21fe, "PTPMON_REQ", NULL},
	{0x21ff, "PTPMON_RESP", ptpmon_response},
	{0x7f00, "SLAVE_DELAY_TIMING_DATA_NP", delay_timing_np},
	{PTP_TLV_ORGANIZATION_EXTENSION_PROPAGATE, "ORGANIZATION_EXTENSION_PROPAGATE", NULL},
	{PTP_TLV_ENHANCED_ACCURACY_METRICS, "ENHANCED_ACCURACY_METRICS", enhanced_accuracy},
	{PTP_TLV_ORGANIZATION_EXTENSION_DO_NOT_PROPAGATE, "ORGANIZATION_EXTENSION_DO_NOT_PROPAGATE",
	 NULL},
	{PTP_TLV_L1_SYNC, "L1_SYNC", l1_sync},
	{PTP_TLV_PORT_COMMUNICATION_AVAILABILITY, "PORT_COMMUNICATION_AVAILABILITY",
	 port_communication},
	{PTP_TLV_PROTOCOL_ADDRESS, "PROTOCOL_ADDRESS", protocol_address},
	{PTP_TLV_SLAVE_RX_SYNC_TIMING_DATA, "SLAVE_RX_SYNC_TIMING_DATA", rx_sync_timing},
	{PTP_TLV_SLAVE_RX_SYNC_COMPUTED_DATA, "SLAVE_RX_SYNC_COMPUTED_DATA", rx_sync_computed},
	{PTP_TLV_SLAVE_TX_EVENT_TIMESTAMPS, "SLAVE_TX_EVENT_TIMESTAMPS", tx_event},
	{PTP_TLV_CUMULATIVE_RATE_RATIO, "CUMULATIVE_RATE_RATIO", cumulative_rate_ratio},
	{PTP_TLV_PAD, "PAD", pad},
	{PTP_TLV_AUTHENTICATION, "AUTHENTICATION", authentication},
};

static const struct tlv_row *find_tlv(unsigned int type)
{
	unsigned int i;

	for (i = 0; i < sizeof(tlvs) / sizeof(*tlvs); i++)
		if (tlvs[i].type == type)
			return &tlvs[i];
	return NULL;
}

const char *ptp_tlv_name(unsigned int type)
{
	const struct tlv_row *row = find_tlv(type);

	return row ? row->name : NULL;
}

const struct field *tlv_table(unsigned int type, const uint8_t *value, uint32_t len)
{
	const struct tlv_row *row = find_tlv(type);

	if (type == PTP_TLV_L1_SYNC && len && value[0] & L1_SYNC_OPT_PARAMS)
		return l1_sync_extended;
	return row ? row->table : NULL;
}

/* ---- organisation extensions ---- */

/* IEEE 802.1AS-2020, 11.4.4.3 and 10.6.4.3 to 10.6.4.5. */
static const struct field as_follow_up[] = {
	{"cumulativeScaledRateOffset", FIELD_I32},
	{"gmTimeBaseIndicator", FIELD_U16},
	{"lastGmPhaseChange", FIELD_OCTETS, 12},
	{"scaledLastGmFreqChange", FIELD_I32},
	{0},
};

static const struct field as_interval_request[] = {
	{"linkDelayInterval", FIELD_I8},
	{"timeSyncInterval", FIELD_I8},
	{"announceInterval", FIELD_I8},
	{"computeNeighborRateRatio", FIELD_BIT, 0},
	{"computeMeanLinkDelay", FIELD_BIT, 1},
	{"oneStepReceiveCapable", FIELD_BIT, 2},
	{NULL, FIELD_SKIP, 1},
	{NULL, FIELD_SKIP, 2},
	{0},
};

static const struct field as_capable[] = {
	{"logGptpCapableMessageInterval", FIELD_I8},
	{"flags", FIELD_U8, 2},
	{NULL, FIELD_SKIP, 4},
	{0},
};

static const struct field as_capable_request[] = {
	{"logGptpCapableMessageInterval", FIELD_I8},
	{NULL, FIELD_SKIP, 3},
	{0},
};

static const struct field c37_2011[] = {
	{"grandmasterID", FIELD_U16},
	{"grandmasterTimeInaccuracy", FIELD_U32},
	{"networkTimeInaccuracy", FIELD_U32},
	{NULL, FIELD_SKIP, 2},
	{0},
};

static const struct field c37_2017[] = {
	{"grandmasterID", FIELD_U16},
	{NULL, FIELD_SKIP, 4},
	{"totalTimeInaccuracy", FIELD_U32},
	{NULL, FIELD_SKIP, 2},
	{0},
};

static const struct field itu_interface_rate[] = {
	{"interfaceBitPeriod", FIELD_U64},
	{"numberBitsBeforeTimestamp", FIELD_U16},
	{"numberBitsAfterTimestamp", FIELD_U16},
	{0},
};

static const struct field smpte[] = {
	{"defaultSystemFrameRateNumerator", FIELD_U32},
	{"defaultSystemFrameRateDenominator", FIELD_U32},
	{"masterLockingStatus", FIELD_U8},
	{"timeAddressFlags", FIELD_U8, 2},
	{"currentLocalOffset", FIELD_I32},
	{"jumpSeconds", FIELD_I32},
	{"timeOfNextJump", FIELD_U48},
	{"timeOfNextJam", FIELD_U48},
	{"timeOfPreviousJam", FIELD_U48},
	{"previousJamLocalOffset", FIELD_I32},
	{"daylightSaving", FIELD_U8, 2},
	{"leapSecondJump", FIELD_U8, 2},
	{0},
};

/* White Rabbit: the subtype is a magic number and a version, the message's kind comes first. */
enum {
	WR_SUBTYPE = 0xdead01,
	WR_CALIBRATE = 0x1003,
	WR_CALIBRATED = 0x1004,
	WR_ANN_SUFIX = 0x2000
};

static const char *wr_message_name(unsigned int id)
{
	static const char *const names[] = {"SLAVE_PRESENT", "LOCK",       "LOCKED",
					    "CALIBRATE",     "CALIBRATED", "WR_MODE_ON"};

	if (id == WR_ANN_SUFIX)
		return "ANN_SUFIX";
	return id >= 0x1000 && id <= 0x1005 ? names[id - 0x1000] : NULL;
}

#define WR_MESSAGE_ID                                                                              \
	{                                                                                          \
		"wrMessageID", FIELD_U16, 4, .meaning = wr_message_name                            \
	}

static const struct field wr_announce[] = {
	WR_MESSAGE_ID,
	{NULL, FIELD_SKIP, 1},
	{"calibrated", FIELD_BIT, 2},
	{"wrModeOn", FIELD_BIT, 3},
	{"wrConfig", FIELD_LOW},
	{NULL, FIELD_SKIP, 1},
	{0},
};

static const struct field wr_calibrate[] = {
	WR_MESSAGE_ID,
	{"calSendPattern", FIELD_U8},
	{"calRetry", FIELD_U8},
	{"calPeriod", FIELD_U32},
	{0},
};

static const struct field wr_calibrated[] = {
	WR_MESSAGE_ID,
	{"deltaTx", FIELD_INTERVAL},
	{"deltaRx", FIELD_INTERVAL},
	{0},
};

static const struct field wr_other[] = {WR_MESSAGE_ID, {"dataField", FIELD_REST}, {0}};

static const struct organization_row {
	uint32_t organization;
	uint32_t subtype;
	const char *name;
	const struct field *table;
} organizations[] = {
	{PTP_ORG_IEEE_802_1, 1, "Follow_Up information", as_follow_up},
	{PTP_ORG_IEEE_802_1, 2, "message interval request", as_interval_request},
	{PTP_ORG_IEEE_802_1, 3, "CSN", NULL},
	{PTP_ORG_IEEE_802_1, 4, "gPTP-capable", as_capable},
	{PTP_ORG_IEEE_802_1, 5, "gPTP-capable message interval request", as_capable_request},
	{PTP_ORG_C37_238, 1, "C37.238-2011", c37_2011},
	{PTP_ORG_C37_238, 2, "C37.238-2017", c37_2017},
	{PTP_ORG_ITU_T, 2, "interface rate", itu_interface_rate},
	{PTP_ORG_SMPTE, 1, "synchronization metadata", smpte},
	{PTP_ORG_CERN, WR_SUBTYPE, "White Rabbit", wr_other},
};

static const struct organization_row *find_organization(uint32_t organization, uint32_t subtype)
{
	unsigned int i;

	for (i = 0; i < sizeof(organizations) / sizeof(*organizations); i++)
		if (organizations[i].organization == organization &&
		    organizations[i].subtype == subtype)
			return &organizations[i];
	return NULL;
}

static const struct field *wr_table(const uint8_t *value, uint32_t len)
{
	switch (len < 2 ? 0 : get_be16(value)) {
	case WR_ANN_SUFIX:
		return wr_announce;
	case WR_CALIBRATE:
		return wr_calibrate;
	case WR_CALIBRATED:
		return wr_calibrated;
	default:
		return wr_other;
	}
}

const struct field *tlv_organization_table(uint32_t organization, uint32_t subtype,
					   const uint8_t *value, uint32_t len)
{
	const struct organization_row *row = find_organization(organization, subtype);

	if (row && organization == PTP_ORG_CERN)
		return wr_table(value, len);
	return row ? row->table : NULL;
}

const char *tlv_subtype_name(uint32_t organization, uint32_t subtype)
{
	const struct organization_row *row = find_organization(organization, subtype);

	return row ? row->name : NULL;
}

const char *tlv_organization_name(uint32_t organization)
{
	switch (organization) {
	case PTP_ORG_IEEE_802_1:
		return "IEEE 802.1";
	case PTP_ORG_C37_238:
		return "IEEE C37.238";
	case PTP_ORG_ITU_T:
		return "ITU-T";
	case PTP_ORG_SMPTE:
		return "SMPTE";
	case PTP_ORG_CERN:
		return "CERN";
	default:
		return NULL;
	}
}
