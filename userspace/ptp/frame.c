/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "frame.h"

#include "bytes.h"
#include "ptp_msg.h"

#include <string.h>

enum {
	ETHERTYPE_8021Q = 0x8100,
	ETHERTYPE_8021AD = 0x88a8,
	ETHERTYPE_QINQ_OLD = 0x9100,
	ETHERTYPE_IPV4 = 0x0800,
	ETHERTYPE_IPV6 = 0x86dd,
	PRP_SUFFIX = 0x88fb,
	IP_UDP = 17,
	IPV6_EXTENSIONS_MAX = 8,
};

/* What is read next, and whether that is in the frame. */
struct cursor {
	struct frame *f;
	struct problem *problem;
	uint32_t at;
};

static bool have(const struct cursor *c, uint32_t need)
{
	return c->at <= c->f->len && need <= c->f->len - c->at;
}

static int cut(struct cursor *c, const char *what)
{
	return problem_at(c->problem, c->f->len, what);
}

static int parse_sll(struct cursor *c)
{
	const uint8_t *p = c->f->octets;

	if (!have(c, 16))
		return cut(c, "the Linux cooked header is cut");
	c->f->has_src = get_be16(p + 4) == 6;
	memcpy(c->f->src, p + 6, 6);
	c->f->ethertype = get_be16(p + 14);
	c->at = 16;
	return 0;
}

static int parse_sll2(struct cursor *c)
{
	const uint8_t *p = c->f->octets;

	if (!have(c, 20))
		return cut(c, "the Linux cooked v2 header is cut");
	c->f->ethertype = get_be16(p);
	c->f->cooked_ifindex = get_be32(p + 4);
	c->f->has_src = p[11] == 6;
	memcpy(c->f->src, p + 12, 6);
	c->at = 20;
	return 0;
}

static int parse_macs(struct cursor *c)
{
	if (!have(c, 12))
		return cut(c, "the Ethernet header is cut");
	memcpy(c->f->dst, c->f->octets, 6);
	memcpy(c->f->src, c->f->octets + 6, 6);
	c->f->has_dst = c->f->has_src = true;
	c->at = 12;
	return 0;
}

static int parse_ethertype(struct cursor *c)
{
	if (!have(c, 2))
		return cut(c, "the frame is cut in its EtherType");
	c->f->ethertype = get_be16(c->f->octets + c->at);
	c->at += 2;
	return 0;
}

static int parse_dsa(struct cursor *c, enum dsa_format format)
{
	if (!have(c, 4))
		return cut(c, "the DSA tag is cut");
	dsa_tag_decode(&c->f->tag, c->f->octets + c->at);
	c->f->tag_format = format;
	c->at += 4;
	return parse_ethertype(c);
}

/* At the reserved octets, behind EDSA's EtherType. */
static int parse_edsa(struct cursor *c)
{
	c->f->edsa_ethertype = c->f->ethertype;
	if (!have(c, 2))
		return cut(c, "the EDSA tag is cut");
	c->at += 2;
	return parse_dsa(c, DSA_FORMAT_EDSA);
}

static int parse_link(struct cursor *c, const struct frame_place *place)
{
	uint16_t edsa = place->edsa_ethertype ? place->edsa_ethertype : EDSA_ETHERTYPE_DEFAULT;
	int ret;

	switch (place->linktype) {
	case FRAME_LINK_SLL:
		ret = parse_sll(c);
		break;
	case FRAME_LINK_SLL2:
		ret = parse_sll2(c);
		break;
	case FRAME_LINK_DSA:
		ret = parse_macs(c);
		return ret ? ret : parse_dsa(c, DSA_FORMAT_DSA);
	default:
		ret = parse_macs(c);
		if (!ret && place->linktype == FRAME_LINK_ETHERNET &&
		    place->tagger == DSA_FORMAT_DSA)
			return parse_dsa(c, DSA_FORMAT_DSA);
		ret = ret ? ret : parse_ethertype(c);
	}
	if (ret)
		return ret;
	/* Link type 285 says that the tag is there, whatever EtherType the switch was told to use.
	 */
	if (place->linktype == FRAME_LINK_EDSA || c->f->ethertype == edsa)
		return parse_edsa(c);
	return 0;
}

static bool is_vlan(uint16_t ethertype)
{
	return ethertype == ETHERTYPE_8021Q || ethertype == ETHERTYPE_8021AD ||
	       ethertype == ETHERTYPE_QINQ_OLD;
}

static int parse_vlans(struct cursor *c)
{
	struct frame *f = c->f;

	while (is_vlan(f->ethertype)) {
		if (f->vlans == FRAME_VLANS_MAX)
			return problem_at(c->problem, c->at - 2, "more VLAN tags than are decoded");
		if (!have(c, 4))
			return cut(c, "the VLAN tag is cut");
		f->vlan[f->vlans].tpid = f->ethertype;
		f->vlan[f->vlans].tci = get_be16(f->octets + c->at);
		f->vlan[f->vlans++].stripped = false;
		c->at += 2;
		parse_ethertype(c);
	}
	return 0;
}

