/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hazard.h"

#include <arpa/inet.h>
#include <bpf/bpf.h>
#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/if_ether.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define DUMP_TRIES 10

/* ---- one dump over netlink ---- */

static int dump(int family, struct nlmsghdr *request, mnl_cb_t each, void *arg)
{
	struct mnl_socket *nl = mnl_socket_open2(family, SOCK_CLOEXEC);
	char buf[32768];
	int ret = 0, more;
	ssize_t len;

	if (!nl)
		return -errno;
	request->nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
	request->nlmsg_seq = 1;
	if (mnl_socket_bind(nl, 0, MNL_SOCKET_AUTOPID) < 0 ||
	    mnl_socket_sendto(nl, request, request->nlmsg_len) < 0)
		ret = -errno;
	while (!ret) {
		len = mnl_socket_recvfrom(nl, buf, sizeof(buf));
		more = len < 0 ? MNL_CB_ERROR : mnl_cb_run(buf, len, 1, 0, each, arg);
		if (more == MNL_CB_STOP)
			break;
		if (more == MNL_CB_ERROR)
			ret = errno ? -errno : -EIO;
	}
	mnl_socket_close(nl);
	return ret;
}

/* ---- nftables ---- */

/* Where a base chain hooks in. */
struct hook {
	bool base;
	uint32_t number;
};

static int hook_number(const struct nlattr *attr, void *data)
{
	if (mnl_attr_get_type(attr) == NFTA_HOOK_HOOKNUM &&
	    mnl_attr_validate(attr, MNL_TYPE_U32) >= 0)
		((struct hook *)data)->number = ntohl(mnl_attr_get_u32(attr));
	return MNL_CB_OK;
}

static int find_hook(const struct nlattr *attr, void *data)
{
	struct hook *hook = data;

	if (mnl_attr_get_type(attr) != NFTA_CHAIN_HOOK)
		return MNL_CB_OK;
	hook->base = true;
	return mnl_attr_parse_nested(attr, hook_number, hook);
}

/* The inet family's ingress hook (Linux 5.10) is a device's, as the netdev family's is. */
static bool sees_frames(uint8_t family, const struct hook *hook)
{
	return family == NFPROTO_BRIDGE || family == NFPROTO_NETDEV ||
	       (family == NFPROTO_INET && hook->number == NF_INET_INGRESS);
}

static int chain(const struct nlmsghdr *h, void *data)
{
	const struct nfgenmsg *nf = mnl_nlmsg_get_payload(h);
	uint32_t *bits = data;
	struct hook hook = {0};

	mnl_attr_parse(h, sizeof(*nf), find_hook, &hook);
	if (!hook.base)
		return MNL_CB_OK;
	if (sees_frames(nf->nfgen_family, &hook))
		*bits |= HAZARD_NFT;
	else
		*bits |= HAZARD_L3_HOOKS;
	return MNL_CB_OK;
}

/* Not an answer, as "there is no such thing" is one: out of descriptors or memory, or changed in
 * the meantime. */
static bool is_unknown(int ret)
{
	return ret == -EMFILE || ret == -ENFILE || ret == -ENOMEM || ret == -ENOBUFS ||
	       ret == -EINTR || ret == -EAGAIN;
}

static int read_nft(uint32_t *bits)
{
	char buf[128];
	struct nlmsghdr *h = mnl_nlmsg_put_header(buf);
	struct nfgenmsg *nf;

	h->nlmsg_type = NFNL_SUBSYS_NFTABLES << 8 | NFT_MSG_GETCHAIN;
	nf = mnl_nlmsg_put_extra_header(h, sizeof(*nf));
	nf->nfgen_family = NFPROTO_UNSPEC;
	nf->version = NFNETLINK_V0;
	return dump(NETLINK_NETFILTER, h, chain, bits);
}

/* ---- what /proc says ---- */

/* A file that cannot be opened for want of something is put into *ret. */
static bool file_has(const char *path, const char *word, int *ret)
{
	FILE *f = fopen(path, "re");
	char line[256];
	bool found = false;

	if (!f) {
		if (is_unknown(-errno))
			*ret = -errno;
		return false;
	}
	while (!found && fgets(line, sizeof(line), f))
		found = !strncmp(line, word, strlen(word));
	fclose(f);
	return found;
}

