/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The program in tc: as eBPF of the type SCHED_CLS, whose LD_ABS and LD_IND are classic BPF's
 * loads, run with BPF_PROG_TEST_RUN. (SOCKET_FILTER would take 14 bytes off the packet first.) */
#include "engine.h"

#include "check.h"
#include "flow.h"
#include "insn.h"

#include <errno.h>
#include <linux/bpf.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#define A BPF_REG_0
#define X BPF_REG_7
#define CTX BPF_REG_6 /* where LD_ABS wants it */

struct writer {
	struct bpf_insn *out; /* NULL: count only */
	uint32_t len;
	const uint32_t *at; /* eBPF address of each instruction, prog->len + 1 of them */
	bool too_far;
};

static void emit(struct writer *w, uint8_t code, uint8_t dst, uint8_t src, int16_t off,
		 uint32_t imm)
{
	if (w->out)
		w->out[w->len] = (struct bpf_insn){.code = code,
						   .dst_reg = dst & 0xf,
						   .src_reg = src & 0xf,
						   .off = off,
						   .imm = (int32_t)imm};
	w->len++;
}

static void emit_jump(struct writer *w, uint8_t code, uint8_t src, uint32_t imm, uint32_t target)
{
	int64_t off = (int64_t)w->at[target] - w->len - 1;

	if (w->out && off > INT16_MAX)
		w->too_far = true;
	emit(w, code, A, src, (int16_t)off, imm);
}

/* M[k] on the stack. */
static int16_t slot(uint32_t k)
{
	return (int16_t)(-4 * (int)(k + 1));
}

static void emit_load(struct writer *w, const struct sock_filter *i)
{
	switch (BPF_MODE(i->code)) {
	case BPF_IMM:
		emit(w, BPF_ALU | BPF_MOV | BPF_K, A, 0, 0, i->k);
		break;
	case BPF_MEM:
		emit(w, BPF_LDX | BPF_MEM | BPF_W, A, BPF_REG_10, slot(i->k), 0);
		break;
	case BPF_LEN:
		emit(w, BPF_LDX | BPF_MEM | BPF_W, A, CTX, offsetof(struct __sk_buff, len), 0);
		break;
	case BPF_IND:
		emit(w, BPF_LD | BPF_IND | BPF_SIZE(i->code), 0, X, 0, i->k);
		break;
	case BPF_ABS:
		if (cbpf_ancillary_find(i->k)) /* xor_x, the only one that gets here */
			emit(w, BPF_ALU | BPF_XOR | BPF_X, A, X, 0, 0);
		else
			emit(w, BPF_LD | BPF_ABS | BPF_SIZE(i->code), 0, 0, 0, i->k);
		break;
	}
}

static void emit_load_x(struct writer *w, const struct sock_filter *i)
{
	switch (BPF_MODE(i->code)) {
	case BPF_IMM:
		emit(w, BPF_ALU | BPF_MOV | BPF_K, X, 0, 0, i->k);
		break;
	case BPF_MEM:
		emit(w, BPF_LDX | BPF_MEM | BPF_W, X, BPF_REG_10, slot(i->k), 0);
		break;
	case BPF_LEN:
		emit(w, BPF_LDX | BPF_MEM | BPF_W, X, CTX, offsetof(struct __sk_buff, len), 0);
		break;
	case BPF_MSH: /* A goes through the register 8 */
		emit(w, BPF_ALU | BPF_MOV | BPF_X, BPF_REG_8, A, 0, 0);
		emit(w, BPF_LD | BPF_ABS | BPF_B, 0, 0, 0, i->k);
		emit(w, BPF_ALU | BPF_MOV | BPF_X, X, A, 0, 0);
		emit(w, BPF_ALU | BPF_AND | BPF_K, X, 0, 0, 0xf);
		emit(w, BPF_ALU | BPF_LSH | BPF_K, X, 0, 0, 2);
		emit(w, BPF_ALU | BPF_MOV | BPF_X, A, BPF_REG_8, 0, 0);
		break;
	}
}

