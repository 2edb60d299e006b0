/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "event.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_bridge.h>
#include <linux/if_link.h>
#include <linux/neighbour.h>
#include <linux/rtnetlink.h>
#include <string.h>

/* Newer than the headers of Debian 12's kernel, 6.1. Values: linux/if_link.h of Linux 6.12. */
enum {
	BRPORT_MAB = 40,
	BRPORT_NEIGH_VLAN_SUPPRESS = 43,
};

#define ALIGNED(n) (((n) + 3u) & ~3u)

/* A run of attributes still to be read. */
struct attrs {
	const uint8_t *at;
	size_t len;
};
struct attr {
	uint16_t type;
	const uint8_t *data;
	size_t len;
};

/* The next attribute: 1, 0 at the end, -EBADMSG when it does not fit. */
static int next(struct attrs *a, struct attr *out)
{
	struct rtattr rta;
	size_t step;

	if (a->len < sizeof(rta))
		return 0;
	memcpy(&rta, a->at, sizeof(rta));
	if (rta.rta_len < sizeof(rta) || rta.rta_len > a->len)
		return -EBADMSG;
	out->type = rta.rta_type & NLA_TYPE_MASK;
	out->data = a->at + sizeof(rta);
	out->len = rta.rta_len - sizeof(rta);
	step = ALIGNED((size_t)rta.rta_len);
	if (step > a->len)
		step = a->len;
	a->at += step;
	a->len -= step;
	return 1;
}

static struct attrs inside(const struct attr *attr)
{
	return (struct attrs){attr->data, attr->len};
}

static uint64_t number(const struct attr *attr)
{
	uint64_t u64 = 0;
	uint32_t u32;
	uint16_t u16;

	switch (attr->len) {
	case 1:
		return attr->data[0];
	case 2:
		memcpy(&u16, attr->data, 2);
		return u16;
	case 4:
		memcpy(&u32, attr->data, 4);
		return u32;
	case 8:
		memcpy(&u64, attr->data, 8);
	}
	return u64;
}

static void text(char *out, size_t size, const struct attr *attr)
{
	size_t len = attr->len < size - 1 ? attr->len : size - 1;

	memset(out, 0, size);
	memcpy(out, attr->data, len);
}

static void flag(uint32_t *flags, uint32_t bit, const struct attr *attr)
{
	*flags = number(attr) ? *flags | bit : *flags & ~bit;
}

/* *found: it is a bridge's port. A network card's own switch also speaks of ports (bridge(8)
 * hwmode; ndo_dflt_bridge_getlink() of net/core/rtnetlink.c), which have no state. */
static int parse_port(struct event_port *port, struct attrs a, bool *found)
{
	struct attr attr;
	int ret;

	while ((ret = next(&a, &attr)) > 0) {
		switch (attr.type) {
		case IFLA_BRPORT_STATE:
			port->state = number(&attr);
			*found = true;
			break;
		case IFLA_BRPORT_MODE:
			flag(&port->flags, PORT_HAIRPIN, &attr);
			break;
		case IFLA_BRPORT_LEARNING:
			flag(&port->flags, PORT_LEARNING, &attr);
			break;
		case IFLA_BRPORT_UNICAST_FLOOD:
			flag(&port->flags, PORT_FLOOD, &attr);
			break;
		case IFLA_BRPORT_ISOLATED:
			flag(&port->flags, PORT_ISOLATED, &attr);
			break;
		case IFLA_BRPORT_LOCKED:
			flag(&port->flags, PORT_LOCKED, &attr);
			break;
		case BRPORT_MAB:
			flag(&port->flags, PORT_MAB, &attr);
			break;
		case IFLA_BRPORT_NEIGH_SUPPRESS:
			flag(&port->flags, PORT_NEIGH_SUPPRESS, &attr);
			break;
		case BRPORT_NEIGH_VLAN_SUPPRESS:
			flag(&port->flags, PORT_NEIGH_VLAN_SUPPRESS, &attr);
			break;
		case IFLA_BRPORT_PROXYARP:
		case IFLA_BRPORT_PROXYARP_WIFI:
			if (number(&attr))
				port->flags |= PORT_PROXYARP;
			break;
		case IFLA_BRPORT_VLAN_TUNNEL:
			flag(&port->flags, PORT_VLAN_TUNNEL, &attr);
			break;
		case IFLA_BRPORT_BACKUP_PORT:
			port->backup = number(&attr);
			break;
		}
	}
	return ret;
}

