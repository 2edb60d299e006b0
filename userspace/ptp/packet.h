/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One frame as one tap saw it: when and where, its encapsulation, the PTP message in it. Decoded
 * once, then shown in whatever form. */
#ifndef PACKET_H
#define PACKET_H

#include "frame.h"
#include "ptp_msg.h"
#include "show.h"

struct packet {
	/* Of the tap, filled by the caller. */
	uint64_t number;   /* 1 for the first */
	int64_t ts_ns;     /* of `clock`, since 1970; nothing where that is "none" */
	const char *clock; /* which clock: "ptp0", "system", "file", "none" */
	const char *iface; /* "" where it is not known */
	unsigned int tap;  /* which of the places frames come from, from 0 */
	bool outgoing;     /* this host sent it */
	bool incoming;     /* it received it; where neither is set that is not known */
	uint32_t wire_len; /* before the capture cut it */

	/* Of packet_decode(). */
	struct frame frame;
	struct ptp_message msg;
	bool ptp;               /* there is a PTP message, or the beginning of one */
	struct problem problem; /* .at counts from the frame's first octet */
};

void packet_decode(struct packet *p, const uint8_t *octets, uint32_t len,
		   const struct frame_place *place, const struct frame_vlan *stripped);

/* Instead of decoding, where the octets are only passed on: what writing them as they were needs.
 */
void packet_pass(struct packet *p, const uint8_t *octets, uint32_t len,
		 const struct frame_vlan *stripped);

/* A switch with Marvell's EMBED_ARRIVAL has put the arrival time of its own clock, a counter of 32
 * bits, into messageTypeSpecific of an event message behind its tag; all others leave that 0. */
bool packet_has_arrival(const struct packet *p);

/* One readable line, with its newline. */
void packet_line(struct text *t, const struct packet *p);

/* Everything there is to say: SHOW_TREE, indented lines, or SHOW_JSON, one object on a line. Values
 * have the standards' names; what JSON cannot hold exactly (fractions) is there as sent as well. */
void packet_show(struct text *t, const struct packet *p, enum show_form form);

#endif
