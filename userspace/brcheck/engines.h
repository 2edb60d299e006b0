/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the commands share that run scenarios. */
#ifndef ENGINES_H
#define ENGINES_H

#include "run.h"

/* NULL at the end. */
const struct engine_ops *engine_at(unsigned int index);
/* NULL for a name that no engine has. */
const struct engine_ops *engine_named(const char *name);
/* Opens the engine, runs the scenario, closes it. 0, or -errno with a sentence; -EOPNOTSUPP where
 * this machine cannot. */
int engine_run(const struct engine_ops *ops, const struct scenario *s, const char *file,
	       struct run *r, struct run_error *err);
/* Writes what left at each port into DIR/PORT.pcap. 0 or an exit status after a sentence. */
int write_outcome(const char *dir, const struct scenario *s, const struct run *r);
/* One line per frame: where it left. */
void print_outcome(const struct scenario *s, const struct run *r);

#endif
