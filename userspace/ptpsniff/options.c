/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "options.h"

#include "capfile.h"
#include "cli.h"

#include <getopt.h>
#include <stdio.h>
#include <string.h>

static const char usage[] =
	"usage: ptpsniff -i INTERFACE [-i ...] [options]   listen to PTP on interfaces\n"
	"       ptpsniff -r FILE [options]                 read a capture (pcap, pcapng; - is "
	"standard input)\n"
	"\n"
	"  -F, --filter NAME      a filter of the catalogue (`cbpftool list`): ptp, or "
	"edsa-ptp-event\n"
	"                         on the conduit of a switch with the edsa tagger\n"
	"  -f, --expression EXPR  a tcpdump expression instead; '' takes every frame\n"
	"      --show-filter      print the filter's instructions and end\n"
	"  -w, --write FILE       write the frames, as nanosecond pcap where FILE ends in .pcap, "
	"else as\n"
	"                         pcapng with the interfaces' names; print them only with --print\n"
	"      --strip-tags       write them without the switch tag, for readers that do not know "
	"it\n"
	"  -c, --count N          stop after N frames\n"
	"  -v, --verbose          everything in a frame, as a tree below its line\n"
	"      --json             everything in a frame, as one JSON object a line\n"
	"      --stats            what the clocks do: masters, intervals, delays, problems; a "
	"table that\n"
	"                         goes along on a terminal, a report at the end (one object with "
	"--json)\n"
	"      --report FILE      the same as one HTML page, with plots\n"
	"      --print            print although -w writes\n"
	"      --outgoing         the frames that this host sends, too\n"
	"  -p, --promiscuous      frames to other hosts' addresses, too\n"
	"      --timestamps WHICH hardware, software, or auto: hardware where the device can "
	"(default)\n"
	"      --edsa-ethertype N the EtherType of EDSA tags, where it is not 0xDADA\n"
	"      --tagger NAME      none, dsa or edsa: the switch tag of the interface's frames, "
	"for\n"
	"                         interfaces that do not say it themselves\n"
	"  -h, --help, --version\n";

enum {
	OPT_PRINT = 256,
	OPT_JSON,
	OPT_STATS,
	OPT_REPORT,
	OPT_SHOW_FILTER,
	OPT_STRIP_TAGS,
	OPT_TIMESTAMPS,
	OPT_EDSA_ETHERTYPE,
	OPT_OUTGOING,
	OPT_TAGGER,
	OPT_VERSION
};

static const struct option longs[] = {
	{"interface", required_argument, NULL, 'i'},
	{"read", required_argument, NULL, 'r'},
	{"write", required_argument, NULL, 'w'},
	{"filter", required_argument, NULL, 'F'},
	{"expression", required_argument, NULL, 'f'},
	{"count", required_argument, NULL, 'c'},
	{"promiscuous", no_argument, NULL, 'p'},
	{"verbose", no_argument, NULL, 'v'},
	{"stats", no_argument, NULL, OPT_STATS},
	{"report", required_argument, NULL, OPT_REPORT},
	{"json", no_argument, NULL, OPT_JSON},
	{"print", no_argument, NULL, OPT_PRINT},
	{"show-filter", no_argument, NULL, OPT_SHOW_FILTER},
	{"strip-tags", no_argument, NULL, OPT_STRIP_TAGS},
	{"timestamps", required_argument, NULL, OPT_TIMESTAMPS},
	{"edsa-ethertype", required_argument, NULL, OPT_EDSA_ETHERTYPE},
	{"outgoing", no_argument, NULL, OPT_OUTGOING},
	{"tagger", required_argument, NULL, OPT_TAGGER},
	{"help", no_argument, NULL, 'h'},
	{"version", no_argument, NULL, OPT_VERSION},
	{0},
};

static int ends(int status)
{
	return status + 1;
}

static int take_tagger(struct options *o, const char *name)
{
	static const char *const names[] = {"none", "dsa", "edsa"};
	unsigned int i;

	for (i = 0; i < 3; i++) {
		if (strcmp(name, names[i]))
			continue;
		o->tagger = (enum dsa_format)i;
		o->tagger_given = true;
		return 0;
	}
	return ends(cli_usage("--tagger takes none, dsa or edsa, not '%s'", name));
}

static int take_stamps(struct options *o, const char *name)
{
	static const char *const names[] = {"auto", "hardware", "software"};
	unsigned int i;

	for (i = 0; i < 3; i++) {
		if (strcmp(name, names[i]))
			continue;
		o->stamps = (enum stamps)i;
		o->stamps_given = true;
		return 0;
	}
	return ends(cli_usage("--timestamps takes hardware, software or auto, not '%s'", name));
}

