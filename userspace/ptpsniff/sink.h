/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where accepted packets go: lines on standard output, a capture file, or both. */
#ifndef SINK_H
#define SINK_H

#include "options.h"
#include "packet.h"

struct sink;

/* 0, or the exit status with its sentence printed. */
int sink_open(struct sink **out, const struct options *o);

/* The file is made with the first tap: a run that finds nothing leaves no file behind. Where frames
 * come from, from 0 on: `linktype` is a LINKTYPE_*, `name` may be "". The number for packet.tap, or
 * -errno with its sentence printed. */
int sink_add_tap(struct sink *s, const char *name, uint16_t linktype);

/* 0; 1 when this was the last packet that was asked for; -errno (with its sentence printed) when
 * nothing more can be put out. */
int sink_packet(struct sink *s, const struct packet *p);

/* Out with what is collected. 0, or -errno with its sentence printed. */
int sink_flush(struct sink *s);

/* --stats on a terminal: the table as it is now. 0, or -errno with its sentence printed. */
int sink_refresh(struct sink *s);

uint64_t sink_malformed(const struct sink *s);

/* Completes the file: `status`, or 1 with a sentence when that failed. */
int sink_close(struct sink *s, int status);

#endif
