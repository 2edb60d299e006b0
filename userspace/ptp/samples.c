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

static int compare(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return (x > y) - (x < y);
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
	out->median = sorted[s->n / 2];
	out->p99 = sorted[(s->n * 99) / 100];
	free(sorted);
	return true;
}

bool samples_line(const struct samples *s, double *offset, double *slope)
{
	double st = 0, sv = 0, stt = 0, stv = 0, t, v, n = (double)s->n, divisor;
	size_t i;

	for (i = 0; i < s->n; i++) {
		/* From the first on, so that 64 bits of nanoseconds fit a double. */
		t = (double)wrapping_difference(s->kept[i].t, s->kept[0].t);
		v = (double)wrapping_difference(s->kept[i].v, s->kept[0].v);
		st += t;
		sv += v;
		stt += t * t;
		stv += t * v;
	}
	divisor = n * stt - st * st;
	if (s->n < 2 || !(divisor > 0))
		return false;
	*slope = (n * stv - st * sv) / divisor;
	*offset = (double)s->kept[0].v + (sv - *slope * st) / n;
	return true;
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
