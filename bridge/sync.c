/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sync.h"

#include "bridge_maps.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/neighbour.h>
#include <stdlib.h>
#include <string.h>

#define BRIDGES 256
_Static_assert(SYNC_PORTS == XB_PORTS, "as many ports as rows of counters");
#ifndef NTF_EXT_LOCKED
#define NTF_EXT_LOCKED (1 << 1) /* Linux 6.2: seen on a locked port and not authorised */
#endif

struct sync {
	struct sync_maps maps;
	struct ktable *table;
	uint32_t allow;
	struct sync_port ports[XB_PORTS]; /* nports of them, in no order */
	size_t nports;
	uint16_t port_at[XB_PORT_SLOTS]; /* 1 + place in ports; 0: free */
	uint8_t row_used[XB_PORTS];
	uint16_t epoch[XB_PORT_SLOTS]; /* the next user of a slot goes on counting */
	uint32_t bridges[BRIDGES];     /* ifindex of each bridge number; number 0 is none */
	uint16_t bridge_at[BRIDGES];   /* 1 + slot of its record; 0: none */
	bool reinstall;                /* entries may be missing from the buckets */
	bool syncing;
	size_t unplaced;
	bool full;    /* an address found no room, and since then */
	size_t freed; /* ... so many were removed */
	uint32_t next_bucket; /* of sync_age() */
};

struct sync *sync_new(const struct sync_maps *maps, struct ktable *table, uint32_t allow)
{
	struct sync *s = calloc(1, sizeof(*s));

	if (!s)
		return NULL;
	s->maps = *maps;
	s->table = table;
	s->allow = allow;
	s->row_used[0] = 1; /* counts what comes from elsewhere */
	return s;
}

void sync_free(struct sync *s)
{
	free(s);
}

struct sync_port *sync_port(struct sync *s, uint32_t ifindex)
{
	uint32_t i, slot;

	for (i = 0; i < XB_PORT_PROBES; i++) {
		slot = (ifindex + i) & (XB_PORT_SLOTS - 1);
		if (s->port_at[slot] && s->maps.ports[slot].ifindex == ifindex)
			return &s->ports[s->port_at[slot] - 1];
	}
	return NULL;
}

struct sync_port *sync_port_at(struct sync *s, size_t index)
{
	return index < s->nports ? &s->ports[index] : NULL;
}

/* ---- records ---- */

static struct xb_port *record(struct sync *s, const struct sync_port *p)
{
	return &s->maps.ports[p->slot];
}

/* The number of a bridge that a port is or was in, or 0. */
static uint8_t number_of(const struct sync *s, uint32_t ifindex)
{
	unsigned int i;

	for (i = 1; i < BRIDGES; i++)
		if (s->bridges[i] == ifindex)
			return i;
	return 0;
}

static void store8(uint8_t *at, uint8_t value)
{
	__atomic_store_n(at, value, __ATOMIC_SEQ_CST);
}

static void close_record(struct xb_port *r, uint8_t in, uint8_t out, uint8_t generic)
{
	if (in)
		store8(&r->closed_in, in);
	if (out)
		store8(&r->closed_out, out);
	if (generic)
		store8(&r->closed_generic, generic);
	if (generic)
		store8(&r->closed_partial, generic);
}

/* One write makes all of a port's entries absent. */
static void new_epoch(struct sync *s, const struct sync_port *p, uint8_t bridge)
{
	struct xb_port *r = record(s, p);
	uint64_t epoch = ++s->epoch[p->slot] & 0xfff;

	__atomic_store_n(&r->self,
			 XB_DATA_VALID | (uint64_t)p->slot << XB_DATA_PORT_SHIFT |
				 (uint64_t)bridge << XB_DATA_BRIDGE_SHIFT |
				 epoch << XB_DATA_EPOCH_SHIFT,
			 __ATOMIC_SEQ_CST);
	s->reinstall = true;
}

static uint8_t bridge_of(struct sync *s, const struct sync_port *p)
{
	return record(s, p)->self >> XB_DATA_BRIDGE_SHIFT & 0xff;
}

