/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The fast path's own cost, and traffic between many addresses.
 *
 *   bench_fdb alone SIZE...
 *      nanoseconds a frame of the program by itself (BPF_PROG_TEST_RUN), with SIZE addresses drawn
 *      at random, without VLANs and with (tagged frames that leave tagged), beside two lookups of a
 *      BPF hash, and beside two loads from random buckets of the same table by this process, which
 *      no table of that size can do without
 *
 *   bench_fdb send IFNAME SIDE SIZE FRAMES any|order|teach [FIRST]
 *      frames out of an interface, from SIDE's (0 or 1) addresses to the other's, in turn from
 *      address FIRST on
 *
 * The cost of drawing and writing the addresses is measured and taken off in `alone`. */
#include "bridge_bench.skel.h"
#include "bridge_maps.h"
#include "buckets.h"
#include "cli.h"
#include "ktable.h"
#include "sync.h"
#include "vlan_message.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <linux/if_bridge.h>
#include <linux/if_ether.h>
#include <linux/neighbour.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

enum { WAY_NOTHING, WAY_BRIDGE, WAY_HASH, WAY_SEND };
#define BRIDGE 100
#define FRAME_LEN 60
#define TRIES 5
#define VLAN 10

static double now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec + ts.tv_nsec / 1e9;
}

static uint32_t power_of_two(uint32_t n)
{
	uint32_t p = 1;

	while (p < n)
		p *= 2;
	return p;
}

static int tx(void *arg, uint32_t slot, uint32_t ifindex)
{
	uint32_t lo = 1;

	return ifindex ? bpf_map_update_elem(*(int *)arg, &slot, &lo, 0) : 0;
}

/* ---- the tables ---- */

static void address(uint8_t mac[6], uint8_t side, uint32_t number)
{
	mac[0] = 2;
	mac[1] = side;
	memcpy(mac + 2, &number, 4);
}

static void port(struct sync *s, uint32_t ifindex)
{
	struct event ev = {.kind = EVENT_LINK,
			   .link = {.ifindex = ifindex,
				    .master = BRIDGE,
				    .mtu = 1500,
				    .flags = IFF_UP | IFF_RUNNING,
				    .lower_nsid = -1,
				    .has_port = true,
				    .port = {.state = BR_STATE_FORWARDING}}};

	sync_event(s, &ev);
	sync_add(s, ifindex, false);
	sync_port(s, ifindex)->facts =
		(struct facts){.xdp_features_known = true, .xdp_features = 4};
}

static void member(struct sync *s, uint32_t ifindex)
{
	struct vlan_message m = vlan_message(ifindex, VLAN, VLAN, 0, BR_STATE_FORWARDING);
	struct event ev;

	if (!event_parse(&ev, &m, sizeof(m)))
		sync_event(s, &ev);
}

/* Static entries, so that no keep-alive is among the figures. */
static int fill(struct sync *s, int hash, uint32_t size, uint16_t vid)
{
	struct event ev = {.kind = EVENT_FDB,
			   .fdb = {.bridge = BRIDGE, .state = NUD_NOARP, .vid = vid}};
	uint8_t key[8] = {0};
	uint64_t value = 1;
	uint32_t i;
	int side;

	for (side = 0; side < 2; side++) {
		for (i = 0; i < size; i++) {
			address(ev.fdb.mac, side, i);
			ev.fdb.port = 1 + side;
			if (sync_event(s, &ev))
				return -ENOMEM;
			memcpy(key, ev.fdb.mac, 6);
			if (hash >= 0 && bpf_map_update_elem(hash, key, &value, 0))
				return -errno;
		}
	}
	return 0;
}

