/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The fast VM. A program is decoded once: each instruction becomes the address of the code that
 * does it, its constants and the instructions it may jump to. A load that is followed by a
 * comparison does both at once; the comparison stays in its place for those who jump to it. */
#include "vm.h"

#include "check.h"
#include "insn.h"
#include "vm_columns.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* lists and labels made by macros */
/* clang-format off */
#define ALU_OPS(X) X(ADD) X(SUB) X(MUL) X(DIV) X(MOD) X(OR) X(AND) X(XOR) X(LSH) X(RSH)
#define JUMP_OPS(X) X(JEQ) X(JGT) X(JGE) X(JSET)
/* Loads: absolute ones, and those relative to X. */
#define LOAD_OPS(X) X(LDB) X(LDH) X(LDW) X(LDBX) X(LDHX) X(LDWX)
#define FUSED_OF(X, load) X(load, JEQ) X(load, JGT) X(load, JGE) X(load, JSET)
#define FUSED_OPS(X)                                                                               \
	FUSED_OF(X, LDB) FUSED_OF(X, LDH) FUSED_OF(X, LDW)                                         \
	FUSED_OF(X, LDBX) FUSED_OF(X, LDHX) FUSED_OF(X, LDWX)

#define SINGLE_OPS(X)                                                                              \
	X(NEG) X(JA) X(RET_K) X(RET_A) X(TAX) X(TXA) X(ST) X(STX) X(LD_IMM) X(LDX_IMM) X(LD_MEM)    \
	X(LDX_MEM) X(LD_LEN) X(LDX_LEN) X(MSH) X(LD_FAR) X(MSH_FAR) X(ANC)

enum {
#define BOTH(op) DO_##op##_K, DO_##op##_X,
#define PAIR(load, jump) DO_##load##_##jump, DO_##load##_##jump##_END,
#define SINGLE(op) DO_##op,
#define END(op) DO_##op##_END,
	ALU_OPS(BOTH) JUMP_OPS(BOTH) JUMP_OPS(END) LOAD_OPS(SINGLE) FUSED_OPS(PAIR)
	SINGLE_OPS(SINGLE) DO_COUNT
#undef BOTH
#undef PAIR
#undef SINGLE
#undef END
};

/* clang-format on */

#define COLUMNS_MIN 16  /* packets: fewer are not worth the lists */
#define LIKE_BATCHES 15 /* without asking again */

struct op {
	const void *go; /* the code's address in exec() */
	uint32_t k;
	uint32_t v;             /* a fused comparison's constant; LD_FAR: the size */
	const struct op *t, *f; /* where a jump goes */
};

struct cbpf_vm {
	uint32_t len;
	struct sock_filter *insns; /* for vm_columns.c; NULL: not for it */
	struct op ops[];
};

static uint16_t get16(const uint8_t *p)
{
	uint16_t v;

	memcpy(&v, p, sizeof(v));
	return ntohs(v);
}

static uint32_t get32(const uint8_t *p)
{
	uint32_t v;

	memcpy(&v, p, sizeof(v));
	return ntohl(v);
}

/* A load from where X + k points, wherever that is. */
static bool load_far(const struct cbpf_packet *pkt, uint32_t offset, uint32_t size, uint32_t *a)
{
	return cbpf_load(pkt, cbpf_resolve(pkt, offset), size, a);
}

/* clang-format off */

/* Runs from `first` on, for each of `count` packets, 1 or more. With `labels` it only tells the
 * addresses of its code, by DO_ number. */
