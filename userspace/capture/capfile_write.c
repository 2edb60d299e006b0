/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "capfile_format.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define BUFFER_LEN (256u << 10)

/* What an interface's description says at most: readers cut what is longer. */
struct limit {
	uint32_t snaplen;
	uint64_t at; /* where in the file it stands */
};

struct capfile_writer {
	char *path;
	int fd, failed; /* failed: the -errno that ended the writing */
	bool regular;   /* what was written can be written again */
	enum capfile_format format;
	int interfaces;
	struct limit *limits; /* of each */
	uint8_t *buf;
	size_t cap, used;
	uint64_t offset; /* bytes in the file before buf */
};

static void put(struct capfile_writer *w, const void *p, size_t len)
{
	memcpy(w->buf + w->used, p, len);
	w->used += len;
}

static void put16(struct capfile_writer *w, uint16_t v)
{
	put(w, &v, sizeof(v));
}

static void put32(struct capfile_writer *w, uint32_t v)
{
	put(w, &v, sizeof(v));
}

static void pad(struct capfile_writer *w, size_t len)
{
	put(w, "\0\0\0", (4 - len % 4) % 4);
}

/* How many of the first `len` bytes of buf are whole records. */
static size_t whole_records(const struct capfile_writer *w, size_t len)
{
	size_t at = w->offset == 0 && w->format != CAPFILE_PCAPNG ? PCAP_HEADER_LEN : 0;
	uint32_t n;

	for (;;) {
		size_t field = w->format == CAPFILE_PCAPNG ? 4 : 8;

		if (at > len || len - at < field + 4)
			return at > len ? 0 : at;
		memcpy(&n, w->buf + at + field, sizeof(n));
		if (w->format != CAPFILE_PCAPNG)
			n += PCAP_RECORD_LEN;
		if (n > len - at)
			return at;
		at += n;
	}
}

static int flush(struct capfile_writer *w, struct capfile_error *err)
{
	size_t done = 0;
	ssize_t n;

	if (w->failed)
		return capfile_set_error(err, w->failed, "'%s' could not be written: %s", w->path,
					 strerror(-w->failed));
	while (done < w->used) {
		n = write(w->fd, w->buf + done, w->used - done);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0) {
			w->failed = -errno;
			/* Leave no half record behind; a pipe cannot be cut, its reader sees the
			 * end. */
			if (ftruncate(w->fd, (off_t)(w->offset + whole_records(w, done))))
				errno = -w->failed;
			return capfile_set_error(err, w->failed,
						 "'%s' could not be written: %s (the packets "
						 "written before are kept)",
						 w->path, strerror(-w->failed));
		}
		done += (size_t)n;
	}
	w->offset += w->used;
	w->used = 0;
	return 0;
}

static int room(struct capfile_writer *w, size_t need, struct capfile_error *err)
{
	uint8_t *bigger;
	int ret;

	if (w->failed || w->cap - w->used < need) {
		ret = flush(w, err);
		if (ret)
			return ret;
	}
	if (need <= w->cap)
		return 0;
	bigger = realloc(w->buf, need);
	if (!bigger)
		return capfile_set_error(err, -ENOMEM, "out of memory for '%s'", w->path);
	w->buf = bigger;
	w->cap = need;
	return 0;
}

static void section_header(struct capfile_writer *w)
{
	put32(w, PCAPNG_SHB);
	put32(w, 28);
	put32(w, PCAPNG_BYTE_ORDER_MAGIC);
	put16(w, 1);
	put16(w, 0);
	put32(w, 0xffffffff); /* section length: not specified */
	put32(w, 0xffffffff);
	put32(w, 28);
}

static void pcap_header(struct capfile_writer *w, uint16_t linktype, uint32_t snaplen)
{
	put32(w, w->format == CAPFILE_PCAP_NS ? PCAP_MAGIC_NS : PCAP_MAGIC_US);
	put16(w, 2);
	put16(w, 4);
	put32(w, 0);
	put32(w, 0);
	put32(w, snaplen);
	put32(w, linktype);
}

static void interface_description(struct capfile_writer *w, const char *name, uint16_t linktype,
				  uint32_t snaplen)
{
	size_t n = strlen(name);
	uint32_t len = (uint32_t)(20 + 8 + 4 + (n ? 4 + ((n + 3) & ~3u) : 0));

	put32(w, PCAPNG_IDB);
	put32(w, len);
	put16(w, linktype);
	put16(w, 0);
	put32(w, snaplen);
	if (n) {
		put16(w, PCAPNG_OPT_IF_NAME);
		put16(w, (uint16_t)n);
		put(w, name, n);
		pad(w, n);
	}
	put16(w, PCAPNG_OPT_IF_TSRESOL);
	put16(w, 1);
	put(w, "\x09\0\0", 4);
	put32(w, PCAPNG_OPT_END);
	put32(w, len);
}

