/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef RUN_H
#define RUN_H

#include "sink.h"

/* Sends the plan of `o` to the sink, whose addresses are in `o` by now; an exit status. */
int run(struct sink *sink, const struct options *o);

#endif
