/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Named values put out in one of two forms: an indented tree for people, or one JSON object a line.
 * What is shown is said once, by the caller; this decides how it looks. */
#ifndef SHOW_H
#define SHOW_H

#include "ptp_msg.h"
#include "text.h"

enum show_form { SHOW_TREE, SHOW_JSON };

struct show {
	struct text *t;
	enum show_form form;
	unsigned int depth;
	bool first; /* no value yet in the present object */
};

/* The whole; `title` is the tree's first line. */
void show_begin(struct show *s, struct text *t, enum show_form form);
void show_end(struct show *s);

/* A named object, or with `name` NULL an element of a list; a list of objects or of strings. */
void show_open(struct show *s, const char *name);
void show_close(struct show *s);
void show_list(struct show *s, const char *name);
void show_list_end(struct show *s);

/* `meaning` may be NULL: the tree puts it behind the number in brackets, JSON into a further member
 * whose name ends in Name. `digits` > 0 shows the tree's number in so many hexadecimal digits. */
void show_number(struct show *s, const char *name, uint64_t v, unsigned int digits,
		 const char *meaning);
void show_signed(struct show *s, const char *name, int64_t v);
/* As many digits as tell it from every other; JSON has no number for what is none: null. */
void show_double(struct show *s, const char *name, double v);
void show_bool(struct show *s, const char *name, bool v);
void show_string(struct show *s, const char *name, const char *v, size_t len);
void show_octets(struct show *s, const char *name, const uint8_t *p, size_t len, char separator);
/* Of PTP. */
void show_clock(struct show *s, const char *name, const struct ptp_clock_identity *id);
void show_port(struct show *s, const char *name, const struct ptp_port_identity *id);
void show_timestamp(struct show *s, const char *name, const struct ptp_timestamp *ts);
/* 2^-16 ns: as sent under `name`, in nanoseconds under `name_ns` (JSON only). */
void show_scaled_ns(struct show *s, const char *name, const char *name_ns, int64_t v);
void show_flags(struct show *s, const char *name, uint16_t flags);

#endif