#ifndef __clang__ /* gcc would make the many indirect jumps one again */
__attribute__((optimize("no-crossjumping", "no-gcse")))
#endif
static void exec(const struct op *first, const struct cbpf_packet *pkt, uint32_t count,
		 uint32_t *rets, const void *const **labels)
{
#define BOTH(op) &&op##_K, &&op##_X,
#define PAIR(load, jump) &&load##_##jump, &&load##_##jump##_END,
#define SINGLE(op) &&op,
#define END(op) &&op##_END,
	static const void *const table[DO_COUNT] = {
		ALU_OPS(BOTH) JUMP_OPS(BOTH) JUMP_OPS(END) LOAD_OPS(SINGLE) FUSED_OPS(PAIR)
		SINGLE_OPS(SINGLE)
	};
#undef BOTH
#undef PAIR
#undef SINGLE
#undef END
	const struct cbpf_packet *end;
	uint32_t a, x, m[BPF_MEMWORDS];
	const struct op *op;
	const uint8_t *data;
	uint64_t caplen;

	if (labels) {
		*labels = table;
		return;
	}
	end = pkt + count;
begin:
	data = pkt->data;
	caplen = pkt->caplen;
	a = x = 0;
	op = first;
	goto *op->go;
zero:
	a = 0;
done:
	*rets++ = a;
	if (++pkt != end)
		goto begin;
	return;

#define RETURN(v)                                                                                  \
	do {                                                                                       \
		a = (v);                                                                           \
		goto done;                                                                         \
	} while (0)

#define NEXT goto *(++op)->go
#define TO(where)                                                                                  \
	do {                                                                                       \
		op = (where);                                                                      \
		goto *op->go;                                                                     \
	} while (0)

/* A branch of its own for each side: predicted better than one jump to a place that was
 * computed. */
#define CHOOSE(condition)                                                                          \
	do {                                                                                       \
		if (condition)                                                                     \
			TO(op->t);                                                                 \
		TO(op->f);                                                                         \
	} while (0)

#define ALU(name, expr)                                                                            \
	name##_K:                                                                                  \
	{                                                                                          \
		const uint32_t v = op->k;                                                          \
		a = (expr);                                                                        \
		NEXT;                                                                              \
	}                                                                                          \
	name##_X:                                                                                  \
	{                                                                                          \
		const uint32_t v = x;                                                              \
		a = (expr);                                                                        \
		NEXT;                                                                              \
	}
	ALU(ADD, a + v)
	ALU(SUB, a - v)
	ALU(MUL, a * v)
	ALU(OR, a | v)
	ALU(AND, a & v)
	ALU(XOR, a ^ v)
	ALU(LSH, a << (v & 31))
	ALU(RSH, a >> (v & 31))
NEG:
	a = -a;
	NEXT;
DIV_K:
	a /= op->k;
	NEXT;
MOD_K:
	a %= op->k;
	NEXT;
DIV_X:
	if (!x)
		goto zero;
	a /= x;
	NEXT;
MOD_X:
	if (!x)
		goto zero;
	a %= x;
	NEXT;

#define IS_JEQ(v) (a == (v))
#define IS_JGT(v) (a > (v))
#define IS_JGE(v) (a >= (v))
#define IS_JSET(v) (a & (v))
/* _END: both sides are `ret k`, and nothing is left to be jumped to. */
#define JUMP(name)                                                                                 \
	name##_K: CHOOSE(IS_##name(op->k));                                                        \
	name##_X: CHOOSE(IS_##name(x));                                                            \
	name##_END: RETURN((IS_##name(op->k) ? op->t : op->f)->k);
	JUMP_OPS(JUMP)

/* op->k is the end of an absolute load. A relative one may come out negative and go the long
 * way. */
#define ABSOLUTE(size, get)                                                                        \
	if (op->k > caplen)                                                                        \
		goto zero;                                                                         \
	a = get(data + op->k - (size));
#define RELATIVE(size, get)                                                                        \
	{                                                                                          \
		const uint32_t at = x + op->k;                                                     \
		if (at > INT32_MAX) {                                                              \
			if (!load_far(pkt, at, size, &a))                                          \
				goto zero;                                                         \
		} else {                                                                           \
			if ((uint64_t)at + (size) > caplen)                                        \
				goto zero;                                                         \
			a = get(data + at);                                                        \
		}                                                                                  \
	}
#define GET_LDB ABSOLUTE(1, *)
#define GET_LDH ABSOLUTE(2, get16)
#define GET_LDW ABSOLUTE(4, get32)
#define GET_LDBX RELATIVE(1, *)
#define GET_LDHX RELATIVE(2, get16)
#define GET_LDWX RELATIVE(4, get32)
#define LOAD(load)                                                                                 \
	load: GET_##load NEXT;
#define FUSED(load, jump)                                                                          \
	load##_##jump: GET_##load CHOOSE(IS_##jump(op->v));                                        \
	load##_##jump##_END: GET_##load RETURN((IS_##jump(op->v) ? op->t : op->f)->k);
	LOAD_OPS(LOAD)
	FUSED_OPS(FUSED)
MSH:
	if (op->k >= caplen)
		goto zero;
	x = (data[op->k] & 0xfU) * 4;
	NEXT;
LD_FAR:
	if (!load_far(pkt, op->k, op->v, &a))
		goto zero;
	NEXT;
MSH_FAR:
	if (!load_far(pkt, op->k, 1, &x))
		goto zero;
	x = (x & 0xf) * 4;
	NEXT;
ANC:
	if (!cbpf_load_ancillary(pkt, op->k, x, &a))
		goto done;
	NEXT;
JA:
	TO(op->t);
RET_K:
	RETURN(op->k);
RET_A:
	goto done;
TAX:
	x = a;
	NEXT;
TXA:
	a = x;
	NEXT;
ST:
	m[op->k] = a;
	NEXT;
STX:
	m[op->k] = x;
	NEXT;
LD_IMM:
	a = op->k;
	NEXT;
LDX_IMM:
	x = op->k;
	NEXT;
LD_MEM:
	a = m[op->k];
	NEXT;
LDX_MEM:
	x = m[op->k];
	NEXT;
LD_LEN:
	a = pkt->len;
	NEXT;
LDX_LEN:
	x = pkt->len;
	NEXT;
}

