/* SPDX-License-Identifier: GPL-2.0-or-later */
/* All that is wrong with a port is told, in one go: one row a set of facts, from a port where all
 * is well. */
#include "bridge_maps.h"
#include "checkup.h"
#include "hazard.h"

#include <linux/if_bridge.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

struct world {
	struct event_link port, bridge;
	struct facts facts;
	struct checkup_input in;
};

static void nothing(struct world *w)
{
	(void)w;
}
static void no_bridge(struct world *w)
{
	w->in.policy.bridge = NULL;
	w->port.has_port = false;
}
static void bridge_down(struct world *w)
{
	w->bridge.flags = 0;
	w->port.port.state = BR_STATE_DISABLED;
}
static void port_down(struct world *w)
{
	w->port.flags = 0;
}
static void tunnel_and_tc(struct world *w)
{
	w->port.port.flags |= PORT_VLAN_TUNNEL;
	w->in.policy.hazards = HAZARD_TC_IN | HAZARD_TC_OUT;
}
static void firewalls(struct world *w)
{
	w->in.policy.hazards |= HAZARD_NFT | HAZARD_EBTABLES | HAZARD_NF_CALL_IP | HAZARD_L3_HOOKS;
}
static void firewalls_allowed(struct world *w)
{
	firewalls(w);
	w->in.policy.allow = ALLOW_NFT | ALLOW_EBTABLES | ALLOW_BR_NETFILTER;
}
static void peer(struct world *w)
{
	w->facts.peer_tx_csum = w->facts.peer_tx_vlan = true;
	w->facts.xdp_features = 1;
}
static void peer_mtu(struct world *w)
{
	w->facts.peer_mtu = 9000;
}
static void nic(struct world *w, const char *driver, uint64_t features)
{
	strcpy(w->facts.driver, driver);
	strcpy(w->port.kind, "");
	w->facts.is_veth = w->facts.peer_seen = false;
	w->facts.xdp_features = features;
}
static void igb_before(struct world *w)
{
	nic(w, "igb", 1);
}
static void igb_attached(struct world *w)
{
	nic(w, "igb", 1);
	w->in.program = (struct fast_other){.id = 7, .name = "xdp_bridge"};
}
/* A kernel before 6.3 tells no features; igb has ndo_xdp_xmit as long as it has XDP (5.10). */
static void igb_untold(struct world *w)
{
	igb_attached(w);
	w->facts.xdp_features = 0;
	w->facts.xdp_features_known = false;
}
static void igb_hidden(struct world *w)
{
	nic(w, "igb", 1);
	w->facts.rx_vlan = true;
	w->port.mtu = 9000;
}
static void igb_keeps(struct world *w)
{
	igb_attached(w);
	w->facts.xdp_features = 5;
	w->facts.rx_vlan = true;
}
static void igb_left(struct world *w)
{
	nic(w, "igb", 1);
	w->facts.rx_vlan_taken = true;
}
static void igb_taken(struct world *w)
{
	igb_attached(w);
	w->facts.xdp_features = 5;
	w->facts.rx_vlan_taken = true;
}
static void no_native(struct world *w)
{
	nic(w, "e1000", 0);
}
static void no_native_no_checksums(struct world *w)
{
	nic(w, "ne2k-pci", 0);
	w->facts.tx_csum = w->facts.tx_vlan = false;
}
static void generic_segments_nothing(struct world *w)
{
	no_native(w);
	w->facts.tx_any = false;
}
static void generic_beside_native(struct world *w)
{
	no_native(w);
	w->in.both = true;
}
static void native_beside_generic(struct world *w)
{
	igb_untold(w);
	w->facts.tx_csum = false;
	w->in.both = true;
}
static void native_beside_generic_both_well(struct world *w)
{
	w->in.both = true;
}
static void other_program(struct world *w)
{
	w->in.program = (struct fast_other){.id = 7, .name = "somebody"};
}
static void dispatcher(struct world *w)
{
	w->in.program = (struct fast_other){.id = 7, .name = "xdp_dispatcher"};
}
static void flags(struct world *w)
{
	w->port.port.flags &= ~PORT_LEARNING;
	w->in.policy.vlan_upper = w->in.policy.neighbours = true;
	w->bridge.bridge.ageing_time = 0;
}
static void few_queues(struct world *w)
{
	w->in.cpus = 8;
}
static void all_at_once(struct world *w)
{
	no_bridge(w);
	port_down(w);
	peer(w);
	tunnel_and_tc(w);
	firewalls(w);
}

