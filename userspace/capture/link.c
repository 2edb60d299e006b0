/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "link.h"

#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LOWER_UP 0x10000 /* IFF_LOWER_UP of linux/if.h, which does not go with net/if.h */

static int take_attribute(const struct nlattr *attr, void *arg)
{
	struct link_info *info = arg;
	struct rtnl_link_stats64 stats;

	switch (mnl_attr_get_type(attr)) {
	case IFLA_ADDRESS:
		if (mnl_attr_get_payload_len(attr) == 6)
			memcpy(info->address, mnl_attr_get_payload(attr), 6);
		break;
	case IFLA_STATS64:
		if (mnl_attr_get_payload_len(attr) < offsetof(struct rtnl_link_stats64, rx_bytes))
			break;
		/* Attributes are aligned to 4 octets only. */
		memset(&stats, 0, sizeof(stats));
		memcpy(&stats, mnl_attr_get_payload(attr),
		       offsetof(struct rtnl_link_stats64, rx_bytes));
		info->rx_packets = stats.rx_packets;
		info->tx_packets = stats.tx_packets;
		break;
	}
	return MNL_CB_OK;
}

static int take_link(const struct nlmsghdr *nlh, void *arg)
{
	const struct ifinfomsg *ifi = mnl_nlmsg_get_payload(nlh);
	struct link_info *info = arg;

	if (nlh->nlmsg_type != RTM_NEWLINK)
		return MNL_CB_OK;
	info->ifindex = ifi->ifi_index;
	info->up = ifi->ifi_flags & IFF_UP;
	info->carrier = ifi->ifi_flags & LOWER_UP;
	info->arphrd = ifi->ifi_type;
	mnl_attr_parse(nlh, sizeof(*ifi), take_attribute, info);
	return MNL_CB_STOP;
}

static int ask(struct mnl_socket *nl, const char *ifname, int ifindex, struct link_info *out)
{
	/* One link with all its virtual functions may be long; the kernel cuts nothing off
	 * silently. */
	static char buf[65536];
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf);
	struct ifinfomsg *ifi;
	ssize_t n;

	nlh->nlmsg_type = RTM_GETLINK;
	nlh->nlmsg_flags = NLM_F_REQUEST;
	nlh->nlmsg_seq = 1;
	ifi = mnl_nlmsg_put_extra_header(nlh, sizeof(*ifi));
	ifi->ifi_index = ifindex;
	if (ifname)
		mnl_attr_put_strz(nlh, IFLA_IFNAME, ifname);
	if (mnl_socket_sendto(nl, nlh, nlh->nlmsg_len) < 0)
		return -errno;
	n = mnl_socket_recvfrom(nl, buf, sizeof(buf));
	if (n < 0)
		return -errno;
	return mnl_cb_run(buf, (size_t)n, 1, mnl_socket_get_portid(nl), take_link, out) < 0 ? -errno
											    : 0;
}

static int info_of(const char *ifname, int ifindex, struct link_info *out)
{
	struct mnl_socket *nl;
	int ret;

	memset(out, 0, sizeof(*out));
	nl = mnl_socket_open2(NETLINK_ROUTE, SOCK_CLOEXEC);
	if (!nl)
		return -errno;
	ret = mnl_socket_bind(nl, 0, MNL_SOCKET_AUTOPID) < 0 ? -errno
							     : ask(nl, ifname, ifindex, out);
	mnl_socket_close(nl);
	return ret;
}

int link_info(const char *ifname, struct link_info *out)
{
	return *ifname && strlen(ifname) < IFNAMSIZ ? info_of(ifname, 0, out) : -ENODEV;
}

int link_info_at(int ifindex, struct link_info *out)
{
	return info_of(NULL, ifindex, out);
}

static bool read_line(const char *ifname, const char *file, char *out, int size)
{
	char path[128];
	FILE *f;
	bool got;

	snprintf(path, sizeof(path), "/sys/class/net/%s/%s", ifname, file);
	f = fopen(path, "re");
	if (!f)
		return false;
	got = fgets(out, size, f);
	fclose(f);
	if (got)
		out[strcspn(out, "\n")] = 0;
	return got;
}

void link_tagger(const char *ifname, const struct link_info *info, char out[32])
{
	char text[64], address[18];

	out[0] = 0;
	snprintf(address, sizeof(address), "%02x:%02x:%02x:%02x:%02x:%02x", info->address[0],
		 info->address[1], info->address[2], info->address[3], info->address[4],
		 info->address[5]);
	/* sysfs belongs to the namespace that mounted it, which another interface of this name may
	 * be in. */
	if (strchr(ifname, '/') || !read_line(ifname, "ifindex", text, sizeof(text)) ||
	    atoi(text) != info->ifindex || !read_line(ifname, "address", text, sizeof(text)) ||
	    strcmp(text, address))
		return;
	if (!read_line(ifname, "dsa/tagging", out, 32))
		out[0] = 0;
}
