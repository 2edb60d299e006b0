/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "product.h"

#include "check.h"
#include "engine.h"
#include "insn.h"
#include "values.h"

#include <errno.h>
#include <linux/if_ether.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define FIELDS_MAX 64          /* on one way: loads at different places, and the length */
#define CLOCK_EVERY 65536      /* instructions */
#define TRIES 4096             /* values of a field until none that fits is known */
#define MARKS_FIRST (1u << 12) /* room in the table of exclusions, at first */
#define MASKS_MAX 64           /* different ones that are remembered */
#define DEPTH_MAX 2000         /* comparisons that held on one way, both programs together */
#define DOUBTS_MAX 64          /* ways that part without a packet, until no more is tried */

/* What a way has found out of `size` bytes at `offset`, or of the length. The bits in `known` are
 * those of `value`; in any case low <= it <= high. */
struct field {
	uint32_t offset, size;
	uint32_t known, value, low, high;
};
enum { LENGTH = 0 }; /* the first field */

/* A or X: a number, or (field & mask). */
enum kind { NUMBER, FIELD };
struct term {
	uint8_t kind, field;
	uint32_t v; /* the number; the mask */
};

struct registers {
	uint32_t pc;
	struct term a, x, m[BPF_MEMWORDS];
};

/* (field & mask) is not value. */
struct mark {
	uint32_t field, mask, value;
	bool used;
};

/* To take back: a field as it was, or a mark. */
struct undo {
	uint32_t place;
	bool is_mark;
	struct field was;
};

struct product {
	const struct cbpf_prog *progs[2];
	struct cbpf_product_answer *out;
	struct field fields[FIELDS_MAX];
	uint32_t nfields;
	struct mark *marks; /* open addressing; size a power of two */
	uint32_t nmarks, marks_size;
	uint32_t masks[MASKS_MAX]; /* of all marks there ever were */
	unsigned int nmasks;
	struct undo *undo;
	size_t nundo, undo_size;
	uint64_t steps, deadline_ns;
	uint32_t depth;
	unsigned int doubts[2]; /* ways on which they part, and no packet was found that shows it */
};

static uint64_t now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000000u + (uint64_t)ts.tv_nsec;
}

/* ---- what is known, and taken back ---- */

static int note(struct product *p, struct undo undo)
{
	if (p->nundo == p->undo_size) {
		size_t size = p->undo_size ? p->undo_size * 2 : 1024;
		struct undo *more = realloc(p->undo, size * sizeof(*more));

		if (!more)
			return -ENOMEM;
		p->undo = more;
		p->undo_size = size;
	}
	p->undo[p->nundo++] = undo;
	return 0;
}

static int will_change(struct product *p, uint32_t field)
{
	return note(p, (struct undo){.place = field, .was = p->fields[field]});
}

static uint32_t mark_place(const struct product *p, uint32_t field, uint32_t mask, uint32_t value)
{
	uint64_t h = ((uint64_t)mask << 32 | value) * 0x9e3779b97f4a7c15ULL + field * 0xc2b2ae35u;
	uint32_t i = (uint32_t)((h ^ h >> 29) * 0xbf58476d1ce4e5b9ULL >> 32) & (p->marks_size - 1);

	while (p->marks[i].used && (p->marks[i].field != field || p->marks[i].mask != mask ||
				    p->marks[i].value != value))
		i = (i + 1) & (p->marks_size - 1);
	return i;
}

/* What is not in a network is at no address in it: marks of fewer bits count. */
static bool is_marked(const struct product *p, uint32_t field, uint32_t mask, uint32_t value)
{
	unsigned int i;

	for (i = 0; i < p->nmasks; i++) {
		uint32_t m = p->masks[i];

		if (!(m & ~mask) && p->marks[mark_place(p, field, m, value & m)].used)
			return true;
	}
	return false;
}

