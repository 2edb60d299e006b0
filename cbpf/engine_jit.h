/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef CBPF_ENGINE_JIT_H
#define CBPF_ENGINE_JIT_H

#include "engine.h"

/* Compiled to machine code by LLVM, with the VM's semantics for every packet. Built with LLVM's
 * headers where they are, and its library is opened when a program is; without either, open() says
 * what to install. */
extern const struct cbpf_engine cbpf_engine_jit;

#endif
