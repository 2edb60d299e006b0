/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a tap can tell of the clocks whose messages pass it: counts and intervals, sequence errors,
 * masters and how they compare, delays, delay variation and rate, residence times.
 *
 * A tap knows when a message passed its own place by its own clock, and what the messages say. It
 * does not know when a slave received or sent anything: every delay here is between the tap and the
 * other end, and no number is a slave's offset. Differences are taken only between stamps of one
 * clock. */
#ifndef ANALYSIS_H
#define ANALYSIS_H

#include "packet.h"
#include "samples.h"

enum {
	ANALYSIS_FLOWS_MAX = 1024,
	ANALYSIS_MASTERS_MAX = 64,
	ANALYSIS_CHANGES_MAX = 64,
	ANALYSIS_PATHS_MAX = 64,
	ANALYSIS_CLOCKS_MAX = 64
};

/* Where: the tap, and behind a switch tag the switch's port and direction. */
struct place {
	unsigned int tap;
	bool tagged, to_port; /* to_port: on its way out of the port (FROM_CPU, mirrored egress) */
	uint8_t device, port;
};

struct series { /* messages of one type */
	uint64_t count, missing, repeated, reordered;
	uint64_t restarted; /* sequenceId went on elsewhere: the clock began anew */
	bool log_known;
	int8_t log_interval; /* advertised; log_known */
	struct samples intervals;
	/* Of the last one. */
	uint16_t sequence;
	uint64_t seen; /* bit n: the one n before it was seen */
	int64_t ts;
	const char *clock;
};

/* How fast another clock runs against this tap's, over the last 16 to 32 seconds. */
struct rate {
	unsigned int anchors;
	int64_t local[2], remote[2]; /* the older first */
	double ratio;                /* remote by local; 0: not known yet */
	const char *clock;
};

/* One port of one clock in one domain, seen at one place. What it sends to a unicast address has
 * sequenceIds of its own (IEEE 1588-2019, 7.3.7), and is a flow of its own; linuxptp counts on over
 * all addresses. */
struct flow {
	struct place place;
	uint8_t to[16]; /* the address; to_len octets of MAC, IPv4 or IPv6, 0: multicast */
	uint8_t to_len;
	struct flow
		*all; /* of unicast: the same port's flow to everybody, maybe without messages */
	uint64_t count;
	struct {
		bool known;
		uint16_t sequence;
	} newest[16]; /* by type, over all addresses; of the flow to everybody */
	const char *iface;
	uint8_t domain, major_sdo_id;
	struct ptp_port_identity source;
	int64_t first, last;
	struct series types[16];
	uint64_t sync_without_follow_up, follow_up_without_sync;
	uint64_t answered, unanswered, late; /* its Delay_Req and Pdelay_Req */
	uint64_t bad_timestamps;             /* 10^9 nanoseconds and more */
	/* Arrival here minus corrected origin, of Sync: delay and the clocks' difference together.
	 */
	struct samples transit;
	const char *transit_clock;
	/* Where it jumped and stayed; transit, rate and variation are of what came since. */
	struct {
		unsigned int apart;        /* Syncs in a row that are apart from the ones before */
		int64_t ts, v;             /* the last that is not */
		int64_t apart_ts, apart_v; /* the first of those */
		uint64_t steps;
		int64_t step_ts, step; /* the last one */
	} base;
	struct rate master_rate, peer_rate;
	struct samples correction; /* of Sync and Follow_Up, ns */
	struct samples delay;      /* this tap to the master and back, halved: of its Delay_Req */
	struct samples peer_delay; /* this tap to the peer and back, halved: of its Pdelay_Req */
	bool peer_8021as;          /* by 802.1AS's convention, else by 1588's */
	/* The last Sync whose origin is known. */
	bool has_sync;
	int64_t sync_arrival, sync_origin;
	const char *sync_clock;
	struct sync_slot *syncs; /* recent ones, NULL: none yet */
};

