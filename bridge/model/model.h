/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The reference bridge: what a bridge that is configured so, knows this and gets this frame now
 * must do.
 *
 * Pure: no clock, no socket, no output. Time is an argument, in nanoseconds of any epoch, and never
 * runs backwards. It follows the Linux bridge (net/bridge/, read in 6.1 and 6.12, compared with a
 * live 6.18) and, where that follows it, IEEE 802.1Q-2018; each rule names its source where it
 * stands.
 *
 * Not modelled: proxy ARP and neighbour suppression, VLAN tunnels, MST, backup ports, multicast to
 * unicast, netfilter and tc; of multicast snooping what mdb.c and querier.c name. */
#ifndef BRM_MODEL_H
#define BRM_MODEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	BRM_PORTS_MAX = 32, /* ports are numbers 0 … 31, bits of a mask */
	BRM_BRIDGE = -1,    /* the bridge device itself, where a port number may stand */
	BRM_VIDS = 4096,
	BRM_FRAME_EXTRA = 4,      /* a frame leaves at most this much longer than it came */
	BRM_LAST_MEMBER_MAX = 10, /* of mcast_last_member_count */
};

/* The numbers of BR_STATE_* in linux/if_bridge.h; IEEE 802.1D-2004, 17.19. */
enum brm_state { BRM_DISABLED, BRM_LISTENING, BRM_LEARNING, BRM_FORWARDING, BRM_BLOCKING };

enum brm_flag { /* of a port, as IFLA_BRPORT_* names them */
		BRM_F_LEARNING = 1 << 0,
		BRM_F_FLOOD = 1 << 1,
		BRM_F_MCAST_FLOOD = 1 << 2,
		BRM_F_BCAST_FLOOD = 1 << 3,
		BRM_F_HAIRPIN = 1 << 4,
		BRM_F_ISOLATED = 1 << 5,
		BRM_F_LOCKED = 1 << 6,
		BRM_F_FAST_LEAVE = 1 << 7,
		BRM_F_DEFAULT =
			BRM_F_LEARNING | BRM_F_FLOOD | BRM_F_MCAST_FLOOD | BRM_F_BCAST_FLOOD,
};

/* The numbers of MDB_RTR_TYPE_* in linux/if_bridge.h: is a multicast router behind the port? */
enum brm_router { BRM_ROUTER_OFF, BRM_ROUTER_AUTO, BRM_ROUTER_ON };

struct brm_bridge {
	uint8_t address[6];
	int64_t ageing_ns; /* 0: nothing is learned */
	bool vlan_filtering;
	uint16_t vlan_proto;     /* 0x8100 or 0x88a8 */
	bool stp;                /* on: 01:80:c2:00:00:00 is not forwarded */
	uint16_t group_fwd_mask; /* bit n: forward 01:80:c2:00:00:0n */
	bool no_linklocal_learn;
	uint32_t fdb_max_learned; /* 0: no limit */
	bool mcast_snooping;
	bool mcast_querier; /* the bridge itself asks for members, with the source 0.0.0.0 */
	uint8_t ipv6[16];   /* its link-local address; all zero: none, and it asks by IGMP alone */
	/* the kernel has 260, 255 and 1 s, 2, and 10 s */
	int64_t mcast_membership_ns;  /* so long a report holds */
	int64_t mcast_querier_ns;     /* so long a querier counts after its last query */
	int64_t mcast_last_member_ns; /* after a leave: so long, so often */
	uint32_t mcast_last_member_count;
	int64_t mcast_response_ns; /* groups restrict so long after mcast_querier is switched on */
	bool promisc;              /* the bridge device is promiscuous */
};

struct brm_port {
	uint8_t address[6];
	uint8_t state;  /* enum brm_state */
	uint32_t flags; /* enum brm_flag */
	uint32_t mtu;   /* 0: no limit */
	uint16_t group_fwd_mask;
	uint8_t mcast_router; /* enum brm_router */
};

enum { BRM_VLAN_PVID = 1, BRM_VLAN_UNTAGGED = 2 };

enum brm_fdb_flag {
	BRM_FDB_LOCAL = 1,
	BRM_FDB_STATIC = 2,
	BRM_FDB_STICKY = 4,
	BRM_FDB_EXT_LEARNED = 8
};

struct brm_fdb {
	uint8_t address[6];
	uint16_t vid;       /* 0: no VLAN */
	int16_t port;       /* BRM_BRIDGE for the bridge's own */
	uint8_t flags;      /* enum brm_fdb_flag */
	int64_t updated_ns; /* when the source was last seen (dump only) */
};

