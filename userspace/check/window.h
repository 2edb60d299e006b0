/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The frames of the last moment, found by what they hold: a ring in time with three indexes. Its
 * memory is bounded: at `max` records the oldest has to be judged before a new one goes in. */
#ifndef WINDOW_H
#define WINDOW_H

#include "sight.h"

enum { KEY_FULL, KEY_HEAD, KEY_REST, KEYS };

enum record_kind {
	REC_ENTERED,
	REC_STRAY /* left, and nothing that entered explains it so far */,
	REC_DONE
};

struct record {
	uint64_t key[KEYS];
	uint64_t next[KEYS]; /* id of the next older record of the bucket; 0: none */
	uint64_t newer;      /* id of the next newer one with the same KEY_FULL; 0: none */
	uint64_t open; /* of the newest with a KEY_FULL: id of the oldest that may still be waited
			  for */
	uint64_t number;
	uint64_t flow;    /* digest of what order is kept within */
	int64_t stamp_ns; /* of the sight: what order is judged by */
	int64_t ts_ns;
	uint32_t len;
	uint32_t must;                    /* ports where it has to leave */
	uint32_t may;                     /* ports where it may leave */
	uint32_t seen;                    /* ports where it has left */
	uint32_t tagged;                  /* ports where it leaves with a tag */
	uint32_t tags_with, tags_without; /* digests of the tag stack on tagged and other ports */
	uint16_t ethertype;
	int16_t vid; /* as it entered, -1: untagged */
	uint8_t dst[6], src[6];
	uint8_t kind; /* enum record_kind */
	uint8_t port;
	uint8_t why; /* enum brm_why */
	bool guess;  /* the destination may have been known from before: one, all or none of `must`
		      */
};

struct window;

/* `max`: records at most, rounded up to a power of two. NULL without memory. */
struct window *window_create(uint32_t max);
void window_destroy(struct window *w);
bool window_full(const struct window *w);
/* The oldest record, NULL when there is none; window_drop() takes it out. */
struct record *window_oldest(struct window *w);
void window_drop(struct window *w);
/* Copies a record in; its place, or NULL without memory. The window must not be full. */
struct record *window_add(struct window *w, const struct record *r);
/* Walks records with this key from new to old: *cursor starts as 0. NULL at the end. */
struct record *window_find(struct window *w, int which, uint64_t key, uint64_t *cursor);
/* The record with an id that `newer` or `open` holds. */
struct record *window_get(struct window *w, uint64_t id);
/* The most records that were held at once. */
uint32_t window_peak(const struct window *w);

#endif
