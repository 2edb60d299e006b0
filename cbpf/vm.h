/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A program that runs, with Linux' semantics (net/core/filter.c), over a packet as Linux sees it.
 * Where libpcap's bpf_filter() differs, reference rows in tests/unit/test_cbpf_vm.c say so. */
#ifndef CBPF_VM_H
#define CBPF_VM_H

#include "cbpf.h"

/* What the kernel knows of a packet beside its bytes. All zero is a packet without any of it.
 * Numbers in host byte order. */
struct cbpf_skb {
	uint32_t mark, rxhash;
	uint32_t ifindex; /* 0: no device, and a filter that asks ends with what A holds */
	uint32_t cpu;
	uint32_t
		payload_offset; /* SKF_AD_PAY_OFFSET; Linux dissects the packet, here it is given */
	uint32_t random;
	uint16_t protocol;   /* ETH_P_* */
	uint16_t queue;      /* skb->queue_mapping: the receive queue plus 1, 0 for none */
	uint16_t hatype;     /* ARPHRD_*, of the device */
	uint16_t vlan_tci;   /* of a tag that was taken out of the bytes */
	uint16_t vlan_proto; /* 0x8100, 0x88a8; not 0 means that such a tag is there */
	uint8_t pkttype;     /* PACKET_HOST.. */
	bool has_mac, has_net;
	int32_t mac, net; /* offsets of the headers from `data`; negative: before it */
};

struct cbpf_packet {
	const uint8_t *data;
	uint32_t caplen;   /* bytes at data */
	uint32_t len;      /* skb->len: what `ld len` gives; of a cut packet more than caplen */
	uint32_t headroom; /* bytes readable before data, for SKF_LL and SKF_NET */
	const struct cbpf_skb *skb; /* NULL: all zero */
};

/* ---- vm.c: fast, for many packets ---- */
struct cbpf_vm;

/* 0, or -EINVAL with the refusal: a program runs only when cbpf_check() takes it, but for
 * optmem_max and converted jumps, which are limits of one place and no rule of the language. */
int cbpf_vm_new(struct cbpf_vm **out, const struct cbpf_prog *prog, struct cbpf_error *err);
uint32_t cbpf_vm_run(const struct cbpf_vm *vm, const struct cbpf_packet *pkt);
/* The same for `count` packets, rets[i] for pkts[i]: some of the cost of a packet is that of a
 * call. */
void cbpf_vm_run_many(const struct cbpf_vm *vm, const struct cbpf_packet *pkts, uint32_t count,
		      uint32_t *rets);
void cbpf_vm_free(struct cbpf_vm *vm);

/* ---- step.c: one instruction at a time, for trace, debug and cover ---- */
struct cbpf_state {
	uint32_t a, x, m[BPF_MEMWORDS];
	uint32_t written; /* bit n: M[n] has been written */
	uint32_t pc;      /* the next instruction */
	bool done;        /* returned; `ret` counts */
	uint32_t ret;
};

enum cbpf_load_kind { CBPF_LOAD_NONE, CBPF_LOAD_BYTES, CBPF_LOAD_ANCILLARY, CBPF_LOAD_FAILED };
enum cbpf_end { CBPF_END_NONE, CBPF_END_RET, CBPF_END_LOAD, CBPF_END_DIVISION, CBPF_END_NO_DEVICE };

/* What one instruction did. */
struct cbpf_event {
	uint32_t insn;
	enum cbpf_load_kind load;
	int64_t offset;       /* of the bytes loaded (or not there), from data */
	uint32_t size;        /* 1, 2 or 4 */
	bool branch;          /* a comparison */
	bool taken;           /* it held: jt */
	uint32_t left, right; /* what was compared */
	enum cbpf_end end;    /* why the program ended here, if it did */
};

void cbpf_state_init(struct cbpf_state *st);
/* Executes prog->insns[st->pc] of a checked program. */
void cbpf_step(struct cbpf_state *st, const struct cbpf_prog *prog, const struct cbpf_packet *pkt,
	       struct cbpf_event *ev);
/* All of a checked program so: what it returns. */
uint32_t cbpf_step_through(const struct cbpf_prog *prog, const struct cbpf_packet *pkt);

/* ---- packet.c: what both share ---- */
/* Where an offset points (SKF_LL, SKF_NET and plain ones): from data, or INT64_MIN for nowhere.
 * Linux reads k, or X + k modulo 2^32, as a signed number. */
int64_t cbpf_resolve(const struct cbpf_packet *pkt, uint32_t offset);
/* Big-endian load of 1, 2 or 4 bytes; false when they are not all there. */
bool cbpf_load(const struct cbpf_packet *pkt, int64_t at, uint32_t size, uint32_t *out);
/* A SKF_AD load into *a; false when the filter ends here and returns *a as it stands (no device).
 */
bool cbpf_load_ancillary(const struct cbpf_packet *pkt, uint32_t offset, uint32_t x, uint32_t *a);

#endif
