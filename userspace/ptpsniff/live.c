/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Frames from an interface. */
#include "cli.h"
#include "filter.h"
#include "link.h"
#include "run.h"
#include "sink.h"
#include "tap.h"

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <string.h>

enum {
	BATCH = 1024, /* frames before signals are looked at again */
	LATE_MS = 2 * TAP_LATE_MS,
};

struct live {
	const struct options *o;
	struct tap *tap;
	struct sink *sink;
	struct frame_place place;
	int dlt;
	uint64_t shown;
};

/* The switch tag that the interface's frames carry: from sysfs, or as told. */
static int find_tagger(struct live *l)
{
	static const int of_format[] = {
		[DSA_FORMAT_NONE] = FRAME_LINK_ETHERNET,
		[DSA_FORMAT_DSA] = FRAME_LINK_DSA,
		[DSA_FORMAT_EDSA] = FRAME_LINK_EDSA,
	};
	struct link_info info;
	char tagger[32] = "";

	l->place.linktype = FRAME_LINK_ETHERNET;
	l->place.tagger = l->o->tagger;
	if (!l->o->tagger_given && !link_info(l->o->ifname, &info))
		link_tagger(l->o->ifname, &info, tagger);
	if (!strcmp(tagger, "edsa"))
		l->place.tagger = DSA_FORMAT_EDSA;
	else if (!strcmp(tagger, "dsa"))
		l->place.tagger = DSA_FORMAT_DSA;
	else if (*tagger && strcmp(tagger, "none"))
		cli_say("%s is a conduit with the tagger '%s', whose tags are not decoded",
			l->o->ifname, tagger);
	l->dlt = of_format[l->place.tagger];
	return 0;
}

static int open_tap(struct live *l)
{
	struct tap_options to = {
		.ifname = l->o->ifname,
		.outgoing = l->o->outgoing,
		.promiscuous = l->o->promiscuous,
	};
	struct cbpf_prog prog = {0};
	struct cbpf_error err = {0};
	int ret = filter_compile(&prog, l->o, l->dlt, &err);

	to.filter = &prog;
	if (!ret)
		ret = tap_open(&l->tap, &to, &err);
	cbpf_free(&prog);
	return ret ? cli_fail("%s", err.text) : 0;
}

static void say_start(const struct live *l)
{
	static const char *const tags[] = {"", ", the conduit of a switch (dsa tags)",
					   ", the conduit of a switch (edsa tags)"};
	const char *name = filter_name(l->o, l->dlt);

	cli_say("listening on %s%s, filter %s%s", l->o->ifname, tags[l->place.tagger],
		*name ? name : "''",
		l->o->filter || l->o->expression || strcmp(name, "edsa-ptp-event")
			? ""
			: " (event messages; -F ptp has all)");
}

static int show(struct live *l, const struct tap_frame *f)
{
	struct packet p = {
		.number = ++l->shown,
		.ts_ns = f->ts_ns,
		.clock = f->clock == TAP_CLOCK_HARDWARE ? "hardware" : "system",
		.iface = l->o->ifname,
		.outgoing = f->outgoing,
		.wire_len = f->len,
	};
	struct frame_vlan stripped = {.tpid = f->vlan_tpid, .tci = f->vlan_tci, .stripped = true};

	packet_decode(&p, f->data, f->caplen, &l->place, f->vlan ? &stripped : NULL);
	return sink_packet(l->sink, &p);
}

/* What waits at the tap: 0, 1 at the end of the count, -errno. */
static int drain(struct live *l, bool *more)
{
	struct tap_frame f;
	int i, ret = 0;

	*more = false;
	for (i = 0; i < BATCH; i++) {
		ret = tap_next(l->tap, &f);
		if (ret <= 0)
			return ret;
		ret = show(l, &f);
		if (ret)
			return ret;
	}
	*more = true;
	return 0;
}

static int say_gone(const struct live *l, int error)
{
	if (error == -ENETDOWN)
		return cli_fail("%s went down: nothing more is received", l->o->ifname);
	if (error == -ENODEV)
		return cli_fail("%s is gone: it was removed or moved to another namespace",
				l->o->ifname);
	return cli_fail("%s: reading failed: %s", l->o->ifname, strerror(-error));
}

static int loop(struct live *l)
{
	struct pollfd pfd = {.fd = tap_fd(l->tap), .events = POLLIN};
	const struct timespec none = {0};
	bool more = false;
	sigset_t waiting;
	int ret;

	stop_hold(&waiting);
	for (;;) {
		if (ppoll(&pfd, 1, more ? &none : NULL, &waiting) < 0 && errno != EINTR)
			return cli_fail("waiting for frames failed: %s", strerror(errno));
		/* The kernel hands frames over some milliseconds late: the last ones count too. */
		if (stop_asked())
			poll(NULL, 0, LATE_MS);
		ret = drain(l, &more);
		if (sink_flush(l->sink))
			return EXIT_NO;
		if (ret == -ENETDOWN || ret == -ENODEV)
			return say_gone(l, ret);
		if (ret < 0)
			return EXIT_NO;
		if (ret > 0 || stop_asked())
			return EXIT_YES;
	}
}

static void say_counts(struct live *l)
{
	struct tap_counts c;

	tap_counts(l->tap, &c);
	cli_say("%s: %" PRIu64 " frames seen, %" PRIu64 " accepted, %" PRIu64
		" dropped by the kernel%s",
		l->o->ifname, c.carried, l->shown, c.dropped,
		c.dropped ? ": some are missing" : "");
	if (sink_malformed(l->sink))
		cli_say("%" PRIu64 " of them malformed", sink_malformed(l->sink));
}

int run_live(const struct options *o)
{
	struct live l = {.o = o};
	int status;

	find_tagger(&l);
	status = open_tap(&l);
	if (status)
		return status;
	status = sink_open(&l.sink, o, (uint16_t)l.dlt, o->ifname);
	if (!status) {
		say_start(&l);
		status = loop(&l);
		say_counts(&l);
		status = sink_close(l.sink, status);
	}
	tap_close(l.tap);
	return status;
}