static int free_slot(const struct sync *s, uint32_t ifindex, uint32_t *slot)
{
	uint32_t i;

	for (i = 0; i < XB_PORT_PROBES; i++) {
		*slot = (ifindex + i) & (XB_PORT_SLOTS - 1);
		if (!s->maps.ports[*slot].ifindex)
			return 0;
	}
	return -ENOSPC;
}

/* A bridge has a record, too, by which xdp/bridge_moves.bpf.c knows its number where a host moves to
 * a port that is not followed. */
static void add_bridge_record(struct sync *s, uint8_t number)
{
	struct xb_port *r;
	uint32_t slot;

	if (free_slot(s, s->bridges[number], &slot))
		return;
	r = &s->maps.ports[slot];
	close_record(r, XB_NO_PORT, XB_NO_PORT, XB_NO_PORT);
	r->self = XB_DATA_VALID | (uint64_t)slot << XB_DATA_PORT_SHIFT |
		  (uint64_t)number << XB_DATA_BRIDGE_SHIFT;
	__atomic_store_n(&r->ifindex, s->bridges[number], __ATOMIC_SEQ_CST);
	s->bridge_at[number] = 1 + slot;
}

static void remove_bridge_record(struct sync *s, uint8_t number)
{
	if (s->bridge_at[number])
		__atomic_store_n(&s->maps.ports[s->bridge_at[number] - 1].ifindex, 0,
				 __ATOMIC_SEQ_CST);
	s->bridge_at[number] = 0;
}

/* Numbers are taken back when all are given away: of bridges that no port is in any more. An entry
 * that was left of one must not pass for one of the next. */
static void take_numbers_back(struct sync *s)
{
	bool in_use[BRIDGES] = {false};
	size_t i;

	for (i = 0; i < s->nports; i++)
		in_use[bridge_of(s, &s->ports[i])] = true;
	for (i = 1; i < BRIDGES; i++)
		if (!in_use[i]) {
			s->bridges[i] = 0;
			remove_bridge_record(s, i);
		}
	buckets_clear(&s->maps.fdb);
	s->reinstall = true;
}

/* The same, and a new one for a bridge that has none; 0 when there are too many. */
static uint8_t bridge_number(struct sync *s, uint32_t ifindex)
{
	uint8_t number = number_of(s, ifindex), free_one;

	if (number)
		return number;
	free_one = number_of(s, 0);
	if (!free_one)
		take_numbers_back(s);
	free_one = number_of(s, 0);
	if (free_one) {
		s->bridges[free_one] = ifindex;
		add_bridge_record(s, free_one);
	}
	return free_one;
}

static int free_row(struct sync *s, uint32_t *row)
{
	for (*row = 1; *row < XB_PORTS; (*row)++)
		if (!s->row_used[*row])
			return 0;
	return -ENOSPC;
}

int sync_add(struct sync *s, uint32_t ifindex, bool generic)
{
	struct sync_port *p = &s->ports[s->nports];
	uint32_t slot, row;

	if (sync_port(s, ifindex))
		return 0;
	/* Was a bridge's. */
	remove_bridge_record(s, number_of(s, ifindex));
	if (s->nports == XB_PORTS - 1 || free_slot(s, ifindex, &slot) || free_row(s, &row))
		return -ENOSPC;
	*p = (struct sync_port){.ifindex = ifindex, .slot = slot, .row = row, .generic = generic};
	s->port_at[slot] = ++s->nports;
	s->row_used[row] = 1;
	close_record(record(s, p), XB_SYNCING, XB_SYNCING, XB_SYNCING);
	record(s, p)->row = row;
	record(s, p)->changing = record(s, p)->announced = 0;
	record(s, p)->vlan_away = 0;
	new_epoch(s, p, 0);
	__atomic_store_n(&record(s, p)->ifindex, ifindex, __ATOMIC_SEQ_CST);
	return 0;
}

