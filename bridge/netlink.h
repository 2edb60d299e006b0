/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The rtnetlink sockets that follow the bridges: one for links and VLANs, one for forwarding
 * entries, of which there may be a flood. Each both subscribes and dumps, so that the kernel itself
 * puts what the dump says and what changed meanwhile in order. */
#ifndef NETLINK_H
#define NETLINK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct netlink;

/* What a dump, which may take minutes, looks at while it lasts. Zero is nothing. */
struct netlink_meanwhile {
	int stop;                /* when this descriptor can be read, it is given up; 0: none */
	void (*call)(void *arg); /* between two parts of it */
	void *arg;
};

/* Gets each message, header and all. 0, or -errno to stop. */
typedef int (*netlink_message)(const void *msg, size_t len, void *arg);

/* Subscribes to links, neighbours and bridges' VLANs. `receive_buffer` bytes each (SO_RCVBUFFORCE,
 * else what is allowed). */
int netlink_open(struct netlink **out, size_t receive_buffer,
		 const struct netlink_meanwhile *meanwhile);
void netlink_close(struct netlink *nl);
/* Adds the sockets to an epoll descriptor. 0 or -errno. */
int netlink_watch(const struct netlink *nl, int epoll);

/* Handles what is waiting, without blocking: all of what links and VLANs say, then a bounded number
 * of forwarding entries, so that a port's change never waits behind them. 0, -ENOBUFS when the
 * kernel had to drop messages (dump again), or what `each` returned. */
int netlink_read(struct netlink *nl, netlink_message each, void *arg);

/* Is something waiting? */
bool netlink_waits(const struct netlink *nl);

/* Asks about one link: the answer comes with what netlink_read() handles, in its order. 0 or
 * -errno. */
int netlink_ask_link(struct netlink *nl, uint32_t ifindex);

/* Dumps all links, then all ports' VLANs, then all forwarding entries. What is
 * announced meanwhile is handled after each. Blocks as long as it takes: a bridge with a million
 * addresses minutes. 0; 1: entries were deleted each time, and a few others may lack; -EINTR:
 * changed while being dumped and must be repeated; -ENOBUFS; -ECANCELED: `stop`; -errno. */
int netlink_dump(struct netlink *nl, netlink_message each, void *arg);

#endif
