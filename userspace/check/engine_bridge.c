/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The kernel's bridge, in a namespace of its own, as an engine. */
#include "check_engine.h"

#include <errno.h>
#include <stdio.h>

#include "bed.h"
#include "engine_bridge.h"

static int explain(struct engine_error *err, const struct bed_error *berr, int ret)
{
	if (ret < 0)
		snprintf(err->text, sizeof(err->text), "%s", berr->text);
	return ret;
}

int bridge_open(void **priv, const struct scenario *s, struct engine_error *err)
{
	struct bed_error berr;
	struct bed *bed;
	int ret = explain(err, &berr, bed_open(&bed, &berr));

	if (ret)
		return ret;
	if (s->vlans && !bed_has_vlans(bed)) {
		snprintf(err->text, sizeof(err->text),
			 "this kernel's bridge does not filter VLANs "
			 "(CONFIG_BRIDGE_VLAN_FILTERING)");
		bed_close(bed);
		return -EOPNOTSUPP;
	}
	*priv = bed;
	return 0;
}

int bridge_step(void *priv, const struct scenario *s, const struct step *step, struct outcome *out,
		struct engine_error *err)
{
	const struct bed_frame *frames;
	struct bed_error berr;
	int i, n, ret;

	if (step->kind != STEP_SEND)
		return explain(
			err, &berr,
			bed_apply(priv, step, step->port < 0 ? "" : s->names[step->port], &berr));
	ret = explain(err, &berr, bed_send(priv, step->port, step->frame, step->len, &berr));
	if (ret)
		return ret;
	n = explain(err, &berr, bed_collect(priv, &frames, &berr));
	for (i = 0; i < n; i++) {
		ret = outcome_add(out, frames[i].port, frames[i].data, frames[i].len);
		if (ret) {
			snprintf(err->text, sizeof(err->text),
				 "more than %d frames left in one step", i);
			return ret;
		}
	}
	return n < 0 ? n : 0;
}

int bridge_fdb(void *priv, int64_t now_ns, struct brm_fdb *out, int max, struct engine_error *err)
{
	struct bed_error berr;

	(void)now_ns;
	return explain(err, &berr, bed_fdb(priv, out, max, &berr));
}

static void bridge_close(void *priv)
{
	bed_close(priv);
}

const struct engine_ops engine_bridge = {
	.name = "bridge",
	.summary = "the kernel's bridge, in a namespace made for it",
	.timed = true,
	.open = bridge_open,
	.step = bridge_step,
	.fdb = bridge_fdb,
	.close = bridge_close,
};
