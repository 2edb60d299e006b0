/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What brcheck verify prints: a line for each violation, then the summary; or one JSON object. */
#ifndef REPORT_H
#define REPORT_H

#include "notes.h"
#include "stream.h"
#include "verify.h"

#include <jansson.h>

struct report {
	const struct streams *streams;
	const struct verify *verify;
	struct notes notes;
	uint64_t limit; /* violations that are printed */
	uint64_t printed;
	json_t *list; /* of violations, with --json; NULL: text */
	bool json;
};

/* 0, or -ENOMEM. */
int report_begin(struct report *r);
/* For verify_settings.violation; `data` is the report. */
void report_violation(void *data, const struct violation *v);
/* The summary; the number of violations. */
uint64_t report_end(struct report *r);
void report_free(struct report *r);

#endif
