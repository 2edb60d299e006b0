/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "explain.h"

#include "fields.h"
#include "flow.h"
#include "insn.h"
#include "metadata.h"
#include "values.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What a register holds: a number; bits of the packet, masked and then shifted right; its length;
 * the length of an IPv4 header, 4*([k]&0xf), plus a number; or something else, as text. Text can
 * double with each instruction: past LONGEST it is A(n), what instruction n leaves in A. */
enum kind { CONSTANT, BITS, LENGTH, HEADER, OTHER };
enum { LONGEST = 256 };
struct term {
	enum kind kind;
	uint32_t k;    /* CONSTANT: the number; HEADER: where the header is */
	uint32_t plus; /* HEADER */
	struct cbpf_place place;
	uint32_t mask, shift;
	char text[LONGEST + 64]; /* a load's offset and brackets on top */
};

enum relation { EQ, NE, GT, LE, GE, LT, SET, CLEAR };
static const char *const relation_text[] = {"=", "!=", ">", "<=", ">=", "<"};

struct condition {
	struct term left, right;
	enum relation relation;
	bool implied;
};

/* The packet has `end` bytes behind `base`. */
struct need {
	struct term base;
	uint32_t end;
};

struct way {
	const struct cbpf_prog *prog;
	struct term a, x, m[BPF_MEMWORDS];
	uint32_t insn;
	struct condition *conditions;
	uint32_t count;
	struct cbpf_fact *facts; /* from the conditions, for the fields' names */
	uint32_t fact_count;
	struct need *needs; /* bytes that must be there, by what they count from */
	uint32_t need_count;
	FILE *out;
};

static struct term constant(uint32_t k)
{
	return (struct term){.kind = CONSTANT, .k = k};
}

static uint32_t all_bits(uint32_t size)
{
	return size >= 4 ? UINT32_MAX : (1U << size * 8) - 1;
}

static struct term bits(uint32_t off, uint32_t size)
{
	return (struct term){
		.kind = BITS, .place = {.off = off, .size = size}, .mask = all_bits(size)};
}

static void put_term(const struct way *w, FILE *out, const struct term *t);

static struct term too_long(const struct way *w)
{
	struct term t = {.kind = OTHER};

	snprintf(t.text, sizeof(t.text), "A(%u)", w->insn);
	return t;
}

static void put_operand(const struct way *w, FILE *out, const struct term *t);

/* `left op right` as text; without an op `left` alone. */
static struct term other(const struct way *w, const struct term *left, const char *op,
			 const struct term *right)
{
	struct term t = {.kind = OTHER};
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);

	if (!out)
		return too_long(w);
	fputs(op ? "(" : "", out);
	put_operand(w, out, left);
	if (op) {
		fprintf(out, " %s ", op);
		put_operand(w, out, right);
		fputc(')', out);
	}
	if (fclose(out) || size >= sizeof(t.text))
		t = too_long(w);
	else
		memcpy(t.text, text, size + 1);
	free(text);
	return t;
}

/* ---- instructions ---- */
static const char *const op_text[16] = {"+", "-", "*", "/", "|", "&", "<<", ">>", "neg", "%", "^"};

/* (b & 0xf) times 4 is the length of the IPv4 header that starts with byte b. */
static bool is_header_length(const struct term *a, uint8_t op, const struct term *b)
{
	return a->kind == BITS && a->place.size == 1 && a->mask == 0xf && !a->shift &&
	       !a->place.indirect && b->kind == CONSTANT &&
	       ((op == BPF_LSH && b->k == 2) || (op == BPF_MUL && b->k == 4));
}

static struct term arithmetic(const struct way *w, uint8_t op, const struct term *a,
			      const struct term *b)
{
	struct term t = *a;

	if (a->kind == CONSTANT && b->kind == CONSTANT)
		return constant(cbpf_alu(op, a->k, b->k));
	if (is_header_length(a, op, b))
		return (struct term){.kind = HEADER, .k = a->place.off};
	if (a->kind == HEADER && b->kind == CONSTANT && op == BPF_ADD) {
		t.plus += b->k;
		return t;
	}
	if (a->kind == BITS && b->kind == CONSTANT && op == BPF_AND && !a->shift) {
		t.mask &= b->k;
		return t;
	}
	if (a->kind == BITS && b->kind == CONSTANT && op == BPF_RSH && a->shift + b->k < 32) {
		t.shift += b->k;
		t.mask &= UINT32_MAX << t.shift;
		return t;
	}
	return other(w, a, op_text[op >> 4], b);
}

