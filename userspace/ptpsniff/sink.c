/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sink.h"

#include "bytes.h"
#include "capfile.h"
#include "cli.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

enum { COLLECT = 1 << 16 };

struct sink {
	bool print, verbose, json;
	uint64_t left; /* packets until the end; 0: no end */
	uint64_t malformed;
	struct text text;
	struct capfile_writer *file;
	int iface;
	uint8_t *whole; /* a frame with its stripped VLAN tag put back */
	size_t whole_size;
};

static int open_file(struct sink *s, const struct options *o, uint16_t linktype, const char *ifname)
{
	struct capfile_error err;
	int ret = capfile_create(&s->file, o->write_file, CAPFILE_PCAP_NS, &err);

	if (ret)
		return cli_fail("%s", err.text);
	s->iface = capfile_add_interface(s->file, ifname, linktype, 0, &err);
	return s->iface < 0 ? cli_fail("%s", err.text) : 0;
}

int sink_open(struct sink **out, const struct options *o, uint16_t linktype, const char *ifname)
{
	struct sink *s = calloc(1, sizeof(*s));
	int status;

	if (!s)
		return cli_fail("out of memory");
	s->print = o->print;
	s->verbose = o->verbose;
	s->json = o->json;
	s->left = o->count;
	status = o->write_file ? open_file(s, o, linktype, ifname) : 0;
	if (status) {
		sink_close(s, status);
		return status;
	}
	*out = s;
	return 0;
}

/* The frame as it was on the wire, in s->whole: its length, or 0 without memory. */
static uint32_t put_tag_back(struct sink *s, const struct frame *f)
{
	size_t need = (size_t)f->len + 4;

	if (need > s->whole_size) {
		uint8_t *grown = realloc(s->whole, need);

		if (!grown)
			return 0;
		s->whole = grown;
		s->whole_size = need;
	}
	memcpy(s->whole, f->octets, 12);
	put_be16(s->whole + 12, f->vlan[0].tpid);
	put_be16(s->whole + 14, f->vlan[0].tci);
	memcpy(s->whole + 16, f->octets + 12, f->len - 12);
	return (uint32_t)need;
}

static int write_packet(struct sink *s, const struct packet *p)
{
	struct capfile_packet out = {
		.data = p->frame.octets,
		.caplen = p->frame.len,
		.len = p->wire_len,
		.ts_ns = p->ts_ns,
		.iface = (uint32_t)s->iface,
		.direction = p->outgoing ? CAPFILE_DIR_OUT : CAPFILE_DIR_UNKNOWN,
	};
	struct capfile_error err;
	int ret;

	if (p->frame.vlans && p->frame.vlan[0].stripped && p->frame.len >= 12) {
		out.caplen = put_tag_back(s, &p->frame);
		if (!out.caplen) {
			cli_fail("out of memory");
			return -ENOMEM;
		}
		out.data = s->whole;
		out.len += 4;
	}
	ret = capfile_write(s->file, &out, &err);
	if (ret)
		cli_fail("%s", err.text);
	return ret;
}

static void print_packet(struct sink *s, const struct packet *p)
{
	if (s->json) {
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

	if (s->file)
		ret = capfile_flush(s->file, &err);
	if (ret)
		cli_fail("%s", err.text);
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

int sink_close(struct sink *s, int status)
{
	struct capfile_error err;

	if (!s)
		return status;
	if (s->file && capfile_finish(s->file, &err) && status == EXIT_YES)
		status = cli_fail("%s", err.text);
	text_free(&s->text);
	free(s->whole);
	free(s);
	return status;
}
