/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How often each instruction ran, and which way each comparison went. */
#ifndef COVER_H
#define COVER_H

#include "load.h"

struct cover {
	uint64_t *ran;       /* per instruction */
	uint64_t (*went)[2]; /* per comparison: held, did not; else [0]: the program went on */
	uint64_t packets, accepted;
};

/* Runs all packets of an open feed, the one at hand included when `more` > 0; EXIT_YES or a status.
 */
int cover_run(struct cover *c, const struct cbpf_prog *prog, struct feed *f, int more);
void cover_free(struct cover *c);

#endif
