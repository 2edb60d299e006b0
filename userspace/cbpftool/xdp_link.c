/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "xdp.h"

#include "insn.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <dirent.h>
#include <errno.h>
#include <linux/if_link.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PIN_DIR "/sys/fs/bpf/"
#define PIN_NAME "cbpftool-xdp-"
#define PIN_FORMAT PIN_DIR PIN_NAME "%u" /* the program's id: unique on the machine */

static const char *as_root(int error)
{
	return error == -EPERM || error == -EACCES ? " (run it as root)" : "";
}

static int find_interface(const char *ifname, struct cbpf_error *err)
{
	int ifindex = (int)if_nametoindex(ifname);

	if (!ifindex)
		return cbpf_error_set(err, -ENODEV,
				      "there is no interface '%s'; `ip link` shows those there are",
				      ifname);
	return ifindex;
}

/* The id of the XDP program on an interface, 0 for none. */
static int query(int ifindex, uint32_t *id, bool *generic)
{
	LIBBPF_OPTS(bpf_xdp_query_opts, q);
	int ret = bpf_xdp_query(ifindex, 0, &q);

	if (ret)
		return ret;
	*id = q.prog_id       ? q.prog_id
	      : q.drv_prog_id ? q.drv_prog_id
	      : q.hw_prog_id  ? q.hw_prog_id
			      : q.skb_prog_id;
	if (generic)
		*generic = q.attach_mode == XDP_ATTACHED_SKB;
	return 0;
}

/* What the kernel says of a program or link, whose descriptor (or negative errno) `fd` is closed. 0
 * or -errno. */
static int read_info(int fd, void *info, uint32_t len)
{
	int ret;

	if (fd < 0)
		return fd;
	ret = bpf_obj_get_info_by_fd(fd, info, &len);
	close(fd);
	return ret;
}

/* Name and first map of a program by id; the name may be empty. 0 or -errno. */
static int describe(uint32_t id, char name[BPF_OBJ_NAME_LEN], uint32_t *map_id)
{
	struct bpf_prog_info info = {.nr_map_ids = map_id ? 1 : 0, .map_ids = (uintptr_t)map_id};
	int ret = read_info(bpf_prog_get_fd_by_id(id), &info, sizeof(info));

	if (!ret)
		memcpy(name, info.name, BPF_OBJ_NAME_LEN);
	return ret;
}

/* The link that holds the program on the interface. Interface numbers repeat in other network
 * namespaces; a program's id does not. */
static int find_link(uint32_t ifindex, uint32_t prog_id)
{
	uint32_t id = 0;

	while (!bpf_link_get_next_id(id, &id)) {
		struct bpf_link_info info = {0};
		uint32_t len = sizeof(info);
		int fd = bpf_link_get_fd_by_id(id);

		if (fd < 0)
			continue;
		if (!bpf_obj_get_info_by_fd(fd, &info, &len) && info.type == BPF_LINK_TYPE_XDP &&
		    info.prog_id == prog_id && info.xdp.ifindex == ifindex)
			return fd;
		close(fd);
	}
	return -ENOENT;
}

/* `ip link set dev IF xdp off` leaves alone what is on in the generic mode. */
static int say_unheld(const char *ifname, bool generic, int error, struct cbpf_error *err)
{
	return cbpf_error_set(err, error,
			      "the filter on '%s' hangs on no link of cbpftool's; `ip link set dev "
			      "%s %s off` takes it off",
			      ifname, ifname, generic ? "xdpgeneric" : "xdp");
}

static int refuse_taken(const char *ifname, int ifindex, struct cbpf_error *err)
{
	char name[BPF_OBJ_NAME_LEN] = "";
	uint32_t id;
	bool generic;
	int ret = query(ifindex, &id, &generic), link;

	if (ret)
		return cbpf_error_set(err, ret, "'%s' does not tell its XDP program: %s", ifname,
				      strerror(-ret));
	if (!id)
		return 0;
	describe(id, name, NULL);
	if (!strcmp(name, XDP_PROG_NAME)) {
		link = find_link((uint32_t)ifindex, id);
		if (link < 0)
			return say_unheld(ifname, generic, -EBUSY, err);
		close(link);
		return cbpf_error_set(err, -EBUSY,
				      "'%s' has a filter of cbpftool's already (id %u); `cbpftool "
				      "xdp --detach %s` takes it off",
				      ifname, id, ifname);
	}
	return cbpf_error_set(err, -EBUSY,
			      "'%s' has an XDP program already, '%s' (id %u), and an interface "
			      "takes one; stop what put it there",
			      ifname, name, id);
}