static int read_proc(uint32_t *bits)
{
	static const char calls[] = "/proc/sys/net/bridge/bridge-nf-call-";
	char path[sizeof(calls) + 16];
	int ret = 0;

	snprintf(path, sizeof(path), "%siptables", calls);
	if (file_has(path, "1", &ret))
		*bits |= HAZARD_NF_CALL_IP;
	snprintf(path, sizeof(path), "%sip6tables", calls);
	if (file_has(path, "1", &ret))
		*bits |= HAZARD_NF_CALL_IP;
	snprintf(path, sizeof(path), "%sarptables", calls);
	if (file_has(path, "1", &ret))
		*bits |= HAZARD_NF_CALL_ARP;
	/* One line a table; empty where there is none. */
	if (file_has("/proc/net/ip_tables_names", "", &ret) ||
	    file_has("/proc/net/ip6_tables_names", "", &ret) ||
	    file_has("/proc/net/arp_tables_names", "", &ret))
		*bits |= HAZARD_L3_HOOKS;
	/* Their rules are not asked for: the question itself would load the modules. */
	if (file_has("/proc/modules", "ebtable_filter ", &ret) ||
	    file_has("/proc/modules", "ebtable_nat ", &ret) ||
	    file_has("/proc/modules", "ebtable_broute ", &ret))
		*bits |= HAZARD_EBTABLES;
	return ret;
}

/* ---- tc ---- */

static int add_port(struct hazards *h, uint32_t ifindex, uint32_t bits)
{
	struct hazard_port *more;
	size_t i;

	for (i = 0; i < h->nports && h->ports[i].ifindex != ifindex; i++)
		;
	if (i == h->nports) {
		more = realloc(h->ports, (h->nports + 1) * sizeof(*more));
		if (!more) {
			errno = ENOMEM;
			return -ENOMEM;
		}
		h->ports = more;
		h->ports[h->nports++] = (struct hazard_port){.ifindex = ifindex};
	}
	h->ports[i].bits |= bits;
	return 0;
}

/* Qdiscs that only queue: what XDP bypasses of them changes no frame's fate but its place in a
 * queue. */
static bool only_queues(const char *kind)
{
	static const char *const kinds[] = {"noqueue", "pfifo_fast", "mq",   "fq_codel",
					    "fq",      "pfifo",      "bfifo"};
	size_t i;

	for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (!strcmp(kinds[i], kind))
			return true;
	return false;
}

static int find_kind(const struct nlattr *attr, void *data)
{
	if (mnl_attr_get_type(attr) == TCA_KIND &&
	    mnl_attr_validate(attr, MNL_TYPE_NUL_STRING) >= 0)
		*(const char **)data = mnl_attr_get_str(attr);
	return MNL_CB_OK;
}

static int qdisc(const struct nlmsghdr *h, void *data)
{
	const struct tcmsg *tc = mnl_nlmsg_get_payload(h);
	const char *kind = "";
	uint32_t bits = 0;

	mnl_attr_parse(h, sizeof(*tc), find_kind, &kind);
	if (!strcmp(kind, "clsact"))
		bits = HAZARD_TC_IN | HAZARD_TC_OUT;
	else if (!strcmp(kind, "ingress"))
		bits = HAZARD_TC_IN;
	else if (!only_queues(kind))
		bits = HAZARD_TC_OUT;
	if (bits && add_port(data, tc->tcm_ifindex, bits))
		return MNL_CB_ERROR;
	return MNL_CB_OK;
}

static int read_qdiscs(struct hazards *h)
{
	char buf[128];
	struct nlmsghdr *request = mnl_nlmsg_put_header(buf);
	struct tcmsg *tc;

	request->nlmsg_type = RTM_GETQDISC;
	tc = mnl_nlmsg_put_extra_header(request, sizeof(*tc));
	tc->tcm_family = AF_UNSPEC;
	return dump(NETLINK_ROUTE, request, qdisc, h);
}

/* ---- packet sockets ---- */

