/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Places where a scenario can be run: each takes a step and says what left where. */
#ifndef CHECK_ENGINE_H
#define CHECK_ENGINE_H

#include "scenario.h"

enum { OUTCOME_MAX = 128 };

struct outcome_frame {
	int port;
	uint32_t len;
	uint32_t at; /* into outcome.bytes */
};

/* What became of the frame of one step; the owner clears it with outcome_free(). */
struct outcome {
	struct outcome_frame frame[OUTCOME_MAX];
	int count;
	uint8_t *bytes;
	uint32_t used, room;
	uint32_t ports; /* with `verdict_only`: where it would leave, known without its bytes */
	enum engine_verdict { SENT, PASSED, DROPPED } verdict; /* of an engine that only decides */
};

struct engine_error {
	char text[320];
};

struct engine;

struct engine_ops {
	const char *name;
	const char *summary;
	bool verdict_only; /* says where a frame goes, or leaves it to the slow path */
	bool timed;        /* lives in real time: the runner waits for a step's time */
	/* 0 or -errno with a sentence; -EOPNOTSUPP where this machine cannot. */
	int (*open)(void **priv, const struct scenario *s, struct engine_error *err);
	/* `out` is empty on entry and filled for STEP_SEND alone. */
	int (*step)(void *priv, const struct scenario *s, const struct step *step,
		    struct outcome *out, struct engine_error *err);
	/* Entries that are not local; the number or -errno. NULL where it has none to show. */
	int (*fdb)(void *priv, int64_t now_ns, struct brm_fdb *out, int max,
		   struct engine_error *err);
	/* One sentence about the run at its end, or nothing; may be NULL. */
	void (*report)(void *priv, const struct scenario *s, char *text, size_t size);
	void (*close)(void *priv);
};

extern const struct engine_ops engine_model, engine_xdp, engine_bridge, engine_accelerated;

int outcome_add(struct outcome *o, int port, const uint8_t *data, uint32_t len);
void outcome_clear(struct outcome *o);
void outcome_free(struct outcome *o);
/* True when the same left at the same ports; else `why` says in words what differs. `a` and `b`
 * name the two in it. */
bool outcome_equal(const struct scenario *s, const char *a_name, const struct outcome *a,
		   const char *b_name, const struct outcome *b, char *why, size_t size);
/* True when it left where the scenario's "=>" says, or that says nothing. */
bool outcome_expected(const struct scenario *s, const struct step *step, const struct outcome *o,
		      char *why, size_t size);
/* The same entries, whatever their order; else `why`. Sorts both. */
bool fdb_equal(const struct scenario *s, const char *a_name, struct brm_fdb *a, int an,
	       const char *b_name, struct brm_fdb *b, int bn, char *why, size_t size);
/* "p1 p3", "none" */
void port_names(const struct scenario *s, uint32_t ports, char *text, size_t size);

#endif
