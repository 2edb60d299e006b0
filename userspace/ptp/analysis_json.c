/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The report as JSON. Times are in nanoseconds. */
#include "analysis_memory.h"
#include "analysis_text.h"
#include "names.h"

#include <math.h>

static void show_samples(struct show *s, const char *name, const struct summary *sum)
{
	show_open(s, name);
	show_number(s, "count", sum->count, 0, NULL);
	show_signed(s, "min", sum->min);
	show_signed(s, "median", sum->median);
	show_signed(s, "p99", sum->p99);
	show_signed(s, "max", sum->max);
	show_signed(s, "mean", llround(sum->mean));
	show_signed(s, "deviation", llround(sum->deviation));
	show_close(s);
}

static void summarize(struct show *s, const char *name, const struct samples *samples)
{
	struct summary sum;

	if (samples_summary(samples, &sum))
		show_samples(s, name, &sum);
}

static void show_place(struct show *s, const struct place *p, const char *iface)
{
	if (*iface)
		show_string(s, "interface", iface, strlen(iface));
	show_number(s, "tap", p->tap, 0, NULL);
	if (!p->tagged)
		return;
	show_number(s, "device", p->device, 0, NULL);
	show_number(s, "port", p->port, 0, NULL);
	show_bool(s, "toPort", p->to_port);
}

static void show_series(struct show *s, const struct series *series, unsigned int type)
{
	show_open(s, ptp_type_name(type));
	show_number(s, "count", series->count, 0, NULL);
	show_number(s, "missing", series->missing, 0, NULL);
	show_number(s, "repeated", series->repeated, 0, NULL);
	show_number(s, "outOfOrder", series->reordered, 0, NULL);
	show_number(s, "restarted", series->restarted, 0, NULL);
	if (flow_advertised_ns(series) > 0)
		show_signed(s, "advertisedInterval", (int64_t)flow_advertised_ns(series));
	summarize(s, "interval", &series->intervals);
	show_close(s);
}

static void show_destination(struct show *s, const struct flow *f)
{
	struct text address = {0};

	if (!f->to_len)
		return;
	flow_address_text(&address, f);
	show_string(s, "destination", address.buf ? address.buf : "", address.len);
	text_free(&address);
}

static void show_flow(struct show *s, const struct analysis *a, const struct flow *f)
{
	struct summary sum;
	unsigned int i;
	double ppm;

	show_open(s, NULL);
	show_port(s, "sourcePortIdentity", &f->source);
	show_number(s, "domainNumber", f->domain, 0, NULL);
	show_number(s, "majorSdoId", f->major_sdo_id, 0, NULL);
	show_place(s, &f->place, f->iface);
	show_destination(s, f);
	show_open(s, "messages");
	for (i = 0; i < 16; i++)
		if (f->types[i].count)
			show_series(s, &f->types[i], i);
	show_close(s);
	show_number(s, "syncWithoutFollowUp",
		    f->sync_without_follow_up + analysis_waiting(a, f, WAITING_SYNC), 0, NULL);
	show_number(s, "followUpWithoutSync",
		    f->follow_up_without_sync + analysis_waiting(a, f, WAITING_FOLLOW_UP), 0, NULL);
	show_number(s, "requestsWithoutAnswer",
		    f->unanswered + analysis_waiting(a, f, WAITING_REQUEST), 0, NULL);
	show_number(s, "lateAnswers", f->late, 0, NULL);
	show_number(s, "timeSteps", f->base.steps, 0, NULL);
	if (flow_delay_variation(f, &sum))
		show_samples(s, "packetDelayVariationSeenFromThisTap", &sum);
	if (flow_rate_ppm(f, &ppm))
		show_signed(s, "ratePpbAgainstThisTapsClock", llround(ppm * 1000));
	if (f->transit_clock)
		show_string(s, "thisTapsClock", f->transit_clock, strlen(f->transit_clock));
	summarize(s, "correction", &f->correction);
	summarize(s, "delaySeenFromThisTap", &f->delay);
	summarize(s,
		  f->peer_8021as ? "peerDelay8021ASSeenFromThisTap"
				 : "peerDelay1588SeenFromThisTap",
		  &f->peer_delay);
	show_close(s);
}

