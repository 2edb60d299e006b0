/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "nl.h"

#include <arpa/inet.h>
#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/if.h>
#include <linux/if_bridge.h>
#include <linux/if_link.h>
#include <linux/neighbour.h>
#include <linux/rtnetlink.h>
#include <linux/veth.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* IFLA_BR_FDB_MAX_LEARNED of kernel 6.7: newer than the oldest headers this is built with. */
enum { BR_FDB_MAX_LEARNED = 49 };

struct nl {
	struct mnl_socket *sock;
	uint32_t seq;
	char buf[32768];
};

int nl_open(struct nl **out)
{
	struct nl *nl = calloc(1, sizeof(*nl));

	if (!nl)
		return -ENOMEM;
	nl->sock = mnl_socket_open2(NETLINK_ROUTE, SOCK_CLOEXEC);
	if (!nl->sock || mnl_socket_bind(nl->sock, 0, MNL_SOCKET_AUTOPID)) {
		nl_close(nl);
		return -errno;
	}
	*out = nl;
	return 0;
}

void nl_close(struct nl *nl)
{
	if (nl && nl->sock)
		mnl_socket_close(nl->sock);
	free(nl);
}

static struct nlmsghdr *begin(struct nl *nl, uint16_t type, uint16_t flags)
{
	struct nlmsghdr *h = mnl_nlmsg_put_header(nl->buf);

	h->nlmsg_type = type;
	h->nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK | flags;
	h->nlmsg_seq = ++nl->seq;
	return h;
}

/* Sends, and reads answers into `cb` until the kernel has said all. */
static int talk(struct nl *nl, struct nlmsghdr *h, mnl_cb_t cb, void *data)
{
	unsigned int pid = mnl_socket_get_portid(nl->sock);
	ssize_t n;
	int ret;

	if (mnl_socket_sendto(nl->sock, h, h->nlmsg_len) < 0)
		return -errno;
	do {
		n = mnl_socket_recvfrom(nl->sock, nl->buf, sizeof(nl->buf));
		if (n < 0)
			return -errno;
		ret = mnl_cb_run(nl->buf, n, nl->seq, pid, cb, data);
	} while (ret > 0);
	return ret < 0 ? -errno : 0;
}

static struct ifinfomsg *link_message(struct nlmsghdr *h, int ifindex, int family)
{
	struct ifinfomsg *m = mnl_nlmsg_put_extra_header(h, sizeof(*m));

	m->ifi_family = family;
	m->ifi_index = ifindex;
	return m;
}

int nl_add_bridge(struct nl *nl, const char *name)
{
	struct nlmsghdr *h = begin(nl, RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL);
	struct nlattr *info;

	link_message(h, 0, AF_UNSPEC);
	mnl_attr_put_strz(h, IFLA_IFNAME, name);
	info = mnl_attr_nest_start(h, IFLA_LINKINFO);
	mnl_attr_put_strz(h, IFLA_INFO_KIND, "bridge");
	mnl_attr_nest_end(h, info);
	return talk(nl, h, NULL, NULL);
}

int nl_add_veth(struct nl *nl, const char *name, const char *peer)
{
	struct nlmsghdr *h = begin(nl, RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL);
	struct nlattr *info, *data, *other;

	link_message(h, 0, AF_UNSPEC);
	mnl_attr_put_strz(h, IFLA_IFNAME, name);
	info = mnl_attr_nest_start(h, IFLA_LINKINFO);
	mnl_attr_put_strz(h, IFLA_INFO_KIND, "veth");
	data = mnl_attr_nest_start(h, IFLA_INFO_DATA);
	other = mnl_attr_nest_start(h, VETH_INFO_PEER);
	link_message(h, 0, AF_UNSPEC);
	mnl_attr_put_strz(h, IFLA_IFNAME, peer);
	mnl_attr_nest_end(h, other);
	mnl_attr_nest_end(h, data);
	mnl_attr_nest_end(h, info);
	return talk(nl, h, NULL, NULL);
}

int nl_set_link(struct nl *nl, int ifindex, bool up, const uint8_t *address, uint32_t mtu,
		int master)
{
	struct nlmsghdr *h = begin(nl, RTM_NEWLINK, 0);
	struct ifinfomsg *m = link_message(h, ifindex, AF_UNSPEC);

	m->ifi_change = IFF_UP;
	m->ifi_flags = up ? IFF_UP : 0;
	if (address)
		mnl_attr_put(h, IFLA_ADDRESS, 6, address);
	if (mtu)
		mnl_attr_put_u32(h, IFLA_MTU, mtu);
	if (master)
		mnl_attr_put_u32(h, IFLA_MASTER, master);
	return talk(nl, h, NULL, NULL);
}

