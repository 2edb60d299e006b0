/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The map of ports, which the XDP program and those that run inside the kernel share, and its
 * direct-mapped lookup. */
#ifndef BRIDGE_PORTS_H
#define BRIDGE_PORTS_H

#include <linux/bpf.h>

#include <bpf/bpf_helpers.h>

#include "bridge_maps.h"

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, XB_PORT_SLOTS);
	__type(key, __u32);
	__type(value, struct xb_port);
} ports SEC(".maps");

static __always_inline struct xb_port *port_at(__u32 slot)
{
	return bpf_map_lookup_elem(&ports, &slot);
}

/* NULL: no port of the fast path. */
static __always_inline struct xb_port *port_by_ifindex(__u32 ifindex)
{
	struct xb_port *port;

#pragma unroll
	for (int i = 0; i < XB_PORT_PROBES; i++) {
		port = port_at((ifindex + i) & (XB_PORT_SLOTS - 1));
		if (port && port->ifindex == ifindex)
			return port;
	}
	return 0;
}

#endif
