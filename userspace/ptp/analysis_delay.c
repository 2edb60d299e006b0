/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Sync with Follow_Up, requests with their answers, and the delays that follow from them. */
#include "analysis_memory.h"

#include <math.h>
#include <stdlib.h>

/* ---- rates ---- */

enum { RATE_LEAST_S = 4, RATE_ANCHOR_S = 16 };

static void rate_restart(struct rate *r, int64_t local, int64_t remote, const char *clock)
{
	*r = (struct rate){.anchors = 1, .local = {local}, .remote = {remote}, .clock = clock};
}

static void rate_add(struct rate *r, int64_t local, int64_t remote, const char *clock)
{
	double span, far;

	if (!r->anchors || !one_clock(r->clock, clock)) {
		rate_restart(r, local, remote, clock);
		return;
	}
	span = (double)wrapping_difference(local, r->local[0]);
	far = (double)wrapping_difference(remote, r->remote[0]);
	if (span >= 0 && span < RATE_LEAST_S * 1e9)
		return;
	/* Clocks are within some hundred ppm; anything else is a step or a lie. */
	if (span < 0 || far < span * 0.999 || far > span * 1.001) {
		rate_restart(r, local, remote, clock);
		return;
	}
	r->ratio = far / span;
	if (r->anchors == 2 &&
	    (double)wrapping_difference(local, r->local[1]) > RATE_ANCHOR_S * 1e9) {
		r->local[0] = r->local[1];
		r->remote[0] = r->remote[1];
		r->anchors = 1;
	}
	if (r->anchors == 1 && span > RATE_ANCHOR_S * 1e9) {
		r->local[1] = local;
		r->remote[1] = remote;
		r->anchors = 2;
	}
}

/* A time between two stamps of this tap in the other clock's seconds. */
static int64_t rate_apply(const struct rate *r, int64_t local, const char *clock)
{
	/* No exchange takes a minute; and a double holds the difference of the two exactly enough.
	 */
	if (!(r->ratio > 0) || !one_clock(r->clock, clock) || local > 60000000000 ||
	    local < -60000000000)
		return local;
	return local + (int64_t)((double)local * (r->ratio - 1));
}

/* ---- Sync and Follow_Up ---- */

static bool lacks_follow_up(const struct sync_slot *s)
{
	return s->has_sync && !s->one_step && !s->has_follow_up;
}

static bool lacks_sync(const struct sync_slot *s)
{
	return s->has_follow_up && !s->has_sync && !s->began;
}

/* NULL without memory. */
static struct sync_slot *sync_slot(struct flow *f, const struct packet *p)
{
	struct sync_slot *s;

	if (!f->syncs)
		f->syncs = calloc(SYNC_SLOTS, sizeof(*f->syncs));
	if (!f->syncs)
		return NULL;
	s = &f->syncs[p->msg.sequence % SYNC_SLOTS];
	if (s->used && s->sequence == p->msg.sequence && !is_stale(p, s->ts, s->clock))
		return s;
	f->sync_without_follow_up += lacks_follow_up(s);
	f->follow_up_without_sync += lacks_sync(s);
	*s = (struct sync_slot){
		.used = true, .sequence = p->msg.sequence, .ts = p->ts_ns, .clock = p->clock};
	return s;
}

/* ---- steps ---- */

enum { STEP_LEAST_NS = 10000000, STEP_SYNCS = 4 };

/* Whether one clock's rate and a late frame would do for the difference. */
static bool is_near(int64_t t, int64_t v, int64_t then, int64_t before)
{
	double d = (double)wrapping_difference(v, before);

	return fabs(d) <= STEP_LEAST_NS + 0.001 * fabs((double)wrapping_difference(t, then));
}

/* A late Sync is late alone, or less and less so; a clock that was set stays where it is. What was
 * before is forgotten then, as no line goes along both. */
