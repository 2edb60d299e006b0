/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What two ports say to each other: order and times of a round, the times that messages carry, and
 * errors: bounded, counted, and the same from the same seed. */
#include "exchange.h"

#include "bytes.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define COUNT(a) (sizeof(a) / sizeof(*(a)))
#define START 1700000000000000000
#define SECOND 1000000000LL

static const struct exchange_plan plain = {
	.messages = 1 << PTP_SYNC,
	.two_step = true,
	.rounds = 1000,
	.period_ns = SECOND,
	.spacing_ns = 1000000,
	.port = {{{{1}}, 1}, {{{2}}, 2}},
	.seed = 1,
};

enum {
	ALL = 1 << PTP_ANNOUNCE | 1 << PTP_SYNC | 1 << PTP_DELAY_REQ | 1 << PTP_DELAY_RESP |
	      1 << PTP_PDELAY_REQ | 1 << PTP_PDELAY_RESP | 1 << PTP_SIGNALING | 1 << PTP_MANAGEMENT
};

static struct exchange *begin(const struct exchange_plan *p)
{
	struct exchange *x = NULL;

	assert_int_equal(exchange_new(&x, p), 0);
	return x;
}

/* Sends as a capture does: at the very time. The message, decoded. */
static struct ptp_message sent(struct exchange *x, const struct exchange_step *s)
{
	static uint8_t octets[EXCHANGE_MESSAGE_MAX];
	struct ptp_message m;
	struct problem problem;
	int len = exchange_encode(x, s, START + s->due_ns, octets, sizeof(octets));

	assert_true(len > 0);
	assert_int_equal(ptp_decode(&m, octets, (size_t)len, &problem), 0);
	assert_int_equal(m.length, len);
	exchange_left(x, s, START + s->due_ns);
	return m;
}

static int64_t ns(const struct ptp_timestamp *t)
{
	return (int64_t)t->seconds * SECOND + t->nanoseconds;
}

static void order_of_a_round(void **state)
{
	static const uint8_t two_step[] = {PTP_ANNOUNCE,    PTP_SYNC,
					   PTP_FOLLOW_UP,   PTP_DELAY_REQ,
					   PTP_DELAY_RESP,  PTP_PDELAY_REQ,
					   PTP_PDELAY_RESP, PTP_PDELAY_RESP_FOLLOW_UP,
					   PTP_SIGNALING,   PTP_MANAGEMENT},
			     one_step[] = {PTP_ANNOUNCE,   PTP_SYNC,       PTP_DELAY_REQ,
					   PTP_DELAY_RESP, PTP_PDELAY_REQ, PTP_PDELAY_RESP,
					   PTP_SIGNALING,  PTP_MANAGEMENT};
	struct exchange_step s;

	(void)state;
	for (int steps = 1; steps <= 2; steps++) {
		const uint8_t *want = steps == 2 ? two_step : one_step;
		unsigned int n = steps == 2 ? COUNT(two_step) : COUNT(one_step);
		struct exchange_plan p = plain;
		struct exchange *x;

		p.messages = ALL;
		p.two_step = steps == 2;
		p.rounds = 2;
		p.sequence = 65535;
		assert_int_equal(exchange_round_len(&p), n);
		x = begin(&p);
		for (unsigned int i = 0; i < 2 * n; i++) {
			struct ptp_message m;

			assert_int_equal(exchange_next(x, &s), 1);
			assert_int_equal(s.type, want[i % n]);
			assert_int_equal(s.due_ns, i / n * SECOND + i % n * 1000000);
			assert_int_equal(s.sequence, i / n ? 0 : 65535);
			assert_false(s.lost || s.duplicate || s.overtaken);
			m = sent(x, &s);
			assert_int_equal(m.type, s.type);
			assert_int_equal(m.source.port, s.port + 1);
			assert_int_equal(!!(m.flags & PTP_FLAG_TWO_STEP),
					 steps == 2 &&
						 (s.type == PTP_SYNC || s.type == PTP_PDELAY_RESP));
		}
		assert_int_equal(exchange_next(x, &s), 0);
		exchange_free(x);
	}
}

