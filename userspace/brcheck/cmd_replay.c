/* SPDX-License-Identifier: GPL-2.0-or-later */
/* brcheck replay and brcheck compare: a scenario through one engine, or through all of them. */
#include <errno.h>
#include <getopt.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "brcheck.h"
#include "cli.h"
#include "engines.h"
#include "text.h"

static void help(FILE *to, bool compare)
{
	const struct engine_ops *e;
	unsigned int i;

	if (compare)
		fputs("usage: brcheck compare [--engine NAME]... [--json] SCENARIO...\n"
		      "Runs each scenario through the engines (all, or those named; the model "
		      "always) and\n"
		      "reports the first difference.\n\n",
		      to);
	else
		fputs("usage: brcheck replay [--engine NAME] [-o DIR] SCENARIO\n"
		      "Runs a scenario and says where each frame leaves; -o writes "
		      "DIR/PORT.pcap.\n\n",
		      to);
	fputs("engines:\n", to);
	for (i = 0; (e = engine_at(i)); i++)
		fprintf(to, "  %-12s %s\n", e->name, e->summary);
	fputs("exit status: 0 all is well, 1 it is not or could not be run, 2 usage\n", to);
}

static const struct option options[] = {{"engine", required_argument, 0, 'e'},
					{"output", required_argument, 0, 'o'},
					{"json", no_argument, 0, 'j'},
					{"help", no_argument, 0, 'h'},
					{0, 0, 0, 0}};

static int read_scenario(struct scenario *s, const char *path)
{
	struct scenario_error err;

	return scenario_read(s, path, &err) ? cli_fail("%s", err.text) : 0;
}

static int replay(const struct engine_ops *ops, const char *path, const char *dir)
{
	struct run_error err;
	struct scenario s;
	struct run r;
	int ret = read_scenario(&s, path);

	if (ret)
		return ret;
	ret = engine_run(ops, &s, path, &r, &err) ? cli_fail("%s", err.text) : 0;
	if (!ret) {
		print_outcome(&s, &r);
		if (r.note[0])
			printf("%s: %s\n", ops->name, r.note);
		if (dir)
			ret = write_outcome(dir, &s, &r);
		if (!ret && !ops->verdict_only && !run_expected(&s, path, &r, &err))
			ret = cli_fail("%s", err.text);
		run_free(&r, &s);
	}
	scenario_free(&s);
	return ret;
}

int cmd_replay(int argc, char **argv)
{
	const struct engine_ops *ops = &engine_model;
	const char *dir = NULL;
	int c;

	opterr = 0;
	while ((c = getopt_long(argc, argv, ":e:o:h", options, NULL)) != -1) {
		switch (c) {
		case 'e':
			ops = engine_named(optarg);
			if (!ops)
				return cli_usage(
					"there is no engine '%s': model, xdp, bridge, accelerated",
					optarg);
			break;
		case 'o':
			dir = optarg;
			break;
		case 'h':
			help(stdout, false);
			return EXIT_YES;
		default:
			return cli_bad_option(argv, c);
		}
	}
	if (optind + 1 != argc)
		return cli_usage("replay wants one scenario");
	if (dir && ops->verdict_only)
		return cli_usage("the engine %s sends nothing that -o could write", ops->name);
	return replay(ops, argv[optind], dir);
}

struct comparing {
	bool chosen[8]; /* by engine_at() */
	bool any, json;
	json_t *list;
};

/* Paths may be of any bytes, JSON is UTF-8. */
static json_t *json_of(const char *s)
{
	char *copy = strdup(s);
	json_t *o;

	if (copy)
		utf8_clean(copy);
	o = copy ? json_string(copy) : NULL;
	free(copy);
	return o;
}

static void say(struct comparing *c, const char *path, const char *engine, const char *verdict,
		const char *text)
{
	if (c->json)
		json_array_append_new(c->list, json_pack("{s:o, s:s, s:s, s:o}", "scenario",
							 json_of(path), "engine", engine, "verdict",
							 verdict, "text", json_of(text)));
	else
		printf("%s: %s: %s%s%s\n", path, engine, verdict, *text ? ": " : "", text);
	fflush(stdout);
}

/* Runs one engine and compares it with the model's run. */
static bool compare_one(struct comparing *c, const struct engine_ops *ops, const struct scenario *s,
			const char *path, const struct run *model)
{
	struct run_error err;
	struct run r;
	int ret = engine_run(ops, s, path, &r, &err);
	bool same;

	if (ret) {
		say(c, path, ops->name,
		    ret == -EOPNOTSUPP || ret == -EPERM ? "cannot be run here" : "failed",
		    err.text);
		return false;
	}
	same = run_equal(s, path, model, &r, &err);
	say(c, path, ops->name, same ? "agrees" : "differs", same ? r.note : err.text);
	run_free(&r, s);
	return same;
}

static bool compare(struct comparing *c, const char *path)
{
	const struct engine_ops *ops;
	struct run_error err;
	struct scenario s;
	struct run model;
	bool ok;
	unsigned int i;

	if (read_scenario(&s, path))
		return false;
	if (engine_run(&engine_model, &s, path, &model, &err)) {
		say(c, path, "model", "failed", err.text);
		scenario_free(&s);
		return false;
	}
	ok = run_expected(&s, path, &model, &err);
	say(c, path, "model", ok ? "agrees" : "differs", ok ? "" : err.text);
	for (i = 0; (ops = engine_at(i)); i++)
		if (ops != &engine_model && (c->chosen[i] || !c->any))
			ok = compare_one(c, ops, &s, path, &model) && ok;
	run_free(&model, &s);
	scenario_free(&s);
	return ok;
}

static int choose(struct comparing *c, const char *name)
{
	unsigned int i;

	for (i = 0; engine_at(i); i++)
		if (!strcmp(engine_at(i)->name, name)) {
			c->chosen[i] = c->any = true;
			return 0;
		}
	return cli_usage("there is no engine '%s': model, xdp, bridge, accelerated", name);
}

static int compare_all(struct comparing *c, char **paths, int n)
{
	bool ok = true;
	int i;

	c->list = json_array();
	for (i = 0; i < n; i++)
		ok = compare(c, paths[i]) && ok;
	if (c->json) {
		json_dumpf(c->list, stdout, JSON_INDENT(2));
		putchar('\n');
	}
	json_decref(c->list);
	return ok ? EXIT_YES : EXIT_NO;
}

int cmd_compare(int argc, char **argv)
{
	struct comparing c = {0};
	int o;

	opterr = 0;
	while ((o = getopt_long(argc, argv, ":e:jh", options, NULL)) != -1) {
		switch (o) {
		case 'e':
			if (choose(&c, optarg))
				return EXIT_USAGE;
			break;
		case 'j':
			c.json = true;
			break;
		case 'h':
			help(stdout, true);
			return EXIT_YES;
		default:
			return cli_bad_option(argv, o);
		}
	}
	if (optind >= argc)
		return cli_usage("compare wants a scenario");
	return compare_all(&c, argv + optind, argc - optind);
}
