/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The language, rule by rule: what the fast VM, the stepper and the kernel return. */
#include "engine.h"

#include <errno.h>
#include <linux/if_packet.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define ROWS(a) (sizeof(a) / sizeof((a)[0]))
#define AD(name) ((uint32_t)SKF_AD_OFF + SKF_AD_##name)
#define NET(n) ((uint32_t)SKF_NET_OFF + (n))
#define LL(n) ((uint32_t)SKF_LL_OFF + (n))
#define RET(k)                                                                                     \
	{                                                                                          \
		0x06, 0, 0, k                                                                      \
	}
#define RET_A                                                                                      \
	{                                                                                          \
		0x16, 0, 0, 0                                                                      \
	}
#define LD(k)                                                                                      \
	{                                                                                          \
		0x00, 0, 0, k                                                                      \
	}
#define LDX(k)                                                                                     \
	{                                                                                          \
		0x01, 0, 0, k                                                                      \
	}

/* Byte n of the packet is n + 1; it has 40 of them. */
static const struct {
	const char *rule;
	struct sock_filter insns[10];
	uint32_t ret;
	bool not_there; /* the kernel oracle's packets have no such metadata or headers */
} rows[] = {
	{"ret k", {RET(7)}, 7, false},
	{"ret k is all of k", {RET(0xffffffff)}, 0xffffffff, false},
	{"A starts as 0", {RET_A}, 0, false},
	{"X starts as 0", {{0x87, 0, 0, 0}, {0x04, 0, 0, 3}, RET_A}, 3, false},
	{"ldb", {{0x30, 0, 0, 4}, RET_A}, 5, false},
	{"ldh is big-endian", {{0x28, 0, 0, 0}, {0x14, 0, 0, 0xf8}, RET_A}, 0x0a, false},
	{"ld is big-endian", {{0x20, 0, 0, 0}, {0x14, 0, 0, 0x01020300}, RET_A}, 4, false},
	{"ldb of the last byte", {{0x30, 0, 0, 39}, RET_A}, 40, false},
	{"ldb behind the end", {{0x30, 0, 0, 40}, RET(9)}, 0, false},
	{"ldh half behind the end", {{0x28, 0, 0, 39}, RET(9)}, 0, false},
	{"ld three quarters behind", {{0x20, 0, 0, 37}, RET(9)}, 0, false},
	{"ld far behind", {{0x20, 0, 0, 0x7fffffff}, RET(9)}, 0, false},
	{"ldb at 32768", {{0x30, 0, 0, 32768}, RET(9)}, 0, false},
	{"ld len", {{0x80, 0, 0, 0}, RET_A}, 40, false},
	{"ldx len", {{0x81, 0, 0, 0}, {0x87, 0, 0, 0}, RET_A}, 40, false},
	{"ldxb 4*([k]&0xf)", {{0xb1, 0, 0, 8}, {0x87, 0, 0, 0}, RET_A}, 36, false},
	{"ldxb keeps A", {LD(3), {0xb1, 0, 0, 0}, RET_A}, 3, false},
	{"ldxb behind the end", {{0xb1, 0, 0, 40}, RET(9)}, 0, false},
	{"ind", {LDX(4), {0x50, 0, 0, 3}, RET_A}, 8, false},
	{"ind wraps: X + -1", {LDX(14), {0x50, 0, 0, 0xffffffff}, RET_A}, 14, false},
	{"ind wraps: X = -1", {LDX(0xffffffff), {0x50, 0, 0, 5}, RET_A}, 5, false},
	{"ind before the packet", {LDX(2), {0x50, 0, 0, 0xfffffffd}, RET(9)}, 0, false},
	{"ind half behind the end", {LDX(38), {0x48, 0, 0, 1}, RET(9)}, 0, false},
	{"ind behind the end", {LDX(0x7fffffff), {0x40, 0, 0, 0}, RET(9)}, 0, false},
	{"ind is never ancillary", {LDX(AD(PROTOCOL)), {0x40, 0, 0, 0}, RET(9)}, 0, false},
	{"a load of no header", {{0x30, 0, 0, 0x80000000}, RET(9)}, 0, true},
	{"add wraps", {LD(0xffffffff), {0x04, 0, 0, 3}, RET_A}, 2, false},
	{"sub wraps", {LD(1), {0x14, 0, 0, 2}, {0x74, 0, 0, 28}, RET_A}, 15, false},
	{"mul wraps", {LD(0x10001), {0x24, 0, 0, 0x10001}, {0x74, 0, 0, 16}, RET_A}, 2, false},
	{"div is unsigned", {LD(0x80000000), {0x34, 0, 0, 0x40000000}, RET_A}, 2, false},
	{"mod is unsigned", {LD(0xffffffff), {0x94, 0, 0, 16}, RET_A}, 15, false},
	{"div by X = 0 ends with 0", {LD(9), {0x3c, 0, 0, 0}, RET(9)}, 0, false},
	{"mod by X = 0 ends with 0", {LD(9), {0x9c, 0, 0, 0}, RET(9)}, 0, false},
	{"div by X", {LD(21), LDX(4), {0x3c, 0, 0, 0}, RET_A}, 5, false},
	{"mod by X", {LD(23), LDX(4), {0x9c, 0, 0, 0}, RET_A}, 3, false},
	{"lsh by X is modulo 32", {LD(1), LDX(33), {0x6c, 0, 0, 0}, RET_A}, 2, false},
	{"rsh by X is modulo 32", {LD(8), LDX(33), {0x7c, 0, 0, 0}, RET_A}, 4, false},
	{"lsh drops bits", {LD(0xf0000001), {0x64, 0, 0, 4}, RET_A}, 16, false},
	{"and or xor",
	 {LD(0xff), {0x54, 0, 0, 0x3c}, {0x44, 0, 0, 3}, {0xa4, 0, 0, 0x2f}, RET_A},
	 0x10,
	 false},
	{"and or xor with X",
	 {LD(0x1f), LDX(6), {0x5c, 0, 0, 0}, {0x4c, 0, 0, 0}, {0xac, 0, 0, 0}, RET_A},
	 0,
	 false},
	{"neg", {LD(0xfffffff0), {0x84, 0, 0, 0}, RET_A}, 16, false},
	{"tax txa", {LD(6), {0x07, 0, 0, 0}, LD(0), {0x87, 0, 0, 0}, RET_A}, 6, false},
	{"st ld", {LD(6), {0x02, 0, 0, 15}, LD(0), {0x60, 0, 0, 15}, RET_A}, 6, false},
	{"stx ldx",
	 {LDX(6), {0x03, 0, 0, 0}, LDX(0), {0x61, 0, 0, 0}, {0x87, 0, 0, 0}, RET_A},
	 6,
	 false},
	{"jeq holds", {LD(5), {0x15, 0, 1, 5}, RET(1), RET(2)}, 1, false},
	{"jeq fails", {LD(5), {0x15, 0, 1, 6}, RET(1), RET(2)}, 2, false},
	{"jgt is unsigned", {LD(0x80000000), {0x25, 0, 1, 1}, RET(1), RET(2)}, 1, false},
	{"jgt is not jge", {LD(5), {0x25, 0, 1, 5}, RET(1), RET(2)}, 2, false},
	{"jge", {LD(5), {0x35, 0, 1, 5}, RET(1), RET(2)}, 1, false},
	{"jge with a large constant",
	 {LD(0xfffffffe), {0x35, 0, 1, 0xffffffff}, RET(1), RET(2)},
	 2,
	 false},
	{"jset", {LD(6), {0x45, 1, 0, 2}, RET(1), RET(2)}, 2, false},
	{"jset of the top bit",
	 {LD(0x80000000), {0x45, 0, 1, 0x80000000}, RET(1), RET(2)},
	 1,
	 false},
	{"jeq x", {LD(5), LDX(5), {0x1d, 0, 1, 0}, RET(1), RET(2)}, 1, false},
	{"jgt x", {LD(5), LDX(0xffffffff), {0x2d, 0, 1, 0}, RET(1), RET(2)}, 2, false},
	{"jge x", {LD(5), LDX(5), {0x3d, 0, 1, 0}, RET(1), RET(2)}, 1, false},
	{"jset x", {LD(5), LDX(10), {0x4d, 0, 1, 0}, RET(1), RET(2)}, 2, false},
	{"ja", {{0x05, 0, 0, 1}, RET(1), RET(2)}, 2, false},
	{"a load and its comparison",
	 {{0x28, 0, 0, 2}, {0x15, 0, 1, 0x0304}, RET_A, RET(2)},
	 0x0304,
	 false},
	{"into a comparison, past its load",
	 {LD(7), {0x05, 0, 0, 1}, {0x30, 0, 0, 0}, {0x15, 0, 1, 7}, RET(1), RET(2)},
	 1,
	 false},
	{"xor_x", {LD(6), LDX(5), {0x20, 0, 0, AD(ALU_XOR_X)}, RET_A}, 3, false},
	{"no device: ends with A", {LD(7), {0x20, 0, 0, AD(IFINDEX)}, RET(9)}, 7, true},
	{"no device, hatype", {LD(6), {0x28, 0, 0, AD(HATYPE)}, RET(9)}, 6, true},
};

