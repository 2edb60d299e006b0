/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Each instruction becomes a block; A, X and M[] are variables that LLVM turns into registers. What
 * is rare (a load that counts from a header, metadata) calls the VM's own functions. */
#ifdef HAVE_LLVM
#include "jit_ir.h"

#include "insn.h"

#include <linux/if_ether.h>

struct compiler {
	struct jit_ir ir;
	const struct cbpf_prog *prog;
	LLVMTypeRef type;                      /* the function's */
	LLVMValueRef fn, data, caplen, packet; /* caplen: 64 bits */
	LLVMValueRef a, x, m[BPF_MEMWORDS], scratch;
	LLVMBasicBlockRef blocks[BPF_MAXINSNS], zero; /* one an instruction; return 0 */
	uint32_t there; /* bytes known to be there: no check up to that */
};

/* ---- what the code calls back ---- */
static uint32_t far_load(const struct cbpf_packet *pkt, uint32_t offset, uint32_t size,
			 uint32_t *out)
{
	return cbpf_load(pkt, cbpf_resolve(pkt, offset), size, out);
}

static uint32_t ancillary(const struct cbpf_packet *pkt, uint32_t offset, uint32_t x, uint32_t *a)
{
	return cbpf_load_ancillary(pkt, offset, x, a);
}

/* ---- pieces ---- */
static LLVMValueRef number(const struct compiler *c, uint32_t v)
{
	return jit_number(&c->ir, v);
}

static LLVMValueRef get(const struct compiler *c, LLVMValueRef variable)
{
	return ll.BuildLoad2(c->ir.b, c->ir.i32, variable, "");
}

static void set(const struct compiler *c, LLVMValueRef variable, LLVMValueRef value)
{
	ll.BuildStore(c->ir.b, value, variable);
}

static LLVMValueRef wide(const struct compiler *c, LLVMValueRef value)
{
	return ll.BuildZExt(c->ir.b, value, c->ir.i64, "");
}

static LLVMBasicBlockRef new_block(const struct compiler *c)
{
	return ll.AppendBasicBlockInContext(c->ir.context, c->fn, "");
}

/* Goes on in a new block when `condition` holds, else in `otherwise`. */
static void go_on_if(const struct compiler *c, LLVMValueRef condition, LLVMBasicBlockRef otherwise)
{
	LLVMBasicBlockRef on = new_block(c);

	ll.BuildCondBr(c->ir.b, condition, on, otherwise);
	ll.PositionBuilderAtEnd(c->ir.b, on);
}

/* Calls one of the two functions above; A or a loaded value goes through `scratch`. */
static LLVMValueRef call_back(const struct compiler *c,
			      uint32_t (*function)(const struct cbpf_packet *, uint32_t, uint32_t,
						   uint32_t *),
			      LLVMValueRef offset, LLVMValueRef second)
{
	const struct jit_ir *ir = &c->ir;
	LLVMTypeRef params[] = {ir->pointer, ir->i32, ir->i32, ll.PointerType(ir->i32, 0)};
	LLVMTypeRef type = ll.FunctionType(ir->i32, params, 4, 0);
	LLVMValueRef address = ll.ConstIntToPtr(ll.ConstInt(ir->i64, (uintptr_t)function, 0),
						ll.PointerType(type, 0));
	LLVMValueRef args[] = {c->packet, offset, second, c->scratch};

	return ll.BuildICmp(ir->b, LLVMIntNE, ll.BuildCall2(ir->b, type, address, args, 4, ""),
			    number(c, 0), "");
}

/* `size` bytes at a 64-bit offset that is known to be within the packet, in host order. */
static LLVMValueRef read_bytes(const struct compiler *c, LLVMValueRef offset, uint32_t size)
{
	LLVMValueRef v = jit_bytes(&c->ir, c->data, offset, size);

	if (size > 1)
		v = jit_from_network(&c->ir, v, size == 4 ? c->ir.i32 : c->ir.i16);
	return size == 4 ? v : ll.BuildZExt(c->ir.b, v, c->ir.i32, "");
}

static LLVMValueRef within(const struct compiler *c, LLVMValueRef offset, uint32_t size)
{
	LLVMValueRef end = ll.BuildAdd(c->ir.b, offset, ll.ConstInt(c->ir.i64, size, 0), "");

	return ll.BuildICmp(c->ir.b, LLVMIntULE, end, c->caplen, "");
}

