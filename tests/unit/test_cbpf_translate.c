/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The translation to eBPF: rule by rule and by random programs in the kernel (root), refusals and
 * the code's size anywhere. */
#include "engine_xdp.h"
#include "translate.h"

#include <errno.h>
#include <pcap/dlt.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "skip.h"

#include "random_prog.h"
#include "rule_rows.h"

#define ROWS(a) (sizeof(a) / sizeof((a)[0]))

static void *open_engine(const struct cbpf_prog *prog)
{
	struct cbpf_error err;
	void *state;
	int ret = cbpf_engine_xdp.open(&state, prog, &err);

	if (ret == -EPERM)
		skip_because("%s", err.text);
	if (ret)
		fail_msg("%s", err.text);
	return state;
}

static void test_rules(void **state)
{
	const struct cbpf_packet pkt = rule_packet();

	(void)state;
	for (size_t i = 0; i < RULE_ROWS; i++) {
		const struct cbpf_prog prog = rule_program(rule_rows[i].insns);
		void *run = open_engine(&prog);
		uint32_t ret;

		assert_null(cbpf_engine_xdp.cannot(run, &pkt));
		assert_int_equal(cbpf_engine_xdp.run(run, &pkt, &ret), 0);
		if (ret != rule_rows[i].ret)
			fail_msg("%s: %#x, not %#x", rule_rows[i].rule, ret, rule_rows[i].ret);
		cbpf_engine_xdp.close(run);
	}
}

static void test_protocol(void **state)
{
	static const struct sock_filter load[] = {{0x28, 0, 0, AD(PROTOCOL)}, {0x16, 0, 0, 0}, {0}};
	static const struct {
		uint8_t type[4];
		uint32_t len, protocol;
	} cases[] = {
		{{0x88, 0xf7, 0, 0}, 16, 0x88f7}, {{0x81, 0, 0, 5}, 16, 0x8100},
		{{0x06, 0, 0, 0}, 16, 0x600},     {{0x05, 0xff, 0x42, 0x42}, 16, 4},
		{{0, 46, 0xff, 0xff}, 16, 1},     {{0, 46, 0xff, 0xff}, 15, 4},
		{{0, 46, 0xff, 0xff}, 14, 4},
	};
	const struct cbpf_prog prog = {
		.insns = (struct sock_filter *)load, .len = 2, .linktype = DLT_EN10MB};
	void *run = open_engine(&prog);

	(void)state;
	for (size_t i = 0; i < ROWS(cases); i++) {
		struct cbpf_skb skb = {.protocol = (uint16_t)cases[i].protocol};
		uint8_t data[16] = {0};
		const struct cbpf_packet pkt = {
			.data = data, .caplen = cases[i].len, .len = cases[i].len, .skb = &skb};
		uint32_t ret;

		memcpy(data + 12, cases[i].type, 4);
		assert_null(cbpf_engine_xdp.cannot(run, &pkt));
		assert_int_equal(cbpf_engine_xdp.run(run, &pkt, &ret), 0);
		assert_int_equal(ret, cases[i].protocol);
		skb.protocol++;
		assert_non_null(cbpf_engine_xdp.cannot(run, &pkt));
	}
	cbpf_engine_xdp.close(run);
}

static void test_random_programs(void **state)
{
	struct sock_filter insns[40];
	uint8_t data[64];
	int answers = 0;

	(void)state;
	random_state = 1;
	for (int i = 0; i < 1500; i++) {
		struct cbpf_prog prog = {.insns = insns, .linktype = DLT_EN10MB};
		struct cbpf_error err;
		struct cbpf_vm *vm;
		void *run;

		prog.len = random_prog(insns, i % 2 ? 40 : 12);
		run = open_engine(&prog);
		assert_int_equal(cbpf_vm_new(&vm, &prog, &err), 0);
		for (int j = 0; j < 8; j++) {
			struct cbpf_packet pkt = {.data = data, .skb = &rule_skb};
			uint32_t ret, expected;

			pkt.caplen = pkt.len = random_packet(data, 14, sizeof(data));
			expected = cbpf_vm_run(vm, &pkt);
			assert_null(cbpf_engine_xdp.cannot(run, &pkt));
			assert_int_equal(cbpf_engine_xdp.run(run, &pkt, &ret), 0);
			answers += ret != 0;
			if (ret != expected)
				fail_msg("program %d, packet %d: XDP %#x, VM %#x", i, j, ret,
					 expected);
		}
		cbpf_vm_free(vm);
		cbpf_engine_xdp.close(run);
	}
	assert_in_range(answers, 1500, 12000); /* no test of rejections alone */
}

static void test_cannot(void **state)
{
	static const struct sock_filter load[] = {{0x30, 0, 0, LL(0)}, {0x16, 0, 0, 0}};
	const struct cbpf_prog prog = {
		.insns = (struct sock_filter *)load, .len = 2, .linktype = DLT_EN10MB};
	uint8_t data[4096] = {0};
	struct cbpf_packet pkt = {.data = data, .caplen = 60, .len = 60, .skb = &rule_skb};
	void *run = open_engine(&prog);
	uint32_t ret;

	(void)state;
	assert_null(cbpf_engine_xdp.cannot(run, &pkt));
	pkt.skb = NULL;
	assert_non_null(cbpf_engine_xdp.cannot(run, &pkt));
	pkt.skb = &rule_skb;
	pkt.len = 61;
	assert_non_null(cbpf_engine_xdp.cannot(run, &pkt));
	pkt.caplen = pkt.len = 13;
	assert_non_null(cbpf_engine_xdp.cannot(run, &pkt));
	pkt.caplen = pkt.len = 3520;
	assert_null(cbpf_engine_xdp.cannot(run, &pkt));
	assert_int_equal(cbpf_engine_xdp.run(run, &pkt, &ret), 0);
	pkt.caplen = pkt.len = 3521;
	assert_non_null(cbpf_engine_xdp.cannot(run, &pkt));
	cbpf_engine_xdp.close(run);
}

