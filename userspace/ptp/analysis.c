/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "analysis.h"

#include "analysis_memory.h"

#include <math.h>
#include <stdlib.h>

struct analysis *analysis_create(void)
{
	struct analysis *a = calloc(1, sizeof(*a));

	if (a)
		a->memory = calloc(1, sizeof(*a->memory));
	if (a && !a->memory) {
		free(a);
		a = NULL;
	}
	return a;
}

static void flow_free(struct flow *f)
{
	unsigned int i;

	for (i = 0; i < 16; i++)
		samples_free(&f->types[i].intervals);
	samples_free(&f->transit);
	samples_free(&f->correction);
	samples_free(&f->delay);
	samples_free(&f->peer_delay);
	free(f);
}

void analysis_free(struct analysis *a)
{
	unsigned int i;

	if (!a)
		return;
	for (i = 0; i < ANALYSIS_FLOWS_MAX; i++)
		if (a->flows[i])
			flow_free(a->flows[i]);
	for (i = 0; i < a->path_count; i++) {
		samples_free(&a->paths[i].residence);
		samples_free(&a->paths[i].corrected);
	}
	free(a->memory);
	free(a);
}

uint32_t analysis_hash(const struct ptp_port_identity *id, uint32_t a, uint32_t b)
{
	uint32_t h = 2166136261u; /* FNV-1a */
	unsigned int i;

	for (i = 0; i < 8; i++)
		h = (h ^ id->clock.octets[i]) * 16777619u;
	h = (h ^ id->port) * 16777619u;
	h = (h ^ a) * 16777619u;
	h = (h ^ b) * 16777619u;
	return h ^ h >> 15;
}

bool place_equal(const struct place *x, const struct place *y)
{
	return x->tap == y->tap && x->tagged == y->tagged && x->to_port == y->to_port &&
	       x->device == y->device && x->port == y->port;
}

int64_t timestamp_ns(const struct ptp_timestamp *ts)
{
	return (int64_t)(ts->seconds * 1000000000ull + ts->nanoseconds);
}

static void place_of(struct place *out, const struct packet *p)
{
	const struct frame *f = &p->frame;

	*out = (struct place){.tap = p->tap};
	if (f->tag_format == DSA_FORMAT_NONE)
		return;
	out->tagged = true;
	out->to_port = f->tag.mode == DSA_FROM_CPU;
	out->device = f->tag.device;
	out->port = f->tag.port;
}

static bool is_flow(const struct flow *f, const struct place *place, const struct ptp_message *m)
{
	return f->domain == m->domain && f->major_sdo_id == m->major_sdo_id &&
	       place_equal(&f->place, place) && f->source.port == m->source.port &&
	       !memcmp(&f->source.clock, &m->source.clock, 8);
}

/* Open addressing; a new flow where there is room, else NULL. */
static struct flow *flow_of(struct analysis *a, const struct place *place, const struct packet *p)
{
	const struct ptp_message *m = &p->msg;
	uint32_t h = analysis_hash(&m->source, m->domain,
				   place->tap << 16 | (uint32_t)place->device << 8 | place->port);
	unsigned int i, at;
	struct flow *f;

	for (i = 0; i < ANALYSIS_FLOWS_MAX; i++) {
		at = (h + i) % ANALYSIS_FLOWS_MAX;
		f = a->flows[at];
		if (f && is_flow(f, place, m))
			return f;
		if (f)
			continue;
		if (a->flow_count >= ANALYSIS_FLOWS_MAX * 3 / 4)
			return NULL;
		f = calloc(1, sizeof(*f));
		if (!f)
			return NULL;
		f->place = *place;
		f->iface = p->iface;
		f->domain = m->domain;
		f->major_sdo_id = m->major_sdo_id;
		f->source = m->source;
		f->first = p->ts_ns;
		a->flows[at] = f;
		a->flow_count++;
		return f;
	}
	return NULL;
}

/* Types whose sequenceId is a sequence of their own; the others repeat that of a request or a Sync.
 */
static bool has_sequence(unsigned int type)
{
	return type == PTP_SYNC || type == PTP_DELAY_REQ || type == PTP_PDELAY_REQ ||
	       type == PTP_ANNOUNCE;
}

