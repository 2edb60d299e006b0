/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "check.h"

#include "insn.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const names[] = {
	[CBPF_RULE_NONE] = "none",
	[CBPF_RULE_EMPTY] = "empty",
	[CBPF_RULE_TOO_LONG] = "too-long",
	[CBPF_RULE_OPCODE] = "opcode",
	[CBPF_RULE_DIVISION] = "division",
	[CBPF_RULE_SHIFT] = "shift",
	[CBPF_RULE_MEMORY] = "memory",
	[CBPF_RULE_JUMP] = "jump",
	[CBPF_RULE_ANCILLARY] = "ancillary",
	[CBPF_RULE_RETURN] = "return",
	[CBPF_RULE_UNINITIALISED] = "uninitialised",
	[CBPF_RULE_CONVERTED_JUMP] = "converted-jump",
	[CBPF_RULE_OPTMEM] = "optmem",
};

const char *cbpf_rule_name(enum cbpf_rule rule)
{
	return names[rule];
}

__attribute__((format(printf, 5, 6))) static bool
refuse(struct cbpf_finding *f, enum cbpf_rule rule, int error, uint32_t insn, const char *fmt, ...)
{
	va_list ap;

	f->rule = rule;
	f->error = error;
	f->insn = insn;
	va_start(ap, fmt);
	vsnprintf(f->text, sizeof(f->text), fmt, ap);
	va_end(ap);
	return false;
}

static bool check_constant(const struct sock_filter *i, uint32_t n, struct cbpf_finding *f)
{
	switch (i->code) {
	case BPF_ALU | BPF_DIV | BPF_K:
	case BPF_ALU | BPF_MOD | BPF_K:
		return i->k || refuse(f, CBPF_RULE_DIVISION, -EINVAL, n,
				      "insn %u: division by the constant 0", n);
	case BPF_ALU | BPF_LSH | BPF_K:
	case BPF_ALU | BPF_RSH | BPF_K:
		return i->k < 32 || refuse(f, CBPF_RULE_SHIFT, -EINVAL, n,
					   "insn %u: shift by %u, a word has 32 bits", n, i->k);
	case BPF_LD | BPF_MEM:
	case BPF_LDX | BPF_MEM:
	case BPF_ST:
	case BPF_STX:
		return i->k < BPF_MEMWORDS ||
		       refuse(f, CBPF_RULE_MEMORY, -EINVAL, n,
			      "insn %u: M[%u], the last one is M[%u]", n, i->k, BPF_MEMWORDS - 1);
	case BPF_LD | BPF_W | BPF_ABS:
	case BPF_LD | BPF_H | BPF_ABS:
	case BPF_LD | BPF_B | BPF_ABS:
		return i->k < (uint32_t)SKF_AD_OFF || cbpf_ancillary_find(i->k) ||
		       refuse(f, CBPF_RULE_ANCILLARY, -EINVAL, n,
			      "insn %u: there is no ancillary load SKF_AD_OFF + %u", n,
			      i->k - (uint32_t)SKF_AD_OFF);
	}
	return true;
}

static bool check_jump(const struct cbpf_prog *prog, uint32_t n, struct cbpf_finding *f)
{
	const struct sock_filter *i = &prog->insns[n];
	uint64_t target = 0;

	if (i->code == (BPF_JMP | BPF_JA)) {
		target = (uint64_t)n + 1 + i->k;
		if (i->k > INT32_MAX)
			return refuse(f, CBPF_RULE_JUMP, -EINVAL, n,
				      "insn %u: jump back by %u; a filter only jumps forward", n,
				      -i->k - 1);
	} else if (cbpf_is_branch(i->code)) {
		target = (uint64_t)n + 1 + (i->jt > i->jf ? i->jt : i->jf);
	}
	return target < prog->len || refuse(f, CBPF_RULE_JUMP, -EINVAL, n,
					    "insn %u: jump to %llu, past the end (%u instructions)",
					    n, (unsigned long long)target, prog->len);
}