static void show_master(struct show *s, const struct analysis *a, const struct master *m)
{
	const struct ptp_announce *d = &m->announce;
	unsigned int i;

	show_open(s, NULL);
	show_port(s, "sourcePortIdentity", &m->source);
	show_number(s, "domainNumber", m->domain, 0, NULL);
	show_number(s, "sdoId", m->sdo_id, 0, NULL);
	show_number(s, "tap", m->tap, 0, NULL);
	show_bool(s, "alternateMasterFlag", m->flags & PTP_FLAG_ALTERNATE_MASTER);
	show_bool(s, "best", analysis_best(a, m) == m);
	show_bool(s, "conflict", analysis_conflict(a, m));
	show_clock(s, "grandmasterIdentity", &d->grandmaster);
	show_number(s, "grandmasterPriority1", d->priority1, 0, NULL);
	show_number(s, "grandmasterClockClass", d->clock_class, 0,
		    ptp_clock_class_name(d->clock_class));
	show_number(s, "grandmasterClockAccuracy", d->clock_accuracy, 0,
		    ptp_clock_accuracy_name(d->clock_accuracy));
	show_number(s, "grandmasterOffsetScaledLogVariance", d->offset_scaled_log_variance, 0,
		    NULL);
	show_number(s, "grandmasterPriority2", d->priority2, 0, NULL);
	show_number(s, "stepsRemoved", d->steps_removed, 0, NULL);
	show_number(s, "timeSource", d->time_source, 0, ptp_time_source_name(d->time_source));
	show_number(s, "announces", m->count, 0, NULL);
	show_list(s, "path");
	for (i = 0; i < m->path_len; i++)
		show_clock(s, NULL, &m->path[i]);
	show_list_end(s);
	show_close(s);
}

static void show_changes(struct show *s, const struct analysis *a)
{
	unsigned int i;

	show_list(s, "grandmasterChanges");
	for (i = 0; i < a->change_count; i++) {
		if (a->changes[i].first)
			continue;
		show_open(s, NULL);
		show_signed(s, "timeNs", a->changes[i].ts);
		show_number(s, "tap", a->changes[i].tap, 0, NULL);
		show_number(s, "domainNumber", a->changes[i].domain, 0, NULL);
		show_number(s, "sdoId", a->changes[i].sdo_id, 0, NULL);
		show_clock(s, "from", &a->changes[i].from);
		show_clock(s, "to", &a->changes[i].to);
		show_close(s);
	}
	show_list_end(s);
}

static void show_paths(struct show *s, const struct analysis *a)
{
	unsigned int i;

	show_list(s, "residence");
	for (i = 0; i < a->path_count; i++) {
		const struct path *p = &a->paths[i];

		show_open(s, NULL);
		show_open(s, "from");
		show_place(s, &p->from, tap_name(a, p->from.tap));
		show_close(s);
		show_open(s, "to");
		show_place(s, &p->to, tap_name(a, p->to.tap));
		show_close(s);
		summarize(s, "betweenTimeStamps", &p->residence);
		summarize(s, "correctionFieldGrowth", &p->corrected);
		show_close(s);
	}
	show_list_end(s);
}

static void show_problems(struct show *s, const struct analysis *a)
{
	struct text list = {0};
	const char *line, *end;

	show_list(s, "problems");
	if (analysis_problems(&list, a) && !list.failed)
		for (line = list.buf; line < list.buf + list.len; line = end + 1) {
			end = memchr(line, '\n', (size_t)(list.buf + list.len - line));
			show_string(s, NULL, line, (size_t)(end - line));
		}
	show_list_end(s);
	text_free(&list);
}

void analysis_json(struct text *t, const struct analysis *a)
{
	const struct flow *flows[ANALYSIS_FLOWS_MAX];
	const struct tap_clock *span = analysis_span(a);
	unsigned int i, n = flows_in_order(a, flows);
	struct show s;

	show_begin(&s, t, SHOW_JSON);
	show_number(&s, "frames", a->packets, 0, NULL);
	show_number(&s, "malformed", a->malformed, 0, NULL);
	show_number(&s, "notPtp", a->not_ptp, 0, NULL);
	show_number(&s, "ptpVersion1", a->version_1, 0, NULL);
	if (span) {
		show_signed(&s, "firstNs", span->least);
		show_signed(&s, "lastNs", span->greatest);
	}
	show_list(&s, "masters");
	for (i = 0; i < a->master_count; i++)
		show_master(&s, a, &a->masters[i]);
	show_list_end(&s);
	show_changes(&s, a);
	show_list(&s, "clocks");
	for (i = 0; i < n; i++)
		show_flow(&s, a, flows[i]);
	show_list_end(&s);
	show_paths(&s, a);
	show_problems(&s, a);
	show_end(&s);
}
