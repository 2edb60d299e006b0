/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A translated filter as an object file, and on an interface. */
#ifndef CBPFTOOL_XDP_H
#define CBPFTOOL_XDP_H

#include "translate.h"

#define XDP_PROG_NAME "cbpftool_xdp" /* by this name --show and --detach know their own */

/* Writes an ELF object for libbpf 1.0 and later, bpftool and iproute2: program XDP_PROG_NAME in
 * section "xdp", license, the map "counters" defined in BTF. `ebpf` was translated with counting.
 * 0, or -errno with a sentence; `path` is then as it was. */
int xdp_object_write(const char *path, const struct cbpf_ebpf *ebpf, struct cbpf_error *err);

/* A program on an interface, held by a bpf_link: it goes when the last descriptor and the pin go.
 */
struct xdp_attached {
	int link, map; /* -1: none */
	int ifindex;
	uint32_t prog_id;
	bool generic; /* the driver has no XDP: the kernel runs it on the sk_buff */
};

/* Loads and attaches; refuses an interface that has an XDP program, with its name and id. 0, or
 * -errno with a sentence; nothing is left behind. */
int xdp_attach(struct xdp_attached *out, const char *ifname, const struct cbpf_ebpf *ebpf,
	       struct cbpf_error *err);
/* Finds what cbpftool has put on the interface, in this process or another, pinned or not. */
int xdp_find(struct xdp_attached *out, const char *ifname, struct cbpf_error *err);
/* Pins the link in the BPF file system, so that it stays when the process ends. As xdp_find(), it
 * removes the pins of filters whose interfaces are gone. */
int xdp_pin(const struct xdp_attached *at, struct cbpf_error *err);
/* Takes the program off, whoever holds it, and removes the pin. */
int xdp_detach(const struct xdp_attached *at, struct cbpf_error *err);
/* False once somebody else has taken it off or the interface is gone. */
bool xdp_is_attached(const struct xdp_attached *at);
bool xdp_interface_gone(const struct xdp_attached *at);
/* The sums over all CPUs: 0 or -errno. */
int xdp_counters(const struct xdp_attached *at, struct cbpf_xdp_counter out[CBPF_XDP_COUNTERS]);
void xdp_close(struct xdp_attached *at);

#endif
