/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hwstamp.h"

#include <errno.h>
#include <linux/ethtool.h>
#include <linux/net_tstamp.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

struct hwstamp {
	int fd;
	char ifname[IFNAMSIZ];
	bool readable, changed;
	struct hwtstamp_config before;
};

const char *hwstamp_filter_name(int rx_filter)
{
	static const char *const names[] = {
		"NONE",
		"ALL",
		"SOME",
		"PTP_V1_L4_EVENT",
		"PTP_V1_L4_SYNC",
		"PTP_V1_L4_DELAY_REQ",
		"PTP_V2_L4_EVENT",
		"PTP_V2_L4_SYNC",
		"PTP_V2_L4_DELAY_REQ",
		"PTP_V2_L2_EVENT",
		"PTP_V2_L2_SYNC",
		"PTP_V2_L2_DELAY_REQ",
		"PTP_V2_EVENT",
		"PTP_V2_SYNC",
		"PTP_V2_DELAY_REQ",
		"NTP_ALL",
	};

	return rx_filter >= 0 && rx_filter < (int)(sizeof(names) / sizeof(*names))
		       ? names[rx_filter]
		       : "unknown";
}

unsigned int hwstamp_candidates(uint32_t rx_filters, bool tagged, int out[HWSTAMP_CANDIDATES])
{
	/* SOME is the driver's choice; drivers that widen PTP_V2_EVENT to more advertise that. */
	static const int order[] = {HWTSTAMP_FILTER_PTP_V2_EVENT, HWTSTAMP_FILTER_ALL,
				    HWTSTAMP_FILTER_PTP_V2_L2_EVENT,
				    HWTSTAMP_FILTER_PTP_V2_L4_EVENT, HWTSTAMP_FILTER_SOME};
	unsigned int i, n = 0;

	for (i = 0; i < sizeof(order) / sizeof(*order); i++)
		if (rx_filters >> order[i] & 1 && (!tagged || order[i] == HWTSTAMP_FILTER_ALL))
			out[n++] = order[i];
	return n;
}

bool hwstamp_enough(int rx_filter, bool tagged)
{
	return rx_filter == HWTSTAMP_FILTER_ALL ||
	       (!tagged && rx_filter == HWTSTAMP_FILTER_PTP_V2_EVENT);
}

static int device_ioctl(int fd, const char *ifname, unsigned long request, void *data)
{
	struct ifreq ifr = {.ifr_data = data};

	memcpy(ifr.ifr_name, ifname, strnlen(ifname, IFNAMSIZ - 1));
	return ioctl(fd, request, &ifr) ? -errno : 0;
}

int hwstamp_caps(const char *ifname, struct hwstamp_caps *out)
{
	struct ethtool_ts_info info = {.cmd = ETHTOOL_GET_TS_INFO};
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), ret;

	*out = (struct hwstamp_caps){.phc_index = -1};
	if (fd < 0)
		return -errno;
	ret = device_ioctl(fd, ifname, SIOCETHTOOL, &info);
	close(fd);
	if (ret)
		return ret;
	out->hardware = (info.so_timestamping & SOF_TIMESTAMPING_RX_HARDWARE) &&
			(info.so_timestamping & SOF_TIMESTAMPING_RAW_HARDWARE);
	out->phc_index = info.phc_index;
	out->tx_types = info.tx_types;
	out->rx_filters = info.rx_filters;
	return 0;
}

static int fail(struct cbpf_error *err, int ret, const char *ifname, const char *what)
{
	snprintf(err->text, sizeof(err->text), "%s: %s", ifname, what);
	return ret;
}

static const char *why(int error)
{
	switch (error) {
	case -EBUSY:
		return "it is held by another program, or by a port of the switch behind it";
	case -ERANGE:
		return "the driver does not take it";
	case -EPERM:
		return "that needs CAP_NET_ADMIN";
	case -EOPNOTSUPP:
		return "the driver cannot be told";
	default:
		return strerror(-error);
	}
}

static int try_filter(struct hwstamp *h, int filter, uint32_t tx_types, struct hwtstamp_config *set)
{
	*set = h->before;
	if (!h->readable) {
		*set = (struct hwtstamp_config){0};
		set->tx_type = tx_types >> HWTSTAMP_TX_ON & 1 ? HWTSTAMP_TX_ON : HWTSTAMP_TX_OFF;
	}
	/* Some drivers stop receive stamps together with transmit stamps (mv88e6xxx). */
	if (set->tx_type == HWTSTAMP_TX_OFF && tx_types >> HWTSTAMP_TX_ON & 1)
		set->tx_type = HWTSTAMP_TX_ON;
	set->rx_filter = filter;
	return device_ioctl(h->fd, h->ifname, SIOCSHWTSTAMP, set);
}