static struct sync *set_up(struct bridge_bench *skel, uint32_t nbuckets, struct ktable *table,
			   uint16_t vid)
{
	static int tx_fd;
	const int prot = PROT_READ | PROT_WRITE;
	struct sync_maps maps = {
		.fdb = {.mask = nbuckets - 1}, .tx = tx, .arg = &tx_fd, .stamp_ns = 32000000};
	struct event bridge = {.kind = EVENT_LINK,
			       .link = {.ifindex = BRIDGE,
					.flags = IFF_UP,
					.has_bridge = true,
					.bridge = {.ageing_time = 30000,
						   .vlan_filtering = vid,
						   .vlan_proto = ETH_P_8021Q}}};
	struct sync *s;

	tx_fd = bpf_map__fd(skel->maps.tx);
	maps.ports = mmap(NULL, XB_PORT_SLOTS * sizeof(*maps.ports), prot, MAP_SHARED,
			  bpf_map__fd(skel->maps.ports), 0);
	maps.fdb.at = mmap(NULL, nbuckets * sizeof(*maps.fdb.at), prot, MAP_SHARED,
			   bpf_map__fd(skel->maps.fdb), 0);
	if (maps.ports == MAP_FAILED || maps.fdb.at == MAP_FAILED)
		return NULL;
	s = sync_new(&maps, table, 0);
	if (!s)
		return NULL;
	sync_event(s, &bridge);
	port(s, 1);
	port(s, 2);
	member(s, 1);
	member(s, 2);
	sync_settle(s);
	return s;
}

/* ---- alone ---- */

static int time_way(struct bridge_bench *skel, uint16_t vid, double *ns, uint32_t *retval)
{
	static const uint8_t types[2][6] = {{8}, {0x81, 0, 0, VLAN, 8}};
	uint8_t frame[FRAME_LEN] = {0};
	struct xdp_md md = {.data_end = FRAME_LEN, .ingress_ifindex = 1};
	LIBBPF_OPTS(bpf_test_run_opts, opts, .data_in = frame, .data_size_in = FRAME_LEN,
		    .ctx_in = &md, .ctx_size_in = sizeof(md), .repeat = 1000000);
	double best = 1e9;
	int i;

	memcpy(frame + 12, types[vid != 0], sizeof(types[0]));
	for (i = 0; i < TRIES; i++) {
		if (bpf_prog_test_run_opts(bpf_program__fd(skel->progs.xdp_bench), &opts))
			return -errno;
		if (opts.duration < best)
			best = opts.duration;
	}
	*ns = best;
	*retval = opts.retval;
	return 0;
}

/* Both loads of a round may overlap, as in the program; the next round waits for them. */
static double time_loads(int map, uint32_t nbuckets)
{
	const size_t size = nbuckets * sizeof(struct xb_bucket);
	const volatile struct xb_bucket *at =
		mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, map, 0);
	uint64_t x = 88172645463325252ULL;
	double best = 1e9, start;
	int i, try;

	if (at == MAP_FAILED)
		return 0;
	for (try = 0; try < TRIES; try++) {
		start = now();
		for (i = 0; i < 1000000; i++) {
			x ^= x << 13;
			x ^= x >> 7;
			x ^= x << 17;
			x += at[x & (nbuckets - 1)].entry[0].key ^
			     at[x >> 32 & (nbuckets - 1)].entry[0].key;
		}
		if (now() - start < best)
			best = now() - start;
	}
	munmap((void *)at, size);
	return best * 1000;
}

static struct bridge_bench *load(uint32_t size, uint32_t way, uint32_t nbuckets)
{
	struct bridge_bench *skel = bridge_bench__open();

	if (!skel)
		return NULL;
	skel->rodata->addresses = size;
	skel->rodata->way = way;
	skel->rodata->bucket_mask = nbuckets - 1;
	bpf_map__set_max_entries(skel->maps.fdb, nbuckets);
	bpf_map__set_max_entries(skel->maps.plain_hash, 2 * size);
	bpf_program__set_autoload(skel->progs.xdp_bridge, false);
	if (bridge_bench__load(skel)) {
		bridge_bench__destroy(skel);
		return NULL;
	}
	return skel;
}

