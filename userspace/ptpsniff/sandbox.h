/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the program may still do once everything is open. */
#ifndef SANDBOX_H
#define SANDBOX_H

#include "cbpf.h"

/* Becomes nobody where it is root, gives up every capability (but CAP_NET_ADMIN with
 * `keep_net_admin`, to put a time stamp configuration back) and every system call that a running
 * capture does not need: those fail with EPERM from here on. 0, or -errno with a sentence. */
int sandbox_enter(bool keep_net_admin, struct cbpf_error *err);

#endif