/* A line of /proc/net/packet (net/packet/af_packet.c, packet_seq_show()): sk RefCnt Type Proto
 * Iface R Rmem User Inode. Only ETH_P_ALL sees what a bridge takes: __netif_receive_skb_core() asks
 * the bridge before it serves sockets of one protocol. */
static int packet_socket(struct hazards *h, const char *line)
{
	unsigned int protocol, ifindex, running;

	if (sscanf(line, "%*s %*s %*s %x %u %u", &protocol, &ifindex, &running) != 3)
		return 0; /* the heading */
	if (protocol != ETH_P_ALL || !running)
		return 0;
	if (ifindex)
		return add_port(h, ifindex, HAZARD_PACKET);
	h->bits |= HAZARD_PACKET;
	return 0;
}

static int read_packet_sockets(struct hazards *h)
{
	FILE *f = fopen("/proc/net/packet", "re");
	char line[256];
	int ret = 0;

	if (!f)
		return -errno;
	while (!ret && fgets(line, sizeof(line), f))
		ret = packet_socket(h, line);
	fclose(f);
	return ret;
}

static int read_all(struct hazards *h)
{
	int ret;

	/* Else each file that is not there would say that there is no such thing. */
	if (access("/proc/net/dev", F_OK))
		return -EAGAIN;
	ret = read_nft(&h->bits);
	if (!is_unknown(ret))
		ret = read_proc(&h->bits);
	if (!is_unknown(ret))
		ret = read_qdiscs(h);
	if (!is_unknown(ret))
		ret = read_packet_sockets(h);
	return is_unknown(ret) ? ret : 0;
}

int hazards_read(struct hazards *h)
{
	struct hazards now;
	int ret = -EINTR, tries;

	/* Rules that change while they are dumped. */
	for (tries = 0; ret == -EINTR && tries < DUMP_TRIES; tries++) {
		now = (struct hazards){0};
		ret = read_all(&now);
		if (ret)
			hazards_free(&now);
	}
	if (ret) {
		h->bits |= HAZARD_UNKNOWN;
		return ret;
	}
	hazards_free(h);
	*h = now;
	return 0;
}

void hazards_free(struct hazards *h)
{
	free(h->ports);
	memset(h, 0, sizeof(*h));
}

/* Programs that tcx holds without a qdisc: BPF_TCX_INGRESS and BPF_TCX_EGRESS, Linux 6.6. */
static uint32_t tcx(uint32_t ifindex)
{
	uint32_t flags, count, bits = 0, side;

	for (side = 0; side < 2; side++) {
		count = 0;
		if (!bpf_prog_query(ifindex, 46 + side, 0, &flags, NULL, &count) && count)
			bits |= side ? HAZARD_TC_OUT : HAZARD_TC_IN;
	}
	return bits;
}

static uint32_t hazards_of_one(const struct hazards *h, uint32_t ifindex)
{
	uint32_t bits = tcx(ifindex);
	size_t i;

	for (i = 0; i < h->nports; i++)
		if (h->ports[i].ifindex == ifindex)
			bits |= h->ports[i].bits;
	return bits;
}

/* Of those whose master the port is. A veth, of which a bridge may have a thousand, has none. */
static uint32_t hazards_of_members(const struct hazards *h, const struct ktable *t,
				   const struct event_link *port)
{
	const struct event_link *l;
	uint32_t bits = 0, member;
	size_t i;

	if (!strcmp(port->kind, "veth"))
		return 0;
	for (i = 0; (l = ktable_link_at(t, i)); i++) {
		if (l->master != port->ifindex)
			continue;
		member = hazards_of_one(h, l->ifindex);
		bits |= member & HAZARD_TC_OUT ? HAZARD_MEMBER_TC : 0;
		bits |= member & HAZARD_PACKET ? HAZARD_MEMBER_PACKET : 0;
	}
	return bits;
}

uint32_t hazards_of(const struct hazards *h, const struct ktable *t, uint32_t ifindex)
{
	const struct event_link *port = ktable_link(t, ifindex);
	uint32_t bits = h->bits | hazards_of_one(h, ifindex);

	return port ? bits | hazards_of_members(h, t, port) : bits;
}
