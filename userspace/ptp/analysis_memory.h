/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Recent messages, to find what belongs together: tables of fixed size, a newer entry takes the
 * place of an older one with the same hash. Inner header of the analysis. */
#ifndef ANALYSIS_MEMORY_H
#define ANALYSIS_MEMORY_H

#include "analysis.h"

enum {
	SYNC_SLOTS = 16, /* of each flow: those of several come and go together */
	REQUEST_SETS = 512,
	REQUEST_WAYS = 4, /* one request at several places is in one set */
	SIGHTING_SLOTS = 1024,
	SIGHTING_PLACES = 12 /* the ports of a switch */
};

struct sync_slot { /* a Sync and its Follow_Up, whichever comes first */
	bool used;
	uint16_t sequence;
	bool has_sync, has_follow_up, one_step, ambiguous;
	bool began; /* a Follow_Up when none of its Syncs had been seen: the capture began between
		     */
	int64_t ts;
	const char *clock;
	int64_t correction; /* of both, 2^-16 ns */
	struct ptp_timestamp origin;
};

struct request_slot { /* Delay_Req or Pdelay_Req and its answers */
	struct flow *flow;
	uint8_t type;
	uint16_t sequence;
	uint64_t asked; /* the packet, counted from the first on */
	bool answered, measured;
	int64_t ts;
	const char *clock;
	int64_t correction;
	/* Pdelay_Resp and its Follow_Up, of one port. */
	struct ptp_port_identity responder;
	bool has_response, has_follow_up;
	int64_t response_ts;
	const char *response_clock;
	int64_t response_correction, left_correction;
	struct ptp_timestamp receipt, left;
};

struct sighting { /* one message wherever it is seen */
	bool used;
	uint8_t domain, type;
	uint16_t sequence;
	struct ptp_port_identity source;
	/* Of Sync and Follow_Up: each address may have sequenceIds of its own. */
	uint8_t to[16];
	unsigned int n;
	struct {
		struct place place;
		int64_t ts;
		const char *clock;
		int64_t correction;
		bool completed;    /* its growth from the first place is known */
	} at[SIGHTING_PLACES + 1]; /* one to swap with */
};

struct analysis_memory {
	struct request_slot requests[REQUEST_SETS][REQUEST_WAYS];
	struct sighting sightings[SIGHTING_SLOTS];
};

/* Whose stamps may be subtracted from each other. */
static inline bool one_clock(const char *x, const char *y)
{
	return !strcmp(x, y) && strcmp(x, "none");
}

/* A clock that starts anew counts from 0 again: so much later it is another message. Event messages
 * may have a device's stamps and general ones the system's, which tell nothing of that. */
static inline bool is_stale(const struct packet *p, int64_t then, const char *clock)
{
	int64_t age = wrapping_difference(p->ts_ns, then);

	return one_clock(p->clock, clock) && (age > 1000000000 || age < -1000000000);
}

/* 2^-16 ns in ns, to the nearest. */
static inline int64_t scaled_ns(int64_t scaled)
{
	return scaled / 65536 + scaled % 65536 / 32768;
}

/* To everybody who listens, not to one address. */
bool packet_is_multicast(const struct packet *p);
uint32_t analysis_hash(const struct ptp_port_identity *id, uint32_t a, uint32_t b);
bool place_equal(const struct place *x, const struct place *y);
/* The same, whichever way a message goes there: what enters a switch by a port, and its answer that
 * leaves by it. */
bool place_same_spot(const struct place *x, const struct place *y);
bool port_identity_equal(const struct ptp_port_identity *x, const struct ptp_port_identity *y);
const struct tap_clock *analysis_clock(const struct analysis *a, const char *name); /* or NULL */
/* Seconds of 48 bits and nanoseconds as signed ns (it wraps after 292 years). */
int64_t timestamp_ns(const struct ptp_timestamp *ts);

void analysis_delay(struct analysis *a, struct flow *f, const struct packet *p);
void analysis_announce(struct analysis *a, const struct packet *p);
void analysis_residence(struct analysis *a, const struct flow *f, const struct packet *p);
/* What still waits for what belongs to it is counted, but for the last of each flow. */
enum waiting { WAITING_SYNC, WAITING_FOLLOW_UP, WAITING_REQUEST };
uint64_t analysis_waiting(const struct analysis *a, const struct flow *f, enum waiting what);

#endif
