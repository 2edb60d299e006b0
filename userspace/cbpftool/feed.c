/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "feed.h"

#include <ctype.h>
#include <errno.h>
#include <linux/if_arp.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bytes.h"
#include "stop.h"

#define DLT_EN10MB 1

/* ---- --skb ---- */
#define KEY(name, max)                                                                             \
	{                                                                                          \
#name, offsetof(struct cbpf_skb, name), sizeof(((struct cbpf_skb *)0)->name), max  \
	}
static const struct {
	const char *name;
	size_t offset, size;
	uint64_t max;
} keys[] = {
	KEY(vlan_tci, 0xffff),    KEY(vlan_proto, 0xffff), KEY(mark, 0xffffffff),
	KEY(ifindex, 0x7fffffff), KEY(protocol, 0xffff),   KEY(pkttype, 7),
	KEY(rxhash, 0xffffffff),  KEY(queue, 0xffff),      KEY(hatype, 0xffff),
	KEY(mac, 0x7fffffff),     KEY(net, 0x7fffffff),
};
enum { KEY_TCI = 0, KEY_PROTO = 1, KEY_PROTOCOL = 4, KEY_PKTTYPE = 5, KEY_MAC = 9, KEY_NET = 10 };
#define KEY_COUNT (sizeof(keys) / sizeof(keys[0]))

static void store(struct cbpf_skb *skb, size_t key, uint64_t v)
{
	char *at = (char *)skb + keys[key].offset;
	uint8_t v8 = (uint8_t)v;
	uint16_t v16 = (uint16_t)v;
	uint32_t v32 = (uint32_t)v;

	memcpy(at,
	       keys[key].size == 1   ? (void *)&v8
	       : keys[key].size == 2 ? (void *)&v16
				     : &v32,
	       keys[key].size);
}

static int set_key(struct feed *f, const char *word)
{
	const char *value = strchr(word, '=');
	uint64_t v;

	for (size_t k = 0; value && k < KEY_COUNT; k++) {
		bool minus = (k == KEY_MAC || k == KEY_NET) && value[1] == '-';

		if (strncmp(keys[k].name, word, (size_t)(value - word)) ||
		    keys[k].name[value - word])
			continue;
		if (cli_number(value + 1 + minus, 0, keys[k].max, &v))
			return cli_usage("--skb: '%s' is no number up to %llu", value + 1,
					 (unsigned long long)keys[k].max);
		store(&f->said, k, minus ? -v : v);
		f->keys |= 1U << k;
		return EXIT_YES;
	}
	return cli_usage("--skb: '%s' is no KEY=VALUE with one of vlan_tci, vlan_proto, mark, "
			 "ifindex, protocol, pkttype, rxhash, queue, hatype, mac, net",
			 word);
}

static int set_skb(struct feed *f, const char *arg)
{
	char *copy = strdup(arg), *save = NULL;
	int status = EXIT_YES;

	if (!copy)
		return cli_fail("out of memory");
	for (char *w = strtok_r(copy, ",", &save); !status && w; w = strtok_r(NULL, ",", &save))
		status = set_key(f, w);
	free(copy);
	return status;
}

int feed_option(struct feed *f, int opt, const char *arg)
{
	switch (opt) {
	case 'r':
	case 1000:
		if (f->file || f->hex)
			return cli_usage(
				"the packets have one source: give one of -r and --packet, "
				"once");
		*(opt == 'r' ? &f->file : &f->hex) = arg;
		return EXIT_YES;
	case 1001:
		return set_skb(f, arg);
	default:
		return -1;
	}
}

/* ---- the packets ---- */
static int parse_hex(struct feed *f)
{
	size_t n = 0;
	int half = -1;

	f->bytes = malloc(strlen(f->hex) / 2 + 1);
	if (!f->bytes)
		return cli_fail("out of memory");
	for (const char *p = f->hex; *p; p++) {
		int v;

		if (half < 0 && (isspace((unsigned char)*p) || *p == ':'))
			continue;
		if (!isxdigit((unsigned char)*p))
			return cli_usage("--packet: character %zu, '%c', is no hexadecimal digit",
					 (size_t)(p - f->hex) + 1, *p);
		v = isdigit((unsigned char)*p) ? *p - '0' : tolower((unsigned char)*p) - 'a' + 10;
		if (half >= 0)
			f->bytes[n++] = (uint8_t)(half << 4 | v);
		half = half >= 0 ? -1 : v;
	}
	f->len = (uint32_t)n;
	return half < 0 ? EXIT_YES : cli_usage("--packet: half a byte is left at the end");
}

