/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What rtnetlink does not say of a port: its driver, offloads, whether it can transmit XDP frames,
 * and for a veth what its peer does. Reads only; the caller's namespace stays what it is. */
#ifndef FACTS_H
#define FACTS_H

#include "event.h"

struct facts {
	char driver[32];    /* "" where the driver names none */
	bool known;         /* has been read at all */
	bool rx_vlan;       /* takes VLAN tags off received frames */
	bool rx_stag;       /* ... 802.1ad ones, whatever it does to 802.1Q ones */
	bool from_below;    /* a bond, macvlan or the like: its frames come from the device below */
	bool rx_vlan_taken; /* does not, because an xdp_bridge turned it off (offload.h) */
	bool tx_csum;       /* fills in checksums, and */
	bool tx_vlan;       /* ... 802.1Q tags of the frames that it transmits, and */
	bool tx_any;        /* ... all that may be left to a device, as a veth does */
	bool lro;
	bool xdp_features_known;           /* the kernel reports them: 6.3 and newer */
	uint64_t xdp_features;             /* enum netdev_xdp_act of linux/netdev.h */
	unsigned int rx_queues, tx_queues; /* 0: unknown */
	bool is_veth;
	bool peer_seen;    /* else the peer's namespace could not be found or entered */
	bool peer_napi;    /* GRO or XDP on the peer: it receives XDP frames (veth_xdp_xmit()) */
	bool gro_no_napi;  /* a kernel before 5.13: of the two, only XDP does it */
	bool peer_tx_csum; /* the peer leaves checksums to the receiver */
	bool peer_tx_vlan; /* the peer hands VLAN tags over beside the frame */
	bool peer_tx_stag; /* ... 802.1ad ones, whatever it does to 802.1Q ones */
	unsigned int peer_tx_queues; /* 0: unknown, as before Linux 5.13 */
	uint32_t peer_mtu;
	char peer[IFNAMSIZ];
	char peer_ns[64]; /* path of its namespace; "" when it is this one */
};

/* Fills in what can be found out about `link`; what its driver does not say is as if absent. Where
 * nothing can be asked, for want of file descriptors or because the interface has just gone, *facts
 * stays as it was, and at first says that tags are hidden. *facts is zero at first; from one call
 * to the next peer_ns is where the peer's namespace is looked for first. */
void facts_read(struct facts *facts, const struct event_link *link);

/* Does the port's own receive offload hide tags from XDP? That can be turned off. */
bool facts_hides_tags_itself(const struct facts *facts);

/* Can the port transmit XDP frames now? Where the kernel does not say, from the driver's name. */
bool facts_can_xmit(const struct facts *facts);

/* And such that lie in several buffers? Only where the kernel says so. */
bool facts_can_xmit_frags(const struct facts *facts);

/* The same for a port that has no program yet: many drivers report it only while they have one. */
bool facts_will_xmit(const struct facts *facts);

/* Does the driver run XDP itself? Where the kernel does not say, from the driver's name, and for a
 * veth from its queues (veth_xdp_set() refuses where the peer sends by more than it receives by). */
bool facts_native(const struct facts *facts);

/* The largest MTU with which the driver takes the program; 0: not known, or any, as with a driver
 * that can give it frames in several buffers. On a veth it is the peer's MTU that counts. */
uint32_t facts_max_mtu(const struct facts *facts);

#endif
