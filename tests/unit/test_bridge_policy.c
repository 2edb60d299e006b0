/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which ports may use the fast path: one row a fact that changes the answer, from a port where all
 * is well. */
#include "bridge_maps.h"
#include "hazard.h"
#include "policy.h"

#include <errno.h>
#include <linux/if_bridge.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define NDO_XMIT 4

struct world {
	struct event_link port, bridge;
	struct facts facts;
	struct policy_input in;
};

static void nothing(struct world *w)
{
	(void)w;
}
static void no_bridge(struct world *w)
{
	w->in.bridge = NULL;
}
static void other_master(struct world *w)
{
	w->bridge.has_bridge = false;
}
static void bridge_down(struct world *w)
{
	w->bridge.flags = 0;
}
static void bridge_promiscuous(struct world *w)
{
	w->bridge.flags |= IFF_PROMISC;
}
static void bridge_tapped(struct world *w)
{
	w->bridge.promiscuity = 1;
}
static void filtering(struct world *w)
{
	w->bridge.bridge.vlan_filtering = true;
}
static void mst(struct world *w)
{
	w->bridge.bridge.mst = true;
}
static void disabled(struct world *w)
{
	w->port.port.state = BR_STATE_DISABLED;
}
static void listening(struct world *w)
{
	w->port.port.state = BR_STATE_LISTENING;
}
static void learning(struct world *w)
{
	w->port.port.state = BR_STATE_LEARNING;
}
static void blocking(struct world *w)
{
	w->port.port.state = BR_STATE_BLOCKING;
}
static void port_down(struct world *w)
{
	w->port.flags = 0;
}
static void no_carrier(struct world *w)
{
	w->port.flags = IFF_UP;
}
static void tunnel(struct world *w)
{
	w->port.port.flags |= PORT_VLAN_TUNNEL;
}
static void switch_chip(struct world *w)
{
	w->port.switchdev = true;
}
static void no_xmit(struct world *w)
{
	w->facts.xdp_features = 0;
}
static void strips_tags(struct world *w)
{
	w->facts.rx_vlan = true;
}
static void tap(struct world *w)
{
	strcpy(w->port.kind, "tun");
}
static void generic(struct world *w)
{
	w->in.generic = true;
	w->facts.xdp_features = 0;
}
static void generic_vlan(struct world *w)
{
	w->in.generic = w->in.vlan_upper = w->facts.rx_vlan = true;
}
static void generic_filtering(struct world *w)
{
	w->in.generic = w->facts.rx_vlan = w->bridge.bridge.vlan_filtering = true;
}
static void macvlan(struct world *w)
{
	strcpy(w->port.kind, "macvlan");
	w->in.generic = w->facts.from_below = true;
}
static void macvlan_filtering(struct world *w)
{
	macvlan(w);
	w->bridge.bridge.vlan_filtering = true;
}
static void macvlan_vlan(struct world *w)
{
	macvlan(w);
	w->in.vlan_upper = true;
}
static void failover(struct world *w)
{
	w->in.generic = w->in.has_lower = true;
}
static void failover_filtering(struct world *w)
{
	failover(w);
	w->bridge.bridge.vlan_filtering = true;
}
static void virtio(struct world *w)
{
	strcpy(w->facts.driver, "virtio_net");
}
static void vlan_device(struct world *w)
{
	strcpy(w->port.kind, "vlan");
	w->in.generic = true;
}
static void old_kernel(struct world *w)
{
	w->facts.xdp_features_known = false;
	strcpy(w->facts.driver, "i40e");
}
static void old_unknown(struct world *w)
{
	w->facts.xdp_features_known = false;
	strcpy(w->facts.driver, "nfp");
}
static void nft(struct world *w)
{
	w->in.hazards = HAZARD_NFT;
}
static void ebtables(struct world *w)
{
	w->in.hazards = HAZARD_EBTABLES;
}
static void nf_call(struct world *w)
{
	w->in.hazards = HAZARD_NF_CALL_IP;
}
static void nf_call_arp(struct world *w)
{
	w->in.hazards = HAZARD_NF_CALL_ARP;
}
static void hooks(struct world *w)
{
	w->in.hazards = HAZARD_L3_HOOKS;
}
static void nf_call_hooks(struct world *w)
{
	w->in.hazards = HAZARD_NF_CALL_ARP | HAZARD_L3_HOOKS;
}
static void bridge_call_hooks(struct world *w)
{
	w->in.hazards = HAZARD_L3_HOOKS;
	w->bridge.bridge.nf_call = 1;
}
static void tc_in(struct world *w)
{
	w->in.hazards = HAZARD_TC_IN;
}
static void tc_out(struct world *w)
{
	w->in.hazards = HAZARD_TC_OUT;
}
static void packet_socket(struct world *w)
{
	w->in.hazards = HAZARD_PACKET;
}
static void veth(struct world *w)
{
	strcpy(w->port.kind, "veth");
	w->facts.is_veth = w->facts.peer_seen = w->facts.peer_napi = true;
	w->facts.rx_vlan = true; /* a veth always says so and never does */
}
static void veth_hidden(struct world *w)
{
	veth(w);
	w->facts.peer_seen = false;
}
static void veth_checksum(struct world *w)
{
	veth(w);
	w->facts.peer_tx_csum = true;
}
static void veth_tag(struct world *w)
{
	veth(w);
	w->facts.peer_tx_vlan = true;
}
static void backup(struct world *w)
{
	w->port.port.backup = 6;
}
static void bond(struct world *w)
{
	strcpy(w->port.kind, "bond");
}
static void bond_generic(struct world *w)
{
	bond(w);
	generic(w);
}
static void bond_member_tc(struct world *w)
{
	bond(w);
	w->in.hazards = HAZARD_MEMBER_TC;
}
static void bond_member_packet(struct world *w)
{
	bond(w);
	w->in.hazards = HAZARD_MEMBER_PACKET;
}
static void no_checksums(struct world *w)
{
	w->facts.tx_csum = false;
}
static void no_tags(struct world *w)
{
	w->facts.tx_vlan = false;
}
static void veth_stag(struct world *w)
{
	veth(w);
	w->facts.peer_tx_stag = true;
}
static void takes_stags(struct world *w)
{
	w->facts.rx_stag = true;
}
static void unknown(struct world *w)
{
	w->in.hazards = HAZARD_UNKNOWN;
}
static void veth_old(struct world *w)
{
	veth(w);
	w->facts.xdp_features_known = false;
}
static void veth_old_deaf(struct world *w)
{
	veth_old(w);
	w->facts.peer_napi = false;
}

