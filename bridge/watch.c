/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "watch.h"

#include "bridge_watch.skel.h"
#include "kernel_btf.h"
#include "netns.h"

#include <stdbool.h>

/* The skeleton and no more: an opaque name for its type. */
struct watch {
	struct bridge_watch skel;
};

static struct bridge_watch *try(int ports_fd, bool vlans, bool uppers)
{
	struct bridge_watch *skel = bridge_watch__open();

	if (!skel)
		return NULL;
	skel->rodata->netns = netns_inode();
	bpf_program__set_autoload(skel->progs.vlan_changes, vlans);
	bpf_program__set_autoload(skel->progs.vlan_changed, vlans);
	bpf_program__set_autoload(skel->progs.upper_comes, uppers);
	if (!bpf_map__reuse_fd(skel->maps.ports, ports_fd) && !bridge_watch__load(skel) &&
	    !bridge_watch__attach(skel))
		return skel;
	bridge_watch__destroy(skel);
	return NULL;
}

struct watch *watch_open(int ports_fd)
{
	struct bridge_watch *skel;

	if (!kernel_has_btf())
		return NULL;
	skel = try(ports_fd, true, true);
	if (!skel)
		skel = try(ports_fd, false, true); /* without CONFIG_BRIDGE_VLAN_FILTERING */
	if (!skel)
		skel = try(ports_fd, true, false);
	if (!skel)
		skel = try(ports_fd, false, false);
	return (struct watch *)skel;
}

void watch_close(struct watch *w)
{
	bridge_watch__destroy((struct bridge_watch *)w);
}
