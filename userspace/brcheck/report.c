/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "report.h"

#include <errno.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>

int report_begin(struct report *r)
{
	r->list = r->json ? json_array() : NULL;
	return r->json && !r->list ? -ENOMEM : 0;
}

void report_free(struct report *r)
{
	json_decref(r->list);
	r->list = NULL;
}

static const char *port_name(const struct report *r, int port)
{
	return port < 0 ? "" : r->streams->port[port].name;
}

/* The stamp as the capture has it, so that it can be found there. */
static int64_t capture_time(const struct report *r, const struct violation *v)
{
	int port = v->kind == MISSING ? v->in_port : v->port;

	return v->ts_ns + (port < 0 ? 0 : r->streams->clock[port].ahead_ns);
}

static void print_violation(const struct report *r, const struct violation *v)
{
	int64_t ts = capture_time(r, v);
	char frame[128];

	sight_text(v->dst, v->src, v->vid, v->ethertype, v->len, frame, sizeof(frame));
	if (v->kind == MISSING)
		printf("%s: entered as packet %" PRIu64 " of %s", port_name(r, v->port), v->number,
		       port_name(r, v->in_port));
	else
		printf("%s: packet %" PRIu64, port_name(r, v->port), v->number);
	printf(" at %" PRId64 ".%09" PRId64 ": %s: %s: expected: %s; seen: %s", ts / 1000000000,
	       ts % 1000000000, violation_name(v->kind), frame, v->expected, v->seen);
	if (v->kind != MISSING && v->in_port >= 0)
		printf(" (entered as packet %" PRIu64 " of %s, %.6f s before)", v->in_number,
		       port_name(r, v->in_port), v->delay_ns / 1e9);
	putchar('\n');
}

static json_t *violation_json(const struct report *r, const struct violation *v)
{
	char frame[128];
	json_t *o;

	sight_text(v->dst, v->src, v->vid, v->ethertype, v->len, frame, sizeof(frame));
	o = json_pack("{s:s, s:s, s:I, s:I, s:s, s:s, s:s}", "kind", violation_name(v->kind),
		      "port", port_name(r, v->port), "packet", (json_int_t)v->number, "time_ns",
		      (json_int_t)capture_time(r, v), "frame", frame, "expected", v->expected,
		      "seen", v->seen);
	if (o && v->in_port >= 0)
		json_object_set_new(o, "entered",
				    json_pack("{s:s, s:I, s:I}", "port", port_name(r, v->in_port),
					      "packet", (json_int_t)v->in_number, "delay_ns",
					      (json_int_t)v->delay_ns));
	return o;
}

void report_violation(void *data, const struct violation *v)
{
	struct report *r = data;

	notes_violation(&r->notes, v);
	if (r->printed >= r->limit)
		return;
	r->printed++;
	if (r->json)
		json_array_append_new(r->list, violation_json(r, v));
	else
		print_violation(r, v);
}

static const char *direction_of(const struct stream *s)
{
	if (!s->packets)
		return "no packets";
	if (s->cooked)
		return "cooked packet types";
	return !s->no_ways ? "recorded" : s->ways ? "recorded in part, else inferred" : "inferred";
}

static void print_ports(const struct report *r)
{
	int i;

	printf("%-12s %10s %10s %10s %10s %10s %10s  %s\n", "port", "entered", "left", "forwarded",
	       "flooded", "filtered", "bridge's", "direction");
	for (i = 0; i < r->streams->ports; i++) {
		const struct port_counts *c = verify_port(r->verify, i);

		printf("%-12s %10" PRIu64 " %10" PRIu64 " %10" PRIu64 " %10" PRIu64 " %10" PRIu64
		       " %10" PRIu64 "  %s\n",
		       r->streams->port[i].name, c->entered, c->left, c->forwarded, c->flooded,
		       c->filtered, c->originated, direction_of(&r->streams->port[i]));
	}
}

static void print_filtered(const struct report *r)
{
	bool first = true;
	int i;

	for (i = 0; i < BRM_WHY_MAX; i++) {
		if (!verify_filtered(r->verify, i))
			continue;
		printf("%s %s %" PRIu64, first ? "filtered:" : ",", brm_why_name(i),
		       verify_filtered(r->verify, i));
		first = false;
	}
	if (!first)
		putchar('\n');
}

static void print_delays(const struct report *r)
{
	int i, k;

	for (i = 0; i < r->streams->ports; i++)
		for (k = 0; k < r->streams->ports; k++) {
			const struct delay *d = verify_delay(r->verify, i, k);

			if (d)
				printf("delay %s > %s: %" PRIu64
				       " frames, median %.1f us, 99%% %.1f us, "
				       "longest %.1f us\n",
				       r->streams->port[i].name, r->streams->port[k].name,
				       delay_count(d), delay_quantile(d, 0.5) / 1e3,
				       delay_quantile(d, 0.99) / 1e3, delay_longest(d) / 1e3);
		}
}