static void put_bridge(struct nlmsghdr *h, const struct brm_bridge *s, const struct brm_bridge *was)
{
	struct br_boolopt_multi opt = {.optval = s->no_linklocal_learn << BR_BOOLOPT_NO_LL_LEARN,
				       .optmask = 1 << BR_BOOLOPT_NO_LL_LEARN};

	if (s->ageing_ns != was->ageing_ns) /* in hundredths of a second: USER_HZ */
		mnl_attr_put_u32(h, IFLA_BR_AGEING_TIME, s->ageing_ns / 10000000);
	if (s->vlan_proto != was->vlan_proto)
		mnl_attr_put_u16(h, IFLA_BR_VLAN_PROTOCOL, htons(s->vlan_proto));
	if (s->vlan_filtering != was->vlan_filtering)
		mnl_attr_put_u8(h, IFLA_BR_VLAN_FILTERING, s->vlan_filtering);
	if (s->stp != was->stp)
		mnl_attr_put_u32(h, IFLA_BR_STP_STATE, s->stp);
	if (s->group_fwd_mask != was->group_fwd_mask)
		mnl_attr_put_u16(h, IFLA_BR_GROUP_FWD_MASK, s->group_fwd_mask);
	if (s->no_linklocal_learn != was->no_linklocal_learn)
		mnl_attr_put(h, IFLA_BR_MULTI_BOOLOPT, sizeof(opt), &opt);
	if (s->fdb_max_learned != was->fdb_max_learned)
		mnl_attr_put_u32(h, BR_FDB_MAX_LEARNED, s->fdb_max_learned);
}

/* Times in hundredths of a second. */
static void put_mcast(struct nlmsghdr *h, const struct brm_bridge *s, const struct brm_bridge *was)
{
	const struct {
		uint16_t attr;
		int64_t now, before;
	} times[] = {
		{IFLA_BR_MCAST_MEMBERSHIP_INTVL, s->mcast_membership_ns, was->mcast_membership_ns},
		{IFLA_BR_MCAST_QUERIER_INTVL, s->mcast_querier_ns, was->mcast_querier_ns},
		{IFLA_BR_MCAST_LAST_MEMBER_INTVL, s->mcast_last_member_ns,
		 was->mcast_last_member_ns},
		{IFLA_BR_MCAST_QUERY_RESPONSE_INTVL, s->mcast_response_ns, was->mcast_response_ns},
	};
	size_t i;

	for (i = 0; i < sizeof(times) / sizeof(*times); i++)
		if (times[i].now != times[i].before)
			mnl_attr_put_u64(h, times[i].attr, times[i].now / 10000000);
	if (s->mcast_last_member_count != was->mcast_last_member_count)
		mnl_attr_put_u32(h, IFLA_BR_MCAST_LAST_MEMBER_CNT, s->mcast_last_member_count);
	if (s->mcast_snooping != was->mcast_snooping)
		mnl_attr_put_u8(h, IFLA_BR_MCAST_SNOOPING, s->mcast_snooping);
}

static struct nlmsghdr *bridge_message(struct nl *nl, int ifindex, struct nlattr **info,
				       struct nlattr **data)
{
	struct nlmsghdr *h = begin(nl, RTM_NEWLINK, 0);

	link_message(h, ifindex, AF_UNSPEC);
	*info = mnl_attr_nest_start(h, IFLA_LINKINFO);
	mnl_attr_put_strz(h, IFLA_INFO_KIND, "bridge");
	*data = mnl_attr_nest_start(h, IFLA_INFO_DATA);
	return h;
}

static int bridge_talk(struct nl *nl, struct nlmsghdr *h, struct nlattr *info, struct nlattr *data)
{
	mnl_attr_nest_end(h, data);
	mnl_attr_nest_end(h, info);
	return talk(nl, h, NULL, NULL);
}

/* Apart from the times, which the kernel would read only after it. */
static int set_querier(struct nl *nl, int ifindex, bool on)
{
	struct nlattr *info, *data;
	struct nlmsghdr *h = bridge_message(nl, ifindex, &info, &data);

	mnl_attr_put_u8(h, IFLA_BR_MCAST_QUERIER, on);
	return bridge_talk(nl, h, info, data);
}

