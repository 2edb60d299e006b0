/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The map of counters, which the XDP program and the one at the driver's tracepoint share. */
#ifndef BRIDGE_COUNTERS_H
#define BRIDGE_COUNTERS_H

#include <linux/bpf.h>

#include <bpf/bpf_helpers.h>

#include "bridge_maps.h"

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, XB_PORTS);
	__type(key, __u32);
	__type(value, struct xb_counters);
} counters SEC(".maps");

#endif
