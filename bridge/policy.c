/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "policy.h"

#include "bridge_maps.h"
#include "hazard.h"

#include <errno.h>
#include <linux/if.h>
#include <linux/if_bridge.h>
#include <string.h>

static const char *const allow_names[] = {"checksum", "hidden-tag",   "xdp-transmit",
					  "nft",      "ebtables",     "br_netfilter",
					  "tc",       "packet-socket"};

const char *policy_allow_name(unsigned int bit)
{
	return bit < sizeof(allow_names) / sizeof(allow_names[0]) ? allow_names[bit] : NULL;
}

int policy_allow(const char *list, uint32_t *allow)
{
	uint32_t bits = 0;
	unsigned int bit;
	size_t len;

	for (; *list; list += len + (list[len] == ',')) {
		len = strcspn(list, ",");
		for (bit = 0; policy_allow_name(bit); bit++)
			if (strlen(allow_names[bit]) == len && !memcmp(allow_names[bit], list, len))
				break;
		if (!policy_allow_name(bit))
			return -EINVAL;
		bits |= 1u << bit;
	}
	*allow |= bits;
	return 0;
}

static uint8_t bridge_closed(const struct event_link *bridge)
{
	if (!bridge || !bridge->has_bridge)
		return XB_NO_BRIDGE;
	/* Promiscuous, by tcpdump or by a device on top, it gets a copy of every frame. */
	if (!(bridge->flags & IFF_UP) || bridge->flags & IFF_PROMISC || bridge->promiscuity)
		return XB_BRIDGE_STATE;
	if (bridge->bridge.mst)
		return XB_MST;
	return 0;
}

static uint8_t port_closed(const struct event_link *port)
{
	if (!port->has_port || port->port.state != BR_STATE_FORWARDING)
		return XB_PORT_STATE;
	if (!(port->flags & IFF_UP) || !(port->flags & IFF_RUNNING))
		return XB_PORT_STATE;
	if (port->port.flags & PORT_VLAN_TUNNEL || port->switchdev)
		return XB_PORT_FLAGS;
	return 0;
}

/* Does the driver hand on what its own other end, another guest say, left to it? */
static bool is_paravirtual(const char *driver)
{
	return !strcmp(driver, "virtio_net");
}

/* Frames may come in with all that a sender may leave to the device. What a veth says of tags on
 * reception is of no account: they come beside the frame where its other end leaves them there.
 * Devices made of software hand on what they were given, and so does one with slaves what these
 * have put together: GRO is left out on a device that has the program (netif_elide_gro()), not on
 * its slaves. */
static bool is_partial(const struct policy_input *in)
{
	const struct facts *f = in->facts;

	if (f->is_veth)
		return !f->peer_seen || f->peer_tx_csum || f->peer_tx_vlan || f->peer_tx_stag;
	return in->port->kind[0] || in->has_lower || f->rx_stag || is_paravirtual(f->driver);
}

/* What the driver may do to a received frame before XDP sees it. A frame that generic XDP redirects
 * stays one socket buffer with all its offloads, so that nothing is lost there. */
static uint8_t ingress_closed(const struct policy_input *in)
{
	const struct facts *f = in->facts;
	bool tap = !strcmp(in->port->kind, "tun");
	bool hidden = f->is_veth ? !f->peer_seen || f->peer_tx_vlan || f->peer_tx_stag
				 : f->from_below || in->has_lower || facts_hides_tags_itself(f);

	/* bond_xdp_set() of drivers/net/bonding/bond_main.c: the program sees a member as the ingress
	 * interface, and does not know which of them the bond would hear. */
	if (!in->generic && !strcmp(in->port->kind, "bond"))
		return XB_MEMBERS;
	if (in->generic && !in->vlan_upper && !in->bridge->bridge.vlan_filtering)
		return 0;
	if (!in->generic && (tap || (f->is_veth && (!f->peer_seen || f->peer_tx_csum))) &&
	    !(in->allow & ALLOW_CHECKSUM))
		return XB_CHECKSUM;
	return hidden && !(in->allow & ALLOW_HIDDEN_TAG) ? XB_HIDDEN_TAG : 0;
}

/* br_netfilter also changes frames where no rule is behind it: br_validate_ipv4() and its IPv6 twin
 * drop what is malformed and cut padding off. ARP it only shows to rules. */
static bool br_netfilter(const struct policy_input *in)
{
	uint8_t call = in->bridge->bridge.nf_call;

	if (in->hazards & HAZARD_NF_CALL_IP || call & 3)
		return true;
	return (in->hazards & HAZARD_NF_CALL_ARP || call & 4) && in->hazards & HAZARD_L3_HOOKS;
}

static uint8_t firewall(const struct policy_input *in)
{
	if (in->hazards & HAZARD_UNKNOWN)
		return XB_SYNCING;
	if (in->hazards & HAZARD_NFT && !(in->allow & ALLOW_NFT))
		return XB_FIREWALL;
	if (in->hazards & HAZARD_EBTABLES && !(in->allow & ALLOW_EBTABLES))
		return XB_FIREWALL;
	return br_netfilter(in) && !(in->allow & ALLOW_BR_NETFILTER) ? XB_FIREWALL : 0;
}

