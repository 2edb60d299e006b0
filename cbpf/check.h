/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Would Linux take it? The rules of net/core/filter.c in user space, in the kernel's order:
 * bpf_check_classic(), check_load_and_stores(), bpf_convert_filter(), sk_filter_charge(). */
#ifndef CBPF_CHECK_H
#define CBPF_CHECK_H

#include "cbpf.h"

enum cbpf_rule {
	CBPF_RULE_NONE,
	CBPF_RULE_EMPTY,          /* no instruction */
	CBPF_RULE_TOO_LONG,       /* more than BPF_MAXINSNS */
	CBPF_RULE_OPCODE,         /* not in Linux' instruction set */
	CBPF_RULE_DIVISION,       /* by the constant 0 */
	CBPF_RULE_SHIFT,          /* by a constant of 32 or more */
	CBPF_RULE_MEMORY,         /* M[16] and beyond */
	CBPF_RULE_JUMP,           /* past the end; a `ja` back counts as that */
	CBPF_RULE_ANCILLARY,      /* k in SKF_AD's range, but no such load */
	CBPF_RULE_RETURN,         /* the last instruction is no ret */
	CBPF_RULE_UNINITIALISED,  /* M[] read before it is written, on some path or behind a ret */
	CBPF_RULE_CONVERTED_JUMP, /* converted to eBPF, a jump does not fit into 16 bits */
	CBPF_RULE_OPTMEM,         /* converted to eBPF, larger than net.core.optmem_max: -ENOMEM */
};

struct cbpf_finding {
	enum cbpf_rule rule;
	int error;          /* what setsockopt() returns: 0, -EINVAL or -ENOMEM */
	uint32_t insn;      /* the first that breaks the rule; prog->len where none does so alone */
	uint32_t converted; /* eBPF instructions it becomes; 0 when refused before that */
	char text[160];     /* "insn 3: jump to 12, past the end (9 instructions)" */
};

#define CBPF_OPTMEM_DEFAULT 131072 /* net.core.optmem_max since 6.7; 20480 before, 64-bit */

/* True when Linux takes the program for a socket whose option memory is unused. `optmem_max` is the
 * host's net.core.optmem_max in bytes; 0 leaves that rule out. The conversion's lengths are those
 * of 6.18 on machines with efficient unaligned access. */
bool cbpf_check(const struct cbpf_prog *prog, uint32_t optmem_max, struct cbpf_finding *out);
/* The rule's short name: "jump", "converted-jump". */
const char *cbpf_rule_name(enum cbpf_rule rule);

#endif
