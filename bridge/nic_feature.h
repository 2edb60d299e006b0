/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Offloads that the old ethtool flags have no bit for, by the names that ethtool(8) -k prints. */
#ifndef NIC_FEATURE_H
#define NIC_FEATURE_H

#include <stdbool.h>

/* Is it on? `fd`: any socket of the interface's network namespace. False where the kernel has no
 * feature of that name; true where it cannot be asked, as what is hidden is not to be overlooked. */
bool nic_feature_on(int fd, const char *ifname, const char *feature);
/* Turns it off. 0 (also where the kernel has none of that name, or the driver keeps it on); -errno. */
int nic_feature_off(int fd, const char *ifname, const char *feature);

#endif
