/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The report for people. */
#include "analysis_text.h"
#include "names.h"

#include <inttypes.h>

static void summary(struct text *t, const char *what, const struct summary *s)
{
	text_format(t, "    %s: min ", what);
	text_ns(t, (double)s->min);
	text_str(t, ", median ");
	text_ns(t, (double)s->median);
	text_str(t, ", 99th percentile ");
	text_ns(t, (double)s->p99);
	text_str(t, ", max ");
	text_ns(t, (double)s->max);
	text_format(t, " (%" PRIu64 ")\n", s->count);
}

static void samples(struct text *t, const char *what, const struct samples *s)
{
	struct summary sum;

	if (samples_summary(s, &sum))
		summary(t, what, &sum);
}

static void series(struct text *t, const struct series *s, unsigned int type)
{
	struct summary sum;

	text_format(t, "    %-22s %8" PRIu64, ptp_type_name(type), s->count);
	if (samples_summary(&s->intervals, &sum)) {
		text_str(t, "  every ");
		text_ns(t, sum.mean);
		if (flow_advertised_ns(s) > 0) {
			text_str(t, " (advertised ");
			text_ns(t, flow_advertised_ns(s));
			text_char(t, ')');
		}
		text_str(t, ", jitter ");
		text_ns(t, sum.deviation);
	}
	if (s->restarted)
		text_format(t, ", sequenceId restarted (%" PRIu64 ")", s->restarted);
	if (s->missing || s->repeated || s->reordered)
		text_format(t,
			    ", %" PRIu64 " missing, %" PRIu64 " repeated, %" PRIu64 " out of order",
			    s->missing, s->repeated, s->reordered);
	text_char(t, '\n');
}

static void flow(struct text *t, const struct flow *f)
{
	struct summary sum;
	unsigned int i;
	double ppm;

	text_str(t, "  ");
	ptp_port_text(t, &f->source);
	text_format(t, "  domain %u%s  at ", f->domain, f->major_sdo_id == 1 ? " (802.1AS)" : "");
	flow_place_text(t, f);
	text_char(t, '\n');
	for (i = 0; i < 16; i++)
		if (f->types[i].count)
			series(t, &f->types[i], i);
	if (flow_delay_variation(f, &sum))
		summary(t, "packet delay variation of Sync, as seen from this tap", &sum);
	if (flow_rate_ppm(f, &ppm))
		text_format(t, "    rate against this tap's clock (%s): %+.3f ppm\n",
			    f->transit_clock, ppm);
	samples(t, "delay to the master, as seen from this tap", &f->delay);
	samples(t,
		f->peer_8021as ? "peer delay (802.1AS), as seen from this tap"
			       : "peer delay (1588), as seen from this tap",
		&f->peer_delay);
}

static void master(struct text *t, const struct analysis *a, const struct master *m)
{
	const struct ptp_announce *d = &m->announce;
	bool best = analysis_best(a, m) == m;
	const char *source = ptp_time_source_name(d->time_source);
	unsigned int i;

	text_str(t, best ? "* " : "  ");
	ptp_port_text(t, &m->source);
	text_str(t, "  ");
	domain_text(t, m->domain, m->sdo_id);
	text_str(t, m->flags & PTP_FLAG_ALTERNATE_MASTER ? "  alternate master on " : "  on ");
	place_text(t, &(struct place){.tap = m->tap}, tap_name(a, m->tap));
	text_str(t, "  grandmaster ");
	ptp_clock_text(t, &d->grandmaster);
	text_format(t,
		    "\n    priority1 %u, class %u, accuracy 0x%02x, variance 0x%04x, priority2 %u, "
		    "steps removed %u, "
		    "source %s, %" PRIu64 " messages\n",
		    d->priority1, d->clock_class, d->clock_accuracy, d->offset_scaled_log_variance,
		    d->priority2, d->steps_removed, source ? source : "unknown", m->count);
	for (i = 0; i < m->path_len; i++) {
		text_str(t, i ? " > " : "    path ");
		ptp_clock_text(t, &m->path[i]);
	}
	if (m->path_len)
		text_char(t, '\n');
}

static void path(struct text *t, const struct analysis *a, const struct path *p)
{
	text_str(t, "  from ");
	place_text(t, &p->from, tap_name(a, p->from.tap));
	text_str(t, " to ");
	place_text(t, &p->to, tap_name(a, p->to.tap));
	text_char(t, '\n');
	samples(t, "between the time stamps", &p->residence);
	samples(t, "growth of correctionField", &p->corrected);
}

static void problems(struct text *t, const struct analysis *a)
{
	struct text list = {0};

	if (analysis_problems(&list, a)) {
		text_str(t, "\nProblems\n");
		text_bytes(t, list.buf, list.len);
	} else {
		text_str(t, "\nNo problems seen.\n");
	}
	text_free(&list);
}

void analysis_table(struct text *t, const struct analysis *a)
{
	const struct flow *flows[ANALYSIS_FLOWS_MAX];
	const struct tap_clock *span = analysis_span(a);
	unsigned int i, n = flows_in_order(a, flows);

	text_format(t, "%" PRIu64 " frames", a->packets);
	if (span) {
		text_str(t, " in ");
		text_ns(t, (double)wrapping_difference(span->greatest, span->least));
	}
	text_format(t, ", %" PRIu64 " malformed, %" PRIu64 " not PTP", a->malformed, a->not_ptp);
	if (a->version_1)
		text_format(t, ", %" PRIu64 " of PTP version 1, which are not analysed",
			    a->version_1);
	text_str(t, "\n\nMasters (* the best by IEEE 1588)\n");
	for (i = 0; i < a->master_count; i++)
		master(t, a, &a->masters[i]);
	text_str(t, "\nClocks\n");
	for (i = 0; i < n; i++)
		flow(t, flows[i]);
	if (a->path_count)
		text_str(t, "\nThe same messages at two places\n");
	for (i = 0; i < a->path_count; i++)
		path(t, a, &a->paths[i]);
	problems(t, a);
}
