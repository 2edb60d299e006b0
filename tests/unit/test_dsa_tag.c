/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Marvell tags: octets against fields both ways, and the tagger against frames as switches make
 * them. */
#include "dsa_tag.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define COUNT(a) (sizeof(a) / sizeof(*(a)))

static const struct row {
	const char *what;
	uint8_t octets[4];
	struct dsa_tag tag;
} rows[] = {
	/* The first two as in a Clearfog's EDSA frames (net/dsa/tag_dsa.c). */
	{"forward, port 4", {0xc0, 0x20, 0x00, 0x00}, {.mode = DSA_FORWARD, .port = 4}},
	{"to CPU, trapped", {0x00, 0x08, 0x00, 0x01}, {.mode = DSA_TO_CPU, .port = 1, .vid = 1}},
	{"from CPU, device 3",
	 {0x43, 0x10, 0x00, 0x00},
	 {.mode = DSA_FROM_CPU, .device = 3, .port = 2}},
	{"VID above 255",
	 {0xe0, 0x08, 0x8f, 0xff},
	 {.mode = DSA_FORWARD, .tagged = true, .port = 1, .priority = 4, .vid = 4095}},
	{"CFI of a tagged frame",
	 {0xe0, 0x09, 0x00, 0x64},
	 {.mode = DSA_FORWARD, .tagged = true, .cfi = true, .port = 1, .vid = 100}},
	{"trunk", {0xc0, 0x24, 0x00, 0x00}, {.mode = DSA_FORWARD, .trunk = true, .port = 4}},
	{"sniffed at ingress",
	 {0x80, 0x0c, 0x00, 0x00},
	 {.mode = DSA_TO_SNIFFER, .rx_sniff = true, .port = 1}},
	{"code 1, frame to register",
	 {0x00, 0x08, 0x10, 0x00},
	 {.mode = DSA_TO_CPU, .code = 1, .port = 1}},
	{"code 2, IGMP", {0x00, 0x0a, 0x00, 0x00}, {.mode = DSA_TO_CPU, .code = 2, .port = 1}},
	{"code 5, policy mirror",
	 {0x00, 0x0c, 0x10, 0x00},
	 {.mode = DSA_TO_CPU, .code = 5, .port = 1}},
	{"everything at its most",
	 {0x3f, 0xff, 0xff, 0xff},
	 {.mode = DSA_TO_CPU,
	  .tagged = true,
	  .cfi = true,
	  .device = 31,
	  .port = 31,
	  .code = 7,
	  .priority = 7,
	  .vid = 4095}},
};

static void octets_and_fields(void **state)
{
	uint8_t octets[4];
	struct dsa_tag tag;

	(void)state;
	for (const struct row *r = rows; r < rows + COUNT(rows); r++) {
		dsa_tag_decode(&tag, r->octets);
		if (tag.mode != r->tag.mode || tag.tagged != r->tag.tagged ||
		    tag.cfi != r->tag.cfi || tag.trunk != r->tag.trunk ||
		    tag.rx_sniff != r->tag.rx_sniff || tag.device != r->tag.device ||
		    tag.port != r->tag.port || tag.code != r->tag.code ||
		    tag.priority != r->tag.priority || tag.vid != r->tag.vid)
			fail_msg("%s: decoded otherwise", r->what);
		assert_int_equal(dsa_tag_encode(octets, &r->tag), 0);
		if (memcmp(octets, r->octets, 4))
			fail_msg("%s: encoded otherwise", r->what);
	}
}

static void fields_that_do_not_fit(void **state)
{
	static const struct dsa_tag bad[] = {
		{.mode = 4}, {.device = 32},  {.port = 32},
		{.code = 8}, {.priority = 8}, {.vid = 4096},
	};
	uint8_t octets[4] = {9, 9, 9, 9};

	(void)state;
	for (unsigned int i = 0; i < COUNT(bad); i++)
		assert_int_equal(dsa_tag_encode(octets, &bad[i]), -ERANGE);
	assert_int_equal(octets[0], 9);
}

static const uint8_t plain[] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 0x88, 0xf7, 0xaa, 0xbb};
static const uint8_t vlan[] = {1,  2,  3,    4,    5,    6,    7,    8,    9,    10,
			       11, 12, 0x81, 0x00, 0x90, 0x64, 0x88, 0xf7, 0xaa, 0xbb};
