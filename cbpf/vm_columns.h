/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A program over a batch of packets, instruction by instruction: at a comparison the batch is
 * divided in two lists. What a filter asks of mixed traffic is hard to foretell, and a jump
 * foretold wrongly costs more than the comparison; here nothing depends on the answer but where a
 * number is written. */
#ifndef CBPF_VM_COLUMNS_H
#define CBPF_VM_COLUMNS_H

#include "vm.h"

#define CBPF_COLUMNS_BATCH 64
#define CBPF_COLUMNS_INSNS 256 /* longer programs have lists that no cache holds */

/* Whether it can run so: no M[], metadata, loads at fixed places in a header, division by X. A
 * program that cbpf_check() takes. */
bool cbpf_columns_can(const struct cbpf_prog *prog);
/* rets[i] for pkts[i], `count` up to CBPF_COLUMNS_BATCH. How many of the packets took, comparison
 * by comparison, the way that fewer took: what a processor would have foretold wrongly at the most.
 */
uint32_t cbpf_columns_run(const struct sock_filter *insns, uint32_t len,
			  const struct cbpf_packet *pkts, uint32_t count, uint32_t *rets);

#endif
