/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "xdp_features.h"

#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/genetlink.h>
#include <stdbool.h>
#include <sys/socket.h>

/* linux/netdev.h of Linux 6.3, newer than Debian 12's headers. */
enum { NETDEV_CMD_DEV_GET = 1 };
enum { NETDEV_A_DEV_IFINDEX = 1, NETDEV_A_DEV_XDP_FEATURES = 3 };

struct answer {
	uint16_t type; /* the attribute that is wanted */
	uint64_t value;
	bool found;
};

static int take(const struct nlattr *attr, void *data)
{
	struct answer *answer = data;

	if (mnl_attr_get_type(attr) != answer->type)
		return MNL_CB_OK;
	if (mnl_attr_validate(attr, MNL_TYPE_U64) >= 0)
		answer->value = mnl_attr_get_u64(attr);
	else if (mnl_attr_validate(attr, MNL_TYPE_U16) >= 0)
		answer->value = mnl_attr_get_u16(attr);
	else
		return MNL_CB_OK;
	answer->found = true;
	return MNL_CB_OK;
}

static int message(const struct nlmsghdr *h, void *data)
{
	return mnl_attr_parse(h, sizeof(struct genlmsghdr), take, data);
}

static struct nlmsghdr *begin(void *buf, uint16_t family, uint8_t command)
{
	struct nlmsghdr *h = mnl_nlmsg_put_header(buf);
	struct genlmsghdr *genl;

	h->nlmsg_type = family;
	h->nlmsg_flags = NLM_F_REQUEST;
	genl = mnl_nlmsg_put_extra_header(h, sizeof(*genl));
	genl->cmd = command;
	genl->version = 1;
	return h;
}

static int ask(struct mnl_socket *nl, struct nlmsghdr *h, struct answer *answer)
{
	char buf[16384];
	ssize_t len;

	if (mnl_socket_sendto(nl, h, h->nlmsg_len) < 0)
		return -errno;
	len = mnl_socket_recvfrom(nl, buf, sizeof(buf));
	if (len < 0 || mnl_cb_run(buf, len, 0, 0, message, answer) < 0)
		return -errno;
	return answer->found ? 0 : -ENOENT;
}

static int query(struct mnl_socket *nl, uint32_t ifindex, uint64_t *features)
{
	struct answer family = {.type = CTRL_ATTR_FAMILY_ID},
		      answer = {.type = NETDEV_A_DEV_XDP_FEATURES};
	char buf[256];
	struct nlmsghdr *h = begin(buf, GENL_ID_CTRL, CTRL_CMD_GETFAMILY);
	int ret;

	mnl_attr_put_strz(h, CTRL_ATTR_FAMILY_NAME, "netdev");
	ret = ask(nl, h, &family);
	if (ret)
		return ret;
	h = begin(buf, family.value, NETDEV_CMD_DEV_GET);
	mnl_attr_put_u32(h, NETDEV_A_DEV_IFINDEX, ifindex);
	ret = ask(nl, h, &answer);
	if (!ret)
		*features = answer.value;
	return ret;
}

int xdp_features_get(uint32_t ifindex, uint64_t *features)
{
	struct mnl_socket *nl = mnl_socket_open2(NETLINK_GENERIC, SOCK_CLOEXEC);
	int ret;

	if (!nl)
		return -errno;
	ret = mnl_socket_bind(nl, 0, MNL_SOCKET_AUTOPID) < 0 ? -errno
							     : query(nl, ifindex, features);
	mnl_socket_close(nl);
	return ret;
}
