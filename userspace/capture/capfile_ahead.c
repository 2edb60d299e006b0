/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "capfile_ahead.h"

#include "thread.h"

#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <unistd.h>

#define SLOTS 4 /* one in use, one ready, one being read, one to spare */

struct slot {
	uint8_t memory[CAPFILE_AHEAD_HEADROOM + CAPFILE_AHEAD_BLOCK];
	ssize_t len; /* 0: the file ends here; or -errno */
};

struct capfile_ahead {
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t changed;
	int fd;
	bool stop;
	/* counts since the start: block n is in slot n % SLOTS */
	uint64_t read, taken, given_back;
	struct slot slots[SLOTS];
};

/* A whole block, or what there is at the end; 0 at the end, -errno. */
static ssize_t read_block(int fd, uint8_t *to)
{
	size_t have = 0;

	while (have < CAPFILE_AHEAD_BLOCK) {
		ssize_t n = read(fd, to + have, CAPFILE_AHEAD_BLOCK - have);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return have ? (ssize_t)have : -errno;
		if (n == 0)
			break;
		have += (size_t)n;
	}
	return (ssize_t)have;
}

static void *reader(void *arg)
{
	struct capfile_ahead *a = arg;
	struct slot *slot;

	do {
		pthread_mutex_lock(&a->lock);
		while (!a->stop && a->read - a->given_back >= SLOTS)
			pthread_cond_wait(&a->changed, &a->lock);
		slot = a->stop ? NULL : &a->slots[a->read % SLOTS];
		pthread_mutex_unlock(&a->lock);
		if (!slot)
			break;
		slot->len = read_block(a->fd, slot->memory + CAPFILE_AHEAD_HEADROOM);
		pthread_mutex_lock(&a->lock);
		a->read++;
		pthread_cond_signal(&a->changed);
		pthread_mutex_unlock(&a->lock);
	} while (slot->len > 0);
	return NULL;
}

struct capfile_ahead *capfile_ahead_start(int fd)
{
	struct capfile_ahead *a = malloc(sizeof(*a));

	if (!a)
		return NULL;
	pthread_mutex_init(&a->lock, NULL);
	pthread_cond_init(&a->changed, NULL);
	a->fd = fd;
	a->stop = false;
	a->read = a->taken = a->given_back = 0;
	if (!thread_start(&a->thread, reader, a))
		return a;
	free(a);
	return NULL;
}

ssize_t capfile_ahead_peek(struct capfile_ahead *a, uint8_t **data)
{
	struct slot *slot = &a->slots[a->taken % SLOTS];

	pthread_mutex_lock(&a->lock);
	while (a->read == a->taken)
		pthread_cond_wait(&a->changed, &a->lock);
	pthread_mutex_unlock(&a->lock);
	*data = slot->memory + CAPFILE_AHEAD_HEADROOM;
	return slot->len;
}

void capfile_ahead_take(struct capfile_ahead *a)
{
	pthread_mutex_lock(&a->lock);
	a->given_back = a->taken++;
	pthread_cond_signal(&a->changed);
	pthread_mutex_unlock(&a->lock);
}

void capfile_ahead_stop(struct capfile_ahead *a)
{
	if (!a)
		return;
	pthread_mutex_lock(&a->lock);
	a->stop = true;
	pthread_cond_signal(&a->changed);
	pthread_mutex_unlock(&a->lock);
	pthread_join(a->thread, NULL);
	pthread_cond_destroy(&a->changed);
	pthread_mutex_destroy(&a->lock);
	free(a);
}
