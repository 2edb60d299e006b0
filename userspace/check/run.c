/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "run.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static int64_t clock_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

/* How late it is when it returns. */
static int64_t wait_until(int64_t ns)
{
	struct timespec t = {.tv_sec = ns / 1000000000, .tv_nsec = ns % 1000000000};

	while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, NULL) == EINTR)
		;
	return clock_ns() - ns;
}

static int run_fdb(struct run *r, void *engine, const struct scenario *s, struct engine_error *err)
{
	int64_t end = s->count ? s->steps[s->count - 1].at_ns : 0;

	r->nfdb = -1;
	if (!r->ops->fdb)
		return 0;
	r->fdb = calloc(RUN_ENTRIES_MAX, sizeof(*r->fdb));
	if (!r->fdb)
		return -ENOMEM;
	r->nfdb = r->ops->fdb(engine, end, r->fdb, RUN_ENTRIES_MAX, err);
	if (r->nfdb > RUN_ENTRIES_MAX)
		r->nfdb = RUN_ENTRIES_MAX;
	return r->nfdb < 0 ? r->nfdb : 0;
}

int run_scenario(struct run *r, const struct engine_ops *ops, void *engine,
		 const struct scenario *s, const char *file, struct run_error *err)
{
	struct engine_error eerr = {"no memory"};
	int64_t start = clock_ns();
	int ret = 0;
	size_t i;

	*r = (struct run){.ops = ops, .nfdb = -1};
	r->outcome = calloc(s->count, sizeof(*r->outcome));
	if (!r->outcome)
		ret = -ENOMEM;
	for (i = 0; i < s->count && !ret; i++) {
		/* what is late makes the rest later, so that no two steps are nearer to each other
		 * than the scenario says */
		if (ops->timed)
			start += wait_until(start + s->steps[i].at_ns);
		ret = ops->step(engine, s, &s->steps[i], &r->outcome[i], &eerr);
	}
	if (ret) {
		snprintf(err->text, sizeof(err->text), "%s:%u: %s: %s", file,
			 i ? s->steps[i - 1].line : 0, ops->name, eerr.text);
		return ret;
	}
	ret = run_fdb(r, engine, s, &eerr);
	if (ret)
		snprintf(err->text, sizeof(err->text), "%s: %s: %s", file, ops->name, eerr.text);
	if (ops->report)
		ops->report(engine, s, r->note, sizeof(r->note));
	return ret;
}

void run_free(struct run *r, const struct scenario *s)
{
	size_t i;

	for (i = 0; r->outcome && i < s->count; i++)
		outcome_free(&r->outcome[i]);
	free(r->outcome);
	free(r->fdb);
	memset(r, 0, sizeof(*r));
}

/* What XDP decides alone must be what the bridge does; what it passes up the bridge decides. */
static bool verdict_agrees(const struct scenario *s, const struct outcome *model,
			   const struct outcome *o, char *why, size_t size)
{
	char should[160], does[160];

	if (o->verdict == PASSED)
		return true;
	if (o->verdict == DROPPED) {
		snprintf(why, size, "it drops the frame; it may forward or pass up, nothing else");
		return false;
	}
	if (o->ports == model->ports)
		return true;
	port_names(s, model->ports, should, sizeof(should));
	port_names(s, o->ports, does, sizeof(does));
	snprintf(why, size, "it forwards to %s, the model to %s", does, should);
	return false;
}

bool run_equal(const struct scenario *s, const char *file, const struct run *model,
	       const struct run *other, struct run_error *why)
{
	char text[400];
	size_t i;
	bool same;

	for (i = 0; i < s->count; i++) {
		if (s->steps[i].kind != STEP_SEND)
			continue;
		same = other->ops->verdict_only
			       ? verdict_agrees(s, &model->outcome[i], &other->outcome[i], text,
						sizeof(text))
			       : outcome_equal(s, model->ops->name, &model->outcome[i],
					       other->ops->name, &other->outcome[i], text,
					       sizeof(text));
		if (same)
			continue;
		snprintf(why->text, sizeof(why->text), "%s:%u: %s", file, s->steps[i].line, text);
		return false;
	}
	if (other->nfdb < 0 || model->nfdb < 0 ||
	    fdb_equal(s, model->ops->name, model->fdb, model->nfdb, other->ops->name, other->fdb,
		      other->nfdb, text, sizeof(text)))
		return true;
	snprintf(why->text, sizeof(why->text), "%s: at its end %s", file, text);
	return false;
}

bool run_expected(const struct scenario *s, const char *file, const struct run *r,
		  struct run_error *why)
{
	char text[400];
	size_t i;

	for (i = 0; i < s->count; i++) {
		if (s->steps[i].kind != STEP_SEND ||
		    outcome_expected(s, &s->steps[i], &r->outcome[i], text, sizeof(text)))
			continue;
		snprintf(why->text, sizeof(why->text), "%s:%u: in the %s the frame %s", file,
			 s->steps[i].line, r->ops->name, text);
		return false;
	}
	return true;
}
