/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One pass from the first instruction to the last: jumps only go forward, so that what holds on
 * every path into an instruction is known when it is reached. Two such facts make the code smaller:
 * how many bytes have been checked, and the largest value that A, X and M[] can have. */
#include "translate.h"

#include "check.h"
#include "insn.h"

#include <errno.h>
#include <linux/if_ether.h>
#include <pcap/dlt.h>
#include <stdlib.h>
#include <string.h>

/* Callee-saved registers, so that helpers leave them alone; R0 to R2 are scratch. */
enum { R0, R1, R2, A = 6, X = 7, DATA = 8, END = 9, FP = 10 };
enum {
	CTX_SLOT = -72,      /* below M[] */
	MAX_OFFSET = 0xffff, /* the verifier's MAX_PACKET_OFF */
	MAX_DISPLACEMENT = 0x7fff,
	NET_HEADER = ETH_HLEN,
	WINDOW = SKF_NET_OFF - SKF_LL_OFF, /* bytes that SKF_LL and SKF_NET each can name */
};

/* What holds on every path into an instruction. */
struct facts {
	bool reached;
	uint32_t checked;               /* bytes known to be there */
	uint32_t a, x, m[BPF_MEMWORDS]; /* upper bounds */
};

struct translation {
	const struct cbpf_prog *prog;
	const struct cbpf_xdp_options *opt;
	struct facts *facts; /* one an instruction */
	uint32_t *start;     /* where each classic instruction begins, and the two exits */
	struct bpf_insn *code;
	uint32_t *target; /* of each eBPF jump: a classic instruction or an exit; NONE */
	uint32_t len, room, map_insn;
	bool zero_used, headers, no_memory;
};

static const uint32_t NONE = UINT32_MAX;

static uint32_t exit_zero(const struct translation *t)
{
	return t->prog->len; /* R0 = 0, then exit */
}

static uint32_t exit_value(const struct translation *t)
{
	return t->prog->len + 1; /* R0 holds the value */
}

static void emit_to(struct translation *t, struct bpf_insn insn, uint32_t target)
{
	if (t->len == t->room) {
		uint32_t room = t->room ? t->room * 2 : 256;
		void *code = reallocarray(t->code, room, sizeof(*t->code));
		void *targets;

		if (code)
			t->code = code;
		targets = code ? reallocarray(t->target, room, sizeof(*t->target)) : NULL;
		if (!targets) {
			t->no_memory = true;
			return;
		}
		t->target = targets;
		t->room = room;
	}
	if (target == exit_zero(t))
		t->zero_used = true;
	t->target[t->len] = target;
	t->code[t->len++] = insn;
}

static void emit(struct translation *t, struct bpf_insn insn)
{
	emit_to(t, insn, NONE);
}

/* 32-bit arithmetic, which clears the upper half. */
static void alu_k(struct translation *t, uint8_t op, uint8_t dst, uint32_t k)
{
	emit(t, (struct bpf_insn){.code = BPF_ALU | BPF_K | op, .dst_reg = dst, .imm = (int32_t)k});
}

static void alu_r(struct translation *t, uint8_t op, uint8_t dst, uint8_t src)
{
	emit(t, (struct bpf_insn){.code = BPF_ALU | BPF_X | op, .dst_reg = dst, .src_reg = src});
}

static void alu64_k(struct translation *t, uint8_t op, uint8_t dst, int32_t k)
{
	emit(t, (struct bpf_insn){.code = BPF_ALU64 | BPF_K | op, .dst_reg = dst, .imm = k});
}

static void alu64_r(struct translation *t, uint8_t op, uint8_t dst, uint8_t src)
{
	emit(t, (struct bpf_insn){.code = BPF_ALU64 | BPF_X | op, .dst_reg = dst, .src_reg = src});
}

static void load_mem(struct translation *t, uint8_t size, uint8_t dst, uint8_t base, int32_t off)
{
	emit(t, (struct bpf_insn){.code = BPF_LDX | BPF_MEM | size,
				  .dst_reg = dst,
				  .src_reg = base,
				  .off = (int16_t)off});
}

static void store_mem(struct translation *t, uint8_t size, uint8_t base, int32_t off, uint8_t src)
{
	emit(t, (struct bpf_insn){.code = BPF_STX | BPF_MEM | size,
				  .dst_reg = base,
				  .src_reg = src,
				  .off = (int16_t)off});
}

