/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Rows of the reference bridge: each is a scenario whose "=>" says where a frame must leave.
 * Include cmocka.h, with what that needs, before this. */
#ifndef MODEL_ROWS_H
#define MODEL_ROWS_H

#include <stdio.h>
#include <string.h>

#include "scenario.h"

#define MODEL_HOSTS                                                                                \
	"host a 02:00:00:00:00:0a\nhost b 02:00:00:00:00:0b\nhost c 02:00:00:00:00:0c\n"           \
	"host g 01:00:5e:01:01:01\nhost l 01:00:00:00:00:77\n"

struct model_row {
	const char *what, *text;
};

static inline void check_vid(const struct step *st, const struct brm_result *r, int port,
			     const char *what)
{
	uint8_t buf[SCENARIO_FRAME_MAX + BRM_FRAME_EXTRA];
	bool tagged;
	int vid;

	brm_write(r, port, buf);
	tagged = (buf[12] == 0x81 && buf[13] == 0) || (buf[12] == 0x88 && buf[13] == 0xa8);
	vid = tagged ? (buf[14] & 15) << 8 | buf[15] : 0;
	if (st->expect_vid[port] >= 0 && vid != st->expect_vid[port])
		fail_msg("%s, line %u: port %d sends VID %d, not %d", what, st->line, port, vid,
			 st->expect_vid[port]);
}

static inline void model_row_run(const struct model_row *row)
{
	struct scenario_error err;
	struct brm_result r;
	struct scenario s;
	struct brm *m;
	char text[4096];
	size_t i;
	int k;

	snprintf(text, sizeof(text), MODEL_HOSTS "%s", row->text);
	if (scenario_parse(&s, text, row->what, ".", &err))
		fail_msg("%s", err.text);
	assert_int_equal(scenario_model(&m), 0);
	for (i = 0; i < s.count; i++) {
		const struct step *st = &s.steps[i];

		if (scenario_apply(m, st, st->at_ns, &r))
			fail_msg("%s, line %u: refused", row->what, st->line);
		if (st->kind != STEP_SEND || !st->expects)
			continue;
		if (r.ports != st->expect)
			fail_msg("%s, line %u: ports %#x, not %#x (%s)", row->what, st->line - 5,
				 r.ports, st->expect, brm_why_name(r.why));
		for (k = 0; k < s.ports; k++)
			if (st->expect & 1u << k)
				check_vid(st, &r, k, row->what);
	}
	brm_destroy(m);
	scenario_free(&s);
}

#endif
