/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a verdict rests on, and what else than the bridge may have made a violation: said beside it,
 * with what would tell. */
#ifndef NOTES_H
#define NOTES_H

#include "stream.h"
#include "verify.h"

enum { NOTES_HOSTS = 64 };

struct notes {
	const struct streams *streams;
	const struct verify *verify;
	bool no_config;
	struct {
		uint8_t address[6];
		uint64_t count;
	} host[NOTES_HOSTS]; /* of frames that are missing or came from nowhere */
	uint32_t hosts;
	struct lookahead_assumed assumed;
	uint64_t groups;   /* missing frames to IP groups */
	uint64_t merged;   /* frames longer than Ethernet's that are missing or came from nowhere */
	uint64_t payloads; /* IP frames of another payload and the same length */
	uint64_t close;    /* frames out of order that were stamped at nearly the same time */
	uint64_t tags;     /* frames of another tag */
	uint64_t before;   /* violations from before a capture's first packet */
	bool begun[BRM_PORTS_MAX];
	int64_t first_ns[BRM_PORTS_MAX], last_ns[BRM_PORTS_MAX];
	uint64_t since[BRM_PORTS_MAX]; /* violations from after the port's newest packet */
};

/* The next frame of the captures. */
void notes_frame(struct notes *n, const struct sight *s);
void notes_violation(struct notes *n, const struct violation *v);
/* Calls `say` for each note, a sentence without a full stop; `violations`: how many were counted.
 */
void notes_say(const struct notes *n, uint64_t violations,
	       void (*say)(void *data, const char *text), void *data);

#endif