static const struct {
	const char *what;
	void (*change)(struct world *w);
	const char *allow;
	uint8_t in, out, generic;
} rows[] = {
	{"all is well", nothing, "", 0, 0, 0},
	{"in no bridge", no_bridge, "", XB_NO_BRIDGE, XB_NO_BRIDGE, XB_NO_BRIDGE},
	{"enslaved to something else", other_master, "", XB_NO_BRIDGE, XB_NO_BRIDGE, XB_NO_BRIDGE},
	{"bridge down", bridge_down, "", XB_BRIDGE_STATE, XB_BRIDGE_STATE, XB_BRIDGE_STATE},
	{"bridge promiscuous", bridge_promiscuous, "", XB_BRIDGE_STATE, XB_BRIDGE_STATE,
	 XB_BRIDGE_STATE},
	{"bridge tapped", bridge_tapped, "", XB_BRIDGE_STATE, XB_BRIDGE_STATE, XB_BRIDGE_STATE},
	{"VLAN filtering", filtering, "", 0, 0, 0},
	{"generic, VLAN filtering, tags taken off", generic_filtering, "", XB_HIDDEN_TAG, 0, 0},
	{"a macvlan", macvlan, "", 0, 0, 0},
	{"a macvlan, VLAN filtering", macvlan_filtering, "", XB_HIDDEN_TAG, 0, 0},
	{"a macvlan, VLAN filtering, allowed", macvlan_filtering, "hidden-tag", 0, 0, 0},
	{"a macvlan with a VLAN device", macvlan_vlan, "", XB_HIDDEN_TAG, 0, 0},
	{"a device with slaves", failover, "", 0, 0, 0},
	{"a device with slaves, VLAN filtering", failover_filtering, "", XB_HIDDEN_TAG, 0, 0},
	{"MST", mst, "", XB_MST, XB_MST, XB_MST},
	{"disabled", disabled, "", XB_PORT_STATE, XB_PORT_STATE, XB_PORT_STATE},
	{"listening", listening, "", XB_PORT_STATE, XB_PORT_STATE, XB_PORT_STATE},
	{"learning", learning, "", XB_PORT_STATE, XB_PORT_STATE, XB_PORT_STATE},
	{"blocking", blocking, "", XB_PORT_STATE, XB_PORT_STATE, XB_PORT_STATE},
	{"port down", port_down, "", XB_PORT_STATE, XB_PORT_STATE, XB_PORT_STATE},
	{"no carrier", no_carrier, "", XB_PORT_STATE, XB_PORT_STATE, XB_PORT_STATE},
	{"vlan_tunnel", tunnel, "", XB_PORT_FLAGS, XB_PORT_FLAGS, XB_PORT_FLAGS},
	{"switch chip", switch_chip, "", XB_PORT_FLAGS, XB_PORT_FLAGS, XB_PORT_FLAGS},
	{"cannot transmit XDP", no_xmit, "", 0, XB_NO_XDP_XMIT, 0},
	{"cannot, allowed", no_xmit, "xdp-transmit", 0, 0, 0},
	{"tags taken off", strips_tags, "", XB_HIDDEN_TAG, 0, 0},
	{"tags taken off, allowed", strips_tags, "hidden-tag", 0, 0, 0},
	{"tap", tap, "", XB_CHECKSUM, 0, 0},
	{"tap, allowed", tap, "checksum", 0, 0, 0},
	{"a bond", bond, "", XB_MEMBERS, 0, 0},
	{"a bond, generic XDP", bond_generic, "", 0, XB_NO_XDP_XMIT, 0},
	{"a bond, tc on a member", bond_member_tc, "", XB_MEMBERS, XB_TC, 0},
	{"a bond, tc on a member, allowed", bond_member_tc, "tc", XB_MEMBERS, 0, 0},
	{"a bond, a packet socket on a member", bond_member_packet, "", XB_MEMBERS, XB_PACKET, 0},
	{"a backup port", backup, "", 0, XB_PORT_FLAGS, XB_PORT_FLAGS},
	{"generic XDP needs no driver", generic, "", 0, XB_NO_XDP_XMIT, 0},
	{"generic XDP leaves checksums to the driver", no_checksums, "", 0, 0, XB_CHECKSUM},
	{"generic XDP leaves checksums to the driver, allowed", no_checksums, "checksum", 0, 0, 0},
	{"generic XDP leaves tags to the driver", no_tags, "", 0, 0, XB_HIDDEN_TAG},
	{"generic, VLAN device, tags taken off", generic_vlan, "", XB_HIDDEN_TAG, 0, 0},
	{"kernel without XDP features, driver known", old_kernel, "", 0, 0, 0},
	{"kernel without XDP features, driver unknown", old_unknown, "", 0, XB_NO_XDP_XMIT, 0},
	{"nftables", nft, "", XB_FIREWALL, XB_FIREWALL, XB_FIREWALL},
	{"nftables, allowed", nft, "nft", 0, 0, 0},
	{"nftables, another hazard allowed", nft, "ebtables", XB_FIREWALL, XB_FIREWALL,
	 XB_FIREWALL},
	{"ebtables", ebtables, "", XB_FIREWALL, XB_FIREWALL, XB_FIREWALL},
	{"ebtables, allowed", ebtables, "ebtables", 0, 0, 0},
	{"br_netfilter without rules", nf_call, "", XB_FIREWALL, XB_FIREWALL, XB_FIREWALL},
	{"br_netfilter for ARP alone without rules", nf_call_arp, "", 0, 0, 0},
	{"IP rules without br_netfilter", hooks, "", 0, 0, 0},
	{"br_netfilter with rules", nf_call_hooks, "", XB_FIREWALL, XB_FIREWALL, XB_FIREWALL},
	{"br_netfilter on this bridge", bridge_call_hooks, "", XB_FIREWALL, XB_FIREWALL,
	 XB_FIREWALL},
	{"br_netfilter, allowed", nf_call_hooks, "br_netfilter", 0, 0, 0},
	{"tc on ingress", tc_in, "", XB_TC, 0, 0},
	{"tc on egress", tc_out, "", 0, XB_TC, XB_TC},
	{"tc, allowed", tc_out, "tc", 0, 0, 0},
	{"a packet socket", packet_socket, "", XB_PACKET, XB_PACKET, XB_PACKET},
	{"a packet socket, allowed", packet_socket, "packet-socket", 0, 0, 0},
	{"veth", veth, "", 0, 0, 0},
	{"veth, peer out of sight", veth_hidden, "", XB_CHECKSUM, 0, 0},
	{"veth, peer out of sight, half allowed", veth_hidden, "checksum", XB_HIDDEN_TAG, 0, 0},
	{"veth, peer out of sight, allowed", veth_hidden, "checksum,hidden-tag", 0, 0, 0},
	{"veth, partial checksums", veth_checksum, "", XB_CHECKSUM, 0, 0},
	{"veth, hidden tags", veth_tag, "", XB_HIDDEN_TAG, 0, 0},
	{"veth, hidden 802.1ad tags", veth_stag, "", XB_HIDDEN_TAG, 0, 0},
	{"802.1ad tags taken off", takes_stags, "", XB_HIDDEN_TAG, 0, 0},
	{"hazards that cannot be looked at", unknown, "nft,ebtables,br_netfilter,tc,packet-socket",
	 XB_SYNCING, XB_SYNCING, XB_SYNCING},
	{"veth on an older kernel", veth_old, "", 0, 0, 0},
	{"veth on an older kernel, peer without NAPI", veth_old_deaf, "", 0, XB_NO_XDP_XMIT, 0},
};

