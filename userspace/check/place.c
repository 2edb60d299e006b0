/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "place.h"

#include "nic_feature.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/ethtool.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

static int write_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC), ret = 0;

	if (fd < 0)
		return -errno;
	if (write(fd, text, strlen(text)) < 0)
		ret = -errno;
	close(fd);
	return ret;
}

int place_enter(void)
{
	static const char *const off[] = {
		"/proc/sys/net/bridge/bridge-nf-call-iptables",
		"/proc/sys/net/bridge/bridge-nf-call-ip6tables",
		"/proc/sys/net/bridge/bridge-nf-call-arptables",
	};
	size_t i;
	char map[64];
	uid_t uid = getuid();

	if (unshare(CLONE_NEWNET)) {
		if (errno != EPERM || unshare(CLONE_NEWUSER | CLONE_NEWNET))
			return -errno;
		snprintf(map, sizeof(map), "0 %u 1", (unsigned int)uid);
		write_file("/proc/self/uid_map", map);
	}
	for (i = 0; i < sizeof(off) / sizeof(*off); i++)
		write_file(off[i], "0"); /* not there: nothing to switch off */
	write_file("/proc/sys/net/ipv6/conf/all/disable_ipv6", "1");
	write_file("/proc/sys/net/ipv6/conf/default/disable_ipv6", "1");
	return 0;
}

static int ethtool(int fd, const char *name, uint32_t command, uint32_t data, uint32_t *answer)
{
	struct ethtool_value v = {.cmd = command, .data = data};
	struct ifreq req = {.ifr_data = (char *)&v};

	snprintf(req.ifr_name, sizeof(req.ifr_name), "%s", name);
	if (ioctl(fd, SIOCETHTOOL, &req))
		return -errno;
	if (answer)
		*answer = v.data;
	return 0;
}

int place_tame_host(int fd, const char *name)
{
	uint32_t flags = 0;
	int ret = ethtool(fd, name, ETHTOOL_SGRO, 1, NULL);

	if (!ret)
		ret = ethtool(fd, name, ETHTOOL_STXCSUM, 0, NULL);
	if (!ret)
		ret = ethtool(fd, name, ETHTOOL_GFLAGS, 0, &flags);
	if (!ret)
		ret = ethtool(fd, name, ETHTOOL_SFLAGS, flags & ~ETH_FLAG_TXVLAN, NULL);
	return ret ? ret : nic_feature_off(fd, name, "tx-vlan-stag-hw-insert");
}
