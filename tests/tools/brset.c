/* SPDX-License-Identifier: GPL-2.0-or-later */
/* brset BRIDGE|PORT SETTING VALUE... : settings of a bridge that are newer than Debian 12's
 * iproute2.
 *
 * Of a bridge: mst_enabled 0|1, fdb_max_learned N. Of a port: mab 0|1, neigh_vlan_suppress 0|1, mst
 * MSTI STATE. Of a port's VLAN: msti VID MSTI is the bridge's. Values as in linux/if_bridge.h and
 * if_link.h of Linux 6.12. */
#include "cli.h"

#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/if_bridge.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>

/* Newer than Debian 12's headers. */
enum {
	BR_FDB_MAX_LEARNED = 49,
	BRPORT_MAB = 40,
	BRPORT_NEIGH_VLAN_SUPPRESS = 43,
};

static char buf[512];

static struct nlmsghdr *request(uint16_t type, uint8_t family, uint32_t ifindex)
{
	struct nlmsghdr *h = mnl_nlmsg_put_header(buf);
	struct ifinfomsg *info;

	h->nlmsg_type = type;
	h->nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK;
	info = mnl_nlmsg_put_extra_header(h, sizeof(*info));
	info->ifi_family = family;
	info->ifi_index = (int)ifindex;
	return h;
}

static int send_it(const struct nlmsghdr *h)
{
	struct mnl_socket *nl = mnl_socket_open(NETLINK_ROUTE);
	char answer[8192];
	ssize_t len;
	int ret = 0;

	if (!nl || mnl_socket_bind(nl, 0, MNL_SOCKET_AUTOPID) < 0 ||
	    mnl_socket_sendto(nl, h, h->nlmsg_len) < 0)
		return -errno;
	len = mnl_socket_recvfrom(nl, answer, sizeof(answer));
	if (len < 0 || mnl_cb_run(answer, (size_t)len, 0, 0, NULL, NULL) < 0)
		ret = -errno;
	mnl_socket_close(nl);
	return ret;
}

static int set_bridge(uint32_t ifindex, uint16_t type, const void *value, size_t len)
{
	struct nlmsghdr *h = request(RTM_NEWLINK, AF_UNSPEC, ifindex);
	struct nlattr *info = mnl_attr_nest_start(h, IFLA_LINKINFO), *data;

	mnl_attr_put_strz(h, IFLA_INFO_KIND, "bridge");
	data = mnl_attr_nest_start(h, IFLA_INFO_DATA);
	mnl_attr_put(h, type, len, value);
	mnl_attr_nest_end(h, data);
	mnl_attr_nest_end(h, info);
	return send_it(h);
}

static int set_port(uint32_t ifindex, uint16_t type, uint8_t value)
{
	struct nlmsghdr *h = request(RTM_SETLINK, AF_BRIDGE, ifindex);
	struct nlattr *info = mnl_attr_nest_start(h, IFLA_PROTINFO);

	mnl_attr_put_u8(h, type, value);
	mnl_attr_nest_end(h, info);
	return send_it(h);
}

static int set_state(uint32_t ifindex, uint16_t msti, uint8_t state)
{
	struct nlmsghdr *h = request(RTM_SETLINK, AF_BRIDGE, ifindex);
	struct nlattr *spec = mnl_attr_nest_start(h, IFLA_AF_SPEC), *mst, *entry;

	mst = mnl_attr_nest_start(h, IFLA_BRIDGE_MST);
	entry = mnl_attr_nest_start(h, IFLA_BRIDGE_MST_ENTRY);
	mnl_attr_put_u16(h, IFLA_BRIDGE_MST_ENTRY_MSTI, msti);
	mnl_attr_put_u8(h, IFLA_BRIDGE_MST_ENTRY_STATE, state);
	mnl_attr_nest_end(h, entry);
	mnl_attr_nest_end(h, mst);
	mnl_attr_nest_end(h, spec);
	return send_it(h);
}

static int set_msti(uint32_t ifindex, uint16_t vid, uint16_t msti)
{
	struct nlmsghdr *h = mnl_nlmsg_put_header(buf);
	struct br_vlan_msg *msg;
	struct nlattr *options;

	h->nlmsg_type = RTM_NEWVLAN;
	h->nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK;
	msg = mnl_nlmsg_put_extra_header(h, sizeof(*msg));
	msg->family = AF_BRIDGE;
	msg->ifindex = ifindex;
	options = mnl_attr_nest_start(h, BRIDGE_VLANDB_GLOBAL_OPTIONS);
	mnl_attr_put_u16(h, BRIDGE_VLANDB_GOPTS_ID, vid);
	mnl_attr_put_u16(h, BRIDGE_VLANDB_GOPTS_MSTI, msti);
	mnl_attr_nest_end(h, options);
	return send_it(h);
}

static int set(uint32_t ifindex, const char *what, uint32_t a, uint32_t b)
{
	struct br_boolopt_multi multi = {.optval = a << BR_BOOLOPT_MST_ENABLE,
					 .optmask = 1u << BR_BOOLOPT_MST_ENABLE};

	if (!strcmp(what, "mst_enabled"))
		return set_bridge(ifindex, IFLA_BR_MULTI_BOOLOPT, &multi, sizeof(multi));
	if (!strcmp(what, "fdb_max_learned"))
		return set_bridge(ifindex, BR_FDB_MAX_LEARNED, &a, sizeof(a));
	if (!strcmp(what, "mab"))
		return set_port(ifindex, BRPORT_MAB, (uint8_t)a);
	if (!strcmp(what, "neigh_vlan_suppress"))
		return set_port(ifindex, BRPORT_NEIGH_VLAN_SUPPRESS, (uint8_t)a);
	if (!strcmp(what, "mst"))
		return set_state(ifindex, (uint16_t)a, (uint8_t)b);
	if (!strcmp(what, "msti"))
		return set_msti(ifindex, (uint16_t)a, (uint16_t)b);
	return -ENOENT;
}

int main(int argc, char **argv)
{
	uint64_t a = 0, b = 0;
	int ret;

	cli_init("brset");
	if (argc < 4 || argc > 5 || cli_number(argv[3], 0, UINT32_MAX, &a) ||
	    (argc == 5 && cli_number(argv[4], 0, UINT32_MAX, &b)))
		return cli_usage("BRIDGE|PORT SETTING VALUE [VALUE]");
	if (!if_nametoindex(argv[1]))
		return cli_fail("there is no interface '%s' here", argv[1]);
	ret = set(if_nametoindex(argv[1]), argv[2], (uint32_t)a, (uint32_t)b);
	return ret ? cli_fail("%s %s: %s", argv[1], argv[2], strerror(-ret)) : EXIT_YES;
}
