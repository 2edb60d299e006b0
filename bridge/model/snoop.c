/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Frames to groups where snooping is on: what IGMP, MLD, PIM and MRD messages say, as
 * br_multicast_rcv reads them, and where a frame may go. */
#include "state.h"

#include <errno.h>
#include <string.h>

enum { ETH_IPV4 = 0x0800, ETH_IPV6 = 0x86dd };
enum {
	HOP_BY_HOP = 0,
	IGMP = 2,
	ROUTING = 43,
	FRAGMENT = 44,
	AUTH = 51,
	ICMPV6 = 58,
	NO_NEXT = 59
};
enum { DEST_OPTIONS = 60, PIM = 103 };
enum { MODE_IS_INCLUDE = 1, CHANGE_TO_INCLUDE = 3, RECORD_TYPES = 6 };

static const int64_t second = 1000000000, tenth = 100000000, millisecond = 1000000;
static const int64_t jiffy = 4000000; /* the shortest timer, where CONFIG_HZ is 250 */

/* A message on its way through the snooping. */
struct pass {
	struct brm *m;
	int64_t now;
	int port;
	uint16_t vid;
	enum family family;
	const uint8_t *ip; /* its header */
	const uint8_t *msg;
	uint32_t len; /* of the message, without the frame's padding */
};

/* What it is to the lookup. */
struct verdict {
	bool membership;   /* IGMP or MLD: its group is not looked up */
	bool routers_only; /* without members it goes to routers */
};

enum { NO_MESSAGE = 1 }; /* -ENOMSG of the kernel: an ordinary frame to a group */

static uint16_t get16(const uint8_t *p)
{
	return p[0] << 8 | p[1];
}

static uint32_t sum16(const uint8_t *p, uint32_t len)
{
	uint32_t sum = 0, i;

	for (i = 0; i + 1 < len; i += 2)
		sum += get16(p + i);
	return len & 1 ? sum + (p[len - 1] << 8) : sum;
}

static uint16_t fold(uint32_t sum)
{
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return ~sum;
}

static bool zero(const uint8_t *p, size_t len)
{
	while (len && !*p)
		p++, len--;
	return !len;
}

/* ipv4_is_local_multicast: 224.0.0.0/24 is flooded always (RFC 4541, 2.1.2), and nobody joins it */
static bool local_ipv4(const uint8_t *a)
{
	return a[0] == 224 && !a[1] && !a[2];
}

/* ff02::1, the same for IPv6 */
static bool all_nodes(const uint8_t *a)
{
	return a[0] == 0xff && a[1] == 2 && zero(a + 2, 13) && a[15] == 1;
}

static uint8_t address_size(const struct pass *p)
{
	return p->family == FAMILY_IPV4 ? 4 : 16;
}

/* br_ip4_multicast_add_group, br_ip6_multicast_add_group */
static int join(const struct pass *p, const uint8_t *group)
{
	struct group_key key = group_key(group, address_size(p), p->vid);
	int ret;

	if (p->family == FAMILY_IPV4 ? local_ipv4(group) : all_nodes(group))
		return 0;
	ret = mdb_join(p->m, p->now, p->port, &key);
	return ret == -E2BIG ? -EBADMSG : ret;
}

static void leave(const struct pass *p, const uint8_t *group)
{
	struct group_key key = group_key(group, address_size(p), p->vid);

	mdb_leave(p->m, p->now, p->port, &key);
}

/* br_ip4_multicast_igmp3_report, br_ip6_multicast_mld2_report: what comes before a record that is
 * cut short counts, and auxiliary data is not expected. */
static int records(const struct pass *p)
{
	uint32_t count = get16(p->msg + 6), at = 8, head = 4 + address_size(p), sources;
	const uint8_t *r;
	int ret = 0;

	while (count-- && !ret) {
		if (p->len - at < head)
			return -EBADMSG;
		r = p->msg + at;
		sources = get16(r + 2);
		if (p->len - at - head < sources * address_size(p))
			return -EBADMSG;
		at += head + sources * address_size(p);
		if (!r[0] || r[0] > RECORD_TYPES)
			continue;
		if (!sources && (r[0] == CHANGE_TO_INCLUDE || r[0] == MODE_IS_INCLUDE))
			leave(p, r + 4);
		else
			ret = join(p, r + 4);
	}
	return ret;
}

static void query(const struct pass *p, const uint8_t *group, int64_t delay)
{
	uint8_t source[16] = {0};
	struct group_key key;

	if (zero(group, address_size(p))) {
		memcpy(source, p->ip + (p->family == FAMILY_IPV4 ? 12 : 8), address_size(p));
		querier_heard(p->m, p->now, p->port, p->family, source, delay);
		return;
	}
	key = group_key(group, address_size(p), p->vid);
	mdb_query(p->m, p->now, &key, p->now + delay * p->m->set.mcast_last_member_count);
}