void sync_remove(struct sync *s, uint32_t ifindex)
{
	struct sync_port *p = sync_port(s, ifindex);

	if (!p)
		return;
	close_record(record(s, p), XB_NO_PORT, XB_NO_PORT, XB_NO_PORT);
	new_epoch(s, p, 0);
	s->maps.tx(s->maps.arg, p->slot, 0);
	__atomic_store_n(&record(s, p)->ifindex, 0, __ATOMIC_SEQ_CST);
	s->row_used[p->row] = 0;
	s->port_at[p->slot] = 0;
	*p = s->ports[--s->nports];
	if (s->port_at[p->slot])
		s->port_at[p->slot] = 1 + (p - s->ports);
}

/* ---- entries ---- */

/* Ingress admission and egress tagging of the entry's own VLAN on its own port: the program needs
 * no other look at the VLANs. */
static uint64_t vlan_bits(const struct sync *s, const struct sync_port *p, uint16_t vid)
{
	const struct kvlans *v = ktable_vlans(s->table, p->ifindex);
	uint64_t bits = 0;

	if (!(p->policy.flags & XB_PORT_FILTERS))
		return XB_DATA_MEMBER;
	if (!v)
		return 0;
	if (kvlans_has(v->member, vid) && kvlans_has(v->forwarding, vid))
		bits |= XB_DATA_MEMBER;
	if (kvlans_has(v->untagged, vid))
		bits |= XB_DATA_UNTAGGED;
	return bits;
}

/* What the buckets should say of a kernel's entry; 0: nothing. */
static uint64_t entry_data(struct sync *s, const struct kentry *e)
{
	const struct sync_port *p = sync_port(s, e->port);
	uint64_t self;

	if (!p || e->state & NUD_PERMANENT || e->ext_flags & NTF_EXT_LOCKED)
		return 0;
	self = record(s, p)->self;
	/* An entry of the bridge that the port has just left, or is not in yet. */
	if (s->bridges[self >> XB_DATA_BRIDGE_SHIFT & 0xff] != e->bridge)
		return 0;
	if (!e->watched && (e->state & NUD_NOARP || e->flags & NTF_EXT_LEARNED))
		self |= XB_DATA_STATIC;
	if (e->flags & NTF_STICKY)
		self |= XB_DATA_STICKY;
	return self | vlan_bits(s, p, e->key >> XB_KEY_VID_SHIFT);
}

static void remove_entry(struct sync *s, const struct kentry *e)
{
	uint8_t number = number_of(s, e->bridge);

	if (number && !buckets_remove(&s->maps.fdb, e->key, number))
		s->freed++;
}

static void no_room(struct sync *s)
{
	s->unplaced++;
	if (!s->full)
		s->freed = 0;
	s->full = true;
}

static int install(const struct kentry *e, void *arg)
{
	struct sync *s = arg;
	uint64_t data = entry_data(s, e);

	if (!data)
		remove_entry(s, e);
	else if (buckets_set(&s->maps.fdb, e->key, number_of(s, e->bridge), data))
		no_room(s);
	return 0;
}

static void sync_entry(struct sync *s, const struct event_fdb *fdb, bool gone)
{
	struct kentry e = {.key = ktable_key(fdb->mac, fdb->vid), .bridge = fdb->bridge};
	const struct kentry *known = ktable_entry(s->table, e.bridge, e.key);

	if (gone || !known)
		remove_entry(s, &e);
	else
		install(known, s);
}

int sync_event(struct sync *s, const struct event *ev)
{
	int ret = ktable_apply(s->table, ev);
	const struct sync_port *p;

	if (ev->kind == EVENT_VLANS) {
		p = sync_port(s, ev->vlans.ifindex);
		if (p)
			new_epoch(s, p, bridge_of(s, p));
	}
	if (ev->kind == EVENT_FDB || ev->kind == EVENT_FDB_GONE)
		sync_entry(s, &ev->fdb, ev->kind == EVENT_FDB_GONE);
	return ret;
}

/* ---- ports ---- */

/* Whether a VLAN device sits on the port, others are its slaves, or a port of the bridge answers for
 * neighbours. */