static uint8_t bytes[40];

static void fill(void)
{
	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (uint8_t)(i + 1);
}

static uint32_t by_engine(const struct cbpf_engine *e, const struct cbpf_prog *prog,
			  const struct cbpf_packet *pkt, const char *what)
{
	struct cbpf_error err;
	uint32_t ret = 0;
	void *state;

	if (e->open(&state, prog, &err))
		fail_msg("%s: %s", what, err.text);
	assert_int_equal(e->run(state, pkt, &ret), 0);
	e->close(state);
	return ret;
}

static struct cbpf_prog program(const struct sock_filter *insns, size_t room)
{
	struct cbpf_prog prog = {.insns = (struct sock_filter *)insns};

	for (size_t i = 0; i < room; i++)
		if (BPF_CLASS(insns[i].code) == BPF_RET)
			prog.len = (uint32_t)i + 1;
	return prog;
}

static uint32_t in_vm(const struct cbpf_prog *prog, const struct cbpf_packet *pkt)
{
	const struct cbpf_packet three[] = {*pkt, {.data = pkt->data, .caplen = 1, .len = 1}, *pkt};
	struct cbpf_error err;
	uint32_t ret, rets[3];
	struct cbpf_vm *vm;

	if (cbpf_vm_new(&vm, prog, &err))
		fail_msg("%s", err.text);
	ret = cbpf_vm_run(vm, pkt);
	cbpf_vm_run_many(vm, three, 3, rets);
	cbpf_vm_free(vm);
	assert_int_equal(ret, cbpf_step_through(prog, pkt));
	/* nothing of one packet is left for the next */
	assert_int_equal(rets[0], ret);
	assert_int_equal(rets[1], cbpf_step_through(prog, &three[1]));
	assert_int_equal(rets[2], ret);
	return ret;
}

