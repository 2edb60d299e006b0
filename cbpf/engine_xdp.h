/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef CBPF_ENGINE_XDP_H
#define CBPF_ENGINE_XDP_H

#include "engine.h"

extern const struct cbpf_engine cbpf_engine_xdp;

#endif