static void look_around(const struct ktable *t, struct policy_input *in)
{
	const struct event_link *l;
	size_t i;

	for (i = 0; (l = ktable_link_at(t, i)); i++) {
		if (l->lower == in->port->ifindex && l->lower_nsid < 0 && !strcmp(l->kind, "vlan"))
			in->vlan_upper = true;
		if (l->master == in->port->ifindex)
			in->has_lower = true;
		if (in->bridge && l->master == in->bridge->ifindex &&
		    l->port.flags &
			    (PORT_NEIGH_SUPPRESS | PORT_NEIGH_VLAN_SUPPRESS | PORT_PROXYARP))
			in->neighbours = true;
	}
}

bool sync_look(const struct ktable *t, uint32_t ifindex, struct policy_input *in)
{
	const struct kvlans *vlans = ktable_vlans(t, ifindex);

	in->port = ktable_link(t, ifindex);
	if (!in->port)
		return false;
	/* A PVID that does not forward admits nothing: br_get_pvid_state(). */
	if (vlans && kvlans_has(vlans->forwarding, vlans->pvid))
		in->pvid = vlans->pvid;
	in->bridge = ktable_link(t, in->port->master);
	in->vlan_upper = ktable_vlan_away(t, ifindex);
	look_around(t, in);
	return true;
}

static struct policy decide(const struct sync *s, const struct sync_port *p)
{
	struct policy_input in = {.facts = &p->facts,
				  .generic = p->generic,
				  .hazards = p->hazards,
				  .allow = s->allow};
	struct policy closed = {
		.closed_in = XB_SYNCING, .closed_out = XB_SYNCING, .closed_generic = XB_SYNCING,
		.closed_partial = XB_SYNCING};

	if (!sync_look(s->table, p->ifindex, &in) || s->syncing)
		return closed;
	in.vlan_upper |= s->maps.ports[p->slot].vlan_away;
	return policy_decide(&in);
}

/* Do the entries on the port mean something else than before? */
static bool vlans_differ(const struct xb_port *r, const struct policy *policy)
{
	return (r->flags ^ policy->flags) & XB_PORT_FILTERS || r->pvid != policy->pvid ||
	       ntohs(r->vlan_proto_be) != policy->vlan_proto;
}

static uint16_t stamp_units(const struct sync *s, uint32_t ms)
{
	uint64_t units = (uint64_t)ms * 1000000 / s->maps.stamp_ns;

	return units < 0x4000 ? units : 0x4000;
}

/* In an order that never lets a frame through by half of the old and half of the new: closed first,
 * then the rest, then open. */
static void settle_port(struct sync *s, struct sync_port *p)
{
	const struct event_link *link = ktable_link(s->table, p->ifindex);
	struct policy policy = decide(s, p);
	struct xb_port *r = record(s, p);
	uint32_t master = link && policy.closed_in != XB_NO_BRIDGE ? link->master : 0;
	uint8_t bridge = master ? bridge_number(s, master) : 0;

	if (!bridge && !policy.closed_in)
		policy.closed_in = policy.closed_out = policy.closed_generic =
			policy.closed_partial = XB_NO_BRIDGE;
	close_record(r, policy.closed_in, policy.closed_out, policy.closed_generic);
	if (policy.closed_partial)
		store8(&r->closed_partial, policy.closed_partial);
	if (vlans_differ(r, &policy))
		close_record(r, XB_SYNCING, XB_SYNCING, XB_SYNCING);
	if (bridge_of(s, p) != bridge || vlans_differ(r, &policy))
		new_epoch(s, p, bridge);
	r->flags = policy.flags;
	r->pvid = policy.pvid;
	r->vlan_proto_be = htons(policy.vlan_proto);
	r->max_len = policy.max_len;
	r->keep_alive = stamp_units(s, policy.keep_alive_ms);
	if (policy.closed_out && policy.closed_generic)
		s->maps.tx(s->maps.arg, p->slot, 0);
	else if (s->maps.tx(s->maps.arg, p->slot, p->ifindex))
		policy.closed_out = policy.closed_generic = policy.closed_partial = XB_NO_XDP_XMIT;
	p->policy = policy;
}

