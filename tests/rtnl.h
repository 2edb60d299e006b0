/* SPDX-License-Identifier: GPL-2.0-or-later */
/* rtnetlink requests that are answered with an acknowledgement, and a bridge port's settings. */
#ifndef TESTS_RTNL_H
#define TESTS_RTNL_H

#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>

/* A socket of the calling thread's network namespace, or NULL. */
static inline struct mnl_socket *rtnl_open(void)
{
	struct mnl_socket *nl = mnl_socket_open(NETLINK_ROUTE);

	if (!nl || mnl_socket_bind(nl, 0, MNL_SOCKET_AUTOPID) >= 0)
		return nl;
	mnl_socket_close(nl);
	return NULL;
}

static inline struct nlmsghdr *rtnl_begin(char *buf, uint16_t type)
{
	struct nlmsghdr *h = mnl_nlmsg_put_header(buf);

	h->nlmsg_type = type;
	h->nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK;
	return h;
}

static inline struct nlmsghdr *rtnl_begin_link(char *buf, uint16_t type, uint8_t family,
					       int ifindex)
{
	struct nlmsghdr *h = rtnl_begin(buf, type);
	struct ifinfomsg *info = mnl_nlmsg_put_extra_header(h, sizeof(*info));

	info->ifi_family = family;
	info->ifi_index = ifindex;
	return h;
}

/* 0, or -errno as the kernel answered. */
static inline int rtnl_talk(struct mnl_socket *nl, const struct nlmsghdr *h)
{
	char answer[8192];
	ssize_t len = mnl_socket_sendto(nl, h, h->nlmsg_len);

	if (len >= 0)
		len = mnl_socket_recvfrom(nl, answer, sizeof(answer));
	if (len < 0 || mnl_cb_run(answer, (size_t)len, 0, 0, NULL, NULL) < 0)
		return -errno;
	return 0;
}

/* `type` of IFLA_BRPORT_... */
static inline int rtnl_set_port(struct mnl_socket *nl, int ifindex, uint16_t type, uint8_t value)
{
	char buf[256];
	struct nlmsghdr *h = rtnl_begin_link(buf, RTM_SETLINK, AF_BRIDGE, ifindex);
	struct nlattr *info = mnl_attr_nest_start(h, IFLA_PROTINFO);

	mnl_attr_put_u8(h, type, value);
	mnl_attr_nest_end(h, info);
	return rtnl_talk(nl, h);
}

#endif
