/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "vm_columns.h"

#include "insn.h"
#include "values.h"

#include <arpa/inet.h>
#include <string.h>

#define ROOM                                                                                       \
	(CBPF_COLUMNS_BATCH + 8) /* one more than a list holds is written to, and not counted */

struct list {
	uint8_t count, at[ROOM];
};

struct batch {
	const struct cbpf_packet *pkts;
	uint32_t *rets;
	uint32_t a[CBPF_COLUMNS_BATCH], x[CBPF_COLUMNS_BATCH];
	struct list lists[CBPF_COLUMNS_INSNS]; /* who comes to each instruction */
};

static bool can_load(const struct sock_filter *i)
{
	switch (BPF_MODE(i->code)) {
	case BPF_MEM:
		return false;
	case BPF_ABS:
	case BPF_MSH:
		return i->k <= INT32_MAX;
	default:
		return true;
	}
}

bool cbpf_columns_can(const struct cbpf_prog *prog)
{
	if (prog->len > CBPF_COLUMNS_INSNS)
		return false;
	for (uint32_t n = 0; n < prog->len; n++) {
		const struct sock_filter *i = &prog->insns[n];

		switch (BPF_CLASS(i->code)) {
		case BPF_LD:
		case BPF_LDX:
			if (!can_load(i))
				return false;
			break;
		case BPF_ST:
		case BPF_STX:
			return false;
		case BPF_ALU:
			if (BPF_SRC(i->code) == BPF_X &&
			    (BPF_OP(i->code) == BPF_DIV || BPF_OP(i->code) == BPF_MOD))
				return false;
		}
	}
	return true;
}

/* ---- what goes on with all ---- */

static void pass_on(struct list *to, const struct list *from)
{
	memcpy(to->at + to->count, from->at, from->count);
	to->count += from->count;
}

static uint32_t get(const uint8_t *p, uint32_t size)
{
	uint16_t half;
	uint32_t word;

	if (size == 1)
		return *p;
	if (size == 2) {
		memcpy(&half, p, 2);
		return ntohs(half);
	}
	memcpy(&word, p, 4);
	return ntohl(word);
}

/* Those whose packet has the bytes go on with them; of the others the answer, 0, stands already.
 * X + k wraps, and beyond 2^31 may count from a header: cbpf_load() knows. */
static inline __attribute__((always_inline)) void load(struct batch *b, const struct list *from,
						       struct list *to, uint32_t k, uint32_t size,
						       bool indirect, bool header)
{
	uint8_t n = to->count;

	for (uint32_t j = 0; j < from->count; j++) {
		const uint8_t p = from->at[j];
		const struct cbpf_packet *pkt = &b->pkts[p];
		const uint32_t at = indirect ? b->x[p] + k : k;

		if ((uint64_t)at + size > pkt->caplen) {
			if (!indirect || at <= INT32_MAX ||
			    !cbpf_load(pkt, cbpf_resolve(pkt, at), size, &b->a[p]))
				continue;
		} else if (header) {
			b->x[p] = (get(pkt->data + at, 1) & 0xf) * 4;
		} else {
			b->a[p] = get(pkt->data + at, size);
		}
		to->at[n++] = p;
	}
	to->count = n;
}

static void load_bytes(struct batch *b, const struct sock_filter *i, const struct list *from,
		       struct list *to)
{
	bool indirect = BPF_MODE(i->code) == BPF_IND;

	if (BPF_MODE(i->code) == BPF_MSH)
		load(b, from, to, i->k, 1, false, true);
	else if (BPF_SIZE(i->code) == BPF_B && indirect)
		load(b, from, to, i->k, 1, true, false);
	else if (BPF_SIZE(i->code) == BPF_H && indirect)
		load(b, from, to, i->k, 2, true, false);
	else if (indirect)
		load(b, from, to, i->k, 4, true, false);
	else if (BPF_SIZE(i->code) == BPF_B)
		load(b, from, to, i->k, 1, false, false);
	else if (BPF_SIZE(i->code) == BPF_H)
		load(b, from, to, i->k, 2, false, false);
	else
		load(b, from, to, i->k, 4, false, false);
}

static void load_number(struct batch *b, const struct sock_filter *i, const struct list *from)
{
	uint32_t *reg = BPF_CLASS(i->code) == BPF_LDX ? b->x : b->a;

	for (uint32_t j = 0; j < from->count; j++)
		reg[from->at[j]] = BPF_MODE(i->code) == BPF_LEN ? b->pkts[from->at[j]].len : i->k;
}

