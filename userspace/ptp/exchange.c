/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "exchange.h"

#include "bytes.h"
#include "random.h"

#include <stdlib.h>
#include <string.h>

enum {
	TYPES = 16,
	NEVER = 0xff,   /* no message type */
	REMEMBERED = 4, /* times kept of each event message, by sequenceId */
	PENDING_MAX = 2,
	JUMP_MAX = 16,
};

/* What is known of a message type: who sends it, the type whose sequenceId it shares, the event
 * message whose time it carries. The order is that of a round. */
static const struct kind {
	uint8_t type, port, series, carries;
	uint8_t control; /* table 42 of 1588-2008; 0 in the edition of 2019 */
	bool interval;   /* logMessageInterval is advertised */
} kinds[] = {
	{PTP_ANNOUNCE, 0, PTP_ANNOUNCE, NEVER, 5, true},
	{PTP_SYNC, 0, PTP_SYNC, NEVER, 0, true},
	{PTP_FOLLOW_UP, 0, PTP_SYNC, PTP_SYNC, 2, true},
	{PTP_DELAY_REQ, 1, PTP_DELAY_REQ, NEVER, 1, false},
	{PTP_DELAY_RESP, 0, PTP_DELAY_REQ, PTP_DELAY_REQ, 3, true},
	{PTP_PDELAY_REQ, 1, PTP_PDELAY_REQ, NEVER, 5, false},
	{PTP_PDELAY_RESP, 0, PTP_PDELAY_REQ, PTP_PDELAY_REQ, 5, false},
	{PTP_PDELAY_RESP_FOLLOW_UP, 0, PTP_PDELAY_REQ, PTP_PDELAY_RESP, 5, false},
	{PTP_SIGNALING, 1, PTP_SIGNALING, NEVER, 5, false},
	{PTP_MANAGEMENT, 1, PTP_MANAGEMENT, NEVER, 4, false},
};
#define KINDS (sizeof(kinds) / sizeof(*kinds))

struct exchange {
	struct exchange_plan plan;
	uint16_t messages; /* with the Follow_Ups */
	const struct kind *order[KINDS];
	unsigned int count, at; /* messages of a round; the next one */
	uint64_t round;
	uint16_t jumped[TYPES]; /* what sequence errors added, by series */
	int64_t due_ns;         /* of the last step */
	struct exchange_step pending[PENDING_MAX], held;
	unsigned int pendings;
	bool holding;
	uint64_t random;

	bool started;
	int64_t start_ns; /* the first time that the caller told: drift counts from here */
	struct {
		bool known;
		uint16_t sequence;
		int64_t time_ns;
	} left[TYPES][REMEMBERED];
};

static uint16_t with_follow_ups(const struct exchange_plan *p)
{
	uint16_t m = p->messages;

	if (p->two_step && m & 1 << PTP_SYNC)
		m |= 1 << PTP_FOLLOW_UP;
	if (p->two_step && m & 1 << PTP_PDELAY_RESP)
		m |= 1 << PTP_PDELAY_RESP_FOLLOW_UP;
	return m;
}

static const struct kind *kind_of(unsigned int type)
{
	const struct kind *k = kinds;

	while (k->type != type)
		k++;
	return k;
}

unsigned int exchange_round_len(const struct exchange_plan *plan)
{
	uint16_t messages = with_follow_ups(plan);
	unsigned int n = 0;

	for (const struct kind *k = kinds; k < kinds + KINDS; k++)
		n += messages >> k->type & 1;
	return n;
}

int exchange_new(struct exchange **out, const struct exchange_plan *plan)
{
	unsigned int n = exchange_round_len(plan);
	struct exchange *x;

	if (!n || plan->period_ns <= 0 || plan->spacing_ns < 0 ||
	    plan->spacing_ns > plan->period_ns / n || plan->tlv_count > EXCHANGE_TLVS_MAX ||
	    plan->rounds > (uint64_t)(EXCHANGE_DURATION_MAX / plan->period_ns))
		return -EINVAL;
	x = calloc(1, sizeof(*x));
	if (!x)
		return -ENOMEM;
	x->plan = *plan;
	x->messages = with_follow_ups(plan);
	x->random = plan->seed;
	for (const struct kind *k = kinds; k < kinds + KINDS; k++)
		if (x->messages >> k->type & 1)
			x->order[x->count++] = k;
	*out = x;
	return 0;
}

