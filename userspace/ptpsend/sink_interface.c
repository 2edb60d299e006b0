/* SPDX-License-Identifier: GPL-2.0-or-later */
/* An interface as the place where frames go: a packet socket that receives nothing, and the
 * transmit time stamps from its error queue. */
#include "cli.h"
#include "hwtstamp.h"
#include "link.h"
#include "sandbox.h"
#include "sink.h"
#include "stop.h"
#include "txstamp.h"

#include <errno.h>
#include <linux/if_packet.h>
#include <linux/net_tstamp.h>
#include <net/if.h>
#include <net/if_arp.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define SECOND 1000000000LL

enum {
	STAMP_WAIT_MS = 100, /* drivers read a stamp out of the device after the frame left */
	MISSES_MAX = 3,      /* in a row: then stamps are no longer waited for */
	FULL_WAIT_US = 500,  /* before a frame that found the queue full is offered again */
	FULL_TRIES = 2000,
	FLUSH_NS = 2000000, /* a wait that is worth writing the lines out before */
};

struct interface {
	struct sink sink;
	char ifname[IFNAMSIZ];
	int fd;
	int64_t start_ns; /* CLOCK_MONOTONIC */
	bool started;
	sigset_t waiting;

	struct hwtstamp *hardware; /* NULL: not used */
	char phc[16];
	enum txstamp_kind event, general;          /* what frames ask for */
	uint32_t key;                              /* of the next frame that asks */
	unsigned int misses[TXSTAMP_HARDWARE + 1]; /* in a row, by what was asked for */
	uint64_t asked, stamped[TXSTAMP_HARDWARE + 1];
};

/* ---- time ---- */

static int64_t read_clock(clockid_t clock)
{
	struct timespec t;

	clock_gettime(clock, &t);
	return t.tv_sec * SECOND + t.tv_nsec;
}

static int interface_wait(struct sink *s, int64_t due_ns, int64_t *now_ns)
{
	struct interface *i = (struct interface *)s;
	int64_t left;

	if (!i->started)
		i->start_ns = read_clock(CLOCK_MONOTONIC);
	i->started = true;
	do {
		struct timespec t = {0};

		left = i->start_ns + due_ns - read_clock(CLOCK_MONOTONIC);
		if (left > FLUSH_NS)
			fflush(stdout);
		if (left > 0)
			t = (struct timespec){left / SECOND, left % SECOND};
		/* Also when the frame is late: signals are let through here alone. */
		ppoll(NULL, 0, &t, &i->waiting);
		if (stop_asked())
			return -EINTR;
	} while (left > 0);
	*now_ns = read_clock(CLOCK_REALTIME);
	return 0;
}

/* ---- sending ---- */

static int fail_send(const struct interface *i)
{
	int error = errno;

	if (error == ENETDOWN)
		cli_fail("%s went down: bring it up with `ip link set %s up`", i->ifname,
			 i->ifname);
	else if (error == ENXIO || error == ENODEV)
		cli_fail("%s is gone", i->ifname);
	else
		cli_fail("%s: a frame could not be sent: %s", i->ifname, strerror(error));
	return -error;
}

static int offer(struct interface *i, const struct msghdr *msg)
{
	for (int tries = 0; sendmsg(i->fd, msg, 0) < 0; tries++) {
		if (errno == EINTR)
			continue;
		if ((errno != ENOBUFS && errno != EAGAIN) || tries == FULL_TRIES)
			return fail_send(i);
		usleep(FULL_WAIT_US);
	}
	return 0;
}

/* The stamp of the frame just sent. Keys below `key` belong to frames that were not waited for any
 * longer; one above it stands when the kernel counted a frame that it then refused. */
static bool take_stamp(struct interface *i, enum txstamp_kind kind, struct txstamp *stamp)
{
	int64_t end = read_clock(CLOCK_MONOTONIC) + STAMP_WAIT_MS * 1000000LL;
	bool patient = i->misses[kind] < MISSES_MAX;
	struct pollfd p = {.fd = i->fd};
	int64_t left;

	do {
		while (txstamp_read(i->fd, stamp) == 1) {
			if ((int32_t)(stamp->key - i->key) < 0)
				continue;
			i->key = stamp->key + 1;
			return true;
		}
		left = end - read_clock(CLOCK_MONOTONIC);
	} while (patient && left > 0 && poll(&p, 1, (int)(left / 1000000) + 1) > 0);
	i->key++;
	return false;
}

