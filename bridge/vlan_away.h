/* SPDX-License-Identifier: GPL-2.0-or-later */
/* VLAN devices that sit on a link of this network namespace and are in another one. Nothing about
 * them is announced here; they take the link's frames before its bridge does. */
#ifndef VLAN_AWAY_H
#define VLAN_AWAY_H

#include <stdint.h>

/* Calls `found` with the interface index of each such link, perhaps more than once. A namespace
 * that may not be entered is left out. 0, or -errno when even this one cannot be named. */
int vlan_away_find(void (*found)(uint32_t lower, void *arg), void *arg);

#endif
