/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What would handle a bridged frame in the kernel and is bypassed by XDP: firewalls, tc, packet
 * sockets. Reads only. */
#ifndef HAZARD_H
#define HAZARD_H

#include "ktable.h"

#include <stddef.h>
#include <stdint.h>

/* Of the whole network namespace. */
enum {
	HAZARD_NFT = 1 << 0,      /* a base chain in nftables' bridge or netdev family, or inet's ingress */
	HAZARD_EBTABLES = 1 << 1, /* legacy ebtables' tables are loaded */
	HAZARD_L3_HOOKS = 1 << 2, /* base chains or iptables tables for ip, ip6, inet or arp */
	HAZARD_NF_CALL_IP = 1 << 3,  /* br_netfilter takes bridged IP: bridge-nf-call-ip{,6}tables */
	HAZARD_NF_CALL_ARP = 1 << 4, /* ... and ARP: bridge-nf-call-arptables */
	HAZARD_UNKNOWN = 1 << 5,     /* could not be looked at: it may be any of these */
};
/* Of one port. */
enum {
	HAZARD_TC_IN = 1 << 8,  /* a classifier on what it receives */
	HAZARD_TC_OUT = 1 << 9, /* a classifier or a shaping qdisc on what it sends */
	HAZARD_PACKET = 1 << 10, /* a packet socket sees every frame; also of the namespace */
	HAZARD_MEMBER_TC = 1 << 11,     /* HAZARD_TC_OUT of one of its slaves, and */
	HAZARD_MEMBER_PACKET = 1 << 12, /* ... HAZARD_PACKET */
};

struct hazard_port {
	uint32_t ifindex, bits;
};
struct hazards {
	uint32_t bits;
	struct hazard_port *ports; /* those with something, in no order */
	size_t nports;
};

/* Looks again; *h is zero at first. What the kernel does not know counts as absent. -EMFILE, -ENOMEM
 * and the like when nothing could be found out: *h as before, and HAZARD_UNKNOWN until it can. */
int hazards_read(struct hazards *h);
void hazards_free(struct hazards *h);
/* The namespace's, this port's and its slaves' together. */
uint32_t hazards_of(const struct hazards *h, const struct ktable *t, uint32_t ifindex);

#endif
