/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Hardware receive time stamps: what the device can do, what is set, the least change that is
 * needed, and the way back. Transmit stamping stays as it was: turning it off stops a running PTP
 * daemon. */
#ifndef HWSTAMP_H
#define HWSTAMP_H

#include "cbpf.h"

#include <stdbool.h>
#include <stdint.h>

struct hwstamp_caps {
	bool hardware;       /* raw hardware receive stamps */
	int phc_index;       /* /dev/ptpN; -1: none */
	uint32_t tx_types;   /* bits HWTSTAMP_TX_* */
	uint32_t rx_filters; /* bits HWTSTAMP_FILTER_* */
};

/* ETHTOOL_GET_TS_INFO: 0 or -errno; a device that says nothing can do nothing. */
int hwstamp_caps(const char *ifname, struct hwstamp_caps *out);

enum { HWSTAMP_CANDIDATES = 5 };
/* The receive filters to try, the least first, of those that are advertised: how many. Behind a
 * switch tag only HWTSTAMP_FILTER_ALL stamps anything: the MACs look for PTP where the tag is
 * (ptp_classify_raw() in the kernel knows no DSA tag either). */
unsigned int hwstamp_candidates(uint32_t rx_filters, bool tagged, int out[HWSTAMP_CANDIDATES]);
/* Whether this filter stamps all PTP event messages already. */
bool hwstamp_enough(int rx_filter, bool tagged);
const char *hwstamp_filter_name(int rx_filter); /* "ALL"; never NULL */

struct hwstamp;

/* Gets the device to stamp event messages. `say` is told each step that is not the plain one. 0:
 * stamped (perhaps nothing had to be changed); -errno with a sentence: nothing was changed. */
int hwstamp_start(struct hwstamp **out, const char *ifname, bool tagged,
		  void (*say)(const char *sentence), struct cbpf_error *err);
bool hwstamp_changed(
	const struct hwstamp *h); /* there is something to put back, which needs CAP_NET_ADMIN */
/* Puts back what was set, and frees. NULL is fine. 0, or -errno with a sentence: what is left set.
 */
int hwstamp_stop(struct hwstamp *h, struct cbpf_error *err);

#endif
