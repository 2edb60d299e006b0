/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "capfile_ahead.h"
#include "capfile_format.h"
#include "capfile_scan.h"
#include "text.h"

#include <byteswap.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define BUFFER_LEN (256u << 10) /* a size that stays in a level 2 cache */

#define SCAN_FROM (1u << 20) /* bytes: less is read before a thread has started */
#define TSOFFSET_MAX (INT64_MAX / 1000000000)
#define AHEAD_FROM (8u << 20) /* bytes: a shorter file is read before a thread has started */

struct iface {
	struct capfile_iface pub;
	char *name;
	uint8_t tsresol;
	int64_t tsoffset; /* seconds */
};

struct capfile {
	char *path;
	int fd;
	bool swapped, pcapng, eof;
	uint8_t *own;         /* `cap` bytes */
	uint8_t *buf;         /* own, or a block that was read ahead */
	size_t cap, pos, end; /* buf[pos, end) is read and not yet consumed */
	struct capfile_ahead *ahead;
	uint64_t done, total; /* bytes consumed; the file's size, 0 when not known */
	uint64_t packets;
	void (*before_wait)(void *ctx);
	void *wait_ctx;
	struct iface *ifaces;
	uint32_t nifaces, section_base; /* pcapng counts interfaces anew in every section */
};

int capfile_set_error(struct capfile_error *err, int ret, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(err->text, sizeof(err->text), fmt, ap);
	va_end(ap);
	return ret;
}

static uint16_t get16(const struct capfile *cf, const uint8_t *p)
{
	uint16_t v;

	memcpy(&v, p, sizeof(v));
	return cf->swapped ? bswap_16(v) : v;
}

static uint32_t get32(const struct capfile *cf, const uint8_t *p)
{
	uint32_t v;

	memcpy(&v, p, sizeof(v));
	return cf->swapped ? bswap_32(v) : v;
}

static uint64_t get64(const struct capfile *cf, const uint8_t *p)
{
	uint64_t v;

	memcpy(&v, p, sizeof(v));
	return cf->swapped ? bswap_64(v) : v;
}

static int grow(struct capfile *cf, size_t need)
{
	uint8_t *bigger;

	if (need <= cf->cap)
		return 0;
	bigger = realloc(cf->own, need);
	if (!bigger)
		return -ENOMEM;
	if (!cf->buf || cf->buf == cf->own)
		cf->buf = bigger;
	cf->own = bigger;
	cf->cap = need;
	return 0;
}

/* What is left, at the start of our own memory, with room for `more` behind it. */
static int keep_left(struct capfile *cf, size_t more)
{
	size_t left = cf->end - cf->pos;

	if (grow(cf, left + more))
		return -ENOMEM;
	memmove(cf->own, cf->buf + cf->pos, left);
	cf->buf = cf->own;
	cf->pos = 0;
	cf->end = left;
	return 0;
}

/* fill() from blocks that were read ahead: what is left goes in front of the next block, which is
 * used where it lies. A record that is longer than that is put together in our own memory. */
static ssize_t fill_ahead(struct capfile *cf, size_t need)
{
	uint8_t *block;
	ssize_t len;

	while (cf->end - cf->pos < need && !cf->eof) {
		size_t left = cf->end - cf->pos;

		len = capfile_ahead_peek(cf->ahead, &block);
		if (len < 0)
			return len;
		cf->eof = len == 0;
		if (cf->eof)
			break;
		if (left <= CAPFILE_AHEAD_HEADROOM && left + (size_t)len >= need) {
			memcpy(block - left, cf->buf + cf->pos, left);
			cf->buf = block - left;
			cf->pos = 0;
		} else {
			if (keep_left(cf, (size_t)len))
				return -ENOMEM;
			memcpy(cf->buf + left, block, (size_t)len);
		}
		cf->end = left + (size_t)len;
		capfile_ahead_take(cf->ahead);
	}
	return (ssize_t)(cf->end - cf->pos);
}

static void tell_of_wait(struct capfile *cf)
{
	struct pollfd p = {.fd = cf->fd, .events = POLLIN};

	if (cf->before_wait && !cf->total && !poll(&p, 1, 0))
		cf->before_wait(cf->wait_ctx);
}

void capfile_before_wait(struct capfile *cf, void (*call)(void *ctx), void *ctx)
{
	cf->before_wait = call;
	cf->wait_ctx = ctx;
}

/* Makes `need` bytes readable at buf + pos. How many are there (fewer only at the end), or -errno.
 */
