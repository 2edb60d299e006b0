/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "show.h"

#include "names.h"

#include <math.h>

/* Up to the value: indentation and name, or comma, name and colon. */
static void lead(struct show *s, const char *name)
{
	unsigned int i;

	if (s->form == SHOW_JSON) {
		if (!s->first)
			text_char(s->t, ',');
		if (name) {
			text_char(s->t, '"');
			text_str(s->t, name);
			text_bytes(s->t, "\":", 2);
		}
	} else {
		for (i = 0; i < s->depth; i++)
			text_bytes(s->t, "  ", 2);
		text_str(s->t, name ? name : "-");
		text_bytes(s->t, name ? ": " : " ", name ? 2 : 1);
	}
	s->first = false;
}

static void trail(struct show *s)
{
	if (s->form == SHOW_TREE)
		text_char(s->t, '\n');
}

/* A text value that needs no escaping. */
static void open_quote(struct show *s)
{
	if (s->form == SHOW_JSON)
		text_char(s->t, '"');
}

static void close_quote(struct show *s)
{
	text_char(s->t, s->form == SHOW_JSON ? '"' : '\n');
}

void show_begin(struct show *s, struct text *t, enum show_form form)
{
	*s = (struct show){.t = t, .form = form, .first = true};
	if (form == SHOW_JSON)
		text_char(t, '{');
	else
		s->depth = 1;
}

void show_end(struct show *s)
{
	if (s->form == SHOW_JSON)
		text_bytes(s->t, "}\n", 2);
}

static void open_with(struct show *s, const char *name, char bracket)
{
	lead(s, name);
	if (s->form == SHOW_JSON) {
		text_char(s->t, bracket);
	} else {
		s->t->len--; /* the blank behind the name */
		trail(s);
	}
	s->depth++;
	s->first = true;
}

static void close_with(struct show *s, char bracket)
{
	if (s->form == SHOW_JSON)
		text_char(s->t, bracket);
	s->depth--;
	s->first = false;
}

void show_open(struct show *s, const char *name)
{
	open_with(s, name, '{');
}

void show_close(struct show *s)
{
	close_with(s, '}');
}

void show_list(struct show *s, const char *name)
{
	open_with(s, name, '[');
}

void show_list_end(struct show *s)
{
	close_with(s, ']');
}

static void json_meaning(struct show *s, const char *name, const char *meaning)
{
	text_bytes(s->t, ",\"", 2);
	text_str(s->t, name);
	text_bytes(s->t, "Name\":\"", 7);
	text_str(s->t, meaning);
	text_char(s->t, '"');
}

void show_number(struct show *s, const char *name, uint64_t v, unsigned int digits,
		 const char *meaning)
{
	lead(s, name);
	if (s->form == SHOW_JSON) {
		text_u64(s->t, v);
		if (meaning)
			json_meaning(s, name, meaning);
		return;
	}
	if (digits) {
		text_bytes(s->t, "0x", 2);
		text_hex(s->t, v, digits);
	} else {
		text_u64(s->t, v);
	}
	if (meaning) {
		text_bytes(s->t, " (", 2);
		text_str(s->t, meaning);
		text_char(s->t, ')');
	}
	trail(s);
}

void show_signed(struct show *s, const char *name, int64_t v)
{
	lead(s, name);
	text_i64(s->t, v);
	trail(s);
}

void show_bool(struct show *s, const char *name, bool v)
{
	lead(s, name);
	text_str(s->t, v ? "true" : "false");
	trail(s);
}

void show_string(struct show *s, const char *name, const char *v, size_t len)
{
	lead(s, name);
	if (s->form == SHOW_JSON)
		text_json_string(s->t, v, len);
	else
		text_escaped(s->t, v, len);
	trail(s);
}

void show_double(struct show *s, const char *name, double v)
{
	lead(s, name);
	if (s->form == SHOW_JSON && !isfinite(v))
		text_str(s->t, "null");
	else
		text_format(s->t, "%.17g", v);
	trail(s);
}

void show_octets(struct show *s, const char *name, const uint8_t *p, size_t len, char separator)
{
	lead(s, name);
	open_quote(s);
	text_octets(s->t, p, len, separator);
	close_quote(s);
}

void show_clock(struct show *s, const char *name, const struct ptp_clock_identity *id)
{
	lead(s, name);
	open_quote(s);
	ptp_clock_text(s->t, id);
	close_quote(s);
}

void show_port(struct show *s, const char *name, const struct ptp_port_identity *id)
{
	if (s->form == SHOW_JSON) {
		show_open(s, name);
		show_clock(s, "clockIdentity", &id->clock);
		show_number(s, "portNumber", id->port, 0, NULL);
		show_close(s);
		return;
	}
	lead(s, name);
	ptp_port_text(s->t, id);
	trail(s);
}

void show_timestamp(struct show *s, const char *name, const struct ptp_timestamp *ts)
{
	if (s->form == SHOW_JSON) {
		show_open(s, name);
		show_number(s, "seconds", ts->seconds, 0, NULL);
		show_number(s, "nanoseconds", ts->nanoseconds, 0, NULL);
		show_close(s);
		return;
	}
	lead(s, name);
	ptp_timestamp_text(s->t, ts);
	if (ts->nanoseconds >= 1000000000)
		text_str(s->t, " (nanoseconds of a second and more)");
	trail(s);
}

void show_scaled_ns(struct show *s, const char *name, const char *name_ns, int64_t v)
{
	lead(s, name);
	if (s->form == SHOW_JSON) {
		text_i64(s->t, v);
		lead(s, name_ns);
	}
	ptp_scaled_ns_text(s->t, v);
	if (s->form == SHOW_TREE)
		text_str(s->t, " ns");
	trail(s);
}

void show_flags(struct show *s, const char *name, uint16_t flags)
{
	unsigned int i;

	lead(s, name);
	if (s->form == SHOW_TREE) {
		text_bytes(s->t, "0x", 2);
		text_hex(s->t, flags, 4);
		if (flags) {
			text_bytes(s->t, " (", 2);
			ptp_flags_text(s->t, flags);
			text_char(s->t, ')');
		}
		trail(s);
		return;
	}
	text_u64(s->t, flags);
	show_list(s, "flags");
	for (i = 0; i < 16; i++) {
		if (!(flags >> i & 1) || !ptp_flag_name(i))
			continue;
		lead(s, NULL);
		open_quote(s);
		text_str(s->t, ptp_flag_name(i));
		close_quote(s);
	}
	show_list_end(s);
}
