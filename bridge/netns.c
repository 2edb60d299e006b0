/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "netns.h"

#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <libmnl/libmnl.h>
#include <linux/net_namespace.h>
#include <linux/rtnetlink.h>
#include <pthread.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static int nsid_attr(const struct nlattr *attr, void *data)
{
	if (mnl_attr_get_type(attr) == NETNSA_NSID && mnl_attr_validate(attr, MNL_TYPE_U32) >= 0)
		*(int32_t *)data = mnl_attr_get_u32(attr);
	return MNL_CB_OK;
}

static int nsid_message(const struct nlmsghdr *h, void *data)
{
	return mnl_attr_parse(h, sizeof(struct rtgenmsg), nsid_attr, data);
}

/* The number of the namespace open at `ns`, or -1. */
static int32_t nsid_of(struct mnl_socket *nl, int ns)
{
	char buf[4096];
	struct nlmsghdr *h = mnl_nlmsg_put_header(buf);
	struct rtgenmsg *gen;
	int32_t nsid = -1;
	ssize_t len;

	h->nlmsg_type = RTM_GETNSID;
	h->nlmsg_flags = NLM_F_REQUEST;
	gen = mnl_nlmsg_put_extra_header(h, sizeof(*gen));
	gen->rtgen_family = AF_UNSPEC;
	mnl_attr_put_u32(h, NETNSA_FD, ns);
	if (mnl_socket_sendto(nl, h, h->nlmsg_len) < 0)
		return -1;
	len = mnl_socket_recvfrom(nl, buf, sizeof(buf));
	if (len > 0)
		mnl_cb_run(buf, len, 0, 0, nsid_message, &nsid);
	return nsid;
}

/* A descriptor of the namespace at `path` if its number is `nsid`, or -1. */
static int try_path(struct mnl_socket *nl, const char *path, int32_t nsid)
{
	int ns = open(path, O_RDONLY | O_CLOEXEC);

	if (ns < 0)
		return -1;
	if (nsid_of(nl, ns) == nsid)
		return ns;
	close(ns);
	return -1;
}

static const char *const patterns[] = {"/run/netns/*", "/run/docker/netns/*",
				       "/proc/[0-9]*/ns/net"};
#define PATTERNS (sizeof(patterns) / sizeof(patterns[0]))

static int find(struct mnl_socket *nl, int32_t nsid, char *path, size_t size)
{
	glob_t names;
	size_t p, i;
	int ns = -1;

	/* Where it was last time, if the caller remembers. */
	if (*path)
		ns = try_path(nl, path, nsid);
	for (p = 0; ns < 0 && p < PATTERNS; p++) {
		if (glob(patterns[p], GLOB_NOSORT, NULL, &names))
			continue;
		for (i = 0; ns < 0 && i < names.gl_pathc; i++) {
			ns = try_path(nl, names.gl_pathv[i], nsid);
			if (ns >= 0)
				snprintf(path, size, "%s", names.gl_pathv[i]);
		}
		globfree(&names);
	}
	return ns;
}

struct visit {
	void (*look)(void *arg);
	void *arg;
	int ns, ret;
};

/* setns() moves the calling thread alone, so that nothing has to be moved back. */
static void *visit(void *arg)
{
	struct visit *v = arg;

	if (setns(v->ns, CLONE_NEWNET))
		v->ret = -errno;
	else
		v->look(v->arg);
	return NULL;
}

static int enter(int ns, void (*look)(void *arg), void *arg)
{
	struct visit v = {look, arg, ns, 0};
	pthread_t thread;
	int ret = -pthread_create(&thread, NULL, visit, &v);

	if (ret)
		return ret;
	pthread_join(thread, NULL);
	return v.ret;
}

int netns_run(int32_t nsid, void (*look)(void *arg), void *arg, char *path, size_t size)
{
	struct mnl_socket *nl = mnl_socket_open2(NETLINK_ROUTE, SOCK_CLOEXEC);
	int ret = -ENOENT, ns = -1;

	if (!nl)
		return -errno;
	if (mnl_socket_bind(nl, 0, MNL_SOCKET_AUTOPID) >= 0)
		ns = find(nl, nsid, path, size);
	if (ns >= 0) {
		ret = enter(ns, look, arg);
		close(ns);
	}
	mnl_socket_close(nl);
	return ret;
}

int32_t netns_number(int ns)
{
	struct mnl_socket *nl = mnl_socket_open2(NETLINK_ROUTE, SOCK_CLOEXEC);
	int32_t nsid = -1;

	if (!nl)
		return -1;
	if (mnl_socket_bind(nl, 0, MNL_SOCKET_AUTOPID) >= 0)
		nsid = nsid_of(nl, ns);
	mnl_socket_close(nl);
	return nsid;
}

/* ---- all of them ---- */

struct seen {
	ino_t *at;
	size_t n;
};

/* Is it another than those before? Out of memory: no. */
static bool is_new(struct seen *seen, ino_t inode)
{
	ino_t *more;
	size_t i;

	for (i = 0; i < seen->n; i++)
		if (seen->at[i] == inode)
			return false;
	more = realloc(seen->at, (seen->n + 1) * sizeof(*more));
	if (!more)
		return false;
	seen->at = more;
	seen->at[seen->n++] = inode;
	return true;
}

static void look_at(const char *path, struct seen *seen, void (*look)(void *arg), void *arg)
{
	int ns = open(path, O_RDONLY | O_CLOEXEC);
	struct stat st;

	if (ns < 0)
		return;
	if (!fstat(ns, &st) && is_new(seen, st.st_ino))
		enter(ns, look, arg);
	close(ns);
}

void netns_each(void (*look)(void *arg), void *arg)
{
	struct seen seen = {0};
	glob_t names;
	size_t p, i;

	is_new(&seen, netns_inode());
	for (p = 0; p < PATTERNS; p++) {
		if (glob(patterns[p], GLOB_NOSORT, NULL, &names))
			continue;
		for (i = 0; i < names.gl_pathc; i++)
			look_at(names.gl_pathv[i], &seen, look, arg);
		globfree(&names);
	}
	free(seen.at);
}

uint32_t netns_inode(void)
{
	struct stat st;

	return stat("/proc/thread-self/ns/net", &st) ? 0 : (uint32_t)st.st_ino;
}
