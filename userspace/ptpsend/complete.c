/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the options say together: contradictions, and what follows where something was not given. */
#include "options.h"

#include "cli.h"

#include <errno.h>
#include <string.h>

#define SECOND 1000000000LL
#define MICRO 1000000
#define SPACING_DEFAULT 1000000 /* ns, or less where the period is short */

static int check_place(const struct options *o)
{
	if (!o->ifname == !o->file)
		return cli_usage("one of -i IFNAME and -w FILE is needed");
	if (o->ifname && (o->format || o->linktype || o->start_given))
		return cli_usage(
			"--format, --linktype and --start are for -w, which writes a capture");
	if (o->file && o->stamps)
		return cli_usage("--timestamps is for -i: a capture's times are those of the plan");
	if (o->has_dsa && o->has_edsa)
		return cli_usage("--dsa and --edsa are two tags: give one");
	if (o->encapsulation.edsa_ethertype && !o->has_edsa)
		return cli_usage("--edsa-ethertype is for --edsa");
	if (o->linktype && o->linktype != FRAME_LINK_ETHERNET &&
	    o->linktype != (o->has_dsa    ? FRAME_LINK_DSA
			    : o->has_edsa ? FRAME_LINK_EDSA
					  : FRAME_LINK_ETHERNET))
		return cli_usage("--linktype %u does not fit these frames: 1 is Ethernet, 284 is "
				 "for --dsa, 285 for --edsa",
				 o->linktype);
	return 0;
}

static bool is_ipv4(const uint8_t ip[16])
{
	static const uint8_t mapped[12] = {[10] = 0xff, [11] = 0xff};

	return !memcmp(ip, mapped, sizeof(mapped));
}

/* An address that was given must be of the transport's family; IPv4 moves to the first octets. */
static int check_ip(const struct options *o, bool given, uint8_t ip[16], const char *option)
{
	enum frame_transport transport = o->encapsulation.transport;

	if (!given)
		return 0;
	if (transport != (is_ipv4(ip) ? FRAME_UDP4 : FRAME_UDP6))
		return cli_usage("%s is an IPv%c address, and goes with --transport udp%c", option,
				 is_ipv4(ip) ? '4' : '6', is_ipv4(ip) ? '4' : '6');
	if (transport == FRAME_UDP4)
		memmove(ip, ip + 12, 4);
	return 0;
}

/* A group's MAC address follows from its IP address: RFC 1112, 6.4, and RFC 2464, 7. */
static bool take_group_mac(struct options *o)
{
	const uint8_t *ip = o->dst_ip;

	if (o->encapsulation.transport == FRAME_UDP4 && ip[0] >> 4 == 14)
		memcpy(o->dst_mac, (uint8_t[]){1, 0, 0x5e, ip[1] & 0x7f, ip[2], ip[3]}, 6);
	else if (o->encapsulation.transport == FRAME_UDP6 && ip[0] == 0xff)
		memcpy(o->dst_mac, (uint8_t[]){0x33, 0x33, ip[12], ip[13], ip[14], ip[15]}, 6);
	else
		return false;
	o->dst_mac_given = true;
	return true;
}

static int check_addresses(struct options *o)
{
	int ret;

	ret = check_ip(o, o->port[0].ip_given, o->port[0].ip, "--src-ip");
	ret = ret ? ret : check_ip(o, o->port[1].ip_given, o->port[1].ip, "--peer-ip");
	ret = ret ? ret : check_ip(o, o->dst_ip_given, o->dst_ip, "--dst-ip");
	if (!ret && o->ttl_given && o->encapsulation.transport == FRAME_ETHERNET)
		return cli_usage("--ttl goes with --transport udp4 or udp6");
	if (!ret && o->dst_ip_given && !o->dst_mac_given && !take_group_mac(o))
		return cli_usage(
			"--dst-ip of a host needs --dst-mac: nothing is asked of the network");
	return ret;
}