static void arithmetic(struct batch *b, const struct sock_filter *i, const struct list *from)
{
	for (uint32_t j = 0; j < from->count; j++) {
		const uint8_t p = from->at[j];

		b->a[p] = cbpf_alu(BPF_OP(i->code), b->a[p],
				   BPF_SRC(i->code) == BPF_X ? b->x[p] : i->k);
	}
}

static void copy(struct batch *b, const struct sock_filter *i, const struct list *from)
{
	bool tax = BPF_MISCOP(i->code) == BPF_TAX;
	const uint32_t *have = tax ? b->a : b->x;
	uint32_t *want = tax ? b->x : b->a;

	for (uint32_t j = 0; j < from->count; j++)
		want[from->at[j]] = have[from->at[j]];
}

/* ---- comparisons ---- */

static inline __attribute__((always_inline)) bool holds(uint32_t op, uint32_t a, uint32_t v)
{
	return op == BPF_JEQ   ? a == v
	       : op == BPF_JGT ? a > v
	       : op == BPF_JGE ? a >= v
			       : (a & v) != 0;
}

/* The smaller of the two numbers of those that parted. */
static inline __attribute__((always_inline)) uint32_t part(const struct batch *b, uint32_t op,
							   const struct sock_filter *i,
							   const struct list *from, struct list *t,
							   struct list *f)
{
	uint32_t nt = t->count, nf = f->count, were = nt, yes;

	for (uint32_t j = 0; j < from->count; j++) {
		const uint8_t p = from->at[j];
		const uint32_t v = BPF_SRC(i->code) == BPF_X ? b->x[p] : i->k;
		const bool c = holds(op, b->a[p], v);

		t->at[nt] = p;
		nt += c;
		f->at[nf] = p;
		nf += !c;
	}
	t->count = (uint8_t)nt;
	f->count = (uint8_t)nf;
	yes = nt - were;
	return yes < from->count - yes ? yes : from->count - yes;
}

static uint32_t jump(struct batch *b, const struct sock_filter *i, struct list *from)
{
	struct list *next = from + 1;

	if (BPF_OP(i->code) == BPF_JA || i->jt == i->jf) {
		pass_on(next + (BPF_OP(i->code) == BPF_JA ? i->k : i->jt), from);
		return 0;
	}
	switch (BPF_OP(i->code)) {
	case BPF_JEQ:
		return part(b, BPF_JEQ, i, from, next + i->jt, next + i->jf);
	case BPF_JGT:
		return part(b, BPF_JGT, i, from, next + i->jt, next + i->jf);
	case BPF_JGE:
		return part(b, BPF_JGE, i, from, next + i->jt, next + i->jf);
	default:
		return part(b, BPF_JSET, i, from, next + i->jt, next + i->jf);
	}
}

static void answer(struct batch *b, const struct sock_filter *i, const struct list *from)
{
	for (uint32_t j = 0; j < from->count; j++)
		b->rets[from->at[j]] = BPF_RVAL(i->code) == BPF_A ? b->a[from->at[j]] : i->k;
}

/* ---- the program ---- */

static uint32_t step(struct batch *b, const struct sock_filter *i, struct list *from)
{
	switch (BPF_CLASS(i->code)) {
	case BPF_LD:
	case BPF_LDX:
		if (BPF_MODE(i->code) != BPF_IMM && BPF_MODE(i->code) != BPF_LEN) {
			load_bytes(b, i, from, from + 1);
			return 0;
		}
		load_number(b, i, from);
		break;
	case BPF_ALU:
		arithmetic(b, i, from);
		break;
	case BPF_MISC:
		copy(b, i, from);
		break;
	case BPF_JMP:
		return jump(b, i, from);
	default: /* BPF_RET */
		answer(b, i, from);
		return 0;
	}
	pass_on(from + 1, from);
	return 0;
}

uint32_t cbpf_columns_run(const struct sock_filter *insns, uint32_t len,
			  const struct cbpf_packet *pkts, uint32_t count, uint32_t *rets)
{
	struct batch b;
	uint32_t mixed = 0;

	b.pkts = pkts;
	b.rets = rets;
	memset(rets, 0, count * sizeof(*rets));
	memset(b.a, 0, sizeof(b.a));
	memset(b.x, 0, sizeof(b.x));
	for (uint32_t n = 0; n < len; n++)
		b.lists[n].count = 0;
	for (uint32_t p = 0; p < count; p++)
		b.lists[0].at[p] = (uint8_t)p;
	b.lists[0].count = (uint8_t)count;
	for (uint32_t n = 0; n < len; n++)
		if (b.lists[n].count)
			mixed += step(&b, &insns[n], &b.lists[n]);
	return mixed;
}