/* ---- instructions ---- */
static LLVMValueRef load_far(const struct compiler *c, LLVMValueRef offset, uint32_t size)
{
	go_on_if(c, call_back(c, far_load, offset, number(c, size)), c->zero);
	return get(c, c->scratch);
}

static LLVMValueRef load_fixed(const struct compiler *c, uint32_t k, uint32_t size)
{
	LLVMValueRef offset = ll.ConstInt(c->ir.i64, k, 0);

	if (k > INT32_MAX)
		return load_far(c, number(c, k), size);
	if (k + size > c->there)
		go_on_if(c, within(c, offset, size), c->zero);
	return read_bytes(c, offset, size);
}

/* An address below 2^31 is an offset; others, which a packet of less than 2^31 bytes never holds,
 * go the long way. */
static void load_indirect(const struct compiler *c, uint32_t n)
{
	const struct sock_filter *i = &c->prog->insns[n];
	LLVMValueRef address = ll.BuildAdd(c->ir.b, get(c, c->x), number(c, i->k), "");
	LLVMBasicBlockRef outside = new_block(c);
	LLVMValueRef negative;

	go_on_if(c, within(c, wide(c, address), cbpf_load_size(i->code)), outside);
	set(c, c->a, read_bytes(c, wide(c, address), cbpf_load_size(i->code)));
	ll.BuildBr(c->ir.b, c->blocks[n + 1]);
	ll.PositionBuilderAtEnd(c->ir.b, outside);
	negative = ll.BuildICmp(c->ir.b, LLVMIntSLT, address, number(c, 0), "");
	go_on_if(c, negative, c->zero);
	set(c, c->a, load_far(c, address, cbpf_load_size(i->code)));
}

static void load_ancillary(const struct compiler *c, uint32_t offset)
{
	LLVMBasicBlockRef ends = new_block(c), here = new_block(c);
	LLVMValueRef there;

	set(c, c->scratch, get(c, c->a));
	there = call_back(c, ancillary, number(c, offset), get(c, c->x));
	ll.BuildCondBr(c->ir.b, there, here, ends);
	ll.PositionBuilderAtEnd(c->ir.b, ends); /* no device: the program returns A */
	ll.BuildRet(c->ir.b, get(c, c->scratch));
	ll.PositionBuilderAtEnd(c->ir.b, here);
	set(c, c->a, get(c, c->scratch));
}

static void load(const struct compiler *c, uint32_t n)
{
	const struct sock_filter *i = &c->prog->insns[n];
	const struct cbpf_ancillary *ad;
	LLVMValueRef reg = BPF_CLASS(i->code) == BPF_LDX ? c->x : c->a, low;

	switch (BPF_MODE(i->code)) {
	case BPF_IMM:
		set(c, reg, number(c, i->k));
		break;
	case BPF_MEM:
		set(c, reg, get(c, c->m[i->k]));
		break;
	case BPF_LEN:
		set(c, reg,
		    jit_member(&c->ir, c->packet, offsetof(struct cbpf_packet, len), c->ir.i32));
		break;
	case BPF_IND:
		load_indirect(c, n);
		break;
	case BPF_MSH:
		low = ll.BuildAnd(c->ir.b, load_fixed(c, i->k, 1), number(c, 0xf), "");
		set(c, reg, ll.BuildShl(c->ir.b, low, number(c, 2), ""));
		break;
	default:
		ad = cbpf_ancillary_find(i->k);
		if (ad)
			load_ancillary(c, ad->offset);
		else
			set(c, reg, load_fixed(c, i->k, cbpf_load_size(i->code)));
	}
}

static LLVMValueRef operand(const struct compiler *c, const struct sock_filter *i)
{
	return BPF_SRC(i->code) == BPF_X ? get(c, c->x) : number(c, i->k);
}

static void arithmetic(const struct compiler *c, const struct sock_filter *i)
{
	uint8_t op = BPF_OP(i->code);
	LLVMValueRef v = operand(c, i);

	if (BPF_SRC(i->code) == BPF_X && (op == BPF_DIV || op == BPF_MOD))
		go_on_if(c, ll.BuildICmp(c->ir.b, LLVMIntNE, v, number(c, 0), ""), c->zero);
	set(c, c->a, jit_operate(&c->ir, op, get(c, c->a), v));
}

