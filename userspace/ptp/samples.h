/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Values over time, in bounded memory: when there are too many, every second one goes and from then
 * on only every second one (then every fourth ...) is kept. Count, least and greatest stay exact.
 */
#ifndef SAMPLES_H
#define SAMPLES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { SAMPLES_MAX = 16384 };

struct sample {
	int64_t t, v; /* ns */
};

struct samples {
	struct sample *kept; /* in the order they came; owned, samples_free() */
	size_t n, size;
	uint64_t count; /* of all that came */
	uint64_t stride;
	int64_t min, max;
};

struct summary {
	uint64_t count;
	int64_t min, p5, median, p95, p99, max;
	double mean, deviation; /* standard deviation, of those that were kept */
};

/* What octets from anywhere say may be any number: these wrap around, where signed overflow would
 * be undefined. */
static inline int64_t wrapping_difference(int64_t x, int64_t y)
{
	return (int64_t)((uint64_t)x - (uint64_t)y);
}

static inline int64_t wrapping_sum(int64_t x, int64_t y)
{
	return (int64_t)((uint64_t)x + (uint64_t)y);
}

void samples_add(struct samples *s, int64_t t,
		 int64_t v); /* without memory it forgets the oldest half */
void samples_free(struct samples *s);
/* Forgets all but the last n, or all where not each of those was kept. */
void samples_keep_last(struct samples *s, size_t n);
/* False for none; -ENOMEM is false too. */
bool samples_summary(const struct samples *s, struct summary *out);

/* The straight line along most of them, whatever a quarter of them does: v = offset + slope * (t -
 * kept[0].t). False for fewer than two, for no time between them, without memory. */
bool samples_line(const struct samples *s, double *offset, double *slope);
/* Their distances from that line, as samples again (the caller's to free). */
void samples_residuals(const struct samples *s, struct samples *out);

#endif