void exchange_free(struct exchange *x)
{
	free(x);
}

/* ---- what is sent when ---- */

/* A draw only where there is something to decide: what one error does stays the same without it. */
static bool happens(struct exchange *x, uint32_t ppm)
{
	return ppm && random_below(&x->random, EXCHANGE_PPM) < ppm;
}

static bool first_of_series(const struct exchange *x)
{
	return !x->at || x->order[x->at - 1]->series != x->order[x->at]->series;
}

/* The next message of the plan, in its place. */
static void planned(struct exchange *x, struct exchange_step *s)
{
	const struct kind *k = x->order[x->at];

	if (first_of_series(x) && happens(x, x->plan.jump))
		x->jumped[k->series] += (uint16_t)(1 + random_below(&x->random, JUMP_MAX));
	*s = (struct exchange_step){.type = k->type, .port = k->port};
	s->sequence = (uint16_t)(x->plan.sequence + x->round + x->jumped[k->series]);
	s->due_ns = (int64_t)x->round * x->plan.period_ns + x->at * x->plan.spacing_ns;
	if (x->plan.lateness_ns)
		s->due_ns += (int64_t)random_below(&x->random, (uint64_t)x->plan.lateness_ns + 1);
	s->lost = happens(x, x->plan.loss);
	if (++x->at == x->count) {
		x->at = 0;
		x->round++;
	}
}

static void pend(struct exchange *x, const struct exchange_step *s, int64_t due_ns)
{
	x->pending[x->pendings] = *s;
	x->pending[x->pendings++].due_ns = due_ns;
}

/* What follows a planned step because of errors: its duplicate, the message that it overtook. */
static void add_errors(struct exchange *x, const struct exchange_step *s)
{
	if (!s->lost && happens(x, x->plan.duplicate)) {
		pend(x, s, s->due_ns + x->plan.spacing_ns / 4);
		x->pending[x->pendings - 1].duplicate = true;
	}
	if (x->holding && x->held.type == s->type) {
		pend(x, &x->held, s->due_ns + x->plan.spacing_ns / 2);
		x->holding = false;
	}
}

/* planned() has gone on to the step behind s already. */
static bool in_last_round(const struct exchange *x)
{
	return x->round + (x->at != 0) >= x->plan.rounds;
}

static bool hold(struct exchange *x, const struct exchange_step *s)
{
	if (x->holding || s->lost || in_last_round(x) || !happens(x, x->plan.reorder))
		return false;
	x->held = *s;
	x->held.overtaken = true;
	x->holding = true;
	return true;
}

static int give(struct exchange *x, struct exchange_step *out, const struct exchange_step *s)
{
	*out = *s;
	if (out->due_ns < x->due_ns)
		out->due_ns = x->due_ns;
	x->due_ns = out->due_ns;
	return 1;
}

int exchange_next(struct exchange *x, struct exchange_step *step)
{
	struct exchange_step s;

	if (x->pendings) {
		s = x->pending[0];
		x->pending[0] = x->pending[1];
		x->pendings--;
		return give(x, step, &s);
	}
	do {
		if (x->round >= x->plan.rounds)
			return 0;
		planned(x, &s);
	} while (hold(x, &s));
	add_errors(x, &s);
	return give(x, step, &s);
}

/* ---- times ---- */

static void start(struct exchange *x, int64_t time_ns)
{
	if (!x->started)
		x->start_ns = time_ns;
	x->started = true;
}