static void jump(struct translation *t, uint32_t target)
{
	emit_to(t, (struct bpf_insn){.code = BPF_JMP | BPF_JA}, target);
}

/* Over the next n eBPF instructions, when reg OP k. */
static void skip_k(struct translation *t, uint8_t op, uint8_t reg, uint32_t k, int16_t n)
{
	emit(t,
	     (struct bpf_insn){
		     .code = BPF_JMP32 | BPF_K | op, .dst_reg = reg, .off = n, .imm = (int32_t)k});
}

static void call(struct translation *t, int32_t helper)
{
	emit(t, (struct bpf_insn){.code = BPF_JMP | BPF_CALL, .imm = helper});
}

static void reject_past_end(struct translation *t, uint8_t reg)
{
	emit_to(t,
		(struct bpf_insn){
			.code = BPF_JMP | BPF_X | BPF_JGT, .dst_reg = reg, .src_reg = END},
		exit_zero(t));
}

static void network_order(struct translation *t, uint8_t reg, uint32_t size)
{
	if (size > 1)
		emit(t, (struct bpf_insn){.code = BPF_ALU | BPF_END | BPF_TO_BE,
					  .dst_reg = reg,
					  .imm = (int32_t)size * 8});
}

/* The furthest that a value of so many bytes goes. */
static uint32_t size_max(uint32_t size)
{
	return size == 4 ? UINT32_MAX : (1U << size * 8) - 1;
}

/* k as an offset from the first byte; false where no frame has it. */
static bool resolve(uint32_t k, uint32_t size, uint32_t *at)
{
	uint64_t off = k;

	if (k >= (uint32_t)SKF_NET_OFF)
		off = (uint64_t)(k - (uint32_t)SKF_NET_OFF) + NET_HEADER;
	else if (k >= (uint32_t)SKF_LL_OFF)
		off = k - (uint32_t)SKF_LL_OFF;
	if (off + size > MAX_OFFSET)
		return false;
	*at = (uint32_t)off;
	return true;
}

/* Loads into dst; false when the offset is never there, and the program ends. */
static bool load_absolute(struct translation *t, struct facts *f, uint8_t dst, uint32_t k,
			  uint16_t code)
{
	uint32_t size = cbpf_load_size(code), at;

	t->headers = t->headers || k > INT32_MAX;
	if (!resolve(k, size, &at)) {
		jump(t, exit_zero(t));
		return false;
	}
	if (f->checked < at + size || at > MAX_DISPLACEMENT) {
		alu64_r(t, BPF_MOV, R0, DATA);
		alu64_k(t, BPF_ADD, R0, (int32_t)(at + size));
		reject_past_end(t, R0);
	}
	if (at > MAX_DISPLACEMENT)
		load_mem(t, BPF_SIZE(code), dst, R0, -(int32_t)size);
	else
		load_mem(t, BPF_SIZE(code), dst, DATA, (int32_t)at);
	if (f->checked < at + size)
		f->checked = at + size;
	network_order(t, dst, size);
	return true;
}

/* R1, an address that may be negative, becomes an offset from the first byte. */
static void resolve_at_run_time(struct translation *t)
{
	t->headers = true;
	alu_r(t, BPF_MOV, R2, R1);
	alu_k(t, BPF_ADD, R2, -(uint32_t)SKF_LL_OFF);
	skip_k(t, BPF_JGE, R2, WINDOW, 2);
	alu_r(t, BPF_MOV, R1, R2);
	emit(t, (struct bpf_insn){.code = BPF_JMP | BPF_JA, .off = 4});
	alu_k(t, BPF_SUB, R2, WINDOW);
	skip_k(t, BPF_JGE, R2, WINDOW, 2);
	alu_r(t, BPF_MOV, R1, R2);
	alu_k(t, BPF_ADD, R1, NET_HEADER);
}

