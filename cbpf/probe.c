/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "probe.h"

#include "insn.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* The VM's way so far as a program of its own: a comparison on it goes on where the VM does, and
 * ends in a `ret #0` of its own where not. */
struct prober {
	const struct cbpf_packet *pkt;
	const struct cbpf_engine *engine;
	struct sock_filter *insns; /* the way; behind it room for a question */
	uint32_t len;
};

static const struct sock_filter no = {BPF_RET | BPF_K, 0, 0, 0}, yes = {BPF_RET | BPF_K, 0, 0, 1};

/* Runs the way and then `question`, whose end is yes and no. 1, 0, or -errno. */
static int ask(const struct prober *p, const struct sock_filter *question, uint32_t count)
{
	struct cbpf_prog prog = {.linktype = -1, .insns = p->insns, .len = p->len + count};
	struct cbpf_error err;
	uint32_t ret = 0;
	void *state;
	int error;

	memcpy(p->insns + p->len, question, count * sizeof(*question));
	if (p->engine->open(&state, &prog, &err))
		return -EOPNOTSUPP;
	if (p->engine->cannot(state, p->pkt))
		error = -EOPNOTSUPP;
	else
		error = p->engine->run(state, p->pkt, &ret);
	p->engine->close(state);
	return error ? -EOPNOTSUPP : ret != 0;
}

/* Does what `fetch` brings to A have the value? */
static int has(const struct prober *p, struct sock_filter fetch, uint32_t value)
{
	const struct sock_filter question[] = {
		fetch, {BPF_JMP | BPF_JEQ | BPF_K, 0, 1, value}, yes, no};

	return ask(p, question, 4);
}

/* 1 when the engine has what the VM has, 0 with *out set when not, -errno. */
static int same_state(const struct prober *p, const struct cbpf_state *st, struct cbpf_parting *out)
{
	const struct sock_filter keep = {BPF_ALU | BPF_ADD | BPF_K, 0, 0, 0};
	int ret = has(p, keep, st->a);

	out->part = CBPF_PART_A;
	out->value = st->a;
	if (ret == 1) {
		ret = has(p, (struct sock_filter){BPF_MISC | BPF_TXA, 0, 0, 0}, st->x);
		out->part = CBPF_PART_X;
		out->value = st->x;
	}
	for (uint32_t m = 0; m < BPF_MEMWORDS && ret == 1; m++) {
		if (!(st->written & 1u << m))
			continue;
		ret = has(p, (struct sock_filter){BPF_LD | BPF_MEM, 0, 0, m}, st->m[m]);
		out->part = CBPF_PART_M;
		out->m = m;
		out->value = st->m[m];
	}
	return ret;
}

/* A comparison as the way has it: the side that the VM takes goes on, the other one over a `ret
 * #0`. */
static int add_comparison(struct prober *p, const struct sock_filter *i, bool taken)
{
	struct sock_filter step = *i;

	step.jt = taken;
	step.jf = !taken;
	p->insns[p->len++] = step;
	p->insns[p->len++] = no;
	return ask(p, &yes, 1);
}

/* One instruction of the VM's way. 1 to go on, 0 with *out set, -errno. */
static int follow(struct prober *p, const struct sock_filter *i, const struct cbpf_event *ev,
		  const struct cbpf_state *after, struct cbpf_parting *out)
{
	int ret;

	if (ev->branch) {
		out->part = CBPF_PART_JUMP;
		return add_comparison(p, i, ev->taken);
	}
	if (BPF_CLASS(i->code) == BPF_JMP)
		return 1;
	if (BPF_CLASS(i->code) == BPF_RET) {
		out->part = CBPF_PART_RET;
		return 0;
	}
	p->insns[p->len++] = *i;
	if (ev->end == CBPF_END_NONE)
		return same_state(p, after, out);
	out->part = CBPF_PART_LOAD;
	ret = ask(p, &yes, 1);
	return ret < 0 ? ret : !ret;
}

int cbpf_probe(const struct cbpf_prog *prog, const struct cbpf_packet *pkt,
	       const struct cbpf_engine *engine, struct cbpf_parting *out)
{
	struct prober p = {.pkt = pkt, .engine = engine};
	struct cbpf_state st;
	struct cbpf_event ev;
	int ret = 1;

	p.insns = calloc(2 * (size_t)prog->len + 8, sizeof(*p.insns));
	if (!p.insns)
		return -ENOMEM;
	cbpf_state_init(&st);
	while (ret == 1 && !st.done) {
		out->insn = st.pc;
		cbpf_step(&st, prog, pkt, &ev);
		ret = follow(&p, &prog->insns[out->insn], &ev, &st, out);
	}
	free(p.insns);
	return ret < 0 ? ret : ret ? -ENOENT : 0;
}
