/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The lines of a scenario that carry frames: send (made here) and play (from a capture). */
#include "scenario_parse.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "capfile.h"

enum { LEN_DEFAULT = 60, ADDRESSES = 12 };

static void put16(uint8_t *p, uint16_t v)
{
	p[0] = v >> 8;
	p[1] = v;
}

/* [802.1ad:]VID[:PCP]; VID 0 is a priority tag */
static int add_tag(struct parse *p, struct making *f)
{
	const char *w = parse_word(p);
	unsigned int vid = 0, pcp = 0;
	uint16_t proto = 0x8100;
	int n = 0;

	if (w && !strncmp(w, "802.1ad:", 8)) {
		proto = 0x88a8;
		w += 8;
	}
	if (!w || sscanf(w, "%u%n", &vid, &n) != 1 ||
	    (w[n] == ':' && sscanf(w + n + 1, "%1u", &pcp) != 1) || (w[n] && w[n] != ':') ||
	    vid > 4094 || pcp > 7)
		return parse_error(p,
				   "'%s' is no tag: [802.1ad:]VID[:PCP], VID 0 to 4094, PCP 0 to 7",
				   w ? w : "");
	if (f->head + 4 > 64)
		return parse_error(p, "more tags than make sense in one frame");
	put16(f->bytes + f->head, proto);
	put16(f->bytes + f->head + 2, pcp << 13 | vid);
	f->head += 4;
	return 0;
}

static int add_payload(struct parse *p, struct making *f)
{
	const char *w = parse_word(p);
	unsigned int byte;
	int n;

	for (; w && *w; w += n) {
		n = 0;
		if (sscanf(w, "%2x%n", &byte, &n) != 1 || n != 2 || f->body_len == PAYLOAD_MAX)
			return parse_error(
				p, "payload wants pairs of hexadecimal digits, at most 2048");
		f->body[f->body_len++] = byte;
	}
	return w ? 0 : parse_error(p, "payload wants hexadecimal digits");
}

int parse_frame_word(struct parse *p, struct making *f, const char *w)
{
	if (!strcmp(w, "tag"))
		return add_tag(p, f);
	if (!strcmp(w, "len"))
		return parse_number(p, w, 14, SCENARIO_FRAME_MAX, &f->len);
	if (!strcmp(w, "times"))
		return parse_number(p, w, 1, 10000, &f->count);
	return 1;
}

static int frame_words(struct parse *p, struct making *f)
{
	const char *w;
	int ret = 0;

	while (!ret && p->next < p->words && strcmp(p->word[p->next], "=>")) {
		w = parse_word(p);
		if (!strcmp(w, "type"))
			ret = parse_number(p, w, 0, 0xffff, &f->type);
		else if (!strcmp(w, "payload"))
			ret = add_payload(p, f);
		else
			ret = parse_frame_word(p, f, w);
		if (ret > 0)
			ret = parse_error(p, "a frame has no '%s': tag, type, len, payload, times",
					  w);
	}
	return ret;
}

/* NAME, NAME:untagged or NAME:VID */
static int expect_one(struct parse *p, struct step *step, const char *w)
{
	char name[SCENARIO_NAME_MAX];
	size_t n = strcspn(w, ":");
	uint16_t vid = 0;
	int port = -ENOENT, ret = 0;

	if (n < sizeof(name)) {
		memcpy(name, w, n);
		name[n] = 0;
		port = scenario_port(p->s, name);
	}
	if (port < 0)
		return parse_error(p, "there is no port '%.*s' for the frame to leave at", (int)n,
				   w);
	step->expect |= 1u << port;
	step->expect_vid[port] = -1;
	if (w[n] && strcmp(w + n, ":untagged"))
		ret = parse_vid(p, w + n + 1, &vid);
	if (w[n])
		step->expect_vid[port] = vid;
	return ret;
}

/* => none, or the ports where the frame must leave */
static int parse_expect(struct parse *p, struct step *step)
{
	const char *w = parse_word(p);
	int ret = 0;

	if (!w)
		return 0;
	step->expects = true;
	w = parse_word(p);
	if (!w)
		return parse_error(p, "after => come the ports where the frame leaves, or none");
	if (!strcmp(w, "none"))
		return 0;
	for (; w && !ret; w = parse_word(p))
		ret = expect_one(p, step, w);
	return ret;
}

static int add_frame(struct parse *p, int port, const uint8_t *bytes, uint32_t len,
		     const struct step *like)
{
	struct step *step = parse_step(p, STEP_SEND, port);

	if (!step)
		return -ENOMEM;
	step->frame = malloc(len ? len : 1);
	if (!step->frame)
		return -ENOMEM;
	memcpy(step->frame, bytes, len);
	step->len = len;
	if (like) {
		step->expects = like->expects;
		step->expect = like->expect;
		memcpy(step->expect_vid, like->expect_vid, sizeof(step->expect_vid));
	}
	return 0;
}

