/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Packet sockets in network namespaces, for tools that send in one and receive in another. */
#ifndef TESTS_NETNS_PORT_H
#define TESTS_NETNS_PORT_H

#include "cli.h"
#include "rawport.h"

#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <sched.h>
#include <string.h>
#include <unistd.h>

/* From now on the process is in the namespace at `path`. 0, or an exit status after a sentence. */
static inline int netns_enter(const char *path)
{
	int ns = open(path, O_RDONLY | O_CLOEXEC);

	if (ns < 0 || setns(ns, CLONE_NEWNET))
		return cli_fail("%s: %s", path, strerror(errno));
	close(ns);
	return 0;
}

/* The same, and a packet socket on the interface there (rawport.h). */
static inline int netns_port_open(const char *path, const char *ifname, uint16_t protocol, int *fd,
				  int *ifindex)
{
	int ret = netns_enter(path);

	if (ret)
		return ret;
	*ifindex = (int)if_nametoindex(ifname);
	*fd = *ifindex ? rawport_open(*ifindex, protocol) : -ENODEV;
	return *fd < 0 ? cli_fail("%s: %s", ifname, strerror(-*fd)) : 0;
}

#endif
