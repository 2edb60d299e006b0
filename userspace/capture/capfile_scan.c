/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A long capture walked by several threads. It has no index, so a thread that begins in the middle
 * guesses where a record (of pcapng: a block) begins, by a chain of records that look right; what
 * it finds counts only where the part before, walked to its end, arrives at just that place. Else
 * the part is walked again from there. */
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

/* ---- records ---- */

struct record {
	uint32_t data; /* where its packet begins; 0: a block without one */
	uint32_t caplen, len;
};

static size_t pcap_record(const struct reader *r, const uint8_t *h, size_t left, struct record *rec)
{
	if (left < PCAP_RECORD_LEN)
		return PCAP_RECORD_LEN;
	rec->data = PCAP_RECORD_LEN;
	rec->caplen = get32(r, h + 8);
	rec->len = get32(r, h + 12);
	return rec->caplen <= r->in->caplen_max ? PCAP_RECORD_LEN + (size_t)rec->caplen : 0;
}

/* Blocks that describe what follows, and packets without a length or stamp of their own, are the
 * reader's. */
static size_t pcapng_block(const struct reader *r, const uint8_t *h, size_t left,
			   struct record *rec)
{
	uint32_t type, len;

	if (left < PCAPNG_BLOCK_MIN)
		return PCAPNG_BLOCK_MIN;
	type = get32(r, h);
	len = get32(r, h + 4);
	rec->data = 0;
	if (len < PCAPNG_BLOCK_MIN || len % 4 || len > CAPFILE_BLOCK_MAX || type == PCAPNG_SHB ||
	    type == PCAPNG_IDB || type == PCAPNG_PB || type == PCAPNG_SPB)
		return 0;
	if (left >= len && get32(r, h + len - 4) != len)
		return 0;
	if (type != PCAPNG_EPB)
		return len;
	if (len < PCAPNG_EPB_HEAD + 4)
		return 0;
	if (left < PCAPNG_EPB_HEAD)
		return PCAPNG_EPB_HEAD;
	rec->data = PCAPNG_EPB_HEAD;
	rec->caplen = get32(r, h + 20);
	rec->len = get32(r, h + 24);
	return get32(r, h + 8) < r->in->interfaces && rec->caplen <= len - PCAPNG_EPB_HEAD - 4 ? len
											       : 0;
}

/* How many bytes of the file the record at h takes, which is then told when `left` are as many, or
 * how many have to be there to know; 0: none that can be read here. */
static inline size_t read_record(const struct reader *r, bool pcapng, const uint8_t *h, size_t left,
				 struct record *rec)
{
	return pcapng ? pcapng_block(r, h, left, rec) : pcap_record(r, h, left, rec);
}

/* ---- guessing ---- */

/* A record whose head is there; of a block read_record() has looked at its end. */
static bool looks_right(const struct reader *r, size_t pos, const struct record *rec)
{
	const uint8_t *h = r->buf + pos;
	uint32_t frac = get32(r, h + 4);

	if (r->in->pcapng)
		return true;
	return rec->caplen && rec->len >= rec->caplen &&
	       frac < (r->in->nanoseconds ? 1000000000u : 1000000u);
}

static bool is_chain(const struct reader *r, size_t pos)
{
	struct record rec;
	int i;

	for (i = 0; i < CHAIN; i++) {
		size_t left = pos < r->len ? r->len - pos : 0;
		size_t head = r->in->pcapng ? PCAPNG_EPB_HEAD : PCAP_RECORD_LEN, size;

		if (left < head)
			return i > 1; /* the window ends here: long records */
		size = read_record(r, r->in->pcapng, r->buf + pos, left, &rec);
		if (!size || !looks_right(r, pos, &rec))
			return false;
		pos += size;
	}
	return true;
}

static uint64_t guess(struct reader *r, uint64_t off, uint64_t limit)
{
	size_t step = r->in->pcapng ? 4 : 1, pos;

	if (!want(r, off, PCAP_RECORD_LEN, limit))
		return NOWHERE;
	for (pos = off - r->at; pos < r->len; pos += step)
		if (is_chain(r, pos))
			return r->at + pos;
	return NOWHERE;
}

/* ---- walking ---- */

struct batch {
	struct cbpf_packet packets[BATCH];
	uint32_t count;
};

static void hand_over(const struct reader *r, struct batch *b, struct part *part)
{
	part->sum.matched += r->in->take(r->in->ctx, b->packets, b->count);
	part->sum.packets += b->count;
	b->count = 0;
}

/* The whole record at `off` in memory, its size in *size; NULL where it cannot be read. */
static const uint8_t *whole_record(struct reader *r, uint64_t off, uint64_t limit, size_t *size,
				   struct record *rec)
{
	size_t left = PCAP_RECORD_LEN;
	const uint8_t *h = want(r, off, r->in->pcapng ? PCAPNG_BLOCK_MIN : left, limit);

	while (h) {
		left = r->len - (off - r->at);
		*size = read_record(r, r->in->pcapng, h, left, rec);
		if (!*size)
			return NULL;
		if (*size <= left)
			return h;
		h = want(r, off, *size, limit);
	}
	return NULL;
}

/* The records that begin before `limit`, from part->start on; compiled for either format. */
static inline __attribute__((always_inline)) void walk_one(struct reader *r, struct part *part,
							   uint64_t limit, bool pcapng)
{
	struct batch b = {.count = 0};
	uint64_t off = part->start;
	struct record rec;
	const uint8_t *h;
	size_t size;

	memset(b.packets, 0, sizeof(b.packets));
	part->sum = (struct capfile_scanned){0};
	for (; off < limit; off += size) {
		size_t left = off >= r->at && off - r->at < r->len ? r->len - (off - r->at) : 0;

		h = left ? r->buf + (off - r->at) : NULL;
		size = read_record(r, pcapng, h, left, &rec);
		if (!size)
			break;
		if (size > left) {
			/* before the window moves: the batch lies in it */
			hand_over(r, &b, part);
			h = whole_record(r, off, limit, &size, &rec);
			if (!h)
				break;
		}
		if (!rec.data)
			continue;
		b.packets[b.count].data = h + rec.data;
		b.packets[b.count].caplen = rec.caplen;
		b.packets[b.count].len = rec.len < rec.caplen ? rec.caplen : rec.len;
		if (++b.count == BATCH)
			hand_over(r, &b, part);
	}
	hand_over(r, &b, part);
	part->end = off;
	part->whole = off >= limit;
}

static void walk(struct reader *r, struct part *part, uint64_t limit)
{
	if (r->in->pcapng)
		walk_one(r, part, limit, true);
	else
		walk_one(r, part, limit, false);
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
