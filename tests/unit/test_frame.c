/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Encapsulations: where the PTP message is found behind each, that nothing is read behind the end
 * of a frame cut anywhere, and that a DSA tag is never guessed. */
#include "cbpf.h"
#include "frame.h"
#include "packet.h"

#include <pcap/pcap.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define COUNT(a) (sizeof(a) / sizeof(*(a)))
#define MACS "\x01\x1b\x19\0\0\0\2\0\0\0\0\x0a"
#define SYNC                                                                                       \
	"\0\2\0\x2c\0\0\2\0\0\0\0\0\0\1\x80\0\0\0\0\0\1\2\3\xff\xfe\4\5\6\0\1\0\x2a\0\0\0\0\0\0\0" \
	"\1\0\0\0\2"
#define UDP "\x01\x3f\x01\x3f\0\x34\0\0"
#define IPV4 "\x45\0\0\x48\0\0\0\0\1\x11\0\0\x0a\0\0\1\xe0\0\1\x81"
#define IPV4_OPTIONS "\x46\0\0\x4c\0\0\0\0\1\x11\0\0\x0a\0\0\1\xe0\0\1\x81\x94\4\0\0"
#define ADDRESSES6 "\xfe\x80\0\0\0\0\0\0\0\0\0\0\0\0\0\1\xff\2\0\0\0\0\0\0\0\0\0\0\0\0\1\x81"
#define IPV6 "\x60\0\0\0\0\x34\x11\1" ADDRESSES6
#define IPV6_HOPS "\x60\0\0\0\0\x3c\0\1" ADDRESSES6 "\x11\0\1\4\0\0\0\0"
#define SLL "\0\2\0\1\0\6\2\0\0\0\0\x0a\0\0"
#define SLL2 "\0\0\0\0\0\7\0\1\2\6\2\0\0\0\0\x0a\0\0"
#define ROW(text) (const uint8_t *)(text), sizeof(text) - 1

