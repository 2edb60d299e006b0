/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A place in a text, for the readers: every failure carries line and column. */
#ifndef CBPF_SCAN_H
#define CBPF_SCAN_H

#include "cbpf.h"

struct scan {
	const char *start, *at, *end; /* the text need not end with a NUL */
	struct cbpf_error *err;
	bool c_numbers; /* 010 is octal, 0b1 binary; else 010 is ten */
};

/* Fails at `where` (a place in the text): sets line and column, returns -EBADMSG. */
int scan_fail(struct scan *s, const char *where, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
/* Fails because something else stands at the scanner's place, which is quoted. */
int scan_expected(struct scan *s, const char *what);

void scan_blanks(struct scan *s);  /* spaces and tabs */
void scan_space(struct scan *s);   /* and newlines */
int scan_comments(struct scan *s); /* space, C comments, and //, ; and ^# to the end of the line */
bool scan_done(const struct scan *s);             /* at the end of the text */
bool scan_char(struct scan *s, char c);           /* takes `c` if it is next */
bool scan_word(struct scan *s, const char *word); /* takes `word` if it is next and ends there */
/* A decimal or 0x number up to `max`; '-' is taken where max is UINT32_MAX, as
 * k's other spelling. 0 or -EBADMSG, naming the number as `what`. */
int scan_number(struct scan *s, const char *what, uint32_t max, uint32_t *out);

#endif
