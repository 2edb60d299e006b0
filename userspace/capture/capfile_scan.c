/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A long pcap file walked by several threads. It has no index, so a thread that begins in the
 * middle guesses where a record begins, by a chain of records that look right; what it finds counts
 * only where the part before, walked to its end, arrives at just that place. Else the part is
 * walked again from there. */
#include "capfile_scan.h"
#include "capfile_format.h"

#include "thread.h"
#include "vm.h"

#include <byteswap.h>
#include <errno.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PART (2u << 20)
#define WINDOW (256u << 10) /* a size that stays in a level 2 cache */
#define BATCH 512
#define CHAIN 8 /* records that look right, one behind the other */
#define THREADS_MAX 16

struct part {
	uint64_t start; /* of the first record that begins in it; NOWHERE: not guessed */
	uint64_t end;   /* of the last one; or where a record cannot be read */
	struct capfile_scanned sum;
	bool whole;
};
#define NOWHERE UINT64_MAX

struct scan {
	const struct capfile_scan_input *in;
	struct part *parts;
	uint32_t count, next;
};

/* What one thread reads with. */
struct reader {
	const struct capfile_scan_input *in;
	uint8_t *buf;
	size_t cap, len; /* buf[0, len) is the file from `at` on */
	uint64_t at;
};

static uint32_t get32(const struct reader *r, const uint8_t *p)
{
	uint32_t v;

	memcpy(&v, p, sizeof(v));
	return r->in->swapped ? bswap_32(v) : v;
}

/* Makes `need` bytes at `off` readable, and no more than fit up to `limit` where that is enough.
 * NULL when they are not there. */
static const uint8_t *want(struct reader *r, uint64_t off, size_t need, uint64_t limit)
{
	size_t size = limit > off && limit - off < WINDOW ? limit - off : WINDOW;
	ssize_t n;

	if (off >= r->at && off - r->at <= r->len && r->len - (off - r->at) >= need)
		return r->buf + (off - r->at);
	if (size < need)
		size = need;
	if (size > r->cap) {
		uint8_t *bigger = realloc(r->buf, size);

		if (!bigger)
			return NULL;
		r->buf = bigger;
		r->cap = size;
	}
	r->at = off;
	for (r->len = 0; r->len < need; r->len += (size_t)n) {
		n = pread(r->in->fd, r->buf + r->len, size - r->len, (off_t)(off + r->len));
		if (n < 0 && errno == EINTR)
			n = 0;
		else if (n <= 0)
			return NULL;
	}
	return r->buf;
}

/* ---- guessing ---- */

static bool looks_right(const struct reader *r, const uint8_t *h)
{
	uint32_t caplen = get32(r, h + 8), frac = get32(r, h + 4);

	return caplen && caplen <= r->in->caplen_max && get32(r, h + 12) >= caplen &&
	       frac < (r->in->nanoseconds ? 1000000000u : 1000000u);
}

static bool is_chain(const struct reader *r, size_t pos)
{
	int i;

	for (i = 0; i < CHAIN; i++) {
		if (pos > r->len || r->len - pos < PCAP_RECORD_LEN)
			return i > 1; /* the window ends here: long records */
		if (!looks_right(r, r->buf + pos))
			return false;
		pos += PCAP_RECORD_LEN + get32(r, r->buf + pos + 8);
	}
	return true;
}

static uint64_t guess(struct reader *r, uint64_t off, uint64_t limit)
{
	size_t pos;

	if (!want(r, off, PCAP_RECORD_LEN, limit))
		return NOWHERE;
	for (pos = off - r->at; pos < r->len; pos++)
		if (is_chain(r, pos))
			return r->at + pos;
	return NOWHERE;
}

/* ---- walking ---- */

