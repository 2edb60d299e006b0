/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "xdp_bridge.h"

#include <cap-ng.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

void service_notify(const char *state)
{
	const char *path = getenv("NOTIFY_SOCKET");
	struct sockaddr_un sun = {.sun_family = AF_UNIX};
	size_t len = path ? strlen(path) : 0;
	int fd;

	if (!len || len >= sizeof(sun.sun_path))
		return;
	memcpy(sun.sun_path, path, len);
	if (*path == '@')
		sun.sun_path[0] = '\0';
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return;
	sendto(fd, state, strlen(state), MSG_NOSIGNAL, (struct sockaddr *)&sun,
	       offsetof(struct sockaddr_un, sun_path) + len);
	close(fd);
}

void service_alive(void)
{
	static time_t last;
	struct timespec now;

	if (!getenv("WATCHDOG_USEC") || clock_gettime(CLOCK_MONOTONIC_COARSE, &now) ||
	    now.tv_sec == last)
		return;
	last = now.tv_sec;
	service_notify("WATCHDOG=1");
}

/* Is, or may be, some port a veth whose other end is looked at in another namespace, whose path
 * begins so? */
static bool looks_into(struct follow *f, const char *path)
{
	const struct sync_port *p;
	size_t i;

	for (i = 0; (p = sync_port_at(follow_sync(f), i)); i++)
		if (p->facts.peer_ns[0] && !strncmp(p->facts.peer_ns, path, strlen(path)))
			return true;
	/* No port yet, as where a bridge is followed from its making on: what joins is unknown. */
	return !i;
}

/* Of the capabilities that there are: a container may have been given fewer. */
static void keep(bool has[CAP_LAST_CAP + 1], unsigned int capability)
{
	if (has[capability])
		capng_update(CAPNG_ADD, CAPNG_EFFECTIVE | CAPNG_PERMITTED, capability);
}

int service_drop_privileges(struct follow *f)
{
	bool has[CAP_LAST_CAP + 1];
	unsigned int i;

	for (i = 0; i <= CAP_LAST_CAP; i++)
		has[i] = capng_have_capability(CAPNG_PERMITTED, i);
	capng_clear(CAPNG_SELECT_BOTH);
	keep(has, CAP_NET_ADMIN);
	keep(has, CAP_BPF);
	/* setns(), and to open a process's own namespace: ptrace_may_access(). For bpf() it stands
	 * in for the two above. */
	if (looks_into(f, "") || !has[CAP_NET_ADMIN] || !has[CAP_BPF])
		keep(has, CAP_SYS_ADMIN);
	if (looks_into(f, "/proc/"))
		keep(has, CAP_SYS_PTRACE);
	/* The bounding set needs CAP_SETPCAP, which a service may not have been given. */
	if (capng_apply(CAPNG_SELECT_BOTH) && capng_apply(CAPNG_SELECT_CAPS))
		return -EPERM;
	return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) ? -errno : 0;
}
