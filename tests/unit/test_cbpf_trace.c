/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Why a packet is taken or not, in one sentence; control flow. */
#include "flow.h"
#include "trace.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define ROWS(a) (sizeof(a) / sizeof((a)[0]))

/* A program in assembler over the bytes 0 1 2 ... 19, and the sentence it ends in. */
static const struct {
	const char *text, *verdict;
} rows[] = {
	{"ret #0", "rejected at (000): it compares nothing on the way"},
	{"ret #5", "accepted at (000), up to 5 bytes: it compares nothing on the way"},
	{"ldh [12]\njeq #0xc0d, yes, no\nyes: ret #9\nno: ret #0",
	 "accepted at (001), up to 9 bytes: bytes 12-13 are 0xc0d"},
	{"ldb [7]\nand #0x5\njeq #0x8, yes, no\nyes: ret #9\nno: ret #0",
	 "rejected at (002): byte 7 & 0x5 is 0x5, not 0x8"},
	{"ldh [6]\nrsh #4\nand #0xf\nmul #3\nsub #2\nadd #1\njeq #8, yes, no\nyes: ret #9\nno: ret "
	 "#0",
	 "rejected at (006): ((((bytes 6-7 >> 4) & 0xf) * 3) - 2) + 1 is 0xffffffff, not 0x8"},
	{"ld #len\nsub #2\njgt #20, yes, no\nyes: ret #9\nno: ret #0",
	 "rejected at (002): the length - 2 is 18, not more than 20"},
	{"ld #len\njgt #20, yes, no\nyes: ret #9\nno: ret #0",
	 "rejected at (001): the length is 20, not more than 20"},
	{"ld #len\njge #21, yes, no\nyes: ret #9\nno: ret #0",
	 "rejected at (001): the length is 20, less than 21"},
	{"ldb [1]\njset #6, yes, no\nyes: ret #9\nno: ret #0",
	 "rejected at (001): byte 1 is 0x1, with no bit of 0x6"},
	{"ldxb 4*([1]&0xf)\nldb [x + 2]\njeq #6, yes, no\nyes: ret #9\nno: ret #0",
	 "accepted at (002), up to 9 bytes: byte 6 is 0x6"},
	{"ldb [3]\ntax\nldb [4]\nadd x\njeq x, yes, no\nyes: ret #9\nno: ret #0",
	 "rejected at (004): byte 4 + (byte 3) is 0x7, not 0x3 (byte 3)"},
	{"ldb [0]\nadd #1\nmul #2\nsub #3\nor #4\nxor #255\nand #127\nadd #44\nmul #1\nadd "
	 "#7\ntax\n"
	 "ldb [1]\njeq x, yes, no\nyes: ret #9\nno: ret #0",
	 "rejected at (012): byte 1 is 0x1, not 0x33 "
	 "(((((((((byte 0 + 1) * 2) - 3) | 0x4) ^ 0xff) & 0x7f) + 44) * 1) + 7)"},
	{"ldb [2]\nst M[1]\nld #0\nld M[1]\nlsh #3\njeq #16, yes, no\nyes: ret #9\nno: ret #0",
	 "accepted at (005), up to 9 bytes: byte 2 << 3 is 0x10"},
	{"ld [17]\nret #1",
	 "rejected at (000): it reads up to byte 20, and the packet has 20 bytes"},
	{"ldb [40]\nret #1", "rejected at (000): it reads byte 40, and the packet has 20 bytes"},
	{"ldb [0x80000000]\nret #1", "rejected at (000): it reads where the packet has nothing"},
	{"ldb [0]\ntax\nld #4\ndiv x\nret #1", "rejected at (003): division by byte 0, which is 0"},
	{"ld #7\nld #ifidx\nret #1",
	 "accepted at (001): the packet has no device, and the program ends with A, 7"},
};

static void test_verdicts(void **state)
{
	uint8_t bytes[20];
	struct cbpf_packet pkt = {.data = bytes, .caplen = sizeof(bytes), .len = sizeof(bytes)};

	(void)state;
	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (uint8_t)i;
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct cbpf_error err = {0};
		struct cbpf_tracer t;
		struct cbpf_prog prog;
		char verdict[CBPF_VERDICT_SIZE];

		if (cbpf_read(&prog, rows[i].text, strlen(rows[i].text), CBPF_FORM_ASM, &err))
			fail_msg("row %zu: %s", i, err.text);
		cbpf_tracer_init(&t, &prog, &pkt);
		while (cbpf_tracer_step(&t))
			;
		cbpf_tracer_verdict(&t, verdict);
		if (strcmp(verdict, rows[i].verdict))
			fail_msg("row %zu: %s", i, verdict);
		cbpf_free(&prog);
	}
}

static void test_flow(void **state)
{
	static const char text[] =
		"ldb [0]\njeq #1, on, off\nja on\ntax\non: ld #1\nret a\noff: ret #0\nret #2";
	static const bool leads[] = {true, false, true, true, true, false, true, true};
	static const bool reached[] = {true, true, false, false, true, true, true, false};
	struct cbpf_error err;
	struct cbpf_prog prog;
	uint32_t next[2];
	bool got[8];

	(void)state;
	assert_int_equal(cbpf_read(&prog, text, strlen(text), CBPF_FORM_ASM, &err), 0);
	assert_int_equal(prog.len, 8);
	cbpf_leaders(&prog, got);
	assert_memory_equal(got, leads, sizeof(leads));
	cbpf_reach(&prog, got);
	assert_memory_equal(got, reached, sizeof(reached));
	assert_int_equal(cbpf_successors(&prog, 1, next), 2);
	assert_int_equal(next[0], 4);
	assert_int_equal(next[1], 6);
	assert_int_equal(cbpf_successors(&prog, 2, next), 1);
	assert_int_equal(next[0], 4);
	assert_int_equal(cbpf_successors(&prog, 5, next), 0);
	cbpf_free(&prog);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_verdicts),
		cmocka_unit_test(test_flow),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
