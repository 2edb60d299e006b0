/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What programs that run inside the kernel's functions need of its structures (BTF puts the members
 * where the running kernel has them), and the fast path's record of a device. */
#ifndef BRIDGE_KERNEL_H
#define BRIDGE_KERNEL_H

#include "bridge_ports.h"

/* Set before the programs are loaded: the network namespace's inode number. These programs see all
 * namespaces, and an interface index means something in its own only. */
const volatile __u32 netns = 0;

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)
struct ns_common {
	unsigned int inum;
};
struct net {
	struct ns_common ns;
};
typedef struct {
	struct net *net;
} possible_net_t;
struct rtnl_link_ops {
	const char *kind;
};
struct net_device {
	int ifindex;
	possible_net_t nd_net;
	const struct rtnl_link_ops *rtnl_link_ops;
};
struct net_bridge;
struct net_bridge_port {
	struct net_device *dev;
};
#pragma clang attribute pop

/* The record in the map of ports, or NULL: the device is no port of the fast path. */
static __always_inline struct xb_port *port_of(const struct net_device *dev)
{
	if (!dev || dev->nd_net.net->ns.inum != netns)
		return 0;
	return port_by_ifindex(dev->ifindex);
}

static __always_inline struct xb_port *record_of(const struct net_bridge_port *port)
{
	return port ? port_of(port->dev) : 0;
}

#endif
