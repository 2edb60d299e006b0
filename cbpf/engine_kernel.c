/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The kernel's socket filter, asked through a pair of AF_UNIX datagram sockets: no device, no
 * privilege. The receiver gets min(ret, len) bytes of what the filter takes, and nothing of the
 * rest. */
#include "engine.h"

#include "insn.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

struct oracle {
	int fds[2];
	struct cbpf_guard guard;
	bool ancillary; /* the program asks for what such a packet does not have */
	char buf[];
};

#define ROOM 65536 /* the largest packet; one that is larger is left out */

static void oracle_close(void *state)
{
	struct oracle *o = state;

	close(o->fds[0]);
	close(o->fds[1]);
	cbpf_guard_free(&o->guard);
	free(o);
}

/* Loads whose answer depends on headers, a device or chance, which such a packet has not. */
static bool asks_more_than_bytes(const struct sock_filter *i)
{
	const struct cbpf_ancillary *a;

	if (BPF_CLASS(i->code) == BPF_LDX && BPF_MODE(i->code) == BPF_MSH)
		return i->k > INT32_MAX;
	if (BPF_CLASS(i->code) != BPF_LD || BPF_MODE(i->code) != BPF_ABS || i->k <= INT32_MAX)
		return false;
	a = cbpf_ancillary_find(i->k);
	return !a || (a->offset != SKF_AD_ALU_XOR_X && a->offset != SKF_AD_NLATTR &&
		      a->offset != SKF_AD_NLATTR_NEST);
}

static int oracle_open(void **state, const struct cbpf_prog *prog, struct cbpf_error *err)
{
	struct oracle *o = calloc(1, sizeof(*o) + ROOM);
	int ret;

	if (!o)
		return cbpf_error_set(err, -ENOMEM, "out of memory");
	if (socketpair(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, o->fds)) {
		ret = cbpf_error_set(err, -errno, "no socket pair: %s", strerror(errno));
		free(o);
		return ret;
	}
	ret = cbpf_guard_init(&o->guard, prog);
	if (!ret)
		ret = cbpf_attach(o->fds[1], prog);
	if (ret) {
		cbpf_error_set(err, ret, "the kernel refuses the program: %s", strerror(-ret));
		oracle_close(o);
		return ret;
	}
	for (uint32_t n = 0; n < prog->len; n++)
		o->ancillary = o->ancillary || asks_more_than_bytes(&prog->insns[n]);
	*state = o;
	return 0;
}

static const char *oracle_cannot(const void *state, const struct cbpf_packet *pkt)
{
	const struct oracle *o = state;

	if (pkt->caplen != pkt->len)
		return "the capture cut the packet";
	if (!pkt->len || pkt->len > ROOM)
		return pkt->len ? "the packet is larger than a datagram" : "the packet is empty";
	if (o->ancillary)
		return "a datagram between two processes has no such metadata or headers";
	return cbpf_guard_cannot(&o->guard, pkt);
}

static int oracle_run(void *state, const struct cbpf_packet *pkt, uint32_t *ret)
{
	struct oracle *o = state;
	ssize_t n = send(o->fds[0], pkt->data, pkt->caplen, 0);

	if (n < 0)
		return -errno;
	n = recv(o->fds[1], o->buf, ROOM, 0);
	if (n < 0 && errno != EAGAIN)
		return -errno;
	*ret = n < 0 ? 0 : (uint32_t)n;
	return 0;
}

const struct cbpf_engine cbpf_engine_kernel = {
	.name = "kernel",
	.summary = "the kernel's socket filter, on a pair of AF_UNIX sockets",
	.open = oracle_open,
	.cannot = oracle_cannot,
	.run = oracle_run,
	.close = oracle_close,
	.clamped = true,
};
