/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "fast.h"

#include "bridge.skel.h"
#include "bridge_maps.h"
#include "drops.h"
#include "moves.h"
#include "watch.h"
#include "xdp_query.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <linux/if_link.h>
#include <net/if.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

struct link {
	uint32_t ifindex;
	int fd;
};

struct fast {
	struct bridge *skel;
	struct watch *watch; /* NULL: the kernel cannot */
	struct drops *drops; /* NULL: the same */
	struct moves *moves; /* NULL: the same */
	struct xb_port *ports;
	struct xb_bucket *buckets;
	size_t nbuckets;
	uint32_t stamp_ns;
	struct link links[XB_PORTS];
	size_t nlinks;
	int ncpus;
	struct xb_counters *percpu; /* ncpus of them */
};

int fast_failed(struct fast_error *err, int ret, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(err->text, sizeof(err->text), fmt, ap);
	va_end(ap);
	return ret;
}

static int quiet(enum libbpf_print_level level, const char *fmt, va_list ap)
{
	(void)level, (void)fmt, (void)ap;
	return 0;
}

/* A stamp counts 2^shift ticks, some 30 ms. The length of a tick is what the coarse clocks resolve.
 */
static uint32_t stamp_shift(uint32_t *stamp_ns)
{
	struct timespec tick = {0, 4000000};
	uint32_t shift = 0;

	clock_getres(CLOCK_MONOTONIC_COARSE, &tick);
	while (shift < 8 && tick.tv_nsec << (shift + 1) <= 40000000)
		shift++;
	*stamp_ns = tick.tv_nsec << shift;
	return shift;
}

static int map_memory(struct fast *f)
{
	const int prot = PROT_READ | PROT_WRITE;
	void *p;

	p = mmap(NULL, XB_PORT_SLOTS * sizeof(*f->ports), prot, MAP_SHARED,
		 bpf_map__fd(f->skel->maps.ports), 0);
	if (p == MAP_FAILED)
		return -errno;
	f->ports = p;
	p = mmap(NULL, f->nbuckets * sizeof(*f->buckets), prot, MAP_SHARED,
		 bpf_map__fd(f->skel->maps.fdb), 0);
	if (p == MAP_FAILED)
		return -errno;
	f->buckets = p;
	return 0;
}

/* `frags`: for frames of several buffers, too, so that no driver limits its MTU. */
static int load_as(struct fast *f, bool frags)
{
	int ret;

	bridge__destroy(f->skel);
	f->skel = bridge__open();
	if (!f->skel)
		return -ENOMEM;
	f->skel->rodata->has_frags = frags;
	if (frags)
		bpf_program__set_flags(f->skel->progs.xdp_bridge, BPF_F_XDP_HAS_FRAGS);
	f->skel->rodata->bucket_mask = f->nbuckets - 1;
	f->skel->rodata->stamp_shift = stamp_shift(&f->stamp_ns);
	f->skel->rodata->attended_ticks =
		FAST_ATTENDED_S * 1000000000ULL / (f->stamp_ns >> f->skel->rodata->stamp_shift);
	if (getrandom((void *)&f->skel->rodata->hash_seed, sizeof(f->skel->rodata->hash_seed), 0) <
	    0)
		return -errno;
	ret = bpf_map__set_max_entries(f->skel->maps.fdb, f->nbuckets);
	if (ret)
		return ret;
	return bridge__load(f->skel);
}

static int load(struct fast *f)
{
	struct rlimit unlimited = {RLIM_INFINITY, RLIM_INFINITY};
	int ret;

	/* Before 5.11 maps count as locked memory. */
	setrlimit(RLIMIT_MEMLOCK, &unlimited);
	ret = load_as(f, true);
	if (ret && ret != -EPERM)
		ret = load_as(f, false); /* before Linux 5.18 */
	return ret;
}

static int too_few_files(int ret, struct fast_error *err)
{
	return fast_failed(err, ret,
			   "there are too few file descriptors for the XDP program: `ulimit -n` "
			   "permits more");
}

