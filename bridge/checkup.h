/* SPDX-License-Identifier: GPL-2.0-or-later */
/* All that stands between a port and the fast path, not only the first thing. Pure: the questions
 * are policy.h's, asked again and again with each answer taken for mended; the words are advice.h's
 * where it has them. */
#ifndef CHECKUP_H
#define CHECKUP_H

#include "fast.h"

#define CHECKUP_MAX 24

enum checkup_level {
	CHECKUP_NOTE,   /* works, could be better */
	CHECKUP_PARTLY, /* some frames stay on the bridge, or all of them gain less */
	CHECKUP_SLOW,   /* the whole port stays on the bridge, in one direction or both */
};
const char *checkup_level_name(enum checkup_level level);

struct checkup_finding {
	enum checkup_level level;
	bool of_bridge;     /* true of every port of the bridge */
	const char *reason; /* one word, a verdict's where there is one */
	char text[512];     /* with the command that mends it between backquotes, if one does */
};

struct checkup_input {
	struct policy_input policy; /* with `generic` as checkup_generic() says */
	struct fast_other program;  /* on the port now; id 0: none */
	bool both; /* the bridge has ports with native XDP and others with generic */
	unsigned int cpus;
};

/* Is it, or will it be, generic XDP on this port? */
bool checkup_generic(const struct facts *facts, const struct fast_other *program);

/* Writes at most CHECKUP_MAX findings; the number of them. policy.port is not NULL. */
size_t checkup(struct checkup_finding *out, const struct checkup_input *in);

#endif
