/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Giving up privileges once what needs them is open. */
#ifndef PRIVILEGE_H
#define PRIVILEGE_H

#include <stdbool.h>

/* Gives up every capability but CAP_NET_ADMIN, and that too unless `keep_net_admin`; root becomes
 * nobody, its groups go. 0, or -EPERM: what could be given up is. In a user namespace without that
 * user the capabilities go and the user stays: that is 0 as well. */
int privilege_drop(bool keep_net_admin);

#endif
