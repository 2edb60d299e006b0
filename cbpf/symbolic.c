/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A program as expressions: one pass in program order, the state at a join is the choice between
 * those that meet. */
#include "symbolic_impl.h"

#include "check.h"
#include "engine.h"
#include "flow.h"
#include "insn.h"

#include <errno.h>
#include <linux/if_ether.h>
#include <pcap/dlt.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* The registers in front of an instruction. */
struct state {
	Z3_ast reach, a, x, m[BPF_MEMWORDS];
	struct cbpf_values va, vx, vm[BPF_MEMWORDS];
};

struct builder {
	struct cbpf_sym *sym;
	struct sym_prog *p;
	struct state *states; /* one an instruction */
	bool wants_array;
};

static uint64_t now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000 + (uint64_t)ts.tv_nsec / 1000000;
}

uint64_t cbpf_sym_left_ms(const struct cbpf_sym *sym)
{
	uint64_t now = now_ms();

	return now < sym->deadline_ms ? sym->deadline_ms - now : 0;
}

static Z3_ast number(const struct cbpf_sym *s, uint32_t v)
{
	return Z3_mk_unsigned_int(s->z3, v, s->word);
}

static Z3_ast both(const struct cbpf_sym *s, Z3_ast a, Z3_ast b)
{
	Z3_ast args[] = {a, b};

	return Z3_mk_and(s->z3, 2, args);
}

static Z3_ast either(const struct cbpf_sym *s, Z3_ast a, Z3_ast b)
{
	Z3_ast args[] = {a, b};

	return Z3_mk_or(s->z3, 2, args);
}

/* ---- the packet ---- */
static Z3_ast byte_at(struct cbpf_sym *s, uint32_t at)
{
	if (s->use_array)
		return Z3_mk_select(s->z3, s->array, number(s, at));
	if (!s->bytes[at])
		s->bytes[at] = Z3_mk_const(s->z3, Z3_mk_int_symbol(s->z3, (int)at), s->byte);
	return s->bytes[at];
}

static Z3_ast word_of(struct cbpf_sym *s, Z3_ast bytes, uint32_t size)
{
	return size == 4 ? bytes : Z3_mk_zero_ext(s->z3, 32 - 8 * size, bytes);
}

static Z3_ast load_at(struct cbpf_sym *s, uint32_t at, uint32_t size)
{
	Z3_ast v = byte_at(s, at);

	for (uint32_t i = 1; i < size; i++)
		v = Z3_mk_concat(s->z3, v, byte_at(s, at + i));
	return word_of(s, v, size);
}

static bool ever_there(uint32_t at, uint32_t size)
{
	return at <= CBPF_SYM_LEN_MAX - size;
}

static Z3_ast there(struct cbpf_sym *s, uint32_t at, uint32_t size)
{
	if (!ever_there(at, size))
		return Z3_mk_false(s->z3);
	return Z3_mk_bvuge(s->z3, s->len, number(s, at + size));
}

/* A load from one of a few addresses: the choice between them. */
static Z3_ast load_from(struct cbpf_sym *s, Z3_ast address, const struct cbpf_values *values,
			uint32_t size, Z3_ast *inside)
{
	Z3_ast v = number(s, 0);

	*inside = Z3_mk_false(s->z3);
	for (int i = 0; i < values->count; i++) {
		Z3_ast here = Z3_mk_eq(s->z3, address, number(s, values->v[i]));

		if (!ever_there(values->v[i], size))
			continue;
		v = Z3_mk_ite(s->z3, here, load_at(s, values->v[i], size), v);
		*inside = either(s, *inside, both(s, here, there(s, values->v[i], size)));
	}
	return v;
}