static int set_address(struct nl *nl, int ifindex, const uint8_t address[6])
{
	struct nlmsghdr *h = begin(nl, RTM_NEWLINK, 0);

	link_message(h, ifindex, AF_UNSPEC);
	mnl_attr_put(h, IFLA_ADDRESS, 6, address);
	return talk(nl, h, NULL, NULL);
}

int nl_set_bridge(struct nl *nl, int ifindex, const struct brm_bridge *set,
		  const struct brm_bridge *before)
{
	struct nlattr *info, *data;
	struct nlmsghdr *h;
	int ret = 0;

	if (memcmp(set->address, before->address, 6))
		ret = set_address(nl, ifindex, set->address);
	if (ret)
		return ret;
	h = bridge_message(nl, ifindex, &info, &data);
	put_bridge(h, set, before);
	put_mcast(h, set, before);
	ret = bridge_talk(nl, h, info, data);
	if (!ret && set->mcast_querier != before->mcast_querier)
		ret = set_querier(nl, ifindex, set->mcast_querier);
	return ret;
}

int nl_no_default_pvid(struct nl *nl, int ifindex)
{
	struct nlattr *info, *data;
	struct nlmsghdr *h = bridge_message(nl, ifindex, &info, &data);

	mnl_attr_put_u16(h, IFLA_BR_VLAN_DEFAULT_PVID, 0);
	return bridge_talk(nl, h, info, data);
}

int nl_no_forward_delay(struct nl *nl, int ifindex)
{
	struct nlattr *info, *data;
	struct nlmsghdr *h = bridge_message(nl, ifindex, &info, &data);

	mnl_attr_put_u32(h, IFLA_BR_FORWARD_DELAY, 0);
	return bridge_talk(nl, h, info, data);
}

int nl_set_port(struct nl *nl, int ifindex, const struct brm_port *set, bool state_too)
{
	static const struct {
		uint16_t attr;
		uint32_t flag;
	} flags[] = {
		{IFLA_BRPORT_LEARNING, BRM_F_LEARNING},
		{IFLA_BRPORT_UNICAST_FLOOD, BRM_F_FLOOD},
		{IFLA_BRPORT_MCAST_FLOOD, BRM_F_MCAST_FLOOD},
		{IFLA_BRPORT_BCAST_FLOOD, BRM_F_BCAST_FLOOD},
		{IFLA_BRPORT_MODE, BRM_F_HAIRPIN},
		{IFLA_BRPORT_ISOLATED, BRM_F_ISOLATED},
		{IFLA_BRPORT_LOCKED, BRM_F_LOCKED},
		{IFLA_BRPORT_FAST_LEAVE, BRM_F_FAST_LEAVE},
	};
	struct nlmsghdr *h = begin(nl, RTM_SETLINK, 0);
	struct nlattr *info;
	size_t i;

	link_message(h, ifindex, AF_BRIDGE);
	info = mnl_attr_nest_start(h, IFLA_PROTINFO);
	for (i = 0; i < sizeof(flags) / sizeof(*flags); i++)
		mnl_attr_put_u8(h, flags[i].attr, !!(set->flags & flags[i].flag));
	mnl_attr_put_u8(h, IFLA_BRPORT_MULTICAST_ROUTER, set->mcast_router);
	mnl_attr_put_u16(h, IFLA_BRPORT_GROUP_FWD_MASK, set->group_fwd_mask);
	if (state_too)
		mnl_attr_put_u8(h, IFLA_BRPORT_STATE, set->state);
	mnl_attr_nest_end(h, info);
	return talk(nl, h, NULL, NULL);
}

static int vlan_request(struct nl *nl, uint16_t type, int ifindex, bool bridge, uint16_t vid,
			unsigned int flags)
{
	struct nlmsghdr *h = begin(nl, type, 0);
	struct bridge_vlan_info info = {.vid = vid};
	struct nlattr *spec;

	if (flags & BRM_VLAN_PVID)
		info.flags |= BRIDGE_VLAN_INFO_PVID;
	if (flags & BRM_VLAN_UNTAGGED)
		info.flags |= BRIDGE_VLAN_INFO_UNTAGGED;
	link_message(h, ifindex, AF_BRIDGE);
	spec = mnl_attr_nest_start(h, IFLA_AF_SPEC);
	mnl_attr_put_u16(h, IFLA_BRIDGE_FLAGS, bridge ? BRIDGE_FLAGS_SELF : BRIDGE_FLAGS_MASTER);
	mnl_attr_put(h, IFLA_BRIDGE_VLAN_INFO, sizeof(info), &info);
	mnl_attr_nest_end(h, spec);
	return talk(nl, h, NULL, NULL);
}

