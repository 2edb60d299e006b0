/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ktable.h"

#include <errno.h>
#include <linux/if_bridge.h>
#include <stdlib.h>
#include <string.h>

struct klink {
	struct event_link link;
	struct kvlans *vlans; /* NULL: none */
	bool vlan_away;       /* ktable_vlan_away() */
	uint32_t mark;
};

#define LINK_HINTS 4096

struct ktable {
	struct klink *links;
	size_t nlinks, links_size;
	uint32_t hints[LINK_HINTS]; /* by interface index: where the link was last */
	/* Open addressing, linear probing, no tombstones: a removal moves the cluster's tail up. */
	struct kentry *entries;
	size_t nentries, entries_size; /* size: a power of two */
	uint32_t mark;
};

#define FIRST_SIZE 1024

struct ktable *ktable_new(void)
{
	struct ktable *t = calloc(1, sizeof(*t));

	if (!t)
		return NULL;
	t->entries_size = FIRST_SIZE;
	t->entries = calloc(t->entries_size, sizeof(*t->entries));
	if (!t->entries) {
		free(t);
		return NULL;
	}
	return t;
}

void ktable_free(struct ktable *t)
{
	size_t i;

	if (!t)
		return;
	for (i = 0; i < t->nlinks; i++)
		free(t->links[i].vlans);
	free(t->links);
	free(t->entries);
	free(t);
}

uint64_t ktable_key(const uint8_t mac[6], uint16_t vid)
{
	uint32_t first;
	uint16_t last;

	memcpy(&first, mac, 4);
	memcpy(&last, mac + 4, 2);
	return first | (uint64_t)last << 32 | (uint64_t)vid << 48;
}

void ktable_key_mac(uint8_t mac[6], uint64_t key)
{
	uint32_t first = key;
	uint16_t last = key >> 32;

	memcpy(mac, &first, 4);
	memcpy(mac + 4, &last, 2);
}

/* ---- links ---- */

static struct klink *find_link(const struct ktable *t, uint32_t ifindex)
{
	uint32_t hint = t->hints[ifindex % LINK_HINTS];
	size_t i;

	if (hint < t->nlinks && t->links[hint].link.ifindex == ifindex)
		return &t->links[hint];
	for (i = 0; i < t->nlinks; i++)
		if (t->links[i].link.ifindex == ifindex)
			return &t->links[i];
	return NULL;
}

const struct event_link *ktable_link(const struct ktable *t, uint32_t ifindex)
{
	const struct klink *l = find_link(t, ifindex);

	return l ? &l->link : NULL;
}

const struct event_link *ktable_link_named(const struct ktable *t, const char *name)
{
	size_t i;

	for (i = 0; i < t->nlinks; i++)
		if (!strcmp(t->links[i].link.name, name))
			return &t->links[i].link;
	return NULL;
}

const struct event_link *ktable_link_at(const struct ktable *t, size_t index)
{
	return index < t->nlinks ? &t->links[index].link : NULL;
}

static struct klink *add_link(struct ktable *t)
{
	size_t size = t->links_size ? 2 * t->links_size : 16;
	struct klink *links;

	if (t->nlinks < t->links_size)
		return &t->links[t->nlinks++];
	links = realloc(t->links, size * sizeof(*links));
	if (!links)
		return NULL;
	t->links = links;
	t->links_size = size;
	return &t->links[t->nlinks++];
}

/* The bridge's own message about a port lacks what only the link's has. */
static void merge_partial(struct event_link *link, const struct event_link *news)
{
	link->master = news->master;
	link->port = news->port;
	link->has_port = true;
	link->flags = news->flags;
	link->mtu = news->mtu;
	link->operstate = news->operstate;
	memcpy(link->name, news->name, sizeof(link->name));
}

static int apply_link(struct ktable *t, const struct event_link *news)
{
	struct klink *l = find_link(t, news->ifindex);
	bool known = l;

	if (!l) {
		l = add_link(t);
		if (!l)
			return -ENOMEM;
		l->vlans = NULL;
		l->vlan_away = false;
	}
	t->hints[news->ifindex % LINK_HINTS] = l - t->links;
	l->mark = t->mark;
	if (known && news->partial)
		merge_partial(&l->link, news);
	else
		l->link = *news;
	return 0;
}

