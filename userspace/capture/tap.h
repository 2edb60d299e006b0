/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A tap: one interface's frames through a classic BPF filter, read from a ring shared with the
 * kernel (PF_PACKET, TPACKET_V3), each with its time stamp and the clock that made it. */
#ifndef TAP_H
#define TAP_H

#include "cbpf.h"

#include <stdbool.h>
#include <stdint.h>

struct tap;

/* The kernel hands frames over at most so late: for people who watch, and for files and sums, where
 * each wake-up that is saved is processor time. */
enum { TAP_LATE_MS = 20, TAP_LATE_BATCH_MS = 250 };

enum tap_clock {
	TAP_CLOCK_SYSTEM,   /* the kernel's CLOCK_REALTIME, when the driver handed the frame up */
	TAP_CLOCK_HARDWARE, /* the device's own clock (PHC), at the wire */
};

struct tap_options {
	const char *ifname;
	const struct cbpf_prog *filter;
	bool outgoing;    /* frames that this host sends, too */
	bool batch;       /* nobody waits for a frame: TAP_LATE_BATCH_MS */
	bool promiscuous; /* for as long as the tap is open */
};

struct tap_frame {
	const uint8_t *data; /* in the ring: until the next tap_next() */
	uint32_t caplen, len;
	int64_t ts_ns;
	enum tap_clock clock;
	bool outgoing;
	bool vlan; /* the kernel took an 802.1Q tag out of the frame: */
	uint16_t vlan_tpid, vlan_tci;
};

struct tap_counts {
	uint64_t carried; /* frames of the interface, both directions, since the tap was opened */
	uint64_t dropped; /* by the kernel: the ring was full */
};

/* 0, or -errno with a sentence that names the interface. Needs CAP_NET_RAW. Frames of other taps on
 * this host's own sends are seen only with `outgoing`; the PTP multicast groups are joined. */
int tap_open(struct tap **out, const struct tap_options *options, struct cbpf_error *err);

/* From now on takes the device's stamps where a frame has one. 0 or -errno. */
int tap_take_hardware(struct tap *tap);

int tap_fd(const struct tap *tap); /* for poll(): readable when tap_next() has something */
const char *tap_ifname(const struct tap *tap);

/* The next frame: 1; 0 (with data NULL) when none is waiting; -ENETDOWN when the interface went
 * down, -ENODEV when it is gone: what came before has been given out. */
int tap_next(struct tap *tap, struct tap_frame *frame);

/* Asks the kernel; the counts go on from call to call. 0 or -errno (what is known is filled in). */
int tap_counts(struct tap *tap, struct tap_counts *counts);

void tap_close(struct tap *tap); /* NULL is fine */

#endif