/* The records that begin before `limit`, from part->start on. */
static void walk(struct reader *r, struct part *part, uint64_t limit)
{
	const struct capfile_scan_input *in = r->in;
	struct cbpf_packet batch[BATCH] = {{0}};
	uint64_t off = part->start;
	const uint8_t *h;
	uint32_t n = 0, caplen;

	part->sum = (struct capfile_scanned){0};
	while (off < limit) {
		size_t left = off >= r->at && off - r->at < r->len ? r->len - (off - r->at) : 0;

		h = left ? r->buf + (off - r->at) : NULL;
		if (left < PCAP_RECORD_LEN || left - PCAP_RECORD_LEN < (caplen = get32(r, h + 8))) {
			/* before the window moves: the batch lies in it */
			part->sum.matched += in->take(in->ctx, batch, n);
			part->sum.packets += n;
			n = 0;
			h = want(r, off, PCAP_RECORD_LEN, limit);
			if (!h || (caplen = get32(r, h + 8)) > in->caplen_max)
				break;
			h = want(r, off, PCAP_RECORD_LEN + (size_t)caplen, limit);
			if (!h)
				break;
		}
		if (caplen > in->caplen_max)
			break;
		batch[n].data = h + PCAP_RECORD_LEN;
		batch[n].caplen = caplen;
		batch[n].len = get32(r, h + 12);
		if (batch[n].len < caplen)
			batch[n].len = caplen;
		off += PCAP_RECORD_LEN + (uint64_t)caplen;
		if (++n == BATCH) {
			part->sum.matched += in->take(in->ctx, batch, n);
			part->sum.packets += n;
			n = 0;
		}
	}
	part->sum.matched += in->take(in->ctx, batch, n);
	part->sum.packets += n;
	part->end = off;
	part->whole = off >= limit;
}

static uint64_t limit_of(const struct scan *s, uint32_t n)
{
	uint64_t limit = s->in->begin + (uint64_t)(n + 1) * PART;

	return limit < s->in->end ? limit : s->in->end;
}

static void *work(void *arg)
{
	struct scan *s = arg;
	struct reader r = {.in = s->in};
	uint32_t n;

	while ((n = __atomic_fetch_add(&s->next, 1, __ATOMIC_RELAXED)) < s->count) {
		uint64_t from = s->in->begin + (uint64_t)n * PART;
		struct part *part = &s->parts[n];

		part->start = n ? guess(&r, from, limit_of(s, n)) : from;
		if (part->start != NOWHERE)
			walk(&r, part, limit_of(s, n));
	}
	free(r.buf);
	return NULL;
}

/* ---- together ---- */

static unsigned int processors(void)
{
	cpu_set_t set;
	int n = sched_getaffinity(0, sizeof(set), &set) ? 1 : CPU_COUNT(&set);

	return n < THREADS_MAX ? (unsigned int)n : THREADS_MAX;
}

static void work_together(struct scan *s)
{
	unsigned int wanted = processors(), n = 0;
	pthread_t threads[THREADS_MAX];

	if (wanted > s->count)
		wanted = s->count;
	while (n + 1 < wanted && !thread_start(&threads[n], work, s))
		n++;
	work(s);
	while (n--)
		pthread_join(threads[n], NULL);
}

/* In the file's order: what was guessed rightly is taken as it is. The end of what could be read.
 */
static uint64_t add_up(struct scan *s, struct capfile_scanned *sum)
{
	struct reader r = {.in = s->in};
	uint64_t at = s->in->begin;
	uint32_t n;

	for (n = 0; n < s->count; n++) {
		struct part *part = &s->parts[n];

		if (part->start != at) {
			part->start = at;
			walk(&r, part, limit_of(s, n));
		}
		sum->packets += part->sum.packets;
		sum->matched += part->sum.matched;
		at = part->end;
		if (!part->whole)
			break;
	}
	free(r.buf);
	return at;
}

int capfile_scan_records(const struct capfile_scan_input *in, struct capfile_scanned *sum,
			 uint64_t *end)
{
	struct scan s = {.in = in, .count = (uint32_t)((in->end - in->begin + PART - 1) / PART)};

	*sum = (struct capfile_scanned){0};
	*end = in->begin;
	s.parts = calloc(s.count ? s.count : 1, sizeof(*s.parts));
	if (!s.parts)
		return -ENOMEM;
	work_together(&s);
	*end = add_up(&s, sum);
	free(s.parts);
	return 0;
}
