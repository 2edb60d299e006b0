/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the values of TLVs hold, as tables for fields_show(); NULL where the layout is not known. */
#ifndef TLV_TABLES_H
#define TLV_TABLES_H

#include "fields.h"

#define PTP_ORG_CERN 0x080030    /* White Rabbit */
#define PTP_ORG_C37_238 0x1c129d /* IEEE C37.238, power profile */
#define PTP_ORG_ITU_T 0x0019a7
#define PTP_ORG_SMPTE 0x6897e8 /* ST 2059-2 */

extern const struct field tlv_data[]; /* octets under "dataField" */

const struct field *tlv_table(unsigned int type, const uint8_t *value, uint32_t len);
const struct field *tlv_organization_table(uint32_t organization, uint32_t subtype,
					   const uint8_t *value, uint32_t len);
const char *tlv_organization_name(uint32_t organization);
const char *tlv_subtype_name(uint32_t organization, uint32_t subtype);

#endif