/* The verifier's own words: the last line before its statistics. */
static int say_refused(const struct bpf_insn *insns, uint32_t len, int error,
		       struct cbpf_error *err)
{
	static char log[65536];
	char *end, *line;
	LIBBPF_OPTS(bpf_prog_load_opts, opts, .log_level = 4 | 1, .log_buf = log,
		    .log_size = sizeof(log));

	if (error != -EINVAL && error != -EACCES && error != -E2BIG)
		return cbpf_error_set(err, error, "the kernel does not load the program: %s%s",
				      strerror(-error), as_root(error));
	log[0] = 0;
	bpf_prog_load(BPF_PROG_TYPE_XDP, XDP_PROG_NAME, "GPL", insns, len, &opts);
	end = strstr(log, "\nprocessed ");
	if (end)
		*end = 0;
	line = strrchr(log, '\n');
	return cbpf_error_set(err, error, "the kernel's verifier refuses the program: %s",
			      line   ? line + 1
			      : *log ? log
				     : strerror(-error));
}

static int load(struct xdp_attached *at, const struct cbpf_ebpf *ebpf, struct cbpf_error *err)
{
	int prog;

	at->map = bpf_map_create(BPF_MAP_TYPE_PERCPU_ARRAY, "counters", sizeof(uint32_t),
				 sizeof(struct cbpf_xdp_counter), CBPF_XDP_COUNTERS, NULL);
	if (at->map < 0)
		return cbpf_error_set(err, at->map, "the kernel makes no map: %s%s",
				      strerror(-at->map), as_root(at->map));
	ebpf->insns[ebpf->map_insn].imm = at->map;
	prog = bpf_prog_load(BPF_PROG_TYPE_XDP, XDP_PROG_NAME, "GPL", ebpf->insns, ebpf->len, NULL);
	return prog < 0 ? say_refused(ebpf->insns, ebpf->len, prog, err) : prog;
}

static int hold(struct xdp_attached *at, int prog, const char *ifname, int ifindex,
		struct cbpf_error *err)
{
	int ret;

	at->ifindex = ifindex;
	at->link = bpf_link_create(prog, ifindex, BPF_XDP, NULL);
	if (at->link < 0)
		return cbpf_error_set(err, at->link, "'%s' does not take the program: %s", ifname,
				      strerror(-at->link));
	ret = query(ifindex, &at->prog_id, &at->generic);
	if (ret)
		return cbpf_error_set(err, ret, "'%s' does not tell its XDP program: %s", ifname,
				      strerror(-ret));
	return 0;
}

int xdp_attach(struct xdp_attached *out, const char *ifname, const struct cbpf_ebpf *ebpf,
	       struct cbpf_error *err)
{
	struct xdp_attached at = {.link = -1, .map = -1};
	int ifindex = find_interface(ifname, err), prog, ret;

	ret = ifindex < 0 ? ifindex : refuse_taken(ifname, ifindex, err);
	if (ret)
		return ret;
	ret = prog = load(&at, ebpf, err);
	if (prog >= 0) {
		ret = hold(&at, prog, ifname, ifindex, err);
		close(prog);
	}
	if (ret)
		xdp_close(&at);
	else
		*out = at;
	return ret;
}

static bool hangs_on_nothing(const char *path)
{
	struct bpf_link_info info = {0};

	return !read_info(bpf_obj_get(path), &info, sizeof(info)) &&
	       info.type == BPF_LINK_TYPE_XDP && !info.xdp.ifindex;
}

