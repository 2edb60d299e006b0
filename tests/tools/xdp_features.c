/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xdp_features IFNAME : prints what the kernel says of the device's XDP (genetlink family netdev,
 * Linux 6.3 and newer): words of NETDEV_XDP_ACT_*, "none", or "untold" by an older kernel. */
#include "cli.h"
#include "xdp_features.h"

#include <errno.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>

/* By bit, as in linux/netdev.h of 6.12; Debian 12's copy of it has no such header. */
static const char *const names[] = {"basic",	  "redirect", "ndo-xmit",   "xsk-zerocopy",
				    "hw-offload", "rx-sg",    "ndo-xmit-sg"};

int main(int argc, char **argv)
{
	uint64_t features = 0;
	int err;

	cli_init("xdp_features");
	if (argc != 2)
		return cli_usage("IFNAME");
	if (!if_nametoindex(argv[1]))
		return cli_fail("there is no interface '%s' here", argv[1]);
	err = xdp_features_get(if_nametoindex(argv[1]), &features);
	if (err == -ENOENT) {
		puts("untold");
		return EXIT_YES;
	}
	if (err)
		return cli_fail("'%s': its XDP features cannot be read: %s", argv[1], strerror(-err));
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (features >> i & 1)
			printf("%s%s", features & ((1u << i) - 1) ? "," : "", names[i]);
	puts(features ? "" : "none");
	return EXIT_YES;
}
