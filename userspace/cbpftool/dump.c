/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cbpftool.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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
			cli_say("note: instruction %u holds numbers that it does not use and a "
				"listing does not "
				"show; every other form does",
				n);
		fwrite(text, 1, len, stdout);
		free(text);
	}
	cbpf_free(&prog);
	return status;
}

int cmd_dump(int argc, char **argv)
{
	static const struct option options[] = {{"help", no_argument, NULL, 'h'}, {0}};
	enum cbpf_form form = CBPF_FORM_D;
	struct cbpf_error err;
	struct source src;
	int opt, status;

	source_init(&src);
	opterr = 0;
	while ((opt = getopt_long(argc, argv, SOURCE_OPTIONS "F:h", options, NULL)) != -1) {
		if (opt == 'h') {
			fputs(usage, stdout);
			return EXIT_YES;
		}
		if (opt == 'F') {
			if (cbpf_form(optarg, &form, &err))
				return cli_usage("%s", err.text);
			continue;
		}
		status = source_option(&src, opt, optarg);
		if (status)
			return status;
	}
	if (optind < argc)
		return cli_usage("'%s' is left over; an expression goes behind -e, in quotes",
				 argv[optind]);
	return print(&src, form);
}
