/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The XDP program, its maps, and its links to the ports. The links are owned by this process: when
 * it ends, in whatever way, the kernel takes the program off, and the plain bridge carries on. */
#ifndef FAST_H
#define FAST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sync.h"

struct fast;

/* Ready to print, without the program's name. */
struct fast_error {
	char text[320];
};

/* Puts the sentence into *err and returns `ret`. */
int fast_failed(struct fast_error *err, int ret, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

enum fast_mode { FAST_AUTO, FAST_NATIVE, FAST_GENERIC };

/* Loads the program with room for `entries` addresses. 0, or -errno with a sentence. */
int fast_open(struct fast **out, size_t entries, struct fast_error *err);
void fast_close(struct fast *f); /* takes the program off every port, too */

/* The XDP program that an interface has, whosever it is. 1, or 0 when there is none. */
struct fast_other {
	uint32_t id;
	char name[16]; /* "?" when it may not be asked */
	bool generic;
};
int fast_program_on(uint32_t ifindex, struct fast_other *out);
/* What follows the port's name in a sentence: that it has another's program, and what to do. */
struct fast_other_words {
	char text[256];
};
struct fast_other_words fast_other_words(const struct fast_other *other, const char *port);

/* What sync_new() needs. Valid until fast_close(). */
struct sync_maps fast_maps(struct fast *f);

/* Puts the program on a port; *generic says how. -EBUSY when the port has another program, which
 * the sentence names; -errno. FAST_AUTO takes generic XDP where the driver has no other. */
int fast_attach(struct fast *f, uint32_t ifindex, const char *name, enum fast_mode mode,
		bool *generic, struct fast_error *err);
void fast_detach(struct fast *f, uint32_t ifindex);
/* The device is gone or the link was cut from outside: forget it. True when there was a link. */
bool fast_attached(const struct fast *f, uint32_t ifindex);

/* Says that what the maps hold is up to date. From the first time on it is to be said again within
 * so many seconds: else every frame goes up. 0 or -errno. */
#define FAST_ATTENDED_S 5
int fast_attend(const struct fast *f);
/* When that was, in the unit of the entries' stamps. */
uint16_t fast_stamp(const struct fast *f);

/* The sum over all CPUs of a row of counters. */
#define FAST_VERDICTS 64
struct fast_counters {
	uint64_t frames[FAST_VERDICTS]; /* in by the port, by verdict (verdict.h) */
	uint64_t bytes_fast;            /* of those forwarded */
	uint64_t out_frames, out_bytes; /* handed to the port by XDP */
	uint64_t out_drops; /* of those, refused by its driver; see fast_counts_drops() */
};
int fast_counters(const struct fast *f, uint32_t row, struct fast_counters *sum);
/* Zeroes a row, for its next user. */
int fast_clear(struct fast *f, uint32_t row);
/* Does a port's change close it within the call that makes it (watch.h)? */
bool fast_closes_at_once(const struct fast *f);
/* Does it know what drivers refuse (drops.h)? */
bool fast_counts_drops(const struct fast *f);
/* Descriptor of the program, for tests. */
int fast_program(const struct fast *f);

#endif
