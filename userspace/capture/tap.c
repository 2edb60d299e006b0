/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tap.h"

#include "link.h"

#include <errno.h>
#include <linux/if_packet.h>
#include <linux/net_tstamp.h>
#include <net/if.h>
#include <net/if_arp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#ifndef PACKET_IGNORE_OUTGOING
#define PACKET_IGNORE_OUTGOING 23 /* Linux 4.20 */
#endif

/* The kernel closes a block when it is full or late, however little is in it, so a reader who is
 * held up (a stopped terminal, a slow pipe) loses nothing for as many times 20 ms as there are
 * blocks: for watching they are many, each large enough for a frame that GRO made. For files and
 * sums they are large, which saves wake-ups: five a second, not twenty, at 20,000 frames of PTP a
 * second. */
enum {
	RING_SIZE = 8 << 20,
	BLOCK_SIZE_WATCH = 1 << 17,
	BLOCK_SIZE_BATCH = 1 << 20,
};

struct tap {
	int fd;
	int ifindex;
	char ifname[IFNAMSIZ];
	const struct tap_options *options; /* while opening */
	struct cbpf_error *err;            /* while opening */
	uint8_t *ring;
	unsigned int block_size;
	int late_ms;
	unsigned int block; /* the one that is read, or read next */
	uint32_t left;      /* frames left in it */
	bool outgoing;
	bool held; /* the block is ours */
	int error; /* the interface is no more: the kernel says so once */
	struct tpacket3_hdr *frame;
	struct tap_counts counts;
	uint64_t carried_before;
};

static struct tpacket_block_desc *block_of(const struct tap *tap)
{
	return (struct tpacket_block_desc *)(tap->ring + (size_t)tap->block * tap->block_size);
}

static int fail(struct tap *tap, int error, const char *what)
{
	snprintf(tap->err->text, sizeof(tap->err->text), "%s: %s: %s", tap->ifname, what,
		 strerror(error));
	return -error;
}

static int set(struct tap *tap, int level, int name, int value, const char *what)
{
	if (setsockopt(tap->fd, level, name, &value, sizeof(value)))
		return fail(tap, errno, what);
	return 0;
}

static int make_ring(struct tap *tap)
{
	bool batch = tap->options->batch;
	struct tpacket_req3 req = {
		.tp_block_size = batch ? BLOCK_SIZE_BATCH : BLOCK_SIZE_WATCH,
		.tp_block_nr = RING_SIZE / (batch ? BLOCK_SIZE_BATCH : BLOCK_SIZE_WATCH),
		.tp_frame_size = 2048, /* only their product counts */
		.tp_frame_nr = RING_SIZE / 2048,
		.tp_retire_blk_tov = batch ? TAP_LATE_BATCH_MS : TAP_LATE_MS,
	};
	int ret = set(tap, SOL_PACKET, PACKET_VERSION, TPACKET_V3, "TPACKET_V3 cannot be set");

	tap->block_size = req.tp_block_size;
	tap->late_ms = (int)req.tp_retire_blk_tov;
	if (ret)
		return ret;
	if (setsockopt(tap->fd, SOL_PACKET, PACKET_RX_RING, &req, sizeof(req)))
		return fail(tap, errno, "a receive ring of 8 MiB cannot be made");
	tap->ring = mmap(NULL, RING_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED,
			 tap->fd, 0);
	if (tap->ring != MAP_FAILED)
		return 0;
	tap->ring = NULL;
	return fail(tap, errno, "the receive ring cannot be mapped");
}

static int join(struct tap *tap, int type, const uint8_t *address)
{
	struct packet_mreq mreq = {
		.mr_ifindex = tap->ifindex, .mr_type = (unsigned short)type, .mr_alen = 6};

	if (address)
		memcpy(mreq.mr_address, address, 6);
	if (setsockopt(tap->fd, SOL_PACKET, PACKET_ADD_MEMBERSHIP, &mreq, sizeof(mreq)))
		return fail(tap, errno, "a multicast group cannot be joined");
	return 0;
}

/* IEEE 1588 annexes C to E; the groups of the alternate domains too. Given up with the socket. */
static int join_groups(struct tap *tap)
{
	static const uint8_t groups[][6] = {
		{0x01, 0x1b, 0x19, 0, 0, 0},          {0x01, 0x80, 0xc2, 0, 0, 0x0e},
		{0x01, 0x00, 0x5e, 0x00, 0x01, 0x81}, {0x01, 0x00, 0x5e, 0x00, 0x01, 0x82},
		{0x01, 0x00, 0x5e, 0x00, 0x01, 0x83}, {0x01, 0x00, 0x5e, 0x00, 0x01, 0x84},
		{0x01, 0x00, 0x5e, 0x00, 0x00, 0x6b}, {0x33, 0x33, 0x00, 0x00, 0x01, 0x81},
		{0x33, 0x33, 0x00, 0x00, 0x00, 0x6b},
	};
	unsigned int i;
	int ret = 0;

	for (i = 0; i < sizeof(groups) / sizeof(*groups) && !ret; i++)
		ret = join(tap, PACKET_MR_MULTICAST, groups[i]);
	if (!ret && tap->options->promiscuous)
		ret = join(tap, PACKET_MR_PROMISC, NULL);
	return ret;
}