static void note_miss(struct interface *i, enum txstamp_kind kind)
{
	if (++i->misses[kind] == MISSES_MAX)
		cli_say("%s: no time stamp of the %s clock came for %d frames in a row: they are "
			"no longer waited for",
			i->ifname, kind == TXSTAMP_HARDWARE ? "device's" : "system's", MISSES_MAX);
}

static int interface_send(struct sink *s, const uint8_t *frame, size_t len, bool event,
			  struct sink_stamp *stamp)
{
	struct interface *i = (struct interface *)s;
	enum txstamp_kind kind = event ? i->event : i->general;
	struct iovec iov = {(void *)frame, len};
	struct msghdr msg = {.msg_iov = &iov, .msg_iovlen = 1};
	char control[TXSTAMP_CONTROL] __attribute__((aligned(8)));
	struct txstamp got;
	int ret;

	if (kind)
		txstamp_ask(&msg, control, kind);
	ret = offer(i, &msg);
	*stamp = (struct sink_stamp){.clock = "none"};
	if (ret || !kind)
		return ret;
	i->asked++;
	if (!take_stamp(i, kind, &got)) {
		note_miss(i, kind);
		return 0;
	}
	i->misses[kind] = 0;
	i->stamped[got.kind]++;
	*stamp =
		(struct sink_stamp){true, got.ns, got.kind == TXSTAMP_HARDWARE ? i->phc : "system"};
	return 0;
}

/* ---- the end ---- */

static int restore(struct interface *i)
{
	int ret = hwtstamp_restore(i->hardware);

	if (ret == -ENODATA)
		cli_say("%s: its driver does not tell how time stamping was set before: transmit "
			"stamping stays on",
			i->ifname);
	else if (ret == -ESTALE)
		cli_say("%s: somebody else has set its time stamping meanwhile: it stays so",
			i->ifname);
	else if (ret && ret != -ENODEV) /* a device that is gone has nothing to put back */
		cli_fail("%s: time stamping could not be put back as it was: %s", i->ifname,
			 strerror(-ret));
	return ret == -ENODATA || ret == -ESTALE || ret == -ENODEV ? 0 : ret;
}

static void say_stamps(const struct interface *i)
{
	uint64_t hardware = i->stamped[TXSTAMP_HARDWARE], software = i->stamped[TXSTAMP_SOFTWARE];

	if (i->asked)
		cli_say("%s: time stamps: %llu of the device's clock, %llu of the system's, %llu "
			"did not come",
			i->ifname, (unsigned long long)hardware, (unsigned long long)software,
			(unsigned long long)(i->asked - hardware - software));
}

static int interface_close(struct sink *s, bool sums)
{
	struct interface *i = (struct interface *)s;
	int ret;

	if (sums)
		say_stamps(i);
	ret = restore(i);
	if (i->fd >= 0)
		close(i->fd);
	free(i);
	return ret;
}

/* ---- setting up ---- */

static int find(struct interface *i, const char *ifname, struct link_info *info)
{
	int ret = strlen(ifname) < sizeof(i->ifname) ? link_info(ifname, info) : -ENODEV;

	if (ret == -ENODEV)
		return cli_fail("there is no interface '%s' here: `ip link` lists them", ifname);
	if (ret)
		return cli_fail("%s: the interface cannot be looked up: %s", ifname,
				strerror(-ret));
	if (info->arphrd != ARPHRD_ETHER && info->arphrd != ARPHRD_LOOPBACK)
		return cli_fail(
			"%s is no Ethernet interface (ARPHRD %u): nothing can be sent there",
			ifname, info->arphrd);
	if (!info->up)
		return cli_fail("%s is down: bring it up with `ip link set %s up`", ifname, ifname);
	if (!info->carrier)
		cli_say("%s has no carrier: what is sent there gets nowhere", ifname);
	strcpy(i->ifname, ifname);
	i->sink.iface = i->ifname;
	return 0;
}

/* Protocol 0: the socket sends, and nothing is ever queued for it. */
static int open_socket(struct interface *i, int ifindex)
{
	struct sockaddr_ll to = {.sll_family = AF_PACKET, .sll_ifindex = ifindex};

	i->fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
	if (i->fd < 0 && errno == EPERM)
		return cli_fail("%s: sending needs CAP_NET_RAW: run as root", i->ifname);
	if (i->fd < 0 || bind(i->fd, (struct sockaddr *)&to, sizeof(to)))
		return cli_fail("%s: a packet socket cannot be opened: %s", i->ifname,
				strerror(errno));
	return 0;
}

