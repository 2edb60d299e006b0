/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A look at the beginning of captures, before their frames are judged: how their clocks differ, and
 * at which port each source enters. */
#ifndef LOOKAHEAD_H
#define LOOKAHEAD_H

#include "model/model.h"
#include "sight.h"

struct look {
	uint64_t full; /* of the sight */
	int64_t ts_ns;
	uint8_t src[6], dst[6];
	uint8_t port;
	uint8_t way; /* enum sight_way */
};

enum clock_found {
	CLOCK_NOTHING, /* no frame was seen at this port and another */
	CLOCK_SAME,    /* as far as can be told, the clock of the first port */
	CLOCK_APART,   /* differs by `ahead_ns` */
	CLOCK_ONE_WAY, /* too far apart to be one clock, and traffic one way only: nothing to go by
			*/
};

struct clock_offset {
	enum clock_found found;
	int64_t ahead_ns; /* of the clock of the first port that has frames */
	uint64_t pairs;   /* frames it was estimated from */
};

/* Sorts `looks`. `out` holds BRM_PORTS_MAX. */
void lookahead_clocks(struct look *looks, uint64_t n, int ports, struct clock_offset *out);

/* Hosts of which nothing tells where they are, and one of them with the port that it is taken to be
 * at. */
struct lookahead_assumed {
	uint64_t hosts;
	uint8_t address[6];
	int port;
};

/* Calls back once for each source of which there is something to tell where it enters: where most
 * of its frames were seen first; or, of those with equal stamps, where another's home leaves it to
 * be, as a frame leaves where its destination is and does not enter there. What is left is assumed.
 * `max`: so many looks of a port are a part of its capture. The offsets are taken off the stamps
 * first. Sorts `looks`. */
void lookahead_homes(struct look *looks, uint64_t n, uint64_t max,
		     const struct clock_offset *offsets,
		     void (*home)(void *data, const uint8_t src[6], int port), void *data,
		     struct lookahead_assumed *assumed);

/* By frame, time and port, for qsort(). */
int lookahead_by_frame(const void *x, const void *y);

#endif
