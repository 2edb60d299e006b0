/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The commands of cbpftool, one file each, and the source of a program that all of them share. */
#ifndef CBPFTOOL_H
#define CBPFTOOL_H

#include "cbpf.h"
#include "cli.h"

#include <getopt.h>

int cmd_list(int argc, char **argv);
int cmd_dump(int argc, char **argv);
int cmd_check(int argc, char **argv);
int cmd_run(int argc, char **argv);
int cmd_trace(int argc, char **argv);
int cmd_debug(int argc, char **argv);
int cmd_cover(int argc, char **argv);
int cmd_graph(int argc, char **argv);
int cmd_socket(int argc, char **argv);
int cmd_explain(int argc, char **argv);
int cmd_diff(int argc, char **argv);
int cmd_xdp(int argc, char **argv);

/* Where a program comes from: exactly one of expression, name and file is set. */
struct source {
	const char *expression, *name, *file;
	int linktype; /* -1: not said */
	uint32_t snaplen;
	bool snaplen_said, unoptimized;
	bool guessed; /* an expression because it is no name and no file */
};

#define SOURCE_USAGE                                                                               \
	"  -e EXPR      a tcpdump expression\n"                                                    \
	"  -n NAME      a filter of the catalogue (`cbpftool list`)\n"                             \
	"  -f FILE      a program in any text form, recognised by itself; - is standard input\n"   \
	"  -y LINKTYPE  compile for this link type (EN10MB; a catalogue filter has its own)\n"     \
	"  -s SNAPLEN   what an accepting filter returns (262144)\n"                               \
	"  -O           do not optimize\n"

#define SOURCE_OPTIONS "e:n:f:y:s:O"
void source_init(struct source *src);
/* Takes one of SOURCE_OPTIONS as getopt() returned it: EXIT_YES, else the status, with the sentence
 * said. Most commands leave that to options_parse(), below. */
int source_option(struct source *src, int opt, const char *arg);

/* The program itself; failures have been said. EXIT_YES, EXIT_NO or EXIT_USAGE. */
int source_load(const struct source *src, struct cbpf_prog *out);
/* The same for packets of link type `dlt`: an expression is compiled for it, a catalogue filter
 * gives way to its variant; what -y said must be that. `first` is the number of the first such
 * packet. */
int source_load_for(const struct source *src, int dlt, uint64_t first, struct cbpf_prog *out);

/* EXIT_NO after a sentence where `path`, which is to be written, is the file of the program. */
int source_spared(const struct source *src, const char *path);

/* The whole of a file ("-": standard input) in malloc()ed memory; 0 or -errno. */
int read_whole(const char *path, char **out, size_t *len);

/* What a command adds to the options of a source. */
struct command_options {
	const char *usage;
	const char *letters;        /* getopt()'s, besides the source's */
	const struct option *words; /* getopt_long()'s, ends with a zero; may be NULL; val not a
				       source's letter */
	int (*take)(int opt, const char *arg,
		    void *ctx); /* EXIT_YES, or a status after its sentence */
	void *ctx;
	bool operands; /* words behind the options are the command's; optind stands at the first */
};

/* Options of a command line into src and take(): EXIT_YES to go on; `*done` when help was asked
 * for. */
int options_parse(int argc, char **argv, const struct command_options *opts, struct source *src,
		  bool *done);

#endif
