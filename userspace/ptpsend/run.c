/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The loop: step by step from the exchange to the sink. */
#include "run.h"

#include "cli.h"
#include "packet.h"

#include <errno.h>
#include <stdio.h>

enum { FRAME_MAX = 4096 };

struct sums {
	uint64_t sent, lost, duplicates, overtaken;
	uint64_t left_out; /* for want of the time stamp that they carry */
};

struct loop {
	struct sink *sink;
	const struct options *o;
	struct exchange *x;
	struct sums sums;
	struct text line;
	uint8_t frame[FRAME_MAX];
	size_t len;
};

/* The message of the step in its encapsulation, into l->frame. */
static int build(struct loop *l, const struct exchange_step *s, int64_t now_ns)
{
	const struct options *o = l->o;
	const struct options_port *from = &o->port[s->port];
	struct frame_endpoints e = {.ttl = o->ttl};
	uint8_t message[EXCHANGE_MESSAGE_MAX];
	ssize_t len;
	int ret;

	ret = exchange_encode(l->x, s, now_ns, message, sizeof(message));
	if (ret < 0)
		return ret;
	frame_destination(&e, o->encapsulation.transport, s->type, o->plan.ieee_802_1as);
	memcpy(e.src, from->mac, sizeof(e.src));
	memcpy(e.ip_src, from->ip, sizeof(e.ip_src));
	if (o->dst_mac_given)
		memcpy(e.dst, o->dst_mac, sizeof(e.dst));
	if (o->dst_ip_given)
		memcpy(e.ip_dst, o->dst_ip, sizeof(e.ip_dst));
	len = frame_build(l->frame, sizeof(l->frame), &o->encapsulation, &e, message, (size_t)ret);
	if (len < 0)
		return (int)len;
	l->len = (size_t)len;
	return 0;
}

static void print_line(struct loop *l, const struct sink_stamp *stamp)
{
	const struct options *o = l->o;
	struct frame_place place = {.linktype = o->linktype,
				    .tagger = o->encapsulation.tag_format,
				    .edsa_ethertype = o->encapsulation.edsa_ethertype};
	struct packet p = {.number = l->sums.sent,
			   .ts_ns = stamp->ns,
			   .clock = stamp->known ? stamp->clock : "none",
			   .iface = l->sink->iface,
			   .outgoing = *l->sink->iface,
			   .wire_len = (uint32_t)l->len};

	packet_decode(&p, l->frame, (uint32_t)l->len, &place, NULL);
	text_clear(&l->line);
	packet_line(&l->line, &p);
	fwrite(l->line.buf, 1, l->line.len, stdout);
}

static int send_step(struct loop *l, const struct exchange_step *s, int64_t now_ns)
{
	struct sink_stamp stamp = {0};
	bool event = ptp_is_event(s->type);
	int ret = s->duplicate ? 0 : build(l, s, now_ns);

	if (ret) {
		cli_fail("a message could not be made: %s", strerror(-ret));
		return ret;
	}
	ret = l->sink->ops->send(l->sink, l->frame, l->len, event, &stamp);
	if (ret)
		return ret;
	l->sums.sent++;
	l->sums.duplicates += s->duplicate;
	l->sums.overtaken += s->overtaken;
	/* The time of another clock is not replaced by the system's: what needs it is left out. */
	if (stamp.known)
		exchange_left(l->x, s, stamp.ns);
	else if (!event || !l->sink->own_clock)
		exchange_left(l->x, s, now_ns);
	if (l->sink->prints && !l->o->quiet)
		print_line(l, &stamp);
	return 0;
}

static int one_step(struct loop *l, const struct exchange_step *s)
{
	int64_t now_ns;
	int ret = l->sink->ops->wait(l->sink, s->due_ns, &now_ns);

	if (ret)
		return ret;
	if (s->lost) {
		l->sums.lost++;
		if (!l->sink->own_clock)
			exchange_left(l->x, s, now_ns);
		return 0;
	}
	if (l->sink->own_clock && !exchange_ready(l->x, s)) {
		l->sums.left_out++;
		return 0;
	}
	return send_step(l, s, now_ns);
}

static void say_sums(const struct sums *s)
{
	cli_say("%llu frame%s sent", (unsigned long long)s->sent, s->sent == 1 ? "" : "s");
	if (s->lost || s->duplicates || s->overtaken)
		cli_say("as asked for: %llu lost, %llu of the frames duplicates, %llu overtaken",
			(unsigned long long)s->lost, (unsigned long long)s->duplicates,
			(unsigned long long)s->overtaken);
	if (s->left_out)
		cli_say("%llu messages left out: the time stamp that they carry did not come",
			(unsigned long long)s->left_out);
}

int run(struct sink *sink, const struct options *o)
{
	struct loop l = {.sink = sink, .o = o};
	struct exchange_step step;
	int ret = exchange_new(&l.x, &o->plan);

	if (ret) {
		cli_fail("the exchange cannot be set up: %s", strerror(-ret));
	} else {
		while (!ret && !ferror(stdout) && exchange_next(l.x, &step))
			ret = one_step(&l, &step);
	}
	if (ret == -EINTR)
		ret = 0;
	if (!o->quiet)
		say_sums(&l.sums);
	if (sink->ops->close(sink, !o->quiet) && !ret)
		ret = -EIO;
	exchange_free(l.x);
	text_free(&l.line);
	return ret ? EXIT_NO : EXIT_YES;
}
