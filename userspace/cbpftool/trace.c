/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "trace.h"

#include "load.h"

#include <stdio.h>

static const char usage[] =
	"usage: cbpftool trace {-e EXPR | -n NAME | -f FILE} {-r FILE [-p N] | --packet HEX}\n"
	"Each instruction that runs on one packet, and why the packet is taken or "
	"not.\n" SOURCE_USAGE FEED_USAGE "  -p N         the packet's number, from 1 (1)\n";

struct trace {
	struct feed feed;
	uint64_t number;
};

static int take(int opt, const char *arg, void *ctx)
{
	struct trace *t = ctx;
	int status = feed_option(&t->feed, opt, arg);

	if (status >= 0)
		return status;
	if (cli_number(arg, 1, UINT64_MAX, &t->number))
		return cli_usage("-p: '%s' is no packet's number, from 1 on", arg);
	return EXIT_YES;
}

static void put_memory(const struct cbpf_state *st)
{
	for (unsigned int i = 0; i < BPF_MEMWORDS; i++)
		if (st->written & 1U << i)
			printf(" M[%u]=0x%x", i, st->m[i]);
}

static void tell(const struct cbpf_prog *prog, const struct cbpf_packet *pkt)
{
	char image[CBPF_IMAGE_SIZE], effect[160], verdict[CBPF_VERDICT_SIZE];
	struct cbpf_tracer t;

	cbpf_tracer_init(&t, prog, pkt);
	while (cbpf_tracer_step(&t)) {
		image_line(image, prog, t.event.insn);
		cbpf_tracer_effect(&t, effect);
		printf("%-52s A=0x%08x X=0x%08x", image, t.state.a, t.state.x);
		put_memory(&t.state);
		printf("%s%s\n", effect[0] ? "  " : "", effect);
	}
	cbpf_tracer_verdict(&t, verdict);
	printf("%s\n", verdict);
}

int cmd_trace(int argc, char **argv)
{
	static const struct option words[] = {FEED_WORDS, {0}};
	struct trace t = {.number = 1};
	const struct command_options opts = {.usage = usage,
					     .letters = FEED_LETTERS "p:",
					     .words = words,
					     .take = take,
					     .ctx = &t};
	struct cbpf_packet pkt;
	struct cbpf_prog prog;
	struct source src;
	bool done;
	int status = options_parse(argc, argv, &opts, &src, &done);

	if (status || done)
		return status;
	status = feed_open(&t.feed, &src);
	if (!status)
		status = load_packet(&t.feed, t.number);
	if (!status)
		status = load_checked(&src, &t.feed, &prog);
	if (!status) {
		feed_packet(&t.feed, &pkt);
		tell(&prog, &pkt);
		cbpf_free(&prog);
	}
	feed_close(&t.feed);
	return status;
}
