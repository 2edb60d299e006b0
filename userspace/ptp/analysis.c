/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "analysis.h"

#include "analysis_memory.h"

#include <arpa/inet.h>
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
	free(f->syncs);
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

bool place_same_spot(const struct place *x, const struct place *y)
{
	struct place turned = *y;

	turned.to_port = x->to_port;
	return place_equal(x, &turned);
}

bool port_identity_equal(const struct ptp_port_identity *x, const struct ptp_port_identity *y)
{
	return x->port == y->port && !memcmp(&x->clock, &y->clock, sizeof(x->clock));
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
	out->to_port =
		f->tag.mode == DSA_FROM_CPU || (f->tag.mode == DSA_TO_SNIFFER && !f->tag.rx_sniff);
	out->device = f->tag.device;
	out->port = f->tag.port;
}

bool packet_is_multicast(const struct packet *p)
{
	const struct frame *f = &p->frame;

	if (f->ip_dst && f->transport == FRAME_UDP4)
		return f->ip_dst[0] >= 224; /* and broadcast */
	if (f->ip_dst && f->transport == FRAME_UDP6)
		return f->ip_dst[0] == 0xff;
	return !f->has_dst || f->dst[0] & 1;
}

/* All of a flow that tells it from another: of the packet's. */
static void key_of(struct flow *out, const struct packet *p)
{
	const struct ptp_message *m = &p->msg;
	const struct frame *f = &p->frame;

	out->domain = m->domain;
	out->major_sdo_id = m->major_sdo_id;
	out->source = m->source;
	out->to_len = 0;
	place_of(&out->place, p);
	if (packet_is_multicast(p))
		return;
	out->to_len = f->transport == FRAME_UDP4 ? 4 : f->transport == FRAME_UDP6 ? 16 : 6;
	memcpy(out->to, f->transport == FRAME_ETHERNET ? f->dst : f->ip_dst, out->to_len);
}

static bool is_flow(const struct flow *f, const struct flow *key)
{
	return f->domain == key->domain && f->major_sdo_id == key->major_sdo_id &&
	       f->to_len == key->to_len && place_equal(&f->place, &key->place) &&
	       port_identity_equal(&f->source, &key->source) &&
	       !memcmp(f->to, key->to, key->to_len);
}

/* Open addressing: where the flow is, or where it would be; NULL when all places are others'. */
static struct flow **flow_at(struct analysis *a, const struct flow *key)
{
	uint32_t h = analysis_hash(&key->source, key->domain,
				   key->place.tap << 16 | (uint32_t)key->place.device << 8 |
					   key->place.port);
	unsigned int i;

	for (i = 0; i < ANALYSIS_FLOWS_MAX; i++) {
		struct flow **f = &a->flows[(h + i) % ANALYSIS_FLOWS_MAX];

		if (!*f || is_flow(*f, key))
			return f;
	}
	return NULL;
}

/* A new flow where there is room, else NULL. */
static struct flow *flow_with(struct analysis *a, const struct flow *key, const struct packet *p)
{
	struct flow **at = flow_at(a, key), *f;

	if (!at || *at)
		return at ? *at : NULL;
	if (a->flow_count >= ANALYSIS_FLOWS_MAX * 3 / 4)
		return NULL;
	f = calloc(1, sizeof(*f));
	if (!f)
		return NULL;
	f->place = key->place;
	memcpy(f->to, key->to, key->to_len);
	f->to_len = key->to_len;
	f->iface = p->iface;
	f->domain = key->domain;
	f->major_sdo_id = key->major_sdo_id;
	f->source = key->source;
	f->first = p->ts_ns;
	*at = f;
	a->flow_count++;
	return f;
}

static struct flow *flow_of(struct analysis *a, const struct packet *p)
{
	struct flow key, *f, *all;

	key_of(&key, p);
	f = flow_with(a, &key, p);
	if (!f || !f->to_len || f->all)
		return f;
	key.to_len = 0;
	all = flow_with(a, &key, p);
	f->all = all;
	return f;
}

