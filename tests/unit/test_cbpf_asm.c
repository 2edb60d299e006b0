/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The assembler and the other forms that are not tcpdump's: texts and the instructions they are. */
#include "cbpf.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "refusals.h"

#define ROWS(a) (sizeof(a) / sizeof((a)[0]))
#define AD(name) ((uint32_t)SKF_AD_OFF + SKF_AD_##name)

/* Each text, and the first instructions it becomes. */
static const struct {
	const char *text;
	uint32_t len;
	struct sock_filter insns[4];
} rows[] = {
	{"ldh [12]\njne #0x806, drop\nret #-1\ndrop: ret #0\n",
	 4,
	 {{0x28, 0, 0, 12}, {0x15, 0, 1, 0x806}, {6, 0, 0, 0xffffffff}, {6, 0, 0, 0}}},
	{"LDB [x + 4]\njeq #1, yes, no\nyes: ret a\nno: ret %a",
	 4,
	 {{0x50, 0, 0, 4}, {0x15, 0, 1, 1}, {0x16, 0, 0, 0}, {0x16, 0, 0, 0}}},
	{"jlt #5, low\njle x, low\nlow:\nret #1",
	 3,
	 {{0x35, 0, 1, 5}, {0x2d, 0, 0, 0}, {6, 0, 0, 1}}},
	{"jset #010, on\nret #0b101\non: ret #0x10",
	 3,
	 {{0x45, 1, 0, 8}, {6, 0, 0, 5}, {6, 0, 0, 16}}},
	{"ld #vlan_avail\nldb vlan_tci\nldh #vlan_pr",
	 3,
	 {{0x20, 0, 0, AD(VLAN_TAG_PRESENT)},
	  {0x30, 0, 0, AD(VLAN_TAG)},
	  {0x28, 0, 0, AD(VLAN_TAG_PRESENT)}}},
	{"ld #rand ld #len ldx #len ldx 4*([14]&0xf)",
	 4,
	 {{0x20, 0, 0, AD(RANDOM)}, {0x80, 0, 0, 0}, {0x81, 0, 0, 0}, {0xb1, 0, 0, 14}}},
	{"ldi 5\nldxi #6\nld M[3]\nldx M[15]",
	 4,
	 {{0, 0, 0, 5}, {1, 0, 0, 6}, {0x60, 0, 0, 3}, {0x61, 0, 0, 15}}},
	{"ld [%x+1]\nld [x-1]\nld [x]\nst M[0]",
	 4,
	 {{0x40, 0, 0, 1}, {0x40, 0, 0, 0xffffffff}, {0x40, 0, 0, 0}, {2, 0, 0, 0}}},
	{"ja over ; a comment\nret #0 // another\n/* and\none more */ over: ret #1",
	 3,
	 {{5, 0, 0, 1}, {6, 0, 0, 0}, {6, 0, 0, 1}}},
	{"jmp end\n# a line for cpp\nend: tax\nneg\nxor x",
	 4,
	 {{5, 0, 0, 0}, {7, 0, 0, 0}, {0x84, 0, 0, 0}, {0xac, 0, 0, 0}}},
	{".insn 0x8f, 1, 255, 0xffffffff", 1, {{0x8f, 1, 255, 0xffffffff}}},
	{"2,40 0 0 12,6 0 0 4294967295", 2, {{0x28, 0, 0, 12}, {6, 0, 0, 0xffffffff}}},
	{"2,40 0 0 12,6 0 0 1,\n", 2, {{0x28, 0, 0, 12}, {6, 0, 0, 1}}},
	{"bpf filter (2):  0x28 0 0 12, 0x06 0 0 1,\n", 2, {{0x28, 0, 0, 12}, {6, 0, 0, 1}}},
	{"0x28 0 0 12, 0x06 0 0 1", 2, {{0x28, 0, 0, 12}, {6, 0, 0, 1}}},
	{"40 0 0 12\n6 0 0 1\n", 2, {{0x28, 0, 0, 12}, {6, 0, 0, 1}}},
	{"static const struct sock_filter f[] = { /* two */\n{ 0x28, 0, 0, 12 }, // load\n{ 6, 0, "
	 "0, 010 }\n};\n",
	 2,
	 {{0x28, 0, 0, 12}, {6, 0, 0, 8}}},
};

