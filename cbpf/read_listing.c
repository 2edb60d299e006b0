/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The listing of `tcpdump -d`: (003) jeq      #0x88f7          jt 4	jf 8 */
#include "read.h"

#include <string.h>

/* "unimp 0x8f": an opcode that libpcap does not know is printed as a number, without its k. */
static int by_name(struct scan *s, struct sock_filter *insn)
{
	const char *first = s->at;
	struct cbpf_operand_text operand;
	char name[8];
	int ret = cbpf_read_mnemonic(s, name);

	if (ret)
		return ret;
	scan_blanks(s);
	if (!strcmp(name, "unimp")) {
		uint32_t code = 0;

		ret = scan_number(s, "an opcode", UINT16_MAX, &code);
		insn->code = (uint16_t)code;
		return ret;
	}
	ret = cbpf_read_operand(s, &operand);
	insn->k = operand.k;
	return ret ? ret : cbpf_match_op(s, first, name, operand.kind, &insn->code);
}

static int distance(struct scan *s, const char *which, uint32_t n, uint8_t *out)
{
	const char *first;
	uint32_t target;
	int ret;

	scan_blanks(s);
	first = s->at;
	if (!scan_word(s, which))
		return scan_expected(s, which);
	scan_blanks(s);
	ret = scan_number(s, "the target of a jump", INT32_MAX, &target);
	if (ret)
		return ret;
	if (target <= n || target - n - 1 > UINT8_MAX)
		return scan_fail(s, first,
				 "instruction %u cannot jump to %u: %s reaches from %u to %u", n,
				 target, which, n + 1, n + 1 + UINT8_MAX);
	*out = (uint8_t)(target - n - 1);
	return 0;
}

static int number(struct scan *s, uint32_t n)
{
	const char *first = s->at;
	uint32_t seen;
	int ret;

	if (!scan_char(s, '('))
		return scan_expected(s, "'(' of an instruction's number");
	ret = scan_number(s, "an instruction's number", INT32_MAX, &seen);
	if (ret)
		return ret;
	if (seen != n)
		return scan_fail(
			s, first,
			"instruction %u stands where %u should: a line is missing or moved", seen,
			n);
	if (!scan_char(s, ')'))
		return scan_expected(s, "')'");
	scan_blanks(s);
	return 0;
}

static int line(struct scan *s, uint32_t n, struct sock_filter *insn)
{
	int ret = number(s, n);

	if (!ret)
		ret = by_name(s, insn);
	if (!ret && cbpf_is_branch(insn->code)) {
		ret = distance(s, "jt", n, &insn->jt);
		if (!ret)
			ret = distance(s, "jf", n, &insn->jf);
	}
	if (insn->code == (BPF_JMP | BPF_JA))
		insn->k -= n + 1;
	if (ret)
		return ret;
	scan_blanks(s);
	scan_char(s, '\r');
	return scan_done(s) || scan_char(s, '\n') ? 0 : scan_expected(s, "the end of the line");
}

int cbpf_read_listing(struct cbpf_prog *prog, struct scan *s)
{
	size_t room = 0;
	int ret;

	for (scan_space(s); !scan_done(s); scan_space(s)) {
		struct sock_filter insn = {0};

		ret = line(s, prog->len, &insn);
		if (!ret)
			ret = cbpf_append(prog, &room, insn);
		if (ret)
			return ret;
	}
	return 0;
}