/* bpf_check_classic(). */
static bool check_instructions(const struct cbpf_prog *prog, struct cbpf_finding *f)
{
	const struct sock_filter *last = &prog->insns[prog->len - 1];

	for (uint32_t n = 0; n < prog->len; n++) {
		const struct sock_filter *i = &prog->insns[n];

		if (!cbpf_op_find(i->code))
			return refuse(f, CBPF_RULE_OPCODE, -EINVAL, n,
				      "insn %u: Linux has no instruction with the opcode 0x%x", n,
				      i->code);
		if (!check_constant(i, n, f) || !check_jump(prog, n, f))
			return false;
	}
	if (last->code != (BPF_RET | BPF_K) && last->code != (BPF_RET | BPF_A))
		return refuse(f, CBPF_RULE_RETURN, -EINVAL, prog->len - 1,
			      "insn %u: the last instruction is no ret", prog->len - 1);
	return true;
}

/* check_load_and_stores(): what is written on every way to an instruction. A jump starts the next
 * instruction afresh, a ret does not: code behind it that nobody reaches is still held to its
 * rules. */
static bool check_memory(const struct cbpf_prog *prog, uint16_t *masks, struct cbpf_finding *f)
{
	uint16_t valid = 0;

	memset(masks, 0xff, prog->len * sizeof(*masks));
	for (uint32_t n = 0; n < prog->len; n++) {
		const struct sock_filter *i = &prog->insns[n];

		valid &= masks[n];
		if (i->code == BPF_ST || i->code == BPF_STX) {
			valid |= (uint16_t)(1U << i->k);
		} else if (i->code == (BPF_LD | BPF_MEM) || i->code == (BPF_LDX | BPF_MEM)) {
			if (!(valid & (1U << i->k)))
				return refuse(
					f, CBPF_RULE_UNINITIALISED, -EINVAL, n,
					"insn %u: M[%u] is read, and not written on every way here",
					n, i->k);
		} else if (i->code == (BPF_JMP | BPF_JA)) {
			masks[n + 1 + i->k] &= valid;
			valid = 0xffff;
		} else if (cbpf_is_branch(i->code)) {
			masks[n + 1 + i->jt] &= valid;
			masks[n + 1 + i->jf] &= valid;
			valid = 0xffff;
		}
	}
	return true;
}

/* ---- bpf_convert_filter(): how long each instruction becomes, and whether its jumps still fit
 * ---- */
static uint32_t ancillary_length(uint32_t offset)
{
	switch (offset) {
	case SKF_AD_PROTOCOL:
	case SKF_AD_PKTTYPE:
	case SKF_AD_VLAN_TPID:
		return 2;
	case SKF_AD_VLAN_TAG_PRESENT:
		return 3;
	case SKF_AD_IFINDEX:
	case SKF_AD_HATYPE:
	case SKF_AD_PAY_OFFSET:
	case SKF_AD_NLATTR:
	case SKF_AD_NLATTR_NEST:
	case SKF_AD_CPU:
	case SKF_AD_RANDOM:
		return 4;
	default:
		return 1;
	}
}

/* convert_bpf_ld_abs(): a fast way for offsets that are not negative, then the call of the helper.
 */
static uint32_t load_length(uint16_t code, uint32_t k)
{
	bool swap = BPF_SIZE(code) != BPF_B, negative = k > INT32_MAX;

	if (BPF_MODE(code) == BPF_IND)
		return 8 + !!k;
	return negative ? 8 : 8 + 4 + !!k + swap + (k > INT16_MAX ? 2 : 0);
}

static uint32_t converted_length(const struct sock_filter *i)
{
	const struct cbpf_ancillary *a;

	switch (BPF_CLASS(i->code)) {
	case BPF_LD:
		if (BPF_MODE(i->code) != BPF_ABS && BPF_MODE(i->code) != BPF_IND)
			return 1;
		a = BPF_MODE(i->code) == BPF_ABS ? cbpf_ancillary_find(i->k) : NULL;
		return a ? ancillary_length(a->offset) : load_length(i->code, i->k);
	case BPF_LDX:
		return BPF_MODE(i->code) == BPF_MSH
			       ? 6 + load_length(BPF_LD | BPF_B | BPF_ABS, i->k)
			       : 1;
	case BPF_ALU:
		return i->code == (BPF_ALU | BPF_DIV | BPF_X) ||
				       i->code == (BPF_ALU | BPF_MOD | BPF_X)
			       ? 5
			       : 1;
	case BPF_JMP:
		if (BPF_OP(i->code) == BPF_JA)
			return 1;
		/* one jump where a side falls through and the comparison has an inverse, else two
		 */
		return (BPF_SRC(i->code) == BPF_K && i->k > INT32_MAX) +
		       (!i->jf || (!i->jt && BPF_OP(i->code) != BPF_JSET) ? 1 : 2);
	case BPF_RET:
		return BPF_RVAL(i->code) == BPF_K ? 2 : 1;
	default:
		return 1;
	}
}

