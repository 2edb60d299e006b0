/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Group addresses where snooping is on: net/bridge/br_multicast.c. Groups come from the
 * configuration; joins and leaves are looked at only as frames that go to routers. */
#include "state.h"

#include <errno.h>
#include <string.h>

enum { IPV4 = 0x0800, IPV6 = 0x86dd, IGMP = 2, HOP_BY_HOP = 0, ICMPV6 = 58 };

static uint16_t get16(const uint8_t *p)
{
	return p[0] << 8 | p[1];
}

static uint16_t checksum(const uint8_t *p, uint32_t len)
{
	uint32_t sum = 0, i;

	for (i = 0; i + 1 < len; i += 2)
		sum += get16(p + i);
	if (len & 1)
		sum += p[len - 1] << 8;
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return ~sum;
}

struct snooped {
	const uint8_t *group; /* NULL: not looked up */
	uint8_t size;
	bool routers_only;
};

/* ip_mc_check_igmp (net/ipv4/igmp.c): what it throws away the bridge throws away. */
static int snoop_igmp(const uint8_t *msg, uint32_t len, struct snooped *s)
{
	enum { QUERY = 0x11, REPORT1 = 0x12, REPORT2 = 0x16, LEAVE = 0x17, REPORT3 = 0x22 };

	if (len < 8 || checksum(msg, len))
		return -EBADMSG;
	switch (msg[0]) {
	case REPORT1:
	case REPORT2:
		s->routers_only = true;
		s->group = NULL;
		return 0;
	case QUERY:
		if (len != 8 && len < 12)
			return -EBADMSG;
		s->group = NULL;
		return 0;
	case LEAVE:
	case REPORT3:
		s->group = NULL;
		return 0;
	default:
		return 1; /* no IGMP message to the kernel: an ordinary group frame */
	}
}

/* br_multicast_ipv4_rcv and ip_mc_check_iphdr. */
static int snoop_ipv4(const struct frame *f, struct snooped *s)
{
	const uint8_t *ip = f->payload;
	uint32_t head, total;
	int ret = 1;

	if (f->payload_len < 20 || ip[0] >> 4 != 4)
		return -EBADMSG;
	head = (ip[0] & 15) * 4;
	total = get16(ip + 2);
	if (head < 20 || f->payload_len < head || checksum(ip, head) || f->payload_len < total ||
	    total < head)
		return -EBADMSG;
	s->group = ip + 16;
	s->size = 4;
	if (ip[9] == IGMP)
		ret = snoop_igmp(ip + head, total - head, s);
	if (ret <= 0)
		return ret;
	/* 224.0.0.0/24 is flooded always (RFC 4541, 2.1.2) */
	s->routers_only = !(ip[16] == 224 && !ip[17] && !ip[18]);
	return 0;
}

/* br_multicast_ipv6_rcv and ipv6_mc_check_ip6hdr. */
static int snoop_ipv6(const struct frame *f, struct snooped *s)
{
	static const uint8_t all_nodes[16] = {0xff, 0x02, [15] = 1};
	const uint8_t *ip = f->payload;
	uint32_t total;

	if (f->payload_len < 40 || ip[0] >> 4 != 6)
		return -EBADMSG;
	total = 40 + get16(ip + 4);
	if (f->payload_len < total || total <= 40)
		return -EBADMSG;
	s->group = ip + 24;
	s->size = 16;
	s->routers_only = memcmp(ip + 24, all_nodes, 16) != 0;
	return 0;
}

static const struct group *find(const struct brm *m, const struct snooped *s, uint16_t vid)
{
	const struct group *g;

	for (g = m->groups; g; g = g->next)
		if (g->size == s->size && g->vid == vid && !memcmp(g->address, s->group, s->size))
			return g;
	return NULL;
}

int group_lookup(struct brm *m, const struct frame *f, uint16_t vid, const struct group **out,
		 bool *routers_only)
{
	struct snooped s = {.group = f->bytes, .size = 6};
	int ret = 0;

	*out = NULL;
	*routers_only = false;
	if (!m->set.mcast_snooping)
		return 0;
	if (f->ethertype == IPV4)
		ret = snoop_ipv4(f, &s);
	else if (f->ethertype == IPV6)
		ret = snoop_ipv6(f, &s);
	if (ret)
		return ret;
	*routers_only = s.routers_only;
	if (s.group)
		*out = find(m, &s, vid);
	return 0;
}

/* br_handle_frame_finish: (mdst || mrouters_only) && br_multicast_querier_exists(), where a group
 * that is a MAC address needs no querier (5.11 and newer). */
bool group_restricts(const struct brm *m, const struct frame *f, const struct group *g,
		     bool routers_only)
{
	if (!g && !routers_only)
		return false;
	if (f->ethertype == IPV4 || f->ethertype == IPV6)
		return m->set.mcast_querier;
	return g != NULL;
}
