/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A run told in words: the stepper, with what each register holds as an expression over the packet.
 */
#ifndef CBPF_TRACE_H
#define CBPF_TRACE_H

#include "vm.h"

#define CBPF_WORDS 96
#define CBPF_VERDICT_SIZE 400

struct cbpf_tracer {
	const struct cbpf_prog *prog; /* checked; the caller's */
	const struct cbpf_packet *pkt;
	struct cbpf_state state;
	struct cbpf_event event; /* of the last step */
	uint32_t steps;
	char a[CBPF_WORDS], x[CBPF_WORDS], m[BPF_MEMWORDS][CBPF_WORDS]; /* "byte 22 & 0x8" */
	/* the last comparison and what was compared; `compared` is false before the first */
	bool compared;
	struct cbpf_event comparison;
	char left[CBPF_WORDS], right[CBPF_WORDS];
};

void cbpf_tracer_init(struct cbpf_tracer *t, const struct cbpf_prog *prog,
		      const struct cbpf_packet *pkt);
/* One instruction; false when the program had ended before. */
bool cbpf_tracer_step(struct cbpf_tracer *t);
/* What the last step did: "bytes 12-13: da da", "A is 0x800, not 0xdada: to 8". May be empty. */
void cbpf_tracer_effect(const struct cbpf_tracer *t, char out[160]);
/* Why it ended as it did, in one sentence: "rejected at (006): byte 22 & 0x8 is 0x8". */
void cbpf_tracer_verdict(const struct cbpf_tracer *t, char out[CBPF_VERDICT_SIZE]);

#endif
