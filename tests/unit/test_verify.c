/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Captures of a bridge as rows: what was seen where and when, and which violations that is. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "scenario.h"
#include "verify.h"

#define START_NS 1700000000000000000
#define TWO "port p1\nport p2\n"
#define THREE "port p1\nport p2\nport p3\n"
#define AGEING "bridge ageing 10\n" THREE
#define TRUNK                                                                                      \
	"bridge vlan_filtering on\n" THREE "vlan p1 10\nvlan p1 20\nvlan p2 10 pvid untagged\n"    \
	"vlan p3 20 pvid untagged\n"
#define VLANS "bridge vlan_filtering on\nport p1\nport p2\nvlan p1 10 pvid untagged\nvlan p2 10\n"

/* A sight is "PORT[<|>] MILLISECONDS DESTINATION SOURCE [tVID|xBYTE|nLENGTH]": < entered, > left,
 * neither: not recorded; hosts are letters, * is broadcast, m a group, s that of BPDUs; x is the
 * payload, n its length. */
static const struct row {
	const char *what, *config, *sights, *expected;
} rows[] = {
	{"a flooded frame", THREE, "1 0 b a|2 1 b a|3 1 b a", ""},
	{"an answer to it", THREE, "1 0 b a|2 1 b a|3 1 b a|2 2 a b|1 3 a b", ""},
	{"a flooded frame that is missing at one port", THREE, "1 0 * a|2 1 * a", "missing"},
	{"a frame to an unheard host may leave at one port", THREE, "1 0 b a|2 1 b a", ""},
	{"or nowhere", THREE, "1 0 b a|1 10 b a", ""},
	{"to a heard host it has to leave", THREE, "2 0 * b|1 1 * b|3 1 * b|1 2 b a", "missing"},
	{"and not elsewhere", THREE, "2 0 * b|1 1 * b|3 1 * b|1 2 b a|2 3 b a|3 3 b a",
	 "unexpected"},
	{"twice", TWO, "1< 0 * a|2> 1 * a|2> 2 * a", "duplicated"},
	{"twice, directions not recorded", TWO, "1 0 * a|2 1 * a|2 2 * a", "duplicated"},
	{"sent twice and left twice", TWO, "1 0 * a|2 1 * a|1 2 * a|2 3 * a", ""},
	{"another payload", TWO, "1< 0 * a|2> 1 * a x9", "modified"},
	{"another source", TWO, "1< 0 * a|2> 1 * c", "modified"},
	{"both: one is missing, one came from nowhere", TWO, "1< 0 * a|2> 1 * c x9",
	 "missing unexpected"},
	{"filled up to 60 bytes on the wire", TWO, "1 0 * a n28|2 1 * a n46", ""},
	{"or seen before it is", TWO, "1 0 * a n46|2 1 * a n42", ""},
	{"filled up further", TWO, "1< 0 * a n28|2> 1 * a n47", "modified"},
	{"order within a flow", TWO, "1< 0 * a x1|1< 1 * a x2|2> 2 * a x2|2> 3 * a x1",
	 "reordered"},
	{"no order between flows", TWO, "1< 0 * a x1|1< 1 * c x2|2> 2 * c x2|2> 3 * a x1", ""},
	{"late", TWO, "1< 0 * a|2> 1500 * a", "late"},
	{"too late is missing, and then from nowhere", TWO, "1< 0 * a|2> 2500 * a",
	 "missing unexpected"},
	{"left without having entered", TWO, "2> 0 * a", "unexpected"},
	{"the same bytes in two VLANs", TRUNK, "1 0 * a t20|1 1 * a t10|2 2 * a|3 3 * a", ""},
	{"of which one is missing", TRUNK, "1 0 * a t20|1 1 * a t10|2 2 * a", "missing"},
	{"into the wrong VLAN", TRUNK, "1 0 * a t20|2 1 * a|3 2 * a", "unexpected"},
	{"another destination, of a host at home elsewhere", TWO,
	 "1 0 * a|2 1 * a|2 2 a b|1 3 a b|1 4 b a x9|2 5 c a x9", "modified"},
	{"left a moment before it entered", TWO, "2> 0 * a|1< 0 * a", ""},
	{"link-local stays", TWO, "1< 0 l a", ""},
	{"link-local that leaves", TWO, "1 0 l a|2 1 l a", "unexpected"},
	{"the bridge's own BPDU", TWO, "1> 0 s p", ""},
	{"filtered: for its own segment", TWO, "1 0 * a|2 1 * a|1 2 * b|2 3 * b|1 4 b a", ""},
	{"a host that moves", THREE,
	 "1 0 * a|2 1 * a|3 1 * a|2 5 * a x2|1 6 * a x2|3 6 * a x2|3 8 a c|2 9 a c", ""},
	{"after the ageing time a frame to a silent host floods", AGEING,
	 "1 0 * a|2 1 * a|3 1 * a|2 40000 a b|1 40001 a b", "missing"},
	{"or may still be known a while longer", AGEING,
	 "1 0 * a|2 1 * a|3 1 * a|2 15000 a b|1 15001 a b", ""},
	{"flood off", "port p1\nport p2 flood off\n", "1 0 b a|2 1 b a", "unexpected"},
	{"a tag is put on", VLANS, "1< 0 * a|2> 1 * a t10", ""},
	{"a tag that should be put on", VLANS, "1< 0 * a|2> 1 * a", "modified"},
	{"the wrong tag", VLANS, "1< 0 * a|2> 1 * a t11", "modified"},
	{"a tag is taken off", VLANS, "2< 0 * a t10|1> 1 * a", ""},
	{"a tag that should be taken off", VLANS, "2< 0 * a t10|1> 1 * a t10", "modified"},
	{"a VLAN that is not the port's", VLANS, "2< 0 * a t11", ""},
	{"and leaks", VLANS, "2< 0 * a t11|1> 1 * a", "unexpected"},
	{"without VLAN filtering a tag stays", TWO, "1< 0 * a t5|2> 1 * a", "modified"},
};

