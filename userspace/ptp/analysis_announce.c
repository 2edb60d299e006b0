/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Masters: what they announce, and which of them the best master clock algorithm takes. */
#include "analysis_memory.h"
#include "tlv.h"

static int compare_number(unsigned int x, unsigned int y)
{
	return x < y ? -1 : x > y;
}

static int compare_identity(const struct ptp_clock_identity *x, const struct ptp_clock_identity *y)
{
	return memcmp(x->octets, y->octets, 8);
}

/* Figure 34: data sets of different grandmasters. */
static int compare_grandmasters(const struct ptp_announce *x, const struct ptp_announce *y)
{
	int ret = compare_number(x->priority1, y->priority1);

	ret = ret ? ret : compare_number(x->clock_class, y->clock_class);
	ret = ret ? ret : compare_number(x->clock_accuracy, y->clock_accuracy);
	ret = ret ? ret
		  : compare_number(x->offset_scaled_log_variance, y->offset_scaled_log_variance);
	ret = ret ? ret : compare_number(x->priority2, y->priority2);
	return ret ? ret : compare_identity(&x->grandmaster, &y->grandmaster);
}

int master_compare(const struct master *x, const struct master *y)
{
	int ret;

	if (compare_identity(&x->announce.grandmaster, &y->announce.grandmaster))
		return compare_grandmasters(&x->announce, &y->announce);
	/* Figure 35: one grandmaster by two ways. */
	ret = compare_number(x->announce.steps_removed, y->announce.steps_removed);
	ret = ret ? ret : compare_identity(&x->source.clock, &y->source.clock);
	return ret ? ret : compare_number(x->source.port, y->source.port);
}

/* announceReceiptTimeout is 3 intervals by default (annex I); with an interval of their own nobody
 * knows. */
static bool alive(const struct analysis *a, const struct master *m)
{
	const struct tap_clock *c = analysis_clock(a, m->clock);
	int log = m->log_interval >= -8 && m->log_interval <= 8 ? m->log_interval : 1;
	int64_t timeout = log < 0 ? 3000000000 >> -log : 3000000000 << log;

	return !c || wrapping_difference(c->newest, m->last) <= timeout;
}

static bool qualified(const struct master *m)
{
	return !(m->flags & PTP_FLAG_ALTERNATE_MASTER) && m->announce.steps_removed < 255;
}

static bool same_domain(const struct master *x, const struct master *y)
{
	return x->tap == y->tap && x->domain == y->domain && x->sdo_id == y->sdo_id;
}

const struct master *analysis_best(const struct analysis *a, const struct master *m)
{
	const struct master *best = NULL, *o;
	unsigned int i;

	for (i = 0; i < a->master_count; i++) {
		o = &a->masters[i];
		if (same_domain(o, m) && qualified(o) && alive(a, o) &&
		    (!best || master_compare(o, best) < 0))
			best = o;
	}
	return best;
}

/* A master that loses falls silent, one that failed has been silent: only those that go on beside
 * each other announce in turn. One that starts takes part until it has heard the better one twice
 * (9.3.2.4.4) and decides: three times (ptp4l 3.1.1), and one more in case it misses one. */
enum { CONFLICT_TURNS = 5 };

const struct master *analysis_conflict(const struct analysis *a, const struct master *m)
{
	const struct master *o;
	unsigned int i;

	for (i = 0; i < a->master_count; i++) {
		o = &a->masters[i];
		if (m->alternated[i] >= CONFLICT_TURNS ||
		    o->alternated[m - a->masters] >= CONFLICT_TURNS)
			return o;
	}
	return NULL;
}

/* Who has announced another grandmaster since this one's last Announce. When none did, it was
 * failover, however often. */
static void count_turns(struct analysis *a, struct master *m, uint64_t before)
{
	const struct master *o;
	unsigned int i;

	for (i = 0; i < a->master_count; i++) {
		o = &a->masters[i];
		if (o == m || m->alternated[i] >= CONFLICT_TURNS)
			continue;
		if (same_domain(o, m) && qualified(o) && qualified(m) && o->heard > before &&
		    compare_identity(&o->announce.grandmaster, &m->announce.grandmaster))
			m->alternated[i]++;
		else
			m->alternated[i] = 0;
	}
}

static struct master *master_of(struct analysis *a, const struct packet *p)
{
	uint16_t sdo_id = (uint16_t)(p->msg.major_sdo_id << 8 | p->msg.minor_sdo_id);
	struct master *m;
	unsigned int i;

	for (i = 0; i < a->master_count; i++) {
		m = &a->masters[i];
		if (m->tap == p->tap && m->domain == p->msg.domain && m->sdo_id == sdo_id &&
		    m->source.port == p->msg.source.port &&
		    !compare_identity(&m->source.clock, &p->msg.source.clock))
			return m;
	}
	if (a->master_count == ANALYSIS_MASTERS_MAX)
		return NULL;
	m = &a->masters[a->master_count++];
	*m = (struct master){
		.tap = p->tap, .domain = p->msg.domain, .sdo_id = sdo_id, .source = p->msg.source};
	return m;
}

static void take_path(struct master *m, const struct ptp_message *msg)
{
	struct problem ignored = {0};
	uint32_t at = msg->tlv_offset;
	struct ptp_tlv tlv;

	m->path_len = 0;
	while (ptp_tlv_next(msg, &at, &tlv, &ignored) > 0) {
		uint32_t i;

		if (tlv.type != PTP_TLV_PATH_TRACE)
			continue;
		for (i = 0; (i + 1) * 8 <= tlv.length && m->path_len < 16; i++)
			memcpy(m->path[m->path_len++].octets, tlv.value + i * 8, 8);
	}
}

static void note_change(struct analysis *a, const struct master *before, const struct master *after,
			const struct ptp_clock_identity *was, int64_t ts)
{
	struct master_change *c;

	if (!after || (before && !compare_identity(was, &after->announce.grandmaster)))
		return;
	if (a->change_count == ANALYSIS_CHANGES_MAX) {
		a->changes_left_out++;
		return;
	}
	c = &a->changes[a->change_count++];
	*c = (struct master_change){.ts = ts,
				    .tap = after->tap,
				    .domain = after->domain,
				    .sdo_id = after->sdo_id,
				    .to = after->announce.grandmaster,
				    .first = !before};
	if (before)
		c->from = *was;
}

/* The grandmaster that was last taken there, NULL for none so far. */
static const struct ptp_clock_identity *last_taken(const struct analysis *a, const struct master *m)
{
	unsigned int i;

	for (i = a->change_count; i-- > 0;)
		if (a->changes[i].tap == m->tap && a->changes[i].domain == m->domain &&
		    a->changes[i].sdo_id == m->sdo_id)
			return &a->changes[i].to;
	return NULL;
}

void analysis_announce(struct analysis *a, const struct packet *p)
{
	const struct ptp_clock_identity *was;
	struct master *m = master_of(a, p);
	uint64_t before;

	if (!m) {
		a->masters_left_out++;
		return;
	}
	was = last_taken(a, m);
	before = m->heard;
	m->announce = p->msg.announce;
	m->flags = p->msg.flags;
	m->log_interval = p->msg.log_interval;
	m->heard = a->packets;
	m->last = p->ts_ns;
	m->clock = p->clock;
	take_path(m, &p->msg);
	/* With unicast a slave asks several masters to announce, and chooses. */
	if (m->count++ && packet_is_multicast(p))
		count_turns(a, m, before);
	note_change(a, was ? m : NULL, analysis_best(a, m), was, p->ts_ns);
}
