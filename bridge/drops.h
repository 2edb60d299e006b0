/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The program of xdp/bridge_drops.bpf.c: frames that a port's driver refused are counted in the
 * row of the port. It belongs to this process and goes with it. */
#ifndef DROPS_H
#define DROPS_H

struct drops;

/* The maps of ports and of counters; ports of the calling thread's network namespace. NULL where
 * the kernel cannot: no BTF. Needs CAP_BPF and CAP_PERFMON. */
struct drops *drops_open(int ports_fd, int counters_fd);
void drops_close(struct drops *d);

#endif
