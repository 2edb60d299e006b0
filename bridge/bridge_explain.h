/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the fast path would do with a frame now, rule by rule, from the live maps and without
 * touching them: the same rules as xdp/bridge.bpf.c, held to it by tests/unit/test_bridge_xdp.c. */
#ifndef BRIDGE_EXPLAIN_H
#define BRIDGE_EXPLAIN_H

#include "sync.h"

/* Gets a line for each rule that was looked at. */
typedef void (*explain_line)(void *arg, const char *line);

/* enum xb_verdict. XB_KEEP_ALIVE only where it is certain; a source that is known otherwise may
 * still go up when its refreshing is due, which only the program knows. */
unsigned int explain_frame(struct sync *s, uint32_t ifindex, const uint8_t *frame, size_t len,
			   explain_line line, void *arg);
/* What the kernel and the fast path know of an address in a bridge's VLAN (0: none). */
void explain_address(struct sync *s, uint32_t bridge, const uint8_t mac[6], uint16_t vid,
		     explain_line line, void *arg);

#endif
