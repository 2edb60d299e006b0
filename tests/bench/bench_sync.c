/* SPDX-License-Identifier: GPL-2.0-or-later */
/* bench_sync BRIDGE : one full reading of the kernel's tables into the fast path's, as after lost
 * messages, then it ends: what starting xdp_bridge on that bridge takes, attaching included. */
#include "cli.h"
#include "follow.h"

int main(int argc, char **argv)
{
	struct follow_options o = {
		.bridge = argv[1], .mode = FAST_AUTO, .entries = 400000, .receive_buffer = 1 << 25};
	struct fast_error err;
	struct follow *f;

	cli_init("bench_sync");
	if (argc != 2)
		return cli_usage("BRIDGE");
	if (follow_start(&f, &o, &err))
		return cli_fail("%s", err.text);
	follow_stop(f);
	return EXIT_YES;
}
