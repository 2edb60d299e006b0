/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "symbolic_impl.h"

#include "flow.h"

#include <errno.h>
#include <linux/if_ether.h>
#include <stdlib.h>
#include <string.h>

static enum cbpf_answer check(const struct cbpf_sym *s)
{
	uint64_t left = cbpf_sym_left_ms(s);
	Z3_params params;
	Z3_lbool answer;

	if (!left)
		return CBPF_UNDECIDED;
	params = Z3_mk_params(s->z3);
	Z3_params_inc_ref(s->z3, params);
	Z3_params_set_uint(s->z3, params, Z3_mk_string_symbol(s->z3, "timeout"),
			   left > UINT32_MAX ? UINT32_MAX : (unsigned int)left);
	/* else Z3 takes SIGINT for itself, and ^C ends this question and not the program */
	Z3_params_set_bool(s->z3, params, Z3_mk_string_symbol(s->z3, "ctrl_c"), false);
	Z3_solver_set_params(s->z3, s->solver, params);
	Z3_params_dec_ref(s->z3, params);
	answer = Z3_solver_check(s->z3, s->solver);
	return answer == Z3_L_TRUE ? CBPF_SAT : answer == Z3_L_FALSE ? CBPF_UNSAT : CBPF_UNDECIDED;
}

static void push(const struct cbpf_sym *s, Z3_ast condition)
{
	Z3_solver_push(s->z3, s->solver);
	Z3_solver_assert(s->z3, s->solver, condition);
}

static void pop(const struct cbpf_sym *s)
{
	Z3_solver_pop(s->z3, s->solver, 1);
}

static Z3_ast negate(const struct cbpf_sym *s, Z3_ast a)
{
	return Z3_mk_not(s->z3, a);
}

static uint32_t evaluate(const struct cbpf_sym *s, Z3_model model, Z3_ast what)
{
	Z3_ast value;
	unsigned int v = 0;

	if (Z3_model_eval(s->z3, model, what, true, &value))
		Z3_get_numeral_uint(s->z3, value, &v);
	return v;
}

/* The metadata that was asked for; headers where Ethernet has them. */
static void read_metadata(const struct cbpf_sym *s, Z3_model model, struct cbpf_sym_packet *out)
{
	out->skb = (struct cbpf_skb){.has_mac = s->headers, .has_net = s->headers, .net = ETH_HLEN};
	out->asked = 0;
	for (int n = 0; n < CBPF_METADATA; n++) {
		if (!s->meta[n])
			continue;
		out->asked |= 1u << n;
		cbpf_metadata_set(&out->skb, n, evaluate(s, model, s->meta[n]));
	}
	/* the device that a program may ask of for its type, and which says so itself */
	if (!out->skb.ifindex)
		out->skb.ifindex = 1;
	if (out->asked & 1u << cbpf_metadata_find(SKF_AD_HATYPE))
		out->asked |= 1u << cbpf_metadata_find(SKF_AD_IFINDEX);
}

/* The packet of the last check; bytes that do not matter are 0. */
static void read_packet(const struct cbpf_sym *s, struct cbpf_sym_packet *out)
{
	Z3_model model = Z3_solver_get_model(s->z3, s->solver);

	Z3_model_inc_ref(s->z3, model);
	out->len = evaluate(s, model, s->len);
	read_metadata(s, model, out);
	memset(out->data, 0, sizeof(out->data));
	for (uint32_t i = 0; i < out->len; i++) {
		if (s->use_array)
			out->data[i] = (uint8_t)evaluate(
				s, model,
				Z3_mk_select(s->z3, s->array,
					     Z3_mk_unsigned_int(s->z3, i, s->word)));
		else if (s->bytes[i])
			out->data[i] = (uint8_t)evaluate(s, model, s->bytes[i]);
	}
	Z3_model_dec_ref(s->z3, model);
}

static Z3_ast length_between(const struct cbpf_sym *s, uint32_t min, uint32_t max)
{
	Z3_ast args[] = {
		Z3_mk_bvuge(s->z3, s->len, Z3_mk_unsigned_int(s->z3, min, s->word)),
		Z3_mk_bvule(s->z3, s->len, Z3_mk_unsigned_int(s->z3, max, s->word)),
	};

	return Z3_mk_and(s->z3, 2, args);
}

/* A packet for what has been asserted: a small frame, else any frame, else anything. Only the last
 * question can say that there is none. */
static enum cbpf_answer solve(const struct cbpf_sym *s, struct cbpf_sym_packet *out)
{
	static const uint32_t ranges[][2] = {
		{ETH_HLEN, ETH_ZLEN}, {ETH_HLEN, ETH_FRAME_LEN}, {1, CBPF_SYM_LEN_MAX}};
	enum cbpf_answer answer = CBPF_UNSAT;

	for (int i = 0; i < 3 && answer == CBPF_UNSAT; i++) {
		push(s, length_between(s, ranges[i][0], ranges[i][1]));
		answer = check(s);
		if (answer == CBPF_SAT && out)
			read_packet(s, out);
		pop(s);
	}
	return answer;
}