/* Types whose sequenceId is a sequence of their own; the others repeat that of a request or a Sync.
 */
static bool has_sequence(unsigned int type)
{
	return type == PTP_SYNC || type == PTP_DELAY_REQ || type == PTP_PDELAY_REQ ||
	       type == PTP_ANNOUNCE;
}

enum { SEQUENCE_NEAR = 64 };

/* As advertised; where nothing is, as Delay_Req in 1588, what was measured last. 0: not known. */
static double interval_of(const struct series *s)
{
	double advertised = flow_advertised_ns(s), sum = 0;
	size_t i, n = s->intervals.n < 16 ? s->intervals.n : 16;

	if (advertised > 0 || n < 4)
		return advertised;
	for (i = s->intervals.n - n; i < s->intervals.n; i++)
		sum += (double)s->intervals.kept[i].v;
	return sum / (double)n;
}

/* Frames that come late are late by a few, and no more are missing than there was time for: a
 * sequenceId elsewhere is that of a clock that began anew. */
static bool began_anew(const struct series *s, const struct packet *p, uint16_t step)
{
	double interval = interval_of(s);

	if (step >= 0x8000)
		return 0x10000 - step > SEQUENCE_NEAR;
	return step > SEQUENCE_NEAR && interval > 0 && one_clock(s->clock, p->clock) &&
	       step * interval > 4.0 * (double)wrapping_difference(p->ts_ns, s->ts);
}

/* How far from the last one: one of this flow, or one to another address where those between went
 * there. */
static uint16_t step_of(const struct flow *f, const struct packet *p)
{
	unsigned int type = p->msg.type & 15;
	uint16_t step = (uint16_t)(p->msg.sequence - f->types[type].sequence), shared;

	if (!f->all || !f->all->newest[type].known)
		return step;
	shared = (uint16_t)(p->msg.sequence - f->all->newest[type].sequence);
	return shared && shared < step ? shared : step;
}

/* One of the last 64 comes behind a newer one, again or late: then it was taken for missing when
 * the one after it came. */
static void look_back(struct series *s, uint16_t sequence)
{
	uint16_t back = (uint16_t)(s->sequence - sequence);
	uint64_t bit = back < 64 ? 1ull << back : 0;

	if (s->seen & bit) {
		s->repeated++;
		return;
	}
	s->seen |= bit;
	s->reordered++;
	if (s->missing)
		s->missing--;
}

/* Whether this is the one after the last one. */
static bool follow_sequence(struct series *s, const struct packet *p, uint16_t step)
{
	uint16_t sequence = p->msg.sequence, ahead = (uint16_t)(sequence - s->sequence);

	if (!step) {
		s->repeated++;
		return false;
	}
	if (began_anew(s, p, step)) {
		s->restarted++;
		s->sequence = sequence;
		s->seen = 1;
		return false;
	}
	if (step >= 0x8000) {
		look_back(s, sequence);
		return false;
	}
	s->missing += step - 1u;
	s->seen = ahead < 64 ? s->seen << ahead | 1 : 1;
	s->sequence = sequence;
	return step == 1;
}

static void add_to_series(struct flow *f, const struct packet *p)
{
	struct series *s = &f->types[p->msg.type & 15];
	bool next = true, newest = true;
	uint16_t step;

	if (p->msg.log_interval != PTP_LOG_INTERVAL_NONE) {
		s->log_interval = p->msg.log_interval;
		s->log_known = true;
	}
	if (s->count++) {
		if (has_sequence(p->msg.type)) {
			step = step_of(f, p);
			next = follow_sequence(s, p, step);
			/* Intervals are from the first of those that came twice. */
			newest = step && s->sequence == p->msg.sequence;
		} else if (p->msg.type == PTP_FOLLOW_UP) {
			/* Its Sync's: what is missing was counted there. */
			next = step_of(f, p) == 1;
		}
		/* Nobody sends the next one earlier: a clock was set back. */
		if (next && one_clock(s->clock, p->clock) &&
		    wrapping_difference(p->ts_ns, s->ts) >= 0)
			samples_add(&s->intervals, p->ts_ns, wrapping_difference(p->ts_ns, s->ts));
	}
	if (!newest)
		return;
	s->seen |= 1;
	s->sequence = p->msg.sequence;
	s->ts = p->ts_ns;
	s->clock = p->clock;
}

