/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Makes an entry absent within the very call by which the kernel's bridge moves or deletes it,
 * where the kernel has BTF: the daemon, which writes it again, hears of it later. The XDP program
 * itself sees only unicast frames that come in by a port that is open to it; a host that has moved
 * is heard of by a broadcast first, as a rule. */
#include <linux/bpf.h>

#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

#include "bridge_kernel.h"
#include "bridge_table.h"

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)
typedef struct {
	unsigned char addr[6];
} mac_addr;
struct net_bridge_fdb_key {
	mac_addr addr;
	__u16 vlan_id;
};
struct net_bridge_fdb_entry {
	struct net_bridge_port *dst;
	struct net_bridge_fdb_key key;
};
struct net_bridge {
	struct net_device *dev;
};
#pragma clang attribute pop

/* The entry as the table has it for a bridge of which `port` is one. A sticky one is not moved. */
static __always_inline int changes(struct xb_port *port, const unsigned char *address, __u16 vid,
				   int moves)
{
	__u64 key = 0, data, hash;
	struct xb_entry *entry;

	if (!port)
		return 0;
	bpf_probe_read_kernel(&key, 6, address);
	key |= (__u64)(vid & 0xfff) << XB_KEY_VID_SHIFT;
	hash = xb_hash(key, (port->self & XB_DATA_BRIDGE) >> XB_DATA_BRIDGE_SHIFT, hash_seed);
	entry = find(bucket_at(hash), hash, key, port->self, &data);
	if (!entry || (moves && (data & XB_DATA_STICKY || !((data ^ port->self) & XB_DATA_PORT))))
		return 0;
	make_absent(entry, data);
	*(volatile __u8 *)&port->spoiled = 1;
	return 0;
}

/* The port's record or, where it is not followed, its bridge's. */
static __always_inline struct xb_port *record_in(const struct net_bridge *br,
						 const struct net_bridge_port *port)
{
	struct xb_port *record = record_of(port);

	return record ? record : port_of(br->dev);
}

/* include/trace/events/bridge.h, Linux 5.10 and newer. When the bridge has learned: */
SEC("tp_btf/br_fdb_update")
int BPF_PROG(learned, const struct net_bridge *br, const struct net_bridge_port *port,
	     const unsigned char *address, __u16 vid)
{
	return changes(record_in(br, port), address, vid, 1);
}

/* Before somebody's entry is made or changed: */
SEC("tp_btf/br_fdb_add")
int BPF_PROG(added, const void *message, const struct net_device *dev, const unsigned char *address,
	     __u16 vid)
{
	return changes(port_of(dev), address, vid, 0);
}
SEC("tp_btf/br_fdb_external_learn_add")
int BPF_PROG(added_externally, const struct net_bridge *br, const struct net_bridge_port *port,
	     const unsigned char *address, __u16 vid)
{
	return changes(record_in(br, port), address, vid, 0);
}

/* Before it is deleted, by whomever: */
SEC("tp_btf/fdb_delete")
int BPF_PROG(deleted, const struct net_bridge *br, const struct net_bridge_fdb_entry *entry)
{
	const struct net_bridge_port *port = entry->dst;

	return port ? changes(port_of(port->dev), entry->key.addr.addr, entry->key.vlan_id, 0) : 0;
}

char LICENSE[] SEC("license") = "GPL";
