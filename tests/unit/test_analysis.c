/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The analysis on messages whose delays, errors and masters are known exactly. */
#include "analysis.h"
#include "analysis_text.h"

#include <jansson.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define MS 1000000ll
#define S 1000000000ll

static const struct ptp_port_identity A = {{{2, 0, 0, 0xff, 0xfe, 0, 0, 0xa}}, 1};
static const struct ptp_port_identity B = {{{2, 0, 0, 0xff, 0xfe, 0, 0, 0xb}}, 1};
static struct analysis *a;
static uint64_t number;
static const char *ifaces[2];
static uint8_t to; /* the last octet of the unicast MAC address that messages go to; 0: multicast */

static int begin(void **state)
{
	(void)state;
	a = analysis_create();
	number = 0;
	ifaces[0] = "eth0";
	ifaces[1] = "eth1";
	to = 0;
	return a ? 0 : -1;
}

static int end(void **state)
{
	(void)state;
	analysis_free(a);
	return 0;
}

/* A message that the tap sees at `ts` by `clock`; behind an EDSA tag where `tag` is not NULL. */
static void seen(struct ptp_message *m, int64_t ts, unsigned int tap, const char *clock,
		 const struct dsa_tag *tag)
{
	static const uint8_t head[14] = {1, 0x1b, 0x19, 0, 0, 0, 2, 0, 0, 0, 0, 1, 0x88, 0xf7};
	struct frame_place place = {.linktype = FRAME_LINK_ETHERNET};
	struct packet p = {
		.number = ++number, .ts_ns = ts, .clock = clock, .iface = ifaces[tap], .tap = tap};
	static const struct dsa_tag no_tag;
	uint8_t plain[128], frame[128];
	ssize_t len;

	m->version = 2;
	memcpy(plain, head, sizeof(head));
	if (to)
		memcpy(plain, (uint8_t[]){2, 0, 0, 0, 1, to}, 6);
	len = ptp_encode(plain + 14, sizeof(plain) - 14, m);
	assert_true(len > 0);
	len = dsa_tag_insert(frame, sizeof(frame), plain, (size_t)len + 14,
			     tag ? DSA_FORMAT_EDSA : DSA_FORMAT_NONE, 0xdada, tag ? tag : &no_tag);
	assert_true(len > 0);
	packet_decode(&p, frame, (uint32_t)len, &place, NULL);
	assert_null(p.problem.what);
	analysis_add(a, &p);
}

static struct ptp_timestamp at(int64_t ns)
{
	return (struct ptp_timestamp){(uint64_t)(ns / S), (uint32_t)(ns % S)};
}

static int64_t scaled(int64_t ns)
{
	return ns * 65536;
}

static struct flow *flow_of(const struct ptp_port_identity *id)
{
	for (unsigned int i = 0; i < ANALYSIS_FLOWS_MAX; i++)
		if (a->flows[i] && !memcmp(&a->flows[i]->source.clock, &id->clock, 8))
			return a->flows[i];
	fail_msg("no such flow");
	return NULL;
}

/* The n-th of them, in the order in which they are told. */
static struct flow *nth_flow_of(const struct ptp_port_identity *id, unsigned int n)
{
	const struct flow *flows[ANALYSIS_FLOWS_MAX];
	unsigned int count = flows_in_order(a, flows);

	for (unsigned int i = 0; i < count; i++)
		if (!memcmp(&flows[i]->source.clock, &id->clock, 8) && !n--)
			return (struct flow *)flows[i];
	fail_msg("no such flow");
	return NULL;
}

static void no_problems(void)
{
	struct text t = {0};

	if (analysis_problems(&t, a))
		fail_msg("%.*s", (int)t.len, t.buf);
}

static void announce(const struct ptp_port_identity *source, uint16_t sequence, uint8_t priority1,
		     int64_t ts)
{
	struct ptp_message m = {.type = PTP_ANNOUNCE,
				.source = *source,
				.sequence = sequence,
				.log_interval = 0,
				.announce = {.priority1 = priority1, .grandmaster = source->clock}};

	seen(&m, ts, 0, "system", NULL);
}

static void sync_pair(uint16_t sequence, int64_t origin, int64_t arrival, int64_t c_sync,
		      int64_t c_follow_up)
{
	struct ptp_message sync = {.type = PTP_SYNC,
				   .flags = PTP_FLAG_TWO_STEP,
				   .source = A,
				   .sequence = sequence,
				   .log_interval = -3,
				   .correction = scaled(c_sync)};
	struct ptp_message follow_up = {.type = PTP_FOLLOW_UP,
					.source = A,
					.sequence = sequence,
					.log_interval = -3,
					.correction = scaled(c_follow_up),
					.timestamp = at(origin)};

	seen(&sync, arrival, 0, "ptp0", NULL);
	seen(&follow_up, arrival + 50000, 0, "ptp0", NULL);
}

/* Master 37 s ahead, 1000 ns away behind a switch that corrects for 400 and 30 of its own. */
static void end_to_end(void **state)
{
	struct ptp_message req = {.type = PTP_DELAY_REQ,
				  .source = B,
				  .sequence = 9,
				  .log_interval = 0x7f,
				  .correction = scaled(7)};
	struct ptp_message resp = {.type = PTP_DELAY_RESP,
				   .source = A,
				   .sequence = 9,
				   .port = B,
				   .correction = scaled(7 + 250)};
	int64_t t = 1000 * S;

	(void)state;
	sync_pair(1, t + 37 * S, t + 1000 + 430, 400, 30);
	seen(&req, t + 20 * MS, 0, "ptp0", NULL);
	/* Another 250 in the switch on the way back. */
	resp.timestamp = at(t + 20 * MS + 37 * S + 1000 + 250);
	seen(&resp, t + 21 * MS, 0, "ptp0", NULL);
	assert_int_equal(flow_of(&B)->delay.count, 1);
	assert_int_equal(flow_of(&B)->delay.kept[0].v, 1000);
	assert_int_equal(flow_of(&A)->transit.kept[0].v, -37 * S + 1000);
	assert_int_equal(flow_of(&A)->correction.kept[0].v, 430);
}

/* A master that runs 100 ppm fast, 1000 ns away: half a second lies between Sync and Delay_Req. */
static int64_t fast(int64_t t)
{
	return t + t / 10000;
}

