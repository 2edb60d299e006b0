/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Questions on all packets: pairs of filters that are equal and that are not, every witness run on
 * the VM, random programs, and what is refused or not decided. */
#include "symbolic.h"
#include "values.h"
#include "vm.h"

#include <errno.h>
#include <pcap/dlt.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "random_prog.h"

#define ROWS(a) (sizeof(a) / sizeof((a)[0]))

static struct cbpf_sym_packet packet;

static bool accepts(const struct cbpf_prog *prog, const struct cbpf_sym_packet *p)
{
	const struct cbpf_packet pkt = {
		.data = p->data, .caplen = p->len, .len = p->len, .skb = &p->skb};
	struct cbpf_error err;
	struct cbpf_vm *vm;
	uint32_t ret;

	assert_int_equal(cbpf_vm_new(&vm, prog, &err), 0);
	ret = cbpf_vm_run(vm, &pkt);
	cbpf_vm_free(vm);
	return ret;
}

static struct cbpf_prog compile(const char *expression, bool optimize)
{
	struct cbpf_prog prog;
	struct cbpf_error err;

	if (cbpf_compile(&prog, expression, DLT_EN10MB, 65535, optimize, &err))
		fail_msg("%s: %s", expression, err.text);
	return prog;
}

static struct cbpf_sym *solver(const struct cbpf_prog *a, const struct cbpf_prog *b)
{
	const struct cbpf_prog *const progs[] = {a, b};
	struct cbpf_error err;
	struct cbpf_sym *sym;

	if (cbpf_sym_new(&sym, progs, b ? 2 : 1, 60, &err))
		fail_msg("%s", err.text);
	return sym;
}

/* The answer for "`yes` alone accepts", the witness run on both. */
static enum cbpf_answer differ(const struct cbpf_prog *a, const struct cbpf_prog *b,
			       unsigned int yes)
{
	struct cbpf_sym *sym = solver(a, b);
	enum cbpf_answer answer = cbpf_sym_differ(sym, yes, &packet);

	cbpf_sym_free(sym);
	if (answer == CBPF_SAT) {
		assert_int_equal(accepts(a, &packet), yes == 0);
		assert_int_equal(accepts(b, &packet), yes == 1);
	}
	return answer;
}

static void test_pairs(void **state)
{
	static const struct {
		const char *a, *b;
		bool only_a, only_b;
	} pairs[] = {
		{"ip", "ether proto 0x0800", false, false},
		{"ip", "ip6", true, true},
		{"ip", "ip or arp", false, true},
		{"tcp port 80 or tcp port 443", "tcp port 443 or tcp port 80", false, false},
		{"tcp port 80", "tcp dst port 80", true, false},
		{"portrange 5-9", "port 5 or port 6 or port 7 or port 8 or port 9", false, false},
		{"tcp portrange 5-7", "tcp port 5 or tcp port 6 or tcp port 7", false, false},
		{"ether[14] & 0xf0 = 0x40", "ether[14] >> 4 = 4", false, false},
		{"ether[14] * 3 = 9", "ether[14] = 3", false, false},
		{"ether[14] / 3 = 3", "ether[14] >= 9 and ether[14] <= 11", false, false},
		{"ether[14] % 4 = 1", "ether[14] & 3 = 1", false, false},
		{"ether[14:4] - 1 < 5", "ether[14:4] >= 1 and ether[14:4] < 6", false, false},
		{"len > 100", "len >= 100", false, true},
		{"ether[0] = 1", "ether[0] = 1 and ether[1000] >= 0", true, false},
		{"ether[ether[14]] = 7", "ether[ether[14]] = 7 and ether[0] >= 0", false, false},
		{"ether[ether[14]] = 7", "ether[ether[15]] = 7", true, true},
		{"ether[8:2] = 0xdada", "ether[12:2] = 0xdada", true, true},
		{"not ip", "ether[12:2] != 0x0800", false, false},
	};

	(void)state;
	for (size_t i = 0; i < ROWS(pairs); i++) {
		struct cbpf_prog a = compile(pairs[i].a, true), b = compile(pairs[i].b, true);

		if (differ(&a, &b, 0) != (pairs[i].only_a ? CBPF_SAT : CBPF_UNSAT) ||
		    differ(&a, &b, 1) != (pairs[i].only_b ? CBPF_SAT : CBPF_UNSAT))
			fail_msg("'%s' and '%s'", pairs[i].a, pairs[i].b);
		cbpf_free(&a);
		cbpf_free(&b);
	}
}