int fast_open(struct fast **out, size_t entries, struct fast_error *err)
{
	struct fast *f = calloc(1, sizeof(*f));
	int ret;

	if (!f)
		return fast_failed(err, -ENOMEM, "no memory");
	libbpf_set_print(quiet);
	f->nbuckets = buckets_for(entries);
	f->ncpus = libbpf_num_possible_cpus();
	if (f->ncpus < 0) {
		ret = f->ncpus;
		fast_close(f);
		return fast_failed(err, ret, "the CPUs cannot be counted (%s): mount sysfs on /sys",
				   strerror(-ret));
	}
	f->percpu = calloc(f->ncpus, sizeof(*f->percpu));
	if (!f->percpu) {
		fast_close(f);
		return fast_failed(err, -ENOMEM, "no memory for the XDP program");
	}
	ret = load(f);
	if (!ret)
		ret = map_memory(f);
	if (ret) {
		fast_close(f);
		if (ret == -EPERM)
			return fast_failed(
				err, ret,
				"loading the XDP program is not permitted: run as root, or with "
				"CAP_BPF, CAP_NET_ADMIN and CAP_PERFMON");
		if (ret == -ENOMEM)
			return fast_failed(err, ret,
					   "there is no memory for a table of %zu addresses: name "
					   "fewer with --table",
					   entries);
		if (ret == -EMFILE || ret == -ENFILE)
			return too_few_files(ret, err);
		return fast_failed(
			err, ret,
			"the kernel does not load the XDP program (%s): it needs Linux 5.9 or "
			"newer with CONFIG_BPF_SYSCALL",
			strerror(-ret));
	}
	f->watch = watch_open(bpf_map__fd(f->skel->maps.ports));
	f->drops =
		drops_open(bpf_map__fd(f->skel->maps.ports), bpf_map__fd(f->skel->maps.counters));
	f->moves = moves_open(bpf_map__fd(f->skel->maps.ports), bpf_map__fd(f->skel->maps.fdb),
			      f->skel->rodata->hash_seed, f->skel->rodata->bucket_mask);
	*out = f;
	return 0;
}

void fast_close(struct fast *f)
{
	if (!f)
		return;
	while (f->nlinks)
		fast_detach(f, f->links[0].ifindex);
	if (f->ports)
		munmap(f->ports, XB_PORT_SLOTS * sizeof(*f->ports));
	if (f->buckets)
		munmap(f->buckets, f->nbuckets * sizeof(*f->buckets));
	watch_close(f->watch);
	drops_close(f->drops);
	moves_close(f->moves);
	bridge__destroy(f->skel);
	free(f->percpu);
	free(f);
}

static int set_tx(void *arg, uint32_t slot, uint32_t ifindex)
{
	struct fast *f = arg;
	int fd = bpf_map__fd(f->skel->maps.tx);

	if (ifindex)
		return bpf_map_update_elem(fd, &slot, &ifindex, 0);
	bpf_map_delete_elem(fd, &slot);
	return 0;
}

struct sync_maps fast_maps(struct fast *f)
{
	return (struct sync_maps){
		.ports = f->ports,
		.fdb = {.at = f->buckets,
			.mask = f->nbuckets - 1,
			.seed = f->skel->rodata->hash_seed},
		.tx = set_tx,
		.arg = f,
		.stamp_ns = f->stamp_ns,
	};
}

/* ---- links ---- */

int fast_program_on(uint32_t ifindex, struct fast_other *out)
{
	struct bpf_prog_info info = {0};
	uint32_t len = sizeof(info);
	int fd;

	memset(out, 0, sizeof(*out));
	out->id = xdp_query(ifindex, &out->generic);
	if (!out->id)
		return 0;
	fd = bpf_prog_get_fd_by_id(out->id);
	if (fd < 0 || bpf_obj_get_info_by_fd(fd, &info, &len))
		snprintf(info.name, sizeof(info.name), "?");
	memcpy(out->name, info.name, sizeof(out->name));
	if (fd >= 0)
		close(fd);
	return 1;
}

struct fast_other_words fast_other_words(const struct fast_other *other, const char *port)
{
	struct fast_other_words w;

	if (!strcmp(other->name, "xdp_dispatcher"))
		snprintf(
			w.text, sizeof(w.text),
			"has libxdp's dispatcher (id %u), whose programs outlive their process, so "
			"that xdp_bridge does not join it: `xdp-loader unload %s --all`",
			other->id, port);
	else
		snprintf(w.text, sizeof(w.text),
			 "already has the XDP program '%s' (id %u): stop what put it there, or "
			 "`ip link set dev %s xdp off`",
			 other->name, other->id, port);
	return w;
}

static int look_for_other(uint32_t ifindex, const char *name, struct fast_error *err)
{
	struct fast_other other;

	if (!fast_program_on(ifindex, &other))
		return 0;
	if (!strcmp(other.name, "xdp_bridge"))
		return fast_failed(
			err, -EBUSY,
			"another xdp_bridge has %s (program id %u): `xdp_bridge status` shows it",
			name, other.id);
	return fast_failed(err, -EBUSY, "%s %s", name, fast_other_words(&other, name).text);
}

