/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Two programs way by way: rows with what is to be found, and pairs of made expressions, on which
 * the solver must say the same. */
#include "product.h"

#include "vm.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define SAME CBPF_UNSAT, CBPF_UNSAT
#define A_MORE CBPF_SAT, CBPF_UNSAT
#define B_MORE CBPF_UNSAT, CBPF_SAT
#define BOTH CBPF_SAT, CBPF_SAT

static struct cbpf_product_answer found;

static struct cbpf_prog compile(const char *expression)
{
	struct cbpf_prog prog;
	struct cbpf_error err;

	if (cbpf_compile(&prog, expression, 1, 262144, true, &err))
		fail_msg("%s: %s", expression, err.text);
	return prog;
}

static struct cbpf_prog read_asm(const char *text)
{
	struct cbpf_prog prog;
	struct cbpf_error err;

	if (cbpf_read(&prog, text, strlen(text), CBPF_FORM_ASM, &err))
		fail_msg("%s: %s", text, err.text);
	return prog;
}

static uint32_t run(const struct cbpf_prog *prog, const struct cbpf_sym_packet *packet)
{
	struct cbpf_packet pkt = {.data = packet->data, .caplen = packet->len, .len = packet->len};
	struct cbpf_error err;
	struct cbpf_vm *vm;
	uint32_t ret;

	assert_int_equal(cbpf_vm_new(&vm, prog, &err), 0);
	ret = cbpf_vm_run(vm, &pkt);
	cbpf_vm_free(vm);
	return ret;
}

static void expect(const char *what, struct cbpf_prog a, struct cbpf_prog b,
		   enum cbpf_answer a_more, enum cbpf_answer b_more)
{
	const struct cbpf_prog *progs[] = {&a, &b};

	assert_int_equal(cbpf_product(&found, &a, &b, 20), 0);
	if (found.differ[0] != a_more || found.differ[1] != b_more)
		fail_msg("%s: %d and %d, expected %d and %d", what, found.differ[0],
			 found.differ[1], a_more, b_more);
	for (int n = 0; n < 2; n++)
		if (found.differ[n] == CBPF_SAT &&
		    (!run(progs[n], &found.packet[n]) || run(progs[!n], &found.packet[n])))
			fail_msg("%s: the packet shows no difference", what);
	cbpf_free(&a);
	cbpf_free(&b);
}

static const struct row {
	const char *a, *b;
	enum cbpf_answer a_more, b_more;
} expressions[] = {
	{"ip", "ip", SAME},
	{"ip", "ip or arp", B_MORE},
	{"ip or arp", "arp", A_MORE},
	{"ip", "arp", BOTH},
	{"tcp port 80", "tcp src port 80 or tcp dst port 80", SAME},
	{"tcp port 80", "tcp src port 80", A_MORE},
	{"portrange 1000-2000", "portrange 1000-2001", B_MORE},
	/* B looks at both ports before it is content with one: not of a packet cut between them */
	{"portrange 1000-2000", "portrange 1001-2000 or port 1000", A_MORE},
	{"host 10.0.0.1 or host 10.0.0.2", "host 10.0.0.2 or host 10.0.0.1", SAME},
	{"src 10.0.0.1 and dst 10.0.0.2", "dst 10.0.0.1 and src 10.0.0.2", BOTH},
	{"vlan 5", "vlan 6", BOTH},
	{"tcp[13] & 2 != 0", "tcp[tcpflags] & tcp-syn != 0", SAME},
	{"tcp[13] & 2 != 0", "tcp[13] & 6 != 0", B_MORE},
	{"ip[2:2] > 100", "ip[2:2] >= 101", SAME},
	{"ip[2:2] > 100", "ip[2:2] >= 102", A_MORE},
	{"greater 101", "len > 100", SAME},
	{"less 100", "len < 100", A_MORE},
	{"ether multicast", "ether[0] & 1 != 0", SAME},
	{"net 10.0.0.0/8", "net 10.0.0.0/9", A_MORE},
	{"ip6 host ::1", "ip6 src ::1 or ip6 dst ::1", SAME},
	/* a load that is not there rejects, whatever the comparison would say */
	{"not ether[100] = 1", "not ether[100] = 1 and len > 100", SAME},
	{"not ether[100] = 1", "not ether[101] = 1", BOTH},
};

static void of_expressions(void **state)
{
	(void)state;
	for (const struct row *r = expressions;
	     r < expressions + sizeof(expressions) / sizeof(*expressions); r++)
		expect(r->a, compile(r->a), compile(r->b), r->a_more, r->b_more);
}

