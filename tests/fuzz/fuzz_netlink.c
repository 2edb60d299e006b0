/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Any bytes as rtnetlink messages, through the parser, the table and the writer of the maps, which
 * here are plain memory: nothing that arrives may crash the daemon or write outside of them. */
#include "bridge_maps.h"
#include "event.h"
#include "ktable.h"
#include "sync.h"

#include <linux/netlink.h>
#include <stdlib.h>
#include <string.h>

static struct xb_port ports[XB_PORT_SLOTS];
static struct xb_bucket buckets[64];

static int tx(void *arg, uint32_t slot, uint32_t ifindex)
{
	(void)arg, (void)ifindex;
	if (slot >= XB_PORT_SLOTS)
		abort();
	return 0;
}

static void feed(struct sync *sync, const uint8_t *data, size_t size)
{
	struct event ev;
	uint32_t len;

	while (size >= sizeof(struct nlmsghdr)) {
		memcpy(&len, data, sizeof(len));
		if (!event_parse(&ev, data, size))
			sync_event(sync, &ev);
		if (len < sizeof(struct nlmsghdr) || len > size)
			break;
		len = NLMSG_ALIGN(len) < size ? NLMSG_ALIGN(len) : size;
		data += len;
		size -= len;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct sync_maps maps = {
		.ports = ports, .fdb = {.at = buckets, .mask = 63}, .tx = tx, .stamp_ns = 1000};
	struct ktable *table = ktable_new();
	struct sync *sync = sync_new(&maps, table, 0);
	uint32_t i;

	memset(ports, 0, sizeof(ports));
	memset(buckets, 0, sizeof(buckets));
	for (i = 1; i < 8; i++)
		sync_add(sync, i, i & 1);
	feed(sync, data, size);
	sync_settle(sync);
	sync_begin(sync);
	feed(sync, data, size);
	sync_end(sync);
	sync_remove(sync, 3);
	feed(sync, data, size);
	sync_settle(sync);
	sync_free(sync);
	ktable_free(table);
	return 0;
}
