/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where frames go: an interface, or a capture. */
#ifndef SINK_H
#define SINK_H

#include "options.h"

#include <stddef.h>

struct sink;

/* When a frame left. */
struct sink_stamp {
	bool known;
	int64_t ns;        /* since 1970 */
	const char *clock; /* "ptp0", "system", "file", "none" */
};

struct sink_ops {
	/* Until `due_ns` from the start; 0, or -EINTR when the program is asked to end. *now_ns is
	 * then the time, since 1970. */
	int (*wait)(struct sink *s, int64_t due_ns, int64_t *now_ns);
	/* 0, or -errno after a sentence on stderr. `event`: a message whose time matters. */
	int (*send)(struct sink *s, const uint8_t *frame, size_t len, bool event,
		    struct sink_stamp *stamp);
	/* Puts back what was set, frees: 0, or -errno after a sentence. `sums`: says on stderr what
	 * there is to say about time stamps. */
	int (*close)(struct sink *s, bool sums);
};

struct sink {
	const struct sink_ops *ops;
	const char *iface; /* "" for a capture */
	bool prints;       /* standard output is free for lines */
	bool own_clock;    /* event messages are stamped by another clock than wait()'s */
};

/* Each fills in what o->plan and o->port miss. 0, or an exit status after a sentence. */
int sink_open_capture(struct sink **out, struct options *o);
int sink_open_interface(struct sink **out, struct options *o);

#endif
