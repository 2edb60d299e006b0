/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Messages about IP multicast groups: IGMPv1 (RFC 1112), IGMPv2 (2236), IGMPv3 (3376), MLDv1
 * (2710), MLDv2 (3810), and a datagram to a group. */
#ifndef MCAST_MESSAGE_H
#define MCAST_MESSAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { MCAST_MAX = 512, MCAST_SOURCES_MAX = 16 };

enum mcast_kind { MCAST_JOIN, MCAST_LEAVE, MCAST_QUERY, MCAST_DATAGRAM };

struct mcast_message {
	enum mcast_kind kind;
	bool ipv6;
	uint8_t version;     /* of IGMP or MLD; 0: 2 and 1 */
	uint8_t group[16];   /* IPv4 in the first four bytes; of a query all zero: a general one */
	uint8_t from[16];    /* likewise */
	int64_t response_ns; /* of a query: the time for answers */
	uint8_t record;      /* of IGMPv3 and MLDv2: the record's type; 0: what the kind is */
	uint16_t sources;    /* that the record, or the newest version's query, names */
};

/* The Ethernet destination, and the packet into `out` (MCAST_MAX bytes). Its length; -EINVAL where
 * the version has no such message, -ERANGE where it cannot say such a time. */
int mcast_build(const struct mcast_message *m, uint8_t destination[6], uint8_t *out);
/* The checksums of such a packet anew, after bytes of it were changed. */
void mcast_seal(bool ipv6, uint8_t *packet, uint32_t len);

#endif
