/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The assembler of Linux' tools/bpf/bpf_asm: labels, ancillary names, jne, jlt and jle; and one
 * word of our own, `.insn code, jt, jf, k`, for an instruction that it cannot spell. */
#include "read.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct name {
	const char *at; /* in the text */
	size_t len;
	uint32_t insn; /* label: where it stands; reference: who jumps */
	enum { JUMP_TRUE, JUMP_FALSE, JUMP_ALWAYS } side;
};

struct names {
	struct name *all;
	size_t count, room;
};

struct assembler {
	struct cbpf_prog *prog;
	size_t room;
	struct names labels, uses;
};

static int add_name(struct names *n, struct name name)
{
	if (n->count == n->room) {
		size_t more = n->room ? n->room * 2 : 32;
		void *p = reallocarray(n->all, more, sizeof(name));

		if (!p)
			return -ENOMEM;
		n->all = p;
		n->room = more;
	}
	n->all[n->count++] = name;
	return 0;
}

static size_t word_length(const struct scan *s)
{
	const char *p = s->at;

	if (p < s->end && (isalpha((unsigned char)*p) || *p == '_'))
		while (p < s->end && (isalnum((unsigned char)*p) || *p == '_'))
			p++;
	return (size_t)(p - s->at);
}

/* "name:" */
static bool take_label(struct scan *s, struct name *out)
{
	struct scan t = *s;

	out->at = s->at;
	out->len = word_length(s);
	t.at += out->len;
	scan_blanks(&t);
	if (!out->len || !scan_char(&t, ':'))
		return false;
	s->at = t.at;
	return true;
}

static int take_use(struct assembler *as, struct scan *s, int side)
{
	struct name use = {.at = s->at, .len = word_length(s), .insn = as->prog->len, .side = side};

	if (!use.len)
		return scan_expected(s, "a label");
	s->at += use.len;
	return add_name(&as->uses, use);
}

static int comma(struct scan *s)
{
	scan_blanks(s);
	if (!scan_char(s, ','))
		return scan_expected(s, "a comma");
	scan_blanks(s);
	return 0;
}

/* jne, jlt and jle are jeq, jge and jgt with the sides exchanged. */
static bool exchange(char name[8])
{
	static const char *const inverse[][2] = {
		{"jne", "jeq"}, {"jneq", "jeq"}, {"jlt", "jge"}, {"jle", "jgt"}};

	for (size_t i = 0; i < sizeof(inverse) / sizeof(inverse[0]); i++)
		if (!strcmp(name, inverse[i][0])) {
			strcpy(name, inverse[i][1]);
			return true;
		}
	return false;
}

/* Behind the operand of a comparison: ", true, false", or ", true" alone where the other falls
 * through. */
static int sides(struct assembler *as, struct scan *s, bool exchanged)
{
	int ret = comma(s);
	struct scan t;

	if (!ret)
		ret = take_use(as, s, exchanged ? JUMP_FALSE : JUMP_TRUE);
	if (ret || exchanged)
		return ret;
	t = *s;
	scan_blanks(&t);
	if (!scan_char(&t, ','))
		return 0;
	scan_blanks(&t);
	*s = t;
	return take_use(as, s, JUMP_FALSE);
}

static int raw_insn(struct scan *s, struct sock_filter *insn)
{
	static const char *const names[] = {"an opcode", "jt", "jf", "k"};
	static const uint32_t max[] = {UINT16_MAX, UINT8_MAX, UINT8_MAX, UINT32_MAX};
	uint32_t v[4];

	for (int i = 0; i < 4; i++) {
		int ret = i ? comma(s) : 0;

		scan_blanks(s);
		if (!ret)
			ret = scan_number(s, names[i], max[i], &v[i]);
		if (ret)
			return ret;
	}
	*insn = (struct sock_filter){(uint16_t)v[0], (uint8_t)v[1], (uint8_t)v[2], v[3]};
	return 0;
}

/* bpf_asm's other words for the same: ldi, ldxi, jmp, and ldx for ldxb. */
static void canonical(char name[8], enum cbpf_operand *kind)
{
	if (!strcmp(name, "ldi") || !strcmp(name, "ldxi")) {
		name[strlen(name) - 1] = 0;
		if (*kind == OPERAND_TARGET)
			*kind = OPERAND_HEX;
	}
	if (!strcmp(name, "ldx") && *kind == OPERAND_MSH)
		strcpy(name, "ldxb");
}

