/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "rxstamp.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

const char *rxstamp_filter_name(int rx_filter)
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

unsigned int rxstamp_candidates(uint32_t rx_filters, bool tagged, int out[RXSTAMP_CANDIDATES])
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

bool rxstamp_enough(int rx_filter, bool tagged)
{
	return rx_filter == HWTSTAMP_FILTER_ALL ||
	       (!tagged && rx_filter == HWTSTAMP_FILTER_PTP_V2_EVENT);
}

bool rxstamp_hardware(const struct hwtstamp_caps *caps)
{
	return caps->so_timestamping & SOF_TIMESTAMPING_RX_HARDWARE &&
	       caps->so_timestamping & SOF_TIMESTAMPING_RAW_HARDWARE;
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

/* What the driver made of what it was told. */
static void say_set(const struct hwtstamp *h, const char *ifname, bool tagged,
		    void (*say)(const char *sentence))
{
	int filter = hwtstamp_config(h)->rx_filter;
	char text[256];

	if (rxstamp_enough(filter, tagged))
		return;
	snprintf(text, sizeof(text),
		 "%s stamps with HWTSTAMP_FILTER_%s only: other messages have the system's stamps",
		 ifname, rxstamp_filter_name(filter));
	say(text);
}

static int set_first_that_works(struct hwtstamp **out, const char *ifname,
				const struct hwtstamp_caps *caps, bool tagged,
				void (*say)(const char *sentence), struct cbpf_error *err)
{
	int candidates[RXSTAMP_CANDIDATES], ret = -ERANGE;
	unsigned int i, n = rxstamp_candidates(caps->rx_filters, tagged, candidates);
	/* Some drivers stop receive stamps together with transmit stamps (mv88e6xxx). */
	bool transmit = caps->tx_types >> HWTSTAMP_TX_ON & 1;
	char text[256];

	if (!n)
		return fail(err, -EOPNOTSUPP, ifname,
			    tagged ? "its hardware stamps no frames behind a switch tag"
				   : "its hardware stamps no PTP messages");
	for (i = 0; i < n; i++) {
		ret = hwtstamp_set(out, ifname, transmit, candidates[i]);
		if (!ret) {
			say_set(*out, ifname, tagged, say);
			return 0;
		}
		snprintf(text, sizeof(text), "%s: HWTSTAMP_FILTER_%s cannot be set: %s", ifname,
			 rxstamp_filter_name(candidates[i]), why(ret));
		if (i + 1 < n)
			say(text);
	}
	snprintf(err->text, sizeof(err->text), "%.*s", (int)sizeof(err->text) - 1, text);
	return ret;
}

int rxstamp_start(struct hwtstamp **out, const char *ifname, bool tagged,
		  void (*say)(const char *sentence), struct cbpf_error *err)
{
	struct hwtstamp_config now = {0};
	struct hwtstamp_caps caps;
	char text[256];
	int ret = hwtstamp_caps(ifname, &caps);

	if (ret || !rxstamp_hardware(&caps))
		return fail(err, ret ? ret : -EOPNOTSUPP, ifname, "it has no hardware time stamps");
	ret = hwtstamp_read(ifname, &now);
	if (!ret && rxstamp_enough(now.rx_filter, tagged)) {
		ret = hwtstamp_set(out, ifname, false, -1);
		return ret ? fail(err, ret, ifname, why(ret)) : 0;
	}
	if (ret) {
		snprintf(text, sizeof(text),
			 "%s: its time stamp configuration cannot be read (%s): what is set now "
			 "stays set",
			 ifname, strerror(-ret));
		say(text);
	}
	return set_first_that_works(out, ifname, &caps, tagged, say, err);
}

int rxstamp_stop(struct hwtstamp *h, const char *ifname, void (*say)(const char *sentence),
		 struct cbpf_error *err)
{
	int ret = hwtstamp_restore(h);
	char text[256];

	if (ret == -ESTALE) {
		snprintf(text, sizeof(text),
			 "%s: somebody else has set its time stamping meanwhile: it stays so",
			 ifname);
		say(text);
		return 0;
	}
	/* A device that is gone has nothing left to put back; one that cannot be read was told of.
	 */
	if (!ret || ret == -ENODEV || ret == -ENODATA)
		return 0;
	snprintf(err->text, sizeof(err->text),
		 "%s: its time stamp configuration could not be put back: %s; `hwstamp_ctl -i %s` "
		 "shows it",
		 ifname, strerror(-ret), ifname);
	return ret;
}
