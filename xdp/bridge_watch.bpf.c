/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Closes a port of the fast path within the very call that changes it in the kernel's bridge, where
 * the kernel has BTF: the daemon, which hears of it over netlink and opens the port again, may be
 * milliseconds late on a busy CPU. Without these programs only that delay is left. */
#include <linux/bpf.h>

#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

#include "bridge_kernel.h"

/* Before the kernel announces the change, after it made it. `changing` first: a daemon that opens
 * the port in this moment looks at it again afterwards. */
static __always_inline int begins(const struct net_bridge_port *port)
{
	struct xb_port *record = record_of(port);

	if (!record)
		return 0;
	__sync_fetch_and_add(&record->changing, 1);
	*(volatile __u8 *)&record->closed_in = XB_SYNCING;
	*(volatile __u8 *)&record->closed_out = XB_SYNCING;
	*(volatile __u8 *)&record->closed_generic = XB_SYNCING;
	*(volatile __u8 *)&record->closed_partial = XB_SYNCING;
	return 0;
}

static __always_inline int ended(const struct net_bridge_port *port)
{
	struct xb_port *record = record_of(port);

	if (record)
		__sync_fetch_and_add(&record->announced, 1);
	return 0;
}

/* net/bridge/br_netlink.c, Linux 5.10 and newer: every change of a port's flags and state, whoever
 * made it. Not br_ifinfo_notify(), which the compiler inlines where it matters most, in
 * br_setlink(). */
SEC("fentry/br_info_notify")
int BPF_PROG(port_changes, int event, const struct net_bridge *br,
	     const struct net_bridge_port *port)
{
	return begins(port);
}
SEC("fexit/br_info_notify")
int BPF_PROG(port_changed, int event, const struct net_bridge *br,
	     const struct net_bridge_port *port)
{
	return ended(port);
}

/* net/bridge/br_vlan.c: every change of a port's VLANs, with CONFIG_BRIDGE_VLAN_FILTERING. */
SEC("fentry/br_vlan_notify")
int BPF_PROG(vlan_changes, const struct net_bridge *br, const struct net_bridge_port *port)
{
	return begins(port);
}
SEC("fexit/br_vlan_notify")
int BPF_PROG(vlan_changed, const struct net_bridge *br, const struct net_bridge_port *port)
{
	return ended(port);
}

static __always_inline int is_vlan(const struct net_device *dev)
{
	union {
		char text[8];
		__u64 word;
	} kind = {}, vlan = {"vlan"};

	if (!dev->rtnl_link_ops)
		return 0;
	bpf_probe_read_kernel_str(kind.text, sizeof(kind.text), dev->rtnl_link_ops->kind);
	return kind.word == vlan.word;
}

/* net/core/dev.c: a device is put on another. One in another namespace is announced there alone. */
SEC("fentry/netdev_upper_dev_link")
int BPF_PROG(upper_comes, const struct net_device *dev, const struct net_device *upper)
{
	struct xb_port *record = port_of(dev);

	if (!record || upper->nd_net.net->ns.inum == netns || !is_vlan(upper))
		return 0;
	*(volatile __u8 *)&record->vlan_away = 1;
	*(volatile __u16 *)&record->flags &= ~XB_PORT_TAGGED;
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
