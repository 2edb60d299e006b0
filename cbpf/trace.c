/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "trace.h"

#include "insn.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static void say(char out[CBPF_WORDS], const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* An expression that has grown too long becomes its register's name: the numbers are shown anyway.
 */
static void say(char out[CBPF_WORDS], const char *fmt, ...)
{
	char text[3 * CBPF_WORDS];
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	if (n < CBPF_WORDS)
		memcpy(out, text, (size_t)n + 1);
	else
		strcpy(out, "a long expression");
}

void cbpf_tracer_init(struct cbpf_tracer *t, const struct cbpf_prog *prog,
		      const struct cbpf_packet *pkt)
{
	memset(t, 0, sizeof(*t));
	t->prog = prog;
	t->pkt = pkt;
	cbpf_state_init(&t->state);
	say(t->a, "A, still 0,");
	say(t->x, "X, still 0,");
}

static void name_bytes(char out[CBPF_WORDS], const struct cbpf_event *ev)
{
	if (ev->size == 1)
		say(out, "byte %lld", (long long)ev->offset);
	else
		say(out, "bytes %lld-%lld", (long long)ev->offset,
		    (long long)ev->offset + ev->size - 1);
}

static void name_load(struct cbpf_tracer *t, const struct sock_filter *i)
{
	const struct cbpf_ancillary *anc;

	switch (BPF_MODE(i->code)) {
	case BPF_IMM:
		say(t->a, "%u", i->k);
		break;
	case BPF_LEN:
		say(t->a, "the length");
		break;
	case BPF_MEM:
		strcpy(t->a, t->m[i->k]);
		break;
	default:
		anc = BPF_MODE(i->code) == BPF_ABS ? cbpf_ancillary_find(i->k) : NULL;
		if (anc && anc->offset == SKF_AD_ALU_XOR_X)
			say(t->a, "(%s ^ %s)", t->a, t->x);
		else if (anc)
			say(t->a, "the metadata %s", anc->tcpdump);
		else
			name_bytes(t->a, &t->event);
	}
}

static void name_load_x(struct cbpf_tracer *t, const struct sock_filter *i)
{
	switch (BPF_MODE(i->code)) {
	case BPF_IMM:
		say(t->x, "%u", i->k);
		break;
	case BPF_LEN:
		say(t->x, "the length");
		break;
	case BPF_MEM:
		strcpy(t->x, t->m[i->k]);
		break;
	default:
		say(t->x, "4 * (byte %lld & 0xf)", (long long)t->event.offset);
	}
}

static void name_alu(struct cbpf_tracer *t, const struct sock_filter *i)
{
	static const char *const signs[16] = {"+",  "-",  "*", "/", "|", "&",
					      "<<", ">>", "",  "%", "^"};
	const char *sign = signs[BPF_OP(i->code) >> 4];
	bool bits = BPF_OP(i->code) == BPF_AND || BPF_OP(i->code) == BPF_OR ||
		    BPF_OP(i->code) == BPF_XOR;
	bool nested = strpbrk(t->a, "+*/|&<>%^,") || strstr(t->a, " - ");

	if (BPF_OP(i->code) == BPF_NEG)
		say(t->a, "-(%s)", t->a);
	else if (BPF_SRC(i->code) == BPF_X)
		say(t->a, nested ? "(%s) %s (%s)" : "%s %s (%s)", t->a, sign, t->x);
	else if (bits)
		say(t->a, nested ? "(%s) %s 0x%x" : "%s %s 0x%x", t->a, sign, i->k);
	else
		say(t->a, nested ? "(%s) %s %u" : "%s %s %u", t->a, sign, i->k);
}

static void name_comparison(struct cbpf_tracer *t, const struct sock_filter *i)
{
	if (!t->event.branch)
		return;
	t->compared = true;
	t->comparison = t->event;
	strcpy(t->left, t->a);
	t->right[0] = 0;
	if (BPF_SRC(i->code) == BPF_X)
		strcpy(t->right, t->x);
}

bool cbpf_tracer_step(struct cbpf_tracer *t)
{
	const struct sock_filter *i = &t->prog->insns[t->state.pc];

	if (t->state.done)
		return false;
	cbpf_step(&t->state, t->prog, t->pkt, &t->event);
	t->steps++;
	if (t->event.end != CBPF_END_NONE)
		return true;
	switch (BPF_CLASS(i->code)) {
	case BPF_LD:
		name_load(t, i);
		break;
	case BPF_LDX:
		name_load_x(t, i);
		break;
	case BPF_ST:
		strcpy(t->m[i->k], t->a);
		break;
	case BPF_STX:
		strcpy(t->m[i->k], t->x);
		break;
	case BPF_ALU:
		name_alu(t, i);
		break;
	case BPF_JMP:
		name_comparison(t, i);
		break;
	case BPF_MISC:
		if (BPF_MISCOP(i->code) == BPF_TAX)
			strcpy(t->x, t->a);
		else
			strcpy(t->a, t->x);
		break;
	}
	return true;
}

