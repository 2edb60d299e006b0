/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "mcast_message.h"

#include <errno.h>
#include <string.h>

enum { IGMP = 2, UDP = 17, ICMPV6 = 58 };
enum { TO_INCLUDE = 3, TO_EXCLUDE = 4 };
enum { IPV4_HEADER = 20, IPV4_ALERT = 24, IPV6_HEADER = 40, IPV6_ALERT = 48 };

static void put16(uint8_t *p, uint16_t v)
{
	p[0] = v >> 8;
	p[1] = v;
}

static uint32_t sum16(const uint8_t *p, uint32_t len)
{
	uint32_t sum = 0, i;

	for (i = 0; i < len; i++)
		sum += i & 1 ? p[i] : p[i] << 8;
	return sum;
}

static uint16_t fold(uint32_t sum)
{
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return ~sum;
}

void mcast_seal(bool ipv6, uint8_t *packet, uint32_t len)
{
	uint32_t head = ipv6 ? IPV6_ALERT : (packet[0] & 15) * 4;
	uint8_t *msg = packet + head;

	if (head + 4 > len)
		return;
	if (!ipv6) {
		put16(packet + 10, 0);
		put16(packet + 10, fold(sum16(packet, head)));
	}
	if (packet[ipv6 ? 6 : 9] != (ipv6 ? 0 : IGMP))
		return;
	put16(msg + 2, 0);
	put16(msg + 2, fold(sum16(msg, len - head) +
			    (ipv6 ? sum16(packet + 8, 32) + len - head + ICMPV6 : 0)));
}

static int version_of(const struct mcast_message *m)
{
	return m->version ? m->version : m->ipv6 ? 1 : 2;
}

static bool with_records(const struct mcast_message *m)
{
	return m->kind != MCAST_QUERY && version_of(m) == (m->ipv6 ? 2 : 3);
}

static bool general(const struct mcast_message *m)
{
	static const uint8_t any[16];

	return m->kind == MCAST_QUERY && !memcmp(m->group, any, sizeof(any));
}

/* Where it is sent: the group, or those whom RFC 2236, 2710, 3376 and 3810 name. */
static void address(const struct mcast_message *m, uint8_t to[16])
{
	uint8_t last = 0;

	memcpy(to, m->group, 16);
	if (m->kind == MCAST_DATAGRAM || (m->kind == MCAST_QUERY && !general(m)))
		return;
	if (m->kind == MCAST_QUERY)
		last = 1;
	else if (with_records(m))
		last = m->ipv6 ? 0x16 : 22;
	else if (m->kind == MCAST_LEAVE)
		last = 2;
	if (!last)
		return;
	memset(to, 0, 16);
	to[0] = m->ipv6 ? 0xff : 224;
	to[1] = m->ipv6 ? 2 : 0;
	to[m->ipv6 ? 15 : 3] = last;
}

/* Their number at `count`, and they. */
static uint32_t put_sources(const struct mcast_message *m, uint8_t *count, uint8_t *source)
{
	uint32_t size = m->ipv6 ? 16 : 4, i;

	put16(count, m->sources);
	for (i = 0; i < m->sources; i++) {
		source[i * size] = m->ipv6 ? 0xfd : 10;
		source[(i + 1) * size - 1] = i + 1;
	}
	return m->sources * size;
}

static uint32_t put_records(const struct mcast_message *m, uint8_t *msg)
{
	uint32_t size = m->ipv6 ? 16 : 4;

	msg[0] = m->ipv6 ? 143 : 0x22;
	put16(msg + 6, 1);
	msg[8] = m->record ? m->record : m->kind == MCAST_JOIN ? TO_EXCLUDE : TO_INCLUDE;
	memcpy(msg + 12, m->group, size);
	return 12 + size + put_sources(m, msg + 10, msg + 12 + size);
}

static uint32_t put_igmp(const struct mcast_message *m, uint8_t *msg)
{
	static const uint8_t reports[] = {0, 0x12, 0x16};
	int version = version_of(m);

	if (with_records(m))
		return put_records(m, msg);
	msg[0] = m->kind == MCAST_JOIN ? reports[version] : m->kind == MCAST_LEAVE ? 0x17 : 0x11;
	if (m->kind == MCAST_QUERY && version > 1)
		msg[1] = m->response_ns / 100000000;
	memcpy(msg + 4, m->group, 4);
	return m->kind == MCAST_QUERY && version == 3 ? 12 + put_sources(m, msg + 10, msg + 12) : 8;
}

