/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Who is in which group: net/bridge/br_multicast.c with multicast_igmp_version 2 and
 * multicast_mld_version 1, a new bridge's. A report of a newer version is a join there, whatever
 * sources it names, and sources are never told apart.
 *
 * Not modelled: versions 3 and 2 (source lists), snooping by VLAN, limits by port, multicast to
 * unicast. */
#include "state.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { GROUPS_MAX = 4096 }; /* BR_MULTICAST_DEFAULT_HASH_MAX */

void mdb_init(struct mdb *mdb)
{
	memset(mdb, 0, sizeof(*mdb));
}

void mdb_free(struct mdb *mdb)
{
	struct group *g, *next;
	int i;

	for (i = 0; i < GROUP_BUCKETS; i++)
		for (g = mdb->bucket[i]; g; g = next) {
			next = g->next;
			free(g);
		}
}

struct group_key group_key(const void *address, uint8_t size, uint16_t vid)
{
	struct group_key key = {.size = size, .vid = vid};

	memcpy(key.address, address, size);
	return key;
}

static uint32_t slot(const struct group_key *key)
{
	uint32_t h = key->vid, i;

	for (i = 0; i < key->size; i++)
		h = (h ^ key->address[i]) * 0x01000193u;
	return h >> 24;
}

struct group *mdb_find(const struct brm *m, const struct group_key *key)
{
	struct group *g = m->mdb.bucket[slot(key)];

	while (g && (g->key.size != key->size || g->key.vid != key->vid ||
		     memcmp(g->key.address, key->address, sizeof(key->address))))
		g = g->next;
	return g;
}

uint32_t mdb_members(const struct group *g, int64_t now, bool *host)
{
	uint32_t members = g->permanent;
	int i;

	for (i = 0; i < BRM_PORTS_MAX; i++)
		if (now < g->until[i])
			members |= 1u << i;
	*host = g->host || now < g->host_until;
	return members;
}

/* br_multicast_port_group_expired, br_multicast_group_expired: a group without members goes. */
static void sweep(struct mdb *mdb, int64_t now)
{
	struct group **at, *g;
	bool host;
	int i;

	for (i = 0; i < GROUP_BUCKETS; i++)
		for (at = &mdb->bucket[i]; (g = *at);) {
			if (mdb_members(g, now, &host) || host) {
				at = &g->next;
				continue;
			}
			*at = g->next;
			mdb->count--;
			free(g);
		}
}

static struct group *add(struct mdb *mdb, const struct group_key *key)
{
	struct group *g = calloc(1, sizeof(*g));
	int i;

	if (!g)
		return NULL;
	g->key = *key;
	g->host_until = NEVER;
	for (i = 0; i < BRM_PORTS_MAX; i++)
		g->until[i] = NEVER;
	g->next = mdb->bucket[slot(key)];
	mdb->bucket[slot(key)] = g;
	mdb->count++;
	return g;
}

/* __br_multicast_add_group; br_multicast_new_group: with too many groups snooping ends. */
int mdb_join(struct brm *m, int64_t now, int port, const struct group_key *key)
{
	struct group *g = mdb_find(m, key);
	int64_t until = now + m->set.mcast_membership_ns;

	if (!g && m->mdb.count >= GROUPS_MAX)
		sweep(&m->mdb, now);
	if (!g && m->mdb.count >= GROUPS_MAX) {
		m->mdb.off = true;
		return -E2BIG;
	}
	if (!g)
		g = add(&m->mdb, key);
	if (!g)
		return -ENOMEM;
	if (port == BRM_BRIDGE)
		g->host_until = until;
	else
		g->until[port] = until;
	return 0;
}

static void shorten(int64_t *until, int64_t now, int64_t deadline)
{
	if (*until > now && *until > deadline)
		*until = deadline;
}

/* br_multicast_leave_group: another querier will ask whether anybody is left; this bridge, whether
 * it is a querier or not, waits for as long as an answer to two queries takes. */
void mdb_leave(struct brm *m, int64_t now, int port, const struct group_key *key)
{
	int64_t deadline = now + m->set.mcast_last_member_count * m->set.mcast_last_member_ns;
	enum family family = key->size == 4 ? FAMILY_IPV4 : FAMILY_IPV6;
	struct group *g = mdb_find(m, key);

	if (!g)
		return;
	if (port != BRM_BRIDGE && m->port[port].set.flags & BRM_F_FAST_LEAVE)
		g->until[port] = NEVER;
	else if (!querier_other(m, now, family))
		shorten(port == BRM_BRIDGE ? &g->host_until : &g->until[port], now, deadline);
}

/* br_ip4_multicast_query, br_ip6_multicast_query */
void mdb_query(struct brm *m, int64_t now, const struct group_key *key, int64_t deadline)
{
	struct group *g = mdb_find(m, key);
	int i;

	if (!g)
		return;
	shorten(&g->host_until, now, deadline);
	for (i = 0; i < BRM_PORTS_MAX; i++)
		shorten(&g->until[i], now, deadline);
}

void mdb_flush_port(struct brm *m, int port)
{
	struct group *g;
	int i;

	for (i = 0; i < GROUP_BUCKETS; i++)
		for (g = m->mdb.bucket[i]; g; g = g->next)
			g->until[port] = NEVER;
}

int brm_mdb_set(struct brm *m, int port, const void *group, size_t size, uint16_t vid)
{
	struct group_key key;
	struct group *g;

	if ((size != 4 && size != 6 && size != 16) || vid >= BRM_VIDS - 1 ||
	    (port != BRM_BRIDGE && !brm_get_port(m, port)))
		return -EINVAL;
	key = group_key(group, size, vid);
	g = mdb_find(m, &key);
	if (!g)
		g = add(&m->mdb, &key);
	if (!g)
		return -ENOMEM;
	if (port == BRM_BRIDGE)
		g->host = true;
	else
		g->permanent |= 1u << port;
	return 0;
}
