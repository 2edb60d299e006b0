/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The PTP decoder on any octets: the first of the input chooses the link type, tagger and whether a
 * VLAN tag was stripped, the rest is frames with a length octet before each, so that the analysis
 * sees more than one. What is shown as JSON must be JSON. */
#include "analysis.h"
#include "packet.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_json(const struct text *t)
{
	json_error_t error;
	json_t *json = json_loadb(t->buf, t->len, JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, &error);

	if (!json) {
		fprintf(stderr, "%s: %.*s\n", error.text, (int)t->len, t->buf);
		abort();
	}
	json_decref(json);
}

static void one_frame(struct analysis *a, struct text *t, uint8_t how, const uint8_t *octets,
		      uint32_t len, uint64_t number)
{
	static const uint16_t linktypes[] = {1, 113, 276, 284, 285};
	struct frame_place place = {.linktype = linktypes[how % 5],
				    .tagger = (enum dsa_format)(how / 5 % 3)};
	struct frame_vlan stripped = {.tpid = 0x8100, .tci = 0xf001, .stripped = true};
	struct packet p = {.number = number,
			   .ts_ns = (int64_t)number * 1000000,
			   .clock = "file",
			   .iface = "eth0",
			   .tap = how & 1,
			   .wire_len = len};

	packet_decode(&p, octets, len, &place, how & 0x80 ? &stripped : NULL);
	if (p.problem.what && p.problem.at > len)
		abort();
	text_clear(t);
	packet_line(t, &p);
	packet_show(t, &p, SHOW_TREE);
	text_clear(t);
	packet_show(t, &p, SHOW_JSON);
	check_json(t);
	if (a)
		analysis_add(a, &p);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct analysis *a = NULL;
	struct text t = {0};
	uint64_t number = 0;
	uint8_t how;
	size_t len;

	if (!size)
		return 0;
	how = *data++;
	size--;
	/* Its tables cost more than decoding a few frames: for one input in four. */
	if ((how & 0x60) == 0x60)
		a = analysis_create();
	while (size && number < 24) {
		uint8_t *frame;

		len = *data;
		len = len < size ? len : size - 1;
		/* In memory of its own, so that a read behind it is seen. */
		frame = malloc(len ? len : 1);
		if (!frame)
			break;
		memcpy(frame, data + 1, len);
		one_frame(a, &t, how, frame, (uint32_t)len, ++number);
		free(frame);
		data += 1 + len;
		size -= 1 + len;
	}
	if (a) {
		text_clear(&t);
		analysis_table(&t, a);
		analysis_html(&t, a, "fuzz");
		text_clear(&t);
		analysis_json(&t, a);
		check_json(&t);
	}
	analysis_free(a);
	text_free(&t);
	return 0;
}
