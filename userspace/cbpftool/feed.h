/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The packets of a command: those of a capture (-r FILE) or one in hexadecimal (--packet HEX), with
 * the metadata that Linux would have for them. */
#ifndef FEED_H
#define FEED_H

#include "capfile.h"
#include "cbpftool.h"
#include "vm.h"

#define FEED_LETTERS "r:"
#define FEED_WORDS                                                                                 \
	{"packet", required_argument, NULL, 1000},                                                 \
	{                                                                                          \
		"skb", required_argument, NULL, 1001                                               \
	}
#define FEED_USAGE                                                                                 \
	"  -r FILE      the packets of a capture (pcap, pcapng); - is standard input\n"            \
	"  --packet HEX one packet, instead\n"                                                     \
	"  --skb KEY=VALUE,...  the packet's metadata, for the vm: vlan_tci, vlan_proto, mark,\n"  \
	"               ifindex, protocol, pkttype, rxhash, queue, hatype, mac, net (offsets)\n"

struct feed {
	/* the command line's */
	const char *file, *hex;
	struct cbpf_skb said;
	uint32_t keys; /* bit n: the n-th key of --skb was given */
	/* while open */
	struct capfile *cf;
	uint8_t *bytes;
	uint32_t len;
	bool given; /* the one packet has been handed out */
	struct cbpf_skb skb;
	struct capfile_packet record;
};

int feed_option(struct feed *f, int opt, const char *arg); /* -1: not one of its options */
int feed_open(struct feed *f,
	      const struct source *src); /* EXIT_YES, or a status after its sentence */
/* The next packet into f->record: 1, 0 at the end, -1 after a sentence. */
int feed_next(struct feed *f);
/* f->record as the VM takes it, with metadata: from the Ethernet header, the direction and --skb.
 */
void feed_packet(struct feed *f, struct cbpf_packet *out);
int feed_dlt(const struct feed *f); /* of f->record */
void feed_close(struct feed *f);
/* Of the interfaces that are described so far: whether one has finer stamps than pcap's own, and
 * the largest snap length, 0 where one has no bound. */
bool feed_nanoseconds(const struct feed *f);
uint32_t feed_snaplen(const struct feed *f);

#endif
