/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the kernel says about an interface. */
#ifndef LINK_H
#define LINK_H

#include <stdbool.h>
#include <stdint.h>

struct link_info {
	int ifindex;
	bool up, carrier;
	uint16_t arphrd;    /* ARPHRD_*: 1 is Ethernet, 772 loopback */
	uint8_t address[6]; /* zero where it is not of 6 octets */
	uint64_t rx_packets, tx_packets;
};

/* Asks rtnetlink, by name, or by index, which stays when the name changes. 0, -ENODEV, or another
 * -errno. */
int link_info(const char *ifname, struct link_info *out);
int link_info_at(int ifindex, struct link_info *out);

/* The DSA tagging protocol of a conduit, "edsa" or "dsa" for example, from sysfs; "" for an
 * interface that is no conduit, and where /sys shows another network namespace than the caller's.
 */
void link_tagger(const char *ifname, const struct link_info *info, char out[32]);

#endif