/* "is 0x800, not 0xdada" */
static void relation(const struct cbpf_tracer *t, const struct cbpf_event *ev, char out[96])
{
	const struct sock_filter *i = &t->prog->insns[ev->insn];

	switch (BPF_OP(i->code)) {
	case BPF_JEQ:
		if (ev->taken)
			snprintf(out, 96, "is 0x%x", ev->left);
		else
			snprintf(out, 96, "is 0x%x, not 0x%x", ev->left, ev->right);
		break;
	case BPF_JGT:
		snprintf(out, 96, "is %u, %smore than %u", ev->left, ev->taken ? "" : "not ",
			 ev->right);
		break;
	case BPF_JGE:
		snprintf(out, 96, ev->taken ? "is %u, at least %u" : "is %u, less than %u",
			 ev->left, ev->right);
		break;
	default:
		snprintf(out, 96,
			 ev->taken ? "is 0x%x, with bits of 0x%x" : "is 0x%x, with no bit of 0x%x",
			 ev->left, ev->right);
	}
}

void cbpf_tracer_effect(const struct cbpf_tracer *t, char out[160])
{
	const struct cbpf_event *ev = &t->event;
	char text[96];
	size_t n;

	out[0] = 0;
	if (ev->branch) {
		relation(t, ev, text);
		snprintf(out, 160, "A %s: to %u", text, t->state.pc);
	} else if (ev->load == CBPF_LOAD_BYTES) {
		n = (size_t)snprintf(out, 160, ev->size == 1 ? "byte %lld:" : "bytes %lld-%lld:",
				     (long long)ev->offset, (long long)ev->offset + ev->size - 1);
		for (uint32_t b = 0; b < ev->size && n < 140; b++)
			n += (size_t)snprintf(out + n, 160 - n, " %02x",
					      t->pkt->data[ev->offset + b]);
	} else if (ev->load == CBPF_LOAD_FAILED) {
		snprintf(out, 160, "not in the packet");
	} else if (ev->load == CBPF_LOAD_ANCILLARY) {
		snprintf(out, 160, "metadata");
	}
}

enum { WHY_SIZE = 2 * CBPF_WORDS + 128 };

static void why(const struct cbpf_tracer *t, char out[WHY_SIZE])
{
	char text[96];

	if (!t->compared) {
		strcpy(out, "it compares nothing on the way");
		return;
	}
	relation(t, &t->comparison, text);
	if (!strncmp(t->left, "bytes ", 6) && !strchr(t->left + 6, ' ')) {
		memmove(text + 1, text,
			sizeof(text) - 1); /* "is 0x800" is "are 0x800" of several */
		memcpy(text, "are", 3);
		text[sizeof(text) - 1] = 0;
	}
	if (t->right[0])
		snprintf(out, WHY_SIZE, "%s %s (%s)", t->left, text, t->right);
	else
		snprintf(out, WHY_SIZE, "%s %s", t->left, text);
}

void cbpf_tracer_verdict(const struct cbpf_tracer *t, char out[CBPF_VERDICT_SIZE])
{
	const struct cbpf_event *ev = &t->event;
	char text[WHY_SIZE];

	switch (ev->end) {
	case CBPF_END_LOAD:
		if (ev->offset < 0)
			snprintf(out, CBPF_VERDICT_SIZE,
				 "rejected at (%03u): it reads where the packet has nothing",
				 ev->insn);
		else
			snprintf(out, CBPF_VERDICT_SIZE,
				 "rejected at (%03u): it reads %s %lld, and the packet has %u "
				 "bytes%s",
				 ev->insn, ev->size == 1 ? "byte" : "up to byte",
				 (long long)ev->offset + ev->size - 1, t->pkt->caplen,
				 t->pkt->caplen < t->pkt->len ? " (the capture cut it)" : "");
		break;
	case CBPF_END_DIVISION:
		snprintf(out, CBPF_VERDICT_SIZE, "rejected at (%03u): division by %s, which is 0",
			 ev->insn, t->x);
		break;
	case CBPF_END_NO_DEVICE:
		snprintf(out, CBPF_VERDICT_SIZE,
			 "%s at (%03u): the packet has no device, and the program ends with A, %u",
			 t->state.ret ? "accepted" : "rejected", ev->insn, t->state.ret);
		break;
	default:
		why(t, text);
		if (t->state.ret)
			snprintf(out, CBPF_VERDICT_SIZE, "accepted at (%03u), up to %u bytes: %s",
				 t->compared ? t->comparison.insn : ev->insn, t->state.ret, text);
		else
			snprintf(out, CBPF_VERDICT_SIZE, "rejected at (%03u): %s",
				 t->compared ? t->comparison.insn : ev->insn, text);
	}
}