static int take_interface(struct options *o, const char *name)
{
	unsigned int i;

	for (i = 0; i < o->taps; i++)
		if (!strcmp(o->ifnames[i], name))
			return ends(cli_usage("-i %s is there twice", name));
	if (o->taps == OPTIONS_TAPS_MAX)
		return ends(cli_usage("more than %d interfaces", OPTIONS_TAPS_MAX));
	o->ifnames[o->taps++] = name;
	return 0;
}

static int take_ethertype(struct options *o, const char *arg)
{
	uint64_t v;

	if (cli_number(arg, 0x600, 0xffff, &v))
		return ends(cli_usage(
			"--edsa-ethertype takes a number from 0x600 to 0xffff, not '%s'", arg));
	o->edsa_ethertype = (uint16_t)v;
	return 0;
}

/* The first of two would be left out without a word. */
static int take_file(const char **file, const char *option, const char *arg)
{
	if (*file)
		return ends(cli_usage("%s is there twice", option));
	*file = arg;
	return 0;
}

static int take(struct options *o, int option, const char *arg)
{
	switch (option) {
	case 'i':
		return take_interface(o, arg);
	case 'r':
		return take_file(&o->read_file, "-r", arg);
	case 'w':
		return take_file(&o->write_file, "-w", arg);
	case 'F':
		o->filter = arg;
		return 0;
	case 'f':
		o->expression = arg;
		return 0;
	case 'c':
		if (cli_number(arg, 1, UINT64_MAX, &o->count))
			return ends(cli_usage("-c takes a number of frames, not '%s'", arg));
		return 0;
	case 'p':
		o->promiscuous = true;
		return 0;
	case 'v':
		o->verbose = true;
		return 0;
	case OPT_JSON:
		o->json = true;
		return 0;
	case OPT_STATS:
		o->stats = true;
		return 0;
	case OPT_REPORT:
		return take_file(&o->report_file, "--report", arg);
	case OPT_PRINT:
		o->print = true;
		return 0;
	case OPT_SHOW_FILTER:
		o->show_filter = true;
		return 0;
	case OPT_STRIP_TAGS:
		o->strip_tags = true;
		return 0;
	case OPT_TIMESTAMPS:
		return take_stamps(o, arg);
	case OPT_EDSA_ETHERTYPE:
		return take_ethertype(o, arg);
	case OPT_OUTGOING:
		o->outgoing = true;
		return 0;
	case OPT_TAGGER:
		return take_tagger(o, arg);
	case 'h':
		fputs(usage, stdout);
		return ends(cli_finish(EXIT_YES));
	case OPT_VERSION:
		printf("ptpsniff %s\n", VERSION);
		return ends(cli_finish(EXIT_YES));
	default:
		return ends(EXIT_USAGE);
	}
}

static int check(struct options *o, int argc, char **argv)
{
	if (optind < argc)
		return ends(cli_usage("'%s' is not understood: interfaces are given with -i",
				      argv[optind]));
	if (!o->taps == !o->read_file)
		return ends(cli_usage("one of -i INTERFACE and -r FILE is needed"));
	if (o->filter && o->expression)
		return ends(cli_usage("-F and -f are two filters: give one"));
	if (o->strip_tags && !o->write_file)
		return ends(cli_usage("--strip-tags is for what -w writes"));
	if (o->verbose && o->json)
		return ends(cli_usage("-v and --json are two forms of output: give one"));
	if (o->write_file && !strcmp(o->write_file, "-") && o->print)
		return ends(cli_usage("-w - and --print both want standard output"));
	if (o->taps > 1 && o->write_file && capfile_is_pcap_name(o->write_file))
		return ends(cli_usage("'%s' would be pcap, which holds one interface: for several "
				      "of them give -w a name that does not end in .pcap",
				      o->write_file));
	if (o->report_file && !strcmp(o->report_file, "-"))
		return ends(cli_usage("--report writes a page: give it a file's name, not -"));
	if (o->read_file && (o->outgoing || o->promiscuous || o->stamps_given))
		return ends(cli_usage("%s is for -i, which receives: a capture holds what it holds",
				      o->outgoing      ? "--outgoing"
				      : o->promiscuous ? "-p"
						       : "--timestamps"));
	if (!o->write_file && !o->stats)
		o->print = true;
	return 0;
}

int options_parse(struct options *out, int argc, char **argv)
{
	struct options o = {0};
	int c, ret;

	if (argc < 2) {
		fputs(usage, stderr);
		return ends(EXIT_USAGE);
	}
	opterr = 0;
	while ((c = getopt_long(argc, argv, ":i:r:w:F:f:c:pvh", longs, NULL)) != -1) {
		if (c == ':')
			return ends(cli_usage("%s needs a value", argv[optind - 1]));
		if (c == '?')
			return ends(cli_usage("there is no option '%s'", argv[optind - 1]));
		ret = take(&o, c, optarg);
		if (ret)
			return ret;
	}
	ret = check(&o, argc, argv);
	if (!ret)
		*out = o;
	return ret;
}
