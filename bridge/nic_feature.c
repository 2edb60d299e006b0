/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "nic_feature.h"

#include <errno.h>
#include <linux/ethtool.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>

#define FEATURES_MAX 256 /* Linux 6.18 has 64 */

static int ethtool(int fd, const char *ifname, void *request)
{
	struct ifreq ifr = {.ifr_data = request};

	snprintf(ifr.ifr_name, sizeof(ifr.ifr_name), "%s", ifname);
	return ioctl(fd, SIOCETHTOOL, &ifr);
}

/* How many features this kernel knows; 0: it does not say. */
static uint32_t count(int fd, const char *ifname)
{
	struct {
		struct ethtool_sset_info info;
		uint32_t n;
	} set = {.info = {.cmd = ETHTOOL_GSSET_INFO, .sset_mask = 1ULL << ETH_SS_FEATURES}};

	if (ethtool(fd, ifname, &set) || !set.info.sset_mask || set.n > FEATURES_MAX)
		return 0;
	return set.n;
}

/* Its number; -1: the kernel has none of that name; -2: it cannot be asked. */
static int number(int fd, const char *ifname, const char *feature)
{
	struct {
		struct ethtool_gstrings strings;
		char name[FEATURES_MAX][ETH_GSTRING_LEN];
	} names = {.strings = {.cmd = ETHTOOL_GSTRINGS, .string_set = ETH_SS_FEATURES}};
	int n = count(fd, ifname), i;

	names.strings.len = n;
	if (!n || ethtool(fd, ifname, &names))
		return -2;
	for (i = 0; i < n; i++)
		if (!strncmp(names.name[i], feature, ETH_GSTRING_LEN))
			return i;
	return -1;
}

bool nic_feature_on(int fd, const char *ifname, const char *feature)
{
	struct {
		struct ethtool_gfeatures features;
		struct ethtool_get_features_block block[FEATURES_MAX / 32];
	} now = {.features = {.cmd = ETHTOOL_GFEATURES, .size = FEATURES_MAX / 32}};
	int i = number(fd, ifname, feature);

	if (i == -1)
		return false;
	if (i < 0 || ethtool(fd, ifname, &now))
		return true;
	return now.block[i / 32].active >> i % 32 & 1;
}

int nic_feature_off(int fd, const char *ifname, const char *feature)
{
	struct {
		struct ethtool_sfeatures features;
		struct ethtool_set_features_block block[FEATURES_MAX / 32];
	} set = {.features = {.cmd = ETHTOOL_SFEATURES}};
	int i = number(fd, ifname, feature);

	if (i < 0)
		return 0;
	set.features.size = i / 32 + 1;
	set.block[i / 32].valid = 1u << i % 32;
	return ethtool(fd, ifname, &set) < 0 ? -errno : 0;
}
