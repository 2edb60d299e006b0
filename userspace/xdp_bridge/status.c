/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "xdp_bridge.h"

#include "cli.h"

#include <getopt.h>
#include <stdio.h>
#include <string.h>

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

static void print(const json_t *found, bool json)
{
	const json_t *report;
	size_t i;

	if (json) {
		json_dumpf(found, stdout, JSON_INDENT(2));
		putchar('\n');
		return;
	}
	json_array_foreach(found, i, report) report_print(stdout, report);
}

static int ask(struct wish *wish, bool json)
{
	int n = control_ask_all(collect, wish);

	if (n < 0)
		return cli_fail("/proc/net/unix cannot be read: %s", strerror(-n));
	if (!json_array_size(wish->found) && wish->bridge)
		return cli_fail("no xdp_bridge follows %s in this network namespace: `xdp_bridge "
				"%s` starts one",
				wish->bridge, wish->bridge);
	if (!json_array_size(wish->found))
		return cli_fail("no xdp_bridge runs in this network namespace: `xdp_bridge BRIDGE` "
				"starts one");
	print(wish->found, json);
	return EXIT_YES;
}

int status(int argc, char **argv)
{
	static const struct option known[] = {{"json", no_argument, NULL, 'j'}, {0}};
	struct wish wish = {0};
	bool json = false;
	int c, ret;

	opterr = 0;
	while ((c = getopt_long(argc, argv, "", known, NULL)) != -1) {
		if (c != 'j')
			return cli_usage("'%s' is no option of status", argv[optind - 1]);
		json = true;
	}
	if (argc - optind > 1)
		return cli_usage("status takes one bridge at most");
	wish.bridge = argv[optind];
	wish.found = json_array();
	ret = ask(&wish, json);
	json_decref(wish.found);
	return ret;
}
