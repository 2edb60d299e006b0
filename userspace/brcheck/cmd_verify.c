/* SPDX-License-Identifier: GPL-2.0-or-later */
/* brcheck verify: captures of a bridge's ports, and whether it behaved. */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "brcheck.h"
#include "cli.h"
#include "report.h"
#include "text.h"

enum { LOOK_MAX = 50000, PROGRESS_EVERY = 1 << 17, SLACK_NS = 200000, MICROSECOND = 1000 };
enum { EDGE_NS = 100000000 }; /* no bridge keeps a frame so long */

struct verifying {
	struct streams streams;
	struct scenario config;
	size_t next_step;
	struct brm *model;
	struct verify *verify;
	struct verify_settings set;
	struct report report;
	const char *config_path;
	char *names[BRM_PORTS_MAX]; /* owned */
	int64_t start_ns;
	bool overlap;
};

static const char help[] =
	"usage: brcheck verify --port NAME=CAPTURE --port NAME=CAPTURE ... [options]\n"
	"Checks a bridge by what was captured at its ports while it ran.\n\n"
	"  -p, --port NAME=CAPTURE  a port and its pcap or pcapng file\n"
	"  -c, --config FILE        the bridge's configuration (brcheck(8)); else a bridge with "
	"defaults\n"
	"      --fdb-empty          it knew no host when the captures began\n"
	"      --own MAC            an address of the bridge or of a port of its, whose frames it "
	"sends itself\n"
	"      --overlap            judge only the time when all captures were running\n"
	"      --window SECONDS     a frame that has not left by then is missing (2)\n"
	"      --late SECONDS       one that took longer is late (1)\n"
	"      --snap BYTES         compare only so much of each frame\n"
	"      --limit N            violations to print (1000)\n"
	"      --max-frames N       bound of the window in frames (1048576)\n"
	"      --json               one object instead of text\n"
	"exit status: 0 it behaved, 1 it did not or could not be checked, 2 usage\n";

static int add_port(struct verifying *w, const char *arg)
{
	const char *eq = strchr(arg, '=');
	struct streams *s = &w->streams;
	int i;

	if (!eq || eq == arg || !eq[1])
		return cli_usage("--port wants NAME=CAPTURE, not '%s'", arg);
	if (s->ports == BRM_PORTS_MAX)
		return cli_usage("more than %d ports", BRM_PORTS_MAX);
	w->names[s->ports] = strndup(arg, eq - arg);
	if (!w->names[s->ports])
		return cli_fail("no memory");
	utf8_clean(w->names[s->ports]);
	for (i = 0; i < s->ports; i++)
		if (!strcmp(w->names[i], w->names[s->ports]))
			return cli_usage("port '%s' is given twice", w->names[i]);
	s->port[s->ports].name = w->names[s->ports];
	s->port[s->ports++].path = eq + 1;
	return 0;
}

static int seconds(const char *what, const char *text, int64_t *ns)
{
	char *end;
	double v = strtod(text, &end);

	if (end == text || *end || !(v > 0 && v <= 3600))
		return cli_usage("%s wants seconds, more than 0 and at most 3600, not '%s'", what,
				 text);
	*ns = (int64_t)(v * 1e9);
	return 0;
}

static int number(const char *what, const char *text, uint64_t min, uint64_t max, uint64_t *out)
{
	return cli_number(text, min, max, out)
		       ? cli_usage("%s wants a number from %llu to %llu, not '%s'", what,
				   (unsigned long long)min, (unsigned long long)max, text)
		       : 0;
}

static int add_own(struct verifying *w, const char *arg)
{
	uint8_t address[6];

	if (cli_mac(arg, address) || address[0] & 1)
		return cli_usage("--own wants the address of an interface, as 02:00:00:00:00:0a, "
				 "not '%s'",
				 arg);
	if (w->set.owns == VERIFY_OWN_MAX)
		return cli_usage("more than %d addresses with --own", VERIFY_OWN_MAX);
	memcpy(w->set.own[w->set.owns++], address, 6);
	return 0;
}