static void rate_of_the_master(void **state)
{
	const struct samples *delay;

	(void)state;
	for (uint16_t i = 0; i < 60; i++) {
		struct ptp_message req = {.type = PTP_DELAY_REQ, .source = B, .sequence = i};
		struct ptp_message resp = {
			.type = PTP_DELAY_RESP, .source = A, .sequence = i, .port = B};
		int64_t t = (1000 + i) * S;

		sync_pair(i, fast(t), t + 1000, 0, 0);
		seen(&req, t + 500 * MS, 0, "ptp0", NULL);
		resp.timestamp = at(fast(t + 500 * MS + 1000));
		seen(&resp, t + 501 * MS, 0, "ptp0", NULL);
	}
	delay = &flow_of(&B)->delay;
	assert_int_equal(delay->count, 60);
	/* Before the rate is known, it is off by half of 100 ppm of half a second. */
	assert_int_equal(delay->kept[0].v, 26000);
	assert_in_range(delay->kept[10].v, 998, 1002);
	assert_in_range(delay->kept[59].v, 998, 1002);
}

/* The same, but the request was stamped by another clock: no difference is taken. */
static void never_across_clocks(void **state)
{
	struct ptp_message req = {.type = PTP_DELAY_REQ, .source = B, .sequence = 9};
	struct ptp_message resp = {.type = PTP_DELAY_RESP, .source = A, .sequence = 9, .port = B};
	struct ptp_message sync = {
		.type = PTP_SYNC, .source = A, .sequence = 2, .timestamp = at(1001 * S)};

	(void)state;
	sync_pair(1, 1000 * S, 1000 * S + 1000, 0, 0);
	seen(&sync, 1001 * S + 500, 0, "system", NULL);
	assert_int_equal(flow_of(&A)->transit.count, 1);
	assert_int_equal(flow_of(&A)->types[PTP_SYNC].intervals.count, 0);
	seen(&req, 1000 * S, 0, "ptp0", NULL);
	seen(&resp, 1000 * S + 5, 0, "ptp0", NULL);
	assert_int_equal(flow_of(&B)->delay.count, 0);
	assert_int_equal(flow_of(&B)->answered, 1);
}

/* Turn-around 5000 with corrections of 11 and 22: 1588 adds both, 802.1AS takes the Resp's off. */
static void peer_delay(void **state)
{
	(void)state;
	for (uint8_t sdo = 0; sdo < 2; sdo++) {
		struct ptp_port_identity requester = B, responder = A;
		struct ptp_message req = {
			.type = PTP_PDELAY_REQ, .major_sdo_id = sdo, .sequence = 3};
		struct ptp_message resp = {.type = PTP_PDELAY_RESP,
					   .flags = PTP_FLAG_TWO_STEP,
					   .major_sdo_id = sdo,
					   .sequence = 3,
					   .timestamp = at(5 * S),
					   .correction = scaled(11)};
		struct ptp_message follow_up = {.type = PTP_PDELAY_RESP_FOLLOW_UP,
						.major_sdo_id = sdo,
						.sequence = 3,
						.timestamp = at(5 * S + 5000),
						.correction = scaled(22)};

		requester.clock.octets[0] = responder.clock.octets[0] = (uint8_t)(0x10 + sdo);
		req.source = resp.port = follow_up.port = requester;
		resp.source = follow_up.source = responder;
		seen(&req, 1000 * S, 0, "ptp0", NULL);
		seen(&resp, 1000 * S + 8033, 0, "ptp0", NULL);
		seen(&follow_up, 1000 * S + 9000, 0, "ptp0", NULL);
		assert_int_equal(flow_of(&requester)->peer_delay.count, 1);
		assert_int_equal(flow_of(&requester)->peer_delay.kept[0].v,
				 sdo ? (8033 - 5000 - 11) / 2 : (8033 - 5000 - 33) / 2);
		assert_int_equal(flow_of(&requester)->peer_8021as, sdo);
	}
}

static void one_step_peer_delay(void **state)
{
	struct ptp_message req = {.type = PTP_PDELAY_REQ, .source = B, .sequence = 3};
	struct ptp_message resp = {.type = PTP_PDELAY_RESP,
				   .source = A,
				   .port = B,
				   .sequence = 3,
				   .correction = scaled(5000)};

	(void)state;
	seen(&req, 1000 * S, 0, "ptp0", NULL);
	seen(&resp, 1000 * S + 8000, 0, "ptp0", NULL);
	assert_int_equal(flow_of(&B)->peer_delay.kept[0].v, 1500);
}

/* One in ten comes twice, a moment later: the interval is that of the messages. */
static void intervals_of_repeated(void **state)
{
	const struct series *s;

	(void)state;
	for (uint16_t i = 0; i < 60; i++) {
		struct ptp_message m = {.type = PTP_SYNC, .source = A, .sequence = i};

		seen(&m, 1000 * S + i * 125 * MS, 0, "ptp0", NULL);
		if (i % 10 == 9)
			seen(&m, 1000 * S + i * 125 * MS + 250000, 0, "ptp0", NULL);
	}
	s = &flow_of(&A)->types[PTP_SYNC];
	assert_int_equal(s->repeated, 6);
	assert_int_equal(s->intervals.count, 59);
	assert_int_equal(s->intervals.min, 125 * MS);
	assert_int_equal(s->intervals.max, 125 * MS);
}

/* A device stamps event messages, and they come behind general ones that were sent later. */
static void peer_follow_up_first(void **state)
{
	struct ptp_message req = {.type = PTP_PDELAY_REQ, .source = B, .sequence = 3};
	struct ptp_message resp = {.type = PTP_PDELAY_RESP,
				   .flags = PTP_FLAG_TWO_STEP,
				   .source = A,
				   .port = B,
				   .sequence = 3,
				   .timestamp = at(5 * S),
				   .correction = scaled(11)};
	struct ptp_message follow_up = {.type = PTP_PDELAY_RESP_FOLLOW_UP,
					.source = A,
					.port = B,
					.sequence = 3,
					.timestamp = at(5 * S + 5000),
					.correction = scaled(22)};

	(void)state;
	seen(&req, 1000 * S, 0, "ptp0", NULL);
	seen(&follow_up, 1000 * S + 9000, 0, "ptp0", NULL);
	seen(&resp, 1000 * S + 8033, 0, "ptp0", NULL);
	assert_int_equal(flow_of(&B)->peer_delay.count, 1);
	assert_int_equal(flow_of(&B)->peer_delay.min, (8033 - 5000 - 33) / 2);
	assert_int_equal(flow_of(&B)->answered, 1);
}

/* Two slaves behind two taps, each with sequenceIds of its own from 0: no message is at both. */
static void unicast_is_not_the_same(void **state)
{
	(void)state;
	for (uint16_t i = 0; i < 20; i++)
		for (unsigned int tap = 0; tap < 2; tap++) {
			struct ptp_message m = {.type = PTP_SYNC,
						.source = A,
						.sequence = i,
						.log_interval = 0x7f,
						.timestamp = at((1000 + i) * S)};

			to = (uint8_t)(1 + tap);
			seen(&m, (1000 + i) * S + 500 + tap * MS, tap, "system", NULL);
		}
	assert_int_equal(a->path_count, 0);
	no_problems();
}

