/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The filtering database of the reference bridge: IEEE 802.1Q-2018 8.7 (learning) and 8.8 (entries,
 * ageing), as net/bridge/br_fdb.c does it. */
#include "state.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

int fdb_init(struct fdb *fdb)
{
	fdb->buckets = 256;
	fdb->bucket = calloc(fdb->buckets, sizeof(*fdb->bucket));
	fdb->next_expiry = INT64_MAX;
	return fdb->bucket ? 0 : -ENOMEM;
}

void fdb_free(struct fdb *fdb)
{
	struct fdb_node *n, *next;
	uint32_t i;

	for (i = 0; fdb->bucket && i < fdb->buckets; i++)
		for (n = fdb->bucket[i]; n; n = next) {
			next = n->next;
			free(n);
		}
	free(fdb->bucket);
}

static uint32_t slot(const struct fdb *fdb, uint64_t key)
{
	return (uint32_t)((key * 0x9e3779b97f4a7c15ull) >> 32) & (fdb->buckets - 1);
}

struct fdb_node *fdb_find(struct brm *m, uint64_t key)
{
	struct fdb_node *n = m->fdb.bucket[slot(&m->fdb, key)];

	while (n && n->key != key)
		n = n->next;
	return n;
}

/* Twice the buckets; without memory for them the chains get longer, no more. */
static void grow(struct fdb *fdb)
{
	struct fdb old = *fdb;
	struct fdb_node *n, *next;
	uint32_t i;

	fdb->bucket = calloc(old.buckets * 2, sizeof(*fdb->bucket));
	if (!fdb->bucket) {
		fdb->bucket = old.bucket;
		return;
	}
	fdb->buckets = old.buckets * 2;
	for (i = 0; i < old.buckets; i++)
		for (n = old.bucket[i]; n; n = next) {
			next = n->next;
			n->next = fdb->bucket[slot(fdb, n->key)];
			fdb->bucket[slot(fdb, n->key)] = n;
		}
	free(old.bucket);
}

static struct fdb_node *add(struct fdb *fdb, uint64_t key)
{
	struct fdb_node *n = calloc(1, sizeof(*n));

	if (!n)
		return NULL;
	if (fdb->count >= fdb->buckets)
		grow(fdb);
	n->key = key;
	n->next = fdb->bucket[slot(fdb, key)];
	fdb->bucket[slot(fdb, key)] = n;
	fdb->count++;
	return n;
}

static void unlink_node(struct fdb *fdb, struct fdb_node **at)
{
	struct fdb_node *n = *at;

	*at = n->next;
	fdb->count--;
	fdb->learned -= n->learned;
	free(n);
}

void fdb_delete(struct brm *m, uint64_t key)
{
	struct fdb_node **at = &m->fdb.bucket[slot(&m->fdb, key)];

	while (*at && (*at)->key != key)
		at = &(*at)->next;
	if (*at)
		unlink_node(&m->fdb, at);
}

static bool ages(const struct fdb_node *n)
{
	return !(n->flags & (BRM_FDB_LOCAL | BRM_FDB_STATIC | BRM_FDB_EXT_LEARNED));
}

/* 802.1Q-2018 8.8.3; br_fdb_cleanup. The kernel's collector runs when the next entry is due, so
 * that an expired entry is still used until it has run: some milliseconds, which the model does not
 * have. */
void fdb_expire(struct brm *m, int64_t now)
{
	struct fdb *fdb = &m->fdb;
	struct fdb_node **at;
	int64_t due;
	uint32_t i;

	if (now < fdb->next_expiry)
		return;
	fdb->next_expiry = INT64_MAX;
	for (i = 0; i < fdb->buckets; i++)
		for (at = &fdb->bucket[i]; *at;) {
			due = ages(*at) ? (*at)->updated + m->set.ageing_ns : INT64_MAX;
			if (due <= now) {
				unlink_node(fdb, at);
				continue;
			}
			if (due < fdb->next_expiry)
				fdb->next_expiry = due;
			at = &(*at)->next;
		}
}

static void note_expiry(struct brm *m, int64_t updated)
{
	if (updated + m->set.ageing_ns < m->fdb.next_expiry)
		m->fdb.next_expiry = updated + m->set.ageing_ns;
}

/* br_fdb_delete_by_port with do_all 0: what is static or externally learned stays. `vid` 0: of all
 * VLANs. */
void fdb_flush_port(struct brm *m, int port, uint16_t vid)
{
	struct fdb_node **at;
	uint32_t i;

	for (i = 0; i < m->fdb.buckets; i++)
		for (at = &m->fdb.bucket[i]; *at;) {
			if ((*at)->port == port && ages(*at) &&
			    (!vid || ((*at)->key & 0xffff) == vid))
				unlink_node(&m->fdb, at);
			else
				at = &(*at)->next;
		}
}

/* br_fdb_update: a static entry moves too, unless it is sticky; a local one never does. */
int fdb_learn(struct brm *m, int64_t now, int port, const uint8_t address[6], uint16_t vid)
{
	uint64_t key = fdb_key(address, vid);
	struct fdb_node *n;

	if (!m->set.ageing_ns) /* "some users want to always flood." */
		return 0;
	n = fdb_find(m, key);
	if (n) {
		if (n->flags & BRM_FDB_LOCAL)
			return 0;
		n->updated = now;
		if (n->port != port && !(n->flags & BRM_FDB_STICKY)) {
			n->port = port;
			n->flags &= ~BRM_FDB_EXT_LEARNED; /* "Take over HW learned entry" */
			note_expiry(m, now);
		}
		return 0;
	}
	/* fdb_create, kernel 6.7 and newer */
	if (m->set.fdb_max_learned && m->fdb.learned >= m->set.fdb_max_learned)
		return 0;
	n = add(&m->fdb, key);
	if (!n)
		return -ENOMEM;
	n->port = port;
	n->updated = now;
	n->learned = true;
	m->fdb.learned++;
	note_expiry(m, now);
	return 0;
}

