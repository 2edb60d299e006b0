/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "engine.h"
#include "feed.h"
#include "probe.h"
#include "stop.h"
#include "text.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_ENGINES 8
#define PRINTED_DISAGREEMENTS 10

static const char usage[] =
	"usage: cbpftool run {-e EXPR | -n NAME | -f FILE} {-r FILE | --packet HEX} [--engine "
	"NAME]\n"
	"                    [--verdicts] [-w FILE] [--skb KEY=VALUE,...]\n"
	"Runs the program on each packet and counts those that it accepts.\n" SOURCE_USAGE
		FEED_USAGE
	"  --engine NAME  where to run: vm (the default), libpcap, kernel, tc, xdp, jit; or all,\n"
	"               where a disagreement is printed and makes the status 1\n"
	"  --verdicts   a line a packet: its number and what the program returned\n"
	"  -w FILE      write the accepted packets, pcap in the input's precision; - is standard "
	"output\n";

#define MAX_REASONS 8

/* An engine made ready for one program; left out, as a whole or packet by packet, it says why. */
struct slot {
	const struct cbpf_engine *engine;
	void *state; /* NULL: cannot take the program at all, why is in `refused` */
	char refused[256];
	uint64_t ran;
	struct {
		const char *why;
		uint64_t packets;
	} left_out[MAX_REASONS];
};

/* The program for one link type, in every engine asked for. */
struct lane {
	int dlt;
	struct cbpf_prog prog;
	struct slot slots[MAX_ENGINES];
	unsigned int count;
	bool plain; /* bytes alone: no metadata to be made up */
	struct lane *next;
};

struct run {
	struct feed feed;
	struct source src;
	const char *engine, *write;
	bool verdicts;
	struct lane *lanes;
	struct capfile_writer *out;
	struct text text;
	uint64_t total, matched, disagreements;
};

static int take(int opt, const char *arg, void *ctx)
{
	struct run *r = ctx;
	int status = feed_option(&r->feed, opt, arg);

	if (status >= 0)
		return status;
	if (opt == 'g')
		r->engine = arg;
	else if (opt == 'w')
		r->write = arg;
	else
		r->verdicts = true;
	return EXIT_YES;
}

/* ---- lanes ---- */
static bool asked_for(const struct run *r, const struct cbpf_engine *e)
{
	return !strcmp(r->engine, "all") || !strcmp(r->engine, e->name);
}

static int open_slot(struct run *r, struct lane *lane, const struct cbpf_engine *e)
{
	struct slot *s = &lane->slots[lane->count];
	struct cbpf_error err;
	int ret = e->open(&s->state, &lane->prog, &err);

	s->engine = e;
	if (ret) {
		s->state = NULL;
		if (strcmp(r->engine, "all"))
			return cli_fail("the engine %s cannot run this program: %s", e->name,
					err.text);
		/* What Linux refuses must be refused, not left out everywhere. */
		if (e == &cbpf_engine_vm)
			return cli_fail("Linux refuses this program: %s", err.text);
		snprintf(s->refused, sizeof(s->refused), "%s", err.text);
	}
	lane->count++;
	return EXIT_YES;
}

static void close_lanes(struct lane *lane)
{
	while (lane) {
		struct lane *next = lane->next;

		for (unsigned int i = 0; i < lane->count; i++)
			if (lane->slots[i].state)
				lane->slots[i].engine->close(lane->slots[i].state);
		cbpf_free(&lane->prog);
		free(lane);
		lane = next;
	}
}

/* The lane for the link type of the packet at hand, made when it is the first of its kind. */
static int find_lane(struct run *r, struct lane **out)
{
	int dlt = feed_dlt(&r->feed), status;
	struct cbpf_error err;
	struct lane *lane;

	for (lane = r->lanes; lane; lane = lane->next)
		if (lane->dlt == dlt) {
			*out = lane;
			return EXIT_YES;
		}
	lane = calloc(1, sizeof(*lane));
	if (!lane)
		return cli_fail("out of memory");
	status = source_load_for(&r->src, dlt, r->feed.record.number, &lane->prog);
	if (status) {
		free(lane);
		return status;
	}
	lane->dlt = dlt;
	lane->plain = cbpf_bytes_alone(&lane->prog, &err) && !cbpf_may_reach_headers(&lane->prog);
	lane->next = r->lanes;
	r->lanes = *out = lane;
	for (const struct cbpf_engine *const *e = cbpf_engines; !status && *e; e++)
		if (asked_for(r, *e))
			status = open_slot(r, lane, *e);
	return status;
}

