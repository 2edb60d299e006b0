/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Octets of any origin as text: what is UTF-8 stays, what is not is neither shown nor breaks JSON.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "text.h"

static const struct {
	const char *octets, *escaped, *cleaned;
} rows[] = {
	{"eth0", "eth0", "eth0"},
	{"a\"b\\c", "a\\\"b\\\\c", "a\"b\\c"},
	{"\x1b[2J\x7f", "\\u001b[2J\\u007f", "?[2J?"},
	{"\xc3\xa9\xe2\x82\xac\xf0\x9f\x95\x90", "\xc3\xa9\xe2\x82\xac\xf0\x9f\x95\x90",
	 "\xc3\xa9\xe2\x82\xac\xf0\x9f\x95\x90"},
	{"\xff.", "\\ufffd.", "?."},
	{"\xc3", "\\ufffd", "?"},                                     /* cut */
	{"\xe2\x82x", "\\ufffd\\ufffdx", "??x"},                      /* cut */
	{"\xc0\xaf", "\\ufffd\\ufffd", "??"},                         /* a longer form of '/' */
	{"\xe0\x9f\xbf", "\\ufffd\\ufffd\\ufffd", "???"},             /* a longer form */
	{"\xed\xa0\x80", "\\ufffd\\ufffd\\ufffd", "???"},             /* a surrogate */
	{"\xf4\x90\x80\x80", "\\ufffd\\ufffd\\ufffd\\ufffd", "????"}, /* past U+10FFFF */
	{"\xc2\x9b", "\\ufffd\\ufffd", "??"},                         /* a terminal's CSI */
};

static void utf8_stays(void **state)
{
	struct text t = {0};
	char copy[32];

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		text_clear(&t);
		text_escaped(&t, rows[i].octets, strlen(rows[i].octets));
		text_char(&t, 0);
		assert_string_equal(t.buf, rows[i].escaped);
		strcpy(copy, rows[i].octets);
		utf8_clean(copy);
		assert_string_equal(copy, rows[i].cleaned);
	}
	text_free(&t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(utf8_stays)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
