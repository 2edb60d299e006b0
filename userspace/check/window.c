/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "window.h"

#include <stdlib.h>
#include <string.h>

enum { ROOM_FIRST = 1024 };

/* Records have ids that count up from 1; id modulo room is the place. An index that points below
 * the oldest id points at nothing, so that taking the oldest out touches no index. */
struct window {
	struct record *ring;
	uint64_t *bucket[KEYS];
	uint32_t room, max;
	uint64_t oldest, next;
	uint32_t peak;
};

static void free_arrays(struct record *ring, uint64_t *bucket[KEYS])
{
	int k;

	free(ring);
	for (k = 0; k < KEYS; k++)
		free(bucket[k]);
}

static void link_in(struct window *w, uint64_t id)
{
	struct record *r = &w->ring[id & (w->room - 1)];
	int k;

	for (k = 0; k < KEYS; k++) {
		uint64_t *head = &w->bucket[k][r->key[k] & (w->room - 1)];

		r->next[k] = *head;
		*head = id;
	}
}

static bool make_room(struct window *w, uint32_t room)
{
	struct window grown = *w;
	uint64_t id;
	bool ok;
	int k;

	grown.room = room;
	grown.ring = malloc((size_t)room * sizeof(*grown.ring));
	ok = grown.ring != NULL;
	for (k = 0; k < KEYS; k++) {
		grown.bucket[k] = calloc(room, sizeof(uint64_t));
		ok = ok && grown.bucket[k];
	}
	if (!ok) {
		free_arrays(grown.ring, grown.bucket);
		return false;
	}
	for (id = w->oldest; id < w->next; id++) {
		grown.ring[id & (room - 1)] = w->ring[id & (w->room - 1)];
		link_in(&grown, id);
	}
	free_arrays(w->ring, w->bucket);
	*w = grown;
	return true;
}

struct window *window_create(uint32_t max)
{
	struct window *w = calloc(1, sizeof(*w));

	if (!w)
		return NULL;
	w->max = ROOM_FIRST;
	while (w->max < max && w->max < 1u << 30)
		w->max *= 2;
	w->oldest = w->next = 1;
	if (make_room(w, ROOM_FIRST))
		return w;
	free(w);
	return NULL;
}

void window_destroy(struct window *w)
{
	if (w)
		free_arrays(w->ring, w->bucket);
	free(w);
}

bool window_full(const struct window *w)
{
	return w->next - w->oldest >= w->max;
}

struct record *window_oldest(struct window *w)
{
	return w->oldest < w->next ? &w->ring[w->oldest & (w->room - 1)] : NULL;
}

/* Where it was the first that its key waited for, the next one is. */
void window_drop(struct window *w)
{
	struct record *r = window_oldest(w), *newest;
	uint64_t cursor = 0;

	newest = window_find(w, KEY_FULL, r->key[KEY_FULL], &cursor);
	if (newest && newest->open == w->oldest)
		newest->open = r->newer;
	w->oldest++;
}

/* Identical frames are a list in time order, so that a storm of them costs no search. */
static void join_identical(struct window *w, struct record *r)
{
	struct record *before;
	uint64_t cursor = 0;

	r->newer = 0;
	r->open = w->next;
	before = window_find(w, KEY_FULL, r->key[KEY_FULL], &cursor);
	if (!before)
		return;
	before->newer = w->next;
	if (before->open)
		r->open = before->open;
}

struct record *window_get(struct window *w, uint64_t id)
{
	return &w->ring[id & (w->room - 1)];
}

struct record *window_add(struct window *w, const struct record *r)
{
	uint64_t id = w->next;

	if (id - w->oldest >= w->room && !make_room(w, w->room * 2))
		return NULL;
	w->ring[id & (w->room - 1)] = *r;
	join_identical(w, &w->ring[id & (w->room - 1)]);
	link_in(w, id);
	w->next++;
	if (w->next - w->oldest > w->peak)
		w->peak = w->next - w->oldest;
	return &w->ring[id & (w->room - 1)];
}

struct record *window_find(struct window *w, int which, uint64_t key, uint64_t *cursor)
{
	uint64_t id = *cursor ? w->ring[*cursor & (w->room - 1)].next[which]
			      : w->bucket[which][key & (w->room - 1)];

	while (id >= w->oldest) {
		struct record *r = &w->ring[id & (w->room - 1)];

		if (r->key[which] == key) {
			*cursor = id;
			return r;
		}
		id = r->next[which];
	}
	return NULL;
}

uint32_t window_peak(const struct window *w)
{
	return w->peak;
}