static void note_step(struct flow *f, int64_t t, int64_t v)
{
	bool first = !f->base.apart;

	if (f->transit.count == 1 || is_near(t, v, f->base.ts, f->base.v)) {
		f->base.ts = t;
		f->base.v = v;
		f->base.apart = 0;
		return;
	}
	if (first || !is_near(t, v, f->base.apart_ts, f->base.apart_v)) {
		f->base.apart = 0;
		f->base.apart_ts = t;
		f->base.apart_v = v;
	}
	if (++f->base.apart < STEP_SYNCS)
		return;
	f->base.steps++;
	f->base.step_ts = f->base.apart_ts;
	f->base.step = wrapping_difference(f->base.apart_v, f->base.v);
	f->base.ts = t;
	f->base.v = v;
	f->base.apart = 0;
	samples_keep_last(&f->transit, STEP_SYNCS);
}

static void add_transit(struct flow *f, const struct sync_slot *s)
{
	int64_t v = wrapping_difference(s->ts, f->sync_origin);

	/* The first ones may lack the device's stamps. */
	if (f->transit_clock && !one_clock(f->transit_clock, s->clock) &&
	    f->transit.count < STEP_SYNCS) {
		samples_keep_last(&f->transit, 0);
		f->transit_clock = NULL;
	}
	if (!f->transit_clock)
		f->transit_clock = s->clock;
	if (!one_clock(f->transit_clock, s->clock))
		return;
	samples_add(&f->transit, s->ts, v);
	note_step(f, s->ts, v);
}

/* Both are there: when it left, by the master; when it was here, by this tap. */
static void complete_sync(struct flow *f, const struct sync_slot *s)
{
	f->sync_origin = wrapping_sum(timestamp_ns(&s->origin), scaled_ns(s->correction));
	f->sync_arrival = s->ts;
	f->sync_clock = s->clock;
	f->has_sync = true;
	rate_add(&f->master_rate, s->ts, f->sync_origin, s->clock);
	samples_add(&f->correction, s->ts, scaled_ns(s->correction));
	add_transit(f, s);
}

static void add_sync(struct flow *f, const struct packet *p)
{
	struct sync_slot *s = sync_slot(f, p);

	if (!s)
		return;
	if (s->has_sync) {
		/* Which of the two a Follow_Up to come means, nobody can tell. */
		s->ambiguous = true;
		return;
	}
	s->has_sync = true;
	s->ts = p->ts_ns;
	s->clock = p->clock;
	s->correction = wrapping_sum(s->correction, p->msg.correction);
	s->one_step = !(p->msg.flags & PTP_FLAG_TWO_STEP);
	if (s->one_step)
		s->origin = p->msg.timestamp;
	if (s->one_step || s->has_follow_up)
		complete_sync(f, s);
}

static void add_follow_up(struct flow *f, const struct packet *p)
{
	struct sync_slot *s = sync_slot(f, p);

	if (!s || s->has_follow_up || s->one_step)
		return;
	s->began = !f->types[PTP_SYNC].count;
	s->has_follow_up = true;
	s->correction = wrapping_sum(s->correction, p->msg.correction);
	s->origin = p->msg.timestamp;
	if (s->has_sync && !s->ambiguous)
		complete_sync(f, s);
}

/* ---- requests and answers ---- */

/* Where this requester's request with the packet's sequenceId is, REQUEST_WAYS slots. */
static struct request_slot *request_set(struct analysis *a,
					const struct ptp_port_identity *requester,
					const struct packet *p, uint8_t type)
{
	uint32_t h = analysis_hash(requester, (uint32_t)p->msg.domain << 8 | type, p->tap) +
		     p->msg.sequence;

	return a->memory->requests[h % REQUEST_SETS];
}

