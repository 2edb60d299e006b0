/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Programs and packets from bytes: every engine returns what the VM returns, or differs by a rule
 * that has a name; the fast VM is the stepper; many packets at once are each alone; what check
 * predicts is what the kernel says. One input is one program on PACKETS packets. The counts are
 * printed at the end. */
#include "check.h"
#include "engine.h"
#include "insn.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#define PACKETS 64
#define ENGINES 8

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerInitialize(int *argc, char ***argv);

static unsigned long long programs, runs, compared[ENGINES], named[ENGINES], left_out[ENGINES],
	predictions;
static int oracle[2];

struct input {
	const uint8_t *p, *end;
	uint32_t more; /* what follows the end: numbers that the input decides */
};

static uint32_t take(struct input *in, unsigned int bytes)
{
	uint32_t v = 0;

	while (bytes--) {
		in->more = in->more * 1664525 + 1013904223;
		v = v << 8 | (in->p < in->end ? *in->p++ : in->more >> 24);
	}
	return v;
}

static void report(void)
{
	fprintf(stderr, "%llu programs, %llu runs of the VM, %llu predictions\n", programs, runs,
		predictions);
	for (int i = 0; cbpf_engines[i]; i++)
		fprintf(stderr, "%s: %llu compared, %llu named differences, %llu left out\n",
			cbpf_engines[i]->name, compared[i], named[i], left_out[i]);
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	if (socketpair(AF_UNIX, SOCK_DGRAM, 0, oracle))
		abort();
	atexit(report);
	return 0;
}

__attribute__((noreturn)) static void unexplained(const struct cbpf_prog *prog,
						  const struct cbpf_packet *pkt, const char *what,
						  uint32_t ours, uint32_t theirs)
{
	char *text;

	fprintf(stderr, "unexplained: %s: vm %u, there %u\n", what, ours, theirs);
	if (!cbpf_write(&text, NULL, prog, CBPF_FORM_ASM))
		fputs(text, stderr);
	for (uint32_t i = 0; pkt && i < pkt->len; i++)
		fprintf(stderr, "%02x", pkt->data[i]);
	fputc('\n', stderr);
	abort();
}

static uint32_t constant(struct input *in)
{
	static const uint32_t odd[] = {0,
				       1,
				       31,
				       32,
				       0x7fff,
				       0x8000,
				       0x7fffffff,
				       0x80000000,
				       0xffffffff,
				       0xfffffff0,
				       (uint32_t)SKF_AD_OFF + SKF_AD_ALU_XOR_X,
				       (uint32_t)SKF_AD_OFF + SKF_AD_NLATTR,
				       (uint32_t)SKF_AD_OFF + SKF_AD_NLATTR_NEST,
				       0x800,
				       0x88f7,
				       16};
	uint32_t how = take(in, 1);

	if (how < 160)
		return how % 64;
	if (how < 208)
		return odd[how % (sizeof(odd) / sizeof(odd[0]))];
	return how < 232 ? take(in, 2) : take(in, 4);
}

/* What filters are made of, and what alone runs column by column. */
static bool is_plain(uint16_t code)
{
	bool by_x = BPF_CLASS(code) == BPF_ALU && BPF_SRC(code) == BPF_X;
	bool loads = BPF_CLASS(code) == BPF_LD || BPF_CLASS(code) == BPF_LDX;

	return BPF_CLASS(code) != BPF_ST && BPF_CLASS(code) != BPF_STX &&
	       !(loads && BPF_MODE(code) == BPF_MEM) &&
	       !(by_x && (BPF_OP(code) == BPF_DIV || BPF_OP(code) == BPF_MOD));
}

static void one_insn(struct input *in, struct sock_filter *i, uint32_t left, bool plain)
{
	static uint32_t count;

	while (!count || cbpf_ops[count].name[0])
		count++;
	i->code = cbpf_ops[take(in, 1) % count].code;
	i->k = constant(in);
	if (plain && !is_plain(i->code))
		i->code = BPF_LD | BPF_H | BPF_ABS;
	if (plain && (BPF_CLASS(i->code) == BPF_LD || BPF_CLASS(i->code) == BPF_LDX))
		i->k &= INT32_MAX;
	i->jt = i->jf = 0;
	if (cbpf_is_branch(i->code)) {
		i->jt = (uint8_t)(take(in, 1) % left);
		i->jf = (uint8_t)(take(in, 1) % left);
	} else if (i->code == (BPF_JMP | BPF_JA)) {
		i->k %= left;
	}
}

/* Until Linux takes it: what it refuses becomes a load of a constant. */
static bool repair(struct cbpf_prog *prog)
{
	struct cbpf_finding f;

	for (uint32_t tries = 0; tries <= prog->len; tries++) {
		if (cbpf_check(prog, 0, &f))
			return true;
		if (f.insn >= prog->len)
			return false;
		prog->insns[f.insn] = (struct sock_filter){BPF_LD | BPF_IMM, 0, 0, f.insn};
	}
	return false;
}

static void predict(const struct cbpf_prog *prog)
{
	struct cbpf_finding f;
	int answer;

	cbpf_check(prog, CBPF_OPTMEM_DEFAULT, &f);
	answer = cbpf_attach(oracle[1], prog);
	predictions++;
	if (answer != f.error)
		unexplained(prog, NULL, f.text, (uint32_t)f.error, (uint32_t)answer);
}

