/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Why a port is on the slow path and what to do about it, in words. Pure. */
#ifndef ADVICE_H
#define ADVICE_H

#include "sync.h"

/* Half a sentence or two about the port, "" when it is open in both directions. */
void advice(char *text, size_t size, const struct event_link *port, const struct sync_port *p);

/* The same of a port that is open but for some frames: with generic XDP, for those that their
 * sender left unfinished; with `both` kinds of XDP in its bridge, for those that come in by the
 * other kind. "" where it is closed or open to all. */
void advice_partial(char *text, size_t size, const struct sync_port *p, bool both);

#endif