#define ANSWERS "1 0 * a|2 0 * a|1 1 r a|1 2 a r|2 3 r b|2 4 b r"
#define BEGAN_LATER "1 0 * a x1|1 5 * a x2|2 6 * a x2"

/* What the captures do not say, told and not told. */
static const struct unsure {
	struct row row;
	const char *own; /* hosts that are the bridge's or a port's */
	bool stp_unknown;
	int64_t from_ms, to_ms;
} unsure[] = {
	{{"the bridge answers, and is not known", TWO, ANSWERS, "missing unexpected"}, "", 0, 0, 0},
	{{"the bridge answers, and is known", TWO, ANSWERS, ""}, "r", 0, 0, 0},
	{{"its broadcast goes out of both ports", TWO, "1 0 * r|2 0 * r|2 1 r b|1 2 r a", ""},
	 "r",
	 0,
	 0,
	 0},
	{{"a port's own frame", TWO, "1 0 m q|2 1 m r", ""}, "qr", 0, 0, 0},
	{{"a BPDU must be forwarded without STP", TWO, "1 0 s a", "missing"}, "", 0, 0, 0},
	{{"or may be, where that is not known", TWO, "1 0 s a|1 5 s a x1|2 6 s a x1", ""},
	 "",
	 true,
	 0,
	 0},
	{{"one capture began later", TWO, BEGAN_LATER, "missing"}, "", 0, 0, 0},
	{{"and frames before that are not judged", TWO, BEGAN_LATER, ""}, "", 0, 3, 9},
	{{"frames while all ran are", TWO, "1< 0 * a x1|1< 5 * a x2|2> 8 b c x3",
	  "missing unexpected"},
	 "",
	 0,
	 3,
	 9},
	{{"what left twice is found", TWO, "1 0 * a|2 1 * a|2 2 * a", "duplicated"}, "", 0, 0, 0},
	{{"unless one may have entered before", TWO, "1 0 * a|2 1 * a|2 2 * a", ""}, "", 0, 3, 9},
	{{"one capture ended sooner", TWO, "1 0 * a x1|2 1 * a x1|1 5 * a x2", ""}, "", 0, 0, 3},
	{{"or the other", TWO, "1< 0 * a x1|2> 1 * a x1|2> 5 * a x2", ""}, "", 0, 0, 3},
};

static void note(void *data, const struct violation *v)
{
	char *text = data;

	if (*text)
		strcat(text, " ");
	strcat(text, violation_name(v->kind));
	assert_non_null(v->expected);
	assert_non_null(v->seen);
}

static void address(char name, uint8_t out[6])
{
	static const uint8_t lldp[6] = {1, 0x80, 0xc2, 0, 0, 0x0e},
			     stp[6] = {1, 0x80, 0xc2, 0, 0, 0};
	static const uint8_t port[6] = {2, 0xb0, 0, 0, 0, 1};

	memset(out, name == '*' ? 0xff : 0, 6);
	if (name == 'l')
		memcpy(out, lldp, 6);
	else if (name == 's')
		memcpy(out, stp, 6);
	else if (name == 'm')
		memcpy(out, (uint8_t[]){0x33, 0x33, 0, 0, 0, 1}, 6);
	else if (name == 'p')
		memcpy(out, port, 6);
	else if (name != '*') {
		out[0] = 2;
		out[5] = name;
	}
}

