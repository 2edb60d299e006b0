/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The fast VM. A program is decoded once: each instruction becomes the address of the code that
 * does it, its constants and the instructions it may jump to. A load that is followed by a
 * comparison does both at once; the comparison stays in its place for those who jump to it. */
#include "vm.h"

#include "check.h"
#include "insn.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* clang-format off: lists and labels made by macros */
#define ALU_OPS(X) X(ADD) X(SUB) X(MUL) X(DIV) X(MOD) X(OR) X(AND) X(XOR) X(LSH) X(RSH)
#define JUMP_OPS(X) X(JEQ) X(JGT) X(JGE) X(JSET)
#define FUSED_OPS(X)                                                                               \
	X(LDB, JEQ)                                                                                \
	X(LDB, JGT) X(LDB, JGE) X(LDB, JSET) X(LDH, JEQ) X(LDH, JGT) X(LDH, JGE) X(LDH, JSET)      \
		X(LDW, JEQ) X(LDW, JGT) X(LDW, JGE) X(LDW, JSET)

#define SINGLE_OPS(X)                                                                               \
	X(NEG) X(JA) X(RET_K) X(RET_A) X(TAX) X(TXA) X(ST) X(STX) X(LD_IMM) X(LDX_IMM) X(LD_MEM)    \
	X(LDX_MEM) X(LD_LEN) X(LDX_LEN) X(LDB_ABS) X(LDH_ABS) X(LDW_ABS) X(LDB_IND) X(LDH_IND)      \
	X(LDW_IND) X(MSH) X(LD_FAR) X(MSH_FAR) X(ANC)

enum {
#define BOTH(op) DO_##op##_K, DO_##op##_X,
#define PAIR(load, jump) DO_##load##_##jump,
#define SINGLE(op) DO_##op,
	ALU_OPS(BOTH) JUMP_OPS(BOTH) FUSED_OPS(PAIR) SINGLE_OPS(SINGLE) DO_COUNT
#undef BOTH
#undef PAIR
#undef SINGLE
};

/* clang-format on */

struct op {
	const void *go; /* the code's address in exec() */
	uint32_t k;
	uint32_t v;             /* a fused comparison's constant; LD_FAR: the size */
	const struct op *t, *f; /* where a jump goes */
};