static bool loads_packet(const struct sock_filter *i)
{
	if (BPF_CLASS(i->code) == BPF_LDX)
		return BPF_MODE(i->code) == BPF_MSH;
	return BPF_CLASS(i->code) == BPF_LD &&
	       (BPF_MODE(i->code) == BPF_IND ||
		(BPF_MODE(i->code) == BPF_ABS && !cbpf_ancillary_find(i->k)));
}

/* The offset of one jump in 16 bits. The first pass runs before the targets' addresses are known
 * and takes them for 0: a jump from beyond 32,767 is refused for that alone. */
static bool fits(const uint32_t *at, uint32_t n, uint32_t extra, uint32_t target)
{
	int64_t here = (int64_t)at[n] + 1 + extra;

	return (int64_t)at[target] - here <= INT16_MAX && -here >= INT16_MIN;
}

static bool jumps_fit(const struct sock_filter *i, const uint32_t *at, uint32_t n)
{
	uint32_t extra = BPF_SRC(i->code) == BPF_K && i->k > INT32_MAX;

	if (i->code == (BPF_JMP | BPF_JA))
		return fits(at, n, 0, n + 1 + i->k);
	if (!i->jf)
		return fits(at, n, extra, n + 1 + i->jt);
	if (!i->jt && BPF_OP(i->code) != BPF_JSET)
		return fits(at, n, extra, n + 1 + i->jf);
	return fits(at, n, extra, n + 1 + i->jt) && fits(at, n, extra + 1, n + 1 + i->jf);
}

static bool check_conversion(const struct cbpf_prog *prog, uint32_t *at, struct cbpf_finding *f)
{
	uint32_t length =
		3; /* A = 0, X = 0, the context kept; with packet loads data and headlen too */

	for (uint32_t n = 0; n < prog->len; n++)
		if (loads_packet(&prog->insns[n])) {
			length = 7;
			break;
		}
	for (uint32_t n = 0; n < prog->len; n++) {
		at[n] = length;
		length += converted_length(&prog->insns[n]);
	}
	f->converted = length;
	for (uint32_t n = 0; n < prog->len; n++)
		if (BPF_CLASS(prog->insns[n].code) == BPF_JMP && !jumps_fit(&prog->insns[n], at, n))
			return refuse(f, CBPF_RULE_CONVERTED_JUMP, -EINVAL, n,
				      "insn %u: converted to eBPF (%u instructions) the jump does "
				      "not fit into 16 bits",
				      n, length);
	return true;
}

/* offsetof(struct bpf_prog, insns): 96 in 6.18, 72 before it kept a digest of 32 bytes. */
#define PROG_HEADER 96

static bool check_optmem(const struct cbpf_prog *prog, uint32_t optmem_max, struct cbpf_finding *f)
{
	uint64_t size = PROG_HEADER + 8ULL * f->converted;

	return !optmem_max || size < optmem_max ||
	       refuse(f, CBPF_RULE_OPTMEM, -ENOMEM, prog->len,
		      "converted to eBPF it has %u instructions, %llu bytes: net.core.optmem_max "
		      "is %u",
		      f->converted, (unsigned long long)size, optmem_max);
}

bool cbpf_check(const struct cbpf_prog *prog, uint32_t optmem_max, struct cbpf_finding *out)
{
	uint16_t masks[BPF_MAXINSNS];
	uint32_t at[BPF_MAXINSNS];

	*out = (struct cbpf_finding){.insn = prog->len};
	if (!prog->len)
		return refuse(out, CBPF_RULE_EMPTY, -EINVAL, 0, "there is no instruction");
	if (prog->len > BPF_MAXINSNS)
		return refuse(out, CBPF_RULE_TOO_LONG, -EINVAL, BPF_MAXINSNS,
			      "%u instructions: Linux takes %u at most", prog->len, BPF_MAXINSNS);
	return check_instructions(prog, out) && check_memory(prog, masks, out) &&
	       check_conversion(prog, at, out) && check_optmem(prog, optmem_max, out);
}