static int one_option(struct verifying *w, int c)
{
	uint64_t v = 0;
	int ret;

	switch (c) {
	case 'p':
		return add_port(w, optarg);
	case 'c':
		w->config_path = optarg;
		return 0;
	case 'e':
		w->set.empty_fdb = true;
		return 0;
	case 'o':
		return add_own(w, optarg);
	case 'v':
		w->overlap = true;
		return 0;
	case 'w':
		return seconds("--window", optarg, &w->set.window_ns);
	case 'l':
		return seconds("--late", optarg, &w->set.late_ns);
	case 's':
		ret = number("--snap", optarg, 64, 65535, &v);
		w->streams.snap = v;
		return ret;
	case 'n':
		return number("--limit", optarg, 0, UINT64_MAX, &w->report.limit);
	case 'm':
		ret = number("--max-frames", optarg, 1024, 1 << 28, &v);
		w->set.max_records = v;
		return ret;
	case 'j':
		w->report.json = true;
		return 0;
	default:
		return 0;
	}
}

static int read_options(struct verifying *w, int argc, char **argv)
{
	static const struct option options[] = {{"port", required_argument, 0, 'p'},
						{"config", required_argument, 0, 'c'},
						{"fdb-empty", no_argument, 0, 'e'},
						{"own", required_argument, 0, 'o'},
						{"overlap", no_argument, 0, 'v'},
						{"window", required_argument, 0, 'w'},
						{"late", required_argument, 0, 'l'},
						{"snap", required_argument, 0, 's'},
						{"limit", required_argument, 0, 'n'},
						{"max-frames", required_argument, 0, 'm'},
						{"json", no_argument, 0, 'j'},
						{"help", no_argument, 0, 'h'},
						{0, 0, 0, 0}};
	int c, ret;

	opterr = 0;
	while ((c = getopt_long(argc, argv, ":p:c:h", options, NULL)) != -1) {
		if (c == 'h') {
			fputs(help, stdout);
			return -1;
		}
		if (c == '?' || c == ':')
			return cli_bad_option(argv, c);
		ret = one_option(w, c);
		if (ret)
			return ret;
	}
	if (optind < argc)
		return cli_usage(
			"verify: '%s' is no option (a capture is given as --port NAME=CAPTURE)",
			argv[optind]);
	if (w->streams.ports < 2)
		return cli_usage(
			"verify: a bridge has at least two ports: --port NAME=CAPTURE for each");
	if (w->set.late_ns > w->set.window_ns)
		return cli_usage(
			"verify: --late is longer than --window, after which a frame is missing");
	return 0;
}

/* The lines of the configuration up to `now`, counted from the first frame. */
static int apply_config(struct verifying *w, int64_t now)
{
	const struct step *st;
	struct brm_result unused;

	for (; w->next_step < w->config.count; w->next_step++) {
		st = &w->config.steps[w->next_step];
		if (st->at_ns > now)
			return 0;
		if (scenario_apply(w->model, st, w->start_ns + now, &unused))
			return cli_fail("%s:%u: no bridge can do this", w->config_path, st->line);
	}
	return 0;
}

/* Entries that the configuration begins with are as young as the first frame. */
static void restamp_entries(struct verifying *w)
{
	const struct step *st = w->config.steps;
	size_t i;

	for (i = 0; i < w->next_step; i++, st++)
		if (st->kind == STEP_FDB && !brm_fdb_del(w->model, st->fdb.address, st->fdb.vid))
			brm_fdb_set(w->model, w->start_ns, &st->fdb);
}

/* The order of ports in the configuration becomes that of the captures. */
static int read_config(struct verifying *w)
{
	struct stream ordered[BRM_PORTS_MAX];
	struct scenario_error err;
	size_t i;
	int k, port;

	if (scenario_read(&w->config, w->config_path, &err))
		return cli_fail("%s", err.text);
	for (i = 0; i < w->config.count; i++)
		if (w->config.steps[i].kind == STEP_SEND)
			return cli_fail("%s:%u: a configuration to verify against sends no frames",
					w->config_path, w->config.steps[i].line);
	if (w->config.ports != w->streams.ports)
		return cli_fail(
			"%s has %d ports, and %d captures are given: each port needs its own",
			w->config_path, w->config.ports, w->streams.ports);
	for (k = 0; k < w->streams.ports; k++) {
		port = scenario_port(&w->config, w->streams.port[k].name);
		if (port < 0)
			return cli_fail("%s has no port '%s'", w->config_path,
					w->streams.port[k].name);
		ordered[port] = w->streams.port[k];
	}
	memcpy(w->streams.port, ordered, w->streams.ports * sizeof(*ordered));
	return 0;
}