static void note_newest(struct flow *all, const struct ptp_message *m)
{
	all->newest[m->type & 15].known = true;
	all->newest[m->type & 15].sequence = m->sequence;
}

static bool has_timestamp(const struct ptp_message *m)
{
	return m->type != PTP_SIGNALING && m->type != PTP_MANAGEMENT;
}

const struct tap_clock *analysis_clock(const struct analysis *a, const char *name)
{
	unsigned int i;

	for (i = 0; i < a->clock_count; i++)
		if (!strcmp(a->clocks[i].name, name))
			return &a->clocks[i];
	return NULL;
}

const struct tap_clock *analysis_span(const struct analysis *a)
{
	const struct tap_clock *system = analysis_clock(a, "system");

	return system || !a->clock_count ? system : &a->clocks[0];
}

static void note_stamp(struct analysis *a, const struct packet *p)
{
	struct tap_clock *c = a->clocks;

	if (!strcmp(p->clock, "none"))
		return;
	while (c < a->clocks + a->clock_count && strcmp(c->name, p->clock))
		c++;
	if (c == a->clocks + ANALYSIS_CLOCKS_MAX)
		return;
	if (c == a->clocks + a->clock_count) {
		a->clock_count++;
		*c = (struct tap_clock){p->clock, p->ts_ns, p->ts_ns, p->ts_ns};
	}
	c->newest = p->ts_ns;
	c->least = p->ts_ns < c->least ? p->ts_ns : c->least;
	c->greatest = p->ts_ns > c->greatest ? p->ts_ns : c->greatest;
}

void analysis_add(struct analysis *a, const struct packet *p)
{
	struct flow *f;

	a->packets++;
	note_stamp(a, p);
	if (!p->ptp)
		a->not_ptp++;
	if (p->ptp && p->msg.version == 1)
		a->version_1++;
	if (p->problem.what)
		a->malformed++;
	if (!p->ptp || !p->msg.has_body)
		return;
	f = flow_of(a, p);
	if (!f) {
		a->untracked++;
		return;
	}
	f->last = p->ts_ns;
	if (has_timestamp(&p->msg) && p->msg.timestamp.nanoseconds >= 1000000000)
		f->bad_timestamps++;
	f->count++;
	add_to_series(f, p);
	if (f->all)
		note_newest(f->all, &p->msg);
	analysis_delay(a, f, p);
	analysis_residence(a, f, p);
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
	out->p5 = wrapping_difference(out->p5, out->min);
	out->p95 = wrapping_difference(out->p95, out->min);
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
	*ppm = slope ? -slope * 1e6 : 0;
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

void flow_address_text(struct text *t, const struct flow *f)
{
	char address[INET6_ADDRSTRLEN];

	if (f->to_len == 6)
		text_mac(t, f->to);
	else if (inet_ntop(f->to_len == 4 ? AF_INET : AF_INET6, f->to, address, sizeof(address)))
		text_str(t, address);
}

void flow_place_text(struct text *t, const struct flow *f)
{
	place_text(t, &f->place, f->iface);
	if (!f->to_len)
		return;
	text_str(t, " to ");
	flow_address_text(t, f);
}

void domain_text(struct text *t, uint8_t domain, uint16_t sdo_id)
{
	text_format(t, "domain %u", domain);
	if (sdo_id == 0x100)
		text_str(t, " (802.1AS)");
	else if (sdo_id)
		text_format(t, " (sdoId 0x%03x)", sdo_id);
}
