/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Values on the command line: what is taken, and that the rest leaves the output as it was. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "cli.h"

static const struct {
	const char *text;
	int ret;
	uint8_t mac[6];
} macs[] = {
	{"02:00:00:00:00:0a", 0, {2, 0, 0, 0, 0, 10}},
	{"FF:fe:0:1:aB:c", 0, {0xff, 0xfe, 0, 1, 0xab, 0xc}},
	{"", -EINVAL, {0}},
	{"02:00:00:00:00", -EINVAL, {0}},
	{"02:00:00:00:00:", -EINVAL, {0}},
	{"02:00:00:00:00:0a:0b", -EINVAL, {0}},
	{"02:00:00:00:00:0afoo", -EINVAL, {0}},
	{"02:00:00:00:00:0a ", -EINVAL, {0}},
	{" 02:00:00:00:00:0a", -EINVAL, {0}},
	{"02:00:00:00:00:00a", -EINVAL, {0}},
	{"02:00::00:00:0a", -EINVAL, {0}},
	{"02:00:-1:00:00:0a", -EINVAL, {0}},
	{"02:00:0x:00:00:0a", -EINVAL, {0}},
	{"02-00-00-00-00-0a", -EINVAL, {0}},
};

static void addresses(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(macs) / sizeof(macs[0]); i++) {
		uint8_t before[6], mac[6];

		memset(before, 0x55, sizeof(before));
		memcpy(mac, before, sizeof(mac));
		if (cli_mac(macs[i].text, mac) != macs[i].ret)
			fail_msg("'%s' is not answered %d", macs[i].text, macs[i].ret);
		assert_memory_equal(mac, macs[i].ret ? before : macs[i].mac, sizeof(mac));
	}
}

static const struct {
	const char *text;
	uint64_t min, max;
	int ret;
	uint64_t value;
} numbers[] = {
	{"7", 1, 10, 0, 7},
	{"0x1f", 0, 100, 0, 31},
	{"010", 0, 100, 0, 8},
	{"18446744073709551615", 0, UINT64_MAX, 0, UINT64_MAX},
	{"18446744073709551616", 0, UINT64_MAX, -ERANGE, 0},
	{"11", 1, 10, -ERANGE, 0},
	{"0", 1, 10, -ERANGE, 0},
	{"-1", 0, UINT64_MAX, -EINVAL, 0},
	{"+1", 0, 10, -EINVAL, 0},
	{" 1", 0, 10, -EINVAL, 0},
	{"1 ", 0, 10, -EINVAL, 0},
	{"", 0, 10, -EINVAL, 0},
};

static void whole_numbers(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		uint64_t n = 77;

		if (cli_number(numbers[i].text, numbers[i].min, numbers[i].max, &n) !=
		    numbers[i].ret)
			fail_msg("'%s' is not answered %d", numbers[i].text, numbers[i].ret);
		assert_int_equal(n, numbers[i].ret ? 77 : numbers[i].value);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(addresses),
					   cmocka_unit_test(whole_numbers)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
