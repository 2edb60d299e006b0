/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "txstamp.h"

#include <errno.h>
#include <linux/errqueue.h>
#include <linux/net_tstamp.h>
#include <string.h>
#include <time.h>

#ifndef PACKET_TX_TIMESTAMP
#define PACKET_TX_TIMESTAMP 16
#endif
#define NS 1000000000LL

enum { SOL_PACKET_LEVEL = 263 };

int txstamp_enable(int fd)
{
	uint32_t flags = SOF_TIMESTAMPING_SOFTWARE | SOF_TIMESTAMPING_RAW_HARDWARE |
			 SOF_TIMESTAMPING_OPT_ID | SOF_TIMESTAMPING_OPT_TSONLY;

	return setsockopt(fd, SOL_SOCKET, SO_TIMESTAMPING, &flags, sizeof(flags)) ? -errno : 0;
}

void txstamp_ask(struct msghdr *msg, void *control, enum txstamp_kind kind)
{
	uint32_t flags = kind == TXSTAMP_HARDWARE ? SOF_TIMESTAMPING_TX_HARDWARE
						  : SOF_TIMESTAMPING_TX_SOFTWARE;
	struct cmsghdr *c;

	memset(control, 0, TXSTAMP_CONTROL);
	msg->msg_control = control;
	msg->msg_controllen = TXSTAMP_CONTROL;
	c = CMSG_FIRSTHDR(msg);
	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = SO_TIMESTAMPING;
	c->cmsg_len = CMSG_LEN(sizeof(flags));
	memcpy(CMSG_DATA(c), &flags, sizeof(flags));
}

static bool holds(const struct cmsghdr *c, size_t need)
{
	return c->cmsg_len >= CMSG_LEN(need);
}

/* ts[0] is the system's, ts[2] the device's; ts[1] was never used (scm_timestamping). */
static void take_times(const struct cmsghdr *c, struct txstamp *out)
{
	struct scm_timestamping t;
	int i;

	memcpy(&t, CMSG_DATA(c), sizeof(t));
	i = t.ts[2].tv_sec || t.ts[2].tv_nsec ? 2 : 0;
	if (!t.ts[i].tv_sec && !t.ts[i].tv_nsec)
		return;
	out->kind = i ? TXSTAMP_HARDWARE : TXSTAMP_SOFTWARE;
	out->ns = t.ts[i].tv_sec * NS + t.ts[i].tv_nsec;
}

bool txstamp_parse(struct msghdr *msg, struct txstamp *out)
{
	struct txstamp stamp = {TXSTAMP_NONE};
	struct sock_extended_err e;
	bool keyed = false;

	for (struct cmsghdr *c = CMSG_FIRSTHDR(msg); c; c = CMSG_NXTHDR(msg, c)) {
		if (c->cmsg_level == SOL_SOCKET && c->cmsg_type == SO_TIMESTAMPING &&
		    holds(c, sizeof(struct scm_timestamping)))
			take_times(c, &stamp);
		if (c->cmsg_level != SOL_PACKET_LEVEL || c->cmsg_type != PACKET_TX_TIMESTAMP ||
		    !holds(c, sizeof(e)))
			continue;
		memcpy(&e, CMSG_DATA(c), sizeof(e));
		if (e.ee_errno != ENOMSG || e.ee_origin != SO_EE_ORIGIN_TIMESTAMPING ||
		    e.ee_info != SCM_TSTAMP_SND)
			continue;
		keyed = true;
		stamp.key = e.ee_data;
	}
	if (!keyed || stamp.kind == TXSTAMP_NONE)
		return false;
	*out = stamp;
	return true;
}

int txstamp_read(int fd, struct txstamp *out)
{
	char control[512] __attribute__((aligned(8)));

	for (;;) {
		struct msghdr msg = {.msg_control = control, .msg_controllen = sizeof(control)};

		if (recvmsg(fd, &msg, MSG_ERRQUEUE | MSG_DONTWAIT) < 0)
			return errno == EAGAIN || errno == EINTR ? 0 : -errno;
		if (txstamp_parse(&msg, out))
			return 1;
	}
}
