/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xdp_pass IFNAME... : holds an XDP program that passes everything on each interface, until it is
 * killed.
 *
 * It gives a veth NAPI without GRO (so that XDP frames can be redirected to its peer), and stands
 * for somebody else's XDP program. Prints "attached" once it is. */
#include "cli.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <linux/if_link.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	struct bpf_insn pass[] = {
		{.code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = 0, .imm = XDP_PASS},
		{.code = BPF_JMP | BPF_EXIT},
	};
	int prog;

	cli_init("xdp_pass");
	if (argc < 2)
		return cli_usage("IFNAME...");
	prog = bpf_prog_load(BPF_PROG_TYPE_XDP, "xdp_pass", "GPL", pass, 2, NULL);
	if (prog < 0)
		return cli_fail("the program could not be loaded: %s", strerror(-prog));
	for (int i = 1; i < argc; i++)
		if (bpf_link_create(prog, (int)if_nametoindex(argv[i]), BPF_XDP, NULL) < 0)
			return cli_fail("'%s': %s", argv[i], strerror(errno));
	puts("attached");
	fflush(stdout);
	pause();
	return EXIT_YES;
}
