/* SPDX-License-Identifier: GPL-2.0-or-later */
/* OpenMetrics 1.0 text: what a textfile collector reads. */
#include "xdp_bridge.h"

#include <stdio.h>

static const char *word(const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	return text ? text : "";
}

/* An interface's name may hold anything but blanks, '/' and ':' (dev_valid_name() of
 * net/core/dev.c). */
static void value(FILE *to, const char *text)
{
	for (; *text; text++) {
		if (*text == '"' || *text == '\\')
			fputc('\\', to);
		fputc(*text, to);
	}
}

static void labels(FILE *to, const json_t *port)
{
	fputs("{bridge=\"", to);
	value(to, word(port, "bridge"));
	fputs("\",port=\"", to);
	value(to, word(port, "name"));
	fputc('"', to);
}

struct family {
	const char *name, *type, *unit, *help; /* unit: NULL for a mere number */
	void (*print)(FILE *to, const struct family *family, const json_t *port);
	const char *key; /* among a port's counters */
};

static void print_counter(FILE *to, const struct family *family, const json_t *port)
{
	const json_t *n = json_object_get(json_object_get(port, "counters"), family->key);

	if (!json_is_integer(n)) /* it is not known */
		return;
	fprintf(to, "%s_total", family->name);
	labels(to, port);
	fprintf(to, "} %" JSON_INTEGER_FORMAT "\n", json_integer_value(n));
}

static void print_frames(FILE *to, const struct family *family, const json_t *port)
{
	json_t *frames = json_object_get(json_object_get(port, "counters"), family->key), *n;
	const char *reason;

	json_object_foreach(frames, reason, n)
	{
		fprintf(to, "%s_total", family->name);
		labels(to, port);
		fprintf(to, ",verdict=\"%s\"} %" JSON_INTEGER_FORMAT "\n", reason,
			json_integer_value(n));
	}
}

static void print_fast(FILE *to, const struct family *family, const json_t *port)
{
	const char *in = word(port, "closed_in");

	fputs(family->name, to);
	labels(to, port);
	if (json_is_true(json_object_get(port, "refused")))
		in = "refused";
	fprintf(to, ",reason=\"%s\"} %d\n", *in ? in : word(port, "closed_out"),
		json_is_true(json_object_get(port, "fast")));
}

static const struct family families[] = {
	{"xdp_bridge_received_frames", "counter", NULL,
	 "Frames that came in by a port, by what became of them.", print_frames, "frames"},
	{"xdp_bridge_forwarded_bytes", "counter", "bytes",
	 "Of the frames in by a port that XDP forwarded.", print_counter, "in_fast_bytes"},
	{"xdp_bridge_transmitted_frames", "counter", NULL, "Frames that XDP handed to a port.",
	 print_counter, "out_fast"},
	{"xdp_bridge_transmitted_bytes", "counter", "bytes",
	 "Of the frames that XDP handed to a port.", print_counter, "out_fast_bytes"},
	{"xdp_bridge_transmit_drops", "counter", NULL,
	 "Of the frames that XDP handed to a port, those that its driver refused.", print_counter,
	 "out_drops"},
	{"xdp_bridge_port_fast", "gauge", NULL,
	 "1 where a port is on the fast path in both directions.", print_fast, NULL},
};

static void print_family(FILE *to, const struct family *family, const json_t *reports)
{
	const json_t *report, *port;
	size_t i, j;

	fprintf(to, "# TYPE %s %s\n", family->name, family->type);
	if (family->unit)
		fprintf(to, "# UNIT %s %s\n", family->name, family->unit);
	fprintf(to, "# HELP %s %s\n", family->name, family->help);
	json_array_foreach(reports, i, report)
		json_array_foreach(json_object_get(report, "ports"), j, port)
			family->print(to, family, port);
}

void metrics_print(FILE *to, const json_t *reports)
{
	size_t i;

	for (i = 0; i < sizeof(families) / sizeof(families[0]); i++)
		print_family(to, &families[i], reports);
	fputs("# EOF\n", to);
}
