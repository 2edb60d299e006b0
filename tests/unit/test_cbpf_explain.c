/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Ways through programs in words: the fields' names by link type and by what is known, conditions
 * that others imply, bytes without a name. */
#include "explain.h"

#include <errno.h>
#include <pcap/dlt.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define ROWS(a) (sizeof(a) / sizeof((a)[0]))

/* The ways, each in a line. */
struct told {
	const struct cbpf_prog *prog;
	char text[8192];
};

static int tell(const struct cbpf_sym_path *path, void *arg)
{
	struct told *told = arg;
	char *way = cbpf_explain_path(told->prog, path);
	size_t used = strlen(told->text);

	assert_non_null(way);
	snprintf(told->text + used, sizeof(told->text) - used, "%s\n", way);
	free(way);
	return 0;
}

static void explain(struct told *told, const struct cbpf_prog *prog, bool accept)
{
	struct cbpf_error err;
	struct cbpf_sym *sym;

	told->prog = prog;
	told->text[0] = 0;
	if (cbpf_sym_new(&sym, &prog, 1, 60, &err))
		fail_msg("%s", err.text);
	assert_int_equal(cbpf_sym_paths(sym, 0, accept, tell, told), 0);
	cbpf_sym_free(sym);
}

static void test_expressions(void **state)
{
	static const struct {
		int linktype;
		const char *expression, *text;
	} cases[] = {
		{DLT_EN10MB, "ip", "ether.type = 0x0800, len >= 14\n"},
		{DLT_EN10MB, "not ip", "ether.type != 0x0800, len >= 14\n"},
		{DLT_EN10MB, "greater 100", "len >= 100\n"},
		{DLT_EN10MB, "greater 0", "len >= 0\n"},
		{DLT_EN10MB, "less 0", ""},
		{DLT_EN10MB, "ip[0] & 0xf0 = 0x50",
		 "ether.type = 0x0800, ip.version = 5, len >= 15\n"},
		{DLT_EN10MB, "ip[0] >> 4 = 5", "ether.type = 0x0800, ip.version = 5, len >= 15\n"},
		{DLT_EN10MB, "ip[6] & 0x20 != 0",
		 "ether.type = 0x0800, ip.frag[0:1] & 0x20 != 0, len >= 21\n"},
		{DLT_EN10MB, "arp host 10.0.0.1",
		 "ether.type = 0x0806, arp.spa = 10.0.0.1, len >= 32\n"
		 "ether.type = 0x0806, arp.spa != 10.0.0.1, arp.tpa = 10.0.0.1, len >= 42\n"},
		{DLT_EN10MB, "ip and tcp dst port 80",
		 "ether.type = 0x0800, ip.proto = 6, ip.fragoffset = 0, tcp.dport = 80, len >= 24, "
		 "len >= 4*([14]&0xf)+18\n"},
		{DLT_EN10MB, "ip6 and udp src port 319",
		 "ether.type = 0x86dd, ip6.nxt = 17, udp.sport = 319, len >= 56\n"},
		{DLT_EN10MB,
		 "ether[12:2] = 0x8100 and ether[16:2] = 0x8100 and ether[18:2] & 0xfff = 7",
		 "ether.type = 0x8100, vlan.type = 0x8100, vlan2.vid = 7, len >= 20\n"},
		{DLT_EN10MB, "ether[40:2] = 7", "bytes[40:2] = 0x0007, len >= 42\n"},
		{DLT_EN10MB, "ether[ether[14]+3:2] = 7",
		 "bytes[(bytes[14:1] + 3):2] = 7, len >= 15, len >= (bytes[14:1] + 3)+2\n"},
		{DLT_EN10MB, "ether[ether[14] & 0xf] = 7",
		 "bytes[(bytes[14:1] & 0xf):1] = 7, len >= 15, len >= (bytes[14:1] & 0xf)+1\n"},
		{DLT_EN10MB, "(ip[6] & 0xf) << 1 = 4",
		 "ether.type = 0x0800, ((ip.frag[0:1] & 0xf) << 1) = 4, len >= 21\n"},
		{DLT_EN10MB, "ether[14] = ether[15]", "bytes[14:1] = bytes[15:1], len >= 16\n"},
		{DLT_EN10MB, "ether[12:2] = 0x88f7 and ether[18] = 3",
		 "ether.type = 0x88f7, ptp.domainNumber = 3, len >= 19\n"},
		{DLT_RAW, "ip6 and udp dst port 53",
		 "ip6.version = 6, ip6.nxt = 17, udp.dport = 53, len >= 44\n"},
		{DLT_RAW, "link[9] = 6", "bytes[9:1] = 0x06, len >= 10\n"},
		{DLT_RAW, "link[0] >> 4 = 6 and link[6] = 6",
		 "ip6.version = 6, ip6.nxt = 6, len >= 7\n"},
		{DLT_RAW, "not ip", "ip.version != 4, len >= 1\n"},
		{DLT_IPV6, "udp dst port 53", "ip6.nxt = 17, udp.dport = 53, len >= 44\n"},
		{DLT_RAW, "ip dst host 10.1.2.3", "ip.version = 4, ip.dst = 10.1.2.3, len >= 20\n"},
		{DLT_LINUX_SLL, "ip and src host 10.1.2.3",
		 "sll.protocol = 0x0800, ip.src = 10.1.2.3, len >= 32\n"},
		{DLT_DSA_TAG_DSA, "ether[13] & 0xf8 = 0x18 and ether[16:2] = 0x0800",
		 "dsa.port = 3, ether.type = 0x0800, len >= 18\n"},
		{DLT_EN10MB, "tcp[12] & 0xf0 > 0x40",
		 "ether.type = 0x0800, ip.proto = 6, ip.fragoffset = 0, "
		 "bytes[4*([14]&0xf)+26:1] & 0xf0 > 0x40, len >= 24, len >= 4*([14]&0xf)+27\n"},
		{DLT_EN10MB, "igmp[0] = 0x16",
		 "ether.type = 0x0800, ip.proto = 2, ip.fragoffset = 0, "
		 "bytes[4*([14]&0xf)+14:1] = 0x16, len >= 24, len >= 4*([14]&0xf)+15\n"},
		{DLT_EN10MB, "ip6[40:2] = 5",
		 "ether.type = 0x86dd, bytes[54:2] = 0x0005, len >= 56\n"},
		{DLT_EN10MB, "icmp6[0] = 128",
		 "ether.type = 0x86dd, ip6.nxt = 58, icmp6.type = 128, len >= 55\n"},
		{DLT_NULL, "ip[9] = 6", "null.family = 0x02000000, ip.proto = 6, len >= 14\n"},
		{DLT_LOOP, "ip6[6] = 6", "null.family = 0x0000000a, ip6.nxt = 6, len >= 11\n"},
		{DLT_PPP, "ip[9] = 6", "ppp.protocol = 0x0021, ip.proto = 6, len >= 14\n"},
		{DLT_PPP_SERIAL, "ip6[6] = 6", "ppp.protocol = 0x0057, ip6.nxt = 6, len >= 11\n"},
		{DLT_C_HDLC, "ip[9] = 6", "chdlc.protocol = 0x0800, ip.proto = 6, len >= 14\n"},
		{DLT_IEEE802_11, "wlan type mgt subtype beacon and wlan addr1 ff:ff:ff:ff:ff:ff",
		 "wlan.fc[0:1] & 0xfc = 0x80, wlan.addr1[2:4] = 0xffffffff, "
		 "wlan.addr1[0:2] = 0xffff, len >= 10\n"},
		{DLT_FDDI, "ip[9] = 6", NULL}, /* no names for this link type: bytes */
	};

	(void)state;
	for (size_t i = 0; i < ROWS(cases); i++) {
		struct cbpf_prog prog;
		struct cbpf_error err;
		struct told told;

		if (cbpf_compile(&prog, cases[i].expression, cases[i].linktype, 65535, true, &err))
			fail_msg("%s: %s", cases[i].expression, err.text);
		explain(&told, &prog, true);
		if (cases[i].text ? strcmp(told.text, cases[i].text)
				  : !strstr(told.text, "bytes[30:1] = 0x06"))
			fail_msg("%s:\n%s", cases[i].expression, told.text);
		cbpf_free(&prog);
	}
}