int nl_set_vlan(struct nl *nl, int ifindex, bool bridge, uint16_t vid, unsigned int flags)
{
	return vlan_request(nl, RTM_SETLINK, ifindex, bridge, vid, flags);
}

int nl_del_vlan(struct nl *nl, int ifindex, bool bridge, uint16_t vid)
{
	return vlan_request(nl, RTM_DELLINK, ifindex, bridge, vid, 0);
}

int nl_set_vlan_state(struct nl *nl, int ifindex, uint16_t vid, uint8_t state)
{
	struct nlmsghdr *h = begin(nl, RTM_NEWVLAN, 0);
	struct bridge_vlan_info info = {.vid = vid, .flags = BRIDGE_VLAN_INFO_ONLY_OPTS};
	struct br_vlan_msg *m = mnl_nlmsg_put_extra_header(h, sizeof(*m));
	struct nlattr *entry;

	m->family = AF_BRIDGE;
	m->ifindex = ifindex;
	entry = mnl_attr_nest_start(h, BRIDGE_VLANDB_ENTRY);
	mnl_attr_put(h, BRIDGE_VLANDB_ENTRY_INFO, sizeof(info), &info);
	mnl_attr_put_u8(h, BRIDGE_VLANDB_ENTRY_STATE, state);
	mnl_attr_nest_end(h, entry);
	return talk(nl, h, NULL, NULL);
}

static struct nlmsghdr *neighbour(struct nl *nl, uint16_t type, uint16_t flags, int ifindex,
				  const uint8_t *address, uint16_t vid, uint8_t ntf, uint16_t state)
{
	struct nlmsghdr *h = begin(nl, type, flags);
	struct ndmsg *m = mnl_nlmsg_put_extra_header(h, sizeof(*m));

	m->ndm_family = AF_BRIDGE;
	m->ndm_ifindex = ifindex;
	m->ndm_flags = ntf;
	m->ndm_state = state;
	mnl_attr_put(h, NDA_LLADDR, 6, address);
	if (vid)
		mnl_attr_put_u16(h, NDA_VLAN, vid);
	return h;
}

int nl_set_fdb(struct nl *nl, int ifindex, bool bridge, const struct brm_fdb *e)
{
	uint8_t ntf = bridge ? NTF_SELF : NTF_MASTER;
	uint16_t state = NUD_REACHABLE;

	if (e->flags & BRM_FDB_LOCAL)
		state = NUD_PERMANENT;
	else if (e->flags & BRM_FDB_STATIC)
		state = NUD_NOARP;
	if (e->flags & BRM_FDB_STICKY)
		ntf |= NTF_STICKY;
	if (e->flags & BRM_FDB_EXT_LEARNED)
		ntf |= NTF_EXT_LEARNED;
	return talk(nl,
		    neighbour(nl, RTM_NEWNEIGH, NLM_F_CREATE | NLM_F_REPLACE, ifindex, e->address,
			      e->vid, ntf, state),
		    NULL, NULL);
}

int nl_del_fdb(struct nl *nl, int ifindex, const uint8_t address[6], uint16_t vid)
{
	return talk(nl, neighbour(nl, RTM_DELNEIGH, 0, ifindex, address, vid, NTF_MASTER, 0), NULL,
		    NULL);
}

int nl_add_mdb(struct nl *nl, int bridge, int ifindex, const uint8_t *group, uint8_t size,
	       uint16_t vid)
{
	struct nlmsghdr *h = begin(nl, RTM_NEWMDB, NLM_F_CREATE);
	struct br_port_msg *m = mnl_nlmsg_put_extra_header(h, sizeof(*m));
	struct br_mdb_entry e = {.ifindex = ifindex, .state = MDB_PERMANENT, .vid = vid};

	m->family = AF_BRIDGE;
	m->ifindex = bridge;
	if (ifindex == bridge)
		e.state = MDB_TEMPORARY; /* host groups are never permanent */
	memcpy(&e.addr.u, group, size);
	e.addr.proto = size == 4 ? htons(0x0800) : size == 16 ? htons(0x86dd) : 0;
	mnl_attr_put(h, MDBA_SET_ENTRY, sizeof(e), &e);
	return talk(nl, h, NULL, NULL);
}

