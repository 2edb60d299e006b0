/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Outcomes of steps, and whether two of them are the same. */
#include "check_engine.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int outcome_add(struct outcome *o, int port, const uint8_t *data, uint32_t len)
{
	uint32_t room = o->room ? o->room : 16384;
	uint8_t *grown;

	if (o->count == OUTCOME_MAX)
		return -ENOBUFS;
	while (room - o->used < len)
		room *= 2;
	if (room != o->room) {
		grown = realloc(o->bytes, room);
		if (!grown)
			return -ENOMEM;
		o->bytes = grown;
		o->room = room;
	}
	memcpy(o->bytes + o->used, data, len);
	o->frame[o->count++] = (struct outcome_frame){.port = port, .len = len, .at = o->used};
	o->used += len;
	o->ports |= 1u << port;
	return 0;
}

void outcome_clear(struct outcome *o)
{
	o->count = 0;
	o->used = 0;
	o->ports = 0;
	o->verdict = SENT;
}

void outcome_free(struct outcome *o)
{
	free(o->bytes);
	memset(o, 0, sizeof(*o));
}

void port_names(const struct scenario *s, uint32_t ports, char *text, size_t size)
{
	size_t at = 0;
	int i;

	snprintf(text, size, "none");
	for (i = 0; i < s->ports && at < size; i++)
		if (ports & 1u << i)
			at += snprintf(text + at, size - at, "%s%s", at ? " " : "", s->names[i]);
}

static const struct outcome_frame *at_port(const struct outcome *o, int port, int skip)
{
	int i;

	for (i = 0; i < o->count; i++)
		if (o->frame[i].port == port && !skip--)
			return &o->frame[i];
	return NULL;
}

static uint32_t first_difference(const uint8_t *a, uint32_t alen, const uint8_t *b, uint32_t blen)
{
	uint32_t i = 0;

	while (i < alen && i < blen && a[i] == b[i])
		i++;
	return i;
}

/* The first bytes of a frame: addresses, tags, EtherType. */
static void hex_head(const struct outcome *o, const struct outcome_frame *f, char *text,
		     size_t size)
{
	uint32_t i;

	*text = 0;
	for (i = 0; i < f->len && i < 22 && 2 * i + 3 < size; i++)
		sprintf(text + 2 * i, "%02x", o->bytes[f->at + i]);
}

/* The frames of one port, in order. */
static bool port_equal(const struct scenario *s, int port, const char *a_name,
		       const struct outcome *a, const char *b_name, const struct outcome *b,
		       char *why, size_t size)
{
	const struct outcome_frame *x, *y;
	char head[64];
	uint32_t diff;
	int k;

	for (k = 0;; k++) {
		x = at_port(a, port, k);
		y = at_port(b, port, k);
		if (!x && !y)
			return true;
		if (!x || !y) {
			hex_head(x ? a : b, x ? x : y, head, sizeof(head));
			snprintf(why, size, "at %s %s sends %d frame%s, %s %s (%s)", s->names[port],
				 x ? a_name : b_name, k + 1, k ? "s" : "", x ? b_name : a_name,
				 k ? "fewer" : "none", head);
			return false;
		}
		diff = first_difference(a->bytes + x->at, x->len, b->bytes + y->at, y->len);
		if (x->len != y->len || diff != x->len) {
			snprintf(why, size,
				 "at %s %s sends %u bytes and %s %u, which differ from byte %u on",
				 s->names[port], a_name, x->len, b_name, y->len, diff);
			return false;
		}
	}
}

bool outcome_equal(const struct scenario *s, const char *a_name, const struct outcome *a,
		   const char *b_name, const struct outcome *b, char *why, size_t size)
{
	int i;

	for (i = 0; i < s->ports; i++)
		if (!port_equal(s, i, a_name, a, b_name, b, why, size))
			return false;
	return true;
}

static int vid_of(const uint8_t *frame, uint32_t len)
{
	if (len < 16 ||
	    !((frame[12] == 0x81 && !frame[13]) || (frame[12] == 0x88 && frame[13] == 0xa8)))
		return 0;
	return (frame[14] & 15) << 8 | frame[15];
}

static void vid_text(char text[256], int vid)
{
	if (vid)
		snprintf(text, 256, "with the VID %d", vid);
	else
		strcpy(text, "untagged");
}

bool outcome_expected(const struct scenario *s, const struct step *step, const struct outcome *o,
		      char *why, size_t size)
{
	char want[256], have[256];
	int i, vid;

	if (!step->expects)
		return true;
	if (o->ports != step->expect) {
		port_names(s, step->expect, want, sizeof(want));
		port_names(s, o->ports, have, sizeof(have));
		snprintf(why, size, "leaves at %s, and the scenario says %s", have, want);
		return false;
	}
	for (i = 0; i < o->count; i++) {
		vid = vid_of(o->bytes + o->frame[i].at, o->frame[i].len);
		if (step->expect_vid[o->frame[i].port] < 0 ||
		    step->expect_vid[o->frame[i].port] == vid)
			continue;
		vid_text(have, vid);
		vid_text(want, step->expect_vid[o->frame[i].port]);
		snprintf(why, size, "leaves at %s %s, and the scenario says %s",
			 s->names[o->frame[i].port], have, want);
		return false;
	}
	return true;
}

static int by_address(const void *x, const void *y)
{
	const struct brm_fdb *a = x, *b = y;
	int d = memcmp(a->address, b->address, 6);

	return d ? d : a->vid - b->vid;
}

static void describe(const struct scenario *s, const struct brm_fdb *e, char *text, size_t size)
{
	const uint8_t *a = e->address;

	snprintf(text, size, "%02x:%02x:%02x:%02x:%02x:%02x vlan %u at %s%s%s%s", a[0], a[1], a[2],
		 a[3], a[4], a[5], e->vid, e->port < 0 ? "bridge" : s->names[e->port],
		 e->flags & BRM_FDB_STATIC ? " static" : "",
		 e->flags & BRM_FDB_STICKY ? " sticky" : "",
		 e->flags & BRM_FDB_EXT_LEARNED ? " ext_learned" : "");
}

bool fdb_equal(const struct scenario *s, const char *a_name, struct brm_fdb *a, int an,
	       const char *b_name, struct brm_fdb *b, int bn, char *why, size_t size)
{
	char x[96] = "no more entry", y[96] = "no more entry";
	int i;

	qsort(a, an, sizeof(*a), by_address);
	qsort(b, bn, sizeof(*b), by_address);
	for (i = 0; i < an || i < bn; i++) {
		if (i < an && i < bn && !by_address(&a[i], &b[i]) && a[i].port == b[i].port &&
		    a[i].flags == b[i].flags)
			continue;
		if (i < an)
			describe(s, &a[i], x, sizeof(x));
		if (i < bn)
			describe(s, &b[i], y, sizeof(y));
		snprintf(why, size, "%s has the entry %s, %s %s", a_name, x, b_name, y);
		return false;
	}
	return true;
}
