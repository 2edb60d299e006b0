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

static void print_counter(FILE *to, const json_t *port, const char *name, const char *key)
{
	fputs(name, to);
	labels(to, port);
	fprintf(to, "} %" JSON_INTEGER_FORMAT "\n",
		json_integer_value(json_object_get(json_object_get(port, "counters"), key)));
}

static void each_port(FILE *to, const json_t *reports, void (*print)(FILE *to, const json_t *port))
{
	const json_t *report, *port;
	size_t i, j;

	json_array_foreach(reports, i, report)
		json_array_foreach(json_object_get(report, "ports"), j, port) print(to, port);
}

static void print_frames(FILE *to, const json_t *port)
{
	json_t *frames = json_object_get(json_object_get(port, "counters"), "frames"), *n;
	const char *reason;

	json_object_foreach(frames, reason, n)
	{
		fputs("xdp_bridge_received_frames_total", to);
		labels(to, port);
		fprintf(to, ",verdict=\"%s\"} %" JSON_INTEGER_FORMAT "\n", reason,
			json_integer_value(n));
	}
}

static void print_received_bytes(FILE *to, const json_t *port)
{
	print_counter(to, port, "xdp_bridge_forwarded_bytes_total", "in_fast_bytes");
}

static void print_transmitted(FILE *to, const json_t *port)
{
	print_counter(to, port, "xdp_bridge_transmitted_frames_total", "out_fast");
}

static void print_transmitted_bytes(FILE *to, const json_t *port)
{
	print_counter(to, port, "xdp_bridge_transmitted_bytes_total", "out_fast_bytes");
}

/* Absent where it is not known. */
static void print_drops(FILE *to, const json_t *port)
{
	if (json_is_integer(json_object_get(json_object_get(port, "counters"), "out_drops")))
		print_counter(to, port, "xdp_bridge_transmit_drops_total", "out_drops");
}

static void print_fast(FILE *to, const json_t *port)
{
	fputs("xdp_bridge_port_fast", to);
	labels(to, port);
	fprintf(to, ",reason=\"%s\"} %d\n", word(port, "closed_in"),
		json_is_true(json_object_get(port, "fast")));
}

void metrics_print(FILE *to, const json_t *reports)
{
	fputs("# TYPE xdp_bridge_received_frames counter\n"
	      "# HELP xdp_bridge_received_frames Frames that came in by a port, by what became of "
	      "them.\n",
	      to);
	each_port(to, reports, print_frames);
	fputs("# TYPE xdp_bridge_forwarded_bytes counter\n"
	      "# UNIT xdp_bridge_forwarded_bytes bytes\n"
	      "# HELP xdp_bridge_forwarded_bytes Of the frames in by a port that XDP forwarded.\n",
	      to);
	each_port(to, reports, print_received_bytes);
	fputs("# TYPE xdp_bridge_transmitted_frames counter\n"
	      "# HELP xdp_bridge_transmitted_frames Frames that XDP handed to a port.\n",
	      to);
	each_port(to, reports, print_transmitted);
	fputs("# TYPE xdp_bridge_transmitted_bytes counter\n"
	      "# UNIT xdp_bridge_transmitted_bytes bytes\n"
	      "# HELP xdp_bridge_transmitted_bytes Of the frames that XDP handed to a port.\n",
	      to);
	each_port(to, reports, print_transmitted_bytes);
	fputs("# TYPE xdp_bridge_transmit_drops counter\n"
	      "# HELP xdp_bridge_transmit_drops Of the frames that XDP handed to a port, those "
	      "that "
	      "its driver refused.\n",
	      to);
	each_port(to, reports, print_drops);
	fputs("# TYPE xdp_bridge_port_fast gauge\n"
	      "# HELP xdp_bridge_port_fast 1 where a port is on the fast path in both "
	      "directions.\n",
	      to);
	each_port(to, reports, print_fast);
	fputs("# EOF\n", to);
}
