/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tlv.h"

#include "bytes.h"
#include "management.h"
#include "names.h"
#include "tlv_tables.h"

enum { TLV_HEADER_LEN = 4 };

int ptp_tlv_next(const struct ptp_message *msg, uint32_t *at, struct ptp_tlv *out,
		 struct problem *problem)
{
	const uint8_t *p = msg->octets + *at;

	if (!msg->has_body || *at >= msg->end)
		return 0;
	if (msg->end - *at < TLV_HEADER_LEN)
		return problem_at(problem, *at,
				  "fewer octets than a TLV's header are left in the message");
	out->type = get_be16(p);
	out->length = get_be16(p + 2);
	out->value = p + TLV_HEADER_LEN;
	out->at = *at;
	if (out->length > msg->end - *at - TLV_HEADER_LEN)
		return problem_at(problem, *at + 2, "a TLV reaches past the end of the message");
	if (out->length & 1)
		problem_at(problem, *at + 2, "a TLV's length is odd");
	*at += TLV_HEADER_LEN + out->length;
	return 1;
}

uint32_t ptp_tlv_organization(const struct ptp_tlv *tlv, uint32_t *subtype)
{
	if ((tlv->type != PTP_TLV_ORGANIZATION_EXTENSION &&
	     tlv->type != PTP_TLV_ORGANIZATION_EXTENSION_PROPAGATE &&
	     tlv->type != PTP_TLV_ORGANIZATION_EXTENSION_DO_NOT_PROPAGATE) ||
	    tlv->length < 6)
		return 0;
	*subtype = get_be32(tlv->value + 2) & 0xffffff;
	return get_be32(tlv->value) >> 8;
}

/* By the table, and what it leaves under a name of its own. */
static void show_by(struct show *s, const struct field *table, const uint8_t *p, uint32_t len,
		    uint32_t at, struct problem *problem)
{
	uint32_t done = fields_show(s, table, p, len, at, problem);
	const char *name = problem->what ? "notDecoded" : len - done == 1 ? "pad" : "rest";

	if (s && done < len)
		show_octets(s, name, p + done, len - done, 0);
}

static void show_management(struct show *s, const struct ptp_tlv *tlv, struct problem *problem)
{
	const struct field *table;
	uint32_t at = tlv->at + TLV_HEADER_LEN;
	uint16_t id;

	if (tlv->length < 2) {
		problem_at(problem, at, "a management TLV without its managementId");
		return;
	}
	id = get_be16(tlv->value);
	if (s)
		show_number(s, "managementId", id, 4, ptp_management_id_name(id));
	/* GET and COMMAND carry no data. */
	if (tlv->length == 2)
		return;
	table = management_table(id);
	show_by(s, table ? table : tlv_data, tlv->value + 2, tlv->length - 2u, at + 2, problem);
}

static void show_organization(struct show *s, const struct ptp_tlv *tlv, struct problem *problem)
{
	uint32_t at = tlv->at + TLV_HEADER_LEN, oui, subtype = 0;
	const struct field *table;

	if (tlv->length < 6) {
		problem_at(problem, at, "an organisation extension without its subtype");
		return;
	}
	oui = ptp_tlv_organization(tlv, &subtype);
	if (s) {
		show_octets(s, "organizationId", tlv->value, 3, ':');
		if (tlv_organization_name(oui))
			show_string(s, "organizationName", tlv_organization_name(oui),
				    strlen(tlv_organization_name(oui)));
		show_number(s, "organizationSubType", subtype, oui == PTP_ORG_CERN ? 6 : 0,
			    tlv_subtype_name(oui, subtype));
	}
	table = tlv_organization_table(oui, subtype, tlv->value + 6, tlv->length - 6u);
	show_by(s, table ? table : tlv_data, tlv->value + 6, tlv->length - 6u, at + 6, problem);
}

static void show_value(struct show *s, const struct ptp_tlv *tlv, struct problem *problem)
{
	const struct field *table;

	switch (tlv->type) {
	case PTP_TLV_MANAGEMENT:
		show_management(s, tlv, problem);
		return;
	case PTP_TLV_ORGANIZATION_EXTENSION:
	case PTP_TLV_ORGANIZATION_EXTENSION_PROPAGATE:
	case PTP_TLV_ORGANIZATION_EXTENSION_DO_NOT_PROPAGATE:
		show_organization(s, tlv, problem);
		return;
	}
	table = tlv_table(tlv->type, tlv->value, tlv->length);
	show_by(s, table ? table : tlv_data, tlv->value, tlv->length, tlv->at + TLV_HEADER_LEN,
		problem);
}

int ptp_tlvs_show(struct show *s, const struct ptp_message *msg, struct problem *problem)
{
	uint32_t at = msg->tlv_offset;
	struct ptp_tlv tlv;

	if (!msg->has_body || at >= msg->end)
		return 0;
	if (s)
		show_list(s, "tlvs");
	while (ptp_tlv_next(msg, &at, &tlv, problem) > 0) {
		struct problem inside = {0};

		if (s) {
			show_open(s, NULL);
			show_number(s, "tlvType", tlv.type, 4, ptp_tlv_name(tlv.type));
			show_number(s, "lengthField", tlv.length, 0, NULL);
		}
		show_value(s, &tlv, &inside);
		if (inside.what)
			problem_at(problem, inside.at, inside.what);
		if (s)
			show_close(s);
	}
	if (s)
		show_list_end(s);
	return problem->what ? -EBADMSG : 0;
}