static Z3_ast load_anywhere(struct builder *b, Z3_ast address, uint32_t size, Z3_ast *inside)
{
	struct cbpf_sym *s = b->sym;
	Z3_ast v, fits = Z3_mk_bvule(s->z3, address, number(s, CBPF_SYM_LEN_MAX - size)),
		  end = Z3_mk_bvadd(s->z3, address, number(s, size));

	*inside = both(s, fits, Z3_mk_bvuge(s->z3, s->len, end));
	if (!s->use_array) {
		b->wants_array = true;
		return number(s, 0);
	}
	v = Z3_mk_select(s->z3, s->array, address);
	for (uint32_t i = 1; i < size; i++)
		v = Z3_mk_concat(
			s->z3, v,
			Z3_mk_select(s->z3, s->array, Z3_mk_bvadd(s->z3, address, number(s, i))));
	return word_of(s, v, size);
}

/* ---- instructions ---- */
static void load_indirect(struct builder *b, struct state *st, const struct sock_filter *i,
			  struct sym_insn *out)
{
	const struct cbpf_values k = cbpf_values_of(i->k);
	const struct cbpf_values at = cbpf_values_alu(BPF_ADD, &st->vx, &k);
	Z3_ast address = Z3_mk_bvadd(b->sym->z3, st->x, number(b->sym, i->k));

	st->a = at.count ? load_from(b->sym, address, &at, cbpf_load_size(i->code), &out->there)
			 : load_anywhere(b, address, cbpf_load_size(i->code), &out->there);
	st->va = (struct cbpf_values){0};
}

/* ---- metadata ---- */
static void assert_always(const struct cbpf_sym *s, Z3_ast condition)
{
	Z3_solver_assert(s->z3, s->solver, condition);
}

static Z3_ast metadatum(struct cbpf_sym *s, int n);

static Z3_ast is_zero(struct cbpf_sym *s, int n)
{
	return Z3_mk_eq(s->z3, metadatum(s, n), number(s, 0));
}

/* Without a tag there is neither TCI nor TPID; with one the TPID is one of the two that Linux takes
 * out (skb_vlan_untag() of net/core/skbuff.c). */
static void relate_tag(struct cbpf_sym *s)
{
	int tci = cbpf_metadata_find(SKF_AD_VLAN_TAG), tpid = cbpf_metadata_find(SKF_AD_VLAN_TPID);
	Z3_ast none = is_zero(s, cbpf_metadata_find(SKF_AD_VLAN_TAG_PRESENT));
	Z3_ast nothing = both(s, is_zero(s, tci), is_zero(s, tpid));
	Z3_ast type = metadatum(s, tpid);
	Z3_ast known = either(s, Z3_mk_eq(s->z3, type, number(s, ETH_P_8021Q)),
			      Z3_mk_eq(s->z3, type, number(s, ETH_P_8021AD)));

	assert_always(s, Z3_mk_ite(s->z3, none, nothing, known));
}

static Z3_ast metadatum(struct cbpf_sym *s, int n)
{
	const struct cbpf_metadatum *m = &cbpf_metadata[n];
	bool tag = m->offset == SKF_AD_VLAN_TAG || m->offset == SKF_AD_VLAN_TAG_PRESENT ||
		   m->offset == SKF_AD_VLAN_TPID;

	if (s->meta[n])
		return s->meta[n];
	s->meta[n] = Z3_mk_const(s->z3, Z3_mk_string_symbol(s->z3, m->say), s->word);
	assert_always(s, both(s, Z3_mk_bvuge(s->z3, s->meta[n], number(s, m->min)),
			      Z3_mk_bvule(s->z3, s->meta[n], number(s, m->max))));
	if (tag)
		relate_tag(s);
	return s->meta[n];
}

static void load_absolute(struct builder *b, struct state *st, const struct sock_filter *i,
			  struct sym_insn *out)
{
	const struct cbpf_ancillary *ad = cbpf_ancillary_find(i->k);
	uint32_t size = cbpf_load_size(i->code), at = cbpf_ethernet_offset(i->k);

