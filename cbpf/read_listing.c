/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The listing of `tcpdump -d`: (003) jeq      #0x88f7          jt 4	jf 8 */
#include "read.h"

#include <ctype.h>
#include <string.h>

/* What stands between the brackets of an absolute load. */
static int absolute(struct scan *s, uint32_t *k)
{
	for (const struct cbpf_ancillary *a = cbpf_ancillaries; a->tcpdump; a++)
		if (scan_word(s, a->tcpdump)) {
			*k = (uint32_t)SKF_AD_OFF + a->offset;
			return 0;
		}
	return scan_number(s, "an offset or the name of an ancillary load", UINT32_MAX, k);
}

static int closed(struct scan *s, const char *tail, int ret)
{
	if (!ret && !scan_word(s, tail))
		ret = scan_expected(s, tail);
	return ret;
}

/* The operand tells which of the instructions of that name it is: 0, -EBADMSG. */
static int operand(struct scan *s, enum cbpf_operand *kind, uint32_t *k)
{
	*k = 0;
	*kind = OPERAND_NONE;
	if (scan_done(s) || *s->at == '\n' || *s->at == '\r')
		return 0;
	if (scan_word(s, "#pktlen")) {
		*kind = OPERAND_LEN;
		return 0;
	}
	if (scan_word(s, "4*([")) {
		*kind = OPERAND_MSH;
		return closed(s, "]&0xf)", scan_number(s, "an offset", UINT32_MAX, k));
	}
	if (scan_word(s, "M[")) {
		*kind = OPERAND_MEM;
		return closed(s, "]", scan_number(s, "the number of a memory word", UINT32_MAX, k));
	}
	if (scan_word(s, "[x + ")) {
		*kind = OPERAND_IND;
		return closed(s, "]", scan_number(s, "an offset", UINT32_MAX, k));
	}
	if (scan_char(s, '[')) {
		*kind = OPERAND_ABS;
		return closed(s, "]", absolute(s, k));
	}
	if (scan_char(s, '#')) {
		*kind = OPERAND_HEX;
		return scan_number(s, "a number", UINT32_MAX, k);
	}
	if (scan_word(s, "x")) {
		*kind = OPERAND_X;
		return 0;
	}
	if (scan_word(s, "a")) {
		*kind = OPERAND_A;
		return 0;
	}
	*kind = OPERAND_TARGET;
	return scan_number(s, "an operand", UINT32_MAX, k);
}

static bool same_kind(const struct cbpf_op *op, enum cbpf_operand kind)
{
	switch (op->operand) {
	case OPERAND_DEC:
		return kind == OPERAND_HEX;
	case OPERAND_A:
		return kind == OPERAND_A || kind == OPERAND_NONE; /* libpcap prints none */
	default:
		return op->operand == kind;
	}
}

static int mnemonic(struct scan *s, char name[8])
{
	size_t n = 0;

	while (s->at + n < s->end && n < 7 && isalpha((unsigned char)s->at[n])) {
		name[n] = (char)tolower((unsigned char)s->at[n]);
		n++;
	}
	name[n] = 0;
	if (!n)
		return scan_expected(s, "an instruction");
	s->at += n;
	return 0;
}

/* "unimp 0x8f": an opcode that libpcap does not know is printed as a number, without its k. */
static int by_name(struct scan *s, struct sock_filter *insn)
{
	const char *first = s->at;
	enum cbpf_operand kind;
	char name[8];
	bool known = false;
	int ret = mnemonic(s, name);

	if (ret)
		return ret;
	scan_blanks(s);
	if (!strcmp(name, "unimp")) {
		uint32_t code = 0;

		ret = scan_number(s, "an opcode", UINT16_MAX, &code);
		insn->code = (uint16_t)code;
		return ret;
	}
	ret = operand(s, &kind, &insn->k);
	if (ret)
		return ret;
	for (const struct cbpf_op *op = cbpf_ops; op->name[0]; op++) {
		if (strcmp(op->name, name))
			continue;
		known = true;
		if (same_kind(op, kind)) {
			insn->code = op->code;
			return 0;
		}
	}
	return known ? scan_fail(s, first, "'%s' takes no such operand", name)
		     : scan_fail(s, first, "there is no instruction '%s'", name);
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
