/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sink.h"

#include "analysis.h"
#include "bytes.h"
#include "capfile.h"
#include "cli.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

enum { COLLECT = 1 << 16 };

struct sink {
	bool print, verbose, json, strip;
	uint64_t left; /* packets until the end; 0: no end */
	uint64_t malformed;
	int taps;
	struct text text;
	bool stats;
	const char *title;  /* of the report */
	const char *source; /* the capture that is read, or NULL */
	const char *report_path;
	FILE *report;
	struct analysis *analysis;
	const char *path; /* to write to, or NULL */
	struct capfile_writer *file;
	bool broken;      /* the file cannot be written, which was said */
	uint8_t *rebuilt; /* a frame that is not written as it was received */
	size_t rebuilt_size;
};

/* One interface and seconds that every tool reads, or names and directions as well. */
static enum capfile_format format_of(const char *path)
{
	return capfile_is_pcap_name(path) ? CAPFILE_PCAP_NS : CAPFILE_PCAPNG;
}

int sink_open(struct sink **out, const struct options *o)
{
	struct sink *s = calloc(1, sizeof(*s));

	if (!s)
		return cli_fail("out of memory");
	s->print = o->print;
	s->verbose = o->verbose;
	s->json = o->json;
	s->strip = o->strip_tags;
	s->left = o->count;
	s->path = o->write_file;
	s->stats = o->stats;
	s->source = o->read_file;
	s->report_path = o->report_file;
	s->title = o->read_file ? o->read_file : o->ifnames[0];
	if (o->stats || o->report_file) {
		s->analysis = analysis_create();
		if (!s->analysis) {
			free(s);
			return cli_fail("out of memory");
		}
	}
	*out = s;
	return 0;
}

static int open_file(struct sink *s)
{
	struct capfile_error err;
	int ret;

	if (!s->path || s->file)
		return 0;
	if (capfile_same(s->path, s->source)) {
		cli_fail("'%s' is the capture that is read: -w needs another file", s->path);
		return -EEXIST;
	}
	ret = capfile_create(&s->file, s->path, format_of(s->path), &err);
	if (ret)
		cli_fail("%s", err.text);
	return ret;
}

static int open_report(struct sink *s)
{
	int ret = 0;

	if (!s->report_path || s->report)
		return 0;
	if (capfile_same(s->report_path, s->source) || capfile_same(s->report_path, s->path)) {
		cli_fail("'%s' is a capture: --report needs another file", s->report_path);
		return -EEXIST;
	}
	s->report = fopen(s->report_path, "we");
	if (!s->report) {
		ret = -errno;
		cli_fail("'%s' cannot be written: %s", s->report_path, strerror(errno));
	}
	return ret;
}

int sink_add_tap(struct sink *s, const char *name, uint16_t linktype)
{
	struct capfile_error err;
	int ret = open_file(s);

	ret = ret ? ret : open_report(s);
	if (ret)
		return ret;
	ret = s->taps;
	if (s->strip && (linktype == FRAME_LINK_DSA || linktype == FRAME_LINK_EDSA))
		linktype = FRAME_LINK_ETHERNET;
	if (s->file) {
		ret = capfile_add_interface(s->file, *name ? name : NULL, linktype, 0, &err);
		if (ret < 0)
			cli_fail("%s", err.text);
	}
	s->taps++;
	return ret;
}

static bool grow(struct sink *s, size_t need)
{
	uint8_t *grown = need > s->rebuilt_size ? realloc(s->rebuilt, need) : s->rebuilt;

	if (!grown)
		return false;
	s->rebuilt = grown;
	s->rebuilt_size = need > s->rebuilt_size ? need : s->rebuilt_size;
	return true;
}

/* The 802.1Q tag that the kernel took out goes in again: as it was on the wire. */
static int put_tag_back(struct sink *s, const struct frame *f, struct capfile_packet *out)
{
	if (!grow(s, (size_t)f->len + 4))
		return -ENOMEM;
	memcpy(s->rebuilt, f->octets, 12);
	put_be16(s->rebuilt + 12, f->vlan[0].tpid);
	put_be16(s->rebuilt + 14, f->vlan[0].tci);
	memcpy(s->rebuilt + 16, f->octets + 12, f->len - 12);
	out->data = s->rebuilt;
	out->caplen += 4;
	out->len += 4;
	return 0;
}

static int take_tag_out(struct sink *s, const struct frame *f, struct capfile_packet *out)
{
	ssize_t n;

	if (!grow(s, f->len))
		return -ENOMEM;
	n = dsa_tag_remove(s->rebuilt, s->rebuilt_size, f->octets, f->len, f->tag_format);
	if (n < 0)
		return (int)n;
	out->data = s->rebuilt;
	out->len -= out->caplen - (uint32_t)n;
	out->caplen = (uint32_t)n;
	return 0;
}

