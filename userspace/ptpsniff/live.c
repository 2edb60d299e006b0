/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Frames from interfaces. */
#include "cli.h"
#include "filter.h"
#include "run.h"
#include "sandbox.h"
#include "setup.h"
#include "sink.h"
#include "stop.h"

#include <errno.h>
#include <inttypes.h>
#include <net/if.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum {
	BATCH = 1024, /* frames before signals are looked at again */
};

struct live {
	const struct options *o;
	struct source sources[OPTIONS_TAPS_MAX];
	unsigned int open;
	struct sink *sink;
	struct packet packet;
	int late_ms;  /* within which the kernel hands frames over */
	bool pass;    /* nobody looks into the frames */
	bool refresh; /* a table on a terminal */
	bool waited;  /* for the last frames of the others, when an interface was lost */
	uint64_t shown;
};

static int show(struct live *l, struct source *s, const struct tap_frame *f)
{
	struct packet *p = &l->packet; /* large: to clear it for each frame would show */
	struct frame_vlan stripped = {.tpid = f->vlan_tpid, .tci = f->vlan_tci, .stripped = true};

	p->number = ++l->shown;
	p->ts_ns = f->ts_ns;
	p->clock = f->clock == TAP_CLOCK_HARDWARE ? s->clock : "system";
	p->iface = s->ifname;
	p->tap = (unsigned int)s->number;
	p->outgoing = f->outgoing;
	p->incoming = !f->outgoing;
	p->wire_len = f->len;
	s->shown++;
	if (l->pass)
		packet_pass(p, f->data, f->caplen, f->vlan ? &stripped : NULL);
	else
		packet_decode(p, f->data, f->caplen, &s->place, f->vlan ? &stripped : NULL);
	return sink_packet(l->sink, p);
}

static int say_gone(const struct source *s, int error)
{
	if (error == -ENETDOWN)
		cli_fail("%s went down: nothing more is received", s->ifname);
	else if (error == -ENODEV)
		cli_fail("%s is gone: it was removed or moved to another namespace", s->ifname);
	else
		cli_fail("%s: reading failed: %s", s->ifname, strerror(-error));
	return error;
}

/* What waits at one tap: 0, 1 at the end of the count, -errno with its sentence printed. */
static int drain(struct live *l, struct source *s, bool *more)
{
	struct tap_frame f;
	int i, ret;

	for (i = 0; i < BATCH; i++) {
		ret = tap_next(s->tap, &f);
		if (ret < 0)
			return say_gone(s, ret);
		ret = ret ? show(l, s, &f) : 0;
		if (ret || !f.data)
			return ret;
	}
	*more = true;
	return 0;
}

/* ---- several interfaces ---- */

/* Frames that the system's clock stamped are shown in its order, so each interface's oldest is
 * compared with the others'. A device's stamps say nothing of another's: those come as they are
 * read. */
static bool goes_first(const struct tap_frame *f, const struct tap_frame *than)
{
	if (f->clock != than->clock)
		return f->clock == TAP_CLOCK_HARDWARE;
	return f->clock == TAP_CLOCK_SYSTEM && f->ts_ns < than->ts_ns;
}

/* The kernel hands frames over late: an interface where none waits may yet have an older one. */
static bool may_be_overtaken(const struct live *l, const struct tap_frame *f)
{
	int64_t late_ns = l->late_ms * 3 / 2 * 1000000LL;
	struct timespec now;
	bool all = true;
	unsigned int i;

	for (i = 0; i < l->open; i++)
		all = all && (l->sources[i].next.data || l->sources[i].error);
	if (all || f->clock == TAP_CLOCK_HARDWARE || stop_asked())
		return false;
	clock_gettime(CLOCK_REALTIME, &now);
	return now.tv_sec * 1000000000LL + now.tv_nsec - f->ts_ns < late_ns;
}

/* 0, or -errno when the interface is down or gone. */
static int take_next(struct source *s)
{
	int ret = tap_next(s->tap, &s->next);

	return ret < 0 ? ret : 0;
}

/* The source whose frame is to be shown next; NULL when none waits. */
static struct source *oldest(struct live *l)
{
	struct source *first = NULL;
	unsigned int i;

	for (i = 0; i < l->open; i++) {
		struct source *s = &l->sources[i];

		if (!s->next.data && !s->error)
			s->error = take_next(s);
		if (s->next.data && (!first || goes_first(&s->next, &first->next)))
			first = s;
	}
	return first;
}

/* An interface that is no longer there; NULL. */
static const struct source *lost(const struct live *l)
{
	unsigned int i;

	for (i = 0; i < l->open; i++)
		if (l->sources[i].error)
			return &l->sources[i];
	return NULL;
}

/* None waits: 1 to look once more, as another interface may hold its last frames back. */
static int end_without(struct live *l)
{
	const struct source *s = lost(l);

	if (!s)
		return 0;
	if (l->waited)
		return say_gone(s, s->error);
	l->waited = true;
	poll(NULL, 0, l->late_ms * 3 / 2);
	return 1;
}

/* What waits at all taps, in order; *held: a frame is kept back until no older one can come. */
static int merge(struct live *l, bool *more, bool *held)
{
	struct tap_frame f;
	struct source *s;
	int i, ret = 0;

	for (i = 0; i < BATCH && !ret; i++) {
		s = oldest(l);
		if (!s) {
			ret = end_without(l);
			if (ret <= 0)
				return ret;
			ret = 0;
			continue;
		}
		if (may_be_overtaken(l, &s->next)) {
			*held = true;
			return 0;
		}
		f = s->next;
		s->next.data = NULL; /* it stays where it is until the next tap_next() */
		ret = show(l, s, &f);
	}
	*more = !ret;
	return ret;
}

