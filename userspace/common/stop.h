/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Ending on SIGINT, SIGTERM and SIGHUP: the loop looks, the handler does nothing but note it. */
#ifndef STOP_H
#define STOP_H

#include <signal.h>
#include <stdbool.h>

void stop_install(void); /* SIGPIPE is ignored: a write says EPIPE */
bool stop_asked(void);
/* Blocks the signals outside of ppoll() and puts the mask to give to ppoll() into *waiting: one
 * that comes between the look and the wait ends the wait at once. */
void stop_hold(sigset_t *waiting);

#endif
