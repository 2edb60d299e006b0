/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The fast path: forwards a frame only where the kernel's bridge has learned both its addresses,
 * passes up all else. It learns nothing and drops nothing. One program serves all ports. */
#include <linux/bpf.h>
#include <linux/if_ether.h>

#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#include "bridge_counters.h"
#include "bridge_ports.h"
#include "bridge_table.h"

/* Set before the program is loaded. */
const volatile __u8 has_frags = 0;       /* Linux 5.18: a frame may go on in further buffers */
const volatile __u32 stamp_shift = 3;    /* a stamp counts (1 << shift) ticks */
const volatile __u64 attended_ticks = 0; /* how long what the daemon said holds */

/* The tick at which the daemon last said that the maps are up to date; 0: not yet. */
__u64 attended = 0;

struct {
	__uint(type, BPF_MAP_TYPE_DEVMAP);
	__uint(max_entries, XB_PORT_SLOTS);
	__uint(key_size, 4);
	__uint(value_size, 4);
} tx SEC(".maps");

struct frame {
	__u64 dest, source; /* addresses as the low 48 bits */
	__u32 len;
	__u16 type_be;
	__u16 tci;   /* of the bridge's own tag */
	__u16 vid;   /* the VLAN it belongs to; 0 where the bridge filters none */
	__u8 frags;  /* goes on in further buffers */
	__u8 tagged; /* begins with a tag of the bridge's own protocol, and the bridge filters */
};

/* What egress asks for beyond sending the frame as it is. */
enum edit { EDIT_NONE, EDIT_PUSH, EDIT_POP, EDIT_VID };

static __always_inline int is_tag(__u16 type_be)
{
	return type_be == bpf_htons(ETH_P_8021Q) || type_be == bpf_htons(ETH_P_8021AD);
}

static __always_inline int is_neighbour(__u16 type_be)
{
	return type_be == bpf_htons(ETH_P_ARP) || type_be == bpf_htons(ETH_P_RARP) ||
	       type_be == bpf_htons(ETH_P_IPV6);
}

/* br_process_frame_type() of net/bridge/br_input.c, Linux 5.11: what a port with a maintenance end
 * point or in a ring may not forward, whatever its destination. */
static __always_inline int is_maintenance(__u16 type_be)
{
	return type_be == bpf_htons(ETH_P_CFM) || type_be == bpf_htons(ETH_P_MRP);
}

/* The VLAN that br_allowed_ingress() of net/bridge/br_vlan.c gives the frame. A tag of another
 * protocol than the bridge's is payload; VID 0 means the PVID. Membership is in the entries. */
static __always_inline enum xb_verdict read_vlan(__u16 *tci_be, void *end, const struct xb_port *in,
						 struct frame *frame)
{
	__u16 type_be = frame->type_be;

	if (is_tag(type_be)) {
		if (!(in->flags & XB_PORT_TAGGED))
			return XB_TAGGED;
		/* skb_vlan_untag() of net/core/skbuff.c drops what has no type behind the tag. */
		if ((void *)(tci_be + 3) > end)
			return XB_RUNT;
		type_be = tci_be[1];
	}
	if (is_maintenance(type_be))
		return XB_MAINTENANCE;
	if (in->flags & XB_PORT_NEIGHBOUR &&
	    (is_tag(frame->type_be) || is_neighbour(frame->type_be)))
		return XB_NEIGHBOUR;
	if (!(in->flags & XB_PORT_FILTERS))
		return 0;
	if (frame->type_be == in->vlan_proto_be) {
		if ((void *)(tci_be + 3) > end)
			return XB_RUNT;
		frame->tagged = 1;
		frame->tci = bpf_ntohs(*tci_be);
		frame->vid = frame->tci & 0xfff;
	}
	if (!frame->vid)
		frame->vid = in->pvid;
	return frame->vid ? 0 : XB_VLAN_REFUSED;
}

