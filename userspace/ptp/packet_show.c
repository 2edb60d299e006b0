/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A packet with everything in it: the tree and the JSON object. */
#include "bytes.h"
#include "fields.h"
#include "names.h"
#include "packet.h"
#include "tlv.h"

#include <arpa/inet.h>

/* A row names what it needs. */
#pragma GCC diagnostic ignored "-Wmissing-field-initializers"

/* Bodies behind the 34 octets of header, IEEE 1588-2019 clause 13.5 to 13.13 and 15.4. */
static const struct field event[] = {{"originTimestamp", FIELD_TIME}, {0}};
static const struct field follow_up[] = {{"preciseOriginTimestamp", FIELD_TIME}, {0}};
static const struct field delay_resp[] = {
	{"receiveTimestamp", FIELD_TIME}, {"requestingPortIdentity", FIELD_PORT}, {0}};
static const struct field pdelay_req[] = {
	{"originTimestamp", FIELD_TIME}, {NULL, FIELD_SKIP, 10}, {0}};
static const struct field pdelay_resp[] = {
	{"requestReceiptTimestamp", FIELD_TIME}, {"requestingPortIdentity", FIELD_PORT}, {0}};
static const struct field pdelay_resp_follow_up[] = {
	{"responseOriginTimestamp", FIELD_TIME}, {"requestingPortIdentity", FIELD_PORT}, {0}};
static const struct field announce[] = {
	{"originTimestamp", FIELD_TIME},
	{"currentUtcOffset", FIELD_I16},
	{NULL, FIELD_SKIP, 1},
	{"grandmasterPriority1", FIELD_U8},
	{"grandmasterClockClass", FIELD_U8, 0, .meaning = ptp_clock_class_name},
	{"grandmasterClockAccuracy", FIELD_U8, 2, .meaning = ptp_clock_accuracy_name},
	{"grandmasterOffsetScaledLogVariance", FIELD_U16, 4},
	{"grandmasterPriority2", FIELD_U8},
	{"grandmasterIdentity", FIELD_CLOCK},
	{"stepsRemoved", FIELD_U16},
	{"timeSource", FIELD_U8, 2, .meaning = ptp_time_source_name},
	{0},
};
static const struct field signaling[] = {{"targetPortIdentity", FIELD_PORT}, {0}};
static const struct field management[] = {
	{"targetPortIdentity", FIELD_PORT},
	{"startingBoundaryHops", FIELD_U8},
	{"boundaryHops", FIELD_U8},
	{"actionField", FIELD_LOW, .meaning = ptp_action_name},
	{NULL, FIELD_SKIP, 2},
	{0},
};

static const struct field *const bodies[16] = {
	[PTP_SYNC] = event,
	[PTP_DELAY_REQ] = event,
	[PTP_PDELAY_REQ] = pdelay_req,
	[PTP_PDELAY_RESP] = pdelay_resp,
	[PTP_FOLLOW_UP] = follow_up,
	[PTP_DELAY_RESP] = delay_resp,
	[PTP_PDELAY_RESP_FOLLOW_UP] = pdelay_resp_follow_up,
	[PTP_ANNOUNCE] = announce,
	[PTP_SIGNALING] = signaling,
	[PTP_MANAGEMENT] = management,
};

static void show_text(struct show *s, const char *name, const char *v)
{
	show_string(s, name, v, strlen(v));
}

static void show_tap(struct show *s, const struct packet *p)
{
	struct text when = {0};

	show_number(s, "number", p->number, 0, NULL);
	if (strcmp(p->clock, "none")) {
		ptp_date_text(&when, p->ts_ns);
		show_string(s, "time", when.buf ? when.buf : "", when.len);
		if (s->form == SHOW_JSON)
			show_signed(s, "timeNs", p->ts_ns);
		text_free(&when);
	}
	show_text(s, "clock", p->clock);
	if (*p->iface)
		show_text(s, "interface", p->iface);
	if (p->outgoing)
		show_text(s, "direction", "out");
	show_number(s, "length", p->wire_len, 0, NULL);
	if (p->frame.len < p->wire_len)
		show_number(s, "captured", p->frame.len, 0, NULL);
}

static void show_tag(struct show *s, const struct frame *f)
{
	const struct dsa_tag *tag = &f->tag;

	show_open(s, "dsa");
	show_text(s, "format", f->tag_format == DSA_FORMAT_EDSA ? "EDSA" : "DSA");
	if (f->tag_format == DSA_FORMAT_EDSA)
		show_number(s, "etherType", f->edsa_ethertype, 4, NULL);
	show_text(s, "mode", dsa_mode_name(tag->mode));
	show_number(s, "device", tag->device, 0, NULL);
	show_number(s, tag->trunk ? "trunk" : "port", tag->port, 0, NULL);
	if (tag->mode == DSA_TO_CPU)
		show_number(s, "code", tag->code, 0, dsa_code_name(tag->code));
	if (tag->mode == DSA_TO_SNIFFER)
		show_bool(s, "ingress", tag->rx_sniff);
	show_bool(s, "tagged", tag->tagged);
	show_number(s, "vid", tag->vid, 0, NULL);
	show_number(s, "priority", tag->priority, 0, NULL);
	if (tag->tagged)
		show_bool(s, "dei", tag->cfi);
	show_close(s);
}

