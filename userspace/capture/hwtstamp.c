/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hwtstamp.h"

#include <errno.h>
#include <linux/ethtool.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

struct hwtstamp {
	int fd;
	char ifname[IFNAMSIZ];
	bool readable, changed;
	struct hwtstamp_config before, now;
};

/* Of any family: these requests are the interface's, and the socket's network namespace counts. */
static int control_socket(void)
{
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	return fd < 0 ? -errno : fd;
}

static int request(int fd, const char *ifname, unsigned long what, void *data)
{
	struct ifreq ifr = {.ifr_data = data};

	if (strlen(ifname) >= sizeof(ifr.ifr_name))
		return -ENODEV;
	strcpy(ifr.ifr_name, ifname);
	return ioctl(fd, what, &ifr) ? -errno : 0;
}

int hwtstamp_caps(const char *ifname, struct hwtstamp_caps *out)
{
	struct ethtool_ts_info info = {.cmd = ETHTOOL_GET_TS_INFO};
	int fd = control_socket(), ret;

	if (fd < 0)
		return fd;
	ret = request(fd, ifname, SIOCETHTOOL, &info);
	close(fd);
	if (ret)
		return ret;
	*out = (struct hwtstamp_caps){info.so_timestamping, info.phc_index, info.tx_types,
				      info.rx_filters};
	return 0;
}

int hwtstamp_read(const char *ifname, struct hwtstamp_config *out)
{
	int fd = control_socket(), ret;

	if (fd < 0)
		return fd;
	ret = request(fd, ifname, SIOCGHWTSTAMP, out);
	close(fd);
	return ret;
}

static int read_config(struct hwtstamp *h, struct hwtstamp_config *out)
{
	return request(h->fd, h->ifname, SIOCGHWTSTAMP, out);
}

static bool same(const struct hwtstamp_config *a, const struct hwtstamp_config *b)
{
	return a->tx_type == b->tx_type && a->rx_filter == b->rx_filter && a->flags == b->flags;
}

static int write_needed(struct hwtstamp *h, bool transmit, int rx_filter)
{
	struct hwtstamp_config want = h->before;
	int ret;

	if (transmit && want.tx_type == HWTSTAMP_TX_OFF)
		want.tx_type = HWTSTAMP_TX_ON;
	if (rx_filter >= 0 && want.rx_filter != HWTSTAMP_FILTER_ALL)
		want.rx_filter = rx_filter;
	h->now = h->before;
	if (h->readable && same(&want, &h->before))
		return 0;
	ret = request(h->fd, h->ifname, SIOCSHWTSTAMP, &want);
	if (ret)
		return ret;
	h->changed = true;
	h->now = want;
	return 0;
}

int hwtstamp_set(struct hwtstamp **out, const char *ifname, bool transmit, int rx_filter)
{
	struct hwtstamp *h;
	int ret;

	if (strlen(ifname) >= IFNAMSIZ)
		return -ENODEV;
	h = calloc(1, sizeof(*h));
	if (!h)
		return -ENOMEM;
	strcpy(h->ifname, ifname);
	h->fd = ret = control_socket();
	if (ret < 0)
		goto err;
	ret = read_config(h, &h->before);
	h->readable = !ret;
	if (ret && ret != -EOPNOTSUPP)
		goto err;
	ret = write_needed(h, transmit, rx_filter);
	if (ret)
		goto err;
	*out = h;
	return 0;
err:
	if (h->fd >= 0)
		close(h->fd);
	free(h);
	return ret;
}

bool hwtstamp_changed(const struct hwtstamp *h)
{
	return h && h->changed && h->readable;
}

const struct hwtstamp_config *hwtstamp_config(const struct hwtstamp *h)
{
	return &h->now;
}

int hwtstamp_restore(struct hwtstamp *h)
{
	struct hwtstamp_config present = {0};
	int ret = 0;

	if (!h)
		return 0;
	if (h->changed && !h->readable)
		ret = -ENODATA;
	else if (h->changed)
		ret = read_config(h, &present);
	if (!ret && h->changed)
		ret = same(&present, &h->now)
			      ? request(h->fd, h->ifname, SIOCSHWTSTAMP, &h->before)
			      : -ESTALE;
	close(h->fd);
	free(h);
	return ret;
}
