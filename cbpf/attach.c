/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "insn.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#ifndef SO_GET_FILTER
#define SO_GET_FILTER SO_ATTACH_FILTER
#endif

int cbpf_attach(int fd, const struct cbpf_prog *prog)
{
	struct sock_fprog fprog = {.len = (unsigned short)prog->len, .filter = prog->insns};

	/* sock_fprog counts in 16 bits: 65,537 instructions would be taken for one. */
	if (prog->len > BPF_MAXINSNS)
		return -EINVAL;
	return setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &fprog, sizeof(fprog)) ? -errno : 0;
}

int cbpf_detach(int fd)
{
	int dummy = 0;

	return setsockopt(fd, SOL_SOCKET, SO_DETACH_FILTER, &dummy, sizeof(dummy)) ? -errno : 0;
}

int cbpf_lock(int fd)
{
	int on = 1;

	return setsockopt(fd, SOL_SOCKET, SO_LOCK_FILTER, &on, sizeof(on)) ? -errno : 0;
}

int cbpf_get_attached(struct cbpf_prog *out, int fd)
{
	struct sock_filter *insns;
	socklen_t count = 0; /* of instructions, not of bytes: sk_get_filter() */

	if (getsockopt(fd, SOL_SOCKET, SO_GET_FILTER, NULL, &count))
		return -errno;
	if (!count)
		return -ENOENT;
	insns = calloc(count, sizeof(*insns));
	if (!insns)
		return -ENOMEM;
	if (getsockopt(fd, SOL_SOCKET, SO_GET_FILTER, insns, &count)) {
		int ret = -errno;

		free(insns);
		return ret;
	}
	*out = (struct cbpf_prog){
		.insns = insns, .len = count, .linktype = -1, .snaplen = CBPF_SNAPLEN_DEFAULT};
	return 0;
}

int cbpf_packet_socket(const struct cbpf_prog *prog, int ifindex, uint16_t protocol,
		       int (*before_bind)(int fd, void *arg), void *arg, struct cbpf_error *err)
{
	struct sockaddr_ll sll = {
		.sll_family = AF_PACKET, .sll_protocol = htons(protocol), .sll_ifindex = ifindex};
	int ret, fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return cbpf_error_set(err, -errno, "a packet socket cannot be opened: %s%s",
				      strerror(errno),
				      errno == EPERM ? "; run as root or give CAP_NET_RAW" : "");
	ret = cbpf_attach(fd, prog);
	if (ret) {
		cbpf_error_set(err, ret,
			       "the kernel does not take the filter (%u instructions): %s",
			       prog->len, strerror(-ret));
		goto fail;
	}
	err->text[0] = 0;
	ret = before_bind ? before_bind(fd, arg) : 0;
	if (ret) {
		if (!err->text[0])
			cbpf_error_set(err, ret, "the packet socket cannot be set up: %s",
				       strerror(-ret));
		goto fail;
	}
	if (bind(fd, (struct sockaddr *)&sll, sizeof(sll))) {
		ret = cbpf_error_set(err, -errno,
				     "the packet socket cannot be bound to interface %d: %s",
				     ifindex, strerror(errno));
		goto fail;
	}
	return fd;
fail:
	close(fd);
	return ret;
}