static void test_rules(void **state)
{
	struct cbpf_packet pkt = {.data = bytes, .caplen = sizeof(bytes), .len = sizeof(bytes)};

	(void)state;
	fill();
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct cbpf_prog prog = program(rows[i].insns, ROWS(rows[i].insns));
		uint32_t ret = in_vm(&prog, &pkt), kernel;

		if (ret != rows[i].ret)
			fail_msg("%s: %u, not %u", rows[i].rule, ret, rows[i].ret);
		if (rows[i].not_there)
			continue;
		if (geteuid() == 0 && by_engine(&cbpf_engine_tc, &prog, &pkt, rows[i].rule) != ret)
			fail_msg("%s: %u in tc", rows[i].rule,
				 by_engine(&cbpf_engine_tc, &prog, &pkt, rows[i].rule));
		kernel = by_engine(&cbpf_engine_kernel, &prog, &pkt, rows[i].rule);
		if (kernel != cbpf_clamp(ret, pkt.len))
			fail_msg("%s: the VM returns %u, the kernel delivers %u", rows[i].rule, ret,
				 kernel);
	}
}

/* libpcap's interpreter gives the same, or differs by a rule that has a name. */
static void test_libpcap(void **state)
{
	struct cbpf_packet pkt = {.data = bytes, .caplen = sizeof(bytes), .len = sizeof(bytes)};
	unsigned int differ = 0;

	(void)state;
	fill();
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct cbpf_prog prog = program(rows[i].insns, ROWS(rows[i].insns));
		struct cbpf_error err;
		uint32_t ret, insn;
		void *engine;

		if (cbpf_engine_libpcap.open(&engine, &prog, &err) == -EOPNOTSUPP)
			continue;
		cbpf_engine_libpcap.run(engine, &pkt, &ret);
		cbpf_engine_libpcap.close(engine);
		if (ret == rows[i].ret)
			continue;
		differ++;
		if (!cbpf_known_difference(&prog, &pkt, &cbpf_engine_libpcap, &insn))
			fail_msg("%s: %u in libpcap", rows[i].rule, ret);
	}
	assert_int_equal(differ, 4); /* two wrapping addresses, two shifts by X */
}