static const struct row {
	const char *what;
	struct frame_place place;
	const uint8_t *octets;
	uint32_t len;
	uint32_t payload;
	enum frame_transport transport;
	enum dsa_format tag;
	uint8_t vlans;
} rows[] = {
	{"Ethernet", {1, 0, 0}, ROW(MACS "\x88\xf7" SYNC), 14, FRAME_ETHERNET, 0, 0},
	{"802.1Q", {1, 0, 0}, ROW(MACS "\x81\0\x60\5\x88\xf7" SYNC), 18, FRAME_ETHERNET, 0, 1},
	{"QinQ",
	 {1, 0, 0},
	 ROW(MACS "\x88\xa8\0\x64\x81\0\0\5\x88\xf7" SYNC),
	 22,
	 FRAME_ETHERNET,
	 0,
	 2},
	{"UDPv4", {1, 0, 0}, ROW(MACS "\x08\0" IPV4 UDP SYNC), 42, FRAME_UDP4, 0, 0},
	{"UDPv4 with options",
	 {1, 0, 0},
	 ROW(MACS "\x08\0" IPV4_OPTIONS UDP SYNC),
	 46,
	 FRAME_UDP4,
	 0,
	 0},
	{"UDPv4 in 802.1Q",
	 {1, 0, 0},
	 ROW(MACS "\x81\0\0\1\x08\0" IPV4 UDP SYNC),
	 46,
	 FRAME_UDP4,
	 0,
	 1},
	{"UDPv6", {1, 0, 0}, ROW(MACS "\x86\xdd" IPV6 UDP SYNC), 62, FRAME_UDP6, 0, 0},
	{"UDPv6 behind hop-by-hop options",
	 {1, 0, 0},
	 ROW(MACS "\x86\xdd" IPV6_HOPS UDP SYNC),
	 70,
	 FRAME_UDP6,
	 0,
	 0},
	{"EDSA by its EtherType",
	 {1, 0, 0},
	 ROW(MACS "\xda\xda\0\0\xc0\x20\0\0\x88\xf7" SYNC),
	 22,
	 FRAME_ETHERNET,
	 DSA_FORMAT_EDSA,
	 0},
	{"EDSA by link type",
	 {285, 0, 0},
	 ROW(MACS "\xda\xda\0\0\xc0\x20\0\0\x88\xf7" SYNC),
	 22,
	 FRAME_ETHERNET,
	 DSA_FORMAT_EDSA,
	 0},
	{"EDSA, another EtherType",
	 {1, 0, 0x9999},
	 ROW(MACS "\x99\x99\0\0\xc0\x20\0\0\x88\xf7" SYNC),
	 22,
	 FRAME_ETHERNET,
	 DSA_FORMAT_EDSA,
	 0},
	{"EDSA by link type, unknown EtherType",
	 {285, 0, 0},
	 ROW(MACS "\x99\x99\0\0\xc0\x20\0\0\x88\xf7" SYNC),
	 22,
	 FRAME_ETHERNET,
	 DSA_FORMAT_EDSA,
	 0},
	{"EDSA with inner 802.1Q",
	 {1, 0, 0},
	 ROW(MACS "\xda\xda\0\0\xc0\x20\0\0\x81\0\0\x80\x88\xf7" SYNC),
	 26,
	 FRAME_ETHERNET,
	 DSA_FORMAT_EDSA,
	 1},
	{"UDPv4 in EDSA",
	 {1, 0, 0},
	 ROW(MACS "\xda\xda\0\0\xc0\x20\0\0\x08\0" IPV4 UDP SYNC),
	 50,
	 FRAME_UDP4,
	 DSA_FORMAT_EDSA,
	 0},
	{"UDPv6 in EDSA",
	 {1, 0, 0},
	 ROW(MACS "\xda\xda\0\0\xc0\x20\0\0\x86\xdd" IPV6 UDP SYNC),
	 70,
	 FRAME_UDP6,
	 DSA_FORMAT_EDSA,
	 0},
	{"DSA by link type",
	 {284, 0, 0},
	 ROW(MACS "\0\x08\0\1\x88\xf7" SYNC),
	 18,
	 FRAME_ETHERNET,
	 DSA_FORMAT_DSA,
	 0},
	{"DSA by tagger",
	 {1, DSA_FORMAT_DSA, 0},
	 ROW(MACS "\0\x08\0\1\x88\xf7" SYNC),
	 18,
	 FRAME_ETHERNET,
	 DSA_FORMAT_DSA,
	 0},
	{"DSA with inner 802.1Q",
	 {284, 0, 0},
	 ROW(MACS "\0\x08\0\1\x81\0\0\5\x88\xf7" SYNC),
	 22,
	 FRAME_ETHERNET,
	 DSA_FORMAT_DSA,
	 1},
	/* Device 8, port 0 to the CPU: 0x0800 at the EtherType's place, and still no IPv4. */
	{"DSA that looks like IPv4",
	 {284, 0, 0},
	 ROW(MACS "\x08\0\0\1\x88\xf7" SYNC),
	 18,
	 FRAME_ETHERNET,
	 DSA_FORMAT_DSA,
	 0},
	{"cooked", {113, 0, 0}, ROW(SLL "\x88\xf7" SYNC), 16, FRAME_ETHERNET, 0, 0},
	{"cooked, UDPv4", {113, 0, 0}, ROW(SLL "\x08\0" IPV4 UDP SYNC), 44, FRAME_UDP4, 0, 0},
	{"cooked, EDSA",
	 {113, 0, 0},
	 ROW(SLL "\xda\xda\0\0\xc0\x20\0\0\x88\xf7" SYNC),
	 24,
	 FRAME_ETHERNET,
	 DSA_FORMAT_EDSA,
	 0},
	{"cooked v2", {276, 0, 0}, ROW("\x88\xf7" SLL2 SYNC), 20, FRAME_ETHERNET, 0, 0},
	{"cooked v2, UDPv6", {276, 0, 0}, ROW("\x86\xdd" SLL2 IPV6 UDP SYNC), 68, FRAME_UDP6, 0, 0},
};