static void emit_alu(struct writer *w, const struct sock_filter *i)
{
	bool divides = BPF_OP(i->code) == BPF_DIV || BPF_OP(i->code) == BPF_MOD;

	if (divides && BPF_SRC(i->code) == BPF_X) {
		emit(w, BPF_JMP32 | BPF_JNE | BPF_K, X, 0, 2, 0);
		emit(w, BPF_ALU | BPF_MOV | BPF_K, A, 0, 0, 0);
		emit(w, BPF_JMP | BPF_EXIT, 0, 0, 0, 0);
	}
	if (BPF_SRC(i->code) == BPF_X && BPF_OP(i->code) != BPF_NEG)
		emit(w, (uint8_t)i->code, A, X, 0, 0);
	else
		emit(w, (uint8_t)i->code, A, 0, 0, BPF_OP(i->code) == BPF_NEG ? 0 : i->k);
}

static void emit_branch(struct writer *w, const struct cbpf_prog *prog, uint32_t n)
{
	const struct sock_filter *i = &prog->insns[n];
	bool x = BPF_SRC(i->code) == BPF_X;
	uint32_t next[2];

	if (cbpf_successors(prog, n, next) == 1) {
		emit_jump(w, BPF_JMP | BPF_JA, 0, 0, next[0]);
		return;
	}
	emit_jump(w, (uint8_t)(BPF_JMP32 | BPF_OP(i->code) | BPF_SRC(i->code)), x ? X : 0,
		  x ? 0 : i->k, next[0]);
	emit_jump(w, BPF_JMP | BPF_JA, 0, 0, next[1]);
}

static void emit_insn(struct writer *w, const struct cbpf_prog *prog, uint32_t n)
{
	const struct sock_filter *i = &prog->insns[n];

	switch (BPF_CLASS(i->code)) {
	case BPF_LD:
		emit_load(w, i);
		break;
	case BPF_LDX:
		emit_load_x(w, i);
		break;
	case BPF_ST:
	case BPF_STX:
		emit(w, BPF_STX | BPF_MEM | BPF_W, BPF_REG_10, BPF_CLASS(i->code) == BPF_ST ? A : X,
		     slot(i->k), 0);
		break;
	case BPF_ALU:
		emit_alu(w, i);
		break;
	case BPF_JMP:
		emit_branch(w, prog, n);
		break;
	case BPF_RET:
		if (BPF_RVAL(i->code) == BPF_K)
			emit(w, BPF_ALU | BPF_MOV | BPF_K, A, 0, 0, i->k);
		emit(w, BPF_JMP | BPF_EXIT, 0, 0, 0, 0);
		break;
	default:
		emit(w, BPF_ALU | BPF_MOV | BPF_X, BPF_MISCOP(i->code) == BPF_TAX ? X : A,
		     BPF_MISCOP(i->code) == BPF_TAX ? A : X, 0, 0);
	}
}

/* The verifier refuses code that nobody reaches, which classic BPF allows: it is left out. */
static void emit_all(struct writer *w, const struct cbpf_prog *prog, const bool *reached,
		     uint32_t *at)
{
	w->len = 0;
	w->at = at;
	emit(w, BPF_ALU64 | BPF_MOV | BPF_X, CTX, BPF_REG_1, 0, 0);
	emit(w, BPF_ALU | BPF_MOV | BPF_K, A, 0, 0, 0);
	emit(w, BPF_ALU | BPF_MOV | BPF_K, X, 0, 0, 0);
	for (uint32_t n = 0; n < prog->len; n++) {
		if (!w->out)
			at[n] = w->len;
		if (reached[n])
			emit_insn(w, prog, n);
	}
}

static int translate(const struct cbpf_prog *prog, struct writer *w, struct cbpf_error *err)
{
	bool reached[BPF_MAXINSNS];
	uint32_t at[BPF_MAXINSNS] = {0};

	cbpf_reach(prog, reached);
	emit_all(w, prog, reached, at);
	w->out = calloc(w->len, sizeof(*w->out));
	if (!w->out)
		return cbpf_error_set(err, -ENOMEM, "out of memory");
	emit_all(w, prog, reached, at);
	w->at = NULL;
	if (!w->too_far)
		return 0;
	free(w->out);
	return cbpf_error_set(err, -EOPNOTSUPP, "as eBPF a jump does not fit into 16 bits");
}

