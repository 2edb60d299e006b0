/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Multicast snooping of the reference bridge, rule by rule. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "mcast_message.h"
#include "model_rows.h"

#define FOUR "port p1\nport p2\nport p3\nport p4\n"
#define SNOOPS "bridge mcast_snooping on\n" FOUR
/* a querier at p4, of both families, and its time for answers over */
#define ASKED SNOOPS "query p4 c 0.0.0.0 response 0.1\nquery p4 c :: response 0.1\nat 1\n"
/* the bridge itself asks, so that no port has a router */
#define ASKS "bridge mcast_snooping on mcast_querier on\n" FOUR

#define IP4 " type 0x0800 payload "
#define IP6 " type 0x86dd payload "
/* IGMPv3: records of type 7 (none such) for 239.1.1.9, 5 (new sources) for 239.1.1.1 and 6 (old
 * ones blocked) for 239.1.1.2, these with a source */
#define REPORT3                                                                                    \
	IP4 "4500003c000000000102cfa90a000001e00000162200e7d60000000307000000ef010109"             \
	    "05000001ef0101010a00000906000001ef0101020a000009 "
/* a join of 239.1.1.1, and one that is cut short */
#define REPORT3_CUT                                                                                \
	IP4 "45000028000000000102cfbd0a000001e00000162200e5fa0000000204000000ef01010104000000 "
/* 239.1.1.1 from no source at all (type 1) */
#define REPORT3_NOBODY                                                                             \
	IP4 "45000024000000000102cfc10a000001e00000162200ecfb0000000101000000ef010101 "
#define PIM_HELLO IP4 "45000018000000000167cf710a000001e000000d2000dfff "
#define PIM_JOIN IP4 "45000018000000000167cf710a000001e000000d2300dcff "
#define MRD4 IP4 "4500001c000000000102cf750a000001e000006a3014cf6c007d0002 "
#define MRD6                                                                                       \
	IP6 "6000000000100001fe800000000000000000000000000001ff02000000000000000000000000006a"     \
	    "3a0005020000010097146a3b007d0002 "
/* a general query to all routers; one with a source; the first code (12.8 s) that is not linear */
#define QUERY_BAD IP4 "4500001c000000000102cfdd0a000001e00000021101eefe00000000 "
#define QUERY_SOURCE IP4 "45000024000000000102bfd50a000001ef0101011101f274ef010101027d00010a000009 "
#define QUERY_CODE IP4 "45000020000000000102cfda0a000001e00000011180ec0200000000027d0000 "
/* the same of MLD (32.768 s), and one from an address that is not the link's */
#define QUERY6_CODE                                                                                \
	IP6 "6000000000240001fe800000000000000000000000000001ff020000000000000000000000000001"     \
	    "3a000502000001008200fda58000000000000000000000000000000000000000027d0000 "
#define QUERY6_GLOBAL                                                                              \
	IP6 "6000000000200001fd000000000000000000000000000001ff020000000000000000000000000001"     \
	    "3a00050200000100820081430064000000000000000000000000000000000000 "
/* a join of ff05::7 without the router alert; eight bytes of one */
#define REPORT6_BARE                                                                               \
	IP6 "6000000000183a01fe800000000000000000000000000001ff050000000000000000000000000007"     \
	    "8300801100000000ff050000000000000000000000000007 "
#define REPORT6_SHORT                                                                              \
	IP6 "6000000000100001fe800000000000000000000000000001ff050000000000000000000000000007"     \
	    "3a0005020000010083007f2e00000000 "
#define ALL "01:00:5e:00:00:16 "
#define ALL6 "33:33:00:00:00:16 "