static void test_refused(void **state)
{
	static const struct {
		struct sock_filter insn;
		int linktype, error;
		const char *says;
	} cases[] = {
		{{0x30, 0, 0, AD(VLAN_TAG)},
		 1,
		 -EOPNOTSUPP,
		 "XDP cannot run insn 0: it loads 'vlan_tci', but in XDP the tag is still in the "
		 "frame: look for it at byte 12"},
		{{0x20, 0, 0, AD(MARK)},
		 1,
		 -EOPNOTSUPP,
		 "XDP cannot run insn 0: it loads 'mark', which a frame gets with its sk_buff, "
		 "after "
		 "XDP"},
		{{0x20, 0, 0, AD(PKTTYPE)},
		 1,
		 -EOPNOTSUPP,
		 "XDP cannot run insn 0: it loads 'type', which the kernel works out only after "
		 "XDP"},
		{{0x20, 0, 0, AD(NLATTR)},
		 1,
		 -EOPNOTSUPP,
		 "XDP cannot run insn 0: it loads 'nla', which belongs to netlink messages"},
		{{0x20, 0, 0, AD(PROTOCOL)},
		 DLT_DSA_TAG_EDSA,
		 -EOPNOTSUPP,
		 "XDP cannot run insn 0: it loads 'proto', which is read from an Ethernet header, "
		 "and the program is for another link"},
		{{0x20, 0, 0, 0},
		 DLT_LINUX_SLL,
		 -EOPNOTSUPP,
		 "the program is for the link type LINUX_SLL, and XDP sees Ethernet frames; "
		 "compile "
		 "it with -y EN10MB"},
		{{0x15, 4, 0, 0}, 1, -EINVAL, NULL},
	};
	const struct cbpf_xdp_options options = {.verdict = true};
	struct cbpf_ebpf ebpf = {.len = 77};
	struct cbpf_error err;

	(void)state;
	for (size_t i = 0; i < ROWS(cases); i++) {
		struct sock_filter insns[] = {cases[i].insn, {0x06, 0, 0, 1}};
		const struct cbpf_prog prog = {
			.insns = insns, .len = 2, .linktype = cases[i].linktype};

		assert_int_equal(cbpf_translate(&ebpf, &prog, &options, &err), cases[i].error);
		if (cases[i].says)
			assert_string_equal(err.text, cases[i].says);
		assert_int_equal(ebpf.len, 77);
	}
}

static uint32_t length(const struct sock_filter *insns)
{
	const struct cbpf_xdp_options options = {.verdict = false};
	const struct cbpf_prog prog = rule_program(insns);
	struct cbpf_ebpf ebpf;
	struct cbpf_error err;
	uint32_t len;

	assert_int_equal(cbpf_translate(&ebpf, &prog, &options, &err), 0);
	len = ebpf.len;
	cbpf_ebpf_free(&ebpf);
	return len;
}

static void test_size(void **state)
{
	static const struct sock_filter
		up[8] = {{0x30, 0, 0, 0}, {0x30, 0, 0, 1}, {0x16, 0, 0, 0}},
		down[8] = {{0x30, 0, 0, 1}, {0x30, 0, 0, 0}, {0x16, 0, 0, 0}},
		any[8] = {{0x20, 0, 0, 14}, {0x07, 0, 0, 0}, {0x50, 0, 0, 16}, {0x16, 0, 0, 0}},
		small[8] = {{0xb1, 0, 0, 14}, {0x50, 0, 0, 16}, {0x16, 0, 0, 0}};

	(void)state;
	assert_int_equal(length(down), length(up) - 3);   /* checked bytes are not checked again */
	assert_int_equal(length(small), length(any) - 9); /* X up to 60 makes no negative address */
}

static void test_too_large(void **state)
{
	struct cbpf_prog prog = {.len = BPF_MAXINSNS, .linktype = DLT_EN10MB};
	const struct cbpf_xdp_options options = {.verdict = false};
	struct cbpf_ebpf ebpf;
	struct cbpf_error err;

	(void)state;
	prog.insns = calloc(prog.len, sizeof(*prog.insns));
	for (uint32_t n = 1; n < prog.len; n++)
		prog.insns[n] = (struct sock_filter){0x40, 0, 0, 0xffffffff};
	prog.insns[0] = (struct sock_filter){0x81, 0, 0, 0};
	prog.insns[prog.len - 1] = (struct sock_filter){0x06, 0, 0, 1};
	assert_int_equal(cbpf_translate(&ebpf, &prog, &options, &err), -E2BIG);
	assert_non_null(strstr(err.text, "and an eBPF jump reaches 32767"));
	cbpf_free(&prog);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rules),           cmocka_unit_test(test_protocol),
		cmocka_unit_test(test_random_programs), cmocka_unit_test(test_cannot),
		cmocka_unit_test(test_refused),         cmocka_unit_test(test_size),
		cmocka_unit_test(test_too_large),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
