/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A scenario from its first step to its last through one engine, and two such runs compared. */
#ifndef RUN_H
#define RUN_H

#include "check_engine.h"

enum { RUN_ENTRIES_MAX = 4096 };

struct run {
	const struct engine_ops *ops;
	struct outcome *outcome; /* one for each step of the scenario */
	struct brm_fdb *fdb;
	int nfdb; /* -1: the engine has none to show */
	char note[256];
};

struct run_error {
	char text[600];
};

/* Runs it; `engine` comes from ops->open() and is not closed. 0 or -errno with a sentence that
 * names the scenario's line. `file` names the scenario. */
int run_scenario(struct run *r, const struct engine_ops *ops, void *engine,
		 const struct scenario *s, const char *file, struct run_error *err);
void run_free(struct run *r, const struct scenario *s);
/* True when the two agree; else one sentence with the first difference. */
bool run_equal(const struct scenario *s, const char *file, const struct run *model,
	       const struct run *other, struct run_error *why);
/* True when every frame left where the scenario says. */
bool run_expected(const struct scenario *s, const char *file, const struct run *r,
		  struct run_error *why);

#endif
