/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which classic BPF program a run uses, and running it in user space for captures. */
#ifndef FILTER_H
#define FILTER_H

#include "cbpf.h"
#include "options.h"
#include "vm.h"

/* The filter's name for a sentence: the catalogue's, or the expression. */
const char *filter_name(const struct options *o, int dlt);

/* The program for frames of this link type (DLT_*): 0, or -errno with a sentence. */
int filter_compile(struct cbpf_prog *out, const struct options *o, int dlt, struct cbpf_error *err);

/* --show-filter: its name and instructions on standard output. An exit status. */
int filter_show(const struct options *o, int dlt);

/* The same, ready to run here for captures: with the kernel's semantics, not libpcap's. */
int filter_vm(struct cbpf_vm **out, const struct options *o, int dlt, struct cbpf_error *err);
bool filter_accepts(const struct cbpf_vm *vm, const uint8_t *octets, uint32_t caplen, uint32_t len);

#endif