static struct world well(void)
{
	struct world w = {
		.port = {.ifindex = 5,
			 .master = 4,
			 .mtu = 1500,
			 .flags = IFF_UP | IFF_RUNNING,
			 .has_port = true,
			 .port = {.state = BR_STATE_FORWARDING}},
		.bridge = {.ifindex = 4,
			   .flags = IFF_UP,
			   .has_bridge = true,
			   .bridge = {.ageing_time = 30000, .forward_delay = 1500}},
		.facts = {.xdp_features_known = true,
			  .xdp_features = NDO_XMIT,
			  .tx_csum = true,
			  .tx_vlan = true},
	};

	return w;
}

static struct policy decide(struct world *w, void (*change)(struct world *w), const char *allow)
{
	w->in = (struct policy_input){.port = &w->port, .bridge = &w->bridge, .facts = &w->facts};
	change(w);
	assert_int_equal(policy_allow(allow, &w->in.allow), 0);
	return policy_decide(&w->in);
}

static void ports(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct world w = well();
		struct policy p = decide(&w, rows[i].change, rows[i].allow);

		if (p.closed_in != rows[i].in || p.closed_out != rows[i].out ||
		    p.closed_generic != rows[i].generic)
			fail_msg("%s: in %u out %u generic %u", rows[i].what, p.closed_in,
				 p.closed_out, p.closed_generic);
	}
}

