/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Switch tags counted by mode, device and port: what there is to say of a capture without PTP. */
#ifndef TALLY_H
#define TALLY_H

#include "packet.h"

struct tally {
	uint64_t frames[4][32][32]; /* mode, device, port */
	enum dsa_format format;     /* of the last one that was counted */
};

void tally_add(struct tally *t, const struct frame *f);
/* One sentence; nothing for a tally without frames. */
void tally_say(const struct tally *t);

#endif
