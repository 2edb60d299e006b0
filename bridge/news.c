/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "news.h"

#include <stdio.h>

static const char *name_of(const struct ktable *table, uint32_t ifindex)
{
	const struct event_link *link = ktable_link(table, ifindex);

	return link ? link->name : NULL;
}

void news_entry(news_teller tell, const struct ktable *table, const struct event *ev)
{
	const struct kentry *was =
		ktable_entry(table, ev->fdb.bridge, ktable_key(ev->fdb.mac, ev->fdb.vid));
	const uint8_t *m = ev->fdb.mac;
	char mac[18];
	struct news news = {.address = mac, .vid = ev->fdb.vid};

	if (ev->kind == EVENT_FDB_GONE && was)
		news.event = "forgotten";
	else if (ev->kind == EVENT_FDB && !was)
		news.event = "learned";
	else if (ev->kind == EVENT_FDB && was->port != ev->fdb.port)
		news.event = "moved";
	else
		return;
	snprintf(mac, sizeof(mac), "%02x:%02x:%02x:%02x:%02x:%02x", m[0], m[1], m[2], m[3], m[4],
		 m[5]);
	news.bridge = name_of(table, ev->fdb.bridge);
	news.port = name_of(table, was && ev->kind == EVENT_FDB_GONE ? was->port : ev->fdb.port);
	news.was = was && ev->kind == EVENT_FDB ? name_of(table, was->port) : NULL;
	tell(&news);
}

void news_port(news_teller tell, const struct ktable *table, const struct event_link *link,
	       const char *reason)
{
	struct news news = {.event = *reason ? "closed" : "opened",
			    .port = link->name,
			    .bridge = name_of(table, link->master),
			    .reason = *reason ? reason : NULL};

	tell(&news);
}

void news_flushed(news_teller tell)
{
	struct news news = {.event = "flushed",
			    .reason = "netlink messages were lost: the tables are read again"};

	tell(&news);
}
