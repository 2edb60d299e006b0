/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The readers, one per family of text forms. Each appends to *prog; 0, -EBADMSG or -ENOMEM. */
#ifndef CBPF_READ_H
#define CBPF_READ_H

#include "insn.h"
#include "scan.h"

int cbpf_read_listing(struct cbpf_prog *prog, struct scan *s); /* tcpdump -d */
int cbpf_read_asm(struct cbpf_prog *prog, struct scan *s);     /* bpf_asm */
int cbpf_read_braces(struct cbpf_prog *prog, struct scan *s);  /* tcpdump -dd, a C array */
int cbpf_read_counted(struct cbpf_prog *prog, struct scan *s); /* tcpdump -ddd */
int cbpf_read_commas(struct cbpf_prog *prog, struct scan *s);  /* 2,40 0 0 12,6 0 0 0 */
int cbpf_read_ss(struct cbpf_prog *prog, struct scan *s);      /* 0x28 0 0 12, 0x06 0 0 0, */
int cbpf_read_raw(struct cbpf_prog *prog, struct scan *s,
		  enum cbpf_form form); /* AUTO: the order is told */

/* read_operand.c: an operand in either dialect, which tells what instruction of a name it is. */
struct cbpf_operand_text {
	enum cbpf_operand kind; /* OPERAND_HEX for every immediate */
	uint32_t k;
};
int cbpf_read_operand(struct scan *s, struct cbpf_operand_text *out);
/* A word of letters, in lower case; at most 7 of them. */
int cbpf_read_mnemonic(struct scan *s, char name[8]);
/* The opcode for a name and an operand; -EBADMSG at `first` where there is none. */
int cbpf_match_op(struct scan *s, const char *first, const char *name, enum cbpf_operand kind,
		  uint16_t *code);

#endif