static void load_indirect(struct translation *t, struct facts *f, const struct sock_filter *insn)
{
	uint32_t size = cbpf_load_size(insn->code);

	alu_r(t, BPF_MOV, R1, X);
	if (insn->k)
		alu_k(t, BPF_ADD, R1, insn->k);
	if ((uint64_t)f->x + insn->k > INT32_MAX)
		resolve_at_run_time(t);
	emit_to(t,
		(struct bpf_insn){.code = BPF_JMP | BPF_K | BPF_JGT,
				  .dst_reg = R1,
				  .imm = (int32_t)(MAX_OFFSET - size)},
		exit_zero(t));
	alu64_r(t, BPF_MOV, R0, DATA);
	alu64_r(t, BPF_ADD, R0, R1);
	alu64_r(t, BPF_MOV, R2, R0);
	alu64_k(t, BPF_ADD, R2, (int32_t)size);
	reject_past_end(t, R2);
	load_mem(t, BPF_SIZE(insn->code), A, R0, 0);
	network_order(t, A, size);
	f->a = size_max(size);
}

/* eth_type_trans() of net/ethernet/eth.c: the type field, or one of the two that stand for a
 * length. */
static void load_protocol(struct translation *t, struct facts *f)
{
	load_absolute(t, f, A, offsetof(struct ethhdr, h_proto), BPF_H);
	skip_k(t, BPF_JGE, A, ETH_P_802_3_MIN, 7);
	alu_k(t, BPF_MOV, A, ETH_P_802_2);
	alu64_r(t, BPF_MOV, R0, DATA);
	alu64_k(t, BPF_ADD, R0, ETH_HLEN + 2);
	emit(t,
	     (struct bpf_insn){
		     .code = BPF_JMP | BPF_X | BPF_JGT, .dst_reg = R0, .src_reg = END, .off = 3});
	load_mem(t, BPF_H, R1, DATA, ETH_HLEN);
	skip_k(t, BPF_JNE, R1, 0xffff, 1);
	alu_k(t, BPF_MOV, A, ETH_P_802_3);
	f->a = UINT16_MAX;
}

/* Why XDP has no such load, as the end of a sentence; NULL where it has. */
static const char *why_not(const struct cbpf_prog *prog, uint32_t offset)
{
	switch (offset) {
	case SKF_AD_IFINDEX:
	case SKF_AD_CPU:
	case SKF_AD_RANDOM:
	case SKF_AD_ALU_XOR_X:
		return NULL;
	case SKF_AD_PROTOCOL:
		if (prog->linktype == DLT_EN10MB || prog->linktype < 0)
			return NULL;
		return "which is read from an Ethernet header, and the program is for another link";
	case SKF_AD_VLAN_TAG:
	case SKF_AD_VLAN_TAG_PRESENT:
	case SKF_AD_VLAN_TPID:
		return "but in XDP the tag is still in the frame: look for it at byte 12";
	case SKF_AD_PKTTYPE:
	case SKF_AD_HATYPE:
	case SKF_AD_PAY_OFFSET:
		return "which the kernel works out only after XDP";
	case SKF_AD_RXHASH:
	case SKF_AD_QUEUE:
	case SKF_AD_MARK:
		return "which a frame gets with its sk_buff, after XDP";
	default:
		return "which belongs to netlink messages";
	}
}

static void load_ancillary(struct translation *t, struct facts *f, uint32_t offset)
{
	f->a = UINT32_MAX;
	switch (offset) {
	case SKF_AD_PROTOCOL:
		load_protocol(t, f);
		break;
	case SKF_AD_IFINDEX:
		load_mem(t, BPF_DW, R1, FP, CTX_SLOT);
		load_mem(t, BPF_W, A, R1, offsetof(struct xdp_md, ingress_ifindex));
		break;
	case SKF_AD_ALU_XOR_X:
		alu_r(t, BPF_XOR, A, X);
		break;
	default:
		call(t, offset == SKF_AD_CPU ? BPF_FUNC_get_smp_processor_id
					     : BPF_FUNC_get_prandom_u32);
		alu_r(t, BPF_MOV, A, R0);
	}
}

/* The largest result of A OP K, or of A OP X with `max` as X's bound. */
static uint32_t alu_max(uint8_t op, uint32_t a, uint32_t max, bool constant)
{
	uint64_t wide;

	switch (op) {
	case BPF_AND:
		return a < max ? a : max;
	case BPF_ADD:
		wide = (uint64_t)a + max;
		break;
	case BPF_MUL:
		wide = (uint64_t)a * max;
		break;
	case BPF_LSH:
		wide = constant ? (uint64_t)a << max : UINT64_MAX;
		break;
	case BPF_RSH:
		return constant ? a >> max : a;
	case BPF_DIV:
	case BPF_MOD:
		return a;
	default:
		return UINT32_MAX;
	}
	return wide > UINT32_MAX ? UINT32_MAX : (uint32_t)wide;
}

