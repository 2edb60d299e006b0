/* SPDX-License-Identifier: GPL-2.0-or-later */
/* ptp_rows FILE : the rows of tlv_rows.h, one frame each, as a capture for other decoders. */
#include "tlv_rows.h"

#include "capfile.h"
#include "cli.h"

#include <stdio.h>

static int write_rows(struct capfile_writer *w, struct capfile_error *err)
{
	uint8_t frame[14 + TLV_ROW_MAX] = {1, 0x1b, 0x19, 0, 0, 0, 2, 0, 0, 0, 0, 1, 0x88, 0xf7};
	int i, ret = capfile_add_interface(w, NULL, 1, 0, err);

	for (i = 0; i < TLV_ROWS && ret >= 0; i++) {
		uint32_t len = 14 + (uint32_t)tlv_row_message(frame + 14, &tlv_rows[i]);
		struct capfile_packet p = {.data = frame,
					   .caplen = len,
					   .len = len,
					   .ts_ns = 1700000000000000000 + i * 1000000};

		ret = capfile_write(w, &p, err);
	}
	return ret;
}

int main(int argc, char **argv)
{
	struct capfile_writer *w;
	struct capfile_error err;
	int ret;

	cli_init("ptp_rows");
	if (argc != 2)
		return cli_usage("usage: ptp_rows FILE");
	if (capfile_create(&w, argv[1], CAPFILE_PCAP_NS, &err))
		return cli_fail("%s", err.text);
	ret = write_rows(w, &err);
	if (capfile_finish(w, &err) || ret)
		return cli_fail("%s", err.text);
	return EXIT_YES;
}
