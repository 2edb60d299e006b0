/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Transmit time stamps: asked for with a frame, read from the socket's error queue, where they
 * carry the number that the frame had among those which asked (SOF_TIMESTAMPING_OPT_ID). */
#ifndef TXSTAMP_H
#define TXSTAMP_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

enum txstamp_kind { TXSTAMP_NONE, TXSTAMP_SOFTWARE, TXSTAMP_HARDWARE };

struct txstamp {
	enum txstamp_kind kind;
	int64_t ns;   /* of the system's clock or of the device's, since 1970 */
	uint32_t key; /* 0 for the first frame that asked */
};

#define TXSTAMP_CONTROL CMSG_SPACE(sizeof(uint32_t))

/* Both kinds are reported from now on, to frames that ask, without the frame (OPT_TSONLY). 0 or
 * -errno. */
int txstamp_enable(int fd);

/* Makes the frame of `msg` ask: `control` has TXSTAMP_CONTROL octets, aligned as struct cmsghdr. */
void txstamp_ask(struct msghdr *msg, void *control, enum txstamp_kind kind);

/* The stamp in a message of the error queue, its control messages in any order: false without one.
 */
bool txstamp_parse(struct msghdr *msg, struct txstamp *out);

/* The next stamp waiting: 1, 0 for none, or -errno. */
int txstamp_read(int fd, struct txstamp *out);

#endif