static int check_messages(struct options *o)
{
	struct exchange_plan *p = &o->plan;
	unsigned int n;

	if (p->ieee_802_1as && !p->two_step)
		return cli_usage("--802.1as and --one-step contradict each other here: give one");
	if (!p->two_step && o->stamps == STAMPS_HARDWARE)
		return cli_usage(
			"--one-step sends the system's time, and --timestamps hardware reads "
			"the device's: give one");
	if (p->ieee_802_1as && o->encapsulation.transport != FRAME_ETHERNET)
		return cli_usage("802.1AS runs over Ethernet alone: no --transport with --802.1as");
	for (unsigned int i = 0; i < p->tlv_count; i++)
		if (p->tlvs[i].len % 2)
			cli_say("a TLV of %u octets: the standard wants an even number",
				p->tlvs[i].len);
	n = exchange_round_len(p);
	if (o->spacing_given && p->spacing_ns > p->period_ns / n)
		return cli_usage("%u messages %lld us apart do not fit into a round of %lld us: "
				 "lower --rate or --spacing",
				 n, (long long)p->spacing_ns / 1000,
				 (long long)p->period_ns / 1000);
	if (!o->spacing_given)
		p->spacing_ns =
			p->period_ns / n < SPACING_DEFAULT ? p->period_ns / n : SPACING_DEFAULT;
	if (p->rounds > (uint64_t)(EXCHANGE_DURATION_MAX / p->period_ns))
		return cli_usage("%llu rounds at this rate take more than 73 years: lower --count",
				 (unsigned long long)p->rounds);
	return 0;
}

/* The nearest power of two to the period, in seconds. */
static int8_t log_of_period(int64_t period_ns)
{
	double edge = 1.41421356237309505 * SECOND;
	int8_t log = 0;

	for (; (double)period_ns < edge / 2; edge /= 2)
		log--;
	for (; (double)period_ns > edge; edge *= 2)
		log++;
	return log;
}

static void derive(struct options *o)
{
	struct exchange_plan *p = &o->plan;

	p->period_ns = SECOND * MICRO / o->micro_rate;
	if (!o->log_interval_given)
		p->log_interval = log_of_period(p->period_ns);
	if (p->ieee_802_1as) {
		p->major_sdo_id = 1;
		p->flags |= PTP_FLAG_PTP_TIMESCALE;
	}
	if (o->ptp_timescale) {
		p->flags |= PTP_FLAG_PTP_TIMESCALE | PTP_FLAG_UTC_OFFSET_VALID;
		p->offset_ns += p->announce.current_utc_offset * SECOND;
	}
	if (o->has_qinq)
		o->encapsulation.vlan[o->encapsulation.vlans++] = o->qinq;
	if (o->has_vlan)
		o->encapsulation.vlan[o->encapsulation.vlans++] = o->vlan;
	if (!o->linktype)
		o->linktype = o->has_dsa ? FRAME_LINK_DSA : FRAME_LINK_ETHERNET;
}

int options_complete(struct options *o)
{
	int ret = check_place(o);

	ret = ret ? ret : check_addresses(o);
	if (ret)
		return ret;
	derive(o);
	return check_messages(o);
}

/* ---- addresses ---- */

/* EUI-64 from a MAC address, as IEEE 1588-2008, 7.5.2.2.2, and linuxptp make it. */
static struct ptp_clock_identity identity(const uint8_t m[6])
{
	return (struct ptp_clock_identity){{m[0], m[1], m[2], 0xff, 0xfe, m[3], m[4], m[5]}};
}

/* RFC 4291, appendix A: fe80:: and the modified EUI-64. */
static void link_local(uint8_t out[16], const uint8_t m[6])
{
	const uint8_t ip[16] = {0xfe,     0x80, 0,    0,    0,    0,    0,    0,
				m[0] ^ 2, m[1], m[2], 0xff, 0xfe, m[3], m[4], m[5]};

	memcpy(out, ip, sizeof(ip));
}

static int default_ip(struct options *o, int i, const uint8_t *ip)
{
	struct options_port *p = &o->port[i];

	if (o->encapsulation.transport == FRAME_UDP6) {
		link_local(p->ip, p->mac);
	} else if (i) {
		memcpy(p->ip, o->port[0].ip, 4);
		p->ip[3]++;
	} else if (!ip) {
		return -EADDRNOTAVAIL;
	} else {
		memcpy(p->ip, ip, 4);
	}
	return 0;
}

int options_addresses(struct options *o, const uint8_t mac[6], const uint8_t *ip)
{
	int ret;

	for (int i = 0; i < 2; i++) {
		struct options_port *p = &o->port[i];

		if (!p->mac_given)
			memcpy(p->mac, i ? o->port[0].mac : mac, 6);
		if (!p->mac_given && i)
			p->mac[5]++;
		if (!p->clock_given)
			o->plan.port[i].clock = identity(p->mac);
		ret = p->ip_given || o->encapsulation.transport == FRAME_ETHERNET
			      ? 0
			      : default_ip(o, i, ip);
		if (ret)
			return ret;
	}
	if (!o->grandmaster_given)
		o->plan.announce.grandmaster = o->plan.port[0].clock;
	return 0;
}