/* A master that never gets the time at which its Syncs left; a filter for event messages alone. */
static void no_follow_up_at_all(void **state)
{
	for (unsigned int announces = 0; announces < 2; announces++) {
		struct text t = {0};

		end(state);
		begin(state);
		for (uint16_t i = 0; i < 20; i++) {
			struct ptp_message sync = {.type = PTP_SYNC,
						   .flags = PTP_FLAG_TWO_STEP,
						   .source = A,
						   .sequence = i};

			seen(&sync, (1000 + i) * S, 0, "system", NULL);
			if (announces)
				announce(&A, i, 128, (1000 + i) * S + MS);
		}
		assert_int_equal(analysis_problems(&t, a), announces);
		text_char(&t, 0);
		assert_true(!announces || strstr(t.buf, ": 19 Sync without Follow_Up\n"));
		text_free(&t);
	}
}

/* A clock that is set is told, its rate is not made of the step, and late Syncs are none. */
static void clocks_are_set(void **state)
{
	static const struct {
		const char *what;
		int64_t master, tap; /* set by so much before the 20th */
		unsigned int late;   /* this many are late, each by less than the one before */
		unsigned int steps;
		const char *says;
	} rows[] = {
		{"nothing", 0, 0, 0, 0, NULL},
		{"the master, a leap second", -S, 0, 0, 1,
		 "jumped 1 time and stayed, the last time by 999.997 ms at 00:16:42.5"},
		{"the master, from 1970", 1700000000 * S, 0, 0, 1, "by -1700000000.000 s at "},
		{"the tap, back", 0, -600 * S, 0, 1, "by -600.000 s at 00:06:42.5"},
		{"the tap, ahead", 0, 600 * S, 0, 1, "by 600.000 s at "},
		{"a stall", 0, 0, 5, 0, NULL},
	};

	for (unsigned int r = 0; r < sizeof(rows) / sizeof(*rows); r++) {
		struct text t = {0};
		struct summary sum;
		const struct flow *f;
		double ppm;

		end(state);
		begin(state);
		for (uint16_t i = 0; i < 60; i++) {
			unsigned int late = i - 20u < rows[r].late ? rows[r].late - (i - 20u) : 0;
			int64_t ts = 1000 * S + i * 125 * MS;

			/* 20 ppm fast */
			sync_pair(i, ts + i * 2500 + (i < 20 ? 0 : rows[r].master),
				  ts + 700 + late * 124 * MS + (i < 20 ? 0 : rows[r].tap), 0, 0);
		}
		f = flow_of(&A);
		if (f->base.steps != rows[r].steps)
			fail_msg("%s: %d", rows[r].what, (int)f->base.steps);
		assert_true(flow_rate_ppm(f, &ppm));
		if (ppm < 19.9 || ppm > 20.1)
			fail_msg("%s: %f ppm", rows[r].what, ppm);
		assert_true(flow_delay_variation(f, &sum));
		assert_int_equal(sum.count, rows[r].steps ? 40 : 60);
		assert_true(rows[r].late || sum.max <= 2);
		assert_true(f->types[PTP_SYNC].intervals.min >= 0);
		assert_int_equal(analysis_problems(&t, a), rows[r].steps);
		text_char(&t, 0);
		if (rows[r].says && !strstr(t.buf, rows[r].says))
			fail_msg("%s: %s", rows[r].what, t.buf);
		text_free(&t);
	}
}

/* Half a nanosecond and more is one; the largest number is no smallest one. */
static void corrections_are_rounded(void **state)
{
	static const struct {
		int64_t scaled, ns;
	} rows[] = {
		{176947, 3}, /* 2.7 */
		{163840, 3}, /* 2.5 */
		{163839, 2},
		{-176947, -3},
		{-32767, 0},
		{INT64_MAX, 140737488355328},
		{INT64_MIN, -140737488355328},
	};

	for (unsigned int i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct ptp_message m = {.type = PTP_SYNC,
					.source = A,
					.correction = rows[i].scaled,
					.timestamp = at(1000 * S)};

		end(state);
		begin(state);
		seen(&m, 1000 * S, 0, "ptp0", NULL);
		assert_int_equal(flow_of(&A)->correction.min, rows[i].ns);
	}
}

/* Two ports answer: the first one's turn-around is 5000, the second one's clock is elsewhere. */
static void two_responders(void **state)
{
	static const struct ptp_port_identity C = {{{2, 0, 0, 0xff, 0xfe, 0, 0, 0xc}}, 1};
	struct ptp_message req = {.type = PTP_PDELAY_REQ, .source = B, .sequence = 3};

	(void)state;
	seen(&req, 1000 * S, 0, "ptp0", NULL);
	for (unsigned int follow_up = 0; follow_up < 2; follow_up++)
		for (unsigned int i = 0; i < 2; i++) {
			struct ptp_message m = {
				.type = follow_up ? PTP_PDELAY_RESP_FOLLOW_UP : PTP_PDELAY_RESP,
				.flags = follow_up ? 0 : PTP_FLAG_TWO_STEP,
				.source = i ? C : A,
				.port = B,
				.sequence = 3,
				.timestamp = at((5 + i * 80) * S + follow_up * 5000)};

			seen(&m, 1000 * S + 8000 + i * 700 + follow_up * MS, 0, "ptp0", NULL);
		}
	assert_int_equal(flow_of(&B)->peer_delay.count, 1);
	assert_int_equal(flow_of(&B)->peer_delay.min, 1500);
}

/* A bridge in between, or two taps of one cable: at each tap there is an exchange, whole, and the
 * same messages come a moment later at the other one. */
