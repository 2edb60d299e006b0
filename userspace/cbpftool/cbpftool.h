/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The commands of cbpftool, one file each, and the source of a program that all of them share. */
#ifndef CBPFTOOL_H
#define CBPFTOOL_H

#include "cbpf.h"
#include "cli.h"

int cmd_list(int argc, char **argv);
int cmd_dump(int argc, char **argv);
int cmd_xdp(int argc, char **argv);

/* Where a program comes from: exactly one of expression, name and file is set. */
struct source {
	const char *expression, *name, *file;
	int linktype; /* -1: not said */
	uint32_t snaplen;
	bool snaplen_said, unoptimized;
};

#define SOURCE_OPTIONS "e:n:f:y:s:O"
#define SOURCE_USAGE                                                                               \
	"  -e EXPR      a tcpdump expression\n"                                                    \
	"  -n NAME      a filter of the catalogue (`cbpftool list`)\n"                             \
	"  -f FILE      a program in a text form, recognised by itself; - is standard input\n"     \
	"  -y LINKTYPE  compile for this link type (EN10MB; a catalogue filter has its own)\n"     \
	"  -s SNAPLEN   what an accepting filter returns (262144)\n"                               \
	"  -O           do not optimize\n"

void source_init(struct source *src);
/* Takes one of SOURCE_OPTIONS as getopt() returned it: EXIT_YES, else the status, with the sentence
 * said. */
int source_option(struct source *src, int opt, const char *arg);
/* The program itself; failures have been said. EXIT_YES, EXIT_NO or EXIT_USAGE. */
int source_load(const struct source *src, struct cbpf_prog *out);

/* The whole of a file ("-": standard input) in malloc()ed memory; 0 or -errno. */
int read_whole(const char *path, char **out, size_t *len);

#endif
