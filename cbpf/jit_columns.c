/* SPDX-License-Identifier: GPL-2.0-or-later */
/* In two loops: what the program may read of each packet goes into a column a load; then every
 * instruction is done for as many packets at once as a vector has lanes, those that do not come to
 * it masked out. A jump foretold wrongly would cost more than all of it. */
#ifdef HAVE_LLVM
#include "jit_ir.h"

#include "flow.h"
#include "insn.h"

#include <string.h>

enum {
	LANES = 16,
	INSNS_MAX = 128, /* each is done for each packet, wanted or not */
	COLUMNS_MAX = 24,
	GROUPS_MAX = 6, /* near, far, and those behind a header */
	NEAR = 34,      /* an Ethernet and an IPv4 header */
	END_MAX = 256   /* of loads */
};

/* Read in place of a packet that is too short. */
static const uint8_t nothing[END_MAX];

/* Loads that a packet has the bytes for, or is looked at again. */
struct group {
	uint32_t header; /* counted from the end of the header here; of the first two groups 0 */
	uint32_t end;    /* the bytes that all loads of the group need */
};
enum { GROUP_NEAR, GROUP_FAR, GROUPS_BEHIND };

/* Up to four bytes, of one load or of several that lie close together. */
struct column {
	uint32_t group, k, size;
};
#define GROUP_LEN GROUPS_MAX /* no load: the packet's length */

/* Registers before an instruction; `mask` is NULL where nothing leads there. */
struct state {
	LLVMValueRef mask, a, x, m[BPF_MEMWORDS];
};

struct columns {
	struct jit_ir ir;
	const struct cbpf_prog *prog;
	struct group groups[GROUPS_MAX];
	struct column columns[COLUMNS_MAX];
	uint32_t ngroups, ncolumns;
	uint32_t of[INSNS_MAX]; /* the column of a load */
	LLVMTypeRef vector;
	LLVMValueRef fn, at, set; /* at: the packet or vector at hand; set: what is returned */
	LLVMValueRef value[COLUMNS_MAX], there[GROUPS_MAX]; /* JIT_BATCH numbers each */
	struct state states[INSNS_MAX];
	LLVMValueRef ret, wanted[GROUPS_MAX]; /* NULL: by none */
};

/* ---- which columns ---- */

static bool add_column(struct columns *c, uint32_t n, uint32_t group, uint32_t k, uint32_t size)
{
	uint32_t i;

	for (i = 0; i < c->ncolumns; i++) {
		struct column *col = &c->columns[i];
		uint32_t first = k < col->k ? k : col->k;
		uint32_t last = k + size > col->k + col->size ? k + size : col->k + col->size;

		if (col->group != group || last - first > 4)
			continue;
		*col = (struct column){group, first, last - first};
		break;
	}
	if (i == COLUMNS_MAX || k + size > END_MAX)
		return false;
	if (i == c->ncolumns)
		c->columns[c->ncolumns++] = (struct column){group, k, size};
	c->of[n] = i;
	return true;
}

/* Near ones apart, so that a filter which also knows IPv6 takes short IPv4 packets. */
static uint32_t fixed_group(uint32_t k, uint32_t size)
{
	return k + size > NEAR ? GROUP_FAR : GROUP_NEAR;
}

static bool add_fixed(struct columns *c, uint32_t n, const struct sock_filter *i)
{
	uint32_t size = cbpf_load_size(i->code);

	return i->k < END_MAX && add_column(c, n, fixed_group(i->k, size), i->k, size);
}

static bool add_behind(struct columns *c, uint32_t n, const struct sock_filter *i, uint32_t header)
{
	uint32_t g = GROUPS_BEHIND;

	while (g < c->ngroups && c->groups[g].header != header)
		g++;
	if (g == GROUPS_MAX)
		return false;
	if (g == c->ngroups)
		c->groups[c->ngroups++].header = header;
	return add_column(c, n, g, i->k, cbpf_load_size(i->code));
}

/* What X is before an instruction: the length of the header that begins at this byte, or one of
 * these. */
enum { X_NEVER = END_MAX, X_OTHER };