/* Whether this is the one after the last one. */
static bool follow_sequence(struct series *s, uint16_t sequence)
{
	uint16_t step = (uint16_t)(sequence - s->sequence);

	if (!step) {
		s->repeated++;
		return false;
	}
	if (step >= 0x8000) {
		s->reordered++;
		/* It was taken for missing when the one after it came. */
		if (s->missing)
			s->missing--;
		return false;
	}
	s->missing += step - 1u;
	s->sequence = sequence;
	return step == 1;
}

static void add_to_series(struct series *s, const struct packet *p)
{
	bool next = true, newest = true;

	if (p->msg.log_interval != PTP_LOG_INTERVAL_NONE) {
		s->log_interval = p->msg.log_interval;
		s->log_known = true;
	}
	if (s->count++) {
		if (has_sequence(p->msg.type)) {
			next = follow_sequence(s, p->msg.sequence);
			newest = s->sequence == p->msg.sequence;
		}
		if (next && !strcmp(s->clock, p->clock) && strcmp(p->clock, "none"))
			samples_add(&s->intervals, p->ts_ns, wrapping_difference(p->ts_ns, s->ts));
	}
	if (!newest)
		return;
	s->sequence = p->msg.sequence;
	s->ts = p->ts_ns;
	s->clock = p->clock;
}

static bool has_timestamp(const struct ptp_message *m)
{
	return m->type != PTP_SIGNALING && m->type != PTP_MANAGEMENT;
}

void analysis_add(struct analysis *a, const struct packet *p)
{
	struct place place;
	struct flow *f;

	if (!a->packets++)
		a->first = p->ts_ns;
	a->last = p->ts_ns;
	if (!p->ptp)
		a->not_ptp++;
	if (p->problem.what)
		a->malformed++;
	if (!p->ptp || !p->msg.has_body)
		return;
	place_of(&place, p);
	f = flow_of(a, &place, p);
	if (!f) {
		a->untracked++;
		return;
	}
	f->last = p->ts_ns;
	if (has_timestamp(&p->msg) && p->msg.timestamp.nanoseconds >= 1000000000)
		f->bad_timestamps++;
	add_to_series(&f->types[p->msg.type & 15], p);
	analysis_delay(a, f, p);
	analysis_residence(a, p, &place);
	if (p->msg.type == PTP_ANNOUNCE)
		analysis_announce(a, p);
}

double flow_advertised_ns(const struct series *s)
{
	/* Outside these the field is no interval that anyone keeps. */
	if (!s->log_known || s->log_interval < -20 || s->log_interval > 20)
		return 0;
	return ldexp(1e9, s->log_interval);
}

bool flow_delay_variation(const struct flow *f, struct summary *out)
{
	struct samples residuals;
	bool known;

	samples_residuals(&f->transit, &residuals);
	known = samples_summary(&residuals, out);
	samples_free(&residuals);
	if (!known)
		return false;
	out->median = wrapping_difference(out->median, out->min);
	out->p99 = wrapping_difference(out->p99, out->min);
	out->max = wrapping_difference(out->max, out->min);
	out->mean -= (double)out->min;
	out->min = 0;
	return true;
}

bool flow_rate_ppm(const struct flow *f, double *ppm)
{
	double offset, slope;

	/* Over less than a second stamps of a microsecond say nothing of parts per million. */
	if (f->transit.n < 3 ||
	    wrapping_difference(f->transit.kept[f->transit.n - 1].t, f->transit.kept[0].t) <
		    1000000000 ||
	    !samples_line(&f->transit, &offset, &slope))
		return false;
	/* transit = arrival - origin: d origin / d arrival = 1 - slope. */
	*ppm = -slope * 1e6;
	return true;
}

void place_text(struct text *t, const struct place *p, const char *iface)
{
	if (*iface)
		text_str(t, iface);
	else
		text_format(t, "tap %u", p->tap);
	if (p->tagged)
		text_format(t, " dev %u %sport %u", p->device, p->to_port ? "to " : "", p->port);
}