static int rebuild(struct sink *s, const struct frame *f, struct capfile_packet *out)
{
	/* A cooked frame has no addresses to put a tag behind. */
	if (!f->has_dst)
		return 0;
	if (s->strip && f->tag_format != DSA_FORMAT_NONE)
		return take_tag_out(s, f, out);
	if (f->vlans && f->vlan[0].stripped)
		return put_tag_back(s, f, out);
	return 0;
}

static int write_packet(struct sink *s, const struct packet *p)
{
	struct capfile_packet out = {
		.data = p->frame.octets,
		.caplen = p->frame.len,
		.len = p->wire_len,
		.ts_ns = p->ts_ns,
		.unstamped = !strcmp(p->clock, "none"),
		.iface = p->tap,
		.direction = p->outgoing   ? CAPFILE_DIR_OUT
			     : p->incoming ? CAPFILE_DIR_IN
					   : CAPFILE_DIR_UNKNOWN,
	};
	struct capfile_error err;
	int ret = rebuild(s, &p->frame, &out);

	if (ret) {
		cli_fail("a frame cannot be written: %s", strerror(-ret));
		return ret;
	}
	ret = capfile_write(s->file, &out, &err);
	if (ret)
		cli_fail("%s", err.text);
	s->broken = ret;
	return ret;
}

static void print_packet(struct sink *s, const struct packet *p)
{
	if (s->json && !s->stats) {
		packet_show(&s->text, p, SHOW_JSON);
		return;
	}
	packet_line(&s->text, p);
	if (s->verbose)
		packet_show(&s->text, p, SHOW_TREE);
}

int sink_packet(struct sink *s, const struct packet *p)
{
	int ret = 0;

	if (p->problem.what)
		s->malformed++;
	if (s->analysis)
		analysis_add(s->analysis, p);
	if (s->file)
		ret = write_packet(s, p);
	if (!ret && s->print)
		print_packet(s, p);
	if (!ret && s->text.len >= COLLECT)
		ret = sink_flush(s);
	if (ret)
		return ret;
	return s->left && !--s->left;
}

int sink_flush(struct sink *s)
{
	struct capfile_error err;
	int ret = 0;

	if (s->file && !s->broken)
		ret = capfile_flush(s->file, &err);
	if (ret) {
		cli_fail("%s", err.text);
		s->broken = true;
	}
	if (s->text.failed) {
		cli_fail("out of memory");
		ret = -ENOMEM;
	}
	if (s->text.len &&
	    (fwrite(s->text.buf, 1, s->text.len, stdout) != s->text.len || fflush(stdout))) {
		ret = -errno;
		cli_fail("standard output could not be written: %s", strerror(errno));
	}
	text_clear(&s->text);
	return ret;
}

uint64_t sink_malformed(const struct sink *s)
{
	return s->malformed;
}

int sink_refresh(struct sink *s)
{
	/* To the upper left corner, and away with what was there. */
	text_str(&s->text, "\033[H\033[2J");
	analysis_table(&s->text, s->analysis);
	return sink_flush(s);
}

static int put_report(struct sink *s)
{
	struct text page = {0};
	int ret = 0;

	analysis_html(&page, s->analysis, s->title);
	if (page.failed || fwrite(page.buf, 1, page.len, s->report) != page.len ||
	    fflush(s->report))
		ret = cli_fail("'%s' could not be written: %s", s->report_path, strerror(errno));
	text_free(&page);
	return ret;
}

/* The analysis, at the end. */
static int conclude(struct sink *s)
{
	int ret = 0;

	if (s->stats && s->json)
		analysis_json(&s->text, s->analysis);
	else if (s->stats)
		analysis_table(&s->text, s->analysis);
	if (s->stats && sink_flush(s))
		ret = EXIT_NO;
	if (s->report && put_report(s))
		ret = EXIT_NO;
	return ret;
}

int sink_close(struct sink *s, int status)
{
	struct capfile_error err;

	if (!s)
		return status;
	if (s->analysis && s->analysis->packets && conclude(s))
		status = EXIT_NO;
	if (s->report && fclose(s->report) && status == EXIT_YES)
		status = cli_fail("'%s' could not be written: %s", s->report_path, strerror(errno));
	analysis_free(s->analysis);
	if (s->file && capfile_finish(s->file, &err) && status == EXIT_YES)
		status = cli_fail("%s", err.text);
	text_free(&s->text);
	free(s->rebuilt);
	free(s);
	return status;
}
