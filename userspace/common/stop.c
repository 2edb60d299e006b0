/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "stop.h"

#include <stddef.h>

static volatile sig_atomic_t asked;

static void ask(int signal)
{
	(void)signal;
	asked = 1;
}

static void each_signal(int (*what)(sigset_t *set, int signal), sigset_t *set)
{
	what(set, SIGINT);
	what(set, SIGTERM);
	what(set, SIGHUP);
}

void stop_install(void)
{
	struct sigaction action = {.sa_handler = ask}, before;

	sigemptyset(&action.sa_mask);
	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
	/* nohup(1) says that a lost terminal is no reason to end. */
	sigaction(SIGHUP, NULL, &before);
	if (before.sa_handler != SIG_IGN)
		sigaction(SIGHUP, &action, NULL);
	signal(SIGPIPE, SIG_IGN);
}

bool stop_asked(void)
{
	return asked;
}

void stop_hold(sigset_t *waiting)
{
	sigset_t hold;

	sigemptyset(&hold);
	each_signal(sigaddset, &hold);
	sigprocmask(SIG_BLOCK, &hold, waiting);
	each_signal(sigdelset, waiting);
}