/* Of a mask too many, marks are not seen: more ways are looked at than there are. */
static void remember_mask(struct product *p, uint32_t mask)
{
	unsigned int i;

	for (i = 0; i < p->nmasks && p->masks[i] != mask; i++)
		;
	if (i == p->nmasks && i < MASKS_MAX)
		p->masks[p->nmasks++] = mask;
}

/* Places change when the table grows, so those to take back are found again by what they hold:
 * `was` keeps it. */
static int grow_marks(struct product *p)
{
	struct mark *old = p->marks;
	uint32_t i, size = p->marks_size;

	p->marks = calloc(size * 2, sizeof(*p->marks));
	if (!p->marks) {
		p->marks = old;
		return -ENOMEM;
	}
	p->marks_size = size * 2;
	for (i = 0; i < p->nundo; i++) {
		const struct field *was = &p->undo[i].was;

		if (p->undo[i].is_mark)
			p->marks[mark_place(p, was->offset, was->known, was->value)] =
				(struct mark){was->offset, was->known, was->value, true};
	}
	free(old);
	return 0;
}

static int set_mark(struct product *p, uint32_t field, uint32_t mask, uint32_t value)
{
	uint32_t place;

	if (p->nmarks * 2 >= p->marks_size && grow_marks(p))
		return -ENOMEM;
	place = mark_place(p, field, mask, value);
	if (p->marks[place].used)
		return 0;
	p->marks[place] = (struct mark){field, mask, value, true};
	p->nmarks++;
	remember_mask(p, mask);
	return note(p, (struct undo){.is_mark = true,
				     .was = {.offset = field, .known = mask, .value = value}});
}

/* The last mark first: so no other was put behind the place that it leaves. */
static void take_back(struct product *p, size_t to, uint32_t nfields)
{
	while (p->nundo > to) {
		const struct undo *u = &p->undo[--p->nundo];

		if (u->is_mark) {
			p->marks[mark_place(p, u->was.offset, u->was.known, u->was.value)].used =
				false;
			p->nmarks--;
		} else {
			p->fields[u->place] = u->was;
		}
	}
	p->nfields = nfields;
}

/* ---- questions ---- */

enum truth { NO, YES, OPEN };

static uint32_t full(const struct field *f)
{
	return f->size == 4 ? UINT32_MAX : (1u << 8 * f->size) - 1;
}

static enum truth is_equal(const struct product *p, uint32_t field, uint32_t mask, uint32_t value)
{
	const struct field *f = &p->fields[field];

	if ((f->value ^ value) & f->known & mask)
		return NO;
	if (!(mask & ~f->known))
		return YES;
	if (mask == full(f)) {
		if (value < f->low || value > f->high)
			return NO;
		if (f->low == f->high)
			return YES;
	}
	return is_marked(p, field, mask, value) ? NO : OPEN;
}

static int assume_equal(struct product *p, uint32_t field, uint32_t mask, uint32_t value,
			bool equal)
{
	struct field *f = &p->fields[field];

	if (!equal && mask & (mask - 1))
		return set_mark(p, field, mask, value);
	if (!equal)
		value ^= mask; /* of one bit there is one other value */
	if (will_change(p, field))
		return -ENOMEM;
	f->known |= mask;
	f->value = (f->value & ~mask) | value;
	if (mask == full(f))
		f->low = f->high = value;
	return 0;
}

/* Of the whole field: is it more than v? */
static enum truth is_greater(const struct product *p, uint32_t field, uint32_t v)
{
	const struct field *f = &p->fields[field];

	if (f->low > v)
		return YES;
	return f->high <= v ? NO : OPEN;
}

static int assume_greater(struct product *p, uint32_t field, uint32_t v, bool greater)
{
	if (will_change(p, field))
		return -ENOMEM;
	if (greater)
		p->fields[field].low = v + 1;
	else
		p->fields[field].high = v;
	return 0;
}

/* One of the two questions, as a comparison asks it. */
struct question {
	bool greater, negated;
	uint32_t field, mask, value;
};

static enum truth ask(const struct product *p, const struct question *q)
{
	enum truth t = q->greater ? is_greater(p, q->field, q->value)
				  : is_equal(p, q->field, q->mask, q->value);

