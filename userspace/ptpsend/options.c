/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "options.h"

#include "cli.h"
#include "values.h"

#include <arpa/inet.h>
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <string.h>

enum {
	TPID_8021Q = 0x8100,
	TPID_8021AD = 0x88a8,
	ROUNDS_DEFAULT = 10,
	ROUNDS_MAX = 1000000000,
	RATE_MAX = 100000, /* rounds a second */
	MICRO = 1000000,
	FIRST_LETTERLESS = 256,
	HELP_COLUMN = 33,
};
#define SECOND 1000000000LL
#define START_DEFAULT (1700000000 * SECOND)
#define MANAGEMENT_DEFAULT_DATA_SET 0x2000 /* table 59 */

struct row {
	const char *name; /* NULL: `help` is a heading */
	char letter;
	const char *arg; /* what the help calls the value, NULL for none */
	const char *help;
	int (*set)(struct options *o, const struct row *row, const char *text);
	size_t offset; /* into struct options, of what a general setter sets */
	uint8_t size;  /* of that, octets */
	int64_t min, max;
	const char *takes; /* "a ...", for the sentence; NULL: a number from min to max */
};

#define AT(member) offsetof(struct options, member), sizeof(((struct options *)0)->member)

/* ---- setters ---- */

static void store(struct options *o, const struct row *row, int64_t v)
{
	/* Little and big endian alike: by the member's own type. */
	void *to = (char *)o + row->offset;

	if (row->size == 1)
		*(int8_t *)to = (int8_t)v;
	else if (row->size == 2)
		*(int16_t *)to = (int16_t)v;
	else if (row->size == 4)
		*(int32_t *)to = (int32_t)v;
	else
		*(int64_t *)to = v;
}

static int set_number(struct options *o, const struct row *row, const char *text)
{
	uint64_t v;
	int ret = cli_number(text, (uint64_t)row->min, (uint64_t)row->max, &v);

	if (!ret)
		store(o, row, (int64_t)v);
	return ret;
}

static int set_signed(struct options *o, const struct row *row, const char *text)
{
	int64_t v;
	int ret = value_decimal(text, 0, row->min, row->max, &v);

	if (!ret)
		store(o, row, v);
	return ret;
}

static int set_text(struct options *o, const struct row *row, const char *text)
{
	*(const char **)((char *)o + row->offset) = text;
	return *text ? 0 : -EINVAL;
}

static int set_flag(struct options *o, const struct row *row, const char *text)
{
	(void)text;
	*(bool *)((char *)o + row->offset) = true;
	return 0;
}

static int set_percent(struct options *o, const struct row *row, const char *text)
{
	int64_t ppm;
	int ret = value_decimal(text, 4, 0, EXCHANGE_PPM, &ppm);

	if (!ret)
		store(o, row, ppm);
	return ret;
}

static int set_micros(struct options *o, const struct row *row, const char *text)
{
	int64_t ns;
	int ret = value_decimal(text, 3, row->min, row->max, &ns);

	if (!ret)
		store(o, row, ns);
	return ret;
}

/* One of a list of words, to its index. */
static int set_word(struct options *o, const struct row *row, const char *text,
		    const char *const *words)
{
	for (int i = 0; words[i]; i++) {
		if (strcmp(text, words[i]))
			continue;
		store(o, row, i);
		return 0;
	}
	return -EINVAL;
}

static int set_format(struct options *o, const struct row *row, const char *text)
{
	return set_word(o, row, text, (const char *const[]){"auto", "pcap", "pcapng", NULL});
}

static int set_stamps(struct options *o, const struct row *row, const char *text)
{
	return set_word(o, row, text,
			(const char *const[]){"auto", "hardware", "software", "none", NULL});
}

static int set_timescale(struct options *o, const struct row *row, const char *text)
{
	return set_word(o, row, text, (const char *const[]){"utc", "ptp", NULL});
}

