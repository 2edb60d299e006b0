/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The report as one page: problems first, the tables, plots as SVG. No scripts, no other files. */
#include "analysis_text.h"
#include "names.h"

#include <inttypes.h>
#include <math.h>

enum { WIDTH = 720, HEIGHT = 140, LEFT = 90, BUCKETS = 360 };

static void escaped(struct text *t, const char *s, size_t len)
{
	size_t i;

	for (i = 0; i < len; i++) {
		if (s[i] == '<')
			text_str(t, "&lt;");
		else if (s[i] == '>')
			text_str(t, "&gt;");
		else if (s[i] == '&')
			text_str(t, "&amp;");
		else
			text_char(t, s[i]);
	}
}

/* What the height of a plot stands for. */
struct scale {
	int64_t low, high;
	uint64_t beyond; /* samples that are drawn at the edge */
};

/* A few far off must not make a line of all the others: then nine tenths of them have the middle
 * half of the height. */
static struct scale scale_of(const struct samples *s)
{
	struct scale all = {.low = s->min, .high = s->max}, most = {0};
	struct summary sum;
	double half;
	size_t i;

	if (!samples_summary(s, &sum))
		return all;
	half = (double)wrapping_difference(sum.p95, sum.p5) / 2;
	if (half <= 0 || (double)wrapping_difference(all.high, all.low) <= 20 * half)
		return all;
	most.low = (double)wrapping_difference(sum.p5, all.low) > half ? sum.p5 - llround(half)
								       : all.low;
	most.high = (double)wrapping_difference(all.high, sum.p95) > half ? sum.p95 + llround(half)
									  : all.high;
	for (i = 0; i < s->n; i++)
		most.beyond += s->kept[i].v < most.low || s->kept[i].v > most.high;
	return most;
}

static double y_of(const struct scale *c, int64_t v)
{
	double range = (double)wrapping_difference(c->high, c->low);

	v = v < c->low ? c->low : v > c->high ? c->high : v;
	return range > 0 ? HEIGHT - 10 -
				   (double)wrapping_difference(v, c->low) / range * (HEIGHT - 20)
			 : HEIGHT / 2.0;
}

static void frame(struct text *t, const struct samples *s, const struct scale *c)
{
	text_format(t,
		    "<svg viewBox=\"0 0 %d %d\" width=\"%d\" height=\"%d\"><rect x=\"%d\" y=\"5\" "
		    "width=\"%d\" "
		    "height=\"%d\" class=\"f\"/>",
		    WIDTH, HEIGHT + 18, WIDTH, HEIGHT + 18, LEFT, WIDTH - LEFT - 5, HEIGHT - 10);
	text_format(t, "<text x=\"%d\" y=\"16\" text-anchor=\"end\">", LEFT - 4);
	text_ns(t, (double)c->high);
	text_format(t, "</text><text x=\"%d\" y=\"%d\" text-anchor=\"end\">", LEFT - 4, HEIGHT - 6);
	text_ns(t, (double)c->low);
	text_format(t,
		    "</text><text x=\"%d\" y=\"%d\">0 s</text><text x=\"%d\" y=\"%d\" "
		    "text-anchor=\"end\">",
		    LEFT, HEIGHT + 10, WIDTH - 5, HEIGHT + 10);
	text_ns(t, (double)wrapping_difference(s->kept[s->n - 1].t, s->kept[0].t));
	text_str(t, "</text>");
}

/* Least and greatest of each bucket of time, so that no peak is lost. */
static void curve(struct text *t, const struct samples *s, const struct scale *c)
{
	double span = (double)wrapping_difference(s->kept[s->n - 1].t, s->kept[0].t), x;
	size_t i = 0, end;
	int bucket;

	text_str(t, "<polyline points=\"");
	for (bucket = 0; bucket < BUCKETS && i < s->n; bucket++) {
		int64_t low = INT64_MAX, high = INT64_MIN;

		for (end = i; end < s->n &&
			      (bucket == BUCKETS - 1 || span <= 0 ||
			       (double)wrapping_difference(s->kept[end].t, s->kept[0].t) * BUCKETS <
				       span * (bucket + 1));
		     end++) {
			low = s->kept[end].v < low ? s->kept[end].v : low;
			high = s->kept[end].v > high ? s->kept[end].v : high;
		}
		if (end == i)
			continue;
		x = LEFT + (bucket + 0.5) / BUCKETS * (WIDTH - LEFT - 5);
		text_format(t, "%.1f,%.1f ", x, y_of(c, low));
		if (low != high)
			text_format(t, "%.1f,%.1f ", x, y_of(c, high));
		i = end;
	}
	text_str(t, "\"/></svg>\n");
}

