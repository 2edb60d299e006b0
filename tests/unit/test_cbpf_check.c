/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What cbpf_check() predicts is what the kernel says: rule by rule, and at the edges of the limits.
 */
#include "check.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "skip.h"

#define ROWS(a) (sizeof(a) / sizeof((a)[0]))
#define RET(k)                                                                                     \
	{                                                                                          \
		0x06, 0, 0, k                                                                      \
	}

static uint32_t optmem_max;

static int asked(const struct cbpf_prog *prog)
{
	int fds[2], ret;

	assert_int_equal(socketpair(AF_UNIX, SOCK_DGRAM, 0, fds), 0);
	ret = cbpf_attach(fds[1], prog);
	close(fds[0]);
	close(fds[1]);
	return ret;
}

static const struct {
	struct sock_filter insns[6];
	uint32_t len;
	enum cbpf_rule rule;
	const char *text;
} rows[] = {
	{{RET(0)}, 1, CBPF_RULE_NONE, ""},
	{{RET(0)}, 0, CBPF_RULE_EMPTY, "there is no instruction"},
	{{{0x8f, 0, 0, 0}, RET(0)},
	 2,
	 CBPF_RULE_OPCODE,
	 "insn 0: Linux has no instruction with the opcode 0x8f"},
	{{RET(0), {0x0e, 0, 0, 0}},
	 2,
	 CBPF_RULE_OPCODE,
	 "insn 1: Linux has no instruction with the opcode 0xe"},
	{{{0x128, 0, 0, 0}, RET(0)},
	 2,
	 CBPF_RULE_OPCODE,
	 "insn 0: Linux has no instruction with the opcode 0x128"},
	{{{0x34, 0, 0, 0}, RET(0)}, 2, CBPF_RULE_DIVISION, "insn 0: division by the constant 0"},
	{{{0x94, 0, 0, 0}, RET(0)}, 2, CBPF_RULE_DIVISION, "insn 0: division by the constant 0"},
	{{{0x3c, 0, 0, 0}, RET(0)}, 2, CBPF_RULE_NONE, ""},
	{{{0x64, 0, 0, 32}, RET(0)}, 2, CBPF_RULE_SHIFT, "insn 0: shift by 32, a word has 32 bits"},
	{{{0x74, 0, 0, 31}, RET(0)}, 2, CBPF_RULE_NONE, ""},
	{{{0x02, 0, 0, 16}, RET(0)}, 2, CBPF_RULE_MEMORY, "insn 0: M[16], the last one is M[15]"},
	{{{0x03, 0, 0, 15}, RET(0)}, 2, CBPF_RULE_NONE, ""},
	{{{0x61, 0, 0, 99}, RET(0)}, 2, CBPF_RULE_MEMORY, "insn 0: M[99], the last one is M[15]"},
	{{{0x05, 0, 0, 1}, RET(0)},
	 2,
	 CBPF_RULE_JUMP,
	 "insn 0: jump to 2, past the end (2 instructions)"},
	{{{0x05, 0, 0, 0}, RET(0)}, 2, CBPF_RULE_NONE, ""},
	{{RET(0), {0x05, 0, 0, 0xfffffffe}, RET(0)},
	 3,
	 CBPF_RULE_JUMP,
	 "insn 1: jump back by 1; a filter only jumps forward"},
	{{{0x15, 0, 1, 0}, RET(0)},
	 2,
	 CBPF_RULE_JUMP,
	 "insn 0: jump to 2, past the end (2 instructions)"},
	{{{0x15, 9, 0, 0}, RET(0)},
	 2,
	 CBPF_RULE_JUMP,
	 "insn 0: jump to 10, past the end (2 instructions)"},
	{{{0x20, 0, 0, 0xfffff040}, RET(0)},
	 2,
	 CBPF_RULE_ANCILLARY,
	 "insn 0: there is no ancillary load SKF_AD_OFF + 64"},
	{{{0x20, 0, 0, 0xfffff001}, RET(0)},
	 2,
	 CBPF_RULE_ANCILLARY,
	 "insn 0: there is no ancillary load SKF_AD_OFF + 1"},
	{{{0x30, 0, 0, 0xfffff03c}, RET(0)}, 2, CBPF_RULE_NONE, ""},
	{{{0x40, 0, 0, 0xfffff040}, RET(0)}, 2, CBPF_RULE_NONE, ""},
	{{{0xb1, 0, 0, 0xfffff040}, RET(0)}, 2, CBPF_RULE_NONE, ""},
	{{{0x30, 0, 0, 0x80000000}, RET(0)}, 2, CBPF_RULE_NONE, ""},
	{{RET(0), {0x04, 0, 0, 1}}, 2, CBPF_RULE_RETURN, "insn 1: the last instruction is no ret"},
	{{{0x60, 0, 0, 0}, RET(0)},
	 2,
	 CBPF_RULE_UNINITIALISED,
	 "insn 0: M[0] is read, and not written on every way here"},
	{{{0x02, 0, 0, 0}, {0x60, 0, 0, 0}, RET(0)}, 3, CBPF_RULE_NONE, ""},
	{{{0x15, 0, 1, 0}, {0x02, 0, 0, 0}, {0x60, 0, 0, 0}, RET(0)},
	 4,
	 CBPF_RULE_UNINITIALISED,
	 "insn 2: M[0] is read, and not written on every way here"},
	{{{0x15, 0, 1, 0}, RET(1), {0x61, 0, 0, 3}, RET(0)},
	 4,
	 CBPF_RULE_UNINITIALISED,
	 "insn 2: M[3] is read, and not written on every way here"},
	/* behind a ret nothing is reached, and the rule still holds */
	{{RET(7), {0x60, 0, 0, 3}, {0x16, 0, 0, 0}},
	 3,
	 CBPF_RULE_UNINITIALISED,
	 "insn 1: M[3] is read, and not written on every way here"},
	/* behind a ja everything counts as written */
	{{{0x05, 0, 0, 1}, {0x60, 0, 0, 3}, RET(0)}, 3, CBPF_RULE_NONE, ""},
};

