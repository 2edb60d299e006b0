/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Names of the verdicts of xdp/bridge_maps.h, for output. */
#ifndef VERDICT_H
#define VERDICT_H

enum { VERDICT_FORWARDED = 0 }; /* or open, where it is a port's */

/* "source-new": stable, for JSON and metrics. "" past the end. */
const char *verdict_name(unsigned int verdict);
/* Half a sentence: why the frame or port is on the slow path. */
const char *verdict_text(unsigned int verdict);
unsigned int verdict_count(void);

#endif