	if (ad && ad->offset != SKF_AD_ALU_XOR_X) {
		st->a = metadatum(b->sym, cbpf_metadata_find(ad->offset));
		st->va = (struct cbpf_values){0};
		return;
	}
	if (ad) {
		st->a = Z3_mk_bvxor(b->sym->z3, st->a, st->x);
		st->va = cbpf_values_alu(BPF_XOR, &st->va, &st->vx);
		return;
	}
	out->there = there(b->sym, at, size);
	st->a = ever_there(at, size) ? load_at(b->sym, at, size) : number(b->sym, 0);
	st->va = (struct cbpf_values){0};
}

static void load_msh(struct builder *b, struct state *st, const struct sock_filter *i,
		     struct sym_insn *out)
{
	Z3_context z3 = b->sym->z3;
	uint32_t at = cbpf_ethernet_offset(i->k);
	Z3_ast low;

	out->there = there(b->sym, at, 1);
	low = ever_there(at, 1) ? Z3_mk_extract(z3, 3, 0, byte_at(b->sym, at))
				: Z3_mk_extract(z3, 3, 0, number(b->sym, 0));
	st->x = Z3_mk_concat(z3, Z3_mk_zero_ext(z3, 26, low),
			     Z3_mk_extract(z3, 1, 0, number(b->sym, 0)));
	st->vx.count = 16;
	for (uint32_t v = 0; v < 16; v++)
		st->vx.v[v] = v * 4;
}

static void load(struct builder *b, struct state *st, const struct sock_filter *i,
		 struct sym_insn *out)
{
	bool to_x = BPF_CLASS(i->code) == BPF_LDX;
	struct cbpf_values *values = to_x ? &st->vx : &st->va;
	Z3_ast *reg = to_x ? &st->x : &st->a;

	switch (BPF_MODE(i->code)) {
	case BPF_IMM:
		*reg = number(b->sym, i->k);
		*values = cbpf_values_of(i->k);
		break;
	case BPF_MEM:
		*reg = st->m[i->k];
		*values = st->vm[i->k];
		break;
	case BPF_LEN:
		*reg = b->sym->len;
		*values = (struct cbpf_values){0};
		break;
	case BPF_IND:
		load_indirect(b, st, i, out);
		break;
	case BPF_MSH:
		load_msh(b, st, i, out);
		break;
	default:
		load_absolute(b, st, i, out);
	}
}

static Z3_ast operate(const struct cbpf_sym *s, uint8_t op, Z3_ast a, Z3_ast b)
{
	Z3_context z3 = s->z3;

	switch (op) {
	case BPF_ADD:
		return Z3_mk_bvadd(z3, a, b);
	case BPF_SUB:
		return Z3_mk_bvsub(z3, a, b);
	case BPF_MUL:
		return Z3_mk_bvmul(z3, a, b);
	case BPF_DIV:
		return Z3_mk_bvudiv(z3, a, b);
	case BPF_MOD:
		return Z3_mk_bvurem(z3, a, b);
	case BPF_OR:
		return Z3_mk_bvor(z3, a, b);
	case BPF_AND:
		return Z3_mk_bvand(z3, a, b);
	case BPF_XOR:
		return Z3_mk_bvxor(z3, a, b);
	case BPF_LSH:
		return Z3_mk_bvshl(z3, a, Z3_mk_bvand(z3, b, number(s, 31)));
	default: /* BPF_RSH */
		return Z3_mk_bvlshr(z3, a, Z3_mk_bvand(z3, b, number(s, 31)));
	}
}

static void arithmetic(struct builder *b, struct state *st, const struct sock_filter *i,
		       struct sym_insn *out)
{
	uint8_t op = BPF_OP(i->code);
	bool by_x = BPF_SRC(i->code) == BPF_X;
	struct cbpf_values k = cbpf_values_of(i->k);