/* ---- one packet ---- */
/* Where, when no rule says why: "they part at (004) and #0x8: A is 8 in the vm; ". */
static void say_parting(const struct cbpf_prog *prog, const struct cbpf_packet *pkt,
			const struct cbpf_engine *engine)
{
	char image[CBPF_IMAGE_SIZE];
	struct cbpf_parting at;

	if (cbpf_probe(prog, pkt, engine, &at))
		return;
	cbpf_image(image, &prog->insns[at.insn], at.insn);
	printf("they part at %s: ", image);
	switch (at.part) {
	case CBPF_PART_A:
	case CBPF_PART_X:
		printf("%c is %u in the vm; ", at.part == CBPF_PART_A ? 'A' : 'X', at.value);
		break;
	case CBPF_PART_M:
		printf("M[%u] is %u in the vm; ", at.m, at.value);
		break;
	case CBPF_PART_JUMP:
		printf("%s goes the other way; ", engine->name);
		break;
	case CBPF_PART_LOAD:
		printf("the vm ends there, and %s goes on; ", engine->name);
		break;
	default:
		printf("all before it is as in the vm; ");
	}
}

static void say_disagreement(struct run *r, const struct lane *lane, const struct cbpf_packet *pkt,
			     const struct slot *a, uint32_t ret_a, const struct slot *b,
			     uint32_t ret_b)
{
	char image[CBPF_IMAGE_SIZE];
	uint32_t insn = 0;
	const char *rule = cbpf_known_difference(&lane->prog, pkt, b->engine, &insn);

	if (++r->disagreements > PRINTED_DISAGREEMENTS)
		return;
	printf("packet %llu: %s returns %u, %s %s %u; ", (unsigned long long)r->feed.record.number,
	       a->engine->name, ret_a, b->engine->name, b->engine->clamped ? "delivers" : "returns",
	       ret_b);
	if (rule) {
		cbpf_image(image, &lane->prog.insns[insn], insn);
		printf("they part at %s: %s\n", image, rule);
	} else {
		say_parting(&lane->prog, pkt, b->engine);
		printf("no rule explains it; `cbpftool trace -p %llu` shows the vm's way\n",
		       (unsigned long long)r->feed.record.number);
	}
}

static bool same(const struct slot *a, uint32_t ret_a, const struct slot *b, uint32_t ret_b,
		 uint32_t len)
{
	if (a->engine->clamped || b->engine->clamped)
		return cbpf_clamp(ret_a, len) == cbpf_clamp(ret_b, len);
	return ret_a == ret_b;
}

static bool left_out(struct slot *s, const struct cbpf_packet *pkt)
{
	const char *why = s->state ? s->engine->cannot(s->state, pkt) : s->refused;
	size_t i = 0;

	if (!why)
		return false;
	while (i < MAX_REASONS - 1 && s->left_out[i].why && s->left_out[i].why != why)
		i++;
	s->left_out[i].why = why;
	s->left_out[i].packets++;
	return true;
}

/* Runs the packet everywhere; *ret is the first engine's, 0 and not *ran where all left it out.
 * EXIT_YES, or a status after its sentence. */
static int run_everywhere(struct run *r, struct lane *lane, const struct cbpf_packet *pkt,
			  uint32_t *ret, bool *ran)
{
	struct slot *first = NULL;

	*ret = 0;
	*ran = false;
	for (unsigned int i = 0; i < lane->count; i++) {
		struct slot *s = &lane->slots[i];
		uint32_t got;
		int error;

		if (left_out(s, pkt))
			continue;
		error = s->engine->run(s->state, pkt, &got);
		if (error)
			return cli_fail("packet %llu: the engine %s failed: %s",
					(unsigned long long)r->feed.record.number, s->engine->name,
					strerror(-error));
		s->ran++;
		if (!first) {
			first = s;
			*ret = got;
			*ran = true;
		} else if (!same(first, *ret, s, got, pkt->len)) {
			say_disagreement(r, lane, pkt, first, *ret, s, got);
		}
	}
	return EXIT_YES;
}