static int set_version(struct options *o, const struct row *row, const char *text)
{
	return set_word(o, row, text, (const char *const[]){"2.0", "2.1", NULL});
}

static int set_transport(struct options *o, const struct row *row, const char *text)
{
	return set_word(o, row, text, (const char *const[]){"", "ethernet", "udp4", "udp6", NULL});
}

static int set_start(struct options *o, const struct row *row, const char *text)
{
	o->start_given = true;
	return value_decimal(text, 9, row->min, row->max, &o->start_ns);
}

static int set_messages(struct options *o, const struct row *row, const char *text)
{
	(void)row;
	return value_messages(text, &o->plan.messages);
}

static int set_one_step(struct options *o, const struct row *row, const char *text)
{
	(void)row;
	(void)text;
	o->plan.two_step = false;
	return 0;
}

static int set_rate(struct options *o, const struct row *row, const char *text)
{
	return value_decimal(text, 6, row->min, row->max, &o->micro_rate);
}

static int set_spacing(struct options *o, const struct row *row, const char *text)
{
	o->spacing_given = true;
	return set_micros(o, row, text);
}

static int set_log_interval(struct options *o, const struct row *row, const char *text)
{
	o->log_interval_given = true;
	return set_signed(o, row, text);
}

static int set_clock(struct options *o, const struct row *row, const char *text)
{
	o->port[row->min].clock_given = true;
	return value_clock(text, &o->plan.port[row->min].clock);
}

static int set_grandmaster(struct options *o, const struct row *row, const char *text)
{
	(void)row;
	o->grandmaster_given = true;
	return value_clock(text, &o->plan.announce.grandmaster);
}

static int set_sdo_id(struct options *o, const struct row *row, const char *text)
{
	uint64_t v;
	int ret = cli_number(text, (uint64_t)row->min, (uint64_t)row->max, &v);

	if (ret)
		return ret;
	o->plan.major_sdo_id = (uint8_t)(v >> 8);
	o->plan.minor_sdo_id = (uint8_t)v;
	return 0;
}

/* Nanoseconds with a fraction of at most nine digits, rounded to 2^-16 ns. */
static int set_correction(struct options *o, const struct row *row, const char *text)
{
	int64_t nano;
	int ret = value_decimal(text, 9, row->min, row->max, &nano);
	__int128 scaled = (__int128)nano * 65536;

	if (ret)
		return ret;
	scaled += nano < 0 ? -SECOND / 2 : SECOND / 2;
	o->plan.correction = (int64_t)(scaled / SECOND);
	return 0;
}

static int set_tlv(struct options *o, const struct row *row, const char *text)
{
	(void)row;
	if (o->plan.tlv_count == EXCHANGE_TLVS_MAX)
		return -E2BIG;
	return value_tlv(text, &o->plan.tlvs[o->plan.tlv_count++]);
}

static int set_vlan(struct options *o, const struct row *row, const char *text)
{
	(void)row;
	o->has_vlan = true;
	return value_vlan(text, TPID_8021Q, &o->vlan);
}

static int set_qinq(struct options *o, const struct row *row, const char *text)
{
	(void)row;
	o->has_qinq = true;
	return value_vlan(text, TPID_8021AD, &o->qinq);
}

static int set_dsa(struct options *o, const struct row *row, const char *text)
{
	*(row->min == DSA_FORMAT_DSA ? &o->has_dsa : &o->has_edsa) = true;
	o->encapsulation.tag_format = (enum dsa_format)row->min;
	return value_dsa(text, &o->encapsulation.tag);
}

static int set_mac(struct options *o, const struct row *row, const char *text)
{
	o->port[row->min].mac_given = true;
	return value_mac(text, o->port[row->min].mac);
}

static int set_dst_mac(struct options *o, const struct row *row, const char *text)
{
	(void)row;
	o->dst_mac_given = true;
	return value_mac(text, o->dst_mac);
}

