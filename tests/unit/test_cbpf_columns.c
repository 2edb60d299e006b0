/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A batch of packets says, packet by packet, what the stepper says of each alone. */
#include "vm_columns.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "random_prog.h"

#define PACKETS (3 * CBPF_COLUMNS_BATCH + 5)
#define BYTES 72

static const struct cbpf_skb skb = {.has_mac = true, .has_net = true, .net = 14};
static uint8_t bytes[PACKETS][BYTES];
static struct cbpf_packet packets[PACKETS];

/* Every third has headers to count from; the first has no bytes. */
static void make_packets(void)
{
	for (uint32_t p = 0; p < PACKETS; p++) {
		struct cbpf_packet *pkt = &packets[p];

		*pkt = (struct cbpf_packet){.data = bytes[p], .skb = p % 3 ? NULL : &skb};
		pkt->caplen = p ? random_packet(bytes[p], 1, BYTES) : 0;
		pkt->len = pkt->caplen + random_below(2) * 9;
	}
}

/* What columns cannot do becomes a load of a constant. */
static void make_possible(struct cbpf_prog *prog)
{
	for (uint32_t n = 0; n < prog->len; n++) {
		struct cbpf_prog one = {.insns = &prog->insns[n], .len = 1};

		if (!cbpf_columns_can(&one))
			prog->insns[n] = (struct sock_filter){
				.code = BPF_LD | BPF_IMM | (n % 2 ? 0 : BPF_LDX), .k = n};
	}
}

static void compare(const struct cbpf_prog *prog, const char *what)
{
	uint32_t expected[PACKETS], rets[CBPF_COLUMNS_BATCH], many[PACKETS], p = 0, n;
	struct cbpf_error err;
	struct cbpf_vm *vm;

	assert_true(cbpf_columns_can(prog));
	assert_int_equal(cbpf_vm_new(&vm, prog, &err), 0);
	cbpf_vm_run_many(vm, packets, PACKETS, many);
	cbpf_vm_free(vm);
	for (p = 0; p < PACKETS; p++)
		expected[p] = cbpf_step_through(prog, &packets[p]);
	for (p = 0; p < PACKETS; p += n) {
		n = 1 + random_below(CBPF_COLUMNS_BATCH);
		n = n < PACKETS - p ? n : PACKETS - p;
		cbpf_columns_run(prog->insns, prog->len, packets + p, n, rets);
		for (uint32_t i = 0; i < n; i++)
			if (rets[i] != expected[p + i] || many[p + i] != expected[p + i])
				fail_msg("%s, packet %u: %#x in columns, %#x among many, %#x alone",
					 what, p + i, rets[i], many[p + i], expected[p + i]);
	}
}

static void test_random_programs(void **state)
{
	struct sock_filter insns[40];
	char what[32];

	(void)state;
	random_state = 5;
	for (int i = 0; i < 3000; i++) {
		struct cbpf_prog prog = {.insns = insns};

		prog.len = random_prog(insns, i % 2 ? 40 : 12);
		make_possible(&prog);
		make_packets();
		snprintf(what, sizeof(what), "program %d", i);
		compare(&prog, what);
	}
}

/* X + k may come out in a header, or wrap back into the packet. */
static void test_addresses(void **state)
{
	static const uint32_t xs[] = {0,          1,           60,         0x7fffffff, 0x80000000,
				      SKF_LL_OFF, SKF_NET_OFF, SKF_AD_OFF, 0xffffffff};
	static const uint32_t ks[] = {0, 1, 4, 0x7fffffff, (uint32_t)SKF_LL_OFF, 0xfffffffe};
	static const uint16_t loads[] = {0x40, 0x48, 0x50};

	(void)state;
	random_state = 7;
	make_packets();
	for (uint32_t i = 0; i < 9 * 6 * 3; i++) {
		struct sock_filter insns[] = {{0x01, 0, 0, xs[i % 9]},
					      {loads[i / 54], 0, 0, ks[i / 9 % 6]},
					      {0x16, 0, 0, 0}};
		struct cbpf_prog prog = {.insns = insns, .len = 3};
		char what[64];

		snprintf(what, sizeof(what), "x %#x, k %#x, %#x", insns[0].k, insns[1].k,
			 insns[1].code);
		compare(&prog, what);
	}
}

/* A packet comes to an instruction by several ways at once. */
static void test_catalogue(void **state)
{
	const struct cbpf_entry *e;
	unsigned int ran = 0;

	(void)state;
	random_state = 11;
	for (unsigned int i = 0; (e = cbpf_catalogue_at(i)); i++) {
		struct cbpf_prog prog;
		struct cbpf_error err;

		assert_int_equal(cbpf_catalogue_compile(&prog, e, -1, 65535, true, &err), 0);
		make_packets();
		if (cbpf_columns_can(&prog)) {
			compare(&prog, e->name);
			ran++;
		}
		cbpf_free(&prog);
	}
	assert_true(ran > 0);
}

static void test_cannot(void **state)
{
	static const struct {
		const char *what;
		struct sock_filter insn;
	} rows[] = {{"st", {0x02, 0, 0, 0}},
		    {"stx", {0x03, 0, 0, 0}},
		    {"ld M[]", {0x60, 0, 0, 0}},
		    {"ldx M[]", {0x61, 0, 0, 0}},
		    {"div x", {0x3c, 0, 0, 0}},
		    {"mod x", {0x9c, 0, 0, 0}},
		    {"metadata", {0x20, 0, 0, (uint32_t)SKF_AD_OFF}},
		    {"a header", {0x30, 0, 0, (uint32_t)SKF_NET_OFF}},
		    {"a header's length", {0xb1, 0, 0, (uint32_t)SKF_NET_OFF}}};
	struct sock_filter *longest = calloc(CBPF_COLUMNS_INSNS + 1, sizeof(*longest));
	struct cbpf_prog prog = {.insns = longest, .len = CBPF_COLUMNS_INSNS};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct sock_filter insns[] = {rows[i].insn, {0x16, 0, 0, 0}};
		struct cbpf_prog two = {.insns = insns, .len = 2};

		if (cbpf_columns_can(&two))
			fail_msg("%s", rows[i].what);
	}
	assert_non_null(longest);
	for (uint32_t n = 0; n <= CBPF_COLUMNS_INSNS; n++)
		longest[n] = (struct sock_filter){0x04, 0, 0, n};
	longest[CBPF_COLUMNS_INSNS - 1].code = 0x16;
	compare(&prog, "the longest");
	prog.len++;
	assert_false(cbpf_columns_can(&prog));
	free(longest);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_random_programs), cmocka_unit_test(test_addresses),
		cmocka_unit_test(test_catalogue), cmocka_unit_test(test_cannot)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
