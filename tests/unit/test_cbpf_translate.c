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

#define ROWS(a) (sizeof(a) / sizeof((a)[0]))
#define AD(name) ((uint32_t)SKF_AD_OFF + SKF_AD_##name)
#define NET(n) ((uint32_t)SKF_NET_OFF + (n))
#define LL(n) ((uint32_t)SKF_LL_OFF + (n))

/* Byte n of the frame is n + 1; it has 40 of them. */
static const struct {
	const char *rule;
	struct sock_filter insns[8];
	uint32_t ret;
} rows[] = {
	{"ret k is all of k", {{0x06, 0, 0, 0xffffffff}}, 0xffffffff},
	{"A and X start as 0", {{0x0c, 0, 0, 0}, {0x16, 0, 0, 0}}, 0},
	{"ldb", {{0x30, 0, 0, 4}, {0x16, 0, 0, 0}}, 5},
	{"ldh is big-endian", {{0x28, 0, 0, 0}, {0x16, 0, 0, 0}}, 0x0102},
	{"ld is big-endian", {{0x20, 0, 0, 0}, {0x16, 0, 0, 0}}, 0x01020304},
	{"the last byte", {{0x30, 0, 0, 39}, {0x16, 0, 0, 0}}, 40},
	{"behind the end", {{0x30, 0, 0, 40}, {0x06, 0, 0, 9}}, 0},
	{"half behind the end", {{0x28, 0, 0, 39}, {0x06, 0, 0, 9}}, 0},
	{"a checked byte, then one that is not",
	 {{0x30, 0, 0, 39}, {0x20, 0, 0, 37}, {0x06, 0, 0, 9}},
	 0},
	{"at 32767", {{0x28, 0, 0, 32767}, {0x06, 0, 0, 9}}, 0},
	{"at 40000", {{0x30, 0, 0, 40000}, {0x06, 0, 0, 9}}, 0},
	{"past what XDP can address, the rest is never reached",
	 {{0x30, 0, 0, 70000}, {0x16, 0, 0, 0}},
	 0},
	{"len", {{0x80, 0, 0, 0}, {0x16, 0, 0, 0}}, 40},
	{"ldx len", {{0x81, 0, 0, 0}, {0x87, 0, 0, 0}, {0x16, 0, 0, 0}}, 40},
	{"4*([k]&0xf)", {{0xb1, 0, 0, 8}, {0x87, 0, 0, 0}, {0x16, 0, 0, 0}}, 36},
	{"4*([k]&0xf) behind a header",
	 {{0xb1, 0, 0, NET(0)}, {0x87, 0, 0, 0}, {0x16, 0, 0, 0}},
	 60},
	{"ind", {{0x01, 0, 0, 4}, {0x50, 0, 0, 3}, {0x16, 0, 0, 0}}, 8},
	{"ind wraps: X + -1", {{0x01, 0, 0, 14}, {0x50, 0, 0, 0xffffffff}, {0x16, 0, 0, 0}}, 14},
	{"ind wraps: X = -1", {{0x01, 0, 0, 0xffffffff}, {0x50, 0, 0, 5}, {0x16, 0, 0, 0}}, 5},
	{"ind before the packet", {{0x01, 0, 0, 2}, {0x50, 0, 0, 0xfffffffd}, {0x06, 0, 0, 9}}, 0},
	{"ind behind the end", {{0x01, 0, 0, 39}, {0x48, 0, 0, 0}, {0x06, 0, 0, 9}}, 0},
	{"ind far behind", {{0x01, 0, 0, 0x7fffffff}, {0x40, 0, 0, 0}, {0x06, 0, 0, 9}}, 0},
	{"ind at 65535", {{0x01, 0, 0, 65535}, {0x50, 0, 0, 0}, {0x06, 0, 0, 9}}, 0},
	{"ind into the MAC header", {{0x01, 0, 0, LL(3)}, {0x50, 0, 0, 0}, {0x16, 0, 0, 0}}, 4},
	{"ind into the network header",
	 {{0x01, 0, 0, NET(3)}, {0x50, 0, 0, 1}, {0x16, 0, 0, 0}},
	 19},
	{"SKF_LL counts from byte 0", {{0x30, 0, 0, LL(2)}, {0x16, 0, 0, 0}}, 3},
	{"SKF_NET counts from byte 14", {{0x30, 0, 0, NET(2)}, {0x16, 0, 0, 0}}, 17},
	{"SKF_NET behind the end", {{0x28, 0, 0, NET(25)}, {0x06, 0, 0, 9}}, 0},
	{"before all headers", {{0x30, 0, 0, 0x80000000}, {0x06, 0, 0, 9}}, 0},
	{"add wraps", {{0x00, 0, 0, 0xffffffff}, {0x04, 0, 0, 3}, {0x16, 0, 0, 0}}, 2},
	{"div is unsigned",
	 {{0x00, 0, 0, 0x80000000}, {0x34, 0, 0, 0x40000000}, {0x16, 0, 0, 0}},
	 2},
	{"mod is unsigned", {{0x00, 0, 0, 0xffffffff}, {0x94, 0, 0, 16}, {0x16, 0, 0, 0}}, 15},
	{"div by X = 0", {{0x00, 0, 0, 9}, {0x3c, 0, 0, 0}, {0x06, 0, 0, 9}}, 0},
	{"mod by X = 0", {{0x00, 0, 0, 9}, {0x9c, 0, 0, 0}, {0x06, 0, 0, 9}}, 0},
	{"lsh by X, modulo 32",
	 {{0x00, 0, 0, 1}, {0x01, 0, 0, 33}, {0x6c, 0, 0, 0}, {0x16, 0, 0, 0}},
	 2},
	{"rsh by X, modulo 32",
	 {{0x00, 0, 0, 8}, {0x01, 0, 0, 33}, {0x7c, 0, 0, 0}, {0x16, 0, 0, 0}},
	 4},
	{"neg", {{0x00, 0, 0, 0xfffffff0}, {0x84, 0, 0, 0}, {0x16, 0, 0, 0}}, 16},
	{"st, ldx",
	 {{0x00, 0, 0, 6}, {0x02, 0, 0, 15}, {0x61, 0, 0, 15}, {0x87, 0, 0, 0}, {0x16, 0, 0, 0}},
	 6},
	{"jgt with the top bit set",
	 {{0x00, 0, 0, 1}, {0x25, 0, 1, 0x80000000}, {0x06, 0, 0, 1}, {0x06, 0, 0, 2}},
	 2},
	{"jset has no opposite",
	 {{0x00, 0, 0, 6}, {0x45, 0, 1, 2}, {0x06, 0, 0, 1}, {0x06, 0, 0, 2}},
	 1},
	{"jge x", {{0x01, 0, 0, 1}, {0x3d, 0, 1, 0}, {0x06, 0, 0, 1}, {0x06, 0, 0, 2}}, 2},
	{"jt and jf alike", {{0x15, 1, 1, 0}, {0x06, 0, 0, 1}, {0x06, 0, 0, 2}}, 2},
	{"ja over dead code",
	 {{0x05, 0, 0, 1}, {0x06, 0, 0, 1}, {0x06, 0, 0, 2}, {0x06, 0, 0, 3}},
	 2},
	{"xor_x",
	 {{0x00, 0, 0, 6}, {0x01, 0, 0, 3}, {0x30, 0, 0, AD(ALU_XOR_X)}, {0x16, 0, 0, 0}},
	 5},
	{"protocol", {{0x28, 0, 0, AD(PROTOCOL)}, {0x16, 0, 0, 0}}, 0x0d0e},
};

