/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The instruction set as a table: what the readers, writers and checks of this folder share. */
#ifndef CBPF_INSN_H
#define CBPF_INSN_H

#include "cbpf.h"

/* How the operand of an instruction is written. HEX and DEC are tcpdump's choice for an immediate.
 */
enum cbpf_operand {
	OPERAND_NONE,
	OPERAND_ABS,    /* [k], or the name of a SKF_AD load */
	OPERAND_IND,    /* [x + k] */
	OPERAND_HEX,    /* #0x14 */
	OPERAND_DEC,    /* #20 */
	OPERAND_MSH,    /* 4*([k]&0xf) */
	OPERAND_MEM,    /* M[k] */
	OPERAND_X,      /* x */
	OPERAND_LEN,    /* #pktlen */
	OPERAND_TARGET, /* ja */
	OPERAND_A,      /* ret a */
};

struct cbpf_op {
	uint16_t code;
	char name[6];
	enum cbpf_operand operand;
};

/* Every opcode that Linux takes (chk_code_allowed() of net/core/filter.c), ends with an empty name.
 */
extern const struct cbpf_op cbpf_ops[];
/* NULL where Linux knows no such opcode. */
const struct cbpf_op *cbpf_op_find(uint16_t code);
/* A jump with a comparison, so with jt and jf: the one class where those count. */
bool cbpf_is_branch(uint16_t code);
/* How many bytes of the packet a load reads. */
static inline uint32_t cbpf_load_size(uint16_t code)
{
	return BPF_SIZE(code) == BPF_W ? 4 : BPF_SIZE(code) == BPF_H ? 2 : 1;
}

/* The SKF_AD loads: names of tcpdump's listings and of bpf_asm, NULL where a dialect has none. */
struct cbpf_ancillary {
	uint32_t offset; /* SKF_AD_*, to be added to SKF_AD_OFF */
	const char *tcpdump, *bpf_asm;
};
extern const struct cbpf_ancillary cbpf_ancillaries[]; /* ends with both names NULL */
/* By what an absolute load's k says; NULL when it is no SKF_AD load that Linux has. */
const struct cbpf_ancillary *cbpf_ancillary_find(uint32_t k);

/* Appends one instruction, growing the array by doubling; `*room` is the caller's. 0 or -ENOMEM. */
int cbpf_append(struct cbpf_prog *prog, size_t *room, struct sock_filter insn);

int cbpf_error_set(struct cbpf_error *err, int code, const char *fmt, ...)
	__attribute__((format(printf, 3, 4))); /* returns `code` */

#endif