static int drain_all(struct live *l, bool *more, bool *held)
{
	*more = *held = false;
	return l->open == 1 ? drain(l, &l->sources[0], more) : merge(l, more, held);
}

/* --stats on a terminal: a second goes by, the table is drawn again. */
static bool is_due(const struct live *l, struct timespec *last)
{
	struct timespec now;

	if (!l->refresh)
		return false;
	clock_gettime(CLOCK_MONOTONIC, &now);
	if (now.tv_sec == last->tv_sec)
		return false;
	*last = now;
	return true;
}

static int loop(struct live *l)
{
	const struct timespec none = {0}, second = {.tv_sec = 1}, soon = {.tv_nsec = 5000000};
	struct pollfd pfds[OPTIONS_TAPS_MAX];
	struct timespec drawn = {0};
	bool more = false, held = false;
	sigset_t waiting;
	unsigned int i;
	int ret;

	for (i = 0; i < l->open; i++)
		pfds[i] = (struct pollfd){.fd = tap_fd(l->sources[i].tap), .events = POLLIN};
	stop_hold(&waiting);
	for (;;) {
		/* A frame that is held back keeps its tap readable: then time alone is waited for.
		 */
		ret = held ? ppoll(NULL, 0, &soon, &waiting)
			   : ppoll(pfds, l->open,
				   more || stop_asked() ? &none
				   : l->refresh         ? &second
							: NULL,
				   &waiting);
		if (ret < 0 && errno != EINTR)
			return cli_fail("waiting for frames failed: %s", strerror(errno));
		/* The kernel hands frames over some milliseconds late: the last ones count too. */
		if (stop_asked())
			poll(NULL, 0, l->late_ms * 3 / 2);
		ret = drain_all(l, &more, &held);
		if (sink_flush(l->sink) || ret < 0)
			return EXIT_NO;
		if (ret > 0 || stop_asked())
			return EXIT_YES;
		if (is_due(l, &drawn) && sink_refresh(l->sink))
			return EXIT_NO;
	}
}

static void say_counts(struct live *l)
{
	struct tap_counts c;
	char seen[40];
	unsigned int i;

	for (i = 0; i < l->open; i++) {
		const struct source *s = &l->sources[i];

		/* an interface that is gone has taken its counts with it */
		*seen = 0;
		if (!tap_counts(s->tap, &c))
			snprintf(seen, sizeof(seen), "%" PRIu64 " frame%s seen, ", c.carried,
				 c.carried == 1 ? "" : "s");
		cli_say("%s: %s%" PRIu64 " accepted, %" PRIu64 " dropped by the kernel%s",
			s->ifname, seen, s->shown, c.dropped,
			c.dropped ? ": some are missing" : "");
	}
	if (sink_malformed(l->sink))
		cli_say("%" PRIu64 " of them malformed", sink_malformed(l->sink));
}

static int open_sources(struct live *l)
{
	int status;

	for (; l->open < l->o->taps; l->open++) {
		struct source *s = &l->sources[l->open];

		status = source_open(s, l->o->ifnames[l->open], l->o);
		if (status)
			return status;
	}
	return 0;
}

/* Only now, so that a file is not overwritten by a run that cannot begin. */
static int open_sink(struct live *l)
{
	unsigned int i;
	int status = sink_open(&l->sink, l->o);

	for (i = 0; i < l->open && !status; i++) {
		l->sources[i].number =
			sink_add_tap(l->sink, l->sources[i].ifname, l->sources[i].linktype);
		if (l->sources[i].number < 0)
			status = EXIT_NO;
	}
	return status;
}

/* Everything is open: what is not needed from here on is given up. */
static int give_up_privileges(const struct live *l)
{
	bool to_put_back = false;
	const char *what;
	unsigned int i;
	int ret;

	for (i = 0; i < l->open; i++)
		to_put_back = to_put_back || hwtstamp_changed(l->sources[i].stamp);
	ret = sandbox_enter(to_put_back, false, &what);
	return ret ? cli_fail("%s cannot be given up: %s", what, strerror(-ret)) : 0;
}

static int show_filters(const struct options *o)
{
	struct source s;
	unsigned int i;
	int status = 0;

	for (i = 0; i < o->taps && !status; i++) {
		if (!if_nametoindex(o->ifnames[i]))
			return cli_fail("there is no interface '%s' here: `ip link` lists them",
					o->ifnames[i]);
		source_place(&s, o->ifnames[i], o);
		status = filter_show(o, s.linktype);
	}
	return status;
}

int run_live(const struct options *o)
{
	static struct live l;
	unsigned int i;
	int status;

	if (o->show_filter)
		return show_filters(o);
	l.o = o;
	l.pass = options_only_write(o);
	l.late_ms = options_nobody_waits(o) ? TAP_LATE_BATCH_MS : TAP_LATE_MS;
	l.refresh = o->stats && !o->json && !o->print && isatty(STDOUT_FILENO);
	status = open_sources(&l);
	if (!status)
		status = open_sink(&l);
	if (!status)
		status = give_up_privileges(&l);
	if (!status) {
		status = loop(&l);
		say_counts(&l);
	}
	status = sink_close(l.sink, status);
	for (i = 0; i < l.open; i++)
		status = source_close(&l.sources[i], status);
	return status;
}
