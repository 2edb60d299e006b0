/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The kernel's table and the buckets, each against a plain array under random changes. */
#include "bridge_maps.h"
#include "buckets.h"
#include "ktable.h"

#include <errno.h>
#include <linux/neighbour.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static uint64_t random_state = 42;

static uint32_t random_below(uint32_t n)
{
	random_state = random_state * 6364136223846793005ULL + 1442695040888963407ULL;
	return (random_state >> 33) % n;
}

static struct event fdb_event(enum event_kind kind, uint32_t number, uint32_t port)
{
	struct event ev = {.kind = kind,
			   .fdb = {.bridge = 1 + number % 3,
				   .port = port,
				   .state = NUD_REACHABLE,
				   .vid = number % 2}};

	ev.fdb.mac[0] = 2;
	memcpy(ev.fdb.mac + 2, &number, 4);
	return ev;
}

#define NUMBERS 20000

static const struct kentry *look_up(const struct ktable *t, uint32_t number)
{
	struct event ev = fdb_event(EVENT_FDB, number, 0);

	return ktable_entry(t, ev.fdb.bridge, ktable_key(ev.fdb.mac, ev.fdb.vid));
}

static void compare(const struct ktable *t, const uint32_t *ports)
{
	size_t n = 0;

	for (uint32_t i = 0; i < NUMBERS; i++) {
		const struct kentry *e = look_up(t, i);

		assert_int_equal(e ? e->port : 0, ports[i]);
		n += ports[i] != 0;
	}
	assert_int_equal(ktable_entries(t), n);
}

static void table_entries(void **state)
{
	static uint32_t ports[NUMBERS];
	struct ktable *t = ktable_new();

	(void)state;
	for (int i = 0; i < 200000; i++) {
		uint32_t number = random_below(NUMBERS), port = 1 + random_below(9);
		bool add = random_below(3);
		struct event ev = fdb_event(add ? EVENT_FDB : EVENT_FDB_GONE, number, port);

		assert_int_equal(ktable_apply(t, &ev), 0);
		ports[number] = add ? port : 0;
	}
	compare(t, ports);
	ktable_free(t);
}

static void count_gone(const struct kentry *e, void *arg)
{
	assert_int_not_equal(e->bridge, 0);
	(*(size_t *)arg)++;
}

static void mark_and_sweep(void **state)
{
	static uint32_t ports[NUMBERS];
	struct ktable *t = ktable_new();
	struct event ev, link = {.kind = EVENT_LINK, .link = {.ifindex = 7, .name = "old"}};
	size_t gone = 0, old = 0;

	(void)state;
	assert_int_equal(ktable_apply(t, &link), 0);
	for (uint32_t i = 0; i < NUMBERS; i++) {
		ev = fdb_event(EVENT_FDB, i, 1);
		ktable_apply(t, &ev);
	}
	ktable_mark(t);
	for (uint32_t i = 0; i < NUMBERS; i++) {
		ports[i] = random_below(2) ? 2 : 0;
		old += !ports[i];
		ev = fdb_event(EVENT_FDB, i, 2);
		if (ports[i])
			ktable_apply(t, &ev);
	}
	link.link.ifindex = 8;
	ktable_apply(t, &link);
	ktable_sweep(t, count_gone, &gone);
	assert_int_equal(gone, old);
	compare(t, ports);
	assert_null(ktable_link(t, 7));
	assert_non_null(ktable_link(t, 8));
	ktable_free(t);
}

/* The bridge's own message about a port does not wipe out what only the link's says. */
static void partial_links(void **state)
{
	struct ktable *t = ktable_new();
	struct event ev = {.kind = EVENT_LINK,
			   .link = {.ifindex = 5, .kind = "veth", .xdp_prog = 9, .master = 1}};

	(void)state;
	ktable_apply(t, &ev);
	ev.link = (struct event_link){
		.ifindex = 5, .partial = true, .master = 2, .has_port = true, .port = {.state = 3}};
	ktable_apply(t, &ev);
	assert_string_equal(ktable_link(t, 5)->kind, "veth");
	assert_int_equal(ktable_link(t, 5)->xdp_prog, 9);
	assert_int_equal(ktable_link(t, 5)->master, 2);
	assert_int_equal(ktable_link(t, 5)->port.state, 3);
	ev.kind = EVENT_PORT_GONE;
	ktable_apply(t, &ev);
	assert_int_equal(ktable_link(t, 5)->master, 0);
	assert_false(ktable_link(t, 5)->has_port);
	ktable_free(t);
}

/* A VLAN device that is deleted takes no more frames; one that is moved does. */
static void vlan_away(void **state)
{
	struct ktable *t = ktable_new();
	struct event port = {.kind = EVENT_LINK, .link = {.ifindex = 5, .lower_nsid = -1}};
	struct event vlan = {.kind = EVENT_LINK,
			     .link = {.ifindex = 6, .kind = "vlan", .lower = 5, .lower_nsid = -1}};

	(void)state;
	ktable_apply(t, &port);
	ktable_apply(t, &vlan);
	vlan.kind = EVENT_LINK_GONE;
	ktable_apply(t, &vlan);
	assert_false(ktable_vlan_away(t, 5));
	vlan.link.moved = true;
	ktable_apply(t, &vlan);
	assert_true(ktable_vlan_away(t, 5));
	port.kind = EVENT_LINK_GONE;
	ktable_apply(t, &port);
	port.kind = EVENT_LINK;
	ktable_apply(t, &port);
	assert_false(ktable_vlan_away(t, 5));
	ktable_free(t);
}

