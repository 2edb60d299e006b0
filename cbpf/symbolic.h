/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Questions on all packets at once, answered by a solver (Z3): a program is loop-free, so every
 * instruction has a condition under which it is reached, and A, X and M[] there are expressions
 * over the packet's bytes and length. Where ways join they are merged, not multiplied.
 *
 * A packet is 1 to CBPF_SYM_LEN_MAX bytes, whole. Its metadata (metadata.h) may be anything that
 * can be at once, whatever its bytes say. It has a device. Headers, for loads that count from them,
 * are where Ethernet has them; of other link types there are none. A load past the end rejects. */
#ifndef CBPF_SYMBOLIC_H
#define CBPF_SYMBOLIC_H

#include "vm.h"

enum { CBPF_SYM_LEN_MAX = 65535 };

enum cbpf_answer {
	CBPF_UNSAT,     /* there is no such packet: a proof */
	CBPF_SAT,       /* there is, and here it is */
	CBPF_UNDECIDED, /* not known in the time given */
};

struct cbpf_sym_packet {
	uint8_t data[CBPF_SYM_LEN_MAX];
	uint32_t len;
	struct cbpf_skb skb; /* what the programs asked for is set */
	uint32_t asked;      /* bit n: metadata.h's number n */
};

struct cbpf_sym;

/* Takes one or two programs (they are kept, not owned) and builds the expressions; `seconds` is for
 * all that follows on this object. 0; -EINVAL for a program that Linux' check refuses; -EOPNOTSUPP
 * for one that loads what no packet decides, with instruction and name; -ETIME; -ENOMEM. */
int cbpf_sym_new(struct cbpf_sym **out, const struct cbpf_prog *const progs[], unsigned int count,
		 unsigned int seconds, struct cbpf_error *err);
void cbpf_sym_free(struct cbpf_sym *sym);

/* A packet that program `n` accepts (or rejects). *out is set for CBPF_SAT alone; short packets
 * come first, but none shorter than an Ethernet header where there is a choice. */
enum cbpf_answer cbpf_sym_find(struct cbpf_sym *sym, unsigned int n, bool accept,
			       struct cbpf_sym_packet *out);
/* A packet that program `yes` accepts and the other one does not. */
enum cbpf_answer cbpf_sym_differ(struct cbpf_sym *sym, unsigned int yes,
				 struct cbpf_sym_packet *out);

/* One way through a program that some packet takes. */
struct cbpf_sym_step {
	uint32_t insn;
	bool taken; /* of a comparison: it holds; of the last step: see `load` */
};
struct cbpf_sym_path {
	const struct cbpf_sym_step *steps; /* comparisons in order, and at the end the last insn */
	uint32_t count;
	bool accept; /* as asked for: of a `ret a`, whether A is not 0 */
	bool failed; /* it ends at a load past the end or a division by 0, not at a ret */
	const struct cbpf_sym_packet *packet;
};
/* Calls `visit` for every way to acceptance (or rejection), until it returns other than 0, which is
 * returned then. 0 when there was nothing else; -ETIME when the time was over before. */
int cbpf_sym_paths(struct cbpf_sym *sym, unsigned int n, bool accept,
		   int (*visit)(const struct cbpf_sym_path *path, void *arg), void *arg);

#endif