/* ---- output ---- */
static void print_verdicts(struct run *r)
{
	if (r->text.len)
		fwrite(r->text.buf, 1, r->text.len, stdout);
	text_clear(&r->text);
}

static void put_verdict(struct run *r, bool ran, uint32_t ret)
{
	text_u64(&r->text, r->feed.record.number);
	text_char(&r->text, ' ');
	if (ran)
		text_u64(&r->text, ret);
	else
		text_char(&r->text, '-');
	text_char(&r->text, '\n');
	if (r->text.len > 1 << 16)
		print_verdicts(r);
}

static int open_output(struct run *r)
{
	enum capfile_format format = feed_nanoseconds(&r->feed) ? CAPFILE_PCAP_NS : CAPFILE_PCAP_US;
	uint16_t linktype = r->feed.record.linktype;
	struct capfile_error err;

	if (capfile_same(r->write, r->feed.file))
		return cli_fail("'%s' is the capture that is read: -w needs another file",
				r->write);
	if (source_spared(&r->src, r->write))
		return EXIT_NO;
	if (capfile_create(&r->out, r->write, format, &err) ||
	    capfile_add_interface(r->out, NULL, linktype, feed_snaplen(&r->feed), &err) < 0)
		return cli_fail("%s", err.text);
	return EXIT_YES;
}

static int put_packet(struct run *r, const struct lane *lane)
{
	struct capfile_packet copy = r->feed.record;
	struct capfile_error err;

	/* the first lane made is the last of the list: pcap holds one link type */
	if (lane->next)
		return cli_fail("packet %llu has another link type than those before, and pcap "
				"holds one: leave -w out",
				(unsigned long long)copy.number);
	copy.iface = 0;
	return capfile_write(r->out, &copy, &err) ? cli_fail("%s", err.text) : EXIT_YES;
}

/* ---- all packets ---- */
static int one_packet(struct run *r, struct lane **lane)
{
	struct cbpf_packet pkt = {.data = r->feed.record.data,
				  .caplen = r->feed.record.caplen,
				  .len = r->feed.record.len};
	struct lane *l = *lane;
	bool ran = true;
	uint32_t ret;
	int status;

	if (!l || l->dlt != feed_dlt(&r->feed)) {
		status = find_lane(r, lane);
		if (status)
			return status;
		l = *lane;
	}
	if (!l->plain)
		feed_packet(&r->feed, &pkt);
	if (l->count == 1 && l->slots[0].engine == &cbpf_engine_vm) {
		ret = cbpf_vm_run(l->slots[0].state, &pkt);
	} else {
		status = run_everywhere(r, l, &pkt, &ret, &ran);
		if (status)
			return status;
	}
	r->total++;
	r->matched += !!ret;
	if (r->verdicts)
		put_verdict(r, ran, ret);
	return ret && r->write ? put_packet(r, l) : EXIT_YES;
}

/* Where it ran, and what was left out: of an engine that is missing the answer says so. */
static void say_engines(FILE *to, const struct lane *lane, bool all)
{
	for (; lane; lane = lane->next)
		for (unsigned int i = 0; i < lane->count; i++) {
			const struct slot *s = &lane->slots[i];

			if (all && s->ran)
				fprintf(to, "%s: ran %llu packets\n", s->engine->name,
					(unsigned long long)s->ran);
			for (size_t k = 0; k < MAX_REASONS && s->left_out[k].why; k++)
				fprintf(to, "%s: left out of %llu packets: %s\n", s->engine->name,
					(unsigned long long)s->left_out[k].packets,
					s->left_out[k].why);
		}
}

static int finish(struct run *r)
{
	FILE *to = r->write && !strcmp(r->write, "-") ? stderr : stdout;
	struct capfile_error err;

	print_verdicts(r);
	say_engines(to, r->lanes, !strcmp(r->engine, "all"));
	if (r->disagreements)
		fprintf(to, "disagreements: %llu%s\n", (unsigned long long)r->disagreements,
			r->disagreements > PRINTED_DISAGREEMENTS ? ", the first of them above"
								 : "");
	fprintf(to, "matched %llu of %llu packets\n", (unsigned long long)r->matched,
		(unsigned long long)r->total);
	if (r->out) {
		int ret = capfile_finish(r->out, &err);

		r->out = NULL;
		if (ret)
			return cli_fail("%s", err.text);
	}
	return r->disagreements ? EXIT_NO : EXIT_YES;
}

