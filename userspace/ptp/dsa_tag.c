/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "dsa_tag.h"

#include "bytes.h"

#include <errno.h>
#include <string.h>

enum { MAC_LEN = 12, TAG_LEN = 4, EDSA_PREFIX_LEN = 4, TPID_8021Q = 0x8100 };

void dsa_tag_decode(struct dsa_tag *out, const uint8_t t[4])
{
	memset(out, 0, sizeof(*out));
	out->mode = t[0] >> 6;
	out->tagged = t[0] & 0x20;
	out->device = t[0] & 0x1f;
	out->port = t[1] >> 3;
	out->priority = t[2] >> 5;
	out->vid = get_be16(t + 2) & 0x0fff;
	out->cfi = out->tagged && (t[1] & 1);
	if (out->mode == DSA_TO_CPU)
		out->code = (t[1] & 6) | (t[2] >> 4 & 1);
	else if (out->mode == DSA_FORWARD)
		out->trunk = t[1] & 4;
	else if (out->mode == DSA_TO_SNIFFER)
		out->rx_sniff = t[1] & 4;
}

int dsa_tag_encode(uint8_t t[4], const struct dsa_tag *tag)
{
	if (tag->mode > DSA_FORWARD || tag->device > 31 || tag->port > 31 || tag->code > 7 ||
	    tag->priority > 7 || tag->vid > 4095)
		return -ERANGE;
	t[0] = (uint8_t)(tag->mode << 6 | tag->tagged << 5 | tag->device);
	t[1] = (uint8_t)(tag->port << 3 | (tag->tagged && tag->cfi));
	put_be16(t + 2, (uint16_t)(tag->priority << 13 | tag->vid));
	if (tag->mode == DSA_TO_CPU) {
		t[1] |= tag->code & 6;
		t[2] |= (uint8_t)((tag->code & 1) << 4);
	} else if ((tag->mode == DSA_FORWARD && tag->trunk) ||
		   (tag->mode == DSA_TO_SNIFFER && tag->rx_sniff)) {
		t[1] |= 4;
	}
	return 0;
}

const char *dsa_mode_name(enum dsa_mode mode)
{
	static const char *const names[] = {"TO_CPU", "FROM_CPU", "TO_SNIFFER", "FORWARD"};

	return names[mode & 3];
}

const char *dsa_code_name(unsigned int code)
{
	static const char *const names[] = {"MGMT_TRAP",   "FRAME2REG",  "IGMP_MLD_TRAP",
					    "POLICY_TRAP", "ARP_MIRROR", "POLICY_MIRROR"};

	return code < sizeof(names) / sizeof(*names) ? names[code] : "reserved";
}

size_t dsa_format_len(enum dsa_format format)
{
	return format == DSA_FORMAT_EDSA  ? EDSA_PREFIX_LEN + TAG_LEN
	       : format == DSA_FORMAT_DSA ? TAG_LEN
					  : 0;
}

/* The 802.1Q tag moves from the frame into *tag: octets taken out of the frame. */
static size_t convert_8021q(struct dsa_tag *tag, const uint8_t *frame, size_t len)
{
	uint16_t tci;

	if (!tag->tagged || len < MAC_LEN + 6 || get_be16(frame + MAC_LEN) != TPID_8021Q)
		return 0;
	tci = get_be16(frame + MAC_LEN + 2);
	tag->priority = (uint8_t)(tci >> 13);
	tag->cfi = tci >> 12 & 1;
	tag->vid = tci & 0x0fff;
	return 4;
}

ssize_t dsa_tag_insert(uint8_t *out, size_t size, const uint8_t *frame, size_t len,
		       enum dsa_format format, uint16_t ethertype, const struct dsa_tag *tag)
{
	size_t grow = dsa_format_len(format), taken, need;
	struct dsa_tag converted = *tag;
	uint8_t t[TAG_LEN];
	int ret;

	if (len < MAC_LEN + 2)
		return -EBADMSG;
	taken = grow ? convert_8021q(&converted, frame, len) : 0;
	need = len - taken + grow;
	ret = dsa_tag_encode(t, &converted);
	if (ret)
		return ret;
	if (need > size)
		return -EMSGSIZE;
	memcpy(out, frame, MAC_LEN);
	if (format == DSA_FORMAT_EDSA) {
		put_be16(out + MAC_LEN, ethertype);
		put_be16(out + MAC_LEN + 2, 0);
	}
	if (grow)
		memcpy(out + MAC_LEN + grow - TAG_LEN, t, TAG_LEN);
	memcpy(out + MAC_LEN + grow, frame + MAC_LEN + taken, len - MAC_LEN - taken);
	return (ssize_t)need;
}

ssize_t dsa_tag_remove(uint8_t *out, size_t size, const uint8_t *frame, size_t len,
		       enum dsa_format format)
{
	size_t shrink = dsa_format_len(format), back, need;
	struct dsa_tag tag = {0};

	if (len < MAC_LEN + shrink)
		return -EBADMSG;
	if (shrink)
		dsa_tag_decode(&tag, frame + MAC_LEN + shrink - TAG_LEN);
	back = tag.tagged ? 4 : 0;
	need = len - shrink + back;
	if (need > size)
		return -EMSGSIZE;
	memcpy(out, frame, MAC_LEN);
	if (back) {
		put_be16(out + MAC_LEN, TPID_8021Q);
		put_be16(out + MAC_LEN + 2,
			 (uint16_t)(tag.priority << 13 | tag.cfi << 12 | tag.vid));
	}
	memcpy(out + MAC_LEN + back, frame + MAC_LEN + shrink, len - MAC_LEN - shrink);
	return (ssize_t)need;
}