static bool add_load(struct columns *c, uint32_t n, uint32_t *x)
{
	const struct sock_filter *i = &c->prog->insns[n];

	switch (BPF_MODE(i->code)) {
	case BPF_ABS:
		return add_fixed(c, n, i);
	case BPF_MSH:
		*x = i->k;
		return add_fixed(c, n, i);
	case BPF_IND:
		return *x < END_MAX && i->k < END_MAX && add_behind(c, n, i, *x);
	case BPF_LEN:
		if (!add_column(c, n, GROUP_LEN, 0, 4))
			return false;
		break;
	}
	if (BPF_CLASS(i->code) == BPF_LDX)
		*x = X_OTHER;
	return true;
}

static bool add_instruction(struct columns *c, uint32_t n, uint32_t *x)
{
	const struct sock_filter *i = &c->prog->insns[n];

	if (BPF_CLASS(i->code) == BPF_LD || BPF_CLASS(i->code) == BPF_LDX)
		return add_load(c, n, x);
	if (BPF_CLASS(i->code) == BPF_ALU && BPF_SRC(i->code) == BPF_X &&
	    (BPF_OP(i->code) == BPF_DIV || BPF_OP(i->code) == BPF_MOD))
		return false;
	if (BPF_CLASS(i->code) == BPF_MISC && BPF_MISCOP(i->code) == BPF_TAX)
		*x = X_OTHER;
	return true;
}

static void find_ends(struct columns *c)
{
	for (uint32_t i = 0; i < c->ncolumns; i++) {
		struct column *col = &c->columns[i];

		if (col->size == 3)
			col->size = 4;
		if (col->group != GROUP_LEN && col->k + col->size > c->groups[col->group].end)
			c->groups[col->group].end = col->k + col->size;
	}
}

static bool add_columns(struct columns *c)
{
	uint32_t before[INSNS_MAX], next[2], x;

	c->ngroups = GROUPS_BEHIND;
	for (uint32_t n = 0; n < c->prog->len; n++)
		before[n] = X_NEVER;
	before[0] = X_OTHER; /* 0, as it is at the start */
	for (uint32_t n = 0; n < c->prog->len; n++) {
		x = before[n];
		if (x == X_NEVER) /* nothing leads here */
			continue;
		if (!add_instruction(c, n, &x))
			return false;
		for (unsigned int ways = cbpf_successors(c->prog, n, next); ways-- > 0;) {
			uint32_t *to = &before[next[ways]];

			*to = *to == X_NEVER || *to == x ? x : X_OTHER;
		}
	}
	find_ends(c);
	return true;
}

/* ---- loops ---- */

struct loop {
	LLVMBasicBlockRef body, after;
};

static LLVMValueRef word(const struct columns *c, uint64_t v)
{
	return ll.ConstInt(c->ir.i64, v, 0);
}

/* for (at = 0; at < JIT_BATCH; at += step) */
static struct loop begin(struct columns *c, LLVMValueRef counter)
{
	struct loop loop = {ll.AppendBasicBlockInContext(c->ir.context, c->fn, ""),
			    ll.AppendBasicBlockInContext(c->ir.context, c->fn, "")};

	ll.BuildStore(c->ir.b, word(c, 0), counter);
	ll.BuildBr(c->ir.b, loop.body);
	ll.PositionBuilderAtEnd(c->ir.b, loop.body);
	c->at = ll.BuildLoad2(c->ir.b, c->ir.i64, counter, "");
	return loop;
}

static void end(struct columns *c, const struct loop *loop, LLVMValueRef counter, uint32_t step)
{
	LLVMValueRef next = ll.BuildAdd(c->ir.b, c->at, word(c, step), "");

	ll.BuildStore(c->ir.b, next, counter);
	ll.BuildCondBr(c->ir.b, ll.BuildICmp(c->ir.b, LLVMIntULT, next, word(c, JIT_BATCH), ""),
		       loop->body, loop->after);
	ll.PositionBuilderAtEnd(c->ir.b, loop->after);
}

/* Of the packets from the one at hand on, those whose bits are set are looked at again. */
static void look_again(const struct columns *c, LLVMValueRef bits)
{
	LLVMValueRef set = ll.BuildLoad2(c->ir.b, c->ir.i64, c->set, "");

	bits = ll.BuildShl(c->ir.b, ll.BuildZExt(c->ir.b, bits, c->ir.i64, ""), c->at, "");
	ll.BuildStore(c->ir.b, ll.BuildOr(c->ir.b, set, bits, ""), c->set);
}

/* ---- first loop: a packet's bytes into the columns ---- */

