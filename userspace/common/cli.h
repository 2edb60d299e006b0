/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What every program's command line shares: exit statuses, sentences, the table of commands. */
#ifndef CLI_H
#define CLI_H

#include <stdint.h>

enum { EXIT_YES = 0, EXIT_NO = 1, EXIT_USAGE = 2 };

struct cli_command {
	const char *name;
	int (*run)(int argc,
		   char **argv); /* argv[0] is the command's name; returns an exit status */
	const char *summary;     /* one line for the help */
};

/* The program's name in front of every sentence; main() sets it first. */
void cli_init(const char *program);

/* Prints "program: sentence" and a newline on stderr; returns EXIT_NO. The sentence names the
 * thing, what is wrong with it and what to do next. */
int cli_fail(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/* The same for a wrong command line, with a pointer to --help; returns EXIT_USAGE. */
int cli_usage(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/* The sentence for an option that getopt_long() did not take, with opterr 0 and a ':' in front of
 * its letters: `opt` is what it returned, '?' or ':'; argv[0] is the command's name. */
int cli_bad_option(char **argv, int opt);
/* The same for news that is no failure. */
void cli_say(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* Runs the command that argv[1] names. Help, from the table, for none (EXIT_USAGE), --help or help
 * (EXIT_YES); `intro` is the usage text above the table. The table ends with a NULL name. */
int cli_dispatch(const struct cli_command *table, const char *intro, int argc, char **argv);

/* Flushes stdout at the end of a program: EXIT_NO with a sentence when what was printed could not
 * be written (a full disk), else `status`. */
int cli_finish(int status);

/* A whole decimal, 0x or 0 number within [min, max]: 0, else -EINVAL or -ERANGE, *out untouched. */
int cli_number(const char *text, uint64_t min, uint64_t max, uint64_t *out);

/* Six octets of one or two hex digits between colons: 0, else -EINVAL, *out untouched. */
int cli_mac(const char *text, uint8_t out[6]);

#endif