static void arithmetic(struct translation *t, struct facts *f, const struct sock_filter *insn)
{
	uint8_t op = BPF_OP(insn->code);

	if (op == BPF_NEG) {
		alu_k(t, BPF_NEG, A, 0);
		f->a = UINT32_MAX;
		return;
	}
	if (BPF_SRC(insn->code) == BPF_K) {
		alu_k(t, op, A, insn->k);
		f->a = alu_max(op, f->a, insn->k, true);
		return;
	}
	if (op == BPF_DIV || op == BPF_MOD)
		emit_to(t, (struct bpf_insn){.code = BPF_JMP | BPF_K | BPF_JEQ, .dst_reg = X},
			exit_zero(t));
	if (op == BPF_LSH || op == BPF_RSH) {
		alu_r(t, BPF_MOV, R1, X); /* Linux' JITs mask alike; the text does not rely on it */
		alu_k(t, BPF_AND, R1, 31);
		alu_r(t, op, A, R1);
	} else {
		alu_r(t, op, A, X);
	}
	f->a = alu_max(op, f->a, f->x, false);
}

/* What holds at the end of an edge: at a join only what holds on every way there. */
static void flow_to(struct translation *t, const struct facts *from, uint32_t to)
{
	struct facts *f = &t->facts[to];

	if (!f->reached) {
		*f = *from;
		return;
	}
	if (from->checked < f->checked)
		f->checked = from->checked;
	if (from->a > f->a)
		f->a = from->a;
	if (from->x > f->x)
		f->x = from->x;
	for (int i = 0; i < BPF_MEMWORDS; i++)
		if (from->m[i] > f->m[i])
			f->m[i] = from->m[i];
}

static void branch(struct translation *t, const struct facts *f, uint32_t n)
{
	static const uint8_t opposite[256] = {
		[BPF_JEQ] = BPF_JNE, [BPF_JGT] = BPF_JLE, [BPF_JGE] = BPF_JLT};
	const struct sock_filter *insn = &t->prog->insns[n];
	uint32_t yes = n + 1 + insn->jt, no = n + 1 + insn->jf;
	struct bpf_insn out = {.code = BPF_JMP32 | BPF_SRC(insn->code) | BPF_OP(insn->code),
			       .dst_reg = A};

	if (BPF_SRC(insn->code) == BPF_X)
		out.src_reg = X;
	else
		out.imm = (int32_t)insn->k;
	if (yes == no) {
		jump(t, yes);
	} else if (yes == n + 1 && opposite[BPF_OP(insn->code)]) {
		out.code = BPF_JMP32 | BPF_SRC(insn->code) | opposite[BPF_OP(insn->code)];
		emit_to(t, out, no);
	} else {
		emit_to(t, out, yes);
		if (no != n + 1)
			jump(t, no);
	}
	flow_to(t, f, yes);
	flow_to(t, f, no);
}

static void return_value(struct translation *t, const struct sock_filter *insn)
{
	if (BPF_RVAL(insn->code) == BPF_A)
		alu_r(t, BPF_MOV, R0, A);
	else
		alu_k(t, BPF_MOV, R0, insn->k);
	jump(t, exit_value(t));
}

static void memory(struct translation *t, struct facts *f, const struct sock_filter *insn)
{
	int32_t slot = -4 * BPF_MEMWORDS + 4 * (int32_t)insn->k;

	switch (BPF_CLASS(insn->code)) {
	case BPF_ST:
		store_mem(t, BPF_W, FP, slot, A);
		f->m[insn->k] = f->a;
		break;
	case BPF_STX:
		store_mem(t, BPF_W, FP, slot, X);
		f->m[insn->k] = f->x;
		break;
	case BPF_LD:
		load_mem(t, BPF_W, A, FP, slot);
		f->a = f->m[insn->k];
		break;
	default:
		load_mem(t, BPF_W, X, FP, slot);
		f->x = f->m[insn->k];
	}
}

