/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "engine.h"

#include "check.h"
#include "engine_jit.h"
#include "engine_xdp.h"
#include "insn.h"

#include <errno.h>
#include <pcap/pcap.h>
#include <stdlib.h>
#include <string.h>

const struct cbpf_engine *const cbpf_engines[] = {
	&cbpf_engine_vm,
	&cbpf_engine_libpcap,
	&cbpf_engine_kernel,
	&cbpf_engine_tc,
	&cbpf_engine_xdp,
	&cbpf_engine_jit,
	NULL,
};

const struct cbpf_engine *cbpf_engine_find(const char *name)
{
	for (const struct cbpf_engine *const *e = cbpf_engines; *e; e++)
		if (!strcmp((*e)->name, name))
			return *e;
	return NULL;
}

bool cbpf_bytes_alone(const struct cbpf_prog *prog, struct cbpf_error *err)
{
	for (uint32_t n = 0; n < prog->len; n++) {
		const struct sock_filter *i = &prog->insns[n];
		const struct cbpf_ancillary *a;
		bool abs = BPF_CLASS(i->code) == BPF_LD && BPF_MODE(i->code) == BPF_ABS;
		bool msh = BPF_CLASS(i->code) == BPF_LDX && BPF_MODE(i->code) == BPF_MSH;

		if ((!abs && !msh) || i->k <= INT32_MAX)
			continue;
		a = abs ? cbpf_ancillary_find(i->k) : NULL;
		if (a && a->offset == SKF_AD_ALU_XOR_X)
			continue;
		cbpf_error_set(err, -EOPNOTSUPP, "instruction %u loads %s%s, which it has not", n,
			       a ? "the metadata " : "from a header (SKF_LL, SKF_NET)",
			       a ? a->tcpdump : "");
		return false;
	}
	return true;
}

#define SMALL 0x100000

/* An instruction that can give X something large. */
static bool enlarges_x(const struct sock_filter *i)
{
	if (BPF_CLASS(i->code) == BPF_MISC)
		return BPF_MISCOP(i->code) == BPF_TAX;
	if (BPF_CLASS(i->code) != BPF_LDX)
		return false;
	return BPF_MODE(i->code) == BPF_MEM || BPF_MODE(i->code) == BPF_LEN ||
	       (BPF_MODE(i->code) == BPF_IMM && i->k > SMALL);
}

static bool is_indirect(const struct sock_filter *i)
{
	return BPF_CLASS(i->code) == BPF_LD && BPF_MODE(i->code) == BPF_IND;
}

bool cbpf_may_reach_headers(const struct cbpf_prog *prog)
{
	bool indirect = false, large = false;

	for (uint32_t n = 0; n < prog->len; n++) {
		const struct sock_filter *i = &prog->insns[n];

		indirect = indirect || is_indirect(i);
		large = large || enlarges_x(i) || (is_indirect(i) && i->k > SMALL);
	}
	return indirect && large;
}

int cbpf_guard_init(struct cbpf_guard *guard, const struct cbpf_prog *prog)
{
	*guard = (struct cbpf_guard){0};
	if (!cbpf_may_reach_headers(prog))
		return 0;
	guard->prog.insns = malloc(prog->len * sizeof(*prog->insns));
	if (!guard->prog.insns)
		return -ENOMEM;
	memcpy(guard->prog.insns, prog->insns, prog->len * sizeof(*prog->insns));
	guard->prog.len = prog->len;
	return 0;
}

const char *cbpf_guard_cannot(const struct cbpf_guard *guard, const struct cbpf_packet *pkt)
{
	struct cbpf_event ev;
	struct cbpf_state st;

	cbpf_state_init(&st);
	while (guard->prog.len && !st.done) {
		const struct sock_filter *i = &guard->prog.insns[st.pc];

		if (is_indirect(i) && (int32_t)(st.x + i->k) < 0 &&
		    (int32_t)(st.x + i->k) >= SKF_LL_OFF)
			return "a load counts from a header (SKF_LL, SKF_NET), which it has not";
		cbpf_step(&st, &guard->prog, pkt, &ev);
	}
	return NULL;
}

void cbpf_guard_free(struct cbpf_guard *guard)
{
	cbpf_free(&guard->prog);
}

/* ---- vm ---- */
static int vm_open(void **state, const struct cbpf_prog *prog, struct cbpf_error *err)
{
	return cbpf_vm_new((struct cbpf_vm **)state, prog, err);
}

static const char *vm_cannot(const void *state, const struct cbpf_packet *pkt)
{
	(void)state;
	(void)pkt;
	return NULL;
}

