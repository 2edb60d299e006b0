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
	uint8_t src[6];
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

/* Calls back once for each source that was first seen at one port more often than at any other. The
 * offsets are taken off the stamps first. Sorts `looks`. */
void lookahead_homes(struct look *looks, uint64_t n, const struct clock_offset *offsets,
		     void (*home)(void *data, const uint8_t src[6], int port), void *data);

#endif
