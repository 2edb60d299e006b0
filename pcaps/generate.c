/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Makes the captures of pcaps/ (README.md there lists them): `make pcaps`. The same bytes every
 * time: fixed addresses, fixed times one millisecond apart, computed checksums, no random numbers.
 *
 * Two hosts talk across a bridge: A at port 1, B at port 2. */
#include "capfile.h"
#include "cli.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define START_NS 1700000000000000000 /* 2023-11-14 22:13:20 UTC */
#define STEP_NS 1000000

struct frame {
	uint8_t b[10000];
	uint32_t len;
};

static const uint8_t host_a[6] = {0x02, 0, 0, 0, 0, 0x0a}, host_b[6] = {0x02, 0, 0, 0, 0, 0x0b};
static const uint8_t broadcast[6] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff};
static const uint8_t bridge_group[6] = {0x01, 0x80, 0xc2, 0, 0, 0},
		     lldp_group[6] = {0x01, 0x80, 0xc2, 0, 0, 0x0e};
static const uint32_t ip_a = 0x0a00000a, ip_b = 0x0a00000b;

/* ---- bytes ---- */

static void put(struct frame *f, const void *p, size_t len)
{
	memcpy(f->b + f->len, p, len);
	f->len += (uint32_t)len;
}

static void put8(struct frame *f, unsigned int v)
{
	f->b[f->len++] = (uint8_t)v;
}

static void put16(struct frame *f, unsigned int v)
{
	put8(f, v >> 8);
	put8(f, v);
}

static void put32(struct frame *f, uint32_t v)
{
	put16(f, v >> 16);
	put16(f, v);
}

static void fill(struct frame *f, uint32_t len)
{
	for (uint32_t i = 0; i < len; i++)
		put8(f, i);
}

static void pad_to(struct frame *f, uint32_t len)
{
	while (f->len < len)
		put8(f, 0);
}

/* RFC 1071 over [at, len), with `sum` for a pseudo-header; put at `field`. */
static void checksum(struct frame *f, uint32_t at, uint32_t sum, uint32_t field)
{
	for (uint32_t i = at; i < f->len; i++)
		sum += (uint32_t)f->b[i] << ((i - at) % 2 ? 0 : 8);
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	f->b[field] = (uint8_t)(~sum >> 8);
	f->b[field + 1] = (uint8_t)~sum;
}

/* ---- frames ---- */

static void ether(struct frame *f, const uint8_t *dst, const uint8_t *src)
{
	f->len = 0;
	put(f, dst, 6);
	put(f, src, 6);
}

static void tag(struct frame *f, unsigned int tpid, unsigned int pcp, unsigned int vid)
{
	put16(f, tpid);
	put16(f, pcp << 13 | vid);
}

static void ipv4(struct frame *f, uint32_t src, uint32_t dst, unsigned int protocol,
		 uint32_t payload)
{
	uint32_t at = f->len + 2;

	put16(f, 0x0800);
	put16(f, 0x4500);
	put16(f, 20 + payload);
	put32(f, 0x00014000);
	put16(f, 64 << 8 | protocol);
	put16(f, 0);
	put32(f, src);
	put32(f, dst);
	checksum(f, at, 0, at + 10);
}

static void arp(struct frame *f, bool reply)
{
	static const uint8_t nobody[6];

	ether(f, reply ? host_a : broadcast, reply ? host_b : host_a);
	put16(f, 0x0806);
	put32(f, 0x00010800);
	put16(f, 0x0604);
	put16(f, reply ? 2 : 1);
	put(f, reply ? host_b : host_a, 6);
	put32(f, reply ? ip_b : ip_a);
	put(f, reply ? host_a : nobody, 6);
	put32(f, reply ? ip_a : ip_b);
	pad_to(f, 60);
}

static void icmp_body(struct frame *f, bool reply, unsigned int sequence, uint32_t data)
{
	uint32_t at;

	ipv4(f, reply ? ip_b : ip_a, reply ? ip_a : ip_b, 1, 8 + data);
	at = f->len;
	put16(f, reply ? 0x0000 : 0x0800);
	put16(f, 0);
	put16(f, 0x4242);
	put16(f, sequence);
	fill(f, data);
	checksum(f, at, 0, at + 2);
}

static void icmp(struct frame *f, bool reply, unsigned int sequence, uint32_t data)
{
	ether(f, reply ? host_a : host_b, reply ? host_b : host_a);
	icmp_body(f, reply, sequence, data);
	pad_to(f, 60);
}