/* Where number `at` of a column stands, to be read or written as `type`. */
static LLVMValueRef cell(const struct columns *c, LLVMValueRef column, LLVMTypeRef type)
{
	LLVMValueRef offset = ll.BuildMul(c->ir.b, c->at, word(c, 4), "");

	return jit_at(&c->ir, column, offset, type);
}

static void put(const struct columns *c, LLVMValueRef column, LLVMValueRef v)
{
	ll.BuildStore(c->ir.b, v, cell(c, column, c->ir.i32));
}

/* What of a packet the first loop holds. */
struct reading {
	LLVMValueRef packet, data, caplen;
	LLVMValueRef base[GROUPS_MAX]; /* where the loads of a group begin */
};

static LLVMValueRef header_length(const struct columns *c, const struct reading *r, uint32_t k)
{
	LLVMValueRef v = jit_bytes(&c->ir, r->base[fixed_group(k, 1)], word(c, k), 1);

	v = ll.BuildAnd(c->ir.b, ll.BuildZExt(c->ir.b, v, c->ir.i64, ""), word(c, 0xf), "");
	return ll.BuildShl(c->ir.b, v, word(c, 2), "");
}

static void read_group(const struct columns *c, struct reading *r, uint32_t g)
{
	LLVMValueRef zeros = ll.ConstIntToPtr(word(c, (uintptr_t)nothing), c->ir.pointer);
	LLVMValueRef need = word(c, c->groups[g].end), data = r->data, there;

	if (g >= GROUPS_BEHIND) {
		LLVMValueRef x = header_length(c, r, c->groups[g].header);

		need = ll.BuildAdd(c->ir.b, x, need, "");
		data = jit_at(&c->ir, data, x, c->ir.i8);
	}
	there = ll.BuildICmp(c->ir.b, LLVMIntUGE, r->caplen, need, "");
	/* Whether the near bytes are wanted is not asked: hardly a packet is without them. */
	if (g == GROUP_NEAR)
		look_again(c, ll.BuildNot(c->ir.b, there, ""));
	else
		put(c, c->there[g], ll.BuildSExt(c->ir.b, there, c->ir.i32, ""));
	r->base[g] = ll.BuildSelect(c->ir.b, there, data, zeros, "");
}

/* In memory's byte order. */
static void read_column(const struct columns *c, const struct reading *r, uint32_t i)
{
	const struct column *col = &c->columns[i];
	LLVMValueRef v;

	if (col->group == GROUP_LEN)
		v = jit_member(&c->ir, r->packet, offsetof(struct cbpf_packet, len), c->ir.i32);
	else
		v = jit_bytes(&c->ir, r->base[col->group], word(c, col->k), col->size);
	put(c, c->value[i], col->size < 4 ? ll.BuildZExt(c->ir.b, v, c->ir.i32, "") : v);
}

static void read_packet(const struct columns *c)
{
	LLVMValueRef offset = ll.BuildMul(c->ir.b, c->at, word(c, sizeof(struct cbpf_packet)), "");
	struct reading r = {.packet = jit_at(&c->ir, ll.GetParam(c->fn, 0), offset, c->ir.i8)};

	r.data = jit_member(&c->ir, r.packet, offsetof(struct cbpf_packet, data), c->ir.pointer);
	r.caplen = jit_member(&c->ir, r.packet, offsetof(struct cbpf_packet, caplen), c->ir.i32);
	r.caplen = ll.BuildZExt(c->ir.b, r.caplen, c->ir.i64, "");
	for (uint32_t g = 0; g < c->ngroups; g++)
		if (c->groups[g].end)
			read_group(c, &r, g);
	for (uint32_t i = 0; i < c->ncolumns; i++)
		read_column(c, &r, i);
}

/* ---- second loop: the instructions ---- */

static LLVMValueRef number(const struct columns *c, uint32_t v)
{
	return jit_number(&c->ir, v);
}

static LLVMValueRef vector_of(const struct columns *c, LLVMValueRef column)
{
	return ll.BuildLoad2(c->ir.b, c->vector, cell(c, column, c->vector), "");
}

static LLVMValueRef both(const struct columns *c, LLVMValueRef a, LLVMValueRef b)
{
	return ll.BuildAnd(c->ir.b, a, b, "");
}

