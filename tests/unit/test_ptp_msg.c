/* SPDX-License-Identifier: GPL-2.0-or-later */
/* PTP messages: every type encoded and decoded to the same value, cut at every length, with every
 * messageLength; octets against fields for real messages. */
#include "ptp_msg.h"

#include "bytes.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const struct ptp_message sample = {
	.major_sdo_id = 1,
	.minor_version = 1,
	.version = 2,
	.domain = 24,
	.minor_sdo_id = 7,
	.flags = PTP_FLAG_TWO_STEP | PTP_FLAG_PTP_TIMESCALE,
	.correction = -0x123456789abLL,
	.type_specific = 0xdeadbeef,
	.source = {{{1, 2, 3, 0xff, 0xfe, 4, 5, 6}}, 513},
	.sequence = 65535,
	.control = 5,
	.log_interval = -3,
	.timestamp = {0xfedcba987654, 999999999},
	.port = {{{9, 8, 7, 6, 5, 4, 3, 2}}, 77},
	.announce = {-37, 128, 248, 0xfe, 0xffff, 127, {{8, 7, 6, 5, 4, 3, 2, 1}}, 300, 0xa0},
	.starting_boundary_hops = 3,
	.boundary_hops = 2,
	.action = 4,
};

static const unsigned int types[] = {0, 1, 2, 3, 8, 9, 0xa, 0xb, 0xc, 0xd};

static void same(const struct ptp_message *a, const struct ptp_message *b, unsigned int type)
{
	uint8_t x[64] = {0}, y[64] = {0};

	/* What a type does not have does not reach the octets. */
	assert_int_equal(ptp_encode(x, sizeof(x), a), ptp_body_len(type));
	assert_int_equal(ptp_encode(y, sizeof(y), b), ptp_body_len(type));
	assert_memory_equal(x, y, sizeof(x));
}

static void every_type_round_trip(void **state)
{
	(void)state;
	for (unsigned int i = 0; i < sizeof(types) / sizeof(*types); i++) {
		struct ptp_message in = sample, out;
		struct problem problem;
		uint8_t octets[64];

		in.type = (uint8_t)types[i];
		assert_int_equal(ptp_encode(octets, sizeof(octets), &in), ptp_body_len(types[i]));
		assert_int_equal(ptp_decode(&out, octets, ptp_body_len(types[i]), &problem), 0);
		assert_null(problem.what);
		assert_int_equal(out.length, ptp_body_len(types[i]));
		in.length = out.length;
		same(&in, &out, types[i]);
		assert_int_equal(out.correction, sample.correction);
		assert_int_equal(out.log_interval, -3);
		assert_int_equal(out.tlv_offset, ptp_body_len(types[i]));
		if (types[i] == PTP_ANNOUNCE)
			assert_int_equal(out.announce.current_utc_offset, -37);
		if (types[i] != PTP_SIGNALING && types[i] != PTP_MANAGEMENT)
			assert_int_equal(out.timestamp.seconds, 0xfedcba987654);
	}
}

/* Octets in memory of exactly their length, so that the sanitizer sees a read behind them. */
static uint8_t *exactly(const uint8_t *octets, size_t len)
{
	uint8_t *p = malloc(len ? len : 1);

	assert_non_null(p);
	memcpy(p, octets, len);
	return p;
}

static void every_type_cut_at_every_length(void **state)
{
	(void)state;
	for (unsigned int i = 0; i < sizeof(types) / sizeof(*types); i++) {
		struct ptp_message in = sample, out;
		uint16_t whole = ptp_body_len(types[i]);
		struct problem problem;
		uint8_t octets[64], *cut;

		in.type = (uint8_t)types[i];
		ptp_encode(octets, sizeof(octets), &in);
		for (size_t len = 0; len <= whole; len++) {
			cut = exactly(octets, len);
			assert_int_equal(ptp_decode(&out, cut, len, &problem),
					 len < whole ? -EBADMSG : 0);
			assert_int_equal(out.has_header, len >= PTP_HEADER_LEN);
			assert_int_equal(out.has_body, len == whole);
			if (len < whole)
				assert_int_equal(problem.at, len);
			free(cut);
		}
	}
}

static void message_length_that_lies(void **state)
{
	static const struct {
		uint16_t length;
		size_t have;
		int ret;
		uint32_t at;
		bool body;
		uint16_t end;
	} rows[] = {
		{44, 60, 0, 0, true, 44},         /* padded to the shortest Ethernet frame */
		{43, 60, -EBADMSG, 2, false, 43}, /* less than a Sync is */
		{0, 60, -EBADMSG, 2, false, 0},
		{61, 60, -EBADMSG, 60, true, 60}, /* more than is there: header and body are good */
		{65535, 60, -EBADMSG, 60, true, 60},
	};
	uint8_t octets[60] = {0x10, 0x02};

	(void)state;
	for (unsigned int i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct ptp_message m;
		struct problem problem;

		put_be16(octets + 2, rows[i].length);
		assert_int_equal(ptp_decode(&m, octets, rows[i].have, &problem), rows[i].ret);
		assert_int_equal(problem.at, rows[i].at);
		assert_int_equal(m.has_body, rows[i].body);
		assert_int_equal(m.end, rows[i].end);
	}
}

static void not_version_2(void **state)
{
	uint8_t octets[64] = {0x00, 0x01};
	struct ptp_message m;
	struct problem problem;

	(void)state;
	assert_int_equal(ptp_decode(&m, octets, sizeof(octets), &problem), 0);
	assert_null(problem.what);
	assert_int_equal(m.version, 1);
	assert_false(m.has_header || m.has_body);
	octets[1] = 0x03;
	assert_int_equal(ptp_decode(&m, octets, sizeof(octets), &problem), -EBADMSG);
	assert_string_equal(problem.what, "not a PTP version 2 message");
	assert_false(m.has_header);
	octets[0] = 0x04;
	octets[1] = 0x02;
	assert_int_equal(ptp_decode(&m, octets, sizeof(octets), &problem), -EBADMSG);
	assert_string_equal(problem.what, "reserved messageType");
	assert_true(m.has_header);
}

static void encode_bounds(void **state)
{
	struct ptp_message m = sample;
	uint8_t octets[64];

	(void)state;
	m.type = PTP_ANNOUNCE;
	assert_int_equal(ptp_encode(octets, 63, &m), -EMSGSIZE);
	m.type = 4;
	assert_int_equal(ptp_encode(octets, 64, &m), -EINVAL);
	m.type = 16;
	assert_int_equal(ptp_encode(octets, 64, &m), -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_type_round_trip),
		cmocka_unit_test(every_type_cut_at_every_length),
		cmocka_unit_test(message_length_that_lies),
		cmocka_unit_test(not_version_2),
		cmocka_unit_test(encode_bounds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
