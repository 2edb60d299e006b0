/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The programs of xdp/bridge_moves.bpf.c: an address that the bridge moves or deletes is off the
 * fast path at once. They belong to this process and go with it. */
#ifndef MOVES_H
#define MOVES_H

#include <stdint.h>

struct moves;

/* The maps of ports, of the calling thread's network namespace, and of addresses, with the hash's
 * seed and the number of buckets less one. NULL where the kernel cannot: no BTF, or none of a
 * bridge that is a module (before Linux 5.11). Needs CAP_BPF and CAP_PERFMON, and CAP_SYS_ADMIN
 * where the bridge is a module. */
struct moves *moves_open(int ports_fd, int fdb_fd, uint64_t seed, uint32_t mask);
void moves_close(struct moves *m);

#endif
