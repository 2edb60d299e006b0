/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "analysis_text.h"

#include <math.h>
#include <stdlib.h>

void text_ns(struct text *t, double ns)
{
	static const struct {
		double unit;
		const char *name;
	} units[] = {{1e9, "s"}, {1e6, "ms"}, {1e3, "us"}};
	unsigned int i;

	for (i = 0; i < 3; i++) {
		if (fabs(ns) < units[i].unit)
			continue;
		text_format(t, "%.3f %s", ns / units[i].unit, units[i].name);
		return;
	}
	text_format(t, "%.0f ns", ns);
}

static int compare_first(const void *a, const void *b)
{
	const struct flow *x = *(const struct flow *const *)a, *y = *(const struct flow *const *)b;

	return (x->first > y->first) - (x->first < y->first);
}

unsigned int flows_in_order(const struct analysis *a, const struct flow *out[ANALYSIS_FLOWS_MAX])
{
	unsigned int i, n = 0;

	for (i = 0; i < ANALYSIS_FLOWS_MAX; i++)
		if (a->flows[i] && a->flows[i]->count)
			out[n++] = a->flows[i];
	qsort(out, n, sizeof(*out), compare_first);
	return n;
}

const char *tap_name(const struct analysis *a, unsigned int tap)
{
	unsigned int i;

	for (i = 0; i < ANALYSIS_FLOWS_MAX; i++)
		if (a->flows[i] && a->flows[i]->place.tap == tap)
			return a->flows[i]->iface;
	return "";
}
