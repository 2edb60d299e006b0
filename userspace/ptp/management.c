/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "management.h"

#include "names.h"
#include "tlv.h"

/* A row names what it needs. */
#pragma GCC diagnostic ignored "-Wmissing-field-initializers"

const char *management_port_state_name(unsigned int state)
{
	static const char *const names[] = {"INITIALIZING", "FAULTY",       "DISABLED",
					    "LISTENING",    "PRE_MASTER",   "MASTER",
					    "PASSIVE",      "UNCALIBRATED", "SLAVE"};

	return state >= 1 && state <= 9 ? names[state - 1] : NULL;
}

static const char *delay_mechanism_name(unsigned int mechanism)
{
	switch (mechanism) {
	case 1:
		return "E2E";
	case 2:
		return "P2P";
	case 3:
		return "COMMON_P2P";
	case 4:
		return "SPECIAL";
	case 0xfe:
		return "NO_MECHANISM";
	default:
		return NULL;
	}
}

static const char *severity_name(unsigned int code)
{
	static const char *const names[] = {"Emergency", "Alert",  "Critical",      "Error",
					    "Warning",   "Notice", "Informational", "Debug"};

	return code < 8 ? names[code] : NULL;
}

static const char *initialize_name(unsigned int key)
{
	return key == 0 ? "INITIALIZE_EVENT" : NULL;
}

#define RESERVED(n)                                                                                \
	{                                                                                          \
		NULL, FIELD_SKIP, n                                                                \
	}

static const struct field clock_description[] = {
	{"clockType", FIELD_U16, 4},
	{"physicalLayerProtocol", FIELD_TEXT},
	{"physicalAddress", FIELD_COUNTED16},
	{"protocolAddress", FIELD_ADDRESS},
	{"manufacturerIdentity", FIELD_OCTETS, 3},
	RESERVED(1),
	{"productDescription", FIELD_TEXT},
	{"revisionData", FIELD_TEXT},
	{"userDescription", FIELD_TEXT},
	{"profileIdentity", FIELD_OCTETS, 6},
	{0},
};
static const struct field user_description[] = {{"userDescription", FIELD_TEXT}, {0}};
static const struct field initialize[] = {
	{"initializationKey", FIELD_U16, 0, .meaning = initialize_name}, {0}};

static const struct field fault_record[] = {
	{"faultRecordLength", FIELD_U16},
	{"faultTime", FIELD_TIME},
	{"severityCode", FIELD_U8, 0, .meaning = severity_name},
	{"faultName", FIELD_TEXT},
	{"faultValue", FIELD_TEXT},
	{"faultDescription", FIELD_TEXT},
	{0},
};
static const struct field fault_log[] = {{"numberOfFaultRecords", FIELD_U16},
					 {"faultRecords", FIELD_LIST, .sub = fault_record},
					 {0}};

static const struct field default_data_set[] = {
	{"twoStepFlag", FIELD_BIT, 0},
	{"slaveOnly", FIELD_BIT, 1},
	RESERVED(1),
	RESERVED(1),
	{"numberPorts", FIELD_U16},
	{"priority1", FIELD_U8},
	{"clockClass", FIELD_U8, 0, .meaning = ptp_clock_class_name},
	{"clockAccuracy", FIELD_U8, 2, .meaning = ptp_clock_accuracy_name},
	{"offsetScaledLogVariance", FIELD_U16, 4},
	{"priority2", FIELD_U8},
	{"clockIdentity", FIELD_CLOCK},
	{"domainNumber", FIELD_U8},
	RESERVED(1),
	{0},
};

const struct field management_current[] = {
	{"stepsRemoved", FIELD_U16},
	{"offsetFromMaster", FIELD_INTERVAL},
	{"meanPathDelay", FIELD_INTERVAL},
	{0},
};

const struct field management_parent[] = {
	{"parentPortIdentity", FIELD_PORT},
	{"parentStats", FIELD_BIT, 0},
	RESERVED(1),
	RESERVED(1),
	{"observedParentOffsetScaledLogVariance", FIELD_U16, 4},
	{"observedParentClockPhaseChangeRate", FIELD_I32},
	{"grandmasterPriority1", FIELD_U8},
	{"grandmasterClockClass", FIELD_U8, 0, .meaning = ptp_clock_class_name},
	{"grandmasterClockAccuracy", FIELD_U8, 2, .meaning = ptp_clock_accuracy_name},
	{"grandmasterOffsetScaledLogVariance", FIELD_U16, 4},
	{"grandmasterPriority2", FIELD_U8},
	{"grandmasterIdentity", FIELD_CLOCK},
	{0},
};

