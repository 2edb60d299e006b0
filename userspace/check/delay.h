/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How long frames took, as a histogram of fixed size. Nanoseconds. */
#ifndef DELAY_H
#define DELAY_H

#include <stdint.h>

struct delay;

struct delay *delay_create(void); /* NULL without memory */
void delay_destroy(struct delay *d);
void delay_add(struct delay *d, int64_t ns);
uint64_t delay_count(const struct delay *d);
int64_t delay_longest(const struct delay *d);
/* The delay that a share of `q` (0 to 1) does not exceed, right within 7 percent; at least one was
 * added. */
int64_t delay_quantile(const struct delay *d, double q);

#endif
