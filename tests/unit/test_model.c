/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The reference bridge, rule by rule: each row is a scenario whose "=>" says where a frame must
 * leave. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "model_rows.h"

#define THREE "port p1\nport p2\nport p3\n"
#define VLANS "bridge vlan_filtering on\n"
/* IPv4 to 239.1.1.1 and to 224.0.0.5, a header with a wrong checksum, an IGMPv2 report */
#define IP_239 "type 0x0800 payload 45000014000000000111bfd60a000001ef010101 "
#define IP_224 "type 0x0800 payload 45000014000000000111cfd30a000001e0000005 "
#define IP_BAD "type 0x0800 payload 450000140000000001110000ff000001ef010101 "

static const struct model_row rows[] = {
	{"an unknown destination floods, a known one is forwarded",
	 THREE "send p1 b a => p2 p3\nsend p2 a b => p1\nsend p1 b a => p2\n"},
	{"a frame for its own segment is filtered",
	 THREE "send p1 b a => p2 p3\nsend p1 a b => none\n"},
	{"broadcast goes everywhere but back", THREE "send p2 broadcast a => p1 p3\n"},
	{"a host that moves is known at its new port at once",
	 THREE "send p1 broadcast a => p2 p3\nsend p2 broadcast a => p1 p3\nsend p3 a b => p2\n"},
	{"entries age, and a frame in time keeps them",
	 "bridge ageing 10\n" THREE "send p1 broadcast a\nat 9\nsend p2 a b => p1\nat 9.5\n"
	 "send p1 broadcast a\nat 19\nsend p2 a b => p1\nat 19.5\nsend p2 a b => p1 p3\n"},
	{"a hit as destination keeps nobody alive",
	 "bridge ageing 10\n" THREE
	 "send p1 broadcast a\nat 9\nsend p2 a b => p1\nat 11\nsend p2 a b => p1 p3\n"},
	{"ageing 0 learns nothing",
	 "bridge ageing 0\n" THREE "send p1 broadcast a\nsend p2 a b => p1 p3\n"},
	{"static entries do not age",
	 "bridge ageing 1\n" THREE "fdb p1 a static\nat 9\nsend p2 a b => p1\n"},
	{"static entries move unless sticky",
	 THREE "fdb p1 a static\nfdb p1 b sticky\nsend p2 broadcast a\nsend p2 broadcast b\n"
	       "send p3 a c => p2\nsend p3 b c => p1\n"},
	{"local entries go up, and a frame that claims to be one does not move it",
	 THREE "fdb p1 a local\nsend p2 a b => none\nsend p2 b a => none\nsend p3 a b => none\n"},
	{"a port's own address is local",
	 "port p1 address 02:00:00:00:00:0a\nport p2\nsend p2 a b => none\n"},
	{"learned entries stop at the limit",
	 "bridge fdb_max_learned 1\n" THREE
	 "send p1 broadcast a\nsend p1 broadcast b\nsend p2 a c => p1\n"
	 "send p2 b c => p1 p3\n"},
	{"entries made by hand do not count against the limit",
	 "bridge fdb_max_learned 1\n" THREE
	 "fdb p1 b static\nsend p1 broadcast a\nsend p2 a c => p1\n"},
	{"a source that is a group or zero is dropped",
	 THREE "send p1 broadcast 03:00:00:00:00:01 => none\nsend p1 broadcast 00:00:00:00:00:00 "
	       "=> none\n"},
	{"a runt is dropped",
	 "port p1\nport p2\nsend p1 broadcast a tag 5 len 19 => none\n"
	 "send p1 broadcast a tag 5 len 20 => p2\nsend p1 broadcast a len 14 => p2\n"},
	{"hairpin sends back", "port p1 hairpin on\nport p2\nsend p1 broadcast a => p1 p2\n"
			       "send p1 b a => p1 p2\nsend p1 a b => p1\n"},
	{"isolated ports do not talk to each other",
	 "port p1 isolated on\nport p2 isolated on\nport p3\nsend p1 broadcast a => p3\n"
	 "send p2 broadcast b => p3\nsend p1 b a => none\nsend p3 b c => p2\nsend p1 c a => p3\n"},
	{"learning off",
	 "port p1 learning off\nport p2\nport p3\nsend p1 broadcast a\nsend p2 a b => p1 p3\n"},
	{"flood off",
	 "port p1\nport p2 flood off\nport p3\nsend p1 b a => p3\nsend p1 broadcast a => p2 p3\n"
	 "send p1 l a => p2 p3\n"},
	{"multicast and broadcast flood off",
	 "port p1\nport p2 mcast_flood off\nport p3 bcast_flood off\nsend p1 l a => p3\n"
	 "send p1 broadcast a => p2\nsend p1 b a => p2 p3\n"},
	{"locked: only sources known on the port",
	 "port p1 locked on\nport p2\nfdb p1 a static\nsend p1 broadcast b => none\nsend p1 "
	 "broadcast a => p2\n"
	 "fdb p2 c static\nsend p1 broadcast c => none\n"},
	{"disabled, listening and blocking take and send nothing",
	 "port p1 state disabled\nport p2 state listening\nport p3 state blocking\nport p4\n"
	 "send p1 broadcast a => none\nsend p2 broadcast b => none\nsend p3 broadcast c => none\n"
	 "send p4 a b => none\nsend p4 broadcast c => none\n"},
	{"learning learns, and forwards nothing", "port p1 state learning\nport p2\nport p3\nsend "
						  "p1 broadcast a => none\nsend p2 a b => none\n"
						  "port p1 state forwarding\nsend p2 a b => p1\n"},
	{"a port that goes down forgets what it learned, not what is static",
	 THREE "send p1 broadcast a\nfdb p1 b static\ndown p1\nsend p2 a c => p3\nup p1\nsend p2 a "
	       "c => p1 p3\n"
	       "send p2 b c => p1\n"},
	{"link-local groups stay, and are learned from", THREE
	 "bridge stp on\nsend p1 01:80:c2:00:00:00 a => none\nsend p1 01:80:c2:00:00:0e b => none\n"
	 "send p2 a c => p1\nsend p2 b c => p1\nsend p1 01:80:c2:00:00:10 a => p2 p3\n"},
	{"no_linklocal_learn", "bridge no_linklocal_learn on\n" THREE
			       "send p1 01:80:c2:00:00:0e a => none\nsend p2 a c => p1 p3\n"},
	{"the bridge group address is forwarded where there is no STP, pause never",
	 "bridge group_fwd_mask 0xfff8\n" THREE "send p1 01:80:c2:00:00:00 a => p2 p3\n"
	 "send p1 01:80:c2:00:00:01 a => none\nsend p1 01:80:c2:00:00:03 a => p2 p3\n"},
	{"group_fwd_mask of a port",
	 "port p1 group_fwd_mask 0x4000\nport p2\nsend p1 01:80:c2:00:00:0e a => p2\n"
	 "send p2 01:80:c2:00:00:0e b => none\n"},
	{"what does not fit the egress is dropped",
	 "port p1 mtu 9000\nport p2 mtu 1500\nport p3 mtu 9000\nsend p1 b a len 1518 => p2 p3\n"
	 "send p1 b a len 1519 => p3\nsend p1 b a tag 5 len 1522 => p2 p3\nsend p1 b a tag 5 len "
	 "1523 => p3\n"},
	{"without VLAN filtering a tag is payload that is kept",
	 "port p1\nport p2\nvlan p1 7\nsend p1 broadcast a tag 5:3 => p2:5\n"},
	{"PVID in, tag out",
	 VLANS "port p1\nport p2\nport p3\nvlan p1 10 pvid untagged\nvlan p2 10\nvlan p3 20 pvid "
	       "untagged\n"
	       "send p1 broadcast a => p2:10\nsend p2 broadcast b tag 10 => p1:untagged\n"
	       "send p2 a b tag 10 => p1:untagged\nsend p3 a b => none\n"},
	{"a VLAN that is not the port's is not admitted",
	 VLANS "port p1\nport p2\nvlan p1 10\nvlan p2 10-20\nsend p1 broadcast a tag 11 => none\n"
	       "send p1 broadcast a => none\nsend p2 broadcast b tag 11 => none\nsend p2 broadcast "
	       "b tag 10 => p1\n"},
	{"a port in no VLAN takes nothing",
	 VLANS "port p1\nport p2\nsend p1 broadcast a => none\n"},
	{"a priority tag is classified by the PVID and keeps its priority",
	 VLANS "port p1\nport p2\nvlan p1 10 pvid untagged\nvlan p2 10\nsend p1 broadcast a tag "
	       "0:5 => p2:10\n"},
	{"one address in two VLANs is two entries",
	 VLANS "port p1\nport p2\nport p3\nvlan p1 1-2\nvlan p2 1-2\nvlan p3 1-2\n"
	       "send p1 broadcast a tag 1\nsend p2 broadcast a tag 2\nsend p3 a b tag 1 => "
	       "p1\nsend p3 a b tag 2 => p2\n"},
	{"802.1ad: the S-tag counts, a C-tag is payload", VLANS
	 "bridge vlan_protocol 802.1ad\nport p1\nport p2\nvlan p1 100 pvid untagged\nvlan p2 100\n"
	 "send p1 broadcast a tag 5 => p2:100\nsend p2 broadcast b tag 802.1ad:100 tag 7 => p1:7\n"
	 "send p2 broadcast b tag 7 => none\n"},
	{"a provider bridge passes its customers' groups on",
	 VLANS "bridge vlan_protocol 802.1ad stp on\nport p1\nport p2\nvlan p1 5 pvid\nvlan p2 5\n"
	       "send p1 01:80:c2:00:00:00 a => p2:5\nsend p1 01:80:c2:00:00:0d a => p2:5\n"
	       "send p1 01:80:c2:00:00:0e a => none\nsend p1 01:80:c2:00:00:08 a => none\n"},
	{"an S-tag is payload to an 802.1Q bridge",
	 VLANS "port p1\nport p2\nvlan p1 9 pvid untagged\nvlan p2 9\nsend p1 broadcast a tag "
	       "802.1ad:5 => p2:9\n"},
	{"states of a VLAN on a port", VLANS "port p1\nport p2\nport p3\nvlan p1 1-3\nvlan p2 "
					     "1-3\nvlan p3 1-3\nvlan p1 1 state blocking\n"
					     "vlan p1 2 state learning\nsend p1 broadcast a tag 1 "
					     "=> none\nsend p1 broadcast a tag 2 => none\n"
					     "send p2 a b tag 2 => none\nsend p2 broadcast b tag 1 "
					     "=> p3\nsend p2 a b tag 3 => p1 p3\n"},
	{"a VLAN taken away",
	 VLANS "port p1\nport p2\nvlan p1 5-6\nvlan p2 5-6\nno-vlan p2 5\n"
	       "send p1 broadcast a tag 5 => none\nsend p1 broadcast a tag 6 => p2\n"},
	{"a pvid moves with the flag", VLANS "port p1\nport p2\nvlan p1 5 pvid\nvlan p1 6 "
					     "pvid\nvlan p2 5-6\nsend p1 broadcast a => p2:6\n"
					     "vlan p1 6\nsend p1 broadcast a => none\n"},
	{"a group that is a MAC address goes to its members",
	 "bridge mcast_snooping on\n" THREE
	 "mdb p2 01:00:00:00:00:77\nsend p1 l a => p2\nsend p2 l b => none\n"
	 "send p1 g a => p2 p3\n"},
	{"without snooping groups mean nothing",
	 THREE "mdb p2 01:00:00:00:00:77\nsend p1 l a => p2 p3\n"},
	{"IP groups need a querier",
	 "bridge mcast_snooping on\n" THREE "mdb p2 239.1.1.1\nsend p1 g a " IP_239 "=> p2 p3\n"
	 "bridge mcast_querier on\nsend p1 g a " IP_239 "=> p2\nsend p1 g a " IP_224 "=> p2 p3\n"},
	{"unknown IP groups go to routers alone",
	 "bridge mcast_snooping on mcast_querier on\nport p1\nport p2 mcast_router on\nport p3\n"
	 "send p1 g a " IP_239 "=> p2\nsend p1 g a " IP_224 "=> p2 p3\n"},
	{"snooping throws broken IP group frames away", THREE
	 "send p1 g a " IP_BAD "=> p2 p3\nbridge mcast_snooping on\nsend p1 g a " IP_BAD "=> none\n"
	 "send p1 g a type 0x0800 len 33 => none\nsend p1 g a type 0x86dd len 50 => none\n"},
};

