/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cover.h"

#include "flow.h"

#include <stdio.h>
#include <stdlib.h>

static const char usage[] =
	"usage: cbpftool cover {-e EXPR | -n NAME | -f FILE} {-r FILE | --packet HEX}\n"
	"How often each instruction ran and each comparison held; what never did.\n" SOURCE_USAGE
		FEED_USAGE;

static void run_packet(struct cover *c, const struct cbpf_prog *prog, struct feed *f)
{
	struct cbpf_packet pkt;
	struct cbpf_state st;
	struct cbpf_event ev;

	feed_packet(f, &pkt);
	cbpf_state_init(&st);
	while (!st.done) {
		cbpf_step(&st, prog, &pkt, &ev);
		c->ran[ev.insn]++;
		if (ev.branch)
			c->went[ev.insn][!ev.taken]++;
		else
			c->went[ev.insn][0] += ev.end == CBPF_END_NONE;
	}
	c->packets++;
	c->accepted += !!st.ret;
}

int cover_run(struct cover *c, const struct cbpf_prog *prog, struct feed *f, int more)
{
	int dlt = f->record.linktype;

	c->ran = calloc(prog->len, sizeof(*c->ran));
	c->went = calloc(prog->len, sizeof(*c->went));
	if (!c->ran || !c->went)
		return cli_fail("out of memory");
	for (; more > 0; more = feed_next(f)) {
		if (f->record.linktype != dlt)
			return cli_fail("packet %llu has another link type than those before",
					(unsigned long long)f->record.number);
		run_packet(c, prog, f);
	}
	return more < 0 ? EXIT_NO : EXIT_YES;
}

void cover_free(struct cover *c)
{
	free(c->ran);
	free(c->went);
}

static void put_counts(const struct cover *c, const struct cbpf_prog *prog)
{
	char image[CBPF_IMAGE_SIZE];

	for (uint32_t n = 0; n < prog->len; n++) {
		uint32_t next[2];

		image_line(image, prog, n);
		printf("%10llu  %-46s", (unsigned long long)c->ran[n], image);
		if (cbpf_successors(prog, n, next) == 2)
			printf("  held %llu, did not %llu", (unsigned long long)c->went[n][0],
			       (unsigned long long)c->went[n][1]);
		putchar('\n');
	}
}

static void put_gaps(const struct cover *c, const struct cbpf_prog *prog)
{
	uint32_t next[2], ran = 0, sides = 0, went = 0;

	for (uint32_t n = 0; n < prog->len; n++) {
		ran += !!c->ran[n];
		if (cbpf_successors(prog, n, next) != 2)
			continue;
		sides += 2;
		went += !!c->went[n][0] + !!c->went[n][1];
		for (int s = 0; s < 2; s++)
			if (!c->went[n][s])
				printf("never: (%03u) to %u, the side where it %s\n", n, next[s],
				       s ? "does not hold" : "holds");
	}
	printf("%u of %u instructions, %u of %u sides of comparisons; %llu of %llu packets "
	       "accepted\n",
	       ran, prog->len, went, sides, (unsigned long long)c->accepted,
	       (unsigned long long)c->packets);
}

static int take(int opt, const char *arg, void *ctx)
{
	return feed_option(ctx, opt, arg);
}

int cmd_cover(int argc, char **argv)
{
	static const struct option words[] = {FEED_WORDS, {0}};
	struct feed feed = {0};
	const struct command_options opts = {.usage = usage,
					     .letters = FEED_LETTERS,
					     .words = words,
					     .take = take,
					     .ctx = &feed};
	struct cbpf_prog prog = {0};
	struct cover c = {0};
	struct source src;
	bool done;
	int more = 0, status = options_parse(argc, argv, &opts, &src, &done);

	if (status || done)
		return status;
	status = feed_open(&feed, &src);
	if (!status)
		more = feed_next(&feed);
	if (more < 0)
		status = EXIT_NO;
	if (!status)
		status = load_checked(&src, &feed, &prog);
	if (!status)
		status = cover_run(&c, &prog, &feed, more);
	if (c.ran && c.went && prog.len) {
		put_counts(&c, &prog);
		put_gaps(&c, &prog);
	}
	cover_free(&c);
	cbpf_free(&prog);
	feed_close(&feed);
	return status;
}