static int tc_load(const struct writer *w)
{
	union bpf_attr attr = {.prog_type = BPF_PROG_TYPE_SCHED_CLS};

	attr.insns = (uintptr_t)w->out;
	attr.insn_cnt = w->len;
	attr.license = (uintptr_t) "GPL";
	return (int)syscall(SYS_bpf, BPF_PROG_LOAD, &attr, sizeof(attr));
}

struct tc {
	int fd;
	struct cbpf_guard guard;
};

static int tc_open(void **state, const struct cbpf_prog *prog, struct cbpf_error *err)
{
	struct cbpf_finding f;
	struct writer w = {0};
	struct tc *tc;
	int ret;

	if (!cbpf_check(prog, 0, &f) && f.rule != CBPF_RULE_CONVERTED_JUMP)
		return cbpf_error_set(err, -EINVAL, "%s", f.text);
	if (!cbpf_bytes_alone(prog, err))
		return -EOPNOTSUPP;
	ret = translate(prog, &w, err);
	if (ret)
		return ret;
	tc = calloc(1, sizeof(*tc));
	if (!tc || cbpf_guard_init(&tc->guard, prog)) {
		ret = cbpf_error_set(err, -ENOMEM, "out of memory");
		goto fail;
	}
	tc->fd = tc_load(&w);
	if (tc->fd < 0) {
		ret = cbpf_error_set(
			err, -errno, "the kernel does not load it as eBPF: %s%s", strerror(errno),
			errno == EPERM ? "; run as root or give CAP_BPF and CAP_NET_ADMIN" : "");
		cbpf_guard_free(&tc->guard);
		goto fail;
	}
	*state = tc;
	free(w.out);
	return 0;
fail:
	free(tc);
	free(w.out);
	return ret;
}

/* bpf_test_init() of net/bpf/test_run.c asks for an Ethernet header; bpf_prog_test_run_skb() of
 * Linux 6.18 for the whole IP header, too: EINVAL. */
static const char *too_short(const struct cbpf_packet *pkt)
{
	unsigned int type;

	if (pkt->len < 14)
		return "a test run takes no packet under 14 bytes";
	type = (unsigned int)pkt->data[12] << 8 | pkt->data[13];
	if (type == 0x0800 && pkt->len < 34)
		return "a test run takes no packet of IPv4 under 34 bytes";
	if (type == 0x86dd && pkt->len < 54)
		return "a test run takes no packet of IPv6 under 54 bytes";
	return NULL;
}

static const char *tc_cannot(const void *state, const struct cbpf_packet *pkt)
{
	if (pkt->caplen != pkt->len)
		return "the capture cut the packet";
	if (too_short(pkt))
		return too_short(pkt);
	/* a page with head- and tailroom at most */
	if (pkt->len > 3072)
		return "a test run takes no packet over 3,072 bytes";
	return cbpf_guard_cannot(&((const struct tc *)state)->guard, pkt);
}

static int tc_run(void *state, const struct cbpf_packet *pkt, uint32_t *ret)
{
	union bpf_attr attr = {0};

	attr.test.prog_fd = (uint32_t) * (int *)state;
	attr.test.data_in = (uintptr_t)pkt->data;
	attr.test.data_size_in = pkt->len;
	if (syscall(SYS_bpf, BPF_PROG_TEST_RUN, &attr, sizeof(attr)))
		return -errno;
	*ret = attr.test.retval;
	return 0;
}

static void tc_close(void *state)
{
	struct tc *tc = state;

	close(tc->fd);
	cbpf_guard_free(&tc->guard);
	free(tc);
}

const struct cbpf_engine cbpf_engine_tc = {
	.name = "tc",
	.summary = "eBPF of the type SCHED_CLS in a test run of the kernel",
	.open = tc_open,
	.cannot = tc_cannot,
	.run = tc_run,
	.close = tc_close,
};