/* What the driver made of what it was told. */
static void say_set(const struct hwstamp *h, const struct hwtstamp_config *set, bool tagged,
		    void (*say)(const char *sentence))
{
	char text[256];

	if (hwstamp_enough(set->rx_filter, tagged))
		return;
	snprintf(text, sizeof(text),
		 "%s stamps with HWTSTAMP_FILTER_%s only: other messages have the system's stamps",
		 h->ifname, hwstamp_filter_name(set->rx_filter));
	say(text);
}

static int set_first_that_works(struct hwstamp *h, const struct hwstamp_caps *caps, bool tagged,
				void (*say)(const char *sentence), struct cbpf_error *err)
{
	int candidates[HWSTAMP_CANDIDATES], ret = -ERANGE;
	unsigned int i, n = hwstamp_candidates(caps->rx_filters, tagged, candidates);
	struct hwtstamp_config set;
	char text[256];

	if (!n)
		return fail(err, -EOPNOTSUPP, h->ifname,
			    tagged ? "its hardware stamps no frames behind a switch tag"
				   : "its hardware stamps no PTP messages");
	for (i = 0; i < n; i++) {
		ret = try_filter(h, candidates[i], caps->tx_types, &set);
		if (!ret) {
			h->changed = true;
			say_set(h, &set, tagged, say);
			return 0;
		}
		snprintf(text, sizeof(text), "%s: HWTSTAMP_FILTER_%s cannot be set: %s", h->ifname,
			 hwstamp_filter_name(candidates[i]), why(ret));
		if (i + 1 < n)
			say(text);
	}
	snprintf(err->text, sizeof(err->text), "%.*s", (int)sizeof(err->text) - 1, text);
	return ret;
}

static int start(struct hwstamp *h, bool tagged, void (*say)(const char *sentence),
		 struct cbpf_error *err)
{
	struct hwstamp_caps caps;
	char text[256];
	int ret = hwstamp_caps(h->ifname, &caps);

	if (ret || !caps.hardware)
		return fail(err, ret ? ret : -EOPNOTSUPP, h->ifname,
			    "it has no hardware time stamps");
	ret = device_ioctl(h->fd, h->ifname, SIOCGHWTSTAMP, &h->before);
	h->readable = !ret;
	if (!ret && hwstamp_enough(h->before.rx_filter, tagged))
		return 0;
	if (ret) {
		snprintf(text, sizeof(text),
			 "%s: its time stamp configuration cannot be read (%s): what is set now "
			 "stays set",
			 h->ifname, strerror(-ret));
		say(text);
	}
	return set_first_that_works(h, &caps, tagged, say, err);
}

int hwstamp_start(struct hwstamp **out, const char *ifname, bool tagged,
		  void (*say)(const char *sentence), struct cbpf_error *err)
{
	struct hwstamp *h = calloc(1, sizeof(*h));
	int ret;

	if (!h)
		return fail(err, -ENOMEM, ifname, "out of memory");
	snprintf(h->ifname, sizeof(h->ifname), "%s", ifname);
	h->fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	ret = h->fd < 0 ? fail(err, -errno, ifname, strerror(errno)) : start(h, tagged, say, err);
	if (ret) {
		hwstamp_stop(h, err);
		return ret;
	}
	*out = h;
	return 0;
}

bool hwstamp_changed(const struct hwstamp *h)
{
	return h && h->changed && h->readable;
}

int hwstamp_stop(struct hwstamp *h, struct cbpf_error *err)
{
	int ret = 0;

	if (!h)
		return 0;
	if (hwstamp_changed(h))
		ret = device_ioctl(h->fd, h->ifname, SIOCSHWTSTAMP, &h->before);
	/* A device that is gone has nothing left to put back. */
	if (ret == -ENODEV)
		ret = 0;
	if (ret)
		snprintf(err->text, sizeof(err->text),
			 "%s: its time stamp configuration could not be put back: %s; `hwstamp_ctl "
			 "-i %s -r %d -t %d` does it",
			 h->ifname, strerror(-ret), h->ifname, h->before.rx_filter,
			 h->before.tx_type);
	if (h->fd >= 0)
		close(h->fd);
	free(h);
	return ret;
}
