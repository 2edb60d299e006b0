/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef RUN_H
#define RUN_H

#include "options.h"
#include "stop.h"

/* The two ways to run: an exit status, every sentence and the final counts printed. */
int run_live(const struct options *o);
int run_replay(const struct options *o);

#endif