/* Of either family; options_complete() has the transport. An IPv4 address is kept IPv4-mapped. */
static int value_ip(const char *text, uint8_t out[16])
{
	static const uint8_t mapped[12] = {[10] = 0xff, [11] = 0xff};

	if (inet_pton(AF_INET6, text, out) == 1)
		return 0;
	memcpy(out, mapped, sizeof(mapped));
	return inet_pton(AF_INET, text, out + 12) == 1 ? 0 : -EINVAL;
}

static int set_ip(struct options *o, const struct row *row, const char *text)
{
	o->port[row->min].ip_given = true;
	return value_ip(text, o->port[row->min].ip);
}

static int set_dst_ip(struct options *o, const struct row *row, const char *text)
{
	(void)row;
	o->dst_ip_given = true;
	return value_ip(text, o->dst_ip);
}

static int set_ttl(struct options *o, const struct row *row, const char *text)
{
	o->ttl_given = true;
	return set_number(o, row, text);
}

/* ---- the table ---- */

static const struct row rows[] = {
	{.help = "where to"},
	{"interface", 'i', "IFNAME", "send on this interface", set_text, AT(ifname),
	 .takes = "the name of an interface"},
	{"write", 'w', "FILE", "write a nanosecond capture instead (- is standard output)",
	 set_text, AT(file), .takes = "the name of a file"},
	{"format", 0, "FORMAT", "with -w: pcap or pcapng (default: by the file's name)", set_format,
	 AT(format), .takes = "auto, pcap or pcapng"},
	{"linktype", 0, "N", "with -w: 1, 284 or 285 (default: 284 with --dsa, else 1)", set_number,
	 AT(linktype), 1, 285, NULL},
	{"start", 0, "SECONDS", "with -w: time of the first frame since 1970 (1700000000)",
	 set_start, 0, 0, 0, 4000000000 * SECOND, "seconds since 1970, 4000000000 at most"},
	{"timestamps", 't', "KIND", "with -i: transmit time stamps: auto, hardware, software, none",
	 set_stamps, AT(stamps), .takes = "auto, hardware, software or none"},
	{"quiet", 'q', NULL, "no line a frame, no sums at the end", set_flag, AT(quiet),
	 .takes = NULL},

	{.help = "what"},
	{"messages", 'm', "LIST", "e2e, p2p, all, or of announce,sync,follow-up,delay-req,...",
	 set_messages,
	 .takes = "e2e, p2p, all, or a list of announce, sync, follow-up, delay-req, delay-resp, "
		  "pdelay-req, pdelay-resp, pdelay-resp-follow-up, signaling and management"},
	{"one-step", '1', NULL, "times in Sync and Pdelay_Resp, no Follow_Up", .set = set_one_step},
	{"count", 'n', "N", "rounds, each with every message of the list once (10)", set_number,
	 AT(plan.rounds), 1, ROUNDS_MAX, NULL},
	{"rate", 'r', "N", "rounds a second (1)", set_rate, 0, 0, 1000, RATE_MAX *(int64_t)MICRO,
	 "rounds a second from 0.001 to 100000"},
	{"spacing", 0, "US", "from message to message of a round (1000, or what the rate leaves)",
	 set_spacing, AT(plan.spacing_ns), 0, 1000 * SECOND, "microseconds, 1000000000 at most"},
	{"802.1as", 0, NULL, "as gPTP: sdoId 0x100, peer address, its TLVs, interval in requests",
	 set_flag, AT(plan.ieee_802_1as), .takes = NULL},

	{.help = "the PTP header"},
	{"domain", 'd', "N", "domainNumber (0)", set_number, AT(plan.domain), 0, 255, NULL},
	{"sdo-id", 0, "N", "sdoId of 12 bits (0)", set_sdo_id, 0, 0, 0, 0xfff, NULL},
	{"ptp-version", 0, "VERSION", "2.0 or 2.1 (2.0)", set_version, AT(plan.minor_version),
	 .takes = "2.0 or 2.1"},
	{"clock", 'c', "ID", "clockIdentity of the master (from its MAC address)", set_clock, 0, 0,
	 0, 0, "16 hexadecimal digits, as 020000.fffe.00000a"},
	{"port", 'p', "N", "its portNumber (1)", set_number, AT(plan.port[0].port), 0, 0xffff,
	 NULL},
	{"peer-clock", 0, "ID", "clockIdentity of the requester (from its MAC address)", set_clock,
	 0, 0, 1, 0, "16 hexadecimal digits, as 020000.fffe.00000b"},
	{"peer-port", 0, "N", "its portNumber (1)", set_number, AT(plan.port[1].port), 0, 0xffff,
	 NULL},
	{"sequence", 0, "N", "first sequenceId (0)", set_number, AT(plan.sequence), 0, 0xffff,
	 NULL},
	{"correction", 0, "NS", "correctionField of event messages (0)", set_correction, 0, 0,
	 -SECOND *SECOND, SECOND *SECOND, "nanoseconds, within a second either way"},
	{"log-interval", 0, "N", "logMessageInterval (the rate's)", set_log_interval,
	 AT(plan.log_interval), -128, 127, NULL},
	{"flags", 0, "N", "flagField to begin with, 16 bits (0)", set_number, AT(plan.flags), 0,
	 0xffff, NULL},
	{"tlv", 0, "LIST:TYPE:HEX", "a TLV at the end of these messages; up to 8 times", set_tlv,
	 .takes = "MESSAGES:TYPE:OCTETS, as announce:0x0008:020000fffe00000a, up to 8 times"},
	{"management-id", 0, "N", "of the GET that Management sends (0x2000)", set_number,
	 AT(plan.management_id), 0, 0xffff, NULL},

	{.help = "Announce"},
	{"priority1", 0, "N", "(128)", set_number, AT(plan.announce.priority1), 0, 255, NULL},
	{"priority2", 0, "N", "(128)", set_number, AT(plan.announce.priority2), 0, 255, NULL},
	{"clock-class", 0, "N", "(248)", set_number, AT(plan.announce.clock_class), 0, 255, NULL},
	{"clock-accuracy", 0, "N", "(0xfe, unknown)", set_number, AT(plan.announce.clock_accuracy),
	 0, 255, NULL},
	{"variance", 0, "N", "offsetScaledLogVariance (0xffff)", set_number,
	 AT(plan.announce.offset_scaled_log_variance), 0, 0xffff, NULL},
	{"grandmaster", 0, "ID", "grandmasterIdentity (the master's own)", set_grandmaster,
	 .takes = "16 hexadecimal digits"},
	{"steps-removed", 0, "N", "(0)", set_number, AT(plan.announce.steps_removed), 0, 0xffff,
	 NULL},
	{"time-source", 0, "N", "(0xa0, internal oscillator)", set_number,
	 AT(plan.announce.time_source), 0, 255, NULL},
	{"utc-offset", 0, "S", "currentUtcOffset (37)", set_signed,
	 AT(plan.announce.current_utc_offset), -32768, 32767, NULL},
	{"timescale", 0, "NAME", "utc, or ptp: the flag set, system time plus currentUtcOffset",
	 set_timescale, AT(ptp_timescale), .takes = "utc or ptp"},

	{.help = "encapsulation"},
	{"transport", 'T', "NAME", "ethernet, udp4 or udp6 (ethernet)", set_transport,
	 AT(encapsulation.transport), .takes = "ethernet, udp4 or udp6"},
	{"vlan", 0, "VID[:PCP[:dei]]", "an 802.1Q tag", set_vlan,
	 .takes = "VID[:PCP[:dei]], as 10:5"},
	{"qinq", 0, "VID[:PCP[:dei]]", "an 802.1ad tag, outside that of --vlan", set_qinq,
	 .takes = "VID[:PCP[:dei]], as 100:3"},
	{"dsa", 0, "MODE[,FIELD...]", "a Marvell DSA tag: to-cpu, from-cpu, to-sniffer, forward;",
	 set_dsa, 0, 0, DSA_FORMAT_DSA, 0,
	 "to-cpu, from-cpu, to-sniffer or forward, then device=, port=, vid=, priority=, tagged, "
	 "dei "
	 "(of tagged), code= (of to-cpu), trunk (of forward), ingress (of to-sniffer)"},
	{"edsa", 0, "MODE[,FIELD...]", "with EtherType; fields as device=0,port=3,vid=10,tagged",
	 set_dsa, 0, 0, DSA_FORMAT_EDSA, 0,
	 "to-cpu, from-cpu, to-sniffer or forward, then device=, port=, vid=, priority=, tagged, "
	 "dei "
	 "(of tagged), code= (of to-cpu), trunk (of forward), ingress (of to-sniffer)"},
	{"edsa-ethertype", 0, "N", "(0xdada)", set_number, AT(encapsulation.edsa_ethertype), 0x600,
	 0xffff, NULL},
	{"src-mac", 0, "MAC", "the master's (the interface's, or 02:00:00:00:00:0a)", set_mac, 0, 0,
	 0, 0, "a MAC address"},
	{"peer-mac", 0, "MAC", "the requester's (the master's plus one)", set_mac, 0, 0, 1, 0,
	 "a MAC address"},
	{"dst-mac", 0, "MAC", "instead of the standard's group address", set_dst_mac,
	 .takes = "a MAC address"},
	{"src-ip", 0, "IP", "the master's (the interface's, or 192.0.2.1; from the MAC address)",
	 set_ip, 0, 0, 0, 0, "an IPv4 or IPv6 address"},
	{"peer-ip", 0, "IP", "the requester's (the master's plus one; from the MAC address)",
	 set_ip, 0, 0, 1, 0, "an IPv4 or IPv6 address"},
	{"dst-ip", 0, "IP", "instead of the standard's group address", set_dst_ip,
	 .takes = "an IPv4 or IPv6 address"},
	{"ttl", 0, "N", "time to live, hop limit (1)", set_ttl, AT(ttl), 0, 255, NULL},

	{.help = "errors (percentages: of messages, each alone)"},
	{"offset", 0, "NS", "the master's clock is off by this (0)", set_signed, AT(plan.offset_ns),
	 -1000000000 * SECOND, 1000000000 * SECOND, NULL},
	{"drift", 0, "PPB", "it gains this many nanoseconds a second (0)", set_signed,
	 AT(plan.drift_ppb), -SECOND / 2, SECOND, NULL},
	{"jitter", 0, "NS", "its time stamps are off by up to this, at random (0)", set_number,
	 AT(plan.noise_ns), 0, SECOND, NULL},
	{"lateness", 0, "US", "messages leave up to this much late, at random (0)", set_micros,
	 AT(plan.lateness_ns), 0, 1000 * SECOND, "microseconds, 1000000000 at most"},
	{"loss", 0, "PERCENT", "not sent (0)", set_percent, AT(plan.loss), .takes = "a percentage"},
	{"duplicate", 0, "PERCENT", "sent twice (0)", set_percent, AT(plan.duplicate),
	 .takes = "a percentage"},
	{"reorder", 0, "PERCENT", "sent behind the next of their type (0)", set_percent,
	 AT(plan.reorder), .takes = "a percentage"},
	{"jump", 0, "PERCENT", "sequenceId jumps by 1 to 16 (0)", set_percent, AT(plan.jump),
	 .takes = "a percentage"},
	{"seed", 0, "N", "of all that is random: the same seed, the same run (1)", set_number,
	 AT(plan.seed), 0, INT64_MAX, NULL},

	{.help = "else"},
	{"help", 'h', NULL, "this text", .set = NULL},
	{"version", 0, NULL, "the program's version", .set = NULL},
};
#define ROWS (sizeof(rows) / sizeof(*rows))

