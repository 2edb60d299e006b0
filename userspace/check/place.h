/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where a bed stands: a network namespace in which nothing but the test has something to say. */
#ifndef CHECK_PLACE_H
#define CHECK_PLACE_H

/* Moves the process into a new namespace without IPv6, so that the kernel has nothing of its own to
 * say on the ports, and without br_netfilter: built in, it is on in every namespace, trims padding
 * off IP packets and drops those whose header is broken (br_validate_ipv4, br_validate_ipv6).
 * 0 or -errno. */
int place_enter(void);
/* What a veth needs at its far end to take part in XDP: a peer with neither GRO nor XDP drops what
 * is redirected to it, and frames must carry their checksums and tags in themselves.
 * `fd`: any socket of the namespace. 0 or -errno. */
int place_tame_host(int fd, const char *name);

#endif
