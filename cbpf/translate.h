/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A classic program as eBPF for XDP: the same frame gets the same return value. */
#ifndef CBPF_TRANSLATE_H
#define CBPF_TRANSLATE_H

#include "cbpf.h"

#include <linux/bpf.h>

struct cbpf_ebpf {
	struct bpf_insn *insns; /* owned */
	uint32_t len;
	bool headers;      /* some load may count from a header: SKF_LL, SKF_NET, or X + k that gets
			      there */
	uint32_t map_insn; /* the BPF_LD | BPF_IMM | BPF_DW that wants the counters' map; 0: none */
};

/* What the eBPF program returns. */
struct cbpf_xdp_options {
	bool verdict; /* false: the filter's own value, which only BPF_PROG_TEST_RUN has a use for
		       */
	bool count;   /* with verdict: counts in a BPF_MAP_TYPE_PERCPU_ARRAY, see below */
	uint32_t accept, reject; /* with verdict: XDP_* for a value other than 0, and for 0 */
};

/* Keys and values of the counters' map. */
enum { CBPF_XDP_ACCEPTED, CBPF_XDP_REJECTED, CBPF_XDP_COUNTERS };
struct cbpf_xdp_counter {
	uint64_t packets, bytes;
};

/* 0; -EINVAL with a sentence for a program that Linux' check refuses; -EOPNOTSUPP naming the
 * instruction and the load that XDP cannot express; -E2BIG; -ENOMEM. *out untouched on failure.
 *
 * Semantics are those of net/core/filter.c: big-endian loads, (X + k) modulo 2^32 read as signed,
 * shifts by X masked with 31, division by X = 0 and loads past the end return 0. SKF_LL counts from
 * the first byte, SKF_NET from byte 14, as they do on a socket of an Ethernet device. Unlike there,
 * a VLAN tag is in the bytes. A frame's bytes past 65,535 are out of bounds: the verifier
 * (MAX_PACKET_OFF) lets no program reach them.
 *
 * The code needs BPF_JMP32 (Linux 5.1), subtracts packet pointers (privileged only), contains no
 * unreachable instruction and no BTF. */
int cbpf_translate(struct cbpf_ebpf *out, const struct cbpf_prog *prog,
		   const struct cbpf_xdp_options *opt, struct cbpf_error *err);
void cbpf_ebpf_free(struct cbpf_ebpf *ebpf);

#endif
