/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "facts.h"

#include "netns.h"
#include "nic_feature.h"
#include "offload.h"
#include "xdp_features.h"
#include "xdp_query.h"

#include <errno.h>
#include <linux/ethtool.h>
#include <linux/sockios.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/utsname.h>
#include <unistd.h>

#define XDP_ACT_BASIC 1 /* NETDEV_XDP_ACT_BASIC */
#define XDP_ACT_NDO_XMIT                                                                           \
	4 /* NETDEV_XDP_ACT_NDO_XMIT of linux/netdev.h, newer than Debian 12's headers */
#define XDP_ACT_RX_SG 32
#define XDP_ACT_NDO_XMIT_SG 64

static int ethtool(int fd, const char *name, void *request)
{
	struct ifreq ifr = {0};

	snprintf(ifr.ifr_name, sizeof(ifr.ifr_name), "%s", name);
	ifr.ifr_data = request;
	return ioctl(fd, SIOCETHTOOL, &ifr);
}

static uint32_t ethtool_value(int fd, const char *name, uint32_t command)
{
	struct ethtool_value value = {.cmd = command};

	return ethtool(fd, name, &value) ? 0 : value.data;
}

/* What a sender may leave to the device, each by a feature of its own. */
static bool transmits_any(const struct nic_features *on)
{
	static const char *const features[] = {
		"tx-checksum-ip-generic",    "tx-checksum-sctp",    "tx-tcp-segmentation",
		"tx-tcp6-segmentation",	     "tx-udp-segmentation", "tx-gso-list",
		"tx-vlan-stag-hw-insert"};
	size_t i;

	for (i = 0; i < sizeof(features) / sizeof(features[0]); i++)
		if (!nic_feature_on(on, features[i]))
			return false;
	return true;
}

/* 0 where the driver does not say. */
static void read_queues(int fd, const char *name, unsigned int *rx, unsigned int *tx)
{
	struct ethtool_channels channels = {.cmd = ETHTOOL_GCHANNELS};

	if (ethtool(fd, name, &channels))
		return;
	*rx = channels.rx_count + channels.combined_count;
	*tx = channels.tx_count + channels.combined_count;
}

static void read_driver(struct facts *facts, int fd, const char *name)
{
	struct ethtool_drvinfo info = {.cmd = ETHTOOL_GDRVINFO};
	uint32_t flags = ethtool_value(fd, name, ETHTOOL_GFLAGS);
	struct nic_features on;

	if (!ethtool(fd, name, &info))
		snprintf(facts->driver, sizeof(facts->driver), "%.31s", info.driver);
	facts->rx_vlan = flags & ETH_FLAG_RXVLAN;
	nic_features_read(&on, fd, name);
	facts->rx_stag = nic_feature_on(&on, "rx-vlan-stag-hw-parse");
	facts->tx_csum = ethtool_value(fd, name, ETHTOOL_GTXCSUM);
	facts->tx_vlan = flags & ETH_FLAG_TXVLAN;
	facts->tx_any = facts->tx_csum && facts->tx_vlan && on.known && transmits_any(&on);
	facts->lro = flags & ETH_FLAG_LRO;
	read_queues(fd, name, &facts->rx_queues, &facts->tx_queues);
}

static uint32_t mtu(int fd, const char *name)
{
	struct ifreq ifr = {0};

	snprintf(ifr.ifr_name, sizeof(ifr.ifr_name), "%s", name);
	return ioctl(fd, SIOCGIFMTU, &ifr) ? 0 : ifr.ifr_mtu;
}

/* In the peer's namespace. */
struct look {
	struct facts *facts;
	uint32_t ifindex;
};

/* From Linux 5.13 on a veth with GRO has NAPI (drivers/net/veth.c, veth_set_features); before, only
 * XDP gives it, and veth_xdp_xmit() drops what is redirected to a peer without. */
static bool gro_makes_napi(void)
{
	unsigned int major, minor;
	struct utsname u;

	return !uname(&u) && sscanf(u.release, "%u.%u", &major, &minor) == 2 &&
	       (major > 5 || (major == 5 && minor >= 13));
}

static void look_at_peer(void *arg)
{
	struct look *look = arg;
	struct facts *facts = look->facts;
	struct nic_features on;
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	unsigned int rx;
	uint32_t flags;
	bool generic;

	if (fd < 0)
		return;
	if (if_indextoname(look->ifindex, facts->peer)) {
		flags = ethtool_value(fd, facts->peer, ETHTOOL_GFLAGS);
		facts->peer_seen = true;
		facts->peer_mtu = mtu(fd, facts->peer);
		read_queues(fd, facts->peer, &rx, &facts->peer_tx_queues);
		facts->peer_tx_vlan = flags & ETH_FLAG_TXVLAN;
		nic_features_read(&on, fd, facts->peer);
		facts->peer_tx_stag = nic_feature_on(&on, "tx-vlan-stag-hw-insert");
		facts->peer_tx_csum = ethtool_value(fd, facts->peer, ETHTOOL_GTXCSUM);
		facts->gro_no_napi = !gro_makes_napi();
		facts->peer_napi = (!facts->gro_no_napi &&
				    ethtool_value(fd, facts->peer, ETHTOOL_GGRO)) ||
				   (xdp_query(look->ifindex, &generic) && !generic);
	}
	close(fd);
}

