/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "vlan_away.h"

#include "event.h"
#include "netns.h"

#include <errno.h>
#include <fcntl.h>
#include <libmnl/libmnl.h>
#include <linux/rtnetlink.h>
#include <string.h>
#include <unistd.h>

struct search {
	int home;       /* the namespace that is asked about */
	int32_t number; /* ... as the one that is looked at knows it; -1: not yet asked */
	void (*found)(uint32_t lower, void *arg);
	void *arg;
};

static int message(const struct nlmsghdr *h, void *data)
{
	struct search *s = data;
	struct event ev;

	if (event_parse(&ev, h, h->nlmsg_len) || ev.kind != EVENT_LINK ||
	    strcmp(ev.link.kind, "vlan") || ev.link.lower_nsid < 0)
		return MNL_CB_OK;
	/* Not before: the dump itself gives the number. */
	if (s->number < 0)
		s->number = netns_number(s->home);
	if (ev.link.lower_nsid == s->number)
		s->found(ev.link.lower, s->arg);
	return MNL_CB_OK;
}

static void dump(struct mnl_socket *nl, struct search *s)
{
	char buf[32768];
	struct nlmsghdr *h = mnl_nlmsg_put_header(buf);
	struct ifinfomsg *info = mnl_nlmsg_put_extra_header(h, sizeof(*info));
	ssize_t len;

	info->ifi_family = AF_UNSPEC;
	h->nlmsg_type = RTM_GETLINK;
	h->nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
	h->nlmsg_seq = 1;
	if (mnl_socket_bind(nl, 0, MNL_SOCKET_AUTOPID) < 0 ||
	    mnl_socket_sendto(nl, h, h->nlmsg_len) < 0)
		return;
	do
		len = mnl_socket_recvfrom(nl, buf, sizeof(buf));
	while (len > 0 && mnl_cb_run(buf, len, 1, 0, message, s) == MNL_CB_OK);
}

static void look(void *arg)
{
	struct mnl_socket *nl = mnl_socket_open2(NETLINK_ROUTE, SOCK_CLOEXEC);
	struct search *s = arg;

	if (!nl)
		return;
	s->number = -1;
	dump(nl, s);
	mnl_socket_close(nl);
}

int vlan_away_find(void (*found)(uint32_t lower, void *arg), void *arg)
{
	struct search s = {.home = open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC),
			   .found = found,
			   .arg = arg};

	if (s.home < 0)
		return -errno;
	netns_each(look, &s);
	close(s.home);
	return 0;
}
