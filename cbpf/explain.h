/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A way through a program in words: what each comparison on it says of the packet. */
#ifndef CBPF_EXPLAIN_H
#define CBPF_EXPLAIN_H

#include "symbolic.h"

/* A malloc()ed string, conditions with ", " between: "ether.type = 0x88f7, ptp.messageType & 0x8 =
 * 0, len >= 15". A condition that another one on the same bytes implies (not A, where it is B) is
 * left out. NULL when out of memory. */
char *cbpf_explain_path(const struct cbpf_prog *prog, const struct cbpf_sym_path *path);

#endif
