/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "fields.h"

#include <linux/if_ether.h>
#include <netinet/in.h>
#include <pcap/dlt.h>
#include <stdio.h>
#include <string.h>

/* One field: bytes of its header, and within them bits (0: all). */
struct field {
	const char *name;
	uint8_t off, size;
	enum cbpf_notation notation;
	uint32_t mask;
};

static const struct field ether[] = {
	{"ether.dst", 0, 6, CBPF_HEX, 0}, {"ether.src", 6, 6, CBPF_HEX, 0}, {0}};
static const struct field type[] = {{"ether.type", 0, 2, CBPF_HEX, 0}, {0}};
static const struct field vlan[] = {
	{"vlan.vid", 0, 2, CBPF_DECIMAL, 0xfff}, {"vlan.pcp", 0, 2, CBPF_DECIMAL, 0xe000},
	{"vlan.pcp", 0, 1, CBPF_DECIMAL, 0xe0},  {"vlan.tci", 0, 2, CBPF_HEX, 0},
	{"vlan.type", 2, 2, CBPF_HEX, 0},        {0}};
static const struct field inner_vlan[] = {{"vlan2.vid", 0, 2, CBPF_DECIMAL, 0xfff},
					  {"vlan2.tci", 0, 2, CBPF_HEX, 0},
					  {"vlan2.type", 2, 2, CBPF_HEX, 0},
					  {0}};
/* Marvell's tag, as net/dsa/tag_dsa.c of Linux reads it. */
static const struct field dsa[] = {
	{"dsa.mode", 0, 1, CBPF_DECIMAL, 0xc0},   {"dsa.tagged", 0, 1, CBPF_DECIMAL, 0x20},
	{"dsa.device", 0, 1, CBPF_DECIMAL, 0x1f}, {"dsa.port", 1, 1, CBPF_DECIMAL, 0xf8},
	{"dsa.pcp", 2, 1, CBPF_DECIMAL, 0xe0},    {"dsa.vid", 2, 2, CBPF_DECIMAL, 0xfff},
	{"dsa.tag", 0, 4, CBPF_HEX, 0},           {0}};
static const struct field edsa[] = {
	{"edsa.type", 0, 2, CBPF_HEX, 0}, {"edsa.reserved", 2, 2, CBPF_HEX, 0}, {0}};
static const struct field sll[] = {{"sll.pkttype", 0, 2, CBPF_DECIMAL, 0},
				   {"sll.hatype", 2, 2, CBPF_DECIMAL, 0},
				   {"sll.halen", 4, 2, CBPF_DECIMAL, 0},
				   {"sll.addr", 6, 8, CBPF_HEX, 0},
				   {0}};
static const struct field sll2[] = {{"sll2.protocol", 0, 2, CBPF_HEX, 0},
				    {"sll2.ifindex", 4, 4, CBPF_DECIMAL, 0},
				    {"sll2.hatype", 8, 2, CBPF_DECIMAL, 0},
				    {"sll2.pkttype", 10, 1, CBPF_DECIMAL, 0},
				    {"sll2.halen", 11, 1, CBPF_DECIMAL, 0},
				    {"sll2.addr", 12, 8, CBPF_HEX, 0},
				    {0}};
static const struct field sll_type[] = {{"sll.protocol", 0, 2, CBPF_HEX, 0}, {0}};
static const struct field null_header[] = {{"null.family", 0, 4, CBPF_HEX, 0}, {0}};
static const struct field ppp[] = {{"ppp.address", 0, 1, CBPF_HEX, 0},
				   {"ppp.control", 1, 1, CBPF_HEX, 0},
				   {"ppp.protocol", 2, 2, CBPF_HEX, 0},
				   {0}};
static const struct field chdlc[] = {
	{"chdlc.address", 0, 1, CBPF_HEX, 0}, {"chdlc.control", 1, 1, CBPF_HEX, 0}, {0}};
