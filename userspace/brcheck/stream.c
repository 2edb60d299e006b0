/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "stream.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LINK_ETHERNET = 1, LINK_SLL = 113, LINK_SLL2 = 276, ROOM_TAGS = 14 + 4 * SIGHT_TAGS_MAX };
/* Packets of several CPUs stand in a capture a few microseconds out of order, and are taken as they
 * stand. */
enum { DISORDER_NS = 100000000 };
/* sll_pkttype of linux/if_packet.h, as cooked captures hold it */
enum { TO_HOST, TO_ALL, TO_GROUP, TO_OTHER, SENT };

static int fail(const struct stream *s, struct stream_error *err, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

static int fail(const struct stream *s, struct stream_error *err, const char *fmt, ...)
{
	va_list ap;
	int n = snprintf(err->text, sizeof(err->text), "%s: packet %llu ", s->path,
			 (unsigned long long)s->pkt.number);

	va_start(ap, fmt);
	if (n > 0 && n < (int)sizeof(err->text))
		vsnprintf(err->text + n, sizeof(err->text) - n, fmt, ap);
	va_end(ap);
	return -EINVAL;
}

static int open_one(struct stream *s, struct stream_error *err)
{
	struct capfile_error cerr;
	int ret = capfile_open(&s->cf, s->path, &cerr);

	if (ret)
		snprintf(err->text, sizeof(err->text), "%s", cerr.text);
	s->have = false;
	s->packets = s->runts = s->lost = 0;
	s->last_ns = INT64_MIN / 2;
	return ret;
}

int streams_open(struct streams *s, struct stream_error *err)
{
	int i, ret = 0;

	for (i = 0; i < s->ports && !ret; i++)
		ret = open_one(&s->port[i], err);
	return ret;
}

void streams_close(struct streams *s)
{
	int i;

	for (i = 0; i < s->ports; i++) {
		if (s->port[i].cf)
			capfile_close(s->port[i].cf);
		s->port[i].cf = NULL;
		free(s->port[i].made);
		s->port[i].made = NULL;
		s->port[i].made_room = 0;
	}
}

/* A cooked packet has no destination: a stand-in says what kind it was. */
static int uncook(struct stream *s, struct stream_error *err)
{
	static const uint8_t stand_in[5][6] = {{2, 0, 0, 0, 0, 0},
					       {0xff, 0xff, 0xff, 0xff, 0xff, 0xff},
					       {3, 0, 0, 0, 0, 0},
					       {2, 0, 0, 0, 0, 1},
					       {2, 0, 0, 0, 0, 2}};
	bool two = s->pkt.linktype == LINK_SLL2;
	uint32_t head = two ? 20 : 16, len = s->pkt.caplen - head + 14;
	const uint8_t *p = s->pkt.data;
	unsigned int kind;
	uint8_t *grown;

	if (s->pkt.caplen < head)
		return fail(s, err, "is shorter than its cooked header");
	kind = two ? p[10] : p[0] << 8 | p[1];
	if (kind > SENT)
		return fail(s, err, "has packet type %u, which no cooked capture has", kind);
	if (len > s->made_room) {
		grown = realloc(s->made, len + 2048);
		if (!grown)
			return -ENOMEM;
		s->made = grown;
		s->made_room = len + 2048;
	}
	if (two && s->packets > 1 && memcmp(&s->ifindex, p + 4, 4))
		return fail(s, err,
			    "is of another interface than those before it: take a capture for each "
			    "port (tcpdump -i any 'ifindex N')");
	if (two)
		memcpy(&s->ifindex, p + 4, 4);
	memcpy(s->made, stand_in[kind], 6);
	memcpy(s->made + 6, p + (two ? 12 : 6), 6);
	memcpy(s->made + 12, p + (two ? 0 : 14), 2);
	memcpy(s->made + 14, p + head, s->pkt.caplen - head);
	s->sight.data = s->made;
	s->sight.len = len;
	s->sight.wire_len = s->pkt.len - head + 14;
	s->sight.no_dst = true;
	s->sight.way = kind == SENT ? WAY_OUT : WAY_IN;
	return 0;
}

static int take(struct stream *s, struct stream_error *err)
{
	struct sight *x = &s->sight;

	if (s->pkt.linktype == LINK_SLL || s->pkt.linktype == LINK_SLL2) {
		s->cooked = true;
		s->tagless = s->tagless || s->pkt.linktype == LINK_SLL2;
		return uncook(s, err);
	}
	if (s->pkt.linktype != LINK_ETHERNET)
		return fail(
			s, err,
			"has link type %u; Ethernet (1), SLL (113) and SLL2 (276) can be checked",
			s->pkt.linktype);
	s->ethernet = true;
	x->data = s->pkt.data;
	x->len = s->pkt.caplen;
	x->wire_len = s->pkt.len;
	x->no_dst = false;
	x->way = s->pkt.direction == CAPFILE_DIR_IN    ? WAY_IN
		 : s->pkt.direction == CAPFILE_DIR_OUT ? WAY_OUT
						       : WAY_UNKNOWN;
	return 0;
}

static bool called_so(const struct stream *s, uint32_t iface)
{
	return !strcmp(capfile_interface(s->cf, iface)->name, s->name);
}

/* A pcapng may hold several interfaces: the one that is called as the port counts. 1, 0 for a
 * packet of another, -errno. */
static int of_this_port(struct stream *s, struct stream_error *err)
{
	uint32_t i, before = s->iface;

	for (i = 0; i < capfile_interface_count(s->cf) && !s->chosen; i++)
		s->chosen = called_so(s, i);
	if (s->chosen && !called_so(s, s->pkt.iface))
		return 0;
	s->iface = s->pkt.iface;
	if (!s->packets || !strcmp(capfile_interface(s->cf, before)->name,
				   capfile_interface(s->cf, s->iface)->name))
		return 1;
	return fail(s, err,
		    "is of the interface '%.32s' and those before it of '%.32s': call the port as "
		    "one of them, whose packets are taken then, or split the capture",
		    capfile_interface(s->cf, s->iface)->name,
		    capfile_interface(s->cf, before)->name);
}

static uint64_t lost(const struct stream *s)
{
	uint64_t sum = 0;
	uint32_t i;

	for (i = 0; i < capfile_interface_count(s->cf); i++)
		sum += !s->chosen || called_so(s, i) ? capfile_interface(s->cf, i)->lost : 0;
	return sum;
}

/* Checks the packet and makes a sight of it: 1, 0 for a runt that no bridge sees, -errno. */
static int look_at(struct streams *all, int port, struct stream_error *err)
{
	struct stream *s = &all->port[port];
	uint32_t whole = s->pkt.len;
	int ret = take(s, err);

	if (ret)
		return ret;
	if (s->pkt.unstamped)
		return fail(
			s, err,
			"has no time (pcapng's Simple Packet Block), and order and delay cannot "
			"be judged without");
	if (s->cooked && s->ethernet)
		return fail(s, err, "has another link type than those before it");
	if (all->snap && whole > all->snap)
		whole = all->snap;
	if (s->pkt.caplen < whole)
		return fail(s, err,
			    "was cut to %u of its %u bytes: capture with -s 0, or compare less "
			    "with --snap",
			    s->pkt.caplen, s->pkt.len);
	if (s->last_ns - s->pkt.ts_ns > DISORDER_NS)
		return fail(s, err,
			    "is %.6f s older than the one before it: sort the capture by time "
			    "(reordercap)",
			    (s->last_ns - s->pkt.ts_ns) / 1e9);
	if (s->pkt.ts_ns > s->last_ns)
		s->last_ns = s->pkt.ts_ns;
	s->ways = s->ways || s->sight.way != WAY_UNKNOWN;
	s->no_ways = s->no_ways || s->sight.way == WAY_UNKNOWN;
	if (capfile_interface(s->cf, s->pkt.iface)->tick_ns > s->tick_ns)
		s->tick_ns = capfile_interface(s->cf, s->pkt.iface)->tick_ns;
	s->sight.port = port;
	s->sight.number = s->pkt.number;
	s->sight.ts_ns = s->last_ns - all->clock[port].ahead_ns;
	s->sight.stamp_ns = s->pkt.ts_ns - all->clock[port].ahead_ns;
	s->sight.limit = all->snap > ROOM_TAGS ? all->snap - ROOM_TAGS : 0;
	if (!sight_digest(&s->sight))
		return 1;
	s->runts++;
	return 0;
}

static int advance(struct streams *all, int port, struct stream_error *err)
{
	struct stream *s = &all->port[port];
	struct capfile_error cerr;
	int ret;

	s->have = false;
	do {
		ret = capfile_next(s->cf, &s->pkt, &cerr);
		if (ret < 0)
			snprintf(err->text, sizeof(err->text), "%s", cerr.text);
		if (!ret)
			s->lost = lost(s);
		if (ret <= 0)
			return ret;
		ret = capfile_interface_count(s->cf) > 1 ? of_this_port(s, err) : 1;
		if (ret <= 0)
			continue;
		s->packets++;
		ret = look_at(all, port, err);
	} while (!ret);
	s->have = ret > 0;
	return ret;
}

struct order {
	int (*priority)(void *data, const struct sight *x);
	void *data;
};

/* Of two frames that are at two ports at about the same time: more than 0 where `a` is first by
 * something else than its stamp. */
static int by_sense(const struct sight *a, const struct sight *b, const struct order *by)
{
	if (a->way != b->way)
		return a->way == WAY_IN || b->way == WAY_OUT ? 1 : -1;
	return by->priority(by->data, a) - by->priority(by->data, b);
}

static bool before(const struct streams *all, const struct stream *a, const struct stream *b,
		   const struct order *by)
{
	int64_t apart = b->sight.ts_ns - a->sight.ts_ns;
	bool near = apart <= all->slack_ns && apart >= -all->slack_ns;
	int sense = 0;

	if (!apart || (near && a->sight.full == b->sight.full))
		sense = by_sense(&a->sight, &b->sight, by);
	return sense ? sense > 0 : apart > 0;
}

static bool is_tied(const struct streams *s, const struct stream *first, const struct order *by)
{
	const struct stream *p;

	for (p = s->port; p < s->port + s->ports; p++)
		if (p != first && p->have && p->sight.full == first->sight.full &&
		    p->sight.ts_ns == first->sight.ts_ns && first->sight.way == WAY_UNKNOWN &&
		    !by_sense(&p->sight, &first->sight, by))
			return true;
	return false;
}

int streams_next(struct streams *s, struct sight **out,
		 int (*priority)(void *data, const struct sight *x), void *data,
		 struct stream_error *err)
{
	const struct order by = {priority, data};
	struct stream *first = NULL, *p;
	int i, ret;

	for (i = 0; i < s->ports; i++) {
		p = &s->port[i];
		if (!p->have && p->cf) {
			ret = advance(s, i, err);
			if (ret < 0)
				return ret;
		}
		if (p->have && (!first || before(s, p, first, &by)))
			first = p;
	}
	if (!first)
		return 0;
	first->sight.tied = is_tied(s, first, &by);
	first->have = false;
	*out = &first->sight;
	return 1;
}

static int look_at_port(struct streams *s, int port, uint64_t max, struct look *out, uint64_t *n,
			struct stream_error *err)
{
	uint64_t i;
	int ret;

	for (i = 0; i < max; i++) {
		ret = advance(s, port, err);
		if (ret <= 0)
			return ret;
		out[*n] = (struct look){.full = s->port[port].sight.full,
					.ts_ns = s->port[port].sight.ts_ns,
					.port = port,
					.way = s->port[port].sight.way};
		memcpy(out[*n].src, s->port[port].sight.src, 6);
		memcpy(out[*n].dst, s->port[port].sight.dst, 6);
		out[(*n)++].dst[0] |= s->port[port].sight.no_dst;
	}
	return 0;
}

static int open_again(struct stream *s, struct stream_error *err)
{
	capfile_close(s->cf);
	s->cf = NULL;
	return open_one(s, err);
}

int streams_overlap(struct streams *s, int64_t *from_ns, int64_t *to_ns, struct stream_error *err)
{
	int i, ret = 0;

	*from_ns = INT64_MIN;
	*to_ns = INT64_MAX;
	for (i = 0; i < s->ports && !ret; i++) {
		bool first = true;

		while ((ret = advance(s, i, err)) > 0) {
			if (first && s->port[i].sight.ts_ns > *from_ns)
				*from_ns = s->port[i].sight.ts_ns;
			first = false;
		}
		if (!ret && s->port[i].last_ns - s->clock[i].ahead_ns < *to_ns)
			*to_ns = s->port[i].last_ns - s->clock[i].ahead_ns;
		if (!ret)
			ret = open_again(&s->port[i], err);
	}
	return ret;
}

int streams_look(struct streams *s, uint64_t max, struct look **out, uint64_t *n,
		 struct stream_error *err)
{
	struct look *looks = malloc(max * s->ports * sizeof(*looks));
	int i, ret = looks ? 0 : -ENOMEM;

	*n = 0;
	snprintf(err->text, sizeof(err->text), "no memory");
	for (i = 0; i < s->ports && !ret; i++)
		ret = look_at_port(s, i, max, looks, n, err);
	for (i = 0; i < s->ports && !ret; i++)
		ret = open_again(&s->port[i], err);
	if (ret)
		free(looks);
	else
		*out = looks;
	return ret;
}

void streams_progress(const struct streams *s, uint64_t *done, uint64_t *total)
{
	uint64_t d, t;
	int i;

	*done = *total = 0;
	for (i = 0; i < s->ports; i++) {
		capfile_progress(s->port[i].cf, &d, &t);
		*done += d;
		*total += t;
	}
}
