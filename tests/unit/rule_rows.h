/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The language's rules where compilers and translators go wrong, as rows: a program and what it
 * returns for one frame, whose byte n is n + 1. */
#ifndef RULE_ROWS_H
#define RULE_ROWS_H

#include "vm.h"

#include <pcap/dlt.h>
#include <string.h>

#define AD(name) ((uint32_t)SKF_AD_OFF + SKF_AD_##name)
#define NET(n) ((uint32_t)SKF_NET_OFF + (n))
#define LL(n) ((uint32_t)SKF_LL_OFF + (n))

#define RULE_FRAME_LEN 40

struct rule_row {
	const char *rule;
	struct sock_filter insns[8];
	uint32_t ret;
};

static const struct rule_row rule_rows[] = {
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
	{"jgt is unsigned",
	 {{0x00, 0, 0, 1}, {0x25, 0, 1, 0x80000000}, {0x06, 0, 0, 1}, {0x06, 0, 0, 2}},
	 2},
	{"metadata keeps X",
	 {{0x01, 0, 0, 7}, {0x28, 0, 0, AD(PROTOCOL)}, {0x87, 0, 0, 0}, {0x16, 0, 0, 0}},
	 7},
};
#define RULE_ROWS (sizeof(rule_rows) / sizeof(rule_rows[0]))

/* The instructions of a row, up to the first that is all zero. */
static inline struct cbpf_prog rule_program(const struct sock_filter *insns)
{
	struct cbpf_prog prog = {.insns = (struct sock_filter *)insns, .linktype = DLT_EN10MB};

	while (prog.len < 8 && (insns[prog.len].code || insns[prog.len].k))
		prog.len++;
	return prog;
}

static const struct cbpf_skb rule_skb = {
	.has_mac = true, .has_net = true, .net = 14, .protocol = 0x0d0e};

/* The frame, in memory that lives as long as the program. */
static inline struct cbpf_packet rule_packet(void)
{
	static uint8_t data[RULE_FRAME_LEN];

	for (size_t i = 0; i < sizeof(data); i++)
		data[i] = (uint8_t)(i + 1);
	return (struct cbpf_packet){
		.data = data, .caplen = sizeof(data), .len = sizeof(data), .skb = &rule_skb};
}

#endif
