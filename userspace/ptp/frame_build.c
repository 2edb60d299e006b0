/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "frame_build.h"

#include "bytes.h"
#include "ptp_msg.h"

#include <string.h>

enum {
	MACS_LEN = 12,
	ETHER_MIN = 60, /* IEEE 802.3's 64 without the check sequence */
	IPV4_LEN = 20,
	IPV6_LEN = 40,
	UDP_LEN = 8,
	UDP6_EXTRA = 2,
	HEADERS_MAX = MACS_LEN + 4 * FRAME_VLANS_MAX + 2 + IPV6_LEN + UDP_LEN,
	FRAME_MAX = 2048, /* longer than any message that the caller can have */
};

static bool to_peer(unsigned int type)
{
	return type == PTP_PDELAY_REQ || type == PTP_PDELAY_RESP ||
	       type == PTP_PDELAY_RESP_FOLLOW_UP;
}

void frame_destination(struct frame_endpoints *e, enum frame_transport transport, unsigned int type,
		       bool all_peer)
{
	static const uint8_t v4[2][4] = {{224, 0, 1, 129}, {224, 0, 0, 107}};
	/* Scope of the primary group: 0x0e, global, as linuxptp's default; the peer group is FF02.
	 */
	static const uint8_t v6[2][16] = {{0xff, 0x0e, [14] = 0x01, [15] = 0x81},
					  {0xff, 0x02, [15] = 0x6b}};
	int peer = to_peer(type) || all_peer;

	e->port = ptp_is_event(type) ? PTP_UDP_EVENT : PTP_UDP_GENERAL;
	switch (transport) {
	case FRAME_UDP4:
		memcpy(e->ip_dst, v4[peer], 4);
		memcpy(e->dst, "\x01\x00\x5e", 3); /* RFC 1112, 6.4 */
		memcpy(e->dst + 3, v4[peer] + 1, 3);
		e->dst[3] &= 0x7f;
		break;
	case FRAME_UDP6:
		memcpy(e->ip_dst, v6[peer], 16);
		memcpy(e->dst, "\x33\x33", 2); /* RFC 2464, 7 */
		memcpy(e->dst + 2, v6[peer] + 12, 4);
		break;
	default:
		memcpy(e->dst, peer ? PTP_MAC_PEER : PTP_MAC_PRIMARY, 6);
	}
}

/* RFC 1071: the sum goes on from call to call; every part but the last has an even length. */
static uint32_t sum16(uint32_t sum, const uint8_t *p, size_t len)
{
	for (; len > 1; p += 2, len -= 2)
		sum += get_be16(p);
	return len ? sum + (uint32_t)(p[0] << 8) : sum;
}

static uint16_t folded(uint32_t sum)
{
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)~sum;
}

/* The addresses lie one behind the other, `len` octets from p. */
static void put_udp(uint8_t *udp, const uint8_t *addresses, size_t addresses_len, uint16_t port,
		    size_t payload)
{
	uint16_t len = (uint16_t)(UDP_LEN + payload), sum;

	put_be16(udp, port);
	put_be16(udp + 2, port);
	put_be16(udp + 4, len);
	put_be16(udp + 6, 0);
	sum = folded(sum16(sum16(17u + len, addresses, addresses_len), udp, len));
	put_be16(udp + 6, sum ? sum : 0xffff); /* RFC 768: 0 says that there is none */
}

static size_t put_ipv4(uint8_t *p, const struct frame_endpoints *e, const uint8_t *message,
		       size_t len)
{
	memset(p, 0, IPV4_LEN);
	p[0] = 0x45;
	put_be16(p + 2, (uint16_t)(IPV4_LEN + UDP_LEN + len));
	put_be16(p + 6, 0x4000); /* do not fragment */
	p[8] = e->ttl;
	p[9] = 17;
	memcpy(p + 12, e->ip_src, 4);
	memcpy(p + 16, e->ip_dst, 4);
	put_be16(p + 10, folded(sum16(0, p, IPV4_LEN)));
	memcpy(p + IPV4_LEN + UDP_LEN, message, len);
	put_udp(p + IPV4_LEN, p + 12, 8, e->port, len);
	return IPV4_LEN + UDP_LEN + len;
}

static size_t put_ipv6(uint8_t *p, const struct frame_endpoints *e, const uint8_t *message,
		       size_t len)
{
	size_t payload = len + UDP6_EXTRA;

	memset(p, 0, IPV6_LEN);
	p[0] = 0x60;
	put_be16(p + 4, (uint16_t)(UDP_LEN + payload));
	p[6] = 17;
	p[7] = e->ttl;
	memcpy(p + 8, e->ip_src, 16);
	memcpy(p + 24, e->ip_dst, 16);
	memcpy(p + IPV6_LEN + UDP_LEN, message, len);
	memset(p + IPV6_LEN + UDP_LEN + len, 0, UDP6_EXTRA);
	put_udp(p + IPV6_LEN, p + 8, 32, e->port, payload);
	return IPV6_LEN + UDP_LEN + payload;
}

/* The EtherType and what follows it. */
static size_t put_payload(uint8_t *p, enum frame_transport transport,
			  const struct frame_endpoints *e, const uint8_t *message, size_t len)
{
	switch (transport) {
	case FRAME_UDP4:
		put_be16(p, 0x0800);
		return 2 + put_ipv4(p + 2, e, message, len);
	case FRAME_UDP6:
		put_be16(p, 0x86dd);
		return 2 + put_ipv6(p + 2, e, message, len);
	default:
		put_be16(p, PTP_ETHERTYPE);
		memcpy(p + 2, message, len);
		return 2 + len;
	}
}

ssize_t frame_build(uint8_t *out, size_t size, const struct frame_encapsulation *encapsulation,
		    const struct frame_endpoints *endpoints, const uint8_t *message, size_t len)
{
	const struct frame_encapsulation *c = encapsulation;
	uint8_t plain[FRAME_MAX];
	size_t at = MACS_LEN;

	if (c->transport == FRAME_OTHER || c->vlans > FRAME_VLANS_MAX)
		return -EINVAL;
	if (len > FRAME_MAX - HEADERS_MAX - UDP6_EXTRA)
		return -EMSGSIZE;
	memcpy(plain, endpoints->dst, 6);
	memcpy(plain + 6, endpoints->src, 6);
	for (unsigned int i = 0; i < c->vlans; i++, at += 4) {
		put_be16(plain + at, c->vlan[i].tpid);
		put_be16(plain + at + 2, c->vlan[i].tci);
	}
	at += put_payload(plain + at, c->transport, endpoints, message, len);
	for (; at < ETHER_MIN; at++)
		plain[at] = 0;
	return dsa_tag_insert(out, size, plain, at, c->tag_format,
			      c->edsa_ethertype ? c->edsa_ethertype : EDSA_ETHERTYPE_DEFAULT,
			      &c->tag);
}
