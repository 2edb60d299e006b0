/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifdef HAVE_LLVM
#include "jit_ir.h"

LLVMValueRef jit_number(const struct jit_ir *ir, uint32_t v)
{
	LLVMValueRef one = ll.ConstInt(ir->i32, v, 0), all[64];

	if (ir->lanes == 1)
		return one;
	for (uint32_t i = 0; i < ir->lanes; i++)
		all[i] = one;
	return ll.ConstVector(all, ir->lanes);
}

LLVMValueRef jit_at(const struct jit_ir *ir, LLVMValueRef pointer, LLVMValueRef offset,
		    LLVMTypeRef type)
{
	LLVMValueRef at = ll.BuildGEP2(ir->b, ir->i8, pointer, &offset, 1, "");

	return ll.BuildBitCast(ir->b, at, ll.PointerType(type, 0), "");
}

LLVMValueRef jit_member(const struct jit_ir *ir, LLVMValueRef packet, size_t offset,
			LLVMTypeRef type)
{
	LLVMValueRef at = ll.ConstInt(ir->i64, offset, 0);

	return ll.BuildLoad2(ir->b, type, jit_at(ir, packet, at, type), "");
}

LLVMValueRef jit_bytes(const struct jit_ir *ir, LLVMValueRef at, LLVMValueRef offset, uint32_t size)
{
	LLVMTypeRef type = size == 4 ? ir->i32 : size == 2 ? ir->i16 : ir->i8;
	LLVMValueRef v = ll.BuildLoad2(ir->b, type, jit_at(ir, at, offset, type), "");

	ll.SetAlignment(v, 1);
	return v;
}

LLVMValueRef jit_from_network(const struct jit_ir *ir, LLVMValueRef v, LLVMTypeRef type)
{
	unsigned int id = ll.LookupIntrinsicID("llvm.bswap", sizeof("llvm.bswap") - 1);

	if (__BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__)
		return v;
	return ll.BuildCall2(ir->b, ll.IntrinsicGetType(ir->context, id, &type, 1),
			     ll.GetIntrinsicDeclaration(ir->module, id, &type, 1), &v, 1, "");
}

LLVMValueRef jit_operate(const struct jit_ir *ir, uint8_t op, LLVMValueRef a, LLVMValueRef v)
{
	switch (op) {
	case BPF_ADD:
		return ll.BuildAdd(ir->b, a, v, "");
	case BPF_SUB:
		return ll.BuildSub(ir->b, a, v, "");
	case BPF_MUL:
		return ll.BuildMul(ir->b, a, v, "");
	case BPF_DIV:
		return ll.BuildUDiv(ir->b, a, v, "");
	case BPF_MOD:
		return ll.BuildURem(ir->b, a, v, "");
	case BPF_OR:
		return ll.BuildOr(ir->b, a, v, "");
	case BPF_AND:
		return ll.BuildAnd(ir->b, a, v, "");
	case BPF_XOR:
		return ll.BuildXor(ir->b, a, v, "");
	case BPF_LSH:
		return ll.BuildShl(ir->b, a, ll.BuildAnd(ir->b, v, jit_number(ir, 31), ""), "");
	case BPF_RSH:
		return ll.BuildLShr(ir->b, a, ll.BuildAnd(ir->b, v, jit_number(ir, 31), ""), "");
	default: /* BPF_NEG */
		return ll.BuildNeg(ir->b, a, "");
	}
}

LLVMValueRef jit_holds(const struct jit_ir *ir, uint8_t op, LLVMValueRef a, LLVMValueRef v)
{
	switch (op) {
	case BPF_JEQ:
		return ll.BuildICmp(ir->b, LLVMIntEQ, a, v, "");
	case BPF_JGT:
		return ll.BuildICmp(ir->b, LLVMIntUGT, a, v, "");
	case BPF_JGE:
		return ll.BuildICmp(ir->b, LLVMIntUGE, a, v, "");
	default: /* BPF_JSET */
		return ll.BuildICmp(ir->b, LLVMIntNE, ll.BuildAnd(ir->b, a, v, ""),
				    jit_number(ir, 0), "");
	}
}
#endif
