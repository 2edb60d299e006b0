/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which receive filters are tried on what a device advertises, and when nothing has to be set. */
#include "rxstamp.h"

#include <linux/net_tstamp.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#define BIT(n) (1u << (n))
enum {
	NONE = HWTSTAMP_FILTER_NONE,
	ALL = HWTSTAMP_FILTER_ALL,
	SOME = HWTSTAMP_FILTER_SOME,
	EVENT = HWTSTAMP_FILTER_PTP_V2_EVENT,
	L2 = HWTSTAMP_FILTER_PTP_V2_L2_EVENT,
	L4 = HWTSTAMP_FILTER_PTP_V2_L4_EVENT,
	V1 = HWTSTAMP_FILTER_PTP_V1_L4_EVENT,
};

static void candidates(void **state)
{
	static const struct {
		uint32_t advertised;
		bool tagged;
		unsigned int n;
		int filters[RXSTAMP_CANDIDATES];
	} rows[] = {
		{BIT(NONE) | BIT(ALL), false, 1, {ALL}}, /* igb, i210 */
		{BIT(NONE) | BIT(ALL), true, 1, {ALL}},
		{BIT(NONE) | BIT(EVENT) | BIT(L2) | BIT(L4),
		 false,
		 3,
		 {EVENT, L2, L4}}, /* mv88e6xxx */
		{BIT(NONE) | BIT(EVENT) | BIT(L2) | BIT(L4), true, 0, {0}},
		{BIT(NONE) | BIT(EVENT) | BIT(ALL), false, 2, {EVENT, ALL}},
		{BIT(NONE) | BIT(EVENT) | BIT(ALL), true, 1, {ALL}},
		{BIT(NONE) | BIT(V1), false, 0, {0}}, /* PTP version 1 alone */
		{BIT(NONE) | BIT(SOME), false, 1, {SOME}},
		{0, false, 0, {0}},
	};

	(void)state;
	for (unsigned int i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		int out[RXSTAMP_CANDIDATES];

		assert_int_equal(rxstamp_candidates(rows[i].advertised, rows[i].tagged, out),
				 rows[i].n);
		for (unsigned int j = 0; j < rows[i].n; j++)
			assert_int_equal(out[j], rows[i].filters[j]);
	}
}

static void enough(void **state)
{
	(void)state;
	assert_true(rxstamp_enough(ALL, false));
	assert_true(rxstamp_enough(ALL, true));
	assert_true(rxstamp_enough(EVENT, false));
	assert_false(rxstamp_enough(EVENT, true));
	assert_false(rxstamp_enough(L2, false));
	assert_false(rxstamp_enough(NONE, false));
}

static void nothing_to_stamp_with(void **state)
{
	struct hwtstamp_caps caps = {0};

	(void)state;
	hwtstamp_caps("lo", &caps);
	assert_false(rxstamp_hardware(&caps));
	assert_int_equal(caps.phc, -1);
	assert_int_not_equal(hwtstamp_caps("nonesuch", &caps), 0);
	assert_string_equal(rxstamp_filter_name(ALL), "ALL");
	assert_string_equal(rxstamp_filter_name(99), "unknown");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(candidates),
		cmocka_unit_test(enough),
		cmocka_unit_test(nothing_to_stamp_with),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