static void two_taps_at_once(void **state)
{
	(void)state;
	for (uint16_t i = 0; i < 20; i++) {
		int64_t t = (1000 + i) * S;
		struct ptp_message sync = {.type = PTP_SYNC, .flags = PTP_FLAG_TWO_STEP};
		struct ptp_message follow_up = {.type = PTP_FOLLOW_UP, .timestamp = at(t)};
		struct ptp_message req = {.type = PTP_DELAY_REQ};
		struct ptp_message resp = {
			.type = PTP_DELAY_RESP, .port = B, .timestamp = at(t + 10 * MS + 900)};
		struct ptp_message *all[] = {&sync, &follow_up, &req, &resp};

		for (unsigned int m = 0; m < 8; m++) {
			all[m / 2]->source = m / 2 == 2 ? B : A;
			all[m / 2]->sequence = i;
			/* the second tap is 200 further from the master */
			seen(all[m / 2],
			     t + (m / 4) * 10 * MS + (m / 2 % 2) * MS +
				     (m / 2 == 2 ? 200 - m % 2 * 200 : 700 + m % 2 * 200),
			     m / 2 == 2 ? !(m % 2) : m % 2, "system", NULL);
		}
	}
	no_problems();
	assert_int_equal(nth_flow_of(&A, 0)->transit.count, 20);
	assert_int_equal(nth_flow_of(&A, 0)->transit.min, 700);
	assert_int_equal(nth_flow_of(&A, 1)->transit.count, 20);
	assert_int_equal(nth_flow_of(&A, 1)->transit.max, 900);
	assert_int_equal(nth_flow_of(&B, 0)->delay.count, 20);
	assert_int_equal(nth_flow_of(&B, 1)->delay.count, 20);
	assert_int_equal(nth_flow_of(&B, 0)->delay.min, (700 + 700) / 2 + 100);
	assert_int_equal(nth_flow_of(&B, 1)->delay.max, (700 + 900) / 2);
}

/* A transparent clock whose CPU forwards: each port has its own way to the master. */
static void delay_by_switch_port(void **state)
{
	struct dsa_tag from_m = {.mode = DSA_TO_CPU, .port = 1},
		       to_s = {.mode = DSA_FROM_CPU, .port = 3},
		       from_s = {.mode = DSA_TO_CPU, .port = 3},
		       to_m = {.mode = DSA_FROM_CPU, .port = 1};

	(void)state;
	for (uint16_t i = 0; i < 20; i++) {
		int64_t t = (1000 + i) * S;
		struct ptp_message sync = {
			.type = PTP_SYNC, .source = A, .sequence = i, .timestamp = at(t)};
		struct ptp_message req = {.type = PTP_DELAY_REQ, .source = B, .sequence = i};
		struct ptp_message resp = {.type = PTP_DELAY_RESP,
					   .source = A,
					   .sequence = i,
					   .port = B,
					   .timestamp = at(t + 10 * MS + 4000 + 600)};

		seen(&sync, t + 600, 0, "system", &from_m);
		seen(&sync, t + 600 + 3000, 0, "system", &to_s);
		seen(&req, t + 10 * MS, 0, "system", &from_s);
		seen(&req, t + 10 * MS + 4000, 0, "system", &to_m);
		seen(&resp, t + 20 * MS, 0, "system", &from_m);
		seen(&resp, t + 20 * MS + 3000, 0, "system", &to_s);
	}
	assert_int_equal(nth_flow_of(&B, 0)->answered, 20);
	assert_int_equal(nth_flow_of(&B, 0)->unanswered, 0);
	assert_int_equal(nth_flow_of(&B, 0)->delay.count, 20);
	assert_int_equal(nth_flow_of(&B, 0)->delay.max, (600 + 3000 + 4000 + 600) / 2);
	assert_int_equal(nth_flow_of(&B, 1)->delay.count, 20);
	assert_int_equal(nth_flow_of(&B, 1)->delay.max, 600);
}

/* Event messages have the device's stamps (TAI), general ones the system's (UTC), as with
 * HWTSTAMP_FILTER_PTP_V2_EVENT. */
static void two_clocks_at_one_tap(void **state)
{
	struct dsa_tag in = {.mode = DSA_TO_CPU, .port = 2},
		       out = {.mode = DSA_FROM_CPU, .port = 5};
	struct text t = {0};

	for (unsigned int ports = 1; ports <= 2; ports++) {
		end(state);
		begin(state);
		for (uint16_t i = 0; i < 30; i++) {
			/* the first Sync has no stamp of the device yet */
			int64_t utc = (1000 + i) * S, tai = utc + 37 * S;
			int64_t stamp = i ? tai : utc;
			const char *clock = i ? "ptp0" : "system";
			struct ptp_message sync = {.type = PTP_SYNC,
						   .flags = PTP_FLAG_TWO_STEP,
						   .source = A,
						   .sequence = i};
			struct ptp_message follow_up = {.type = PTP_FOLLOW_UP,
							.source = A,
							.sequence = i,
							.timestamp = at(tai)};
			struct ptp_message ann = {.type = PTP_ANNOUNCE, .source = A, .sequence = i};

			seen(&ann, utc, 0, "system", &in);
			seen(&sync, stamp + 700, 0, clock, &in);
			if (ports == 2)
				seen(&sync, stamp + 700 + 3000, 0, clock, &out);
			seen(&follow_up, utc + MS, 0, "system", &in);
			follow_up.correction = scaled(2990);
			if (ports == 2)
				seen(&follow_up, utc + 2 * MS, 0, "system", &out);
			sync.type = PTP_DELAY_REQ;
			sync.flags = 0;
			sync.source = B;
			seen(&sync, tai + 10 * MS, 0, "ptp0", &in);
		}
		no_problems();
		assert_int_equal(nth_flow_of(&A, 0)->transit.count, 29);
		assert_int_equal(nth_flow_of(&A, 0)->transit.max, 700);
		assert_ptr_equal(analysis_best(a, &a->masters[0]), &a->masters[0]);
	}
	assert_int_equal(a->paths[0].corrected.count, 30);
	assert_int_equal(a->paths[0].corrected.min, 2990);
	analysis_table(&t, a);
	text_char(&t, 0);
	assert_memory_equal(t.buf, "180 frames in 29.002 s,", 23);
	text_free(&t);
}

static void sequence_errors(void **state)
{
	static const uint16_t sequences[] = {65534, 65535, 0, 1, 1, 4, 5, 3, 6};
	struct flow *f;

	(void)state;
	for (unsigned int i = 0; i < sizeof(sequences) / sizeof(*sequences); i++) {
		struct ptp_message m = {.type = PTP_SYNC,
					.source = A,
					.sequence = sequences[i],
					.log_interval = -3,
					.timestamp = at(1000 * S + i * 125 * MS)};

		seen(&m, 1000 * S + i * 125 * MS, 0, "ptp0", NULL);
	}
	f = flow_of(&A);
	assert_int_equal(f->types[PTP_SYNC].count, 9);
	assert_int_equal(f->types[PTP_SYNC].missing, 1); /* 2: 3 came late */
	assert_int_equal(f->types[PTP_SYNC].repeated, 1);
	assert_int_equal(f->types[PTP_SYNC].reordered, 1);
	assert_int_equal(flow_advertised_ns(&f->types[PTP_SYNC]), 125 * MS);
}

