/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "samples.h"

#include <math.h>
#include <stdlib.h>

static void halve(struct samples *s)
{
	size_t i;

	for (i = 0; i < s->n / 2; i++)
		s->kept[i] = s->kept[2 * i];
	s->n = i;
	s->stride *= 2;
}

static bool room(struct samples *s)
{
	size_t size = s->size ? s->size * 2 : 64;
	struct sample *grown;

	if (s->n < s->size)
		return true;
	grown = s->size < SAMPLES_MAX ? realloc(s->kept, size * sizeof(*grown)) : NULL;
	if (grown) {
		s->kept = grown;
		s->size = size;
	} else if (s->n) {
		halve(s);
	}
	return s->n < s->size;
}

void samples_add(struct samples *s, int64_t t, int64_t v)
{
	if (!s->count || v < s->min)
		s->min = v;
	if (!s->count || v > s->max)
		s->max = v;
	if (!s->stride)
		s->stride = 1;
	if (s->count++ % s->stride == 0 && room(s))
		s->kept[s->n++] = (struct sample){t, v};
}

void samples_free(struct samples *s)
{
	free(s->kept);
	*s = (struct samples){0};
}

void samples_keep_last(struct samples *s, size_t n)
{
	struct sample *kept = s->kept;
	size_t from = s->n - n, i;
	bool all = s->stride == 1 && n <= s->n;

	*s = (struct samples){.kept = kept, .size = s->size};
	for (i = from; all && i < from + n; i++)
		samples_add(s, kept[i].t, kept[i].v);
}

static int compare(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

/* Between the two in the middle of an even number. */
static int64_t middle(const int64_t *sorted, size_t n)
{
	int64_t low = sorted[(n - 1) / 2], high = sorted[n / 2];

	return wrapping_sum(low, (int64_t)(((uint64_t)high - (uint64_t)low) / 2));
}

bool samples_summary(const struct samples *s, struct summary *out)
{
	int64_t *sorted = s->n ? malloc(s->n * sizeof(*sorted)) : NULL;
	double sum = 0, squares = 0, d;
	size_t i;

	if (!sorted)
		return false;
	for (i = 0; i < s->n; i++) {
		sorted[i] = s->kept[i].v;
		sum += (double)s->kept[i].v;
	}
	qsort(sorted, s->n, sizeof(*sorted), compare);
	*out = (struct summary){
		.count = s->count, .min = s->min, .max = s->max, .mean = sum / (double)s->n};
	for (i = 0; i < s->n; i++) {
		d = (double)sorted[i] - out->mean;
		squares += d * d;
	}
	out->deviation = sqrt(squares / (double)s->n);
	out->median = middle(sorted, s->n);
	out->p5 = sorted[s->n * 5 / 100];
	out->p95 = sorted[s->n * 95 / 100];
	out->p99 = sorted[(s->n * 99) / 100];
	free(sorted);
	return true;
}

static int compare_doubles(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static double median(double *v, size_t n)
{
	qsort(v, n, sizeof(*v), compare_doubles);
	return n % 2 ? v[n / 2] : (v[n / 2 - 1] + v[n / 2]) / 2;
}

/* From the first on, so that 64 bits of nanoseconds fit a double. */
static double time_of(const struct samples *s, size_t i)
{
	return (double)wrapping_difference(s->kept[i].t, s->kept[0].t);
}

static double value_of(const struct samples *s, size_t i)
{
	return (double)wrapping_difference(s->kept[i].v, s->kept[0].v);
}

/* Theil 1950, the incomplete method: the median of the slopes between each sample and the one half
 * of them later. Least squares were tried: two frames 125 ms late among 34 made a rate of -1275 ppm
 * out of one of 2 ppm, and every delay variation with it. */
bool samples_line(const struct samples *s, double *offset, double *slope)
{
	double *v = s->n < 2 ? NULL : malloc(s->n * sizeof(*v)), span;
	size_t half = (s->n + 1) / 2, n = 0;

	if (!v)
		return false;
	for (size_t i = 0; i + half < s->n; i++) {
		span = time_of(s, i + half) - time_of(s, i);
		if (span > 0)
			v[n++] = (value_of(s, i + half) - value_of(s, i)) / span;
	}
	if (n) {
		*slope = median(v, n);
		for (size_t i = 0; i < s->n; i++)
			v[i] = value_of(s, i) - *slope * time_of(s, i);
		*offset = (double)s->kept[0].v + median(v, s->n);
	}
	free(v);
	return n > 0;
}

void samples_residuals(const struct samples *s, struct samples *out)
{
	double offset, slope, expected;
	size_t i;

	*out = (struct samples){0};
	if (!samples_line(s, &offset, &slope))
		return;
	offset -= (double)s->kept[0].v;
	for (i = 0; i < s->n; i++) {
		expected = offset + slope * (double)wrapping_difference(s->kept[i].t, s->kept[0].t);
		samples_add(out, s->kept[i].t,
			    llround((double)wrapping_difference(s->kept[i].v, s->kept[0].v) -
				    expected));
	}
}
