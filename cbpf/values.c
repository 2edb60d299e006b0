/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "values.h"

#include <linux/filter.h>
#include <stddef.h>

static const struct cbpf_values any;

struct cbpf_values cbpf_values_of(uint32_t v)
{
	return (struct cbpf_values){.count = 1, .v = {v}};
}

/* False when there is no room. */
static bool add(struct cbpf_values *to, uint32_t v)
{
	for (int i = 0; i < to->count; i++)
		if (to->v[i] == v)
			return true;
	if (to->count == CBPF_VALUES_MAX)
		return false;
	to->v[to->count++] = v;
	return true;
}

struct cbpf_values cbpf_values_join(const struct cbpf_values *a, const struct cbpf_values *b)
{
	struct cbpf_values out = *a;

	if (!a->count || !b->count)
		return any;
	for (int i = 0; i < b->count; i++)
		if (!add(&out, b->v[i]))
			return any;
	return out;
}

/* Any value AND a mask of few bits: the subsets of the mask. */
static struct cbpf_values subsets(uint32_t mask)
{
	struct cbpf_values out = {0};
	uint32_t v = mask;

	if (1U << __builtin_popcount(mask & 0x7fffffff) > CBPF_VALUES_MAX || mask >> 31)
		return any;
	for (;; v = (v - 1) & mask) {
		add(&out, v);
		if (!v)
			return out;
	}
}

struct cbpf_values cbpf_values_alu(uint8_t op, const struct cbpf_values *a,
				   const struct cbpf_values *b)
{
	struct cbpf_values out = {0};

	if (op == BPF_AND && !a->count && b->count == 1)
		return subsets(b->v[0]);
	if (!a->count || !b->count)
		return any;
	for (int i = 0; i < a->count; i++)
		for (int j = 0; j < b->count; j++)
			if (!add(&out, cbpf_alu(op, a->v[i], b->v[j])))
				return any;
	return out;
}
