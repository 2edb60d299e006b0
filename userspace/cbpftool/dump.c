/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cbpftool.h"

#include <stdio.h>
#include <stdlib.h>

static const char usage[] =
	"usage: cbpftool dump {-e EXPR | -n NAME | -f FILE} [-F FORM] [-y LINKTYPE] "
	"[-s SNAPLEN] [-O]\n" SOURCE_USAGE "  -F FORM      d      tcpdump -d, a listing (the "
	"default); d1.11 as libpcap 1.11 spells it\n"
	"               dd     tcpdump -dd, C initializers; c with the array around them\n"
	"               ddd    tcpdump -ddd, the count and a line of numbers each\n"
	"               comma  the same on one line: iptables xt_bpf, tc, bpf_dbg\n"
	"               asm    the assembler of bpf_asm, with labels\n"
	"               ss     as ss -0 -b shows a socket's filter\n"
	"               raw-le, raw-be  eight bytes each\n";

static int print(const struct source *src, enum cbpf_form form)
{
	struct cbpf_prog prog;
	uint32_t n;
	size_t len;
	char *text;
	int status = source_load(src, &prog);

	if (status)
		return status;
	if (cbpf_write(&text, &len, &prog, form)) {
		status = cli_fail("out of memory");
	} else {
		if (form <= CBPF_FORM_D_1_11 && !cbpf_listing_shows_all(&prog, &n))
			cli_say("note: instruction %u holds a number that it does not use and no "
				"listing shows; every other form does",
				n);
		fwrite(text, 1, len, stdout);
		free(text);
	}
	cbpf_free(&prog);
	return status;
}

static int take(int opt, const char *arg, void *ctx)
{
	struct cbpf_error err;

	(void)opt;
	if (cbpf_form(arg, ctx, &err))
		return cli_usage("%s", err.text);
	return EXIT_YES;
}

int cmd_dump(int argc, char **argv)
{
	enum cbpf_form form = CBPF_FORM_D;
	const struct command_options opts = {
		.usage = usage, .letters = "F:", .take = take, .ctx = &form};
	struct source src;
	bool done;
	int status = options_parse(argc, argv, &opts, &src, &done);

	return status || done ? status : print(&src, form);
}