static uint64_t take_batch(void *ctx, const struct cbpf_packet *packets, uint32_t count)
{
	const struct slot *slot = ctx;
	uint64_t matched = 0;
	uint32_t rets[512], n, i;

	for (; count; count -= n, packets += n) {
		n = count < 512 ? count : 512;
		slot->engine->run_many(slot->state, packets, n, rets);
		for (i = 0; i < n; i++)
			matched += !!rets[i];
	}
	return matched;
}

/* Where only the count is wanted, of a program that reads bytes alone, all processors count. */
static int run_together(struct run *r, struct lane **lane)
{
	struct capfile_scanned sum;
	int status;

	if (r->verdicts || r->write || !capfile_can_scan(r->feed.cf))
		return EXIT_YES;
	status = find_lane(r, lane);
	if (status || (*lane)->count != 1 || !(*lane)->plain || !(*lane)->slots[0].engine->run_many)
		return status;
	capfile_scan(r->feed.cf, take_batch, &(*lane)->slots[0], &sum);
	r->total = sum.packets;
	r->matched = sum.matched;
	return EXIT_YES;
}

/* What cannot be written the next packet's writing says. */
static void write_before_wait(void *ctx)
{
	struct run *r = ctx;
	struct capfile_error err;

	print_verdicts(r);
	fflush(stdout);
	if (r->out)
		capfile_flush(r->out, &err);
}

/* A pipe, perhaps from a live capture: what is known is written before more is waited for, ^C ends
 * the packets, and what was seen is said. A reader of ours that has gone still ends us at once. */
static void follow_pipe(struct run *r)
{
	uint64_t done, total;

	capfile_progress(r->feed.cf, &done, &total);
	if (total)
		return;
	capfile_before_wait(r->feed.cf, write_before_wait, r);
	stop_install();
	signal(SIGPIPE, SIG_DFL);
}

static int run_all(struct run *r)
{
	struct lane *lane = NULL;
	int more, status = feed_open(&r->feed, &r->src);

	if (!status && r->feed.cf)
		status = run_together(r, &lane);
	if (status)
		return status;
	if (r->feed.cf)
		capfile_read_ahead(r->feed.cf);
	if (r->feed.cf)
		follow_pipe(r);
	more = feed_next(&r->feed);
	/* Before the file to write is emptied; and also of an empty capture, whose link type stands
	 * in its header: a bad program is one there, too. */
	if (more >= 0)
		status = find_lane(r, &lane);
	if (more >= 0 && !status && r->write)
		status = open_output(r);
	for (; more > 0 && !status && !stop_asked(); more = status ? 0 : feed_next(&r->feed))
		status = one_packet(r, &lane);
	if (status)
		return status;
	status = finish(r);
	return more < 0 ? EXIT_NO : status;
}

static int no_engine(const char *name)
{
	char known[128] = "";
	size_t n = 0;

	for (const struct cbpf_engine *const *e = cbpf_engines; *e && n < sizeof(known); e++)
		n += (size_t)snprintf(known + n, sizeof(known) - n, "%s, ", (*e)->name);
	return cli_usage("there is no engine '%s'; there are %sand all", name, known);
}

int cmd_run(int argc, char **argv)
{
	static const struct option words[] = {FEED_WORDS,
					      {"engine", required_argument, NULL, 'g'},
					      {"verdicts", no_argument, NULL, 'v'},
					      {0}};
	struct run r = {.engine = "vm"};
	const struct command_options opts = {.usage = usage,
					     .letters = FEED_LETTERS "w:",
					     .words = words,
					     .take = take,
					     .ctx = &r};
	struct capfile_error err;
	bool done;
	int status = options_parse(argc, argv, &opts, &r.src, &done);

	if (status || done)
		return status;
	if (strcmp(r.engine, "all") && !cbpf_engine_find(r.engine))
		return no_engine(r.engine);
	if (r.verdicts && r.write && !strcmp(r.write, "-"))
		return cli_usage("--verdicts and -w - would both be standard output");
	status = run_all(&r);
	print_verdicts(&r);
	if (r.out)
		capfile_finish(r.out, &err);
	close_lanes(r.lanes);
	feed_close(&r.feed);
	text_free(&r.text);
	return status;
}
