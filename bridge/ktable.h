/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the kernel says: the links, ports and forwarding entries that the events told of. Pure
 * memory. */
#ifndef KTABLE_H
#define KTABLE_H

#include "event.h"

struct ktable;

/* One forwarding entry of a bridge, as the kernel has it. */
struct kentry {
	uint64_t key;      /* address and VLAN: ktable_key() */
	uint32_t bridge;   /* ifindex; 0: free */
	uint32_t port;     /* ifindex; the bridge's own for a local address of the bridge */
	uint16_t state;    /* NUD_* */
	uint8_t flags;     /* NTF_* */
	uint8_t ext_flags; /* NTF_EXT_*, the low byte */
	bool watched;      /* the kernel is to see that it is active, though it does not age */
	uint32_t mark;     /* of the last dump that showed it */
};

/* The VLANs of a port: a bit a VID. */
struct kvlans {
	uint64_t member[64], untagged[64], forwarding[64];
	uint16_t pvid; /* 0: none */
};
static inline bool kvlans_has(const uint64_t bits[64], uint16_t vid)
{
	return bits[vid >> 6 & 63] >> (vid & 63) & 1;
}

struct ktable *ktable_new(void); /* NULL: out of memory */
void ktable_free(struct ktable *t);

/* Takes an event in, as often as it comes: only the last one of a kind counts. 0 or -ENOMEM. */
int ktable_apply(struct ktable *t, const struct event *ev);

const struct event_link *ktable_link(const struct ktable *t, uint32_t ifindex); /* NULL: none */
const struct event_link *ktable_link_named(const struct ktable *t, const char *name);
/* The links in no order: index from 0 until NULL. */
const struct event_link *ktable_link_at(const struct ktable *t, size_t index);

/* Has a VLAN device that sits on the link gone to another namespace? From there it goes on taking
 * the link's frames, and nothing is heard of it. */
bool ktable_vlan_away(const struct ktable *t, uint32_t ifindex);
/* One was there already (vlan_away.h). */
void ktable_set_vlan_away(struct ktable *t, uint32_t ifindex);

const struct kvlans *ktable_vlans(const struct ktable *t, uint32_t ifindex); /* NULL: none */

uint64_t ktable_key(const uint8_t mac[6], uint16_t vid);
void ktable_key_mac(uint8_t mac[6], uint64_t key);
const struct kentry *ktable_entry(const struct ktable *t, uint32_t bridge, uint64_t key);
/* Every entry of every bridge; stops at the first result other than 0 and returns it. `each` must
 * not change the table. */
int ktable_each(const struct ktable *t, int (*each)(const struct kentry *e, void *arg), void *arg);
size_t ktable_entries(const struct ktable *t);

/* Mark and sweep: what no dump since ktable_mark() has shown is removed by ktable_sweep(), which
 * calls `gone` for each entry first. Links that were not shown go, too; VLANs are forgotten by
 * ktable_mark(). */
void ktable_mark(struct ktable *t);
void ktable_sweep(struct ktable *t, void (*gone)(const struct kentry *e, void *arg), void *arg);

#endif