static uint32_t build(uint8_t frame[68], char dst, char src, int vid, int payload, int length)
{
	uint32_t at = 12;

	memset(frame, 0, 68);
	address(dst, frame);
	address(src, frame + 6);
	if (vid >= 0) {
		memcpy(frame + at, (uint8_t[]){0x81, 0, vid >> 8, vid & 0xff}, 4);
		at += 4;
	}
	frame[at] = 0x88;
	frame[at + 1] = 0xb5;
	frame[at + 2] = payload;
	return at + 2 + length;
}

static void give(struct verify *v, const char *text, uint64_t number)
{
	char way = 0, dst, src, rest[16] = "";
	struct sight s = {.number = number};
	uint8_t frame[68];
	int ms, n, vid = -1, payload = 0, length = 46;

	s.port = text[0] - '1';
	n = text[1] == '<' || text[1] == '>';
	way = n ? text[1] : 0;
	assert_true(sscanf(text + 1 + n, " %d %c %c %15[^|]", &ms, &dst, &src, rest) >= 3);
	sscanf(rest, "t%d", &vid);
	sscanf(rest, "x%d", &payload);
	sscanf(rest, "n%d", &length);
	s.len = s.wire_len = build(frame, dst, src, vid, payload, length);
	s.data = frame;
	s.way = way == '<' ? WAY_IN : way == '>' ? WAY_OUT : WAY_UNKNOWN;
	s.stamp_ns = s.ts_ns = START_NS + (int64_t)ms * 1000000;
	assert_int_equal(sight_digest(&s), 0);
	assert_int_equal(verify_sight(v, &s), 0);
}

static struct brm *model_of(const char *config)
{
	struct scenario_error err;
	struct brm_result unused;
	struct scenario s;
	struct brm *m;
	size_t i;

	assert_int_equal(scenario_parse(&s, config, "row", ".", &err), 0);
	assert_int_equal(scenario_model(&m), 0);
	for (i = 0; i < s.count; i++)
		assert_int_equal(scenario_apply(m, &s.steps[i], 0, &unused), 0);
	scenario_free(&s);
	return m;
}

static void run_row(const struct row *row, const struct unsure *said)
{
	char seen[256] = "";
	struct verify_settings set = {.window_ns = 2000000000,
				      .late_ns = 1000000000,
				      .slack_ns = 200000,
				      .max_records = 1024,
				      .violation = note,
				      .data = seen};
	struct brm *m = model_of(row->config);
	const char *at = row->sights;
	struct verify *v;
	uint64_t number = 0;

	for (const char *p = said->own; *p; p++)
		address(*p, set.own[set.owns++]);
	set.stp_unknown = said->stp_unknown;
	if (said->to_ms) {
		set.from_ns = START_NS + said->from_ms * 1000000;
		set.to_ns = START_NS + said->to_ms * 1000000;
	}
	assert_int_equal(verify_create(&v, m, &set), 0);
	for (; at; at = strchr(at, '|') ? strchr(at, '|') + 1 : NULL)
		give(v, at, ++number);
	verify_finish(v);
	if (strcmp(seen, row->expected))
		fail_msg("%s: '%s', not '%s'", row->what, seen, row->expected);
	verify_destroy(v);
	brm_destroy(m);
}

static void every_row(void **state)
{
	static const struct unsure nothing = {.own = ""};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		run_row(&rows[i], &nothing);
	for (size_t i = 0; i < sizeof(unsure) / sizeof(*unsure); i++)
		run_row(&unsure[i].row, &unsure[i]);
}

/* Identical frames in a storm are told apart by their number alone; and the window stays within its
 * bound. */
static void storm(void **state)
{
	struct verify_settings set = {
		.window_ns = 2000000000, .late_ns = 1000000000, .max_records = 4096};
	struct brm *m = model_of(TWO);
	struct verify *v;
	int i, k;

	(void)state;
	assert_int_equal(verify_create(&v, m, &set), 0);
	for (i = 0; i < 200; i++) {
		for (k = 0; k < 500; k++)
			give(v, "1< 0 * a", 1);
		for (k = 0; k < 500; k++)
			give(v, "2> 0 * a", 1);
	}
	give(v, "1< 1 * a", 1);
	verify_finish(v);
	assert_int_equal(verify_count(v, MISSING), 1);
	assert_int_equal(verify_count(v, UNEXPECTED), 0);
	assert_int_equal(verify_port(v, 0)->entered, 100001);
	assert_int_equal(verify_port(v, 1)->left, 100000);
	assert_in_range(verify_peak(v), 4000, 4096);
	assert_int_equal(delay_count(verify_delay(v, 0, 1)), 100000);
	verify_destroy(v);
	brm_destroy(m);
}

