/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where hosts are, from frames that were seen at several ports, some of them with equal stamps. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "lookahead.h"

enum { LOOKS = 64 };

/* A frame is "PORTS[,PORTS] DESTINATION SOURCE": those behind the comma saw it later, < entered and
 * > left behind a port are recorded. Homes are "SOURCE PORT", the assumed ones "HOSTS SOURCE PORT".
 */
static const struct row {
	const char *what, *frames;
	uint64_t max;
	const char *homes, *assumed;
} rows[] = {
	{"where they were seen first", "1,2 *a|2,1 ab", 99, "a1 b2 ", ""},
	{"most of the time", "1,2 *a|2,1 *a|1,2 *a", 99, "a1 ", ""},
	{"equal stamps: one is assumed, the other follows", "12 ba|12 ab", 99, "a1 b2 ", "2 a1"},
	{"one that differs tells of both", "12 ba|12 ab|1,2 ab", 99, "a2 b1 ", ""},
	{"in turn", "12 ba|12 cb|2,1 *c", 99, "a2 b1 c2 ", ""},
	{"two pairs", "12 ba|12 ab|12 dc|12 cd", 99, "a1 b2 c1 d2 ", "4 a1"},
	{"what only one host's frames have in common", "23 ba|13 ca|123 *a|23 ab|13 ac", 99,
	 "a3 b2 c1 ", ""},
	{"groups alone tell nothing", "123 *a|123 *a", 99, "a1 ", "1 a1"},
	{"a frame that is missing does not decide", "2,1 *a|12 ba|12 ba|12 ab|1 ab|12 ab", 99,
	 "a2 b1 ", ""},
	{"a neighbour on the same port", "1,2 *a|1 ba|1 ab|12 *b", 99, "a1 b1 ", "1 b1"},
	{"what was flooded does not send it elsewhere", "1,2 *a|12 ba|1 ab|1 ab", 99, "a1 b1 ", ""},
	{"nor where both were heard", "1,2 *a|12 *b|12 ba|1 ab|1 ab", 99, "a1 b1 ", ""},
	{"behind the last look of a port is nothing", "1,2 *a|12 *b|12 ba|1 ab|1 ab", 3, "a1 b2 ",
	 ""},
	{"it entered", "12< *a", 99, "a2 ", ""},
	{"it left, so it came from elsewhere", "1>2 *a", 99, "a2 ", ""},
	{"left at all that saw it", "1>,2> *a", 99, "", ""},
	{"seen at one port alone", "1 *a", 99, "", ""},
};

static void address(char name, uint8_t out[6])
{
	memset(out, name == '*' ? 0xff : 0, 6);
	if (name != '*') {
		out[0] = 2;
		out[5] = (uint8_t)name;
	}
}

static void collect(void *data, const uint8_t src[6], int port)
{
	char *text = data;

	snprintf(text + strlen(text), 64 - strlen(text), "%c%d ", src[5], port + 1);
}

static uint64_t read_frames(const char *at, struct look *looks)
{
	uint64_t n = 0, frame;
	struct look *l = NULL;

	for (frame = 1; *at; frame++, at += *at == '|') {
		int64_t ts = (int64_t)frame * 10;
		const char *hosts = strchr(at, ' ') + 1;

		for (; *at != ' '; at++) {
			if (*at == ',') {
				ts++;
			} else if (*at == '<' || *at == '>') {
				l->way = *at == '<' ? WAY_IN : WAY_OUT;
			} else {
				assert_true(n < LOOKS);
				l = &looks[n++];
				*l = (struct look){
					.full = frame, .ts_ns = ts, .port = (uint8_t)(*at - '1')};
				address(hosts[0], l->dst);
				address(hosts[1], l->src);
			}
		}
		at = hosts + 2;
	}
	return n;
}

static void homes(void **state)
{
	static const struct clock_offset clocks[BRM_PORTS_MAX];

	(void)state;
	for (const struct row *r = rows; r < rows + sizeof(rows) / sizeof(*rows); r++) {
		char found[64] = "", assumed[32] = "";
		struct lookahead_assumed a;
		struct look looks[LOOKS];

		lookahead_homes(looks, read_frames(r->frames, looks), r->max, clocks, collect,
				found, &a);
		if (a.hosts)
			snprintf(assumed, sizeof(assumed), "%d %c%d", (int)a.hosts, a.address[5],
				 a.port + 1);
		if (strcmp(found, r->homes) || strcmp(assumed, r->assumed))
			fail_msg("%s: '%s', assumed '%s'", r->what, found, assumed);
	}
}

/* "SOURCE MILLISECONDS" of each frame: so much later it was seen at the second port. */
static void clocks(void **state)
{
	static const struct {
		const char *what, *frames;
		enum clock_found found;
		int64_t ahead_ms;
	} cases[] = {
		{"one clock", "a 0|a 1|a 0", CLOCK_SAME, 0},
		{"stamps of 100 ms, and a frame that crosses a tick", "a 0|a 0|a 100|b 0|b 0",
		 CLOCK_SAME, 0},
		{"stamps of 1 s, either way", "a 0|a 0|a 1000|b 0|b -1000|b 0", CLOCK_SAME, 0},
		{"one way, too far apart", "a 3600000|a 3600001|a 3600000", CLOCK_ONE_WAY, 3600000},
		{"one way, behind", "a -3600000|a -3599999", CLOCK_ONE_WAY, -3599999},
		{"both ways, an hour apart", "a 3600001|a 3600001|b 3599999|b 3599999", CLOCK_APART,
		 3600000},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		const char *at = cases[i].frames;
		struct clock_offset out[BRM_PORTS_MAX];
		struct look looks[LOOKS] = {0};
		uint64_t n = 0;
		int64_t ms;

		for (; *at; at += strcspn(at, "|"), at += *at == '|', n += 2) {
			ms = strtoll(at + 2, NULL, 10);
			looks[n] = (struct look){.full = n, .ts_ns = (int64_t)n * 10};
			address(*at, looks[n].src);
			looks[n + 1] = looks[n];
			looks[n + 1].port = 1;
			looks[n + 1].ts_ns += ms * 1000000;
		}
		lookahead_clocks(looks, n, 2, out);
		if (out[1].found != cases[i].found ||
		    out[1].ahead_ns != cases[i].ahead_ms * 1000000)
			fail_msg("%s: %d, %lld ns", cases[i].what, out[1].found,
				 (long long)out[1].ahead_ns);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(homes), cmocka_unit_test(clocks)};

	return cmocka_run_group_tests_name("lookahead", tests, NULL, NULL);
}
