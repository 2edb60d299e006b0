/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The way back from frame.h: puts a PTP message into an encapsulation. */
#ifndef FRAME_BUILD_H
#define FRAME_BUILD_H

#include "frame.h"

#include <sys/types.h>

struct frame_encapsulation {
	enum frame_transport transport;
	enum dsa_format tag_format;
	struct dsa_tag tag; /* with .tagged the first 802.1Q tag of vlan[] is converted into it */
	uint16_t edsa_ethertype; /* 0: EDSA_ETHERTYPE_DEFAULT */
	uint8_t vlans;
	struct frame_vlan vlan[FRAME_VLANS_MAX]; /* outermost first; .stripped is not looked at */
};

/* Where from and where to; of the two kinds of addresses the transport's is taken. */
struct frame_endpoints {
	uint8_t src[6], dst[6];
	uint8_t ip_src[16], ip_dst[16]; /* IPv4: the first four octets */
	uint8_t ttl;                    /* or hop limit */
	uint16_t port; /* UDP, source and destination: PTP_UDP_EVENT, PTP_UDP_GENERAL */
};

/* The destination that the standard gives to a message of this type (IEEE 1588-2019, annexes C to
 * E), and its UDP port: fills dst, ip_dst and port. With `all_peer` everything goes to the address
 * of the peer delay messages, as IEEE 802.1AS does it. */
void frame_destination(struct frame_endpoints *e, enum frame_transport transport, unsigned int type,
		       bool all_peer);

/* The frame, without its check sequence: padded with zeros to 60 octets before a DSA or EDSA tag is
 * put in, as a switch does it. Over UDPv6 two zero octets follow the message, for transparent
 * clocks that keep the checksum right with them. The length, or -EMSGSIZE, or -ERANGE from the tag,
 * or -EINVAL for FRAME_OTHER or too many VLAN tags. */
ssize_t frame_build(uint8_t *out, size_t size, const struct frame_encapsulation *encapsulation,
		    const struct frame_endpoints *endpoints, const uint8_t *message, size_t len);

#endif
