/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Encapsulations: octets written by hand against those that are built, every encapsulation parsed
 * back to what it was built from, checksums summed in another way. */
#include "frame_build.h"

#include "bytes.h"
#include "ptp_msg.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define COUNT(a) (sizeof(a) / sizeof(*(a)))

static const uint8_t message[44] = {0x00, 0x02, 0x00, 0x2c, [43] = 0x99};

static const struct frame_endpoints ends = {
	.src = {2, 0, 0, 0, 0, 0x0a},
	.ip_src = {0xfe, 0x80, [8] = 0x12, [15] = 0x34},
	.ttl = 1,
};

#define DSA_TAG_3                                                                                  \
	{                                                                                          \
		.mode = DSA_FORWARD, .port = 3, .priority = 6, .vid = 10                           \
	}

static const struct row {
	const char *what;
	struct frame_encapsulation e;
	size_t len;
	size_t head_len;
	uint8_t head[40]; /* from octet 12, behind the addresses */
} rows[] = {
	{"Ethernet", {.transport = FRAME_ETHERNET}, 60, 6, {0x88, 0xf7, 0x00, 0x02, 0x00, 0x2c}},
	{"802.1Q",
	 {.transport = FRAME_ETHERNET, .vlans = 1, .vlan = {{0x8100, 0xa00a, false}}},
	 62,
	 8,
	 {0x81, 0x00, 0xa0, 0x0a, 0x88, 0xf7, 0x00, 0x02}},
	{"802.1ad",
	 {.transport = FRAME_ETHERNET,
	  .vlans = 2,
	  .vlan = {{0x88a8, 0x7064, false}, {0x8100, 10, false}}},
	 66,
	 12,
	 {0x88, 0xa8, 0x70, 0x64, 0x81, 0x00, 0x00, 0x0a, 0x88, 0xf7, 0x00, 0x02}},
	{"DSA",
	 {.transport = FRAME_ETHERNET, .tag_format = DSA_FORMAT_DSA, .tag = DSA_TAG_3},
	 64,
	 8,
	 {0xc0, 0x18, 0xc0, 0x0a, 0x88, 0xf7, 0x00, 0x02}},
	{"EDSA",
	 {.transport = FRAME_ETHERNET, .tag_format = DSA_FORMAT_EDSA, .tag = DSA_TAG_3},
	 68,
	 12,
	 {0xda, 0xda, 0x00, 0x00, 0xc0, 0x18, 0xc0, 0x0a, 0x88, 0xf7, 0x00, 0x02}},
	{"EDSA, another EtherType",
	 {.transport = FRAME_ETHERNET,
	  .tag_format = DSA_FORMAT_EDSA,
	  .edsa_ethertype = 0x9100,
	  .tag = DSA_TAG_3},
	 68,
	 12,
	 {0x91, 0x00, 0x00, 0x00, 0xc0, 0x18, 0xc0, 0x0a, 0x88, 0xf7, 0x00, 0x02}},
	{"EDSA and an inner 802.1Q tag",
	 {.transport = FRAME_ETHERNET,
	  .tag_format = DSA_FORMAT_EDSA,
	  .tag = DSA_TAG_3,
	  .vlans = 1,
	  .vlan = {{0x8100, 0xa00a, false}}},
	 70,
	 16,
	 {0xda, 0xda, 0, 0, 0xc0, 0x18, 0xc0, 0x0a, 0x81, 0, 0xa0, 0x0a, 0x88, 0xf7, 0, 2}},
	{"EDSA, the 802.1Q tag converted",
	 {.transport = FRAME_ETHERNET,
	  .tag_format = DSA_FORMAT_EDSA,
	  .tag = {.mode = DSA_FORWARD, .port = 3, .tagged = true},
	  .vlans = 1,
	  .vlan = {{0x8100, 0xb00a, false}}},
	 66,
	 12,
	 {0xda, 0xda, 0x00, 0x00, 0xe0, 0x19, 0xa0, 0x0a, 0x88, 0xf7, 0x00, 0x02}},
	{"UDPv4",
	 {.transport = FRAME_UDP4},
	 86,
	 34, /* RFC 791, RFC 768; checksums have a test of their own */
	 {0x08, 0x00, 0x45, 0x00, 0x00, 0x48, 0x00, 0x00, 0x40, 0x00, 0x01, 0x11,
	  0x99, 0xa3, 0xfe, 0x80, 0x00, 0x00, 0xe0, 0x00, 0x01, 0x81, 0x01, 0x3f,
	  0x01, 0x3f, 0x00, 0x34, 0x1c, 0x3f, 0x00, 0x02, 0x00, 0x2c}},
	{"UDPv6: two octets more",
	 {.transport = FRAME_UDP6},
	 108,
	 10, /* RFC 8200 */
	 {0x86, 0xdd, 0x60, 0x00, 0x00, 0x00, 0x00, 0x36, 0x11, 0x01}},
	{"DSA, UDPv4",
	 {.transport = FRAME_UDP4, .tag_format = DSA_FORMAT_DSA, .tag = DSA_TAG_3},
	 90,
	 6,
	 {0xc0, 0x18, 0xc0, 0x0a, 0x08, 0x00}},
	{"EDSA, 802.1Q, UDPv6",
	 {.transport = FRAME_UDP6,
	  .tag_format = DSA_FORMAT_EDSA,
	  .tag = DSA_TAG_3,
	  .vlans = 1,
	  .vlan = {{0x8100, 0xa00a, false}}},
	 120,
	 14,
	 {0xda, 0xda, 0, 0, 0xc0, 0x18, 0xc0, 0x0a, 0x81, 0, 0xa0, 0x0a, 0x86, 0xdd}},
};