static int parse_bridge(struct event_bridge *bridge, struct attrs a)
{
	struct br_boolopt_multi multi;
	struct attr attr;
	int ret;

	while ((ret = next(&a, &attr)) > 0) {
		switch (attr.type) {
		case IFLA_BR_AGEING_TIME:
			bridge->ageing_time = number(&attr);
			break;
		case IFLA_BR_FORWARD_DELAY:
			bridge->forward_delay = number(&attr);
			break;
		case IFLA_BR_STP_STATE:
			bridge->stp = number(&attr);
			break;
		case IFLA_BR_VLAN_FILTERING:
			bridge->vlan_filtering = number(&attr);
			break;
		case IFLA_BR_VLAN_PROTOCOL:
			bridge->vlan_proto = ntohs(number(&attr));
			break;
		case IFLA_BR_TOPOLOGY_CHANGE:
			bridge->topology_change = number(&attr);
			break;
		case IFLA_BR_NF_CALL_IPTABLES:
			bridge->nf_call |= number(&attr) ? 1 : 0;
			break;
		case IFLA_BR_NF_CALL_IP6TABLES:
			bridge->nf_call |= number(&attr) ? 2 : 0;
			break;
		case IFLA_BR_NF_CALL_ARPTABLES:
			bridge->nf_call |= number(&attr) ? 4 : 0;
			break;
		case IFLA_BR_MULTI_BOOLOPT:
			if (attr.len != sizeof(multi))
				return -EBADMSG;
			memcpy(&multi, attr.data, sizeof(multi));
			bridge->mst = multi.optval & (1u << BR_BOOLOPT_MST_ENABLE);
			break;
		}
	}
	return ret;
}

/* IFLA_LINKINFO: the kind comes before the data that it explains, but is not trusted to. */
static int parse_linkinfo(struct event_link *link, struct attrs a)
{
	struct attr attr, data = {0}, slave_data = {0};
	char slave[16] = "";
	int ret;

	while ((ret = next(&a, &attr)) > 0) {
		switch (attr.type) {
		case IFLA_INFO_KIND:
			text(link->kind, sizeof(link->kind), &attr);
			break;
		case IFLA_INFO_SLAVE_KIND:
			text(slave, sizeof(slave), &attr);
			break;
		case IFLA_INFO_DATA:
			data = attr;
			break;
		case IFLA_INFO_SLAVE_DATA:
			slave_data = attr;
			break;
		}
	}
	if (!ret && data.data && !strcmp(link->kind, "bridge")) {
		link->has_bridge = true;
		ret = parse_bridge(&link->bridge, inside(&data));
	}
	if (!ret && slave_data.data && !strcmp(slave, "bridge")) {
		ret = parse_port(&link->port, inside(&slave_data), &link->has_port);
	}
	return ret;
}

static int parse_xdp(struct event_link *link, struct attrs a)
{
	struct attr attr;
	int ret;

	while ((ret = next(&a, &attr)) > 0)
		if (attr.type == IFLA_XDP_PROG_ID)
			link->xdp_prog = number(&attr);
	return ret;
}