/* Sync at 8 a second; a clock that starts anew is not one that lost or mixed its messages. */
static void sequence_restarts(void **state)
{
	static const struct {
		const char *what;
		uint16_t before, after;
		int64_t pause;
		unsigned int missing, repeated, restarted;
		int8_t log_interval;
	} rows[] = {
		{"anew from 0", 30000, 0, 5 * S, 0, 0, 1, -3},
		{"anew from far ahead", 10, 5000, 5 * S, 0, 0, 1, -3},
		{"anew, and no interval is advertised", 40000, 0, 5 * S, 0, 0, 1, 0x7f},
		{"ten seconds lost", 10, 91, 10 * S, 80, 0, 0, -3},
		{"ten seconds lost of an interval that is measured", 10, 91, 10 * S, 80, 0, 0,
		 0x7f},
		{"a minute lost", 10, 491, 60 * S, 480, 0, 0, -3},
		{"a few lost at once", 10, 16, 125 * MS, 5, 0, 0, -3},
		{"one that comes again behind the next", 10, 8, 125 * MS, 0, 1, 0, -3},
		{"wrapped", 65535, 0, 125 * MS, 0, 0, 0, -3},
	};

	for (unsigned int r = 0; r < sizeof(rows) / sizeof(*rows); r++) {
		const struct series *s;
		int64_t ts = 1000 * S;

		end(state);
		begin(state);
		for (uint16_t i = 0; i < 20; i++) {
			struct ptp_message m = {.type = PTP_SYNC,
						.source = A,
						.log_interval = rows[r].log_interval};

			m.sequence = (uint16_t)(i < 10 ? rows[r].before - 9 + i
						       : rows[r].after + i - 10);
			ts += i == 10 ? rows[r].pause : 125 * MS;
			/* After one that comes again it goes on where it was. */
			if (i > 10 && rows[r].repeated)
				m.sequence = (uint16_t)(rows[r].before + i - 10);
			seen(&m, ts, 0, "ptp0", NULL);
		}
		s = &flow_of(&A)->types[PTP_SYNC];
		if (s->missing != rows[r].missing || s->repeated != rows[r].repeated ||
		    s->restarted != rows[r].restarted || s->reordered)
			fail_msg("%s: %d missing, %d out of order, %d restarted, %d repeated",
				 rows[r].what, (int)s->missing, (int)s->reordered,
				 (int)s->restarted, (int)s->repeated);
	}
}

/* A master that sends to three addresses, counting for each (as the standard has it) or for all (as
 * linuxptp does): nothing is missing, but for the one to the second address that was lost. */
static void unicast_sequences(void **state)
{
	for (unsigned int shared = 0; shared < 2; shared++) {
		uint16_t sequence[3] = {100, 5000, 40000}, all = 7;

		end(state);
		begin(state);
		for (unsigned int i = 0; i < 30; i++) {
			struct ptp_message m = {.type = PTP_SYNC,
						.source = A,
						.log_interval = 0x7f,
						.timestamp = at(1000 * S + i * 40 * MS)};

			m.sequence = shared ? all++ : sequence[i % 3]++;
			to = (uint8_t)(1 + i % 3);
			if (i != 16)
				seen(&m, 1000 * S + i * 40 * MS + 500, 0, "ptp0", NULL);
		}
		assert_int_equal(a->flow_count, 4); /* and the one to everybody, empty */
		for (unsigned int i = 0, n = 0; i < ANALYSIS_FLOWS_MAX; i++) {
			const struct flow *f = a->flows[i];

			if (!f || !f->count)
				continue;
			assert_int_equal(f->to_len, 6);
			assert_int_equal(f->types[PTP_SYNC].repeated, 0);
			assert_int_equal(f->types[PTP_SYNC].reordered, 0);
			n += (unsigned int)f->types[PTP_SYNC].missing;
			assert_true(n <= 1);
			assert_int_equal(f->transit.min, 500);
		}
	}
}

/* A Sync that comes behind its Follow_Up is there; what never comes is not. */
static void follow_up_first(void **state)
{
	struct text t = {0};

	(void)state;
	for (uint16_t i = 0; i < 10; i++) {
		struct ptp_message sync = {
			.type = PTP_SYNC, .flags = PTP_FLAG_TWO_STEP, .source = A, .sequence = i};
		struct ptp_message follow_up = {.type = PTP_FOLLOW_UP,
						.source = A,
						.sequence = i,
						.timestamp = at((1000 + i) * S)};

		if (i != 4)
			seen(i % 2 ? &sync : &follow_up, (1000 + i) * S + 700, 0, "ptp0", NULL);
		if (i != 6)
			seen(i % 2 ? &follow_up : &sync, (1000 + i) * S + 900, 0, "ptp0", NULL);
	}
	assert_int_equal(flow_of(&A)->transit.count, 8);
	analysis_problems(&t, a);
	text_char(&t, 0);
	assert_non_null(strstr(t.buf, ": 1 Follow_Up without Sync\n"));
	assert_non_null(strstr(t.buf, ": 1 Sync without Follow_Up\n"));
	text_free(&t);
}

/* One of a hundred 100 ms off: the plot's height is that of the others. */
static void plot_among_outliers(void **state)
{
	struct text t = {0};

	(void)state;
	analysis_html(&t, a, "of nothing");
	text_char(&t, 0);
	assert_non_null(strstr(t.buf, "Nothing was seen often enough for a plot."));
	text_clear(&t);
	for (uint16_t i = 0; i < 300; i++)
		sync_pair(i, (1000 + i) * S,
			  (1000 + i) * S + 500 + i % 9 + (i == 150 ? 100 * MS : 0), 0, 0);
	analysis_html(&t, a, "outlier");
	text_char(&t, 0);
	assert_non_null(
		strstr(t.buf, "<p>1 of 300 are beyond the frame, from 500 ns to 100.001 ms.</p>"));
	text_free(&t);
}

/* Sync to everybody, the delay by unicast (linuxptp's hybrid_e2e). */
static void hybrid_delay(void **state)
{
	struct ptp_message req = {.type = PTP_DELAY_REQ, .source = B, .sequence = 9};
	struct ptp_message resp = {.type = PTP_DELAY_RESP, .source = A, .sequence = 9, .port = B};

	(void)state;
	sync_pair(1, 1000 * S, 1000 * S + 700, 0, 0);
	to = 1;
	seen(&req, 1000 * S + 20 * MS, 0, "ptp0", NULL);
	to = 2;
	resp.timestamp = at(1000 * S + 20 * MS + 700);
	seen(&resp, 1000 * S + 21 * MS, 0, "ptp0", NULL);
	assert_int_equal(flow_of(&B)->delay.count, 1);
	assert_int_equal(flow_of(&B)->delay.min, 700);
}

