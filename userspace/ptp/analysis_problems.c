/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "analysis_memory.h"
#include "analysis_text.h"
#include "names.h"

#include <inttypes.h>
#include <math.h>

struct list {
	struct text *t;
	const struct analysis *a;
	unsigned int n;
};

static void begin(struct list *l)
{
	l->n++;
}

static void name_flow(struct list *l, const struct flow *f)
{
	begin(l);
	ptp_port_text(l->t, &f->source);
	text_format(l->t, " (domain %u, ", f->domain);
	flow_place_text(l->t, f);
	text_str(l->t, "): ");
}

static void masters(struct list *l)
{
	const struct master *m, *o;
	unsigned int i;

	for (i = 0; i < l->a->master_count; i++) {
		m = &l->a->masters[i];
		o = analysis_conflict(l->a, m);
		/* each once: beside the other, where that one was not told beside this one */
		if (!o || (o < m && analysis_conflict(l->a, o) == m))
			continue;
		begin(l);
		text_str(l->t, "conflicting masters in ");
		domain_text(l->t, m->domain, m->sdo_id);
		text_str(l->t, " on ");
		place_text(l->t, &(struct place){.tap = m->tap}, tap_name(l->a, m->tap));
		text_str(l->t, ": ");
		ptp_port_text(l->t, &m->source);
		text_str(l->t, " announces ");
		ptp_clock_text(l->t, &m->announce.grandmaster);
		text_str(l->t, ", ");
		ptp_port_text(l->t, &o->source);
		text_str(l->t, " announces ");
		ptp_clock_text(l->t, &o->announce.grandmaster);
		text_char(l->t, '\n');
	}
}

static void changes(struct list *l)
{
	const struct master_change *c;
	unsigned int i;

	for (i = 0; i < l->a->change_count; i++) {
		c = &l->a->changes[i];
		if (c->first)
			continue;
		begin(l);
		text_str(l->t, "the grandmaster of ");
		domain_text(l->t, c->domain, c->sdo_id);
		text_str(l->t, " on ");
		place_text(l->t, &(struct place){.tap = c->tap}, tap_name(l->a, c->tap));
		text_str(l->t, " changed at ");
		ptp_time_of_day_text(l->t, c->ts);
		text_str(l->t, " from ");
		ptp_clock_text(l->t, &c->from);
		text_str(l->t, " to ");
		ptp_clock_text(l->t, &c->to);
		text_char(l->t, '\n');
	}
}

static void sequence(struct list *l, const struct flow *f, unsigned int type)
{
	const struct series *s = &f->types[type];

	if (s->restarted) {
		name_flow(l, f);
		text_format(l->t, "%s: sequenceId restarted (%" PRIu64 ")\n", ptp_type_name(type),
			    s->restarted);
	}
	if (!s->missing && !s->repeated && !s->reordered)
		return;
	name_flow(l, f);
	text_format(l->t,
		    "%s: %" PRIu64 " missing, %" PRIu64 " repeated, %" PRIu64 " out of order\n",
		    ptp_type_name(type), s->missing, s->repeated, s->reordered);
}

/* IEEE 1588-2019 clause 9.5.9.2: within 30 % of the advertised interval, in nine of ten. */
static void interval(struct list *l, const struct flow *f, unsigned int type)
{
	const struct series *s = &f->types[type];
	double advertised = flow_advertised_ns(s);
	struct summary sum;

	if (advertised <= 0 || s->intervals.count < 4 || type == PTP_PDELAY_REQ ||
	    !samples_summary(&s->intervals, &sum) ||
	    fabs((double)sum.median - advertised) <= 0.3 * advertised)
		return;
	name_flow(l, f);
	text_format(l->t, "%s comes every ", ptp_type_name(type));
	text_ns(l->t, (double)sum.median);
	text_str(l->t, ", advertised is ");
	text_ns(l->t, advertised);
	text_char(l->t, '\n');
}

static void count(struct list *l, const struct flow *f, uint64_t n, const char *what)
{
	if (!n)
		return;
	name_flow(l, f);
	text_format(l->t, "%" PRIu64 " %s\n", n, what);
}

/* Where no general message is ever seen, the filter leaves them out. */
static bool tells_general(const struct flow *f)
{
	unsigned int i;

	for (i = PTP_FOLLOW_UP; i < 16; i++)
		if (f->types[i].count)
			return true;
	return false;
}

static void steps(struct list *l, const struct flow *f)
{
	if (!f->base.steps)
		return;
	name_flow(l, f);
	text_format(l->t,
		    "arrival minus origin of Sync jumped %" PRIu64 " time%s and stayed, the "
		    "last time by ",
		    f->base.steps, f->base.steps == 1 ? "" : "s");
	text_ns(l->t, (double)f->base.step);
	text_str(l->t, " at ");
	ptp_time_of_day_text(l->t, f->base.step_ts);
	text_format(l->t,
		    ": this clock was set, or the tap's (%s); rate and variation are of what "
		    "came since\n",
		    f->transit_clock);
}

static void flow(struct list *l, const struct flow *f)
{
	static const unsigned int types[] = {PTP_SYNC, PTP_ANNOUNCE, PTP_DELAY_REQ, PTP_PDELAY_REQ};
	unsigned int i;

	steps(l, f);
	for (i = 0; i < 4; i++)
		sequence(l, f, types[i]);
	interval(l, f, PTP_SYNC);
	interval(l, f, PTP_ANNOUNCE);
	if (tells_general(f))
		count(l, f, f->sync_without_follow_up + analysis_waiting(l->a, f, WAITING_SYNC),
		      "Sync without Follow_Up");
	count(l, f, f->follow_up_without_sync + analysis_waiting(l->a, f, WAITING_FOLLOW_UP),
	      "Follow_Up without Sync");
	if (f->answered)
		count(l, f, f->unanswered + analysis_waiting(l->a, f, WAITING_REQUEST),
		      "requests without an answer");
	count(l, f, f->late, "answers later than the next request");
	count(l, f, f->bad_timestamps, "time stamps with 10^9 nanoseconds or more");
}

static void left_out(struct list *l, uint64_t n, const char *what)
{
	if (!n)
		return;
	begin(l);
	text_format(l->t, "%" PRIu64 " %s\n", n, what);
}

unsigned int analysis_problems(struct text *t, const struct analysis *a)
{
	const struct flow *flows[ANALYSIS_FLOWS_MAX];
	unsigned int i, n = flows_in_order(a, flows);
	struct list l = {.t = t, .a = a};

	masters(&l);
	changes(&l);
	for (i = 0; i < n; i++)
		flow(&l, flows[i]);
	left_out(&l, a->masters_left_out, "Announce messages of more masters than are told apart");
	left_out(&l, a->changes_left_out, "further changes of a grandmaster");
	if (a->malformed) {
		begin(&l);
		text_format(t, "%" PRIu64 " malformed frames\n", a->malformed);
	}
	if (a->untracked) {
		begin(&l);
		text_format(t, "%" PRIu64 " messages of more clocks than are told apart (%d)\n",
			    a->untracked, ANALYSIS_FLOWS_MAX * 3 / 4);
	}
	return l.n;
}