/* br_ip4_multicast_query; 0 in tenths of a second: IGMPv1, whose hosts take up to ten seconds. */
static void igmp_query(const struct pass *p)
{
	static const uint8_t any[4];
	int64_t code = p->msg[1];

	if (p->len == 8) {
		query(p, code ? p->msg + 4 : any, code ? code * tenth : 10 * second);
		return;
	}
	if (get16(p->msg + 10)) /* it asks for sources */
		return;
	if (code >= 128) /* IGMPV3_MRC */
		code = ((code & 15) | 16) << ((code >> 4 & 7) + 3);
	query(p, p->msg + 4, code ? code * tenth : jiffy);
}

/* br_ip6_multicast_query */
static void mld_query(const struct pass *p)
{
	int64_t code = get16(p->msg + 4);

	if (p->len == 24) {
		if (code)
			query(p, p->msg + 8, code * millisecond);
		return;
	}
	if (get16(p->msg + 26))
		return;
	if (code >= 32768) /* mldv2_mrc */
		code = ((code & 0xfff) | 0x1000) << ((code >> 12 & 7) + 3);
	query(p, p->msg + 8, code ? code * millisecond : jiffy);
}

/* ip_mc_check_igmp, then br_multicast_ipv4_rcv: what the first throws away the bridge throws away.
 */
static int igmp(const struct pass *p, struct verdict *v)
{
	enum { QUERY = 0x11, REPORT1 = 0x12, REPORT2 = 0x16, LEAVE = 0x17, REPORT3 = 0x22 };

	if (p->len < 8 || fold(sum16(p->msg, p->len)))
		return -EBADMSG;
	v->membership = true;
	switch (p->msg[0]) {
	case REPORT1:
	case REPORT2:
		v->routers_only = true;
		return join(p, p->msg + 4);
	case REPORT3:
		return records(p);
	case LEAVE:
		leave(p, p->msg + 4);
		return 0;
	case QUERY:
		if ((p->len != 8 && p->len < 12) ||
		    (zero(p->msg + 4, 4) && memcmp(p->ip + 16, (uint8_t[]){224, 0, 0, 1}, 4)))
			return -EBADMSG;
		igmp_query(p);
		return 0;
	default:
		v->membership = false;
		return NO_MESSAGE;
	}
}

/* br_multicast_pim (the first four bytes, wherever they end) and br_ip4_multicast_mrd_rcv */
static void router_message(const struct pass *p, uint32_t room)
{
	static const uint8_t pim_routers[4] = {224, 0, 0, 13}, snoopers[4] = {224, 0, 0, 106};
	const uint8_t *to = p->ip + 16;

	if (!memcmp(to, pim_routers, 4) && p->ip[9] == PIM && room >= 4 && p->msg[0] == 0x20)
		router_heard(p->m, p->now, p->port, FAMILY_IPV4);
	if (!memcmp(to, snoopers, 4) && p->ip[9] == IGMP && p->msg[0] == 0x30)
		router_heard(p->m, p->now, p->port, FAMILY_IPV4);
}

/* br_multicast_ipv4_rcv and ip_mc_check_iphdr. */
static int snoop_ipv4(struct pass *p, uint32_t room, struct verdict *v)
{
	uint32_t head, total;
	int ret = NO_MESSAGE;

	if (room < 20 || p->ip[0] >> 4 != 4)
		return -EBADMSG;
	head = (p->ip[0] & 15) * 4;
	total = get16(p->ip + 2);
	if (head < 20 || room < head || fold(sum16(p->ip, head)) || room < total || total < head)
		return -EBADMSG;
	p->msg = p->ip + head;
	p->len = total - head;
	if (p->ip[9] == IGMP)
		ret = igmp(p, v);
	if (ret != NO_MESSAGE)
		return ret;
	v->routers_only = !local_ipv4(p->ip + 16);
	router_message(p, room - head);
	return 0;
}

/* ipv6_skip_exthdr, where the first header is hop-by-hop. The message's offset; 0 for what is no
 * ICMPv6, -EBADMSG where the chain ends. */
static int icmpv6_offset(const uint8_t *ip, uint32_t room)
{
	uint32_t at = 40, len;
	uint8_t next = ip[6];

	while (next == HOP_BY_HOP || next == ROUTING || next == FRAGMENT || next == AUTH ||
	       next == NO_NEXT || next == DEST_OPTIONS) {
		if (next == NO_NEXT || at > room || room - at < 2)
			return -EBADMSG;
		len = (ip[at + 1] + 1) * 8;
		if (next == AUTH)
			len = (ip[at + 1] + 2) * 4;
		if (next == FRAGMENT) {
			if (room - at < 4)
				return -EBADMSG;
			if (get16(ip + at + 2) & ~7)
				return 0; /* not the first */
			len = 8;
		}
		next = ip[at];
		at += len;
	}
	return next == ICMPV6 ? (int)at : 0;
}

