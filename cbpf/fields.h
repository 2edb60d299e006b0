/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the bytes of a packet are called, given what is already known of it: byte 23 of an Ethernet
 * frame is ip.proto once byte 12 says IPv4. Names follow tcpdump's and the standards'. */
#ifndef CBPF_FIELDS_H
#define CBPF_FIELDS_H

#include <stdbool.h>
#include <stdint.h>

/* Bytes of a packet. Behind an IPv4 header, whose length is not fixed, `off` leaves that length
 * out: the bytes are at off + 4*([header]&0xf). */
struct cbpf_place {
	uint32_t off, size; /* 1, 2 or 4 bytes */
	bool indirect;
	uint32_t header;
};

/* Something that is known of a packet: these bits of the bytes hold this number, or the bytes hold
 * at most this number. */
struct cbpf_fact {
	struct cbpf_place place;
	uint32_t mask, value;
	bool at_most;
};

enum cbpf_notation { CBPF_DECIMAL, CBPF_HEX, CBPF_ADDRESS /* IPv4's */ };

#define CBPF_FIELD_SIZE 64
struct cbpf_field {
	char name[CBPF_FIELD_SIZE]; /* "udp.dport", "ip.src[0:2]", or "ether[40:2]" for unknown
				       bytes */
	enum cbpf_notation notation;
	uint32_t shift; /* of `mask`: how far right the field stands within the bytes */
	bool whole;     /* the name stands for all bits of `mask`, and no more */
};

/* Names the bits `mask` of the bytes at `place`; never fails. */
void cbpf_field_name(struct cbpf_field *out, int linktype, const struct cbpf_place *place,
		     uint32_t mask, const struct cbpf_fact *facts, uint32_t count);
/* Without a name: "bytes[40:2]", "bytes[4*([14]&0xf)+16:2]". */
void cbpf_field_bytes(struct cbpf_field *out, const struct cbpf_place *place, uint32_t mask);

#endif