static void test_catalogue(void **state)
{
	static const struct {
		const char *name, *has;
	} cases[] = {
		{"edsa-ptp-event",
		 "edsa.type = 0xdada, ether.type = 0x88f7, ptp.messageType & 0x8 = 0, len >= 23\n"},
		{"edsa-ptp-event-article", "ether.src[2:2] = 0xdada, dsa.tag[0:2] = 0x88f7, "
					   "dsa.tag[2:1] & 0x8 = 0, len >= 19\n"},
		{"edsa", "edsa.type = 0xdada, edsa.reserved = 0x0000, len >= 16\n"},
		{"gptp", "ether.type = 0x88f7, ptp.majorSdoId = 1, len >= 15\n"},
		{"lldp", "ether.type = 0x88cc, len >= 14\n"},
		{"link-local",
		 "ether.dst[0:4] = 0x0180c200, ether.dst[4:2] & 0xfff0 = 0, len >= 6\n"},
		{"stp", "ether.type <= 0x05dc, llc.sap = 0x4242, llc.control = 0x03, "
			"ether.dst[0:4] = 0x0180c200, ether.dst[4:2] = 0x0000, len >= 17\n"},
		{"ptp", "ether.type = 0x0800, ip.proto = 17, ip.fragoffset = 0, udp.dport = 320, "
			"len >= 24, len >= 4*([14]&0xf)+18\n"},
		{"ptp-event", "edsa.type = 0xdada, ether.type = 0x88a8, vlan.type = 0x88f7, "
			      "ptp.messageType & 0x8 = 0, len >= 27\n"},
		{"ptp-dsa", "ether.type = 0x88f7, len >= 18\n"},
		{"ptp-event-dsa",
		 "ether.type = 0x86dd, ip6.nxt = 17, udp.dport = 319, len >= 62\n"},
	};

	(void)state;
	for (size_t i = 0; i < ROWS(cases); i++) {
		struct cbpf_prog prog;
		struct cbpf_error err;
		struct told told;

		assert_int_equal(cbpf_catalogue_compile(&prog, cbpf_catalogue_find(cases[i].name),
							-1, 65535, true, &err),
				 0);
		explain(&told, &prog, true);
		if (!strstr(told.text, cases[i].has))
			fail_msg("%s:\n%s", cases[i].name, told.text);
		cbpf_free(&prog);
	}
}