static int parse_link_attr(struct event_link *link, const struct attr *attr)
{
	switch (attr->type) {
	case IFLA_IFNAME:
		text(link->name, sizeof(link->name), attr);
		break;
	case IFLA_MASTER:
		link->master = number(attr);
		break;
	case IFLA_MTU:
		link->mtu = number(attr);
		break;
	case IFLA_LINK:
		link->lower = number(attr);
		break;
	case IFLA_LINK_NETNSID:
		link->lower_nsid = number(attr);
		break;
	case IFLA_OPERSTATE:
		link->operstate = number(attr);
		break;
	case IFLA_PROMISCUITY:
		link->promiscuity = number(attr);
		break;
	case IFLA_ADDRESS:
		if (attr->len == sizeof(link->mac))
			memcpy(link->mac, attr->data, sizeof(link->mac));
		break;
	case IFLA_EVENT:
		link->features = number(attr) == IFLA_EVENT_FEATURES;
		break;
	case IFLA_NEW_NETNSID:
		link->moved = true;
		break;
	case IFLA_PHYS_SWITCH_ID:
		link->switchdev = attr->len > 0;
		break;
	case IFLA_XDP:
		return parse_xdp(link, inside(attr));
	case IFLA_LINKINFO:
		return parse_linkinfo(link, inside(attr));
	case IFLA_PROTINFO:
		if (!link->partial)
			break;
		return parse_port(&link->port, inside(attr), &link->has_port);
	}
	return 0;
}

static int parse_link(struct event *ev, struct attrs body, bool gone)
{
	struct event_link *link = &ev->link;
	struct ifinfomsg info;
	struct attr attr;
	int ret;

	if (body.len < sizeof(info))
		return -EBADMSG;
	memcpy(&info, body.at, sizeof(info));
	body.at += sizeof(info);
	body.len -= sizeof(info);
	if (info.ifi_family != AF_UNSPEC && info.ifi_family != AF_BRIDGE)
		return 0;
	link->ifindex = info.ifi_index;
	link->type = info.ifi_type;
	link->flags = info.ifi_flags;
	link->lower_nsid = -1;
	link->partial = info.ifi_family == AF_BRIDGE;
	while ((ret = next(&body, &attr)) > 0) {
		/* A wireless driver's event: the interface's name and nothing else of it. */
		if (attr.type == IFLA_WIRELESS)
			return 0;
		ret = parse_link_attr(link, &attr);
		if (ret < 0)
			break;
	}
	if (ret < 0)
		return ret;
	/* A bridge reports about itself, too, in its own messages: nothing that is not in the
	 * others. */
	if (link->partial && (!link->has_port || link->ifindex == link->master) && !gone)
		return 0;
	ev->kind = !gone ? EVENT_LINK : link->partial ? EVENT_PORT_GONE : EVENT_LINK_GONE;
	return 0;
}

static int parse_activity(struct event_fdb *fdb, struct attrs a)
{
	struct attr attr;
	int ret;

	while ((ret = next(&a, &attr)) > 0)
		if (attr.type == NFEA_ACTIVITY_NOTIFY)
			fdb->watched = number(&attr) & FDB_NOTIFY_BIT;
	return ret;
}

static int parse_fdb(struct event *ev, struct attrs body, bool gone)
{
	struct event_fdb *fdb = &ev->fdb;
	bool has_address = false;
	struct ndmsg nd;
	struct attr attr;
	int ret;

	if (body.len < sizeof(nd))
		return -EBADMSG;
	memcpy(&nd, body.at, sizeof(nd));
	body.at += sizeof(nd);
	body.len -= sizeof(nd);
	if (nd.ndm_family != AF_BRIDGE)
		return 0;
	fdb->port = nd.ndm_ifindex;
	fdb->state = nd.ndm_state;
	fdb->flags = nd.ndm_flags;
	while ((ret = next(&body, &attr)) > 0) {
		switch (attr.type) {
		case NDA_LLADDR:
			if (attr.len != sizeof(fdb->mac))
				break;
			memcpy(fdb->mac, attr.data, sizeof(fdb->mac));
			has_address = true;
			break;
		case NDA_VLAN:
			fdb->vid = number(&attr) & 0xfff;
			break;
		case NDA_MASTER:
			fdb->bridge = number(&attr);
			break;
		case NDA_FLAGS_EXT:
			fdb->ext_flags = number(&attr);
			break;
		case NDA_FDB_EXT_ATTRS:
			ret = parse_activity(fdb, inside(&attr));
			break;
		}
		if (ret < 0)
			return ret;
	}
	/* Without NDA_MASTER it is a device's own unicast or VXLAN list, not a bridge's entry. */
	if (!ret && has_address && fdb->bridge &&
	    !(fdb->flags & NTF_SELF && fdb->port != fdb->bridge))
		ev->kind = gone ? EVENT_FDB_GONE : EVENT_FDB;
	return ret;
}

