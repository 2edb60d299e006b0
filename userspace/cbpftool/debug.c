/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "load.h"
#include "trace.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char usage[] =
	"usage: cbpftool debug {-e EXPR | -n NAME | -f FILE} {-r FILE | --packet HEX}\n"
	"Runs the program by hand, commands from standard input; `help` lists them.\n" SOURCE_USAGE
		FEED_USAGE;

static const char help[] =
	"step [N]    the next instruction, or N of them (an empty line: the last command again)\n"
	"back [N]    undo the last instruction, or N\n"
	"continue    to the next breakpoint or the end\n"
	"break N     stop before instruction N; again to take it away\n"
	"list        the program; > is next, * a breakpoint\n"
	"regs        A, X, M[] and what they hold\n"
	"bytes       the packet\n"
	"next        the next packet, from the first instruction\n"
	"quit\n";

struct debugger {
	struct feed feed;
	struct source src;
	struct cbpf_prog prog;
	struct cbpf_packet pkt;
	struct cbpf_tracer t;
	bool breaks[BPF_MAXINSNS];
	bool over;   /* quit, or no more packets */
	bool failed; /* a sentence has been said */
};

static int take(int opt, const char *arg, void *ctx)
{
	return feed_option(&((struct debugger *)ctx)->feed, opt, arg);
}

static void show_place(const struct debugger *d)
{
	char image[CBPF_IMAGE_SIZE], verdict[CBPF_VERDICT_SIZE];

	if (d->t.state.done) {
		cbpf_tracer_verdict(&d->t, verdict);
		printf("%s\n", verdict);
		return;
	}
	image_line(image, &d->prog, d->t.state.pc);
	printf("> %s\n", image);
}

static void begin(struct debugger *d)
{
	feed_packet(&d->feed, &d->pkt);
	cbpf_tracer_init(&d->t, &d->prog, &d->pkt);
	printf("packet %llu, %u bytes\n", (unsigned long long)d->feed.record.number, d->pkt.caplen);
	show_place(d);
}

static void step(struct debugger *d, uint32_t count)
{
	char image[CBPF_IMAGE_SIZE], effect[160];

	while (count-- && cbpf_tracer_step(&d->t)) {
		image_line(image, &d->prog, d->t.event.insn);
		cbpf_tracer_effect(&d->t, effect);
		printf("  %-52s A=0x%08x X=0x%08x  %s\n", image, d->t.state.a, d->t.state.x,
		       effect);
	}
	show_place(d);
}

/* A program has no input but the packet: the way back is the way again, one shorter. */
static void back(struct debugger *d, uint32_t count)
{
	uint32_t steps = d->t.steps > count ? d->t.steps - count : 0;

	cbpf_tracer_init(&d->t, &d->prog, &d->pkt);
	while (d->t.steps < steps)
		cbpf_tracer_step(&d->t);
	show_place(d);
}

static void proceed(struct debugger *d)
{
	while (cbpf_tracer_step(&d->t))
		if (!d->t.state.done && d->breaks[d->t.state.pc])
			break;
	show_place(d);
}

static void set_break(struct debugger *d, const char *arg)
{
	uint64_t n;

	if (cli_number(arg, 0, d->prog.len - 1, &n)) {
		printf("there is no instruction '%s': they are 0 to %u\n", arg, d->prog.len - 1);
		return;
	}
	d->breaks[n] = !d->breaks[n];
	printf("%s at (%03u)\n", d->breaks[n] ? "breakpoint" : "no breakpoint", (unsigned int)n);
}

static void list(const struct debugger *d)
{
	char image[CBPF_IMAGE_SIZE];

	for (uint32_t n = 0; n < d->prog.len; n++) {
		image_line(image, &d->prog, n);
		printf("%c%c%s\n", !d->t.state.done && n == d->t.state.pc ? '>' : ' ',
		       d->breaks[n] ? '*' : ' ', image);
	}
}

static void regs(const struct debugger *d)
{
	const struct cbpf_state *st = &d->t.state;

	printf("A=0x%08x %s\nX=0x%08x %s\n", st->a, d->t.a, st->x, d->t.x);
	for (unsigned int i = 0; i < BPF_MEMWORDS; i++)
		if (st->written & 1U << i)
			printf("M[%u]=0x%08x %s\n", i, st->m[i], d->t.m[i]);
}

