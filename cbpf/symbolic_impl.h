/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What building expressions (symbolic.c) and asking questions (symbolic_solve.c) share. */
#ifndef CBPF_SYMBOLIC_IMPL_H
#define CBPF_SYMBOLIC_IMPL_H

#include "metadata.h"
#include "symbolic.h"
#include "values.h"

#include <z3.h>

/* Per instruction. NULL stands for "true" in `there`, for "never" in `reach`. */
struct sym_insn {
	Z3_ast reach;
	Z3_ast holds; /* a comparison's result */
	Z3_ast there; /* the load is within the packet, the divisor not 0 */
	Z3_ast value; /* what a ret returns is not 0 */
};

struct sym_prog {
	const struct cbpf_prog *prog;
	struct sym_insn *insns;
	Z3_ast accept;
};

struct cbpf_sym {
	Z3_context z3;
	Z3_solver solver;
	Z3_sort word, byte;
	Z3_ast len;
	/* The packet: a variable for each byte that is asked for, or one array when an address is
	 * not known beforehand. Variables are far faster. */
	bool use_array;
	bool headers; /* a program counts from one: the packet has them */
	Z3_ast array, bytes[CBPF_SYM_LEN_MAX];
	Z3_ast meta[CBPF_METADATA]; /* those that are asked for */
	struct sym_prog progs[2];
	unsigned int count;
	uint64_t deadline_ms;
};

uint64_t cbpf_sym_left_ms(const struct cbpf_sym *sym); /* 0: over */

#endif