static void every_row(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		model_row_run(&rows[i]);
}

static void tag_keeps_its_priority(void **state)
{
	static const uint8_t in[20] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 2,    0,
				       0,    0,    0,    10,   0x81, 0,    0xb0, 0};
	static const struct brm_port port = {.state = BRM_FORWARDING, .flags = BRM_F_DEFAULT};
	struct brm_bridge set = {.vlan_filtering = true, .vlan_proto = 0x8100};
	struct brm_result r;
	struct brm *m;
	uint8_t out[24];

	(void)state;
	assert_int_equal(brm_create(&m, &set), 0);
	for (int i = 0; i < 2; i++) {
		assert_int_equal(brm_set_port(m, i, &port), 0);
		assert_int_equal(brm_set_vlan(m, i, 10, i ? 0 : BRM_VLAN_PVID, BRM_FORWARDING), 0);
	}
	assert_int_equal(brm_input(m, 0, 0, in, sizeof(in), &r), 0);
	assert_int_equal(r.ports, 2);
	assert_int_equal(brm_write(&r, 1, out), 20);
	assert_int_equal(out[14], 0xb0); /* PCP 5 and DEI stay */
	assert_int_equal(out[15], 10);
	brm_destroy(m);
}

static void frames_from_the_bridge(void **state)
{
	static const uint8_t bc[60] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 2, 0, 0, 0, 0, 1};
	static const uint8_t uc[60] = {2, 0, 0, 0, 0, 9, 2, 0, 0, 0, 0, 1};
	struct brm_port port = {.state = BRM_FORWARDING};
	struct brm_bridge set = {.vlan_proto = 0x8100};
	struct brm_result r;
	struct brm *m;

	(void)state;
	assert_int_equal(brm_create(&m, &set), 0);
	assert_int_equal(brm_set_port(m, 0, &port), 0);
	port.flags = BRM_F_FLOOD;
	assert_int_equal(brm_set_port(m, 1, &port), 0);
	/* "other traffic if flood off, except for traffic we originate" */
	assert_int_equal(brm_input(m, 0, BRM_BRIDGE, bc, sizeof(bc), &r), 0);
	assert_int_equal(r.ports, 3);
	assert_false(r.to_bridge);
	assert_int_equal(brm_input(m, 0, BRM_BRIDGE, uc, sizeof(uc), &r), 0);
	assert_int_equal(r.ports, 2);
	brm_destroy(m);
}

