/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Frames from a capture. */
#include "bytes.h"
#include "capfile.h"
#include "cli.h"
#include "filter.h"
#include "run.h"
#include "sink.h"
#include "tally.h"

#include <errno.h>
#include <inttypes.h>
#include <linux/if_packet.h>
#include <stdlib.h>

enum { LINKTYPES_MAX = 8 };

struct replay {
	const struct options *o;
	struct capfile *file;
	struct sink *sink;
	/* One program for each link type of the capture. */
	struct {
		uint16_t linktype;
		struct cbpf_vm *vm;
	} filters[LINKTYPES_MAX];
	unsigned int filter_count;
	/* The sink's number of each interface of the capture, -1 where it has none yet. */
	int *taps;
	uint32_t tap_count;
	struct packet packet;
	uint64_t seen, accepted;
	bool unwritable;      /* the output, which was said */
	struct tally refused; /* their tags */
};

static bool is_decoded(uint16_t linktype)
{
	return linktype == FRAME_LINK_ETHERNET || linktype == FRAME_LINK_SLL ||
	       linktype == FRAME_LINK_SLL2 || linktype == FRAME_LINK_DSA ||
	       linktype == FRAME_LINK_EDSA;
}

/* Behind a DSA tag the fields are where they are for its own link type. For these the DLT has the
 * same number as the LINKTYPE. */
static int dlt_of(const struct replay *r, uint16_t linktype)
{
	return linktype == FRAME_LINK_ETHERNET && r->o->tagger == DSA_FORMAT_DSA ? FRAME_LINK_DSA
										 : linktype;
}

/* The program for a link type, compiled when it is first met; NULL with its sentence printed. */
static const struct cbpf_vm *filter_for(struct replay *r, uint16_t linktype)
{
	struct cbpf_error err = {0};
	unsigned int i;

	for (i = 0; i < r->filter_count; i++)
		if (r->filters[i].linktype == linktype)
			return r->filters[i].vm;
	if (i == LINKTYPES_MAX || !is_decoded(linktype)) {
		cli_fail("%s: link type %u is not one that is decoded (1, 113, 276, 284 and 285 "
			 "are)",
			 r->o->read_file, linktype);
		return NULL;
	}
	if (filter_vm(&r->filters[i].vm, r->o, dlt_of(r, linktype), &err)) {
		cli_fail("%s", err.text);
		return NULL;
	}
	r->filters[i].linktype = linktype;
	r->filter_count++;
	return r->filters[i].vm;
}

static void place_of(const struct replay *r, const struct capfile_packet *cp,
		     struct frame_place *out)
{
	*out = (struct frame_place){.linktype = cp->linktype,
				    .tagger = r->o->tagger,
				    .edsa_ethertype = r->o->edsa_ethertype};
}

static void refuse(struct replay *r, const struct capfile_packet *cp)
{
	struct frame_place place;
	struct problem problem;
	struct frame f;

	place_of(r, cp, &place);
	frame_parse(&f, cp->data, cp->caplen, &place, NULL, &problem);
	tally_add(&r->refused, &f);
}

/* The sink's number for this packet's interface, which it learns of now; -errno. */
static int tap_of(struct replay *r, const struct capfile_packet *cp, const char *name)
{
	int *grown;

	if (cp->iface >= r->tap_count) {
		grown = realloc(r->taps, sizeof(*r->taps) * (cp->iface + 1));
		if (!grown)
			return -ENOMEM;
		r->taps = grown;
		while (r->tap_count <= cp->iface)
			r->taps[r->tap_count++] = -1;
	}
	if (r->taps[cp->iface] < 0)
		r->taps[cp->iface] = sink_add_tap(r->sink, name, cp->linktype);
	return r->taps[cp->iface];
}

/* As pcapng's flags or the packet type of a cooked header tell. */
static enum capfile_direction direction_of(const struct capfile_packet *cp)
{
	unsigned int type;

