/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cbpftool.h"

#include <stdio.h>
#include <string.h>

#define MAX_WORDS 16

static int set_once(struct source *src, const char **field, const char *arg)
{
	if (src->expression || src->name || src->file)
		return cli_usage("a program has one source: give one of -e, -n and -f, once");
	*field = arg;
	return EXIT_YES;
}

static int set_snaplen(struct source *src, const char *arg)
{
	uint64_t v;

	if (cli_number(arg, 1, CBPF_SNAPLEN_DEFAULT, &v))
		return cli_usage("the snap length '%s' is no number from 1 to %u", arg,
				 CBPF_SNAPLEN_DEFAULT);
	src->snaplen = (uint32_t)v;
	src->snaplen_said = true;
	return EXIT_YES;
}

static int set_linktype(struct source *src, const char *arg)
{
	struct cbpf_error err;
	int linktype = cbpf_linktype(arg, &err);

	if (linktype < 0)
		return cli_fail("%s", err.text);
	src->linktype = linktype;
	return EXIT_YES;
}

/* -1: not one of the source's. */
static int take_source(struct source *src, int opt, const char *arg)
{
	switch (opt) {
	case 'e':
		return set_once(src, &src->expression, arg);
	case 'n':
		return set_once(src, &src->name, arg);
	case 'f':
		return set_once(src, &src->file, arg);
	case 'y':
		return set_linktype(src, arg);
	case 's':
		return set_snaplen(src, arg);
	case 'O':
		src->unoptimized = true;
		return EXIT_YES;
	default:
		return -1;
	}
}

void source_init(struct source *src)
{
	*src = (struct source){.linktype = -1, .snaplen = CBPF_SNAPLEN_DEFAULT};
}

int source_option(struct source *src, int opt, const char *arg)
{
	int status = take_source(src, opt, arg);

	return status < 0 ? cli_usage("the command line is wrong") : status;
}

static size_t all_words(struct option words[MAX_WORDS], const struct option *more)
{
	size_t n = 0;

	words[n++] = (struct option){"help", no_argument, NULL, 'h'};
	for (; more && more->name && n < MAX_WORDS - 1; more++)
		words[n++] = *more;
	words[n] = (struct option){0};
	return n;
}

int options_parse(int argc, char **argv, const struct command_options *opts, struct source *src,
		  bool *done)
{
	struct option words[MAX_WORDS];
	char letters[64];
	int opt, status;

	source_init(src);
	*done = false;
	all_words(words, opts->words);
	snprintf(letters, sizeof(letters), ":h" SOURCE_OPTIONS "%s", opts->letters);
	opterr = 0;
	while ((opt = getopt_long(argc, argv, letters, words, NULL)) != -1) {
		if (opt == 'h') {
			fputs(opts->usage, stdout);
			*done = true;
			return EXIT_YES;
		}
		if (opt == '?' || opt == ':')
			return cli_bad_option(argv, opt);
		status = take_source(src, opt, optarg);
		if (status < 0)
			status = opts->take(opt, optarg, opts->ctx);
		if (status)
			return status;
	}
	if (optind < argc && !opts->operands)
		return cli_usage("'%s' is left over; an expression goes behind -e, in quotes",
				 argv[optind]);
	return EXIT_YES;
}