static ssize_t fill(struct capfile *cf, size_t need)
{
	ssize_t n;

	if (cf->end - cf->pos >= need)
		return (ssize_t)(cf->end - cf->pos);
	if (cf->ahead)
		return fill_ahead(cf, need);
	memmove(cf->buf, cf->buf + cf->pos, cf->end - cf->pos);
	cf->end -= cf->pos;
	cf->pos = 0;
	if (grow(cf, need))
		return -ENOMEM;
	while (cf->end < need && !cf->eof) {
		tell_of_wait(cf);
		n = read(cf->fd, cf->buf + cf->end, cf->cap - cf->end);
		if (n < 0 && errno == EINTR)
			return -EINTR;
		if (n < 0)
			return -errno;
		if (n == 0)
			cf->eof = true;
		cf->end += (size_t)n;
	}
	return (ssize_t)(cf->end - cf->pos);
}

static const uint8_t *consume(struct capfile *cf, size_t len)
{
	const uint8_t *p = cf->buf + cf->pos;

	cf->pos += len;
	cf->done += len;
	return p;
}

/* Whether what fill() gave is all of it: 0, or -errno with a sentence about packet number packets
 * + 1. */
static int wanted(const struct capfile *cf, ssize_t have, size_t need, struct capfile_error *err)
{
	if (have < 0)
		return capfile_set_error(err, (int)have,
					 "'%s' could not be read after packet %llu: %s", cf->path,
					 (unsigned long long)cf->packets, strerror(-(int)have));
	if ((size_t)have < need)
		return capfile_set_error(
			err, -EBADMSG,
			"'%s' is cut short in packet %llu: its record needs %zu bytes and %zd are "
			"there (the packets before it are whole)",
			cf->path, (unsigned long long)cf->packets + 1, need, have);
	return 0;
}

static int want(struct capfile *cf, size_t need, struct capfile_error *err)
{
	return wanted(cf, fill(cf, need), need, err);
}

static struct iface *add_iface(struct capfile *cf, uint16_t linktype, uint32_t snaplen)
{
	struct iface *more = realloc(cf->ifaces, (cf->nifaces + 1) * sizeof(*more));

	if (!more)
		return NULL;
	cf->ifaces = more;
	more += cf->nifaces++;
	*more = (struct iface){.pub = {.linktype = linktype, .snaplen = snaplen}, .tsresol = 6};
	return more;
}

static int64_t to_ns(const struct iface *i, uint64_t units)
{
	static const uint64_t pow10[] = {1,      10,      100,      1000,      10000,
					 100000, 1000000, 10000000, 100000000, 1000000000};
	unsigned int r = i->tsresol & 0x7f;
	uint64_t ns;

	if (i->tsresol & 0x80)
		ns = r < 64 ? (uint64_t)(((unsigned __int128)units * 1000000000u) >> r) : 0;
	else if (r <= 9)
		ns = units * pow10[9 - r];
	else
		ns = r <= 18 ? units / pow10[r - 9] : 0;
	return (int64_t)(ns + (uint64_t)i->tsoffset * 1000000000u);
}

/* ---- pcap ---- */

static int open_pcap(struct capfile *cf, bool ns, struct capfile_error *err)
{
	const uint8_t *h;
	struct iface *i;

	if (fill(cf, PCAP_HEADER_LEN) < (ssize_t)PCAP_HEADER_LEN)
		return capfile_set_error(err, -EBADMSG, "'%s' is cut short in its pcap file header",
					 cf->path);
	h = consume(cf, PCAP_HEADER_LEN);
	if (get16(cf, h + 4) != 2)
		return capfile_set_error(err, -EBADMSG,
					 "'%s' is pcap version %u.%u; versions 2.x can be read",
					 cf->path, get16(cf, h + 4), get16(cf, h + 6));
	i = add_iface(cf, (uint16_t)get32(cf, h + 20), get32(cf, h + 16));
	if (!i)
		return capfile_set_error(err, -ENOMEM, "out of memory for '%s'", cf->path);
	i->pub.nanoseconds = ns;
	i->pub.tick_ns = ns ? 1 : 1000;
	i->tsresol = ns ? 9 : 6;
	return 0;
}

/* What a record may claim. */
static uint32_t caplen_max(const struct capfile *cf)
{
	uint32_t snaplen = cf->ifaces->pub.snaplen;

	if (snaplen <= CAPFILE_SNAPLEN_MAX)
		return CAPFILE_SNAPLEN_MAX;
	return snaplen < CAPFILE_BLOCK_MAX ? snaplen : CAPFILE_BLOCK_MAX;
}

