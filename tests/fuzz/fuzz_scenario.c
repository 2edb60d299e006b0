/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Scenarios of any text, and the reference bridge under what they say. */
#include <stdlib.h>
#include <string.h>

#include "scenario.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static uint8_t out[SCENARIO_FRAME_MAX + BRM_FRAME_EXTRA];
	struct scenario_error err;
	struct brm_result r;
	struct scenario s;
	struct brm *m;
	char *text = malloc(size + 1);
	size_t i;
	int k;

	memcpy(text, data, size);
	text[size] = 0;
	if (!scenario_parse(&s, text, "fuzz", "/nonexistent", &err)) {
		if (scenario_model(&m))
			abort();
		for (i = 0; i < s.count; i++) {
			if (scenario_apply(m, &s.steps[i], s.steps[i].at_ns, &r) ||
			    s.steps[i].kind != STEP_SEND)
				continue;
			for (k = 0; k < s.ports; k++)
				if (r.ports & 1u << k &&
				    brm_write(&r, k, out) > s.steps[i].len + BRM_FRAME_EXTRA)
					abort();
		}
		brm_destroy(m);
		scenario_free(&s);
	}
	free(text);
	return 0;
}