static const struct dsa_tag trapped = {.mode = DSA_TO_CPU, .device = 1, .port = 2};
static const struct dsa_tag tagged = {.mode = DSA_FORWARD, .tagged = true, .port = 1};

static const struct tagging {
	const char *what;
	const uint8_t *frame;
	size_t len;
	enum dsa_format format;
	const struct dsa_tag *tag;
	size_t tagged_len;
	uint8_t head[12]; /* from octet 12 on */
} taggings[] = {
	{"EDSA",
	 plain,
	 sizeof(plain),
	 DSA_FORMAT_EDSA,
	 &trapped,
	 24,
	 {0xda, 0xda, 0, 0, 0x01, 0x10, 0, 0, 0x88, 0xf7, 0xaa, 0xbb}},
	{"DSA",
	 plain,
	 sizeof(plain),
	 DSA_FORMAT_DSA,
	 &trapped,
	 20,
	 {0x01, 0x10, 0, 0, 0x88, 0xf7, 0xaa, 0xbb}},
	{"EDSA before an 802.1Q tag",
	 vlan,
	 sizeof(vlan),
	 DSA_FORMAT_EDSA,
	 &trapped,
	 28,
	 {0xda, 0xda, 0, 0, 0x01, 0x10, 0, 0, 0x81, 0x00, 0x90, 0x64}},
	{"EDSA, 802.1Q tag converted",
	 vlan,
	 sizeof(vlan),
	 DSA_FORMAT_EDSA,
	 &tagged,
	 24,
	 {0xda, 0xda, 0, 0, 0xe0, 0x09, 0x80, 0x64, 0x88, 0xf7, 0xaa, 0xbb}},
	{"DSA, 802.1Q tag converted",
	 vlan,
	 sizeof(vlan),
	 DSA_FORMAT_DSA,
	 &tagged,
	 20,
	 {0xe0, 0x09, 0x80, 0x64, 0x88, 0xf7, 0xaa, 0xbb}},
	{"no tag", plain, sizeof(plain), DSA_FORMAT_NONE, &trapped, 16, {0x88, 0xf7, 0xaa, 0xbb}},
};

static void tagger(void **state)
{
	uint8_t with[64], without[64];
	ssize_t n;

	(void)state;
	for (const struct tagging *t = taggings; t < taggings + COUNT(taggings); t++) {
		size_t shown = t->tagged_len - 12 < 12 ? t->tagged_len - 12 : 12;

		n = dsa_tag_insert(with, sizeof(with), t->frame, t->len, t->format, 0xdada, t->tag);
		if (n != (ssize_t)t->tagged_len || memcmp(with, t->frame, 12) ||
		    memcmp(with + 12, t->head, shown))
			fail_msg("%s: tagged otherwise (%zd octets)", t->what, n);
		n = dsa_tag_remove(without, sizeof(without), with, (size_t)n, t->format);
		if (n != (ssize_t)t->len || memcmp(without, t->frame, t->len))
			fail_msg("%s: not the same without the tag (%zd octets)", t->what, n);
	}
}

static void tagger_bounds(void **state)
{
	uint8_t *frame, out[24];

	(void)state;
	for (size_t len = 0; len <= sizeof(plain); len++) {
		frame = malloc(len ? len : 1);
		assert_non_null(frame);
		memcpy(frame, plain, len);
		assert_int_equal(dsa_tag_insert(out, sizeof(out), frame, len, DSA_FORMAT_EDSA,
						0xdada, &trapped),
				 len < 14 ? -EBADMSG : (ssize_t)len + 8);
		assert_int_equal(dsa_tag_remove(out, sizeof(out), frame, len, DSA_FORMAT_DSA),
				 len < 16 ? -EBADMSG : (ssize_t)len - 4);
		free(frame);
	}
	assert_int_equal(
		dsa_tag_insert(out, 23, plain, sizeof(plain), DSA_FORMAT_EDSA, 0xdada, &trapped),
		-EMSGSIZE);
	assert_int_equal(dsa_tag_remove(out, 11, plain, sizeof(plain), DSA_FORMAT_DSA), -EMSGSIZE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(octets_and_fields),
		cmocka_unit_test(fields_that_do_not_fit),
		cmocka_unit_test(tagger),
		cmocka_unit_test(tagger_bounds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
