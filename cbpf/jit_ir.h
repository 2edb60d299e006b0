/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Pieces of LLVM's intermediate code, and the two functions that a program is compiled to. */
#ifndef CBPF_JIT_IR_H
#define CBPF_JIT_IR_H

#ifdef HAVE_LLVM
#include "jit_llvm.h"
#include "vm.h"

#include <stddef.h>

struct jit_ir {
	LLVMContextRef context;
	LLVMModuleRef module;
	LLVMBuilderRef b;
	LLVMTypeRef i8, i16, i32, i64, pointer;
	uint32_t lanes; /* 1: values are numbers; else vectors of so many */
};

/* filter(pkts, count, rets), `count` not 0: one packet after the other, each by the instructions'
 * own way. */
void jit_emit_packets(const struct jit_ir *ir, const struct cbpf_prog *prog);

/* batch(pkts, rets) for JIT_BATCH packets: all instructions for all of them, and nothing depends on
 * the answers. It returns the set of packets for which that does not do, the first lowest: those
 * are too short for what the program reads there. False, and nothing emitted, where the program
 * asks for what has no column: metadata, headers, addresses that are computed. */
#define JIT_BATCH 64
bool jit_emit_batch(const struct jit_ir *ir, const struct cbpf_prog *prog);

/* ---- pieces ---- */
LLVMValueRef jit_number(const struct jit_ir *ir, uint32_t v);
/* `pointer` moved by `offset` (64 bits), to be read as `type`. */
LLVMValueRef jit_at(const struct jit_ir *ir, LLVMValueRef pointer, LLVMValueRef offset,
		    LLVMTypeRef type);
/* A member of the struct cbpf_packet at `packet`. */
LLVMValueRef jit_member(const struct jit_ir *ir, LLVMValueRef packet, size_t offset,
			LLVMTypeRef type);
/* `size` bytes at `at`, wherever they lie, as a number of `size` bytes in memory's order. */
LLVMValueRef jit_bytes(const struct jit_ir *ir, LLVMValueRef at, LLVMValueRef offset,
		       uint32_t size);
/* The value with its bytes the other way round, if this machine is little-endian. */
LLVMValueRef jit_from_network(const struct jit_ir *ir, LLVMValueRef v, LLVMTypeRef type);
/* A `op` v, as BPF_ALU: v is not 0 where it divides. */
LLVMValueRef jit_operate(const struct jit_ir *ir, uint8_t op, LLVMValueRef a, LLVMValueRef v);
/* Whether a jump of `op` is taken. */
LLVMValueRef jit_holds(const struct jit_ir *ir, uint8_t op, LLVMValueRef a, LLVMValueRef v);

#endif
#endif