/* At the UDP header; `end` is where the IP packet ends. */
static int parse_udp(struct cursor *c, uint32_t end, enum frame_transport transport)
{
	const uint8_t *p = c->f->octets + c->at;
	uint16_t len;

	if (!have(c, 8) || c->at + 8 > end)
		return cut(c, "the UDP header is cut");
	c->f->sport = get_be16(p);
	c->f->dport = get_be16(p + 2);
	len = get_be16(p + 4);
	if (len < 8 || len > end - c->at)
		return problem_at(c->problem, c->at + 4,
				  "the UDP length is not that of the IP packet");
	c->at += 8;
	c->f->payload = c->at;
	c->f->payload_len = len - 8u;
	if (c->f->payload_len > c->f->len - c->at)
		c->f->payload_len = c->f->len - c->at;
	if (c->f->dport == PTP_UDP_EVENT || c->f->dport == PTP_UDP_GENERAL)
		c->f->transport = transport;
	return 0;
}

static int parse_ipv4(struct cursor *c)
{
	const uint8_t *p = c->f->octets + c->at;
	uint32_t header, total, start = c->at;

	if (!have(c, 20))
		return cut(c, "the IPv4 header is cut");
	header = (p[0] & 15) * 4u;
	total = get_be16(p + 2);
	if (p[0] >> 4 != 4 || header < 20)
		return problem_at(c->problem, c->at, "not an IPv4 header");
	if (total < header)
		return problem_at(c->problem, c->at + 2,
				  "the IPv4 total length is less than the header");
	c->f->ip_src = p + 12;
	c->f->ip_dst = p + 16;
	c->f->ip_protocol = p[9];
	/* A later fragment has no UDP header; PTP is never that long. */
	if (p[9] != IP_UDP || (get_be16(p + 6) & 0x1fff))
		return 0;
	if (!have(c, header))
		return cut(c, "the IPv4 options are cut");
	c->at += header;
	return parse_udp(c, start + total, FRAME_UDP4);
}

/* Hop-by-hop, routing and destination options before UDP. */
static int skip_extensions(struct cursor *c)
{
	const uint8_t *p;
	int i;

	for (i = 0; i < IPV6_EXTENSIONS_MAX; i++) {
		uint8_t next = c->f->ip_protocol;

		if (next != 0 && next != 43 && next != 60)
			return 0;
		if (!have(c, 8))
			return cut(c, "an IPv6 extension header is cut");
		p = c->f->octets + c->at;
		c->f->ip_protocol = p[0];
		c->at += (p[1] + 1u) * 8;
		if (!have(c, 0))
			return cut(c, "an IPv6 extension header is cut");
	}
	return problem_at(c->problem, c->at, "more IPv6 extension headers than are decoded");
}

static int parse_ipv6(struct cursor *c)
{
	const uint8_t *p = c->f->octets + c->at;
	uint32_t end;
	int ret;

	if (!have(c, 40))
		return cut(c, "the IPv6 header is cut");
	if (p[0] >> 4 != 6)
		return problem_at(c->problem, c->at, "not an IPv6 header");
	end = c->at + 40 + get_be16(p + 4);
	c->f->ip_src = p + 8;
	c->f->ip_dst = p + 24;
	c->f->ip_protocol = p[6];
	c->at += 40;
	ret = skip_extensions(c);
	if (ret || c->f->ip_protocol != IP_UDP)
		return ret;
	return parse_udp(c, end, FRAME_UDP6);
}

/* PRP's trailer ends the frame and says how many octets there are behind the EtherType, itself
 * counted in. Behind IP it is in what is no longer the packet's. */
static bool has_prp(const struct cursor *c)
{
	uint32_t lsdu = c->f->len - c->at;
	const uint8_t *p;

	if (lsdu <= FRAME_PRP_LEN)
		return false;
	p = c->f->octets + c->f->len - FRAME_PRP_LEN;
	return get_be16(p + 4) == PRP_SUFFIX && (get_be16(p + 2) & 0xfff) == lsdu &&
	       (p[2] >> 4 == 0xa || p[2] >> 4 == 0xb);
}

static int parse_network(struct cursor *c)
{
	c->f->payload = c->at;
	c->f->payload_len = c->f->len - c->at;
	c->f->prp = has_prp(c);
	if (c->f->prp)
		c->f->payload_len -= FRAME_PRP_LEN;
	switch (c->f->ethertype) {
	case PTP_ETHERTYPE:
		c->f->transport = FRAME_ETHERNET;
		return 0;
	case ETHERTYPE_IPV4:
		return parse_ipv4(c);
	case ETHERTYPE_IPV6:
		return parse_ipv6(c);
	default:
		return 0;
	}
}

int frame_parse(struct frame *out, const uint8_t *octets, uint32_t len,
		const struct frame_place *place, const struct frame_vlan *stripped,
		struct problem *problem)
{
	struct cursor c = {.f = out, .problem = problem};
	int ret;

	memset(out, 0, sizeof(*out));
	*problem = (struct problem){0};
	out->octets = octets;
	out->len = len;
	out->payload = len;
	if (stripped)
		out->vlan[out->vlans++] = *stripped;
	ret = parse_link(&c, place);
	ret = ret ? ret : parse_vlans(&c);
	return ret ? ret : parse_network(&c);
}
