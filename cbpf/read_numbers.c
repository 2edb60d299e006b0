/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The forms that are numbers only: four per instruction, with something between them. */
#include "read.h"

#include <errno.h>

/* code, jt, jf, k, with `sep` between them (0: blanks alone). */
static int quad(struct scan *s, char sep, struct sock_filter *out)
{
	static const char *const names[] = {"an opcode", "jt", "jf", "k"};
	static const uint32_t max[] = {UINT16_MAX, UINT8_MAX, UINT8_MAX, UINT32_MAX};
	uint32_t v[4];

	for (int i = 0; i < 4; i++) {
		int ret;

		scan_blanks(s);
		if (i && sep && !scan_char(s, sep))
			return scan_expected(s, "a comma");
		scan_space(s);
		ret = scan_number(s, names[i], max[i], &v[i]);
		if (ret)
			return ret;
	}
	*out = (struct sock_filter){(uint16_t)v[0], (uint8_t)v[1], (uint8_t)v[2], v[3]};
	return 0;
}

/* `struct sock_filter filter[] = {` in front of a C array: all up to the brace that another
 * follows. */
static int declaration(struct scan *s, bool *array)
{
	struct scan t;
	int ret = scan_comments(s);

	while (!ret && !scan_done(s)) {
		t = *s;
		if (scan_char(&t, '{')) {
			ret = scan_comments(&t);
			if (!ret && !scan_done(&t) && *t.at == '{') {
				*s = t;
				*array = true;
			}
			return ret;
		}
		s->at++;
	}
	return ret ? ret : scan_expected(s, "'{'");
}

static int braced(struct scan *s, struct sock_filter *insn)
{
	int ret;

	if (!scan_char(s, '{'))
		return scan_expected(s, "'{' of an instruction");
	scan_space(s);
	ret = quad(s, ',', insn);
	if (ret)
		return ret;
	scan_space(s);
	return scan_char(s, '}') ? 0 : scan_expected(s, "'}'");
}

int cbpf_read_braces(struct cbpf_prog *prog, struct scan *s)
{
	struct sock_filter insn;
	bool array = false;
	size_t room = 0;
	int ret;

	s->c_numbers = true;
	ret = declaration(s, &array);
	for (; !ret; ret = scan_comments(s)) {
		if (array && scan_char(s, '}')) {
			scan_char(s, ';');
			scan_space(s);
			return scan_done(s) ? 0 : scan_expected(s, "the end of the text");
		}
		if (scan_done(s))
			return array ? scan_expected(s, "'}' of the array") : 0;
		ret = braced(s, &insn);
		if (!ret)
			ret = cbpf_append(prog, &room, insn);
		if (!ret)
			ret = scan_comments(s);
		if (ret)
			return ret;
		if (!scan_char(s, ',') && !scan_done(s) && !(array && *s->at == '}'))
			return scan_expected(s, "a comma");
	}
	return ret;
}

int cbpf_read_counted(struct cbpf_prog *prog, struct scan *s)
{
	struct sock_filter insn;
	const char *first;
	uint32_t count;
	size_t room = 0;
	int ret;

	scan_space(s);
	first = s->at;
	ret = scan_number(s, "the number of instructions", UINT32_MAX, &count);
	for (scan_space(s); !ret && !scan_done(s); scan_space(s)) {
		ret = quad(s, 0, &insn);
		if (!ret)
			ret = cbpf_append(prog, &room, insn);
	}
	if (!ret && prog->len != count)
		ret = scan_fail(s, first, "the count says %u instructions and %u follow", count,
				prog->len);
	return ret;
}

/* Quads with commas or newlines between them, until the text ends. */
static int quads(struct cbpf_prog *prog, struct scan *s)
{
	struct sock_filter insn;
	size_t room = 0;

	for (scan_space(s); !scan_done(s); scan_space(s)) {
		int ret = quad(s, 0, &insn);

		if (!ret)
			ret = cbpf_append(prog, &room, insn);
		if (ret)
			return ret;
		scan_blanks(s);
		scan_char(s, '\r');
		if (!scan_char(s, ',') && !scan_char(s, '\n') && !scan_done(s))
			return scan_expected(s, "a comma");
	}
	return 0;
}

static int counted(struct cbpf_prog *prog, struct scan *s, const char *first, uint32_t count)
{
	int ret = quads(prog, s);

	if (!ret && prog->len != count)
		ret = scan_fail(s, first, "the count says %u instructions and %u follow", count,
				prog->len);
	return ret;
}

int cbpf_read_commas(struct cbpf_prog *prog, struct scan *s)
{
	const char *first;
	uint32_t count;
	int ret;

	scan_space(s);
	first = s->at;
	ret = scan_number(s, "the number of instructions", UINT32_MAX, &count);
	if (!ret && !scan_char(s, ','))
		ret = scan_expected(s, "a comma");
	return ret ? ret : counted(prog, s, first, count);
}

int cbpf_read_ss(struct cbpf_prog *prog, struct scan *s)
{
	const char *first;
	uint32_t count;
	int ret;

	scan_space(s);
	if (!scan_word(s, "bpf filter ("))
		return quads(prog, s);
	first = s->at;
	ret = scan_number(s, "the number of instructions", UINT32_MAX, &count);
	if (!ret && !scan_word(s, "):"))
		ret = scan_expected(s, "'):'");
	return ret ? ret : counted(prog, s, first, count);
}

/* Which byte of all the opcodes is 0 tells the order: Linux has none above 0xff. */
static enum cbpf_form tell_order(const uint8_t *p, size_t count)
{
	bool le = true, be = true;

	for (size_t i = 0; i < count; i++) {
		le = le && !p[i * 8 + 1];
		be = be && !p[i * 8];
	}
	return le == be ? CBPF_FORM_AUTO : le ? CBPF_FORM_RAW_LE : CBPF_FORM_RAW_BE;
}

int cbpf_read_raw(struct cbpf_prog *prog, struct scan *s, enum cbpf_form form)
{
	const uint8_t *p = (const uint8_t *)s->start;
	size_t len = (size_t)(s->end - s->start), room = 0;

	if (len % 8)
		return cbpf_error_set(s->err, -EBADMSG,
				      "%zu bytes are no raw program: an instruction has 8", len);
	if (form == CBPF_FORM_AUTO)
		form = tell_order(p, len / 8);
	if (form == CBPF_FORM_AUTO)
		return cbpf_error_set(s->err, -EBADMSG,
				      "these bytes are no raw program: no byte order gives opcodes "
				      "that Linux has");
	for (; len; len -= 8, p += 8) {
		bool le = form == CBPF_FORM_RAW_LE;
		struct sock_filter insn = {.jt = p[2], .jf = p[3]};

		insn.code = (uint16_t)(le ? p[0] | p[1] << 8 : p[1] | p[0] << 8);
		for (int i = 0; i < 4; i++)
			insn.k |= (uint32_t)p[4 + i] << 8 * (le ? i : 3 - i);
		if (cbpf_append(prog, &room, insn))
			return -ENOMEM;
	}
	return 0;
}