static void test_texts(void **state)
{
	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct cbpf_error err = {0};
		struct cbpf_prog prog;

		if (cbpf_read(&prog, rows[i].text, strlen(rows[i].text), CBPF_FORM_AUTO, &err))
			fail_msg("row %zu, line %u column %u: %s", i, err.line, err.column,
				 err.text);
		if (prog.len != rows[i].len ||
		    memcmp(prog.insns, rows[i].insns, prog.len * sizeof(*prog.insns)))
			fail_msg("row %zu: other instructions", i);
		cbpf_free(&prog);
	}
}

static const struct refusal bad[] = {
	{"ja nowhere\nret #0", 1, 4, "there is no label 'nowhere'"},
	{"here: ret #0\nja here", 2, 4, "insn 1 jumps back to insn 0; a filter only jumps forward"},
	{"aa: ret #0\nbb: ret #1\naa: ret #2", 3, 1, "the label 'aa' stands twice"},
	{"jeq #1\nret #0", 1, 7, "the line ends where a comma should stand"},
	{"jeq #1, 5\nret #0", 1, 9, "'5' stands where a label should"},
	{"jeq [4], on\non: ret #0", 1, 1, "'jeq' takes no such operand"},
	{"ret #4294967296", 1, 6,
	 "a number is out of range: 4294967296, the largest is 4294967295"},
	{"ret x", 1, 1, "'ret' takes no such operand"},
	{"ld [12", 1, 7, "the text ends where ] should stand"},
	{"ld [x + ]", 1, 9, "']' stands where an offset should"},
	{"ld #fly", 1, 5, "'fly' stands where a number should"},
	{"ret #0 /* no end", 1, 8, "this comment has no end"},
	{".insn 1, 2, 3", 1, 14, "the text ends where a comma should stand"},
	{".insn 1, 256, 3, 4", 1, 10, "jt is out of range: 256, the largest is 255"},
	{"3,40 0 0 12,6 0 0 1", 1, 1, "the count says 3 instructions and 2 follow"},
	{"2,40 0 0 12;6 0 0 1", 1, 12, "';6' stands where a comma should"},
	{"bpf filter (1):  0x28 0 0", 1, 26, "the text ends where k should stand"},
	{"struct sock_filter f[] = {\n{ 0x28, 0, 0, 12 },\n", 3, 1,
	 "the text ends where '}' of the array should stand"},
	{"struct sock_filter f[] = {\n{ 0x28, 0, 0, 12 } };\nint x;", 3, 1,
	 "'int' stands where the end of the text should"},
	{"struct sock_filter f;", 1, 22, "the text ends where '{' should stand"},
};

static void test_refusals(void **state)
{
	(void)state;
	expect_refusals(bad, ROWS(bad));
}

static void test_too_far(void **state)
{
	struct cbpf_error err = {0};
	struct cbpf_prog prog;
	char text[8192];
	int n = sprintf(text, "jeq #1, far\n");

	(void)state;
	for (int i = 0; i < 256; i++)
		n += sprintf(text + n, "tax\n");
	sprintf(text + n, "far: ret #0\n");
	assert_int_equal(cbpf_read(&prog, text, strlen(text), CBPF_FORM_AUTO, &err), -EBADMSG);
	assert_string_equal(err.text,
			    "insn 0 jumps to insn 257, too far: a comparison reaches 256");
	assert_int_equal(err.line, 1);
	assert_int_equal(err.column, 9);
}