/* SO_TIMESTAMPING turns the kernel's stamping on; PACKET_TIMESTAMP says which stamp the ring gets.
 */
static int set_stamps(struct tap *tap, bool hardware)
{
	int wanted = SOF_TIMESTAMPING_RX_SOFTWARE | SOF_TIMESTAMPING_SOFTWARE;

	if (hardware)
		wanted |= SOF_TIMESTAMPING_RX_HARDWARE | SOF_TIMESTAMPING_RAW_HARDWARE;
	if (setsockopt(tap->fd, SOL_SOCKET, SO_TIMESTAMPING, &wanted, sizeof(wanted)))
		return -errno;
	wanted &= SOF_TIMESTAMPING_SOFTWARE | SOF_TIMESTAMPING_RAW_HARDWARE;
	return setsockopt(tap->fd, SOL_PACKET, PACKET_TIMESTAMP, &wanted, sizeof(wanted)) ? -errno
											  : 0;
}

int tap_take_hardware(struct tap *tap)
{
	return set_stamps(tap, true);
}

static int before_bind(int fd, void *arg)
{
	struct tap *tap = arg;
	int ret;

	tap->fd = fd;
	/* Once locked, not even this program can take the filter off again. */
	ret = cbpf_lock(fd);
	if (ret)
		return fail(tap, -ret, "the filter cannot be locked");
	ret = make_ring(tap);
	if (!ret)
		ret = join_groups(tap);
	if (ret)
		return ret;
	ret = set_stamps(tap, false);
	if (ret)
		return fail(tap, -ret, "time stamps cannot be asked for");
	/* Kernels before 4.20 give this host's frames too; tap_next() leaves them out all the same.
	 */
	if (!ret && !tap->options->outgoing)
		setsockopt(fd, SOL_PACKET, PACKET_IGNORE_OUTGOING, &(int){1}, sizeof(int));
	return ret;
}

static int check_link(struct tap *tap, const struct link_info *info)
{
	if (info->arphrd != ARPHRD_ETHER && info->arphrd != ARPHRD_LOOPBACK) {
		snprintf(tap->err->text, sizeof(tap->err->text),
			 "%s is no Ethernet interface (ARPHRD %u): its frames are not decoded",
			 tap->ifname, info->arphrd);
		return -EOPNOTSUPP;
	}
	if (!info->up) {
		snprintf(tap->err->text, sizeof(tap->err->text),
			 "%s is down: bring it up with `ip link set %s up`", tap->ifname,
			 tap->ifname);
		return -ENETDOWN;
	}
	tap->ifindex = info->ifindex;
	tap->carried_before = info->rx_packets + info->tx_packets;
	return 0;
}

static int open_on(struct tap *tap)
{
	struct link_info info;
	int ret = link_info(tap->ifname, &info);

	if (ret == -ENODEV) {
		snprintf(tap->err->text, sizeof(tap->err->text),
			 "there is no interface '%s' here: `ip link` lists them",
			 tap->options->ifname);
		return ret;
	}
	if (ret)
		return fail(tap, -ret, "the interface cannot be looked up");
	ret = check_link(tap, &info);
	if (ret)
		return ret;
	ret = cbpf_packet_socket(tap->options->filter, tap->ifindex, 0x0003 /* ETH_P_ALL */,
				 before_bind, tap, tap->err);
	if (ret == -EPERM || ret == -EACCES)
		snprintf(tap->err->text, sizeof(tap->err->text),
			 "%s: capturing needs CAP_NET_RAW: run as root", tap->ifname);
	tap->fd = ret;
	return ret < 0 ? ret : 0;
}

int tap_open(struct tap **out, const struct tap_options *options, struct cbpf_error *err)
{
	struct tap *tap = calloc(1, sizeof(*tap));
	int ret;

	if (!tap) {
		snprintf(err->text, sizeof(err->text), "out of memory");
		return -ENOMEM;
	}
	tap->fd = -1;
	tap->options = options;
	tap->outgoing = options->outgoing;
	tap->err = err;
	snprintf(tap->ifname, sizeof(tap->ifname), "%s", options->ifname);
	ret = strlen(options->ifname) < IFNAMSIZ ? open_on(tap) : -ENODEV;
	if (ret && !*err->text)
		snprintf(err->text, sizeof(err->text),
			 "there is no interface '%s' here: `ip link` lists them", options->ifname);
	if (ret) {
		tap_close(tap);
		return ret;
	}
	tap->options = NULL;
	tap->err = NULL;
	*out = tap;
	return 0;
}