static const struct model_row rows[] = {
	{"groups restrict when a querier has given its time for answers",
	 SNOOPS "join p2 b 239.1.1.1 => p1 p3 p4\nquery p4 c 0.0.0.0 response 5 => p1 p2 p3\n"
		"at 4.9\ndatagram p1 a 239.1.1.1 => p2 p3 p4\n"
		"at 5\ndatagram p1 a 239.1.1.1 => p2 p4\ndatagram p1 a ff05::7 => p2 p3 p4\n"},
	{"a later query does not delay that again",
	 ASKED "query p4 c 0.0.0.0 response 20\nat 2\ndatagram p1 a 239.1.1.1 => p4\n"},
	{"IGMPv1 gives ten seconds, and codes from 128 on are exponents",
	 SNOOPS "query p4 c 0.0.0.0 version 1\nsend p4 " ALL "c" QUERY6_CODE "\nat 9.9\n"
		"datagram p1 a 239.1.1.1 => p2 p3 p4\nat 10\ndatagram p1 a 239.1.1.1 => p4\n"
		"at 32.7\ndatagram p1 a ff05::7 => p2 p3 p4\n"
		"at 32.8\ndatagram p1 a ff05::7 => p4\n"},
	{"the same of IGMPv3",
	 SNOOPS "send p4 " ALL "c" QUERY_CODE "\nat 12.7\n"
		"datagram p1 a 239.1.1.1 => p2 p3 p4\nat 12.8\ndatagram p1 a 239.1.1.1 => p4\n"},
	{"a querier counts 255 s, and so long there is a router",
	 ASKED "join p2 b 239.1.1.1 => p4\nat 254.9\ndatagram p1 a 239.1.1.1 => p2 p4\n"
	       "datagram p1 a 239.1.1.2 => p4\nat 255\ndatagram p1 a 239.1.1.1 => p2 p3 p4\n"},
	{"a report holds 260 s",
	 ASKS "join p2 b 239.1.1.1 => none\nat 200\njoin p2 b 239.1.1.1\nat 459\n"
	      "datagram p1 a 239.1.1.1 => p2\nat 460\ndatagram p1 a 239.1.1.1 => none\n"},
	{"after a leave the bridge waits for two answers of a second each",
	 ASKS "join p2 b 239.1.1.1\nleave p2 b 239.1.1.1 => p1 p3 p4\njoin p3 c 239.1.1.1\nat 1.9\n"
	      "datagram p1 a 239.1.1.1 => p2 p3\nat 2\ndatagram p1 a 239.1.1.1 => p3\n"},
	{"and one that comes keeps the group",
	 ASKS "join p2 b 239.1.1.1\nleave p2 b 239.1.1.1\nat 1\njoin p2 b 239.1.1.1\nat 9\n"
	      "datagram p1 a 239.1.1.1 => p2\n"},
	{"it waits when it is no querier, too",
	 SNOOPS "join p2 b 239.1.1.1\nleave p2 b 239.1.1.1\nat 1.9\nbridge mcast_querier on\n"
		"datagram p1 a 239.1.1.1 => p2\nat 2\ndatagram p1 a 239.1.1.1 => none\n"},
	{"what another querier asks for is its own affair",
	 ASKED "join p2 b 239.1.1.1\nleave p2 b 239.1.1.1\njoin p2 b ff05::7\nleave p2 b ff05::7\n"
	       "at 200\ndatagram p1 a 239.1.1.1 => p2 p4\ndatagram p1 a ff05::7 => p2 p4\n"},
	{"it gives all members of a group twice its time",
	 ASKED "join p2 b 239.1.1.1\njoin p3 c 239.1.1.1\njoin p2 b 239.1.1.2\n"
	       "query p4 c 239.1.1.1 response 1 => p1 p2 p3\nat 2\njoin p3 c 239.1.1.1\nat 2.9\n"
	       "datagram p1 a 239.1.1.1 => p2 p3 p4\nat 3\ndatagram p1 a 239.1.1.1 => p3 p4\n"
	       "datagram p1 a 239.1.1.2 => p2 p4\n"},
	{"of MLD, too; a query for sources takes nobody's time",
	 ASKED "join p2 b ff05::7\nquery p4 c ff05::7 response 1 => p1 p2 p3\njoin p3 b 239.1.1.1\n"
	       "send p4 01:00:5e:01:01:01 c" QUERY_SOURCE "=> p1 p2 p3\nat 2.9\n"
	       "datagram p1 a ff05::7 => p2 p4\nat 3\ndatagram p1 a ff05::7 => p4\n"
	       "datagram p1 a 239.1.1.1 => p3 p4\n"},
	{"fast leave asks nobody, another querier or not",
	 ASKED "port p2 mcast_fast_leave on\njoin p2 b 239.1.1.1\njoin p2 b ff05::7\n"
	       "join p3 b 239.1.1.1\nleave p2 b 239.1.1.1\nleave p2 b ff05::7 version 2\n"
	       "leave p3 b 239.1.1.1\ndatagram p1 a 239.1.1.1 => p3 p4\ndatagram p1 a ff05::7 => "
	       "p4\n"},
	{"who is configured does not leave",
	 ASKS "port p2 mcast_fast_leave on\nmdb p2 239.1.1.1\njoin p2 b 239.1.1.1\n"
	      "leave p2 b 239.1.1.1\nat 999\ndatagram p1 a 239.1.1.1 => p2\n"},
	{"reports of versions 1 and 2 go to routers, the rest everywhere",
	 ASKED "join p2 b 239.1.1.1 version 1 => p4\njoin p2 b 239.1.1.1 version 2 => p4\n"
	       "join p2 b 239.1.1.1 version 3 => p1 p3 p4\njoin p2 b ff05::7 version 1 => p4\n"
	       "join p2 b ff05::7 version 2 => p1 p3 p4\nleave p2 b 239.1.1.1 => p1 p3 p4\n"
	       "leave p2 b ff05::7 => p1 p3 p4\nquery p2 a 0.0.0.0 => p1 p3 p4\n"},
	{"a record is a join, whatever sources it names or blocks",
	 ASKED "send p2 " ALL "b" REPORT3 "=> p1 p3 p4\ndatagram p1 a 239.1.1.1 => p2 p4\n"
	       "datagram p1 a 239.1.1.2 => p2 p4\ndatagram p1 a 239.1.1.9 => p4\n"},
	{"no source at all is a leave",
	 ASKS "join p2 b 239.1.1.1\njoin p3 b 239.1.1.1\nleave p3 b 239.1.1.1 version 3\n"
	      "send p2 " ALL "b" REPORT3_NOBODY "=> p1 p3 p4\ndatagram p1 a 239.1.1.1 => p2 p3\n"
	      "at 2\ndatagram p1 a 239.1.1.1 => none\n"},
	{"a report that is cut short is thrown away when half of it is read",
	 ASKED "send p2 " ALL "b" REPORT3_CUT "=> none\ndatagram p1 a 239.1.1.1 => p2 p4\n"},
	{"nobody joins 224.0.0.0/24 or all nodes", ASKED
	 "join p2 b 224.0.0.9 => p4\njoin p2 b ff02::1 => p4\ndatagram p1 a 224.0.0.9 => p2 p3 p4\n"
	 "datagram p1 a ff02::1 => p2 p3 p4\n"},
	{"routers say so: PIM hello, MRD, each for its family",
	 ASKS "send p2 " ALL "b" PIM_JOIN "\ndatagram p1 a 239.1.1.1 => none\n"
	      "send p2 " ALL "b" PIM_HELLO "\nsend p3 " ALL "c" MRD4 "\n"
	      "datagram p1 a 239.1.1.1 => p2 p3\nat 254\nsend p3 " ALL "c" MRD4 "\nat 255\n"
	      "datagram p1 a 239.1.1.1 => p3\n"},
	{"of IPv6", ASKED "send p2 " ALL6 "b" MRD6 "=> p4\ndatagram p1 a ff05::7 => p2 p4\n"
			  "datagram p1 a 239.1.1.1 => p4\n"},
	{"mcast_router on is one for both, off none, and a change forgets",
	 ASKED "port p3 mcast_router on\nport p4 mcast_router off\ndatagram p1 a 239.1.1.1 => p3\n"
	       "datagram p1 a ff05::7 => p3\nquery p4 c 0.0.0.0\ndatagram p1 a 239.1.1.1 => p3\n"
	       "port p3 mcast_router auto\nport p4 mcast_router auto\n"
	       "datagram p1 a 239.1.1.1 => none\nquery p4 c 0.0.0.0\n"
	       "datagram p1 a 239.1.1.1 => p4\n"},
	{"the lowest address is the querier, and 0.0.0.0 yields to any",
	 SNOOPS "query p4 c 0.0.0.0 from 10.0.0.5 response 0.1\n"
		"query p3 b 0.0.0.0 from 10.0.0.6\nat 1\ndatagram p1 a 239.1.1.1 => p4\n"
		"query p3 b 0.0.0.0 from 10.0.0.5\ndatagram p1 a 239.1.1.1 => p3 p4\n"
		"query p2 b 0.0.0.0 from 10.0.0.1\ndatagram p1 a 239.1.1.1 => p2 p3 p4\n"
		"query p1 a 0.0.0.0 from 0.0.0.0\nquery p1 a 0.0.0.0 from 10.0.0.9\nat 255.5\n"
		"datagram p2 b 239.1.1.1 => p1 p3\nat 256\n"
		"query p3 b 0.0.0.0 from 10.0.0.10 response 0.1\nat 257\n"
		"datagram p2 a 239.1.1.1 => p3\n"},
	{"of MLD, too; when it is silent another takes its place",
	 SNOOPS "query p4 c :: from fe80::5 response 0.1\nquery p3 b :: from fe80::6\nat 1\n"
		"datagram p1 a ff05::7 => p4\nat 255\nquery p3 b :: from fe80::6 response 0.1\n"
		"at 256\ndatagram p1 a ff05::7 => p3\n"},
	{"a bridge without IPv6 is no MLD querier, and yet takes no other",
	 ASKS "datagram p1 a ff05::7 => p2 p3 p4\nquery p4 c :: response 0.1\nat 1\n"
	      "datagram p1 a ff05::7 => p2 p3 p4\n"},
	{"with IPv6 it is, by the rank of its address",
	 "bridge ipv6 fe80::5\n" ASKS "datagram p1 a ff05::7 => none\nquery p4 c :: from fe80::6\n"
	 "datagram p1 a ff05::7 => none\nquery p3 c :: from fe80::4 response 0.1\n"
	 "at 1\ndatagram p1 a ff05::7 => p3\n"},
	{"mcast_query_response_interval is the time for answers to the bridge's own",
	 "bridge mcast_query_response_interval 10\n" ASKS "at 9.9\n"
	 "datagram p1 a 239.1.1.1 => p2 p3 p4\nat 10\ndatagram p1 a 239.1.1.1 => none\n"},
	{"general queries go to all hosts, from the link: else they are thrown away", SNOOPS
	 "send p4 " ALL "c" QUERY_BAD "=> none\nsend p4 " ALL6 "c" QUERY6_GLOBAL "=> none\n"},
	{"MLD has a router alert and 24 bytes: else it is an ordinary frame to its group",
	 ASKED "send p2 " ALL6 "b" REPORT6_BARE "=> p4\nsend p3 " ALL6 "b" REPORT6_SHORT "=> p4\n"
	       "datagram p1 a ff05::7 => p4\n"},
	{"a port that learns only learns who joins, and from queries",
	 ASKS "port p2 state learning\nport p3 state learning\njoin p2 b 239.1.1.1 => none\n"
	      "query p3 c 0.0.0.0 => none\nport p2 state forwarding\nport p3 state forwarding\n"
	      "at 11\ndatagram p1 a 239.1.1.1 => p2 p3\n"},
	{"a port that goes down forgets", ASKED
	 "mdb p2 239.1.1.2\njoin p2 b 239.1.1.1\ndown p2\nup p2\ndown p4\nup p4\n"
	 "datagram p1 a 239.1.1.1 => none\ndatagram p1 a 239.1.1.2 => p2\nport p2 state disabled\n"
	 "join p2 b 239.1.1.1 => none\nport p2 state forwarding\ndatagram p1 a 239.1.1.1 => "
	 "none\n"},
	{"so does snooping that is switched off, but a querier stays known",
	 ASKED "join p2 b 239.1.1.1\nbridge mcast_snooping off\njoin p3 b 239.1.1.1 => p1 p2 p4\n"
	       "bridge mcast_snooping on\ndatagram p1 a 239.1.1.1 => none\n"
	       "query p4 c 0.0.0.0\ndatagram p1 a 239.1.1.1 => p4\n"},
	{"who joins joins in a VLAN, and a router is one in all",
	 "bridge vlan_filtering on mcast_snooping on\nport p1\nport p2\nport p3\nvlan p1 1-2\n"
	 "vlan p2 1-2\nvlan p3 1-2\nquery p3 c 0.0.0.0 tag 1 response 0.1\nat 1\n"
	 "join p2 b 239.1.1.1 tag 1 => p3:1\ndatagram p1 a 239.1.1.1 tag 1 => p2:1 p3:1\n"
	 "datagram p1 a 239.1.1.1 tag 2 => p3:2\n"},
};

