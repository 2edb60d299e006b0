/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Looking into another network namespace that rtnetlink knows only by number. */
#ifndef NETNS_H
#define NETNS_H

#include <stddef.h>
#include <stdint.h>

/* Runs `look(arg)` in a thread of its own that has entered the namespace with number `nsid`, as
 * seen from the caller's namespace. It is found among /run/netns and the processes' own. Its path
 * goes to `path`. 0, -ENOENT when it is not found, -EPERM, -errno. */
int netns_run(int32_t nsid, void (*look)(void *arg), void *arg, char *path, size_t size);
/* The same once in every other namespace that has a name or a process, where it may be entered. */
void netns_each(void (*look)(void *arg), void *arg);
/* The number that the calling thread's namespace has for the one open at `ns`, or -1. */
int32_t netns_number(int ns);
/* The inode number of the calling thread's namespace, which the kernel keeps in struct ns_common;
 * 0 where /proc does not say. */
uint32_t netns_inode(void);

#endif
