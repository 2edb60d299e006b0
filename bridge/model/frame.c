/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Frames of the reference bridge: taken apart on the way in, written on the way out. */
#include "state.h"

#include <errno.h>
#include <string.h>

enum { ADDRESSES = 12, HEADER = 14, TAG = 4 };

static uint16_t get16(const uint8_t *p)
{
	return p[0] << 8 | p[1];
}

static void put16(uint8_t *p, uint16_t v)
{
	p[0] = v >> 8;
	p[1] = v;
}

int frame_parse(struct frame *f, const uint8_t *bytes, uint32_t len)
{
	memset(f, 0, sizeof(*f));
	f->bytes = bytes;
	f->len = len;
	if (len < HEADER)
		return -EBADMSG;
	f->ethertype = get16(bytes + ADDRESSES);
	if (f->ethertype == 0x8100 || f->ethertype == 0x88a8) {
		/* skb_vlan_untag wants VLAN_HLEN + sizeof(unsigned short) bytes behind the header
		 */
		if (len < HEADER + TAG + 2)
			return -EBADMSG;
		f->tag_proto = f->ethertype;
		f->tag_tci = get16(bytes + HEADER);
		f->ethertype = get16(bytes + HEADER + 2);
		f->skip = TAG;
	}
	f->payload = bytes + HEADER + f->skip;
	f->payload_len = len - HEADER - f->skip;
	return 0;
}

uint32_t brm_write(const struct brm_result *r, int port, uint8_t *buf)
{
	uint32_t at = ADDRESSES, rest = r->len - ADDRESSES - r->skip;

	memcpy(buf, r->frame, ADDRESSES);
	if (r->tag_proto && (port == BRM_BRIDGE || r->tagged & 1u << port)) {
		put16(buf + at, r->tag_proto);
		put16(buf + at + 2, r->tag_tci);
		at += TAG;
	}
	memcpy(buf + at, r->frame + ADDRESSES + r->skip, rest);
	return at + rest;
}