static void help(FILE *to)
{
	fputs("usage: ptpsend -i IFNAME [options]   send PTP messages on an interface\n"
	      "       ptpsend -w FILE [options]     write them as a capture\n",
	      to);
	for (const struct row *r = rows; r < rows + ROWS; r++) {
		int n;

		if (!r->name) {
			fprintf(to, "\n%s:\n", r->help);
			continue;
		}
		n = fprintf(to, r->letter ? "  -%c, " : "      ", r->letter);
		n += fprintf(to, "--%s%s%s", r->name, r->arg ? " " : "", r->arg ? r->arg : "");
		fprintf(to, "%*s%s\n", n < HELP_COLUMN ? HELP_COLUMN - n : 1, "", r->help);
	}
}

/* ---- parsing ---- */

static int ends(int status)
{
	return status + 1;
}

/* getopt's two forms of the table. */
static void getopt_tables(struct option longs[ROWS + 1], char shorts[2 * ROWS + 2])
{
	*shorts++ = ':';
	for (size_t i = 0; i < ROWS; i++) {
		const struct row *r = &rows[i];

		if (!r->name)
			continue;
		*longs++ = (struct option){r->name, r->arg ? required_argument : no_argument, NULL,
					   FIRST_LETTERLESS + (int)i};
		if (r->letter)
			*shorts++ = r->letter;
		if (r->letter && r->arg)
			*shorts++ = ':';
	}
	*longs = (struct option){0};
	*shorts = 0;
}