static void needs(struct way *w, const struct term *base, uint32_t end)
{
	for (uint32_t i = 0; i < w->need_count; i++) {
		struct need *n = &w->needs[i];

		if (n->base.kind != base->kind || n->base.k != base->k ||
		    strcmp(n->base.text, base->text))
			continue;
		if (end > n->end)
			n->end = end;
		return;
	}
	w->needs[w->need_count++] = (struct need){*base, end};
}

static struct term load_indirect(struct way *w, uint32_t k, uint32_t size)
{
	struct term t = bits(k, size), base = w->x, offset = constant(k);

	if (w->x.kind == CONSTANT) {
		t.place.off = w->x.k + k;
		base = constant(0);
	} else if (w->x.kind == HEADER && k <= UINT16_MAX && w->x.plus <= UINT16_MAX) {
		t.place.off = w->x.plus + k;
		t.place.indirect = true;
		t.place.header = w->x.k;
		base.plus = 0;
	} else {
		base = k ? other(w, &w->x, "+", &offset) : other(w, &w->x, NULL, NULL);
		t = (struct term){.kind = OTHER};
		snprintf(t.text, sizeof(t.text), "bytes[%.300s:%u]", base.text, size);
		needs(w, &base, size);
		return t;
	}
	needs(w, &base, t.place.off + size);
	return t;
}

static struct term load_absolute(struct way *w, uint32_t k, uint32_t size)
{
	const struct cbpf_ancillary *ad = cbpf_ancillary_find(k);
	const struct term start = constant(0);
	struct term t = {.kind = OTHER};
	uint32_t at = cbpf_ethernet_offset(k);
	const struct cbpf_metadatum *m;

	if (ad && ad->offset == SKF_AD_ALU_XOR_X)
		return other(w, &w->a, "^", &w->x);
	if (ad) { /* a solver's path has no other */
		m = &cbpf_metadata[cbpf_metadata_find(ad->offset)];
		snprintf(t.text, sizeof(t.text), "%s", m->say);
		t.place.size = m->hex; /* its numbers are written so */
		return t;
	}
	needs(w, &start, at + size);
	return bits(at, size);
}

static struct term load(struct way *w, const struct sock_filter *i)
{
	const struct term start = constant(0);
	uint32_t size = cbpf_load_size(i->code), at = cbpf_ethernet_offset(i->k);

	switch (BPF_MODE(i->code)) {
	case BPF_IMM:
		return constant(i->k);
	case BPF_MEM:
		return w->m[i->k];
	case BPF_LEN:
		return (struct term){.kind = LENGTH};
	case BPF_MSH:
		needs(w, &start, at + 1);
		return (struct term){.kind = HEADER, .k = at};
	case BPF_IND:
		return load_indirect(w, i->k, size);
	default:
		return load_absolute(w, i->k, size);
	}
}

static void execute(struct way *w, const struct sock_filter *i)
{
	struct term k = constant(i->k), zero = constant(0);

	switch (BPF_CLASS(i->code)) {
	case BPF_LD:
		w->a = load(w, i);
		break;
	case BPF_LDX:
		w->x = load(w, i);
		break;
	case BPF_ST:
		w->m[i->k] = w->a;
		break;
	case BPF_STX:
		w->m[i->k] = w->x;
		break;
	case BPF_ALU:
		if (BPF_OP(i->code) == BPF_NEG)
			w->a = arithmetic(w, BPF_SUB, &zero, &w->a);
		else
			w->a = arithmetic(w, BPF_OP(i->code), &w->a,
					  BPF_SRC(i->code) == BPF_X ? &w->x : &k);
		break;
	case BPF_MISC:
		if (BPF_MISCOP(i->code) == BPF_TAX)
			w->x = w->a;
		else
			w->a = w->x;
		break;
	default:
		break;
	}
	if (w->a.kind == OTHER && strlen(w->a.text) > LONGEST)
		w->a = too_long(w);
}

/* ---- conditions ---- */
static enum relation relation_of(uint16_t code, bool taken)
{
	switch (BPF_OP(code)) {
	case BPF_JEQ:
		return taken ? EQ : NE;
	case BPF_JGT:
		return taken ? GT : LE;
	case BPF_JGE:
		return taken ? GE : LT;
	default:
		return taken ? SET : CLEAR;
	}
}

static void add_fact(struct way *w, const struct condition *c)
{
	const struct term *t = &c->left;
	uint32_t most = c->right.k;

	if (t->kind != BITS || c->right.kind != CONSTANT ||
	    (t->shift && (c->relation != EQ || most > UINT32_MAX >> t->shift)))
		return;
	most <<= t->shift;
	if (c->relation != EQ && t->mask != all_bits(t->place.size))
		return;
	if (c->relation == LT && most)
		most--;
	else if (c->relation != EQ && c->relation != LE)
		return;
	w->facts[w->fact_count++] = (struct cbpf_fact){t->place, t->mask, most, c->relation != EQ};
}

