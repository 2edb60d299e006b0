/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Ending on SIGINT, SIGTERM and SIGHUP: the loop looks, the handler does nothing but note it.
 * SIGHUP stays ignored where it was: nohup(1). */
#ifndef STOP_H
#define STOP_H

#include <signal.h>
#include <stdbool.h>

void stop_install(void); /* SIGPIPE is ignored: a write says EPIPE */
bool stop_asked(void);
/* Blocks the signals outside of ppoll() and puts the mask to give to ppoll() into *waiting: one
 * that comes between the look and the wait ends the wait at once. One that came before this call
 * was caught and ends no wait: look at stop_asked() before each. */
void stop_hold(sigset_t *waiting);

#endif