static void drop_link(struct ktable *t, struct klink *l)
{
	free(l->vlans);
	*l = t->links[--t->nlinks];
	t->hints[l->link.ifindex % LINK_HINTS] = l - t->links;
}

static void note_vlan_away(struct ktable *t, const struct event_link *gone)
{
	struct klink *lower = find_link(t, gone->lower);

	if (gone->moved && !strcmp(gone->kind, "vlan") && gone->lower_nsid < 0 && lower)
		lower->vlan_away = true;
}

void ktable_set_vlan_away(struct ktable *t, uint32_t ifindex)
{
	struct klink *l = find_link(t, ifindex);

	if (l)
		l->vlan_away = true;
}

bool ktable_vlan_away(const struct ktable *t, uint32_t ifindex)
{
	const struct klink *l = find_link(t, ifindex);

	return l && l->vlan_away;
}

static void drop_vlans(struct klink *l)
{
	free(l->vlans);
	l->vlans = NULL;
}

/* ---- VLANs ---- */

const struct kvlans *ktable_vlans(const struct ktable *t, uint32_t ifindex)
{
	const struct klink *l = find_link(t, ifindex);

	return l ? l->vlans : NULL;
}

static void set_bit(uint64_t bits[64], uint16_t vid, bool on)
{
	uint64_t bit = 1ULL << (vid & 63);

	bits[vid >> 6] = on ? bits[vid >> 6] | bit : bits[vid >> 6] & ~bit;
}

static void set_vlan(struct kvlans *v, uint16_t vid, const struct event_vlan *news, bool gone)
{
	set_bit(v->member, vid, !gone);
	set_bit(v->untagged, vid, !gone && news->untagged);
	set_bit(v->forwarding, vid, !gone && news->state == BR_STATE_FORWARDING);
	if (!gone && news->pvid)
		v->pvid = vid;
	else if (v->pvid == vid)
		v->pvid = 0;
}

static int apply_vlans(struct ktable *t, struct event_vlans vlans)
{
	struct klink *l = find_link(t, vlans.ifindex);
	struct event_vlan range;
	unsigned int vid;

	if (!l)
		return 0;
	if (!l->vlans)
		l->vlans = calloc(1, sizeof(*l->vlans));
	if (!l->vlans)
		return -ENOMEM;
	while (event_vlan_next(&vlans, &range))
		for (vid = range.first; vid <= range.last; vid++)
			set_vlan(l->vlans, vid, &range, vlans.gone);
	return 0;
}

/* ---- entries ---- */

static size_t home(const struct ktable *t, uint32_t bridge, uint64_t key)
{
	uint64_t h = key ^ (uint64_t)bridge * 0x9e3779b97f4a7c15ULL;

	h ^= h >> 33;
	h *= 0xff51afd7ed558ccdULL;
	h ^= h >> 33;
	return h & (t->entries_size - 1);
}

static struct kentry *find_entry(const struct ktable *t, uint32_t bridge, uint64_t key)
{
	size_t i = home(t, bridge, key);

	while (t->entries[i].bridge && (t->entries[i].bridge != bridge || t->entries[i].key != key))
		i = (i + 1) & (t->entries_size - 1);
	return &t->entries[i];
}

const struct kentry *ktable_entry(const struct ktable *t, uint32_t bridge, uint64_t key)
{
	const struct kentry *e = find_entry(t, bridge, key);

	return e->bridge ? e : NULL;
}

static int grow(struct ktable *t)
{
	struct ktable bigger = {.entries_size = 2 * t->entries_size};
	size_t i;

	bigger.entries = calloc(bigger.entries_size, sizeof(*bigger.entries));
	if (!bigger.entries)
		return -ENOMEM;
	for (i = 0; i < t->entries_size; i++)
		if (t->entries[i].bridge)
			*find_entry(&bigger, t->entries[i].bridge, t->entries[i].key) =
				t->entries[i];
	free(t->entries);
	t->entries = bigger.entries;
	t->entries_size = bigger.entries_size;
	return 0;
}

