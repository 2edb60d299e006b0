/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Layouts as tables: each row a field, in the order of the octets. */
#ifndef FIELDS_H
#define FIELDS_H

#include "show.h"

enum field_kind {
	FIELD_END,
	FIELD_SKIP, /* arg octets, reserved */
	FIELD_U8,   /* arg: hexadecimal digits in the tree, 0: decimal */
	FIELD_I8,
	FIELD_U16,
	FIELD_I16,
	FIELD_U32,
	FIELD_I32,
	FIELD_U48,
	FIELD_U64,
	FIELD_I64,
	FIELD_LE64, /* unsigned, the least octet first */
	FIELD_F64,  /* IEEE 754 binary64 */
	FIELD_HIGH, /* upper half of the octet, which a later row takes */
	FIELD_LOW,
	FIELD_BIT,       /* bit number arg of the octet, which a later row takes */
	FIELD_CLOCK,     /* ClockIdentity */
	FIELD_PORT,      /* PortIdentity */
	FIELD_TIME,      /* Timestamp */
	FIELD_INTERVAL,  /* TimeInterval, 2^-16 ns */
	FIELD_OCTETS,    /* arg of them */
	FIELD_COUNTED16, /* 16 bits of length, then octets */
	FIELD_TEXT,      /* PTPText */
	FIELD_ADDRESS,   /* PortAddress */
	FIELD_OBJECT,    /* sub, of which no row has a length of its own */
	FIELD_LIST,      /* sub, as often as it fits */
	FIELD_REST,      /* what is left, if anything */
};

struct field {
	const char *name;
	enum field_kind kind;
	uint8_t arg;
	const char *(*meaning)(unsigned int value);
	const struct field *sub;
};

/* Shows `len` octets by the table; with `s` NULL it only checks. The octets that the table took;
 * where they end too early, the problem is noted with `at` (of the first octet) counted in. */
uint32_t fields_show(struct show *s, const struct field *table, const uint8_t *p, uint32_t len,
		     uint32_t at, struct problem *problem);

#endif