/* 0, or the verdict on a frame that needs no look at the tables. */
static __always_inline enum xb_verdict read_frame(struct xdp_md *ctx, const struct xb_port *in,
						  struct frame *frame)
{
	void *end = (void *)(long)ctx->data_end;
	struct ethhdr *eth = (void *)(long)ctx->data;

	if ((void *)(eth + 1) > end)
		return XB_RUNT;
	frame->len = end - (void *)eth;
	if (has_frags) {
		__u32 whole = bpf_xdp_get_buff_len(ctx);

		frame->frags = whole != frame->len;
		frame->len = whole;
	}
	frame->dest = *(__u32 *)&eth->h_dest[0] | (__u64) * (__u16 *)&eth->h_dest[4] << 32;
	frame->source = *(__u32 *)&eth->h_source[0] | (__u64) * (__u16 *)&eth->h_source[4] << 32;
	frame->type_be = eth->h_proto;
	if (eth->h_dest[0] & 1) {
		if (*(__u32 *)&eth->h_dest[0] == bpf_htonl(0x0180c200) && eth->h_dest[4] == 0 &&
		    (eth->h_dest[5] & 0xf0) == 0)
			return XB_LINK_LOCAL;
		return XB_GROUP;
	}
	if (eth->h_source[0] & 1 || !frame->source)
		return XB_BAD_SOURCE;
	return read_vlan((__u16 *)(eth + 1), end, in, frame);
}

/* Is this the frame that tells the kernel that the source is alive? A plain store of the stamp's
 * two bytes, not a compare-and-swap: CPUs that race send up one frame each, which does no harm, and
 * kernels before 5.12 refuse a program that contains the instruction. The daemon never needs the
 * stamp. */
static __always_inline int keep_alive_due(struct xb_entry *entry, __u64 data,
					  const struct xb_port *in)
{
	__u16 now = (bpf_jiffies64() >> stamp_shift) & XB_DATA_STAMP;
	__u16 *stamp = (__u16 *)&entry->data;

#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
	stamp += 3;
#endif
	if (data & XB_DATA_STATIC)
		return 0;
	if (!(data & XB_DATA_DUE) && ((now - (__u16)data) & XB_DATA_STAMP) < in->keep_alive)
		return 0;
	*(volatile __u16 *)stamp = now;
	return 1;
}

/* The host has moved, as the bridge's static entries do, too: until the daemon has heard so from
 * the kernel, nothing is forwarded to where it was. Where the kernel then does not move it, as in a
 * VLAN that the port is no member of, the daemon writes the entry again. */
static __always_inline void spoil(struct xb_entry *entry, __u64 data, struct xb_port *in)
{
	if (data & XB_DATA_STICKY || !(in->flags & XB_PORT_LEARNS))
		return;
	make_absent(entry, data);
	in->spoiled = 1;
}

static __always_inline enum xb_verdict check_source(struct xb_entry *entry, __u64 data,
						    struct xb_port *in)
{
	if (!entry)
		return XB_SOURCE_NEW;
	if ((data ^ in->self) & XB_DATA_PORT) {
		spoil(entry, data, in);
		return XB_SOURCE_MOVED;
	}
	if ((data ^ in->self) & XB_DATA_SELF)
		return XB_SOURCE_NEW;
	if (!(data & XB_DATA_MEMBER))
		return XB_VLAN_REFUSED;
	if (keep_alive_due(entry, data, in))
		return XB_KEEP_ALIVE;
	return 0;
}

/* br_handle_vlan(): the tag is taken off where the egress port sends the VLAN untagged; else it
 * stays, with its priority, or is put on, with priority 0. */
static __always_inline enum edit edit_for(const struct xb_port *in, const struct frame *frame,
					  __u64 dest)
{
	if (!(in->flags & XB_PORT_FILTERS))
		return EDIT_NONE;
	if (dest & XB_DATA_UNTAGGED)
		return frame->tagged ? EDIT_POP : EDIT_NONE;
	if (!frame->tagged)
		return EDIT_PUSH;
	return frame->tci & 0xfff ? EDIT_NONE : EDIT_VID;
}