/* The packets of `from` come to instruction `to`, too. */
static void go_to(struct columns *c, uint32_t to, const struct state *from, LLVMValueRef mask)
{
	const size_t n = sizeof(*from) / sizeof(LLVMValueRef);
	LLVMValueRef *have = (LLVMValueRef *)&c->states[to];
	const LLVMValueRef *come = (const LLVMValueRef *)from;

	if (!c->states[to].mask) {
		c->states[to] = *from;
		c->states[to].mask = mask;
		return;
	}
	for (size_t i = 1; i < n; i++)
		if (have[i] != come[i])
			have[i] = ll.BuildSelect(c->ir.b, mask, come[i], have[i], "");
	c->states[to].mask = ll.BuildOr(c->ir.b, c->states[to].mask, mask, "");
}

/* A load's bytes out of their column, in host order. */
static LLVMValueRef bytes_of(const struct columns *c, const struct column *col, uint32_t k,
			     uint32_t size, LLVMValueRef v)
{
	if (__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__)
		v = jit_from_network(&c->ir, v, c->vector);
	else
		v = ll.BuildShl(c->ir.b, v, number(c, 32 - 8 * col->size), "");
	if (size == 4)
		return v;
	v = ll.BuildLShr(c->ir.b, v, number(c, 32 - 8 * (k - col->k + size)), "");
	return both(c, v, number(c, size == 2 ? 0xffff : 0xff));
}

/* What a load gives; packets that are too short for its group are looked at again. */
static LLVMValueRef loaded(struct columns *c, uint32_t n, const struct state *s)
{
	const struct sock_filter *i = &c->prog->insns[n];
	const struct column *col = &c->columns[c->of[n]];
	LLVMValueRef v = vector_of(c, c->value[c->of[n]]), *wanted;

	if (col->group == GROUP_LEN)
		return v;
	wanted = &c->wanted[col->group];
	*wanted = *wanted ? ll.BuildOr(c->ir.b, *wanted, s->mask, "") : s->mask;
	return bytes_of(c, col, i->k, cbpf_load_size(i->code), v);
}

static void load(struct columns *c, uint32_t n, struct state *s)
{
	const struct sock_filter *i = &c->prog->insns[n];
	LLVMValueRef v;

	switch (BPF_MODE(i->code)) {
	case BPF_IMM:
		v = number(c, i->k);
		break;
	case BPF_MEM:
		v = s->m[i->k];
		break;
	case BPF_MSH:
		v = both(c, loaded(c, n, s), number(c, 0xf));
		v = ll.BuildShl(c->ir.b, v, number(c, 2), "");
		break;
	default:
		v = loaded(c, n, s);
	}
	*(BPF_CLASS(i->code) == BPF_LDX ? &s->x : &s->a) = v;
}

static LLVMValueRef operand(const struct columns *c, const struct sock_filter *i,
			    const struct state *s)
{
	return BPF_SRC(i->code) == BPF_X ? s->x : number(c, i->k);
}

static void branch(struct columns *c, uint32_t n, const struct state *s)
{
	const struct sock_filter *i = &c->prog->insns[n];
	LLVMValueRef yes;

	if (BPF_OP(i->code) == BPF_JA || i->jt == i->jf) {
		go_to(c, n + 1 + (BPF_OP(i->code) == BPF_JA ? i->k : i->jt), s, s->mask);
		return;
	}
	yes = jit_holds(&c->ir, BPF_OP(i->code), s->a, operand(c, i, s));
	go_to(c, n + 1 + i->jt, s, both(c, s->mask, yes));
	go_to(c, n + 1 + i->jf, s, both(c, s->mask, ll.BuildNot(c->ir.b, yes, "")));
}

static void answer(struct columns *c, const struct sock_filter *i, const struct state *s)
{
	LLVMValueRef v = BPF_RVAL(i->code) == BPF_A ? s->a : number(c, i->k);

	c->ret = ll.BuildSelect(c->ir.b, s->mask, v, c->ret, "");
}

static void instruction(struct columns *c, uint32_t n)
{
	const struct sock_filter *i = &c->prog->insns[n];
	struct state s = c->states[n];

	switch (BPF_CLASS(i->code)) {
	case BPF_LD:
	case BPF_LDX:
		load(c, n, &s);
		break;
	case BPF_ST:
		s.m[i->k] = s.a;
		break;
	case BPF_STX:
		s.m[i->k] = s.x;
		break;
	case BPF_ALU:
		s.a = jit_operate(&c->ir, BPF_OP(i->code), s.a, operand(c, i, &s));
		break;
	case BPF_MISC:
		*(BPF_MISCOP(i->code) == BPF_TAX ? &s.x : &s.a) =
			BPF_MISCOP(i->code) == BPF_TAX ? s.a : s.x;
		break;
	case BPF_JMP:
		branch(c, n, &s);
		return;
	default:
		answer(c, i, &s);
		return;
	}
	go_to(c, n + 1, &s, s.mask);
}