/* What the first port's clock shows, ns since its epoch. */
static int64_t first_clock(struct exchange *x, int64_t time_ns)
{
	const struct exchange_plan *p = &x->plan;
	__int128 t = (__int128)(time_ns - x->start_ns) * p->drift_ppb / 1000000000;

	t += (__int128)time_ns + p->offset_ns;
	if (p->noise_ns)
		t += (int64_t)random_below(&x->random, 2 * (uint64_t)p->noise_ns + 1) - p->noise_ns;
	return t < 0 ? 0 : t > INT64_MAX ? INT64_MAX : (int64_t)t;
}

static struct ptp_timestamp timestamp(int64_t ns)
{
	return (struct ptp_timestamp){(uint64_t)ns / 1000000000u, (uint32_t)(ns % 1000000000)};
}

void exchange_left(struct exchange *x, const struct exchange_step *s, int64_t time_ns)
{
	unsigned int i = s->sequence % REMEMBERED;

	start(x, time_ns);
	if (s->duplicate)
		return;
	x->left[s->type][i].known = true;
	x->left[s->type][i].sequence = s->sequence;
	x->left[s->type][i].time_ns = time_ns;
}

static bool known(const struct exchange *x, unsigned int type, uint16_t sequence)
{
	unsigned int i = sequence % REMEMBERED;

	return x->left[type][i].known && x->left[type][i].sequence == sequence;
}

bool exchange_ready(const struct exchange *x, const struct exchange_step *s)
{
	uint8_t carries = kind_of(s->type)->carries;

	return carries == NEVER || !(x->messages >> carries & 1) || known(x, carries, s->sequence);
}

static int64_t time_carried(const struct exchange *x, const struct exchange_step *s, int64_t now_ns)
{
	uint8_t carries = kind_of(s->type)->carries;

	return carries != NEVER && known(x, carries, s->sequence)
		       ? x->left[carries][s->sequence % REMEMBERED].time_ns
		       : now_ns;
}

/* ---- the message ---- */

static void header(const struct exchange *x, const struct exchange_step *s, struct ptp_message *m)
{
	const struct exchange_plan *p = &x->plan;
	const struct kind *k = kind_of(s->type);

	m->major_sdo_id = p->major_sdo_id;
	m->minor_sdo_id = p->minor_sdo_id;
	m->version = 2;
	m->minor_version = p->minor_version;
	m->type = s->type;
	m->domain = p->domain;
	m->source = p->port[s->port];
	m->sequence = s->sequence;
	m->control = p->minor_version ? 0 : k->control;
	m->log_interval = k->interval || (p->ieee_802_1as && s->type == PTP_PDELAY_REQ)
				  ? p->log_interval
				  : PTP_LOG_INTERVAL_NONE;
	/* The lower octet belongs to Announce (table 37); 802.1AS has ptpTimescale everywhere. */
	m->flags = p->flags & (s->type == PTP_ANNOUNCE ? 0xffff : 0xff00);
	if (p->ieee_802_1as)
		m->flags |= p->flags & PTP_FLAG_PTP_TIMESCALE;
	if (p->two_step && (s->type == PTP_SYNC || s->type == PTP_PDELAY_RESP))
		m->flags |= PTP_FLAG_TWO_STEP;
}

/* t2 in Pdelay_Resp; one-step (11.4.2): zero, and the turnaround t3 - t2 in the correction. */
static void pdelay_resp(struct exchange *x, struct ptp_message *m, int64_t t2, int64_t now_ns)
{
	if (x->plan.two_step)
		m->timestamp = timestamp(first_clock(x, t2));
	else
		m->correction += (now_ns - t2) * 65536;
}

static void body(struct exchange *x, const struct exchange_step *s, int64_t now_ns,
		 struct ptp_message *m)
{
	int64_t t = time_carried(x, s, now_ns);

