/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef CBPF_WRITE_H
#define CBPF_WRITE_H

#include "insn.h"

#include <stdio.h>

/* Whether a line of a listing holds all of the instruction: neither jt, jf nor k that it does not
 * use. */
bool cbpf_listed_whole(const struct sock_filter *insn);
/* 0 or -ENOMEM, nothing written. In write_asm.c. */
int cbpf_put_asm(FILE *f, const struct cbpf_prog *prog);

#endif
