/* SPDX-License-Identifier: GPL-2.0-or-later */
/* brset BRIDGE|PORT SETTING VALUE... : settings of a bridge that are newer than Debian 12's
 * iproute2.
 *
 * Of a bridge: mst_enabled 0|1, fdb_max_learned N. Of a port: mab 0|1, neigh_vlan_suppress 0|1, mst
 * MSTI STATE. Of a port's VLAN: msti VID MSTI is the bridge's. Values as in linux/if_bridge.h and
 * if_link.h of Linux 6.12. */
#include "cli.h"
#include "rtnl.h"

#include <errno.h>
#include <linux/if_bridge.h>
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
static struct mnl_socket *nl;

static int set_bridge(int ifindex, uint16_t type, const void *value, size_t len)
{
	struct nlmsghdr *h = rtnl_begin_link(buf, RTM_NEWLINK, AF_UNSPEC, ifindex);
	struct nlattr *info = mnl_attr_nest_start(h, IFLA_LINKINFO), *data;

	mnl_attr_put_strz(h, IFLA_INFO_KIND, "bridge");
	data = mnl_attr_nest_start(h, IFLA_INFO_DATA);
	mnl_attr_put(h, type, len, value);
	mnl_attr_nest_end(h, data);
	mnl_attr_nest_end(h, info);
	return rtnl_talk(nl, h);
}

static int set_state(int ifindex, uint16_t msti, uint8_t state)
{
	struct nlmsghdr *h = rtnl_begin_link(buf, RTM_SETLINK, AF_BRIDGE, ifindex);
	struct nlattr *spec = mnl_attr_nest_start(h, IFLA_AF_SPEC), *mst, *entry;

	mst = mnl_attr_nest_start(h, IFLA_BRIDGE_MST);
	entry = mnl_attr_nest_start(h, IFLA_BRIDGE_MST_ENTRY);
	mnl_attr_put_u16(h, IFLA_BRIDGE_MST_ENTRY_MSTI, msti);
	mnl_attr_put_u8(h, IFLA_BRIDGE_MST_ENTRY_STATE, state);
	mnl_attr_nest_end(h, entry);
	mnl_attr_nest_end(h, mst);
	mnl_attr_nest_end(h, spec);
	return rtnl_talk(nl, h);
}

static int set_msti(int ifindex, uint16_t vid, uint16_t msti)
{
	struct nlmsghdr *h = rtnl_begin(buf, RTM_NEWVLAN);
	struct br_vlan_msg *msg = mnl_nlmsg_put_extra_header(h, sizeof(*msg));
	struct nlattr *options;

	msg->family = AF_BRIDGE;
	msg->ifindex = (uint32_t)ifindex;
	options = mnl_attr_nest_start(h, BRIDGE_VLANDB_GLOBAL_OPTIONS);
	mnl_attr_put_u16(h, BRIDGE_VLANDB_GOPTS_ID, vid);
	mnl_attr_put_u16(h, BRIDGE_VLANDB_GOPTS_MSTI, msti);
	mnl_attr_nest_end(h, options);
	return rtnl_talk(nl, h);
}

static int set(int ifindex, const char *what, uint32_t a, uint32_t b)
{
	struct br_boolopt_multi multi = {.optval = a << BR_BOOLOPT_MST_ENABLE,
					 .optmask = 1u << BR_BOOLOPT_MST_ENABLE};

	if (!strcmp(what, "mst_enabled"))
		return set_bridge(ifindex, IFLA_BR_MULTI_BOOLOPT, &multi, sizeof(multi));
	if (!strcmp(what, "fdb_max_learned"))
		return set_bridge(ifindex, BR_FDB_MAX_LEARNED, &a, sizeof(a));
	if (!strcmp(what, "mab"))
		return rtnl_set_port(nl, ifindex, BRPORT_MAB, (uint8_t)a);
	if (!strcmp(what, "neigh_vlan_suppress"))
		return rtnl_set_port(nl, ifindex, BRPORT_NEIGH_VLAN_SUPPRESS, (uint8_t)a);
	if (!strcmp(what, "mst"))
		return set_state(ifindex, (uint16_t)a, (uint8_t)b);
	if (!strcmp(what, "msti"))
		return set_msti(ifindex, (uint16_t)a, (uint16_t)b);
	return -ENOENT;
}

int main(int argc, char **argv)
{
	uint64_t a = 0, b = 0;
	int ifindex, ret;

	cli_init("brset");
	if (argc < 4 || argc > 5 || cli_number(argv[3], 0, UINT32_MAX, &a) ||
	    (argc == 5 && cli_number(argv[4], 0, UINT32_MAX, &b)))
		return cli_usage("BRIDGE|PORT SETTING VALUE [VALUE]");
	ifindex = (int)if_nametoindex(argv[1]);
	if (!ifindex)
		return cli_fail("there is no interface '%s' here", argv[1]);
	nl = rtnl_open();
	if (!nl)
		return cli_fail("no netlink socket: %s", strerror(errno));
	ret = set(ifindex, argv[2], (uint32_t)a, (uint32_t)b);
	return ret ? cli_fail("%s %s: %s", argv[1], argv[2], strerror(-ret)) : EXIT_YES;
}