/* ld and ldx; false when the program ends here. */
static bool load(struct translation *t, struct facts *f, const struct sock_filter *insn)
{
	bool to_x = BPF_CLASS(insn->code) == BPF_LDX;
	const struct cbpf_ancillary *ad;
	bool there;

	switch (BPF_MODE(insn->code)) {
	case BPF_ABS:
		ad = cbpf_ancillary_find(insn->k);
		if (ad) {
			load_ancillary(t, f, ad->offset);
			return true;
		}
		f->a = size_max(cbpf_load_size(insn->code));
		return load_absolute(t, f, A, insn->k, insn->code);
	case BPF_IND:
		load_indirect(t, f, insn);
		return true;
	case BPF_MSH:
		there = load_absolute(t, f, X, insn->k, BPF_B);
		if (there) {
			alu_k(t, BPF_AND, X, 0xf);
			alu_k(t, BPF_LSH, X, 2);
			f->x = 60;
		}
		return there;
	case BPF_MEM:
		memory(t, f, insn);
		return true;
	case BPF_LEN:
		alu64_r(t, BPF_MOV, to_x ? X : A, END);
		alu64_r(t, BPF_SUB, to_x ? X : A, DATA);
		alu_r(t, BPF_MOV, to_x ? X : A, to_x ? X : A);
		*(to_x ? &f->x : &f->a) = UINT32_MAX;
		return true;
	default: /* BPF_IMM */
		alu_k(t, BPF_MOV, to_x ? X : A, insn->k);
		*(to_x ? &f->x : &f->a) = insn->k;
		return true;
	}
}

static void instruction(struct translation *t, uint32_t n)
{
	const struct sock_filter *insn = &t->prog->insns[n];
	struct facts f = t->facts[n];

	switch (BPF_CLASS(insn->code)) {
	case BPF_LD:
	case BPF_LDX:
		if (!load(t, &f, insn))
			return;
		break;
	case BPF_ST:
	case BPF_STX:
		memory(t, &f, insn);
		break;
	case BPF_ALU:
		arithmetic(t, &f, insn);
		break;
	case BPF_JMP:
		if (BPF_OP(insn->code) == BPF_JA) {
			jump(t, n + 1 + insn->k);
			flow_to(t, &f, n + 1 + insn->k);
		} else {
			branch(t, &f, n);
		}
		return;
	case BPF_RET:
		return_value(t, insn);
		return;
	default: /* BPF_MISC */
		if (BPF_MISCOP(insn->code) == BPF_TAX) {
			alu_r(t, BPF_MOV, X, A);
			f.x = f.a;
		} else {
			alu_r(t, BPF_MOV, A, X);
			f.a = f.x;
		}
	}
	flow_to(t, &f, n + 1);
}

static void prologue(struct translation *t)
{
	load_mem(t, BPF_W, DATA, R1, offsetof(struct xdp_md, data));
	load_mem(t, BPF_W, END, R1, offsetof(struct xdp_md, data_end));
	store_mem(t, BPF_DW, FP, CTX_SLOT, R1);
	alu_k(t, BPF_MOV, A, 0);
	alu_k(t, BPF_MOV, X, 0);
}

/* Counts under the key in R1; A, X and M[] are not needed any more, END keeps the length. */
static void count(struct translation *t)
{
	store_mem(t, BPF_W, FP, -4, R1);
	alu64_r(t, BPF_SUB, END, DATA);
	alu64_r(t, BPF_MOV, R2, FP);
	alu64_k(t, BPF_ADD, R2, -4);
	t->map_insn = t->len;
	emit(t, (struct bpf_insn){.code = BPF_LD | BPF_IMM | BPF_DW,
				  .dst_reg = R1,
				  .src_reg = BPF_PSEUDO_MAP_FD});
	emit(t, (struct bpf_insn){0});
	call(t, BPF_FUNC_map_lookup_elem);
	emit(t, (struct bpf_insn){
			.code = BPF_JMP | BPF_K | BPF_JEQ, .dst_reg = R0, .off = 6, .imm = 0});
	load_mem(t, BPF_DW, R1, R0, offsetof(struct cbpf_xdp_counter, packets));
	alu64_k(t, BPF_ADD, R1, 1);
	store_mem(t, BPF_DW, R0, offsetof(struct cbpf_xdp_counter, packets), R1);
	load_mem(t, BPF_DW, R1, R0, offsetof(struct cbpf_xdp_counter, bytes));
	alu64_r(t, BPF_ADD, R1, END);
	store_mem(t, BPF_DW, R0, offsetof(struct cbpf_xdp_counter, bytes), R1);
}