static enum cbpf_answer ask(const struct cbpf_sym *s, Z3_ast condition, struct cbpf_sym_packet *out)
{
	enum cbpf_answer answer;

	push(s, condition);
	answer = solve(s, out);
	pop(s);
	return answer;
}

enum cbpf_answer cbpf_sym_find(struct cbpf_sym *s, unsigned int n, bool accept,
			       struct cbpf_sym_packet *out)
{
	Z3_ast accepted = s->progs[n].accept;

	return ask(s, accept ? accepted : negate(s, accepted), out);
}

enum cbpf_answer cbpf_sym_differ(struct cbpf_sym *s, unsigned int yes, struct cbpf_sym_packet *out)
{
	Z3_ast args[] = {s->progs[yes].accept, negate(s, s->progs[!yes].accept)};

	return ask(s, Z3_mk_and(s->z3, 2, args), out);
}

/* ---- paths ---- */
struct walk {
	struct cbpf_sym *s;
	const struct sym_prog *p;
	bool accept;
	int (*visit)(const struct cbpf_sym_path *path, void *arg);
	void *arg;
	bool *leads; /* some way from here on ends as asked */
	struct cbpf_sym_step *steps;
	uint32_t depth;
	struct cbpf_sym_packet *packet;
};

static int walk_from(struct walk *w, uint32_t n);

/* The way ends at instruction n, when some packet takes it. */
static int end_here(struct walk *w, uint32_t n, Z3_ast condition, bool failed)
{
	struct cbpf_sym_path path = {.steps = w->steps,
				     .count = w->depth + 1,
				     .accept = w->accept,
				     .failed = failed,
				     .packet = w->packet};

	w->steps[w->depth] = (struct cbpf_sym_step){.insn = n, .taken = !failed};
	switch (ask(w->s, condition, w->packet)) {
	case CBPF_SAT:
		return w->visit(&path, w->arg);
	case CBPF_UNSAT:
		return 0;
	default:
		return -ETIME;
	}
}

static int follow(struct walk *w, uint32_t from, bool taken, uint32_t to)
{
	Z3_ast holds = w->p->insns[from].holds;
	int ret = 0;

	if (!w->leads[to])
		return 0;
	push(w->s, taken ? holds : negate(w->s, holds));
	w->steps[w->depth++] = (struct cbpf_sym_step){.insn = from, .taken = taken};
	switch (check(w->s)) {
	case CBPF_SAT:
		ret = walk_from(w, to);
		break;
	case CBPF_UNDECIDED:
		ret = -ETIME;
		break;
	default:
		break;
	}
	w->depth--;
	pop(w->s);
	return ret;
}

/* Instructions up to the next comparison or ret, with what they assume pushed; pops it at the end.
 */
static int walk_from(struct walk *w, uint32_t n)
{
	unsigned int pushed = 0, ways;
	uint32_t next[2];
	int ret = 0;

	for (;;) {
		const struct sym_insn *i = &w->p->insns[n];

		if (i->there) {
			if (!w->accept)
				ret = end_here(w, n, negate(w->s, i->there), true);
			if (ret)
				break;
			push(w->s, i->there);
			pushed++;
		}
		ways = cbpf_successors(w->p->prog, n, next);
		if (!ways) {
			ret = end_here(w, n, w->accept ? i->value : negate(w->s, i->value), false);
			break;
		}
		if (ways == 2 && next[0] != next[1]) {
			ret = follow(w, n, true, next[0]);
			if (!ret)
				ret = follow(w, n, false, next[1]);
			break;
		}
		n = next[0];
		if (!w->leads[n])
			break;
	}
	while (pushed--)
		pop(w->s);
	return ret;
}

/* From which instructions an end as asked can be reached at all; spares most of the tree. */
static void find_leads(struct walk *w)
{
	const struct cbpf_prog *prog = w->p->prog;

	for (uint32_t n = prog->len; n-- > 0;) {
		const struct sock_filter *i = &prog->insns[n];
		uint32_t next[2];
		unsigned int ways;

		if (!w->p->insns[n].reach)
			continue;
		ways = cbpf_successors(prog, n, next);
		if (!ways)
			w->leads[n] = BPF_RVAL(i->code) == BPF_A || !!i->k == w->accept;
		else
			w->leads[n] = (!w->accept && w->p->insns[n].there) || w->leads[next[0]] ||
				      w->leads[next[ways - 1]];
	}
}

int cbpf_sym_paths(struct cbpf_sym *s, unsigned int n, bool accept,
		   int (*visit)(const struct cbpf_sym_path *path, void *arg), void *arg)
{
	struct walk w = {.s = s, .p = &s->progs[n], .accept = accept, .visit = visit, .arg = arg};
	uint32_t len = s->progs[n].prog->len;
	int ret = -ENOMEM;

	w.leads = calloc(len, sizeof(*w.leads));
	w.steps = calloc(len, sizeof(*w.steps));
	w.packet = malloc(sizeof(*w.packet));
	if (w.leads && w.steps && w.packet) {
		find_leads(&w);
		ret = w.leads[0] ? walk_from(&w, 0) : 0;
	}
	free(w.leads);
	free(w.steps);
	free(w.packet);
	return ret;
}