const struct field management_time_properties[] = {
	{"currentUtcOffset", FIELD_I16},
	{"leap61", FIELD_BIT, 0},
	{"leap59", FIELD_BIT, 1},
	{"currentUtcOffsetValid", FIELD_BIT, 2},
	{"ptpTimescale", FIELD_BIT, 3},
	{"timeTraceable", FIELD_BIT, 4},
	{"frequencyTraceable", FIELD_BIT, 5},
	RESERVED(1),
	{"timeSource", FIELD_U8, 2, .meaning = ptp_time_source_name},
	{0},
};

static const struct field port_data_set[] = {
	{"portIdentity", FIELD_PORT},
	{"portState", FIELD_U8, 0, .meaning = management_port_state_name},
	{"logMinDelayReqInterval", FIELD_I8},
	{"peerMeanPathDelay", FIELD_INTERVAL},
	{"logAnnounceInterval", FIELD_I8},
	{"announceReceiptTimeout", FIELD_U8},
	{"logSyncInterval", FIELD_I8},
	{"delayMechanism", FIELD_U8, 0, .meaning = delay_mechanism_name},
	{"logMinPdelayReqInterval", FIELD_I8},
	{"versionNumber", FIELD_LOW},
	RESERVED(1),
	{0},
};

/* One octet and a reserved one. */
static const struct field priority1[] = {{"priority1", FIELD_U8}, RESERVED(1), {0}};
static const struct field priority2[] = {{"priority2", FIELD_U8}, RESERVED(1), {0}};
static const struct field domain[] = {{"domainNumber", FIELD_U8}, RESERVED(1), {0}};
static const struct field slave_only[] = {{"slaveOnly", FIELD_BIT, 0}, RESERVED(2), {0}};
static const struct field log_announce[] = {{"logAnnounceInterval", FIELD_I8}, RESERVED(1), {0}};
static const struct field announce_timeout[] = {
	{"announceReceiptTimeout", FIELD_U8}, RESERVED(1), {0}};
static const struct field log_sync[] = {{"logSyncInterval", FIELD_I8}, RESERVED(1), {0}};
static const struct field version_number[] = {{"versionNumber", FIELD_LOW}, RESERVED(2), {0}};
static const struct field current_time[] = {{"currentTime", FIELD_TIME}, {0}};
static const struct field clock_accuracy[] = {
	{"clockAccuracy", FIELD_U8, 2, .meaning = ptp_clock_accuracy_name}, RESERVED(1), {0}};
static const struct field delay_mechanism[] = {
	{"delayMechanism", FIELD_U8, 0, .meaning = delay_mechanism_name}, RESERVED(1), {0}};
static const struct field log_pdelay[] = {{"logMinPdelayReqInterval", FIELD_I8}, RESERVED(1), {0}};
static const struct field primary_domain[] = {{"primaryDomain", FIELD_U8}, RESERVED(1), {0}};
static const struct field max_key[] = {{"maxKey", FIELD_U8}, RESERVED(1), {0}};
static const struct field max_table_size[] = {{"maxTableSize", FIELD_U16}, {0}};
static const struct field unicast_negotiation[] = {
	{"unicastNegotiationPortDS.enable", FIELD_BIT, 0}, RESERVED(2), {0}};
static const struct field path_trace_enable[] = {
	{"pathTraceEnable", FIELD_BIT, 0}, RESERVED(2), {0}};
static const struct field acceptable_enabled[] = {
	{"acceptableMasterPortDS.enable", FIELD_BIT, 0}, RESERVED(2), {0}};
static const struct field external_configuration[] = {
	{"externalPortConfigurationEnabled", FIELD_BIT, 0}, RESERVED(2), {0}};
static const struct field master_only[] = {{"masterOnly", FIELD_BIT, 0}, RESERVED(2), {0}};
static const struct field holdover_upgrade[] = {
	{"holdoverUpgradeEnable", FIELD_BIT, 0}, RESERVED(2), {0}};

static const struct field utc_properties[] = {
	{"currentUtcOffset", FIELD_I16},
	{"leap61", FIELD_BIT, 0},
	{"leap59", FIELD_BIT, 1},
	{"currentUtcOffsetValid", FIELD_BIT, 2},
	RESERVED(2),
	{0},
};
static const struct field traceability[] = {
	{"timeTraceable", FIELD_BIT, 4}, {"frequencyTraceable", FIELD_BIT, 5}, RESERVED(2), {0}};
static const struct field timescale[] = {
	{"ptpTimescale", FIELD_BIT, 3},
	RESERVED(1),
	{"timeSource", FIELD_U8, 2, .meaning = ptp_time_source_name},
	{0},
};