static size_t build(const struct row *r, uint8_t *out, size_t size, struct frame_endpoints *e)
{
	ssize_t len;

	*e = ends;
	frame_destination(e, r->e.transport, PTP_SYNC, false);
	len = frame_build(out, size, &r->e, e, message, sizeof(message));
	assert_true(len > 0);
	return (size_t)len;
}

static void octets(void **state)
{
	(void)state;
	for (const struct row *r = rows; r < rows + COUNT(rows); r++) {
		struct frame_endpoints e;
		uint8_t out[256];
		size_t len = build(r, out, sizeof(out), &e);

		if (len != r->len || memcmp(out + 12, r->head, r->head_len))
			print_error("%s\n", r->what);
		assert_int_equal(len, r->len);
		assert_memory_equal(out, e.dst, 6);
		assert_memory_equal(out + 6, e.src, 6);
		assert_memory_equal(out + 12, r->head, r->head_len);
	}
}

static void parsed_back(void **state)
{
	(void)state;
	for (const struct row *r = rows; r < rows + COUNT(rows); r++) {
		struct frame_place place = {.linktype = FRAME_LINK_ETHERNET,
					    .tagger = r->e.tag_format,
					    .edsa_ethertype = r->e.edsa_ethertype};
		unsigned int vlans = r->e.vlans - (r->e.tag.tagged ? 1 : 0);
		struct frame_endpoints e;
		struct problem problem;
		struct frame f;
		uint8_t out[256];
		size_t len = build(r, out, sizeof(out), &e);

		assert_int_equal(frame_parse(&f, out, (uint32_t)len, &place, NULL, &problem), 0);
		assert_int_equal(f.transport, r->e.transport);
		assert_int_equal(f.tag_format, r->e.tag_format);
		assert_int_equal(f.tag.port, r->e.tag.port);
		assert_int_equal(f.vlans, vlans);
		for (unsigned int i = 0; i < vlans; i++)
			assert_int_equal(f.vlan[i].tci, r->e.vlan[i].tci);
		assert_memory_equal(out + f.payload, message, sizeof(message));
		if (f.transport == FRAME_ETHERNET)
			continue;
		assert_int_equal(f.dport, PTP_UDP_EVENT);
		assert_int_equal(f.payload_len,
				 sizeof(message) + (f.transport == FRAME_UDP6 ? 2 : 0));
	}
}

/* As a receiver does it: octets at even places times 256, the checksum among them, gives all ones.
 */
static void assert_sums_to_ones(const uint8_t *p, size_t len, uint32_t pseudo)
{
	uint64_t sum = pseudo;

	for (size_t i = 0; i < len; i++)
		sum += i % 2 ? p[i] : p[i] * 256u;
	assert_int_equal(sum % 0xffff, 0);
	assert_int_not_equal(sum, 0);
}

static void checksums(void **state)
{
	static const uint8_t fill[] = {0, 1, 0x7f, 0xff};
	uint8_t out[256], body[60];

	(void)state;
	for (size_t len = 44; len <= sizeof(body); len++)
		for (size_t i = 0; i < sizeof(fill); i++) {
			struct frame_encapsulation v4 = {.transport = FRAME_UDP4},
						   v6 = {.transport = FRAME_UDP6};
			struct frame_endpoints e = ends;

			memset(body, fill[i], sizeof(body));
			frame_destination(&e, FRAME_UDP4, PTP_ANNOUNCE, false);
			assert_true(frame_build(out, sizeof(out), &v4, &e, body, len) > 0);
			assert_sums_to_ones(out + 14, 20, 0);
			/* From the addresses on: they are the pseudo-header's, with protocol and
			 * length. */
			assert_sums_to_ones(out + 26, 8 + 8 + len, (uint32_t)(17 + 8 + len));
			frame_destination(&e, FRAME_UDP6, PTP_ANNOUNCE, false);
			assert_true(frame_build(out, sizeof(out), &v6, &e, body, len) > 0);
			assert_sums_to_ones(out + 22, 32 + 8 + len + 2,
					    (uint32_t)(17 + 8 + len + 2));
			assert_int_not_equal(get_be16(out + 60), 0);
		}
}

