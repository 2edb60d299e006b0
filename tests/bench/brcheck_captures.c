/* SPDX-License-Identifier: GPL-2.0-or-later */
/* brcheck_captures P1 P2 FRAMES [BYTES] : two captures as a bridge that behaves would give them at
 * its two ports: FRAMES conversations of 64 hosts on each side, each frame of BYTES bytes (default
 * 200), 1 us apart, 3 us in the bridge. */
#include <stdio.h>
#include <string.h>

#include "capfile.h"
#include "cli.h"

enum { HOSTS = 64, BYTES_MAX = 9000 };

static struct capfile_error err;

static int put(struct capfile_writer *w, uint8_t *frame, uint64_t bytes, int64_t ts)
{
	struct capfile_packet pkt = {.data = frame, .caplen = bytes, .len = bytes, .ts_ns = ts};

	return capfile_write(w, &pkt, &err);
}

/* Frame n goes from 1 to 2 where it is even, else back. */
static void make(uint8_t *frame, uint64_t n)
{
	uint8_t a = n / 2 % HOSTS, from = n & 1;

	memcpy(frame, (uint8_t[]){2, 0, 0, 0, !from, a, 2, 0, 0, 0, from, a, 0x08, 0x00}, 14);
	memcpy(frame + 14, &n, sizeof(n));
}

int main(int argc, char **argv)
{
	static uint8_t in[BYTES_MAX], out[BYTES_MAX];
	struct capfile_writer *w[2];
	uint64_t frames, bytes = 200, n;
	int ret = 0, i;

	cli_init("brcheck_captures");
	if (argc < 4 || cli_number(argv[3], 1, 100000000, &frames) ||
	    (argc > 4 && cli_number(argv[4], 60, BYTES_MAX, &bytes)))
		return cli_usage("brcheck_captures P1 P2 FRAMES [BYTES]");
	for (i = 0; i < 2; i++)
		if (capfile_create(&w[i], argv[1 + i], CAPFILE_PCAP_NS, &err) ||
		    capfile_add_interface(w[i], "port", 1, 65535, &err) < 0)
			return cli_fail("%s", err.text);
	/* at each port, in the order of time: what enters now and what left that entered 3 us ago
	 */
	for (n = 0; n < frames + 3 && !ret; n++) {
		if (n >= 3) {
			make(out, n - 3);
			ret = put(w[!((n - 3) & 1)], out, bytes, (int64_t)n * 1000 - 1);
		}
		if (n < frames && !ret) {
			make(in, n);
			ret = put(w[n & 1], in, bytes, (int64_t)n * 1000);
		}
	}
	for (i = 0; i < 2; i++)
		if (capfile_finish(w[i], &err) || ret)
			return cli_fail("%s", err.text);
	return cli_finish(EXIT_YES);
}