static const struct field one_clock[] = {{NULL, FIELD_CLOCK}, {0}};
static const struct field path_trace_list[] = {{"pathTrace", FIELD_LIST, .sub = one_clock}, {0}};
static const struct field one_address[] = {{NULL, FIELD_ADDRESS}, {0}};
static const struct field cluster_table[] = {
	{"logQueryInterval", FIELD_I8},
	{"actualTableSize", FIELD_U8},
	{"grandmasterClusterMembers", FIELD_LIST, .sub = one_address},
	{0},
};
static const struct field unicast_master_table[] = {
	{"logQueryInterval", FIELD_I8},
	{"actualTableSize", FIELD_U16},
	{"unicastMasters", FIELD_LIST, .sub = one_address},
	{0},
};
static const struct field acceptable_master[] = {
	{"acceptablePortIdentity", FIELD_PORT}, {"alternatePriority1", FIELD_U8}, {0}};
static const struct field acceptable_masters[] = {
	{"actualTableSize", FIELD_U16}, {"list", FIELD_LIST, .sub = acceptable_master}, {0}};

static const struct field alternate_master[] = {
	{"transmitAlternateMulticastSync", FIELD_BIT, 0},
	RESERVED(1),
	{"logAlternateMulticastSyncInterval", FIELD_I8},
	{"numberOfAlternateMasters", FIELD_U8},
	RESERVED(1),
	{0},
};
static const struct field time_offset_enable[] = {
	{"keyField", FIELD_U8}, {"enable", FIELD_BIT, 0}, RESERVED(1), {0}};
static const struct field time_offset_name[] = {
	{"keyField", FIELD_U8}, {"displayName", FIELD_TEXT}, {0}};
static const struct field time_offset_properties[] = {
	{"keyField", FIELD_U8},
	{"currentOffset", FIELD_I32},
	{"jumpSeconds", FIELD_I32},
	{"timeOfNextJump", FIELD_U48},
	RESERVED(1),
	{0},
};

static const struct field transparent_default[] = {
	{"clockIdentity", FIELD_CLOCK},
	{"numberPorts", FIELD_U16},
	{"delayMechanism", FIELD_U8, 0, .meaning = delay_mechanism_name},
	{"primaryDomain", FIELD_U8},
	{0},
};
static const struct field transparent_port[] = {
	{"portIdentity", FIELD_PORT},          {"faultyFlag", FIELD_BIT, 0},          RESERVED(1),
	{"logMinPdelayReqInterval", FIELD_I8}, {"peerMeanPathDelay", FIELD_INTERVAL}, {0},
};

/* linuxptp's, tlv.h. */
static const struct field time_status_np[] = {
	{"masterOffset", FIELD_I64},
	{"ingressTime", FIELD_I64},
	{"cumulativeScaledRateOffset", FIELD_I32},
	{"scaledLastGmPhaseChange", FIELD_I32},
	{"gmTimeBaseIndicator", FIELD_U16},
	{"lastGmPhaseChange", FIELD_OCTETS, 12},
	{"gmPresent", FIELD_I32},
	{"gmIdentity", FIELD_CLOCK},
	{0},
};
static const struct field grandmaster_settings_np[] = {
	{"clockClass", FIELD_U8, 0, .meaning = ptp_clock_class_name},
	{"clockAccuracy", FIELD_U8, 2, .meaning = ptp_clock_accuracy_name},
	{"offsetScaledLogVariance", FIELD_U16, 4},
	{"currentUtcOffset", FIELD_I16},
	{"leap61", FIELD_BIT, 0},
	{"leap59", FIELD_BIT, 1},
	{"currentUtcOffsetValid", FIELD_BIT, 2},
	{"ptpTimescale", FIELD_BIT, 3},
	{"timeTraceable", FIELD_BIT, 4},
	{"frequencyTraceable", FIELD_BIT, 5},
	RESERVED(1),
	{"timeSource", FIELD_U8, 2, .meaning = ptp_time_source_name},
	{0},
};
static const struct field port_data_set_np[] = {
	{"neighborPropDelayThresh", FIELD_U32}, {"asCapable", FIELD_I32}, {0}};
static const struct field port_properties_np[] = {
	{"portIdentity", FIELD_PORT},
	{"portState", FIELD_U8, 0, .meaning = management_port_state_name},
	{"timestamping", FIELD_U8},
	{"interface", FIELD_TEXT},
	{0},
};

static const struct field subscribe_events_np[] = {
	{"duration", FIELD_U16}, {"bitmask", FIELD_OCTETS, 64}, {0}};