static void tcp(struct frame *f, bool from_b, unsigned int flags, uint32_t seq, uint32_t ack,
		uint32_t data)
{
	uint32_t at, src = from_b ? ip_b : ip_a, dst = from_b ? ip_a : ip_b, pseudo;

	ether(f, from_b ? host_a : host_b, from_b ? host_b : host_a);
	ipv4(f, src, dst, 6, 20 + data);
	at = f->len;
	put16(f, from_b ? 80 : 40000);
	put16(f, from_b ? 40000 : 80);
	put32(f, seq);
	put32(f, ack);
	put16(f, 0x5000 | flags);
	put16(f, 65535);
	put32(f, 0);
	fill(f, data);
	pseudo = (src >> 16) + (src & 0xffff) + (dst >> 16) + (dst & 0xffff) + 6 + 20 + data;
	checksum(f, at, pseudo, at + 16);
	pad_to(f, 60);
}

static void stp(struct frame *f)
{
	ether(f, bridge_group, host_a);
	put16(f, 38); /* a length: 802.2 follows */
	put16(f, 0x4242);
	put8(f, 3);
	put32(f, 0); /* protocol, version, type: configuration BPDU */
	put8(f, 0);
	for (int i = 0; i < 2; i++) { /* root, cost, bridge */
		put16(f, 0x8000);
		put(f, host_a, 6);
		if (!i)
			put32(f, 0);
	}
	put16(f, 0x8001);
	put16(f, 0);
	put16(f, 20 << 8);
	put16(f, 2 << 8);
	put16(f, 15 << 8);
	pad_to(f, 60);
}

static void lldp(struct frame *f)
{
	ether(f, lldp_group, host_a);
	put16(f, 0x88cc);
	put16(f, 1 << 9 | 7);
	put8(f, 4);
	put(f, host_a, 6);
	put16(f, 2 << 9 | 5);
	put(f, "\005eth0", 5);
	put16(f, 3 << 9 | 2);
	put16(f, 120);
	put16(f, 0);
	pad_to(f, 60);
}

/* ---- captures ---- */

struct capture {
	struct capfile_writer *w;
	uint64_t n;
	struct capfile_error err;
};

static void add(struct capture *c, const struct frame *f, uint32_t kept)
{
	struct capfile_packet pkt = {.data = f->b,
				     .caplen = kept < f->len ? kept : f->len,
				     .len = f->len,
				     .ts_ns = START_NS + (int64_t)c->n++ * STEP_NS};

	if (capfile_write(c->w, &pkt, &c->err))
		exit(cli_fail("%s", c->err.text));
}

static void make_arp(struct capture *c)
{
	struct frame f;

	arp(&f, false);
	add(c, &f, 65535);
	arp(&f, true);
	add(c, &f, 65535);
}

static void make_icmp(struct capture *c)
{
	struct frame f;

	make_arp(c);
	for (unsigned int i = 1; i <= 4; i++) {
		icmp(&f, false, i, 56);
		add(c, &f, 65535);
		icmp(&f, true, i, 56);
		add(c, &f, 65535);
	}
}

static void make_tcp(struct capture *c)
{
	static const struct {
		bool from_b;
		unsigned int flags;
		uint32_t seq, ack, data;
	} segments[] = {
		{false, 0x02, 1000, 0, 0},      {true, 0x12, 5000, 1001, 0},
		{false, 0x10, 1001, 5001, 0},   {false, 0x18, 1001, 5001, 40},
		{true, 0x10, 5001, 1041, 1460}, {true, 0x18, 6461, 1041, 700},
		{false, 0x10, 1041, 7161, 0},   {false, 0x11, 1041, 7161, 0},
		{true, 0x11, 7161, 1042, 0},    {false, 0x10, 1042, 7162, 0},
	};
	struct frame f;

	make_arp(c);
	for (size_t i = 0; i < sizeof(segments) / sizeof(*segments); i++) {
		tcp(&f, segments[i].from_b, segments[i].flags, segments[i].seq, segments[i].ack,
		    segments[i].data);
		add(c, &f, 65535);
	}
}

static void tagged_icmp(struct capture *c, bool reply, const unsigned int (*tags)[3], int ntags)
{
	struct frame f;

	ether(&f, reply ? host_a : host_b, reply ? host_b : host_a);
	for (int i = 0; i < ntags; i++)
		tag(&f, tags[i][0], tags[i][1], tags[i][2]);
	icmp_body(&f, reply, 1, 56);
	pad_to(&f, 60);
	add(c, &f, 65535);
}