	/* Responses copy the correction of the request (11.3.2, 11.4.2); a two-step Pdelay_Resp
	 * leaves that to its Follow_Up. */
	if (ptp_is_event(s->type) || s->type == PTP_DELAY_RESP ||
	    s->type == PTP_PDELAY_RESP_FOLLOW_UP)
		m->correction = x->plan.correction;
	m->port = x->plan.port[!s->port];
	switch (s->type) {
	case PTP_SYNC:
		if (!x->plan.two_step)
			m->timestamp = timestamp(first_clock(x, now_ns));
		break;
	case PTP_PDELAY_RESP:
		pdelay_resp(x, m, t, now_ns);
		break;
	case PTP_FOLLOW_UP:
	case PTP_DELAY_RESP:
	case PTP_PDELAY_RESP_FOLLOW_UP:
		m->timestamp = timestamp(first_clock(x, t));
		break;
	case PTP_ANNOUNCE:
		m->announce = x->plan.announce;
		break;
	}
}

/* A TLV's four octets and its value at *at. */
static bool put_tlv(uint8_t *octets, size_t size, size_t *at, unsigned int type,
		    const uint8_t *value, size_t len)
{
	if (*at > size || 4 + len > size - *at)
		return false;
	put_be16(octets + *at, (uint16_t)type);
	put_be16(octets + *at + 2, (uint16_t)len);
	memcpy(octets + *at + 4, value, len);
	*at += 4 + len;
	return true;
}

/* The TLVs that belong to a message without being asked for. */
static bool put_own_tlvs(const struct exchange *x, const struct exchange_step *s, uint8_t *octets,
			 size_t size, size_t *at)
{
	const struct exchange_plan *p = &x->plan;
	/* 802.1AS-2020, 11.4.4.3: all zero but organizationId and subtype: no rate offset. */
	static const uint8_t follow_up[28] = {0x00, 0x80, 0xc2, 0, 0, 1};
	/* 10.6.4.3: the three intervals follow, then flags and two reserved octets. */
	uint8_t interval[12] = {0x00, 0x80, 0xc2, 0, 0, 2};
	/* 16.1.4.1: Sync for 300 seconds. */
	uint8_t unicast[6] = {PTP_SYNC << 4, (uint8_t)p->log_interval, 0, 0, 300 >> 8, 300 & 0xff};
	uint8_t id[2];

	if (s->type == PTP_SIGNALING && p->ieee_802_1as) {
		memset(interval + 6, p->log_interval, 3);
		return put_tlv(octets, size, at, PTP_TLV_ORGANIZATION_EXTENSION, interval, 12);
	}
	if (s->type == PTP_SIGNALING)
		return put_tlv(octets, size, at, PTP_TLV_REQUEST_UNICAST_TRANSMISSION, unicast, 6);
	if (s->type == PTP_MANAGEMENT) {
		put_be16(id, p->management_id);
		return put_tlv(octets, size, at, PTP_TLV_MANAGEMENT, id, 2);
	}
	if (s->type == PTP_FOLLOW_UP && p->ieee_802_1as)
		return put_tlv(octets, size, at, PTP_TLV_ORGANIZATION_EXTENSION, follow_up, 28);
	if (s->type == PTP_ANNOUNCE && p->ieee_802_1as)
		return put_tlv(octets, size, at, PTP_TLV_PATH_TRACE, p->announce.grandmaster.octets,
			       8);
	return true;
}

int exchange_encode(struct exchange *x, const struct exchange_step *s, int64_t now_ns,
		    uint8_t *octets, size_t size)
{
	struct ptp_message m = {0};
	size_t at;
	int ret;

	start(x, now_ns);
	header(x, s, &m);
	body(x, s, now_ns, &m);
	ret = ptp_encode(octets, size, &m);
	if (ret < 0)
		return ret;
	at = (size_t)ret;
	if (!put_own_tlvs(x, s, octets, size, &at))
		return -EMSGSIZE;
	for (const struct exchange_tlv *t = x->plan.tlvs; t < x->plan.tlvs + x->plan.tlv_count; t++)
		if (t->messages >> s->type & 1 &&
		    !put_tlv(octets, size, &at, t->type, t->value, t->len))
			return -EMSGSIZE;
	put_be16(octets + 2, (uint16_t)at); /* messageLength */
	return (int)at;
}