/* The interface's first IPv4 address. */
static bool ipv4_address(const char *ifname, uint8_t out[4])
{
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct ifreq ifr = {.ifr_addr.sa_family = AF_INET};
	bool found;

	strcpy(ifr.ifr_name, ifname);
	found = fd >= 0 && !ioctl(fd, SIOCGIFADDR, &ifr);
	if (fd >= 0)
		close(fd);
	if (found)
		memcpy(out, &((struct sockaddr_in *)(void *)&ifr.ifr_addr)->sin_addr, 4);
	return found;
}

static int fill_addresses(const struct interface *i, struct options *o,
			  const struct link_info *info)
{
	uint8_t ip[4];

	if (options_addresses(o, info->address, ipv4_address(i->ifname, ip) ? ip : NULL))
		return cli_fail("%s has no IPv4 address to send from: give one with --src-ip",
				i->ifname);
	return 0;
}

/* Why the device does not stamp what is sent; NULL when it does. */
static const char *use_hardware(struct interface *i, struct options *o,
				const struct hwtstamp_caps *caps)
{
	const uint32_t need = SOF_TIMESTAMPING_TX_HARDWARE | SOF_TIMESTAMPING_RAW_HARDWARE;
	int ret;

	if (!o->plan.two_step)
		return "one-step messages carry the system's time";
	if ((caps->so_timestamping & need) != need || caps->phc < 0 ||
	    !(caps->tx_types & 1 << HWTSTAMP_TX_ON))
		return "the device stamps nothing that is sent";
	ret = hwtstamp_set(&i->hardware, i->ifname, true, -1);
	if (ret)
		return strerror(-ret);
	snprintf(i->phc, sizeof(i->phc), "ptp%d", caps->phc);
	i->sink.own_clock = true;
	/* The device's clock keeps the timescale that was named; UTC is the system's. */
	if (o->ptp_timescale)
		o->plan.offset_ns -= o->plan.announce.current_utc_offset * SECOND;
	return NULL;
}

static int set_stamps(struct interface *i, struct options *o)
{
	struct hwtstamp_caps caps = {.phc = -1};
	const char *why;
	int ret;

	if (o->stamps == STAMPS_NONE)
		return 0;
	ret = txstamp_enable(i->fd);
	if (ret)
		return cli_fail("%s: time stamps cannot be asked for: %s", i->ifname,
				strerror(-ret));
	hwtstamp_caps(i->ifname, &caps);
	i->event = i->general = TXSTAMP_SOFTWARE;
	if (!(caps.so_timestamping & SOF_TIMESTAMPING_TX_SOFTWARE))
		i->event = i->general = TXSTAMP_NONE;
	why = o->stamps == STAMPS_SOFTWARE ? "as asked for" : use_hardware(i, o, &caps);
	if (why && o->stamps == STAMPS_HARDWARE)
		return cli_fail("%s: no hardware time stamps: %s", i->ifname, why);
	if (!why)
		i->event = TXSTAMP_HARDWARE;
	else if (!i->event)
		cli_say("%s: neither device nor driver stamps what is sent: Follow_Up carries the "
			"time before sending",
			i->ifname);
	else if (o->stamps == STAMPS_AUTO && !o->quiet)
		cli_say("%s: no hardware time stamps (%s): the system's clock stamps instead",
			i->ifname, why);
	return 0;
}

static int give_up_privileges(const struct interface *i)
{
	const char *what;
	int ret = sandbox_enter(i->hardware && hwtstamp_changed(i->hardware), true, &what);

	return ret ? cli_fail("%s cannot be given up: %s", what, strerror(-ret)) : 0;
}

int sink_open_interface(struct sink **out, struct options *o)
{
	static const struct sink_ops ops = {interface_wait, interface_send, interface_close};
	struct interface *i = calloc(1, sizeof(*i));
	struct link_info info;
	int ret;

	if (!i)
		return cli_fail("out of memory");
	i->fd = -1;
	i->sink.ops = &ops;
	i->sink.prints = true;
	ret = find(i, o->ifname, &info);
	ret = ret ? ret : fill_addresses(i, o, &info);
	ret = ret ? ret : open_socket(i, info.ifindex);
	stop_hold(&i->waiting);
	ret = ret ? ret : set_stamps(i, o);
	ret = ret ? ret : give_up_privileges(i);
	if (ret) {
		interface_close(&i->sink, false);
		return ret;
	}
	*out = &i->sink;
	return EXIT_YES;
}
