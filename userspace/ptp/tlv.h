/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The TLVs behind a PTP message, IEEE 1588-2019 clause 14: walked, checked and shown. */
#ifndef TLV_H
#define TLV_H

#include "ptp_msg.h"
#include "show.h"

struct ptp_tlv {
	uint16_t type;        /* enum ptp_tlv_type */
	uint16_t length;      /* of the value: lengthField */
	const uint8_t *value; /* in the message */
	uint32_t at;          /* offset of the TLV in the message */
};

/* The TLV at *at (start with msg->tlv_offset), which moves on: 1, 0 at the end of the message,
 * -EBADMSG where a TLV reaches past it. A problem that does not end the walk (an odd length) is
 * noted only. */
int ptp_tlv_next(const struct ptp_message *msg, uint32_t *at, struct ptp_tlv *out,
		 struct problem *problem);

const char *ptp_tlv_name(unsigned int type); /* "PATH_TRACE"; NULL */
const char *ptp_management_id_name(unsigned int id);

/* organizationId of an organisation extension: 0 for other TLVs. */
uint32_t ptp_tlv_organization(const struct ptp_tlv *tlv, uint32_t *subtype);

/* Every TLV of the message as a list "tlvs"; nothing where there is none. With `s` NULL it only
 * checks. 0, or -EBADMSG with the first problem, .at from the start of the message. */
int ptp_tlvs_show(struct show *s, const struct ptp_message *msg, struct problem *problem);

#endif
