/* SPDX-License-Identifier: GPL-2.0-or-later */
/* ptpsniff's command line. */
#ifndef OPTIONS_H
#define OPTIONS_H

#include "dsa_tag.h"

#include <stdbool.h>
#include <stdint.h>

struct options {
	const char *ifname;
	const char *read_file;  /* -r */
	const char *write_file; /* -w */
	const char *filter;     /* -F: a name of the catalogue */
	const char *expression; /* -f */
	uint64_t count;         /* -c; 0: no end */
	bool print;             /* on standard output */
	bool verbose;           /* -v: the tree below each line */
	bool json;
	bool outgoing;
	bool promiscuous;
	bool tagger_given;
	enum dsa_format tagger; /* --tagger */
};

/* 0, or the exit status + 1 with which to end at once (--help, a wrong command line). */
int options_parse(struct options *out, int argc, char **argv);

#endif