static void add_request(struct analysis *a, struct flow *f, const struct packet *p)
{
	struct request_slot *set = request_set(a, &p->msg.source, p, p->msg.type), *r = set, *s;

	for (s = set; s < set + REQUEST_WAYS; s++) {
		if (s->flow == f && s->type == p->msg.type && s->sequence == p->msg.sequence) {
			if (!is_stale(p, s->ts, s->clock))
				return; /* repeated */
			r = s;
			break;
		}
		r = s->asked < r->asked ? s : r;
	}
	if (r->flow && !r->answered)
		r->flow->unanswered++;
	*r = (struct request_slot){
		.flow = f,
		.type = p->msg.type,
		.sequence = p->msg.sequence,
		.asked = a->packets,
		.ts = p->ts_ns,
		.clock = p->clock,
		.correction = p->msg.correction,
	};
}

static bool is_answer(const struct request_slot *r, const struct packet *p, uint8_t type)
{
	return r->flow && r->type == type && r->sequence == p->msg.sequence &&
	       r->flow->place.tap == p->tap && r->flow->domain == p->msg.domain &&
	       r->flow->major_sdo_id == p->msg.major_sdo_id &&
	       port_identity_equal(&r->flow->source, &p->msg.port);
}

/* The request that this message of flow `f` answers, or NULL: the one that went by the same port of
 * a switch, else the newest. */
static struct request_slot *answered(struct analysis *a, const struct flow *f,
				     const struct packet *p, uint8_t type)
{
	struct request_slot *set = request_set(a, &p->msg.port, p, type), *r, *found = NULL;

	for (r = set; r < set + REQUEST_WAYS; r++) {
		if (!is_answer(r, p, type))
			continue;
		if (place_same_spot(&r->flow->place, &f->place))
			return r;
		if (!found || r->asked > found->asked)
			found = r;
	}
	return found;
}

static void note_late(struct request_slot *r)
{
	/* The requester has asked again meanwhile. */
	if (!r->answered && r->flow->types[r->type & 15].sequence != r->sequence)
		r->flow->late++;
	if (!r->answered)
		r->flow->answered++;
	r->answered = true;
}

/* ((t2 - t3) * rate + (t4 - t1)) / 2 with t2 and t3 at this tap. correctionField: Sync's and
 * Follow_Up's are of the way to here; of Delay_Resp's, which repeats Delay_Req's at the master,
 * what grew behind the tap. */
static void add_delay_resp(struct analysis *a, const struct flow *master, const struct packet *p)
{
	struct request_slot *r = answered(a, master, p, PTP_DELAY_REQ);
	int64_t t4;

	if (!r)
		return;
	note_late(r);
	/* Delay by unicast goes along with Sync to everybody. */
	if (!master->has_sync && master->all)
		master = master->all;
	if (r->measured || !master->has_sync || !one_clock(master->sync_clock, r->clock))
		return;
	r->measured = true;
	t4 = wrapping_difference(timestamp_ns(&p->msg.timestamp),
				 scaled_ns(wrapping_difference(p->msg.correction, r->correction)));
	samples_add(
		&r->flow->delay, r->ts,
		wrapping_sum(rate_apply(&master->master_rate,
					wrapping_difference(master->sync_arrival, r->ts), r->clock),
			     wrapping_difference(t4, master->sync_origin)) /
			2);
}

/* The turn-around that the peer reports is taken off the time between request and answer here. 1588
 * adds both correctionFields to it; 802.1AS's Pdelay_Resp carries the fraction of t2, which is
 * taken off (linuxptp 3.1.1, port.c, port_peer_delay()). */
static void complete_peer_delay(struct request_slot *r, const struct packet *p, int64_t turnaround)
{
	struct flow *f = r->flow;
	int64_t there_and_back;

	if (r->measured || !one_clock(r->clock, r->response_clock))
		return;
	r->measured = true;
	f->peer_8021as = p->msg.major_sdo_id == 1;
	there_and_back =
		rate_apply(&f->peer_rate, wrapping_difference(r->response_ts, r->ts), r->clock);
	samples_add(&f->peer_delay, r->ts, wrapping_difference(there_and_back, turnaround) / 2);
}

