/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char *program = "";

/* A file opened while a standard descriptor is closed would take its number, and get what is
 * printed: each is open, the wrong way round, so that using it fails as if it were closed. */
static void keep_standard_descriptors(void)
{
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
		if (fcntl(fd, F_GETFD) < 0)
			open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY);
}

void cli_init(const char *name)
{
	keep_standard_descriptors();
	/* A file at its limit (ulimit -f) is EFBIG to who writes it, and a sentence. */
	signal(SIGXFSZ, SIG_IGN);
	program = name;
}

static void sentence(const char *fmt, va_list ap, const char *tail)
{
	fflush(stdout);
	fprintf(stderr, "%s: ", program);
	vfprintf(stderr, fmt, ap);
	fprintf(stderr, "%s\n", tail);
}

int cli_fail(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	sentence(fmt, ap, "");
	va_end(ap);
	return EXIT_NO;
}

int cli_usage(const char *fmt, ...)
{
	va_list ap;
	char tail[96];

	snprintf(tail, sizeof(tail), " (`%s --help` shows the usage)", program);
	va_start(ap, fmt);
	sentence(fmt, ap, tail);
	va_end(ap);
	return EXIT_USAGE;
}

int cli_bad_option(char **argv, int opt)
{
	const char *word = argv[optind - 1];

	if (opt == ':')
		return cli_usage("%s: '%s' wants a value", argv[0], word);
	if (!strncmp(word, "--", 2))
		return cli_usage("%s has no option '%s'", argv[0], word);
	return cli_usage("%s has no option '-%c'", argv[0], optopt);
}

void cli_say(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	sentence(fmt, ap, "");
	va_end(ap);
}

static void help(FILE *to, const struct cli_command *table, const char *intro)
{
	fputs(intro, to);
	fputs("\ncommands:\n", to);
	for (; table->name; table++)
		fprintf(to, "  %-10s %s\n", table->name, table->summary);
}

int cli_dispatch(const struct cli_command *table, const char *intro, int argc, char **argv)
{
	const struct cli_command *c;

	if (argc < 2) {
		help(stderr, table, intro);
		return EXIT_USAGE;
	}
	if (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h") || !strcmp(argv[1], "help")) {
		help(stdout, table, intro);
		return cli_finish(EXIT_YES);
	}
	if (!strcmp(argv[1], "--version")) {
		printf("%s %s\n", program, VERSION);
		return cli_finish(EXIT_YES);
	}
	for (c = table; c->name; c++)
		if (!strcmp(c->name, argv[1]))
			return cli_finish(c->run(argc - 1, argv + 1));
	return cli_usage("there is no command '%s'", argv[1]);
}

int cli_finish(int status)
{
	if (fflush(stdout) || ferror(stdout))
		return cli_fail("standard output could not be written: %s", strerror(errno));
	return status;
}

int cli_number(const char *text, uint64_t min, uint64_t max, uint64_t *out)
{
	unsigned long long v;
	char *end;

	if (*text < '0' || *text > '9')
		return -EINVAL;
	errno = 0;
	v = strtoull(text, &end, 0);
	if (*end)
		return -EINVAL;
	if (errno || v < min || v > max)
		return -ERANGE;
	*out = v;
	return 0;
}

int cli_mac(const char *text, uint8_t out[6])
{
	uint8_t mac[6];
	size_t digits;
	int i;

	for (i = 0; i < 6; i++, text += digits + 1) {
		digits = strspn(text, "0123456789abcdefABCDEF");
		if (digits < 1 || digits > 2 || text[digits] != (i < 5 ? ':' : '\0'))
			return -EINVAL;
		mac[i] = (uint8_t)strtoul(text, NULL, 16);
	}
	memcpy(out, mac, sizeof(mac));
	return 0;
}
