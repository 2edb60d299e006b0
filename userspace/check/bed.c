/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "bed.h"

#include "place.h"
#include "rawport.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/if_ether.h>
#include <net/if.h>
#include <poll.h>
#include <sched.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum {
	ROUNDS = 6, /* a frame takes at most four hops: port, bridge, XDP redirect, host */
	SYNC_TIMEOUT_MS = 5000,
	LINK_TIMEOUT_MS = 5000,
	TICKS_MS = 25, /* two of the kernel's ticks, of 10 ms at most */
	ARENA = 8 << 20,
	ETHERTYPE_SYNC = 0x88b6,
};

struct cable {
	int port_index; /* 0: no such port yet */
	int host_index;
	int sock;
	uint8_t address[6];
};

struct bed {
	int home; /* the namespace it came from */
	cpu_set_t cpus;
	struct nl *nl;
	int bridge;
	struct brm_bridge set;
	struct cable cable[BRM_PORTS_MAX];
	int sync_send, sync_receive;
	int sync_index;
	uint32_t sync_number;
	int mark_index, mark_peer;
	bool mark_up;
	bool up[BRM_PORTS_MAX];
	struct bed_frame frames[BED_FRAMES_MAX];
	int nframes;
	uint8_t *arena;
	uint32_t used;
};

