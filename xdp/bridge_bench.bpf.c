/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The fast path under a stopwatch: each run writes other addresses into the frame, drawn from
 * `sources` and `dests`, then takes one of the ways that are compared. */
#include "bridge.bpf.c"

const volatile __u32 addresses = 1; /* on each side; a power of two */
const volatile __u32 way = 0;
const volatile __u32 out_ifindex = 0;
const volatile __u32 in_order = 0;  /* each address once in turn, instead of any */
const volatile __u32 from_side = 0; /* whose address is the source */
const volatile __u32 flood = 0;     /* to the broadcast address, to teach */

enum { WAY_NOTHING, WAY_BRIDGE, WAY_HASH, WAY_SEND };

/* What two lookups of a plain BPF hash cost. */
struct hash_key {
	__u8 mac[6];
	__u16 vid;
};
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1); /* set at start */
	__type(key, struct hash_key);
	__type(value, __u64);
} plain_hash SEC(".maps");

__u64 random_state = 88172645463325252ULL;

static __always_inline __u32 draw(void)
{
	__u64 x = random_state;

	if (in_order)
		return random_state++;
	x ^= x << 13;
	x ^= x >> 7;
	x ^= x << 17;
	random_state = x;
	return x >> 16;
}

/* 02:SIDE:number, as tests/bench/bench_fdb.c makes them. */
static __always_inline void write_address(__u8 *mac, __u8 side, __u32 number)
{
	mac[0] = 2;
	mac[1] = side;
	*(__u32 *)&mac[2] = number;
}

static __always_inline int look_up_both(struct ethhdr *eth)
{
	struct hash_key key = {};
	__u64 *source, *dest;

	__builtin_memcpy(key.mac, eth->h_source, 6);
	source = bpf_map_lookup_elem(&plain_hash, &key);
	__builtin_memcpy(key.mac, eth->h_dest, 6);
	dest = bpf_map_lookup_elem(&plain_hash, &key);
	return source && dest ? XDP_REDIRECT : XDP_PASS;
}

SEC("xdp")
int xdp_bench(struct xdp_md *ctx)
{
	struct ethhdr *eth = (void *)(long)ctx->data;
	__u32 number;

	if ((void *)(eth + 1) > (void *)(long)ctx->data_end)
		return XDP_PASS;
	number = draw();
	write_address(eth->h_source, from_side, number & (addresses - 1));
	if (flood)
		__builtin_memset(eth->h_dest, 0xff, 6);
	else
		write_address(eth->h_dest, !from_side,
			      (number >> (in_order ? 0 : 3)) & (addresses - 1));
	if (way == WAY_BRIDGE)
		return forward(ctx);
	if (way == WAY_HASH)
		return look_up_both(eth);
	if (way == WAY_SEND)
		return bpf_redirect(out_ifindex, 0);
	return XDP_PASS;
}
