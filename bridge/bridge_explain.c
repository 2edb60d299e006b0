/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "bridge_explain.h"

#include "bridge_maps.h"
#include "verdict.h"

#include <arpa/inet.h>
#include <linux/if_ether.h>
#include <linux/neighbour.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

struct question {
	struct sync *s;
	const struct sync_maps *maps;
	const struct xb_port *in;
	const uint8_t *frame;
	size_t len;
	uint16_t type, tci, vid;
	bool tagged;
	explain_line line;
	void *arg;
};

static void say(const struct question *q, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
static void say(const struct question *q, const char *fmt, ...)
{
	char text[320];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	q->line(q->arg, text);
}

static const char *name_of(const struct question *q, uint32_t ifindex)
{
	const struct event_link *link = ktable_link(sync_table(q->s), ifindex);

	return link ? link->name : "?";
}

static const char *mac_text(const uint8_t *mac, char text[18])
{
	snprintf(text, 18, "%02x:%02x:%02x:%02x:%02x:%02x", mac[0], mac[1], mac[2], mac[3], mac[4],
		 mac[5]);
	return text;
}

static unsigned int up(const struct question *q, unsigned int verdict)
{
	say(q, "up to the bridge: %s (%s)", verdict_text(verdict), verdict_name(verdict));
	return verdict;
}

static bool is_tag(uint16_t type)
{
	return type == ETH_P_8021Q || type == ETH_P_8021AD;
}

static bool is_neighbour(uint16_t type)
{
	return type == ETH_P_ARP || type == ETH_P_RARP || type == ETH_P_IPV6;
}

static bool is_maintenance(uint16_t type)
{
	return type == ETH_P_CFM || type == ETH_P_MRP;
}

static uint16_t word(const uint8_t *at)
{
	return at[0] << 8 | at[1];
}

static unsigned int look_at_vlan(struct question *q)
{
	if (is_tag(q->type) && !(q->in->flags & XB_PORT_TAGGED))
		return XB_TAGGED;
	if (is_tag(q->type) && q->len < 20)
		return XB_RUNT;
	if (is_maintenance(is_tag(q->type) ? word(q->frame + 16) : q->type))
		return XB_MAINTENANCE;
	if (q->in->flags & XB_PORT_NEIGHBOUR && (is_tag(q->type) || is_neighbour(q->type)))
		return XB_NEIGHBOUR;
	if (!(q->in->flags & XB_PORT_FILTERS))
		return 0;
	if (q->type == ntohs(q->in->vlan_proto_be)) {
		q->tagged = true;
		q->tci = word(q->frame + 14);
		q->vid = q->tci & 0xfff;
	}
	if (!q->vid)
		q->vid = q->in->pvid;
	if (q->vid)
		say(q, "VLAN %u, by %s", q->vid,
		    q->tagged && q->tci & 0xfff ? "its tag" : "the port's PVID");
	return q->vid ? 0 : XB_VLAN_REFUSED;
}

static unsigned int look_at_frame(struct question *q)
{
	static const uint8_t link_local[5] = {0x01, 0x80, 0xc2, 0, 0}, zero[6];

	if (q->len < 14)
		return XB_RUNT;
	if (q->frame[0] & 1)
		return !memcmp(q->frame, link_local, 5) && q->frame[5] < 0x10 ? XB_LINK_LOCAL
									      : XB_GROUP;
	if (q->frame[6] & 1 || !memcmp(q->frame + 6, zero, 6))
		return XB_BAD_SOURCE;
	q->type = word(q->frame + 12);
	return look_at_vlan(q);
}

static uint64_t entry_of(const struct question *q, const uint8_t *mac)
{
	uint8_t bridge = q->in->self >> XB_DATA_BRIDGE_SHIFT & 0xff;

	return buckets_get(&q->maps->fdb, ktable_key(mac, q->vid), bridge);
}

static unsigned int look_at_source(const struct question *q)
{
	uint64_t data = entry_of(q, q->frame + 6), differs = (data ^ q->in->self) & XB_DATA_SELF;
	char mac[18];

	mac_text(q->frame + 6, mac);
	if (!data)
		return XB_SOURCE_NEW;
	if (differs)
		return differs & XB_DATA_PORT ? XB_SOURCE_MOVED : XB_SOURCE_NEW;
	if (!(data & XB_DATA_MEMBER))
		return XB_VLAN_REFUSED;
	say(q, "source %s: learned on this port%s", mac,
	    data & XB_DATA_STATIC ? ", does not age" : "");
	if (!(data & XB_DATA_STATIC) && (data & XB_DATA_DUE || !q->in->keep_alive))
		return XB_KEEP_ALIVE;
	return 0;
}

static uint32_t length_out(const struct question *q, uint64_t dest)
{
	bool pushes = q->in->flags & XB_PORT_FILTERS && !(dest & XB_DATA_UNTAGGED) && !q->tagged;

	return q->len + (pushes ? 4 : 0);
}

static const char *tag_out(const struct question *q, uint64_t dest)
{
	if (!(q->in->flags & XB_PORT_FILTERS))
		return "as it is";
	return dest & XB_DATA_UNTAGGED ? "untagged" : "tagged";
}

static unsigned int look_at_dest(const struct question *q)
{
	uint64_t data = entry_of(q, q->frame);
	const struct xb_port *out;
	uint8_t closed;
	char mac[18];

	mac_text(q->frame, mac);
	if (!data)
		return XB_DEST_NEW;
	if (!((data ^ q->in->self) & XB_DATA_PORT))
		return XB_DEST_SAME;
	out = &q->maps->ports[(data & XB_DATA_PORT) >> XB_DATA_PORT_SHIFT];
	if ((data ^ out->self) & XB_DATA_SELF)
		return XB_DEST_NEW;
	say(q, "destination %s: learned on %s", mac, name_of(q, out->ifindex));
	closed = !(q->in->flags & XB_PORT_GENERIC)  ? out->closed_out
		 : q->in->flags & XB_PORT_PARTIAL ? out->closed_partial
						  : out->closed_generic;
	if (closed) {
		say(q, "%s is slow: %s", name_of(q, out->ifindex), verdict_text(closed));
		return XB_EGRESS_CLOSED;
	}
	if (q->in->flags & out->flags & XB_PORT_ISOLATED)
		return XB_ISOLATED;
	if (!(data & XB_DATA_MEMBER))
		return XB_VLAN_REFUSED;
	if (length_out(q, data) > out->max_len)
		return XB_TOO_LONG;
	say(q, "forwarded by XDP out of %s, %s", name_of(q, out->ifindex), tag_out(q, data));
	return XB_FORWARDED;
}

unsigned int explain_frame(struct sync *s, uint32_t ifindex, const uint8_t *frame, size_t len,
			   explain_line line, void *arg)
{
	struct question q = {
		.s = s, .maps = sync_maps(s), .frame = frame, .len = len, .line = line, .arg = arg};
	const struct sync_port *p = sync_port(s, ifindex);
	unsigned int v;

	if (!p)
		return up(&q, XB_NO_PORT);
	q.in = &q.maps->ports[p->slot];
	if (q.in->closed_in)
		return up(&q, q.in->closed_in);
	say(&q, "port %s: fast", name_of(&q, ifindex));
	v = look_at_frame(&q);
	if (!v)
		v = look_at_source(&q);
	if (v)
		return up(&q, v);
	v = look_at_dest(&q);
	return v ? up(&q, v) : v;
}

static const char *kind_of(const struct kentry *e)
{
	if (e->state & NUD_PERMANENT)
		return "local";
	if (e->state & NUD_NOARP)
		return "static";
	return e->flags & NTF_EXT_LEARNED ? "learned by another program" : "learned";
}

void explain_address(struct sync *s, uint32_t bridge, const uint8_t mac[6], uint16_t vid,
		     explain_line line, void *arg)
{
	struct question q = {.s = s, .maps = sync_maps(s), .vid = vid, .line = line, .arg = arg};
	const struct kentry *e = ktable_entry(sync_table(s), bridge, ktable_key(mac, vid));
	const struct sync_port *p = e ? sync_port(s, e->port) : NULL;
	uint64_t data;
	char text[18];

	mac_text(mac, text);
	if (!e) {
		say(&q,
		    "%s VLAN %u: the bridge does not know it: frames to it are flooded by the "
		    "bridge",
		    text, vid);
		return;
	}
	say(&q, "%s VLAN %u: %s on %s", text, vid, kind_of(e), name_of(&q, e->port));
	if (!p) {
		say(&q, "not on the fast path: %s is not followed", name_of(&q, e->port));
		return;
	}
	q.in = &q.maps->ports[p->slot];
	data = entry_of(&q, mac);
	if (!data || (data ^ q.in->self) & XB_DATA_SELF)
		say(&q, "not on the fast path: %s",
		    e->state & NUD_PERMANENT ? "it is the bridge's own"
					     : "it found no room, or is not authorised");
	else
		say(&q, "on the fast path%s%s",
		    data & XB_DATA_MEMBER ? "" : ", but its port is no member of the VLAN",
		    data & XB_DATA_DUE
			    ? "; its next frame goes up, to show the bridge that it is alive"
			    : "");
	if (q.in->closed_in)
		say(&q, "what it sends goes up: %s", verdict_text(q.in->closed_in));
	if (q.in->closed_out)
		say(&q, "what is sent to it goes up: %s", verdict_text(q.in->closed_out));
}