/* Response and Follow_Up of one port are there, whichever came first. */
static void complete_two_step(struct request_slot *r, const struct packet *p)
{
	int64_t left = timestamp_ns(&r->left), corrections;

	corrections = p->msg.major_sdo_id == 1
			      ? wrapping_difference(r->left_correction, r->response_correction)
			      : wrapping_sum(r->left_correction, r->response_correction);
	rate_add(&r->flow->peer_rate, r->response_ts, left, r->response_clock);
	complete_peer_delay(r, p,
			    wrapping_sum(wrapping_difference(left, timestamp_ns(&r->receipt)),
					 scaled_ns(corrections)));
}

/* Where several ports answer, the times of two must not be mixed: it is the first one's. */
static bool is_responder(struct request_slot *r, const struct packet *p)
{
	if (!r->has_response && !r->has_follow_up)
		r->responder = p->msg.source;
	return port_identity_equal(&r->responder, &p->msg.source);
}

static void add_pdelay_resp(struct analysis *a, const struct flow *f, const struct packet *p)
{
	struct request_slot *r = answered(a, f, p, PTP_PDELAY_REQ);

	if (!r)
		return;
	note_late(r);
	if (r->has_response || !is_responder(r, p))
		return;
	r->has_response = true;
	r->response_ts = p->ts_ns;
	r->response_clock = p->clock;
	r->response_correction = p->msg.correction;
	r->receipt = p->msg.timestamp;
	if (!(p->msg.flags & PTP_FLAG_TWO_STEP))
		complete_peer_delay(r, p, scaled_ns(p->msg.correction));
	else if (r->has_follow_up)
		complete_two_step(r, p);
}

static void add_pdelay_follow_up(struct analysis *a, const struct flow *f, const struct packet *p)
{
	struct request_slot *r = answered(a, f, p, PTP_PDELAY_REQ);

	if (!r || r->has_follow_up || !is_responder(r, p))
		return;
	r->has_follow_up = true;
	r->left = p->msg.timestamp;
	r->left_correction = p->msg.correction;
	if (r->has_response)
		complete_two_step(r, p);
}

void analysis_delay(struct analysis *a, struct flow *f, const struct packet *p)
{
	switch (p->msg.type) {
	case PTP_SYNC:
		add_sync(f, p);
		break;
	case PTP_FOLLOW_UP:
		add_follow_up(f, p);
		break;
	case PTP_DELAY_REQ:
	case PTP_PDELAY_REQ:
		add_request(a, f, p);
		break;
	case PTP_DELAY_RESP:
		add_delay_resp(a, f, p);
		break;
	case PTP_PDELAY_RESP:
		add_pdelay_resp(a, f, p);
		break;
	case PTP_PDELAY_RESP_FOLLOW_UP:
		add_pdelay_follow_up(a, f, p);
		break;
	}
}

static bool request_waits(const struct request_slot *r, const struct flow *f)
{
	return r->flow == f && !r->answered && r->sequence != f->types[r->type & 15].sequence;
}

static uint64_t requests_waiting(const struct analysis *a, const struct flow *f)
{
	const struct request_slot *r = a->memory->requests[0];
	uint64_t n = 0;
	unsigned int i;

	for (i = 0; i < REQUEST_SETS * REQUEST_WAYS; i++)
		n += request_waits(&r[i], f);
	return n;
}

uint64_t analysis_waiting(const struct analysis *a, const struct flow *f, enum waiting what)
{
	unsigned int i, type = what == WAITING_SYNC ? PTP_SYNC : PTP_FOLLOW_UP;
	const struct sync_slot *s;
	uint64_t n = 0;

	if (what == WAITING_REQUEST)
		return requests_waiting(a, f);
	for (i = 0; f->syncs && i < SYNC_SLOTS; i++) {
		s = &f->syncs[i];
		n += (what == WAITING_SYNC ? lacks_follow_up(s) : lacks_sync(s)) &&
		     s->sequence != f->types[type].sequence;
	}
	return n;
}
