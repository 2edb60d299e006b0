/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The readers, one per family of text forms. Each appends to *prog; 0, -EBADMSG or -ENOMEM. */
#ifndef CBPF_READ_H
#define CBPF_READ_H

#include "insn.h"
#include "scan.h"

int cbpf_read_listing(struct cbpf_prog *prog, struct scan *s); /* tcpdump -d */
int cbpf_read_braces(struct cbpf_prog *prog, struct scan *s);  /* tcpdump -dd */
int cbpf_read_counted(struct cbpf_prog *prog, struct scan *s); /* tcpdump -ddd */

#endif
