/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "rawport.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_packet.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

int rawport_open(int ifindex, uint16_t protocol)
{
	struct sockaddr_ll sll = {.sll_family = AF_PACKET, .sll_ifindex = ifindex};
	int on = 1, room = 8 << 20, ret;
	int fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (fd < 0)
		return -errno;
	setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof(room));
	sll.sll_protocol = htons(protocol);
	if (setsockopt(fd, SOL_PACKET, PACKET_AUXDATA, &on, sizeof(on)) ||
	    setsockopt(fd, SOL_PACKET, PACKET_IGNORE_OUTGOING, &on, sizeof(on)) ||
	    bind(fd, (struct sockaddr *)&sll, sizeof(sll))) {
		ret = -errno;
		close(fd);
		return ret;
	}
	return fd;
}

int rawport_promiscuous(int fd, int ifindex)
{
	struct packet_mreq req = {.mr_ifindex = ifindex, .mr_type = PACKET_MR_PROMISC};

	return setsockopt(fd, SOL_PACKET, PACKET_ADD_MEMBERSHIP, &req, sizeof(req)) ? -errno : 0;
}

int rawport_send(int fd, int ifindex, const uint8_t *frame, uint32_t len)
{
	struct sockaddr_ll to = {.sll_family = AF_PACKET, .sll_ifindex = ifindex};

	if (len < 14) /* no packet socket sends less than a header */
		return -EINVAL;
	to.sll_protocol = htons(frame[12] << 8 | frame[13]);
	return sendto(fd, frame, len, 0, (struct sockaddr *)&to, sizeof(to)) < 0 ? -errno : 0;
}

static uint32_t put_tag_back(struct msghdr *msg, uint8_t *data, uint32_t len)
{
	struct tpacket_auxdata aux;
	struct cmsghdr *c;
	uint16_t word;

	for (c = CMSG_FIRSTHDR(msg); c; c = CMSG_NXTHDR(msg, c)) {
		if (c->cmsg_level != SOL_PACKET || c->cmsg_type != PACKET_AUXDATA)
			continue;
		memcpy(&aux, CMSG_DATA(c), sizeof(aux));
		if (!(aux.tp_status & TP_STATUS_VLAN_VALID) || len < 12)
			continue;
		memmove(data + 16, data + 12, len - 12);
		word = htons(aux.tp_status & TP_STATUS_VLAN_TPID_VALID ? aux.tp_vlan_tpid : 0x8100);
		memcpy(data + 12, &word, 2);
		word = htons(aux.tp_vlan_tci);
		memcpy(data + 14, &word, 2);
		return len + 4;
	}
	return len;
}

int rawport_receive(int fd, uint8_t *frame, uint32_t room)
{
	union {
		struct cmsghdr align;
		char bytes[256];
	} control;
	struct iovec iov = {.iov_base = frame, .iov_len = room - 4};
	struct msghdr msg = {.msg_iov = &iov,
			     .msg_iovlen = 1,
			     .msg_control = &control,
			     .msg_controllen = sizeof(control)};
	ssize_t n = recvmsg(fd, &msg, 0);

	return n < 0 ? -errno : (int)put_tag_back(&msg, frame, n);
}
