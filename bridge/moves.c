/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "moves.h"

#include "bridge_moves.skel.h"
#include "kernel_btf.h"
#include "netns.h"

/* The skeleton and no more: an opaque name for its type. */
struct moves {
	struct bridge_moves skel;
};

struct moves *moves_open(int ports_fd, int fdb_fd, uint64_t seed, uint32_t mask)
{
	struct bridge_moves *skel;

	if (!kernel_has_btf())
		return NULL;
	skel = bridge_moves__open();
	if (!skel)
		return NULL;
	skel->rodata->netns = netns_inode();
	skel->rodata->hash_seed = seed;
	skel->rodata->bucket_mask = mask;
	if (!bpf_map__reuse_fd(skel->maps.ports, ports_fd) &&
	    !bpf_map__reuse_fd(skel->maps.fdb, fdb_fd) && !bridge_moves__load(skel) &&
	    !bridge_moves__attach(skel))
		return (struct moves *)skel;
	bridge_moves__destroy(skel);
	return NULL;
}

void moves_close(struct moves *m)
{
	bridge_moves__destroy((struct bridge_moves *)m);
}