static uint16_t icmpv6_checksum(const struct pass *p)
{
	return fold(sum16(p->msg, p->len) + sum16(p->ip + 8, 32) + p->len + ICMPV6);
}

/* ipv6_mc_check_mld_query: from a link-local address, which to ipv6_addr_type a group of that scope
 * is, too; a general one to all nodes. */
static bool bad_mld_query(const struct pass *p)
{
	const uint8_t *from = p->ip + 8;
	bool local = (from[0] == 0xfe && (from[1] & 0xc0) == 0x80) ||
		     (from[0] == 0xff && (from[1] & 15) == 2);

	return !local || (p->len != 24 && p->len < 28) ||
	       (zero(p->msg + 8, 16) && !all_nodes(p->ip + 24));
}

/* ipv6_mc_check_mld, then br_multicast_ipv6_rcv. */
static int mld(const struct pass *p, struct verdict *v)
{
	enum { QUERY = 130, REPORT1 = 131, DONE = 132, REPORT2 = 143, MRD = 151 };
	static const uint8_t snoopers[16] = {0xff, 2, [15] = 0x6a};

	if (p->len < 8 || icmpv6_checksum(p))
		return -EBADMSG;
	v->membership = p->len >= 24;
	switch (p->len >= 24 ? p->msg[0] : 0) {
	case REPORT1:
		v->routers_only = true;
		return join(p, p->msg + 8);
	case REPORT2:
		return records(p);
	case DONE:
		leave(p, p->msg + 8);
		return 0;
	case QUERY:
		if (bad_mld_query(p))
			return -EBADMSG;
		mld_query(p);
		return 0;
	}
	v->membership = false;
	if (p->msg[0] == MRD && !memcmp(p->ip + 24, snoopers, sizeof(snoopers)))
		router_heard(p->m, p->now, p->port, FAMILY_IPV6);
	return NO_MESSAGE;
}

/* br_multicast_ipv6_rcv and ipv6_mc_check_ip6hdr. */
static int snoop_ipv6(struct pass *p, uint32_t room, struct verdict *v)
{
	uint32_t total;
	int at = 0, ret = NO_MESSAGE;

	if (room < 40 || p->ip[0] >> 4 != 6)
		return -EBADMSG;
	total = 40 + get16(p->ip + 4);
	if (room < total || total <= 40)
		return -EBADMSG;
	if (p->ip[6] ==
	    HOP_BY_HOP) /* with its router alert; MLD is nothing without (RFC 3810, 5) */
		at = icmpv6_offset(p->ip, room);
	if (at < 0 || (at && total < (uint32_t)at))
		return -EBADMSG;
	p->msg = p->ip + at;
	p->len = total - at;
	if (at)
		ret = mld(p, v);
	if (ret != NO_MESSAGE)
		return ret;
	v->routers_only = !all_nodes(p->ip + 24);
	return 0;
}

/* br_mdb_entry_skb_get: IP by its address, all else by its MAC address (5.11 and newer). */
static const struct group *group_of(const struct pass *p, const struct frame *f)
{
	struct group_key key;

	if (f->ethertype == ETH_IPV4)
		key = group_key(p->ip + 16, 4, p->vid);
	else if (f->ethertype == ETH_IPV6)
		key = group_key(p->ip + 24, 16, p->vid);
	else
		key = group_key(f->bytes, 6, p->vid);
	return mdb_find(p->m, &key);
}

int snoop(struct brm *m, int64_t now, int port, const struct frame *f, uint16_t vid,
	  struct snooped *out)
{
	struct pass p = {.m = m, .now = now, .port = port, .vid = vid, .ip = f->payload};
	bool ip = f->ethertype == ETH_IPV4 || f->ethertype == ETH_IPV6;
	struct verdict v = {0};
	int ret = 0;

	*out = (struct snooped){0};
	if (!m->set.mcast_snooping || m->mdb.off)
		return 0;
	p.family = out->routers = f->ethertype == ETH_IPV6 ? FAMILY_IPV6 : FAMILY_IPV4;
	if (f->ethertype == ETH_IPV4)
		ret = snoop_ipv4(&p, f->payload_len, &v);
	else if (f->ethertype == ETH_IPV6)
		ret = snoop_ipv6(&p, f->payload_len, &v);
	if (ret)
		return ret;
	if (!v.membership)
		out->group = group_of(&p, f);
	/* br_handle_frame_finish: (mdst || mrouters_only) && br_multicast_querier_exists(), where a
	 * group that is a MAC address needs no querier */
	out->restricts = ip ? (out->group || v.routers_only) && querier_exists(m, now, p.family)
			    : out->group != NULL;
	return 0;
}