static void test_arithmetic(void **state)
{
	static const struct {
		struct sock_filter insns[8];
		const char *text;
	} cases[] = {
		{{{0x06, 0, 0, 1}}, "any packet\n"},
		/* what a program that returns A accepts is that A is not 0 */
		{{{0x28, 0, 0, 40}, {0x16, 0, 0, 0}}, "bytes[40:2] != 0x0000, len >= 42\n"},
		{{{0x30, 0, 0, (uint32_t)SKF_AD_OFF + SKF_AD_PROTOCOL},
		  {0x15, 0, 1, 0x88f7},
		  {0x06, 0, 0, 1},
		  {0x06, 0, 0, 0}},
		 "protocol = 0x88f7\n"},
		{{{0x30, 0, 0, 40},
		  {0x84, 0, 0, 0},
		  {0x15, 0, 1, 0xfffffffb},
		  {0x06, 0, 0, 1},
		  {0x06, 0, 0, 0}},
		 "(0 - bytes[40:1]) = 4294967291, len >= 41\n"},
		{{{0x30, 0, 0, 40},
		  {0x02, 0, 0, 3},
		  {0x00, 0, 0, 1},
		  {0x61, 0, 0, 3},
		  {0x1d, 1, 0, 0},
		  {0x06, 0, 0, 0},
		  {0x06, 0, 0, 1}},
		 "1 = bytes[40:1], len >= 41\n"},
		{{{0x80, 0, 0, 0},
		  {0x04, 0, 0, 4},
		  {0x25, 1, 0, 90},
		  {0x06, 0, 0, 0},
		  {0x06, 0, 0, 1}},
		 "(len + 4) > 90\n"},
		{{{0xb1, 0, 0, 14},
		  {0x87, 0, 0, 0},
		  {0x15, 0, 3, 20},
		  {0xb1, 0, 0, 15},
		  {0x87, 0, 0, 0},
		  {0x15, 0, 1, 24},
		  {0x06, 0, 0, 0},
		  {0x06, 0, 0, 1}},
		 "4*([14]&0xf) = 20, 4*([15]&0xf) != 24, len >= 16\n"},
		{{{0xb1, 0, 0, 14},
		  {0x87, 0, 0, 0},
		  {0x04, 0, 0, 2},
		  {0x07, 0, 0, 0},
		  {0x80, 0, 0, 0},
		  {0x1c, 0, 0, 0},
		  {0x16, 0, 0, 0}},
		 "(len - (4*([14]&0xf)+2)) != 0, len >= 15\n"},
		{{{0x28, 0, 0, 40},
		  {0x74, 0, 0, 3},
		  {0x54, 0, 0, 7},
		  {0x45, 0, 1, 2},
		  {0x06, 0, 0, 1},
		  {0x06, 0, 0, 0}},
		 "(((bytes[40:2] & 0xfff8) >> 3) & 7) & 2 != 0, len >= 42\n"},
	};

	(void)state;
	for (size_t i = 0; i < ROWS(cases); i++) {
		struct cbpf_prog prog = {.insns = (struct sock_filter *)cases[i].insns,
					 .linktype = DLT_EN10MB};
		struct told told;

		while (prog.len < 8 &&
		       (cases[i].insns[prog.len].code || cases[i].insns[prog.len].k))
			prog.len++;
		explain(&told, &prog, true);
		assert_string_equal(told.text, cases[i].text);
	}
}

/* Text that doubles with each instruction gets the name of what holds it. */
static void test_long(void **state)
{
	struct sock_filter insns[24] = {{0x30, 0, 0, 14}};
	struct cbpf_prog prog = {.insns = insns, .len = 24, .linktype = DLT_EN10MB};
	struct told told;

	(void)state;
	for (unsigned int i = 1; i < 21; i += 2) {
		insns[i] = (struct sock_filter){0x07, 0, 0, 0};
		insns[i + 1] = (struct sock_filter){0x0c, 0, 0, 0};
	}
	insns[21] = (struct sock_filter){0x15, 0, 1, 1024};
	insns[22] = (struct sock_filter){0x06, 0, 0, 1};
	insns[23] = (struct sock_filter){0x06, 0, 0, 0};
	explain(&told, &prog, true);
	assert_string_equal(told.text, "A(20) = 1024, len >= 15\n");
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_expressions),
		cmocka_unit_test(test_catalogue),
		cmocka_unit_test(test_arithmetic),
		cmocka_unit_test(test_long),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
