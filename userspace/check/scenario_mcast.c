/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The lines of a scenario about IP multicast: join, leave, query, datagram. */
#include "scenario_parse.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "mcast_message.h"

/* Without `from`: 10 and the last three bytes of the MAC address, or its link-local address. */
static void source_of(struct mcast_message *m, const uint8_t mac[6])
{
	static const uint8_t prefix[2] = {0xfe, 0x80};

	if (!m->ipv6) {
		m->from[0] = 10;
		memcpy(m->from + 1, mac + 3, 3);
		return;
	}
	memcpy(m->from, prefix, sizeof(prefix));
	memcpy(m->from + 8, mac, 3);
	m->from[8] ^= 2;
	m->from[11] = 0xff;
	m->from[12] = 0xfe;
	memcpy(m->from + 13, mac + 3, 3);
}

/* 0.0.0.0 and :: are no groups, but what a query for all asks for. */
static bool is_group(const struct mcast_message *m)
{
	static const uint8_t all[16];

	if (m->kind == MCAST_QUERY && !memcmp(m->group, all, sizeof(all)))
		return true;
	return m->ipv6 ? m->group[0] == 0xff : m->group[0] >> 4 == 14;
}

static int read_group(struct parse *p, struct mcast_message *m)
{
	const char *w = parse_word(p);

	m->ipv6 = w && strchr(w, ':');
	if (!w || inet_pton(m->ipv6 ? AF_INET6 : AF_INET, w, m->group) != 1 || !is_group(m))
		return parse_error(p, "'%s' is no IPv4 or IPv6 address of a group", w ? w : "");
	return 0;
}

static int read_words(struct parse *p, struct mcast_message *m, struct making *f)
{
	uint64_t v = 0;
	const char *w;
	int ret = 0;

	while (!ret && p->next < p->words && strcmp(p->word[p->next], "=>")) {
		w = parse_word(p);
		if (!strcmp(w, "version") && m->kind != MCAST_DATAGRAM)
			ret = parse_number(p, w, 1, 3, &v);
		else if (!strcmp(w, "response") && m->kind == MCAST_QUERY)
			ret = parse_seconds(p, w, &m->response_ns);
		else if (!strcmp(w, "from"))
			ret = parse_ip(p, w, m->ipv6 ? AF_INET6 : AF_INET, m->from);
		else
			ret = parse_frame_word(p, f, w);
		if (ret > 0)
			ret = parse_error(p, "this line has no '%s' (see brcheck(8), SCENARIOS)",
					  w);
	}
	m->version = v;
	return ret;
}

static int build(struct parse *p, const struct mcast_message *m, struct making *f)
{
	int len = mcast_build(m, f->bytes, f->body);

	if (len == -EINVAL)
		return parse_error(p, "version %u of %s has no such message", m->version,
				   m->ipv6 ? "MLD" : "IGMP");
	if (len < 0)
		return parse_error(p, "a query of %s gives less time than %.1f s",
				   m->ipv6 ? "MLD" : "IGMP", m->response_ns / 1e9);
	f->body_len = len;
	f->type = m->ipv6 ? 0x86dd : 0x0800;
	return 0;
}

static int line(struct parse *p, enum mcast_kind kind)
{
	struct mcast_message m = {.kind = kind, .response_ns = 10000000000};
	struct making *f;
	int port, ret;

	f = parse_making(p, &port);
	if (!f)
		return -ENOMEM;
	ret = port < 0 ? port : parse_mac(p, "the source", f->bytes + 6);
	if (!ret)
		ret = read_group(p, &m);
	if (!ret)
		source_of(&m, f->bytes + 6);
	if (!ret)
		ret = read_words(p, &m, f);
	if (!ret)
		ret = build(p, &m, f);
	if (!ret)
		ret = parse_finish(p, f, port);
	free(f);
	return ret;
}

int parse_join(struct parse *p)
{
	return line(p, MCAST_JOIN);
}

int parse_leave(struct parse *p)
{
	return line(p, MCAST_LEAVE);
}

int parse_query(struct parse *p)
{
	return line(p, MCAST_QUERY);
}

int parse_datagram(struct parse *p)
{
	return line(p, MCAST_DATAGRAM);
}
