/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "insn.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const struct cbpf_op cbpf_ops[] = {
	{BPF_LD | BPF_W | BPF_ABS, "ld", OPERAND_ABS},
	{BPF_LD | BPF_H | BPF_ABS, "ldh", OPERAND_ABS},
	{BPF_LD | BPF_B | BPF_ABS, "ldb", OPERAND_ABS},
	{BPF_LD | BPF_W | BPF_IND, "ld", OPERAND_IND},
	{BPF_LD | BPF_H | BPF_IND, "ldh", OPERAND_IND},
	{BPF_LD | BPF_B | BPF_IND, "ldb", OPERAND_IND},
	{BPF_LD | BPF_W | BPF_LEN, "ld", OPERAND_LEN},
	{BPF_LD | BPF_IMM, "ld", OPERAND_HEX},
	{BPF_LD | BPF_MEM, "ld", OPERAND_MEM},
	{BPF_LDX | BPF_IMM, "ldx", OPERAND_HEX},
	{BPF_LDX | BPF_MEM, "ldx", OPERAND_MEM},
	{BPF_LDX | BPF_W | BPF_LEN, "ldx", OPERAND_LEN},
	{BPF_LDX | BPF_B | BPF_MSH, "ldxb", OPERAND_MSH},
	{BPF_ST, "st", OPERAND_MEM},
	{BPF_STX, "stx", OPERAND_MEM},
	{BPF_ALU | BPF_ADD | BPF_K, "add", OPERAND_DEC},
	{BPF_ALU | BPF_SUB | BPF_K, "sub", OPERAND_DEC},
	{BPF_ALU | BPF_MUL | BPF_K, "mul", OPERAND_DEC},
	{BPF_ALU | BPF_DIV | BPF_K, "div", OPERAND_DEC},
	{BPF_ALU | BPF_MOD | BPF_K, "mod", OPERAND_DEC},
	{BPF_ALU | BPF_LSH | BPF_K, "lsh", OPERAND_DEC},
	{BPF_ALU | BPF_RSH | BPF_K, "rsh", OPERAND_DEC},
	{BPF_ALU | BPF_AND | BPF_K, "and", OPERAND_HEX},
	{BPF_ALU | BPF_OR | BPF_K, "or", OPERAND_HEX},
	{BPF_ALU | BPF_XOR | BPF_K, "xor", OPERAND_HEX},
	{BPF_ALU | BPF_ADD | BPF_X, "add", OPERAND_X},
	{BPF_ALU | BPF_SUB | BPF_X, "sub", OPERAND_X},
	{BPF_ALU | BPF_MUL | BPF_X, "mul", OPERAND_X},
	{BPF_ALU | BPF_DIV | BPF_X, "div", OPERAND_X},
	{BPF_ALU | BPF_MOD | BPF_X, "mod", OPERAND_X},
	{BPF_ALU | BPF_LSH | BPF_X, "lsh", OPERAND_X},
	{BPF_ALU | BPF_RSH | BPF_X, "rsh", OPERAND_X},
	{BPF_ALU | BPF_AND | BPF_X, "and", OPERAND_X},
	{BPF_ALU | BPF_OR | BPF_X, "or", OPERAND_X},
	{BPF_ALU | BPF_XOR | BPF_X, "xor", OPERAND_X},
	{BPF_ALU | BPF_NEG, "neg", OPERAND_NONE},
	{BPF_JMP | BPF_JA, "ja", OPERAND_TARGET},
	{BPF_JMP | BPF_JEQ | BPF_K, "jeq", OPERAND_HEX},
	{BPF_JMP | BPF_JGT | BPF_K, "jgt", OPERAND_HEX},
	{BPF_JMP | BPF_JGE | BPF_K, "jge", OPERAND_HEX},
	{BPF_JMP | BPF_JSET | BPF_K, "jset", OPERAND_HEX},
	{BPF_JMP | BPF_JEQ | BPF_X, "jeq", OPERAND_X},
	{BPF_JMP | BPF_JGT | BPF_X, "jgt", OPERAND_X},
	{BPF_JMP | BPF_JGE | BPF_X, "jge", OPERAND_X},
	{BPF_JMP | BPF_JSET | BPF_X, "jset", OPERAND_X},
	{BPF_RET | BPF_K, "ret", OPERAND_DEC},
	{BPF_RET | BPF_A, "ret", OPERAND_A},
	{BPF_MISC | BPF_TAX, "tax", OPERAND_NONE},
	{BPF_MISC | BPF_TXA, "txa", OPERAND_NONE},
	{0, "", OPERAND_NONE},
};

const struct cbpf_op *cbpf_op_find(uint16_t code)
{
	for (const struct cbpf_op *op = cbpf_ops; op->name[0]; op++)
		if (op->code == code)
			return op;
	return NULL;
}

bool cbpf_is_branch(uint16_t code)
{
	return BPF_CLASS(code) == BPF_JMP && BPF_OP(code) != BPF_JA;
}

const struct cbpf_ancillary cbpf_ancillaries[] = {
	{SKF_AD_PROTOCOL, "proto", "proto"},
	{SKF_AD_PKTTYPE, "type", "type"},
	{SKF_AD_IFINDEX, "ifidx", "ifidx"},
	{SKF_AD_NLATTR, "nla", "nla"},
	{SKF_AD_NLATTR_NEST, "nlan", "nlan"},
	{SKF_AD_MARK, "mark", "mark"},
	{SKF_AD_QUEUE, "queue", "queue"},
	{SKF_AD_HATYPE, "hatype", "hatype"},
	{SKF_AD_RXHASH, "rxhash", "rxhash"},
	{SKF_AD_CPU, "cpu", "cpu"},
	{SKF_AD_ALU_XOR_X, "xor_x", NULL},
	{SKF_AD_VLAN_TAG, "vlan_tci", "vlan_tci"},
	{SKF_AD_VLAN_TAG_PRESENT, "vlanp", "vlan_avail"},
	{SKF_AD_PAY_OFFSET, "poff", "poff"},
	{SKF_AD_RANDOM, "random", "rand"},
	{SKF_AD_VLAN_TPID, "vlan_tpid", "vlan_tpid"},
	{0, NULL, NULL},
};

const struct cbpf_ancillary *cbpf_ancillary_find(uint32_t k)
{
	if (k < (uint32_t)SKF_AD_OFF)
		return NULL;
	for (const struct cbpf_ancillary *a = cbpf_ancillaries; a->tcpdump; a++)
		if ((uint32_t)SKF_AD_OFF + a->offset == k)
			return a;
	return NULL;
}

int cbpf_append(struct cbpf_prog *prog, size_t *room, struct sock_filter insn)
{
	if (prog->len == *room) {
		size_t more = *room ? *room * 2 : 64;
		void *p = reallocarray(prog->insns, more, sizeof(insn));

		if (!p)
			return -ENOMEM;
		prog->insns = p;
		*room = more;
	}
	prog->insns[prog->len++] = insn;
	return 0;
}

void cbpf_free(struct cbpf_prog *prog)
{
	free(prog->insns);
	memset(prog, 0, sizeof(*prog));
}

int cbpf_error_set(struct cbpf_error *err, int code, const char *fmt, ...)
{
	va_list ap;

	err->line = err->column = 0;
	va_start(ap, fmt);
	vsnprintf(err->text, sizeof(err->text), fmt, ap);
	va_end(ap);
	return code;
}
