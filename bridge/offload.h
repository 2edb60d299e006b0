/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The receive offload that takes VLAN tags out of frames before XDP sees them (rx-vlan-offload),
 * turned off for the fast path's sake and put back. What is off is noted in /run/xdp_bridge, by
 * network namespace and interface, so that it can be put back after a process that was killed. */
#ifndef OFFLOAD_H
#define OFFLOAD_H

#include <stdbool.h>
#include <stdint.h>

/* Turns it off. 0; -EOPNOTSUPP where the driver keeps it on; -errno. Works without the note where
 * /run cannot be written. */
int offload_take(uint32_t ifindex);
/* Turns it on again, if it is off, and forgets the note. */
void offload_give_back(uint32_t ifindex);
/* Is it off, and noted? Then whoever noted it runs, or was killed. */
bool offload_taken(uint32_t ifindex);

/* One that was taken has another name, by which the next process is to know it. */
void offload_renamed(uint32_t ifindex, const char *name);

#endif