static int time_size(uint32_t size, uint32_t way, uint16_t vid, double *ns, double *loads)
{
	uint32_t nbuckets = buckets_for(2 * size), retval = 0;
	struct bridge_bench *skel = load(size, way, nbuckets);
	struct ktable *table = ktable_new();
	struct sync *s;
	int ret;

	if (!skel || !table)
		return cli_fail("the program does not load: run as root");
	s = set_up(skel, nbuckets, table, vid);
	if (!s)
		return cli_fail("no memory");
	ret = fill(s, way == WAY_HASH ? bpf_map__fd(skel->maps.plain_hash) : -1, size, vid);
	if (!ret)
		ret = time_way(skel, vid, ns, &retval);
	if (ret)
		return cli_fail("%u addresses: %s", size, strerror(-ret));
	if (way != WAY_NOTHING && retval != XDP_REDIRECT)
		return cli_fail("%u addresses: frames were not forwarded", size);
	if (loads)
		*loads = time_loads(bpf_map__fd(skel->maps.fdb), nbuckets);
	sync_free(s);
	ktable_free(table);
	bridge_bench__destroy(skel);
	return 0;
}

static int alone(int argc, char **argv)
{
	double nothing, fast, tagged, hash, loads, first = 0;
	uint32_t size;
	int i;

	printf("%10s %13s %13s %12s %14s %8s\n", "addresses", "fast path ns", "with VLANs ns",
	       "BPF hash ns", "two loads ns", "growth");
	for (i = 1; i < argc; i++) {
		size = power_of_two(strtoul(argv[i], NULL, 0) / 2);
		if (time_size(size, WAY_NOTHING, 0, &nothing, NULL) ||
		    time_size(size, WAY_BRIDGE, 0, &fast, &loads) ||
		    time_size(size, WAY_BRIDGE, VLAN, &tagged, NULL) ||
		    time_size(size, WAY_HASH, 0, &hash, NULL))
			return EXIT_NO;
		fast -= nothing;
		if (i == 1)
			first = fast;
		printf("%10u %13.0f %13.0f %12.0f %14.0f %7.2fx\n", 2 * size, fast,
		       tagged - nothing, hash - nothing, loads, fast / first);
		fflush(stdout);
	}
	return EXIT_YES;
}

/* ---- send ---- */

static struct bridge_bench *load_sender(char **argv)
{
	struct bridge_bench *skel = bridge_bench__open();

	if (!skel)
		return NULL;
	skel->rodata->addresses = power_of_two(strtoul(argv[3], NULL, 0));
	skel->rodata->way = WAY_SEND;
	skel->rodata->out_ifindex = if_nametoindex(argv[1]);
	skel->rodata->from_side = strtoul(argv[2], NULL, 0);
	skel->rodata->in_order = strcmp(argv[5], "any") != 0;
	skel->rodata->flood = strcmp(argv[5], "teach") == 0;
	if (skel->rodata->in_order)
		skel->data->random_state = argv[6] ? strtoul(argv[6], NULL, 0) : 0;
	bpf_program__set_autoload(skel->progs.xdp_bridge, false);
	if (!skel->rodata->out_ifindex || bridge_bench__load(skel)) {
		bridge_bench__destroy(skel);
		return NULL;
	}
	return skel;
}

static int send_frames(int argc, char **argv)
{
	uint8_t frame[FRAME_LEN] = {[12] = 0x88, [13] = 0xb5};
	LIBBPF_OPTS(bpf_test_run_opts, opts, .data_in = frame, .data_size_in = sizeof(frame),
		    .flags = BPF_F_TEST_XDP_LIVE_FRAMES, .batch_size = 64);
	struct bridge_bench *skel;
	double start;

	if (argc < 6)
		return cli_usage("send IFNAME SIDE SIZE FRAMES any|order|teach [FIRST]");
	skel = load_sender(argv);
	if (!skel)
		return cli_fail("'%s': no such interface, or no privileges", argv[1]);
	opts.repeat = strtoul(argv[4], NULL, 0);
	start = now();
	if (bpf_prog_test_run_opts(bpf_program__fd(skel->progs.xdp_bench), &opts))
		return cli_fail("sending: %s", strerror(errno));
	printf("%.6f\n", now() - start);
	bridge_bench__destroy(skel);
	return EXIT_YES;
}

int main(int argc, char **argv)
{
	static const struct cli_command commands[] = {
		{"alone", alone, "SIZE...: nanoseconds a frame of the program by itself"},
		{"send", send_frames, "IFNAME SIDE SIZE FRAMES any|order|teach [FIRST]: seconds"},
		{0},
	};

	cli_init("bench_fdb");
	return cli_dispatch(commands, "usage: bench_fdb COMMAND ...\n", argc, argv);
}