/* libpcap's optimizer changes no answer, in any filter of the catalogue. */
static void test_catalogue_optimized(void **state)
{
	const struct cbpf_entry *e;

	(void)state;
	for (unsigned int i = 0; (e = cbpf_catalogue_at(i)); i++) {
		struct cbpf_prog fast, plain;
		struct cbpf_error err;

		assert_int_equal(cbpf_catalogue_compile(&fast, e, -1, 65535, true, &err), 0);
		assert_int_equal(cbpf_catalogue_compile(&plain, e, -1, 65535, false, &err), 0);
		if (differ(&fast, &plain, 0) != CBPF_UNSAT ||
		    differ(&fast, &plain, 1) != CBPF_UNSAT)
			fail_msg("%s", e->name);
		cbpf_free(&fast);
		cbpf_free(&plain);
	}
}

/* What the solver says of random programs, held against the VM: a witness must show what it stands
 * for; where there is said to be none, random packets find none. */
static void test_random_programs(void **state)
{
	struct sock_filter insns[24];
	unsigned int witnesses = 0, proofs = 0;

	(void)state;
	random_state = 7;
	for (int i = 0; i < 150; i++) {
		struct cbpf_prog prog = {.insns = insns, .linktype = DLT_EN10MB};
		struct cbpf_sym *sym;

		prog.len = random_prog(insns, 24);
		sym = solver(&prog, NULL);
		for (int accept = 0; accept < 2; accept++) {
			enum cbpf_answer answer = cbpf_sym_find(sym, 0, accept, &packet);

			assert_int_not_equal(answer, CBPF_UNDECIDED);
			if (answer == CBPF_SAT) {
				witnesses++;
				if (accepts(&prog, &packet) != accept)
					fail_msg("program %d, witness of %u bytes", i, packet.len);
				continue;
			}
			proofs++;
			for (int j = 0; j < 50; j++) {
				packet.len = random_packet(packet.data, 1, 90);
				if (accepts(&prog, &packet) == accept)
					fail_msg("program %d has a packet after all", i);
			}
		}
		cbpf_sym_free(sym);
	}
	assert_in_range(witnesses, 100, 300);
	assert_in_range(proofs, 10, 300);
}

struct seen {
	const struct cbpf_prog *prog;
	bool accept;
	unsigned int count, failed;
};

static int see(const struct cbpf_sym_path *path, void *arg)
{
	struct seen *seen = arg;

	seen->count++;
	seen->failed += path->failed;
	assert_int_equal(accepts(seen->prog, path->packet), seen->accept);
	return 0;
}

