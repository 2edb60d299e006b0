/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The metadata of a packet that a question on all packets may vary: SKF_AD loads, by their ranges
 * in struct sk_buff (net/core/filter.c, Linux 6.12), and by the names of cbpftool's --skb. */
#ifndef CBPF_METADATA_H
#define CBPF_METADATA_H

#include "vm.h"

struct cbpf_metadatum {
	uint32_t offset;  /* SKF_AD_* */
	const char *name; /* "vlan_tci"; what follows from others, as vlanp, has NULL */
	const char *say;  /* "VLAN tag present": in explanations */
	uint32_t min, max;
	uint32_t hex; /* bytes, where it is written in hexadecimal; else 0 */
};
extern const struct cbpf_metadatum cbpf_metadata[];
enum { CBPF_METADATA = 10 };

/* Its place in the table, or -1: no metadatum, or one that no packet decides (cpu, random) or that
 * its bytes do (poff, nla). */
int cbpf_metadata_find(uint32_t ad_offset);
/* Sets what a load of number n gives. `vlanp` sets nothing: it follows. */
void cbpf_metadata_set(struct cbpf_skb *skb, int n, uint32_t value);
/* What a load of number n gives. */
uint32_t cbpf_metadata_get(const struct cbpf_skb *skb, int n);

/* Where an Ethernet packet has what a load at k means: k, or behind its link or network header. */
uint32_t cbpf_ethernet_offset(uint32_t k);

#endif
