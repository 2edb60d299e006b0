/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Counts the frames that XDP handed to a port and its driver refused, where the kernel has BTF: for
 * a program on a port they are gone without an answer. */
#include <linux/bpf.h>

#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

#include "bridge_counters.h"
#include "bridge_kernel.h"

static __always_inline void count(const struct net_device *to, __u64 drops)
{
	struct xb_port *port = port_of(to);
	struct xb_counters *c;
	__u32 row;

	if (!port)
		return;
	row = port->row;
	c = bpf_map_lookup_elem(&counters, &row);
	if (c)
		c->out_drops += drops;
}

/* include/trace/events/xdp.h, Linux 5.6 and newer: up to 16 frames from one port to another.
 * Others' programs redirect, too: only from a port of the bridge. */
SEC("tp_btf/xdp_devmap_xmit")
int BPF_PROG(transmitted, const struct net_device *from, const struct net_device *to, int sent,
	     int drops)
{
	if (drops > 0 && port_of(from))
		count(to, drops);
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
