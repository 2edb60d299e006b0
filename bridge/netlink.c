/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "netlink.h"

#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/if_bridge.h>
#include <linux/rtnetlink.h>
#include <poll.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>

/* More than a dump's part, 32 KiB, or the widest single message. */
#define MESSAGE_MAX (256 * 1024)
#define DUMP_WAIT_MS 5000
#define LATER_MAX (64 << 20)
#define ENTRIES_A_READ 64 /* messages: some 50 us */
#define SHIFTED_TRIES 4

enum { LINKS, ENTRIES, SOCKETS };

struct netlink {
	struct mnl_socket *socket[SOCKETS];
	uint32_t seq;
	struct netlink_meanwhile meanwhile;
	char *later; /* what was announced during a dump */
	size_t later_len, later_size;
	char buffer[MESSAGE_MAX];
};

static int fd_of(const struct netlink *nl, int which)
{
	return mnl_socket_get_fd(nl->socket[which]);
}

static int subscribe(struct mnl_socket *socket, size_t receive_buffer, const int *groups)
{
	int fd = mnl_socket_get_fd(socket), size = receive_buffer, on = 1;

	if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size)))
		setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
	if (mnl_socket_bind(socket, 0, MNL_SOCKET_AUTOPID) < 0)
		return -errno;
	/* Strict checking makes the kernel refuse what it does not know instead of ignoring it. */
	mnl_socket_setsockopt(socket, NETLINK_GET_STRICT_CHK, &on, sizeof(on));
	for (; *groups; groups++) {
		int group = *groups;

		if (mnl_socket_setsockopt(socket, NETLINK_ADD_MEMBERSHIP, &group, sizeof(group)) <
		    0)
			return -errno;
	}
	return 0;
}

int netlink_open(struct netlink **out, size_t receive_buffer,
		 const struct netlink_meanwhile *meanwhile)
{
	static const int groups[SOCKETS][3] = {
		[LINKS] = {RTNLGRP_LINK, RTNLGRP_BRVLAN}, [ENTRIES] = {RTNLGRP_NEIGH}};
	struct netlink *nl = calloc(1, sizeof(*nl));
	int ret = 0, i;

	if (!nl)
		return -ENOMEM;
	nl->meanwhile = *meanwhile;
	if (!nl->meanwhile.stop)
		nl->meanwhile.stop = -1;
	for (i = 0; i < SOCKETS && !ret; i++) {
		nl->socket[i] = mnl_socket_open2(NETLINK_ROUTE, SOCK_CLOEXEC);
		ret = nl->socket[i] ? subscribe(nl->socket[i], receive_buffer, groups[i]) : -errno;
	}
	if (ret) {
		netlink_close(nl);
		return ret;
	}
	*out = nl;
	return 0;
}

void netlink_close(struct netlink *nl)
{
	int i;

	if (!nl)
		return;
	for (i = 0; i < SOCKETS; i++)
		if (nl->socket[i])
			mnl_socket_close(nl->socket[i]);
	free(nl->later);
	free(nl);
}

int netlink_watch(const struct netlink *nl, int epoll)
{
	struct epoll_event ev = {.events = EPOLLIN};
	int i;

	for (i = 0; i < SOCKETS; i++)
		if (epoll_ctl(epoll, EPOLL_CTL_ADD, fd_of(nl, i), &ev))
			return -errno;
	return 0;
}

/* Where a dump stands. */
struct progress {
	uint32_t seq;  /* 0: no dump under way */
	uint32_t port; /* the socket's: what others ask for may have the same number */
	uint16_t gone; /* the message that takes away what is dumped */
	bool done, interrupted, overrun, shifted;
	int error;
};

static void end_of_dump(struct progress *p, const struct nlmsghdr *h)
{
	const struct nlmsgerr *err = mnl_nlmsg_get_payload(h);
	int error = 0;

	if (h->nlmsg_type == NLMSG_ERROR && mnl_nlmsg_get_payload_len(h) >= sizeof(err->error))
		error = err->error;
	/* The first part of the dump found no room in the receive buffer. The dump is under way all
	 * the same (__netlink_dump_start() in net/netlink/af_netlink.c), goes on as messages are
	 * read, and until it is done another one is refused: EBUSY. */
	if (error == -ENOBUFS) {
		p->overrun = true;
		return;
	}
	p->done = true;
	p->error = error;
}

/* The kernel fills a part of a dump, lets go of its lock and only then queues it (netlink_dump() of
 * net/netlink/af_netlink.c): what was announced in between arrives before the part, and is newer.
 * So what is announced during a dump is put off until its end; it is complete from then on, or the
 * dump is repeated. False: no room. */