int feed_open(struct feed *f, const struct source *src)
{
	struct capfile_error err;

	if (!f->file && !f->hex)
		return cli_usage("give the packets with -r FILE or one with --packet HEX");
	if (f->hex) {
		f->record.linktype = cbpf_linktype_to_file(src->linktype);
		return parse_hex(f);
	}
	if (src->file && !strcmp(src->file, "-") && !strcmp(f->file, "-"))
		return cli_usage("-f and -r cannot both be standard input");
	if (capfile_open(&f->cf, f->file, &err))
		return cli_fail("%s", err.text);
	capfile_read_descriptions(f->cf);
	/* An empty capture still has a link type, but for a pcapng without any interface. */
	f->record.linktype =
		capfile_interface_count(f->cf) ? capfile_interface(f->cf, 0)->linktype : DLT_EN10MB;
	return EXIT_YES;
}

int feed_next(struct feed *f)
{
	struct capfile_error err;
	int ret;

	if (f->cf) {
		ret = capfile_next(f->cf, &f->record, &err);
		if (ret == -EINTR && stop_asked())
			return 0;
		if (ret < 0)
			cli_fail("%s", err.text);
		return ret < 0 ? -1 : ret;
	}
	if (f->given)
		return 0;
	f->given = true;
	f->record = (struct capfile_packet){.data = f->bytes,
					    .caplen = f->len,
					    .len = f->len,
					    .number = 1,
					    .linktype = f->record.linktype};
	return 1;
}

int feed_dlt(const struct feed *f)
{
	return cbpf_linktype_of_file(f->record.linktype);
}

bool feed_nanoseconds(const struct feed *f)
{
	uint32_t n = f->cf ? capfile_interface_count(f->cf) : 0;

	while (n--)
		if (capfile_interface(f->cf, n)->nanoseconds)
			return true;
	return false;
}

uint32_t feed_snaplen(const struct feed *f)
{
	uint32_t n = f->cf ? capfile_interface_count(f->cf) : 0, most = 0;

	while (n--) {
		uint32_t snaplen = capfile_interface(f->cf, n)->snaplen;

		if (!snaplen)
			return 0;
		most = snaplen > most ? snaplen : most;
	}
	return most;
}

/* eth_type_trans(): the EtherType, or what stands for a length. */
static uint16_t protocol_of(const struct capfile_packet *r)
{
	uint16_t type = r->caplen >= ETH_HLEN ? get_be16(r->data + 12) : 0;

	if (type >= ETH_P_802_3_MIN)
		return type;
	return r->caplen >= ETH_HLEN + 2 && get_be16(r->data + 14) == 0xffff ? ETH_P_802_3
									     : ETH_P_802_2;
}

static uint8_t pkttype_of(const struct capfile_packet *r)
{
	if (r->direction == CAPFILE_DIR_OUT)
		return PACKET_OUTGOING;
	if (r->caplen < 6 || !(r->data[0] & 1))
		return PACKET_HOST;
	return !memcmp(r->data, "\xff\xff\xff\xff\xff\xff", 6) ? PACKET_BROADCAST
							       : PACKET_MULTICAST;
}

static void describe(const struct feed *f, struct cbpf_skb *skb)
{
	*skb = (struct cbpf_skb){0};
	if (feed_dlt(f) == DLT_EN10MB) {
		skb->protocol = protocol_of(&f->record);
		skb->pkttype = pkttype_of(&f->record);
		skb->has_mac = skb->has_net = true;
		skb->net = ETH_HLEN;
	}
	for (size_t k = 0; k < KEY_COUNT; k++)
		if (f->keys & 1U << k)
			memcpy((char *)skb + keys[k].offset,
			       (const char *)&f->said + keys[k].offset, keys[k].size);
	skb->has_mac = skb->has_mac || f->keys & 1U << KEY_MAC;
	skb->has_net = skb->has_net || f->keys & 1U << KEY_NET;
	if ((f->keys & 1U << KEY_TCI) && !(f->keys & 1U << KEY_PROTO))
		skb->vlan_proto = ETH_P_8021Q;
}

void feed_packet(struct feed *f, struct cbpf_packet *out)
{
	describe(f, &f->skb);
	*out = (struct cbpf_packet){.data = f->record.data,
				    .caplen = f->record.caplen,
				    .len = f->record.len,
				    .skb = &f->skb};
}

void feed_close(struct feed *f)
{
	capfile_close(f->cf);
	free(f->bytes);
}