static void encapsulations(void **state)
{
	(void)state;
	for (const struct row *r = rows; r < rows + COUNT(rows); r++) {
		struct packet p = {.clock = "file", .iface = ""};

		packet_decode(&p, r->octets, r->len, &r->place, NULL);
		if (p.problem.what)
			fail_msg("%s: %s at %u", r->what, p.problem.what, p.problem.at);
		if (!p.ptp || p.frame.payload != r->payload || p.frame.transport != r->transport ||
		    p.frame.tag_format != r->tag || p.frame.vlans != r->vlans)
			fail_msg("%s: taken for something else (message at %u)", r->what,
				 p.frame.payload);
		if (p.msg.sequence != 42 || p.msg.correction != 0x18000)
			fail_msg("%s: the message is decoded otherwise", r->what);
	}
}

/* The catalogue's filters and the decoder agree on every encapsulation: Sync is an event message.
 */
static void filters_accept_them(void **state)
{
	static const char *const names[] = {"ptp", "ptp-event"};
	struct cbpf_error err;

	(void)state;
	for (unsigned int i = 0; i < COUNT(rows) * 2; i++) {
		const struct row *r = &rows[i / 2];
		int dlt = r->place.tagger == DSA_FORMAT_DSA ? FRAME_LINK_DSA : r->place.linktype;
		const struct cbpf_entry *entry = cbpf_catalogue_for(names[i % 2], dlt);
		struct cbpf_prog prog;
		unsigned int verdict;

		/* What the filters say of themselves: 0xDADA alone, and no IPv6 extension headers.
		 */
		if (strstr(r->what, "another EtherType") || strstr(r->what, "unknown EtherType") ||
		    strstr(r->what, "hop-by-hop"))
			continue;
		assert_non_null(entry);
		assert_int_equal(
			cbpf_catalogue_compile(&prog, entry, dlt, CBPF_SNAPLEN_DEFAULT, true, &err),
			0);
		verdict =
			bpf_filter((const struct bpf_insn *)prog.insns, r->octets, r->len, r->len);
		cbpf_free(&prog);
		if (!verdict)
			fail_msg("%s: refused by %s", r->what, entry->name);
	}
}

/* A frame cut anywhere: never a read behind its end, never a message that is whole. */
static void cut_at_every_length(void **state)
{
	(void)state;
	for (const struct row *r = rows; r < rows + COUNT(rows); r++)
		for (uint32_t len = 0; len < r->len; len++) {
			struct packet p = {.clock = "file", .iface = ""};
			struct text t = {0};
			uint8_t *cut = malloc(len ? len : 1);

			assert_non_null(cut);
			memcpy(cut, r->octets, len);
			packet_decode(&p, cut, len, &r->place, NULL);
			if (!p.problem.what)
				fail_msg("%s cut to %u octets is said to be whole", r->what, len);
			if (p.problem.at > len)
				fail_msg("%s cut to %u octets: at %u", r->what, len, p.problem.at);
			packet_line(&t, &p);
			assert_true(t.len > 0 && !t.failed);
			text_free(&t);
			free(cut);
		}
}

static void not_guessed(void **state)
{
	static const struct {
		const char *what;
		struct frame_place place;
		const uint8_t *octets;
		uint32_t len;
	} other[] = {
		{"a DSA tag without its link type", {1, 0, 0}, ROW(MACS "\0\x08\0\1\x88\xf7" SYNC)},
		{"EDSA with an EtherType nobody named",
		 {1, 0, 0},
		 ROW(MACS "\x99\x99\0\0\xc0\x20\0\0\x88\xf7" SYNC)},
		{"0xDADA where another EtherType was named",
		 {1, 0, 0x9999},
		 ROW(MACS "\xda\xda\0\0\xc0\x20\0\0\x88\xf7" SYNC)},
		{"UDP to another port",
		 {1, 0, 0},
		 ROW(MACS "\x08\0" IPV4 "\x01\x3f\x01\x41\0\x34\0\0" SYNC)},
		{"TCP",
		 {1, 0, 0},
		 ROW(MACS "\x08\0\x45\0\0\x48\0\0\0\0\1\6\0\0\x0a\0\0\1\xe0\0\1\x81" UDP SYNC)},
		{"a later fragment",
		 {1, 0, 0},
		 ROW(MACS "\x08\0\x45\0\0\x48\0\0\0\1\1\x11\0\0\x0a\0\0\1\xe0\0\1\x81" UDP SYNC)},
		{"an 802.3 length", {1, 0, 0}, ROW(MACS "\0\x2e" SYNC)},
	};

	(void)state;
	for (unsigned int i = 0; i < COUNT(other); i++) {
		struct packet p = {.clock = "file", .iface = ""};

		packet_decode(&p, other[i].octets, other[i].len, &other[i].place, NULL);
		if (p.ptp || p.problem.what || p.frame.tag_format)
			fail_msg("%s is taken for more than it is", other[i].what);
	}
}

