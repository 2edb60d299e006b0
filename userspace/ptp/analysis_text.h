/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the forms of the report share. Inner header of the analysis. */
#ifndef ANALYSIS_TEXT_H
#define ANALYSIS_TEXT_H

#include "analysis.h"

/* Nanoseconds with the unit that fits: "12.3 us". */
void text_ns(struct text *t, double ns);
/* The flows in the order they began: `out` holds ANALYSIS_FLOWS_MAX; how many. */
unsigned int flows_in_order(const struct analysis *a, const struct flow *out[ANALYSIS_FLOWS_MAX]);
/* A tap's interface, by a flow of it; "" where it has no name. */
const char *tap_name(const struct analysis *a, unsigned int tap);

#endif
