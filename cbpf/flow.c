/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "flow.h"

#include "insn.h"

#include <string.h>

unsigned int cbpf_successors(const struct cbpf_prog *prog, uint32_t n, uint32_t next[2])
{
	const struct sock_filter *i = &prog->insns[n];

	next[0] = n + 1;
	if (BPF_CLASS(i->code) == BPF_RET)
		return 0;
	if (BPF_CLASS(i->code) != BPF_JMP)
		return 1;
	if (BPF_OP(i->code) == BPF_JA) {
		next[0] += i->k;
		return 1;
	}
	next[0] += i->jt;
	next[1] = n + 1 + i->jf;
	return 2;
}

/* Jumps go forward only, so that one pass is enough. */
void cbpf_reach(const struct cbpf_prog *prog, bool *reached)
{
	uint32_t next[2];

	memset(reached, 0, prog->len * sizeof(*reached));
	if (prog->len)
		reached[0] = true;
	for (uint32_t n = 0; n < prog->len; n++)
		for (unsigned int s = reached[n] ? cbpf_successors(prog, n, next) : 0; s-- > 0;)
			reached[next[s]] = true;
}

void cbpf_leaders(const struct cbpf_prog *prog, bool *leads)
{
	uint32_t next[2];

	memset(leads, 0, prog->len * sizeof(*leads));
	if (prog->len)
		leads[0] = true;
	for (uint32_t n = 0; n < prog->len; n++) {
		if (BPF_CLASS(prog->insns[n].code) != BPF_JMP &&
		    BPF_CLASS(prog->insns[n].code) != BPF_RET)
			continue;
		for (unsigned int s = cbpf_successors(prog, n, next); s-- > 0;)
			leads[next[s]] = true;
		if (n + 1 < prog->len)
			leads[n + 1] = true;
	}
}