static void epilogue(struct translation *t)
{
	t->start[exit_zero(t)] = t->len;
	if (t->zero_used)
		alu_k(t, BPF_MOV, R0, 0);
	t->start[exit_value(t)] = t->len;
	if (t->opt->verdict) {
		alu_k(t, BPF_MOV, R1, CBPF_XDP_ACCEPTED);
		alu_k(t, BPF_MOV, A, t->opt->accept);
		skip_k(t, BPF_JNE, R0, 0, 2);
		alu_k(t, BPF_MOV, R1, CBPF_XDP_REJECTED);
		alu_k(t, BPF_MOV, A, t->opt->reject);
		if (t->opt->count)
			count(t);
		alu_r(t, BPF_MOV, R0, A);
	}
	emit(t, (struct bpf_insn){.code = BPF_JMP | BPF_EXIT});
}

static int link_jumps(struct translation *t, struct cbpf_error *err)
{
	for (uint32_t i = 0; i < t->len; i++) {
		int64_t off;

		if (t->target[i] == NONE)
			continue;
		off = (int64_t)t->start[t->target[i]] - i - 1;
		if (off > INT16_MAX)
			return cbpf_error_set(
				err, -E2BIG,
				"the program becomes %u eBPF instructions with a jump "
				"over %lld, and an eBPF jump reaches %d",
				t->len, (long long)off, INT16_MAX);
		t->code[i].off = (int16_t)off;
	}
	return 0;
}

static int expressible(const struct cbpf_prog *prog, struct cbpf_error *err)
{
	if (prog->linktype != DLT_EN10MB && prog->linktype != DLT_DSA_TAG_EDSA &&
	    prog->linktype != DLT_DSA_TAG_DSA && prog->linktype >= 0)
		return cbpf_error_set(err, -EOPNOTSUPP,
				      "the program is for the link type %s, and XDP sees Ethernet "
				      "frames; compile it with -y EN10MB",
				      cbpf_linktype_name(prog->linktype));
	for (uint32_t n = 0; n < prog->len; n++) {
		const struct sock_filter *insn = &prog->insns[n];
		const struct cbpf_ancillary *ad;
		const char *why;

		if (BPF_CLASS(insn->code) != BPF_LD || BPF_MODE(insn->code) != BPF_ABS)
			continue;
		ad = cbpf_ancillary_find(insn->k);
		why = ad ? why_not(prog, ad->offset) : NULL;
		if (why)
			return cbpf_error_set(err, -EOPNOTSUPP,
					      "XDP cannot run insn %u: it loads "
					      "'%s', %s",
					      n, ad->bpf_asm, why);
	}
	return 0;
}

int cbpf_translate(struct cbpf_ebpf *out, const struct cbpf_prog *prog,
		   const struct cbpf_xdp_options *opt, struct cbpf_error *err)
{
	struct translation t = {.prog = prog, .opt = opt};
	struct cbpf_finding f;
	int ret;

	/* Limits of the kernel's own conversion are none of this one's. */
	if (!cbpf_check(prog, 0, &f) && f.rule != CBPF_RULE_CONVERTED_JUMP)
		return cbpf_error_set(err, -EINVAL, "%s", f.text);
	ret = expressible(prog, err);
	if (ret)
		return ret;
	t.facts = calloc(prog->len + 1, sizeof(*t.facts));
	t.start = calloc(prog->len + 2, sizeof(*t.start));
	t.no_memory = !t.facts || !t.start;
	if (!t.no_memory) {
		prologue(&t);
		t.facts[0].reached = true;
		for (uint32_t n = 0; n < prog->len; n++) {
			t.start[n] = t.len;
			if (t.facts[n].reached) /* the verifier wants no dead code */
				instruction(&t, n);
		}
		epilogue(&t);
	}
	ret = t.no_memory ? cbpf_error_set(err, -ENOMEM, "out of memory") : link_jumps(&t, err);
	if (!ret) {
		*out = (struct cbpf_ebpf){t.code, t.len, t.headers, t.map_insn};
		t.code = NULL;
	}
	free(t.code);
	free(t.target);
	free(t.facts);
	free(t.start);
	return ret;
}

void cbpf_ebpf_free(struct cbpf_ebpf *ebpf)
{
	free(ebpf->insns);
	*ebpf = (struct cbpf_ebpf){0};
}
