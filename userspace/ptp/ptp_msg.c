/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ptp_msg.h"

#include "bytes.h"

#include <string.h>

enum { TIMESTAMP_AT = 34, PORT_AT = 44, TARGET_AT = 34 };

uint16_t ptp_body_len(unsigned int type)
{
	static const uint8_t lengths[16] = {
		[PTP_SYNC] = 44,
		[PTP_DELAY_REQ] = 44,
		[PTP_PDELAY_REQ] = 54,
		[PTP_PDELAY_RESP] = 54,
		[PTP_FOLLOW_UP] = 44,
		[PTP_DELAY_RESP] = 54,
		[PTP_PDELAY_RESP_FOLLOW_UP] = 54,
		[PTP_ANNOUNCE] = 64,
		[PTP_SIGNALING] = 44,
		[PTP_MANAGEMENT] = 48,
	};

	return lengths[type & 15];
}

static bool has_port(unsigned int type)
{
	return type == PTP_DELAY_RESP || type == PTP_PDELAY_RESP ||
	       type == PTP_PDELAY_RESP_FOLLOW_UP;
}

static bool has_target(unsigned int type)
{
	return type == PTP_SIGNALING || type == PTP_MANAGEMENT;
}

static void get_port(struct ptp_port_identity *out, const uint8_t *p)
{
	memcpy(out->clock.octets, p, 8);
	out->port = get_be16(p + 8);
}

static void put_port(uint8_t *p, const struct ptp_port_identity *id)
{
	memcpy(p, id->clock.octets, 8);
	put_be16(p + 8, id->port);
}

static void get_header(struct ptp_message *m, const uint8_t *p)
{
	m->major_sdo_id = p[0] >> 4;
	m->type = p[0] & 15;
	m->minor_version = p[1] >> 4;
	m->version = p[1] & 15;
	m->length = get_be16(p + 2);
	m->domain = p[4];
	m->minor_sdo_id = p[5];
	m->flags = get_be16(p + 6);
	m->correction = (int64_t)get_be64(p + 8);
	m->type_specific = get_be32(p + 16);
	get_port(&m->source, p + 20);
	m->sequence = get_be16(p + 30);
	m->control = p[32];
	m->log_interval = (int8_t)p[33];
	m->has_header = true;
}

static void put_header(uint8_t *p, const struct ptp_message *m, uint16_t length)
{
	p[0] = (uint8_t)(m->major_sdo_id << 4 | m->type);
	p[1] = (uint8_t)(m->minor_version << 4 | m->version);
	put_be16(p + 2, length);
	p[4] = m->domain;
	p[5] = m->minor_sdo_id;
	put_be16(p + 6, m->flags);
	put_be64(p + 8, (uint64_t)m->correction);
	put_be32(p + 16, m->type_specific);
	put_port(p + 20, &m->source);
	put_be16(p + 30, m->sequence);
	p[32] = m->control;
	p[33] = (uint8_t)m->log_interval;
}

static void get_announce(struct ptp_announce *a, const uint8_t *p)
{
	a->current_utc_offset = (int16_t)get_be16(p + 44);
	a->priority1 = p[47];
	a->clock_class = p[48];
	a->clock_accuracy = p[49];
	a->offset_scaled_log_variance = get_be16(p + 50);
	a->priority2 = p[52];
	memcpy(a->grandmaster.octets, p + 53, 8);
	a->steps_removed = get_be16(p + 61);
	a->time_source = p[63];
}

static void put_announce(uint8_t *p, const struct ptp_announce *a)
{
	put_be16(p + 44, (uint16_t)a->current_utc_offset);
	p[47] = a->priority1;
	p[48] = a->clock_class;
	p[49] = a->clock_accuracy;
	put_be16(p + 50, a->offset_scaled_log_variance);
	p[52] = a->priority2;
	memcpy(p + 53, a->grandmaster.octets, 8);
	put_be16(p + 61, a->steps_removed);
	p[63] = a->time_source;
}

static void get_body(struct ptp_message *m, const uint8_t *p)
{
	if (has_target(m->type)) {
		get_port(&m->port, p + TARGET_AT);
	} else {
		m->timestamp.seconds = get_be48(p + TIMESTAMP_AT);
		m->timestamp.nanoseconds = get_be32(p + TIMESTAMP_AT + 6);
	}
	if (has_port(m->type))
		get_port(&m->port, p + PORT_AT);
	if (m->type == PTP_ANNOUNCE)
		get_announce(&m->announce, p);
	if (m->type == PTP_MANAGEMENT) {
		m->starting_boundary_hops = p[44];
		m->boundary_hops = p[45];
		m->action = p[46] & 15;
	}
	m->has_body = true;
	m->tlv_offset = ptp_body_len(m->type);
}

int ptp_decode(struct ptp_message *out, const uint8_t *octets, size_t len, struct problem *problem)
{
	uint16_t body;

	memset(out, 0, sizeof(*out));
	*problem = (struct problem){0};
	out->octets = octets;
	if (len < 2)
		return problem_at(problem, (uint32_t)len,
				  "the message is cut in its first two octets");
	out->version = octets[1] & 15;
	if (out->version == 1)
		return 0;
	if (out->version != 2)
		return problem_at(problem, 1, "not a PTP version 2 message");
	if (len < PTP_HEADER_LEN)
		return problem_at(problem, (uint32_t)len, "the 34-octet PTP header is cut");
	get_header(out, octets);
	out->end = out->length < len ? out->length : (uint16_t)len;
	body = ptp_body_len(out->type);
	if (!body)
		return problem_at(problem, 0, "reserved messageType");
	if (out->length < body)
		return problem_at(problem, 2, "messageLength is less than this message type has");
	if (out->end < body)
		return problem_at(problem, out->end, "the message is cut before its messageLength");
	get_body(out, octets);
	if (out->end < out->length)
		return problem_at(problem, out->end, "the message is cut before its messageLength");
	return 0;
}

int ptp_encode(uint8_t *octets, size_t size, const struct ptp_message *m)
{
	uint16_t body = ptp_body_len(m->type);

	if (!body || m->type > 15)
		return -EINVAL;
	if (body > size)
		return -EMSGSIZE;
	memset(octets, 0, body);
	put_header(octets, m, m->length ? m->length : body);
	if (has_target(m->type)) {
		put_port(octets + TARGET_AT, &m->port);
	} else {
		put_be48(octets + TIMESTAMP_AT, m->timestamp.seconds);
		put_be32(octets + TIMESTAMP_AT + 6, m->timestamp.nanoseconds);
	}
	if (has_port(m->type))
		put_port(octets + PORT_AT, &m->port);
	if (m->type == PTP_ANNOUNCE)
		put_announce(octets, &m->announce);
	if (m->type == PTP_MANAGEMENT) {
		octets[44] = m->starting_boundary_hops;
		octets[45] = m->boundary_hops;
		octets[46] = m->action & 15;
	}
	return body;
}