static struct cbpf_prog program(const struct sock_filter *insns)
{
	struct cbpf_prog prog = {.insns = (struct sock_filter *)insns, .linktype = DLT_EN10MB};

	while (prog.len < 8 && (insns[prog.len].code || insns[prog.len].k))
		prog.len++;
	return prog;
}

static const struct cbpf_skb ethernet = {
	.has_mac = true, .has_net = true, .net = 14, .protocol = 0x0d0e};

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
	uint8_t data[40];
	const struct cbpf_packet pkt = {
		.data = data, .caplen = sizeof(data), .len = sizeof(data), .skb = &ethernet};

	(void)state;
	for (size_t i = 0; i < sizeof(data); i++)
		data[i] = (uint8_t)(i + 1);
	for (size_t i = 0; i < ROWS(rows); i++) {
		const struct cbpf_prog prog = program(rows[i].insns);
		void *run = open_engine(&prog);
		uint32_t ret;

		assert_null(cbpf_engine_xdp.cannot(run, &pkt));
		assert_int_equal(cbpf_engine_xdp.run(run, &pkt, &ret), 0);
		if (ret != rows[i].ret)
			fail_msg("%s: %#x, not %#x", rows[i].rule, ret, rows[i].ret);
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
			struct cbpf_packet pkt = {.data = data, .skb = &ethernet};
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
	struct cbpf_packet pkt = {.data = data, .caplen = 60, .len = 60, .skb = &ethernet};
	void *run = open_engine(&prog);
	uint32_t ret;

	(void)state;
	assert_null(cbpf_engine_xdp.cannot(run, &pkt));
	pkt.skb = NULL;
	assert_non_null(cbpf_engine_xdp.cannot(run, &pkt));
	pkt.skb = &ethernet;
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
	const struct cbpf_prog prog = program(insns);
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