static const struct field chdlc_type[] = {{"chdlc.protocol", 0, 2, CBPF_HEX, 0}, {0}};
/* IEEE 802.11-2020, 9.2.4.1.1: the frame control's octets as they are sent. */
static const struct field wlan[] = {{"wlan.version", 0, 1, CBPF_DECIMAL, 0x3},
				    {"wlan.type", 0, 1, CBPF_DECIMAL, 0xc},
				    {"wlan.subtype", 0, 1, CBPF_DECIMAL, 0xf0},
				    {"wlan.flags", 1, 1, CBPF_HEX, 0},
				    {"wlan.fc", 0, 2, CBPF_HEX, 0},
				    {"wlan.addr1", 4, 6, CBPF_HEX, 0},
				    {"wlan.addr2", 10, 6, CBPF_HEX, 0},
				    {"wlan.addr3", 16, 6, CBPF_HEX, 0},
				    {0}};
static const struct field llc[] = {{"llc.sap", 0, 2, CBPF_HEX, 0},
				   {"llc.dsap", 0, 1, CBPF_HEX, 0},
				   {"llc.ssap", 1, 1, CBPF_HEX, 0},
				   {"llc.control", 2, 1, CBPF_HEX, 0},
				   {0}};
static const struct field arp[] = {
	{"arp.htype", 0, 2, CBPF_DECIMAL, 0}, {"arp.ptype", 2, 2, CBPF_HEX, 0},
	{"arp.op", 6, 2, CBPF_DECIMAL, 0},    {"arp.sha", 8, 6, CBPF_HEX, 0},
	{"arp.spa", 14, 4, CBPF_ADDRESS, 0},  {"arp.tha", 18, 6, CBPF_HEX, 0},
	{"arp.tpa", 24, 4, CBPF_ADDRESS, 0},  {0}};
static const struct field ip[] = {{"ip.version", 0, 1, CBPF_DECIMAL, 0xf0},
				  {"ip.ihl", 0, 1, CBPF_DECIMAL, 0xf},
				  {"ip.tos", 1, 1, CBPF_HEX, 0},
				  {"ip.len", 2, 2, CBPF_DECIMAL, 0},
				  {"ip.id", 4, 2, CBPF_HEX, 0},
				  {"ip.fragoffset", 6, 2, CBPF_DECIMAL, 0x1fff},
				  {"ip.frag", 6, 2, CBPF_HEX, 0},
				  {"ip.ttl", 8, 1, CBPF_DECIMAL, 0},
				  {"ip.proto", 9, 1, CBPF_DECIMAL, 0},
				  {"ip.cksum", 10, 2, CBPF_HEX, 0},
				  {"ip.src", 12, 4, CBPF_ADDRESS, 0},
				  {"ip.dst", 16, 4, CBPF_ADDRESS, 0},
				  {0}};
static const struct field ip6[] = {{"ip6.version", 0, 1, CBPF_DECIMAL, 0xf0},
				   {"ip6.flow", 0, 4, CBPF_HEX, 0},
				   {"ip6.plen", 4, 2, CBPF_DECIMAL, 0},
				   {"ip6.nxt", 6, 1, CBPF_DECIMAL, 0},
				   {"ip6.hlim", 7, 1, CBPF_DECIMAL, 0},
				   {"ip6.src", 8, 16, CBPF_HEX, 0},
				   {"ip6.dst", 24, 16, CBPF_HEX, 0},
				   {"ip6.frag.nxt", 40, 1, CBPF_DECIMAL, 0},
				   {0}};
static const struct field udp[] = {{"udp.sport", 0, 2, CBPF_DECIMAL, 0},
				   {"udp.dport", 2, 2, CBPF_DECIMAL, 0},
				   {"udp.len", 4, 2, CBPF_DECIMAL, 0},
				   {"udp.cksum", 6, 2, CBPF_HEX, 0},
				   {0}};
static const struct field tcp[] = {
	{"tcp.sport", 0, 2, CBPF_DECIMAL, 0},   {"tcp.dport", 2, 2, CBPF_DECIMAL, 0},
	{"tcp.seq", 4, 4, CBPF_DECIMAL, 0},     {"tcp.ack", 8, 4, CBPF_DECIMAL, 0},
	{"tcp.off", 12, 1, CBPF_DECIMAL, 0xf0}, {"tcp.flags", 13, 1, CBPF_HEX, 0},
	{"tcp.win", 14, 2, CBPF_DECIMAL, 0},    {0}};