/* One BRIDGE_VLANDB_ENTRY: 0, or -EBADMSG. */
static int parse_vlan(struct event_vlan *vlan, struct attrs a)
{
	struct bridge_vlan_info info;
	struct attr attr;
	int ret;

	*vlan = (struct event_vlan){.state = BR_STATE_FORWARDING};
	while ((ret = next(&a, &attr)) > 0) {
		switch (attr.type) {
		case BRIDGE_VLANDB_ENTRY_INFO:
			if (attr.len != sizeof(info))
				return -EBADMSG;
			memcpy(&info, attr.data, sizeof(info));
			vlan->first = info.vid;
			if (!vlan->last)
				vlan->last = info.vid;
			vlan->pvid = info.flags & BRIDGE_VLAN_INFO_PVID;
			vlan->untagged = info.flags & BRIDGE_VLAN_INFO_UNTAGGED;
			break;
		case BRIDGE_VLANDB_ENTRY_RANGE:
			vlan->last = number(&attr);
			break;
		case BRIDGE_VLANDB_ENTRY_STATE:
			vlan->state = number(&attr);
			break;
		}
	}
	if (ret)
		return ret;
	return vlan->first && vlan->first <= vlan->last && vlan->last < 4095 ? 0 : -EBADMSG;
}

bool event_vlan_next(struct event_vlans *vlans, struct event_vlan *out)
{
	struct attrs a = {vlans->at, vlans->len};
	struct attr attr;
	bool found = false;

	while (!found && next(&a, &attr) > 0)
		found = attr.type == BRIDGE_VLANDB_ENTRY && !parse_vlan(out, inside(&attr));
	vlans->at = a.at;
	vlans->len = a.len;
	return found;
}

static int parse_vlans(struct event *ev, struct attrs body, bool gone)
{
	struct br_vlan_msg msg;
	struct event_vlan vlan;
	struct attr attr;
	int ret;

	if (body.len < sizeof(msg))
		return -EBADMSG;
	memcpy(&msg, body.at, sizeof(msg));
	body.at += sizeof(msg);
	body.len -= sizeof(msg);
	if (msg.family != AF_BRIDGE)
		return 0;
	ev->vlans = (struct event_vlans){msg.ifindex, gone, body.at, body.len};
	while ((ret = next(&body, &attr)) > 0) {
		if (attr.type != BRIDGE_VLANDB_ENTRY)
			continue;
		ret = parse_vlan(&vlan, inside(&attr));
		if (ret)
			return ret;
	}
	if (!ret)
		ev->kind = EVENT_VLANS;
	return ret;
}

int event_parse(struct event *out, const void *msg, size_t len)
{
	struct event ev = {.kind = EVENT_NONE};
	struct nlmsghdr h;
	struct attrs body;
	int ret = 0;

	if (len < sizeof(h))
		return -EBADMSG;
	memcpy(&h, msg, sizeof(h));
	if (h.nlmsg_len < sizeof(h) || h.nlmsg_len > len)
		return -EBADMSG;
	body.at = (const uint8_t *)msg + sizeof(h);
	body.len = h.nlmsg_len - sizeof(h);
	switch (h.nlmsg_type) {
	case RTM_NEWLINK:
	case RTM_DELLINK:
		ret = parse_link(&ev, body, h.nlmsg_type == RTM_DELLINK);
		break;
	case RTM_NEWNEIGH:
	case RTM_DELNEIGH:
		ret = parse_fdb(&ev, body, h.nlmsg_type == RTM_DELNEIGH);
		break;
	case RTM_NEWVLAN:
	case RTM_DELVLAN:
		ret = parse_vlans(&ev, body, h.nlmsg_type == RTM_DELVLAN);
		break;
	}
	if (!ret)
		*out = ev;
	return ret;
}