struct master { /* a port that announces */
	unsigned int tap;
	uint8_t domain;
	uint16_t sdo_id; /* 802.1AS and 1588 are domains apart whatever their domainNumber */
	struct ptp_port_identity source;
	struct ptp_announce announce;
	uint16_t flags;
	int8_t log_interval;
	uint64_t count;
	uint64_t heard; /* the packet of the last Announce, counted from the first on */
	int64_t last;
	const char *clock;                  /* of `last` */
	struct ptp_clock_identity path[16]; /* the path trace's, as far as it fits */
	uint8_t path_len;
	/* How often in a row each other master announced between two of this one's; once that
	 * is a conflict it stays. */
	uint8_t alternated[ANALYSIS_MASTERS_MAX];
};

struct master_change {
	int64_t ts;
	unsigned int tap;
	uint8_t domain;
	uint16_t sdo_id;
	struct ptp_clock_identity from, to; /* grandmasters */
	bool first;                         /* there was none before */
};

struct path { /* one frame at two places */
	struct place from, to;
	struct samples residence; /* ns between the stamps */
	struct samples corrected; /* ns that correctionField grew on the way */
};

struct tap_clock { /* one that stamps frames */
	const char *name;
	int64_t least, greatest, newest;
};

struct analysis {
	uint64_t packets, malformed, not_ptp, untracked;
	uint64_t version_1; /* messages of IEEE 1588-2002, of which no more is told */
	struct tap_clock clocks[ANALYSIS_CLOCKS_MAX];
	unsigned int clock_count;
	struct flow *flows[ANALYSIS_FLOWS_MAX];
	unsigned int flow_count;
	struct master masters[ANALYSIS_MASTERS_MAX];
	unsigned int master_count;
	struct master_change changes[ANALYSIS_CHANGES_MAX];
	unsigned int change_count;
	uint64_t masters_left_out, changes_left_out; /* Announces, changes: there was no room */
	struct path paths[ANALYSIS_PATHS_MAX];
	unsigned int path_count;
	struct analysis_memory *memory; /* recent messages, to find what belongs together */
};

struct analysis *analysis_create(void); /* NULL without memory */
void analysis_free(struct analysis *a);
/* The next packet; taps' packets in the order they come. The strings in it must outlive the
 * analysis. */
void analysis_add(struct analysis *a, const struct packet *p);

/* < 0: x is the better master; 0: the same. IEEE 1588-2019 clause 9.3.4. */
int master_compare(const struct master *x, const struct master *y);
/* The best of m's tap and domain that still announces, NULL for none. Alternate masters are not
 * compared, nor those 255 and more steps away (9.3.2.5, 17.2). */
const struct master *analysis_best(const struct analysis *a, const struct master *m);
/* Masters with different grandmasters that announce in turn there, to everybody: the other one, or
 * NULL. */
const struct master *analysis_conflict(const struct analysis *a, const struct master *m);

/* The clock whose stamps tell when and how long: the system's, else the first; NULL: no stamps. */
const struct tap_clock *analysis_span(const struct analysis *a);

/* Packet delay variation: transit without the straight line of the clocks' difference, from its
 * least. */
bool flow_delay_variation(const struct flow *f, struct summary *out);
/* The master's rate against this tap's clock, in parts per million; false where it is not known. */
bool flow_rate_ppm(const struct flow *f, double *ppm);
double flow_advertised_ns(const struct series *s); /* 0: none */

void place_text(struct text *t, const struct place *p, const char *iface);
/* Where it is seen and, of unicast, to whom: "eth0 to 192.0.2.7". */
void flow_place_text(struct text *t, const struct flow *f);
void flow_address_text(struct text *t, const struct flow *f); /* to_len > 0 */
/* "domain 0", "domain 0 (802.1AS)", "domain 0 (sdoId 0x200)". */
void domain_text(struct text *t, uint8_t domain, uint16_t sdo_id);

/* What is wrong, one sentence a line, the worst first. How many. */
unsigned int analysis_problems(struct text *t, const struct analysis *a);
void analysis_table(struct text *t, const struct analysis *a); /* the report for people */
void analysis_json(struct text *t, const struct analysis *a);  /* one object on one line */
void analysis_html(struct text *t, const struct analysis *a,
		   const char *title); /* one page, no other files */

#endif
