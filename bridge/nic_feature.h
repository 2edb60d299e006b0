/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Offloads that the old ethtool flags have no bit for, by the names that ethtool(8) -k prints. */
#ifndef NIC_FEATURE_H
#define NIC_FEATURE_H

#include <stdbool.h>
#include <stdint.h>

#define NIC_FEATURES_MAX 256 /* Linux 6.18 has 64 */

struct nic_features {
	bool known; /* could be asked */
	uint32_t active[NIC_FEATURES_MAX / 32];
};

/* All that are on: each question costs the kernel's rtnl lock. `fd`: any socket of the interface's
 * network namespace. Not for two threads at once. */
void nic_features_read(struct nic_features *out, int fd, const char *ifname);
/* Is it on? False where the kernel has no feature of that name; true where it could not be asked,
 * as what is hidden is not to be overlooked. */
bool nic_feature_on(const struct nic_features *f, const char *feature);
/* Turns it off. 0 (also where the kernel has none of that name, or the driver keeps it on);
 * -errno. */
int nic_feature_off(int fd, const char *ifname, const char *feature);

#endif