static int fail(struct bed_error *err, int code, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* The sentence, with the meaning of `code` (a negative errno) at its end. */
static int fail(struct bed_error *err, int code, const char *fmt, ...)
{
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(err->text, sizeof(err->text), fmt, ap);
	va_end(ap);
	if (n > 0 && n < (int)sizeof(err->text))
		snprintf(err->text + n, sizeof(err->text) - n, ": %s", strerror(-code));
	return code;
}

const char *bed_bridge_name(void)
{
	return "bridge";
}

static void pause_ms(int ms)
{
	struct timespec ts = {.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000L};

	nanosleep(&ts, NULL);
}

/* Carrier is noticed a moment after a link comes up. */
static int wait_link(struct bed *bed, int ifindex, bool up)
{
	int ms, is;

	for (ms = 0; ms < LINK_TIMEOUT_MS; ms += 2) {
		is = nl_is_up(bed->nl, ifindex);
		if (is < 0 || is == up)
			return is < 0 ? is : 0;
		pause_ms(2);
	}
	return -ETIMEDOUT;
}

static int wait_up(struct bed *bed, int ifindex)
{
	return wait_link(bed, ifindex, true);
}

/* The bridge is told of a carrier once more, later, and a port that was disabled meanwhile forwards
 * again (br_port_carrier_check; one run of 16 in 6.1, while newer kernels catch up when the link is
 * asked for). It is told in order (net/core/link_watch.c): after this last one nothing is left. */
static int carriers_told(struct bed *bed)
{
	int ret;

	bed->mark_up = !bed->mark_up;
	ret = nl_set_link(bed->nl, bed->mark_peer, bed->mark_up, NULL, 0, 0);
	return ret ? ret : wait_link(bed, bed->mark_index, bed->mark_up);
}

static int open_sync(struct bed *bed)
{
	int a, b, ret = nl_add_veth(bed->nl, "sync-a", "sync-b");

	if (ret)
		return ret;
	a = if_nametoindex("sync-a");
	b = if_nametoindex("sync-b");
	ret = nl_set_link(bed->nl, a, true, NULL, 0, 0);
	if (!ret)
		ret = nl_set_link(bed->nl, b, true, NULL, 0, 0);
	if (ret)
		return ret;
	bed->sync_index = a;
	bed->sync_send = rawport_open(a, 0);
	bed->sync_receive = rawport_open(b, ETHERTYPE_SYNC);
	if (bed->sync_send < 0 || bed->sync_receive < 0)
		return bed->sync_send < 0 ? bed->sync_send : bed->sync_receive;
	ret = wait_up(bed, a);
	return ret ? ret : wait_up(bed, b);
}

static int open_mark(struct bed *bed)
{
	int ret = nl_add_veth(bed->nl, "mark-a", "mark-b");

	if (ret)
		return ret;
	bed->mark_index = if_nametoindex("mark-a");
	bed->mark_peer = if_nametoindex("mark-b");
	return nl_set_link(bed->nl, bed->mark_index, true, NULL, 0, 0);
}

static int open_bridge(struct bed *bed)
{
	int ret = nl_add_bridge(bed->nl, bed_bridge_name());
	struct brm_bridge other;

	if (ret)
		return ret;
	bed->bridge = if_nametoindex(bed_bridge_name());
	bed->set = scenario_bridge;
	other = bed->set; /* what a new bridge has otherwise */
	other.mcast_snooping = true;
	other.mcast_response_ns = 10000000000;
	memset(other.address, 0, 6);
	ret = nl_no_default_pvid(bed->nl, bed->bridge);
	if (!ret || ret == -EOPNOTSUPP)
		ret = nl_no_forward_delay(bed->nl, bed->bridge);
	if (!ret)
		ret = nl_set_bridge(bed->nl, bed->bridge, &bed->set, &other);
	return ret ? ret : nl_set_link(bed->nl, bed->bridge, true, NULL, 0, 0);
}

static void pin_to_one_cpu(struct bed *bed)
{
	cpu_set_t one;
	int cpu = sched_getcpu();

	sched_getaffinity(0, sizeof(bed->cpus), &bed->cpus);
	CPU_ZERO(&one);
	CPU_SET(cpu < 0 ? 0 : cpu, &one);
	sched_setaffinity(0, sizeof(one), &one);
}

int bed_open(struct bed **out, struct bed_error *err)
{
	struct bed *bed = calloc(1, sizeof(*bed));
	int ret, i;

	if (!bed)
		return fail(err, -ENOMEM, "a bridge cannot be built");
	for (i = 0; i < BRM_PORTS_MAX; i++)
		bed->cable[i].sock = -1;
	bed->sync_send = bed->sync_receive = -1;
	bed->arena = malloc(ARENA);
	bed->home = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	ret = place_enter();
	if (ret) {
		fail(err, ret, "a network namespace cannot be made (run as root)");
		close(bed->home);
		bed->home = -1;
		goto out;
	}
	pin_to_one_cpu(bed);
	ret = bed->arena ? nl_open(&bed->nl) : -ENOMEM;
	if (!ret)
		ret = open_bridge(bed);
	if (!ret)
		ret = open_sync(bed);
	if (!ret)
		ret = open_mark(bed);
	if (ret)
		fail(err, ret, "a bridge cannot be built here");
out:
	if (ret)
		bed_close(bed);
	else
		*out = bed;
	return ret;
}

void bed_close(struct bed *bed)
{
	int i;

	if (!bed)
		return;
	for (i = 0; i < BRM_PORTS_MAX; i++)
		if (bed->cable[i].sock >= 0)
			close(bed->cable[i].sock);
	if (bed->sync_send >= 0)
		close(bed->sync_send);
	if (bed->sync_receive >= 0)
		close(bed->sync_receive);
	nl_close(bed->nl);
	if (bed->home >= 0) {
		setns(bed->home, CLONE_NEWNET);
		close(bed->home);
		sched_setaffinity(0, sizeof(bed->cpus), &bed->cpus);
	}
	free(bed->arena);
	free(bed);
}

static uint32_t mtu_of(const struct brm_port *set)
{
	return set->mtu ? set->mtu : 1500;
}

static int make_port(struct bed *bed, int port, const char *name, const struct brm_port *set)
{
	struct cable *c = &bed->cable[port];
	char host[IFNAMSIZ];
	int ret;

	snprintf(host, sizeof(host), "host-%d", port);
	ret = nl_add_veth(bed->nl, name, host);
	if (ret)
		return ret;
	c->port_index = if_nametoindex(name);
	c->host_index = if_nametoindex(host);
	ret = nl_set_link(bed->nl, c->host_index, true, NULL, mtu_of(set), 0);
	if (ret)
		return ret;
	c->sock = rawport_open(c->host_index, 0x0003); /* ETH_P_ALL */
	return c->sock < 0 ? c->sock : place_tame_host(c->sock, host);
}

/* The kernel sets blocking by its spanning tree only: without one br_port_state_selection() makes a
 * port that is told to block forward at once, so that the step would not do what it says. */
static int set_state(struct bed *bed, int port, const struct brm_port *set, struct bed_error *err)
{
	struct cable *c = &bed->cable[port];
	int ret;

	if (set->state == BRM_BLOCKING)
		return fail(err, -EOPNOTSUPP,
			    "the kernel's bridge blocks only by spanning tree (listening "
			    "treats frames alike)");
	ret = nl_set_port(bed->nl, c->port_index, set, bed->up[port]);
	if (ret)
		return fail(err, ret, "the port's settings are refused");
	if (bed->up[port] && nl_port_state(bed->nl, c->port_index) != set->state)
		return fail(err, -EOPNOTSUPP, "the kernel does not keep this state for the port");
	return 0;
}

/* Down and up, seen through to the bridge's own idea of it. */
static int set_link(struct bed *bed, int port, bool up, struct bed_error *err)
{
	struct cable *c = &bed->cable[port];
	int ms, state, ret = nl_set_link(bed->nl, c->port_index, up, NULL, 0, 0);

	if (!ret && up)
		ret = wait_up(bed, c->host_index);
	if (!ret && up)
		ret = wait_up(bed, c->port_index);
	if (!ret && up)
		ret = carriers_told(bed);
	for (ms = 0; !ret && ms < LINK_TIMEOUT_MS; ms += 2) {
		state = nl_port_state(bed->nl, c->port_index);
		if (up == (state != BRM_DISABLED))
			break;
		pause_ms(2);
		ret = ms + 2 < LINK_TIMEOUT_MS ? 0 : -ETIMEDOUT;
	}
	bed->up[port] = up;
	return ret ? fail(err, ret, "the port does not go %s", up ? "up" : "down") : 0;
}

static int apply_port(struct bed *bed, const struct step *step, const char *name,
		      struct bed_error *err)
{
	struct cable *c = &bed->cable[step->port];
	const struct brm_port *set = &step->settings;
	bool fresh = !c->port_index;
	int ret = 0;

	if (fresh)
		ret = make_port(bed, step->port, name, set);
	if (!ret && (fresh || memcmp(c->address, set->address, 6)))
		ret = nl_set_link(bed->nl, c->port_index, bed->up[step->port] || fresh,
				  set->address, 0, 0);
	memcpy(c->address, set->address, 6);
	if (!ret)
		ret = nl_set_link(bed->nl, c->host_index, true, NULL, mtu_of(set), 0);
	if (!ret)
		ret = nl_set_link(bed->nl, c->port_index, bed->up[step->port] || fresh, NULL,
				  mtu_of(set), bed->bridge);
	if (ret)
		return fail(err, ret, "port %s cannot be made", name);
	if (step->up != bed->up[step->port])
		ret = set_link(bed, step->port, step->up, err);
	return ret ? ret : set_state(bed, step->port, set, err);
}

static int apply_bridge(struct bed *bed, const struct step *step, struct bed_error *err)
{
	int ret;

	if (memcmp(step->bridge.ipv6, bed->set.ipv6, sizeof(bed->set.ipv6)))
		return fail(err, -EOPNOTSUPP,
			    "the bridge made here has no IPv6, so that it is silent but for what "
			    "the scenario sends");
	ret = nl_set_bridge(bed->nl, bed->bridge, &step->bridge, &bed->set);
	if (ret == -EOPNOTSUPP && step->bridge.vlan_filtering)
		return fail(err, ret,
			    "this kernel's bridge does not filter VLANs (CONFIG_BRIDGE_VLAN_"
			    "FILTERING); run it in a guest");
	if (ret)
		return fail(err, ret, "the bridge's settings are refused");
	/* by a timer that ends at once the kernel finds out whether it is a querier; before, it
	 * takes no other's query */
	if ((step->bridge.mcast_querier && !bed->set.mcast_querier) ||
	    (step->bridge.mcast_snooping && !bed->set.mcast_snooping))
		pause_ms(TICKS_MS);
	bed->set = step->bridge;
	return 0;
}

static int apply_vlans(struct bed *bed, const struct step *step, struct bed_error *err)
{
	bool bridge = step->port == BRM_BRIDGE;
	int ifindex = bridge ? bed->bridge : bed->cable[step->port].port_index;
	int vid, ret = 0;

	for (vid = step->vlan.first; vid <= step->vlan.last && !ret; vid++) {
		if (step->kind == STEP_NO_VLAN) {
			ret = nl_del_vlan(bed->nl, ifindex, bridge, vid);
			continue;
		}
		ret = nl_set_vlan(bed->nl, ifindex, bridge, vid, step->vlan.flags);
		/* a VLAN that was there keeps its state unless told */
		if (!ret && (!bridge || step->vlan.state != BRM_FORWARDING))
			ret = nl_set_vlan_state(bed->nl, ifindex, vid, step->vlan.state);
	}
	return ret ? fail(err, ret, "VLAN %d is refused", vid - 1) : 0;
}

static int forget(struct bed *bed, const struct brm_fdb *e)
{
	struct nl_fdb all[1024];
	int i, n = nl_dump_fdb(bed->nl, bed->bridge, all, 1024);

	for (i = 0; i < n && i < 1024; i++)
		if (!memcmp(all[i].entry.address, e->address, 6) && all[i].entry.vid == e->vid)
			return nl_del_fdb(bed->nl, all[i].ifindex, e->address, e->vid);
	return n < 0 ? n : 0;
}

int bed_apply(struct bed *bed, const struct step *step, const char *name, struct bed_error *err)
{
	bool bridge = step->port == BRM_BRIDGE;
	int ifindex = bridge ? bed->bridge : bed->cable[step->port].port_index;
	int ret = 0;

	switch (step->kind) {
	case STEP_BRIDGE:
		return apply_bridge(bed, step, err);
	case STEP_PORT:
		return apply_port(bed, step, name, err);
	case STEP_VLAN:
	case STEP_NO_VLAN:
		return apply_vlans(bed, step, err);
	case STEP_FDB:
		ret = nl_set_fdb(bed->nl, ifindex, bridge, &step->fdb);
		break;
	case STEP_FORGET:
		ret = forget(bed, &step->fdb);
		break;
	case STEP_MDB:
		ret = nl_add_mdb(bed->nl, bed->bridge, ifindex, step->group.address,
				 step->group.size, step->group.vid);
		if (ret == -EINVAL && step->group.size == ETH_ALEN)
			return fail(err, -EOPNOTSUPP,
				    "a group that is a MAC address needs Linux 5.11");
		break;
	case STEP_SEND:
		return -EINVAL;
	}
	return ret ? fail(err, ret, "the entry is refused") : 0;
}

static void discard(int fd)
{
	uint8_t byte;

	while (recv(fd, &byte, 1, MSG_TRUNC) >= 0)
		;
}

int bed_send(struct bed *bed, int port, const uint8_t *frame, uint32_t len, struct bed_error *err)
{
	int ret = rawport_send(bed->cable[port].sock, bed->cable[port].host_index, frame, len);

	bed->nframes = 0;
	bed->used = 0;
	if (!ret || ret == -ENETDOWN || ret == -ENOBUFS) /* no carrier: the port is down */
		return 0;
	return fail(err, ret, "a frame of %u bytes cannot be sent", len);
}

/* One frame over the cable beside the bridge, and its arrival. */
static int sync_round(struct bed *bed)
{
	uint8_t frame[60] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 2, 0, 0, 0, 0, 1};
	struct pollfd pfd = {.fd = bed->sync_receive, .events = POLLIN};
	uint32_t got;
	int ret;

	bed->sync_number++;
	frame[12] = ETHERTYPE_SYNC >> 8;
	frame[13] = ETHERTYPE_SYNC & 0xff;
	memcpy(frame + 14, &bed->sync_number, sizeof(bed->sync_number));
	ret = rawport_send(bed->sync_send, bed->sync_index, frame, sizeof(frame));
	if (ret)
		return ret;
	for (;;) {
		if (recv(bed->sync_receive, frame, sizeof(frame), 0) == sizeof(frame)) {
			memcpy(&got, frame + 14, sizeof(got));
			if (got == bed->sync_number)
				return 0;
		} else if (poll(&pfd, 1, SYNC_TIMEOUT_MS) <= 0) {
			return -ETIMEDOUT;
		}
	}
}