static int next_pcap(struct capfile *cf, struct capfile_packet *pkt, struct capfile_error *err)
{
	uint32_t limit = caplen_max(cf), sec, frac;
	const uint8_t *h;
	ssize_t have = fill(cf, PCAP_RECORD_LEN);
	int ret;

	if (have == 0)
		return 0;
	ret = wanted(cf, have, PCAP_RECORD_LEN, err);
	if (ret)
		return ret;
	h = cf->buf + cf->pos;
	pkt->caplen = get32(cf, h + 8);
	if (pkt->caplen > limit)
		return capfile_set_error(
			err, -EBADMSG,
			"'%s' is damaged at packet %llu: its record claims %u captured bytes",
			cf->path, (unsigned long long)cf->packets + 1, pkt->caplen);
	ret = want(cf, PCAP_RECORD_LEN + pkt->caplen, err);
	if (ret)
		return ret;
	h = consume(cf, PCAP_RECORD_LEN + pkt->caplen);
	sec = get32(cf, h);
	frac = get32(cf, h + 4);
	pkt->ts_ns = (int64_t)sec * 1000000000 +
		     (int64_t)frac * (cf->ifaces->pub.nanoseconds ? 1 : 1000);
	pkt->len = get32(cf, h + 12);
	pkt->data = h + PCAP_RECORD_LEN;
	pkt->iface = 0;
	pkt->unstamped = false;
	pkt->direction = CAPFILE_DIR_UNKNOWN;
	return 1;
}

/* ---- pcapng ---- */

/* The value of option `code` in [p, end): its length in *len, NULL when it is not there. */
static const uint8_t *option(const struct capfile *cf, const uint8_t *p, const uint8_t *end,
			     uint16_t code, uint16_t *len)
{
	while (end - p >= 4) {
		uint16_t c = get16(cf, p), l = get16(cf, p + 2);
		size_t padded = (l + 3u) & ~3u;

		if (c == PCAPNG_OPT_END || (size_t)(end - p - 4) < l)
			return NULL;
		if (c == code) {
			*len = l;
			return p + 4;
		}
		if ((size_t)(end - p - 4) < padded)
			return NULL;
		p += 4 + padded;
	}
	return NULL;
}

static int block_error(struct capfile *cf, const char *what, struct capfile_error *err)
{
	return capfile_set_error(err, -EBADMSG, "'%s' is damaged after packet %llu: %s", cf->path,
				 (unsigned long long)cf->packets, what);
}

/* What comes from a file is shown on terminals, and in JSON: printable UTF-8, which pcapng's names
 * are in. NULL without memory. */
static char *name_of(const uint8_t *octets, size_t len)
{
	char *name = strndup((const char *)octets, len);

	if (name)
		utf8_clean(name);
	return name;
}

static int interface_block(struct capfile *cf, const uint8_t *b, const uint8_t *end,
			   struct capfile_error *err)
{
	const uint8_t *o;
	struct iface *i;
	uint16_t len;

	if (end - b < 8)
		return block_error(cf, "an interface description is too short", err);
	i = add_iface(cf, get16(cf, b), get32(cf, b + 4));
	if (!i)
		return capfile_set_error(err, -ENOMEM, "out of memory for '%s'", cf->path);
	o = option(cf, b + 8, end, PCAPNG_OPT_IF_TSRESOL, &len);
	if (o && len >= 1)
		i->tsresol = *o;
	if (i->tsresol & 0x80 ? (i->tsresol & 0x7f) >= 64 : i->tsresol > 18)
		return block_error(
			cf, "an interface's time stamp resolution (if_tsresol) is out of range",
			err);
	i->pub.nanoseconds = i->tsresol & 0x80 ? (i->tsresol & 0x7f) > 20 : i->tsresol > 6;
	i->pub.tick_ns = (uint64_t)to_ns(i, 1);
	i->pub.tick_ns += !i->pub.tick_ns;
	o = option(cf, b + 8, end, PCAPNG_OPT_IF_TSOFFSET, &len);
	if (o && len == 8)
		i->tsoffset = (int64_t)get64(cf, o);
	if (i->tsoffset > TSOFFSET_MAX || i->tsoffset < -TSOFFSET_MAX)
		return block_error(
			cf, "an interface's offset of time (if_tsoffset) is out of range", err);
	o = option(cf, b + 8, end, PCAPNG_OPT_IF_NAME, &len);
	if (o)
		i->name = name_of(o, len);
	return 0;
}