static const struct {
	const char *what;
	void (*change)(struct world *w);
	const char *reasons;
	enum checkup_level worst;
} rows[] = {
	{"all is well", nothing, "", CHECKUP_NOTE},
	{"in no bridge", no_bridge, "no-bridge ", CHECKUP_SLOW},
	{"a bridge that is down disables its ports", bridge_down, "bridge-state ", CHECKUP_SLOW},
	{"a port that is down", port_down, "port-state ", CHECKUP_SLOW},
	{"vlan_tunnel and tc", tunnel_and_tc, "port-flags tc ", CHECKUP_SLOW},
	{"three firewalls", firewalls, "firewall firewall firewall ", CHECKUP_SLOW},
	{"three firewalls, allowed", firewalls_allowed, "", CHECKUP_NOTE},
	{"a veth's peer is one sentence", peer, "checksum ", CHECKUP_SLOW},
	{"a veth's peer with jumbo frames", peer_mtu, "mtu ", CHECKUP_PARTLY},
	{"igb transmits once it has a program", igb_before, "", CHECKUP_NOTE},
	{"igb that has one and does not", igb_attached, "no-xdp-transmit ", CHECKUP_SLOW},
	{"igb where the kernel tells no features", igb_untold, "", CHECKUP_NOTE},
	{"igb with rxvlan, which would be turned off, and jumbo frames", igb_hidden,
	 "hidden-tag mtu ", CHECKUP_PARTLY},
	{"igb whose rxvlan could not be turned off", igb_keeps, "hidden-tag ", CHECKUP_SLOW},
	{"igb whose rxvlan was left off", igb_left, "rxvlan-left ", CHECKUP_NOTE},
	{"igb whose rxvlan is off now", igb_taken, "", CHECKUP_NOTE},
	{"no native XDP", no_native, "generic-xdp ", CHECKUP_PARTLY},
	{"no native XDP, no offloads", no_native_no_checksums, "checksum hidden-tag generic-xdp ",
	 CHECKUP_SLOW},
	{"generic XDP, segments nothing", generic_segments_nothing, "egress-closed generic-xdp ",
	 CHECKUP_PARTLY},
	{"generic XDP beside native", generic_beside_native, "egress-closed generic-xdp ",
	 CHECKUP_PARTLY},
	{"native XDP beside generic, no checksums", native_beside_generic, "egress-closed ",
	 CHECKUP_PARTLY},
	{"native XDP beside generic", native_beside_generic_both_well, "", CHECKUP_NOTE},
	{"somebody's program", other_program, "other-program ", CHECKUP_SLOW},
	{"libxdp's dispatcher", dispatcher, "other-program ", CHECKUP_SLOW},
	{"flags that keep some frames slow", flags, "tagged no-learning neighbour ageing ",
	 CHECKUP_SLOW},
	{"fewer queues than CPUs", few_queues, "queues ", CHECKUP_NOTE},
	{"all at once", all_at_once,
	 "no-bridge port-state port-flags firewall firewall firewall tc checksum ", CHECKUP_SLOW},
};

static void set_up(struct world *w)
{
	*w = (struct world){
		.port = {.ifindex = 2,
			 .name = "p1",
			 .kind = "veth",
			 .mtu = 1500,
			 .flags = IFF_UP | IFF_RUNNING,
			 .lower_nsid = -1,
			 .has_port = true,
			 .port = {.state = BR_STATE_FORWARDING, .flags = PORT_LEARNING}},
		.bridge = {.ifindex = 1,
			   .name = "br0",
			   .flags = IFF_UP,
			   .has_bridge = true,
			   .bridge = {.ageing_time = 30000}},
		.facts = {.driver = "veth",
			  .is_veth = true,
			  .peer_seen = true,
			  .peer_napi = true,
			  .peer_mtu = 1500,
			  .peer = "e0",
			  .xdp_features_known = true,
			  .xdp_features = 5,
			  .tx_csum = true,
			  .tx_any = true,
			  .tx_vlan = true,
			  .rx_queues = 2,
			  .tx_queues = 2},
		.in = {.cpus = 2},
	};
	w->in.policy =
		(struct policy_input){.port = &w->port, .bridge = &w->bridge, .facts = &w->facts};
}

static void test_row(void **state)
{
	const size_t row = (size_t)*state;
	struct checkup_finding found[CHECKUP_MAX];
	enum checkup_level worst = CHECKUP_NOTE;
	char reasons[512] = "";
	struct world w;
	size_t i, n;

	set_up(&w);
	rows[row].change(&w);
	w.in.policy.generic = checkup_generic(&w.facts, &w.in.program);
	n = checkup(found, &w.in);
	for (i = 0; i < n; i++) {
		strcat(strcat(reasons, found[i].reason), " ");
		assert_true(strlen(found[i].text) > 10);
		if (found[i].level > worst)
			worst = found[i].level;
	}
	assert_string_equal(reasons, rows[row].reasons);
	assert_int_equal(worst, rows[row].worst);
}

/* Before Linux 5.13 GRO does not mend it, so it is not said to. */
static void test_before_5_13(void **state)
{
	struct checkup_finding found[CHECKUP_MAX];
	struct world w;

	(void)state;
	set_up(&w);
	w.facts.xdp_features_known = w.facts.peer_napi = false;
	w.in.policy.generic = checkup_generic(&w.facts, &w.in.program);
	assert_int_equal(checkup(found, &w.in), 1);
	assert_non_null(strstr(found[0].text, "for want of GRO or XDP; `ethtool -K e0 gro on`"));
	w.facts.gro_no_napi = true;
	assert_int_equal(checkup(found, &w.in), 1);
	assert_non_null(strstr(found[0].text, "for want of an XDP program on it (Linux 5.13"));
	assert_null(strstr(found[0].text, "ethtool"));
}

int main(void)
{
	struct CMUnitTest tests[sizeof(rows) / sizeof(rows[0]) + 1] = {
		[sizeof(rows) / sizeof(rows[0])] = cmocka_unit_test(test_before_5_13)};
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		tests[i] = (struct CMUnitTest){
			.name = rows[i].what, .test_func = test_row, .initial_state = (void *)i};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
