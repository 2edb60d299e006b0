/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Did a bridge do what it should? Frames as they were seen at its ports go in, in the order of
 * time; violations come out. Memory is bounded by the window, not by the captures. */
#ifndef VERIFY_H
#define VERIFY_H

#include "delay.h"
#include "model/model.h"
#include "sight.h"

enum { VERIFY_OWN_MAX = 64 };

enum violation_kind { MISSING, UNEXPECTED, DUPLICATED, MODIFIED, REORDERED, LATE, VIOLATION_KINDS };

/* of what is MODIFIED */
enum violation_change { CHANGED_NOTHING, CHANGED_TAG, CHANGED_HEAD, CHANGED_PAYLOAD };

struct violation {
	enum violation_kind kind;
	enum violation_change changed;
	int port;        /* where it should have left or did leave */
	int in_port;     /* where it entered, -1: nowhere that is known */
	uint64_t number; /* of the packet at `port`; MISSING: at `in_port` */
	uint64_t in_number;
	int64_t ts_ns; /* of that packet */
	int64_t delay_ns;
	int64_t apart_ns; /* REORDERED: from the other frame, entering or leaving, which is less */
	uint8_t dst[6], src[6];
	uint16_t ethertype;
	int vid;
	uint32_t len, in_len;        /* at `port`, and as it entered */
	const char *expected, *seen; /* words; valid until the call returns */
};

struct verify_settings {
	int64_t window_ns;      /* a frame that has not left after this long is missing */
	int64_t late_ns;        /* one that needs longer than this is late */
	int64_t slack_ns;       /* how far a frame may seem to leave before it entered */
	uint32_t max_records;   /* bound of the window */
	bool empty_fdb;         /* the bridge knew no host when the captures began */
	bool stp_unknown;       /* frames to 01:80:c2:00:00:00 may be forwarded or not */
	int64_t from_ns, to_ns; /* as verify_span() */
	/* addresses of the bridge and its ports, beside those of the model */
	uint8_t own[VERIFY_OWN_MAX][6];
	uint32_t owns;
	/* Called for each violation, in no strict order of time. */
	void (*violation)(void *data, const struct violation *v);
	void *data;
};

struct port_counts {
	uint64_t entered, left, forwarded, flooded, filtered, originated;
	uint64_t
		guessed; /* filtered or unknown: the bridge may have known the destination before */
};

struct verify;

/* The model is the caller's, with its ports; it is used and changed, not freed. 0 or -ENOMEM. */
int verify_create(struct verify **out, struct brm *model, const struct verify_settings *settings);
void verify_destroy(struct verify *v);
/* The next frame; `s` digested. Times never run backwards by more than the slack. 0, -ENOMEM, or
 * -EMSGSIZE: it was cut, and snooping looks into what is not there. */
int verify_sight(struct verify *v, const struct sight *s);
/* Of frames of one time that has to be the next for which this is the most. */
int verify_next(struct verify *v, const struct sight *s);
/* When all captures were running: a frame that is missing, or came from nowhere, before or after is
 * not judged. `to_ns` 0: all are. */
void verify_span(struct verify *v, int64_t from_ns, int64_t to_ns);
/* The captures are at their end: judges what is left. */
void verify_finish(struct verify *v);

/* True where a unicast frame from or to this station entered at one port and left at another. */
bool verify_crossed(const struct verify *v, const uint8_t src[6]);
/* True where a frame from this source was last seen to enter at `port`. */
bool verify_home(const struct verify *v, const uint8_t src[6], int *port);
/* Says where a source enters, from a look ahead. */
void verify_hint(struct verify *v, const uint8_t src[6], int port);

uint64_t verify_count(const struct verify *v, enum violation_kind kind);
uint64_t verify_filtered(const struct verify *v, enum brm_why why);
const struct port_counts *verify_port(const struct verify *v, int port);
/* NULL where nothing went this way. */
const struct delay *verify_delay(const struct verify *v, int in_port, int port);
uint32_t verify_peak(const struct verify *v);
/* Frames outside of from_ns to to_ns that were not judged. */
uint64_t verify_outside(const struct verify *v);
/* Frames that left more than the slack before they entered, and how long at most. */
uint64_t verify_early(const struct verify *v, int64_t *most_ns);
/* Frames that were taken to enter at the first of several ports, as nothing told at which. */
uint64_t verify_tied(const struct verify *v);
/* Frames that were judged early because the window was full. */
uint64_t verify_crowded(const struct verify *v);
const char *violation_name(enum violation_kind kind);

#endif
