/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A frame through the reference bridge: IEEE 802.1Q-2018 8.6, in the order of
 * net/bridge/br_input.c. */
#include "state.h"

#include <errno.h>
#include <string.h>

struct pass {
	struct brm *m;
	int64_t now;
	int in; /* BRM_BRIDGE: sent by the bridge device */
	const struct port *port;
	struct frame f;
	bool filtered; /* VLAN filtering looked at it on the way in */
	uint8_t state; /* of the port, or of the VLAN on it */
	struct brm_result *r;
};

static bool link_local(const uint8_t *a)
{
	static const uint8_t base[5] = {0x01, 0x80, 0xc2, 0, 0};

	return !memcmp(a, base, 5) && a[5] < 16;
}

static bool broadcast(const uint8_t *a)
{
	return (a[0] & a[1] & a[2] & a[3] & a[4] & a[5]) == 0xff;
}

static bool bad_source(const uint8_t *a)
{
	return a[0] & 1 || !(a[0] | a[1] | a[2] | a[3] | a[4] | a[5]);
}

static int stop(struct pass *p, enum brm_why why)
{
	p->r->why = why;
	return 1;
}

static uint8_t vlan_state(const struct vlan_table *t, uint16_t vid)
{
	return t->entry[vid] >> VLAN_STATE_SHIFT;
}

static bool may_learn(uint8_t state)
{
	return state == BRM_LEARNING || state == BRM_FORWARDING;
}

/* 802.1Q-2018 8.6.1 and 6.9; br_vlan.c, __allowed_ingress. False: not admitted. */
static bool admit(struct pass *p, const struct vlan_table *t)
{
	bool tagged = p->f.tag_proto == p->m->set.vlan_proto;
	uint16_t vid = tagged ? p->f.tag_tci & 0xfff : 0;

	p->r->tag_proto = p->f.tag_proto;
	p->r->tag_tci = p->f.tag_tci;
	p->r->skip = p->f.skip;
	if (!p->m->set.vlan_filtering)
		return true;
	p->filtered = true;
	if (!t->count)
		return false;
	if (!tagged && p->f.tag_proto) { /* "Protocol-mismatch": the tag is payload from here on */
		p->r->skip = 0;
		p->f.ethertype = p->f.tag_proto;
	}
	p->r->tag_proto = p->m->set.vlan_proto;
	if (!tagged)
		p->r->tag_tci = 0;
	if (!vid) {
		if (!t->pvid)
			return false;
		vid = t->pvid;
		p->r->tag_tci |= vid; /* a priority tag keeps its PCP and DEI */
	}
	p->r->vid = vid;
	if (!t->entry[vid])
		return false;
	if (p->state == BRM_FORWARDING)
		p->state = vlan_state(t, vid);
	return may_learn(p->state) || p->in == BRM_BRIDGE;
}

/* br_should_learn: link-local frames are learned from before VLANs are looked at. */
static bool link_local_vid(struct pass *p, uint16_t *vid)
{
	const struct vlan_table *t = &p->port->vlans;

	*vid = 0;
	if (!p->m->set.vlan_filtering)
		return true;
	if (!t->count)
		return false;
	if (p->f.tag_proto == p->m->set.vlan_proto)
		*vid = p->f.tag_tci & 0xfff;
	if (!*vid)
		*vid = t->pvid;
	return *vid && t->entry[*vid] && may_learn(vlan_state(t, *vid));
}

/* 802.1Q-2018 8.6.3, Table 8-1; br_handle_frame. 0: goes on like any other frame. */
static int stage_link_local(struct pass *p)
{
	const struct brm_bridge *set = &p->m->set;
	uint8_t last = p->f.bytes[5];
	uint16_t mask = p->port->set.group_fwd_mask;
	uint16_t vid;

	/* 802.1Q-2018 Table 8-2: a provider bridge passes its customers' own groups on; br_vlan.c,
	 * br_recalculate_fwd_mask, BR_GROUPFWD_8021AD */
	if (set->vlan_filtering && set->vlan_proto == 0x88a8)
		mask |= 0xb801;

	if (!link_local(p->f.bytes))
		return 0;
	if (last == 0 &&
	    !set->stp) /* "If STP is turned off, then must forward to keep loop detection" */
		return 0;
	if (last == 1) /* pause */
		return stop(p, BRM_LINK_LOCAL);
	if (last != 0)
		mask |= set->group_fwd_mask;
	if (mask & 1u << last)
		return 0;
	if (p->port->set.flags & BRM_F_LEARNING && may_learn(p->port->set.state) &&
	    !set->no_linklocal_learn && link_local_vid(p, &vid) &&
	    fdb_learn(p->m, p->now, p->in, p->f.bytes + 6, vid))
		return -ENOMEM;
	return stop(p, BRM_LINK_LOCAL);
}