static void bytes(const struct debugger *d)
{
	for (uint32_t i = 0; i < d->pkt.caplen; i++)
		printf("%s%02x%s", i % 16 ? "" : "  ", d->pkt.data[i],
		       i % 16 == 15 || i + 1 == d->pkt.caplen ? "\n" : " ");
}

static void next_packet(struct debugger *d)
{
	uint16_t linktype = d->feed.record.linktype;
	int more = feed_next(&d->feed);

	d->over = more <= 0;
	d->failed = more < 0;
	if (!more)
		printf("there are no more packets\n");
	if (more <= 0)
		return;
	if (d->feed.record.linktype != linktype) {
		cli_fail("packet %llu has another link type than the first, and the program is for "
			 "that",
			 (unsigned long long)d->feed.record.number);
		d->over = d->failed = true;
		return;
	}
	begin(d);
}

enum command { STEP, BACK, CONTINUE, BREAK, LIST, REGS, BYTES, NEXT, QUIT, HELP, COMMANDS };

/* Its first letters are enough; of several the first. */
static enum command command_of(const char *word)
{
	static const char *const names[COMMANDS] = {"step", "back",  "continue", "break", "list",
						    "regs", "bytes", "next",     "quit",  "help"};
	unsigned int c = STEP;

	while (c < COMMANDS && strncmp(word, names[c], strlen(word)))
		c++;
	return (enum command)c;
}

static void obey(struct debugger *d, const char *word, const char *arg)
{
	enum command c = command_of(word);
	uint64_t n = 1;

	if (*arg && c != BREAK && c != COMMANDS &&
	    (c > BACK || cli_number(arg, 1, UINT32_MAX, &n))) {
		printf(c > BACK ? "'%s' is left over; help lists the commands\n"
				: "'%s' is no number from 1 on\n",
		       arg);
		return;
	}
	switch (c) {
	case STEP:
		step(d, (uint32_t)n);
		break;
	case BACK:
		back(d, (uint32_t)n);
		break;
	case CONTINUE:
		proceed(d);
		break;
	case BREAK:
		set_break(d, arg);
		break;
	case LIST:
		list(d);
		break;
	case REGS:
		regs(d);
		break;
	case BYTES:
		bytes(d);
		break;
	case NEXT:
		next_packet(d);
		break;
	case QUIT:
		d->over = true;
		break;
	case HELP:
		fputs(help, stdout);
		break;
	default:
		printf("there is no command '%s'; help lists them\n", word);
	}
}

static void converse(struct debugger *d)
{
	char last[128] = "step", word[32], arg[32], rest[32], *line = NULL, *text;
	size_t size = 0;

	while (!d->over) {
		if (isatty(STDIN_FILENO))
			printf("(cbpf) ");
		fflush(stdout);
		if (getline(&line, &size, stdin) < 0) {
			d->failed = ferror(stdin) != 0;
			if (d->failed)
				cli_fail("standard input cannot be read: %s", strerror(errno));
			break;
		}
		text = line + strspn(line, " \t\n");
		if (*text)
			snprintf(last, sizeof(last), "%.127s", text);
		word[0] = arg[0] = 0;
		if (sscanf(last, "%31s %31s %31s", word, arg, rest) == 3)
			printf("'%s' is left over; help lists the commands\n", rest);
		else if (word[0])
			obey(d, word, arg);
	}
	free(line);
}

int cmd_debug(int argc, char **argv)
{
	static const struct option words[] = {FEED_WORDS, {0}};
	static struct debugger d;
	const struct command_options opts = {
		.usage = usage, .letters = FEED_LETTERS, .words = words, .take = take, .ctx = &d};
	bool done;
	int more = 0, status = options_parse(argc, argv, &opts, &d.src, &done);

	if (status || done)
		return status;
	if ((d.src.file && !strcmp(d.src.file, "-")) || (d.feed.file && !strcmp(d.feed.file, "-")))
		return cli_usage(
			"the commands come from standard input: give program and packets by name");
	status = feed_open(&d.feed, &d.src);
	if (!status)
		more = feed_next(&d.feed);
	if (!status && !more)
		status = cli_fail("the capture has no packet to run");
	if (more < 0)
		status = EXIT_NO;
	if (!status)
		status = load_checked(&d.src, &d.feed, &d.prog);
	if (!status) {
		begin(&d);
		converse(&d);
		cbpf_free(&d.prog);
		status = d.failed ? EXIT_NO : EXIT_YES;
	}
	feed_close(&d.feed);
	return status;
}