/* clang-format on */

uint32_t cbpf_vm_run(const struct cbpf_vm *vm, const struct cbpf_packet *pkt)
{
	uint32_t ret;

	exec(vm->ops, pkt, 1, &ret, NULL);
	return ret;
}

/* Traffic that is all alike a processor foretells well: then one packet after the other is faster.
 * Asked again after some batches. */
void cbpf_vm_run_many(const struct cbpf_vm *vm, const struct cbpf_packet *pkts, uint32_t count,
		      uint32_t *rets)
{
	uint32_t n, alone = 0, mixed;

	for (; count; count -= n, pkts += n, rets += n) {
		n = count < CBPF_COLUMNS_BATCH ? count : CBPF_COLUMNS_BATCH;
		if (!vm->insns || n < COLUMNS_MIN || alone) {
			exec(vm->ops, pkts, n, rets, NULL);
			alone -= alone > 0;
			continue;
		}
		mixed = cbpf_columns_run(vm->insns, vm->len, pkts, n, rets);
		if (mixed * 2 < n)
			alone = LIKE_BATCHES;
	}
}

/* ---- decoding ---- */
static int alu_op(uint16_t code)
{
	bool x = BPF_SRC(code) == BPF_X;

	switch (BPF_OP(code)) {
#define CASE(op)                                                                                   \
	case BPF_##op:                                                                             \
		return x ? DO_##op##_X : DO_##op##_K;
		ALU_OPS(CASE)
#undef CASE
	default:
		return DO_NEG;
	}
}

static int jump_op(uint16_t code)
{
	bool x = BPF_SRC(code) == BPF_X;

	switch (BPF_OP(code)) {
#define CASE(op)                                                                                   \
	case BPF_##op:                                                                             \
		return x ? DO_##op##_X : DO_##op##_K;
		JUMP_OPS(CASE)
#undef CASE
	default:
		return DO_JA;
	}
}

/* By size: B, H, W. */
static int sized(uint16_t code, int b, int h, int w)
{
	return BPF_SIZE(code) == BPF_B ? b : BPF_SIZE(code) == BPF_H ? h : w;
}

static int load_op(const struct sock_filter *i, struct op *op)
{
	const struct cbpf_ancillary *anc;

	switch (BPF_MODE(i->code)) {
	case BPF_IMM:
		return DO_LD_IMM;
	case BPF_MEM:
		return DO_LD_MEM;
	case BPF_LEN:
		return DO_LD_LEN;
	case BPF_IND:
		return sized(i->code, DO_LDBX, DO_LDHX, DO_LDWX);
	}
	anc = cbpf_ancillary_find(i->k);
	if (anc) {
		op->k = anc->offset;
		return DO_ANC;
	}
	op->v = (uint32_t)sized(i->code, 1, 2, 4);
	if (i->k > INT32_MAX)
		return DO_LD_FAR;
	op->k += op->v;
	return sized(i->code, DO_LDB, DO_LDH, DO_LDW);
}

