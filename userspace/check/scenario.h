/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A scenario: a bridge's configuration and, step by step, what happens to it, as text. The same
 * text, with no frames in it, is the configuration that `brcheck verify` checks a bridge against.
 * The format is described in docs/brcheck.8. */
#ifndef SCENARIO_H
#define SCENARIO_H

#include <stddef.h>

#include "model/model.h"

enum { SCENARIO_FRAME_MAX = 10240, SCENARIO_NAME_MAX = 16 };

enum step_kind {
	STEP_BRIDGE,
	STEP_PORT,
	STEP_VLAN,
	STEP_NO_VLAN,
	STEP_FDB,
	STEP_FORGET,
	STEP_MDB,
	STEP_SEND
};

struct step {
	enum step_kind kind;
	unsigned int line;
	int64_t at_ns;            /* since the scenario began */
	int port;                 /* BRM_BRIDGE for the bridge device */
	struct brm_bridge bridge; /* STEP_BRIDGE: all settings as they are from here on */
	struct brm_port settings; /* STEP_PORT: the same */
	bool up;                  /* STEP_PORT: the link */
	struct {
		uint16_t first, last;
		uint8_t flags, state;
	} vlan;
	struct brm_fdb fdb; /* STEP_FDB, STEP_FORGET */
	struct {
		uint8_t address[16];
		uint8_t size;
		uint16_t vid;
	} group;
	uint8_t *frame; /* STEP_SEND; owned by the scenario */
	uint32_t len;
	bool expects;                      /* the text says where it must leave */
	uint32_t expect;                   /* mask of ports */
	int16_t expect_vid[BRM_PORTS_MAX]; /* -1: any, 0: untagged, else the VID of its tag */
};

struct scenario {
	char **names; /* of the ports */
	int ports;
	struct step *steps;
	size_t count;
	char **played; /* the captures' paths */
	size_t nplayed;
	bool vlans; /* wants VLAN filtering at some time */
};

struct scenario_error {
	char text[256]; /* one sentence, with file and line */
};

/* The settings of a scenario's bridge before its first step. */
extern const struct brm_bridge scenario_bridge;

/* Reads `text` (its end is a NUL); `file` names it in sentences, and captures that it plays are
 * looked for in `dir`. 0, -EINVAL with a sentence, -ENOMEM; *out untouched on failure. */
int scenario_parse(struct scenario *out, const char *text, const char *file, const char *dir,
		   struct scenario_error *err);
/* The same from a file, or from the file "scenario" of a folder. */
int scenario_read(struct scenario *out, const char *path, struct scenario_error *err);
void scenario_free(struct scenario *s);
/* The number of a port, BRM_BRIDGE for "bridge", -ENOENT. */
int scenario_port(const struct scenario *s, const char *name);

/* Does to the model what the step says; for STEP_SEND `result` is filled. 0 or -errno of the model.
 */
int scenario_apply(struct brm *m, const struct step *step, int64_t now_ns,
		   struct brm_result *result);
/* A model with the settings that the scenario's bridge has before its first step. */
int scenario_model(struct brm **out);

#endif