static void test_paths(void **state)
{
	static const struct {
		const char *expression;
		unsigned int accepting, rejecting, failed;
	} cases[] = {
		{"ip", 1, 2, 1}, /* the load of 12 fails, or another type */
		{"ip or arp", 2, 2, 1},
		{"ether[0] = 1 and ether[1] = 2", 1, 3, 1},
		{"greater 0", 1, 0, 0},
		{"ether[0] = 1 or ether[0] = 2 or ether[0] & 3 = 3", 3, 1, 0},
		{"tcp port 80", 4, 0, 0},
	};

	(void)state;
	for (size_t i = 0; i < ROWS(cases); i++) {
		struct cbpf_prog prog = compile(cases[i].expression, true);
		struct seen yes = {&prog, true, 0, 0}, no = {&prog, false, 0, 0};
		struct cbpf_sym *sym = solver(&prog, NULL);

		assert_int_equal(cbpf_sym_paths(sym, 0, true, see, &yes), 0);
		assert_int_equal(cbpf_sym_paths(sym, 0, false, see, &no), 0);
		if (yes.count != cases[i].accepting ||
		    (cases[i].rejecting &&
		     (no.count != cases[i].rejecting || no.failed != cases[i].failed)))
			fail_msg("%s: %u accepting, %u rejecting, %u of them at a load",
				 cases[i].expression, yes.count, no.count, no.failed);
		cbpf_sym_free(sym);
		cbpf_free(&prog);
	}
}

/* A condition on a load, and a packet that meets it; the kernel's rules on what can be at once. */
static void test_metadata(void **state)
{
	static const struct {
		const char *text;
		enum cbpf_answer accept;
	} rows[] = {
		{"ld vlan_tci\njeq #5,y,n\ny: ret #1\nn: ret #0\n", CBPF_SAT},
		{"ld vlan_tci\njeq #0x10000,y,n\ny: ret #1\nn: ret #0\n", CBPF_UNSAT},
		{"ld vlan_avail\njgt #1,y,n\ny: ret #1\nn: ret #0\n", CBPF_UNSAT},
		/* a TCI without a tag */
		{"ld vlan_avail\njeq #0,x,n\nx: ld vlan_tci\nret a\nn: ret #0\n", CBPF_UNSAT},
		{"ld vlan_avail\njeq #1,x,n\nx: ld vlan_tpid\njeq #0x88a8,y,n\ny: ret #1\n"
		 "n: ret #0\n",
		 CBPF_SAT},
		{"ld vlan_tpid\njeq #0x9100,y,n\ny: ret #1\nn: ret #0\n", CBPF_UNSAT},
		{"ld type\njgt #7,y,n\ny: ret #1\nn: ret #0\n", CBPF_UNSAT},
		{"ld ifidx\njeq #0,y,n\ny: ret #1\nn: ret #0\n", CBPF_UNSAT},
		{"ld hatype\njeq #1,y,n\ny: ret #1\nn: ret #0\n", CBPF_SAT},
		{"ld mark\njeq #0xdeadbeef,y,n\ny: ld rxhash\njeq #0xcafe0000,z,n\nz: ret #1\n"
		 "n: ret #0\n",
		 CBPF_SAT},
		{"ldx #3\nld proto\nld queue\njeq #7,y,n\ny: ret #1\nn: ret #0\n", CBPF_SAT},
		/* the IPv4 header's first byte, counted from where the network header begins */
		{"ldb [-1048576]\njeq #0x45,x,n\nx: ldb [14]\njeq #0x45,y,n\ny: ret #0\nn: ret "
		 "#1\n",
		 CBPF_SAT},
		{"ldb [-1048576]\njeq #0x45,x,n\nx: ldb [14]\njeq #0x45,n,y\ny: ret #1\nn: ret "
		 "#0\n",
		 CBPF_UNSAT},
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct cbpf_prog prog;
		struct cbpf_error err;
		struct cbpf_sym *sym;
		enum cbpf_answer answer;

		if (cbpf_read(&prog, rows[i].text, strlen(rows[i].text), CBPF_FORM_ASM, &err))
			fail_msg("%s: %s", rows[i].text, err.text);
		sym = solver(&prog, NULL);
		answer = cbpf_sym_find(sym, 0, true, &packet);
		if (answer != rows[i].accept || (answer == CBPF_SAT && !accepts(&prog, &packet)))
			fail_msg("%s: answer %d", rows[i].text, answer);
		cbpf_sym_free(sym);
		cbpf_free(&prog);
	}
}

