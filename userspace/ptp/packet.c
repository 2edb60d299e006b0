/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "packet.h"

#include "tlv.h"

void packet_decode(struct packet *p, const uint8_t *octets, uint32_t len,
		   const struct frame_place *place, const struct frame_vlan *stripped)
{
	struct problem in_message;
	int ret;

	p->ptp = false;
	ret = frame_parse(&p->frame, octets, len, place, stripped, &p->problem);
	if (ret || p->frame.transport == FRAME_OTHER)
		return;
	p->ptp = true;
	ret = ptp_decode(&p->msg, octets + p->frame.payload, p->frame.payload_len, &in_message);
	if (!ret)
		ret = ptp_tlvs_show(NULL, &p->msg, &in_message);
	if (ret)
		problem_at(&p->problem, p->frame.payload + in_message.at, in_message.what);
}

void packet_pass(struct packet *p, const uint8_t *octets, uint32_t len,
		 const struct frame_vlan *stripped)
{
	p->frame.octets = octets;
	p->frame.len = len;
	p->frame.has_dst = len >= 12;
	p->frame.vlans = stripped ? 1 : 0;
	if (stripped)
		p->frame.vlan[0] = *stripped;
	p->frame.tag_format = DSA_FORMAT_NONE;
	p->ptp = false;
	p->problem.what = NULL;
}

bool packet_has_arrival(const struct packet *p)
{
	return p->ptp && p->msg.has_header && p->msg.type_specific && ptp_is_event(p->msg.type) &&
	       p->frame.tag_format != DSA_FORMAT_NONE;
}
