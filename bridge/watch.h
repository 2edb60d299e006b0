/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The programs of xdp/bridge_watch.bpf.c: they close a port of the fast path within the call that
 * changes it. They belong to this process and go with it. */
#ifndef WATCH_H
#define WATCH_H

struct watch;

/* `ports_fd`: the map of ports, of the calling thread's network namespace. NULL where the kernel
 * cannot: no BTF, before Linux 5.10, or an architecture without BPF trampolines. Needs CAP_BPF and
 * CAP_PERFMON, and CAP_SYS_ADMIN where the bridge is a module. */
struct watch *watch_open(int ports_fd);
void watch_close(struct watch *w);

#endif
