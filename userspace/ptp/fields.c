/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "fields.h"

#include "bytes.h"
#include "names.h"

static uint32_t least_of_table(const struct field *table);

/* Octets that a field takes at least. */
static uint32_t least(const struct field *f)
{
	switch (f->kind) {
	case FIELD_SKIP:
	case FIELD_OCTETS:
		return f->arg;
	case FIELD_U8:
	case FIELD_I8:
	case FIELD_HIGH:
	case FIELD_LOW:
	case FIELD_BIT:
	case FIELD_TEXT:
		return 1;
	case FIELD_U16:
	case FIELD_I16:
	case FIELD_COUNTED16:
		return 2;
	case FIELD_U32:
	case FIELD_I32:
	case FIELD_ADDRESS:
		return 4;
	case FIELD_U48:
		return 6;
	case FIELD_U64:
	case FIELD_I64:
	case FIELD_LE64:
	case FIELD_F64:
	case FIELD_CLOCK:
	case FIELD_INTERVAL:
		return 8;
	case FIELD_OBJECT:
		return least_of_table(f->sub);
	case FIELD_PORT:
	case FIELD_TIME:
		return 10;
	default:
		return 0;
	}
}

static uint32_t least_of_table(const struct field *table)
{
	uint32_t sum = 0;

	for (; table->kind != FIELD_END; table++)
		if (table->kind != FIELD_HIGH && table->kind != FIELD_LOW &&
		    table->kind != FIELD_BIT)
			sum += least(table);
	return sum;
}

static uint32_t octets_of(const struct field *f, const uint8_t *p, uint32_t len)
{
	switch (f->kind) {
	case FIELD_HIGH:
	case FIELD_LOW:
	case FIELD_BIT:
		return 0;
	case FIELD_TEXT:
		return 1u + p[0];
	case FIELD_COUNTED16:
		return 2u + get_be16(p);
	case FIELD_ADDRESS:
		return 4u + get_be16(p + 2);
	case FIELD_LIST:
	case FIELD_REST:
		return len;
	default:
		return least(f);
	}
}

static void show_unsigned(struct show *s, const struct field *f, uint64_t v)
{
	show_number(s, f->name, v, f->arg, f->meaning ? f->meaning((unsigned int)v) : NULL);
}

static const char *network_protocol_name(unsigned int protocol)
{
	static const char *const names[] = {"UDP/IPv4",  "UDP/IPv6",   "IEEE 802.3",
					    "DeviceNet", "ControlNet", "PROFINET"};

	return protocol >= 1 && protocol <= 6 ? names[protocol - 1] : NULL;
}

static void show_address(struct show *s, const char *name, const uint8_t *p, uint32_t len)
{
	show_open(s, name);
	show_number(s, "networkProtocol", get_be16(p), 0, network_protocol_name(get_be16(p)));
	show_octets(s, "addressField", p + 4, len - 4, ':');
	show_close(s);
}

static void show_interval(struct show *s, const char *name, const uint8_t *p)
{
	char ns[48];
	size_t len = strlen(name);

	len = len < sizeof(ns) - 3 ? len : sizeof(ns) - 3;
	memcpy(ns, name, len);
	memcpy(ns + len, "Ns", 3);
	show_scaled_ns(s, name, ns, (int64_t)get_be64(p));
}

static void show_time(struct show *s, const char *name, const uint8_t *p)
{
	struct ptp_timestamp ts = {get_be48(p), get_be32(p + 6)};

	show_timestamp(s, name, &ts);
}

static void show_float(struct show *s, const char *name, const uint8_t *p)
{
	uint64_t bits = get_be64(p);
	double v;

	memcpy(&v, &bits, sizeof(v));
	show_double(s, name, v);
}

static void show_object(struct show *s, const struct field *f, const uint8_t *p, uint32_t len)
{
	struct problem ignored = {0};

	show_open(s, f->name);
	fields_show(s, f->sub, p, len, 0, &ignored);
	show_close(s);
}

