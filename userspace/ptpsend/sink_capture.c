/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A capture as the place where frames go: times are those of the plan. */
#include "capfile.h"
#include "cli.h"
#include "sink.h"
#include "stop.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { SNAPLEN = 65535 };

struct capture {
	struct sink sink;
	struct capfile_writer *writer;
	int64_t start_ns, now_ns;
	bool failed; /* and it was said */
};

static int capture_wait(struct sink *s, int64_t due_ns, int64_t *now_ns)
{
	struct capture *c = (struct capture *)s;

	*now_ns = c->now_ns = c->start_ns + due_ns;
	return stop_asked() ? -EINTR : 0;
}

static int capture_send(struct sink *s, const uint8_t *frame, size_t len, bool event,
			struct sink_stamp *stamp)
{
	struct capture *c = (struct capture *)s;
	struct capfile_packet pkt = {
		.data = frame, .caplen = (uint32_t)len, .len = (uint32_t)len, .ts_ns = c->now_ns};
	struct capfile_error err;
	int ret = capfile_write(c->writer, &pkt, &err);

	(void)event;
	*stamp = (struct sink_stamp){true, c->now_ns, "file"};
	if (ret)
		cli_fail("%s", err.text);
	c->failed = ret;
	return ret;
}

static int capture_close(struct sink *s, bool sums)
{
	struct capture *c = (struct capture *)s;
	struct capfile_error err;
	int ret = capfile_finish(c->writer, &err);

	(void)sums;
	if (ret && !c->failed)
		cli_fail("%s", err.text);
	free(c);
	return ret;
}

static enum capfile_format format(const struct options *o)
{
	const char *end = strrchr(o->file, '.');

	if (o->format == FORMAT_AUTO)
		return end && !strcmp(end, ".pcapng") ? CAPFILE_PCAPNG : CAPFILE_PCAP_NS;
	return o->format == FORMAT_PCAPNG ? CAPFILE_PCAPNG : CAPFILE_PCAP_NS;
}

int sink_open_capture(struct sink **out, struct options *o)
{
	static const struct sink_ops ops = {capture_wait, capture_send, capture_close};
	static const uint8_t mac[6] = {2, 0, 0, 0, 0, 0x0a}, ip[4] = {192, 0, 2, 1}; /* RFC 5737 */
	struct capture *c = calloc(1, sizeof(*c));
	struct capfile_error err;

	if (!c)
		return cli_fail("out of memory");
	options_addresses(o, mac, ip);
	c->sink.ops = &ops;
	c->sink.iface = "";
	c->sink.prints = strcmp(o->file, "-");
	c->start_ns = o->start_ns;
	if (capfile_create(&c->writer, o->file, format(o), &err)) {
		free(c);
		return cli_fail("%s", err.text);
	}
	if (capfile_add_interface(c->writer, NULL, o->linktype, SNAPLEN, &err) < 0) {
		cli_fail("%s", err.text);
		capfile_finish(c->writer, &err);
		free(c);
		return EXIT_NO;
	}
	*out = &c->sink;
	return EXIT_YES;
}
