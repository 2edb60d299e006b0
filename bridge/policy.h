/* SPDX-License-Identifier: GPL-2.0-or-later */
/* May this port use the fast path, and how? Pure: from what is known to a verdict. Whatever is not
 * known to be the same in the kernel's bridge closes the port. */
#ifndef POLICY_H
#define POLICY_H

#include "facts.h"

/* What the user takes on himself with --allow. */
enum {
	ALLOW_CHECKSUM = 1 << 0,
	ALLOW_HIDDEN_TAG = 1 << 1,
	ALLOW_XMIT = 1 << 2,
	ALLOW_NFT = 1 << 3,
	ALLOW_EBTABLES = 1 << 4,
	ALLOW_BR_NETFILTER = 1 << 5,
	ALLOW_TC = 1 << 6,
	ALLOW_PACKET = 1 << 7,
};
/* "checksum,tc" to bits; -EINVAL. policy_allow_name: by bit number, NULL past the end. */
int policy_allow(const char *list, uint32_t *allow);
const char *policy_allow_name(unsigned int bit);

struct policy_input {
	const struct event_link *port;
	const struct event_link *bridge; /* NULL: the port is in none */
	const struct facts *facts;
	bool generic;    /* attached as generic XDP */
	bool vlan_upper; /* a VLAN device sits on the port: it takes its frames before the bridge */
	bool has_lower;  /* other devices are its slaves, and their frames become its own */
	bool neighbours; /* some port of the bridge suppresses or proxies neighbours */
	uint16_t pvid;   /* 0: none */
	uint32_t hazards; /* hazard.h: the namespace's and the port's */
	uint32_t allow;
};
struct policy {
	/* enum xb_verdict; 0: open */
	uint8_t closed_in, closed_out, closed_generic, closed_partial;
	uint16_t flags;         /* XB_PORT_* */
	uint32_t keep_alive_ms; /* 0: every frame goes up */
	uint32_t max_len;
	uint16_t pvid, vlan_proto; /* host byte order; 0 where the bridge filters no VLANs */
};
struct policy policy_decide(const struct policy_input *in);

#endif
