/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Follows a bridge, or ports in whatever bridge they are: puts the program on, feeds the maps with
 * what the kernel says, takes all off again. Everything the daemon does but its command line and
 * its socket. */
#ifndef FOLLOW_H
#define FOLLOW_H

#include "fast.h"
#include "ktable.h"
#include "netlink.h"
#include "news.h"
#include "sync.h"

struct follow;

struct follow_options {
	const char *bridge;       /* every port of this bridge, or NULL and: */
	const char *const *ports; /* these ports, in whatever bridge they are now or later */
	size_t nports;
	enum fast_mode mode;
	size_t entries;                     /* room in the forwarding database */
	uint32_t allow;                     /* policy.h */
	size_t receive_buffer;              /* of the netlink socket, bytes */
	struct netlink_meanwhile meanwhile; /* while the tables are read; they may be looked at */
	void (*say)(
		const char *sentence); /* news: ports that open and close, ports that come and go */
};

/* 0, or -errno with a sentence and nothing changed. */
int follow_start(struct follow **out, const struct follow_options *options, struct fast_error *err);
void follow_stop(struct follow *f);

/* Readable when follow_ready() is to be called. */
int follow_fd(const struct follow *f);
/* 0; -ENODEV when the bridge is gone; -errno. With a sentence. */
int follow_ready(struct follow *f, struct fast_error *err);
/* Once a second: what the kernel does not announce. */
int follow_tick(struct follow *f, struct fast_error *err);

/* Calls `news` for each change from now on; NULL ends it. */
void follow_watch(struct follow *f, news_teller news);

/* To look at, for reports. */
const struct follow_options *follow_options(const struct follow *f);
const struct ktable *follow_table(const struct follow *f);
struct sync *follow_sync(struct follow *f);
const struct fast *follow_fast(const struct follow *f);
uint64_t
follow_resyncs(const struct follow *f); /* dumps made since the start because messages were lost */

/* Is the bridge followed, or a port of it? */
bool follow_follows(const struct follow *f, uint32_t bridge);

/* The next port from *index on that ought to be followed and did not take the program, and why;
 * NULL: no more. Valid until follow_ready() or follow_tick(). */
const struct event_link *follow_refused(const struct follow *f, size_t *index, const char **why);

/* Why a followed port is slow and what mends it, in words; "" when it is fast. */
void follow_advice(struct follow *f, uint32_t ifindex, char *text, size_t size);

#endif