static void keep_alives(void **state)
{
	/* Hundredths of a second, as the kernel has them; then milliseconds. */
	static const struct {
		uint32_t ageing, delay;
		bool stp;
		uint32_t expected;
	} times[] = {{30000, 1500, false, 30000},
		     {30000, 1500, true, 3750},
		     {30000, 200, true, 500},
		     {400, 1500, true, 400},
		     {0, 1500, false, 0},
		     {0, 1500, true, 0},
		     {100000000, 3000, false, 100000000}};

	(void)state;
	for (size_t i = 0; i < sizeof(times) / sizeof(times[0]); i++) {
		struct world w = well();

		w.bridge.bridge.ageing_time = times[i].ageing;
		w.bridge.bridge.forward_delay = times[i].delay;
		w.bridge.bridge.stp = times[i].stp;
		assert_int_equal(decide(&w, nothing, "").keep_alive_ms, times[i].expected);
		w.bridge.bridge.topology_change = times[i].stp;
		w.bridge.bridge.stp = false;
		assert_int_equal(decide(&w, nothing, "").keep_alive_ms, times[i].expected);
	}
}

static void flags(void **state)
{
	struct world w = well();

	(void)state;
	w.port.port.flags = PORT_ISOLATED;
	assert_int_equal(decide(&w, nothing, "").flags, XB_PORT_ISOLATED | XB_PORT_TAGGED);
	assert_int_equal(decide(&w, nothing, "").max_len, 1500 + 14 + 4);
	w.facts.peer_mtu = 1400;
	assert_int_equal(decide(&w, nothing, "").max_len, 1500 + 14 + 4);
	assert_int_equal(decide(&w, veth, "").max_len, 1400 + 14 + 4);
	w.facts.peer_mtu = 9000;
	assert_int_equal(decide(&w, veth, "").max_len, 1500 + 14 + 4);
}