static const struct row *row_of(int option)
{
	const struct row *r = rows;

	if (option >= FIRST_LETTERLESS)
		return &rows[option - FIRST_LETTERLESS];
	while (r->letter != option)
		r++;
	return r;
}

static int take(struct options *o, const struct row *r, const char *text)
{
	if (!strcmp(r->name, "help")) {
		help(stdout);
		return ends(cli_finish(EXIT_YES));
	}
	if (!strcmp(r->name, "version")) {
		printf("ptpsend %s\n", VERSION);
		return ends(cli_finish(EXIT_YES));
	}
	if (!r->set(o, r, text))
		return 0;
	if (r->takes)
		return ends(cli_usage("--%s takes %s, not '%s'", r->name, r->takes, text));
	return ends(cli_usage("--%s takes a number from %lld to %lld, not '%s'", r->name,
			      (long long)r->min, (long long)r->max, text));
}

static const struct options defaults = {
	.start_ns = START_DEFAULT,
	.micro_rate = MICRO,
	.ttl = 1,
	.plan =
		{
			.messages = 1 << PTP_ANNOUNCE | 1 << PTP_SYNC,
			.two_step = true,
			.rounds = ROUNDS_DEFAULT,
			.port = {{.port = 1}, {.port = 1}},
			.management_id = MANAGEMENT_DEFAULT_DATA_SET,
			.announce = {37, 128, 248, 0xfe, 0xffff, 128, .time_source = 0xa0},
			.seed = 1,
		},
	.encapsulation = {.transport = FRAME_ETHERNET},
};

int options_parse(struct options *out, int argc, char **argv)
{
	struct option longs[ROWS + 1];
	char shorts[2 * ROWS + 2];
	struct options o = defaults;
	int c, ret;

	if (argc < 2) {
		help(stderr);
		return ends(EXIT_USAGE);
	}
	getopt_tables(longs, shorts);
	opterr = 0;
	while ((c = getopt_long(argc, argv, shorts, longs, NULL)) != -1) {
		if (c == ':')
			return ends(cli_usage("%s needs a value", argv[optind - 1]));
		if (c == '?')
			return ends(cli_usage("there is no option '%s'", argv[optind - 1]));
		ret = take(&o, row_of(c), optarg ? optarg : "");
		if (ret)
			return ret;
	}
	if (optind < argc)
		return ends(cli_usage("'%s' is not understood: every value belongs to an option",
				      argv[optind]));
	ret = options_complete(&o);
	if (ret)
		return ends(ret);
	*out = o;
	return 0;
}