static const struct field sctp[] = {
	{"sctp.sport", 0, 2, CBPF_DECIMAL, 0}, {"sctp.dport", 2, 2, CBPF_DECIMAL, 0}, {0}};
static const struct field icmp[] = {
	{"icmp.type", 0, 1, CBPF_DECIMAL, 0}, {"icmp.code", 1, 1, CBPF_DECIMAL, 0}, {0}};
static const struct field icmp6[] = {
	{"icmp6.type", 0, 1, CBPF_DECIMAL, 0}, {"icmp6.code", 1, 1, CBPF_DECIMAL, 0}, {0}};
/* IEEE 1588-2019, table 35. */
static const struct field ptp[] = {{"ptp.messageType", 0, 1, CBPF_DECIMAL, 0xf},
				   {"ptp.majorSdoId", 0, 1, CBPF_DECIMAL, 0xf0},
				   {"ptp.versionPTP", 1, 1, CBPF_DECIMAL, 0xf},
				   {"ptp.messageLength", 2, 2, CBPF_DECIMAL, 0},
				   {"ptp.domainNumber", 4, 1, CBPF_DECIMAL, 0},
				   {"ptp.flagField", 6, 2, CBPF_HEX, 0},
				   {"ptp.correctionField", 8, 8, CBPF_HEX, 0},
				   {"ptp.clockIdentity", 20, 8, CBPF_HEX, 0},
				   {"ptp.portNumber", 28, 2, CBPF_DECIMAL, 0},
				   {"ptp.sequenceId", 30, 2, CBPF_DECIMAL, 0},
				   {"ptp.logMessageInterval", 33, 1, CBPF_DECIMAL, 0},
				   {0}};

struct naming {
	struct cbpf_field *out;
	const struct cbpf_place *place;
	uint32_t mask;
	const struct cbpf_fact *facts;
	uint32_t count;
};

enum { PPP_IP = 0x21, PPP_IPV6 = 0x57 }; /* RFC 1332, RFC 5072 */

static uint32_t all_bits(uint32_t size)
{
	return size >= 4 ? UINT32_MAX : (1U << size * 8) - 1;
}

/* The number that bytes are known to hold; false when they are not. */
static bool known(const struct naming *n, const struct cbpf_place *place, bool at_most,
		  uint32_t *value)
{
	for (uint32_t i = 0; i < n->count; i++) {
		const struct cbpf_fact *f = &n->facts[i];

		if (f->at_most != at_most || f->mask != all_bits(f->place.size) ||
		    f->place.off != place->off || f->place.size != place->size ||
		    f->place.indirect != place->indirect ||
		    (place->indirect && f->place.header != place->header))
			continue;
		*value = f->value;
		return true;
	}
	return false;
}

static bool known_at(const struct naming *n, uint32_t off, uint32_t size, uint32_t *value)
{
	const struct cbpf_place place = {.off = off, .size = size};

	return known(n, &place, false, value);
}

static void describe(const struct naming *n, const struct field *f, uint32_t at)
{
	uint32_t size = n->place->size, bits = f->mask ? f->mask : all_bits(size);

	n->out->notation = f->notation;
	n->out->whole = n->mask == bits;
	n->out->shift = f->mask ? (uint32_t)__builtin_ctz(f->mask) : 0;
	if (at || size < f->size) {
		n->out->notation = CBPF_HEX;
		snprintf(n->out->name, sizeof(n->out->name), "%s[%u:%u]", f->name, at, size);
	} else {
		snprintf(n->out->name, sizeof(n->out->name), "%s", f->name);
	}
}

enum match { BITS_ALL, BYTES, BITS_SOME, MATCHES };

/* How well a field fits: its very bits, its bytes, some of its bits. MATCHES: it does not. */
static enum match fit(const struct naming *n, const struct field *f, uint32_t off)
{
	uint32_t size = n->place->size;

	if (!f->mask)
		return off >= f->off && off + size <= (uint32_t)f->off + f->size ? BYTES : MATCHES;
	if (off != f->off || size != f->size || n->mask & ~f->mask || !n->mask)
		return MATCHES;
	return n->mask == f->mask ? BITS_ALL : BITS_SOME;
}

/* True when the place is within a field of this header, which begins at `base`: it has been named.
 */
