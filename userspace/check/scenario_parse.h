/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the parts of the scenario's reader share: words of a line, values in them, sentences
 * (scenario_values.c). */
#ifndef SCENARIO_PARSE_H
#define SCENARIO_PARSE_H

#include "scenario.h"

enum { WORDS_MAX = 64, HOSTS_MAX = 64 };

struct host {
	char name[SCENARIO_NAME_MAX];
	uint8_t address[6];
};

struct parse {
	struct scenario *s;
	struct scenario_error *err;
	const char *file, *dir;
	unsigned int line;
	int64_t at;
	size_t room;
	struct brm_bridge bridge;
	struct brm_port port[BRM_PORTS_MAX];
	bool up[BRM_PORTS_MAX];
	uint8_t down_state[BRM_PORTS_MAX];
	struct host hosts[HOSTS_MAX];
	int nhosts;
	char *word[WORDS_MAX];
	int words;
	int next; /* the word that is read next */
};

/* -EINVAL with "file:line: sentence". */
int parse_error(struct parse *p, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* The next word, NULL at the end of the line. */
const char *parse_word(struct parse *p);
/* A value for `what` into *out: 0 or a sentence. */
int parse_number(struct parse *p, const char *what, uint64_t min, uint64_t max, uint64_t *out);
int parse_seconds(struct parse *p, const char *what, int64_t *ns);
int parse_on_off(struct parse *p, const char *what, bool *out);
int parse_mac(struct parse *p, const char *what, uint8_t out[6]);
/* `family` AF_INET: 4 bytes, AF_INET6: 16 bytes. */
int parse_ip(struct parse *p, const char *what, int family, uint8_t *out);
/* A multicast group's address and its size: 4 (IPv4), 16 (IPv6) or 6 (MAC) bytes. */
int parse_group(struct parse *p, uint8_t address[16], uint8_t *size);
int parse_vid(struct parse *p, const char *text, uint16_t *out);
int parse_state(struct parse *p, uint8_t *out);
/* A port by its name; the bridge device too where `bridge_too`. */
int parse_port(struct parse *p, bool bridge_too, int *out);
/* scenario.c: a new step of this kind at the time that holds here; NULL without memory. */
struct step *parse_step(struct parse *p, enum step_kind kind, int port);

/* A frame in the making: what stands before its EtherType, and what follows. */
enum { PAYLOAD_MAX = 2048 };

struct making {
	uint8_t bytes[SCENARIO_FRAME_MAX];
	uint32_t head;             /* addresses and tags */
	uint8_t body[PAYLOAD_MAX]; /* after `type` */
	uint32_t body_len;
	uint64_t type, len, count;
};

/* scenario_frame.c: the port, a word of any frame (tag, len, times; 1: it is none), and the steps
 * of a frame that is made, with what stands after "=>". */
struct making *parse_making(struct parse *p, int *port);
int parse_frame_word(struct parse *p, struct making *f, const char *w);
int parse_finish(struct parse *p, struct making *f, int port);

/* The lines that carry frames: send and play (scenario_frame.c). */
int parse_send(struct parse *p);
int parse_play(struct parse *p);
/* Messages of multicast (scenario_mcast.c). */
int parse_join(struct parse *p);
int parse_leave(struct parse *p);
int parse_query(struct parse *p);
int parse_datagram(struct parse *p);

#endif
