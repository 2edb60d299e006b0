/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "lookahead.h"

#include <stdlib.h>
#include <string.h>

enum {
	PAIRS_MAX = 65536,
	NEAR_NS = 20000,          /* a smaller difference is within what delays alone explain */
	ONE_CLOCK_NS = 100000000, /* no bridge keeps a frame this long */
};

struct pair { /* one frame at two ports */
	uint8_t src[6];
	int8_t sense;  /* 1: from the first to the second, -1: back, 0: not known */
	int64_t delta; /* second's stamp less the first's */
};

int lookahead_by_frame(const void *x, const void *y)
{
	const struct look *a = x, *b = y;

	if (a->full != b->full)
		return a->full < b->full ? -1 : 1;
	if (a->ts_ns != b->ts_ns)
		return a->ts_ns < b->ts_ns ? -1 : 1;
	return a->port - b->port;
}

static int by_source(const void *x, const void *y)
{
	const struct pair *a = x, *b = y;
	int d = memcmp(a->src, b->src, 6);

	if (d)
		return d;
	return a->delta < b->delta ? -1 : a->delta > b->delta;
}

static int sense_of(const struct look *a, const struct look *b)
{
	if (a->way == WAY_IN || b->way == WAY_OUT)
		return 1;
	return a->way == WAY_OUT || b->way == WAY_IN ? -1 : 0;
}

/* Frames that were seen exactly once at each of two ports. */
static uint64_t collect(const struct look *l, uint64_t n, int first, int second, struct pair *out)
{
	uint64_t have = 0, i, k;
	const struct look *a, *b;
	int times;

	for (i = 0; i < n && have < PAIRS_MAX; i = k) {
		a = b = NULL;
		times = 0;
		for (k = i; k < n && l[k].full == l[i].full; k++) {
			a = l[k].port == first ? &l[k] : a;
			b = l[k].port == second ? &l[k] : b;
			times += l[k].port == first || l[k].port == second;
		}
		if (!a || !b || times != 2)
			continue;
		out[have] = (struct pair){.sense = sense_of(a, b), .delta = b->ts_ns - a->ts_ns};
		memcpy(out[have++].src, a->src, 6);
	}
	return have;
}

/* Without recorded directions: sources behind the first port show the greatest differences, those
 * behind the second the least. Gives sense to the clear ones; false when all look alike. */
static bool guess_senses(struct pair *p, uint64_t n)
{
	int64_t least = INT64_MAX, most = INT64_MIN, median, spread;
	uint64_t i, k;
	int pass;

	qsort(p, n, sizeof(*p), by_source);
	for (pass = 0; pass < 2; pass++) {
		spread = pass ? (most - least) / 4 : 0;
		for (i = 0; i < n; i = k) {
			for (k = i; k < n && !memcmp(p[k].src, p[i].src, 6); k++)
				;
			median = p[i + (k - i) / 2].delta;
			least = median < least ? median : least;
			most = median > most ? median : most;
			if (!pass)
				continue;
			for (uint64_t j = i; j < k; j++)
				p[j].sense = median >= most - spread    ? 1
					     : median <= least + spread ? -1
									: 0;
		}
		if (least >= most)
			return false;
	}
	return true;
}

static int by_delta(const void *x, const void *y)
{
	const struct pair *a = x, *b = y;

	if (a->sense != b->sense)
		return a->sense - b->sense;
	return a->delta < b->delta ? -1 : a->delta > b->delta;
}

/* The least delay either way is taken to be the same: then the clocks differ by the middle. Where a
 * clock was set meanwhile the least delays contradict each other, and medians have to do. */
static void estimate(struct pair *p, uint64_t n, struct clock_offset *out)
{
	uint64_t backs = 0, forths = 0, i;
	int64_t forth, back, middle;

	out->pairs = n;
	out->found = CLOCK_SAME;
	for (i = 0; i < n; i++)
		backs += !p[i].sense;
	if (backs)
		guess_senses(p, n);
	for (i = backs = 0; i < n; i++) {
		backs += p[i].sense < 0;
		forths += p[i].sense > 0;
	}
	qsort(p, n, sizeof(*p), by_delta);
	if (!backs || !forths) {
		forth = p[0].delta;
		/* Not the greatest: one frame may have been kept, or its stamps be coarse. */
		if (llabs(p[n / 2].delta) < ONE_CLOCK_NS)
			return;
		out->found = backs || forths ? CLOCK_APART : CLOCK_ONE_WAY;
		out->ahead_ns = forth > 0 ? forth : p[n - 1].delta;
		return;
	}
	back = p[backs - 1].delta;
	forth = p[n - forths].delta;
	if (forth < back) {
		back = p[backs / 2].delta;
		forth = p[n - forths + forths / 2].delta;
	}
	middle = forth / 2 + back / 2;
	if (forth < back || llabs(middle) <= (forth - back) / 2 || llabs(middle) < NEAR_NS)
		return;
	out->found = CLOCK_APART;
	out->ahead_ns = middle;
}

void lookahead_clocks(struct look *looks, uint64_t n, int ports, struct clock_offset *out)
{
	struct pair *pairs = malloc(PAIRS_MAX * sizeof(*pairs));
	struct clock_offset one;
	uint64_t have;
	int from, to, round;

	memset(out, 0, BRM_PORTS_MAX * sizeof(*out));
	if (!pairs || !n)
		goto out;
	qsort(looks, n, sizeof(*looks), lookahead_by_frame);
	for (to = 0, from = ports; to < ports && from == ports; to++)
		for (have = 0; have < n && from == ports; have++)
			if (looks[have].port == to)
				from = to;
	out[from].found = CLOCK_SAME;
	/* from ports whose clock is known to those where it is not, until nothing is added */
	for (round = 0; round < ports; round++)
		for (from = 0; from < ports; from++)
			for (to = 0; to < ports && out[from].found != CLOCK_NOTHING; to++) {
				if (out[to].found != CLOCK_NOTHING)
					continue;
				have = collect(looks, n, from, to, pairs);
				if (!have)
					continue;
				one = (struct clock_offset){0};
				estimate(pairs, have, &one);
				out[to] = one;
				out[to].ahead_ns += out[from].ahead_ns;
				if (one.found == CLOCK_SAME)
					out[to].found = out[from].found;
			}
out:
	free(pairs);
}
