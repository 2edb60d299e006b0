/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The same message at two places: how long it was on the way, and how much its correctionField
 * grew. */
#include "analysis_memory.h"

/* Those that a switch forwards, and whose corrections it accounts for. */
static bool is_forwarded(unsigned int type)
{
	return type == PTP_SYNC || type == PTP_DELAY_REQ || type == PTP_FOLLOW_UP;
}

static struct sighting *sighting_of(struct analysis *a, const struct packet *p, uint8_t type)
{
	const struct ptp_message *m = &p->msg;
	uint32_t h = analysis_hash(&m->source, (uint32_t)m->domain << 8 | type, 0) + m->sequence;
	struct sighting *s = &a->memory->sightings[h % SIGHTING_SLOTS];

	if (!s->used || (s->n && is_stale(p->ts_ns, s->at[0].ts)) || s->type != type ||
	    s->sequence != m->sequence || s->domain != m->domain ||
	    s->source.port != m->source.port || memcmp(&s->source.clock, &m->source.clock, 8))
		*s = (struct sighting){.used = true,
				       .domain = m->domain,
				       .type = type,
				       .sequence = m->sequence,
				       .source = m->source};
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

/* How much a two-step message's Follow_Up grew between the places, 2^-16 ns; false before it is
 * seen. */
static bool follow_up_growth(const struct sighting *s, const struct place *from,
			     const struct place *to, int64_t *growth)
{
	const int64_t *x = NULL, *y = NULL;
	unsigned int i;

	for (i = 0; i < s->n; i++) {
		if (place_equal(&s->at[i].place, from))
			x = &s->at[i].correction;
		if (place_equal(&s->at[i].place, to))
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
		samples_add(&path->corrected, s->at[0].ts,
			    wrapping_difference(s->at[j].correction, s->at[0].correction) / 65536);
}

/* A Follow_Up at its second place completes its Sync's correction. */
static void complete_two_step(struct analysis *a, const struct packet *p,
			      const struct sighting *follow_up)
{
	const struct sighting *s = sighting_of(a, p, PTP_SYNC);
	struct path *path;
	int64_t growth;

	if (s->n < 2 || !follow_up_growth(follow_up, &s->at[0].place, &s->at[1].place, &growth) ||
	    strcmp(s->at[0].clock, s->at[1].clock))
		return;
	path = path_of(a, &s->at[0].place, &s->at[1].place);
	if (path)
		samples_add(
			&path->corrected, s->at[0].ts,
			wrapping_sum(wrapping_difference(s->at[1].correction, s->at[0].correction),
				     growth) /
				65536);
}

void analysis_residence(struct analysis *a, const struct packet *p, const struct place *place)
{
	bool two_step = p->msg.flags & PTP_FLAG_TWO_STEP;
	struct sighting *s;
	unsigned int i;

	if (!is_forwarded(p->msg.type))
		return;
	s = sighting_of(a, p, p->msg.type);
	for (i = 0; i < s->n; i++)
		if (place_equal(&s->at[i].place, place))
			return;
	if (s->n == SIGHTING_PLACES)
		return;
	s->at[s->n].place = *place;
	s->at[s->n].ts = p->ts_ns;
	s->at[s->n].clock = p->clock;
	s->at[s->n++].correction = p->msg.correction;
	if (s->n < 2)
		return;
	put_in_order(s);
	if (p->msg.type == PTP_FOLLOW_UP)
		complete_two_step(a, p, s);
	else
		compare_places(a, s, p->msg.type == PTP_SYNC && !two_step);
}