static uint64_t count_option(const struct capfile *cf, const uint8_t *p, const uint8_t *end,
			     uint16_t code)
{
	uint16_t len;
	const uint8_t *o = option(cf, p, end, code, &len);

	return o && len == 8 ? get64(cf, o) : 0;
}

/* The last statistics of an interface stand for all before. */
static void statistics_block(struct capfile *cf, const uint8_t *b, const uint8_t *end)
{
	uint32_t iface;

	if (end - b < 12)
		return;
	iface = get32(cf, b);
	if (iface < cf->nifaces - cf->section_base)
		cf->ifaces[cf->section_base + iface].pub.lost =
			count_option(cf, b + 12, end, PCAPNG_OPT_ISB_IFDROP) +
			count_option(cf, b + 12, end, PCAPNG_OPT_ISB_OSDROP);
}

static void set_direction(const struct capfile *cf, const uint8_t *opts, const uint8_t *end,
			  struct capfile_packet *pkt)
{
	uint16_t len;
	const uint8_t *o = option(cf, opts, end, PCAPNG_OPT_EPB_FLAGS, &len);
	uint32_t bits = o && len >= 4 ? get32(cf, o) & 3 : 0;

	pkt->direction = bits == 1   ? CAPFILE_DIR_IN
			 : bits == 2 ? CAPFILE_DIR_OUT
				     : CAPFILE_DIR_UNKNOWN;
}

static int packet_block(struct capfile *cf, uint32_t type, const uint8_t *b, const uint8_t *end,
			struct capfile_packet *pkt, struct capfile_error *err)
{
	size_t head = type == PCAPNG_SPB ? 4 : 20;
	uint32_t iface = 0;
	uint64_t stamp = 0;

	if ((size_t)(end - b) < head)
		return block_error(cf, "a packet block is too short", err);
	if (type != PCAPNG_SPB) {
		iface = type == PCAPNG_EPB ? get32(cf, b) : get16(cf, b);
		stamp = (uint64_t)get32(cf, b + 4) << 32 | get32(cf, b + 8);
		pkt->caplen = get32(cf, b + 12);
		pkt->len = get32(cf, b + 16);
	}
	if (iface >= cf->nifaces - cf->section_base)
		return block_error(cf, "a packet names an interface that is not described", err);
	pkt->iface = cf->section_base + iface;
	if (type == PCAPNG_SPB) {
		uint32_t snap = cf->ifaces[pkt->iface].pub.snaplen;

		pkt->len = get32(cf, b);
		pkt->caplen = snap && snap < pkt->len ? snap : pkt->len;
	}
	if (pkt->caplen > (size_t)(end - b) - head)
		return block_error(cf, "a packet claims more captured bytes than its block holds",
				   err);
	pkt->data = b + head;
	pkt->unstamped = type == PCAPNG_SPB;
	pkt->ts_ns = pkt->unstamped ? 0 : to_ns(&cf->ifaces[pkt->iface], stamp);
	pkt->direction = CAPFILE_DIR_UNKNOWN;
	if (type != PCAPNG_SPB) {
		size_t padded = (pkt->caplen + 3u) & ~3u;

		if (padded <= (size_t)(end - b) - head)
			set_direction(cf, b + head + padded, end, pkt);
	}
	return 1;
}

static int section_block(struct capfile *cf, struct capfile_error *err)
{
	uint32_t magic;

	if (want(cf, PCAPNG_BLOCK_MIN + 4, err))
		return -EBADMSG;
	memcpy(&magic, cf->buf + cf->pos + 8, sizeof(magic));
	if (magic != PCAPNG_BYTE_ORDER_MAGIC && bswap_32(magic) != PCAPNG_BYTE_ORDER_MAGIC)
		return block_error(cf, "a section header has no byte-order magic", err);
	cf->swapped = magic != PCAPNG_BYTE_ORDER_MAGIC;
	if (get16(cf, cf->buf + cf->pos + 12) != 1)
		return block_error(cf, "its section is not pcapng version 1.x", err);
	cf->section_base = cf->nifaces;
	return 0;
}

/* draft-ietf-opsawg-pcapng, 3.1: a block's length stands behind it once more. */
static int length_error(const struct capfile *cf, uint32_t type, uint32_t len,
			struct capfile_error *err)
{
	bool packet = type == PCAPNG_EPB || type == PCAPNG_SPB || type == PCAPNG_PB;