static void make_vlan(struct capture *c)
{
	static const unsigned int one[][3] = {{0x8100, 0, 10}}, prio[][3] = {{0x8100, 5, 0}},
				  high[][3] = {{0x8100, 7, 4094}},
				  qinq[][3] = {{0x88a8, 3, 100}, {0x8100, 1, 10}},
				  two[][3] = {{0x8100, 0, 10}, {0x8100, 0, 20}};

	make_arp(c);
	for (int reply = 0; reply < 2; reply++) {
		tagged_icmp(c, reply, one, 1);
		tagged_icmp(c, reply, prio, 1);
		tagged_icmp(c, reply, high, 1);
		tagged_icmp(c, reply, qinq, 2);
		tagged_icmp(c, reply, two, 2);
	}
}

static void make_stp(struct capture *c)
{
	struct frame f;

	stp(&f);
	for (int i = 0; i < 3; i++)
		add(c, &f, 65535);
}

static void make_lldp(struct capture *c)
{
	struct frame f;

	lldp(&f);
	add(c, &f, 65535);
}

/* Frames below Ethernet's 60 bytes (a virtual NIC lets them through), down to a header alone and
 * less. */
static void make_runt(struct capture *c)
{
	static const uint32_t lengths[] = {59, 42, 20, 15, 14, 13, 6, 1};
	struct frame f;

	make_arp(c);
	for (size_t i = 0; i < sizeof(lengths) / sizeof(*lengths); i++) {
		ether(&f, host_b, host_a);
		put16(&f, 0x88b5); /* IEEE 802 local experimental */
		fill(&f, 60);
		f.len = lengths[i];
		add(c, &f, 65535);
	}
}

/* The records were kept in part only (a snap length of 40): caplen < len. */
static void make_truncated(struct capture *c)
{
	struct frame f;

	for (unsigned int i = 1; i <= 3; i++) {
		icmp(&f, i % 2, i, 200 * i);
		add(c, &f, 40);
	}
}

static void make_sizes(struct capture *c)
{
	static const uint32_t lengths[] = {60, 61, 64, 127, 128, 256, 512, 1024, 1500, 1514};
	struct frame f;

	make_arp(c);
	for (size_t i = 0; i < sizeof(lengths) / sizeof(*lengths); i++) {
		ether(&f, i % 2 ? host_a : host_b, i % 2 ? host_b : host_a);
		put16(&f, 0x88b5);
		fill(&f, lengths[i] - 14);
		add(c, &f, 65535);
	}
}

static const struct {
	const char *name;
	void (*make)(struct capture *c);
	uint32_t snaplen;
	uint32_t cut; /* bytes taken off the file's end: a capture whose writer was interrupted */
} captures[] = {
	{"arp", make_arp, 65535, 0},          {"icmp", make_icmp, 65535, 0},
	{"tcp", make_tcp, 65535, 0},          {"vlan", make_vlan, 65535, 0},
	{"stp", make_stp, 65535, 0},          {"lldp", make_lldp, 65535, 0},
	{"runt", make_runt, 65535, 0},        {"sizes", make_sizes, 65535, 0},
	{"truncated", make_truncated, 40, 0}, {"cut", make_icmp, 65535, 30},
};

static int make_one(const char *dir, unsigned int i)
{
	struct capture c = {0};
	char path[512];
	FILE *f;
	long len;

	snprintf(path, sizeof(path), "%s/%s.pcap", dir, captures[i].name);
	if (capfile_create(&c.w, path, CAPFILE_PCAP_NS, &c.err) ||
	    capfile_add_interface(c.w, NULL, 1, captures[i].snaplen, &c.err) < 0)
		return cli_fail("%s", c.err.text);
	captures[i].make(&c);
	if (capfile_finish(c.w, &c.err))
		return cli_fail("%s", c.err.text);
	if (!captures[i].cut)
		return EXIT_YES;
	f = fopen(path, "r+");
	if (!f || fseek(f, 0, SEEK_END) || (len = ftell(f)) < 0 ||
	    ftruncate(fileno(f), len - captures[i].cut))
		return cli_fail("'%s' could not be cut", path);
	fclose(f);
	return EXIT_YES;
}

int main(int argc, char **argv)
{
	cli_init("generate");
	if (argc != 2)
		return cli_usage("takes the folder to write to");
	for (unsigned int i = 0; i < sizeof(captures) / sizeof(*captures); i++)
		if (make_one(argv[1], i))
			return EXIT_NO;
	return EXIT_YES;
}