	return t == OPEN ? OPEN : (t == YES) != q->negated ? YES : NO;
}

static int assume(struct product *p, const struct question *q, bool holds)
{
	if (q->greater)
		return assume_greater(p, q->field, q->value, holds != q->negated);
	return assume_equal(p, q->field, q->mask, q->value, holds != q->negated);
}

/* ---- instructions ---- */

/* -EAGAIN: not for this module. */

static struct term number(uint32_t v)
{
	return (struct term){.kind = NUMBER, .v = v};
}

/* The field of these bytes, on this way. Where bytes lie in two fields, what is known of one is not
 * of the other: ways are looked at then that no packet takes, which can hide no difference. */
static int field_at(struct product *p, uint32_t offset, uint32_t size, uint8_t *out)
{
	uint32_t i;

	for (i = LENGTH + 1; i < p->nfields; i++)
		if (p->fields[i].offset == offset && p->fields[i].size == size)
			break;
	if (i == FIELDS_MAX)
		return -EAGAIN;
	if (i == p->nfields) {
		p->fields[i] = (struct field){.offset = offset, .size = size};
		p->fields[i].high = full(&p->fields[i]);
		p->nfields++;
	}
	*out = (uint8_t)i;
	return 0;
}

static bool is_load(uint16_t code)
{
	uint8_t mode = BPF_MODE(code);

	return (BPF_CLASS(code) == BPF_LD || BPF_CLASS(code) == BPF_LDX) &&
	       (mode == BPF_ABS || mode == BPF_IND || mode == BPF_MSH);
}

/* A field of which all that the term takes is known is a number. */
static struct term simplify(const struct product *p, struct term t)
{
	const struct field *f = &p->fields[t.field];

	if (t.kind == FIELD && !(t.v & ~f->known))
		return number(f->value & t.v);
	if (t.kind == FIELD && f->low == f->high)
		return number(f->low & t.v);
	return t;
}

static int arithmetic(const struct product *p, struct registers *r, const struct sock_filter *i)
{
	struct term v = BPF_SRC(i->code) == BPF_X ? simplify(p, r->x) : number(i->k);
	uint8_t op = BPF_OP(i->code);

	r->a = simplify(p, r->a);
	if (op == BPF_NEG)
		v = number(0);
	if (r->a.kind == FIELD && op == BPF_AND && v.kind == NUMBER) {
		r->a.v &= v.v;
		if (!r->a.v)
			r->a = number(0);
		return 0;
	}
	if (r->a.kind != NUMBER || v.kind != NUMBER)
		return -EAGAIN;
	if ((op == BPF_DIV || op == BPF_MOD) && !v.v)
		return -EAGAIN; /* by X: the program ends; rare enough */
	r->a = number(cbpf_alu(op, r->a.v, v.v));
	return 0;
}

/* What a comparison asks: -EAGAIN, or *known is its answer, or it is OPEN and *q the question. */
static int comparison(const struct product *p, const struct registers *r,
		      const struct sock_filter *i, struct question *q, enum truth *known)
{
	struct term a = simplify(p, r->a);
	struct term v = BPF_SRC(i->code) == BPF_X ? simplify(p, r->x) : number(i->k);
	uint8_t op = BPF_OP(i->code);

	if (v.kind != NUMBER)
		return -EAGAIN;
	if (a.kind == NUMBER) {
		bool holds = op == BPF_JEQ   ? a.v == v.v
			     : op == BPF_JGT ? a.v > v.v
			     : op == BPF_JGE ? a.v >= v.v
					     : (a.v & v.v) != 0;

		*known = holds ? YES : NO;
		return 0;
	}
	*q = (struct question){.field = a.field, .mask = a.v, .value = v.v};
	*known = NO;
	if (op == BPF_JEQ && v.v & ~a.v)
		return 0;
	if (op == BPF_JSET) {
		q->mask = a.v & v.v;
		q->value = 0;
		q->negated = true;
		if (!q->mask)
			return 0;
	} else if (op != BPF_JEQ) {
		if (a.v != full(&p->fields[a.field]))
			return -EAGAIN;
		q->greater = true;
		if (op == BPF_JGE) {
			*known = YES;
			if (!v.v)
				return 0;
			q->value--;
		}
	}
	*known = ask(p, q);
	return 0;
}

