/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The reference bridge as an engine: time is what the scenario says. */
#include "check_engine.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static int model_open(void **priv, const struct scenario *s, struct engine_error *err)
{
	struct brm *m;
	int ret = scenario_model(&m);

	(void)s;
	if (ret)
		snprintf(err->text, sizeof(err->text), "the model cannot be made: %s",
			 strerror(-ret));
	else
		*priv = m;
	return ret;
}

static int model_step(void *priv, const struct scenario *s, const struct step *step,
		      struct outcome *out, struct engine_error *err)
{
	uint8_t buf[SCENARIO_FRAME_MAX + BRM_FRAME_EXTRA];
	struct brm_result r;
	int i, ret = scenario_apply(priv, step, step->at_ns, &r);

	if (ret)
		snprintf(err->text, sizeof(err->text), "the model refuses it: %s", strerror(-ret));
	if (ret || step->kind != STEP_SEND)
		return ret;
	for (i = 0; i < s->ports && !ret; i++)
		if (r.ports & 1u << i)
			ret = outcome_add(out, i, buf, brm_write(&r, i, buf));
	if (ret)
		snprintf(err->text, sizeof(err->text), "no memory");
	return ret;
}

static int model_fdb(void *priv, int64_t now_ns, struct brm_fdb *out, int max,
		     struct engine_error *err)
{
	int n = (int)brm_fdb_dump(priv, now_ns, out, max), i, have = 0;

	(void)err;
	for (i = 0; i < n && i < max; i++)
		if (!(out[i].flags & BRM_FDB_LOCAL))
			out[have++] = out[i];
	return n > max ? n : have;
}

static void model_close(void *priv)
{
	brm_destroy(priv);
}

const struct engine_ops engine_model = {
	.name = "model",
	.summary = "the reference bridge",
	.open = model_open,
	.step = model_step,
	.fdb = model_fdb,
	.close = model_close,
};
