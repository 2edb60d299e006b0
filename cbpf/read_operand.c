/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Operands, as tcpdump lists them and as bpf_asm takes them: [12], [x + 12], [vlan_tci],
 * #vlan_avail. */
#include "read.h"

#include <ctype.h>
#include <string.h>

static bool ancillary(struct scan *s, uint32_t *k)
{
	for (const struct cbpf_ancillary *a = cbpf_ancillaries; a->tcpdump; a++)
		if (scan_word(s, a->tcpdump) || (a->bpf_asm && scan_word(s, a->bpf_asm))) {
			*k = (uint32_t)SKF_AD_OFF + a->offset;
			return true;
		}
	if (scan_word(s, "vlan_pr")) { /* bpf_asm's older word for vlan_avail */
		*k = (uint32_t)SKF_AD_OFF + SKF_AD_VLAN_TAG_PRESENT;
		return true;
	}
	return false;
}

static bool x_register(struct scan *s)
{
	return scan_word(s, "x") || scan_word(s, "%x");
}

static int closed(struct scan *s, const char *tail, int ret)
{
	scan_blanks(s);
	if (!ret && !scan_word(s, tail))
		ret = scan_expected(s, tail);
	return ret;
}

/* Behind '[': k, a name, x, x + k or x - k. */
static int bracket(struct scan *s, struct cbpf_operand_text *out)
{
	bool minus;
	int ret;

	scan_blanks(s);
	out->kind = OPERAND_ABS;
	if (!x_register(s)) {
		if (ancillary(s, &out->k))
			return closed(s, "]", 0);
		return closed(s, "]",
			      scan_number(s, "an offset or the name of an ancillary load",
					  UINT32_MAX, &out->k));
	}
	out->kind = OPERAND_IND;
	scan_blanks(s);
	minus = scan_char(s, '-');
	if (!minus && !scan_char(s, '+'))
		return closed(s, "]", 0);
	scan_blanks(s);
	ret = scan_number(s, "an offset", UINT32_MAX, &out->k);
	if (minus)
		out->k = -out->k;
	return closed(s, "]", ret);
}

/* Behind '#', or a bare word: a number, the length, the name of an ancillary load. */
static int immediate(struct scan *s, struct cbpf_operand_text *out)
{
	out->kind = OPERAND_LEN;
	if (scan_word(s, "pktlen") || scan_word(s, "len"))
		return 0;
	out->kind = OPERAND_ABS;
	if (ancillary(s, &out->k))
		return 0;
	out->kind = OPERAND_HEX;
	return scan_number(s, "a number", UINT32_MAX, &out->k);
}

int cbpf_read_operand(struct scan *s, struct cbpf_operand_text *out)
{
	*out = (struct cbpf_operand_text){.kind = OPERAND_NONE};
	if (scan_done(s) || *s->at == '\n' || *s->at == '\r' || *s->at == ';')
		return 0;
	if (scan_word(s, "4*([")) {
		out->kind = OPERAND_MSH;
		return closed(s, "]&0xf)", scan_number(s, "an offset", UINT32_MAX, &out->k));
	}
	if (scan_word(s, "M[")) {
		out->kind = OPERAND_MEM;
		return closed(s, "]",
			      scan_number(s, "the number of a memory word", UINT32_MAX, &out->k));
	}
	if (scan_char(s, '['))
		return bracket(s, out);
	if (scan_char(s, '#'))
		return immediate(s, out);
	if (x_register(s)) {
		out->kind = OPERAND_X;
		return 0;
	}
	if (scan_word(s, "a") || scan_word(s, "%a")) {
		out->kind = OPERAND_A;
		return 0;
	}
	if (isdigit((unsigned char)*s->at) || *s->at == '-') {
		out->kind = OPERAND_TARGET;
		return scan_number(s, "an operand", UINT32_MAX, &out->k);
	}
	return isalpha((unsigned char)*s->at) ? immediate(s, out) : scan_expected(s, "an operand");
}

int cbpf_read_mnemonic(struct scan *s, char name[8])
{
	size_t n = 0;

	while (s->at + n < s->end && n < 7 && isalpha((unsigned char)s->at[n])) {
		name[n] = (char)tolower((unsigned char)s->at[n]);
		n++;
	}
	name[n] = 0;
	if (!n)
		return scan_expected(s, "an instruction");
	if (s->at + n < s->end && isalpha((unsigned char)s->at[n]))
		return scan_fail(s, s->at, "there is no instruction '%s...'", name);
	s->at += n;
	return 0;
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

int cbpf_match_op(struct scan *s, const char *first, const char *name, enum cbpf_operand kind,
		  uint16_t *code)
{
	bool known = false;

	for (const struct cbpf_op *op = cbpf_ops; op->name[0]; op++) {
		if (strcmp(op->name, name))
			continue;
		known = true;
		if (same_kind(op, kind)) {
			*code = op->code;
			return 0;
		}
	}
	return known ? scan_fail(s, first, "'%s' takes no such operand", name)
		     : scan_fail(s, first, "there is no instruction '%s'", name);
}