static __always_inline enum xb_verdict check_dest(struct xb_entry *entry, __u64 data,
						  const struct frame *frame,
						  const struct xb_port *in, struct xb_port **out,
						  enum edit *edit)
{
	__u32 len = frame->len;
	struct xb_port *port;
	__u8 closed;

	if (!entry)
		return XB_DEST_NEW;
	if (!((data ^ in->self) & XB_DATA_PORT))
		return XB_DEST_SAME;
	port = port_at((data & XB_DATA_PORT) >> XB_DATA_PORT_SHIFT);
	if (!port || (data ^ port->self) & XB_DATA_SELF)
		return XB_DEST_NEW;
	closed = !(in->flags & XB_PORT_GENERIC) ? port->closed_out
		 : in->flags & XB_PORT_PARTIAL  ? port->closed_partial
						: port->closed_generic;
	if (closed)
		return XB_EGRESS_CLOSED;
	if (in->flags & port->flags & XB_PORT_ISOLATED)
		return XB_ISOLATED;
	if (!(data & XB_DATA_MEMBER))
		return XB_VLAN_REFUSED;
	*edit = edit_for(in, frame, data);
	if (*edit == EDIT_PUSH)
		len += 4;
	if (len > port->max_len)
		return XB_TOO_LONG;
	/* It would be lost after XDP_REDIRECT: EOPNOTSUPP in net/core/xdp.c's and devmap.c's eyes.
	 */
	if (frame->frags && !((in->flags & XB_PORT_GENERIC) | (port->flags & XB_PORT_FRAGS)))
		return XB_TOO_LONG;
	*out = port;
	return 0;
}

/* A daemon that is stopped or gets no processor does not hear of what changes. */
static __always_inline int is_unattended(void)
{
	__u64 last = LOAD(attended);

	return last && bpf_jiffies64() - last > attended_ticks;
}

/* The stages of the fast path; 0 where all agree. */
static __always_inline enum xb_verdict decide(struct xdp_md *ctx, struct xb_port *in,
					      struct frame *frame, __u32 *slot,
					      struct xb_port **out, enum edit *edit)
{
	struct xb_bucket *source_bucket, *dest_bucket;
	__u64 source_hash, dest_hash, data = 0, bridge, vlan;
	struct xb_entry *source, *dest;
	enum xb_verdict v;

	if (in->closed_in)
		return in->closed_in;
	if (is_unattended())
		return XB_UNATTENDED;
	v = read_frame(ctx, in, frame);
	if (v)
		return v;
	/* Both buckets are asked for before either is looked at, so that their cache misses
	 * overlap. */
	bridge = (in->self & XB_DATA_BRIDGE) >> XB_DATA_BRIDGE_SHIFT;
	vlan = (__u64)frame->vid << XB_KEY_VID_SHIFT;
	source_hash = xb_hash(frame->source | vlan, bridge, hash_seed);
	dest_hash = xb_hash(frame->dest | vlan, bridge, hash_seed);
	source_bucket = bucket_at(source_hash);
	dest_bucket = bucket_at(dest_hash);
	if (!source_bucket || !dest_bucket)
		return XB_SOURCE_NEW;
	LOAD(source_bucket->entry[0].key);
	LOAD(dest_bucket->entry[0].key);
	source = find(source_bucket, source_hash, frame->source | vlan, in->self, &data);
	v = check_source(source, data, in);
	if (v)
		return v;
	dest = find(dest_bucket, dest_hash, frame->dest | vlan, in->self, &data);
	v = check_dest(dest, data, frame, in, out, edit);
	*slot = (data & XB_DATA_PORT) >> XB_DATA_PORT_SHIFT;
	return v;
}

static __always_inline void count(__u32 row, enum xb_verdict v, __u32 len)
{
	struct xb_counters *c = bpf_map_lookup_elem(&counters, &row);

	if (!c || v >= XB_VERDICTS)
		return;
	c->frames[v]++;
	if (v == XB_FORWARDED)
		c->bytes_fast += len;
}

