/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "setup.h"

#include "cli.h"
#include "filter.h"
#include "link.h"

#include <stdio.h>
#include <string.h>

void source_place(struct source *s, const char *ifname, const struct options *o)
{
	static const uint16_t linktypes[] = {
		[DSA_FORMAT_NONE] = FRAME_LINK_ETHERNET,
		[DSA_FORMAT_DSA] = FRAME_LINK_DSA,
		[DSA_FORMAT_EDSA] = FRAME_LINK_EDSA,
	};
	struct link_info info;
	char tagger[32] = "";

	*s = (struct source){.ifname = ifname,
			     .place = {.linktype = FRAME_LINK_ETHERNET,
				       .tagger = o->tagger,
				       .edsa_ethertype = o->edsa_ethertype}};
	if (!o->tagger_given && !link_info(ifname, &info))
		link_tagger(ifname, &info, tagger);
	if (!strcmp(tagger, "edsa"))
		s->place.tagger = DSA_FORMAT_EDSA;
	else if (!strcmp(tagger, "dsa"))
		s->place.tagger = DSA_FORMAT_DSA;
	else if (*tagger && strcmp(tagger, "none"))
		cli_say("%s is a conduit with the tagger '%s', whose tags are not decoded", ifname,
			tagger);
	s->linktype = linktypes[s->place.tagger];
}

static void say(const char *sentence)
{
	cli_say("%s", sentence);
}

/* Hardware stamps where they are wanted and to be had. 0, or -errno with a sentence printed. */
static int open_stamps(struct source *s, const struct options *o)
{
	struct hwtstamp_caps caps;
	struct cbpf_error err = {0};
	int ret;

	if (o->stamps == STAMPS_SOFTWARE)
		return 0;
	if (o->stamps == STAMPS_AUTO &&
	    (hwtstamp_caps(s->ifname, &caps) || !rxstamp_hardware(&caps)))
		return 0;
	ret = rxstamp_start(&s->stamp, s->ifname, s->place.tagger != DSA_FORMAT_NONE, say, &err);
	if (ret && o->stamps == STAMPS_AUTO) {
		cli_say("%s: the system's time stamps it is", err.text);
		return 0;
	}
	if (ret) {
		cli_fail("%s; --timestamps software takes the system's", err.text);
		return ret;
	}
	if (hwtstamp_caps(s->ifname, &caps) || caps.phc < 0)
		snprintf(s->clock, sizeof(s->clock), "hardware");
	else
		snprintf(s->clock, sizeof(s->clock), "ptp%d", caps.phc);
	return 0;
}

static int open_tap(struct source *s, const struct options *o)
{
	struct tap_options to = {
		.ifname = s->ifname,
		.outgoing = o->outgoing,
		.promiscuous = o->promiscuous,
		.batch = options_nobody_waits(o),
	};
	struct cbpf_prog prog = {0};
	struct cbpf_error err = {0};
	int ret = filter_compile(&prog, o, s->linktype, &err);

	to.filter = &prog;
	if (!ret)
		ret = tap_open(&s->tap, &to, &err);
	cbpf_free(&prog);
	return ret ? cli_fail("%s", err.text) : 0;
}

static void say_start(const struct source *s, const struct options *o)
{
	static const char *const tags[] = {"", ", the conduit of a switch (dsa tags)",
					   ", the conduit of a switch (edsa tags)"};
	const char *name = filter_name(o, s->linktype);

	cli_say("listening on %s%s, filter %s%s, time stamps of %s", s->ifname,
		tags[s->place.tagger], *name ? name : "''",
		o->filter || o->expression || strcmp(name, "edsa-ptp-event")
			? ""
			: " (event messages; -F ptp has all)",
		s->stamp ? s->clock : "the system");
}

int source_open(struct source *s, const char *ifname, const struct options *o)
{
	int status;

	source_place(s, ifname, o);
	/* The tap first: it says what is wrong with the interface, and changes nothing on it. */
	status = open_tap(s, o);
	if (status)
		return status;
	if (open_stamps(s, o))
		return source_close(s, EXIT_NO);
	if (s->stamp)
		tap_take_hardware(s->tap);
	say_start(s, o);
	return 0;
}

int source_close(struct source *s, int status)
{
	struct cbpf_error err;

	if (rxstamp_stop(s->stamp, s->ifname, say, &err))
		status = cli_fail("%s", err.text);
	tap_close(s->tap);
	s->stamp = NULL;
	s->tap = NULL;
	return status;
}
