/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which XDP program an interface has. libbpf's bpf_xdp_query() asks for all interfaces and looks
 * for one, so that asking after each of N ports takes N * N; this asks for the one. */
#ifndef XDP_QUERY_H
#define XDP_QUERY_H

#include <stdbool.h>
#include <stdint.h>

/* Its id, of a native program where there are both, and whether it is generic XDP; 0: none, or it
 * cannot be asked. Of this network namespace. */
uint32_t xdp_query(uint32_t ifindex, bool *generic);

#endif