/* A frame that leaves before it enters, by more than the slack: the clocks, not the bridge. */
static void early(void **state)
{
	struct verify_settings set = {.window_ns = 2000000000,
				      .late_ns = 1000000000,
				      .slack_ns = 200000,
				      .max_records = 1024};
	struct brm *m = model_of(TWO);
	struct verify *v;
	int64_t most;

	(void)state;
	assert_int_equal(verify_create(&v, m, &set), 0);
	give(v, "2> 0 * a x1", 1);
	give(v, "1< 3 * a x1", 1);
	give(v, "1< 4 * a x2", 2);
	give(v, "2> 5 * a x2", 2);
	verify_finish(v);
	assert_int_equal(verify_early(v, &most), 1);
	assert_int_equal(most, 3000000);
	verify_destroy(v);
	brm_destroy(m);
}

static void note_apart(void *data, const struct violation *v)
{
	if (v->kind == REORDERED)
		*(int64_t *)data = v->apart_ns;
}

/* How near the two frames were, the less of entering and leaving; also where one seems to have left
 * before it entered. */
static void apart(void **state)
{
	static const struct {
		const char *sights[4];
		int64_t apart_ns;
	} at[] = {
		{{"1< 0 * a x1", "1< 7 * a x2", "2> 8 * a x2", "2> 10 * a x1"}, 2000000},
		{{"1< 0 * a x1", "1< 1 * a x2", "2> 8 * a x2", "2> 10 * a x1"}, 1000000},
		{{"1< 0 * a x1", "2> 7 * a x2", "2> 10 * a x1", "1< 7 * a x2"}, 3000000},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(at) / sizeof(*at); i++) {
		int64_t seen = 0;
		struct verify_settings set = {.window_ns = 2000000000,
					      .late_ns = 1000000000,
					      .slack_ns = 200000,
					      .max_records = 1024,
					      .violation = note_apart,
					      .data = &seen};
		struct brm *m = model_of(TWO);
		struct verify *v;

		assert_int_equal(verify_create(&v, m, &set), 0);
		for (int k = 0; k < 4; k++)
			give(v, at[i].sights[k], (uint64_t)k + 1);
		verify_finish(v);
		assert_int_equal(verify_count(v, REORDERED), 1);
		assert_int_equal(seen, at[i].apart_ns);
		verify_destroy(v);
		brm_destroy(m);
	}
}

/* Snooping cannot look into what a capture has cut away. */
static void cut_group(void **state)
{
	static const uint8_t head[] = {0x01, 0x00, 0x5e, 1, 2, 3,   2,   0, 0, 0, 0, 'a',
				       0x08, 0x00, 0x45, 0, 0, 100, 0,   0, 0, 0, 1, 17,
				       0,    0,    10,   9, 0, 1,   239, 1, 2, 3};
	struct verify_settings set = {
		.window_ns = 2000000000, .late_ns = 1000000000, .max_records = 1024};
	uint8_t frame[114] = {0};

	(void)state;
	memcpy(frame, head, sizeof(head));
	frame[24] = 0xbe; /* the header's checksum */
	frame[25] = 0x7b;
	for (int snoop = 0; snoop < 2; snoop++)
		for (uint32_t len = 64; len <= 114; len += 50) {
			struct sight s = {
				.data = frame, .len = len, .wire_len = 114, .ts_ns = START_NS};
			struct brm *m = model_of(snoop ? "bridge mcast_snooping on\n" TWO : TWO);
			struct verify *v;

			assert_int_equal(verify_create(&v, m, &set), 0);
			assert_int_equal(sight_digest(&s), 0);
			assert_int_equal(verify_sight(v, &s), snoop && len == 64 ? -EMSGSIZE : 0);
			assert_int_equal(verify_filtered(v, BRM_BAD_GROUP), 0);
			verify_destroy(v);
			brm_destroy(m);
		}
}

static void quantiles(void **state)
{
	struct verify_settings set = {
		.window_ns = 2000000000, .late_ns = 2000000000, .max_records = 4096};
	struct brm *m = model_of(TWO);
	struct verify *v;
	char text[64];
	int i;

	(void)state;
	assert_int_equal(verify_create(&v, m, &set), 0);
	for (i = 0; i < 100; i++) {
		snprintf(text, sizeof(text), "1< %d * a x%d", i * 1000, i);
		give(v, text, i);
		snprintf(text, sizeof(text), "2> %d * a x%d", i * 1000 + (i == 99 ? 900 : 10), i);
		give(v, text, i);
	}
	verify_finish(v);
	assert_in_range(delay_quantile(verify_delay(v, 0, 1), 0.5), 9500000, 10500000);
	assert_in_range(delay_quantile(verify_delay(v, 0, 1), 1), 880000000, 900000000);
	assert_int_equal(delay_longest(verify_delay(v, 0, 1)), 900000000);
	verify_destroy(v);
	brm_destroy(m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_row), cmocka_unit_test(storm),
		cmocka_unit_test(early),     cmocka_unit_test(apart),
		cmocka_unit_test(cut_group), cmocka_unit_test(quantiles),
	};

	return cmocka_run_group_tests_name("verify", tests, NULL, NULL);
}