static void test_assembler_text(void **state)
{
	struct sock_filter insns[] = {{0x28, 0, 0, 12},
				      {0x15, 1, 0, 0x88f7},
				      {0x20, 0, 0, AD(ALU_XOR_X)},
				      {0x30, 0, 0, AD(VLAN_TAG_PRESENT)},
				      {0x05, 0, 0, 1},
				      {0x15, 0, 9, 1},
				      {0x07, 0, 0, 3},
				      {0x06, 0, 0, 0xffffffff}};
	struct cbpf_prog prog = {.insns = insns, .len = ROWS(insns)};
	char *text;

	(void)state;
	assert_int_equal(cbpf_write(&text, NULL, &prog, CBPF_FORM_ASM), 0);
	assert_string_equal(text, "\tldh [12]\n\tjeq #0x88f7, L3, L2\nL2:\n\tld "
				  "[0xfffff028]\nL3:\n\tldb #vlan_avail\n"
				  "\tja L6\n\t.insn 0x15, 0, 9, 0x1\nL6:\n\t.insn 0x7, 0, 0, 0x3\n"
				  "\tret #0xffffffff\n");
	free(text);
}

static void test_raw(void **state)
{
	static const struct {
		uint8_t bytes[16];
		size_t len;
		const char *says; /* NULL: read */
	} raws[] = {
		{{0x28, 0, 0, 0, 12, 0, 0, 0, 6, 0, 0, 0, 1, 0, 0, 0}, 16, NULL},
		{{0, 0x28, 0, 0, 0, 0, 0, 12, 0, 6, 0, 0, 0, 0, 0, 1}, 16, NULL},
		{{0x28, 0, 0, 0, 12, 0, 0, 0, 6, 0, 0, 0},
		 12,
		 "12 bytes are no raw program: an instruction has 8"},
		{{0x28, 1, 0, 0, 12, 0, 0, 0},
		 8,
		 "these bytes are no raw program: no byte order gives opcodes that Linux has"},
		{{0},
		 8,
		 "these bytes are no raw program: no byte order gives opcodes that Linux has"},
	};

	(void)state;
	for (size_t i = 0; i < ROWS(raws); i++) {
		struct cbpf_error err = {0};
		struct cbpf_prog prog;
		int ret = cbpf_read(&prog, (const char *)raws[i].bytes, raws[i].len, CBPF_FORM_AUTO,
				    &err);

		if (raws[i].says) {
			assert_int_equal(ret, -EBADMSG);
			assert_string_equal(err.text, raws[i].says);
			continue;
		}
		assert_int_equal(ret, 0);
		assert_int_equal(prog.len, 2);
		assert_memory_equal(prog.insns, rows[12].insns, 16);
		cbpf_free(&prog);
	}
}

/* Two megabytes: many labels, many instructions, one long word. */
static void test_large_texts(void **state)
{
	size_t room = 4 << 20, n = 0;
	char *text = malloc(room);
	struct cbpf_error err = {0};
	struct cbpf_prog prog;

	(void)state;
	assert_non_null(text);
	for (int i = 0; n < 2 << 20; i++)
		n += (size_t)sprintf(text + n, "label%d: jeq #%d, label%d\n", i, i, i + 1);
	assert_int_equal(cbpf_read(&prog, text, n, CBPF_FORM_AUTO, &err), -EBADMSG);
	assert_true(err.line > 60000 && strstr(err.text, "there is no label 'label"));
	memset(text, 'q', 2 << 20);
	assert_int_equal(cbpf_read(&prog, text, 2 << 20, CBPF_FORM_AUTO, &err), -EBADMSG);
	assert_string_equal(err.text, "there is no instruction 'qqqqqqq...'");
	memset(text, '1', 2 << 20);
	assert_int_equal(cbpf_read(&prog, text, 2 << 20, CBPF_FORM_AUTO, &err), -EBADMSG);
	for (n = 0; n < 2 << 20;)
		n += (size_t)sprintf(text + n, "6 0 0 4294967295\n");
	assert_int_equal(cbpf_read(&prog, text, n, CBPF_FORM_AUTO, &err), 0);
	assert_int_equal(prog.len, n / 17);
	cbpf_free(&prog);
	free(text);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_texts),          cmocka_unit_test(test_refusals),
		cmocka_unit_test(test_too_far),        cmocka_unit_test(test_raw),
		cmocka_unit_test(test_assembler_text), cmocka_unit_test(test_large_texts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
