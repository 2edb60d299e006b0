/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef CBPF_ENGINE_JIT_H
#define CBPF_ENGINE_JIT_H

#include "engine.h"

/* Compiled to machine code by LLVM, with the VM's semantics for every packet. Built with LLVM's
 * headers where they are, and its library is opened when a program is; without either, open() says
 * what to install. */
extern const struct cbpf_engine cbpf_engine_jit;

/* The code of an open engine, to be called without the table in between; it goes with the engine.
 */
typedef uint32_t cbpf_jit_fn(const struct cbpf_packet *pkt);
cbpf_jit_fn *cbpf_jit_filter(const void *state);

#endif
