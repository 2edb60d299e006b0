/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef RUN_H
#define RUN_H

#include "options.h"

#include <signal.h>
#include <stdbool.h>

/* SIGINT, SIGTERM and SIGHUP ask the program to end; SIGPIPE becomes an error of writing. */
void stop_install(void);
bool stop_asked(void);
/* Holds those signals back but for the calls that wait with `waiting` (ppoll). */
void stop_hold(sigset_t *waiting);

/* The two ways to run: an exit status, every sentence and the final counts printed. */
int run_live(const struct options *o);
int run_replay(const struct options *o);

#endif
