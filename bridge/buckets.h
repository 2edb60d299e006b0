/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The forwarding database as the XDP program reads it: the one writer of the buckets of
 * xdp/bridge_maps.h. Works on any memory of the right size, so that it is tested without a kernel.
 */
#ifndef BUCKETS_H
#define BUCKETS_H

#include <stddef.h>
#include <stdint.h>

struct xb_bucket;

struct buckets {
	struct xb_bucket *at; /* the caller's */
	uint64_t seed;
	uint32_t mask; /* number of buckets, a power of two, less one */
	size_t used;
};

/* Buckets for `entries` addresses: a power of two, half full when all are there. */
uint32_t buckets_for(size_t entries);

/* Stamps count to 0x7fff and begin anew, some 17 minutes: what is half of that old is due from then
 * on, whatever its stamp will say. Of the `n` buckets from `first` on; `now` in the stamps'
 * unit. */
void buckets_age(struct buckets *b, uint32_t first, uint32_t n, uint16_t now);

/* Writes the entry of (key, bridge), `data` without version and stamp. 0, or -ENOSPC when neither
 * of its buckets has room and no neighbour can move: the address then stays on the slow path. A
 * reader sees the entry as it was, as it is, or not at all. An entry that already says `data` is
 * left alone. */
int buckets_set(struct buckets *b, uint64_t key, uint8_t bridge, uint64_t data);
/* 0 or -ENOENT. */
int buckets_remove(struct buckets *b, uint64_t key, uint8_t bridge);
/* The data of an entry, without its version, or 0. */
uint64_t buckets_get(const struct buckets *b, uint64_t key, uint8_t bridge);
/* Makes every bucket empty. */
void buckets_clear(struct buckets *b);

#endif