/* Metadata and header-relative loads, over a packet that has them. */
static void test_metadata(void **state)
{
	static const struct cbpf_skb skb = {.mark = 11,
					    .rxhash = 12,
					    .ifindex = 13,
					    .cpu = 14,
					    .payload_offset = 15,
					    .random = 16,
					    .protocol = 0x88f7,
					    .queue = 17,
					    .hatype = 1,
					    .vlan_tci = 0x2005,
					    .vlan_proto = 0x8100,
					    .pkttype = PACKET_OTHERHOST,
					    .has_mac = true,
					    .has_net = true,
					    .mac = -4,
					    .net = 10};
	static const struct {
		uint16_t code;
		uint32_t k, ret;
	} loads[] = {
		{0x20, AD(MARK), 11},
		{0x30, AD(RXHASH), 12},
		{0x28, AD(IFINDEX), 13},
		{0x20, AD(CPU), 14},
		{0x20, AD(PAY_OFFSET), 15},
		{0x20, AD(RANDOM), 16},
		{0x30, AD(PROTOCOL), 0x88f7},
		{0x20, AD(QUEUE), 17},
		{0x20, AD(HATYPE), 1},
		{0x30, AD(VLAN_TAG), 0x2005},
		{0x30, AD(VLAN_TPID), 0x8100},
		{0x30, AD(VLAN_TAG_PRESENT), 1},
		{0x20, AD(PKTTYPE), PACKET_OTHERHOST},
		{0x30, LL(0), 5},
		{0x30, LL(5), 10},
		{0x30, NET(0), 19},
		{0x30, NET(25), 44},
		{0x30, NET(26), 0},
		{0x28, NET(0), 0x1314},
		{0xb1, NET(2), 0},
	};
	struct cbpf_packet pkt;
	uint8_t buf[44];

	(void)state;
	for (size_t i = 0; i < sizeof(buf); i++)
		buf[i] = (uint8_t)(i + 5);
	pkt = (struct cbpf_packet){
		.data = buf + 4, .caplen = 36, .len = 36, .headroom = 4, .skb = &skb};
	for (size_t i = 0; i < ROWS(loads); i++) {
		struct sock_filter insns[] = {{loads[i].code, 0, 0, loads[i].k}, RET_A};
		struct cbpf_prog prog = {.insns = insns, .len = 2};

		if (in_vm(&prog, &pkt) != loads[i].ret)
			fail_msg("load %zu (k 0x%x): %u", i, loads[i].k, in_vm(&prog, &pkt));
	}
}

/* A packet cut by the capture: `len` is the whole, bytes are what is there. */
static void test_cut_packet(void **state)
{
	struct cbpf_packet pkt = {.data = bytes, .caplen = 10, .len = 40};
	struct sock_filter len[] = {{0x80, 0, 0, 0}, RET_A}, byte[] = {{0x30, 0, 0, 10}, RET(9)};
	struct cbpf_prog prog = {.insns = len, .len = 2};

	(void)state;
	assert_int_equal(in_vm(&prog, &pkt), 40);
	prog.insns = byte;
	assert_int_equal(in_vm(&prog, &pkt), 0);
	pkt = (struct cbpf_packet){.data = NULL};
	assert_int_equal(in_vm(&prog, &pkt), 0);
}

/* Netlink attributes, as the kernel finds them. */
static void test_attributes(void **state)
{
	static const struct {
		uint32_t a, x;
		bool nested;
	} asks[] = {{0, 1, false},  {0, 2, false},  {0, 3, false},  {8, 2, false},
		    {8, 7, true},   {8, 8, true},   {0, 7, true},   {4, 1, false},
		    {40, 1, false}, {36, 1, false}, {37, 1, false}, {0xffffffff, 1, true},
		    {28, 5, false}, {20, 7, true}};
	/* 1: 4 bytes; 2: nested { 7: 1 byte, 8: 4 bytes }; 5: says it is longer than the packet */
	static const uint16_t words[20] = {8, 1, 0, 0, 20, 0x8002, 5, 7, 1, 0,
					   8, 8, 2, 3, 99, 5,      0, 0, 4, 9};
	struct cbpf_packet pkt = {.data = (const uint8_t *)words, .caplen = 40, .len = 40};

	(void)state;
	for (size_t i = 0; i < ROWS(asks); i++) {
		struct sock_filter insns[] = {
			LD(asks[i].a),
			LDX(asks[i].x),
			{0x20, 0, 0, asks[i].nested ? AD(NLATTR_NEST) : AD(NLATTR)},
			RET_A};
		struct cbpf_prog prog = {.insns = insns, .len = 4};
		uint32_t ret = in_vm(&prog, &pkt),
			 kernel = by_engine(&cbpf_engine_kernel, &prog, &pkt, "nlattr");

		if (ret != kernel)
			fail_msg("ask %zu: %u, the kernel %u", i, ret, kernel);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rules),      cmocka_unit_test(test_libpcap),
		cmocka_unit_test(test_metadata),   cmocka_unit_test(test_cut_packet),
		cmocka_unit_test(test_attributes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
