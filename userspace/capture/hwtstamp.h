/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A device's hardware time stamping: what it can do, what it is set to, setting it and putting it
 * back (Documentation/networking/timestamping.rst). */
#ifndef HWTSTAMP_H
#define HWTSTAMP_H

#include <linux/net_tstamp.h>
#include <stdbool.h>
#include <stdint.h>

struct hwtstamp_caps {
	uint32_t so_timestamping; /* set of SOF_TIMESTAMPING_* */
	int phc;                  /* number of its clock, /dev/ptpN; -1: none */
	uint32_t tx_types;        /* set of 1 << HWTSTAMP_TX_* */
	uint32_t rx_filters;      /* set of 1 << HWTSTAMP_FILTER_* */
};

/* Asks the driver (ETHTOOL_GET_TS_INFO), which needs no privilege. 0 or -errno. */
int hwtstamp_caps(const char *ifname, struct hwtstamp_caps *out);

/* What is set now (SIOCGHWTSTAMP), which needs no privilege. 0 or -errno: not every driver tells.
 */
int hwtstamp_read(const char *ifname, struct hwtstamp_config *out);

struct hwtstamp; /* what was set, and what it was before */

/* Sets what is needed beyond what is set, and leaves the rest as it is: `transmit` stamping, and
 * the receive filter `rx_filter` (HWTSTAMP_FILTER_*, or -1: as it is) unless the filter that is set
 * covers it already by being the same or ALL. Nothing is written when nothing is needed. 0, or
 * -errno of the driver: -EOPNOTSUPP, -ERANGE (it has no such filter), -EBUSY, -EPERM without
 * CAP_NET_ADMIN. */
int hwtstamp_set(struct hwtstamp **out, const char *ifname, bool transmit, int rx_filter);

/* There is something to put back. NULL is fine. */
bool hwtstamp_changed(const struct hwtstamp *h);
/* What the device said that it does now; drivers widen filters. */
const struct hwtstamp_config *hwtstamp_config(const struct hwtstamp *h);

/* Puts back what was changed, and frees: 0 or -errno. Needs CAP_NET_ADMIN if hwtstamp_changed().
 * -ESTALE: somebody else changed it since, and it stays as they set it. -ENODATA: the driver does
 * not tell what was set before (SIOCGHWTSTAMP: EOPNOTSUPP), so that it stays as it
 * is. NULL is fine. */
int hwtstamp_restore(struct hwtstamp *h);

#endif
