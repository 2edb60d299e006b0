/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sight.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

enum { PAYLOAD_MIN = 46 };

uint64_t sight_mix(uint64_t a, uint64_t b)
{
	__uint128_t p = (__uint128_t)(a ^ 0x9e3779b97f4a7c15ull) * (b ^ 0xd1b54a32d192ed03ull);

	return (uint64_t)p ^ (uint64_t)(p >> 64);
}

uint64_t sight_hash(uint64_t seed, const void *data, uint32_t len)
{
	const uint8_t *p = data;
	uint64_t h = sight_mix(seed, len), w;

	for (; len >= 8; p += 8, len -= 8) {
		memcpy(&w, p, 8);
		h = sight_mix(h, w) + w;
	}
	w = 0;
	memcpy(&w, p, len);
	return sight_mix(h, w) + w;
}

static bool is_tag(uint16_t ethertype)
{
	return ethertype == 0x8100 || ethertype == 0x88a8 || ethertype == 0x9100;
}

/* What follows the EtherType. On the wire it has 46 bytes at least: who sends fills it up with
 * zeroes, before a capture sees it or behind it. */
static uint64_t digest_rest(const struct sight *s, uint32_t at)
{
	uint8_t filled[PAYLOAD_MIN] = {0};
	const uint8_t *p = s->data + at;
	uint32_t kept = s->len - at, whole = s->wire_len - at;

	if (whole < PAYLOAD_MIN && kept <= whole) {
		memcpy(filled, p, kept);
		p = filled;
		kept = whole = PAYLOAD_MIN;
	}
	if (s->limit && kept > s->limit)
		kept = s->limit;
	return sight_hash(whole, p, kept);
}

int sight_digest(struct sight *s)
{
	const uint8_t *p = s->data;
	uint32_t at = 12;

	if (s->len < 14)
		return -EBADMSG;
	memcpy(s->dst, p, 6);
	memcpy(s->src, p + 6, 6);
	s->ntags = 0;
	while (s->ntags < SIGHT_TAGS_MAX && s->len - at >= 6 && is_tag(p[at] << 8 | p[at + 1])) {
		s->tags[s->ntags++] =
			(uint32_t)p[at] << 24 | p[at + 1] << 16 | p[at + 2] << 8 | p[at + 3];
		at += 4;
	}
	s->ethertype = p[at] << 8 | p[at + 1];
	at += 2;
	s->head = s->no_dst ? sight_hash(s->ethertype, p + 6, 6) : sight_hash(s->ethertype, p, 12);
	s->rest = digest_rest(s, at);
	s->full = sight_mix(s->head, s->rest);
	return 0;
}

void sight_text(const uint8_t dst[6], const uint8_t src[6], int vid, uint16_t ethertype,
		uint32_t len, char *text, uint32_t size)
{
	char vlan[24] = "";

	if (vid >= 0)
		snprintf(vlan, sizeof(vlan), " vlan %d", vid);
	snprintf(text, size,
		 "%02x:%02x:%02x:%02x:%02x:%02x > %02x:%02x:%02x:%02x:%02x:%02x%s type 0x%04x len "
		 "%u",
		 src[0], src[1], src[2], src[3], src[4], src[5], dst[0], dst[1], dst[2], dst[3],
		 dst[4], dst[5], vlan, ethertype, len);
}
