/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a program may still do once everything is open. Programs that call it link libseccomp. */
#ifndef SANDBOX_H
#define SANDBOX_H

#include <stdbool.h>

/* Becomes nobody where it is root, gives up every capability (but CAP_NET_ADMIN with
 * `keep_net_admin`, to put a time stamp configuration back) and every system call that a program
 * with open sockets and files does not need: those fail with EPERM from here on. `sends`: sendmsg()
 * is needed, too. 0, or -errno with *what, "privileges" or "system calls", that could not be given
 * up. */
int sandbox_enter(bool keep_net_admin, bool sends, const char **what);

#endif