static bool put_off(struct netlink *nl, const struct nlmsghdr *h)
{
	size_t len = NLMSG_ALIGN(h->nlmsg_len), size = nl->later_size ? nl->later_size : 65536;
	char *bigger;

	while (size - nl->later_len < len)
		size *= 2;
	if (size > LATER_MAX)
		return false;
	if (size != nl->later_size) {
		bigger = realloc(nl->later, size);
		if (!bigger)
			return false;
		nl->later = bigger;
		nl->later_size = size;
	}
	memcpy(nl->later + nl->later_len, h, h->nlmsg_len);
	nl->later_len += len;
	return true;
}

static int catch_up(struct netlink *nl, netlink_message each, void *arg)
{
	size_t at = 0;
	int ret = 0;

	while (at < nl->later_len && !ret) {
		const struct nlmsghdr *h = (const void *)(nl->later + at);

		ret = each(h, h->nlmsg_len, arg);
		at += NLMSG_ALIGN(h->nlmsg_len);
	}
	free(nl->later);
	nl->later = NULL;
	nl->later_len = nl->later_size = 0;
	return ret;
}

/* br_fdb_dump() of net/bridge/br_fdb.c goes on where it was by counting: an entry that has been
 * shown and is deleted hides one that has not, and nothing says so. */
static bool is_gone(const struct progress *p, const struct nlmsghdr *h)
{
	const uint8_t *family = mnl_nlmsg_get_payload(h);

	return h->nlmsg_type == p->gone && mnl_nlmsg_get_payload_len(h) && *family == AF_BRIDGE;
}

/* All messages of one datagram. */
static int handle(struct netlink *nl, int len, struct progress *p, netlink_message each, void *arg)
{
	const struct nlmsghdr *h = (const void *)nl->buffer;
	int ret;

	for (; mnl_nlmsg_ok(h, len); h = mnl_nlmsg_next(h, &len)) {
		bool ours = p->seq && h->nlmsg_seq == p->seq && h->nlmsg_pid == p->port;

		if (ours && h->nlmsg_flags & NLM_F_DUMP_INTR)
			p->interrupted = true;
		if (h->nlmsg_type == NLMSG_DONE || h->nlmsg_type == NLMSG_ERROR) {
			if (ours)
				end_of_dump(p, h);
			continue;
		}
		if (h->nlmsg_type < NLMSG_MIN_TYPE)
			continue;
		if (p->seq && !ours) {
			p->shifted |= is_gone(p, h);
			if (put_off(nl, h))
				continue;
		}
		ret = each(h, h->nlmsg_len, arg);
		if (ret)
			return ret;
	}
	return 0;
}

static int receive(struct netlink *nl, int which)
{
	ssize_t len;

	do
		len = recv(fd_of(nl, which), nl->buffer, sizeof(nl->buffer),
			   MSG_DONTWAIT | MSG_TRUNC);
	while (len < 0 && errno == EINTR);
	if (len < 0)
		return -errno;
	return len > (ssize_t)sizeof(nl->buffer) ? -EMSGSIZE : len;
}

/* At most `max` datagrams of one socket. */
static int read_some(struct netlink *nl, int which, unsigned int max, netlink_message each,
		     void *arg)
{
	struct progress none = {0};
	int len, ret = 0;

	while (!ret && max--) {
		len = receive(nl, which);
		if (len == -EAGAIN)
			return 0;
		ret = len < 0 ? len : handle(nl, len, &none, each, arg);
	}
	return ret;
}

int netlink_read(struct netlink *nl, netlink_message each, void *arg)
{
	int ret = read_some(nl, LINKS, UINT32_MAX, each, arg);

	return ret ? ret : read_some(nl, ENTRIES, ENTRIES_A_READ, each, arg);
}

bool netlink_waits(const struct netlink *nl)
{
	struct pollfd pfd[SOCKETS] = {[LINKS] = {.fd = fd_of(nl, LINKS), .events = POLLIN},
				      [ENTRIES] = {.fd = fd_of(nl, ENTRIES), .events = POLLIN}};

	return poll(pfd, SOCKETS, 0) > 0;
}

