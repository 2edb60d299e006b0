/* SPDX-License-Identifier: GPL-2.0-or-later */
/* An engine that is wrong on purpose is caught at the instruction where it is wrong; one that is
 * right is not. */
#include "probe.h"

#include "insn.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* The VM's stepper over a program in which one opcode is another. */
static uint16_t code, becomes;

static int wrong_open(void **state, const struct cbpf_prog *prog, struct cbpf_error *err)
{
	struct cbpf_prog *copy = calloc(1, sizeof(*copy));

	(void)err;
	assert_non_null(copy);
	copy->len = prog->len;
	copy->insns = malloc(prog->len * sizeof(*prog->insns));
	assert_non_null(copy->insns);
	memcpy(copy->insns, prog->insns, prog->len * sizeof(*prog->insns));
	for (uint32_t n = 0; n < copy->len; n++)
		if (copy->insns[n].code == code)
			copy->insns[n].code = becomes;
	*state = copy;
	return 0;
}

static const char *wrong_cannot(const void *state, const struct cbpf_packet *pkt)
{
	(void)state;
	(void)pkt;
	return NULL;
}

/* It clamps, as a socket does. */
static int wrong_run(void *state, const struct cbpf_packet *pkt, uint32_t *ret)
{
	*ret = cbpf_clamp(cbpf_step_through(state, pkt), pkt->len);
	return 0;
}

static void wrong_close(void *state)
{
	cbpf_free(state);
	free(state);
}

static const struct cbpf_engine wrong = {.name = "wrong",
					 .open = wrong_open,
					 .cannot = wrong_cannot,
					 .run = wrong_run,
					 .close = wrong_close,
					 .clamped = true};

static const char text[] = "ldx 4*([14]&0xf)\n" /* 0: 20 */
			   "ldh [x+14]\n"       /* 1: 80 */
			   "st M[3]\n"          /* 2 */
			   "and #0xfff0\n"      /* 3: 80 */
			   "jeq #80,on,out\n"   /* 4 */
			   "on: tax\n"          /* 5 */
			   "ld M[3]\n"          /* 6 */
			   "rsh x\n"            /* 7: by 16: 0 */
			   "jgt #0,out,last\n"  /* 8 */
			   "last: ldb [60]\n"   /* 9: past the end */
			   "ret #1\n"
			   "out: ret #0\n";

static const struct {
	uint16_t code, becomes;
	int ret;
	uint32_t insn;
	enum cbpf_part part;
	uint32_t value;
} rows[] = {
	{BPF_ALU | BPF_AND | BPF_K, BPF_ALU | BPF_OR | BPF_K, 0, 3, CBPF_PART_A, 80},
	{BPF_LDX | BPF_MSH | BPF_B, BPF_LDX | BPF_IMM, 0, 0, CBPF_PART_X, 20},
	{BPF_LD | BPF_IND | BPF_H, BPF_LD | BPF_IND | BPF_B, 0, 1, CBPF_PART_A, 80},
	{BPF_ST, BPF_STX, 0, 2, CBPF_PART_M, 80},
	{BPF_JMP | BPF_JGT | BPF_K, BPF_JMP | BPF_JGE | BPF_K, 0, 8, CBPF_PART_JUMP, 0},
	{BPF_MISC | BPF_TAX, BPF_MISC | BPF_TXA, 0, 5, CBPF_PART_A, 80},
	{BPF_ALU | BPF_RSH | BPF_X, BPF_ALU | BPF_LSH | BPF_X, 0, 7, CBPF_PART_A, 0},
	/* which does not end for a load past the end */
	{BPF_LD | BPF_ABS | BPF_B, BPF_LD | BPF_IMM, 0, 9, CBPF_PART_LOAD, 0},
	{0xffff, 0xffff, -ENOENT, 0, 0, 0},
};

static const uint8_t frame[60] = {[12] = 8, [14] = 0x45, [35] = 80};
static const struct cbpf_packet pkt = {
	.data = frame, .caplen = sizeof(frame), .len = sizeof(frame)};

static struct cbpf_prog read_text(void)
{
	struct cbpf_prog prog;
	struct cbpf_error err;

	assert_int_equal(cbpf_read(&prog, text, strlen(text), CBPF_FORM_ASM, &err), 0);
	return prog;
}

static void where_it_is_wrong(void **state)
{
	struct cbpf_prog prog = read_text();
	struct cbpf_parting at;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		int ret;

		code = rows[i].code;
		becomes = rows[i].becomes;
		ret = cbpf_probe(&prog, &pkt, &wrong, &at);
		if (ret != rows[i].ret)
			fail_msg("row %zu: %d", i, ret);
		if (!ret && (at.insn != rows[i].insn || at.part != rows[i].part ||
			     (at.part <= CBPF_PART_M && at.value != rows[i].value)))
			fail_msg("row %zu: instruction %u, part %d, value %u", i, at.insn, at.part,
				 at.value);
	}
	cbpf_free(&prog);
}

/* The places that are right: nothing is found, to the last instruction. */
static void where_it_is_right(void **state)
{
	struct cbpf_prog prog = read_text();
	struct cbpf_parting at;

	(void)state;
	assert_int_equal(cbpf_probe(&prog, &pkt, &cbpf_engine_vm, &at), -ENOENT);
	assert_int_equal(cbpf_probe(&prog, &pkt, &cbpf_engine_kernel, &at), -ENOENT);
	assert_int_equal(cbpf_probe(&prog, &pkt, &cbpf_engine_libpcap, &at), -ENOENT);
	cbpf_free(&prog);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(where_it_is_wrong),
		cmocka_unit_test(where_it_is_right),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
