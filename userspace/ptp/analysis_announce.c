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
static bool alive(const struct master *m, int64_t now)
{
	int log = m->log_interval >= -8 && m->log_interval <= 8 ? m->log_interval : 1;
	int64_t timeout = log < 0 ? 3000000000 >> -log : 3000000000 << log;

	return wrapping_difference(now, m->last) <= timeout;
}

const struct master *analysis_best(const struct analysis *a, unsigned int tap, uint8_t domain,
				   int64_t now)
{
	const struct master *best = NULL, *m;
	unsigned int i;

	for (i = 0; i < a->master_count; i++) {
		m = &a->masters[i];
		if (m->tap == tap && m->domain == domain && alive(m, now) &&
		    (!best || master_compare(m, best) < 0))
			best = m;
	}
	return best;
}

const struct master *analysis_conflict(const struct analysis *a, const struct master *m)
{
	const struct master *o;
	unsigned int i;

	for (i = 0; i < a->master_count; i++) {
		o = &a->masters[i];
		/* A master that loses falls silent: two of them for more than a message each is a
		 * conflict. */
		if (o != m && o->tap == m->tap && o->domain == m->domain && o->count > 3 &&
		    m->count > 3 &&
		    compare_identity(&o->announce.grandmaster, &m->announce.grandmaster) &&
		    o->first < m->last && m->first < o->last)
			return o;
	}
	return NULL;
}

static struct master *master_of(struct analysis *a, const struct packet *p)
{
	struct master *m;
	unsigned int i;

	for (i = 0; i < a->master_count; i++) {
		m = &a->masters[i];
		if (m->tap == p->tap && m->domain == p->msg.domain &&
		    m->source.port == p->msg.source.port &&
		    !compare_identity(&m->source.clock, &p->msg.source.clock))
			return m;
	}
	if (a->master_count == ANALYSIS_MASTERS_MAX)
		return NULL;
	m = &a->masters[a->master_count++];
	*m = (struct master){
		.tap = p->tap, .domain = p->msg.domain, .source = p->msg.source, .first = p->ts_ns};
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
	if (a->change_count == ANALYSIS_CHANGES_MAX)
		return;
	c = &a->changes[a->change_count++];
	*c = (struct master_change){.ts = ts,
				    .tap = after->tap,
				    .domain = after->domain,
				    .to = after->announce.grandmaster,
				    .first = !before};
	if (before)
		c->from = *was;
}

/* The grandmaster that was last taken there, NULL for none so far. */
static const struct ptp_clock_identity *last_taken(const struct analysis *a, unsigned int tap,
						   uint8_t domain)
{
	unsigned int i;

	for (i = a->change_count; i-- > 0;)
		if (a->changes[i].tap == tap && a->changes[i].domain == domain)
			return &a->changes[i].to;
	return NULL;
}

void analysis_announce(struct analysis *a, const struct packet *p)
{
	const struct ptp_clock_identity *was = last_taken(a, p->tap, p->msg.domain);
	struct master *m = master_of(a, p);

	if (!m)
		return;
	m->announce = p->msg.announce;
	m->flags = p->msg.flags;
	m->log_interval = p->msg.log_interval;
	m->count++;
	m->last = p->ts_ns;
	take_path(m, &p->msg);
	note_change(a, was ? m : NULL, analysis_best(a, p->tap, p->msg.domain, p->ts_ns), was,
		    p->ts_ns);
}
