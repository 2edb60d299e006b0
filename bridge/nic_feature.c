/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "nic_feature.h"

#include <errno.h>
#include <linux/ethtool.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>

/* One list for all devices, as long as the kernel runs. */
static struct {
	struct ethtool_gstrings strings;
	char name[NIC_FEATURES_MAX][ETH_GSTRING_LEN];
} names;

static int ethtool(int fd, const char *ifname, void *request)
{
	struct ifreq ifr = {.ifr_data = request};

	snprintf(ifr.ifr_name, sizeof(ifr.ifr_name), "%s", ifname);
	return ioctl(fd, SIOCETHTOOL, &ifr);
}

static bool read_names(int fd, const char *ifname)
{
	struct {
		struct ethtool_sset_info info;
		uint32_t n;
	} set = {.info = {.cmd = ETHTOOL_GSSET_INFO, .sset_mask = 1ULL << ETH_SS_FEATURES}};

	if (names.strings.len)
		return true;
	if (ethtool(fd, ifname, &set) || !set.info.sset_mask || set.n > NIC_FEATURES_MAX)
		return false;
	names.strings = (struct ethtool_gstrings){
		.cmd = ETHTOOL_GSTRINGS, .string_set = ETH_SS_FEATURES, .len = set.n};
	if (!ethtool(fd, ifname, &names))
		return true;
	names.strings.len = 0;
	return false;
}

/* Its number; -1: the kernel has none of that name. */
static int number(const char *feature)
{
	int i;

	for (i = 0; i < (int)names.strings.len; i++)
		if (!strncmp(names.name[i], feature, ETH_GSTRING_LEN))
			return i;
	return -1;
}

void nic_features_read(struct nic_features *out, int fd, const char *ifname)
{
	struct {
		struct ethtool_gfeatures features;
		struct ethtool_get_features_block block[NIC_FEATURES_MAX / 32];
	} now = {.features = {.cmd = ETHTOOL_GFEATURES, .size = NIC_FEATURES_MAX / 32}};
	size_t i;

	memset(out, 0, sizeof(*out));
	out->known = read_names(fd, ifname) && !ethtool(fd, ifname, &now);
	for (i = 0; i < NIC_FEATURES_MAX / 32; i++)
		out->active[i] = now.block[i].active;
}

bool nic_feature_on(const struct nic_features *f, const char *feature)
{
	int i;

	if (!f->known)
		return true;
	i = number(feature);
	return i >= 0 && f->active[i / 32] >> i % 32 & 1;
}

int nic_feature_off(int fd, const char *ifname, const char *feature)
{
	struct {
		struct ethtool_sfeatures features;
		struct ethtool_set_features_block block[NIC_FEATURES_MAX / 32];
	} set = {.features = {.cmd = ETHTOOL_SFEATURES}};
	int i = read_names(fd, ifname) ? number(feature) : -1;

	if (i < 0)
		return 0;
	set.features.size = i / 32 + 1;
	set.block[i / 32].valid = 1u << i % 32;
	return ethtool(fd, ifname, &set) < 0 ? -errno : 0;
}
