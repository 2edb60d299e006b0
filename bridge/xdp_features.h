/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The XDP features of a device, over the generic netlink family "netdev" (Linux 6.3 and newer). */
#ifndef XDP_FEATURES_H
#define XDP_FEATURES_H

#include <stdint.h>

/* 0 and enum netdev_xdp_act bits; -ENOENT where the kernel has no such family; -errno. */
int xdp_features_get(uint32_t ifindex, uint64_t *features);

/* Notifications of changes: a descriptor to be polled and closed; -ENOENT as above; -errno. */
int xdp_features_watch(void);
/* Calls `changed` for each device that a notification waiting on `fd` names. 0; -ENOBUFS when some
 * were lost; -errno. Does not block. */
int xdp_features_changed(int fd, void (*changed)(uint32_t ifindex, void *arg), void *arg);

#endif
