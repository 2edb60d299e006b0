/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "read.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>

/* What stands behind the first number: "9,40": commas; "9" and a new line: -ddd; "0x28 0": ss. */
static enum cbpf_form recognise_numbers(struct scan *s)
{
	while (s->at < s->end && isalnum((unsigned char)*s->at))
		s->at++;
	scan_blanks(s);
	if (scan_char(s, ','))
		return CBPF_FORM_COMMA;
	return s->at < s->end && isdigit((unsigned char)*s->at) ? CBPF_FORM_SS : CBPF_FORM_DDD;
}

static bool declares(struct scan *s)
{
	return scan_word(s, "struct") || scan_word(s, "static") || scan_word(s, "const");
}

static enum cbpf_form recognise(const struct scan *s)
{
	struct cbpf_error err;
	struct scan t = *s;

	if (memchr(s->start, 0, (size_t)(s->end - s->start)))
		return CBPF_FORM_RAW_LE;
	t.err = &err;
	if (scan_comments(&t) || scan_done(&t))
		return CBPF_FORM_AUTO;
	if (*t.at == '(')
		return CBPF_FORM_D;
	if (*t.at == '{')
		return CBPF_FORM_DD;
	if (isdigit((unsigned char)*t.at))
		return recognise_numbers(&t);
	if (scan_word(&t, "bpf filter ("))
		return CBPF_FORM_SS;
	if (declares(&t))
		return CBPF_FORM_C;
	return isalpha((unsigned char)*t.at) || *t.at == '.' || *t.at == '_' ? CBPF_FORM_ASM
									     : CBPF_FORM_AUTO;
}

static int no_program(struct scan *s)
{
	int ret = scan_comments(s);

	if (ret)
		return ret;
	return scan_done(s) ? scan_fail(s, s->at, "there is no program in this text")
			    : scan_expected(s, "a program (dump -F lists the forms)");
}

static int dispatch(struct cbpf_prog *prog, struct scan *s, enum cbpf_form form, bool told)
{
	switch (form) {
	case CBPF_FORM_D:
	case CBPF_FORM_D_1_11:
		return cbpf_read_listing(prog, s);
	case CBPF_FORM_DD:
	case CBPF_FORM_C:
		return cbpf_read_braces(prog, s);
	case CBPF_FORM_DDD:
		return cbpf_read_counted(prog, s);
	case CBPF_FORM_COMMA:
		return cbpf_read_commas(prog, s);
	case CBPF_FORM_ASM:
		return cbpf_read_asm(prog, s);
	case CBPF_FORM_SS:
		return cbpf_read_ss(prog, s);
	case CBPF_FORM_RAW_LE:
	case CBPF_FORM_RAW_BE:
		return cbpf_read_raw(prog, s, told ? form : CBPF_FORM_AUTO);
	default:
		return no_program(s);
	}
}

int cbpf_read(struct cbpf_prog *out, const char *text, size_t len, enum cbpf_form form,
	      struct cbpf_error *err)
{
	struct scan s = {.start = text, .at = text, .end = text + len, .err = err};
	struct cbpf_prog prog = {.linktype = -1, .snaplen = CBPF_SNAPLEN_DEFAULT};
	bool told = form != CBPF_FORM_AUTO;
	int ret = dispatch(&prog, &s, told ? form : recognise(&s), told);

	if (!ret && !prog.len)
		ret = scan_fail(&s, s.at, "there is no instruction in this text");
	if (ret == -ENOMEM)
		cbpf_error_set(err, ret, "out of memory");
	if (ret)
		cbpf_free(&prog);
	else
		*out = prog;
	return ret;
}
