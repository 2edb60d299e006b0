/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "xdp_bridge.h"

#include "cli.h"
#include "text.h"

#include <getopt.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

struct wish {
	const char *bridge; /* NULL: all */
	json_t *found;
};

static bool concerns(const json_t *report, const char *bridge)
{
	const char *name = json_string_value(json_object_get(report, "bridge"));
	const json_t *port;
	size_t i;

	if (!bridge || (name && !strcmp(name, bridge)))
		return true;
	json_array_foreach(json_object_get(report, "ports"), i, port)
	{
		name = json_string_value(json_object_get(port, "bridge"));
		if (name && !strcmp(name, bridge))
			return true;
	}
	return false;
}

static void collect(json_t *report, void *arg)
{
	struct wish *wish = arg;

	if (concerns(report, wish->bridge))
		json_array_append(wish->found, report);
}

enum form { FORM_TABLE, FORM_JSON, FORM_METRICS };

static void print(const json_t *found, enum form form)
{
	const json_t *report;
	size_t i;

	if (form == FORM_METRICS) {
		metrics_print(stdout, found);
		return;
	}
	if (form == FORM_JSON) {
		json_dumpf(found, stdout, JSON_INDENT(2));
		putchar('\n');
		return;
	}
	json_array_foreach(found, i, report) report_print(stdout, report);
}

static int ask(struct wish *wish)
{
	int n = control_reports(collect, wish);

	if (n < 0)
		return control_failed(n);
	if (!json_array_size(wish->found) && wish->bridge)
		return cli_fail(
			"no xdp_bridge follows %s in this network namespace: `xdp_bridge %s` "
			"starts one",
			wish->bridge, wish->bridge);
	if (!json_array_size(wish->found))
		return cli_fail("no xdp_bridge runs in this network namespace: `xdp_bridge BRIDGE` "
				"starts one");
	return EXIT_YES;
}

/* ---- rates ---- */

static const json_t *same_port(const json_t *reports, const json_t *port)
{
	json_int_t ifindex = json_integer_value(json_object_get(port, "ifindex"));
	const json_t *report, *p;
	size_t i, j;

	json_array_foreach(reports, i, report) json_array_foreach(
		json_object_get(report, "ports"), j,
		p) if (json_integer_value(json_object_get(p, "ifindex")) == ifindex) return p;
	return NULL;
}

static json_int_t counter(const json_t *port, const char *key)
{
	return json_integer_value(json_object_get(json_object_get(port, "counters"), key));
}

/* A port that was taken in between counts from 0. */
static json_int_t gained(const json_t *now, const json_t *before, const char *key)
{
	json_int_t n = counter(now, key), was = counter(before, key);

	return n < was ? n : n - was;
}

/* An object a port, of what it gained in a second. */
static json_t *rates(const json_t *now, const json_t *before, unsigned int seconds)
{
	json_t *all = json_array(), *port;
	const json_t *report, *was;
	size_t i, j;

	json_array_foreach(now, i, report)
	{
		json_array_foreach(json_object_get(report, "ports"), j, port)
		{
			was = same_port(before, port);
			json_array_append_new(
				all, json_pack("{s:O, s:O, s:I, s:I, s:I}", "name",
					       json_object_get(port, "name"), "bridge",
					       json_object_get(port, "bridge"), "in_fast",
					       gained(port, was, "in_fast") / seconds, "in_slow",
					       gained(port, was, "in_slow") / seconds, "out_fast",
					       gained(port, was, "out_fast") / seconds));
		}
	}
	return all;
}

static void print_rates(const json_t *rates)
{
	const json_t *port;
	size_t i;

	printf("%-15s %-10s %14s %14s %14s\n", "PORT", "BRIDGE", "IN-FAST/s", "IN-SLOW/s",
	       "OUT-FAST/s");
	json_array_foreach(rates, i, port)
	{
		const char *bridge = json_string_value(json_object_get(port, "bridge"));

		printf("%-15s %-10s", json_string_value(json_object_get(port, "name")),
		       bridge ? bridge : "-");
		printf(" %14lld %14lld %14lld\n",
		       json_integer_value(json_object_get(port, "in_fast")),
		       json_integer_value(json_object_get(port, "in_slow")),
		       json_integer_value(json_object_get(port, "out_fast")));
	}
}

/* False where it cannot be written, with errno. */
static bool show_rates(const json_t *now, const json_t *before, unsigned int seconds, bool json)
{
	json_t *all = rates(now, before, seconds);
	bool ok;

	if (json)
		json_dumpf(all, stdout, JSON_COMPACT);
	else
		print_rates(all);
	if (json)
		putchar('\n');
	ok = !fflush(stdout) && !ferror(stdout);
	json_decref(all);
	return ok;
}

/* Until it is interrupted, or nothing is left to ask. */
static int watch(struct wish *wish, unsigned int seconds, bool json)
{
	json_t *before = json_array();
	int ret;

	for (;;) {
		wish->found = json_array();
		ret = ask(wish);
		if (ret)
			break;
		if (json_array_size(before) && !show_rates(wish->found, before, seconds, json))
			break;
		json_decref(before);
		before = wish->found;
		sleep(seconds);
	}
	json_decref(before);
	json_decref(wish->found);
	return ret;
}

int status(int argc, char **argv)
{
	static const struct option known[] = {
		{"json", no_argument, NULL, 'j'}, {"openmetrics", no_argument, NULL, 'm'}, {0}};
	enum form form = FORM_TABLE;
	struct wish wish = {0};
	uint64_t seconds = 0;
	int c, ret;

	opterr = 0;
	while ((c = getopt_long(argc, argv, "w:", known, NULL)) != -1) {
		if (c == 'j')
			form = FORM_JSON;
		else if (c == 'm')
			form = FORM_METRICS;
		else if (c != 'w')
			return cli_usage("'%s' is no option of status, or lacks its value",
					 argv[optind - 1]);
		else if (cli_number(optarg, 1, 3600, &seconds))
			return cli_usage("-w takes 1 to 3600 seconds, not '%s'", optarg);
	}
	if (argc - optind > 1)
		return cli_usage("status takes one bridge at most");
	if (seconds && form == FORM_METRICS)
		return cli_usage("-w prints rates, and OpenMetrics has counters: use one of both");
	wish.bridge = argv[optind];
	if (wish.bridge)
		utf8_clean(argv[optind]); /* as it is answered, in JSON */
	if (seconds)
		return watch(&wish, seconds, form == FORM_JSON);
	wish.found = json_array();
	ret = ask(&wish);
	if (!ret)
		print(wish.found, form);
	json_decref(wish.found);
	return ret;
}