static bool in_header(const struct naming *n, const struct field *fields, uint32_t base)
{
	uint32_t off = n->place->off - base;
	const struct field *found = NULL;
	enum match best = MATCHES;

	if (n->place->off < base)
		return false;
	for (const struct field *f = fields; f->name; f++) {
		enum match m = fit(n, f, off);

		if (m < best) {
			best = m;
			found = f;
		}
	}
	if (found)
		describe(n, found, off - found->off);
	return found;
}

/* NULL where no ports follow, or nothing that has names here. */
static const struct field *transport_of(uint32_t proto)
{
	switch (proto) {
	case IPPROTO_UDP:
		return udp;
	case IPPROTO_TCP:
		return tcp;
	case IPPROTO_SCTP:
		return sctp;
	case IPPROTO_ICMP:
		return icmp;
	case IPPROTO_ICMPV6:
		return icmp6;
	default:
		return NULL;
	}
}

/* A transport header at `base`, and PTP behind its ports. */
static bool in_transport(const struct naming *n, uint32_t base, bool proto_known, uint32_t proto)
{
	const struct field *fields = proto_known ? transport_of(proto) : NULL;
	struct cbpf_place dport = *n->place;
	uint32_t port;

	if (!fields)
		return false;
	dport.off = base + 2;
	dport.size = 2;
	if (in_header(n, fields, base))
		return true;
	return fields == udp && known(n, &dport, false, &port) && (port == 319 || port == 320) &&
	       in_header(n, ptp, base + 8);
}

static bool in_ip(const struct naming *n, uint32_t base)
{
	uint32_t proto = 0;
	bool proto_known = known_at(n, base + 9, 1, &proto);

	if (n->place->indirect)
		return n->place->header == base && in_transport(n, base, proto_known, proto);
	return in_header(n, ip, base);
}

static bool in_ip6(const struct naming *n, uint32_t base)
{
	uint32_t proto = 0;
	bool proto_known = known_at(n, base + 6, 1, &proto);

	if (n->place->indirect)
		return false;
	if (n->place->off < base + 40 || (proto_known && proto == IPPROTO_FRAGMENT))
		return in_header(n, ip6, base);
	return in_transport(n, base + 40, proto_known, proto);
}

static bool in_payload(const struct naming *n, uint32_t ethertype, uint32_t base)
{
	switch (ethertype) {
	case ETH_P_IP:
		return in_ip(n, base);
	case ETH_P_IPV6:
		return in_ip6(n, base);
	case ETH_P_ARP:
		return !n->place->indirect && in_header(n, arp, base);
	case ETH_P_1588:
		return !n->place->indirect && in_header(n, ptp, base);
	default:
		return false;
	}
}

/* A length in place of a type: IEEE 802.2 follows. */
static bool in_llc(const struct naming *n, uint32_t type_at)
{
	const struct cbpf_place place = {.off = type_at, .size = 2};
	uint32_t most;

	return known(n, &place, true, &most) && most < ETH_P_802_3_MIN && !n->place->indirect &&
	       in_header(n, llc, type_at + 2);
}

/* From an EtherType on: tags, then what it says. */
static bool from_type(const struct naming *n, const struct field *name, uint32_t at)
{
	const struct field *tag = vlan;
	uint32_t value;

	if (!n->place->indirect && in_header(n, name, at))
		return true;
	while (known_at(n, at, 2, &value) &&
	       (value == ETH_P_8021Q || value == ETH_P_8021AD || value == 0x9100)) {
		if (!n->place->indirect && in_header(n, tag, at + 2))
			return true;
		tag = inner_vlan;
		at += 4;
	}
	if (known_at(n, at, 2, &value))
		return in_payload(n, value, at + 2);
	return in_llc(n, at);
}

/* Ethernet and the two tags of Marvell's; an EDSA tag shows itself by its type. */
static bool in_frame(const struct naming *n, int linktype)
{
	bool direct = !n->place->indirect;
	uint32_t value;

	if (direct && in_header(n, ether, 0))
		return true;
	if (linktype == DLT_DSA_TAG_DSA)
		return (direct && in_header(n, dsa, 12)) || from_type(n, type, 16);
	if (linktype == DLT_DSA_TAG_EDSA || (known_at(n, 12, 2, &value) && value == 0xdada))
		return (direct && (in_header(n, edsa, 12) || in_header(n, dsa, 16))) ||
		       from_type(n, type, 20);
	return from_type(n, type, 12);
}

