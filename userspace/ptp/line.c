/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The one-line form of a packet. */
#include "bytes.h"
#include "names.h"
#include "packet.h"
#include "tlv.h"
#include "tlv_tables.h"

#include <arpa/inet.h>

static void number(struct text *t, const char *word, uint64_t v)
{
	text_str(t, word);
	text_u64(t, v);
}

static void place(struct text *t, const struct packet *p)
{
	if (strcmp(p->clock, "none"))
		ptp_time_of_day_text(t, p->ts_ns);
	else
		text_str(t, "--:--:--.---------");
	text_char(t, ' ');
	text_str(t, p->clock);
	text_char(t, ' ');
	text_str(t, *p->iface ? p->iface : "-");
	if (p->outgoing)
		text_str(t, " out");
}

static void tag(struct text *t, const struct dsa_tag *tag, enum dsa_format format)
{
	text_str(t, format == DSA_FORMAT_EDSA ? " EDSA[" : " DSA[");
	text_str(t, dsa_mode_name(tag->mode));
	number(t, " dev ", tag->device);
	number(t, tag->trunk ? " trunk " : " port ", tag->port);
	if (tag->mode == DSA_TO_CPU) {
		text_str(t, " code ");
		text_str(t, dsa_code_name(tag->code));
	}
	if (tag->mode == DSA_TO_SNIFFER)
		text_str(t, tag->rx_sniff ? " ingress" : " egress");
	text_str(t, tag->tagged ? " tagged" : " untagged");
	number(t, " vid ", tag->vid);
	number(t, " pri ", tag->priority);
	text_str(t, tag->cfi ? " dei]" : "]");
}

static void vlan(struct text *t, const struct frame_vlan *v)
{
	text_str(t, v->tpid == 0x8100 ? " 802.1Q[vid " : " 802.1ad[vid ");
	text_u64(t, v->tci & 0xfff);
	number(t, " pri ", v->tci >> 13);
	text_str(t, v->tci & 0x1000 ? " dei]" : "]");
}

static void addresses(struct text *t, const struct frame *f)
{
	char src[INET6_ADDRSTRLEN], dst[INET6_ADDRSTRLEN];
	int family = f->ethertype == 0x0800 ? AF_INET : AF_INET6;

	text_char(t, ' ');
	if (f->has_src)
		text_mac(t, f->src);
	if (f->has_dst) {
		text_str(t, " > ");
		text_mac(t, f->dst);
	}
	if (!f->ip_src || !inet_ntop(family, f->ip_src, src, sizeof(src)) ||
	    !inet_ntop(family, f->ip_dst, dst, sizeof(dst)))
		return;
	text_char(t, ' ');
	text_str(t, src);
	text_str(t, " > ");
	text_str(t, dst);
	if (f->transport != FRAME_OTHER)
		number(t, " udp ", f->dport);
}

/* Negotiation, which is about one message type. */
static bool is_of_unicast(const struct ptp_tlv *tlv)
{
	return tlv->type >= PTP_TLV_REQUEST_UNICAST_TRANSMISSION &&
	       tlv->type <= PTP_TLV_ACKNOWLEDGE_CANCEL_UNICAST_TRANSMISSION && tlv->length;
}

static bool organization_name(struct text *t, const struct ptp_tlv *tlv)
{
	uint32_t subtype = 0, id = ptp_tlv_organization(tlv, &subtype);

	if (!tlv_organization_name(id) || !tlv_subtype_name(id, subtype))
		return false;
	text_str(t, tlv_organization_name(id));
	text_char(t, ' ');
	text_str(t, tlv_subtype_name(id, subtype));
	return true;
}

static void tlv_name(struct text *t, const struct ptp_tlv *tlv)
{
	bool management = tlv->type == PTP_TLV_MANAGEMENT && tlv->length >= 2;
	unsigned int id = management ? get_be16(tlv->value) : tlv->type;
	const char *name = management ? ptp_management_id_name(id) : ptp_tlv_name(id);

	if (organization_name(t, tlv))
		return;
	if (name) {
		text_str(t, name);
		if (is_of_unicast(tlv)) {
			text_char(t, ' ');
			text_str(t, ptp_type_name(tlv->value[0] >> 4));
		}
		return;
	}
	text_str(t, management ? "managementId 0x" : "tlvType 0x");
	text_hex(t, id, 4);
}

/* What a Signaling or Management message is about. */
static void tlv_names(struct text *t, const struct ptp_message *m)
{
	uint32_t at = m->tlv_offset;
	struct problem ignored = {0};
	struct ptp_tlv tlv;
	char separator = ' ';

	while (ptp_tlv_next(m, &at, &tlv, &ignored) > 0) {
		text_char(t, separator);
		tlv_name(t, &tlv);
		separator = ',';
	}
}

static void body(struct text *t, const struct ptp_message *m)
{
	switch (m->type) {
	case PTP_ANNOUNCE:
		text_str(t, " gm ");
		ptp_clock_text(t, &m->announce.grandmaster);
		number(t, " prio1 ", m->announce.priority1);
		number(t, " class ", m->announce.clock_class);
		text_str(t, " acc 0x");
		text_hex(t, m->announce.clock_accuracy, 2);
		number(t, " prio2 ", m->announce.priority2);
		number(t, " steps ", m->announce.steps_removed);
		return;
	case PTP_SIGNALING:
		tlv_names(t, m);
		text_str(t, " to ");
		ptp_port_text(t, &m->port);
		return;
	case PTP_MANAGEMENT:
		text_char(t, ' ');
		text_str(t, ptp_action_name(m->action) ? ptp_action_name(m->action)
						       : "reserved action");
		tlv_names(t, m);
		text_str(t, " to ");
		ptp_port_text(t, &m->port);
		return;
	case PTP_DELAY_RESP:
	case PTP_PDELAY_RESP:
	case PTP_PDELAY_RESP_FOLLOW_UP:
		text_str(t, " for ");
		ptp_port_text(t, &m->port);
		break;
	}
	text_str(t, " time ");
	ptp_timestamp_text(t, &m->timestamp);
}

static void message(struct text *t, const struct ptp_message *m)
{
	if (!m->has_header) {
		text_str(t, m->version == 1 ? " PTP version 1, not decoded" : " PTP");
		return;
	}
	text_char(t, ' ');
	text_str(t, ptp_type_name(m->type));
	number(t, " domain ", m->domain);
	number(t, " seq ", m->sequence);
	text_str(t, " corr ");
	ptp_scaled_ns_text(t, m->correction);
	text_str(t, "ns src ");
	ptp_port_text(t, &m->source);
	if (m->has_body)
		body(t, m);
}

void packet_line(struct text *t, const struct packet *p)
{
	unsigned int i;

	place(t, p);
	if (p->frame.tag_format != DSA_FORMAT_NONE)
		tag(t, &p->frame.tag, p->frame.tag_format);
	for (i = 0; i < p->frame.vlans; i++)
		vlan(t, &p->frame.vlan[i]);
	addresses(t, &p->frame);
	if (p->ptp) {
		message(t, &p->msg);
		if (packet_has_arrival(p))
			number(t, " arrival switch ", p->msg.type_specific);
	} else if (!p->problem.what) {
		text_str(t, " not PTP, EtherType 0x");
		text_hex(t, p->frame.ethertype, 4);
	}
	if (p->problem.what) {
		text_str(t, " MALFORMED: ");
		text_str(t, p->problem.what);
		number(t, ", at octet ", p->problem.at);
	}
	text_char(t, '\n');
}