static void missing_halves(void **state)
{
	struct text t = {0};

	(void)state;
	for (uint16_t i = 0; i < 10; i++) {
		struct ptp_message sync = {
			.type = PTP_SYNC, .flags = PTP_FLAG_TWO_STEP, .source = A, .sequence = i};
		struct ptp_message follow_up = {.type = PTP_FOLLOW_UP, .source = A, .sequence = i};
		struct ptp_message req = {.type = PTP_DELAY_REQ, .source = B, .sequence = i};
		struct ptp_message resp = {
			.type = PTP_DELAY_RESP, .source = A, .port = B, .sequence = i};

		if (i != 5)
			seen(&sync, (1000 + i) * S, 0, "ptp0", NULL);
		if (i != 3)
			seen(&follow_up, (1000 + i) * S + 1, 0, "ptp0", NULL);
		seen(&req, (1000 + i) * S + 2, 0, "ptp0", NULL);
		if (i != 7)
			seen(&resp, (1000 + i) * S + 3, 0, "ptp0", NULL);
	}
	analysis_problems(&t, a);
	text_char(&t, 0);
	assert_non_null(strstr(t.buf, "1 Sync without Follow_Up"));
	assert_non_null(strstr(t.buf, "1 Follow_Up without Sync"));
	assert_non_null(strstr(t.buf, "1 requests without an answer"));
	assert_non_null(strstr(t.buf, "Sync: 1 missing, 0 repeated"));
	text_free(&t);
}

/* One frame at two ports of a switch: 3000 ns inside, 2990 of them accounted for. */
/* A transparent clock holds a Delay_Req for 5000 ns and says 4990: in the Delay_Req itself
 * (one-step) or in the Delay_Resp that comes back (two-step), by two switch ports or by two taps.
 */
static void residence_of_request(void **state)
{
	struct dsa_tag at_b = {.mode = DSA_TO_CPU, .device = 1, .port = 5};
	struct dsa_tag to_a = {.mode = DSA_FROM_CPU, .device = 1, .port = 2};
	struct dsa_tag at_a = {.mode = DSA_TO_CPU, .device = 1, .port = 2};
	struct dsa_tag to_b = {.mode = DSA_FROM_CPU, .device = 1, .port = 5};

	(void)state;
	for (unsigned int taps = 0; taps < 2; taps++) {
		unsigned int n = a->path_count;

		for (uint16_t i = 0; i < 4; i++) {
			int64_t now = (2000 + 100 * taps + i) * S;
			bool two_step = i & 1;
			struct ptp_message req = {.type = PTP_DELAY_REQ,
						  .domain = 3 + taps,
						  .source = B,
						  .sequence = i,
						  .correction = scaled(7)};
			struct ptp_message resp = {.type = PTP_DELAY_RESP,
						   .domain = 3 + taps,
						   .source = A,
						   .sequence = i,
						   .port = B};

			seen(&req, now, 0, "system", taps ? NULL : &at_b);
			req.correction = scaled(two_step ? 7 : 7 + 4990);
			seen(&req, now + 5000, taps, "system", taps ? NULL : &to_a);
			/* it carries what the request brought */
			resp.correction = req.correction;
			seen(&resp, now + MS, taps, "system", taps ? NULL : &at_a);
			if (two_step)
				resp.correction += scaled(4990);
			seen(&resp, now + 2 * MS, 0, "system", taps ? NULL : &to_b);
		}
		assert_int_equal(a->path_count, n + 1);
		assert_int_equal(a->paths[n].residence.count, 4);
		assert_int_equal(a->paths[n].residence.min, 5000);
		assert_int_equal(a->paths[n].corrected.count, 4);
		assert_int_equal(a->paths[n].corrected.min, 4990);
		assert_int_equal(a->paths[n].corrected.max, 4990);
	}
}

static void residence(void **state)
{
	struct dsa_tag in = {.mode = DSA_TO_CPU, .device = 1, .port = 2};
	unsigned int before = a->flow_count;
	struct dsa_tag out = {.mode = DSA_FROM_CPU, .device = 1, .port = 5};

	(void)state;
	for (uint16_t i = 0; i < 3; i++) {
		struct ptp_message sync = {.type = PTP_SYNC,
					   .flags = PTP_FLAG_TWO_STEP,
					   .domain = 1,
					   .source = A,
					   .sequence = i};
		struct ptp_message follow_up = {.type = PTP_FOLLOW_UP,
						.domain = 1,
						.source = A,
						.sequence = i,
						.correction = scaled(10)};

		seen(&sync, (1000 + i) * S, 0, "system", &in);
		seen(&sync, (1000 + i) * S + 3000, 0, "system", &out);
		seen(&follow_up, (1000 + i) * S + MS, 0, "system", &in);
		follow_up.correction = scaled(3000);
		seen(&follow_up, (1000 + i) * S + 2 * MS, 0, "system", &out);
	}
	assert_int_equal(a->path_count, 1);
	assert_int_equal(a->paths[0].from.port, 2);
	assert_int_equal(a->paths[0].to.port, 5);
	assert_true(a->paths[0].to.to_port);
	assert_int_equal(a->paths[0].residence.count, 3);
	assert_int_equal(a->paths[0].residence.min, 3000);
	assert_int_equal(a->paths[0].corrected.count, 3);
	assert_int_equal(a->paths[0].corrected.max, 2990);
	assert_int_equal(a->flow_count, before + 2); /* each port is a place of its own */
}

/* From one port of a switch to all others: each way has its own time and growth, told once a
 * message. */
static void residence_to_many_ports(void **state)
{
	enum { PORTS = 11 };

	(void)state;
	for (uint16_t i = 0; i < 10; i++)
		for (unsigned int n = 0; n < 2 * PORTS; n++) {
			bool follow_up = n / PORTS;
			uint8_t port = n % PORTS;
			struct dsa_tag tag = {.mode = port ? DSA_FROM_CPU : DSA_TO_CPU,
					      .port = port};
			struct ptp_message m = {.type = follow_up ? PTP_FOLLOW_UP : PTP_SYNC,
						.flags = follow_up ? 0 : PTP_FLAG_TWO_STEP,
						.source = A,
						.sequence = i,
						.correction = scaled(follow_up * port * 1990)};

			seen(&m, (1000 + i) * S + port * 2000 + follow_up * MS, 0, "system", &tag);
		}
	assert_int_equal(a->path_count, PORTS - 1);
	for (unsigned int i = 0; i < PORTS - 1; i++) {
		assert_int_equal(a->paths[i].residence.count, 10);
		assert_int_equal(a->paths[i].residence.min, (i + 1) * 2000);
		assert_int_equal(a->paths[i].corrected.count, 10);
		assert_int_equal(a->paths[i].corrected.min, (i + 1) * 1990);
		assert_int_equal(a->paths[i].corrected.max, (i + 1) * 1990);
	}
}