int tap_fd(const struct tap *tap)
{
	return tap->fd;
}

const char *tap_ifname(const struct tap *tap)
{
	return tap->ifname;
}

/* Gives the block that was read back to the kernel. */
static void release_block(struct tap *tap)
{
	if (!tap->held)
		return;
	__atomic_store_n(&block_of(tap)->hdr.bh1.block_status, TP_STATUS_KERNEL, __ATOMIC_RELEASE);
	tap->block = (tap->block + 1) % (RING_SIZE / tap->block_size);
	tap->held = false;
}

static bool take_block(struct tap *tap)
{
	struct tpacket_block_desc *b = block_of(tap);

	if (!(__atomic_load_n(&b->hdr.bh1.block_status, __ATOMIC_ACQUIRE) & TP_STATUS_USER))
		return false;
	tap->held = true;
	tap->left = b->hdr.bh1.num_pkts;
	tap->frame = (struct tpacket3_hdr *)((uint8_t *)b + b->hdr.bh1.offset_to_first_pkt);
	return true;
}

static void describe(const struct tpacket3_hdr *h, const struct sockaddr_ll *from,
		     struct tap_frame *f)
{
	f->data = (const uint8_t *)h + h->tp_mac;
	f->caplen = h->tp_snaplen;
	f->len = h->tp_len;
	f->ts_ns = (int64_t)h->tp_sec * 1000000000 + h->tp_nsec;
	f->clock = h->tp_status & TP_STATUS_TS_RAW_HARDWARE ? TAP_CLOCK_HARDWARE : TAP_CLOCK_SYSTEM;
	f->outgoing = from->sll_pkttype == PACKET_OUTGOING;
	f->vlan = h->tp_status & TP_STATUS_VLAN_VALID;
	f->vlan_tci = (uint16_t)h->hv1.tp_vlan_tci;
	f->vlan_tpid = h->tp_status & TP_STATUS_VLAN_TPID_VALID ? h->hv1.tp_vlan_tpid : 0x8100;
}

static int why_nothing(struct tap *tap)
{
	struct link_info info;
	int error = 0;
	socklen_t len = sizeof(error);

	if (getsockopt(tap->fd, SOL_SOCKET, SO_ERROR, &error, &len))
		return -errno;
	if (error == ENETDOWN && link_info_at(tap->ifindex, &info))
		return -ENODEV;
	return -error;
}

/* No block is ready; after an error the kernel closes the last one as late as ever. */
static int nothing_ready(struct tap *tap)
{
	if (tap->error)
		return tap->error;
	tap->error = why_nothing(tap);
	if (!tap->error)
		return 0;
	poll(NULL, 0, tap->late_ms * 3 / 2);
	return 1;
}

int tap_next(struct tap *tap, struct tap_frame *f)
{
	const struct sockaddr_ll *from;
	struct tpacket3_hdr *h;
	int ret;

	for (;;) {
		while (!tap->held || !tap->left) {
			release_block(tap);
			if (take_block(tap))
				continue;
			ret = nothing_ready(tap);
			if (ret > 0)
				continue;
			f->data = NULL;
			return ret;
		}
		h = tap->frame;
		tap->left--;
		tap->frame = (struct tpacket3_hdr *)((uint8_t *)h + h->tp_next_offset);
		from = (const struct sockaddr_ll *)((uint8_t *)h + TPACKET_ALIGN(sizeof(*h)));
		describe(h, from, f);
		if (!f->outgoing || tap->outgoing)
			return 1;
	}
}

int tap_counts(struct tap *tap, struct tap_counts *counts)
{
	struct tpacket_stats_v3 stats;
	socklen_t len = sizeof(stats);
	struct link_info info;
	int ret;

	/* Reading resets the kernel's counts. */
	if (!getsockopt(tap->fd, SOL_PACKET, PACKET_STATISTICS, &stats, &len))
		tap->counts.dropped += stats.tp_drops;
	ret = link_info_at(tap->ifindex, &info);
	if (!ret)
		tap->counts.carried = info.rx_packets + info.tx_packets - tap->carried_before;
	*counts = tap->counts;
	return ret;
}

void tap_close(struct tap *tap)
{
	if (!tap)
		return;
	if (tap->ring)
		munmap(tap->ring, RING_SIZE);
	if (tap->fd >= 0)
		close(tap->fd);
	free(tap);
}