static void test_rules(void **state)
{
	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct cbpf_prog prog = {.insns = (struct sock_filter *)rows[i].insns,
					 .len = rows[i].len};
		struct cbpf_finding f;
		bool good = cbpf_check(&prog, optmem_max, &f);

		if (f.rule != rows[i].rule || strcmp(f.text, rows[i].text) || good != !f.rule)
			fail_msg("row %zu: %s: '%s'", i, cbpf_rule_name(f.rule), f.text);
		if (asked(&prog) != f.error)
			fail_msg("row %zu: predicted %d, the kernel says %d", i, f.error,
				 asked(&prog));
	}
}

/* Every opcode, alone before a ret. */
static void test_opcodes(void **state)
{
	(void)state;
	for (uint32_t code = 0; code <= 0x1ff; code++) {
		struct sock_filter insns[] = {{(uint16_t)code, 0, 0, 1}, RET(0)};
		struct cbpf_prog prog = {.insns = insns, .len = 2};
		struct cbpf_finding f;

		cbpf_check(&prog, optmem_max, &f);
		if (asked(&prog) != f.error)
			fail_msg("opcode 0x%x: predicted %d, the kernel says %d", code, f.error,
				 asked(&prog));
	}
}

static struct sock_filter big[BPF_MAXINSNS + 1];

/* `count` times one instruction, then `tail` times `add #1`, then ret; a `ja` over all in front. */
static struct cbpf_prog repeated(struct sock_filter insn, uint32_t count, uint32_t tail, bool over)
{
	struct cbpf_prog prog = {.insns = big};

	if (over)
		big[prog.len++] = (struct sock_filter){0x05, 0, 0, count};
	while (count--)
		big[prog.len++] = insn;
	while (tail--)
		big[prog.len++] = (struct sock_filter){0x04, 0, 0, 1};
	big[prog.len++] = (struct sock_filter)RET(1);
	return prog;
}