/* Sent by the bridge itself, to a group: BPDUs and queries. */
static bool own(const struct bed *bed, const uint8_t *frame)
{
	static const uint8_t broadcast[6] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff};
	const uint8_t *source = frame + 6;
	int i;

	if (!(frame[0] & 1) || !memcmp(frame, broadcast, 6))
		return false;
	for (i = 0; i < BRM_PORTS_MAX; i++)
		if (bed->cable[i].port_index && !memcmp(bed->cable[i].address, source, 6))
			return true;
	return !memcmp(bed->set.address, source, 6);
}

static int drain(struct bed *bed, int port)
{
	uint8_t *data;
	int n;

	for (;;) {
		if (bed->nframes == BED_FRAMES_MAX || ARENA - bed->used < 2 * SCENARIO_FRAME_MAX)
			return -ENOBUFS;
		data = bed->arena + bed->used;
		n = rawport_receive(bed->cable[port].sock, data, SCENARIO_FRAME_MAX + 4);
		if (n < 0)
			return n == -EAGAIN || n == -ENETDOWN ? 0 : n;
		if (n < 14 || own(bed, data))
			continue;
		bed->frames[bed->nframes++] =
			(struct bed_frame){.port = port, .data = data, .len = n};
		bed->used += (n + 7) & ~7u;
	}
}