/* bpf_xdp_link_attach() of net/core/dev.c answers EINVAL where there is no such interface. */
static int try_link(struct fast *f, uint32_t ifindex, uint32_t flags)
{
	LIBBPF_OPTS(bpf_link_create_opts, opts, .flags = flags);
	int fd = bpf_link_create(fast_program(f), ifindex, BPF_XDP, &opts);
	char name[IF_NAMESIZE];

	return fd == -EINVAL && !if_indextoname(ifindex, name) ? -ENODEV : fd;
}

static int explain_attach(int ret, const char *name, bool native, struct fast_error *err)
{
	if (ret == -ENODEV)
		return fast_failed(err, ret, "there is no interface %s", name);
	if (ret == -EPERM)
		return fast_failed(err, ret, "putting XDP on %s is not permitted: run as root",
				   name);
	if (ret == -EMFILE || ret == -ENFILE)
		return too_few_files(ret, err);
	if (native)
		return fast_failed(
			err, ret,
			"%s takes no native XDP program (%s): lower its MTU if it is over 3500, "
			"or use --mode generic",
			name, strerror(-ret));
	return fast_failed(err, ret, "%s takes no XDP program (%s)", name, strerror(-ret));
}

int fast_attach(struct fast *f, uint32_t ifindex, const char *name, enum fast_mode mode,
		bool *generic, struct fast_error *err)
{
	bool native = mode != FAST_GENERIC;
	int ret;

	if (f->nlinks == XB_PORTS)
		return fast_failed(err, -ENOSPC, "%s is one port too many: %u is the limit", name,
				   XB_PORTS - 1);
	ret = look_for_other(ifindex, name, err);
	if (ret)
		return ret;
	ret = try_link(f, ifindex, native ? XDP_FLAGS_DRV_MODE : XDP_FLAGS_SKB_MODE);
	if (ret < 0 && mode == FAST_AUTO && ret != -ENODEV && ret != -EPERM) {
		native = false;
		ret = try_link(f, ifindex, XDP_FLAGS_SKB_MODE);
	}
	if (ret < 0)
		return explain_attach(ret, name, native, err);
	f->links[f->nlinks++] = (struct link){ifindex, ret};
	*generic = !native;
	return 0;
}

static struct link *find_link(const struct fast *f, uint32_t ifindex)
{
	size_t i;

	for (i = 0; i < f->nlinks; i++)
		if (f->links[i].ifindex == ifindex)
			return (struct link *)&f->links[i];
	return NULL;
}

void fast_detach(struct fast *f, uint32_t ifindex)
{
	struct link *l = find_link(f, ifindex);

	if (!l)
		return;
	close(l->fd);
	*l = f->links[--f->nlinks];
}

bool fast_attached(const struct fast *f, uint32_t ifindex)
{
	return find_link(f, ifindex);
}

int fast_attend(const struct fast *f)
{
	uint8_t frame[64] = {0};
	LIBBPF_OPTS(bpf_test_run_opts, opts, .data_in = frame, .data_size_in = sizeof(frame));

	return bpf_prog_test_run_opts(bpf_program__fd(f->skel->progs.xdp_attend), &opts);
}

uint16_t fast_stamp(const struct fast *f)
{
	return f->skel->bss->attended >> f->skel->rodata->stamp_shift & XB_DATA_STAMP;
}

/* ---- counters ---- */

_Static_assert(FAST_VERDICTS >= XB_VERDICTS, "room for every verdict");

int fast_counters(const struct fast *f, uint32_t row, struct fast_counters *sum)
{
	int cpu, v;

	memset(sum, 0, sizeof(*sum));
	if (bpf_map_lookup_elem(bpf_map__fd(f->skel->maps.counters), &row, f->percpu))
		return -errno;
	for (cpu = 0; cpu < f->ncpus; cpu++) {
		const struct xb_counters *c = &f->percpu[cpu];

		for (v = 0; v < XB_VERDICTS; v++)
			sum->frames[v] += c->frames[v];
		sum->bytes_fast += c->bytes_fast;
		sum->out_frames += c->out_frames;
		sum->out_bytes += c->out_bytes;
		sum->out_drops += c->out_drops;
	}
	return 0;
}

int fast_clear(struct fast *f, uint32_t row)
{
	memset(f->percpu, 0, f->ncpus * sizeof(*f->percpu));
	return bpf_map_update_elem(bpf_map__fd(f->skel->maps.counters), &row, f->percpu, 0) ? -errno
											    : 0;
}

bool fast_closes_at_once(const struct fast *f)
{
	return f->watch;
}

bool fast_counts_drops(const struct fast *f)
{
	return f->drops;
}

int fast_program(const struct fast *f)
{
	return bpf_program__fd(f->skel->progs.xdp_bridge);
}
