/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef KERNEL_BTF_H
#define KERNEL_BTF_H

#include <stdbool.h>
#include <unistd.h>

/* Does this kernel tell its types? Where it does not, libbpf would look for them at length, and
 * elsewhere. */
static inline bool kernel_has_btf(void)
{
	return !access("/sys/kernel/btf/vmlinux", R_OK);
}

#endif