static const struct field uncertain_np[] = {
	{"synchronizationUncertain", FIELD_U8}, RESERVED(1), {0}};

/* Counts by messageType, which linuxptp sends least octet first. */
#define COUNTED(which)                                                                             \
	{which "Sync", FIELD_LE64}, {which "Delay_Req", FIELD_LE64},                               \
		{which "Pdelay_Req", FIELD_LE64}, {which "Pdelay_Resp", FIELD_LE64}, RESERVED(32), \
		{which "Follow_Up", FIELD_LE64}, {which "Delay_Resp", FIELD_LE64},                 \
		{which "Pdelay_Resp_Follow_Up", FIELD_LE64}, {which "Announce", FIELD_LE64},       \
		{which "Signaling", FIELD_LE64}, {which "Management", FIELD_LE64}, RESERVED(16)

static const struct field port_stats_np[] = {
	{"portIdentity", FIELD_PORT}, COUNTED("rx_"), COUNTED("tx_"), {0}};
static const struct field port_service_stats_np[] = {
	{"portIdentity", FIELD_PORT},
	{"announce_timeout", FIELD_LE64},
	{"sync_timeout", FIELD_LE64},
	{"delay_timeout", FIELD_LE64},
	{"unicast_service_timeout", FIELD_LE64},
	{"unicast_request_timeout", FIELD_LE64},
	{"master_announce_timeout", FIELD_LE64},
	{"master_sync_timeout", FIELD_LE64},
	{"qualification_timeout", FIELD_LE64},
	{"sync_mismatch", FIELD_LE64},
	{"followup_mismatch", FIELD_LE64},
	{0},
};

static const char *unicast_state_name(unsigned int state)
{
	static const char *const names[] = {"WAIT", "HAVE_ANN", "NEED_SYDY", "HAVE_SYDY"};

	return state < 4 ? names[state] : NULL;
}

static const struct field unicast_master_np[] = {
	{"portIdentity", FIELD_PORT},
	{"clockClass", FIELD_U8, 0, .meaning = ptp_clock_class_name},
	{"clockAccuracy", FIELD_U8, 2, .meaning = ptp_clock_accuracy_name},
	{"offsetScaledLogVariance", FIELD_U16, 4},
	{"selected", FIELD_U8},
	{"portState", FIELD_U8, 0, .meaning = unicast_state_name},
	{"priority1", FIELD_U8},
	{"priority2", FIELD_U8},
	{"portAddress", FIELD_ADDRESS},
	{0},
};
static const struct field unicast_master_table_np[] = {
	{"actualTableSize", FIELD_U16},
	{"unicastMasters", FIELD_LIST, .sub = unicast_master_np},
	{0},
};
static const struct field port_hwclock_np[] = {
	{"portIdentity", FIELD_PORT},
	{"phcIndex", FIELD_I32},
	{"virtualClock", FIELD_BIT, 0},
	RESERVED(2),
	{0},
};
static const struct field power_profile_np[] = {
	{"version", FIELD_U16},
	{"grandmasterID", FIELD_U16},
	{"grandmasterTimeInaccuracy", FIELD_U32},
	{"networkTimeInaccuracy", FIELD_U32},
	{"totalTimeInaccuracy", FIELD_U32},
	{0},
};
static const struct field cmlds_info_np[] = {
	{"meanLinkDelay", FIELD_INTERVAL},
	{"scaledNeighborRateRatio", FIELD_I32},
	{"asCapable", FIELD_U32},
	{0},
};

