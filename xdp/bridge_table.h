/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The table of addresses, which the XDP program and one that runs inside the kernel share: lookup,
 * and how a program makes an entry absent. */
#ifndef BRIDGE_TABLE_H
#define BRIDGE_TABLE_H

#include <linux/bpf.h>

#include <bpf/bpf_helpers.h>

#include "bridge_maps.h"

/* Set before the program is loaded. */
const volatile __u64 hash_seed = 0;
const volatile __u32 bucket_mask = 0;

#define LOAD(x) (*(const volatile typeof(x) *)&(x))

/* Not a BPF hash: that takes two to three cache misses a lookup and a system call an entry. Here a
 * lookup that hits takes one miss, and the daemon writes entries as plain memory. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1); /* set at start */
	__type(key, __u32);
	__type(value, struct xb_bucket);
} fdb SEC(".maps");

static __always_inline struct xb_bucket *bucket_at(__u32 number)
{
	number &= bucket_mask;
	return bpf_map_lookup_elem(&fdb, &number);
}

/* Does the entry hold `key` now? Its data, which is 0 for an entry that is being written. */
static __always_inline int is_entry(struct xb_entry *entry, __u64 key, __u64 self, __u64 *data)
{
	__u64 k = LOAD(entry->key);

	if ((k & XB_KEY_MASK) != key)
		return 0;
	*data = LOAD(entry->data);
	if ((*data ^ self) & (XB_DATA_VALID | XB_DATA_BRIDGE))
		return 0;
	return (*data & XB_DATA_VERSION) >> XB_DATA_VERSION_SHIFT == k >> XB_KEY_VERSION_SHIFT;
}

/* All ones where the entry has the key, else 0: without a branch, which would be mispredicted at
 * three of four entries. The compiler must not see what is computed. */
static __always_inline __u64 has_key(const struct xb_entry *entry, __u64 key)
{
	__u64 differs = (LOAD(entry->key) ^ key) & XB_KEY_MASK, negative = -differs;

	asm volatile("" : "+r"(negative));
	return ((differs | negative) >> 63) - 1;
}

/* The entry of `key` in one bucket. A guess from the keys first, then, should that not hold, one
 * after the other. */
static __always_inline struct xb_entry *find_in(struct xb_bucket *bucket, __u64 key, __u64 self,
						__u64 *data)
{
	__u64 guess = 0;

	if (!bucket)
		return 0;
#pragma unroll
	for (int i = 1; i < XB_WAYS; i++)
		guess |= i & has_key(&bucket->entry[i], key);
	/* clang knows that this changes nothing and leaves it out; the verifier of 6.1 does not
	 * know it: "math between map_value pointer and register with unbounded min value is not
	 * allowed" */
	asm volatile("" : "+r"(guess));
	guess &= XB_WAYS - 1;
	if (is_entry(&bucket->entry[guess], key, self, data))
		return &bucket->entry[guess];
#pragma unroll
	for (int i = 0; i < XB_WAYS; i++)
		if (is_entry(&bucket->entry[i], key, self, data))
			return &bucket->entry[i];
	return 0;
}

static __always_inline struct xb_entry *find(struct xb_bucket *first, __u64 hash, __u64 key,
					     __u64 self, __u64 *data)
{
	struct xb_entry *entry = find_in(first, key, self, data);

	return entry ? entry : find_in(bucket_at(hash >> 32), key, self, data);
}

/* By its version alone, so that the daemon, which writes whole entries, sees that it is to be
 * written again. */
static __always_inline void make_absent(struct xb_entry *entry, __u64 data)
{
	__u8 *version = (__u8 *)&entry->data;

#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
	version += 7 - XB_DATA_VERSION_SHIFT / 8;
#else
	version += XB_DATA_VERSION_SHIFT / 8;
#endif
	*(volatile __u8 *)version = (data >> XB_DATA_VERSION_SHIFT & 0xff) ^ 8;
}

#endif