static void headers_that_lie(void **state)
{
	static const struct {
		const char *what, *problem;
		const uint8_t *octets;
		uint32_t len, at;
	} bad[] = {
		{"IHL 4", "not an IPv4 header",
		 ROW(MACS "\x08\0\x44\0\0\x48\0\0\0\0\1\x11\0\0\x0a\0\0\1\xe0\0\1\x81" UDP SYNC),
		 14},
		{"total length 19", "the IPv4 total length is less than the header",
		 ROW(MACS "\x08\0\x45\0\0\x13\0\0\0\0\1\x11\0\0\x0a\0\0\1\xe0\0\1\x81" UDP SYNC),
		 16},
		{"UDP length past the IP packet", "the UDP length is not that of the IP packet",
		 ROW(MACS "\x08\0" IPV4 "\x01\x3f\x01\x3f\0\x35\0\0" SYNC), 38},
		{"UDP length 7", "the UDP length is not that of the IP packet",
		 ROW(MACS "\x08\0" IPV4 "\x01\x3f\x01\x3f\0\7\0\0" SYNC), 38},
		{"IPv4 EtherType, IPv6 header", "not an IPv4 header",
		 ROW(MACS "\x08\0" IPV6 UDP SYNC), 14},
		{"an extension header longer than the frame", "an IPv6 extension header is cut",
		 ROW(MACS "\x86\xdd\x60\0\0\0\0\x3c\0\1" ADDRESSES6 "\0\xff\1\4\0\0\0\0"), 62},
		{"five VLAN tags", "more VLAN tags than are decoded",
		 ROW(MACS "\x81\0\0\1\x81\0\0\1\x81\0\0\1\x81\0\0\1\x81\0\0\1\x88\xf7" SYNC), 28},
	};

	(void)state;
	for (unsigned int i = 0; i < COUNT(bad); i++) {
		struct frame_place place = {.linktype = 1};
		struct packet p = {.clock = "file", .iface = ""};

		packet_decode(&p, bad[i].octets, bad[i].len, &place, NULL);
		if (!p.problem.what || strcmp(p.problem.what, bad[i].problem) ||
		    p.problem.at != bad[i].at)
			fail_msg("%s: '%s' at %u", bad[i].what, p.problem.what, p.problem.at);
	}
}

/* Octets behind the message are told apart: inside the datagram, and behind it. */
static void padding_and_trailer(void **state)
{
	static const char octets[] = MACS "\x86\xdd\x60\0\0\0\0\x36\x11\1" ADDRESSES6
					  "\x01\x3f\x01\x3f\0\x36\0\0" SYNC "\0\0"
					  "\xaa\xbb\xcc";
	struct frame_place place = {.linktype = 1};
	struct packet p = {.clock = "file", .iface = ""};

	(void)state;
	packet_decode(&p, (const uint8_t *)octets, sizeof(octets) - 1, &place, NULL);
	assert_null(p.problem.what);
	assert_int_equal(p.msg.end, 44);
	assert_int_equal(p.frame.payload_len, 46);
	assert_int_equal(frame_trailer_len(&p.frame), 3);
}