static uint8_t traffic_control(const struct policy_input *in, uint32_t hazard)
{
	return in->hazards & hazard && !(in->allow & ALLOW_TC) ? XB_TC : 0;
}

/* The bridge sees that the carrier is gone some time before it is announced, and takes the backup
 * port at once (br_forward() of net/bridge/br_forward.c). */
static uint8_t backed_up(const struct policy_input *in)
{
	return in->port->port.backup ? XB_PORT_FLAGS : 0;
}

static uint8_t looked_at(const struct policy_input *in, uint32_t hazard)
{
	return in->hazards & hazard && !(in->allow & ALLOW_PACKET) ? XB_PACKET : 0;
}

/* bond_xdp_xmit() hands frames to the driver of a member, past what is on that; generic XDP does
 * not. */
static uint8_t member_closed(const struct policy_input *in)
{
	uint8_t closed = traffic_control(in, HAZARD_MEMBER_TC);

	return closed ? closed : looked_at(in, HAZARD_MEMBER_PACKET);
}

/* generic_xdp_tx() of net/core/dev.c hands the frame to the driver past validate_xmit_skb(): what
 * is still to be done, as where GRO has put TCP segments together, the device must be able to
 * do. */
static uint8_t generic_closed(const struct policy_input *in, bool any)
{
	const struct facts *f = in->facts;

	if (!(any ? f->tx_any : f->tx_csum) && !(in->allow & ALLOW_CHECKSUM))
		return XB_CHECKSUM;
	return !f->tx_vlan && !(in->allow & ALLOW_HIDDEN_TAG) ? XB_HIDDEN_TAG : 0;
}

static uint8_t egress_closed(const struct policy_input *in)
{
	return facts_can_xmit(in->facts) || in->allow & ALLOW_XMIT ? 0 : XB_NO_XDP_XMIT;
}

/* A source is shown to the kernel ten times in the ageing time, so that one that falls silent ages
 * at most a tenth early. While the topology changes, which the kernel does not announce, an entry
 * ages after the forward delay: under STP, four times in that, too. A change that was under way
 * when STP was turned off never ends. */
static uint32_t keep_alive_ms(const struct event_bridge *bridge)
{
	uint64_t ms = bridge->ageing_time; /* a tenth, in milliseconds */

	if ((bridge->stp || bridge->topology_change) && bridge->forward_delay * 10ULL / 4 < ms)
		ms = bridge->forward_delay * 10ULL / 4;
	return ms < UINT32_MAX ? ms : UINT32_MAX;
}

/* What is_skb_forwardable() of net/core/dev.c takes is MTU, Ethernet header and one VLAN tag. A
 * veth's other end asks the same of what comes in, and counts a frame's own tag only where XDP
 * brings it. */
static uint32_t egress_mtu(const struct policy_input *in)
{
	uint32_t mtu = in->port->mtu, peer = in->facts->peer_mtu;

	return in->facts->is_veth && peer && peer < mtu ? peer : mtu;
}

struct policy policy_decide(const struct policy_input *in)
{
	struct policy out = {0};
	uint8_t closed = bridge_closed(in->bridge);

	if (!closed)
		closed = port_closed(in->port);
	if (!closed)
		closed = firewall(in);
	if (!closed)
		closed = looked_at(in, HAZARD_PACKET);
	out.closed_in = closed ? closed : traffic_control(in, HAZARD_TC_IN);
	if (!closed)
		closed = backed_up(in);
	out.closed_out = out.closed_generic = closed ? closed : traffic_control(in, HAZARD_TC_OUT);
	if (!out.closed_in)
		out.closed_in = ingress_closed(in);
	if (!out.closed_out)
		out.closed_out = egress_closed(in);
	if (!out.closed_out)
		out.closed_out = member_closed(in);
	out.closed_partial = out.closed_generic;
	if (!out.closed_generic) {
		out.closed_generic = generic_closed(in, false);
		out.closed_partial = generic_closed(in, true);
	}
	if (in->generic)
		out.flags |= XB_PORT_GENERIC;
	if (is_partial(in))
		out.flags |= XB_PORT_PARTIAL;
	if (in->port->port.flags & PORT_ISOLATED)
		out.flags |= XB_PORT_ISOLATED;
	if ((in->port->port.flags & (PORT_LEARNING | PORT_LOCKED)) == PORT_LEARNING)
		out.flags |= XB_PORT_LEARNS;
	if (facts_can_xmit_frags(in->facts))
		out.flags |= XB_PORT_FRAGS;
	if (!in->vlan_upper)
		out.flags |= XB_PORT_TAGGED;
	if (in->neighbours)
		out.flags |= XB_PORT_NEIGHBOUR;
	out.max_len = egress_mtu(in) + 14 + 4;
	if (in->bridge)
		out.keep_alive_ms = keep_alive_ms(&in->bridge->bridge);
	if (in->bridge && in->bridge->bridge.vlan_filtering) {
		out.flags |= XB_PORT_FILTERS;
		out.pvid = in->pvid;
		out.vlan_proto = in->bridge->bridge.vlan_proto;
	}
	return out;
}