static int vm_run(void *state, const struct cbpf_packet *pkt, uint32_t *ret)
{
	*ret = cbpf_vm_run(state, pkt);
	return 0;
}

static void vm_run_many(void *state, const struct cbpf_packet *pkts, uint32_t count, uint32_t *rets)
{
	cbpf_vm_run_many(state, pkts, count, rets);
}

static void vm_close(void *state)
{
	cbpf_vm_free(state);
}

const struct cbpf_engine cbpf_engine_vm = {
	.name = "vm",
	.summary = "our own, with Linux' semantics",
	.open = vm_open,
	.cannot = vm_cannot,
	.run = vm_run,
	.run_many = vm_run_many,
	.close = vm_close,
};

/* ---- libpcap ---- */
struct libpcap {
	struct cbpf_guard guard;
	struct bpf_insn insns[];
};

static int libpcap_open(void **state, const struct cbpf_prog *prog, struct cbpf_error *err)
{
	uint32_t xor_x = (uint32_t)SKF_AD_OFF + SKF_AD_ALU_XOR_X;
	struct cbpf_finding f;
	struct libpcap *l;

	if (!cbpf_bytes_alone(prog, err))
		return -EOPNOTSUPP;
	for (uint32_t n = 0; n < prog->len; n++)
		if (BPF_CLASS(prog->insns[n].code) == BPF_LD &&
		    BPF_MODE(prog->insns[n].code) == BPF_ABS && prog->insns[n].k == xor_x)
			return cbpf_error_set(err, -EOPNOTSUPP,
					      "instruction %u is xor_x, which it has not", n);
	/* bpf_filter() aborts the process on programs that bpf_validate() passes, such as `ret x`.
	 */
	if (!cbpf_check(prog, 0, &f) && f.rule != CBPF_RULE_CONVERTED_JUMP)
		return cbpf_error_set(err, -EINVAL, "%s", f.text);
	if (!bpf_validate((const struct bpf_insn *)prog->insns, (int)prog->len))
		return cbpf_error_set(err, -EOPNOTSUPP, "bpf_validate() refuses the program");
	l = malloc(sizeof(*l) + prog->len * sizeof(l->insns[0]));
	if (!l || cbpf_guard_init(&l->guard, prog)) {
		free(l);
		return cbpf_error_set(err, -ENOMEM, "out of memory");
	}
	memcpy(l->insns, prog->insns, prog->len * sizeof(l->insns[0]));
	*state = l;
	return 0;
}

static const char *libpcap_cannot(const void *state, const struct cbpf_packet *pkt)
{
	return cbpf_guard_cannot(&((const struct libpcap *)state)->guard, pkt);
}

static int libpcap_run(void *state, const struct cbpf_packet *pkt, uint32_t *ret)
{
	*ret = bpf_filter(((struct libpcap *)state)->insns, pkt->data, pkt->len, pkt->caplen);
	return 0;
}

static void libpcap_close(void *state)
{
	cbpf_guard_free(&((struct libpcap *)state)->guard);
	free(state);
}

const struct cbpf_engine cbpf_engine_libpcap = {
	.name = "libpcap",
	.summary = "libpcap's bpf_filter(), what tcpdump -r runs",
	.open = libpcap_open,
	.cannot = libpcap_cannot,
	.run = libpcap_run,
	.close = libpcap_close,
};

/* ---- where they are known to part ---- */
static const char *libpcap_parts(const struct sock_filter *i, const struct cbpf_state *st)
{
	if (BPF_CLASS(i->code) == BPF_LD && BPF_MODE(i->code) == BPF_IND && st->x + i->k < st->x)
		return "wrapping-address: X + k is taken modulo 2^32 by Linux; libpcap returns 0";
	if (BPF_CLASS(i->code) == BPF_ALU && BPF_SRC(i->code) == BPF_X && st->x >= 32 &&
	    (BPF_OP(i->code) == BPF_LSH || BPF_OP(i->code) == BPF_RSH))
		return "shift-by-x: a shift by X is modulo 32 in Linux; libpcap gives 0 from 32 on";
	return NULL;
}

const char *cbpf_known_difference(const struct cbpf_prog *prog, const struct cbpf_packet *pkt,
				  const struct cbpf_engine *engine, uint32_t *insn)
{
	struct cbpf_state st;
	struct cbpf_event ev;

	cbpf_state_init(&st);
	while (!st.done && engine == &cbpf_engine_libpcap) {
		const char *rule = libpcap_parts(&prog->insns[st.pc], &st);

		*insn = st.pc;
		if (rule)
			return rule;
		cbpf_step(&st, prog, pkt, &ev);
	}
	return NULL;
}