static bool read_own(struct facts *facts, uint32_t ifindex)
{
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), ret;
	char name[IFNAMSIZ];

	if (fd < 0)
		return false;
	/* Not as the table has it: the interface may have been renamed since. */
	if (if_indextoname(ifindex, name))
		read_driver(facts, fd, name);
	else
		*name = '\0';
	close(fd);
	ret = xdp_features_get(ifindex, &facts->xdp_features);
	facts->xdp_features_known = !ret;
	return *name && (!ret || ret == -ENOENT);
}

/* Devices that take frames by the receive handler of the one below: __netif_receive_skb_core() of
 * net/core/dev.c has taken the tag off there, before it comes to generic XDP on these. Open vSwitch
 * hands its internal ports tags beside the frame (by its source, not tried), as a netkit's other end
 * does, whatever the features say, and a tc program with bpf_redirect(.., BPF_F_INGRESS), from which
 * alone a dummy gets frames. */
static bool is_from_below(const char *kind)
{
	static const char *const kinds[] = {"bond",   "team",	"macvlan", "macvtap",	 "ipvlan",
					    "ipvtap", "macsec", "hsr",	   "openvswitch",
					    "netkit", "dummy"};
	size_t i;

	for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (!strcmp(kind, kinds[i]))
			return true;
	return false;
}

void facts_read(struct facts *facts, const struct event_link *link)
{
	struct facts now = {.known = true,
			    .is_veth = !strcmp(link->kind, "veth"),
			    .from_below = is_from_below(link->kind)};
	struct look look = {&now, link->lower};

	memcpy(now.peer_ns, facts->peer_ns, sizeof(now.peer_ns));
	if (!read_own(&now, link->ifindex)) {
		if (!facts->known)
			*facts = (struct facts){.is_veth = now.is_veth,
						.from_below = now.from_below,
						.rx_vlan = true};
		return;
	}
	now.rx_vlan_taken = !now.rx_vlan && offload_taken(link->ifindex);
	if (now.is_veth && link->lower_nsid < 0)
		look_at_peer(&look);
	else if (now.is_veth)
		netns_run(link->lower_nsid, look_at_peer, &look, now.peer_ns, sizeof(now.peer_ns));
	*facts = now;
}

bool facts_hides_tags_itself(const struct facts *facts)
{
	return !facts->is_veth && !facts->from_below && (facts->rx_vlan || facts->rx_stag);
}

/* What is known of drivers by their names, as ETHTOOL_GDRVINFO says them: who has ndo_xdp_xmit
 * since before Linux 5.9, or (igb, 5.10) as long as it has XDP at all, for kernels that do not
 * report it; who has it, in any version that
 * reports it, while a program is attached; the limit of the MTU, from the drivers' source of
 * Linux 6.12. */
static const struct {
	const char *driver;
	bool always;  /* since before 5.9, or with its XDP */
	bool reports; /* once it has a program, where the kernel reports it */
	uint32_t max_mtu;
} drivers[] = {
	{"ixgbe", true, true, 3050},    {"i40e", true, true, 3046},
	{"ice", true, true, 3046},      {"bnxt_en", true, true, 0},
	{"virtio_net", true, true, 0},  {"mlx5_core", true, true, 3498},
	{"tun", true, true, 0},         {"sfc", true, true, 0},
	{"mvneta", true, true, 0},      {"qede", true, true, 0},
	{"igb", true, true, 3046},     {"igc", false, true, 1500},
	{"ena", false, true, 0},        {"gve", false, true, 0},
	{"fec", false, true, 0},        {"vmxnet3", false, true, 0},
	{"st_gmac", false, true, 1500}, {"rvu-nicpf", false, true, 1508},
};
#define DRIVERS (sizeof(drivers) / sizeof(drivers[0]))

static size_t driver(const struct facts *facts)
{
	size_t i = 0;

	while (i < DRIVERS && strcmp(facts->driver, drivers[i].driver))
		i++;
	return i;
}

bool facts_can_xmit(const struct facts *facts)
{
	size_t i = driver(facts);

	if (facts->xdp_features_known)
		return facts->xdp_features & XDP_ACT_NDO_XMIT;
	if (facts->is_veth)
		return facts->peer_seen && facts->peer_napi;
	return i < DRIVERS && drivers[i].always;
}

bool facts_can_xmit_frags(const struct facts *facts)
{
	return facts->xdp_features_known && facts->xdp_features & XDP_ACT_NDO_XMIT_SG;
}

bool facts_will_xmit(const struct facts *facts)
{
	size_t i = driver(facts);

	if (facts_can_xmit(facts))
		return true;
	return facts->xdp_features_known && facts->xdp_features & XDP_ACT_BASIC && i < DRIVERS &&
	       drivers[i].reports;
}

bool facts_native(const struct facts *facts)
{
	if (facts->xdp_features_known)
		return facts->xdp_features & XDP_ACT_BASIC;
	if (facts->is_veth)
		return facts->rx_queues >= facts->peer_tx_queues;
	return driver(facts) < DRIVERS;
}

/* veth_xdp_set() of drivers/net/veth.c: a page less 256 bytes in front, 320 behind for struct
 * skb_shared_info, and the Ethernet header. */
uint32_t facts_max_mtu(const struct facts *facts)
{
	size_t i = driver(facts);

	if (facts->xdp_features_known && facts->xdp_features & XDP_ACT_RX_SG)
		return 0;
	if (facts->is_veth)
		return sysconf(_SC_PAGESIZE) - 256 - 320 - 14;
	return i < DRIVERS ? drivers[i].max_mtu : 0;
}