int bed_collect(struct bed *bed, const struct bed_frame **out, struct bed_error *err)
{
	int i, ret = 0;

	for (i = 0; i < ROUNDS && !ret; i++)
		ret = sync_round(bed);
	if (ret)
		return fail(err, ret, "the kernel does not deliver frames in the namespace");
	for (i = 0; i < BRM_PORTS_MAX && !ret; i++)
		if (bed->cable[i].sock >= 0)
			ret = drain(bed, i);
	if (ret)
		return fail(err, ret, "frames cannot be received at port number %d", i - 1);
	discard(bed->sync_receive);
	*out = bed->frames;
	return bed->nframes;
}

int bed_fdb(struct bed *bed, struct brm_fdb *out, int max, struct bed_error *err)
{
	struct nl_fdb *all = calloc(max * 2 + 64, sizeof(*all));
	int i, port, have = 0, n;

	n = all ? nl_dump_fdb(bed->nl, bed->bridge, all, max * 2 + 64) : -ENOMEM;
	for (i = 0; i < n && i < max * 2 + 64; i++) {
		if (all[i].entry.flags & BRM_FDB_LOCAL)
			continue;
		for (port = 0; port < BRM_PORTS_MAX; port++)
			if (bed->cable[port].port_index == all[i].ifindex)
				break;
		if (have < max) {
			out[have] = all[i].entry;
			out[have].port = port < BRM_PORTS_MAX ? port : BRM_BRIDGE;
		}
		have++;
	}
	free(all);
	return n < 0 ? fail(err, n, "the bridge's entries cannot be read") : have;
}

int bed_port_index(const struct bed *bed, int port)
{
	return bed->cable[port].port_index;
}

bool bed_has_vlans(struct bed *bed)
{
	struct brm_bridge on = bed->set;
	int ret;

	on.vlan_filtering = true;
	ret = nl_set_bridge(bed->nl, bed->bridge, &on, &bed->set);
	if (!ret)
		nl_set_bridge(bed->nl, bed->bridge, &bed->set, &on);
	return !ret;
}