enum brm_why {                /* what became of a frame */
	       BRM_FORWARDED, /* to the one port where the destination is */
	       BRM_FLOODED,
	       BRM_GROUP,      /* to the members of a group and the router ports */
	       BRM_TO_BRIDGE,  /* for the bridge device alone */
	       BRM_RUNT,       /* shorter than its headers */
	       BRM_BAD_SOURCE, /* a group address or all zeroes as source */
	       BRM_LINK_LOCAL, /* 01:80:c2:00:00:0x stays on its link */
	       BRM_PORT_STATE,
	       BRM_VLAN,       /* not admitted to any VLAN */
	       BRM_LOCKED_SRC, /* unknown source on a locked port */
	       BRM_SAME_PORT,  /* the destination is where the frame came from */
	       BRM_EGRESS,     /* the destination's port must not or cannot send it */
	       BRM_BAD_GROUP,  /* a group frame whose IP header is broken, with snooping on */
	       BRM_WHY_MAX
};

struct brm_result {
	enum brm_why why;
	uint32_t ports;  /* where it leaves */
	uint32_t tagged; /* of these, where it carries the tag; else it leaves without */
	bool to_bridge;  /* a copy goes up the bridge device */
	bool dst_known;  /* a forwarding entry decided */
	uint16_t vid;    /* the VLAN it was classified to; 0 without VLAN filtering */
	/* for brm_write(): the frame without its outermost tag, and that tag */
	const uint8_t *frame;
	uint32_t len;
	uint32_t skip;      /* bytes of tag in the original, after the addresses: 0 or 4 */
	uint16_t tag_proto; /* of the tag on tagged ports; 0: no tag at all */
	uint16_t tag_tci;
};

struct brm;

/* 0, -EINVAL for settings that no bridge has, -ENOMEM. brm_destroy(NULL) is allowed. */
int brm_create(struct brm **out, const struct brm_bridge *settings);
void brm_destroy(struct brm *m);

/* Changes the bridge's settings; what is known stays. */
int brm_set_bridge(struct brm *m, int64_t now_ns, const struct brm_bridge *settings);
const struct brm_bridge *brm_get_bridge(const struct brm *m);
/* Adds or changes a port. */
int brm_set_port(struct brm *m, int port, const struct brm_port *settings);
/* The link of a port goes down: it is disabled and forgets what was learned there, hosts, members
 * of groups and a router (a port that is only set to disabled does not). */
int brm_link_down(struct brm *m, int port);
/* NULL where there is no such port. */
const struct brm_port *brm_get_port(const struct brm *m, int port);

/* Membership of a port or of the bridge device; `state` as enum brm_state. */
int brm_set_vlan(struct brm *m, int port, uint16_t vid, unsigned int flags, unsigned int state);
int brm_del_vlan(struct brm *m, int port, uint16_t vid);

/* Entries as an administrator makes them; one that exists is changed. -EPERM for an entry that ages
 * on a port whose state does not let it learn. */
int brm_fdb_set(struct brm *m, int64_t now_ns, const struct brm_fdb *entry);
int brm_fdb_del(struct brm *m, const uint8_t address[6], uint16_t vid); /* -ENOENT */
/* The entry for an address, false if there is none at `now_ns`. */
bool brm_fdb_get(struct brm *m, int64_t now_ns, const uint8_t address[6], uint16_t vid,
		 struct brm_fdb *out);
/* Up to `max` entries, in no order; the number that there are. */
size_t brm_fdb_dump(struct brm *m, int64_t now_ns, struct brm_fdb *out, size_t max);

/* A permanent member of a group. `group`: 6 bytes MAC, 4 bytes IPv4 or 16 bytes IPv6. */
int brm_mdb_set(struct brm *m, int port, const void *group, size_t size, uint16_t vid);

/* A frame (from the destination address, without FCS) enters at `port`, or is sent by BRM_BRIDGE.
 * `result` points into `frame`. -EINVAL for a port that is not there, -ENOMEM. */
int brm_input(struct brm *m, int64_t now_ns, int port, const uint8_t *frame, uint32_t len,
	      struct brm_result *result);

/* The frame as it leaves at `port`, at most len + BRM_FRAME_EXTRA bytes; its length. */
uint32_t brm_write(const struct brm_result *result, int port, uint8_t *buf);

const char *brm_why_name(enum brm_why why);

#endif