	if (cp->linktype == 113 && cp->caplen >= 2)
		type = get_be16(cp->data);
	else if (cp->linktype == 276 && cp->caplen >= 11)
		type = cp->data[10];
	else
		return cp->direction;
	return type == PACKET_OUTGOING ? CAPFILE_DIR_OUT : CAPFILE_DIR_IN;
}

static int show(struct replay *r, const struct capfile_packet *cp)
{
	const struct capfile_iface *iface = capfile_interface(r->file, cp->iface);
	const char *name = iface ? iface->name : "";
	struct packet *p = &r->packet; /* large: to clear it for each frame would show */
	struct frame_place place;
	int tap;

	r->accepted++;
	tap = tap_of(r, cp, name);
	if (tap < 0)
		return tap;
	p->number = cp->number;
	p->ts_ns = cp->ts_ns;
	p->clock = cp->unstamped ? "none" : "file";
	p->iface = name;
	p->tap = (unsigned int)tap;
	p->outgoing = direction_of(cp) == CAPFILE_DIR_OUT;
	p->incoming = direction_of(cp) == CAPFILE_DIR_IN;
	p->wire_len = cp->len;
	place_of(r, cp, &place);
	packet_decode(p, cp->data, cp->caplen, &place, NULL);
	return sink_packet(r->sink, p);
}

/* 1 at the end of the file or of the count, 0 to go on, -errno with its sentence printed. */
static int step(struct replay *r)
{
	const struct cbpf_vm *vm;
	struct capfile_packet cp;
	struct capfile_error err;
	int ret = capfile_next(r->file, &cp, &err);

	if (!ret || stop_asked())
		return 1;
	if (ret < 0) {
		cli_fail("%s", err.text);
		return ret;
	}
	vm = filter_for(r, cp.linktype);
	if (!vm)
		return -EINVAL;
	r->seen++;
	if (filter_accepts(vm, cp.data, cp.caplen, cp.len))
		return show(r, &cp);
	if (!r->accepted)
		refuse(r, &cp);
	return 0;
}

static int finish(struct replay *r, int ret)
{
	int status = ret < 0 ? EXIT_NO : EXIT_YES;

	if (r->unwritable || sink_flush(r->sink))
		status = EXIT_NO;
	cli_say("%s: %" PRIu64 " frame%s seen, %" PRIu64 " accepted", r->o->read_file, r->seen,
		r->seen == 1 ? "" : "s", r->accepted);
	if (sink_malformed(r->sink))
		cli_say("%" PRIu64 " of them malformed", sink_malformed(r->sink));
	if (status || r->accepted)
		return status;
	tally_say(&r->refused);
	return cli_fail("%s has no frame that the filter '%s' accepts; -f '' shows every frame",
			r->o->read_file, filter_name(r->o, -1));
}

/* The filter for the link type of the capture's first packet. */
static int show_filter(struct replay *r)
{
	struct capfile_packet cp;
	struct capfile_error err;
	int ret = capfile_next(r->file, &cp, &err);

	if (ret < 0)
		return cli_fail("%s", err.text);
	return filter_show(r->o, dlt_of(r, ret ? cp.linktype : FRAME_LINK_ETHERNET));
}

/* Whoever looks on sees what there is. */
static void flush_before_wait(void *ctx)
{
	struct replay *r = ctx;

	r->unwritable = r->unwritable || sink_flush(r->sink);
}

static int run(struct replay *r)
{
	int ret = sink_open(&r->sink, r->o);

	if (ret)
		return ret;
	capfile_before_wait(r->file, flush_before_wait, r);
	do
		ret = step(r);
	while (!ret && !r->unwritable);
	return sink_close(r->sink, finish(r, ret));
}

int run_replay(const struct options *o)
{
	static struct replay r;
	struct capfile_error err;
	unsigned int i;
	int status;

	r.o = o;
	if (capfile_open(&r.file, o->read_file, &err))
		return cli_fail("%s", err.text);
	status = o->show_filter ? show_filter(&r) : run(&r);
	for (i = 0; i < r.filter_count; i++)
		cbpf_vm_free(r.filters[i].vm);
	free(r.taps);
	capfile_close(r.file);
	return status;
}