static void veth_takes_stags(struct world *w)
{
	veth(w);
	w->facts.rx_stag = true;
}

/* Whose frames generic XDP redirects only to a device that finishes all that a veth does. */
static void partial_senders(void **state)
{
	static const struct {
		const char *what;
		void (*change)(struct world *w);
		bool partial;
	} senders[] = {
		{"a NIC", nothing, false},
		{"a NIC that takes 802.1ad tags off", takes_stags, true},
		{"a device with slaves", failover, true},
		{"a virtio NIC", virtio, true},
		{"a tap", tap, true},
		{"a macvlan", macvlan, true},
		{"a VLAN device", vlan_device, true},
		{"a veth whose peer finishes its frames", veth, false},
		{"the same, as each says that it takes such tags off", veth_takes_stags, false},
		{"a veth, partial checksums", veth_checksum, true},
		{"a veth, hidden tags", veth_tag, true},
		{"a veth, hidden 802.1ad tags", veth_stag, true},
		{"a veth, peer out of sight", veth_hidden, true},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(senders) / sizeof(senders[0]); i++) {
		struct world w = well();
		struct policy p = decide(&w, senders[i].change, "");

		if (!(p.flags & XB_PORT_PARTIAL) == senders[i].partial)
			fail_msg("%s", senders[i].what);
		assert_int_equal(p.closed_partial, XB_CHECKSUM);
		w.facts.tx_any = true;
		assert_int_equal(decide(&w, senders[i].change, "").closed_partial, 0);
	}
}

static void allow_lists(void **state)
{
	uint32_t allow = 0;

	(void)state;
	assert_int_equal(policy_allow("checksum,tc", &allow), 0);
	assert_int_equal(allow, ALLOW_CHECKSUM | ALLOW_TC);
	assert_int_equal(policy_allow("checksums", &allow), -EINVAL);
	assert_int_equal(policy_allow(",", &allow), -EINVAL);
	assert_int_equal(policy_allow("nft,", &allow), 0);
	assert_int_equal(allow, ALLOW_CHECKSUM | ALLOW_TC | ALLOW_NFT);
	for (unsigned int bit = 0; policy_allow_name(bit); bit++) {
		allow = 0;
		assert_int_equal(policy_allow(policy_allow_name(bit), &allow), 0);
		assert_int_equal(allow, 1u << bit);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ports),       cmocka_unit_test(keep_alives),
		cmocka_unit_test(flags),       cmocka_unit_test(partial_senders),
		cmocka_unit_test(allow_lists),
	};

	return cmocka_run_group_tests_name("bridge_policy", tests, NULL, NULL);
}
