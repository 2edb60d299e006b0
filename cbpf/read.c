/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "read.h"

#include <ctype.h>
#include <errno.h>

static enum cbpf_form recognise(const struct scan *s)
{
	struct scan t = *s;

	scan_space(&t);
	if (scan_done(&t))
		return CBPF_FORM_AUTO;
	if (*t.at == '(')
		return CBPF_FORM_D;
	if (*t.at == '{')
		return CBPF_FORM_DD;
	return isdigit((unsigned char)*t.at) ? CBPF_FORM_DDD : CBPF_FORM_AUTO;
}

static int dispatch(struct cbpf_prog *prog, struct scan *s, enum cbpf_form form)
{
	switch (form) {
	case CBPF_FORM_D:
		return cbpf_read_listing(prog, s);
	case CBPF_FORM_DD:
		return cbpf_read_braces(prog, s);
	case CBPF_FORM_DDD:
		return cbpf_read_counted(prog, s);
	default:
		scan_space(s);
		return scan_done(s) ? scan_fail(s, s->at, "there is no program in this text")
				    : scan_expected(s, "a program (tcpdump -d, -dd or -ddd)");
	}
}

int cbpf_read(struct cbpf_prog *out, const char *text, size_t len, enum cbpf_form form,
	      struct cbpf_error *err)
{
	struct scan s = {.start = text, .at = text, .end = text + len, .err = err};
	struct cbpf_prog prog = {.linktype = -1, .snaplen = CBPF_SNAPLEN_DEFAULT};
	int ret = dispatch(&prog, &s, form == CBPF_FORM_AUTO ? recognise(&s) : form);

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