/* One bit that is not set: "= 0" reads better than "!= 8". */
static void say_bit(struct condition *c)
{
	bool one = !(c->left.mask & (c->left.mask - 1));

	if (c->left.kind != BITS || c->left.shift || c->right.kind != CONSTANT || !one ||
	    c->relation != NE || c->right.k != c->left.mask)
		return;
	c->relation = EQ;
	c->right.k = 0;
}

static void add_condition(struct way *w, const struct sock_filter *i, bool taken)
{
	struct condition *c = &w->conditions[w->count++];

	c->left = w->a;
	c->right = BPF_SRC(i->code) == BPF_X ? w->x : constant(i->k);
	c->relation = relation_of(i->code, taken);
	if ((c->relation == SET || c->relation == CLEAR) && c->left.kind == BITS &&
	    !c->left.shift && c->right.kind == CONSTANT) {
		c->left.mask &= c->right.k;
		c->right = constant(0);
		c->relation = c->relation == SET ? NE : EQ;
	}
	say_bit(c);
	add_fact(w, c);
}

static bool same_bits(const struct term *a, const struct term *b)
{
	return a->kind == b->kind && a->k == b->k && a->plus == b->plus && a->mask == b->mask &&
	       a->shift == b->shift && !memcmp(&a->place, &b->place, sizeof(a->place)) &&
	       (a->kind != OTHER || !strcmp(a->text, b->text));
}

/* On one way, all hold: where bits are one number, that they are not another needs no saying; nor
 * what was said before. */
static void find_implied(struct way *w)
{
	for (uint32_t i = 0; i < w->count; i++) {
		struct condition *c = &w->conditions[i];

		for (uint32_t j = 0; j < w->count && !c->implied; j++) {
			const struct condition *d = &w->conditions[j];

			if (i == j || !same_bits(&c->left, &d->left) || d->right.kind != CONSTANT ||
			    c->right.kind != CONSTANT)
				continue;
			c->implied =
				(d->relation == EQ && c->relation != EQ) ||
				(j < i && d->relation == c->relation && d->right.k == c->right.k);
		}
	}
}

/* ---- text ---- */
static void put_number(FILE *out, uint32_t v, enum cbpf_notation notation, uint32_t size)
{
	if (notation == CBPF_ADDRESS)
		fprintf(out, "%u.%u.%u.%u", v >> 24, v >> 16 & 255, v >> 8 & 255, v & 255);
	else if (notation == CBPF_HEX)
		fprintf(out, "0x%0*x", (int)size * 2, v);
	else
		fprintf(out, "%u", v);
}

static void field_of(const struct way *w, const struct term *t, struct cbpf_field *out)
{
	cbpf_field_name(out, w->prog->linktype, &t->place, t->mask, w->facts, w->fact_count);
}

static void put_unnamed_bits(FILE *out, const struct term *t)
{
	struct cbpf_field f;

	cbpf_field_bytes(&f, &t->place, t->mask);
	fprintf(out, t->shift ? "(%s & %#x) >> %u" : "%s & %#x", f.name, t->mask, t->shift);
}

static void put_bits(const struct way *w, FILE *out, const struct term *t)
{
	struct cbpf_field f;

	field_of(w, t, &f);
	if (f.whole && f.shift == t->shift)
		fputs(f.name, out);
	else if (t->shift < f.shift) /* a field where it stands in the bytes: they have no name */
		put_unnamed_bits(out, t);
	else if (t->shift > f.shift)
		fprintf(out, "(%s & %#x) >> %u", f.name, t->mask >> f.shift, t->shift - f.shift);
	else
		fprintf(out, "%s & %#x", f.name, t->mask >> f.shift);
}

/* What has an operator of its own, and no brackets around it. */
static bool is_compound(const struct way *w, const struct term *t)
{
	struct cbpf_field f;

	if (t->kind != BITS)
		return t->kind == HEADER;
	field_of(w, t, &f);
	return !f.whole || f.shift != t->shift;
}

static void put_operand(const struct way *w, FILE *out, const struct term *t)
{
	bool brackets = is_compound(w, t);

	fputs(brackets ? "(" : "", out);
	put_term(w, out, t);
	fputs(brackets ? ")" : "", out);
}

static void put_term(const struct way *w, FILE *out, const struct term *t)
{
	switch (t->kind) {
	case CONSTANT:
		fprintf(out, "%u", t->k);
		break;
	case BITS:
		put_bits(w, out, t);
		break;
	case LENGTH:
		fputs("len", out);
		break;
	case HEADER:
		fprintf(out, t->plus ? "4*([%u]&0xf)+%u" : "4*([%u]&0xf)", t->k, t->plus);
		break;
	default:
		fputs(t->text, out);
	}
}

