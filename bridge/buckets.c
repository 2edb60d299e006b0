/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "buckets.h"

#include "bridge_maps.h"

#include <errno.h>
#include <stdbool.h>

uint32_t buckets_for(size_t entries)
{
	uint32_t n = 64;

	while (n < 1u << 28 && (size_t)n * XB_WAYS / 2 < entries)
		n *= 2;
	return n;
}

static void bucket_pair(const struct buckets *b, uint64_t key, uint8_t bridge,
			struct xb_bucket *pair[2])
{
	uint64_t h = xb_hash(key, bridge, b->seed);

	pair[0] = &b->at[h & b->mask];
	pair[1] = &b->at[h >> 32 & b->mask];
}

static uint64_t load(const __u64 *word)
{
	return __atomic_load_n(word, __ATOMIC_RELAXED);
}

static uint8_t bridge_of(uint64_t data)
{
	return data >> XB_DATA_BRIDGE_SHIFT & 0xff;
}

/* Both words change under a new version, so that a reader between the two stores sees that they
 * differ. */
static void write_entry(struct xb_entry *e, uint64_t key, uint64_t data)
{
	uint64_t version = ((load(&e->key) >> XB_KEY_VERSION_SHIFT) + 1) & 0xf;

	data = (data & ~XB_DATA_VERSION) | version << XB_DATA_VERSION_SHIFT;
	key = (key & XB_KEY_MASK) | version << XB_KEY_VERSION_SHIFT;
	__atomic_store_n(&e->data, data, __ATOMIC_RELEASE);
	__atomic_store_n(&e->key, key, __ATOMIC_RELEASE);
}

static struct xb_entry *find_in(struct xb_bucket *bucket, uint64_t key, uint8_t bridge)
{
	int i;

	for (i = 0; i < XB_WAYS; i++) {
		struct xb_entry *e = &bucket->entry[i];

		if ((load(&e->key) & XB_KEY_MASK) == key && load(&e->data) & XB_DATA_VALID &&
		    bridge_of(load(&e->data)) == bridge)
			return e;
	}
	return NULL;
}

static struct xb_entry *find(const struct buckets *b, uint64_t key, uint8_t bridge)
{
	struct xb_bucket *pair[2];
	struct xb_entry *e;

	bucket_pair(b, key, bridge, pair);
	e = find_in(pair[0], key, bridge);
	return e ? e : find_in(pair[1], key, bridge);
}

static struct xb_entry *room(struct xb_bucket *bucket)
{
	int i;

	for (i = 0; i < XB_WAYS; i++)
		if (!(load(&bucket->entry[i].data) & XB_DATA_VALID))
			return &bucket->entry[i];
	return NULL;
}

/* The program makes an entry absent by its version alone. */
static bool is_whole(const struct xb_entry *e)
{
	return load(&e->key) >> XB_KEY_VERSION_SHIFT ==
	       (load(&e->data) & XB_DATA_VERSION) >> XB_DATA_VERSION_SHIFT;
}

/* Moves one entry of a full bucket to its other bucket, if that has room; the place it leaves, or
 * NULL. For a moment it is in both: readers find one of two equal entries. One that the program
 * made absent stays where it is: written elsewhere it would be there again. */
static struct xb_entry *make_room(const struct buckets *b, struct xb_bucket *bucket)
{
	int i;

	for (i = 0; i < XB_WAYS; i++) {
		struct xb_entry *e = &bucket->entry[i], *to;
		uint64_t key = load(&e->key) & XB_KEY_MASK, data = load(&e->data);
		struct xb_bucket *pair[2];

		bucket_pair(b, key, bridge_of(data), pair);
		to = room(pair[pair[0] == bucket]);
		if (!to || !is_whole(e))
			continue;
		write_entry(to, key, data);
		write_entry(e, 0, 0);
		return e;
	}
	return NULL;
}

static struct xb_entry *place(const struct buckets *b, uint64_t key, uint8_t bridge)
{
	struct xb_bucket *pair[2];
	struct xb_entry *e;

	bucket_pair(b, key, bridge, pair);
	e = room(pair[0]);
	if (!e)
		e = room(pair[1]);
	if (!e)
		e = make_room(b, pair[0]);
	if (!e)
		e = make_room(b, pair[1]);
	return e;
}

int buckets_set(struct buckets *b, uint64_t key, uint8_t bridge, uint64_t data)
{
	const uint64_t mask = ~(XB_DATA_VERSION | XB_DATA_STAMP | XB_DATA_DUE);
	struct xb_entry *e = find(b, key, bridge);

	if (e && ((load(&e->data) ^ data) & mask) == 0 && is_whole(e))
		return 0;
	if (!e) {
		e = place(b, key, bridge);
		if (!e)
			return -ENOSPC;
		b->used++;
	}
	write_entry(e, key, (data & mask) | XB_DATA_DUE);
	return 0;
}

int buckets_remove(struct buckets *b, uint64_t key, uint8_t bridge)
{
	struct xb_entry *e = find(b, key, bridge);

	if (!e)
		return -ENOENT;
	write_entry(e, 0, 0);
	b->used--;
	return 0;
}

uint64_t buckets_get(const struct buckets *b, uint64_t key, uint8_t bridge)
{
	const struct xb_entry *e = find(b, key, bridge);

	return e && is_whole(e) ? load(&e->data) & ~XB_DATA_VERSION : 0;
}

/* The program may write a newer stamp at the same time: the next frame goes up, which does no harm.
 */
static void age_entry(struct xb_entry *e, uint16_t now)
{
	uint64_t data = load(&e->data);
	uint16_t *stamp = (uint16_t *)&e->data;

#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
	stamp += 3;
#endif
	if (!(data & XB_DATA_VALID) || data & (XB_DATA_STATIC | XB_DATA_DUE) ||
	    ((now - data) & XB_DATA_STAMP) <= XB_DATA_STAMP / 2)
		return;
	__atomic_store_n(stamp, (uint16_t)(data | XB_DATA_DUE), __ATOMIC_RELAXED);
}

void buckets_age(struct buckets *b, uint32_t first, uint32_t n, uint16_t now)
{
	int i;

	for (; n; n--, first++)
		for (i = 0; i < XB_WAYS; i++)
			age_entry(&b->at[first & b->mask].entry[i], now);
}

void buckets_clear(struct buckets *b)
{
	size_t n;
	int i;

	for (n = 0; n <= b->mask; n++)
		for (i = 0; i < XB_WAYS; i++)
			if (load(&b->at[n].entry[i].data) & XB_DATA_VALID)
				write_entry(&b->at[n].entry[i], 0, 0);
	b->used = 0;
}