static void keys(void **state)
{
	const uint8_t mac[6] = {0x02, 0x11, 0x22, 0x33, 0x44, 0x55};
	uint8_t back[6];
	uint64_t key = ktable_key(mac, 4094);

	(void)state;
	ktable_key_mac(back, key);
	assert_memory_equal(back, mac, 6);
	assert_int_equal(key >> XB_KEY_VID_SHIFT, 4094);
	assert_int_equal(key & ~XB_KEY_MASK, 0);
}

/* ---- buckets ---- */

static struct buckets make_buckets(size_t entries)
{
	uint32_t n = buckets_for(entries);
	struct buckets b = {.mask = n - 1, .seed = 0x1234567};

	assert_int_equal(posix_memalign((void **)&b.at, 64, n * sizeof(*b.at)), 0);
	memset(b.at, 0, n * sizeof(*b.at));
	return b;
}

static uint64_t data_of(uint32_t port)
{
	return XB_DATA_VALID | (uint64_t)port << XB_DATA_PORT_SHIFT | 1ULL << XB_DATA_BRIDGE_SHIFT;
}

static void random_buckets(void **state)
{
	static uint32_t ports[NUMBERS];
	struct buckets b = make_buckets(NUMBERS);
	size_t n = 0;

	(void)state;
	for (int i = 0; i < 400000; i++) {
		uint32_t number = random_below(NUMBERS), port = 1 + random_below(9);
		bool add = random_below(3);

		if (add)
			assert_int_equal(buckets_set(&b, number, 1, data_of(port)), 0);
		else
			assert_int_equal(buckets_remove(&b, number, 1),
					 ports[number] ? 0 : -ENOENT);
		ports[number] = add ? port : 0;
	}
	for (uint32_t i = 0; i < NUMBERS; i++) {
		uint64_t data = buckets_get(&b, i, 1) & ~XB_DATA_DUE;

		assert_int_equal(data, ports[i] ? data_of(ports[i]) : 0);
		assert_int_equal(buckets_get(&b, i, 2), 0); /* another bridge's */
		n += ports[i] != 0;
	}
	assert_int_equal(b.used, n);
	buckets_clear(&b);
	assert_int_equal(b.used, 0);
	for (uint32_t i = 0; i < NUMBERS; i++)
		assert_int_equal(buckets_get(&b, i, 1), 0);
	free(b.at);
}

/* As many as were asked for always find room; beyond that, what does is reported and nothing is
 * lost. */
static void full_buckets(void **state)
{
	struct buckets b = make_buckets(4096);
	uint32_t slots = (b.mask + 1) * XB_WAYS, placed = 0;

	(void)state;
	for (uint32_t i = 0; i < 2 * slots; i++) {
		int ret = buckets_set(&b, i, 1, data_of(3));

		if (i < 4096)
			assert_int_equal(ret, 0);
		assert_true(ret == 0 || ret == -ENOSPC);
		placed += !ret;
	}
	assert_int_equal(b.used, placed);
	assert_true(placed > slots / 100 * 85);
	for (uint32_t i = 0; i < 4096; i++)
		assert_int_equal(buckets_get(&b, i, 1) & ~XB_DATA_DUE, data_of(3));
	free(b.at);
}

/* What the program made absent is not there again because others need its place. */
static void absent_entries(void **state)
{
	struct buckets b = make_buckets(4096);
	uint32_t slots = (b.mask + 1) * XB_WAYS;

	(void)state;
	for (uint32_t i = 0; i < slots / 2; i++)
		assert_int_equal(buckets_set(&b, i, 1, data_of(3)), 0);
	for (size_t i = 0; i <= b.mask; i++)
		for (int w = 0; w < XB_WAYS; w++)
			b.at[i].entry[w].data ^= 8ULL << XB_DATA_VERSION_SHIFT;
	for (uint32_t i = slots / 2; i < 2 * slots; i++)
		buckets_set(&b, i, 1, data_of(3));
	for (uint32_t i = 0; i < slots / 2; i++)
		assert_int_equal(buckets_get(&b, i, 1), 0);
	free(b.at);
}

/* Versions: both words of a slot that was ever written agree, and a change of port changes them. */
static void versions(void **state)
{
	struct buckets b = make_buckets(1);
	struct xb_entry *e = NULL;
	uint64_t before;

	(void)state;
	assert_int_equal(buckets_set(&b, 77, 1, data_of(1)), 0);
	for (size_t i = 0; i <= b.mask; i++)
		for (int w = 0; w < XB_WAYS; w++)
			if (b.at[i].entry[w].data & XB_DATA_VALID)
				e = &b.at[i].entry[w];
	assert_non_null(e);
	assert_true(e->data & XB_DATA_DUE);
	for (int i = 0; i < 40; i++) {
		assert_int_equal(e->key >> XB_KEY_VERSION_SHIFT,
				 (e->data & XB_DATA_VERSION) >> XB_DATA_VERSION_SHIFT);
		before = e->key;
		e->data &= ~XB_DATA_DUE; /* the program has seen the source */
		assert_int_equal(buckets_set(&b, 77, 1, data_of(1 + i % 2)), 0);
		if (i == 0)
			assert_true(e->key == before); /* nothing new: left alone, stamp and all */
		else
			assert_true(e->key != before && e->data & XB_DATA_DUE);
	}
	free(b.at);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(table_entries),  cmocka_unit_test(mark_and_sweep),
		cmocka_unit_test(partial_links),  cmocka_unit_test(vlan_away),  cmocka_unit_test(keys),
		cmocka_unit_test(random_buckets), cmocka_unit_test(full_buckets),
		cmocka_unit_test(absent_entries), cmocka_unit_test(versions),
	};

	return cmocka_run_group_tests_name("bridge_tables", tests, NULL, NULL);
}
