/* SPDX-License-Identifier: GPL-2.0-or-later */
/* rx-vlan-offload of a veth, which has it for show, in a namespace of the test's own. Needs root.
 */
#include "offload.h"

#include <errno.h>
#include <net/if.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

static bool is_on(void)
{
	return !system("ethtool -k v0 | grep -q '^rx-vlan-offload: on'");
}

static void taken_and_given_back(void **state)
{
	uint32_t v0 = if_nametoindex("v0");

	(void)state;
	assert_true(is_on());
	assert_false(offload_taken(v0));
	assert_int_equal(offload_take(v0), 0);
	assert_false(is_on());
	assert_true(offload_taken(v0));
	/* Whoever took it is killed; the next one takes over, and gives back. */
	offload_give_back(v0);
	assert_true(is_on());
	assert_false(offload_taken(v0));
}

static void on_again_is_not_taken(void **state)
{
	uint32_t v0 = if_nametoindex("v0");

	(void)state;
	assert_int_equal(offload_take(v0), 0);
	assert_int_equal(system("ethtool -K v0 rxvlan on"), 0);
	assert_false(offload_taken(v0));
	offload_give_back(v0);
}

/* A number that another interface has now. */
static void another_name(void **state)
{
	uint32_t v0 = if_nametoindex("v0");

	(void)state;
	assert_int_equal(offload_take(v0), 0);
	assert_int_equal(system("ip link set v0 name w0"), 0);
	assert_false(offload_taken(v0));
	assert_int_equal(system("ip link set w0 name v0"), 0);
	assert_true(offload_taken(v0));
	offload_give_back(v0);
	assert_true(is_on());
}

static void fixed(void **state)
{
	(void)state;
	assert_int_equal(offload_take(if_nametoindex("lo")), 0); /* has none: already off */
	offload_give_back(if_nametoindex("lo"));
	assert_false(offload_taken(if_nametoindex("lo")));
	assert_int_equal(offload_take(12345), -ENODEV);
	offload_give_back(12345);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(taken_and_given_back),
		cmocka_unit_test(on_again_is_not_taken),
		cmocka_unit_test(another_name),
		cmocka_unit_test(fixed),
	};

	if (unshare(CLONE_NEWNET) ||
	    system("ip link add v0 type veth peer name v1 && ethtool -K v0 rxvlan on")) {
		printf("ok 1 - bridge_offload # SKIP needs root for a network namespace, ip and "
		       "ethtool\n1..1\n");
		return 0;
	}
	return cmocka_run_group_tests_name("bridge_offload", tests, NULL, NULL);
}
