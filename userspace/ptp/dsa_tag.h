/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Marvell switch tags, decoded, encoded, put into frames and taken out.
 *
 * The layout is that of the kernel's net/dsa/tag_dsa.c: a DSA tag is four octets behind the source
 * address; EDSA puts an EtherType (0xDADA on Linux, programmable in the switch) and two reserved
 * octets before them. */
#ifndef DSA_TAG_H
#define DSA_TAG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define EDSA_ETHERTYPE_DEFAULT 0xdada

enum dsa_format { DSA_FORMAT_NONE, DSA_FORMAT_DSA, DSA_FORMAT_EDSA };
enum dsa_mode { DSA_TO_CPU, DSA_FROM_CPU, DSA_TO_SNIFFER, DSA_FORWARD };
/* Why a TO_CPU frame was sent up. */
enum dsa_code {
	DSA_CODE_MGMT_TRAP,
	DSA_CODE_FRAME2REG,
	DSA_CODE_IGMP_MLD_TRAP,
	DSA_CODE_POLICY_TRAP,
	DSA_CODE_ARP_MIRROR,
	DSA_CODE_POLICY_MIRROR,
};

struct dsa_tag {
	enum dsa_mode mode;
	bool tagged;      /* the frame's 802.1Q tag was converted into this one */
	bool cfi;         /* CFI/DEI of that tag; 0 unless tagged */
	bool trunk;       /* FORWARD: port is a trunk (link aggregation) number */
	bool rx_sniff;    /* TO_SNIFFER: mirrored at ingress */
	uint8_t device;   /* 0..31: the switch in the tree */
	uint8_t port;     /* 0..31: source port, for FROM_CPU the target */
	uint8_t code;     /* TO_CPU: enum dsa_code, 6 and 7 are reserved */
	uint8_t priority; /* 0..7 */
	uint16_t vid;     /* 0..4095 */
};

void dsa_tag_decode(struct dsa_tag *out, const uint8_t octets[4]);
/* 0, or -ERANGE (octets untouched) when a field does not fit. Fields that the mode does not have
 * are 0. */
int dsa_tag_encode(uint8_t octets[4], const struct dsa_tag *tag);

/* "TO_CPU", "MGMT_TRAP" ... ; "reserved" for codes 6 and 7. */
const char *dsa_mode_name(enum dsa_mode mode);
const char *dsa_code_name(unsigned int code);

/* Octets that a format puts into a frame: 0, 4 or 8. */
size_t dsa_format_len(enum dsa_format format);

/* Writes `frame` with the tag behind the source address into out (no overlap): the new length, or
 * -EMSGSIZE when it exceeds `size`, -EBADMSG for fewer than 14 octets, -ERANGE from
 * dsa_tag_encode(). With tag->tagged an 802.1Q tag (0x8100) right behind the source address is
 * converted, as the switch does it: its PCP, DEI and VID replace those of *tag. `ethertype` is
 * EDSA's. */
ssize_t dsa_tag_insert(uint8_t *out, size_t size, const uint8_t *frame, size_t len,
		       enum dsa_format format, uint16_t ethertype, const struct dsa_tag *tag);
/* The way back: a converted 802.1Q tag reappears. The new length, never more than len; -EBADMSG
 * when the frame is too short to hold the tag, -EMSGSIZE. */
ssize_t dsa_tag_remove(uint8_t *out, size_t size, const uint8_t *frame, size_t len,
		       enum dsa_format format);

#endif
