/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "xdp_bridge.h"

#include "bridge_explain.h"
#include "text.h"
#include "verdict.h"

#include <stdio.h>
#include <string.h>

#define FRAME_MAX 2048

static void add_line(void *arg, const char *line)
{
	json_array_append_new(arg, shown(line));
}

/* Hex digits, two a byte: how many bytes, or -1. */
static int from_hex(const char *text, uint8_t *out, size_t size)
{
	unsigned int byte;
	size_t n;

	for (n = 0; text[2 * n]; n++) {
		if (n == size || strspn(text + 2 * n, "0123456789abcdefABCDEF") < 2 ||
		    sscanf(text + 2 * n, "%2x", &byte) != 1)
			return -1;
		out[n] = byte;
	}
	return n;
}

static const char *word(const json_t *request, const char *key)
{
	const char *text = json_string_value(json_object_get(request, key));

	return text ? text : "";
}

/* The link whose name is shown so. */
static const struct event_link *link_shown(const struct follow *f, const char *name)
{
	const struct event_link *link;
	char clean[IFNAMSIZ];
	size_t i;

	for (i = 0; (link = ktable_link_at(follow_table(f), i)); i++) {
		memcpy(clean, link->name, sizeof(clean));
		utf8_clean(clean);
		if (!strcmp(clean, name))
			return link;
	}
	return NULL;
}

static json_t *explain_one_frame(struct follow *f, const json_t *request)
{
	const struct event_link *link = link_shown(f, word(request, "port"));
	json_t *lines = json_array();
	uint8_t frame[FRAME_MAX];
	int len = from_hex(word(request, "frame"), frame, sizeof(frame));
	unsigned int v;

	if (!link || !sync_port(follow_sync(f), link->ifindex) || len < 0) {
		json_decref(lines);
		return NULL;
	}
	v = explain_frame(follow_sync(f), link->ifindex, frame, len, add_line, lines);
	return json_pack("{s:s, s:o}", "verdict", verdict_name(v), "lines", lines);
}

static json_t *explain_one_address(struct follow *f, const json_t *request)
{
	const struct event_link *bridge = link_shown(f, word(request, "bridge"));
	json_t *lines = json_array();
	uint8_t mac[6];

	if (!bridge || !bridge->has_bridge ||
	    !follow_follows(f, bridge->ifindex) ||
	    from_hex(word(request, "address"), mac, sizeof(mac)) != 6) {
		json_decref(lines);
		return NULL;
	}
	explain_address(follow_sync(f), bridge->ifindex, mac,
			json_integer_value(json_object_get(request, "vlan")), add_line, lines);
	return json_pack("{s:o}", "lines", lines);
}

json_t *answer_explain(struct follow *f, const json_t *request)
{
	return *word(request, "frame") ? explain_one_frame(f, request)
				       : explain_one_address(f, request);
}