	return capfile_set_error(
		err, -EBADMSG,
		"'%s' is damaged %s packet %llu: its block of type %u is %u bytes long by its "
		"head and %u by its end",
		cf->path, packet ? "at" : "after", (unsigned long long)cf->packets + packet, type,
		len, get32(cf, cf->buf + cf->pos + len - 4));
}

/* One block: 1 with a packet, 0 at the end, 2 for a block without one, -errno. */
static int next_block(struct capfile *cf, struct capfile_packet *pkt, struct capfile_error *err)
{
	ssize_t have = fill(cf, PCAPNG_BLOCK_MIN);
	uint32_t type, len;
	const uint8_t *b;
	int ret;

	if (have == 0)
		return 0;
	ret = wanted(cf, have, PCAPNG_BLOCK_MIN, err);
	if (ret)
		return ret;
	type = get32(cf, cf->buf + cf->pos);
	if (type == PCAPNG_SHB) {
		ret = section_block(cf, err);
		if (ret)
			return ret;
	}
	len = get32(cf, cf->buf + cf->pos + 4);
	if (len < PCAPNG_BLOCK_MIN || len % 4 || len > CAPFILE_BLOCK_MAX)
		return block_error(cf, "a block's length is impossible", err);
	ret = want(cf, len, err);
	if (ret)
		return ret;
	if (get32(cf, cf->buf + cf->pos + len - 4) != len)
		return length_error(cf, type, len, err);
	b = consume(cf, len);
	if (type == PCAPNG_IDB)
		ret = interface_block(cf, b + 8, b + len - 4, err);
	else if (type == PCAPNG_ISB)
		statistics_block(cf, b + 8, b + len - 4);
	else if (type == PCAPNG_EPB || type == PCAPNG_SPB || type == PCAPNG_PB)
		return packet_block(cf, type, b + 8, b + len - 4, pkt, err);
	return ret ? ret : 2;
}

/* ---- the verbs ---- */

/* The program that unpacks what begins so; NULL. */
static const char *unpacker(const uint8_t *p)
{
	if (p[0] == 0x1f && p[1] == 0x8b)
		return "gzip";
	if (!memcmp(p, "\x28\xb5\x2f\xfd", 4))
		return "zstd";
	return memcmp(p, "\3757zX", 4) ? NULL : "xz";
}

static int recognise(struct capfile *cf, struct capfile_error *err)
{
	uint32_t magic;
	ssize_t have = fill(cf, 4);

	if (have < 0)
		return capfile_set_error(err, (int)have, "'%s' could not be read: %s", cf->path,
					 strerror(-(int)have));
	if (have < 4)
		return capfile_set_error(err, -EBADMSG, "'%s' is %s: no capture file", cf->path,
					 have ? "shorter than a file header" : "empty");
	memcpy(&magic, cf->buf, sizeof(magic));
	cf->pcapng = magic == PCAPNG_SHB;
	if (cf->pcapng)
		return 0;
	cf->swapped = bswap_32(magic) == PCAP_MAGIC_US || bswap_32(magic) == PCAP_MAGIC_NS;
	magic = get32(cf, cf->buf);
	if (magic == PCAP_MAGIC_US || magic == PCAP_MAGIC_NS)
		return open_pcap(cf, magic == PCAP_MAGIC_NS, err);
	if (unpacker(cf->buf))
		return capfile_set_error(err, -EBADMSG,
					 "'%s' is compressed: unpack it with `%s -d`", cf->path,
					 unpacker(cf->buf));
	return capfile_set_error(
		err, -EBADMSG,
		"'%s' is no capture: it begins with %02x %02x %02x %02x, neither pcap nor pcapng",
		cf->path, cf->buf[0], cf->buf[1], cf->buf[2], cf->buf[3]);
}

int capfile_open(struct capfile **out, const char *path, struct capfile_error *err)
{
	bool is_stdin = !strcmp(path, "-");
	struct capfile *cf = calloc(1, sizeof(*cf));
	struct stat st;
	int ret;

	if (!cf)
		return capfile_set_error(err, -ENOMEM, "out of memory for '%s'", path);
	cf->fd = is_stdin ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
	cf->path = strdup(is_stdin ? "standard input" : path);
	if (cf->fd < 0) {
		ret = capfile_set_error(err, -errno, "'%s' could not be opened: %s", path,
					strerror(errno));
		goto fail;
	}
	if (!cf->path || grow(cf, BUFFER_LEN)) {
		ret = capfile_set_error(err, -ENOMEM, "out of memory for '%s'", path);
		goto fail;
	}
	if (!fstat(cf->fd, &st) && S_ISREG(st.st_mode))
		cf->total = (uint64_t)st.st_size;
	ret = recognise(cf, err);
	if (ret)
		goto fail;
	*out = cf;
	return 0;
fail:
	capfile_close(cf);
	return ret;
}