static int read_dump(struct netlink *nl, int which, struct progress *p, netlink_message each,
		     void *arg)
{
	struct pollfd pfd[] = {{.fd = fd_of(nl, which), .events = POLLIN},
			       {.fd = nl->meanwhile.stop, .events = POLLIN}};
	int len, ret;

	while (!p->done) {
		ret = poll(pfd, 2, DUMP_WAIT_MS);
		if (ret < 0 && errno == EINTR)
			continue;
		if (ret <= 0)
			return ret ? -errno : -ETIMEDOUT;
		if (pfd[1].revents)
			return -ECANCELED;
		if (nl->meanwhile.call)
			nl->meanwhile.call(nl->meanwhile.arg);
		len = receive(nl, which);
		if (len == -ENOBUFS)
			p->overrun = true;
		if (len == -EAGAIN || len == -ENOBUFS)
			continue;
		if (len < 0)
			return len;
		ret = handle(nl, len, p, each, arg);
		if (ret)
			return ret;
	}
	return 0;
}

/* Reads until the dump is done. An overrun does not end it: a new one could not start before. 1
 * when it may lack something. */
static int finish_dump(struct netlink *nl, int which, uint16_t gone, netlink_message each,
		       void *arg)
{
	struct progress p = {
		.seq = nl->seq, .port = mnl_socket_get_portid(nl->socket[which]), .gone = gone};
	int ret = read_dump(nl, which, &p, each, arg), late = catch_up(nl, each, arg);

	if (ret || late)
		return ret ? ret : late;
	if (p.error)
		return p.error;
	if (p.overrun || p.interrupted)
		return p.overrun ? -ENOBUFS : -EINTR;
	return p.shifted;
}

/* Until nothing is waiting. The kernel reports an overrun once and then drops silently until the
 * queue has been empty (NETLINK_S_CONGESTED of net/netlink/af_netlink.c): a dump begun before that
 * could miss what changes during it. */
static int drain(struct netlink *nl, int which, netlink_message each, void *arg)
{
	int ret;

	do
		ret = read_some(nl, which, UINT32_MAX, each, arg);
	while (ret == -ENOBUFS);
	return ret;
}

static int dump_once(struct netlink *nl, int which, uint16_t type, const void *body, size_t size,
		     netlink_message each, void *arg)
{
	struct {
		struct nlmsghdr h;
		char body[64];
	} req = {.body = {0}};
	struct nlmsghdr *h = mnl_nlmsg_put_header(&req);
	int ret = drain(nl, which, each, arg);

	if (ret)
		return ret;
	h->nlmsg_type = type;
	h->nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
	h->nlmsg_seq = ++nl->seq;
	memcpy(mnl_nlmsg_put_extra_header(h, size), body, size);
	if (mnl_socket_sendto(nl->socket[which], h, h->nlmsg_len) < 0)
		return -errno;
	/* RTM_NEW..., RTM_DEL... and RTM_GET... follow each other. */
	return finish_dump(nl, which, type - 1, each, arg);
}

/* What one dump lacks, a second shows: that both lack the same is as rare as deletions are in the
 * whole table. 1 when there were some in each. */
static int dump(struct netlink *nl, int which, uint16_t type, const void *body, size_t size,
		netlink_message each, void *arg)
{
	int ret = 1, tries;

	for (tries = 0; ret == 1 && tries < SHIFTED_TRIES; tries++)
		ret = dump_once(nl, which, type, body, size, each, arg);
	return ret;
}

int netlink_ask_link(struct netlink *nl, uint32_t ifindex)
{
	struct {
		struct nlmsghdr h;
		char body[64];
	} req = {.body = {0}};
	struct nlmsghdr *h = mnl_nlmsg_put_header(&req);
	struct ifinfomsg *info = mnl_nlmsg_put_extra_header(h, sizeof(*info));

	h->nlmsg_type = RTM_GETLINK;
	h->nlmsg_flags = NLM_F_REQUEST;
	info->ifi_index = ifindex;
	return mnl_socket_sendto(nl->socket[LINKS], h, h->nlmsg_len) < 0 ? -errno : 0;
}

int netlink_dump(struct netlink *nl, netlink_message each, void *arg)
{
	struct ifinfomsg links = {.ifi_family = AF_UNSPEC};
	struct br_vlan_msg vlans = {.family = AF_BRIDGE};
	struct ndmsg entries = {.ndm_family = AF_BRIDGE};
	int ret, lacks = 0;

	ret = dump(nl, LINKS, RTM_GETLINK, &links, sizeof(links), each, arg);
	lacks |= ret == 1;
	if (ret >= 0)
		ret = dump(nl, LINKS, RTM_GETVLAN, &vlans, sizeof(vlans), each, arg);
	lacks |= ret == 1;
	if (ret >= 0 || ret == -EOPNOTSUPP) /* a kernel without CONFIG_BRIDGE_VLAN_FILTERING */
		ret = dump(nl, ENTRIES, RTM_GETNEIGH, &entries, sizeof(entries), each, arg);
	return ret ? ret : lacks;
}
