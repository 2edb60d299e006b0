/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "privilege.h"

#include <cap-ng.h>
#include <errno.h>
#include <pwd.h>
#include <unistd.h>

enum { NOBODY = 65534 };

static void choose(bool keep_net_admin)
{
	capng_clear(CAPNG_SELECT_BOTH);
	if (keep_net_admin)
		capng_update(CAPNG_ADD, CAPNG_EFFECTIVE | CAPNG_PERMITTED, CAP_NET_ADMIN);
}

int privilege_drop(bool keep_net_admin)
{
	bool root = !geteuid();
	const struct passwd *nobody = root ? getpwnam("nobody") : NULL;

	if (keep_net_admin && !capng_have_capability(CAPNG_EFFECTIVE, CAP_NET_ADMIN))
		keep_net_admin = false;
	choose(keep_net_admin);
	if (root && !capng_change_id(nobody ? (int)nobody->pw_uid : NOBODY,
				     nobody ? (int)nobody->pw_gid : NOBODY,
				     CAPNG_DROP_SUPP_GRP | CAPNG_CLEAR_BOUNDING))
		return 0;
	choose(keep_net_admin);
	return capng_apply(CAPNG_SELECT_CAPS) ? -EPERM : 0;
}
