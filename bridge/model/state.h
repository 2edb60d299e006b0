/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the files of the reference bridge share. */
#ifndef BRM_STATE_H
#define BRM_STATE_H

#include "model.h"

struct fdb_node {
	struct fdb_node *next;
	uint64_t key;
	int64_t updated;
	int16_t port;
	uint8_t flags;
	bool learned; /* counts against fdb_max_learned */
};

struct fdb {
	struct fdb_node **bucket;
	uint32_t buckets; /* a power of two */
	uint32_t count;
	uint32_t learned;
	int64_t next_expiry; /* no entry expires before this */
};

struct vlan_table {
	uint8_t *entry; /* BRM_VIDS bytes, 0: no member; NULL: no VLAN at all */
	uint16_t pvid;
	uint16_t count;
};

enum family { FAMILY_IPV4, FAMILY_IPV6, FAMILIES };

#define NEVER INT64_MIN /* before every time */

enum { VLAN_MEMBER = 1, VLAN_UNTAGGED = 2, VLAN_STATE_SHIFT = 4 };

struct port {
	bool present;
	struct brm_port set;
	struct vlan_table vlans;
	int64_t router_until[FAMILIES]; /* a query was heard here */
};

struct group_key {
	uint8_t address[16]; /* zero behind its size */
	uint8_t size;        /* 6, 4 or 16 */
	uint16_t vid;
};

struct group {
	struct group *next;
	struct group_key key;
	uint32_t permanent; /* ports of the configuration */
	bool host;          /* the bridge device, of the configuration */
	/* who has joined, and until when; NEVER: not at all */
	int64_t until[BRM_PORTS_MAX], host_until;
};

struct querier { /* struct bridge_mcast_other_query and bridge_mcast_querier */
	uint8_t address[16];
	int64_t until;       /* another querier is known so long */
	int64_t delay_until; /* before that groups do not restrict yet */
};

enum { GROUP_BUCKETS = 256 };

struct mdb {
	struct group *bucket[GROUP_BUCKETS];
	uint32_t count;
	bool off; /* too many groups: snooping has switched itself off */
	struct querier querier[FAMILIES];
	int64_t bridge_router_until[FAMILIES]; /* the bridge device itself has sent queries */
};

struct brm {
	struct brm_bridge set;
	struct port port[BRM_PORTS_MAX];
	struct vlan_table vlans; /* the bridge device's own */
	struct fdb fdb;
	struct mdb mdb;
};

/* A frame taken apart: the outermost 802.1Q or 802.1ad tag apart from the rest, as the kernel's
 * receive path does before the bridge sees it (net/core/dev.c, skb_vlan_untag). */
struct frame {
	const uint8_t *bytes;
	uint32_t len;
	uint32_t skip;      /* 4 where there is a tag */
	uint16_t tag_proto; /* 0: none */
	uint16_t tag_tci;
	uint16_t ethertype; /* what follows; a length below 0x600 */
	const uint8_t *payload;
	uint32_t payload_len;
};

/* -EBADMSG: shorter than its headers. */
int frame_parse(struct frame *f, const uint8_t *bytes, uint32_t len);

static inline uint64_t fdb_key(const uint8_t address[6], uint16_t vid)
{
	return (uint64_t)address[0] << 56 | (uint64_t)address[1] << 48 |
	       (uint64_t)address[2] << 40 | (uint64_t)address[3] << 32 |
	       (uint64_t)address[4] << 24 | (uint64_t)address[5] << 16 | vid;
}

int fdb_init(struct fdb *fdb);
void fdb_free(struct fdb *fdb);
struct fdb_node *fdb_find(struct brm *m, uint64_t key);
/* Frees what is older than the ageing time. */
void fdb_expire(struct brm *m, int64_t now);
void fdb_delete(struct brm *m, uint64_t key);
void fdb_flush_port(struct brm *m, int port, uint16_t vid);
/* Learns or moves the source of a frame. -ENOMEM. */
int fdb_learn(struct brm *m, int64_t now, int port, const uint8_t address[6], uint16_t vid);
int fdb_add_local(struct brm *m, int port, const uint8_t address[6], uint16_t vid);
void fdb_delete_local(struct brm *m, int port, const uint8_t address[6], uint16_t vid);

/* ---- mdb.c ---- */

void mdb_init(struct mdb *mdb);
void mdb_free(struct mdb *mdb);
struct group_key group_key(const void *address, uint8_t size, uint16_t vid);
struct group *mdb_find(const struct brm *m, const struct group_key *key);
/* A report, a leave, and a query for the group that gives its members until `deadline` to answer.
 * `port` may be BRM_BRIDGE. -E2BIG where there are too many groups, -ENOMEM. */
int mdb_join(struct brm *m, int64_t now, int port, const struct group_key *key);
void mdb_leave(struct brm *m, int64_t now, int port, const struct group_key *key);
void mdb_query(struct brm *m, int64_t now, const struct group_key *key, int64_t deadline);
/* The ports where members are; `*host` when the bridge device is one. */
uint32_t mdb_members(const struct group *g, int64_t now, bool *host);
/* What was joined at a port is forgotten. */
void mdb_flush_port(struct brm *m, int port);

/* ---- querier.c ---- */

void querier_init(struct brm *m);
/* A general query from `source` (16 bytes, IPv4 in the first four), to be answered in `delay`. */
void querier_heard(struct brm *m, int64_t now, int port, enum family family,
		   const uint8_t source[16], int64_t delay);
/* mcast_querier goes from `was` to what the settings say. */
void querier_switched(struct brm *m, int64_t now, bool was);
/* Another querier is known; any querier is, so that groups restrict. */
bool querier_other(const struct brm *m, int64_t now, enum family family);
bool querier_exists(const struct brm *m, int64_t now, enum family family);
/* A message of a multicast router came in at `port`. */
void router_heard(struct brm *m, int64_t now, int port, enum family family);
bool router_at(const struct brm *m, int64_t now, int port, enum family family);
void router_forget(struct brm *m, int port);

/* ---- snoop.c ---- */

/* What snooping says of a frame to a group. */
struct snooped {
	const struct group *group; /* NULL: none that is known */
	bool restricts;            /* it goes to members and routers alone */
	enum family routers;       /* whose */
};

/* Learns from a frame that came in at `port` and looks its group up. -EBADMSG for a frame that
 * snooping throws away, -ENOMEM. */
int snoop(struct brm *m, int64_t now, int port, const struct frame *f, uint16_t vid,
	  struct snooped *out);

#endif