bool capfile_is_pcap_name(const char *path)
{
	size_t len = strlen(path);

	return len >= 5 && !strcmp(path + len - 5, ".pcap");
}

bool capfile_same(const char *path, const char *source)
{
	struct stat a, b;

	if (!path || !source || stat(path, &a) ||
	    (strcmp(source, "-") ? stat(source, &b) : fstat(STDIN_FILENO, &b)))
		return false;
	return S_ISREG(a.st_mode) && a.st_dev == b.st_dev && a.st_ino == b.st_ino;
}

static bool is_regular(int fd)
{
	struct stat st;

	return !fstat(fd, &st) && S_ISREG(st.st_mode);
}

int capfile_create(struct capfile_writer **out, const char *path, enum capfile_format format,
		   struct capfile_error *err)
{
	bool is_stdout = !strcmp(path, "-");
	struct capfile_writer *w = calloc(1, sizeof(*w));
	int ret;

	if (!w)
		return capfile_set_error(err, -ENOMEM, "out of memory for '%s'", path);
	w->format = format;
	w->cap = BUFFER_LEN;
	w->buf = malloc(w->cap);
	w->path = strdup(is_stdout ? "standard output" : path);
	w->fd = is_stdout ? STDOUT_FILENO
			  : open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
	if (w->fd < 0)
		ret = capfile_set_error(err, -errno, "'%s' could not be created: %s", path,
					strerror(errno));
	else if (!w->buf || !w->path)
		ret = capfile_set_error(err, -ENOMEM, "out of memory for '%s'", path);
	else {
		w->regular = !is_stdout && is_regular(w->fd);
		if (format == CAPFILE_PCAPNG)
			section_header(w);
		*out = w;
		return 0;
	}
	if (w->fd > STDOUT_FILENO)
		close(w->fd);
	free(w->limits);
	free(w->buf);
	free(w->path);
	free(w);
	return ret;
}

/* Of a pipe it cannot be raised later. */
static uint32_t first_snaplen(const struct capfile_writer *w, uint32_t snaplen)
{
	if (w->format == CAPFILE_PCAPNG)
		return w->regular ? snaplen : 0;
	return !snaplen || (!w->regular && snaplen < CAPFILE_SNAPLEN_MAX) ? CAPFILE_SNAPLEN_MAX
									  : snaplen;
}

static int add_limit(struct capfile_writer *w, uint32_t snaplen)
{
	struct limit *more = realloc(w->limits, ((size_t)w->interfaces + 1) * sizeof(*more));

	if (!more)
		return -ENOMEM;
	w->limits = more;
	more[w->interfaces] = (struct limit){
		.snaplen = w->format == CAPFILE_PCAPNG && !snaplen ? UINT32_MAX : snaplen,
		.at = w->offset + w->used + (w->format == CAPFILE_PCAPNG ? 12 : 16)};
	return 0;
}

/* A record that is longer than its interface's description says: that says more then. */
static int raise_limit(struct capfile_writer *w, struct limit *l, uint32_t caplen,
		       struct capfile_error *err)
{
	uint32_t snaplen = caplen < CAPFILE_SNAPLEN_MAX ? CAPFILE_SNAPLEN_MAX : caplen;

	if (l->at >= w->offset)
		memcpy(w->buf + (l->at - w->offset), &snaplen, sizeof(snaplen));
	else if (w->regular && pwrite(w->fd, &snaplen, sizeof(snaplen), (off_t)l->at) < 0)
		return capfile_set_error(err, -errno, "'%s' could not be written: %s", w->path,
					 strerror(errno));
	l->snaplen = snaplen;
	return 0;
}

int capfile_add_interface(struct capfile_writer *w, const char *name, uint16_t linktype,
			  uint32_t snaplen, struct capfile_error *err)
{
	int ret;

	name = name ? name : "";
	if (w->format != CAPFILE_PCAPNG && w->interfaces)
		return capfile_set_error(
			err, -EINVAL,
			"'%s' is pcap, which holds one interface: write pcapng instead", w->path);
	if (strlen(name) > 1024)
		return capfile_set_error(err, -EINVAL, "an interface name of %zu bytes is too long",
					 strlen(name));
	ret = room(w, 2048, err);
	if (ret)
		return ret;
	snaplen = first_snaplen(w, snaplen);
	if (add_limit(w, snaplen))
		return capfile_set_error(err, -ENOMEM, "out of memory for '%s'", w->path);
	if (w->format == CAPFILE_PCAPNG)
		interface_description(w, name, linktype, snaplen);
	else
		pcap_header(w, linktype, snaplen);
	return w->interfaces++;
}

