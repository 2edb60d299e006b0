/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "xdp_bridge.h"

#include "advice.h"
#include "text.h"
#include "verdict.h"

#include <linux/if_bridge.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

json_t *shown(const char *text)
{
	char *clean = text ? strdup(text) : NULL;
	json_t *string;

	if (!clean)
		return json_null();
	utf8_clean(clean);
	string = json_string(clean);
	free(clean);
	return string;
}

static json_t *verdicts(const struct fast_counters *c)
{
	json_t *by = json_object();
	unsigned int v;

	for (v = 0; v < verdict_count(); v++)
		if (c->frames[v])
			json_object_set_new(by, verdict_name(v), json_integer(c->frames[v]));
	return by;
}

static uint64_t slow(const struct fast_counters *c)
{
	uint64_t sum = 0;
	unsigned int v;

	for (v = 0; v < verdict_count(); v++)
		if (v != VERDICT_FORWARDED)
			sum += c->frames[v];
	return sum;
}

static json_t *counters(const struct fast_counters *c, bool drops)
{
	return json_pack("{s:I, s:I, s:I, s:I, s:I, s:o, s:o}", "in_fast",
			 (json_int_t)c->frames[VERDICT_FORWARDED], "in_slow", (json_int_t)slow(c),
			 "in_fast_bytes", (json_int_t)c->bytes_fast, "out_fast",
			 (json_int_t)c->out_frames, "out_fast_bytes", (json_int_t)c->out_bytes,
			 "out_drops", drops ? json_integer((json_int_t)c->out_drops) : json_null(),
			 "frames", verdicts(c));
}

static json_t *closed(uint8_t verdict)
{
	return verdict ? json_string(verdict_name(verdict)) : json_null();
}

static const char *mode(const struct follow *f, const struct sync_port *p)
{
	if (!fast_attached(follow_fast(f), p->ifindex))
		return "off";
	return p->generic ? "generic" : "native";
}

/* Does the bridge have ports with native and with generic XDP? */
static bool has_both(struct follow *f, uint32_t bridge)
{
	bool native = false, generic = false;
	const struct event_link *link;
	const struct sync_port *p;
	size_t i;

	for (i = 0; (p = sync_port_at(follow_sync(f), i)); i++) {
		link = ktable_link(follow_table(f), p->ifindex);
		if (!link || link->master != bridge)
			continue;
		native |= !p->generic;
		generic |= p->generic;
	}
	return native && generic;
}

struct shown_port {
	const char *mode, *driver, *why, *partly;
	bool refused;
	uint8_t closed_in, closed_out;
	struct fast_counters counters;
};

static json_t *port_object(struct follow *f, uint32_t ifindex, const struct shown_port *p)
{
	const struct event_link *link = ktable_link(follow_table(f), ifindex);
	const struct event_link *bridge = link ? ktable_link(follow_table(f), link->master) : NULL;

	return json_pack("{s:o, s:I, s:o, s:s, s:s, s:b, s:b, s:o, s:o, s:o, s:s, s:o}", "name",
			 shown(link ? link->name : "?"), "ifindex", (json_int_t)ifindex, "bridge",
			 shown(bridge ? bridge->name : NULL), "mode", p->mode, "driver", p->driver,
			 "fast", !p->refused && !*p->why, "refused", p->refused, "closed_in",
			 closed(p->closed_in), "closed_out", closed(p->closed_out), "why",
			 shown(p->why), "partly", p->partly, "counters",
			 counters(&p->counters, fast_counts_drops(follow_fast(f))));
}

static json_t *port(struct follow *f, const struct sync_port *p)
{
	const struct event_link *link = ktable_link(follow_table(f), p->ifindex);
	const struct policy *policy = &p->policy;
	char why[512], partly[512];
	struct shown_port shows = {
		.mode = mode(f, p),
		.driver = p->facts.driver,
		.why = why,
		.partly = partly,
		.closed_in = policy->closed_in,
		.closed_out = p->generic ? policy->closed_generic : policy->closed_out,
	};

	if (fast_counters(follow_fast(f), p->row, &shows.counters))
		memset(&shows.counters, 0, sizeof(shows.counters));
	follow_advice(f, p->ifindex, why, sizeof(why));
	advice_partial(partly, sizeof(partly), p, link && has_both(f, link->master));
	return port_object(f, p->ifindex, &shows);
}

