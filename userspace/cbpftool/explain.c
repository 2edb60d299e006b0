/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "explain.h"

#include "cbpftool.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { EXIT_UNDECIDED = 3 };

static const char usage[] =
	"usage: cbpftool explain {-e EXPR | -n NAME | -f FILE} [--reject] [--seconds N]\n"
	"Every way on which the program accepts a packet, as conditions on the fields of its link\n"
	"type; bytes without a name as bytes[OFFSET:SIZE]. Ways that no packet takes are left "
	"out.\n" SOURCE_USAGE "  --reject     the ways on which it rejects\n"
	"  --seconds N  how long to look (60); status 3 when ways may be missing\n";

struct request {
	struct source src;
	bool reject;
	uint64_t seconds;
	const struct cbpf_prog *prog;
	uint64_t ways;
};

static int take(int opt, const char *arg, void *ctx)
{
	struct request *r = ctx;

	if (opt == 'R') {
		r->reject = true;
		return EXIT_YES;
	}
	if (cli_number(arg, 1, 1000000, &r->seconds))
		return cli_usage("--seconds takes a number from 1 to 1000000, not '%s'", arg);
	return EXIT_YES;
}

/* Why the way ends there: how short a packet is, where that is a number. */
static void put_failure(const struct sock_filter *i, uint32_t n, bool any)
{
	uint64_t size = BPF_SIZE(i->code) == BPF_W ? 4 : BPF_SIZE(i->code) == BPF_H ? 2 : 1;

	if (BPF_CLASS(i->code) == BPF_ALU)
		printf("%s; then (%03u) divides by 0", any ? "any packet" : "", n);
	else if (i->k > INT32_MAX || (BPF_MODE(i->code) != BPF_ABS && BPF_MODE(i->code) != BPF_MSH))
		printf("%s; then (%03u) loads past the end", any ? "any packet" : "", n);
	else
		printf("%slen < %llu", any ? "" : ", ", (unsigned long long)(i->k + size));
}

static int visit(const struct cbpf_sym_path *path, void *arg)
{
	const struct cbpf_sym_step *end = &path->steps[path->count - 1];
	struct request *r = arg;
	char *text = cbpf_explain_path(r->prog, path);
	bool any;

	if (!text)
		return -ENOMEM;
	any = path->failed && !strcmp(text, "any packet");
	printf("%llu: %s", (unsigned long long)++r->ways, any ? "" : text);
	if (path->failed)
		put_failure(&r->prog->insns[end->insn], end->insn, any);
	putchar('\n');
	free(text);
	return 0;
}

static int explain(struct request *r, const struct cbpf_prog *prog)
{
	struct cbpf_error err;
	struct cbpf_sym *sym;
	int ret = cbpf_sym_new(&sym, &prog, 1, (unsigned int)r->seconds, &err);

	if (ret)
		return cli_fail("%s", err.text);
	r->prog = prog;
	ret = cbpf_sym_paths(sym, 0, !r->reject, visit, r);
	cbpf_sym_free(sym);
	if (ret && ret != -ETIME)
		return cli_fail("out of memory");
	printf("%llu way%s to %s%s\n", (unsigned long long)r->ways, r->ways == 1 ? "" : "s",
	       r->reject ? "reject" : "accept",
	       ret ? "; more were not looked for in the time given (--seconds)" : "");
	return ret ? EXIT_UNDECIDED : EXIT_YES;
}

int cmd_explain(int argc, char **argv)
{
	static const struct option words[] = {
		{"reject", no_argument, NULL, 'R'}, {"seconds", required_argument, NULL, 'T'}, {0}};
	struct request r = {.seconds = 60};
	const struct command_options options = {
		.usage = usage, .letters = "", .words = words, .take = take, .ctx = &r};
	struct cbpf_prog prog;
	bool done = false;
	int status = options_parse(argc, argv, &options, &r.src, &done);

	if (status || done)
		return status;
	status = source_load(&r.src, &prog);
	if (status)
		return status;
	status = explain(&r, &prog);
	cbpf_free(&prog);
	return status;
}