/* What a frame's JSON says behind the message. */
static void ends(void **state)
{
	static const struct {
		const uint8_t *octets;
		uint32_t len;
		const char *json;
	} expected[] = {
		{ROW(MACS "\x88\xf7" SYNC "\0\0\0"), "},\"padding\":\"000000\"}"},
		{ROW(MACS "\x88\xf7" SYNC "\x12\x34\xa0\x32\x88\xfb"),
		 "},\"prpTrailer\":{\"sequenceNumber\":4660,\"lanId\":10,\"lanIdName\":\"A\","
		 "\"lsduSize\":50}}"},
		{ROW(MACS "\x88\xf7" SYNC "\0\0\x12\x34\xb0\x34\x88\xfb"),
		 "},\"padding\":\"0000\",\"prpTrailer\":{\"sequenceNumber\":4660,\"lanId\":11,"},
		/* Another size, another network: octets like others. */
		{ROW(MACS "\x88\xf7" SYNC "\x12\x34\xa0\x33\x88\xfb"),
		 "},\"padding\":\"1234a03388fb\"}"},
		{ROW(MACS "\x88\xf7" SYNC "\x12\x34\xc0\x32\x88\xfb"),
		 "},\"padding\":\"1234c03288fb\"}"},
		{ROW(MACS "\x81\0\0\1\x08\0" IPV4 UDP SYNC "\0\0\x12\x34\xa0\x50\x88\xfb"),
		 "},\"trailer\":\"0000\",\"prpTrailer\":{\"sequenceNumber\":4660,"},
	};

	(void)state;
	for (unsigned int i = 0; i < COUNT(expected); i++) {
		struct frame_place place = {.linktype = 1};
		struct packet p = {.clock = "file", .iface = ""};
		struct text t = {0};

		packet_decode(&p, expected[i].octets, expected[i].len, &place, NULL);
		assert_null(p.problem.what);
		packet_show(&t, &p, SHOW_JSON);
		text_char(&t, 0);
		if (!strstr(t.buf, expected[i].json))
			fail_msg("row %u: %s", i, t.buf);
		text_free(&t);
	}
}

/* IEEE 1588-2002 on the same ports: no fault of the frame. */
static void version_1(void **state)
{
	static const char octets[] = MACS "\x08\0" IPV4 UDP "\0\1\0\1_DFLT" SYNC;
	struct frame_place place = {.linktype = 1};
	struct packet p = {.clock = "none", .iface = ""};
	struct text t = {0};

	(void)state;
	packet_decode(&p, (const uint8_t *)octets, 42 + 44, &place, NULL);
	assert_null(p.problem.what);
	packet_line(&t, &p);
	packet_show(&t, &p, SHOW_JSON);
	text_char(&t, 0);
	assert_non_null(strstr(t.buf, " udp 319 PTP version 1, not decoded\n"));
	assert_non_null(strstr(t.buf, "\"ptp\":{\"versionPTP\":1,\"notDecoded\":\"00010001"));
	text_free(&t);
}

static void line(void **state)
{
	static const char octets[] = MACS "\xda\xda\0\0\xe1\x20\x60\x05\x88\xf7" SYNC;
	struct frame_place place = {.linktype = 1};
	struct frame_vlan stripped = {.tpid = 0x88a8, .tci = 0xf064, .stripped = true};
	struct packet p = {
		.ts_ns = 1700000000123456789, .clock = "ptp0", .iface = "eth0", .outgoing = true};
	struct text t = {0};

	(void)state;
	packet_decode(&p, (const uint8_t *)octets, sizeof(octets) - 1, &place, &stripped);
	packet_line(&t, &p);
	text_char(&t, 0);
	assert_string_equal(
		t.buf,
		"22:13:20.123456789 ptp0 eth0 out EDSA[FORWARD dev 1 port 4 tagged vid 5 pri 3] "
		"802.1ad[vid 100 pri 7 dei] 02:00:00:00:00:0a > 01:1b:19:00:00:00 Sync domain 0 "
		"seq 42 "
		"corr 1.5ns src 010203.fffe.040506-1 time 1.000000002\n");
	text_free(&t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(encapsulations),
		cmocka_unit_test(filters_accept_them),
		cmocka_unit_test(cut_at_every_length),
		cmocka_unit_test(not_guessed),
		cmocka_unit_test(headers_that_lie),
		cmocka_unit_test(padding_and_trailer),
		cmocka_unit_test(ends),
		cmocka_unit_test(version_1),
		cmocka_unit_test(line),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
