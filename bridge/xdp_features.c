/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "xdp_features.h"

#include <errno.h>
#include <fcntl.h>
#include <libmnl/libmnl.h>
#include <linux/genetlink.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* linux/netdev.h of Linux 6.3, newer than Debian 12's headers. */
enum { NETDEV_CMD_DEV_GET = 1, NETDEV_CMD_DEV_CHANGE_NTF = 4 };
enum { NETDEV_A_DEV_IFINDEX = 1, NETDEV_A_DEV_XDP_FEATURES = 3 };

struct answer {
	mnl_attr_cb_t take;
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
	else if (mnl_attr_validate(attr, MNL_TYPE_U32) >= 0)
		answer->value = mnl_attr_get_u32(attr);
	else if (mnl_attr_validate(attr, MNL_TYPE_U16) >= 0)
		answer->value = mnl_attr_get_u16(attr);
	else
		return MNL_CB_OK;
	answer->found = true;
	return MNL_CB_OK;
}

static int message(const struct nlmsghdr *h, void *data)
{
	return mnl_attr_parse(h, sizeof(struct genlmsghdr), ((struct answer *)data)->take, data);
}

/* The number of the multicast group "mgmt". */
static int take_group(const struct nlattr *attr, void *data)
{
	struct answer *answer = data;
	const struct nlattr *group, *field;

	if (mnl_attr_get_type(attr) != CTRL_ATTR_MCAST_GROUPS)
		return MNL_CB_OK;
	mnl_attr_for_each_nested(group, attr)
	{
		uint32_t id = 0;
		bool mgmt = false;

		mnl_attr_for_each_nested(field, group)
		{
			if (mnl_attr_get_type(field) == CTRL_ATTR_MCAST_GRP_ID)
				id = mnl_attr_get_u32(field);
			if (mnl_attr_get_type(field) == CTRL_ATTR_MCAST_GRP_NAME)
				mgmt = !strcmp(mnl_attr_get_str(field), "mgmt");
		}
		if (mgmt) {
			answer->value = id;
			answer->found = true;
		}
	}
	return MNL_CB_OK;
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

/* What the family "netdev" is called here: one of its numbers. */
static int family(struct mnl_socket *nl, mnl_attr_cb_t take_it, struct answer *answer)
{
	char buf[256];
	struct nlmsghdr *h = begin(buf, GENL_ID_CTRL, CTRL_CMD_GETFAMILY);

	answer->take = take_it;
	mnl_attr_put_strz(h, CTRL_ATTR_FAMILY_NAME, "netdev");
	return ask(nl, h, answer);
}

/* The family is no module (net/core/netdev-genl.c): what is so once stays so. Where it is not there,
 * before Linux 6.3, each question would have the kernel run modprobe (ctrl_getfamily() of
 * net/netlink/genetlink.c). */
static int family_number(struct mnl_socket *nl, uint16_t *number)
{
	static int known; /* 0, the number, or -ENOENT */
	struct answer id = {.type = CTRL_ATTR_FAMILY_ID};
	int ret = 0;

	if (!known) {
		ret = family(nl, take, &id);
		if (!ret || ret == -ENOENT)
			known = ret ? ret : (int)id.value;
	}
	if (known > 0)
		*number = (uint16_t)known;
	return known < 0 ? known : ret;
}

static int query(struct mnl_socket *nl, uint32_t ifindex, uint64_t *features)
{
	struct answer answer = {.type = NETDEV_A_DEV_XDP_FEATURES, .take = take};
	char buf[256];
	struct nlmsghdr *h;
	uint16_t number = 0;
	int ret = family_number(nl, &number);

	if (ret)
		return ret;
	h = begin(buf, number, NETDEV_CMD_DEV_GET);
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

static int join(struct mnl_socket *nl)
{
	struct answer group = {0};
	int ret, id;

	if (mnl_socket_bind(nl, 0, MNL_SOCKET_AUTOPID) < 0)
		return -errno;
	ret = family(nl, take_group, &group);
	if (ret)
		return ret;
	id = group.value;
	return mnl_socket_setsockopt(nl, NETLINK_ADD_MEMBERSHIP, &id, sizeof(id)) < 0 ? -errno : 0;
}

int xdp_features_watch(void)
{
	struct mnl_socket *nl = mnl_socket_open2(NETLINK_GENERIC, SOCK_CLOEXEC);
	int ret;

	if (!nl)
		return -errno;
	ret = join(nl);
	if (!ret)
		ret = fcntl(mnl_socket_get_fd(nl), F_DUPFD_CLOEXEC, 0);
	if (ret == -1)
		ret = -errno;
	mnl_socket_close(nl);
	return ret;
}

struct changed {
	void (*call)(uint32_t ifindex, void *arg);
	void *arg;
};

static int notification(const struct nlmsghdr *h, void *data)
{
	const struct genlmsghdr *genl = mnl_nlmsg_get_payload(h);
	struct answer device = {.type = NETDEV_A_DEV_IFINDEX, .take = take};
	struct changed *changed = data;

	if (mnl_nlmsg_get_payload_len(h) < sizeof(*genl) || genl->cmd != NETDEV_CMD_DEV_CHANGE_NTF)
		return MNL_CB_OK;
	message(h, &device);
	if (device.found)
		changed->call(device.value, changed->arg);
	return MNL_CB_OK;
}

int xdp_features_changed(int fd, void (*call)(uint32_t ifindex, void *arg), void *arg)
{
	struct changed changed = {call, arg};
	char buf[16384];
	ssize_t len;

	for (;;) {
		len = recv(fd, buf, sizeof(buf), MSG_DONTWAIT);
		if (len < 0)
			return errno == EAGAIN ? 0 : -errno;
		mnl_cb_run(buf, len, 0, 0, notification, &changed);
	}
}
