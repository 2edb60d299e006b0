/* SPDX-License-Identifier: GPL-2.0-or-later */
/* ptpsniff's command line. */
#ifndef OPTIONS_H
#define OPTIONS_H

#include "dsa_tag.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

enum { OPTIONS_TAPS_MAX = 16 };

enum stamps { STAMPS_AUTO, STAMPS_HARDWARE, STAMPS_SOFTWARE };

struct options {
	const char *ifnames[OPTIONS_TAPS_MAX]; /* -i */
	unsigned int taps;
	const char *read_file;  /* -r */
	const char *write_file; /* -w */
	const char *filter;     /* -F: a name of the catalogue */
	const char *expression; /* -f */
	uint64_t count;         /* -c; 0: no end */
	bool print;             /* on standard output */
	bool verbose;           /* -v: the tree below each line */
	bool json;
	bool stats;              /* the analysis instead of lines */
	const char *report_file; /* --report */
	bool outgoing;
	bool promiscuous;
	bool strip_tags;
	bool show_filter;
	enum stamps stamps;
	bool stamps_given;
	uint16_t edsa_ethertype; /* 0: the default */
	bool tagger_given;
	enum dsa_format tagger; /* --tagger */
};

/* Frames go to a file as they are, and nowhere else: nobody waits for them, nobody looks into them.
 */
static inline bool options_only_write(const struct options *o)
{
	return o->write_file && !o->print && !o->stats && !o->report_file && !o->strip_tags;
}

/* No frame is shown, or sent down a pipe, as it comes. */
static inline bool options_nobody_waits(const struct options *o)
{
	return !o->print && !(o->write_file && !strcmp(o->write_file, "-"));
}

/* 0, or the exit status + 1 with which to end at once (--help, a wrong command line). */
int options_parse(struct options *out, int argc, char **argv);

#endif
