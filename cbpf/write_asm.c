/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The assembler of Linux' tools/bpf/bpf_asm. Labels are L and the instruction's number. */
#include "write.h"

#include <errno.h>
#include <stdlib.h>

/* What the assembler can spell: an instruction with a name, all of whose numbers it uses, that
 * jumps within the program. */
static bool spellable(const struct cbpf_prog *prog, uint32_t n)
{
	const struct sock_filter *i = &prog->insns[n];
	uint64_t far = 0;

	if (!cbpf_op_find(i->code) || !cbpf_listed_whole(i))
		return false;
	if (i->code == (BPF_JMP | BPF_JA))
		far = (uint64_t)n + 1 + i->k;
	else if (cbpf_is_branch(i->code))
		far = (uint64_t)n + 1 + (i->jt > i->jf ? i->jt : i->jf);
	return far < prog->len;
}

static void mark_targets(const struct cbpf_prog *prog, bool *target)
{
	for (uint32_t n = 0; n < prog->len; n++) {
		const struct sock_filter *i = &prog->insns[n];

		if (!spellable(prog, n) || BPF_CLASS(i->code) != BPF_JMP)
			continue;
		if (BPF_OP(i->code) == BPF_JA) {
			target[n + 1 + i->k] = true;
		} else {
			target[n + 1 + i->jt] = true;
			target[n + 1 + i->jf] = true;
		}
	}
}

static void put_operand(FILE *f, const struct cbpf_op *op, uint32_t n, uint32_t k)
{
	const struct cbpf_ancillary *a;

	switch (op->operand) {
	case OPERAND_NONE:
		break;
	case OPERAND_ABS:
		a = cbpf_ancillary_find(k);
		if (a && a->bpf_asm)
			fprintf(f, " #%s", a->bpf_asm);
		else
			fprintf(f, k > INT32_MAX ? " [0x%x]" : " [%u]", k);
		break;
	case OPERAND_IND:
		fprintf(f, k > INT32_MAX ? " [x + 0x%x]" : " [x + %u]", k);
		break;
	case OPERAND_HEX:
	case OPERAND_DEC:
		fprintf(f, op->operand == OPERAND_HEX || k > INT32_MAX ? " #0x%x" : " #%u", k);
		break;
	case OPERAND_MSH:
		fprintf(f, " 4*([%u]&0xf)", k);
		break;
	case OPERAND_MEM:
		fprintf(f, " M[%u]", k);
		break;
	case OPERAND_X:
		fputs(" x", f);
		break;
	case OPERAND_A:
		fputs(" a", f);
		break;
	case OPERAND_LEN:
		fputs(" #len", f);
		break;
	case OPERAND_TARGET:
		fprintf(f, " L%u", n + 1 + k);
		break;
	}
}

static void put_insn(FILE *f, const struct cbpf_prog *prog, uint32_t n)
{
	const struct sock_filter *i = &prog->insns[n];
	const struct cbpf_op *op = cbpf_op_find(i->code);

	if (!spellable(prog, n)) {
		fprintf(f, "\t.insn 0x%x, %u, %u, 0x%x\n", i->code, i->jt, i->jf, i->k);
		return;
	}
	fprintf(f, "\t%s", op->name);
	put_operand(f, op, n, i->k);
	if (cbpf_is_branch(i->code))
		fprintf(f, ", L%u, L%u", n + 1 + i->jt, n + 1 + i->jf);
	fputc('\n', f);
}

int cbpf_put_asm(FILE *f, const struct cbpf_prog *prog)
{
	bool *target = calloc(prog->len + 1, sizeof(*target));

	if (!target)
		return -ENOMEM;
	mark_targets(prog, target);
	for (uint32_t n = 0; n < prog->len; n++) {
		if (target[n])
			fprintf(f, "L%u:\n", n);
		put_insn(f, prog, n);
	}
	free(target);
	return 0;
}
