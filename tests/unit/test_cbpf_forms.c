/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The text forms: written as libpcap writes them, read back to the same instructions, refused with
 * a place. */
#include "cbpf.h"

#include <errno.h>
#include <pcap/pcap.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "refusals.h"

#define ROWS(a) (sizeof(a) / sizeof((a)[0]))

/* Every 16-bit opcode, at several k: the same line as libpcap's own printer. */
static void test_image_is_libpcaps(void **state)
{
	static const uint32_t ks[] = {0,          1,          20,         0x88f7,
				      0x7fffffff, 0xfffff000, 0xfffff02c, 0xfffff030,
				      0xfffff03c, 0xfffff040, 0xffffffff};
	char image[CBPF_IMAGE_SIZE];

	(void)state;
	for (uint32_t code = 0; code <= UINT16_MAX; code++)
		for (size_t i = 0; i < ROWS(ks); i++) {
			struct sock_filter insn = {(uint16_t)code, 3, 200, ks[i]};
			struct bpf_insn theirs = {(uint16_t)code, 3, 200, ks[i]};

			cbpf_image(image, &insn, 17);
			if (strcmp(image, bpf_image(&theirs, 17)))
				fail_msg("code 0x%x k 0x%x: '%s', libpcap '%s'", code, ks[i], image,
					 bpf_image(&theirs, 17));
		}
}

static void check_round(const struct cbpf_prog *prog, enum cbpf_form form, enum cbpf_form read_as)
{
	struct cbpf_error err = {0};
	struct cbpf_prog back;
	uint32_t n;
	size_t len;
	char *text;

	if (form <= CBPF_FORM_D_1_11 && !cbpf_listing_shows_all(prog, &n))
		return;
	assert_int_equal(cbpf_write(&text, &len, prog, form), 0);
	if (cbpf_read(&back, text, len, read_as, &err))
		fail_msg("form %d, line %u column %u: %s\n%s", form, err.line, err.column, err.text,
			 text);
	assert_int_equal(back.len, prog->len);
	assert_memory_equal(back.insns, prog->insns, prog->len * sizeof(*prog->insns));
	assert_int_equal(back.linktype, -1);
	cbpf_free(&back);
	free(text);
}

static void test_compiled_round_trip(void **state)
{
	static const char *const rows[] = {"",
					   "ip",
					   "src 192.168.0.18",
					   "tcp port 80",
					   "portrange 1000-2000",
					   "vlan 5 and ip6",
					   "ether[0] & 1 != 0 and len > 100",
					   "tcp[tcpflags] & (tcp-syn|tcp-fin) != 0",
					   "ip[2:2] - ((ip[0] & 0xf) << 2) % 7 = 3",
					   "mpls 100"};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++)
		for (int optimize = 0; optimize < 2; optimize++) {
			struct cbpf_error err;
			struct cbpf_prog prog;

			assert_int_equal(
				cbpf_compile(&prog, rows[i], DLT_EN10MB, 262144, optimize, &err),
				0);
			for (enum cbpf_form f = CBPF_FORM_D; f <= CBPF_FORM_RAW_BE; f++) {
				check_round(&prog, f, f);
				check_round(&prog, f, CBPF_FORM_AUTO);
			}
			cbpf_free(&prog);
		}
}

/* All opcodes in one program: numbers carry them all; a listing those that it can show. */
static void test_every_opcode(void **state)
{
	static struct sock_filter insns[65536];
	struct cbpf_prog prog = {.insns = insns, .len = 65536}, one = {.len = 1};

	(void)state;
	for (uint32_t i = 0; i < 65536; i++) {
		insns[i] = (struct sock_filter){(uint16_t)i, (uint8_t)i, (uint8_t)(i >> 8),
						i * 2654435761U};
		one.insns = &insns[i];
		check_round(&one, CBPF_FORM_D, CBPF_FORM_AUTO);
	}
	for (enum cbpf_form f = CBPF_FORM_DD; f <= CBPF_FORM_SS; f++)
		check_round(&prog, f, CBPF_FORM_AUTO);
	check_round(&prog, CBPF_FORM_RAW_LE,
		    CBPF_FORM_RAW_LE); /* its opcodes do not tell the order */
	check_round(&prog, CBPF_FORM_RAW_BE, CBPF_FORM_RAW_BE);
}

static void test_what_a_listing_leaves_out(void **state)
{
	static const struct {
		struct sock_filter insn;
		bool shown;
	} rows[] = {
		{{0x07, 0, 0, 0}, true},   {{0x07, 0, 0, 6}, false}, {{0x28, 0, 0, 12}, true},
		{{0x28, 1, 0, 12}, false}, {{0x15, 1, 2, 3}, true},  {{0x1d, 1, 2, 3}, false},
		{{0x8f, 0, 0, 0}, true},   {{0x8f, 0, 0, 1}, false}, {{0x16, 0, 0, 1}, false},
		{{0x80, 0, 0, 1}, false},  {{0x05, 0, 0, 1}, true},  {{0x05, 0, 1, 1}, false},
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct sock_filter insns[2] = {{6, 0, 0, 0}, rows[i].insn};
		struct cbpf_prog prog = {.insns = insns, .len = 2};
		uint32_t n = 9;

		assert_int_equal(cbpf_listing_shows_all(&prog, &n), rows[i].shown);
		assert_int_equal(n, rows[i].shown ? 9 : 1);
	}
}

