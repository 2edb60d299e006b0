/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Pseudo-random numbers that repeat: the same seed, the same numbers, on every machine
 * (Steele, Lea, Flood 2014: SplitMix64). */
#ifndef RANDOM_H
#define RANDOM_H

#include <stdbool.h>
#include <stdint.h>

static inline uint64_t random_u64(uint64_t *state)
{
	uint64_t z = *state += 0x9e3779b97f4a7c15u;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
	z = (z ^ z >> 27) * 0x94d049bb133111ebu;
	return z ^ z >> 31;
}

/* 0 to limit - 1; limit > 0, and small beside 2^64, so that the remainder is fair enough. */
static inline uint64_t random_below(uint64_t *state, uint64_t limit)
{
	return random_u64(state) % limit;
}

#endif
