/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Hardware receive time stamps for PTP: which filter to ask a device for, over hwtstamp.h. Transmit
 * stamping is never turned off: that stops a running PTP daemon. */
#ifndef RXSTAMP_H
#define RXSTAMP_H

#include "cbpf.h"
#include "hwtstamp.h"

#include <stdbool.h>
#include <stdint.h>

/* Raw hardware receive stamps are there. */
bool rxstamp_hardware(const struct hwtstamp_caps *caps);

enum { RXSTAMP_CANDIDATES = 5 };
/* The receive filters to try, the least first, of those that are advertised: how many. Behind a
 * switch tag only HWTSTAMP_FILTER_ALL stamps anything: the MACs look for PTP where the tag is
 * (ptp_classify_raw() in the kernel knows no DSA tag either). */
unsigned int rxstamp_candidates(uint32_t rx_filters, bool tagged, int out[RXSTAMP_CANDIDATES]);
/* Whether this filter stamps all PTP event messages already. */
bool rxstamp_enough(int rx_filter, bool tagged);
const char *rxstamp_filter_name(int rx_filter); /* "ALL"; never NULL */

/* Gets the device to stamp event messages. `say` is told each step that is not the plain one. 0:
 * stamped (perhaps nothing had to be changed); -errno with a sentence: nothing was changed. */
int rxstamp_start(struct hwtstamp **out, const char *ifname, bool tagged,
		  void (*say)(const char *sentence), struct cbpf_error *err);
/* Puts back what was set, and frees. NULL is fine. 0, or -errno with a sentence: what is left set.
 * What somebody else set meanwhile stays, which `say` is told. */
int rxstamp_stop(struct hwtstamp *h, const char *ifname, void (*say)(const char *sentence),
		 struct cbpf_error *err);

#endif
