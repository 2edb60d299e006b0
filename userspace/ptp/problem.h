/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is wrong with some octets, and at which of them. */
#ifndef PROBLEM_H
#define PROBLEM_H

#include <errno.h>
#include <stdint.h>

struct problem {
	const char *what; /* static text, no full stop; NULL: nothing is wrong */
	uint32_t at;      /* offset of the octet, from the start of what was parsed */
};

/* Notes the first problem (later ones follow from it) and returns -EBADMSG. */
static inline int problem_at(struct problem *p, uint32_t at, const char *what)
{
	if (!p->what)
		*p = (struct problem){what, at};
	return -EBADMSG;
}

#endif
