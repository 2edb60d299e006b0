/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Packets that the solver made: tried where programs run, printed, and written to a capture. */
#ifndef CBPFTOOL_WITNESS_H
#define CBPFTOOL_WITNESS_H

#include "symbolic.h"

/* Asks the VM and the kernel whether `prog` takes the packet. EXIT_YES when both say `accepts`,
 * with the kernel's reason in *left_out where it cannot run the packet (else NULL); EXIT_NO after a
 * sentence. */
int witness_confirm(const struct cbpf_prog *prog, const struct cbpf_sym_packet *packet,
		    bool accepts, const char **left_out);
void witness_print(const struct cbpf_sym_packet *packet);

struct witness_file;
/* A capture of the link type (a DLT; -1 is Ethernet). Statuses, after a sentence. */
int witness_create(struct witness_file **out, const char *path, int linktype);
int witness_write(struct witness_file *f, const struct cbpf_sym_packet *packet);
int witness_finish(struct witness_file *f);

#endif
