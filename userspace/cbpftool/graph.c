/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "check.h"
#include "cover.h"
#include "flow.h"

#include <stdio.h>
#include <stdlib.h>

static const char usage[] =
	"usage: cbpftool graph {-e EXPR | -n NAME | -f FILE} [-r FILE | --packet HEX]\n"
	"The control flow for Graphviz (`| dot -Tsvg`); with packets, how often each way was "
	"taken.\n" SOURCE_USAGE FEED_USAGE;

static int take(int opt, const char *arg, void *ctx)
{
	return feed_option(ctx, opt, arg);
}

/* Labels need no escaping but for what a listing never has: quotes and backslashes. */
static void put_block(const struct cbpf_prog *prog, const bool *leads, uint32_t from,
		      const struct cover *c)
{
	char image[CBPF_IMAGE_SIZE];
	uint32_t n = from;
	bool grey = c && !c->ran[from];

	printf("\tb%u [label=\"", from);
	do {
		image_line(image, prog, n);
		printf("%s\\l", image);
	} while (++n < prog->len && !leads[n]);
	printf("\"%s];\n", grey ? ", color=grey, fontcolor=grey" : "");
}

static void put_edges(const struct cbpf_prog *prog, const bool *leads, uint32_t from,
		      const struct cover *c)
{
	static const char *const sides[] = {"true", "false"};
	uint32_t last = from, next[2];
	unsigned int count;

	while (last + 1 < prog->len && !leads[last + 1])
		last++;
	count = cbpf_successors(prog, last, next);
	for (unsigned int s = 0; s < count; s++) {
		printf("\tb%u -> b%u [label=\"%s", from, next[s], count == 2 ? sides[s] : "");
		if (c)
			printf(" %llu", (unsigned long long)c->went[last][s]);
		printf("\"];\n");
	}
}

static void put_graph(const struct cbpf_prog *prog, const struct cover *c)
{
	bool leads[BPF_MAXINSNS];

	cbpf_leaders(prog, leads);
	printf("digraph filter {\n\tnode [shape=box, fontname=monospace];\n\tedge "
	       "[fontname=monospace];\n");
	for (uint32_t n = 0; n < prog->len; n++)
		if (leads[n])
			put_block(prog, leads, n, c);
	for (uint32_t n = 0; n < prog->len; n++)
		if (leads[n])
			put_edges(prog, leads, n, c);
	printf("}\n");
}

static int without_packets(const struct source *src)
{
	struct cbpf_finding f;
	struct cbpf_prog prog;
	int status = source_load(src, &prog);

	if (status)
		return status;
	if (cbpf_check(&prog, 0, &f))
		put_graph(&prog, NULL);
	else
		status = cli_fail("Linux refuses this program: %s", f.text);
	cbpf_free(&prog);
	return status;
}

static int with_packets(const struct source *src, struct feed *f)
{
	struct cbpf_prog prog = {0};
	struct cover c = {0};
	int more = 0, status = feed_open(f, src);

	if (!status)
		more = feed_next(f);
	if (more < 0)
		status = EXIT_NO;
	if (!status)
		status = load_checked(src, f, &prog);
	if (!status)
		status = cover_run(&c, &prog, f, more);
	if (!status)
		put_graph(&prog, &c);
	cover_free(&c);
	cbpf_free(&prog);
	feed_close(f);
	return status;
}

int cmd_graph(int argc, char **argv)
{
	static const struct option words[] = {FEED_WORDS, {0}};
	struct feed feed = {0};
	const struct command_options opts = {.usage = usage,
					     .letters = FEED_LETTERS,
					     .words = words,
					     .take = take,
					     .ctx = &feed};
	struct source src;
	bool done;
	int status = options_parse(argc, argv, &opts, &src, &done);

	if (status || done)
		return status;
	return feed.file || feed.hex ? with_packets(&src, &feed) : without_packets(&src);
}