/* br_handle_frame_finish: a locked port takes only sources that are known on it (5.18 and newer).
 */
static bool locked_out(const struct pass *p)
{
	const struct fdb_node *n;

	if (!(p->port->set.flags & BRM_F_LOCKED))
		return false;
	n = fdb_find(p->m, fdb_key(p->f.bytes + 6, p->r->vid));
	return !n || n->port != p->in || n->flags & BRM_FDB_LOCAL;
}

/* Everything before the destination is looked at. 0: go on, 1: stopped. */
static int stage_ingress(struct pass *p)
{
	int ret;

	if (bad_source(p->f.bytes + 6))
		return stop(p, BRM_BAD_SOURCE);
	p->state = p->port->set.state;
	ret = stage_link_local(p);
	if (ret)
		return ret;
	if (!may_learn(p->state))
		return stop(p, BRM_PORT_STATE);
	if (!admit(p, &p->port->vlans))
		return stop(p, BRM_VLAN);
	if (locked_out(p))
		return stop(p, BRM_LOCKED_SRC);
	if (p->port->set.flags & BRM_F_LEARNING)
		return fdb_learn(p->m, p->now, p->in, p->f.bytes + 6, p->r->vid);
	return 0;
}

/* br_forward.c, is_skb_forwardable: an outermost tag that the stack keeps apart does not count. */
static bool fits(const struct pass *p, const struct brm_port *out)
{
	return !out->mtu || p->r->len - p->r->skip <= out->mtu + 14 + 4;
}

static bool vlan_egress(const struct pass *p, const struct vlan_table *t)
{
	if (!p->filtered)
		return true;
	return t->entry && t->entry[p->r->vid] && vlan_state(t, p->r->vid) == BRM_FORWARDING;
}

/* 802.1Q-2018 8.6.2 (active topology), 8.6.4 (egress); br_forward.c, should_deliver. */
static bool delivers(const struct pass *p, int to)
{
	const struct port *out = &p->m->port[to];
	bool isolated = p->port && p->port->set.flags & BRM_F_ISOLATED;

	return out->present && (to != p->in || out->set.flags & BRM_F_HAIRPIN) &&
	       out->set.state == BRM_FORWARDING && vlan_egress(p, &out->vlans) &&
	       !(isolated && out->set.flags & BRM_F_ISOLATED) && fits(p, &out->set);
}

/* 802.1Q-2018 8.6.4 i); br_handle_vlan. */
static void send(struct pass *p, int to)
{
	const struct vlan_table *t = &p->m->port[to].vlans;

	p->r->ports |= 1u << to;
	if (!p->filtered || !(t->entry[p->r->vid] & VLAN_UNTAGGED))
		p->r->tagged |= 1u << to;
}

/* br_pass_frame_up */
static void up(struct pass *p)
{
	if (p->in == BRM_BRIDGE)
		return;
	if (!p->m->set.promisc && !vlan_egress(p, &p->m->vlans))
		return;
	p->r->to_bridge = true;
}

static void flood(struct pass *p, uint32_t flag)
{
	bool exempt = p->in == BRM_BRIDGE && flag != BRM_F_FLOOD;
	int i;

	for (i = 0; i < BRM_PORTS_MAX; i++)
		if ((exempt || p->m->port[i].set.flags & flag) && delivers(p, i))
			send(p, i);
	p->r->why = BRM_FLOODED;
}

