/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A frame as a capture shows it, reduced to what a bridge must not change and what it may: all but
 * the VLAN tags and padding, and the tags. Two sights of one frame have the same `full`. */
#ifndef SIGHT_H
#define SIGHT_H

#include <stdbool.h>
#include <stdint.h>

enum { SIGHT_TAGS_MAX = 4 };

enum sight_way { WAY_UNKNOWN, WAY_IN, WAY_OUT };

struct sight {
	int port;
	enum sight_way way;
	bool tied; /* its like has the same time at another port, and nothing says which is first */
	int64_t ts_ns;    /* on the clock that all captures share */
	int64_t stamp_ns; /* the same as captured: of several CPUs it runs backwards at times */
	uint64_t number;  /* of the packet in its capture */
	const uint8_t *data;
	uint32_t len;
	uint32_t wire_len; /* longer than `len` where the capture kept a part */
	uint32_t limit;    /* bytes behind the EtherType that are compared; 0: all */
	/* filled by sight_digest() */
	uint8_t dst[6], src[6];
	bool no_dst; /* a cooked capture: `dst` is a stand-in */
	uint16_t ethertype;
	uint8_t ntags;
	uint32_t tags[SIGHT_TAGS_MAX]; /* protocol << 16 | TCI, outermost first */
	uint64_t head;                 /* of addresses and EtherType */
	uint64_t rest;                 /* of what follows */
	uint64_t full;                 /* of both */
};

/* An Ethernet frame; -EBADMSG when it is shorter than its header. */
int sight_digest(struct sight *s);
/* "02:..:0a > 02:..:0b vlan 5 type 0x0800 len 98" */
void sight_text(const uint8_t dst[6], const uint8_t src[6], int vid, uint16_t ethertype,
		uint32_t len, char *text, uint32_t size);
uint64_t sight_hash(uint64_t seed, const void *data, uint32_t len);
uint64_t sight_mix(uint64_t a, uint64_t b);

#endif
