/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A file read ahead by a thread, block by block, while the blocks before are being used. */
#ifndef CAPFILE_AHEAD_H
#define CAPFILE_AHEAD_H

#include <stdint.h>
#include <sys/types.h>

#define CAPFILE_AHEAD_BLOCK (256u << 10)
/* Bytes in front of each block that belong to the user: for what is left of the block before. */
#define CAPFILE_AHEAD_HEADROOM (64u << 10)

struct capfile_ahead;

/* Starts at the descriptor's place; NULL when there is no memory or thread to be had. */
struct capfile_ahead *capfile_ahead_start(int fd);
/* Waits for the next block: its length, 0 at the end of the file, or -errno. */
ssize_t capfile_ahead_peek(struct capfile_ahead *a, uint8_t **data);
/* The block peeked at is in use from here on, until the next is taken; the one before is given
 * back. */
void capfile_ahead_take(struct capfile_ahead *a);
void capfile_ahead_stop(struct capfile_ahead *a); /* ends the thread; NULL is allowed */

#endif
