/* SPDX-License-Identifier: GPL-2.0-or-later */
/* ptp_repeat IN OUT FRAMES : the frames of a capture again and again, a millisecond apart, with
 * sequenceIds that go on where the message type counts its own. Nanosecond pcap. */
#include "bytes.h"
#include "capfile.h"
#include "cli.h"
#include "frame.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { KEPT_MAX = 64 };

static struct {
	uint8_t octets[512];
	uint32_t len, sequence; /* offset of sequenceId */
} kept[KEPT_MAX];

static int keep(struct capfile *in, uint16_t *linktype, struct capfile_error *err)
{
	struct capfile_packet p;
	struct problem problem;
	struct frame f;
	int n = 0, ret;

	while (n < KEPT_MAX && (ret = capfile_next(in, &p, err)) > 0) {
		struct frame_place place = {.linktype = p.linktype};

		if (p.caplen > sizeof(kept[n].octets) ||
		    frame_parse(&f, p.data, p.caplen, &place, NULL, &problem) || f.payload_len < 34)
			continue;
		memcpy(kept[n].octets, p.data, p.caplen);
		kept[n].len = p.caplen;
		kept[n++].sequence = f.payload + 30;
		*linktype = p.linktype;
	}
	return n;
}

static int repeat(struct capfile_writer *w, int n, uint64_t frames, struct capfile_error *err)
{
	uint64_t i;
	int ret = 0;

	for (i = 0; i < frames && !ret; i++) {
		uint8_t *octets = kept[i % (uint64_t)n].octets;
		struct capfile_packet p = {
			.data = octets,
			.caplen = kept[i % (uint64_t)n].len,
			.len = kept[i % (uint64_t)n].len,
			.ts_ns = 1700000000000000000 + (int64_t)i * 1000000,
		};

		put_be16(octets + kept[i % (uint64_t)n].sequence, (uint16_t)(i / (uint64_t)n));
		ret = capfile_write(w, &p, err);
	}
	return ret;
}

int main(int argc, char **argv)
{
	struct capfile_writer *w = NULL;
	struct capfile *in = NULL;
	struct capfile_error err;
	uint16_t linktype = 1;
	uint64_t frames;
	int n, ret;

	cli_init("ptp_repeat");
	if (argc != 4 || cli_number(argv[3], 1, 100000000, &frames))
		return cli_usage("usage: ptp_repeat IN OUT FRAMES");
	if (capfile_open(&in, argv[1], &err))
		return cli_fail("%s", err.text);
	n = keep(in, &linktype, &err);
	capfile_close(in);
	if (!n)
		return cli_fail("%s has no PTP", argv[1]);
	if (capfile_create(&w, argv[2], CAPFILE_PCAP_NS, &err))
		return cli_fail("%s", err.text);
	ret = capfile_add_interface(w, NULL, linktype, 0, &err);
	if (!ret)
		ret = repeat(w, n, frames, &err);
	if (capfile_finish(w, &err) || ret)
		return cli_fail("%s", err.text);
	return EXIT_YES;
}