static void every_row(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		model_row_run(&rows[i]);
}

/* Of kind `kind` for group number `n`, in at port 0 after so many seconds; where it leaves. */
static struct brm_result of_group(struct brm *m, int seconds, enum mcast_kind kind, uint32_t n)
{
	static uint8_t frame[14 + MCAST_MAX];
	struct mcast_message msg = {.kind = kind, .group = {239, 2, n >> 8, n}};
	struct brm_result r;
	int len;

	memset(frame + 6, 2, 6);
	frame[12] = 8;
	len = mcast_build(&msg, frame, frame + 14);
	assert_true(len > 0);
	assert_int_equal(brm_input(m, seconds * 1000000000ll, 0, frame, 14 + len, &r), 0);
	return r;
}

/* BR_MULTICAST_DEFAULT_HASH_MAX: with one group more snooping ends. */
static void too_many_groups(void **state)
{
	struct brm_port port = {.state = BRM_FORWARDING, .flags = BRM_F_DEFAULT};
	struct brm_bridge set = scenario_bridge;
	struct brm *m;
	uint32_t n;

	(void)state;
	set.mcast_snooping = set.mcast_querier = true;
	assert_int_equal(brm_create(&m, &set), 0);
	for (n = 0; n < 3; n++)
		assert_int_equal(brm_set_port(m, n, &port), 0);
	for (n = 0; n < 4096; n++)
		assert_int_equal(of_group(m, 0, MCAST_JOIN, n).why, BRM_GROUP);
	assert_int_equal(of_group(m, 0, MCAST_JOIN, 7).why, BRM_GROUP);
	assert_int_equal(of_group(m, 0, MCAST_DATAGRAM, 4096).ports, 0);
	assert_int_equal(of_group(m, 0, MCAST_JOIN, 4096).why, BRM_BAD_GROUP);
	assert_int_equal(of_group(m, 0, MCAST_DATAGRAM, 4096).ports, 6);
	/* switched on anew it knows the same, and who leaves makes room */
	set.mcast_snooping = false;
	assert_int_equal(brm_set_bridge(m, 0, &set), 0);
	set.mcast_snooping = true;
	assert_int_equal(brm_set_bridge(m, 0, &set), 0);
	assert_int_equal(of_group(m, 0, MCAST_LEAVE, 7).why, BRM_FLOODED);
	assert_int_equal(of_group(m, 3, MCAST_JOIN, 4096).why, BRM_GROUP);
	assert_int_equal(of_group(m, 3, MCAST_JOIN, 4097).why, BRM_BAD_GROUP);
	brm_destroy(m);
}