/* ---- the end of both ways ---- */

static uint32_t returns(const struct cbpf_prog *prog, const struct cbpf_sym_packet *packet)
{
	const struct cbpf_packet pkt = {
		.data = packet->data, .caplen = packet->len, .len = packet->len};

	return cbpf_step_through(prog, &pkt);
}

static bool is_excluded(const struct product *p, uint32_t field, uint32_t value)
{
	size_t i;

	for (i = 0; i < p->nundo; i++) {
		const struct field *was = &p->undo[i].was;

		if (p->undo[i].is_mark && was->offset == field &&
		    (value & was->known) == was->value)
			return true;
	}
	return false;
}

/* A value that all that is known allows; false when none was found. The bits that are not known are
 * counted up, then drawn. */
static bool find_value(const struct product *p, uint32_t field, uint32_t *out)
{
	const struct field *f = &p->fields[field];
	uint32_t loose = full(f) & ~f->known, bits = f->low & loose, drawn = 1, i;

	for (i = 0; i < TRIES; i++) {
		uint32_t v = f->value | bits;

		if (v >= f->low && v <= f->high && !is_excluded(p, field, v)) {
			*out = v;
			return true;
		}
		drawn = drawn * 1664525 + 1013904223;
		bits = i < TRIES / 2 ? (bits - loose) & loose : drawn & loose;
	}
	return false;
}

static bool make_packet(const struct product *p, struct cbpf_sym_packet *packet)
{
	const struct field *length = &p->fields[LENGTH];
	uint32_t i, b, v;

	packet->len = length->low > ETH_ZLEN ? length->low : ETH_ZLEN;
	if (packet->len > length->high)
		packet->len = length->high;
	if (is_excluded(p, LENGTH, packet->len) && !find_value(p, LENGTH, &packet->len))
		return false;
	memset(packet->data, 0, packet->len);
	packet->skb = (struct cbpf_skb){0};
	packet->asked = 0;
	for (i = LENGTH + 1; i < p->nfields; i++) {
		const struct field *f = &p->fields[i];

		if (!find_value(p, i, &v))
			return false;
		for (b = 0; b < f->size && f->offset + b < packet->len; b++)
			packet->data[f->offset + b] = (uint8_t)(v >> 8 * (f->size - 1 - b));
	}
	return true;
}

static void compare(struct product *p, bool a, bool b)
{
	struct cbpf_product_answer *out = p->out;
	unsigned int yes = a ? 0 : 1;
	struct cbpf_sym_packet *packet = &out->packet[yes];

	out->ways++;
	if (a == b || out->differ[yes] == CBPF_SAT || p->doubts[yes] == DOUBTS_MAX)
		return;
	if (make_packet(p, packet) && returns(p->progs[yes], packet) &&
	    !returns(p->progs[!yes], packet))
		out->differ[yes] = CBPF_SAT;
	else
		p->doubts[yes]++;
}

/* ---- ways ---- */

static int walk(struct product *p, unsigned int which, struct registers r, bool first);

static int end(struct product *p, unsigned int which, bool accepts, bool first)
{
	struct registers start = {.a = {.kind = NUMBER}, .x = {.kind = NUMBER}};

	if (!which)
		return walk(p, 1, start, accepts);
	compare(p, first, accepts);
	return 0;
}

/* Goes on as if the answer were yes, and comes back; then it is no. */
static int both_ways(struct product *p, unsigned int which, const struct registers *yes,
		     const struct question *q, bool first)
{
	size_t undo = p->nundo;
	uint32_t nfields = p->nfields;
	int ret = p->depth == DEPTH_MAX ? -EAGAIN : assume(p, q, true);

	p->depth++;
	if (!ret)
		ret = walk(p, which, *yes, first);
	p->depth--;
	take_back(p, undo, nfields);
	return ret ? ret : assume(p, q, false);
}

