/* SPDX-License-Identifier: GPL-2.0-or-later */
/* ptpsend's command line. */
#ifndef OPTIONS_H
#define OPTIONS_H

#include "exchange.h"
#include "frame_build.h"

enum stamps { STAMPS_AUTO, STAMPS_HARDWARE, STAMPS_SOFTWARE, STAMPS_NONE };
enum file_format { FORMAT_AUTO, FORMAT_PCAP, FORMAT_PCAPNG };

/* An address or identity that has a default of its own where it is not given. */
struct options_port {
	bool mac_given, clock_given, ip_given;
	uint8_t mac[6];
	uint8_t ip[16];
};

struct options {
	const char *ifname; /* -i, or */
	const char *file;   /* -w */
	enum file_format format;
	uint16_t linktype; /* 0: that of the tag */
	bool start_given;
	int64_t start_ns;
	bool quiet;
	enum stamps stamps;

	struct exchange_plan plan; /* clock identities: options_identities() */
	int64_t micro_rate;        /* rounds in 10^6 seconds */
	bool spacing_given, log_interval_given, grandmaster_given, ptp_timescale;

	struct frame_encapsulation encapsulation;
	bool has_vlan, has_qinq, has_edsa, has_dsa;
	struct frame_vlan vlan, qinq;
	struct options_port port[2];
	bool dst_mac_given, dst_ip_given;
	uint8_t dst_mac[6], dst_ip[16];
	uint8_t ttl;
	bool ttl_given;
};

/* 0, or the exit status + 1 with which to end at once (--help, a wrong command line). */
int options_parse(struct options *out, int argc, char **argv);

/* Contradictions between options (a usage sentence, EXIT_USAGE), and what follows from what was
 * given: options_parse() calls it. */
int options_complete(struct options *o);

/* What follows from the interface's addresses where nothing else was given: MAC addresses, IP
 * addresses (`ip` is the interface's IPv4 address, NULL without one), clock identities.
 * -EADDRNOTAVAIL when an IPv4 address is needed and not known. */
int options_addresses(struct options *o, const uint8_t mac[6], const uint8_t *ip);

#endif
