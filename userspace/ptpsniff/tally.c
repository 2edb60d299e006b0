/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tally.h"

#include "cli.h"

void tally_add(struct tally *t, const struct frame *f)
{
	if (f->tag_format == DSA_FORMAT_NONE)
		return;
	t->frames[f->tag.mode & 3][f->tag.device & 31][f->tag.port & 31]++;
	t->format = f->tag_format;
}

void tally_say(const struct tally *t)
{
	struct text text = {0};
	const uint64_t *n;
	unsigned int i;

	for (i = 0; i < 4 * 32 * 32; i++) {
		n = &t->frames[0][0][0] + i;
		if (*n)
			text_format(&text, ", %s dev %u port %u: %llu", dsa_mode_name(i >> 10),
				    i >> 5 & 31, i & 31, (unsigned long long)*n);
	}
	if (text.len && !text.failed)
		cli_say("frames by %s tag: %.*s", t->format == DSA_FORMAT_EDSA ? "EDSA" : "DSA",
			(int)text.len - 2, text.buf + 2);
	text_free(&text);
}