static uint32_t load32(const uint32_t *at)
{
	return __atomic_load_n(at, __ATOMIC_SEQ_CST);
}

void sync_look_up(struct sync *s)
{
	size_t i;

	for (i = 0; i < s->nports; i++) {
		struct sync_port *p = &s->ports[i];

		/* In the order in which the kernel counts them up, the other way round. */
		uint32_t announced = load32(&record(s, p)->announced);

		p->seen = load32(&record(s, p)->changing);
		p->announcing = (int32_t)(p->seen - announced) > 0;
	}
}

/* False when the port has changed in the meantime, so that what was decided no longer holds. */
static bool open_port(struct sync *s, const struct sync_port *p)
{
	struct xb_port *r = record(s, p);

	if (p->announcing || load32(&r->changing) != p->seen)
		return false;
	store8(&r->closed_out, p->policy.closed_out);
	store8(&r->closed_generic, p->policy.closed_generic);
	store8(&r->closed_partial, p->policy.closed_partial);
	store8(&r->closed_in, p->policy.closed_in);
	if (load32(&r->changing) == p->seen)
		return true;
	close_record(r, XB_SYNCING, XB_SYNCING, XB_SYNCING);
	return false;
}

bool sync_settle(struct sync *s)
{
	bool again = false;
	size_t i;

	for (i = 0; i < s->nports; i++)
		settle_port(s, &s->ports[i]);
	if (s->reinstall && !s->syncing) {
		ktable_each(s->table, install, s);
		s->reinstall = false;
	}
	for (i = 0; i < s->nports; i++)
		again |= !open_port(s, &s->ports[i]);
	return again;
}

/* The kernel may skip a tracing program that would interrupt itself. */
static void unstick(struct sync *s, struct sync_port *p)
{
	struct xb_port *r = record(s, p);
	uint32_t changing = load32(&r->changing);

	if (p->announcing && p->stuck_at == changing)
		__atomic_store_n(&r->announced, changing, __ATOMIC_SEQ_CST);
	p->stuck_at = changing;
}

void sync_heal(struct sync *s)
{
	size_t i;

	/* Going through all is worth it when a good part of the table has become free. */
	if (s->full && s->freed > s->maps.fdb.mask / 8) {
		s->full = false;
		s->reinstall = true;
	}
	for (i = 0; i < s->nports; i++) {
		struct sync_port *p = &s->ports[i];

		/* What is spoiled from here on is found again by the next look, if not by this one. */
		if (record(s, p)->spoiled) {
			store8(&record(s, p)->spoiled, 0);
			s->reinstall = true;
		}
		unstick(s, p);
	}
}

void sync_age(struct sync *s, uint16_t now)
{
	uint32_t n = s->maps.fdb.mask / SYNC_AGE_CALLS + 1;

	buckets_age(&s->maps.fdb, s->next_bucket, n, now);
	s->next_bucket += n;
}

void sync_begin(struct sync *s)
{
	size_t i;

	s->syncing = true;
	for (i = 0; i < s->nports; i++) {
		struct sync_port *p = &s->ports[i];

		close_record(record(s, p), XB_SYNCING, XB_SYNCING, XB_SYNCING);
		new_epoch(s, p, bridge_of(s, p));
	}
	ktable_mark(s->table);
}

static void swept(const struct kentry *e, void *arg)
{
	remove_entry(arg, e);
}

void sync_end(struct sync *s)
{
	ktable_sweep(s->table, swept, s);
	s->syncing = false;
}

const struct sync_maps *sync_maps(const struct sync *s)
{
	return &s->maps;
}

const struct ktable *sync_table(const struct sync *s)
{
	return s->table;
}

struct sync_numbers sync_numbers(const struct sync *s)
{
	return (struct sync_numbers){.kernel = ktable_entries(s->table),
				     .installed = s->maps.fdb.used,
				     .unplaced = s->unplaced};
}
