/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The contract between the XDP program and the daemon that feeds it: what the maps hold, bit by
 * bit, and the verdicts. Both sides run on one machine, so words are in host byte order. */
#ifndef BRIDGE_MAPS_H
#define BRIDGE_MAPS_H

#include <linux/types.h>

/* What became of a frame. Every frame is counted once, at the port it came in by. All but the first
 * mean that it went up to the kernel's bridge. Names and sentences: bridge/verdict.c, in this
 * order. */
enum xb_verdict {
	XB_FORWARDED = 0,
	/* the whole port is slow: xb_port.closed_in and closed_out hold one of these, or 0 */
	XB_NO_PORT,      /* the program has no record of this interface */
	XB_NO_BRIDGE,    /* the port is in no bridge */
	XB_PORT_STATE,   /* down, no carrier, or STP does not forward */
	XB_BRIDGE_STATE, /* the bridge is down or promiscuous */
	XB_PORT_FLAGS,   /* what the fast path does not know: vlan_tunnel, a switch chip */
	XB_MST,          /* the bridge runs MST */
	XB_SYNCING,      /* the tables are being read from the kernel */
	XB_NO_XDP_XMIT,  /* the driver cannot transmit XDP frames now */
	XB_CHECKSUM,     /* frames may come in without a checksum (veth, tap) */
	XB_HIDDEN_TAG,   /* the driver takes VLAN tags out of the frame before XDP sees it */
	XB_MEMBERS,      /* a bond, whose members run the program instead of it */
	XB_FIREWALL,     /* nftables or ebtables rules, br_netfilter */
	XB_TC,           /* a tc filter or qdisc on the port */
	XB_PACKET,       /* a packet socket looks at all frames of the port */
	/* this frame */
	XB_UNATTENDED,    /* the daemon has not followed the bridge for some seconds */
	XB_RUNT,          /* shorter than an Ethernet header */
	XB_BAD_SOURCE,    /* group or zero source address */
	XB_GROUP,         /* broadcast or multicast destination */
	XB_LINK_LOCAL,    /* 01:80:c2:00:00:0X */
	XB_TAGGED,        /* a VLAN tag that this port does not take on the fast path */
	XB_VLAN_REFUSED,  /* a port is no forwarding member of the frame's VLAN, or has no PVID */
	XB_NEIGHBOUR,     /* ARP or IPv6 while a port suppresses or proxies them */
	XB_MAINTENANCE,   /* CFM or MRP */
	XB_SOURCE_NEW,    /* source not known: the kernel learns */
	XB_SOURCE_MOVED,  /* source known on another port: the kernel moves it */
	XB_KEEP_ALIVE,    /* source known, its entry is to be refreshed */
	XB_DEST_NEW,      /* destination not known, or the bridge itself */
	XB_DEST_SAME,     /* destination on the port the frame came from */
	XB_ISOLATED,      /* both ports are isolated */
	XB_EGRESS_CLOSED, /* the destination's port is slow: its own closed_out says why */
	XB_TOO_LONG,    /* longer than the egress port's MTU allows, or in more buffers than one */
	XB_EGRESS_GONE, /* the egress port left the devmap in this very moment */
	XB_NO_HEADROOM, /* no room in front of the frame for the tag that the egress port wants */
	XB_VERDICTS
};

/* ---- ports: an array, direct-mapped by interface index ---- */
#define XB_PORT_SLOTS 4096 /* power of two; a slot number fits XB_DATA_PORT */
#define XB_PORT_PROBES 16  /* slot (ifindex + 0..15) % XB_PORT_SLOTS */
#define XB_PORTS 1024 /* rows of counters: the kernel's limit of 1023 ports a bridge, and row 0 */

#define XB_PORT_ISOLATED 0x01
#define XB_PORT_TAGGED 0x02    /* tagged frames are the bridge's: no VLAN device takes them first */
#define XB_PORT_NEIGHBOUR 0x04 /* ARP and IPv6 go up */
#define XB_PORT_GENERIC 0x08   /* frames come in by generic XDP: any egress that is up will do */
#define XB_PORT_FILTERS 0x10   /* the bridge filters VLANs: pvid and the entries' VLAN bits hold */
#define XB_PORT_LEARNS 0x20    /* a source that is seen here is moved here by the bridge */
#define XB_PORT_FRAGS 0x40     /* transmits frames that lie in several buffers */
#define XB_PORT_PARTIAL 0x80   /* generic XDP: frames come in with all that senders leave undone */

