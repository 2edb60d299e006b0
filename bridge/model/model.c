/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The configuration of the reference bridge: settings, ports, VLAN membership. */
#include "state.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static bool settings_ok(const struct brm_bridge *s)
{
	return s->ageing_ns >= 0 && (s->vlan_proto == 0x8100 || s->vlan_proto == 0x88a8) &&
	       s->mcast_membership_ns >= 0 && s->mcast_querier_ns >= 0 &&
	       s->mcast_last_member_ns >= 0 && s->mcast_response_ns >= 0 &&
	       s->mcast_last_member_count <= BRM_LAST_MEMBER_MAX;
}

int brm_create(struct brm **out, const struct brm_bridge *settings)
{
	struct brm *m;
	int ret;

	if (!settings_ok(settings))
		return -EINVAL;
	m = calloc(1, sizeof(*m));
	if (!m)
		return -ENOMEM;
	m->set = *settings;
	mdb_init(&m->mdb);
	querier_init(m);
	ret = fdb_init(&m->fdb);
	if (!ret)
		ret = fdb_add_local(m, BRM_BRIDGE, settings->address, 0);
	if (ret) {
		brm_destroy(m);
		return ret;
	}
	*out = m;
	return 0;
}

void brm_destroy(struct brm *m)
{
	int i;

	if (!m)
		return;
	for (i = 0; i < BRM_PORTS_MAX; i++)
		free(m->port[i].vlans.entry);
	free(m->vlans.entry);
	mdb_free(&m->mdb);
	fdb_free(&m->fdb);
	free(m);
}

/* An address with its VLANs, as br_fdb_change_mac_address and fdb_add_local keep them. */
static int readdress(struct brm *m, int port, const struct vlan_table *t, const uint8_t *old,
		     const uint8_t *new)
{
	int vid, ret = 0;

	for (vid = 0; vid < BRM_VIDS && !ret; vid++) {
		if (vid && !(t->entry && t->entry[vid]))
			continue;
		if (old)
			fdb_delete_local(m, port, old, vid);
		ret = fdb_add_local(m, port, new, vid);
	}
	return ret;
}

/* __br_multicast_disable_port_ctx: of a port that goes down, and since 6.19 (and in stable kernels:
 * 6.18.44) of all when snooping is switched off; before, they were kept. */
static void forget_joined(struct brm *m, int port)
{
	mdb_flush_port(m, port);
	router_forget(m, port);
}

int brm_set_bridge(struct brm *m, int64_t now_ns, const struct brm_bridge *settings)
{
	bool snooping = m->set.mcast_snooping && !m->mdb.off, querier = m->set.mcast_querier;
	uint8_t old[6];
	int i;

	if (!settings_ok(settings))
		return -EINVAL;
	memcpy(old, m->set.address, sizeof(old));
	m->set = *settings;
	m->fdb.next_expiry = INT64_MIN; /* a shorter ageing time counts at once */
	for (i = 0; i < BRM_PORTS_MAX && snooping && !settings->mcast_snooping; i++)
		forget_joined(m, i);
	m->mdb.off = m->mdb.off && settings->mcast_snooping;
	querier_switched(m, now_ns, querier);
	return readdress(m, BRM_BRIDGE, &m->vlans, old, settings->address);
}

const struct brm_bridge *brm_get_bridge(const struct brm *m)
{
	return &m->set;
}

int brm_set_port(struct brm *m, int port, const struct brm_port *settings)
{
	struct port *p;
	struct brm_port old;
	bool was;

	if (port < 0 || port >= BRM_PORTS_MAX || settings->state > BRM_BLOCKING ||
	    settings->mcast_router > BRM_ROUTER_ON)
		return -EINVAL;
	p = &m->port[port];
	was = p->present;
	old = p->set;
	p->present = true;
	p->set = *settings;
	if (!was || old.mcast_router != settings->mcast_router)
		router_forget(m, port); /* br_multicast_set_port_router */
	return readdress(m, port, &p->vlans, was ? old.address : NULL, settings->address);
}

/* br_stp_disable_port: br_fdb_delete_by_port(br, p, 0, 0), br_multicast_disable_port */
int brm_link_down(struct brm *m, int port)
{
	if (!brm_get_port(m, port))
		return -EINVAL;
	m->port[port].set.state = BRM_DISABLED;
	fdb_flush_port(m, port, 0);
	forget_joined(m, port);
	return 0;
}

const struct brm_port *brm_get_port(const struct brm *m, int port)
{
	return port >= 0 && port < BRM_PORTS_MAX && m->port[port].present ? &m->port[port].set
									  : NULL;
}

static struct vlan_table *table_of(struct brm *m, int port, const uint8_t **address)
{
	if (port == BRM_BRIDGE) {
		*address = m->set.address;
		return &m->vlans;
	}
	if (!brm_get_port(m, port))
		return NULL;
	*address = m->port[port].set.address;
	return &m->port[port].vlans;
}

int brm_set_vlan(struct brm *m, int port, uint16_t vid, unsigned int flags, unsigned int state)
{
	const uint8_t *address;
	struct vlan_table *t = table_of(m, port, &address);

	/* 802.1Q-2018 9.6: VID 0 is no VLAN, 4095 is reserved */
	if (!t || !vid || vid >= BRM_VIDS - 1 || state > BRM_BLOCKING)
		return -EINVAL;
	if (!t->entry) {
		t->entry = calloc(BRM_VIDS, 1);
		if (!t->entry)
			return -ENOMEM;
	}
	if (!t->entry[vid])
		t->count++;
	t->entry[vid] = VLAN_MEMBER | (flags & BRM_VLAN_UNTAGGED ? VLAN_UNTAGGED : 0) |
			state << VLAN_STATE_SHIFT;
	/* br_vlan.c, __vlan_flags_commit: the flag moves the PVID here, its absence takes it away
	 */
	if (flags & BRM_VLAN_PVID)
		t->pvid = vid;
	else if (t->pvid == vid)
		t->pvid = 0;
	return fdb_add_local(m, port, address, vid);
}

int brm_del_vlan(struct brm *m, int port, uint16_t vid)
{
	const uint8_t *address;
	struct vlan_table *t = table_of(m, port, &address);

	if (!t || vid >= BRM_VIDS || !t->entry || !t->entry[vid])
		return -ENOENT;
	t->entry[vid] = 0;
	t->count--;
	if (t->pvid == vid)
		t->pvid = 0;
	fdb_delete_local(m, port, address, vid);
	fdb_flush_port(m, port, vid); /* nbp_vlan_delete */
	return 0;
}