struct cbpf_vm {
	uint32_t len;
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

/* Runs from `op` on. With `labels` it only tells the addresses of its code, by DO_ number. */
static uint32_t exec(const struct op *op, const struct cbpf_packet *pkt, const void *const **labels)
{
#define BOTH(op) &&op##_K, &&op##_X,
#define PAIR(load, jump) &&load##_##jump,
#define SINGLE(op) &&op,
	static const void *const table[DO_COUNT] = { ALU_OPS(BOTH) JUMP_OPS(BOTH) FUSED_OPS(PAIR)
							     SINGLE_OPS(SINGLE) };
#undef BOTH
#undef PAIR
#undef SINGLE
	uint32_t a = 0, x = 0, m[BPF_MEMWORDS];
	const uint8_t *data;
	uint64_t caplen;

	if (labels) {
		*labels = table;
		return 0;
	}
	data = pkt->data;
	caplen = pkt->caplen;
	goto *op->go;

#define NEXT goto *(++op)->go
#define TO(where)                                                                                  \
	do {                                                                                       \
		op = (where);                                                                      \
		goto *op->go;                                                                     \
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
		return 0;
	a /= x;
	NEXT;
MOD_X:
	if (!x)
		return 0;
	a %= x;
	NEXT;

#define IS_JEQ(v) (a == (v))
#define IS_JGT(v) (a > (v))
#define IS_JGE(v) (a >= (v))
#define IS_JSET(v) (a & (v))
#define JUMP(name)                                                                                 \
	name##_K : TO(IS_##name(op->k) ? op->t : op->f);                                           \
	name##_X : TO(IS_##name(x) ? op->t : op->f);
	JUMP_OPS(JUMP)

#define GET_LDB(at) data[at]
#define GET_LDH(at) get16(data + (at))
#define GET_LDW(at) get32(data + (at))
#define SIZE_LDB 1
#define SIZE_LDH 2
#define SIZE_LDW 4
#define FUSED(load, jump)                                                                          \
	load##_##jump:                                                                             \
	if ((uint64_t)op->k + SIZE_##load > caplen)                                                \
		return 0;                                                                          \
	a = GET_##load(op->k);                                                                     \
	TO(IS_##jump(op->v) ? op->t : op->f);
	FUSED_OPS(FUSED)

	/* IND: an address that is no plain offset goes the long way. */
#define LOADS(load)                                                                                \
	load##_ABS : if ((uint64_t)op->k + SIZE_##load > caplen) return 0;                         \
	a = GET_##load(op->k);                                                                     \
	NEXT;                                                                                      \
	load##_IND:                                                                                \
	{                                                                                          \
		const uint32_t at = x + op->k;                                                     \
		if (at > INT32_MAX) {                                                              \
			if (!load_far(pkt, at, SIZE_##load, &a))                                   \
				return 0;                                                          \
		} else {                                                                           \
			if ((uint64_t)at + SIZE_##load > caplen)                                   \
				return 0;                                                          \
			a = GET_##load(at);                                                        \
		}                                                                                  \
		NEXT;                                                                              \
	}
	LOADS(LDB)
	LOADS(LDH)
	LOADS(LDW)
MSH:
	if (op->k >= caplen)
		return 0;
	x = (data[op->k] & 0xfU) * 4;
	NEXT;
LD_FAR:
	if (!load_far(pkt, op->k, op->v, &a))
		return 0;
	NEXT;
MSH_FAR:
	if (!load_far(pkt, op->k, 1, &x))
		return 0;
	x = (x & 0xf) * 4;
	NEXT;
ANC:
	if (!cbpf_load_ancillary(pkt, op->k, x, &a))
		return a;
	NEXT;
JA:
	TO(op->t);
RET_K:
	return op->k;
RET_A:
	return a;
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
	return exec(vm->ops, pkt, NULL);
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
		return sized(i->code, DO_LDB_IND, DO_LDH_IND, DO_LDW_IND);
	}
	anc = cbpf_ancillary_find(i->k);
	if (anc) {
		op->k = anc->offset;
		return DO_ANC;
	}
	op->v = (uint32_t)sized(i->code, 1, 2, 4);
	return i->k > INT32_MAX ? DO_LD_FAR : sized(i->code, DO_LDB_ABS, DO_LDH_ABS, DO_LDW_ABS);
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

/* The fused op for a load `first` and a comparison with a constant behind it, or `first` itself. */
static int fuse(int first, int second)
{
	static const int fused[3][4] = {
		{DO_LDB_JEQ, DO_LDB_JGT, DO_LDB_JGE, DO_LDB_JSET},
		{DO_LDH_JEQ, DO_LDH_JGT, DO_LDH_JGE, DO_LDH_JSET},
		{DO_LDW_JEQ, DO_LDW_JGT, DO_LDW_JGE, DO_LDW_JSET},
	};
	static const int jumps[4] = {DO_JEQ_K, DO_JGT_K, DO_JGE_K, DO_JSET_K};

	if (first < DO_LDB_ABS || first > DO_LDW_ABS)
		return first;
	for (int j = 0; j < 4; j++)
		if (second == jumps[j])
			return fused[first - DO_LDB_ABS][j];
	return first;
}

static void build(struct cbpf_vm *vm, const struct cbpf_prog *prog)
{
	const void *const *labels;
	int following = DO_COUNT;

	exec(NULL, NULL, &labels);
	for (uint32_t n = prog->len; n-- > 0;) {
		struct op *op = &vm->ops[n];
		int plain = decode(&prog->insns[n], op), merged = fuse(plain, following);

		if (merged != plain) {
			op->v = op[1].k;
			op->t = op[1].t;
			op->f = op[1].f;
		}
		op->go = labels[merged];
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
	*out = vm;
	return 0;
}

void cbpf_vm_free(struct cbpf_vm *vm)
{
	free(vm);
}
