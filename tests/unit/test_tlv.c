/* SPDX-License-Identifier: GPL-2.0-or-later */
/* TLVs: each row decoded to its JSON, cut at every length, with every messageLength; what is shown
 * is JSON whatever the octets are. */
#include "tlv.h"

#include "bytes.h"
#include "packet.h"
#include "tlv_rows.h"

#include <jansson.h>
#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static const struct frame_place place = {.linktype = FRAME_LINK_ETHERNET};

/* An Ethernet frame around a message, in memory of exactly its length. */
static uint8_t *frame_around(const uint8_t *message, size_t len)
{
	static const uint8_t head[14] = {1, 0x1b, 0x19, 0, 0, 0, 2, 0, 0, 0, 0, 1, 0x88, 0xf7};
	uint8_t *frame = malloc(sizeof(head) + len);

	assert_non_null(frame);
	memcpy(frame, head, sizeof(head));
	memcpy(frame + sizeof(head), message, len);
	return frame;
}

/* Shown in both forms; the JSON is returned, parsed by another's parser. */
static char *shown(struct packet *p, const uint8_t *message, size_t len)
{
	uint8_t *frame = frame_around(message, len);
	struct text t = {0};
	json_error_t error;
	json_t *json;

	packet_decode(p, frame, (uint32_t)len + 14, &place, NULL);
	packet_line(&t, p);
	packet_show(&t, p, SHOW_TREE);
	text_clear(&t);
	packet_show(&t, p, SHOW_JSON);
	text_char(&t, 0);
	json = json_loads(t.buf, JSON_REJECT_DUPLICATES, &error);
	if (!json)
		fail_msg("%s at %d in %s", error.text, error.position, t.buf);
	json_decref(json);
	free(frame);
	return t.buf;
}

static void every_row(void **state)
{
	(void)state;
	for (const struct tlv_row *r = tlv_rows; r < tlv_rows + TLV_ROWS; r++) {
		struct packet p = {.clock = "file", .iface = "eth0"};
		uint8_t octets[TLV_ROW_MAX];
		char *json = shown(&p, octets, tlv_row_message(octets, r));

		if (p.problem.what)
			fail_msg("%s: %s at %u", r->octets, p.problem.what, p.problem.at);
		if (!strstr(json, r->json))
			fail_msg("%s: not as expected: %s", r->octets, json);
		free(json);
	}
}

static void cut_at_every_length(void **state)
{
	(void)state;
	for (const struct tlv_row *r = tlv_rows; r < tlv_rows + TLV_ROWS; r++) {
		uint8_t octets[TLV_ROW_MAX];
		size_t whole = tlv_row_message(octets, r);

		for (size_t len = 0; len < whole; len++) {
			struct packet p = {.clock = "file", .iface = ""};

			free(shown(&p, octets, len));
			if (!p.problem.what || p.problem.at > len + 14)
				fail_msg("%s cut to %zu of %zu octets is said to be whole",
					 r->octets, len, whole);
		}
	}
}

/* The message itself says that it ends there: a TLV then reaches past it, or is not there. */
static void every_message_length(void **state)
{
	(void)state;
	for (const struct tlv_row *r = tlv_rows; r < tlv_rows + TLV_ROWS; r++) {
		uint8_t octets[TLV_ROW_MAX];
		size_t whole = tlv_row_message(octets, r), body = ptp_body_len(r->type);

		for (size_t len = 0; len < whole; len++) {
			struct packet p = {.clock = "file", .iface = ""};

			put_be16(octets + 2, (uint16_t)len);
			free(shown(&p, octets, whole));
			if (!p.problem.what != (len == body))
				fail_msg("%s with messageLength %zu: %s", r->octets, len,
					 p.problem.what);
		}
	}
}

/* Every lengthField: nothing is read behind the message, and what is shown is JSON. */
static void every_tlv_length(void **state)
{
	(void)state;
	for (const struct tlv_row *r = tlv_rows; r < tlv_rows + TLV_ROWS; r++) {
		uint8_t octets[TLV_ROW_MAX];
		size_t whole = tlv_row_message(octets, r), body = ptp_body_len(r->type);

		for (unsigned int len = 0; len < 256; len++) {
			struct packet p = {.clock = "file", .iface = ""};

			put_be16(octets + body + 2, (uint16_t)len);
			free(shown(&p, octets, whole));
			if (!p.problem.what && len != whole - body - 4)
				assert_true(len < whole - body - 4);
		}
	}
}

static void walk(void **state)
{
	static const uint8_t tlvs[] = {0, 8, 0, 0, 0x80, 8, 0, 2, 0, 0, 0, 9, 0, 3};
	struct ptp_message m = {.has_body = true, .octets = tlvs, .end = sizeof(tlvs)};
	struct problem problem = {0};
	struct ptp_tlv tlv;
	uint32_t at = 0;

	(void)state;
	assert_int_equal(ptp_tlv_next(&m, &at, &tlv, &problem), 1);
	assert_int_equal(tlv.type, PTP_TLV_PATH_TRACE);
	assert_int_equal(at, 4);
	assert_int_equal(ptp_tlv_next(&m, &at, &tlv, &problem), 1);
	assert_int_equal(tlv.length, 2);
	assert_int_equal(ptp_tlv_next(&m, &at, &tlv, &problem), -EBADMSG);
	assert_int_equal(problem.at, 12);
	assert_string_equal(problem.what, "a TLV reaches past the end of the message");
}

/* The line of a message that is nothing but its TLVs names them. */
static void named_in_the_line(void **state)
{
	static const struct {
		const char *row, *line;
	} expected[] = {
		{"0004 0006", " REQUEST_UNICAST_TRANSMISSION Announce to "},
		{"0007 0002", " ACKNOWLEDGE_CANCEL_UNICAST_TRANSMISSION Sync to "},
		{"0003 000c 0080c2 000002", " IEEE 802.1 message interval request to "},
		{"0001 0002 2000", " RESPONSE DEFAULT_DATA_SET to "},
		{"0001 0004 5555", " RESPONSE managementId 0x5555 to "},
		{"0002 0008 0002", " RESPONSE MANAGEMENT_ERROR_STATUS to "},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(expected) / sizeof(*expected); i++) {
		const struct tlv_row *r = tlv_rows;
		struct packet p = {.clock = "file", .iface = ""};
		uint8_t octets[TLV_ROW_MAX], *frame;
		struct text t = {0};
		size_t len;

		while (strncmp(r->octets, expected[i].row, strlen(expected[i].row)))
			assert_true(++r < tlv_rows + TLV_ROWS);
		len = tlv_row_message(octets, r);
		frame = frame_around(octets, len);
		packet_decode(&p, frame, (uint32_t)len + 14, &place, NULL);
		packet_line(&t, &p);
		text_char(&t, 0);
		if (!strstr(t.buf, expected[i].line))
			fail_msg("not '%s' in %s", expected[i].line, t.buf);
		text_free(&t);
		free(frame);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_row),
		cmocka_unit_test(cut_at_every_length),
		cmocka_unit_test(every_message_length),
		cmocka_unit_test(every_tlv_length),
		cmocka_unit_test(walk),
		cmocka_unit_test(named_in_the_line),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
