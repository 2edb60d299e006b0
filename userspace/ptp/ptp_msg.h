/* SPDX-License-Identifier: GPL-2.0-or-later */
/* PTP messages of IEEE 1588-2008/2019 and IEEE 802.1AS: the constants, the message as a value,
 * decoded from octets and encoded into them. Clause and table numbers are those of IEEE 1588-2019.
 * All members are in host byte order. */
#ifndef PTP_MSG_H
#define PTP_MSG_H

#include "problem.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PTP_ETHERTYPE 0x88f7 /* annex E */
#define PTP_UDP_EVENT 319    /* annexes C and D */
#define PTP_UDP_GENERAL 320
#define PTP_HEADER_LEN 34                          /* 13.3 */
#define PTP_MAC_PRIMARY "\x01\x1b\x19\x00\x00\x00" /* all but peer delay */
#define PTP_MAC_PEER "\x01\x80\xc2\x00\x00\x0e"    /* peer delay; 802.1AS: everything */
#define PTP_LOG_INTERVAL_NONE 0x7f

enum ptp_type { /* table 36; below 8: event messages */
		PTP_SYNC = 0x0,
		PTP_DELAY_REQ = 0x1,
		PTP_PDELAY_REQ = 0x2,
		PTP_PDELAY_RESP = 0x3,
		PTP_FOLLOW_UP = 0x8,
		PTP_DELAY_RESP = 0x9,
		PTP_PDELAY_RESP_FOLLOW_UP = 0xa,
		PTP_ANNOUNCE = 0xb,
		PTP_SIGNALING = 0xc,
		PTP_MANAGEMENT = 0xd,
};

/* flagField as a big-endian number: its first octet is the upper one (table 37). */
enum ptp_flag {
	PTP_FLAG_ALTERNATE_MASTER = 0x0100,
	PTP_FLAG_TWO_STEP = 0x0200,
	PTP_FLAG_UNICAST = 0x0400,
	PTP_FLAG_PROFILE1 = 0x2000,
	PTP_FLAG_PROFILE2 = 0x4000,
	PTP_FLAG_SECURITY = 0x8000,
	PTP_FLAG_LEAP61 = 0x0001,
	PTP_FLAG_LEAP59 = 0x0002,
	PTP_FLAG_UTC_OFFSET_VALID = 0x0004,
	PTP_FLAG_PTP_TIMESCALE = 0x0008,
	PTP_FLAG_TIME_TRACEABLE = 0x0010,
	PTP_FLAG_FREQUENCY_TRACEABLE = 0x0020,
	PTP_FLAG_SYNCHRONIZATION_UNCERTAIN = 0x0040,
};

enum ptp_tlv_type { /* table 52 */
		    PTP_TLV_MANAGEMENT = 0x0001,
		    PTP_TLV_MANAGEMENT_ERROR_STATUS = 0x0002,
		    PTP_TLV_ORGANIZATION_EXTENSION = 0x0003,
		    PTP_TLV_REQUEST_UNICAST_TRANSMISSION = 0x0004,
		    PTP_TLV_GRANT_UNICAST_TRANSMISSION = 0x0005,
		    PTP_TLV_CANCEL_UNICAST_TRANSMISSION = 0x0006,
		    PTP_TLV_ACKNOWLEDGE_CANCEL_UNICAST_TRANSMISSION = 0x0007,
		    PTP_TLV_PATH_TRACE = 0x0008,
		    PTP_TLV_ALTERNATE_TIME_OFFSET_INDICATOR = 0x0009,
		    PTP_TLV_ORGANIZATION_EXTENSION_PROPAGATE = 0x4000,
		    PTP_TLV_ENHANCED_ACCURACY_METRICS = 0x4001,
		    PTP_TLV_ORGANIZATION_EXTENSION_DO_NOT_PROPAGATE = 0x8000,
		    PTP_TLV_L1_SYNC = 0x8001,
		    PTP_TLV_PORT_COMMUNICATION_AVAILABILITY = 0x8002,
		    PTP_TLV_PROTOCOL_ADDRESS = 0x8003,
		    PTP_TLV_SLAVE_RX_SYNC_TIMING_DATA = 0x8004,
		    PTP_TLV_SLAVE_RX_SYNC_COMPUTED_DATA = 0x8005,
		    PTP_TLV_SLAVE_TX_EVENT_TIMESTAMPS = 0x8006,
		    PTP_TLV_CUMULATIVE_RATE_RATIO = 0x8007,
		    PTP_TLV_PAD = 0x8008,
		    PTP_TLV_AUTHENTICATION = 0x8009,
};

