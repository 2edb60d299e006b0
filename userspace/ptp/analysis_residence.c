/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The same message at two places: how long it was on the way, and how much its correctionField
 * grew. */
#include "analysis_memory.h"

/* Those that a switch forwards, and whose corrections it accounts for. */
static bool is_forwarded(unsigned int type)
{
	return type == PTP_SYNC || type == PTP_DELAY_REQ || type == PTP_FOLLOW_UP ||
	       type == PTP_DELAY_RESP;
}

static uint32_t fold(const uint8_t to[16])
{
	uint32_t h = 0;
	unsigned int i;

	for (i = 0; i < 16; i++)
		h = h * 31 + to[i];
	return h;
}

/* A message of this type with the packet's sequenceId, from `source`; a response goes by who asked.
 */
static struct sighting *sighting_of(struct analysis *a, const struct flow *f,
				    const struct packet *p, uint8_t type,
				    const struct ptp_port_identity *source)
{
	static const uint8_t everybody[16];
	const uint8_t *to = type == PTP_SYNC || type == PTP_FOLLOW_UP ? f->to : everybody;
	const struct ptp_message *m = &p->msg;
	uint32_t h = analysis_hash(source, (uint32_t)m->domain << 8 | type, fold(to)) + m->sequence;
	struct sighting *s = &a->memory->sightings[h % SIGHTING_SLOTS];

	if (s->used && !(s->n && is_stale(p, s->at[0].ts, s->at[0].clock)) && s->type == type &&
	    s->sequence == m->sequence && s->domain == m->domain &&
	    port_identity_equal(&s->source, source) && !memcmp(s->to, to, sizeof(s->to)))
		return s;
	*s = (struct sighting){.used = true,
			       .domain = m->domain,
			       .type = type,
			       .sequence = m->sequence,
			       .source = *source};
	memcpy(s->to, to, sizeof(s->to));
	return s;
}

static struct path *path_of(struct analysis *a, const struct place *from, const struct place *to)
{
	unsigned int i;

	for (i = 0; i < a->path_count; i++)
		if (place_equal(&a->paths[i].from, from) && place_equal(&a->paths[i].to, to))
			return &a->paths[i];
	if (a->path_count == ANALYSIS_PATHS_MAX)
		return NULL;
	a->paths[a->path_count] = (struct path){.from = *from, .to = *to};
	return &a->paths[a->path_count++];
}

/* How much the message that completes another one grew between the places, 2^-16 ns; false before
 * it is seen at both. */
static bool growth_between(const struct sighting *s, const struct place *from,
			   const struct place *to, int64_t *growth)
{
	const int64_t *x = NULL, *y = NULL;
	unsigned int i;

	for (i = 0; i < s->n; i++) {
		if (place_same_spot(&s->at[i].place, from))
			x = &s->at[i].correction;
		if (place_same_spot(&s->at[i].place, to))
			y = &s->at[i].correction;
	}
	if (!x || !y)
		return false;
	*growth = wrapping_difference(*y, *x);
	return true;
}

/* Taps are read one after the other, so the place that a message reached first may be told last. */
static void put_in_order(struct sighting *s)
{
	unsigned int j = s->n - 1;

	if (strcmp(s->at[0].clock, s->at[j].clock) || s->at[j].ts >= s->at[0].ts)
		return;
	s->at[SIGHTING_PLACES] = s->at[0];
	s->at[0] = s->at[j];
	s->at[j] = s->at[SIGHTING_PLACES];
}

/* From the first place to the newest. */
static void compare_places(struct analysis *a, const struct sighting *s, bool corrections_known)
{
	unsigned int j = s->n - 1;
	struct path *path;

	if (strcmp(s->at[0].clock, s->at[j].clock) || !strcmp(s->at[0].clock, "none"))
		return;
	path = path_of(a, &s->at[0].place, &s->at[j].place);
	if (!path)
		return;
	samples_add(&path->residence, s->at[0].ts, wrapping_difference(s->at[j].ts, s->at[0].ts));
	if (corrections_known)
		samples_add(
			&path->corrected, s->at[0].ts,
			scaled_ns(wrapping_difference(s->at[j].correction, s->at[0].correction)));
}

/* What the message grew itself to its k-th place, and what the one that completes it adds. */
static void add_corrected(struct analysis *a, const struct sighting *s, unsigned int k,
			  int64_t growth)
{
	struct path *path;

	if (strcmp(s->at[0].clock, s->at[k].clock))
		return;
	path = path_of(a, &s->at[0].place, &s->at[k].place);
	growth =
		wrapping_sum(growth, wrapping_difference(s->at[k].correction, s->at[0].correction));
	if (path)
		samples_add(&path->corrected, s->at[0].ts, scaled_ns(growth));
}

/* Of each place of the message where the one that completes it has been, too; `back`: that one goes
 * the other way. */
static void complete(struct analysis *a, struct sighting *s, const struct sighting *by, bool back)
{
	int64_t growth;
	unsigned int k;

	for (k = 1; k < s->n; k++) {
		const struct place *from = &s->at[back ? k : 0].place;
		const struct place *to = &s->at[back ? 0 : k].place;

		if (s->at[k].completed || !growth_between(by, from, to, &growth))
			continue;
		s->at[k].completed = true;
		add_corrected(a, s, k, growth);
	}
}

void analysis_residence(struct analysis *a, const struct flow *f, const struct packet *p)
{
	bool two_step = p->msg.flags & PTP_FLAG_TWO_STEP;
	uint8_t type = p->msg.type;
	struct sighting *s;
	unsigned int i;

	if (!is_forwarded(type))
		return;
	s = sighting_of(a, f, p, p->msg.type,
			type == PTP_DELAY_RESP ? &p->msg.port : &p->msg.source);
	for (i = 0; i < s->n; i++)
		if (place_equal(&s->at[i].place, &f->place))
			return;
	if (s->n == SIGHTING_PLACES)
		return;
	s->at[s->n].place = f->place;
	s->at[s->n].ts = p->ts_ns;
	s->at[s->n].clock = p->clock;
	s->at[s->n].completed = false;
	s->at[s->n++].correction = p->msg.correction;
	if (s->n < 2)
		return;
	put_in_order(s);
	if (type == PTP_FOLLOW_UP)
		complete(a, sighting_of(a, f, p, PTP_SYNC, &p->msg.source), s, false);
	/* A two-step end-to-end transparent clock of IEEE 1588 adds the residence time of a
	 * Delay_Req to the Delay_Resp that comes back; a one-step one to the Delay_Req. The sum
	 * holds for both. */
	else if (type == PTP_DELAY_RESP)
		complete(a, sighting_of(a, f, p, PTP_DELAY_REQ, &p->msg.port), s, true);
	else
		compare_places(a, s, type == PTP_SYNC && !two_step);
}
