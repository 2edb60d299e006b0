/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The kernel's own bridge in a network namespace made for it: frames in at a port, and all that
 * leaves, without a wait for time to pass.
 *
 * Ports are veth pairs whose far ends, the hosts, belong to packet sockets. Everything runs on one
 * CPU, where the kernel handles what it queued in order: a frame that is sent over a cable beside
 * the bridge after a test frame arrives after it, and after a few such rounds nothing of the test
 * frame is still under way. */
#ifndef BED_H
#define BED_H

#include "nl.h"

enum { BED_FRAMES_MAX = 4096 };

struct bed_frame {
	int port;
	const uint8_t *data; /* owned by the bed, until the next bed_send() */
	uint32_t len;
};

struct bed_error {
	char text[256];
};

struct bed;

/* Moves the calling process into a namespace of its own until bed_close(); needs CAP_SYS_ADMIN or
 * user namespaces. The bridge has no port yet. 0, or -errno with a sentence. */
int bed_open(struct bed **out, struct bed_error *err);
/* Returns to the namespace it came from; what was made goes with the other. */
void bed_close(struct bed *bed);

/* Does what a step says that is not STEP_SEND; a new port is named `name` and made with it.
 * -EOPNOTSUPP with a sentence where this kernel cannot. */
int bed_apply(struct bed *bed, const struct step *step, const char *name, struct bed_error *err);
int bed_send(struct bed *bed, int port, const uint8_t *frame, uint32_t len, struct bed_error *err);
/* What left since the last bed_send(), less what the bridge itself sends (STP, queries). The number
 * of frames in *out, or -errno with a sentence. */
int bed_collect(struct bed *bed, const struct bed_frame **out, struct bed_error *err);
/* Entries with port numbers; local ones are left out. The number, or -errno. */
int bed_fdb(struct bed *bed, struct brm_fdb *out, int max, struct bed_error *err);

/* True where the kernel's bridge filters VLANs. */
bool bed_has_vlans(struct bed *bed);
const char *bed_bridge_name(void);
/* The interface index of a port, 0 if there is none. */
int bed_port_index(const struct bed *bed, int port);

#endif
