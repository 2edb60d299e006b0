/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "xdp_query.h"

#include <libmnl/libmnl.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <stdlib.h>

#define ANSWER_MAX 32768 /* a link's message, without its virtual functions */

/* IFLA_XDP_*, IFLA_XDP_PROG_ID being there for one program alone. */
struct ids {
	uint32_t one, native, generic;
};

static int take_id(const struct nlattr *attr, void *data)
{
	struct ids *ids = data;
	uint32_t *id = NULL;

	switch (mnl_attr_get_type(attr)) {
	case IFLA_XDP_PROG_ID:
		id = &ids->one;
		break;
	case IFLA_XDP_DRV_PROG_ID:
		id = &ids->native;
		break;
	case IFLA_XDP_SKB_PROG_ID:
		id = &ids->generic;
		break;
	}
	if (id && mnl_attr_validate(attr, MNL_TYPE_U32) >= 0)
		*id = mnl_attr_get_u32(attr);
	return MNL_CB_OK;
}

static int take_link(const struct nlattr *attr, void *data)
{
	return mnl_attr_get_type(attr) == IFLA_XDP ? mnl_attr_parse_nested(attr, take_id, data)
						   : MNL_CB_OK;
}

static int message(const struct nlmsghdr *h, void *data)
{
	return mnl_attr_parse(h, sizeof(struct ifinfomsg), take_link, data);
}

static int ask(struct mnl_socket *nl, uint32_t ifindex, struct ids *ids)
{
	char *buf = malloc(ANSWER_MAX);
	struct nlmsghdr *h;
	struct ifinfomsg *info;
	ssize_t len = -1;

	if (!buf)
		return -1;
	h = mnl_nlmsg_put_header(buf);
	h->nlmsg_type = RTM_GETLINK;
	h->nlmsg_flags = NLM_F_REQUEST;
	info = mnl_nlmsg_put_extra_header(h, sizeof(*info));
	info->ifi_index = ifindex;
	mnl_attr_put_u32(h, IFLA_EXT_MASK, RTEXT_FILTER_SKIP_STATS);
	if (mnl_socket_bind(nl, 0, MNL_SOCKET_AUTOPID) >= 0 &&
	    mnl_socket_sendto(nl, h, h->nlmsg_len) >= 0)
		len = mnl_socket_recvfrom(nl, buf, ANSWER_MAX);
	if (len >= 0)
		len = mnl_cb_run(buf, len, 0, 0, message, ids);
	free(buf);
	return len < 0 ? -1 : 0;
}

uint32_t xdp_query(uint32_t ifindex, bool *generic)
{
	struct mnl_socket *nl = mnl_socket_open2(NETLINK_ROUTE, SOCK_CLOEXEC);
	struct ids ids = {0};
	uint32_t id;

	*generic = false;
	if (!nl)
		return 0;
	ask(nl, ifindex, &ids);
	mnl_socket_close(nl);
	id = ids.native ? ids.native : ids.one ? ids.one : ids.generic;
	*generic = id && id == ids.generic;
	return id;
}
