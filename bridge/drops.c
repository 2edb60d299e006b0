/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "drops.h"

#include "bridge_drops.skel.h"
#include "kernel_btf.h"
#include "netns.h"

/* The skeleton and no more: an opaque name for its type. */
struct drops {
	struct bridge_drops skel;
};

struct drops *drops_open(int ports_fd, int counters_fd)
{
	struct bridge_drops *skel;

	if (!kernel_has_btf())
		return NULL;
	skel = bridge_drops__open();
	if (!skel)
		return NULL;
	skel->rodata->netns = netns_inode();
	if (!bpf_map__reuse_fd(skel->maps.ports, ports_fd) &&
	    !bpf_map__reuse_fd(skel->maps.counters, counters_fd) && !bridge_drops__load(skel) &&
	    !bridge_drops__attach(skel))
		return (struct drops *)skel;
	bridge_drops__destroy(skel);
	return NULL;
}

void drops_close(struct drops *d)
{
	bridge_drops__destroy((struct bridge_drops *)d);
}