/* An interface that goes away leaves its filter's pin behind, and no name to detach it by. */
static void remove_orphans(void)
{
	DIR *dir = opendir(PIN_DIR);
	struct dirent *e;
	char path[sizeof(PIN_DIR) + sizeof(e->d_name)];

	while (dir && (e = readdir(dir))) {
		if (strncmp(e->d_name, PIN_NAME, strlen(PIN_NAME)))
			continue;
		snprintf(path, sizeof(path), PIN_DIR "%s", e->d_name);
		if (hangs_on_nothing(path))
			unlink(path);
	}
	if (dir)
		closedir(dir);
}

int xdp_find(struct xdp_attached *out, const char *ifname, struct cbpf_error *err)
{
	struct xdp_attached at = {.link = -1, .map = -1};
	int ifindex = find_interface(ifname, err), ret;
	char name[BPF_OBJ_NAME_LEN] = "";
	uint32_t map_id = 0;

	remove_orphans();
	if (ifindex < 0)
		return ifindex;
	ret = query(ifindex, &at.prog_id, &at.generic);
	if (!ret && !at.prog_id)
		return cbpf_error_set(err, -ENOENT, "there is no XDP program on '%s'", ifname);
	if (!ret)
		ret = describe(at.prog_id, name, &map_id);
	if (ret)
		return cbpf_error_set(err, ret, "the XDP program on '%s' cannot be looked at: %s%s",
				      ifname, strerror(-ret), as_root(ret));
	if (strcmp(name, XDP_PROG_NAME))
		return cbpf_error_set(
			err, -EPERM,
			"the XDP program on '%s' is '%s' (id %u), none of cbpftool's; "
			"it is left alone",
			ifname, name, at.prog_id);
	at.link = find_link((uint32_t)ifindex, at.prog_id);
	at.map = bpf_map_get_fd_by_id(map_id);
	if (at.link < 0 || at.map < 0) {
		xdp_close(&at);
		return say_unheld(ifname, at.generic, -ENOENT, err);
	}
	*out = at;
	return 0;
}

int xdp_pin(const struct xdp_attached *at, struct cbpf_error *err)
{
	char path[64];
	int ret;

	remove_orphans();
	snprintf(path, sizeof(path), PIN_FORMAT, at->prog_id);
	ret = bpf_obj_pin(at->link, path);
	if (ret)
		return cbpf_error_set(err, ret,
				      "%s cannot be made: %s; the BPF file system has to be "
				      "mounted (mount -t bpf bpf /sys/fs/bpf)",
				      path, strerror(-ret));
	return 0;
}

int xdp_detach(const struct xdp_attached *at, struct cbpf_error *err)
{
	char path[64];
	int ret = bpf_link_detach(at->link);

	if (ret)
		return cbpf_error_set(err, ret, "the program does not come off: %s",
				      strerror(-ret));
	snprintf(path, sizeof(path), PIN_FORMAT, at->prog_id);
	unlink(path);
	return 0;
}

bool xdp_is_attached(const struct xdp_attached *at)
{
	struct bpf_link_info info = {0};
	uint32_t len = sizeof(info);

	return !bpf_obj_get_info_by_fd(at->link, &info, &len) && info.xdp.ifindex;
}

bool xdp_interface_gone(const struct xdp_attached *at)
{
	char name[IF_NAMESIZE];

	return !if_indextoname((unsigned int)at->ifindex, name);
}

int xdp_counters(const struct xdp_attached *at, struct cbpf_xdp_counter out[CBPF_XDP_COUNTERS])
{
	int cpus = libbpf_num_possible_cpus(), ret = 0;
	struct cbpf_xdp_counter *each;

	if (cpus < 0)
		return cpus;
	each = calloc((size_t)cpus, sizeof(*each));
	if (!each)
		return -ENOMEM;
	for (uint32_t key = 0; key < CBPF_XDP_COUNTERS && !ret; key++) {
		out[key] = (struct cbpf_xdp_counter){0};
		ret = bpf_map_lookup_elem(at->map, &key, each);
		for (int cpu = 0; cpu < cpus && !ret; cpu++) {
			out[key].packets += each[cpu].packets;
			out[key].bytes += each[cpu].bytes;
		}
	}
	free(each);
	return ret;
}

void xdp_close(struct xdp_attached *at)
{
	if (at->link >= 0)
		close(at->link);
	if (at->map >= 0)
		close(at->map);
	at->link = at->map = -1;
}
