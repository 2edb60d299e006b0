/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The places where a program can run, as one table. */
#ifndef CBPF_ENGINE_H
#define CBPF_ENGINE_H

#include "vm.h"

struct cbpf_engine {
	const char *name, *summary;
	/* Makes the program ready: 0, or -errno with the reason as a sentence. */
	int (*open)(void **state, const struct cbpf_prog *prog, struct cbpf_error *err);
	/* Why it cannot run this packet as the VM does ("the capture cut the packet"), or NULL. */
	const char *(*cannot)(const void *state, const struct cbpf_packet *pkt);
	/* 0 with what the program returned, or -errno. */
	int (*run)(void *state, const struct cbpf_packet *pkt, uint32_t *ret);
	/* The same for `count` packets, where the engine can run any packet and never fails; else
	 * NULL. Several threads may do so with one state. */
	void (*run_many)(void *state, const struct cbpf_packet *pkts, uint32_t count,
			 uint32_t *rets);
	void (*close)(void *state);
	/* It tells min(ret, len) only: a socket gets no more bytes than the packet has. */
	bool clamped;
};

extern const struct cbpf_engine cbpf_engine_vm, cbpf_engine_libpcap, cbpf_engine_kernel,
	cbpf_engine_tc;
/* All of them, the VM first; ends with NULL. */
extern const struct cbpf_engine *const cbpf_engines[];
const struct cbpf_engine *cbpf_engine_find(const char *name);

/* True when the program reads nothing but the packet's bytes and length: no metadata, no headers;
 * else the first instruction that does is named. */
bool cbpf_bytes_alone(const struct cbpf_prog *prog, struct cbpf_error *err);
/* Whether X + k may come out among the offsets that count from a header (SKF_LL, SKF_NET): false
 * only when all that X is ever given is small. What cbpf_bytes_alone() cannot see. */
bool cbpf_may_reach_headers(const struct cbpf_prog *prog);
/* The same asked of one packet, by running it: for engines that have not its headers. A copy of the
 * program, made only where it may happen. */
struct cbpf_guard {
	struct cbpf_prog prog;
};
int cbpf_guard_init(struct cbpf_guard *guard, const struct cbpf_prog *prog); /* 0 or -ENOMEM */
const char *cbpf_guard_cannot(const struct cbpf_guard *guard, const struct cbpf_packet *pkt);
void cbpf_guard_free(struct cbpf_guard *guard);
/* Where `engine` is known to differ from Linux on this packet: the instruction and the rule, or
 * NULL. */
const char *cbpf_known_difference(const struct cbpf_prog *prog, const struct cbpf_packet *pkt,
				  const struct cbpf_engine *engine, uint32_t *insn);

/* What an engine that clamps would say in place of `ret`. */
static inline uint32_t cbpf_clamp(uint32_t ret, uint32_t len)
{
	return ret < len ? ret : len;
}

#endif