static void branch(const struct compiler *c, uint32_t n)
{
	const struct sock_filter *i = &c->prog->insns[n];
	LLVMValueRef holds = jit_holds(&c->ir, BPF_OP(i->code), get(c, c->a), operand(c, i));

	ll.BuildCondBr(c->ir.b, holds, c->blocks[n + 1 + i->jt], c->blocks[n + 1 + i->jf]);
}

static void instruction(const struct compiler *c, uint32_t n)
{
	const struct sock_filter *i = &c->prog->insns[n];
	bool goes_on = true;

	switch (BPF_CLASS(i->code)) {
	case BPF_LD:
	case BPF_LDX:
		load(c, n);
		break;
	case BPF_ST:
		set(c, c->m[i->k], get(c, c->a));
		break;
	case BPF_STX:
		set(c, c->m[i->k], get(c, c->x));
		break;
	case BPF_ALU:
		arithmetic(c, i);
		break;
	case BPF_MISC:
		if (BPF_MISCOP(i->code) == BPF_TAX)
			set(c, c->x, get(c, c->a));
		else
			set(c, c->a, get(c, c->x));
		break;
	case BPF_JMP:
		goes_on = false;
		if (BPF_OP(i->code) == BPF_JA)
			ll.BuildBr(c->ir.b, c->blocks[n + 1 + i->k]);
		else
			branch(c, n);
		break;
	default:
		goes_on = false;
		ll.BuildRet(c->ir.b, BPF_RVAL(i->code) == BPF_A ? get(c, c->a) : number(c, i->k));
	}
	if (goes_on)
		ll.BuildBr(c->ir.b, c->blocks[n + 1]);
}

/* ---- the functions ---- */
static LLVMValueRef variable(const struct compiler *c)
{
	LLVMValueRef v = ll.BuildAlloca(c->ir.b, c->ir.i32, "");

	set(c, v, number(c, 0));
	return v;
}

/* Bytes that loads at fixed offsets need, those of a usual frame: with them there, no such load has
 * to be checked, and LLVM may do one before it is known to be wanted, in place of a branch. */
static uint32_t fixed_bytes(const struct cbpf_prog *prog)
{
	uint32_t most = 0;

	for (uint32_t n = 0; n < prog->len; n++) {
		const struct sock_filter *i = &prog->insns[n];
		bool absolute = BPF_CLASS(i->code) == BPF_LD && BPF_MODE(i->code) == BPF_ABS;
		bool header = BPF_CLASS(i->code) == BPF_LDX && BPF_MODE(i->code) == BPF_MSH;
		uint32_t end = i->k + cbpf_load_size(i->code);

		if ((absolute || header) && i->k < ETH_ZLEN && end <= ETH_ZLEN && end > most)
			most = end;
	}
	return most;
}

/* The packet's bytes, with `there` of them known to be readable. */
static LLVMValueRef data_pointer(const struct compiler *c)
{
	const struct jit_ir *ir = &c->ir;
	LLVMValueRef data =
		jit_member(ir, c->packet, offsetof(struct cbpf_packet, data), ir->pointer);
	LLVMMetadataRef count = ll.ValueAsMetadata(ll.ConstInt(ir->i64, c->there, 0));
	LLVMMetadataRef node = ll.MDNodeInContext2(ir->context, &count, 1);
	unsigned int kind = ll.GetMDKindIDInContext(ir->context, "dereferenceable", 15);

	if (c->there)
		ll.SetMetadata(data, kind, ll.MetadataAsValue(ir->context, node));
	return data;
}

/* The whole program, from the block at hand on. */
static void instructions(struct compiler *c)
{
	c->data = data_pointer(c);
	for (uint32_t n = 0; n < c->prog->len; n++)
		c->blocks[n] = new_block(c);
	ll.BuildBr(c->ir.b, c->blocks[0]);
	for (uint32_t n = 0; n < c->prog->len; n++) {
		ll.PositionBuilderAtEnd(c->ir.b, c->blocks[n]);
		instruction(c, n);
	}
}