/* By hand from 11.3.2 and 11.4.2: t is when the named event message left. */
static void times_carried(void **state)
{
	static const struct {
		bool two_step;
		unsigned int type;
		int64_t time; /* ms into the round; -1: zero */
		int64_t correction;
	} want[] = {
		{true, PTP_SYNC, -1, 77},
		{true, PTP_FOLLOW_UP, 1, 0},
		{true, PTP_DELAY_RESP, 3, 77},
		{true, PTP_PDELAY_RESP, 5, 77},
		{true, PTP_PDELAY_RESP_FOLLOW_UP, 6, 77},
		{true, PTP_DELAY_REQ, -1, 77},
		{false, PTP_SYNC, 1, 77},
		{false, PTP_DELAY_RESP, 2, 77},
		{false, PTP_PDELAY_RESP, -1, 77 + 1000000 * 65536LL},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(want); i++) {
		struct exchange_plan p = plain;
		struct exchange_step s;
		struct ptp_message m;
		struct exchange *x;
		int found = 0;

		p.messages = ALL;
		p.two_step = want[i].two_step;
		p.correction = 77;
		x = begin(&p);
		for (int n = 0; n < 30 && exchange_next(x, &s); n++) {
			int64_t round = s.due_ns / SECOND * SECOND;

			m = sent(x, &s);
			if (s.type != want[i].type)
				continue;
			found++;
			assert_int_equal(m.correction, want[i].correction);
			assert_int_equal(ns(&m.timestamp),
					 want[i].time < 0 ? 0
							  : START + round + want[i].time * 1000000);
		}
		assert_in_range(found, 2, 4);
		exchange_free(x);
	}
}

static void clock_of_the_first_port(void **state)
{
	struct exchange_plan p = plain;
	struct exchange_step s;
	struct exchange *x;
	int64_t spread = 0;

	(void)state;
	p.two_step = false;
	p.offset_ns = -37;
	p.drift_ppb = 100000;
	x = begin(&p);
	for (int round = 0; exchange_next(x, &s); round++) {
		struct ptp_message m = sent(x, &s);

		assert_int_equal(ns(&m.timestamp), START + s.due_ns - 37 + 100000 * round);
	}
	exchange_free(x);
	p.drift_ppb = 0;
	p.noise_ns = 50;
	x = begin(&p);
	while (exchange_next(x, &s)) {
		struct ptp_message m = sent(x, &s);
		int64_t off = ns(&m.timestamp) - (START + s.due_ns - 37);

		assert_in_range(off + 50, 0, 100);
		spread = llabs(off) > spread ? llabs(off) : spread;
	}
	assert_true(spread > 25);
	exchange_free(x);
}

/* A time that the caller did not tell: not ready, and the stand-in. */
static void time_not_known(void **state)
{
	struct exchange *x = begin(&plain);
	struct exchange_step sync, follow_up;
	struct ptp_message m;

	(void)state;
	assert_int_equal(exchange_next(x, &sync), 1);
	assert_true(exchange_ready(x, &sync));
	assert_int_equal(exchange_next(x, &follow_up), 1);
	assert_false(exchange_ready(x, &follow_up));
	m = sent(x, &follow_up);
	assert_int_equal(ns(&m.timestamp), START + follow_up.due_ns);
	exchange_left(x, &sync, START + 5);
	assert_true(exchange_ready(x, &follow_up));
	m = sent(x, &follow_up);
	assert_int_equal(ns(&m.timestamp), START + 5);
	exchange_free(x);
}

struct seen {
	unsigned int steps, lost, duplicates, overtaken, jumps;
	uint64_t hash;
};

static struct seen look(const struct exchange_plan *p)
{
	struct exchange *x = begin(p);
	struct exchange_step s, before = {0};
	struct seen seen = {0};
	int64_t due = 0;

	for (; exchange_next(x, &s); seen.steps++) {
		assert_true(s.due_ns >= due);
		due = s.due_ns;
		seen.lost += s.lost;
		seen.duplicates += s.duplicate;
		seen.overtaken += s.overtaken;
		if (s.duplicate)
			assert_true(s.type == before.type && s.sequence == before.sequence);
		else if (!s.overtaken && s.type == PTP_SYNC)
			seen.jumps += seen.steps && (uint16_t)(s.sequence - before.sequence) > 1;
		seen.hash = (seen.hash ^ (uint64_t)s.due_ns ^ s.sequence) * 0x100000001b3u;
		if (!s.overtaken)
			before = s;
	}
	exchange_free(x);
	return seen;
}

static void errors(void **state)
{
	struct exchange_plan p = plain, q;
	struct seen a, b;

	(void)state;
	p.two_step = false;
	a = look(&p);
	assert_int_equal(a.steps, 1000);
	assert_int_equal(a.lost + a.duplicates + a.overtaken + a.jumps, 0);
	q = p;
	q.loss = EXCHANGE_PPM / 10;
	a = look(&q);
	assert_int_equal(a.steps, 1000);
	assert_in_range(a.lost, 50, 150);
	q.loss = EXCHANGE_PPM;
	assert_int_equal(look(&q).lost, 1000);
	q = p;
	q.duplicate = EXCHANGE_PPM / 10;
	a = look(&q);
	assert_in_range(a.duplicates, 50, 150);
	assert_int_equal(a.steps, 1000 + a.duplicates);
	q = p;
	q.reorder = EXCHANGE_PPM / 10;
	a = look(&q);
	assert_int_equal(a.steps, 1000);
	assert_in_range(a.overtaken, 50, 150);
	q = p;
	q.jump = EXCHANGE_PPM / 10;
	a = look(&q);
	assert_int_equal(a.steps, 1000);
	/* A jump by one is a step of two. */
	assert_in_range(a.jumps, 50, 150);
	q.loss = q.duplicate = q.reorder = EXCHANGE_PPM / 10;
	q.lateness_ns = 3 * SECOND;
	q.messages = ALL;
	q.two_step = true;
	a = look(&q);
	b = look(&q);
	assert_memory_equal(&a, &b, sizeof(a));
	q.seed = 2;
	b = look(&q);
	assert_true(a.hash != b.hash);
	assert_int_equal(a.steps - a.duplicates, 10000);
	assert_int_equal(b.steps - b.duplicates, 10000);
}

