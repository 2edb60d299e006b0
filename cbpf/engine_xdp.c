/* SPDX-License-Identifier: GPL-2.0-or-later */
/* XDP, asked with BPF_PROG_TEST_RUN: the translated program returns the filter's own value, which
 * the kernel hands back untouched. */
#include "engine_xdp.h"

#include "insn.h"
#include "translate.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <linux/if_ether.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* bpf_prog_test_run_xdp(), net/bpf/test_run.c: a page without XDP_PACKET_HEADROOM and the tail room
 * for skb_shared_info. More takes a program that knows of fragments. */
#define LINEAR_MAX (4096 - 256 - 320)

struct xdp_run {
	int fd;
	bool headers;   /* a load may count from a header */
	bool elsewhere; /* a load whose answer a test run does not have */
	bool protocol;
};

static bool loads(const struct cbpf_prog *prog, uint32_t ad)
{
	for (uint32_t n = 0; n < prog->len; n++)
		if (BPF_CLASS(prog->insns[n].code) == BPF_LD &&
		    BPF_MODE(prog->insns[n].code) == BPF_ABS &&
		    prog->insns[n].k == (uint32_t)SKF_AD_OFF + ad)
			return true;
	return false;
}

static int xdp_open(void **state, const struct cbpf_prog *prog, struct cbpf_error *err)
{
	const struct cbpf_xdp_options options = {.verdict = false};
	struct xdp_run *x;
	struct cbpf_ebpf ebpf;
	int ret = cbpf_translate(&ebpf, prog, &options, err);

	if (ret)
		return ret;
	x = calloc(1, sizeof(*x));
	if (!x) {
		cbpf_ebpf_free(&ebpf);
		return cbpf_error_set(err, -ENOMEM, "out of memory");
	}
	x->fd = bpf_prog_load(BPF_PROG_TYPE_XDP, "cbpftool_run", "GPL", ebpf.insns, ebpf.len, NULL);
	x->headers = ebpf.headers;
	x->elsewhere = loads(prog, SKF_AD_IFINDEX) || loads(prog, SKF_AD_CPU) ||
		       loads(prog, SKF_AD_RANDOM);
	x->protocol = loads(prog, SKF_AD_PROTOCOL);
	cbpf_ebpf_free(&ebpf);
	if (x->fd < 0) {
		ret = cbpf_error_set(err, x->fd, "the kernel does not load the program: %s%s",
				     strerror(-x->fd), x->fd == -EPERM ? " (run it as root)" : "");
		free(x);
		return ret;
	}
	*state = x;
	return 0;
}

static bool headers_as_ethernet(const struct cbpf_skb *skb)
{
	return skb && skb->has_mac && !skb->mac && skb->has_net && skb->net == ETH_HLEN;
}

/* What eth_type_trans() makes of the frame. */
static uint16_t protocol_of(const struct cbpf_packet *pkt)
{
	uint16_t type = (uint16_t)(pkt->data[12] << 8 | pkt->data[13]);

	if (type >= ETH_P_802_3_MIN)
		return type;
	if (pkt->caplen >= ETH_HLEN + 2 && pkt->data[14] == 0xff && pkt->data[15] == 0xff)
		return ETH_P_802_3;
	return ETH_P_802_2;
}

static const char *xdp_cannot(const void *state, const struct cbpf_packet *pkt)
{
	const struct xdp_run *x = state;

	if (pkt->caplen != pkt->len)
		return "the capture cut the packet";
	if (pkt->len < ETH_HLEN)
		return "the packet is shorter than an Ethernet header";
	if (pkt->len > LINEAR_MAX)
		return "the packet is larger than XDP's linear buffer (3,520 bytes)";
	if (x->headers && !headers_as_ethernet(pkt->skb))
		return "a load counts from a header, and XDP has an Ethernet frame's headers only";
	if (x->elsewhere)
		return "a test run has a device, a CPU and chance of its own";
	if (x->protocol && (!pkt->skb || pkt->skb->protocol != protocol_of(pkt)))
		return "XDP reads the protocol from the frame, and this packet's is another";
	return NULL;
}

static int xdp_run(void *state, const struct cbpf_packet *pkt, uint32_t *ret)
{
	const struct xdp_run *x = state;
	LIBBPF_OPTS(bpf_test_run_opts, run, .data_in = pkt->data, .data_size_in = pkt->caplen,
		    .repeat = 1);
	int e = bpf_prog_test_run_opts(x->fd, &run);

	if (!e)
		*ret = run.retval;
	return e;
}

static void xdp_close(void *state)
{
	struct xdp_run *x = state;

	close(x->fd);
	free(x);
}

const struct cbpf_engine cbpf_engine_xdp = {
	.name = "xdp",
	.summary = "translated to eBPF, by BPF_PROG_TEST_RUN (root)",
	.open = xdp_open,
	.cannot = xdp_cannot,
	.run = xdp_run,
	.close = xdp_close,
};
