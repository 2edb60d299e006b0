/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What two PTP ports would say to each other: rounds of messages, in order, with the time at which
 * each is due, and with the errors that were asked for. No socket, no clock: the caller sends, and
 * tells when a message left, because the messages that follow carry that time.
 *
 * The first port is the master and the responder, the second one the requester. All time stamps in
 * messages are the first port's. */
#ifndef EXCHANGE_H
#define EXCHANGE_H

#include "ptp_msg.h"

enum { EXCHANGE_TLVS_MAX = 8, EXCHANGE_TLV_VALUE_MAX = 256 };
/* The longest message: its body, the TLVs of the plan and those of the profile. */
#define EXCHANGE_MESSAGE_MAX (64 + EXCHANGE_TLVS_MAX * (4 + EXCHANGE_TLV_VALUE_MAX) + 64)
#define EXCHANGE_PPM 1000000u
#define EXCHANGE_DURATION_MAX (INT64_MAX / 4) /* ns: 73 years */

struct exchange_tlv {
	uint16_t messages; /* set of 1 << enum ptp_type: which messages end with it */
	uint16_t type;
	uint16_t len; /* the standard wants it even (14.1) */
	uint8_t value[EXCHANGE_TLV_VALUE_MAX];
};

struct exchange_plan {
	uint16_t messages; /* set of 1 << enum ptp_type; the Follow_Ups come with two_step */
	bool two_step;
	bool ieee_802_1as;   /* Follow_Up information TLV, path trace TLV, requests with an interval
			      */
	uint64_t rounds;     /* each message of the set once in a round */
	int64_t period_ns;   /* from round to round, > 0 */
	int64_t spacing_ns;  /* from message to message in a round */
	int64_t lateness_ns; /* a message is due up to this much late, at random */

	struct ptp_port_identity port[2];
	uint8_t major_sdo_id, minor_sdo_id, minor_version, domain;
	uint16_t flags;      /* of every message; twoStep is added where it belongs */
	uint16_t sequence;   /* first sequenceId */
	int64_t correction;  /* 2^-16 ns, of event messages and of the responses that copy it */
	int8_t log_interval; /* of the messages that advertise one */
	uint16_t management_id;
	struct ptp_announce announce;
	struct exchange_tlv tlvs[EXCHANGE_TLVS_MAX];
	unsigned int tlv_count;

	/* The first port's clock against the one that stamps frames. */
	int64_t offset_ns; /* constant */
	int64_t drift_ppb; /* it gains this many ns a second */
	int64_t noise_ns;  /* each time stamp is off by up to this much, at random, either way */

	/* Errors, each message alone, in parts of EXCHANGE_PPM. */
	uint32_t loss, duplicate, reorder, jump;
	uint64_t seed; /* the same seed and plan: the same steps */
};

struct exchange_step {
	uint8_t type;
	uint8_t port; /* 0 or 1: who sends */
	uint16_t sequence;
	int64_t due_ns; /* since the start; never less than the step before */
	bool lost;      /* not to be sent; exchange_left() is told its time all the same */
	bool duplicate; /* the step before, again: the same octets, which the caller has */
	bool overtaken; /* held back until the next message of its type had left */
};

struct exchange;

/* 0, -EINVAL for a plan without messages, whose round is longer than its period, or that
 * takes longer than EXCHANGE_DURATION_MAX, -ENOMEM. */
int exchange_new(struct exchange **out, const struct exchange_plan *plan);
void exchange_free(struct exchange *x);

/* Messages in a round, without those of errors. */
unsigned int exchange_round_len(const struct exchange_plan *plan);

/* The next step: 1, or 0 at the end. */
int exchange_next(struct exchange *x, struct exchange_step *step);

/* False for a message that carries the time at which an earlier one left when that is not known. */
bool exchange_ready(const struct exchange *x, const struct exchange_step *step);

/* The message of a step, header, body and TLVs, EXCHANGE_MESSAGE_MAX octets at most. `now_ns`,
 * since 1970, is the time that one-step messages carry, and the stand-in for a time that is not
 * known. Its length, or -EMSGSIZE. */
int exchange_encode(struct exchange *x, const struct exchange_step *step, int64_t now_ns,
		    uint8_t *octets, size_t size);

/* The message of the step left (or would have) at this time, ns since 1970. */
void exchange_left(struct exchange *x, const struct exchange_step *step, int64_t time_ns);

#endif
