/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The compiled engine says what the VM says: rules where compilers go wrong, headers and metadata,
 * random programs, the catalogue, a program of the largest size. */
#include "engine_jit.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include <cmocka.h>

#include "skip.h"

#include "random_prog.h"
#include "rule_rows.h"

#define ROWS(a) (sizeof(a) / sizeof((a)[0]))

static void *open_jit(const struct cbpf_prog *prog)
{
	struct cbpf_error err;
	void *state;
	int ret = cbpf_engine_jit.open(&state, prog, &err);

	if (ret == -ENOSYS || ret == -ENOENT)
		skip_because("%s", err.text);
	if (ret)
		fail_msg("%s", err.text);
	return state;
}

/* Alone, and as many of the same as it takes at once, and one more. */
static uint32_t run(void *state, const struct cbpf_packet *pkt)
{
	struct cbpf_packet pkts[65];
	uint32_t ret, rets[65];

	assert_null(cbpf_engine_jit.cannot(state, pkt));
	assert_int_equal(cbpf_engine_jit.run(state, pkt, &ret), 0);
	for (size_t i = 0; i < ROWS(pkts); i++)
		pkts[i] = *pkt;
	cbpf_engine_jit.run_many(state, pkts, ROWS(pkts), rets);
	for (size_t i = 0; i < ROWS(pkts); i++)
		assert_int_equal(rets[i], ret);
	return ret;
}

/* Of a frame of 50 bytes the first 40 are there. */
static const struct rule_row rows[] = {
	{"behind the cut", {{0x30, 0, 0, 40}, {0x06, 0, 0, 9}}, 0},
	{"half behind the cut", {{0x28, 0, 0, 39}, {0x06, 0, 0, 9}}, 0},
	{"at 2^31 - 1", {{0x20, 0, 0, 0x7fffffff}, {0x06, 0, 0, 9}}, 0},
	{"len counts what was cut", {{0x80, 0, 0, 0}, {0x16, 0, 0, 0}}, 50},
	{"metadata", {{0x20, 0, 0, AD(MARK)}, {0x16, 0, 0, 0}}, 0x1234},
	{"no device ends with A",
	 {{0x00, 0, 0, 77}, {0x20, 0, 0, AD(IFINDEX)}, {0x06, 0, 0, 9}},
	 77},
};

static void check_row(const struct rule_row *row, const struct cbpf_packet *pkt)
{
	const struct cbpf_prog prog = rule_program(row->insns);
	void *jit = open_jit(&prog);
	uint32_t ret = run(jit, pkt);

	cbpf_engine_jit.close(jit);
	if (ret != row->ret)
		fail_msg("%s: %#x, not %#x", row->rule, ret, row->ret);
}

static void test_rules(void **state)
{
	const struct cbpf_skb marked = {.mark = 0x1234};
	const struct cbpf_packet whole = rule_packet();
	struct cbpf_packet cut = whole;

	(void)state;
	cut.len = 50;
	cut.skb = &marked;
	for (size_t i = 0; i < RULE_ROWS; i++)
		check_row(&rule_rows[i], &whole);
	for (size_t i = 0; i < ROWS(rows); i++)
		check_row(&rows[i], &cut);
}

/* Mostly IPv4 and IPv6 with ports from 0 to 69, with and without options, often cut short. */
static uint32_t ip_packet(uint8_t *data, uint32_t max)
{
	static const uint8_t protos[] = {6, 17, 132, 1};
	uint32_t len = random_packet(data, 0, max), proto = protos[random_below(4)];

	memcpy(data + 12, random_below(3) ? "\x08\x00\x45" : "\x86\xdd\x60", 3);
	data[14] |= (uint8_t)random_below(4);
	data[20] = data[12] == 8 ? 0 : (uint8_t)proto;
	data[21] = 0;
	data[23] = (uint8_t)proto;
	for (uint32_t i = 34; i < 60; i += 2)
		data[i] = 0;
	return len;
}

#define PACKETS_MAX 512
#define PAGE 65536u /* or a part of it */