static bool zero(const uint8_t a[6])
{
	return !(a[0] | a[1] | a[2] | a[3] | a[4] | a[5]);
}

/* fdb_add_local: the first owner of an address keeps it, a learned entry gives way. */
int fdb_add_local(struct brm *m, int port, const uint8_t address[6], uint16_t vid)
{
	struct fdb_node *n = fdb_find(m, fdb_key(address, vid));

	if (zero(address) || (n && n->flags & BRM_FDB_LOCAL))
		return 0;
	fdb_delete(m, fdb_key(address, vid));
	n = add(&m->fdb, fdb_key(address, vid));
	if (!n)
		return -ENOMEM;
	n->port = port;
	n->flags = BRM_FDB_LOCAL | BRM_FDB_STATIC;
	return 0;
}

void fdb_delete_local(struct brm *m, int port, const uint8_t address[6], uint16_t vid)
{
	struct fdb_node *n = fdb_find(m, fdb_key(address, vid));

	if (n && n->port == port && n->flags & BRM_FDB_LOCAL)
		fdb_delete(m, n->key);
}

static int entry_error(const struct brm *m, const struct brm_fdb *e)
{
	const struct brm_port *p = brm_get_port(m, e->port);
	const struct vlan_table *t;

	if (e->address[0] & 1 || zero(e->address) || e->vid >= BRM_VIDS - 1 ||
	    (e->port != BRM_BRIDGE && !p) ||
	    (e->flags & BRM_FDB_STICKY && e->flags & BRM_FDB_LOCAL))
		return -EINVAL;
	t = p ? &m->port[e->port].vlans : &m->vlans;
	if (e->vid && !(t->entry && t->entry[e->vid])) /* "RTM_NEWNEIGH with unconfigured vlan" */
		return -EINVAL;
	/* "If the port cannot learn allow only local and static entries" */
	if (p && !e->flags && p->state != BRM_LEARNING && p->state != BRM_FORWARDING)
		return -EPERM;
	return 0;
}

/* fdb_add_entry (RTM_NEWNEIGH with NLM_F_CREATE | NLM_F_REPLACE) and br_fdb_external_learn_add:
 * neither takes away what only the other sets. */
static int set_entry(struct brm *m, int64_t now_ns, const struct brm_fdb *e, uint16_t vid)
{
	uint64_t key = fdb_key(e->address, vid);
	struct fdb_node *n = fdb_find(m, key);
	bool external = e->flags & BRM_FDB_EXT_LEARNED;
	bool changed = !n;
	uint8_t flags;

	if (!n) {
		n = add(&m->fdb, key);
		if (!n)
			return -ENOMEM;
	}
	flags = e->flags | (n->flags & (external ? 0xff : BRM_FDB_EXT_LEARNED));
	changed = changed || external || n->port != e->port || n->flags != flags;
	m->fdb.learned -= n->learned;
	n->learned = false;
	n->port = e->port;
	n->flags = flags;
	if (changed) /* a replace that changes nothing does not refresh */
		n->updated = now_ns;
	if (ages(n))
		note_expiry(m, n->updated);
	return 0;
}

/* br_fdb_add: an entry without VLAN is made in every VLAN of the port, too. */
int brm_fdb_set(struct brm *m, int64_t now_ns, const struct brm_fdb *e)
{
	const struct vlan_table *t = e->port == BRM_BRIDGE ? &m->vlans : NULL;
	int vid, ret = entry_error(m, e);

	if (ret)
		return ret;
	if (!t)
		t = &m->port[e->port].vlans;
	ret = set_entry(m, now_ns, e, e->vid);
	for (vid = 1; !e->vid && t->entry && vid < BRM_VIDS && !ret; vid++)
		if (t->entry[vid])
			ret = set_entry(m, now_ns, e, vid);
	return ret;
}

int brm_fdb_del(struct brm *m, const uint8_t address[6], uint16_t vid)
{
	if (!fdb_find(m, fdb_key(address, vid)))
		return -ENOENT;
	fdb_delete(m, fdb_key(address, vid));
	return 0;
}

static void describe(const struct fdb_node *n, struct brm_fdb *out)
{
	int i;

	memset(out, 0, sizeof(*out));
	for (i = 0; i < 6; i++)
		out->address[i] = n->key >> (56 - 8 * i);
	out->vid = n->key & 0xffff;
	out->port = n->port;
	out->flags = n->flags;
	out->updated_ns = n->updated;
}

bool brm_fdb_get(struct brm *m, int64_t now_ns, const uint8_t address[6], uint16_t vid,
		 struct brm_fdb *out)
{
	struct fdb_node *n;

	fdb_expire(m, now_ns);
	n = fdb_find(m, fdb_key(address, vid));
	if (n)
		describe(n, out);
	return n != NULL;
}

size_t brm_fdb_dump(struct brm *m, int64_t now_ns, struct brm_fdb *out, size_t max)
{
	const struct fdb_node *n;
	size_t have = 0;
	uint32_t i;

	fdb_expire(m, now_ns);
	for (i = 0; i < m->fdb.buckets; i++)
		for (n = m->fdb.bucket[i]; n; n = n->next, have++)
			if (have < max)
				describe(n, &out[have]);
	return have;
}