static const struct id_row {
	uint16_t id;
	const char *name;
	const struct field *table;
} ids[] = {
	{0x0000, "NULL_PTP_MANAGEMENT", NULL},
	{0x0001, "CLOCK_DESCRIPTION", clock_description},
	{0x0002, "USER_DESCRIPTION", user_description},
	{0x0003, "SAVE_IN_NON_VOLATILE_STORAGE", NULL},
	{0x0004, "RESET_NON_VOLATILE_STORAGE", NULL},
	{0x0005, "INITIALIZE", initialize},
	{0x0006, "FAULT_LOG", fault_log},
	{0x0007, "FAULT_LOG_RESET", NULL},
	{0x2000, "DEFAULT_DATA_SET", default_data_set},
	{0x2001, "CURRENT_DATA_SET", management_current},
	{0x2002, "PARENT_DATA_SET", management_parent},
	{0x2003, "TIME_PROPERTIES_DATA_SET", management_time_properties},
	{0x2004, "PORT_DATA_SET", port_data_set},
	{0x2005, "PRIORITY1", priority1},
	{0x2006, "PRIORITY2", priority2},
	{0x2007, "DOMAIN", domain},
	{0x2008, "SLAVE_ONLY", slave_only},
	{0x2009, "LOG_ANNOUNCE_INTERVAL", log_announce},
	{0x200a, "ANNOUNCE_RECEIPT_TIMEOUT", announce_timeout},
	{0x200b, "LOG_SYNC_INTERVAL", log_sync},
	{0x200c, "VERSION_NUMBER", version_number},
	{0x200d, "ENABLE_PORT", NULL},
	{0x200e, "DISABLE_PORT", NULL},
	{0x200f, "TIME", current_time},
	{0x2010, "CLOCK_ACCURACY", clock_accuracy},
	{0x2011, "UTC_PROPERTIES", utc_properties},
	{0x2012, "TRACEABILITY_PROPERTIES", traceability},
	{0x2013, "TIMESCALE_PROPERTIES", timescale},
	{0x2014, "UNICAST_NEGOTIATION_ENABLE", unicast_negotiation},
	{0x2015, "PATH_TRACE_LIST", path_trace_list},
	{0x2016, "PATH_TRACE_ENABLE", path_trace_enable},
	{0x2017, "GRANDMASTER_CLUSTER_TABLE", cluster_table},
	{0x2018, "UNICAST_MASTER_TABLE", unicast_master_table},
	{0x2019, "UNICAST_MASTER_MAX_TABLE_SIZE", max_table_size},
	{0x201a, "ACCEPTABLE_MASTER_TABLE", acceptable_masters},
	{0x201b, "ACCEPTABLE_MASTER_TABLE_ENABLED", acceptable_enabled},
	{0x201c, "ACCEPTABLE_MASTER_MAX_TABLE_SIZE", max_table_size},
	{0x201d, "ALTERNATE_MASTER", alternate_master},
	{0x201e, "ALTERNATE_TIME_OFFSET_ENABLE", time_offset_enable},
	{0x201f, "ALTERNATE_TIME_OFFSET_NAME", time_offset_name},
	{0x2020, "ALTERNATE_TIME_OFFSET_MAX_KEY", max_key},
	{0x2021, "ALTERNATE_TIME_OFFSET_PROPERTIES", time_offset_properties},
	{0x3000, "EXTERNAL_PORT_CONFIGURATION_ENABLED", external_configuration},
	{0x3001, "MASTER_ONLY", master_only},
	{0x3002, "HOLDOVER_UPGRADE_ENABLE", holdover_upgrade},
	{0x3003, "EXT_PORT_CONFIG_PORT_DATA_SET", NULL},
	{0x4000, "TRANSPARENT_CLOCK_DEFAULT_DATA_SET", transparent_default},
	{0x4001, "TRANSPARENT_CLOCK_PORT_DATA_SET", transparent_port},
	{0x4002, "PRIMARY_DOMAIN", primary_domain},
	{0x6000, "DELAY_MECHANISM", delay_mechanism},
	{0x6001, "LOG_MIN_PDELAY_REQ_INTERVAL", log_pdelay},
	{0xc000, "TIME_STATUS_NP", time_status_np},
	{0xc001, "GRANDMASTER_SETTINGS_NP", grandmaster_settings_np},
	{0xc002, "PORT_DATA_SET_NP", port_data_set_np},
	{0xc003, "SUBSCRIBE_EVENTS_NP", subscribe_events_np},
	{0xc004, "PORT_PROPERTIES_NP", port_properties_np},
	{0xc005, "PORT_STATS_NP", port_stats_np},
	{0xc006, "SYNCHRONIZATION_UNCERTAIN_NP", uncertain_np},
	{0xc007, "PORT_SERVICE_STATS_NP", port_service_stats_np},
	{0xc008, "UNICAST_MASTER_TABLE_NP", unicast_master_table_np},
	{0xc009, "PORT_HWCLOCK_NP", port_hwclock_np},
	{0xc00a, "POWER_PROFILE_SETTINGS_NP", power_profile_np},
	{0xc00b, "CMLDS_INFO_NP", cmlds_info_np},
};

static const struct id_row *find_id(unsigned int id)
{
	unsigned int i;

	for (i = 0; i < sizeof(ids) / sizeof(*ids); i++)
		if (ids[i].id == id)
			return &ids[i];
	return NULL;
}

const char *ptp_management_id_name(unsigned int id)
{
	const struct id_row *row = find_id(id);

	return row ? row->name : NULL;
}

const struct field *management_table(unsigned int id)
{
	const struct id_row *row = find_id(id);

	return row ? row->table : NULL;
}