/* Where packet n ends, and what may be read ends, too: compiled code has no sanitizer. */
static uint8_t *end_of(int n)
{
	static uint8_t *all;

	if (!all) {
		all = mmap(NULL, 2ul * PAGE * PACKETS_MAX, PROT_READ | PROT_WRITE,
			   MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
		assert_true(all != MAP_FAILED);
		for (unsigned int i = 0; i < PACKETS_MAX; i++)
			assert_int_equal(mprotect(all + PAGE * (2 * i + 1), PAGE, PROT_NONE), 0);
	}
	return all + PAGE * (2 * (size_t)n + 1);
}

static void make_packets(struct cbpf_packet *pkts, int count, unsigned int max, bool ip)
{
	static uint8_t data[2048];

	for (int i = 0; i < count; i++) {
		uint32_t len = ip ? ip_packet(data, max) : random_packet(data, 0, max);

		memcpy(end_of(i) - len, data, len);
		pkts[i] = (struct cbpf_packet){
			.data = end_of(i) - len, .caplen = len, .len = len + random_below(2) * 9};
	}
}

/* Some packets, together and one by one; each returns what the VM says. */
static void compare(const struct cbpf_prog *prog, int count, unsigned int max, bool ip)
{
	static struct cbpf_packet pkts[PACKETS_MAX];
	static uint32_t rets[PACKETS_MAX];
	uint32_t got, expected;
	struct cbpf_error err;
	struct cbpf_vm *vm;
	void *jit = open_jit(prog);

	assert_int_equal(cbpf_vm_new(&vm, prog, &err), 0);
	make_packets(pkts, count, max, ip);
	cbpf_engine_jit.run_many(jit, pkts, (uint32_t)count, rets);
	for (int i = 0; i < count; i++) {
		expected = cbpf_vm_run(vm, &pkts[i]);
		assert_int_equal(cbpf_engine_jit.run(jit, &pkts[i], &got), 0);
		if (got != expected || rets[i] != expected)
			fail_msg("packet %d: %#x, among others %#x, the VM says %#x", i, got,
				 rets[i], expected);
	}
	cbpf_vm_free(vm);
	cbpf_engine_jit.close(jit);
}

/* Changes what is not done for many packets at once: X is the length of a header all the time, or
 * nothing counts from X. */
static void make_wide(struct sock_filter *insns, uint32_t len, bool behind)
{
	if (behind)
		insns[0] = (struct sock_filter){0xb1, 0, 0, 14};
	for (uint32_t n = 0; n < len; n++) {
		struct sock_filter *i = &insns[n];
		bool by_x = BPF_CLASS(i->code) == BPF_ALU && BPF_SRC(i->code) == BPF_X;
		bool sets_x = BPF_CLASS(i->code) == BPF_LDX || i->code == (BPF_MISC | BPF_TAX);

		if (by_x && (BPF_OP(i->code) == BPF_DIV || BPF_OP(i->code) == BPF_MOD))
			i->code = BPF_ALU | BPF_XOR | BPF_X;
		if (behind && sets_x)
			*i = (struct sock_filter){0xb1, 0, 0, n % 2 ? 14 : i->k % 40};
		if (BPF_CLASS(i->code) != BPF_LD || BPF_MODE(i->code) != BPF_IND)
			continue;
		i->k %= 60;
		if (!behind)
			i->code = BPF_LD | BPF_SIZE(i->code) | BPF_ABS;
	}
}

static void test_random_programs(void **state)
{
	struct sock_filter insns[40];

	(void)state;
	random_state = 3;
	for (int i = 0; i < 300; i++) {
		struct cbpf_prog prog = {.insns = insns};

		prog.len = random_prog(insns, i % 2 ? 40 : 12);
		if (i % 3)
			make_wide(insns, prog.len, i % 3 == 2);
		compare(&prog, 130, 64, i % 5 == 0);
	}
}

static void test_catalogue(void **state)
{
	const struct cbpf_entry *e;

	(void)state;
	for (unsigned int i = 0; (e = cbpf_catalogue_at(i)); i++) {
		struct cbpf_prog prog;
		struct cbpf_error err;

		assert_int_equal(cbpf_catalogue_compile(&prog, e, -1, 65535, true, &err), 0);
		compare(&prog, 200, 200, i % 2);
		cbpf_free(&prog);
	}
}

/* Loads behind a header of any length, some of them past the end, where others are not wanted. */
static void test_expressions(void **state)
{
	static const char *const expressions[] = {
		"ip",
		"tcp port 40",
		"portrange 10-30",
		"tcp[13] & 2 != 0",
		"host 10.0.0.1",
		"udp[0:2] = 5 or udp[2:2] = 6 or udp[4] = 7 or udp[5] = 8 or udp[6:4] = 9",
		"tcp src port 5 and tcp[12:4] = 3 or udp dst port 7",
		"len > 50 and len & 3 = 1 or ip[2:2] * 3 > ether[0] << 2",
		"vlan and ip or vlan and udp port 7"};

	(void)state;
	for (size_t i = 0; i < ROWS(expressions); i++)
		for (int optimize = 0; optimize < 2; optimize++) {
			struct cbpf_prog prog;
			struct cbpf_error err;

			assert_int_equal(
				cbpf_compile(&prog, expressions[i], 1, 65535, optimize, &err), 0);
			for (int times = 0; times < 8; times++)
				compare(&prog, PACKETS_MAX, 80, true);
			cbpf_free(&prog);
		}
}

static void test_largest(void **state)
{
	struct cbpf_prog prog = {.len = BPF_MAXINSNS};

	(void)state;
	prog.insns = calloc(prog.len, sizeof(*prog.insns));
	prog.insns[0] = (struct sock_filter){0x20, 0, 0, 4};
	for (uint32_t n = 1; n < prog.len - 1; n++)
		prog.insns[n] = (struct sock_filter){0x15, n % 2, 0, n * 7};
	prog.insns[prog.len - 1] = (struct sock_filter){0x16, 0, 0, 0};
	prog.insns[prog.len - 2] = (struct sock_filter){0x06, 0, 0, 5};
	compare(&prog, 20, 64, false);
	cbpf_free(&prog);
}

static void test_refused(void **state)
{
	struct sock_filter ret_x[] = {{0x0e, 0, 0, 0}};
	const struct cbpf_prog prog = {.insns = ret_x, .len = 1};
	struct cbpf_error err;
	void *jit = NULL;
	int ret = cbpf_engine_jit.open(&jit, &prog, &err);

	(void)state;
	assert_null(jit);
	if (ret != -ENOSYS)
		assert_int_equal(ret, -EINVAL);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rules),     cmocka_unit_test(test_random_programs),
		cmocka_unit_test(test_catalogue), cmocka_unit_test(test_expressions),
		cmocka_unit_test(test_largest),   cmocka_unit_test(test_refused),
	};

	struct sock_filter accept[] = {{0x06, 0, 0, 1}};
	const struct cbpf_prog prog = {.insns = accept, .len = 1};
	struct cbpf_error err;
	void *jit = NULL;

	if (cbpf_engine_jit.open(&jit, &prog, &err) == -ENOSYS) {
		printf("ok 1 - cbpf_jit # SKIP LLVM's headers (llvm-dev) were not there when this "
		       "was built\n1..1\n");
		return 0;
	}
	cbpf_engine_jit.close(jit);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
