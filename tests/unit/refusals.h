/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Texts that are no program, and what is said of them. After cmocka.h. */
#ifndef REFUSALS_H
#define REFUSALS_H

#include "cbpf.h"

#include <errno.h>
#include <string.h>

struct refusal {
	const char *text;
	unsigned int line, column;
	const char *says;
};

static void expect_refusals(const struct refusal *rows, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		const struct refusal *r = &rows[i];
		struct cbpf_prog prog = {.len = 99};
		struct cbpf_error err = {0};

		assert_int_equal(
			cbpf_read(&prog, r->text, strlen(r->text), CBPF_FORM_AUTO, &err), -EBADMSG);
		if (strcmp(err.text, r->says) || err.line != r->line || err.column != r->column)
			fail_msg("row %zu: %u:%u: %s", i, err.line, err.column, err.text);
		assert_int_equal(prog.len, 99);
	}
}

#endif