static void refused(void **state)
{
	static const struct {
		struct mcast_message msg;
		int ret;
	} bad[] = {
		{{.kind = MCAST_LEAVE, .version = 1}, -EINVAL},
		{{.kind = MCAST_JOIN, .version = 4}, -EINVAL},
		{{.kind = MCAST_JOIN, .ipv6 = true, .version = 3}, -EINVAL},
		{{.kind = MCAST_JOIN, .version = 3, .sources = MCAST_SOURCES_MAX + 1}, -EINVAL},
		{{.kind = MCAST_QUERY, .response_ns = 25600000000}, -ERANGE},
		{{.kind = MCAST_QUERY, .version = 3, .response_ns = 12800000000}, -ERANGE},
		{{.kind = MCAST_QUERY, .ipv6 = true, .response_ns = 32768000000}, -ERANGE},
	};
	struct brm_bridge set = scenario_bridge;
	struct brm_port port = {.mcast_router = BRM_ROUTER_ON + 1};
	uint8_t to[6], packet[MCAST_MAX];
	struct brm *m;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		assert_int_equal(mcast_build(&bad[i].msg, to, packet), bad[i].ret);
	set.mcast_last_member_count = BRM_LAST_MEMBER_MAX + 1;
	assert_int_equal(brm_create(&m, &set), -EINVAL);
	assert_int_equal(brm_create(&m, &scenario_bridge), 0);
	assert_int_equal(brm_set_bridge(m, 0, &set), -EINVAL);
	assert_int_equal(brm_set_port(m, 0, &port), -EINVAL);
	brm_destroy(m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_row),
		cmocka_unit_test(too_many_groups),
		cmocka_unit_test(refused),
	};

	return cmocka_run_group_tests_name("model_mcast", tests, NULL, NULL);
}
