/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The control flow of a checked program (jumps within it, forward only, a ret at the end). */
#ifndef CBPF_FLOW_H
#define CBPF_FLOW_H

#include "cbpf.h"

/* Where instruction n may go on: 0 (ret), 1 or 2 places; of a comparison the true side first. */
unsigned int cbpf_successors(const struct cbpf_prog *prog, uint32_t n, uint32_t next[2]);
/* reached[n] for each of prog->len instructions: some way leads there. */
void cbpf_reach(const struct cbpf_prog *prog, bool *reached);
/* leads[n]: a basic block starts there (the entry, the target of a jump, what follows one). */
void cbpf_leaders(const struct cbpf_prog *prog, bool *leads);

#endif
