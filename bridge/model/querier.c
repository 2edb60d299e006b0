/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Who asks for members, and behind which ports multicast routers are: net/bridge/br_multicast.c.
 *
 * Not modelled: queries that the bridge itself sends (they are its own frames), with another source
 * than 0.0.0.0 (multicast_query_use_ifaddr); mcast_router 3; and that after mcast_querier is
 * switched off the kernel's own timer, up to 125 s, still holds MLD queriers off. */
#include "state.h"

#include <string.h>

void querier_init(struct brm *m)
{
	int i, port;

	for (i = 0; i < FAMILIES; i++) {
		m->mdb.querier[i].until = m->mdb.querier[i].delay_until = NEVER;
		m->mdb.bridge_router_until[i] = NEVER;
		for (port = 0; port < BRM_PORTS_MAX; port++)
			m->port[port].router_until[i] = NEVER;
	}
}

bool querier_other(const struct brm *m, int64_t now, enum family family)
{
	return now < m->mdb.querier[family].until;
}

static bool has_ipv6(const struct brm *m)
{
	static const uint8_t none[16];

	return memcmp(m->set.ipv6, none, sizeof(none)) != 0;
}

/* __br_multicast_querier_exists; BROPT_HAS_IPV6_ADDR is what its first own query finds. */
bool querier_exists(const struct brm *m, int64_t now, enum family family)
{
	bool own = m->set.mcast_querier && (family == FAMILY_IPV4 || has_ipv6(m));

	return now >= m->mdb.querier[family].delay_until && (own || querier_other(m, now, family));
}

/* br_multicast_set_querier */
void querier_switched(struct brm *m, int64_t now, bool was)
{
	enum family i;

	for (i = 0; i < FAMILIES && m->set.mcast_querier && !was; i++)
		if (!querier_other(m, now, i))
			m->mdb.querier[i].delay_until = now + m->set.mcast_response_ns;
}

/* The source that a new querier is measured by. While the bridge asks itself, that is its own:
 * br_multicast_select_own_querier. */
static void selected(const struct brm *m, bool own, enum family family, uint8_t address[16])
{
	static const uint8_t none[16];

	if (!own)
		memcpy(address, m->mdb.querier[family].address, 16);
	else
		memcpy(address, family == FAMILY_IPV6 ? m->set.ipv6 : none, 16);
}

/* br_multicast_select_querier: the lowest address asks. A bridge that is an MLD querier without an
 * address sends nothing, and yet its timer runs, so that it takes no other. */
static bool outranks(const struct brm *m, int64_t now, enum family family, const uint8_t *source)
{
	static const uint8_t none[16];
	bool other = querier_other(m, now, family), own = m->set.mcast_querier && !other;
	uint8_t address[16];

	selected(m, own, family, address);
	if (family == FAMILY_IPV4 && !memcmp(address, none, 4))
		return true;
	return memcmp(source, address, 16) <= 0 || (!own && !other);
}

/* br_ip4_multicast_query_received, br_ip6_multicast_query_received */
void querier_heard(struct brm *m, int64_t now, int port, enum family family,
		   const uint8_t source[16], int64_t delay)
{
	struct querier *q = &m->mdb.querier[family];

	if (!outranks(m, now, family, source))
		return;
	memcpy(q->address, source, sizeof(q->address));
	if (!querier_other(m, now, family)) /* br_multicast_update_query_timer */
		q->delay_until = now + delay;
	q->until = now + m->set.mcast_querier_ns;
	router_heard(m, now, port, family);
}

/* br_multicast_mark_router */
void router_heard(struct brm *m, int64_t now, int port, enum family family)
{
	int64_t until = now + m->set.mcast_querier_ns;

	if (port == BRM_BRIDGE)
		m->mdb.bridge_router_until[family] = until;
	else if (m->port[port].set.mcast_router == BRM_ROUTER_AUTO)
		m->port[port].router_until[family] = until;
}

bool router_at(const struct brm *m, int64_t now, int port, enum family family)
{
	if (port == BRM_BRIDGE)
		return now < m->mdb.bridge_router_until[family];
	return m->port[port].set.mcast_router == BRM_ROUTER_ON ||
	       now < m->port[port].router_until[family];
}

void router_forget(struct brm *m, int port)
{
	enum family i;

	for (i = 0; i < FAMILIES; i++)
		m->port[port].router_until[i] = NEVER;
}
