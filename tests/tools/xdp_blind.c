/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xdp_blind FROM TO [drop] : redirects every frame of FROM to TO without a look at it, until it is
 * killed; with `drop`, drops what FROM receives instead.
 *
 * What the benches compare with: no bridge can be faster. TO gets an XDP program that passes, so
 * that it may transmit XDP frames. Prints "attached" once it is. */
#include "cli.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <linux/if_link.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static int attach(const struct bpf_insn *insns, size_t n, const char *ifname)
{
	int prog = bpf_prog_load(BPF_PROG_TYPE_XDP, "xdp_blind", "GPL", insns, n, NULL);

	if (prog < 0 || bpf_link_create(prog, (int)if_nametoindex(ifname), BPF_XDP, NULL) < 0)
		return cli_fail("'%s': %s", ifname, strerror(errno));
	return 0;
}

int main(int argc, char **argv)
{
	struct bpf_insn redirect[] = {
		{.code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = 1},
		{.code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = 2, .imm = 0},
		{.code = BPF_JMP | BPF_CALL, .imm = BPF_FUNC_redirect},
		{.code = BPF_JMP | BPF_EXIT},
	};
	struct bpf_insn constant[] = {
		{.code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = 0, .imm = XDP_PASS},
		{.code = BPF_JMP | BPF_EXIT},
	};
	int ret;

	cli_init("xdp_blind");
	if (argc < 3)
		return cli_usage("FROM TO [drop]");
	redirect[0].imm = (int)if_nametoindex(argv[2]);
	ret = attach(constant, 2, argv[2]);
	constant[0].imm = XDP_DROP;
	if (!ret)
		ret = argc > 3 ? attach(constant, 2, argv[1]) : attach(redirect, 4, argv[1]);
	if (ret)
		return ret;
	puts("attached");
	fflush(stdout);
	pause();
	return EXIT_YES;
}