/* One without a program, of which nothing is counted. */
static json_t *refused(struct follow *f, const struct event_link *link, const char *why)
{
	const struct shown_port shows = {
		.mode = "off", .driver = "", .why = why, .partly = "", .refused = true};

	return port_object(f, link->ifindex, &shows);
}

json_t *report(struct follow *f)
{
	struct sync_numbers n = sync_numbers(follow_sync(f));
	const struct event_link *link;
	json_t *ports = json_array();
	struct sync_port *p;
	const char *why;
	size_t i;

	for (i = 0; (p = sync_port_at(follow_sync(f), i)); i++)
		json_array_append_new(ports, port(f, p));
	for (i = 0; (link = follow_refused(f, &i, &why));)
		json_array_append_new(ports, refused(f, link, why));
	return json_pack("{s:s, s:i, s:o, s:{s:I, s:I, s:I, s:I}, s:o}", "version", VERSION, "pid",
			 (int)getpid(), "bridge", shown(follow_options(f)->bridge), "addresses", "kernel",
			 (json_int_t)n.kernel, "fast", (json_int_t)n.installed, "no_room",
			 (json_int_t)n.unplaced, "resyncs", (json_int_t)follow_resyncs(f), "ports",
			 ports);
}

/* ---- for people ---- */

static json_int_t number(const json_t *object, const char *key)
{
	return json_integer_value(json_object_get(object, key));
}

static const char *word(const json_t *object, const char *key)
{
	const char *s = json_string_value(json_object_get(object, key));

	return s ? s : "-";
}

static void print_port(FILE *to, const json_t *p)
{
	json_t *c = json_object_get(p, "counters"), *frames = json_object_get(c, "frames"), *n;
	const char *reason, *gap = "";

	fprintf(to,
		"%-15s %-10s %-8s %-5s %12" JSON_INTEGER_FORMAT " %12" JSON_INTEGER_FORMAT
		" %12" JSON_INTEGER_FORMAT "  ",
		word(p, "name"), word(p, "bridge"), word(p, "mode"),
		json_is_true(json_object_get(p, "fast")) ? "fast" : "slow", number(c, "in_fast"),
		number(c, "in_slow"), number(c, "out_fast"));
	json_object_foreach(frames, reason, n)
	{
		if (!strcmp(reason, verdict_name(VERDICT_FORWARDED)))
			continue;
		fprintf(to, "%s%s %" JSON_INTEGER_FORMAT, gap, reason, json_integer_value(n));
		gap = ", ";
	}
	fputc('\n', to);
	if (number(c, "out_drops"))
		fprintf(to,
			"    lost: its driver refused %" JSON_INTEGER_FORMAT
			" of the frames that XDP handed to it\n",
			number(c, "out_drops"));
	if (*word(p, "why") && strcmp(word(p, "why"), "-"))
		fprintf(to, "    slow: %s\n", word(p, "why"));
	if (*word(p, "partly") && strcmp(word(p, "partly"), "-"))
		fprintf(to, "    partly slow: %s\n", word(p, "partly"));
}

void report_print(FILE *to, const json_t *doc)
{
	const json_t *a = json_object_get(doc, "addresses"), *p;
	size_t i;

	fprintf(to,
		"%s: process %" JSON_INTEGER_FORMAT ", %" JSON_INTEGER_FORMAT
		" addresses in the kernel, %" JSON_INTEGER_FORMAT " on the fast path\n",
		json_is_string(json_object_get(doc, "bridge")) ? word(doc, "bridge") : "ports",
		number(doc, "pid"), number(a, "kernel"), number(a, "fast"));
	if (number(a, "no_room"))
		fprintf(to,
			"    %" JSON_INTEGER_FORMAT
			" times there was no room for an address: --table N makes more\n",
			number(a, "no_room"));
	fprintf(to, "%-15s %-10s %-8s %-5s %12s %12s %12s  %s\n", "PORT", "BRIDGE", "MODE", "PATH",
		"IN-FAST", "IN-SLOW", "OUT-FAST", "SLOW BECAUSE");
	json_array_foreach(json_object_get(doc, "ports"), i, p) print_port(to, p);
}
