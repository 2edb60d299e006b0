/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One instruction at a time, plainly: what the fast VM is compared with. */
#include "vm.h"

#include "insn.h"

void cbpf_state_init(struct cbpf_state *st)
{
	*st = (struct cbpf_state){0};
}

static void end(struct cbpf_state *st, struct cbpf_event *ev, enum cbpf_end why, uint32_t ret)
{
	st->done = true;
	st->ret = ret;
	ev->end = why;
}

/* The bytes at `offset` into *out, or the program ends with 0. */
static void load_bytes(struct cbpf_state *st, const struct cbpf_packet *pkt, uint32_t offset,
		       uint16_t code, uint32_t *out, struct cbpf_event *ev)
{
	ev->offset = cbpf_resolve(pkt, offset);
	ev->size = cbpf_load_size(code);
	ev->load = CBPF_LOAD_BYTES;
	if (cbpf_load(pkt, ev->offset, ev->size, out))
		return;
	ev->load = CBPF_LOAD_FAILED;
	end(st, ev, CBPF_END_LOAD, 0);
}

static void load(struct cbpf_state *st, const struct sock_filter *i, const struct cbpf_packet *pkt,
		 struct cbpf_event *ev)
{
	const struct cbpf_ancillary *anc;

	switch (BPF_MODE(i->code)) {
	case BPF_IMM:
		st->a = i->k;
		break;
	case BPF_ABS:
		anc = cbpf_ancillary_find(i->k);
		if (!anc) {
			load_bytes(st, pkt, i->k, i->code, &st->a, ev);
			break;
		}
		ev->load = CBPF_LOAD_ANCILLARY;
		if (!cbpf_load_ancillary(pkt, anc->offset, st->x, &st->a))
			end(st, ev, CBPF_END_NO_DEVICE, st->a);
		break;
	case BPF_IND:
		load_bytes(st, pkt, st->x + i->k, i->code, &st->a, ev);
		break;
	case BPF_MEM:
		st->a = st->m[i->k];
		break;
	case BPF_LEN:
		st->a = pkt->len;
		break;
	}
}

static void load_x(struct cbpf_state *st, const struct sock_filter *i,
		   const struct cbpf_packet *pkt, struct cbpf_event *ev)
{
	uint32_t byte = 0;

	switch (BPF_MODE(i->code)) {
	case BPF_IMM:
		st->x = i->k;
		break;
	case BPF_MEM:
		st->x = st->m[i->k];
		break;
	case BPF_LEN:
		st->x = pkt->len;
		break;
	case BPF_MSH:
		load_bytes(st, pkt, i->k, BPF_B, &byte, ev);
		if (!st->done)
			st->x = (byte & 0xf) * 4;
		break;
	}
}

static void alu(struct cbpf_state *st, const struct sock_filter *i, struct cbpf_event *ev)
{
	uint32_t v = BPF_SRC(i->code) == BPF_X ? st->x : i->k;

	switch (BPF_OP(i->code)) {
	case BPF_ADD:
		st->a += v;
		break;
	case BPF_SUB:
		st->a -= v;
		break;
	case BPF_MUL:
		st->a *= v;
		break;
	case BPF_DIV:
	case BPF_MOD:
		if (!v)
			end(st, ev, CBPF_END_DIVISION, 0);
		else
			st->a = BPF_OP(i->code) == BPF_DIV ? st->a / v : st->a % v;
		break;
	case BPF_OR:
		st->a |= v;
		break;
	case BPF_AND:
		st->a &= v;
		break;
	case BPF_XOR:
		st->a ^= v;
		break;
	case BPF_LSH:
		st->a <<= v & 31;
		break;
	case BPF_RSH:
		st->a >>= v & 31;
		break;
	case BPF_NEG:
		st->a = -st->a;
		break;
	}
}

static void jump(struct cbpf_state *st, const struct sock_filter *i, struct cbpf_event *ev)
{
	if (BPF_OP(i->code) == BPF_JA) {
		st->pc += i->k;
		return;
	}
	ev->branch = true;
	ev->left = st->a;
	ev->right = BPF_SRC(i->code) == BPF_X ? st->x : i->k;
	switch (BPF_OP(i->code)) {
	case BPF_JEQ:
		ev->taken = ev->left == ev->right;
		break;
	case BPF_JGT:
		ev->taken = ev->left > ev->right;
		break;
	case BPF_JGE:
		ev->taken = ev->left >= ev->right;
		break;
	case BPF_JSET:
		ev->taken = ev->left & ev->right;
		break;
	}
	st->pc += ev->taken ? i->jt : i->jf;
}

static void store(struct cbpf_state *st, uint32_t n, uint32_t v)
{
	st->m[n] = v;
	st->written |= 1U << n;
}

void cbpf_step(struct cbpf_state *st, const struct cbpf_prog *prog, const struct cbpf_packet *pkt,
	       struct cbpf_event *ev)
{
	const struct sock_filter *i = &prog->insns[st->pc];

	*ev = (struct cbpf_event){.insn = st->pc++};
	switch (BPF_CLASS(i->code)) {
	case BPF_LD:
		load(st, i, pkt, ev);
		break;
	case BPF_LDX:
		load_x(st, i, pkt, ev);
		break;
	case BPF_ST:
		store(st, i->k, st->a);
		break;
	case BPF_STX:
		store(st, i->k, st->x);
		break;
	case BPF_ALU:
		alu(st, i, ev);
		break;
	case BPF_JMP:
		jump(st, i, ev);
		break;
	case BPF_RET:
		end(st, ev, CBPF_END_RET, BPF_RVAL(i->code) == BPF_A ? st->a : i->k);
		break;
	case BPF_MISC:
		if (BPF_MISCOP(i->code) == BPF_TAX)
			st->x = st->a;
		else
			st->a = st->x;
		break;
	}
}

uint32_t cbpf_step_through(const struct cbpf_prog *prog, const struct cbpf_packet *pkt)
{
	struct cbpf_event ev;
	struct cbpf_state st;

	cbpf_state_init(&st);
	while (!st.done)
		cbpf_step(&st, prog, pkt, &ev);
	return st.ret;
}
