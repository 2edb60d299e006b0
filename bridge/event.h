/* SPDX-License-Identifier: GPL-2.0-or-later */
/* rtnetlink bytes to events. Pure: no socket, no state, nothing kept of the bytes. Attributes are
 * found by type, never by offset (rtnetlink(7), linux/if_link.h, linux/neighbour.h, net/bridge of
 * Linux 6.12). */
#ifndef EVENT_H
#define EVENT_H

#include <net/if.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A bridge's own settings: IFLA_INFO_DATA of kind "bridge". Times in hundredths of a second, as the
 * kernel gives them. */
struct event_bridge {
	uint64_t ageing_time;
	uint32_t forward_delay;
	uint16_t vlan_proto; /* ETH_P_*, host byte order */
	bool vlan_filtering, topology_change, mst;
	bool stp;        /* the kernel's or a daemon's */
	uint8_t nf_call; /* br_netfilter asked for on this bridge: bit 0 iptables, 1 ip6tables, 2
			    arptables */
};

/* What IFLA_BRPORT_* says of a port. */
enum {
	PORT_HAIRPIN = 1 << 0,
	PORT_LEARNING = 1 << 1,
	PORT_ISOLATED = 1 << 2,
	PORT_LOCKED = 1 << 3,
	PORT_NEIGH_SUPPRESS = 1 << 4,
	PORT_PROXYARP = 1 << 5,
	PORT_VLAN_TUNNEL = 1 << 6,
	PORT_MAB = 1 << 7,
	PORT_FLOOD = 1 << 8,
	PORT_NEIGH_VLAN_SUPPRESS = 1 << 9,
};
struct event_port {
	uint8_t state; /* BR_STATE_* */
	uint32_t flags;
	uint32_t backup;
};

struct event_link {
	uint32_t ifindex, master, mtu, flags, promiscuity;
	uint32_t lower;     /* IFLA_LINK: a VLAN device's port, a veth's peer */
	int32_t lower_nsid; /* IFLA_LINK_NETNSID; -1: in this namespace */
	uint16_t type;      /* ARPHRD_*; 1: Ethernet */
	uint8_t operstate;  /* IF_OPER_* */
	char name[IFNAMSIZ];
	char kind[16]; /* "veth", "bridge"; "" for hardware */
	uint8_t mac[6];
	uint32_t xdp_prog; /* 0: none */
	bool switchdev;    /* has IFLA_PHYS_SWITCH_ID */
	bool features;     /* ethtool's features of it have changed */
	bool moved;        /* EVENT_LINK_GONE: lives on in another network namespace */
	bool partial; /* from the bridge's own message: kind, XDP and bridge settings are absent */
	bool has_bridge, has_port;
	struct event_bridge bridge;
	struct event_port port;
};

struct event_fdb {
	uint8_t mac[6];
	uint16_t vid;
	uint32_t bridge;    /* NDA_MASTER; 0: not a bridge's entry */
	uint32_t port;      /* ifindex; the bridge's own for its local addresses */
	uint16_t state;     /* NUD_* */
	uint8_t flags;      /* NTF_* */
	uint32_t ext_flags; /* NTF_EXT_* */
	bool watched;       /* somebody is to hear when it is no longer seen: NFEA_ACTIVITY_NOTIFY */
};

/* VLANs of one port that came or changed, or went: ranges, to be read with event_vlan_next().
 * Points into the message. */
struct event_vlans {
	uint32_t ifindex;
	bool gone;
	const uint8_t *at;
	size_t len;
};
struct event_vlan {
	uint16_t first, last;
	bool pvid, untagged;
	uint8_t state; /* BR_STATE_* */
};

enum event_kind {
	EVENT_NONE, /* a message that says nothing about bridges */
	EVENT_LINK,
	EVENT_LINK_GONE,
	EVENT_PORT_GONE, /* left its bridge; the link remains */
	EVENT_FDB,
	EVENT_FDB_GONE,
	EVENT_VLANS,
};
struct event {
	enum event_kind kind;
	union {
		struct event_link link;
		struct event_fdb fdb;
		struct event_vlans vlans;
	};
};

/* Reads the one message (struct nlmsghdr and what follows) at `msg`, `len` bytes. 0, or -EBADMSG
 * when the bytes contradict themselves; *out is then untouched. */
int event_parse(struct event *out, const void *msg, size_t len);

/* The next range of a message that event_parse() found good; false at the end. */
bool event_vlan_next(struct event_vlans *vlans, struct event_vlan *out);

#endif