static int apply_fdb(struct ktable *t, const struct event_fdb *fdb)
{
	uint64_t key = ktable_key(fdb->mac, fdb->vid);
	struct kentry *e = find_entry(t, fdb->bridge, key);

	if (!e->bridge) {
		if (t->nentries >= t->entries_size / 4 * 3) {
			if (grow(t))
				return -ENOMEM;
			e = find_entry(t, fdb->bridge, key);
		}
		t->nentries++;
	}
	*e = (struct kentry){.key = key,
			     .bridge = fdb->bridge,
			     .port = fdb->port,
			     .state = fdb->state,
			     .flags = fdb->flags,
			     .ext_flags = fdb->ext_flags,
			     .watched = fdb->watched,
			     .mark = t->mark};
	return 0;
}

static void remove_entry(struct ktable *t, struct kentry *e)
{
	size_t mask = t->entries_size - 1, hole = e - t->entries, i = hole;

	for (;;) {
		i = (i + 1) & mask;
		if (!t->entries[i].bridge)
			break;
		/* An entry may fill the hole when its home is not between the hole and itself. */
		if (((i - home(t, t->entries[i].bridge, t->entries[i].key)) & mask) <
		    ((i - hole) & mask))
			continue;
		t->entries[hole] = t->entries[i];
		hole = i;
	}
	memset(&t->entries[hole], 0, sizeof(t->entries[hole]));
	t->nentries--;
}

static void apply_fdb_gone(struct ktable *t, const struct event_fdb *fdb)
{
	struct kentry *e = find_entry(t, fdb->bridge, ktable_key(fdb->mac, fdb->vid));

	if (e->bridge)
		remove_entry(t, e);
}

int ktable_each(const struct ktable *t, int (*each)(const struct kentry *e, void *arg), void *arg)
{
	size_t i;
	int ret;

	for (i = 0; i < t->entries_size; i++) {
		if (!t->entries[i].bridge)
			continue;
		ret = each(&t->entries[i], arg);
		if (ret)
			return ret;
	}
	return 0;
}

size_t ktable_entries(const struct ktable *t)
{
	return t->nentries;
}

/* ---- events ---- */

int ktable_apply(struct ktable *t, const struct event *ev)
{
	struct klink *l;

	switch (ev->kind) {
	case EVENT_LINK:
		return apply_link(t, &ev->link);
	case EVENT_LINK_GONE:
		l = find_link(t, ev->link.ifindex);
		if (l)
			drop_link(t, l);
		note_vlan_away(t, &ev->link);
		break;
	case EVENT_PORT_GONE:
		l = find_link(t, ev->link.ifindex);
		if (l) {
			l->link.master = 0;
			l->link.has_port = false;
			drop_vlans(l);
		}
		break;
	case EVENT_VLANS:
		return apply_vlans(t, ev->vlans);
	case EVENT_FDB:
		return apply_fdb(t, &ev->fdb);
	case EVENT_FDB_GONE:
		apply_fdb_gone(t, &ev->fdb);
		break;
	case EVENT_NONE:
		break;
	}
	return 0;
}

void ktable_mark(struct ktable *t)
{
	size_t i;

	t->mark++;
	for (i = 0; i < t->nlinks; i++)
		drop_vlans(&t->links[i]);
}

void ktable_sweep(struct ktable *t, void (*gone)(const struct kentry *e, void *arg), void *arg)
{
	size_t i = 0;

	while (i < t->nlinks) {
		if (t->links[i].mark != t->mark)
			drop_link(t, &t->links[i]);
		else
			i++;
	}
	/* A removal pulls a later entry into this place: look at it again. One that wraps around
	 * the end lands where the loop has been, and is old: the second pass finds it. */
	for (i = 0; i < 2 * t->entries_size; i++) {
		struct kentry *e = &t->entries[i & (t->entries_size - 1)];

		while (e->bridge && e->mark != t->mark) {
			if (gone)
				gone(e, arg);
			remove_entry(t, e);
		}
	}
}