static __always_inline void count_out(__u32 row, __u32 len)
{
	struct xb_counters *c = bpf_map_lookup_elem(&counters, &row);

	if (!c)
		return;
	c->out_frames++;
	c->out_bytes += len;
}

/* ---- tags ---- */

struct tag {
	__u64 macs_low; /* the first 8 bytes of the addresses */
	__u32 macs_high;
	__u16 proto_be;
	__u16 tci_be;
} __attribute__((packed));

static __always_inline int push_tag(struct xdp_md *ctx, __u16 proto_be, __u16 tci)
{
	struct tag *from, *to;

	/* The only step that can fail is the first. */
	if (bpf_xdp_adjust_head(ctx, -4))
		return -1;
	to = (void *)(long)ctx->data;
	from = (void *)to + 4;
	if ((void *)(from + 1) > (void *)(long)ctx->data_end)
		return -1;
	to->macs_low = from->macs_low;
	to->macs_high = from->macs_high;
	to->proto_be = proto_be;
	to->tci_be = bpf_htons(tci);
	return 0;
}

static __always_inline int pop_tag(struct xdp_md *ctx)
{
	struct tag *from = (void *)(long)ctx->data, *to = (void *)from + 4;
	__u64 low;
	__u32 high;

	if ((void *)to + 14 > (void *)(long)ctx->data_end)
		return -1;
	low = from->macs_low;
	high = from->macs_high;
	to->macs_low = low;
	to->macs_high = high;
	/* Cannot fail: what remains is an Ethernet header at least. */
	return bpf_xdp_adjust_head(ctx, 4);
}

static __always_inline int set_vid(struct xdp_md *ctx, __u16 tci)
{
	struct tag *tag = (void *)(long)ctx->data;

	if ((void *)(tag + 1) > (void *)(long)ctx->data_end)
		return -1;
	tag->tci_be = bpf_htons(tci);
	return 0;
}

/* 0, or -1 with the frame as it was. */
static __always_inline int edit_frame(struct xdp_md *ctx, enum edit edit, const struct xb_port *in,
				      const struct frame *frame)
{
	if (edit == EDIT_PUSH)
		return push_tag(ctx, in->vlan_proto_be, frame->vid);
	if (edit == EDIT_POP)
		return pop_tag(ctx);
	if (edit == EDIT_VID)
		return set_vid(ctx, frame->tci | frame->vid);
	return 0;
}

static __always_inline int forward(struct xdp_md *ctx)
{
	enum edit edit = EDIT_NONE;
	struct xb_port *in, *out = 0;
	struct frame frame = {};
	enum xb_verdict v;
	__u32 slot = 0;
	int action;

	in = port_by_ifindex(ctx->ingress_ifindex);
	if (!in) {
		count(0, XB_NO_PORT, 0);
		return XDP_PASS;
	}
	v = decide(ctx, in, &frame, &slot, &out, &edit);
	if (v || !out) {
		count(in->row, v, 0);
		return XDP_PASS;
	}
	/* The low bits of the flags are what is returned for an empty slot. */
	action = bpf_redirect_map(&tx, slot, XDP_PASS);
	if (action != XDP_REDIRECT) {
		count(in->row, XB_EGRESS_GONE, 0);
		return XDP_PASS;
	}
	/* After the redirect, which may refuse: a frame that goes up must be as it came. */
	if (edit && edit_frame(ctx, edit, in, &frame)) {
		count(in->row, XB_NO_HEADROOM, 0);
		return XDP_PASS;
	}
	count(in->row, XB_FORWARDED, frame.len);
	count_out(out->row, frame.len);
	return XDP_REDIRECT;
}

SEC("xdp")
int xdp_bridge(struct xdp_md *ctx)
{
	return forward(ctx);
}

/* Run by the daemon, not by frames: only programs know the tick. */
SEC("tc")
int xdp_attend(struct __sk_buff *skb)
{
	*(volatile __u64 *)&attended = bpf_jiffies64();
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
