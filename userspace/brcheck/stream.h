/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One capture per port, read as one stream of frames in the order of time. */
#ifndef STREAM_H
#define STREAM_H

#include "capfile.h"
#include "lookahead.h"
#include "scenario.h"

struct stream {
	const char *name, *path;
	struct capfile *cf;
	struct capfile_packet pkt;
	bool have; /* `sight` is the next frame */
	struct sight sight;
	int64_t last_ns;
	uint64_t packets, runts;
	uint64_t lost;  /* by the capture, as it says at its end */
	uint32_t iface; /* in the file, of the packets so far */
	uint32_t ifindex;
	bool chosen; /* of several interfaces in the file one is called as the port */
	bool cooked, ethernet;
	bool tagless;       /* cooked, in a form that has no VLAN tags */
	bool ways, no_ways; /* some packet's direction was recorded; of some it was not */
	uint64_t tick_ns;   /* how fine its stamps are */
	uint8_t *made;      /* an Ethernet frame made of a cooked one */
	uint32_t made_room;
};

struct streams {
	struct stream port[BRM_PORTS_MAX];
	int ports;
	uint32_t snap; /* compare so much of a frame; 0: all of it */
	struct clock_offset clock[BRM_PORTS_MAX];
	int64_t slack_ns; /* stamps nearer than this may be in the wrong order */
};

struct stream_error {
	char text[400];
};

/* name and path of each port are set; opens the captures. 0 or -errno with a sentence. */
int streams_open(struct streams *s, struct stream_error *err);
void streams_close(struct streams *s);
/* The first `max` packets of each capture; allocates *out. Then opens them again. */
int streams_look(struct streams *s, uint64_t max, struct look **out, uint64_t *n,
		 struct stream_error *err);
/* The times of the first packet of the capture that began last, and of the last packet of the one
 * that ended first. Reads all captures, after streams_look(); then opens them again. */
int streams_overlap(struct streams *s, int64_t *from_ns, int64_t *to_ns, struct stream_error *err);
/* The next frame in time, whatever its port: 1, 0 at the end, -errno with a sentence. Of frames
 * with one time that is first for which `priority` says more. */
int streams_next(struct streams *s, struct sight **out,
		 int (*priority)(void *data, const struct sight *x), void *data,
		 struct stream_error *err);
/* Bytes read and in all. */
void streams_progress(const struct streams *s, uint64_t *done, uint64_t *total);

#endif