static int load_x_op(const struct sock_filter *i)
{
	switch (BPF_MODE(i->code)) {
	case BPF_IMM:
		return DO_LDX_IMM;
	case BPF_MEM:
		return DO_LDX_MEM;
	case BPF_LEN:
		return DO_LDX_LEN;
	default:
		return i->k > INT32_MAX ? DO_MSH_FAR : DO_MSH;
	}
}

static int decode(const struct sock_filter *i, struct op *op)
{
	op->k = i->k;
	switch (BPF_CLASS(i->code)) {
	case BPF_LD:
		return load_op(i, op);
	case BPF_LDX:
		return load_x_op(i);
	case BPF_ST:
		return DO_ST;
	case BPF_STX:
		return DO_STX;
	case BPF_ALU:
		return alu_op(i->code);
	case BPF_JMP:
		op->t = op + 1 + (BPF_OP(i->code) == BPF_JA ? i->k : i->jt);
		op->f = op + 1 + i->jf;
		return jump_op(i->code);
	case BPF_RET:
		return BPF_RVAL(i->code) == BPF_A ? DO_RET_A : DO_RET_K;
	default:
		return BPF_MISCOP(i->code) == BPF_TAX ? DO_TAX : DO_TXA;
	}
}

/* Which of JUMP_OPS a comparison with a constant is, or -1. */
static int jump_index(int plain)
{
	bool constant = plain >= DO_JEQ_K && plain <= DO_JSET_K && (plain - DO_JEQ_K) % 2 == 0;

	return constant ? (plain - DO_JEQ_K) / 2 : -1;
}

_Static_assert(DO_LDB_JGT - DO_LDB_JEQ == 2 && DO_LDH_JEQ - DO_LDB_JEQ == 8, "fused ops by number");
_Static_assert(DO_JSET_END - DO_JEQ_END == 3 && DO_LDWX - DO_LDB == 5, "and the others");

/* A comparison ends the program when both sides are `ret k`; a load before one does both at once.
 */
static int merge(int plain, int following, struct op *op, const void *const *labels)
{
	bool load = plain >= DO_LDB && plain <= DO_LDWX;
	int jump = jump_index(load ? following : plain);
	bool end;

	if (jump < 0)
		return plain;
	if (load) {
		op->v = op[1].k;
		op->t = op[1].t;
		op->f = op[1].f;
	}
	end = op->t->go == labels[DO_RET_K] && op->f->go == labels[DO_RET_K];
	if (load)
		return DO_LDB_JEQ + (plain - DO_LDB) * 8 + jump * 2 + end;
	return end ? DO_JEQ_END + jump : plain;
}

/* From the end, as jumps go forward: what they go to is there. */
static void build(struct cbpf_vm *vm, const struct cbpf_prog *prog)
{
	const void *const *labels;
	int following = DO_COUNT;

	exec(NULL, NULL, 0, NULL, &labels);
	for (uint32_t n = prog->len; n-- > 0;) {
		struct op *op = &vm->ops[n];
		int plain = decode(&prog->insns[n], op);

		op->go = labels[merge(plain, following, op, labels)];
		following = plain;
	}
}

int cbpf_vm_new(struct cbpf_vm **out, const struct cbpf_prog *prog, struct cbpf_error *err)
{
	struct cbpf_finding f;
	struct cbpf_vm *vm;

	if (!cbpf_check(prog, 0, &f) && f.rule != CBPF_RULE_CONVERTED_JUMP)
		return cbpf_error_set(err, -EINVAL, "%s", f.text);
	vm = calloc(1, sizeof(*vm) + prog->len * sizeof(vm->ops[0]));
	if (!vm)
		return cbpf_error_set(err, -ENOMEM, "out of memory");
	vm->len = prog->len;
	build(vm, prog);
	if (cbpf_columns_can(prog)) {
		vm->insns = malloc(prog->len * sizeof(*prog->insns));
		if (vm->insns) /* without, it runs all the same */
			memcpy(vm->insns, prog->insns, prog->len * sizeof(*prog->insns));
	}
	*out = vm;
	return 0;
}

void cbpf_vm_free(struct cbpf_vm *vm)
{
	if (vm)
		free(vm->insns);
	free(vm);
}
