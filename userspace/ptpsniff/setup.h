/* SPDX-License-Identifier: GPL-2.0-or-later */
/* An interface made ready: its switch tag, filter, time stamps and tap. */
#ifndef SETUP_H
#define SETUP_H

#include "frame.h"
#include "options.h"
#include "rxstamp.h"
#include "tap.h"

struct source {
	const char *ifname;
	struct frame_place place;
	uint16_t linktype;      /* LINKTYPE_* (and DLT_*, the same numbers) of its frames */
	struct hwtstamp *stamp; /* NULL: the system's stamps */
	char clock[16];         /* of hardware stamps: "ptp0" */
	struct tap *tap;
	int number;            /* the sink's */
	struct tap_frame next; /* with several interfaces: the oldest that waits; data NULL: none */
	int error;             /* -errno: nothing comes any more */
	uint64_t shown;
};

/* 0, or the exit status with its sentence printed; what was set is put back then. */
int source_open(struct source *s, const char *ifname, const struct options *o);
/* What the interface's frames are: place and link type, without opening anything. */
void source_place(struct source *s, const char *ifname, const struct options *o);
/* Puts back, closes: `status`, or 1 with a sentence when something could not be put back. */
int source_close(struct source *s, int status);

#endif