static void enhanced_packet(struct capfile_writer *w, const struct capfile_packet *pkt)
{
	uint32_t flags = pkt->direction == CAPFILE_DIR_IN    ? 1
			 : pkt->direction == CAPFILE_DIR_OUT ? 2
							     : 0;
	uint32_t len = 32 + ((pkt->caplen + 3) & ~3u) + (flags ? 12 : 0);

	put32(w, PCAPNG_EPB);
	put32(w, len);
	put32(w, pkt->iface);
	put32(w, (uint32_t)((uint64_t)pkt->ts_ns >> 32));
	put32(w, (uint32_t)pkt->ts_ns);
	put32(w, pkt->caplen);
	put32(w, pkt->len);
	put(w, pkt->data, pkt->caplen);
	pad(w, pkt->caplen);
	if (flags) {
		put16(w, PCAPNG_OPT_EPB_FLAGS);
		put16(w, 4);
		put32(w, flags);
		put32(w, PCAPNG_OPT_END);
	}
	put32(w, len);
}

/* It has neither stamp nor flags, and belongs to interface 0. */
static void simple_packet(struct capfile_writer *w, const struct capfile_packet *pkt)
{
	uint32_t len = 16 + ((pkt->caplen + 3) & ~3u);

	put32(w, PCAPNG_SPB);
	put32(w, len);
	put32(w, pkt->len);
	put(w, pkt->data, pkt->caplen);
	pad(w, pkt->caplen);
	put32(w, len);
}

static void pcap_record(struct capfile_writer *w, const struct capfile_packet *pkt)
{
	uint32_t ns = (uint32_t)((uint64_t)pkt->ts_ns % 1000000000u);

	put32(w, (uint32_t)((uint64_t)pkt->ts_ns / 1000000000u));
	put32(w, w->format == CAPFILE_PCAP_NS ? ns : ns / 1000);
	put32(w, pkt->caplen);
	put32(w, pkt->len);
	put(w, pkt->data, pkt->caplen);
}

/* Both formats count from 1970 without a sign, pcap in seconds of 32 bits. */
static int check_time(const struct capfile_writer *w, const struct capfile_packet *pkt,
		      struct capfile_error *err)
{
	bool late = w->format != CAPFILE_PCAPNG && pkt->ts_ns / 1000000000 > UINT32_MAX;

	if (pkt->ts_ns >= 0 && !late)
		return 0;
	return capfile_set_error(err, -ERANGE,
				 "'%s': a packet's time is %s, which %s cannot hold: move the "
				 "times of the capture (editcap -t SECONDS)",
				 w->path, late ? "after 2106" : "before 1970",
				 w->format == CAPFILE_PCAPNG ? "pcapng" : "pcap");
}

int capfile_write(struct capfile_writer *w, const struct capfile_packet *pkt,
		  struct capfile_error *err)
{
	int ret;

	if (pkt->iface >= (uint32_t)w->interfaces || pkt->caplen > CAPFILE_BLOCK_MAX - 64)
		return capfile_set_error(
			err, -EINVAL,
			"'%s': a packet names interface %u of %d, or is %u bytes long", w->path,
			pkt->iface, w->interfaces, pkt->caplen);
	ret = check_time(w, pkt, err);
	if (!ret)
		ret = room(w, pkt->caplen + 64u, err);
	if (!ret && pkt->caplen > w->limits[pkt->iface].snaplen)
		ret = raise_limit(w, &w->limits[pkt->iface], pkt->caplen, err);
	if (ret)
		return ret;
	/* Its length is told by the block's alone, as far as the interface keeps all. */
	if (w->format == CAPFILE_PCAPNG && pkt->unstamped && !pkt->iface && pkt->caplen == pkt->len)
		simple_packet(w, pkt);
	else if (w->format == CAPFILE_PCAPNG)
		enhanced_packet(w, pkt);
	else
		pcap_record(w, pkt);
	return 0;
}

int capfile_flush(struct capfile_writer *w, struct capfile_error *err)
{
	return flush(w, err);
}

int capfile_finish(struct capfile_writer *w, struct capfile_error *err)
{
	int ret;

	if (!w)
		return 0;
	ret = flush(w, err);
	if (w->fd > STDOUT_FILENO && close(w->fd) && !ret)
		ret = capfile_set_error(err, -errno, "'%s' could not be written: %s", w->path,
					strerror(errno));
	free(w->limits);
	free(w->buf);
	free(w->path);
	free(w);
	return ret;
}