/* The attribute `type` among those that start at `first`, NULL if there is none. */
static const struct nlattr *in_nest(const struct nlattr *nest, uint16_t type)
{
	const struct nlattr *a;

	if (!nest)
		return NULL;
	mnl_attr_for_each_nested(a, nest) if (mnl_attr_get_type(a) == type) return a;
	return NULL;
}

struct link_facts {
	int port_state, oper_state;
};

static int read_link(const struct nlmsghdr *h, void *data)
{
	struct link_facts *out = data;
	const struct nlattr *a, *state;

	mnl_attr_for_each(a, h, sizeof(struct ifinfomsg))
	{
		if (mnl_attr_get_type(a) == IFLA_OPERSTATE)
			out->oper_state = mnl_attr_get_u8(a);
		if (mnl_attr_get_type(a) != IFLA_LINKINFO)
			continue;
		state = in_nest(in_nest(a, IFLA_INFO_SLAVE_DATA), IFLA_BRPORT_STATE);
		if (state)
			out->port_state = mnl_attr_get_u8(state);
	}
	return MNL_CB_OK;
}

static int get_link(struct nl *nl, int ifindex, struct link_facts *out)
{
	struct nlmsghdr *h = begin(nl, RTM_GETLINK, 0);

	*out = (struct link_facts){.port_state = -ENOENT, .oper_state = IF_OPER_UNKNOWN};
	link_message(h, ifindex, AF_UNSPEC);
	return talk(nl, h, read_link, out);
}

int nl_port_state(struct nl *nl, int ifindex)
{
	struct link_facts facts;
	int ret = get_link(nl, ifindex, &facts);

	return ret ? ret : facts.port_state;
}

int nl_is_up(struct nl *nl, int ifindex)
{
	struct link_facts facts;
	int ret = get_link(nl, ifindex, &facts);

	return ret ? ret : facts.oper_state == IF_OPER_UP;
}

struct fdb_dump {
	int bridge, max, have;
	struct nl_fdb *out;
};

static uint8_t entry_flags(const struct ndmsg *m)
{
	uint8_t flags = 0;

	if (m->ndm_state & NUD_PERMANENT)
		flags |= BRM_FDB_LOCAL | BRM_FDB_STATIC;
	if (m->ndm_state & NUD_NOARP)
		flags |= BRM_FDB_STATIC;
	if (m->ndm_flags & NTF_STICKY)
		flags |= BRM_FDB_STICKY;
	if (m->ndm_flags & NTF_EXT_LEARNED)
		flags |= BRM_FDB_EXT_LEARNED;
	return flags;
}

/* Without NDA_MASTER it is a device's own address list, except for the bridge's own entries. */
static int read_fdb(const struct nlmsghdr *h, void *data)
{
	const struct ndmsg *m = mnl_nlmsg_get_payload(h);
	struct fdb_dump *d = data;
	struct nl_fdb e = {.ifindex = m->ndm_ifindex, .entry.flags = entry_flags(m)};
	const struct nlattr *a;
	bool mine = false, address = false;

	if (h->nlmsg_type != RTM_NEWNEIGH)
		return MNL_CB_OK;
	mnl_attr_for_each(a, h, sizeof(*m))
	{
		if (mnl_attr_get_type(a) == NDA_MASTER)
			mine = mnl_attr_get_u32(a) == (uint32_t)d->bridge;
		else if (mnl_attr_get_type(a) == NDA_VLAN)
			e.entry.vid = mnl_attr_get_u16(a);
		else if (mnl_attr_get_type(a) == NDA_LLADDR && mnl_attr_get_payload_len(a) == 6) {
			memcpy(e.entry.address, mnl_attr_get_payload(a), 6);
			address = true;
		}
	}
	if (!mine || !address)
		return MNL_CB_OK;
	if (d->have < d->max)
		d->out[d->have] = e;
	d->have++;
	return MNL_CB_OK;
}

int nl_dump_fdb(struct nl *nl, int bridge, struct nl_fdb *out, int max)
{
	struct nlmsghdr *h = begin(nl, RTM_GETNEIGH, NLM_F_DUMP);
	struct fdb_dump d = {.bridge = bridge, .max = max, .out = out};
	struct ndmsg *m = mnl_nlmsg_put_extra_header(h, sizeof(*m));
	int ret;

	m->ndm_family = AF_BRIDGE;
	ret = talk(nl, h, read_fdb, &d);
	return ret ? ret : d.have;
}
