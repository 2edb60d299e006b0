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

enum { VLAN_MEMBER = 1, VLAN_UNTAGGED = 2, VLAN_STATE_SHIFT = 4 };

struct port {
	bool present;
	struct brm_port set;
	struct vlan_table vlans;
};

struct group {
	struct group *next;
	uint8_t address[16];
	uint8_t size; /* 6, 4 or 16 */
	uint16_t vid;
	uint32_t members;
	bool host;
};

struct brm {
	struct brm_bridge set;
	struct port port[BRM_PORTS_MAX];
	struct vlan_table vlans; /* the bridge device's own */
	struct fdb fdb;
	struct group *groups;
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

/* The group of a frame, NULL for none; `*routers_only` when unknown members are behind routers
 * only. -EBADMSG for a frame that snooping throws away. */
int group_lookup(struct brm *m, const struct frame *f, uint16_t vid, const struct group **out,
		 bool *routers_only);
bool group_restricts(const struct brm *m, const struct frame *f, const struct group *g,
		     bool routers_only);

#endif