#define PTP_ORG_IEEE_802_1                                                                         \
	0x0080c2 /* organizationId of 802.1AS's TLVs; subtype 1: Follow_Up information */

struct ptp_clock_identity {
	uint8_t octets[8];
};

struct ptp_port_identity {
	struct ptp_clock_identity clock;
	uint16_t port;
};

struct ptp_timestamp {
	uint64_t seconds;     /* 48 bits */
	uint32_t nanoseconds; /* as sent: 10^9 and more is a fault of the sender */
};

struct ptp_announce {
	int16_t current_utc_offset; /* s */
	uint8_t priority1;
	uint8_t clock_class;
	uint8_t clock_accuracy;
	uint16_t offset_scaled_log_variance;
	uint8_t priority2;
	struct ptp_clock_identity grandmaster;
	uint16_t steps_removed;
	uint8_t time_source;
};

struct ptp_message {
	uint8_t major_sdo_id; /* upper nibble of octet 0: transportSpecific in 1588-2008 */
	uint8_t type;         /* enum ptp_type; as sent, reserved values too */
	uint8_t minor_version;
	uint8_t version;
	uint16_t length; /* messageLength, as sent */
	uint8_t domain;
	uint8_t minor_sdo_id;
	uint16_t flags;
	int64_t correction;     /* 2^-16 ns */
	uint32_t type_specific; /* messageTypeSpecific; with Marvell's EMBED_ARRIVAL the arrival
				   counter */
	struct ptp_port_identity source;
	uint16_t sequence;
	uint8_t control; /* a constant by type; senders of 2.1 put 0: not to be checked */
	int8_t log_interval;

	/* originTimestamp, preciseOriginTimestamp, receiveTimestamp, requestReceiptTimestamp or
	 * responseOriginTimestamp, by type. */
	struct ptp_timestamp timestamp;
	/* requestingPortIdentity or targetPortIdentity, by type. */
	struct ptp_port_identity port;
	struct ptp_announce announce;
	uint8_t starting_boundary_hops, boundary_hops, action; /* Management */

	/* What decoding found. */
	bool has_header, has_body;
	const uint8_t *octets; /* the message's first octet, not owned */
	uint16_t tlv_offset;   /* where TLVs begin; has_body only */
	uint16_t end;          /* end of the message: min(messageLength, octets at hand) */
};

/* The length of a message of this type without TLVs, 0 for a reserved type. */
uint16_t ptp_body_len(unsigned int type);
static inline bool ptp_is_event(unsigned int type)
{
	return type < 8;
}

/* Decodes the message at the start of `octets`; what lies behind messageLength is not its own. Of
 * version 1 (IEEE 1588-2002) only `version` is told: no header, and nothing wrong with it. 0,
 * or -EBADMSG with what is wrong at which octet: out->has_header and has_body say what can be used
 * all the same. TLVs are walked by ptp_tlv.h and not checked here. */
int ptp_decode(struct ptp_message *out, const uint8_t *octets, size_t len, struct problem *problem);

/* Header and body into `octets`, reserved octets zero: the length written, or -EMSGSIZE, or -EINVAL
 * for a reserved type. messageLength is msg->length; 0: that of the body alone. The caller appends
 * TLVs. */
int ptp_encode(uint8_t *octets, size_t size, const struct ptp_message *msg);

#endif