/* Before the version is known, only it has a name. */
static bool in_raw(const struct naming *n, int linktype)
{
	const bool is_version = !n->place->off && !n->place->indirect && n->place->size == 1 &&
				n->mask && !(n->mask & 0x0f);
	uint32_t version = linktype == DLT_IPV4 ? 4 : linktype == DLT_IPV6 ? 6 : 0;

	for (uint32_t i = 0; i < n->count && !version; i++) {
		const struct cbpf_fact *f = &n->facts[i];

		if (!f->place.off && f->place.size == 1 && !f->place.indirect && !f->at_most &&
		    (f->mask & 0xf0) == 0xf0)
			version = f->value >> 4;
	}
	if (version == 6)
		return in_ip6(n, 0);
	return (version == 4 || is_version) && in_ip(n, 0);
}

/* The address family of the system that captured, in its byte order, or (DLT_LOOP) big-endian. */
static bool in_null(const struct naming *n)
{
	uint32_t family;

	if (!n->place->indirect && in_header(n, null_header, 0))
		return true;
	if (!known_at(n, 0, 4, &family))
		return false;
	if (family > UINT16_MAX)
		family = __builtin_bswap32(family);
	switch (family) {
	case 2:
		return in_ip(n, 4);
	case 10: /* Linux */
	case 24: /* NetBSD, OpenBSD */
	case 28: /* FreeBSD */
	case 30: /* macOS */
		return in_ip6(n, 4);
	default:
		return false;
	}
}

static bool in_ppp(const struct naming *n)
{
	uint32_t protocol;

	if (!n->place->indirect && in_header(n, ppp, 0))
		return true;
	if (!known_at(n, 2, 2, &protocol))
		return false;
	return (protocol == PPP_IP && in_ip(n, 4)) || (protocol == PPP_IPV6 && in_ip6(n, 4));
}

void cbpf_field_bytes(struct cbpf_field *out, const struct cbpf_place *place, uint32_t mask)
{
	memset(out, 0, sizeof(*out));
	out->notation = CBPF_HEX;
	out->whole = mask == all_bits(place->size);
	if (place->indirect)
		snprintf(out->name, sizeof(out->name), "bytes[4*([%u]&0xf)+%u:%u]", place->header,
			 place->off, place->size);
	else
		snprintf(out->name, sizeof(out->name), "bytes[%u:%u]", place->off, place->size);
}

void cbpf_field_name(struct cbpf_field *out, int linktype, const struct cbpf_place *place,
		     uint32_t mask, const struct cbpf_fact *facts, uint32_t count)
{
	const struct naming n = {out, place, mask, facts, count};
	uint32_t value;
	bool named;

	switch (linktype) {
	case DLT_RAW:
	case DLT_IPV4:
	case DLT_IPV6:
		named = in_raw(&n, linktype);
		break;
	case DLT_LINUX_SLL:
		named = (!place->indirect && in_header(&n, sll, 0)) || from_type(&n, sll_type, 14);
		break;
	case DLT_LINUX_SLL2:
		named = (!place->indirect && in_header(&n, sll2, 0)) ||
			(known_at(&n, 0, 2, &value) && in_payload(&n, value, 20));
		break;
	case DLT_NULL:
	case DLT_LOOP:
		named = in_null(&n);
		break;
	case DLT_PPP:
	case DLT_PPP_SERIAL:
		named = in_ppp(&n);
		break;
	case DLT_C_HDLC:
		named = (!place->indirect && in_header(&n, chdlc, 0)) ||
			from_type(&n, chdlc_type, 2);
		break;
	case DLT_IEEE802_11:
		named = !place->indirect && in_header(&n, wlan, 0);
		break;
	case DLT_EN10MB:
	case DLT_DSA_TAG_DSA:
	case DLT_DSA_TAG_EDSA:
	case -1:
		named = in_frame(&n, linktype);
		break;
	default:
		named = false;
	}
	if (!named)
		cbpf_field_bytes(out, place, mask);
}