static const struct refusal bad[] = {
	{"", 1, 1, "there is no program in this text"},
	{" \n\n", 3, 1, "there is no program in this text"},
	{"%%", 1, 1, "'%%' stands where a program (dump -F lists the forms) should"},
	{"\x01", 1, 1, "byte 0x01 stands where a program (dump -F lists the forms) should"},
	{"2\n6 0 0 1\n", 1, 1, "the count says 2 instructions and 1 follow"},
	{"0\n", 2, 1, "there is no instruction in this text"},
	{"1\n6 0 0\n", 3, 1, "the text ends where k should stand"},
	{"1\n6 0 256 1\n", 2, 5, "jf is out of range: 256, the largest is 255"},
	{"1\n65536 0 0 1\n", 2, 1, "an opcode is out of range: 65536, the largest is 65535"},
	{"1\n6 0 0 4294967296\n", 2, 7, "k is out of range: 4294967296, the largest is 4294967295"},
	{"1\n6 0 0 99999999999999999999999999\n", 2, 7,
	 "k is out of range: 999999999999999999999999, the largest is 4294967295"},
	{"1\n6 zero 0 1\n", 2, 3, "'zero' stands where jt should"},
	{"{ 0x6, 0, 0, 0x1 }, 0x6", 1, 21, "'0x6' stands where '{' of an instruction should"},
	{"{ 0x6, 0, 0, 0x1\n", 2, 1, "the text ends where '}' should stand"},
	{"{ 0x6, 0 0, 0x1 },\n", 1, 10, "'0,' stands where a comma should"},
	{"(000) ret #1 2\n", 1, 14, "'2' stands where the end of the line should"},
	{"(000) ret #1\n(002) ret #0\n", 2, 1,
	 "instruction 2 stands where 1 should: a line is missing or moved"},
	{"(000) jeq #0x1 jt 1 jf 300\n", 1, 21,
	 "instruction 0 cannot jump to 300: jf reaches from 1 to 256"},
	{"(000) ret #1\n(001) jeq #0x1 jt 0 jf 2\n", 2, 16,
	 "instruction 1 cannot jump to 0: jt reaches from 2 to 257"},
	{"(000) fly #1\n", 1, 7, "there is no instruction 'fly'"},
	{"(000) tax #1\n", 1, 7, "'tax' takes no such operand"},
	{"(000) ldh [vlan_tpi]\n", 1, 12,
	 "'vlan_tpi]' stands where an offset or the name of an ancillary load should"},
	{"(000) ldh [12\n", 1, 14, "the line ends where ] should stand"},
};

static void test_refusals(void **state)
{
	(void)state;
	expect_refusals(bad, ROWS(bad));
}

/* Hand-made texts that are right: blanks, missing newline, both spellings of `ret a`, negative
 * numbers. */
static void test_tolerant_reading(void **state)
{
	static const struct {
		const char *text;
		struct sock_filter last;
	} rows[] = {
		{"(000) ret", {0x16, 0, 0, 0}},
		{"(000) ret      \r\n", {0x16, 0, 0, 0}},
		{"(000) ret a", {0x16, 0, 0, 0}},
		{"(000) ldh      [vlanp]\n", {0x28, 0, 0, 0xfffff030}},
		{"(000) ld       [x + -1]\n", {0x40, 0, 0, 0xffffffff}},
		{"(000) ja       0\n", {0x05, 0, 0, 0xffffffff}},
		{"\n1\n6 0 0 1", {6, 0, 0, 1}},
		{"1\n40 0 0 -4096\n", {0x28, 0, 0, 0xfffff000}},
		{"{6,0,0,1}", {6, 0, 0, 1}},
		{"{ 0x28, 0, 0, 12 },\n{ 0x06, 0,\n0, 1 },", {6, 0, 0, 1}},
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct cbpf_error err = {0};
		struct cbpf_prog prog;

		if (cbpf_read(&prog, rows[i].text, strlen(rows[i].text), CBPF_FORM_AUTO, &err))
			fail_msg("row %zu: %s", i, err.text);
		assert_memory_equal(&prog.insns[prog.len - 1], &rows[i].last, sizeof(rows[i].last));
		cbpf_free(&prog);
	}
}

static void test_compile_refuses(void **state)
{
	struct cbpf_prog prog = {.len = 7};
	struct cbpf_error err;

	(void)state;
	assert_int_equal(cbpf_compile(&prog, "tcp and and", DLT_EN10MB, 65535, true, &err),
			 -EINVAL);
	assert_string_equal(
		err.text,
		"the expression 'tcp and and' does not compile: can't parse filter expression: "
		"syntax error");
	assert_int_equal(cbpf_compile(&prog, "ip broadcast", DLT_EN10MB, 65535, true, &err),
			 -EINVAL);
	assert_int_equal(prog.len, 7);
	assert_int_equal(cbpf_linktype("EN10MB", &err), 1);
	assert_int_equal(cbpf_linktype("dsa_tag_edsa", &err), 285);
	assert_int_equal(cbpf_linktype("284", &err), 284);
	assert_int_equal(cbpf_linktype("Ethernot", &err), -EINVAL);
	assert_int_equal(cbpf_linktype("70000", &err), -EINVAL);
	assert_int_equal(cbpf_linktype_of_file(101), DLT_RAW);
	assert_int_equal(cbpf_linktype_of_file(1), DLT_EN10MB);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_image_is_libpcaps),
		cmocka_unit_test(test_compiled_round_trip),
		cmocka_unit_test(test_every_opcode),
		cmocka_unit_test(test_what_a_listing_leaves_out),
		cmocka_unit_test(test_refusals),
		cmocka_unit_test(test_tolerant_reading),
		cmocka_unit_test(test_compile_refuses),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
