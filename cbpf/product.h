/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Do two programs accept the same packets? Way by way: each way through the first, with all that it
 * has found out of the packet, through the second. Lists of addresses, ports and networks are
 * decided so in the time of comparing them, where a solver sees thousands of conditions at once;
 * what needs arithmetic, or has too many ways, is left to the solver (symbolic.h). */
#ifndef CBPF_PRODUCT_H
#define CBPF_PRODUCT_H

#include "symbolic.h"

struct cbpf_product_answer {
	/* [n]: is there a packet that program n alone accepts? CBPF_UNSAT is a proof; a packet has
	 * been run by both. */
	enum cbpf_answer differ[2];
	struct cbpf_sym_packet packet[2];
	uint64_t ways; /* looked at */
};

/* For packets as symbolic.h has them. Gives up after `seconds`, and at once on programs that Linux
 * refuses or that load metadata: what is not decided then is CBPF_UNDECIDED. 0 or -ENOMEM. */
int cbpf_product(struct cbpf_product_answer *out, const struct cbpf_prog *a,
		 const struct cbpf_prog *b, unsigned int seconds);

#endif