static const struct row assembled[] = {
	/* only where the whole header is: `ldx 4*([14]&0xf)` gives 0 to 60 */
	{"ldx 4*([14]&0xf)\nldb [x+0]\njeq #0x45,y,n\ny: ret #1\nn: ret #0\n",
	 "ldx 4*([14]&0xf)\nldb [x+0]\njeq #0x45,y,n\ny: ret #1\nn: ret #0\n", SAME},
	{"ldb [0]\nst M[3]\nldb [1]\nld M[3]\nret a\n", "ldb [1]\nldb [0]\nret a\n", SAME},
	{"ld [0]\nand #0xff00\njeq #0x1200,y,n\ny: ret #1\nn: ret #0\n",
	 "ld [0]\nand #0xffff\nand #0xff00\njeq #0x1200,y,n\ny: ret #1\nn: ret #0\n", SAME},
	{"ld [0]\njeq #0x100,y,n\ny: ret #1\nn: ret #0\n", "ldb [0]\nret #0\n", A_MORE},
	{"ldb [0]\njeq #0x100,y,n\ny: ret #1\nn: ret #0\n", "ret #0\n", SAME},
	{"ld #1\nret a\n", "ret #7\n", SAME},
	{"ld #len\njge #65535,y,n\ny: ret #1\nn: ret #0\n", "ret #0\n", A_MORE},
	{"ld #len\njgt #65535,y,n\ny: ret #1\nn: ret #0\n", "ret #0\n", SAME},
	/* left to the solver: arithmetic, metadata */
	{"ldb [0]\nadd #1\njeq #3,y,n\ny: ret #1\nn: ret #0\n", "ret #0\n", CBPF_UNDECIDED,
	 CBPF_UNDECIDED},
	{"ldh [0]\nld vlan_tci\nret a\n", "ret #0\n", CBPF_UNDECIDED, CBPF_UNDECIDED},
	{"ldx #1\nld #5\nld rxhash\nret a\n", "ret #0\n", CBPF_UNDECIDED, CBPF_UNDECIDED},
};

static void of_instructions(void **state)
{
	(void)state;
	for (const struct row *r = assembled;
	     r < assembled + sizeof(assembled) / sizeof(*assembled); r++)
		expect(r->a, read_asm(r->a), read_asm(r->b), r->a_more, r->b_more);
}

/* ---- many hosts ---- */

#define HOSTS 600

/* In steps of 7, which visits each host, or in order; without number `missing`. */
static struct cbpf_prog hosts(uint32_t step, uint32_t missing)
{
	char *text = malloc(HOSTS * 64), *end = text;
	struct cbpf_prog prog;

	assert_non_null(text);
	end += sprintf(end, "ld [26]\n");
	for (uint32_t n = 0; n < HOSTS; n++) {
		uint32_t host = n * step % HOSTS;

		if (host != missing)
			end += sprintf(end, "jeq #0x%x,y%u,n%u\ny%u: ret #1\nn%u: ld [26]\n",
				       0x0a000000 + host, n, n, n, n);
	}
	sprintf(end, "ret #0\n");
	prog = read_asm(text);
	free(text);
	return prog;
}

static void of_many_hosts(void **state)
{
	(void)state;
	expect("another order", hosts(1, HOSTS), hosts(7, HOSTS), SAME);
	expect("one is missing", hosts(1, HOSTS), hosts(7, 333), A_MORE);
	expect("another is missing", hosts(1, 5), hosts(7, 333), BOTH);
}

/* ---- beside the solver ---- */

static uint32_t seed = 7;

static const char *one_of(const char *const words[], uint32_t count)
{
	seed = seed * 1664525 + 1013904223;
	return words[(uint64_t)seed * count >> 32];
}

static void make(char *text, size_t size)
{
	static const char *const parts[] = {"ip",
					    "arp",
					    "tcp",
					    "port 80",
					    "src port 53",
					    "host 10.0.0.1",
					    "dst 10.0.0.2",
					    "net 10.0.0.0/24",
					    "ip[8] < 5",
					    "ether[0] & 3 = 1",
					    "len > 70",
					    "udp portrange 5-9",
					    "tcp[13] = 2",
					    "icmp",
					    "ip6",
					    "ether[12:2] > 2000",
					    "vlan",
					    "src 10.0.0.1",
					    "ip[6:2] & 7 = 1"};
	static const char *const joints[] = {" and ", " or ", " and not "};
	const uint32_t n = sizeof(parts) / sizeof(*parts);

	snprintf(text, size, "%s%s(%s%s%s)", one_of(parts, n), one_of(joints, 3), one_of(parts, n),
		 one_of(joints, 2), one_of(parts, n));
}

static void agree(struct cbpf_prog *a, struct cbpf_prog *b, const char *what, unsigned int *decided)
{
	const struct cbpf_prog *const progs[] = {a, b};
	static struct cbpf_sym_packet packet;
	struct cbpf_error err;
	struct cbpf_sym *sym;

	assert_int_equal(cbpf_product(&found, a, b, 20), 0);
	assert_int_equal(cbpf_sym_new(&sym, progs, 2, 20, &err), 0);
	for (unsigned int n = 0; n < 2; n++) {
		if (found.differ[n] == CBPF_UNDECIDED)
			continue;
		(*decided)++;
		if (cbpf_sym_differ(sym, n, &packet) != found.differ[n])
			fail_msg("%s, %u: way by way %d, the solver says otherwise", what, n,
				 found.differ[n]);
	}
	cbpf_sym_free(sym);
}

static void as_the_solver(void **state)
{
	unsigned int decided = 0;
	char a[256], b[256], what[520];
	struct cbpf_prog pa, pb;
	struct cbpf_error err;

	(void)state;
	for (int i = 0; i < 60; i++) {
		make(a, sizeof(a));
		make(b, sizeof(b));
		/* libpcap refuses what it sees that nothing can match */
		if (cbpf_compile(&pa, a, 1, 262144, true, &err))
			continue;
		if (!cbpf_compile(&pb, b, 1, 262144, true, &err)) {
			snprintf(what, sizeof(what), "%s; %s", a, b);
			agree(&pa, &pb, what, &decided);
			cbpf_free(&pb);
		}
		cbpf_free(&pa);
	}
	assert_true(decided > 60);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(of_expressions),
		cmocka_unit_test(of_instructions),
		cmocka_unit_test(of_many_hosts),
		cmocka_unit_test(as_the_solver),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