static void test_refused(void **state)
{
	struct sock_filter cpu[] = {{0x30, 0, 0, (uint32_t)SKF_AD_OFF + SKF_AD_CPU},
				    {0x16, 0, 0, 0}};
	struct cbpf_prog prog = {.insns = cpu, .len = 2};
	const struct cbpf_prog *const progs[] = {&prog};
	struct cbpf_sym *sym = NULL;
	struct cbpf_error err;

	(void)state;
	assert_int_equal(cbpf_sym_new(&sym, progs, 1, 9, &err), -EOPNOTSUPP);
	assert_non_null(strstr(err.text, "instruction 0 loads cpu, which is no property"));
	/* headers are known of Ethernet alone */
	cpu[0].k = (uint32_t)SKF_NET_OFF;
	prog.linktype = DLT_LINUX_SLL;
	assert_int_equal(cbpf_sym_new(&sym, progs, 1, 9, &err), -EOPNOTSUPP);
	assert_non_null(strstr(err.text, "counts from a header"));
	prog.len = 1;
	assert_int_equal(cbpf_sym_new(&sym, progs, 1, 9, &err), -EINVAL);
	assert_null(sym);
}

/* (p | q) r - (p & q) r is (p ^ q) r, in 32 bits: true, and nothing that a solver proves soon. */
static void test_undecided(void **state)
{
	struct cbpf_prog a =
		compile("(ether[14:4] ^ ether[18:4]) * ether[22:4] = 0x12345679", true);
	struct cbpf_prog b = compile("(ether[14:4] | ether[18:4]) * ether[22:4] - "
				     "(ether[14:4] & ether[18:4]) * ether[22:4] = 0x12345679",
				     true);
	const struct cbpf_prog *const progs[] = {&a, &b};
	struct cbpf_error err;
	struct cbpf_sym *sym;

	(void)state;
	assert_int_equal(cbpf_sym_new(&sym, progs, 2, 1, &err), 0);
	assert_int_equal(cbpf_sym_differ(sym, 0, &packet), CBPF_UNDECIDED);
	cbpf_sym_free(sym);
	assert_int_equal(cbpf_sym_new(&sym, progs, 2, 0, &err), -ETIME);
	assert_string_equal(err.text, "not decided in 0 seconds");
	cbpf_free(&a);
	cbpf_free(&b);
}

static void test_values(void **state)
{
	const struct cbpf_values any = {0}, fifteen = cbpf_values_of(15), two = cbpf_values_of(2),
				 wide = cbpf_values_of(0xffff), zero = cbpf_values_of(0);
	struct cbpf_values v = cbpf_values_alu(BPF_AND, &any, &fifteen);

	(void)state;
	assert_int_equal(v.count, 16);
	v = cbpf_values_alu(BPF_LSH, &v, &two);
	assert_int_equal(v.count, 16);
	for (int i = 0; i < 16; i++)
		assert_int_equal(v.v[i] & ~60U, 0);
	assert_int_equal(cbpf_values_alu(BPF_ADD, &v, &v).count, 31);
	assert_int_equal(cbpf_values_alu(BPF_AND, &any, &wide).count, 0);
	assert_int_equal(cbpf_values_alu(BPF_AND, &any, &zero).count, 1);
	assert_int_equal(cbpf_values_alu(BPF_ADD, &any, &two).count, 0);
	assert_int_equal(cbpf_values_join(&v, &fifteen).count, 17);
	assert_int_equal(cbpf_values_join(&v, &any).count, 0);
	assert_int_equal(cbpf_alu(BPF_LSH, 1, 33), 2);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_pairs),           cmocka_unit_test(test_catalogue_optimized),
		cmocka_unit_test(test_random_programs), cmocka_unit_test(test_paths),
		cmocka_unit_test(test_refused),         cmocka_unit_test(test_undecided),
		cmocka_unit_test(test_values),          cmocka_unit_test(test_metadata),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