static void refusals(void **state)
{
	struct brm_bridge set = {.vlan_proto = 0x9100};
	struct brm_port port = {.state = 5};
	struct brm_fdb group = {.address = {1}};
	struct brm_result r;
	struct brm *m;

	(void)state;
	assert_int_equal(brm_create(&m, &set), -EINVAL);
	set.vlan_proto = 0x8100;
	assert_int_equal(brm_create(&m, &set), 0);
	assert_int_equal(brm_set_port(m, 0, &port), -EINVAL);
	assert_int_equal(brm_set_port(m, BRM_PORTS_MAX, &port), -EINVAL);
	assert_int_equal(brm_input(m, 0, 0, (const uint8_t *)"", 0, &r), -EINVAL);
	port.state = BRM_FORWARDING;
	assert_int_equal(brm_set_port(m, 0, &port), 0);
	assert_int_equal(brm_set_vlan(m, 0, 4095, 0, BRM_FORWARDING), -EINVAL);
	assert_int_equal(brm_set_vlan(m, 1, 1, 0, BRM_FORWARDING), -EINVAL);
	assert_int_equal(brm_fdb_set(m, 0, &group), -EINVAL);
	assert_int_equal(brm_fdb_del(m, group.address, 0), -ENOENT);
	assert_int_equal(brm_mdb_set(m, 0, "", 5, 0), -EINVAL);
	brm_destroy(m);
	brm_destroy(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_row),
		cmocka_unit_test(tag_keeps_its_priority),
		cmocka_unit_test(frames_from_the_bridge),
		cmocka_unit_test(refusals),
	};

	return cmocka_run_group_tests_name("model", tests, NULL, NULL);
}
