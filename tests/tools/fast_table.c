/* SPDX-License-Identifier: GPL-2.0-or-later */
/* fast_table PORT : the addresses that the XDP program on a port would forward to, of all ports
 * whose program has the same tables, a line each: "ADDRESS dev PORT [vlan N] [static]".
 *
 * Read from the kernel's maps, as the program reads them: an entry that its port's epoch has made
 * absent is not shown, but counted on standard error ("stale N"), and so is one that a lookup would
 * not find ("lost N"). */
#include "bridge.skel.h"
#include "bridge_maps.h"
#include "buckets.h"
#include "cli.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <linux/if_link.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

typedef typeof(*((struct bridge *)0)->rodata) constants;

static const struct xb_port *ports;
static struct buckets table;
static uint64_t stale, lost;

/* The memory of one of the program's maps, or NULL. */
static const void *map_named(const struct bpf_prog_info *prog, const char *name, uint32_t *entries)
{
	const uint32_t *ids = (const uint32_t *)(uintptr_t)prog->map_ids;
	struct bpf_map_info info;
	uint32_t len, i;
	size_t size;
	void *p;
	int fd;

	for (i = 0; i < prog->nr_map_ids; i++) {
		len = sizeof(info);
		memset(&info, 0, sizeof(info));
		fd = bpf_map_get_fd_by_id(ids[i]);
		if (fd < 0 || bpf_obj_get_info_by_fd(fd, &info, &len))
			return NULL;
		if (!strcmp(info.name, name)) {
			size = (size_t)info.max_entries * ((info.value_size + 7) & ~7u);
			p = mmap(NULL, size, PROT_READ, MAP_SHARED, fd, 0);
			*entries = info.max_entries;
			close(fd);
			return p == MAP_FAILED ? NULL : p;
		}
		close(fd);
	}
	return NULL;
}

static int open_tables(const char *port)
{
	LIBBPF_OPTS(bpf_xdp_query_opts, query);
	uint32_t ids[16], len = sizeof(struct bpf_prog_info), n;
	struct bpf_prog_info prog = {.nr_map_ids = 16, .map_ids = (uintptr_t)ids};
	const constants *c;
	int fd, ifindex = (int)if_nametoindex(port);

	if (!ifindex || bpf_xdp_query(ifindex, 0, &query))
		return cli_fail("there is no interface '%s' here", port);
	fd = bpf_prog_get_fd_by_id(query.prog_id ? query.prog_id : query.drv_prog_id);
	if (fd < 0 || bpf_obj_get_info_by_fd(fd, &prog, &len) || strcmp(prog.name, "xdp_bridge"))
		return cli_fail("%s has no program of xdp_bridge", port);
	ports = map_named(&prog, "ports", &n);
	c = map_named(&prog, "bridge.rodata", &n);
	table.at = (struct xb_bucket *)map_named(&prog, "fdb", &n);
	if (!ports || !c || !table.at)
		return cli_fail("the tables of the program on %s cannot be read", port);
	table.mask = n - 1;
	table.seed = c->hash_seed;
	return 0;
}

static void show(const struct xb_entry *e)
{
	uint64_t key = e->key & XB_KEY_MASK, data = e->data;
	uint32_t slot = (data & XB_DATA_PORT) >> XB_DATA_PORT_SHIFT;
	uint8_t bridge = (data & XB_DATA_BRIDGE) >> XB_DATA_BRIDGE_SHIFT;
	unsigned int vid = key >> XB_KEY_VID_SHIFT & 0xfff, i;
	char name[IF_NAMESIZE] = "?";

	if (!(data & XB_DATA_VALID))
		return;
	if ((data ^ ports[slot].self) & XB_DATA_SELF) {
		stale++;
		return;
	}
	if (buckets_get(&table, key, bridge) != (data & ~XB_DATA_VERSION))
		lost++;
	if_indextoname(ports[slot].ifindex, name);
	for (i = 0; i < 6; i++)
		printf("%02x%s", (unsigned int)(key >> 8 * i & 0xff), i < 5 ? ":" : "");
	printf(" dev %s", name);
	if (vid)
		printf(" vlan %u", vid);
	puts(data & XB_DATA_STATIC ? " static" : "");
}

int main(int argc, char **argv)
{
	uint32_t n;
	int ret, i;

	cli_init("fast_table");
	if (argc != 2)
		return cli_usage("PORT");
	ret = open_tables(argv[1]);
	if (ret)
		return ret;
	for (n = 0; n <= table.mask; n++)
		for (i = 0; i < XB_WAYS; i++)
			show(&table.at[n].entry[i]);
	fprintf(stderr, "stale %llu lost %llu\n", (unsigned long long)stale,
		(unsigned long long)lost);
	return cli_finish(EXIT_YES);
}