static int make_model(struct verifying *w)
{
	struct brm_port port = {
		.state = BRM_FORWARDING, .flags = BRM_F_DEFAULT, .mcast_router = BRM_ROUTER_AUTO};
	int i;

	if (scenario_model(&w->model))
		return cli_fail("no memory");
	if (w->config_path && read_config(w))
		return EXIT_NO;
	for (i = 0; i < w->streams.ports && !w->config_path; i++)
		if (brm_set_port(w->model, i, &port))
			return cli_fail("no memory");
	return apply_config(w, 0);
}

static int check_files(const struct streams *s)
{
	struct stat st;
	int i;

	for (i = 0; i < s->ports; i++)
		if (!strcmp(s->port[i].path, "-"))
			return cli_fail("standard input cannot be a port's capture, which is read "
					"twice: give a file");
		else if (!stat(s->port[i].path, &st) && !S_ISREG(st.st_mode))
			return cli_fail("%s: a capture to verify is read twice and must be a file",
					s->port[i].path);
	return 0;
}

static void note_home(void *data, const uint8_t src[6], int port)
{
	verify_hint(data, src, port);
}

static int priority(void *data, const struct sight *s)
{
	return verify_next(data, s);
}

/* Cooked packets have no destination: beside whole frames there is nothing to compare them by. */
static int check_kinds(const struct streams *s)
{
	const struct stream *cooked = NULL, *whole = NULL;
	int i;

	for (i = 0; i < s->ports; i++) {
		cooked = s->port[i].cooked ? &s->port[i] : cooked;
		whole = s->port[i].ethernet ? &s->port[i] : whole;
	}
	if (cooked && whole)
		return cli_fail(
			"%s is a cooked capture (-i any) and %s is not: take all of one kind",
			cooked->path, whole->path);
	return 0;
}

/* libpcap puts the tag that the kernel has taken out back into LINUX_SLL, and not into LINUX_SLL2.
 */
static int check_tags(const struct verifying *w)
{
	const struct stream *s = w->streams.port;
	int i;

	for (i = 0; i < w->streams.ports; i++)
		if (s[i].tagless && w->config.vlans)
			return cli_fail(
				"%s is a cooked capture (-i any) without VLAN tags, and %s "
				"filters VLANs: capture at the port (-i %s), or with -y LINUX_SLL",
				s[i].path, w->config_path, s[i].name);
	return 0;
}

/* One file is two ports' captures only where it holds both. */
static int check_twice(const struct streams *s)
{
	int i, k;

	for (i = 0; i < s->ports; i++)
		for (k = 0; k < i; k++)
			if (capfile_same(s->port[i].path, s->port[k].path) &&
			    !(s->port[i].chosen && s->port[k].chosen))
				return cli_fail("%s is given for %s and %s, and has no interfaces "
						"of these names: each port needs its own capture",
						s->port[i].path, s->port[k].name, s->port[i].name);
	return 0;
}

/* Clocks and sources, from the beginning of the captures. */
static int look_ahead(struct verifying *w)
{
	struct streams *s = &w->streams;
	struct stream_error err;
	struct look *looks;
	uint64_t n;
	int i;

	if (streams_look(s, LOOK_MAX, &looks, &n, &err))
		return cli_fail("%s", err.text);
	if (check_kinds(s) || check_tags(w) || check_twice(s)) {
		free(looks);
		return EXIT_NO;
	}
	lookahead_clocks(looks, n, s->ports, s->clock);
	lookahead_homes(looks, n, LOOK_MAX, s->clock, note_home, w->verify,
			&w->report.notes.assumed);
	free(looks);
	for (i = 0; i < s->ports; i++) {
		if (s->clock[i].found == CLOCK_ONE_WAY)
			return cli_fail("the clocks of %s and the other captures are %.3f s apart, "
					"and all frames "
					"go one way: set the clocks, or record directions (pcapng)",
					s->port[i].path, s->clock[i].ahead_ns / 1e9);
		if (s->port[i].tick_ns >= MICROSECOND)
			s->slack_ns = MICROSECOND;
	}
	return 0;
}

