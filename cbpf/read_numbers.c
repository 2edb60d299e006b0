/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The forms that are numbers only: four per instruction, with something between them. */
#include "read.h"

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

int cbpf_read_braces(struct cbpf_prog *prog, struct scan *s)
{
	struct sock_filter insn;
	size_t room = 0;
	int ret;

	for (scan_space(s); !scan_done(s); scan_space(s)) {
		if (!scan_char(s, '{'))
			return scan_expected(s, "'{' of an instruction");
		scan_space(s);
		ret = quad(s, ',', &insn);
		if (!ret)
			ret = cbpf_append(prog, &room, insn);
		if (ret)
			return ret;
		scan_space(s);
		if (!scan_char(s, '}'))
			return scan_expected(s, "'}'");
		scan_space(s);
		if (!scan_char(s, ',') && !scan_done(s))
			return scan_expected(s, "a comma");
	}
	return 0;
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
