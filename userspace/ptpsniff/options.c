/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "options.h"

#include "cli.h"

#include <getopt.h>
#include <stdio.h>
#include <string.h>

static const char usage[] =
	"usage: ptpsniff -i INTERFACE [options]     listen to PTP on an interface\n"
	"       ptpsniff -r FILE [options]          read a capture (pcap, pcapng; - is standard "
	"input)\n"
	"\n"
	"  -F, --filter NAME      a filter of the catalogue (`cbpftool list`): ptp, or "
	"edsa-ptp-event\n"
	"                         on the conduit of a switch with the edsa tagger\n"
	"  -f, --expression EXPR  a tcpdump expression instead; '' takes every frame\n"
	"  -w, --write FILE       write the frames as nanosecond pcap, and print them only with "
	"--print\n"
	"  -c, --count N          stop after N frames\n"
	"  -v, --verbose          everything in a frame, as a tree below its line\n"
	"      --json             everything in a frame, as one JSON object a line\n"
	"      --print            print although -w writes\n"
	"      --outgoing         the frames that this host sends, too\n"
	"  -p, --promiscuous      frames to other hosts' addresses, too\n"
	"      --tagger NAME      none, dsa or edsa: the switch tag of the interface's frames, "
	"for\n"
	"                         interfaces that do not say it themselves\n"
	"  -h, --help, --version\n";

enum { OPT_PRINT = 256, OPT_JSON, OPT_OUTGOING, OPT_TAGGER, OPT_VERSION };

static const struct option longs[] = {
	{"interface", required_argument, NULL, 'i'},
	{"read", required_argument, NULL, 'r'},
	{"write", required_argument, NULL, 'w'},
	{"filter", required_argument, NULL, 'F'},
	{"expression", required_argument, NULL, 'f'},
	{"count", required_argument, NULL, 'c'},
	{"promiscuous", no_argument, NULL, 'p'},
	{"verbose", no_argument, NULL, 'v'},
	{"json", no_argument, NULL, OPT_JSON},
	{"print", no_argument, NULL, OPT_PRINT},
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

static int take(struct options *o, int option, const char *arg)
{
	switch (option) {
	case 'i':
		o->ifname = arg;
		return 0;
	case 'r':
		o->read_file = arg;
		return 0;
	case 'w':
		o->write_file = arg;
		return 0;
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
	case OPT_PRINT:
		o->print = true;
		return 0;
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
	if (!o->ifname == !o->read_file)
		return ends(cli_usage("one of -i INTERFACE and -r FILE is needed"));
	if (o->filter && o->expression)
		return ends(cli_usage("-F and -f are two filters: give one"));
	if (o->verbose && o->json)
		return ends(cli_usage("-v and --json are two forms of output: give one"));
	if (o->write_file && !strcmp(o->write_file, "-") && o->print)
		return ends(cli_usage("-w - and --print both want standard output"));
	if (!o->write_file)
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
