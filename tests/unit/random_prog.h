/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Valid random programs and packets, from a seed: for tests that hold two engines against each
 * other. Every instruction that packets' bytes can decide appears; metadata loads do not. */
#ifndef RANDOM_PROG_H
#define RANDOM_PROG_H

#include "cbpf.h"
#include "check.h"
#include "insn.h"

static uint64_t random_state;

static uint32_t random_u32(void)
{
	random_state = random_state * 6364136223846793005ULL + 1442695040888963407ULL;
	return (uint32_t)(random_state >> 33);
}

static uint32_t random_below(uint32_t n)
{
	return random_u32() % n;
}

static bool random_ops_has(const struct cbpf_op *op)
{
	return BPF_CLASS(op->code) != BPF_RET && op->code != (BPF_JMP | BPF_JA);
}

static uint16_t random_code(void)
{
	uint32_t count = 0;

	while (cbpf_ops[count].name[0])
		count++;
	for (;;) {
		const struct cbpf_op *op = &cbpf_ops[random_below(count)];

		if (random_ops_has(op))
			return op->code;
	}
}

static uint32_t random_constant(uint16_t code)
{
	static const uint32_t odd[] = {0,      1,          2,          255,       0x800,
				       0xffff, 0x7fffffff, 0x80000000, UINT32_MAX};

	if (BPF_MODE(code) == BPF_MEM && BPF_CLASS(code) <= BPF_LDX)
		return random_below(BPF_MEMWORDS);
	if (BPF_CLASS(code) == BPF_ST || BPF_CLASS(code) == BPF_STX)
		return random_below(BPF_MEMWORDS);
	if (BPF_CLASS(code) == BPF_LD && BPF_MODE(code) == BPF_ABS)
		return random_below(random_below(8) ? 40 : 70);
	if (BPF_CLASS(code) == BPF_LD && BPF_MODE(code) == BPF_IND)
		return random_below(6) ? random_below(30) : UINT32_MAX - random_below(30);
	if (BPF_CLASS(code) == BPF_LDX && BPF_MODE(code) == BPF_MSH)
		return random_below(50);
	if (BPF_CLASS(code) == BPF_ALU && (BPF_OP(code) == BPF_LSH || BPF_OP(code) == BPF_RSH))
		return random_below(32);
	return random_below(3) ? random_below(100)
			       : odd[random_below(sizeof(odd) / sizeof(odd[0]))];
}

/* Up to `max` instructions (at least 3) into `insns`; the length. Stores come first, so that every
 * M[] of those that are read has been written. */
static uint32_t random_prog(struct sock_filter *insns, uint32_t max)
{
	uint32_t len = 3 + random_below(max - 2);

	for (;;) {
		struct cbpf_prog prog = {.insns = insns, .len = len, .linktype = 1};
		struct cbpf_finding f;

		for (uint32_t n = 0; n < len; n++) {
			uint32_t left = len - 1 - n;
			struct sock_filter *i = &insns[n];

			*i = (struct sock_filter){.code = random_code()};
			i->k = random_constant(i->code);
			if (cbpf_is_branch(i->code)) {
				i->jt = (uint8_t)random_below(left > 6 ? 6 : left ? left : 1);
				i->jf = (uint8_t)random_below(left > 6 ? 6 : left ? left : 1);
			}
			if (!random_below(12))
				*i = (struct sock_filter){.code = BPF_RET | BPF_K,
							  .k = random_u32()};
			else if (!random_below(30) && left > 2)
				*i = (struct sock_filter){.code = BPF_JMP | BPF_JA,
							  .k = random_below(left - 1)};
		}
		insns[len - 1] = (struct sock_filter){.code = BPF_RET | BPF_A};
		if (cbpf_check(&prog, 0, &f))
			return len;
	}
}

/* A packet of [min, max] bytes, small numbers more often than not. */
static uint32_t random_packet(uint8_t *data, uint32_t min, uint32_t max)
{
	uint32_t len = min + random_below(max - min + 1);

	for (uint32_t i = 0; i < len; i++)
		data[i] = (uint8_t)(random_below(2) ? random_below(70) : random_u32());
	return len;
}

#endif