static void show_vlans(struct show *s, const struct frame *f)
{
	unsigned int i;

	show_list(s, "vlan");
	for (i = 0; i < f->vlans; i++) {
		show_open(s, NULL);
		show_number(s, "tpid", f->vlan[i].tpid, 4, NULL);
		show_number(s, "vid", f->vlan[i].tci & 0xfff, 0, NULL);
		show_number(s, "priority", f->vlan[i].tci >> 13, 0, NULL);
		show_bool(s, "dei", f->vlan[i].tci >> 12 & 1);
		show_bool(s, "stripped", f->vlan[i].stripped);
		show_close(s);
	}
	show_list_end(s);
}

static void show_network(struct show *s, const struct frame *f)
{
	static const char *const transports[] = {"other", "Ethernet", "UDP/IPv4", "UDP/IPv6"};
	char address[INET6_ADDRSTRLEN];
	int family = f->ethertype == 0x0800 ? AF_INET : AF_INET6;

	show_number(s, "etherType", f->ethertype, 4, NULL);
	show_text(s, "transport", transports[f->transport]);
	if (!f->ip_src)
		return;
	if (inet_ntop(family, f->ip_src, address, sizeof(address)))
		show_text(s, "ipSource", address);
	if (inet_ntop(family, f->ip_dst, address, sizeof(address)))
		show_text(s, "ipDestination", address);
	if (f->transport != FRAME_OTHER) {
		show_number(s, "udpSourcePort", f->sport, 0, NULL);
		show_number(s, "udpDestinationPort", f->dport, 0, NULL);
	}
}

static void show_header(struct show *s, const struct ptp_message *m)
{
	show_number(s, "majorSdoId", m->major_sdo_id, 1, NULL);
	show_number(s, "messageType", m->type, 1, ptp_type_name(m->type));
	show_number(s, "minorVersionPTP", m->minor_version, 0, NULL);
	show_number(s, "versionPTP", m->version, 0, NULL);
	show_number(s, "messageLength", m->length, 0, NULL);
	show_number(s, "domainNumber", m->domain, 0, NULL);
	show_number(s, "minorSdoId", m->minor_sdo_id, 2, NULL);
	show_flags(s, "flagField", m->flags);
	show_scaled_ns(s, "correctionField", "correctionFieldNs", m->correction);
	show_number(s, "messageTypeSpecific", m->type_specific, 8, NULL);
	show_port(s, "sourcePortIdentity", &m->source);
	show_number(s, "sequenceId", m->sequence, 0, NULL);
	show_number(s, "controlField", m->control, 0, NULL);
	show_signed(s, "logMessageInterval", m->log_interval);
}

static void show_message(struct show *s, const struct packet *p)
{
	const struct ptp_message *m = &p->msg;
	struct problem ignored = {0};

	show_open(s, "ptp");
	if (m->has_header)
		show_header(s, m);
	if (m->version == 1) {
		show_number(s, "versionPTP", 1, 0, NULL);
		show_octets(s, "notDecoded", m->octets, p->frame.payload_len, 0);
	}
	if (packet_has_arrival(p)) {
		show_number(s, "embeddedArrival", m->type_specific, 0, NULL);
		show_string(s, "embeddedArrivalClock", "switch", strlen("switch"));
	}
	if (m->has_body) {
		fields_show(s, bodies[m->type], m->octets + PTP_HEADER_LEN,
			    m->tlv_offset - PTP_HEADER_LEN, 0, &ignored);
		ptp_tlvs_show(s, m, &ignored);
	}
	show_close(s);
	if (m->has_header && p->frame.payload_len > m->end)
		show_octets(s, "padding", m->octets + m->end, p->frame.payload_len - m->end, 0);
}

/* The redundancy control trailer of PRP; the network of lan A or B that the frame came by. */
static void show_prp(struct show *s, const uint8_t *p)
{
	show_open(s, "prpTrailer");
	show_number(s, "sequenceNumber", get_be16(p), 0, NULL);
	show_number(s, "lanId", p[2] >> 4, 1,
		    p[2] >> 4 == 0xa   ? "A"
		    : p[2] >> 4 == 0xb ? "B"
				       : NULL);
	show_number(s, "lsduSize", get_be16(p + 2) & 0xfff, 0, NULL);
	show_close(s);
}

static void show_trailer(struct show *s, const struct frame *f)
{
	uint32_t len = frame_trailer_len(f), prp = f->prp ? FRAME_PRP_LEN : 0;

	if (len > prp)
		show_octets(s, "trailer", f->octets + f->payload + f->payload_len, len - prp, 0);
	if (prp)
		show_prp(s, f->octets + f->len - FRAME_PRP_LEN);
}

static void show_problem(struct show *s, const struct problem *problem)
{
	show_open(s, "problem");
	show_text(s, "what", problem->what);
	show_number(s, "octet", problem->at, 0, NULL);
	show_close(s);
}

void packet_show(struct text *t, const struct packet *p, enum show_form form)
{
	struct show s;

	show_begin(&s, t, form);
	show_tap(&s, p);
	if (p->frame.has_src)
		show_octets(&s, "source", p->frame.src, 6, ':');
	if (p->frame.has_dst)
		show_octets(&s, "destination", p->frame.dst, 6, ':');
	if (p->frame.tag_format != DSA_FORMAT_NONE)
		show_tag(&s, &p->frame);
	if (p->frame.vlans)
		show_vlans(&s, &p->frame);
	show_network(&s, &p->frame);
	if (p->ptp) {
		show_message(&s, p);
		show_trailer(&s, &p->frame);
	}
	if (p->problem.what)
		show_problem(&s, &p->problem);
	show_end(&s);
}