/* The tap behind the switch is read before the one in front of it. */
static void told_in_another_order(void **state)
{
	struct ptp_message sync = {
		.type = PTP_SYNC, .source = A, .sequence = 1, .correction = scaled(2990)};

	(void)state;
	seen(&sync, 1000 * S + 3000, 1, "system", NULL);
	sync.correction = 0;
	seen(&sync, 1000 * S, 0, "system", NULL);
	assert_int_equal(a->path_count, 1);
	assert_int_equal(a->paths[0].from.tap, 0);
	assert_int_equal(a->paths[0].to.tap, 1);
	assert_int_equal(a->paths[0].residence.min, 3000);
	assert_int_equal(a->paths[0].corrected.min, 2990);
}

/* A clock that starts anew repeats its sequenceIds: its messages are paired with each other. */
static void starts_anew(void **state)
{
	(void)state;
	for (uint16_t round = 0; round < 2; round++)
		for (uint16_t i = 0; i < 4; i++)
			sync_pair(i, (1000 + round * 100 + i) * S,
				  (1000 + round * 100 + i) * S + 700, 0, 0);
	assert_int_equal(flow_of(&A)->transit.count, 8);
	assert_int_equal(flow_of(&A)->transit.min, 700);
	assert_int_equal(flow_of(&A)->transit.max, 700);
	assert_int_equal(flow_of(&A)->sync_without_follow_up, 0);
}

static void best_master(void **state)
{
	/* Each row is better than the one after it, by one field. */
	static const struct ptp_announce rows[] = {
		{0, 1, 248, 0xfe, 9, 9, {{9}}, 9, 0}, {0, 2, 6, 0xfe, 9, 9, {{8}}, 9, 0},
		{0, 2, 7, 0x20, 9, 9, {{7}}, 9, 0},   {0, 2, 7, 0x21, 8, 9, {{6}}, 9, 0},
		{0, 2, 7, 0x21, 9, 8, {{5}}, 9, 0},   {0, 2, 7, 0x21, 9, 9, {{4}}, 9, 0},
		{0, 2, 7, 0x21, 9, 9, {{9}}, 0, 0},   {0, 2, 7, 0x21, 9, 9, {{9}}, 1, 0},
	};

	(void)state;
	for (unsigned int i = 0; i + 1 < sizeof(rows) / sizeof(*rows); i++) {
		struct master x = {.announce = rows[i], .source = B},
			      y = {.announce = rows[i + 1], .source = A};

		assert_true(master_compare(&x, &y) < 0);
		assert_true(master_compare(&y, &x) > 0);
		assert_int_equal(master_compare(&x, &x), 0);
	}
}

static void masters_change(void **state)
{
	struct text t = {0};

	(void)state;
	for (uint16_t i = 0; i < 5; i++)
		announce(&A, i, 128, (1000 + i) * S);
	assert_int_equal(a->change_count, 1);
	assert_true(a->changes[0].first);
	/* B is better and begins: A has not fallen silent at once. */
	announce(&B, 0, 127, 1005 * S);
	assert_int_equal(a->change_count, 2);
	assert_memory_equal(&a->changes[1].to, &B.clock, 8);
	assert_null(analysis_conflict(a, &a->masters[0]));
	/* B is silent for long: it no longer counts, A comes again. */
	for (uint16_t i = 5; i < 12; i++)
		announce(&A, i, 128, (1010 + i) * S);
	assert_int_equal(a->change_count, 3);
	assert_memory_equal(&a->changes[2].to, &A.clock, 8);
	/* And now both, neither giving way. */
	for (uint16_t i = 12; i < 20; i++) {
		announce(&A, i, 128, (1010 + i) * S);
		announce(&B, i, 127, (1010 + i) * S + 1);
	}
	assert_non_null(analysis_conflict(a, &a->masters[0]));
	analysis_problems(&t, a);
	assert_memory_equal(t.buf, "conflicting masters in domain 0 on eth0: ", 40);
	text_char(&t, 0);
	assert_non_null(
		strstr(t.buf, "\nthe grandmaster of domain 0 on eth0 changed at 00:16:45.0"));
	text_free(&t);
}

/* One fails, the other takes over, the first comes back: never both. */
static void failover_is_no_conflict(void **state)
{
	(void)state;
	for (uint16_t i = 0; i < 30; i++)
		announce(i / 10 == 1 ? &B : &A, i, 128, (1000 + i + i / 10 * 5) * S);
	assert_int_equal(a->master_count, 2);
	assert_int_equal(a->change_count, 3);
	assert_null(analysis_conflict(a, &a->masters[0]));
	assert_null(analysis_conflict(a, &a->masters[1]));
}

/* Again and again: that does not add up to a conflict. */
static void failovers_are_no_conflict(void **state)
{
	(void)state;
	for (uint16_t i = 0; i < 200; i++)
		announce(i / 10 % 2 ? &B : &A, i, 128, (1000 + i + i / 10 * 5) * S);
	assert_int_equal(a->change_count, 20);
	assert_null(analysis_conflict(a, &a->masters[0]));
	assert_null(analysis_conflict(a, &a->masters[1]));
}

/* One that starts announces until it has heard the better one, as ptp4l does with gPTP.cfg. */
static void start_is_no_conflict(void **state)
{
	(void)state;
	for (uint16_t i = 0; i < 20; i++) {
		announce(&A, i, 10, (1000 + i) * S);
		if (i < 3)
			announce(&B, i, 200, (1000 + i) * S + 14 * MS);
	}
	no_problems();
}

static void each_conflicting_master_is_told(void **state)
{
	static const char *const names[] = {"0000a", "0000b", "0000c", "0000d"};
	struct text t = {0};

	(void)state;
	for (uint16_t i = 0; i < 40; i++) {
		struct ptp_port_identity source = A;

		source.clock.octets[7] = (uint8_t)(0xa + i % 4);
		announce(&source, i / 4, 128, 1000 * S + i * 250 * MS);
	}
	assert_int_equal(analysis_problems(&t, a), 3);
	text_char(&t, 0);
	for (unsigned int i = 0; i < 4; i++)
		assert_non_null(strstr(t.buf, names[i]));
	text_free(&t);
}