/* The last round has no next message: nothing is held back and forgotten. */
static void nothing_forgotten(void **state)
{
	struct exchange_plan p = plain;

	(void)state;
	p.messages = ALL;
	p.reorder = EXCHANGE_PPM;
	for (p.rounds = 1; p.rounds < 20; p.rounds++)
		assert_int_equal(look(&p).steps, p.rounds * 10);
}

static void tlvs(void **state)
{
	static const struct {
		unsigned int type;
		bool as;
		int len;
		uint8_t tlv[14];
	} want[] = {
		{PTP_SIGNALING, false, 54, {0, 4, 0, 6, 0, 0xfd, 0, 0, 1, 0x2c}},
		{PTP_SIGNALING,
		 true,
		 60,
		 {0, 3, 0, 12, 0, 0x80, 0xc2, 0, 0, 2, 0xfd, 0xfd, 0xfd, 0}},
		{PTP_MANAGEMENT, false, 54, {0, 1, 0, 2, 0x20, 0x00}},
		{PTP_FOLLOW_UP, true, 76, {0, 3, 0, 28, 0, 0x80, 0xc2, 0, 0, 1}},
		{PTP_ANNOUNCE, true, 76, {0, 8, 0, 8, 1, 2, 3, 4, 5, 6, 7, 8}},
		{PTP_DELAY_RESP, false, 62, {0x80, 8, 0, 4, 0xaa, 0xbb, 0xcc, 0xdd}},
	};
	uint8_t octets[EXCHANGE_MESSAGE_MAX];

	(void)state;
	for (size_t i = 0; i < COUNT(want); i++) {
		struct exchange_plan p = plain;
		struct exchange_step s = {.type = (uint8_t)want[i].type};
		size_t body = ptp_body_len(want[i].type);
		struct exchange *x;

		p.messages = ALL;
		p.ieee_802_1as = want[i].as;
		p.log_interval = -3;
		p.management_id = 0x2000;
		p.announce.grandmaster = (struct ptp_clock_identity){{1, 2, 3, 4, 5, 6, 7, 8}};
		p.tlvs[0] = (struct exchange_tlv){
			1 << PTP_DELAY_RESP, PTP_TLV_PAD, 4, {0xaa, 0xbb, 0xcc, 0xdd}};
		p.tlv_count = 1;
		x = begin(&p);
		assert_int_equal(exchange_encode(x, &s, START, octets, sizeof(octets)),
				 want[i].len);
		assert_int_equal(get_be16(octets + 2), want[i].len);
		assert_memory_equal(octets + body, want[i].tlv,
				    (size_t)want[i].len - body < 14 ? (size_t)want[i].len - body
								    : 14);
		for (size_t size = 0; size < (size_t)want[i].len; size++)
			assert_int_equal(exchange_encode(x, &s, START, octets, size), -EMSGSIZE);
		exchange_free(x);
	}
}

static void impossible_plans(void **state)
{
	struct exchange *x = NULL;
	struct exchange_plan p;

	(void)state;
	p = plain;
	p.messages = 0;
	assert_int_equal(exchange_new(&x, &p), -EINVAL);
	p = plain;
	p.period_ns = 0;
	assert_int_equal(exchange_new(&x, &p), -EINVAL);
	p = plain;
	p.spacing_ns = SECOND / 2 + 1;
	assert_int_equal(exchange_new(&x, &p), -EINVAL);
	p = plain;
	p.rounds = UINT64_MAX;
	assert_int_equal(exchange_new(&x, &p), -EINVAL);
	assert_null(x);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(order_of_a_round),
		cmocka_unit_test(times_carried),
		cmocka_unit_test(clock_of_the_first_port),
		cmocka_unit_test(time_not_known),
		cmocka_unit_test(errors),
		cmocka_unit_test(nothing_forgotten),
		cmocka_unit_test(tlvs),
		cmocka_unit_test(impossible_plans),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
