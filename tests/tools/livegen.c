/* SPDX-License-Identifier: GPL-2.0-or-later */
/* livegen -i IFNAME -d MAC -s MAC [-n FRAMES] [-l LENGTH] [-e ETHERTYPE] : many equal frames out of
 * an interface, fast.
 *
 * A generator in the kernel: BPF_PROG_TEST_RUN with BPF_F_TEST_XDP_LIVE_FRAMES (5.18) runs a
 * program that redirects every frame out of IFNAME, so that the generator costs far less than what
 * it drives. On veth the peer must have NAPI (GRO or XDP), or every frame is lost
 * (drivers/net/veth.c, veth_xdp_xmit). Prints "sent N in SECONDS". At most a hundred million
 * frames. */
#include "cli.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <linux/if_link.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define USAGE "-i IFNAME -d MAC -s MAC [-n FRAMES] [-l LENGTH] [-e ETHERTYPE]"

/* return bpf_redirect(ifindex, 0) */
static int load_redirect(int ifindex)
{
	struct bpf_insn insns[] = {
		{.code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = 1, .imm = ifindex},
		{.code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = 2, .imm = 0},
		{.code = BPF_JMP | BPF_CALL, .imm = BPF_FUNC_redirect},
		{.code = BPF_JMP | BPF_EXIT},
	};

	return bpf_prog_load(BPF_PROG_TYPE_XDP, "livegen", "GPL", insns, 4, NULL);
}

static double seconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static int generate(const char *ifname, const uint8_t *frame, uint64_t length, uint64_t frames)
{
	struct xdp_md ctx = {.data_end = (uint32_t)length};
	LIBBPF_OPTS(bpf_test_run_opts, opts, .data_in = frame, .data_size_in = (uint32_t)length,
		    .ctx_in = &ctx, .ctx_size_in = sizeof(ctx), .repeat = (int)frames,
		    .flags = BPF_F_TEST_XDP_LIVE_FRAMES);
	int ifindex = (int)if_nametoindex(ifname), prog, ret;
	double start;

	if (!ifindex)
		return cli_fail("there is no interface '%s' here", ifname);
	prog = load_redirect(ifindex);
	if (prog < 0)
		return cli_fail("the generator program could not be loaded: %s", strerror(-prog));
	start = seconds();
	ret = bpf_prog_test_run_opts(prog, &opts);
	if (ret)
		return cli_fail(
			"live frames could not be sent (needs a kernel of 5.18 or newer): %s",
			strerror(-ret));
	printf("sent %llu in %.3f\n", (unsigned long long)frames, seconds() - start);
	return EXIT_YES;
}

int main(int argc, char **argv)
{
	uint64_t frames = 1000000, length = 60, ethertype = 0x88b5;
	const char *ifname = NULL, *dst = NULL, *src = NULL;
	uint8_t frame[2048] = {0};
	int c, bad = 0;

	cli_init("livegen");
	while ((c = getopt(argc, argv, "i:d:s:n:l:e:")) != -1) {
		if (c == 'i')
			ifname = optarg;
		else if (c == 'd')
			dst = optarg;
		else if (c == 's')
			src = optarg;
		else if (c == 'n')
			bad |= cli_number(optarg, 1, 100000000, &frames);
		else if (c == 'l')
			bad |= cli_number(optarg, 14, 1514, &length);
		else if (c == 'e')
			bad |= cli_number(optarg, 0x600, 0xffff, &ethertype);
		else
			bad = 1;
	}
	if (bad || !ifname || !dst || !src || cli_mac(dst, frame) || cli_mac(src, frame + 6))
		return cli_usage(USAGE);
	frame[12] = (uint8_t)(ethertype >> 8);
	frame[13] = (uint8_t)ethertype;
	return generate(ifname, frame, length, frames);
}