/* Before its operand is read: of "hello world" the first word is wrong. */
static int known(struct scan *s, const char *first, const char *name)
{
	for (const struct cbpf_op *op = cbpf_ops; op->name[0]; op++)
		if (!strcmp(op->name, name))
			return 0;
	return !strcmp(name, "ldi") || !strcmp(name, "ldxi")
		       ? 0
		       : scan_fail(s, first, "there is no instruction '%s'", name);
}

static int instruction(struct assembler *as, struct scan *s, struct sock_filter *insn)
{
	const char *first = s->at;
	struct cbpf_operand_text operand;
	bool exchanged;
	char name[8];
	int ret;

	if (scan_word(s, ".insn")) {
		scan_blanks(s);
		return raw_insn(s, insn);
	}
	ret = cbpf_read_mnemonic(s, name);
	if (ret)
		return ret;
	scan_blanks(s);
	if (!strcmp(name, "ja") || !strcmp(name, "jmp")) {
		insn->code = BPF_JMP | BPF_JA;
		return take_use(as, s, JUMP_ALWAYS);
	}
	exchanged = exchange(name);
	ret = known(s, first, name);
	if (!ret)
		ret = cbpf_read_operand(s, &operand);
	if (ret)
		return ret;
	canonical(name, &operand.kind);
	insn->k = operand.k;
	ret = cbpf_match_op(s, first, name, operand.kind, &insn->code);
	return !ret && cbpf_is_branch(insn->code) ? sides(as, s, exchanged) : ret;
}

static int by_text(const void *a, const void *b)
{
	const struct name *x = a, *y = b;
	int diff = memcmp(x->at, y->at, x->len < y->len ? x->len : y->len);

	return diff ? diff : x->len < y->len ? -1 : x->len > y->len;
}

static int resolve(struct scan *s, struct sock_filter *insns, const struct name *use,
		   const struct name *label)
{
	struct sock_filter *insn = &insns[use->insn];
	uint32_t distance;

	if (!label)
		return scan_fail(s, use->at, "there is no label '%.*s'",
				 (int)(use->len > 40 ? 40 : use->len), use->at);
	if (label->insn <= use->insn)
		return scan_fail(s, use->at,
				 "insn %u jumps back to insn %u; a filter only jumps forward",
				 use->insn, label->insn);
	distance = label->insn - use->insn - 1;
	if (use->side != JUMP_ALWAYS && distance > UINT8_MAX)
		return scan_fail(s, use->at,
				 "insn %u jumps to insn %u, too far: a comparison reaches %u",
				 use->insn, label->insn, use->insn + 1 + UINT8_MAX);
	if (use->side == JUMP_ALWAYS)
		insn->k = distance;
	else if (use->side == JUMP_TRUE)
		insn->jt = (uint8_t)distance;
	else
		insn->jf = (uint8_t)distance;
	return 0;
}

static int link_labels(struct assembler *as, struct scan *s)
{
	struct names *l = &as->labels;
	int ret = 0;

	if (l->count)
		qsort(l->all, l->count, sizeof(*l->all), by_text);
	for (size_t i = 1; i < l->count; i++)
		if (!by_text(&l->all[i - 1], &l->all[i]))
			return scan_fail(
				s,
				l->all[i].at > l->all[i - 1].at ? l->all[i].at : l->all[i - 1].at,
				"the label '%.*s' stands twice",
				(int)(l->all[i].len > 40 ? 40 : l->all[i].len), l->all[i].at);
	for (size_t i = 0; !ret && i < as->uses.count; i++) {
		const struct name *use = &as->uses.all[i];
		const struct name *label =
			l->count ? bsearch(use, l->all, l->count, sizeof(*l->all), by_text) : NULL;

		ret = resolve(s, as->prog->insns, use, label);
	}
	return ret;
}

static int statement(struct assembler *as, struct scan *s)
{
	struct sock_filter insn = {0};
	struct name label = {0};
	int ret;

	if (take_label(s, &label)) {
		label.insn = as->prog->len;
		return add_name(&as->labels, label);
	}
	ret = instruction(as, s, &insn);
	return ret ? ret : cbpf_append(as->prog, &as->room, insn);
}

int cbpf_read_asm(struct cbpf_prog *prog, struct scan *s)
{
	struct assembler as = {.prog = prog};
	int ret;

	s->c_numbers = true;
	for (ret = scan_comments(s); !ret && !scan_done(s);) {
		ret = statement(&as, s);
		if (!ret)
			ret = scan_comments(s);
	}
	if (!ret)
		ret = link_labels(&as, s);
	free(as.labels.all);
	free(as.uses.all);
	return ret;
}
