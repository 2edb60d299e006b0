/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The verbs of the bridge engine, for engines that add to it; `priv` is a struct bed. */
#ifndef ENGINE_BRIDGE_H
#define ENGINE_BRIDGE_H

#include "check_engine.h"

int bridge_open(void **priv, const struct scenario *s, struct engine_error *err);
int bridge_step(void *priv, const struct scenario *s, const struct step *step, struct outcome *out,
		struct engine_error *err);
int bridge_fdb(void *priv, int64_t now_ns, struct brm_fdb *out, int max, struct engine_error *err);

#endif