int capfile_next(struct capfile *cf, struct capfile_packet *pkt, struct capfile_error *err)
{
	int ret;

	do
		ret = cf->pcapng ? next_block(cf, pkt, err) : next_pcap(cf, pkt, err);
	while (ret == 2);
	if (ret != 1)
		return ret;
	pkt->number = ++cf->packets;
	pkt->linktype = cf->ifaces[pkt->iface].pub.linktype;
	if (pkt->len < pkt->caplen)
		pkt->len = pkt->caplen;
	return 1;
}

uint32_t capfile_interface_count(const struct capfile *cf)
{
	return cf->nifaces;
}

const struct capfile_iface *capfile_interface(const struct capfile *cf, uint32_t index)
{
	struct iface *i = &cf->ifaces[index];

	i->pub.name = i->name ? i->name : "";
	return &i->pub;
}

void capfile_progress(const struct capfile *cf, uint64_t *done, uint64_t *total)
{
	*done = cf->done;
	*total = cf->total;
}

void capfile_read_ahead(struct capfile *cf)
{
	if (!cf->ahead && cf->total > AHEAD_FROM && sysconf(_SC_NPROCESSORS_ONLN) > 1)
		cf->ahead = capfile_ahead_start(cf->fd);
}

void capfile_read_descriptions(struct capfile *cf)
{
	struct capfile_packet none;
	struct capfile_error err;
	uint32_t type;
	int ret = 2;

	while (cf->pcapng && ret == 2 && fill(cf, PCAPNG_BLOCK_MIN) >= (ssize_t)PCAPNG_BLOCK_MIN) {
		uint64_t done = cf->done;

		type = get32(cf, cf->buf + cf->pos);
		if (type == PCAPNG_EPB || type == PCAPNG_SPB || type == PCAPNG_PB)
			return;
		ret = next_block(cf, &none, &err);
		if (ret == 2)
			continue;
		cf->pos -= (size_t)(cf->done - done); /* to be read, and refused, again */
		cf->done = done;
	}
}

static bool one_linktype(const struct capfile *cf)
{
	uint32_t i;

	for (i = 1; i < cf->nifaces; i++)
		if (cf->ifaces[i].pub.linktype != cf->ifaces[0].pub.linktype)
			return false;
	return cf->nifaces > cf->section_base;
}

bool capfile_can_scan(const struct capfile *cf)
{
	return one_linktype(cf) && !cf->ahead && cf->total >= SCAN_FROM;
}

/* A descriptor that was handed over may stand anywhere in its file. */
void capfile_scan(struct capfile *cf, capfile_take *take, void *ctx, struct capfile_scanned *sum)
{
	struct capfile_scan_input in = {
		.fd = cf->fd, .swapped = cf->swapped, .take = take, .ctx = ctx};
	off_t at = lseek(cf->fd, 0, SEEK_CUR);
	uint64_t end;

	*sum = (struct capfile_scanned){0};
	if (!capfile_can_scan(cf) || at < 0)
		return;
	in.begin = (uint64_t)at - (cf->end - cf->pos);
	in.end = cf->total;
	in.nanoseconds = cf->ifaces->pub.nanoseconds;
	in.pcapng = cf->pcapng;
	in.interfaces = cf->nifaces - cf->section_base;
	in.caplen_max = caplen_max(cf);
	if (in.begin >= in.end || capfile_scan_records(&in, sum, &end) ||
	    lseek(cf->fd, (off_t)end, SEEK_SET) < 0) {
		*sum = (struct capfile_scanned){0};
		return;
	}
	cf->pos = cf->end = 0;
	cf->eof = false;
	cf->done += end - in.begin;
	cf->packets += sum->packets;
}

void capfile_close(struct capfile *cf)
{
	uint32_t n;

	if (!cf)
		return;
	for (n = 0; n < cf->nifaces; n++)
		free(cf->ifaces[n].name);
	capfile_ahead_stop(cf->ahead);
	if (cf->fd > STDIN_FILENO)
		close(cf->fd);
	free(cf->ifaces);
	free(cf->own);
	free(cf->path);
	free(cf);
}
