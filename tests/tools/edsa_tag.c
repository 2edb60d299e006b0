/* SPDX-License-Identifier: GPL-2.0-or-later */
/* edsa_tag -r FILE -w FILE [-f edsa|dsa] [-m to_cpu|from_cpu|to_sniffer|forward] [-d DEVICE] [-p
 * PORT]
 *          [-v VID] [-t] [-e ETHERTYPE] [-u] : puts a switch's tag into every frame of a capture.
 *
 * -t: an 802.1Q tag becomes part of the switch tag. -u: takes the tag out instead. The new capture
 * has the link type of its frames. Prints "tagged N". */
#include "capfile.h"
#include "cli.h"
#include "dsa_tag.h"
#include "frame.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#define USAGE                                                                                      \
	"-r FILE -w FILE [-f edsa|dsa] [-m to_cpu|from_cpu|to_sniffer|forward] [-d DEVICE] [-p "   \
	"PORT] "                                                                                   \
	"[-v VID] [-t] [-e ETHERTYPE] [-u]"

struct options {
	const char *in, *out;
	enum dsa_format format;
	struct dsa_tag tag;
	uint16_t ethertype;
	bool remove;
};

static int parse_mode(const char *text, enum dsa_mode *out)
{
	int i;

	for (i = DSA_TO_CPU; i <= DSA_FORWARD; i++)
		if (!strcasecmp(text, dsa_mode_name((enum dsa_mode)i))) {
			*out = (enum dsa_mode)i;
			return 0;
		}
	return -1;
}

static int number(const char *text, uint64_t max, uint64_t *out)
{
	return cli_number(text, 0, max, out) ? -1 : 0;
}

static int parse(struct options *o, int argc, char **argv)
{
	uint64_t v = 0;
	int c, bad = 0;

	while (!bad && (c = getopt(argc, argv, "r:w:f:m:d:p:v:e:tu")) != -1) {
		switch (c) {
		case 'r':
			o->in = optarg;
			break;
		case 'w':
			o->out = optarg;
			break;
		case 'f':
			o->format = strcmp(optarg, "dsa") ? DSA_FORMAT_EDSA : DSA_FORMAT_DSA;
			break;
		case 'm':
			bad = parse_mode(optarg, &o->tag.mode);
			break;
		case 'd':
			bad = number(optarg, 31, &v);
			o->tag.device = (uint8_t)v;
			break;
		case 'p':
			bad = number(optarg, 31, &v);
			o->tag.port = (uint8_t)v;
			break;
		case 'v':
			bad = number(optarg, 4095, &v);
			o->tag.vid = (uint16_t)v;
			break;
		case 'e':
			bad = number(optarg, 65535, &v);
			o->ethertype = (uint16_t)v;
			break;
		case 't':
			o->tag.tagged = true;
			break;
		case 'u':
			o->remove = true;
			break;
		default:
			bad = -1;
		}
	}
	return bad || !o->in || !o->out || optind < argc ? cli_usage("usage: edsa_tag " USAGE) : 0;
}

static int tag_one(const struct options *o, struct capfile_packet *p, struct capfile_writer *w,
		   struct capfile_error *err)
{
	static uint8_t frame[1 << 17];
	ssize_t n = o->remove ? dsa_tag_remove(frame, sizeof(frame), p->data, p->caplen, o->format)
			      : dsa_tag_insert(frame, sizeof(frame), p->data, p->caplen, o->format,
					       o->ethertype, &o->tag);

	if (n < 0) {
		snprintf(err->text, sizeof(err->text), "frame %llu has no room for a tag: %s",
			 (unsigned long long)p->number, strerror((int)-n));
		return (int)n;
	}
	p->len = p->len - p->caplen + (uint32_t)n;
	p->caplen = (uint32_t)n;
	p->data = frame;
	p->iface = 0;
	return capfile_write(w, p, err);
}

static int tag_all(const struct options *o, struct capfile *in, struct capfile_writer *w,
		   struct capfile_error *err)
{
	uint16_t linktype = o->remove                     ? FRAME_LINK_ETHERNET
			    : o->format == DSA_FORMAT_DSA ? FRAME_LINK_DSA
							  : FRAME_LINK_EDSA;
	struct capfile_packet p;
	uint64_t n = 0;
	int ret = capfile_add_interface(w, NULL, linktype, 0, err);

	while (ret >= 0 && (ret = capfile_next(in, &p, err)) > 0) {
		ret = tag_one(o, &p, w, err);
		n++;
	}
	if (!ret)
		printf("tagged %llu\n", (unsigned long long)n);
	return ret;
}

int main(int argc, char **argv)
{
	struct options o = {.format = DSA_FORMAT_EDSA,
			    .ethertype = EDSA_ETHERTYPE_DEFAULT,
			    .tag = {.mode = DSA_FORWARD}};
	struct capfile_writer *w = NULL;
	struct capfile *in = NULL;
	struct capfile_error err;
	int ret;

	cli_init("edsa_tag");
	ret = parse(&o, argc, argv);
	if (ret)
		return ret;
	ret = capfile_open(&in, o.in, &err);
	if (!ret)
		ret = capfile_create(&w, o.out, CAPFILE_PCAP_NS, &err);
	if (!ret)
		ret = tag_all(&o, in, w, &err);
	if (w && capfile_finish(w, &err))
		ret = -1;
	if (in)
		capfile_close(in);
	return ret ? cli_fail("%s", err.text) : cli_finish(EXIT_YES);
}
