/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where an engine parts from the VM, when no rule says why: an engine tells one number a packet, so
 * it is asked with programs that are the VM's way up to an instruction and then compare a register
 * with what the VM has there. */
#ifndef CBPF_PROBE_H
#define CBPF_PROBE_H

#include "engine.h"

enum cbpf_part {
	CBPF_PART_A,
	CBPF_PART_X,
	CBPF_PART_M,
	CBPF_PART_JUMP, /* it goes the other way */
	CBPF_PART_LOAD, /* the VM ends there, for a load past the end or a division by 0: it goes on
			 */
	CBPF_PART_RET,  /* all is as in the VM up to the ret, and the number returned is not */
};

struct cbpf_parting {
	uint32_t insn; /* the first after which something differs */
	enum cbpf_part part;
	uint32_t m;     /* CBPF_PART_M: which */
	uint32_t value; /* A, X or M[m] in the VM */
};

/* 0; -ENOENT when nothing was found (it parts in the whole program alone); -EOPNOTSUPP when the
 * engine does not take such a program; -ENOMEM. */
int cbpf_probe(const struct cbpf_prog *prog, const struct cbpf_packet *pkt,
	       const struct cbpf_engine *engine, struct cbpf_parting *out);

#endif
