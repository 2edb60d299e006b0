/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The rtnetlink requests that build a bridge and its ports; each waits for the kernel's answer. */
#ifndef CHECK_NL_H
#define CHECK_NL_H

#include "scenario.h"

struct nl;

/* A socket of the calling thread's network namespace. 0 or -errno. */
int nl_open(struct nl **out);
void nl_close(struct nl *nl);

/* All: 0, or -errno as the kernel answered. */
int nl_add_bridge(struct nl *nl, const char *name);
int nl_add_veth(struct nl *nl, const char *name, const char *peer);
/* `address` NULL, `mtu` 0, `master` 0: as it is. */
int nl_set_link(struct nl *nl, int ifindex, bool up, const uint8_t *address, uint32_t mtu,
		int master);
/* The settings in which the bridge differs from `before`. */
int nl_set_bridge(struct nl *nl, int ifindex, const struct brm_bridge *set,
		  const struct brm_bridge *before);
/* Ports are in no VLAN unless told; -EOPNOTSUPP where there are no VLANs at all. */
int nl_no_default_pvid(struct nl *nl, int ifindex);
/* A port stays in the state that it is told: without a spanning tree, too, one that came up less
 * than the forward delay (15 s) ago is made to forward when that is over, though it was told to
 * listen or to learn meanwhile (br_forward_delay_timer_expired(), seen in 6.18). */
int nl_no_forward_delay(struct nl *nl, int ifindex);
/* Flags of a port and, with `state_too`, its state. */
int nl_set_port(struct nl *nl, int ifindex, const struct brm_port *set, bool state_too);
int nl_set_vlan(struct nl *nl, int ifindex, bool bridge, uint16_t vid, unsigned int flags);
int nl_set_vlan_state(struct nl *nl, int ifindex, uint16_t vid, uint8_t state);
int nl_del_vlan(struct nl *nl, int ifindex, bool bridge, uint16_t vid);
int nl_set_fdb(struct nl *nl, int ifindex, bool bridge, const struct brm_fdb *entry);
int nl_del_fdb(struct nl *nl, int ifindex, const uint8_t address[6], uint16_t vid);
int nl_add_mdb(struct nl *nl, int bridge, int ifindex, const uint8_t *group, uint8_t size,
	       uint16_t vid);
/* 1 when the link's operational state (RFC 2863) is up, 0 when not. "Unknown", as a new link has
 * it, is not up, although IFF_RUNNING says so: frames are lost until the kernel has seen the
 * carrier. */
int nl_is_up(struct nl *nl, int ifindex);
/* The state of a bridge port as the kernel has it, enum brm_state. */
int nl_port_state(struct nl *nl, int ifindex);

struct nl_fdb {
	int ifindex;          /* of the port, or of the bridge itself */
	struct brm_fdb entry; /* port is not set */
};

/* The forwarding entries of a bridge. The number that there are, or -errno. */
int nl_dump_fdb(struct nl *nl, int bridge, struct nl_fdb *out, int max);

#endif
