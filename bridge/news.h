/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What changes on a followed bridge, told to who watches. */
#ifndef NEWS_H
#define NEWS_H

#include "event.h"
#include "ktable.h"

/* Strings live as long as the call; NULL where they make no sense. */
struct news {
	const char *event; /* "learned", "moved", "forgotten", "opened", "closed", "flushed" */
	const char *bridge, *port, *address;
	uint16_t vid;
	const char *was;    /* moved: the port before */
	const char *reason; /* closed: why and what mends it */
};
typedef void (*news_teller)(const struct news *news);

/* An entry comes, moves or goes; before `table` takes the event in. Nothing where it stays. */
void news_entry(news_teller tell, const struct ktable *table, const struct event *ev);

/* A port is closed for that reason; "": it is opened. */
void news_port(news_teller tell, const struct ktable *table, const struct event_link *link,
	       const char *reason);

/* Messages were lost: what changed meanwhile will not be told. */
void news_flushed(news_teller tell);

#endif