/* Beside each other, and no conflict: another sdoId, an alternate master, unicast. */
static void no_conflict(void **state)
{
	static const struct {
		uint8_t sdo, to;
		uint16_t flags;
	} rows[] = {{1, 0, 0}, {0, 0, PTP_FLAG_ALTERNATE_MASTER}, {0, 9, 0}, {0, 0, 0}};

	for (unsigned int r = 0; r < 4; r++) {
		end(state);
		begin(state);
		for (uint16_t i = 0; i < 20; i++) {
			struct ptp_message m = {
				.type = PTP_ANNOUNCE,
				.major_sdo_id = rows[r].sdo,
				.flags = rows[r].flags,
				.source = B,
				.sequence = i,
				.announce = {.priority1 = 1, .grandmaster = B.clock}};

			to = rows[r].to;
			announce(&A, i, 128, (1000 + i) * S);
			seen(&m, (1000 + i) * S + 1, 0, "system", NULL);
		}
		assert_int_equal(!analysis_conflict(a, &a->masters[0]), r != 3);
		/* The alternate one is better and not taken; unicast slaves choose as all do. */
		assert_ptr_equal(analysis_best(a, &a->masters[0]), &a->masters[r >= 2]);
		assert_ptr_equal(analysis_best(a, &a->masters[1]), &a->masters[r != 1]);
	}
}

static void reports_are_well_formed(void **state)
{
	struct text t = {0};
	json_t *json;

	(void)state;
	analysis_json(&t, a); /* of nothing */
	text_clear(&t);
	end_to_end(state);
	residence(state);
	masters_change(state);
	analysis_table(&t, a);
	text_clear(&t);
	analysis_json(&t, a);
	json = json_loadb(t.buf, t.len, JSON_REJECT_DUPLICATES, NULL);
	assert_non_null(json);
	assert_int_equal(json_array_size(json_object_get(json, "masters")), 2);
	assert_int_equal(json_array_size(json_object_get(json, "residence")), 1);
	json_decref(json);
	text_clear(&t);
	ifaces[1] = "<b>&";
	for (uint16_t i = 0; i < 3; i++) {
		struct ptp_message sync = {.type = PTP_SYNC, .source = A, .sequence = i};

		seen(&sync, (1000 + i) * S, 1, "system", NULL);
	}
	analysis_html(&t, a, "<a & b>");
	text_char(&t, 0);
	assert_non_null(strstr(t.buf, "<title>PTP: &lt;a &amp; b&gt;</title>"));
	assert_non_null(strstr(t.buf, "<polyline points="));
	assert_null(strstr(t.buf, "<script"));
	assert_null(strstr(t.buf, "<b>")); /* what a capture calls its interfaces */
	assert_non_null(strstr(t.buf, ", domain 0, at &lt;b&gt;&amp;</h3>"));
	assert_null(strstr(t.buf, "nan"));
	text_free(&t);
}

/* More clocks than are told apart, from anyone who can send: memory stays bounded. */
static void too_many_clocks(void **state)
{
	(void)state;
	for (uint32_t i = 0; i < 5000; i++) {
		struct ptp_message m = {.type = PTP_ANNOUNCE, .source = A, .sequence = (uint16_t)i};

		m.source.clock.octets[6] = (uint8_t)(i >> 8);
		m.source.clock.octets[7] = (uint8_t)i;
		seen(&m, 1000 * S + i, 0, "system", NULL);
	}
	assert_int_equal(a->flow_count, ANALYSIS_FLOWS_MAX * 3 / 4);
	assert_int_equal(a->untracked, 5000 - ANALYSIS_FLOWS_MAX * 3 / 4);
}

static void samples_in_bounds(void **state)
{
	struct samples s = {0};
	struct summary sum;
	double offset, slope;

	(void)state;
	assert_false(samples_summary(&s, &sum));
	for (int64_t i = 0; i < 100000; i++)
		samples_add(&s, 1000 * S + i * MS, 500 + 3 * i);
	assert_true(s.n <= SAMPLES_MAX);
	assert_int_equal(s.count, 100000);
	assert_true(samples_summary(&s, &sum));
	assert_int_equal(sum.min, 500);
	assert_int_equal(sum.max, 500 + 3 * 99999);
	assert_in_range(sum.median, 149000, 151000);
	assert_true(samples_line(&s, &offset, &slope));
	assert_true(offset > 499.9 && offset < 500.1 && slope > 2.99e-6 && slope < 3.01e-6);
	samples_free(&s);
}

/* A frame in ten 125 ms late, and the line is that of the others. */
static void line_among_outliers(void **state)
{
	struct samples s = {0};
	double offset, slope;

	(void)state;
	for (int64_t i = 0; i < 40; i++)
		samples_add(&s, 1000 * S + i * 125 * MS,
			    500 - 250 * i + (i % 10 == 7 ? 125 * MS : 0));
	assert_true(samples_line(&s, &offset, &slope));
	assert_true(offset > 499 && offset < 501 && slope > -2.001e-6 && slope < -1.999e-6);
	samples_free(&s);
	samples_add(&s, 1000 * S, 1);
	assert_false(samples_line(&s, &offset, &slope));
	samples_add(&s, 1000 * S, 2);
	assert_false(samples_line(&s, &offset, &slope));
	samples_free(&s);
}

#define WITH(test) cmocka_unit_test_setup_teardown(test, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH(end_to_end),
		WITH(never_across_clocks),
		WITH(peer_delay),
		WITH(one_step_peer_delay),
		WITH(intervals_of_repeated),
		WITH(peer_follow_up_first),
		WITH(unicast_is_not_the_same),
		WITH(no_follow_up_at_all),
		WITH(clocks_are_set),
		WITH(corrections_are_rounded),
		WITH(two_responders),
		WITH(two_taps_at_once),
		WITH(delay_by_switch_port),
		WITH(two_clocks_at_one_tap),
		WITH(sequence_errors),
		WITH(sequence_restarts),
		WITH(unicast_sequences),
		WITH(hybrid_delay),
		WITH(follow_up_first),
		WITH(plot_among_outliers),
		WITH(missing_halves),
		WITH(residence),
		WITH(residence_of_request),
		WITH(residence_to_many_ports),
		WITH(told_in_another_order),
		WITH(rate_of_the_master),
		WITH(starts_anew),
		WITH(best_master),
		WITH(masters_change),
		WITH(failover_is_no_conflict),
		WITH(failovers_are_no_conflict),
		WITH(start_is_no_conflict),
		WITH(each_conflicting_master_is_told),
		WITH(no_conflict),
		WITH(reports_are_well_formed),
		WITH(too_many_clocks),
		WITH(samples_in_bounds),
		WITH(line_among_outliers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