/* The input's bytes as instructions, whatever they are: for the predictions. */
static void raw_program(struct input *in)
{
	struct sock_filter insns[64];
	struct cbpf_prog prog = {.insns = insns};

	while (in->p < in->end && prog.len < 64) {
		struct sock_filter *i = &insns[prog.len++];

		i->code = (uint16_t)(take(in, 1) & 0xff);
		i->jt = (uint8_t)(take(in, 1) & 7);
		i->jf = (uint8_t)(take(in, 1) & 7);
		i->k = constant(in);
	}
	predict(&prog);
	if (prog.len) {
		insns[prog.len - 1] = (struct sock_filter){BPF_RET | BPF_A, 0, 0, 0};
		predict(&prog);
	}
}

static void compare(const struct cbpf_prog *prog, const struct cbpf_packet *pkt, int e, void *state,
		    uint32_t ours)
{
	const struct cbpf_engine *engine = cbpf_engines[e];
	uint32_t theirs, insn;

	if (!state || engine->cannot(state, pkt) || engine->run(state, pkt, &theirs)) {
		left_out[e]++;
		return;
	}
	compared[e]++;
	if (theirs == ours || (engine->clamped && theirs == cbpf_clamp(ours, pkt->len)))
		return;
	if (!cbpf_known_difference(prog, pkt, engine, &insn))
		unexplained(prog, pkt, engine->name, ours, theirs);
	named[e]++;
}

static void at_once(const struct cbpf_prog *prog, const struct cbpf_packet *pkts,
		    const struct cbpf_engine *engine, void *state, const uint32_t ours[PACKETS])
{
	uint32_t rets[PACKETS];

	engine->run_many(state, pkts, PACKETS, rets);
	for (int n = 0; n < PACKETS; n++)
		if (rets[n] != ours[n])
			unexplained(prog, &pkts[n], "many at once", ours[n], rets[n]);
}

/* The rest of the input, then the same with bytes and lengths changed. */
static void run_packets(const struct cbpf_prog *prog, struct input *in, void *const states[ENGINES])
{
	static uint8_t all[PACKETS][128];
	struct cbpf_packet pkts[PACKETS];
	uint32_t ours[PACKETS];
	uint8_t bytes[128] = {0};
	uint32_t seed = take(in, 4) | 1, len = (uint32_t)(in->end - in->p);

	len = len > sizeof(bytes) ? sizeof(bytes) : len;
	memcpy(bytes, in->p, len);
	for (uint32_t i = len; i < sizeof(bytes); i++)
		bytes[i] = (uint8_t)(take(in, 1) & (i & 1 ? 0xff : 0x1f));
	for (int n = 0; n < PACKETS; n++) {
		struct cbpf_packet *pkt = &pkts[n];

		*pkt = (struct cbpf_packet){.data = all[n], .len = len};
		if (n) {
			seed = seed * 1664525 + 1013904223;
			bytes[(seed >> 8) % sizeof(bytes)] = (uint8_t)(seed >> 24);
			pkt->len = n & 1 ? 14 + (seed >> 16) % (sizeof(bytes) - 14) : sizeof(bytes);
		}
		pkt->caplen = pkt->len;
		memcpy(all[n], bytes, sizeof(bytes));
		ours[n] = cbpf_vm_run(states[0], pkt);
		runs++;
		if (ours[n] != cbpf_step_through(prog, pkt))
			unexplained(prog, pkt, "step", ours[n], cbpf_step_through(prog, pkt));
		for (int e = 1; cbpf_engines[e]; e++)
			compare(prog, pkt, e, states[e], ours[n]);
	}
	for (int e = 0; cbpf_engines[e]; e++)
		if (states[e] && cbpf_engines[e]->run_many)
			at_once(prog, pkts, cbpf_engines[e], states[e], ours);
}

static void valid_program(struct input *in)
{
	struct sock_filter insns[48];
	struct cbpf_prog prog = {.linktype = 1, .insns = insns, .len = 2 + take(in, 1) % 46};
	bool plain = take(in, 1) & 1;
	void *states[ENGINES] = {NULL};
	struct cbpf_error err;

	for (uint32_t n = 0; n + 1 < prog.len; n++)
		one_insn(in, &insns[n], prog.len - n - 1, plain);
	insns[prog.len - 1] = (struct sock_filter){BPF_RET | BPF_A, 0, 0, 0};
	if (!repair(&prog))
		return;
	programs++;
	predict(&prog);
	for (int e = 0; cbpf_engines[e]; e++)
		/* LLVM takes longer for one program than all others for all packets: it gets few.
		 */
		if ((!strcmp(cbpf_engines[e]->name, "jit") && programs % 32) ||
		    cbpf_engines[e]->open(&states[e], &prog, &err))
			states[e] = NULL;
	if (!states[0])
		unexplained(&prog, NULL, "the VM does not take it", 0, 0);
	run_packets(&prog, in, states);
	for (int e = 0; cbpf_engines[e]; e++)
		if (states[e])
			cbpf_engines[e]->close(states[e]);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input in = {data, data + size, (uint32_t)size};
	uint32_t kind;

	for (size_t i = 0; i < size; i++)
		in.more = (in.more ^ data[i]) * 16777619;
	kind = take(&in, 1);

	if (kind & 15)
		valid_program(&in);
	else
		raw_program(&in);
	return 0;
}