/* The bytes at `offset` are there, or the program ends: 1 with a place to load from. */
static int in_reach(struct product *p, unsigned int which, uint64_t offset, uint32_t size,
		    bool first)
{
	struct question longer = {
		.greater = true, .field = LENGTH, .value = (uint32_t)(offset + size - 1)};
	size_t undo = p->nundo;
	uint32_t nfields = p->nfields;
	enum truth t = offset + size > CBPF_SYM_LEN_MAX ? NO : ask(p, &longer);
	int ret = 0;

	if (t == YES)
		return 1;
	if (t == OPEN)
		ret = assume(p, &longer, false);
	if (!ret)
		ret = end(p, which, false, first);
	take_back(p, undo, nfields);
	if (ret || t == NO)
		return ret;
	ret = assume(p, &longer, true);
	return ret ? ret : 1;
}

/* The length of a header, one after the other of the sixteen that are possible: behind it,
 * addresses are numbers. */
static int each_header(struct product *p, unsigned int which, struct registers *r, uint8_t field,
		       bool first)
{
	uint32_t v;
	int ret;

	for (v = 0; v < 16; v++) {
		struct question q = {.field = field, .mask = 0xf, .value = v};
		enum truth t = ask(p, &q);

		r->x = number(v * 4);
		if (t == YES)
			return 1;
		if (t == NO)
			continue;
		ret = both_ways(p, which, r, &q, first);
		if (ret)
			return ret;
	}
	return 0;
}

/* 1: goes on at r->pc; 0: all ways from here have been gone; -errno. */
static int load(struct product *p, unsigned int which, struct registers *r,
		const struct sock_filter *i, bool first)
{
	bool header = BPF_MODE(i->code) == BPF_MSH;
	uint32_t size = header ? 1 : cbpf_load_size(i->code);
	struct term x = simplify(p, r->x);
	uint32_t offset = i->k;
	uint8_t field;
	int ret;

	if (BPF_MODE(i->code) == BPF_ABS && i->k > INT32_MAX)
		return -EAGAIN; /* xor_x */
	if (BPF_MODE(i->code) == BPF_IND) {
		if (x.kind != NUMBER)
			return -EAGAIN;
		offset +=
			x.v; /* what is not in the packet then counts from a header, and rejects */
	}
	ret = in_reach(p, which, offset, size, first);
	if (ret != 1)
		return ret;
	ret = field_at(p, offset, size, &field);
	if (ret)
		return ret;
	if (header)
		return each_header(p, which, r, field, first);
	r->a = (struct term){.kind = FIELD, .field = field, .v = full(&p->fields[field])};
	return 1;
}

static int load_register(const struct product *p, struct registers *r, const struct sock_filter *i)
{
	struct term *to = BPF_CLASS(i->code) == BPF_LDX ? &r->x : &r->a;

	if (BPF_MODE(i->code) == BPF_IMM)
		*to = number(i->k);
	else if (BPF_MODE(i->code) == BPF_MEM)
		*to = r->m[i->k];
	else
		*to = (struct term){.kind = FIELD, .field = LENGTH, .v = full(&p->fields[LENGTH])};
	return 0;
}

/* Whatever is neither a comparison nor a ret: as load(). */
static int step(struct product *p, unsigned int which, struct registers *r,
		const struct sock_filter *i, bool first)
{
	int ret = 0;

	if (is_load(i->code))
		return load(p, which, r, i, first);
	switch (BPF_CLASS(i->code)) {
	case BPF_LD:
	case BPF_LDX:
		ret = load_register(p, r, i);
		break;
	case BPF_ST:
		r->m[i->k] = r->a;
		break;
	case BPF_STX:
		r->m[i->k] = r->x;
		break;
	case BPF_ALU:
		ret = arithmetic(p, r, i);
		break;
	case BPF_MISC:
		if (BPF_MISCOP(i->code) == BPF_TAX)
			r->x = r->a;
		else
			r->a = r->x;
		break;
	default: /* ja */
		r->pc += i->k;
	}
	return ret ? ret : 1;
}

