/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "delay.h"

#include <stdlib.h>

enum { BUCKETS = 960 };

struct delay {
	uint64_t count;
	int64_t min_ns, max_ns;
	uint32_t bucket[BUCKETS];
};

struct delay *delay_create(void)
{
	struct delay *d = calloc(1, sizeof(*d));

	if (d)
		d->min_ns = INT64_MAX;
	return d;
}

void delay_destroy(struct delay *d)
{
	free(d);
}

/* 16 steps to each power of two, so that a quantile is right within 7 percent. */
static unsigned int bucket_of(int64_t ns)
{
	unsigned int log;

	if (ns < 16)
		return ns < 0 ? 0 : ns;
	log = 63 - __builtin_clzll(ns);
	return (log - 3) * 16 + ((ns >> (log - 4)) & 15);
}

static int64_t bucket_middle(unsigned int b)
{
	unsigned int log = b / 16 + 3;

	if (b < 16)
		return b;
	return ((int64_t)(16 + b % 16) << (log - 4)) + ((int64_t)1 << (log - 4)) / 2;
}

void delay_add(struct delay *d, int64_t ns)
{
	unsigned int b = bucket_of(ns);

	d->count++;
	d->bucket[b < BUCKETS ? b : BUCKETS - 1]++;
	if (ns < d->min_ns)
		d->min_ns = ns;
	if (ns > d->max_ns)
		d->max_ns = ns;
}

int64_t delay_quantile(const struct delay *d, double q)
{
	uint64_t want = (uint64_t)(q * (d->count - 1)), have = 0;
	int64_t ns = 0;
	unsigned int b;

	for (b = 0; b < BUCKETS; b++) {
		have += d->bucket[b];
		if (have > want)
			break;
	}
	ns = bucket_middle(b < BUCKETS ? b : BUCKETS - 1);
	return ns < d->min_ns ? d->min_ns : ns > d->max_ns ? d->max_ns : ns;
}

uint64_t delay_count(const struct delay *d)
{
	return d->count;
}

int64_t delay_longest(const struct delay *d)
{
	return d->max_ns;
}