/* The time when all captures were running, in the settings. */
static int find_overlap(struct verifying *w)
{
	struct stream_error err;

	if (streams_overlap(&w->streams, &w->set.from_ns, &w->set.to_ns, &err))
		return cli_fail("%s", err.text);
	w->set.from_ns += EDGE_NS;
	w->set.to_ns -= EDGE_NS;
	if (w->set.from_ns > w->set.to_ns)
		return cli_fail("the captures have no time in common, or less than 0.2 s: there is "
				"nothing to check with --overlap");
	verify_span(w->verify, w->set.from_ns, w->set.to_ns);
	return 0;
}

static void progress(const struct streams *s, bool end)
{
	uint64_t done, total;

	if (!isatty(STDERR_FILENO))
		return;
	streams_progress(s, &done, &total);
	if (end)
		fputs("\r\033[K", stderr);
	else if (total)
		fprintf(stderr, "\rbrcheck: %3.0f%% of %.0f MB ", 100.0 * done / total,
			total / 1e6);
	fflush(stderr);
}

/* 0, or an exit status after a sentence. */
static int judge_all(struct verifying *w)
{
	struct stream_error err;
	struct sight *s;
	uint64_t n;
	int ret;

	for (n = 0; (ret = streams_next(&w->streams, &s, priority, w->verify, &err)) > 0; n++) {
		if (!n) {
			w->start_ns = s->ts_ns;
			restamp_entries(w);
		}
		if (w->next_step < w->config.count && apply_config(w, s->ts_ns - w->start_ns))
			return EXIT_NO;
		notes_frame(&w->report.notes, s);
		ret = verify_sight(w->verify, s);
		if (ret == -EMSGSIZE)
			return cli_fail(
				"%s: packet %llu is for an IP group and was cut to %u of its %u "
				"bytes, which snooping looks into: capture with -s 0",
				w->streams.port[s->port].path, (unsigned long long)s->number,
				s->len, s->wire_len);
		if (ret)
			return cli_fail("no memory after %llu frames", (unsigned long long)n);
		if (n % PROGRESS_EVERY == PROGRESS_EVERY - 1)
			progress(&w->streams, false);
	}
	progress(&w->streams, true);
	if (ret < 0)
		return cli_fail(
			"%s; there is no verdict on captures that cannot be read to their end",
			err.text);
	if (!n)
		return cli_fail("the captures hold no frame: there is nothing to check");
	verify_finish(w->verify);
	return 0;
}

static int run(struct verifying *w)
{
	struct stream_error err;
	int ret;

	ret = make_model(w);
	if (!ret)
		ret = check_files(&w->streams);
	if (ret)
		return ret;
	if (streams_open(&w->streams, &err))
		return cli_fail("%s", err.text);
	w->report.streams = &w->streams;
	w->set.violation = report_violation;
	w->set.data = &w->report;
	w->set.slack_ns = SLACK_NS;
	w->set.stp_unknown = !w->config_path;
	if (report_begin(&w->report) || verify_create(&w->verify, w->model, &w->set))
		return cli_fail("no memory");
	w->report.verify = w->verify;
	w->report.notes = (struct notes){
		.streams = &w->streams, .verify = w->verify, .no_config = !w->config_path};
	ret = look_ahead(w);
	if (!ret && w->overlap)
		ret = find_overlap(w);
	if (!ret)
		ret = judge_all(w);
	if (ret)
		return ret;
	return report_end(&w->report) ? EXIT_NO : EXIT_YES;
}

int cmd_verify(int argc, char **argv)
{
	struct verifying *w = calloc(1, sizeof(*w));
	int ret, i;

	if (!w)
		return cli_fail("no memory");
	w->set = (struct verify_settings){
		.window_ns = 2000000000, .late_ns = 1000000000, .max_records = 1 << 20};
	w->report.limit = 1000;
	ret = read_options(w, argc, argv);
	if (!ret)
		ret = run(w);
	streams_close(&w->streams);
	verify_destroy(w->verify);
	brm_destroy(w->model);
	scenario_free(&w->config);
	report_free(&w->report);
	for (i = 0; i < BRM_PORTS_MAX; i++)
		free(w->names[i]);
	free(w);
	return ret < 0 ? EXIT_YES : ret;
}
