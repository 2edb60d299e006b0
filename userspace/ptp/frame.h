/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A frame's encapsulation, from the first octet to the PTP message or to where it stops being PTP.
 *
 * Nothing is guessed: a DSA tag has no marker (its first two octets can look like any EtherType),
 * so it is taken for one only where the link type or the interface's tagger says so. EDSA has its
 * EtherType. */
#ifndef FRAME_H
#define FRAME_H

#include "dsa_tag.h"
#include "problem.h"

#include <stdbool.h>
#include <stdint.h>

/* LINKTYPE_* values that are understood (tcpdump.org/linktypes.html). */
enum frame_linktype {
	FRAME_LINK_ETHERNET = 1,
	FRAME_LINK_SLL = 113,
	FRAME_LINK_SLL2 = 276,
	FRAME_LINK_DSA = 284,
	FRAME_LINK_EDSA = 285,
};

/* Where a frame was taken. */
struct frame_place {
	uint16_t linktype;
	enum dsa_format
		tagger; /* Ethernet only: the interface's, DSA_FORMAT_NONE where it has none */
	uint16_t edsa_ethertype; /* 0: EDSA_ETHERTYPE_DEFAULT */
};

struct frame_vlan {
	uint16_t tpid;
	uint16_t tci;
	bool stripped; /* from the kernel's metadata, not from the frame's octets */
};

enum { FRAME_VLANS_MAX = 4 };

enum frame_transport { FRAME_OTHER, FRAME_ETHERNET, FRAME_UDP4, FRAME_UDP6 };

struct frame {
	const uint8_t *octets; /* not owned */
	uint32_t len;
	bool has_dst, has_src; /* cooked captures have no destination */
	uint8_t dst[6], src[6];
	uint32_t cooked_ifindex; /* SLL2: the interface, else 0 */
	enum dsa_format tag_format;
	struct dsa_tag tag;
	uint16_t edsa_ethertype; /* as found */
	uint8_t vlans;
	struct frame_vlan vlan[FRAME_VLANS_MAX]; /* outermost first */
	uint16_t ethertype;                      /* behind all tags; below 0x600: an 802.3 length */
	enum frame_transport transport;          /* FRAME_OTHER: not PTP */
	const uint8_t *ip_src, *ip_dst;          /* 4 or 16 octets in the frame, NULL without IP */
	uint8_t ip_protocol;
	uint16_t sport, dport;
	uint32_t payload;     /* offset of what follows the encapsulation: the PTP message if PTP */
	uint32_t payload_len; /* UDP: what the datagram holds; else to the end, or to PRP's trailer */
	bool prp;             /* the frame ends with a redundancy control trailer (IEC 62439-3) */
};

enum { FRAME_PRP_LEN = 6 }; /* sequence number, LAN and size, 0x88FB */

/* `stripped` is the 802.1Q tag that the kernel took out of the frame, or NULL. 0, or -EBADMSG with
 * the place where the frame is cut or contradicts itself; what was found before it is in *out. */
int frame_parse(struct frame *out, const uint8_t *octets, uint32_t len,
		const struct frame_place *place, const struct frame_vlan *stripped,
		struct problem *problem);

/* Octets behind the payload: what Ethernet pads an IP packet with, trailers, PRP's too. */
static inline uint32_t frame_trailer_len(const struct frame *f)
{
	return f->len - f->payload - f->payload_len;
}

#endif
