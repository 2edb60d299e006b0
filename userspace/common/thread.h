/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef THREAD_H
#define THREAD_H

#include <pthread.h>

/* pthread_create() of a thread that takes no signals: those are the main thread's, which looks
 * whether it is to stop (stop.h). 0 or an errno, positive. */
int thread_start(pthread_t *thread, void *(*run)(void *arg), void *arg);

#endif