static void show_identity(struct show *s, const struct field *f, const uint8_t *p)
{
	struct ptp_port_identity id;

	memcpy(id.clock.octets, p, 8);
	if (f->kind == FIELD_CLOCK) {
		show_clock(s, f->name, &id.clock);
		return;
	}
	id.port = get_be16(p + 8);
	show_port(s, f->name, &id);
}

static void show_field(struct show *s, const struct field *f, const uint8_t *p, uint32_t len)
{
	switch (f->kind) {
	case FIELD_U8:
		show_unsigned(s, f, p[0]);
		break;
	case FIELD_U16:
		show_unsigned(s, f, get_be16(p));
		break;
	case FIELD_U32:
		show_unsigned(s, f, get_be32(p));
		break;
	case FIELD_U48:
		show_unsigned(s, f, get_be48(p));
		break;
	case FIELD_U64:
		show_unsigned(s, f, get_be64(p));
		break;
	case FIELD_LE64:
		show_unsigned(s, f, get_le64(p));
		break;
	case FIELD_F64:
		show_float(s, f->name, p);
		break;
	case FIELD_HIGH:
		show_unsigned(s, f, p[0] >> 4);
		break;
	case FIELD_LOW:
		show_unsigned(s, f, p[0] & 15);
		break;
	case FIELD_I8:
		show_signed(s, f->name, (int8_t)p[0]);
		break;
	case FIELD_I16:
		show_signed(s, f->name, (int16_t)get_be16(p));
		break;
	case FIELD_I32:
		show_signed(s, f->name, (int32_t)get_be32(p));
		break;
	case FIELD_I64:
		show_signed(s, f->name, (int64_t)get_be64(p));
		break;
	case FIELD_BIT:
		show_bool(s, f->name, p[0] >> f->arg & 1);
		break;
	case FIELD_OBJECT:
		show_object(s, f, p, len);
		break;
	case FIELD_CLOCK:
	case FIELD_PORT:
		show_identity(s, f, p);
		break;
	case FIELD_TIME:
		show_time(s, f->name, p);
		break;
	case FIELD_INTERVAL:
		show_interval(s, f->name, p);
		break;
	case FIELD_OCTETS:
		show_octets(s, f->name, p, len, len == 3 || len == 6 ? ':' : 0);
		break;
	case FIELD_COUNTED16:
		show_octets(s, f->name, p + 2, len - 2, ':');
		break;
	case FIELD_TEXT:
		show_string(s, f->name, (const char *)p + 1, len - 1);
		break;
	case FIELD_ADDRESS:
		show_address(s, f->name, p, len);
		break;
	case FIELD_REST:
		if (len)
			show_octets(s, f->name, p, len, 0);
		break;
	default:
		break;
	}
}

/* A list ends where its element no longer fits: what is left is the caller's, mostly a pad octet.
 */
static uint32_t show_elements(struct show *s, const struct field *f, const uint8_t *p, uint32_t len,
			      uint32_t at, struct problem *problem)
{
	uint32_t done = 0, need = least_of_table(f->sub);
	/* A list of single values is one of values, not of objects. */
	bool single = f->sub[1].kind == FIELD_END;

	if (s)
		show_list(s, f->name);
	while (len - done >= need && !problem->what) {
		if (s && !single)
			show_open(s, NULL);
		done += fields_show(s, f->sub, p + done, len - done, at + done, problem);
		if (s && !single)
			show_close(s);
	}
	if (s)
		show_list_end(s);
	return done;
}

uint32_t fields_show(struct show *s, const struct field *table, const uint8_t *p, uint32_t len,
		     uint32_t at, struct problem *problem)
{
	const struct field *f;
	uint32_t done = 0, takes;

	for (f = table; f->kind != FIELD_END; f++) {
		if (len - done < least(f)) {
			problem_at(problem, at + done, "a TLV ends before its last field");
			return done;
		}
		takes = octets_of(f, p + done, len - done);
		if (takes > len - done) {
			problem_at(problem, at + done,
				   "a text or address reaches past the end of its TLV");
			return done;
		}
		if (f->kind == FIELD_LIST)
			takes = show_elements(s, f, p + done, len - done, at + done, problem);
		else if (s)
			show_field(s, f, p + done, takes);
		done += takes;
	}
	return done;
}