/* 1: goes on at r->pc, as step(). */
static int branch(struct product *p, unsigned int which, struct registers *r,
		  const struct sock_filter *i, bool first)
{
	struct registers yes = *r;
	struct question q;
	enum truth t;
	int ret = comparison(p, r, i, &q, &t);

	if (ret)
		return ret;
	if (t == OPEN) {
		yes.pc += i->jt;
		ret = both_ways(p, which, &yes, &q, first);
	}
	r->pc += t == YES ? i->jt : i->jf;
	return ret ? ret : 1;
}

/* `ret a` of what is not known: of both answers. */
static int give_back(struct product *p, unsigned int which, const struct registers *r,
		     const struct sock_filter *i, bool first)
{
	struct term a = BPF_RVAL(i->code) == BPF_A ? simplify(p, r->a) : number(i->k);
	struct question zero = {.field = a.field, .mask = a.v};
	enum truth t;
	int ret = 0;

	if (a.kind == NUMBER)
		return end(p, which, a.v != 0, first);
	t = ask(p, &zero);
	if (t != NO) {
		size_t undo = p->nundo;
		uint32_t nfields = p->nfields;

		ret = t == OPEN ? assume(p, &zero, true) : 0;
		if (!ret)
			ret = end(p, which, false, first);
		take_back(p, undo, nfields);
		if (!ret && t == OPEN)
			ret = assume(p, &zero, false);
	}
	return ret || t == YES ? ret : end(p, which, true, first);
}

/* All ways from r on. 0, or -errno: -EAGAIN, -ETIME, -ENOMEM. */
static int walk(struct product *p, unsigned int which, struct registers r, bool first)
{
	int ret = 1;

	while (ret == 1) {
		const struct sock_filter *i = &p->progs[which]->insns[r.pc++];

		if (++p->steps % CLOCK_EVERY == 0 && now_ns() > p->deadline_ns)
			return -ETIME;
		if (BPF_CLASS(i->code) == BPF_RET)
			return give_back(p, which, &r, i, first);
		if (BPF_CLASS(i->code) == BPF_JMP && BPF_OP(i->code) != BPF_JA)
			ret = branch(p, which, &r, i, first);
		else
			ret = step(p, which, &r, i, first);
	}
	return ret;
}

static bool is_for_us(const struct cbpf_prog *prog)
{
	struct cbpf_error err;
	struct cbpf_finding f;

	return (cbpf_check(prog, 0, &f) || f.rule == CBPF_RULE_CONVERTED_JUMP) &&
	       cbpf_bytes_alone(prog, &err);
}

int cbpf_product(struct cbpf_product_answer *out, const struct cbpf_prog *a,
		 const struct cbpf_prog *b, unsigned int seconds)
{
	struct product p = {.progs = {a, b}, .out = out, .nfields = 1, .marks_size = MARKS_FIRST};
	struct registers start = {.a = {.kind = NUMBER}, .x = {.kind = NUMBER}};
	int ret;

	out->differ[0] = out->differ[1] = CBPF_UNDECIDED;
	out->ways = 0;
	if (!is_for_us(a) || !is_for_us(b))
		return 0;
	p.deadline_ns = now_ns() + seconds * 1000000000ULL;
	p.fields[LENGTH] = (struct field){.size = 4, .low = 1, .high = CBPF_SYM_LEN_MAX};
	p.marks = calloc(p.marks_size, sizeof(*p.marks));
	ret = p.marks ? walk(&p, 0, start, false) : -ENOMEM;
	for (unsigned int n = 0; n < 2 && !ret; n++)
		if (out->differ[n] != CBPF_SAT && !p.doubts[n])
			out->differ[n] = CBPF_UNSAT;
	free(p.marks);
	free(p.undo);
	return ret == -ENOMEM ? ret : 0;
}