	if (op == BPF_NEG) {
		st->a = Z3_mk_bvneg(b->sym->z3, st->a);
		k = cbpf_values_of(0);
		st->va = cbpf_values_alu(BPF_SUB, &k, &st->va);
		return;
	}
	if (by_x && (op == BPF_DIV || op == BPF_MOD))
		out->there = Z3_mk_not(b->sym->z3, Z3_mk_eq(b->sym->z3, st->x, number(b->sym, 0)));
	st->a = operate(b->sym, op, st->a, by_x ? st->x : number(b->sym, i->k));
	st->va = cbpf_values_alu(op, &st->va, by_x ? &st->vx : &k);
}

static Z3_ast compare(const struct builder *b, const struct state *st, const struct sock_filter *i)
{
	Z3_context z3 = b->sym->z3;
	Z3_ast right = BPF_SRC(i->code) == BPF_X ? st->x : number(b->sym, i->k);

	switch (BPF_OP(i->code)) {
	case BPF_JEQ:
		return Z3_mk_eq(z3, st->a, right);
	case BPF_JGT:
		return Z3_mk_bvugt(z3, st->a, right);
	case BPF_JGE:
		return Z3_mk_bvuge(z3, st->a, right);
	default: /* BPF_JSET */
		return Z3_mk_not(z3,
				 Z3_mk_eq(z3, Z3_mk_bvand(z3, st->a, right), number(b->sym, 0)));
	}
}

/* ---- the flow ---- */
static Z3_ast choose(const struct cbpf_sym *s, Z3_ast edge, Z3_ast now, Z3_ast before)
{
	if (!now || !before || now == before)
		return now ? now : before;
	return Z3_mk_ite(s->z3, edge, now, before);
}

static void flow_to(struct builder *b, const struct state *from, Z3_ast edge, uint32_t to)
{
	struct state *st = &b->states[to];

	if (!st->reach) {
		*st = *from;
		st->reach = edge;
		return;
	}
	st->reach = either(b->sym, st->reach, edge);
	st->a = choose(b->sym, edge, from->a, st->a);
	st->x = choose(b->sym, edge, from->x, st->x);
	st->va = cbpf_values_join(&st->va, &from->va);
	st->vx = cbpf_values_join(&st->vx, &from->vx);
	for (int i = 0; i < BPF_MEMWORDS; i++) {
		if (st->m[i] && from->m[i])
			st->vm[i] = cbpf_values_join(&st->vm[i], &from->vm[i]);
		else if (from->m[i])
			st->vm[i] = from->vm[i];
		st->m[i] = choose(b->sym, edge, from->m[i], st->m[i]);
	}
}

static void ret(struct builder *b, const struct state *st, const struct sock_filter *i,
		struct sym_insn *out)
{
	Z3_context z3 = b->sym->z3;

	if (BPF_RVAL(i->code) == BPF_A)
		out->value = Z3_mk_not(z3, Z3_mk_eq(z3, st->a, number(b->sym, 0)));
	else
		out->value = i->k ? Z3_mk_true(z3) : Z3_mk_false(z3);
	b->p->accept = either(b->sym, b->p->accept, both(b->sym, st->reach, out->value));
}

/* What the instruction does to the registers. */
static void execute(struct builder *b, struct state *st, const struct sock_filter *i,
		    struct sym_insn *out)
{
	switch (BPF_CLASS(i->code)) {
	case BPF_LD:
	case BPF_LDX:
		load(b, st, i, out);
		break;
	case BPF_ST:
		st->m[i->k] = st->a;
		st->vm[i->k] = st->va;
		break;
	case BPF_STX:
		st->m[i->k] = st->x;
		st->vm[i->k] = st->vx;
		break;
	case BPF_ALU:
		arithmetic(b, st, i, out);
		break;
	case BPF_MISC:
		if (BPF_MISCOP(i->code) == BPF_TAX) {
			st->x = st->a;
			st->vx = st->va;
		} else {
			st->a = st->x;
			st->va = st->vx;
		}
		break;
	case BPF_JMP:
		if (BPF_OP(i->code) != BPF_JA)
			out->holds = compare(b, st, i);
		break;
	default:
		ret(b, st, i, out);
	}
}