/* Packets that wanted what they have not. */
static void look_again_at(const struct columns *c, uint32_t g)
{
	LLVMValueRef missing =
		ll.BuildICmp(c->ir.b, LLVMIntEQ, vector_of(c, c->there[g]), number(c, 0), "");

	look_again(c, ll.BuildBitCast(c->ir.b, both(c, c->wanted[g], missing),
				      ll.IntTypeInContext(c->ir.context, LANES), ""));
}

/* As many packets as there are lanes. */
static void run_vector(struct columns *c)
{
	LLVMValueRef zero = number(c, 0), rets;

	c->ret = zero;
	c->states[0].mask = ll.BuildICmp(c->ir.b, LLVMIntEQ, zero, zero, "");
	c->states[0].a = c->states[0].x = zero;
	for (int i = 0; i < BPF_MEMWORDS; i++)
		c->states[0].m[i] = zero;
	for (uint32_t n = 0; n < c->prog->len; n++)
		if (c->states[n].mask)
			instruction(c, n);
	rets = ll.BuildStore(c->ir.b, c->ret, cell(c, ll.GetParam(c->fn, 1), c->vector));
	ll.SetAlignment(rets, 4);
	for (uint32_t g = GROUP_FAR; g < c->ngroups; g++)
		if (c->wanted[g])
			look_again_at(c, g);
}

/* ---- the function ---- */

/* Compiled for the processor at hand: its vectors are what this is about. */
static void for_this_processor(const struct columns *c)
{
	char *cpu = ll.GetHostCPUName(), *features = ll.GetHostCPUFeatures();
	const struct {
		const char *name, *value;
	} attributes[] = {{"target-cpu", cpu}, {"target-features", features}};

	for (int i = 0; i < 2; i++)
		ll.AddAttributeAtIndex(
			c->fn, (LLVMAttributeIndex)LLVMAttributeFunctionIndex,
			ll.CreateStringAttribute(c->ir.context, attributes[i].name,
						 (unsigned int)strlen(attributes[i].name),
						 attributes[i].value,
						 (unsigned int)strlen(attributes[i].value)));
	ll.DisposeMessage(cpu);
	ll.DisposeMessage(features);
}

static LLVMValueRef new_column(const struct columns *c)
{
	LLVMValueRef v = ll.BuildAlloca(c->ir.b, ll.ArrayType(c->ir.i32, JIT_BATCH), "");

	ll.SetAlignment(v, 64);
	return ll.BuildBitCast(c->ir.b, v, c->ir.pointer, "");
}

static void emit(struct columns *c)
{
	LLVMTypeRef params[] = {c->ir.pointer, c->ir.pointer};
	LLVMValueRef counter;
	struct loop loop;

	c->fn = ll.AddFunction(c->ir.module, "batch", ll.FunctionType(c->ir.i64, params, 2, 0));
	for_this_processor(c);
	c->vector = ll.VectorType(c->ir.i32, LANES);
	ll.PositionBuilderAtEnd(c->ir.b, ll.AppendBasicBlockInContext(c->ir.context, c->fn, ""));
	counter = ll.BuildAlloca(c->ir.b, c->ir.i64, "");
	c->set = ll.BuildAlloca(c->ir.b, c->ir.i64, "");
	ll.BuildStore(c->ir.b, word(c, 0), c->set);
	for (uint32_t i = 0; i < c->ncolumns; i++)
		c->value[i] = new_column(c);
	for (uint32_t g = 0; g < c->ngroups; g++)
		c->there[g] = new_column(c);
	loop = begin(c, counter);
	c->ir.lanes = 1;
	read_packet(c);
	end(c, &loop, counter, 1);
	loop = begin(c, counter);
	c->ir.lanes = LANES;
	run_vector(c);
	end(c, &loop, counter, LANES);
	ll.BuildRet(c->ir.b, ll.BuildLoad2(c->ir.b, c->ir.i64, c->set, ""));
}

bool jit_emit_batch(const struct jit_ir *ir, const struct cbpf_prog *prog)
{
	struct columns c = {.ir = *ir, .prog = prog};

	if (prog->len > INSNS_MAX || !add_columns(&c))
		return false;
	emit(&c);
	return true;
}
#endif