static void compare(const struct cbpf_prog *prog, const char *what, uint32_t n)
{
	struct cbpf_finding f;

	cbpf_check(prog, optmem_max, &f);
	if (asked(prog) != f.error)
		fail_msg("%s %u: predicted %d (%s), the kernel says %d", what, n, f.error, f.text,
			 asked(prog));
}

/* Each kind of instruction, where its converted length decides on ENOMEM. */
static void test_option_memory(void **state)
{
	static const struct sock_filter kinds[] = {
		{0x28, 0, 0, 0},          {0x28, 0, 0, 1},          {0x20, 0, 0, 40000},
		{0x30, 0, 0, 1},          {0x28, 0, 0, 0xfff00000}, {0x40, 0, 0, 0},
		{0x40, 0, 0, 1},          {0xb1, 0, 0, 14},         {0x3c, 0, 0, 0},
		{0x15, 1, 1, 5},          {0x15, 1, 1, 0x80000000}, {0x45, 0, 1, 5},
		{0x25, 0, 1, 5},          {0x20, 0, 0, 0xfffff008}, {0x20, 0, 0, 0xfffff030},
		{0x20, 0, 0, 0xfffff000}, {0x20, 0, 0, 0xfffff038}, {0x20, 0, 0, 0xfffff014},
	};

	(void)state;
	if (optmem_max != CBPF_OPTMEM_DEFAULT)
		skip_because("net.core.optmem_max is not the kernel's default");
	for (size_t k = 0; k < ROWS(kinds); k++) {
		/* 1,700 IND loads of 9 each and a few of this kind, then steps of one around the
		 * limit */
		for (uint32_t tail = 1030; tail < 1100; tail++) {
			struct cbpf_prog prog =
				repeated((struct sock_filter){0x40, 0, 0, 1}, 1700, tail, false);

			for (uint32_t i = 0; i < 3; i++)
				big[i * 2 + 100] = kinds[k];
			compare(&prog, "option memory", tail);
		}
	}
}

static void test_long_jumps(void **state)
{
	struct sock_filter ind = {0x40, 0, 0, 1}, abs = {0x28, 0, 0, 1};

	(void)state;
	for (uint32_t n = 3630; n < 3650; n++) {
		struct cbpf_prog prog = repeated(ind, n, 0, true);

		compare(&prog, "ja over IND loads", n);
		prog = repeated(ind, n, 0, false);
		big[n - 1] = (struct sock_filter){0x15, 0, 0, 0};
		compare(&prog, "a jump far down", n);
	}
	for (uint32_t n = 2330; n < 2350; n++) {
		struct cbpf_prog prog = repeated(abs, n, 0, true);

		compare(&prog, "ja over ABS loads", n);
		prog = repeated(abs, n, 1, false);
		big[n - 1] = (struct sock_filter){0x15, 1, 1, 0x80000000};
		compare(&prog, "three instructions far down", n);
	}
}

static void test_length(void **state)
{
	(void)state;
	for (uint32_t n = BPF_MAXINSNS - 2; n <= BPF_MAXINSNS; n++) {
		struct cbpf_prog prog = repeated((struct sock_filter){0x04, 0, 0, 1}, n, 0, false);
		struct cbpf_finding f;

		compare(&prog, "length", n);
		cbpf_check(&prog, optmem_max, &f);
		assert_int_equal(f.rule, n < BPF_MAXINSNS ? CBPF_RULE_NONE : CBPF_RULE_TOO_LONG);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rules),         cmocka_unit_test(test_opcodes),
		cmocka_unit_test(test_option_memory), cmocka_unit_test(test_long_jumps),
		cmocka_unit_test(test_length),
	};
	FILE *f = fopen("/proc/sys/net/core/optmem_max", "r");

	if (!f || fscanf(f, "%u", &optmem_max) != 1)
		optmem_max = CBPF_OPTMEM_DEFAULT;
	if (f)
		fclose(f);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