static void declare(struct compiler *c)
{
	LLVMTypeRef packet = c->ir.pointer;

	c->type = ll.FunctionType(c->ir.i32, &packet, 1, 0);
	c->fn = ll.AddFunction(c->ir.module, "packet", c->type);
	ll.SetLinkage(c->fn, LLVMInternalLinkage);
	ll.PositionBuilderAtEnd(c->ir.b, new_block(c));
	c->packet = ll.GetParam(c->fn, 0);
	c->caplen = wide(
		c, jit_member(&c->ir, c->packet, offsetof(struct cbpf_packet, caplen), c->ir.i32));
	c->a = variable(c);
	c->x = variable(c);
	c->scratch = variable(c);
	for (int i = 0; i < BPF_MEMWORDS; i++)
		c->m[i] = variable(c);
	c->zero = new_block(c);
}

/* packet(pkt). Twice: for packets that have what fixed loads need, and for shorter ones. */
static void compile(struct compiler *c)
{
	LLVMBasicBlockRef checked;
	LLVMValueRef enough;

	declare(c);
	checked = new_block(c);
	c->there = fixed_bytes(c->prog);
	enough = ll.BuildICmp(c->ir.b, LLVMIntUGE, c->caplen, ll.ConstInt(c->ir.i64, c->there, 0),
			      "");
	go_on_if(c, enough, checked);
	instructions(c);
	c->there = 0;
	ll.PositionBuilderAtEnd(c->ir.b, checked);
	instructions(c);
	ll.PositionBuilderAtEnd(c->ir.b, c->zero);
	ll.BuildRet(c->ir.b, number(c, 0));
}

static LLVMValueRef element(const struct compiler *c, LLVMValueRef base, LLVMValueRef i,
			    size_t size, LLVMTypeRef type)
{
	LLVMValueRef at = ll.BuildMul(c->ir.b, i, ll.ConstInt(c->ir.i64, size, 0), "");

	return jit_at(&c->ir, base, at, type);
}

/* The function above, whose only caller it is, for packet after packet; LLVM puts it into the loop.
 */
static void compile_loop(const struct compiler *c)
{
	const struct jit_ir *ir = &c->ir;
	LLVMTypeRef params[] = {ir->pointer, ir->i64, ir->pointer};
	LLVMTypeRef type = ll.FunctionType(ll.VoidTypeInContext(ir->context), params, 3, 0);
	LLVMValueRef filter = ll.AddFunction(ir->module, "filter", type), at, i, ret, place;
	LLVMBasicBlockRef loop, out;

	ll.PositionBuilderAtEnd(ir->b, ll.AppendBasicBlockInContext(ir->context, filter, ""));
	at = ll.BuildAlloca(ir->b, ir->i64, "");
	ll.BuildStore(ir->b, ll.ConstInt(ir->i64, 0, 0), at);
	loop = ll.AppendBasicBlockInContext(ir->context, filter, "");
	out = ll.AppendBasicBlockInContext(ir->context, filter, "");
	ll.BuildBr(ir->b, loop);
	ll.PositionBuilderAtEnd(ir->b, loop);
	i = ll.BuildLoad2(ir->b, ir->i64, at, "");
	place = element(c, ll.GetParam(filter, 0), i, sizeof(struct cbpf_packet), ir->i8);
	ret = ll.BuildCall2(ir->b, c->type, c->fn, &place, 1, "");
	place = element(c, ll.GetParam(filter, 2), i, sizeof(uint32_t), ir->i32);
	ll.BuildStore(ir->b, ret, place);
	i = ll.BuildAdd(ir->b, i, ll.ConstInt(ir->i64, 1, 0), "");
	ll.BuildStore(ir->b, i, at);
	ll.BuildCondBr(ir->b, ll.BuildICmp(ir->b, LLVMIntULT, i, ll.GetParam(filter, 1), ""), loop,
		       out);
	ll.PositionBuilderAtEnd(ir->b, out);
	ll.BuildRetVoid(ir->b);
}

void jit_emit_packets(const struct jit_ir *ir, const struct cbpf_prog *prog)
{
	struct compiler c = {.ir = *ir, .prog = prog};

	c.ir.lanes = 1;
	compile(&c);
	compile_loop(&c);
}
#endif