/* br_multicast_flood: a router port of the frame's family, which for what is not IPv6 is IPv4
 * (before 5.14 a router was one for both). br_multicast_is_router: the bridge device, too. */
static void to_group(struct pass *p, const struct snooped *s)
{
	bool host = false;
	uint32_t members = s->group ? mdb_members(s->group, p->now, &host) : 0;
	int i;

	for (i = 0; i < BRM_PORTS_MAX; i++)
		if ((members & 1u << i || router_at(p->m, p->now, i, s->routers)) && delivers(p, i))
			send(p, i);
	if (host || router_at(p->m, p->now, BRM_BRIDGE, s->routers))
		up(p);
	p->r->why = BRM_GROUP;
}

static void stage_group(struct pass *p, const struct snooped *s)
{
	if (s->restricts) {
		to_group(p, s);
		return;
	}
	flood(p, broadcast(p->f.bytes) ? BRM_F_BCAST_FLOOD : BRM_F_MCAST_FLOOD);
	up(p);
}

static void stage_unicast(struct pass *p)
{
	const struct fdb_node *n = fdb_find(p->m, fdb_key(p->f.bytes, p->r->vid));

	if (!n) {
		flood(p, BRM_F_FLOOD);
		return;
	}
	p->r->dst_known = true;
	if (n->flags & BRM_FDB_LOCAL) {
		p->r->why = BRM_TO_BRIDGE;
		up(p);
	} else if (delivers(p, n->port)) {
		send(p, n->port);
		p->r->why = BRM_FORWARDED;
	} else {
		p->r->why = n->port == p->in ? BRM_SAME_PORT : BRM_EGRESS;
	}
}

/* br_device.c, br_dev_xmit */
static int from_bridge(struct pass *p)
{
	p->state = BRM_FORWARDING;
	return admit(p, &p->m->vlans) ? 0 : stop(p, BRM_VLAN);
}

int brm_input(struct brm *m, int64_t now_ns, int port, const uint8_t *frame, uint32_t len,
	      struct brm_result *result)
{
	struct pass p = {.m = m, .now = now_ns, .in = port, .r = result};
	struct snooped snooped = {0};
	int ret;

	if (port != BRM_BRIDGE && !brm_get_port(m, port))
		return -EINVAL;
	*result = (struct brm_result){.why = BRM_RUNT, .frame = frame, .len = len};
	if (frame_parse(&p.f, frame, len))
		return 0;
	p.port = port == BRM_BRIDGE ? NULL : &m->port[port];
	fdb_expire(m, now_ns);
	ret = p.port ? stage_ingress(&p) : from_bridge(&p);
	if (ret)
		return ret < 0 ? ret : 0;
	if (frame[0] & 1 && !broadcast(frame)) {
		ret = snoop(m, now_ns, port, &p.f, result->vid, &snooped);
		if (ret == -EBADMSG)
			result->why = BRM_BAD_GROUP;
		if (ret)
			return ret == -EBADMSG ? 0 : ret;
	}
	if (p.state == BRM_LEARNING && p.port) { /* after snooping: br_handle_frame_finish */
		result->why = BRM_PORT_STATE;
		return 0;
	}
	if (frame[0] & 1)
		stage_group(&p, &snooped);
	else
		stage_unicast(&p);
	if (m->set.promisc)
		up(&p);
	return 0;
}

const char *brm_why_name(enum brm_why why)
{
	static const char *const names[BRM_WHY_MAX] = {
		[BRM_FORWARDED] = "forwarded",
		[BRM_FLOODED] = "flooded",
		[BRM_GROUP] = "group members",
		[BRM_TO_BRIDGE] = "for the bridge",
		[BRM_RUNT] = "runt",
		[BRM_BAD_SOURCE] = "source address",
		[BRM_LINK_LOCAL] = "link-local",
		[BRM_PORT_STATE] = "port state",
		[BRM_VLAN] = "VLAN",
		[BRM_LOCKED_SRC] = "locked port",
		[BRM_SAME_PORT] = "same port",
		[BRM_EGRESS] = "egress port",
		[BRM_BAD_GROUP] = "broken group frame",
	};

	return why < BRM_WHY_MAX ? names[why] : "?";
}
