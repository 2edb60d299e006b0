/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A network interface as a place where whole frames go in and come out. */
#ifndef RAWPORT_H
#define RAWPORT_H

#include <stdint.h>

/* A packet socket that sends on the interface and receives, without waiting, what it receives
 * (`protocol`: an EtherType, 0 for none, 3 for all). SOCK_CLOEXEC. A descriptor or -errno. */
int rawport_open(int ifindex, uint16_t protocol);
/* Promiscuous until the socket is closed, in whatever way. 0 or -errno. */
int rawport_promiscuous(int fd, int ifindex);
/* 0 or -errno; at least 14 bytes. */
int rawport_send(int fd, int ifindex, const uint8_t *frame, uint32_t len);
/* The next frame, with the VLAN tag that the kernel took out put back, cut at `room`: its length,
 * -EAGAIN when none waits, -errno. `room` holds 4 bytes more than the longest frame. */
int rawport_receive(int fd, uint8_t *frame, uint32_t room);

#endif