static uint32_t put_mld(const struct mcast_message *m, uint8_t *msg)
{
	if (with_records(m))
		return put_records(m, msg);
	msg[0] = m->kind == MCAST_JOIN ? 131 : m->kind == MCAST_LEAVE ? 132 : 130;
	if (m->kind == MCAST_QUERY)
		put16(msg + 4, m->response_ns / 1000000);
	memcpy(msg + 8, m->group, 16);
	return m->kind == MCAST_QUERY && version_of(m) == 2
		       ? 28 + put_sources(m, msg + 26, msg + 28)
		       : 24;
}

/* With the sum of the addresses, 0 for no checksum. */
static uint32_t put_udp(uint8_t *msg, uint32_t addresses)
{
	put16(msg, 9); /* discard, to itself */
	put16(msg + 2, 9);
	put16(msg + 4, 8);
	if (addresses)
		put16(msg + 6, fold(addresses + 8 + UDP + sum16(msg, 8)));
	return 8;
}

static uint32_t put_ipv4(const struct mcast_message *m, const uint8_t *to, uint8_t *out)
{
	static const uint8_t alert[4] = {0x94, 4};
	bool data = m->kind == MCAST_DATAGRAM;
	uint32_t head = data ? IPV4_HEADER : IPV4_ALERT, len;

	out[0] = 0x40 | head / 4;
	out[8] = 1;
	out[9] = data ? UDP : IGMP;
	memcpy(out + 12, m->from, 4);
	memcpy(out + 16, to, 4);
	if (!data)
		memcpy(out + 20, alert, sizeof(alert));
	len = head + (data ? put_udp(out + head, 0) : put_igmp(m, out + head));
	put16(out + 2, len);
	return len;
}

static uint32_t put_ipv6(const struct mcast_message *m, const uint8_t *to, uint8_t *out)
{
	static const uint8_t alert[8] = {ICMPV6, 0, 5, 2, 0, 0, 1, 0};
	bool data = m->kind == MCAST_DATAGRAM;
	uint32_t head = data ? IPV6_HEADER : IPV6_ALERT, len;

	out[0] = 0x60;
	out[6] = data ? UDP : 0;
	out[7] = 1;
	memcpy(out + 8, m->from, 16);
	memcpy(out + 24, to, 16);
	if (!data)
		memcpy(out + IPV6_HEADER, alert, sizeof(alert));
	len = head + (data ? put_udp(out + head, sum16(out + 8, 32)) : put_mld(m, out + head));
	put16(out + 4, len - IPV6_HEADER);
	return len;
}

/* RFC 1112, 6.4 and RFC 2464, 7. */
static void ethernet(bool ipv6, const uint8_t *to, uint8_t out[6])
{
	if (ipv6) {
		out[0] = out[1] = 0x33;
		memcpy(out + 2, to + 12, 4);
		return;
	}
	memcpy(out, (uint8_t[]){0x01, 0x00, 0x5e}, 3);
	memcpy(out + 3, to + 1, 3);
	out[3] &= 0x7f;
}

static int check(const struct mcast_message *m)
{
	int version = version_of(m), newest = m->ipv6 ? 2 : 3;
	/* the newest version's codes are linear to half their range */
	int64_t unit = m->ipv6 ? 1000000 : 100000000, most = m->ipv6 ? 0x7fff : 0x7f;

	if (!m->ipv6 && version < 3)
		most = version == 2 ? 0xff : INT64_MAX; /* version 1 says none */
	if (version > newest || (!m->ipv6 && version == 1 && m->kind == MCAST_LEAVE) ||
	    m->sources > MCAST_SOURCES_MAX)
		return -EINVAL;
	return m->kind == MCAST_QUERY && m->response_ns / unit > most ? -ERANGE : 0;
}

int mcast_build(const struct mcast_message *m, uint8_t destination[6], uint8_t *out)
{
	uint8_t to[16];
	uint32_t len;
	int ret = check(m);

	if (ret)
		return ret;
	memset(out, 0, MCAST_MAX);
	address(m, to);
	ethernet(m->ipv6, to, destination);
	len = m->ipv6 ? put_ipv6(m, to, out) : put_ipv4(m, to, out);
	mcast_seal(m->ipv6, out, len);
	return len;
}