/* A UDP checksum that comes out as zero is sent as all ones (RFC 768). */
static void checksum_zero(void **state)
{
	struct frame_encapsulation v4 = {.transport = FRAME_UDP4};
	struct frame_endpoints e = {.port = 0, .ttl = 1};
	uint8_t out[128], body[44] = {0};
	uint16_t sum;

	(void)state;
	assert_true(frame_build(out, sizeof(out), &v4, &e, body, sizeof(body)) > 0);
	sum = get_be16(out + 40);
	put_be16(body, sum); /* the sum of all then is 0xffff */
	assert_true(frame_build(out, sizeof(out), &v4, &e, body, sizeof(body)) > 0);
	assert_int_equal(get_be16(out + 40), 0xffff);
}

static void destinations(void **state)
{
	static const struct {
		enum frame_transport transport;
		unsigned int type;
		bool all_peer;
		uint8_t mac[6];
		uint8_t ip[16];
		unsigned int port;
	} want[] = {
		{FRAME_ETHERNET, PTP_SYNC, false, {1, 0x1b, 0x19}, {0}, 319},
		{FRAME_ETHERNET,
		 PTP_PDELAY_RESP_FOLLOW_UP,
		 false,
		 {1, 0x80, 0xc2, 0, 0, 0x0e},
		 {0},
		 320},
		{FRAME_ETHERNET, PTP_ANNOUNCE, true, {1, 0x80, 0xc2, 0, 0, 0x0e}, {0}, 320},
		{FRAME_UDP4, PTP_DELAY_REQ, false, {1, 0, 0x5e, 0, 1, 0x81}, {224, 0, 1, 129}, 319},
		{FRAME_UDP4,
		 PTP_PDELAY_REQ,
		 false,
		 {1, 0, 0x5e, 0, 0, 0x6b},
		 {224, 0, 0, 107},
		 319},
		{FRAME_UDP6,
		 PTP_FOLLOW_UP,
		 false,
		 {0x33, 0x33, 0, 0, 1, 0x81},
		 {0xff, 0x0e, [14] = 1, [15] = 0x81},
		 320},
		{FRAME_UDP6,
		 PTP_PDELAY_RESP,
		 false,
		 {0x33, 0x33, 0, 0, 0, 0x6b},
		 {0xff, 0x02, [15] = 0x6b},
		 319},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(want); i++) {
		struct frame_endpoints e = {0};

		frame_destination(&e, want[i].transport, want[i].type, want[i].all_peer);
		assert_memory_equal(e.dst, want[i].mac, 6);
		assert_memory_equal(e.ip_dst, want[i].ip, 16);
		assert_int_equal(e.port, want[i].port);
	}
}

static void bounds(void **state)
{
	struct frame_encapsulation e = {.transport = FRAME_ETHERNET};
	static const uint8_t long_message[4096];
	uint8_t out[256], before[256];

	(void)state;
	memset(out, 0x55, sizeof(out));
	memcpy(before, out, sizeof(out));
	assert_int_equal(frame_build(out, 59, &e, &ends, message, 44), -EMSGSIZE);
	assert_int_equal(frame_build(out, sizeof(out), &e, &ends, long_message, 4096), -EMSGSIZE);
	e.vlans = FRAME_VLANS_MAX + 1;
	assert_int_equal(frame_build(out, sizeof(out), &e, &ends, message, 44), -EINVAL);
	e.vlans = 0;
	e.tag_format = DSA_FORMAT_EDSA;
	e.tag.port = 32;
	assert_int_equal(frame_build(out, sizeof(out), &e, &ends, message, 44), -ERANGE);
	e.transport = FRAME_OTHER;
	assert_int_equal(frame_build(out, sizeof(out), &e, &ends, message, 44), -EINVAL);
	assert_memory_equal(out, before, sizeof(out));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(octets),       cmocka_unit_test(parsed_back),
		cmocka_unit_test(checksums),    cmocka_unit_test(checksum_zero),
		cmocka_unit_test(destinations), cmocka_unit_test(bounds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