/* Header, type, payload, then zeroes up to the wanted length. */
static int fill(struct parse *p, struct making *f)
{
	uint32_t least = f->head + 2 + f->body_len;

	if (!f->len)
		f->len = least > LEN_DEFAULT ? least : LEN_DEFAULT;
	if (f->len < f->head + 2)
		return parse_error(p, "len %u is shorter than the frame's headers of %u bytes",
				   (unsigned int)f->len, f->head + 2);
	put16(f->bytes + f->head, f->type);
	if (f->len > f->head + 2)
		memcpy(f->bytes + f->head + 2, f->body,
		       f->len < least ? f->len - f->head - 2 : f->body_len);
	return 0;
}

struct making *parse_making(struct parse *p, int *port)
{
	struct making *f = calloc(1, sizeof(*f));

	if (!f)
		return NULL;
	f->head = ADDRESSES;
	f->type = 0x88b5; /* IEEE 802: for local experiments */
	f->count = 1;
	*port = -EINVAL;
	parse_port(p, false, port);
	return f;
}

int parse_finish(struct parse *p, struct making *f, int port)
{
	struct step like = {0};
	int ret = fill(p, f);

	if (!ret)
		ret = parse_expect(p, &like);
	for (; !ret && f->count; f->count--)
		ret = add_frame(p, port, f->bytes, f->len, &like);
	return ret;
}

int parse_send(struct parse *p)
{
	struct making *f;
	int port, ret;

	f = parse_making(p, &port);
	if (!f)
		return -ENOMEM;
	ret = port < 0 ? port : parse_mac(p, "the destination", f->bytes);
	if (!ret)
		ret = parse_mac(p, "the source", f->bytes + 6);
	if (!ret)
		ret = frame_words(p, f);
	if (!ret)
		ret = parse_finish(p, f, port);
	free(f);
	return ret;
}

/* The packets of a capture, at their distance in time from its first, or all now. */
static int play_packets(struct parse *p, struct capfile *cf, int port, bool at_once,
			struct capfile_error *cerr)
{
	struct capfile_packet pkt;
	int64_t from = p->at, first = 0;
	int ret;

	while ((ret = capfile_next(cf, &pkt, cerr)) > 0) {
		if (pkt.linktype != 1)
			return parse_error(p, "packet %llu has link type %u, not Ethernet",
					   (unsigned long long)pkt.number, pkt.linktype);
		if (pkt.caplen != pkt.len || pkt.len > SCENARIO_FRAME_MAX)
			return parse_error(p, "packet %llu is cut short or longer than %d bytes",
					   (unsigned long long)pkt.number, SCENARIO_FRAME_MAX);
		first = pkt.number == 1 ? pkt.ts_ns : first;
		if (!at_once && from + pkt.ts_ns - first < p->at)
			return parse_error(p, "packet %llu is older than the one before it",
					   (unsigned long long)pkt.number);
		if (!at_once)
			p->at = from + pkt.ts_ns - first;
		ret = add_frame(p, port, pkt.data, pkt.len, NULL);
		if (ret)
			return ret;
	}
	return ret < 0 ? parse_error(p, "%s", cerr->text) : 0;
}

static int remember(struct scenario *s, const char *path)
{
	char **more = realloc(s->played, (s->nplayed + 1) * sizeof(*more));

	if (!more)
		return -ENOMEM;
	s->played = more;
	more[s->nplayed] = strdup(path);
	return more[s->nplayed] ? (s->nplayed++, 0) : -ENOMEM;
}

int parse_play(struct parse *p)
{
	struct capfile_error cerr;
	struct capfile *cf = NULL;
	char path[4096];
	const char *w;
	bool at_once;
	int port, ret;

	ret = parse_port(p, false, &port);
	if (ret)
		return ret;
	w = parse_word(p);
	if (!w)
		return parse_error(p, "play wants a port and a capture");
	snprintf(path, sizeof(path), "%s%s%s", *w == '/' ? "" : p->dir, *w == '/' ? "" : "/", w);
	at_once = p->next < p->words && !strcmp(p->word[p->next], "at-once");
	p->next += at_once;
	if (capfile_open(&cf, path, &cerr))
		return parse_error(p, "%s", cerr.text);
	ret = remember(p->s, path);
	ret = ret ? ret : play_packets(p, cf, port, at_once, &cerr);
	capfile_close(cf);
	return ret;
}
