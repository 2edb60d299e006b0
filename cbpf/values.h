/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which values a register can have: a few, listed, or any. `4*([14]&0xf)` has sixteen, so that a
 * load behind an IPv4 header has sixteen addresses and none unknown. */
#ifndef CBPF_VALUES_H
#define CBPF_VALUES_H

#include <linux/filter.h>
#include <stdbool.h>
#include <stdint.h>

enum { CBPF_VALUES_MAX = 32 };

struct cbpf_values {
	uint8_t count; /* 0: any value */
	uint32_t v[CBPF_VALUES_MAX];
};

struct cbpf_values cbpf_values_of(uint32_t v);
/* Either of both. */
struct cbpf_values cbpf_values_join(const struct cbpf_values *a, const struct cbpf_values *b);
/* A OP X or A OP k, `op` one of BPF_ADD .. BPF_XOR, with Linux' semantics; 0 for a division by 0.
 * Of single numbers BPF_NEG too, which has no second one. */
struct cbpf_values cbpf_values_alu(uint8_t op, const struct cbpf_values *a,
				   const struct cbpf_values *b);
static inline uint32_t cbpf_alu(uint8_t op, uint32_t a, uint32_t b)
{
	switch (op) {
	case BPF_ADD:
		return a + b;
	case BPF_SUB:
		return a - b;
	case BPF_MUL:
		return a * b;
	case BPF_DIV:
		return b ? a / b : 0;
	case BPF_MOD:
		return b ? a % b : 0;
	case BPF_OR:
		return a | b;
	case BPF_AND:
		return a & b;
	case BPF_XOR:
		return a ^ b;
	case BPF_LSH:
		return a << (b & 31);
	case BPF_RSH:
		return a >> (b & 31);
	default: /* BPF_NEG */
		return -a;
	}
}

#endif
