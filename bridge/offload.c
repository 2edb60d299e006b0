/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "offload.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/ethtool.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#define FOLDER "/run/xdp_bridge"

/* Interface numbers are unique in a namespace, and the namespace's inode while it lives. */
static int note_path(char *path, size_t size, uint32_t ifindex)
{
	struct stat ns;

	if (stat("/proc/self/ns/net", &ns))
		return -errno;
	snprintf(path, size, FOLDER "/rxvlan-off.%llu.%u", (unsigned long long)ns.st_ino, ifindex);
	return 0;
}

/* The name is what tells a number that was used again. */
static void note(uint32_t ifindex, const char *name)
{
	char path[96];
	FILE *f;

	if (note_path(path, sizeof(path), ifindex))
		return;
	mkdir(FOLDER, 0755);
	f = fopen(path, "we");
	if (!f)
		return;
	fprintf(f, "%s\n", name);
	fclose(f);
}

static bool is_noted(uint32_t ifindex, const char *name)
{
	char path[96], line[IFNAMSIZ + 1] = "";
	FILE *f;

	if (note_path(path, sizeof(path), ifindex))
		return false;
	f = fopen(path, "re");
	if (!f)
		return false;
	if (!fgets(line, sizeof(line), f))
		*line = '\0';
	fclose(f);
	line[strcspn(line, "\n")] = '\0';
	return !strcmp(line, name);
}

static void forget(uint32_t ifindex)
{
	char path[96];

	if (!note_path(path, sizeof(path), ifindex))
		unlink(path);
}

static int flags_of(const char *name, uint32_t command, uint32_t *flags)
{
	struct ethtool_value value = {.cmd = command, .data = *flags};
	struct ifreq ifr = {.ifr_data = (void *)&value};
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), ret = 0;

	if (fd < 0)
		return -errno;
	snprintf(ifr.ifr_name, sizeof(ifr.ifr_name), "%s", name);
	if (ioctl(fd, SIOCETHTOOL, &ifr))
		ret = -errno;
	*flags = value.data;
	close(fd);
	return ret;
}

static int set(const char *name, bool on)
{
	uint32_t flags = 0;
	int ret = flags_of(name, ETHTOOL_GFLAGS, &flags);

	if (ret)
		return ret;
	flags = on ? flags | ETH_FLAG_RXVLAN : flags & ~ETH_FLAG_RXVLAN;
	ret = flags_of(name, ETHTOOL_SFLAGS, &flags);
	/* A driver may take the call and keep the feature. */
	if (!ret)
		ret = flags_of(name, ETHTOOL_GFLAGS, &flags);
	if (ret == -EINVAL || (!ret && !!(flags & ETH_FLAG_RXVLAN) != on))
		return -EOPNOTSUPP;
	return ret;
}

int offload_take(uint32_t ifindex)
{
	char name[IFNAMSIZ];
	int ret;

	if (!if_indextoname(ifindex, name))
		return -ENODEV;
	/* First the note: killed in between, it says too much instead of too little. */
	note(ifindex, name);
	ret = set(name, false);
	if (ret)
		forget(ifindex);
	return ret;
}

void offload_give_back(uint32_t ifindex)
{
	char name[IFNAMSIZ];

	if (if_indextoname(ifindex, name))
		set(name, true);
	forget(ifindex);
}

void offload_renamed(uint32_t ifindex, const char *name)
{
	note(ifindex, name);
}

bool offload_taken(uint32_t ifindex)
{
	uint32_t flags = 0;
	char name[IFNAMSIZ];

	return if_indextoname(ifindex, name) && !flags_of(name, ETHTOOL_GFLAGS, &flags) &&
	       !(flags & ETH_FLAG_RXVLAN) && is_noted(ifindex, name);
}