static void instruction(struct builder *b, uint32_t n)
{
	struct sym_insn *out = &b->p->insns[n];
	struct state st = b->states[n];
	uint32_t next[2];
	unsigned int ways = cbpf_successors(b->p->prog, n, next);
	Z3_ast on;

	execute(b, &st, &b->p->prog->insns[n], out);
	out->reach = st.reach;
	on = out->there ? both(b->sym, st.reach, out->there) : st.reach;
	if (ways == 1 || (ways == 2 && next[0] == next[1])) {
		flow_to(b, &st, on, next[0]);
	} else if (ways == 2) {
		flow_to(b, &st, both(b->sym, on, out->holds), next[0]);
		flow_to(b, &st, both(b->sym, on, Z3_mk_not(b->sym->z3, out->holds)), next[1]);
	}
}

/* 0, -EAGAIN for the array, -ETIME, -ENOMEM. */
static int build(struct cbpf_sym *s, struct sym_prog *p)
{
	struct builder b = {.sym = s, .p = p};
	int ret = 0;

	memset(p->insns, 0, p->prog->len * sizeof(*p->insns));
	b.states = calloc(p->prog->len, sizeof(*b.states));
	if (!b.states)
		return -ENOMEM;
	p->accept = Z3_mk_false(s->z3);
	b.states[0].reach = Z3_mk_true(s->z3);
	b.states[0].a = b.states[0].x = number(s, 0);
	b.states[0].va = b.states[0].vx = cbpf_values_of(0);
	for (uint32_t n = 0; n < p->prog->len && !ret; n++) {
		if (b.states[n].reach)
			instruction(&b, n);
		if (b.wants_array)
			ret = -EAGAIN;
		else if (!(n % 64) && !cbpf_sym_left_ms(s))
			ret = -ETIME;
	}
	free(b.states);
	return ret;
}

/* ---- the object ---- */
static void no_exit(Z3_context z3, Z3_error_code code)
{
	(void)z3; /* Z3's own handler ends the process; results of what failed are NULL or undefined
		   */
	(void)code;
}

static int prepare(struct cbpf_sym *s, bool use_array)
{
	Z3_config config = Z3_mk_config();
	Z3_context z3;
	Z3_ast limits[2];

	if (s->z3)
		Z3_del_context(s->z3);
	memset(s->bytes, 0, sizeof(s->bytes));
	memset(s->meta, 0, sizeof(s->meta));
	s->z3 = z3 = Z3_mk_context(config);
	Z3_del_config(config);
	if (!z3)
		return -ENOMEM;
	Z3_set_error_handler(z3, no_exit);
	s->use_array = use_array;
	s->word = Z3_mk_bv_sort(z3, 32);
	s->byte = Z3_mk_bv_sort(z3, 8);
	s->len = Z3_mk_const(z3, Z3_mk_string_symbol(z3, "len"), s->word);
	s->array = Z3_mk_const(z3, Z3_mk_string_symbol(z3, "packet"),
			       Z3_mk_array_sort(z3, s->word, s->byte));
	s->solver =
		Z3_mk_solver_for_logic(z3, Z3_mk_string_symbol(z3, use_array ? "QF_ABV" : "QF_BV"));
	if (!s->solver)
		return -ENOMEM;
	Z3_solver_inc_ref(z3, s->solver);
	limits[0] = Z3_mk_bvuge(z3, s->len, number(s, 1));
	limits[1] = Z3_mk_bvule(z3, s->len, number(s, CBPF_SYM_LEN_MAX));
	Z3_solver_assert(z3, s->solver, Z3_mk_and(z3, 2, limits));
	return 0;
}