static void plot(struct text *t, const char *what, const struct samples *s)
{
	struct scale c;

	if (s->n < 2)
		return;
	c = scale_of(s);
	text_format(t, "<h4>%s</h4>\n", what);
	if (c.beyond) {
		text_format(t, "<p>%" PRIu64 " of %zu are beyond the frame, from ", c.beyond, s->n);
		text_ns(t, (double)s->min);
		text_str(t, " to ");
		text_ns(t, (double)s->max);
		text_str(t, ".</p>\n");
	}
	frame(t, s, &c);
	curve(t, s, &c);
}

static bool has_plots(const struct flow *f)
{
	return f->transit.n >= 2 || f->delay.n >= 2 || f->peer_delay.n >= 2 ||
	       f->types[PTP_SYNC].intervals.n >= 2;
}

static void flow_plots(struct text *t, const struct flow *f)
{
	struct samples residuals;
	struct text place = {0};

	text_str(t, "<h3>");
	ptp_port_text(t, &f->source);
	text_format(t, ", domain %u, at ", f->domain);
	flow_place_text(&place, f);
	if (place.len)
		escaped(t, place.buf, place.len);
	text_free(&place);
	text_str(t, "</h3>\n");
	plot(t,
	     "Sync: arrival minus corrected origin (offset and delay together), as seen from this "
	     "tap",
	     &f->transit);
	samples_residuals(&f->transit, &residuals);
	plot(t,
	     "Sync: packet delay variation (the same without the clocks' rate), as seen from this "
	     "tap",
	     &residuals);
	samples_free(&residuals);
	plot(t, "Sync: interval", &f->types[PTP_SYNC].intervals);
	plot(t, "Sync: correctionField with Follow_Up's", &f->correction);
	plot(t, "delay to the master, as seen from this tap", &f->delay);
	plot(t,
	     f->peer_8021as ? "peer delay (802.1AS), as seen from this tap"
			    : "peer delay (1588), as seen from this tap",
	     &f->peer_delay);
}

static void problems(struct text *t, const struct analysis *a)
{
	struct text list = {0};
	const char *line, *end;

	text_str(t, "<h2>Problems</h2>\n");
	if (!analysis_problems(&list, a) || list.failed)
		text_str(t, "<p>None seen.</p>\n");
	else
		text_str(t, "<ul class=\"p\">\n");
	for (line = list.buf; list.len && line < list.buf + list.len; line = end + 1) {
		end = memchr(line, '\n', (size_t)(list.buf + list.len - line));
		text_str(t, "<li>");
		escaped(t, line, (size_t)(end - line));
		text_str(t, "</li>\n");
	}
	if (list.len)
		text_str(t, "</ul>\n");
	text_free(&list);
}

void analysis_html(struct text *t, const struct analysis *a, const char *title)
{
	const struct flow *flows[ANALYSIS_FLOWS_MAX];
	const struct tap_clock *span = analysis_span(a);
	unsigned int i, plotted = 0, n = flows_in_order(a, flows);
	struct text table = {0};

	text_str(t,
		 "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>PTP: ");
	escaped(t, title, strlen(title));
	text_str(t, "</title>\n<style>body{font:15px sans-serif;max-width:60em;margin:2em "
		    "auto;padding:0 1em}"
		    "pre{white-space:pre-wrap;background:#f4f4f4;padding:1em}svg{font:10px "
		    "sans-serif;max-width:100%}"
		    ".f{fill:none;stroke:#bbb}polyline{fill:none;stroke:#06c;stroke-width:1}"
		    ".p li{color:#a00}</style></head><body>\n<h1>PTP: ");
	escaped(t, title, strlen(title));
	text_str(t, "</h1>\n<p>");
	if (span) {
		ptp_date_text(t, span->least);
		text_str(t, " to ");
		ptp_date_text(t, span->greatest);
	} else {
		text_str(t, "No frame has a time stamp.");
	}
	text_str(t, "</p>\n");
	problems(t, a);
	text_str(t, "<h2>Tables</h2>\n<pre>");
	analysis_table(&table, a);
	if (table.len)
		escaped(t, table.buf, table.len);
	text_free(&table);
	text_str(t, "</pre>\n<h2>Over time</h2>\n");
	for (i = 0; i < n; i++) {
		if (!has_plots(flows[i]))
			continue;
		flow_plots(t, flows[i]);
		plotted++;
	}
	if (!plotted)
		text_str(t, "<p>Nothing was seen often enough for a plot.</p>\n");
	text_str(t, "</body></html>\n");
}