/* "ip.version = 4" where the program says `byte 14 & 0xf0 = 0x40`. */
static bool put_field_condition(const struct way *w, const struct condition *c)
{
	uint32_t v = c->right.k, size = c->left.place.size;
	struct cbpf_field f;

	if (c->left.kind != BITS || c->right.kind != CONSTANT || c->relation > LT)
		return false;
	field_of(w, &c->left, &f);
	if (c->left.shift && c->left.shift != f.shift)
		return false;
	if (f.shift && !c->left.shift) {
		if (c->relation > NE || v & ((1U << f.shift) - 1))
			return false;
		v >>= f.shift;
	}
	fputs(f.name, w->out);
	if (!f.whole)
		fprintf(w->out, " & %#x", c->left.mask >> f.shift);
	fprintf(w->out, " %s ", relation_text[c->relation]);
	if (v || f.whole)
		put_number(w->out, v, f.whole ? f.notation : CBPF_HEX, size);
	else
		fputc('0', w->out);
	return true;
}

static void put_condition(const struct way *w, const struct condition *c)
{
	if (put_field_condition(w, c))
		return;
	put_term(w, w->out, &c->left);
	if (c->relation == SET || c->relation == CLEAR) {
		fputs(" & ", w->out);
		put_term(w, w->out, &c->right);
		fputs(c->relation == SET ? " != 0" : " = 0", w->out);
		return;
	}
	fprintf(w->out, " %s ", relation_text[c->relation]);
	if (c->right.kind == CONSTANT && c->left.place.size)
		put_number(w->out, c->right.k, CBPF_HEX, c->left.place.size);
	else
		put_term(w, w->out, &c->right);
}

static void put_way(const struct way *w)
{
	const char *between = "";

	for (uint32_t i = 0; i < w->count; i++) {
		if (w->conditions[i].implied)
			continue;
		fputs(between, w->out);
		put_condition(w, &w->conditions[i]);
		between = ", ";
	}
	for (uint32_t i = 0; i < w->need_count; i++) {
		const struct need *n = &w->needs[i];

		fprintf(w->out, "%slen >= ", between);
		if (n->base.kind != CONSTANT) {
			put_term(w, w->out, &n->base);
			fputc('+', w->out);
		}
		fprintf(w->out, "%u", n->end);
		between = ", ";
	}
	if (!*between)
		fputs("any packet", w->out);
}

/* What a program that returns A says of it. */
static void add_answer(struct way *w, const struct cbpf_sym_path *path)
{
	const struct sock_filter *i = &w->prog->insns[path->steps[path->count - 1].insn];
	struct condition c = {
		.left = w->a, .right = constant(0), .relation = path->accept ? NE : EQ};

	if (path->failed || BPF_RVAL(i->code) != BPF_A || w->a.kind == CONSTANT)
		return;
	w->conditions[w->count++] = c;
	add_fact(w, &c);
}

/* Executes the instructions of the path; comparisons become conditions. */
static void follow(struct way *w, const struct cbpf_sym_path *path)
{
	const uint32_t last = path->steps[path->count - 1].insn;
	uint32_t n = 0, step = 0, next[2];

	while (n != last) {
		const struct sock_filter *i = &w->prog->insns[n];
		unsigned int ways = cbpf_successors(w->prog, n, next);

		w->insn = n;
		execute(w, i);
		if (ways == 2 && next[0] != next[1]) {
			bool taken = path->steps[step++].taken;

			add_condition(w, i, taken);
			n = next[!taken];
		} else {
			n = next[0];
		}
	}
}

char *cbpf_explain_path(const struct cbpf_prog *prog, const struct cbpf_sym_path *path)
{
	struct way w = {.prog = prog};
	char *text = NULL;
	size_t size;

	w.conditions = calloc(path->count, sizeof(*w.conditions));
	w.facts = calloc(path->count, sizeof(*w.facts));
	w.needs = calloc(prog->len + 1, sizeof(*w.needs));
	w.out = open_memstream(&text, &size);
	if (w.conditions && w.facts && w.needs && w.out) {
		follow(&w, path);
		add_answer(&w, path);
		find_implied(&w);
		put_way(&w);
	}
	if (w.out && fclose(w.out)) {
		free(text);
		text = NULL;
	}
	if (!w.conditions || !w.facts || !w.needs) {
		free(text);
		text = NULL;
	}
	free(w.conditions);
	free(w.facts);
	free(w.needs);
	return text;
}
