/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Ports that did not take the program, and when each is tried again. Zero is an empty set. */
#ifndef REFUSED_H
#define REFUSED_H

#include "ktable.h"

struct refused {
	struct refused_port *ports;
	size_t n;
};

/* Was it refused, and is it too early to try again? */
bool refused_has(const struct refused *r, uint32_t ifindex);

/* True when the port is new in the set. It is not tried until refused_try_again(); without memory
 * it is not kept, and tried at once. */
bool refused_add(struct refused *r, uint32_t ifindex, const char *why);
void refused_forget(struct refused *r, uint32_t ifindex);

/* The index-th and why, valid until the set changes; 0 past the end. */
uint32_t refused_at(const struct refused *r, size_t index, const char **why);

/* From now on all may be tried; those that `table` does not have any more are forgotten. */
void refused_try_again(struct refused *r, const struct ktable *table);
void refused_free(struct refused *r);

#endif
