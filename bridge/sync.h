/* SPDX-License-Identifier: GPL-2.0-or-later */
/* From what the kernel says to what the XDP program reads. The only writer of the maps. It gets
 * them as memory and one function, so that it runs without a kernel, too. */
#ifndef SYNC_H
#define SYNC_H

#include "buckets.h"
#include "ktable.h"
#include "policy.h"

#define SYNC_PORTS 1024 /* at most one less than that many ports */

struct xb_port;
struct sync;

struct sync_maps {
	struct xb_port *ports; /* XB_PORT_SLOTS of them */
	struct buckets fdb;
	/* The devmap: `ifindex` at `slot`, 0 takes it out. 0 or -errno. */
	int (*tx)(void *arg, uint32_t slot, uint32_t ifindex);
	void *arg;
	uint32_t stamp_ns; /* the unit of xb_port.keep_alive */
};

/* A port as `status` shows it. */
struct sync_port {
	uint32_t ifindex, slot, row;
	bool generic;
	struct facts facts;
	uint32_t hazards;  /* hazard.h */
	bool rxvlan_tried; /* to turn off the offload that hides tags: once, it may be turned on
			      again by hand */
	bool rxvlan_taken; /* ... and it is to be put back */
	struct policy policy;
	bool told;       /* whether it is fast, a first time */
	uint32_t seen;   /* of the port's changes: those that the table knows of */
	bool announcing; /* ... but one that was on its way */
	uint32_t stuck_at;
};

/* Borrows the table, which it also feeds. NULL: out of memory. */
struct sync *sync_new(const struct sync_maps *maps, struct ktable *table, uint32_t allow);
void sync_free(struct sync *s);

/* Follows a port from now on: its record exists and is closed until the next sync_settle(). -ENOSPC
 * when there is no slot or row of counters for it. */
int sync_add(struct sync *s, uint32_t ifindex, bool generic);
/* Closes the port, and makes its entries absent in one write. */
void sync_remove(struct sync *s, uint32_t ifindex);
struct sync_port *sync_port(struct sync *s, uint32_t ifindex); /* NULL: not followed */
struct sync_port *sync_port_at(struct sync *s, size_t index);  /* NULL past the end */

/* Takes an event into the table; entries reach the buckets at once. 0 or -ENOMEM. */
int sync_event(struct sync *s, const struct event *ev);
/* Before messages are read: what sync_settle() decides after them holds for no later change. */
void sync_look_up(struct sync *s);
/* Decides about every port anew, writes what changed. A port that has changed since sync_look_up()
 * stays closed; true when there is one: look up, read and settle again. */
bool sync_settle(struct sync *s);
/* Once a second: looks at a part of the entries for such as have been due for long, before their
 * stamps turn; all of them within SYNC_AGE_CALLS calls. */
#define SYNC_AGE_CALLS 256
void sync_age(struct sync *s, uint16_t now);
/* Every few seconds. Entries that the program took for moved, and which the kernel did not move,
 * are written again by the next sync_settle(), and so are those that found no room when there is
 * some again. An announcement whose end was missed no longer counts. */
void sync_heal(struct sync *s);

/* What the table says of a port that policy_decide() wants to know: port, bridge, vlan_upper,
 * neighbours, pvid. False when it has no such link. */
bool sync_look(const struct ktable *t, uint32_t ifindex, struct policy_input *in);

/* Around a new dump: begin closes all ports and makes all entries absent, so that nothing stale is
 * used; end drops what the dump did not show, and the next sync_settle() opens again. */
void sync_begin(struct sync *s);
void sync_end(struct sync *s);

/* To look at. */
const struct sync_maps *sync_maps(const struct sync *s);
const struct ktable *sync_table(const struct sync *s);

struct sync_numbers {
	size_t kernel;    /* entries that the kernel has */
	size_t installed; /* of those, in the buckets */
	size_t unplaced;  /* of those, not in the buckets for want of room: since the start */
};
struct sync_numbers sync_numbers(const struct sync *s);

#endif