struct xb_port {
	__u32 ifindex; /* 0: free */
	__u32 row;     /* of the counters */
	__u64 self;    /* XB_DATA_SELF of an entry that is valid on this port now */
	__u32 max_len; /* of a frame that leaves here, tag and all */
	__u16 flags;
	__u16 keep_alive; /* stamp units until a source's entry is to be refreshed; 0: every frame
			   */
	__u16 pvid;       /* 0: none */
	__u16 vlan_proto_be; /* the bridge's: 0x8100 or 0x88a8, network byte order */
	__u8 closed_in;      /* a verdict, 0: open */
	__u8 closed_out;     /* the same, for frames that came in by native XDP */
	__u8 closed_generic; /* the same, for frames that came in by generic XDP */
	__u8 closed_partial; /* the same, from ports that are XB_PORT_PARTIAL */
	__u8 spoiled;        /* the program made an entry absent: is it to be written again? */
	__u32 changing;      /* changes of the port that the kernel began to announce, and */
	__u32 announced;     /* ... has announced (xdp/bridge_watch.bpf.c) */
	__u8 vlan_away;      /* a VLAN device in another network namespace sits on it (the same) */
	__u8 pad[15];
};
_Static_assert(sizeof(struct xb_port) == 64, "one cache line a port");

/* ---- forwarding database: buckets of one cache line, written through mmap ----
 * An entry lies in one of two buckets, the first unless that is full. The writer changes both words
 * and their version; a reader that sees two versions is between them and takes the entry for
 * absent. */
struct xb_entry {
	__u64 key;
	__u64 data;
};
#define XB_WAYS 4
struct xb_bucket {
	struct xb_entry entry[XB_WAYS];
};
_Static_assert(sizeof(struct xb_bucket) == 64, "one cache line a bucket");

/* key: address (first byte lowest as the host loads it), VLAN, version */
#define XB_KEY_VID_SHIFT 48
#define XB_KEY_MASK 0x0fffffffffffffffULL
#define XB_KEY_VERSION_SHIFT 60

/* data: stamp, flags, version, port, bridge, epoch */
#define XB_DATA_STAMP                                                                              \
	0x7fffULL             /* when the kernel last saw this source, in ticks >> stamp_shift     \
			       */
#define XB_DATA_DUE 0x8000ULL /* not seen since the entry was written: the next frame goes up */
#define XB_DATA_VALID 0x10000ULL
#define XB_DATA_STATIC 0x20000ULL   /* does not age: no keep-alive */
#define XB_DATA_MEMBER 0x40000ULL   /* the port is a forwarding member of the entry's VLAN */
#define XB_DATA_UNTAGGED 0x80000ULL /* ... and sends it untagged */
#define XB_DATA_STICKY 0x100000ULL  /* the bridge does not move it, whoever sends from elsewhere */
#define XB_DATA_VERSION_SHIFT 24
#define XB_DATA_VERSION (0xfULL << XB_DATA_VERSION_SHIFT)
#define XB_DATA_PORT_SHIFT 32 /* slot of the port: 12 bits */
#define XB_DATA_PORT (0xfffULL << XB_DATA_PORT_SHIFT)
#define XB_DATA_BRIDGE_SHIFT 44 /* 8 bits */
#define XB_DATA_BRIDGE (0xffULL << XB_DATA_BRIDGE_SHIFT)
#define XB_DATA_EPOCH_SHIFT                                                                        \
	52 /* 12 bits: counted up to make all entries of a port absent at once */
#define XB_DATA_EPOCH (0xfffULL << XB_DATA_EPOCH_SHIFT)
#define XB_DATA_SELF (XB_DATA_VALID | XB_DATA_PORT | XB_DATA_BRIDGE | XB_DATA_EPOCH)

/* Both bucket numbers of a key: low and high half. The seed is drawn at start, so that nobody on
 * the wire can choose addresses that meet in one bucket. The finaliser is murmur3's. */
static inline __u64 xb_hash(__u64 key, __u64 bridge, __u64 seed)
{
	__u64 h = key ^ seed ^ (bridge << XB_KEY_VERSION_SHIFT) ^ (bridge << 20);

	h ^= h >> 33;
	h *= 0xff51afd7ed558ccdULL;
	h ^= h >> 33;
	h *= 0xc4ceb9fe1a85ec53ULL;
	return h ^ h >> 33;
}

/* ---- counters: one value a port, per CPU ---- */
struct xb_counters {
	__u64 frames[XB_VERDICTS]; /* in by this port, by verdict */
	__u64 bytes_fast;          /* of those forwarded */
	__u64 out_frames;          /* handed to this port by XDP */
	__u64 out_bytes;
	__u64 out_drops; /* of those, refused by the driver; counted where the kernel has BTF */
};

#endif