static void print_clocks(const struct report *r)
{
	const struct streams *s = r->streams;
	int i;

	for (i = 0; i < s->ports; i++)
		if (s->clock[i].found == CLOCK_APART)
			printf("clock of %s: %.9f s ahead of the first, estimated from %" PRIu64
			       " frames and taken off\n",
			       s->port[i].name, s->clock[i].ahead_ns / 1e9, s->clock[i].pairs);
		else if (s->clock[i].found == CLOCK_NOTHING && s->port[i].packets)
			printf("clock of %s: no frame to compare it by, taken as it is\n",
			       s->port[i].name);
}

static uint64_t violations(const struct report *r)
{
	uint64_t all = 0;
	int i;

	for (i = 0; i < VIOLATION_KINDS; i++)
		all += verify_count(r->verify, i);
	return all;
}

static void print_verdict(const struct report *r, uint64_t all)
{
	bool first = true;
	int i;

	printf("violations: %" PRIu64, all);
	for (i = 0; i < VIOLATION_KINDS; i++) {
		if (!verify_count(r->verify, i))
			continue;
		printf("%s%" PRIu64 " %s", first ? " (" : ", ", verify_count(r->verify, i),
		       violation_name(i));
		first = false;
	}
	printf("%s\n", first ? "" : ")");
}

static void print_note(void *data, const char *text)
{
	(void)data;
	printf("note: %s\n", text);
}

static void note_json(void *list, const char *text)
{
	json_array_append_new(list, json_string(text));
}

static json_t *ports_json(const struct report *r)
{
	json_t *list = json_array();
	int i;

	for (i = 0; i < r->streams->ports; i++) {
		const struct port_counts *c = verify_port(r->verify, i);
		const struct stream *s = &r->streams->port[i];

		json_array_append_new(
			list,
			json_pack(
				"{s:s, s:s, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:b, s:I}",
				"port", s->name, "direction", direction_of(s), "packets",
				(json_int_t)s->packets, "runts", (json_int_t)s->runts, "lost",
				(json_int_t)s->lost, "entered", (json_int_t)c->entered, "left",
				(json_int_t)c->left, "forwarded", (json_int_t)c->forwarded,
				"flooded", (json_int_t)c->flooded, "filtered",
				(json_int_t)c->filtered, "originated", (json_int_t)c->originated,
				"clock_known", r->streams->clock[i].found != CLOCK_NOTHING,
				"clock_ahead_ns", (json_int_t)r->streams->clock[i].ahead_ns));
	}
	return list;
}

static json_t *delays_json(const struct report *r)
{
	json_t *list = json_array();
	int i, k;

	for (i = 0; i < r->streams->ports; i++)
		for (k = 0; k < r->streams->ports; k++) {
			const struct delay *d = verify_delay(r->verify, i, k);

			if (d)
				json_array_append_new(
					list,
					json_pack("{s:s, s:s, s:I, s:I, s:I, s:I}", "from",
						  r->streams->port[i].name, "to",
						  r->streams->port[k].name, "frames",
						  (json_int_t)delay_count(d), "median_ns",
						  (json_int_t)delay_quantile(d, 0.5), "p99_ns",
						  (json_int_t)delay_quantile(d, 0.99), "max_ns",
						  (json_int_t)delay_longest(d)));
		}
	return list;
}

static json_t *reasons_json(const struct report *r)
{
	json_t *reasons = json_object();
	int i;

	for (i = 0; i < BRM_WHY_MAX; i++)
		if (verify_filtered(r->verify, i))
			json_object_set_new(reasons, brm_why_name(i),
					    json_integer(verify_filtered(r->verify, i)));
	return reasons;
}

static void print_json(struct report *r, uint64_t all)
{
	json_t *kinds = json_object(), *notes = json_array(), *root;
	int i;

	notes_say(&r->notes, all, note_json, notes);
	for (i = 0; i < VIOLATION_KINDS; i++)
		json_object_set_new(kinds, violation_name(i),
				    json_integer(verify_count(r->verify, i)));
	root = json_pack("{s:b, s:I, s:o, s:I, s:I, s:I, s:I, s:o, s:o, s:o, s:o, s:O}", "behaved",
			 !all, "violations", (json_int_t)all, "kinds", kinds,
			 "violations_not_listed", (json_int_t)(all - r->printed), "judged_early",
			 (json_int_t)verify_crowded(r->verify), "not_judged",
			 (json_int_t)verify_outside(r->verify), "window_peak",
			 (json_int_t)verify_peak(r->verify), "ports", ports_json(r), "filtered",
			 reasons_json(r), "delays", delays_json(r), "notes", notes, "list",
			 r->list);
	json_dumpf(root, stdout, JSON_INDENT(2));
	putchar('\n');
	json_decref(root);
}

uint64_t report_end(struct report *r)
{
	uint64_t all = violations(r);

	if (r->json) {
		print_json(r, all);
		return all;
	}
	print_ports(r);
	print_filtered(r);
	print_delays(r);
	print_clocks(r);
	if (all > r->printed)
		printf("(%" PRIu64 " violations more are not shown: --limit)\n", all - r->printed);
	notes_say(&r->notes, all, print_note, NULL);
	print_verdict(r, all);
	return all;
}