static int build_all(struct cbpf_sym *s, bool use_array)
{
	int e = prepare(s, use_array);

	for (unsigned int i = 0; i < s->count && !e; i++)
		e = build(s, &s->progs[i]);
	return e;
}

/* An instruction that counts from a header. */
static bool counts_from_header(const struct sock_filter *i)
{
	bool loads = BPF_CLASS(i->code) == BPF_LD && BPF_MODE(i->code) == BPF_ABS;

	loads |= BPF_CLASS(i->code) == BPF_LDX && BPF_MODE(i->code) == BPF_MSH;
	return loads && i->k > INT32_MAX && !cbpf_ancillary_find(i->k);
}

static int can_express(struct cbpf_sym *s, const struct cbpf_prog *prog, struct cbpf_error *err)
{
	for (uint32_t n = 0; n < prog->len; n++) {
		const struct sock_filter *i = &prog->insns[n];
		bool abs = BPF_CLASS(i->code) == BPF_LD && BPF_MODE(i->code) == BPF_ABS;
		const struct cbpf_ancillary *a = abs ? cbpf_ancillary_find(i->k) : NULL;

		if (a && a->offset != SKF_AD_ALU_XOR_X && cbpf_metadata_find(a->offset) < 0)
			return cbpf_error_set(err, -EOPNOTSUPP,
					      "instruction %u loads %s, which is no property of a "
					      "packet that the solver could choose",
					      n, a->tcpdump);
		if (counts_from_header(i) &&
		    ((prog->linktype >= 0 && prog->linktype != DLT_EN10MB) ||
		     cbpf_may_reach_headers(prog)))
			return cbpf_error_set(
				err, -EOPNOTSUPP,
				"instruction %u counts from a header (SKF_LL, SKF_NET), "
				"and where that is is known for Ethernet alone, and for "
				"fixed offsets",
				n);
		s->headers |= counts_from_header(i);
	}
	return 0;
}

static int take(struct cbpf_sym *s, const struct cbpf_prog *prog, struct cbpf_error *err)
{
	struct sym_prog *p = &s->progs[s->count];
	struct cbpf_finding f;
	int e;

	if (!cbpf_check(prog, 0, &f) && f.rule != CBPF_RULE_CONVERTED_JUMP)
		return cbpf_error_set(err, -EINVAL, "%s", f.text);
	e = can_express(s, prog, err);
	if (e)
		return e;
	p->insns = calloc(prog->len, sizeof(*p->insns));
	if (!p->insns)
		return cbpf_error_set(err, -ENOMEM, "out of memory");
	p->prog = prog;
	s->count++;
	return 0;
}

int cbpf_sym_new(struct cbpf_sym **out, const struct cbpf_prog *const progs[], unsigned int count,
		 unsigned int seconds, struct cbpf_error *err)
{
	struct cbpf_sym *s = calloc(1, sizeof(*s));
	int e = s ? 0 : cbpf_error_set(err, -ENOMEM, "out of memory");

	for (unsigned int i = 0; i < count && !e; i++)
		e = take(s, progs[i], err);
	if (!e) {
		s->deadline_ms = now_ms() + 1000ULL * seconds;
		e = build_all(s, false);
		if (e == -EAGAIN)
			e = build_all(s, true);
		if (e)
			cbpf_error_set(err, e,
				       e == -ETIME ? "not decided in %u seconds" : "out of memory",
				       seconds);
	}
	if (e)
		cbpf_sym_free(s);
	else
		*out = s;
	return e;
}

void cbpf_sym_free(struct cbpf_sym *s)
{
	if (!s)
		return;
	if (s->solver)
		Z3_solver_dec_ref(s->z3, s->solver);
	if (s->z3)
		Z3_del_context(s->z3);
	for (unsigned int i = 0; i < s->count; i++)
		free(s->progs[i].insns);
	free(s);
}
