/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef CAPFILE_SCAN_H
#define CAPFILE_SCAN_H

#include "capfile.h"

/* The records of a pcap file, or the blocks of a pcapng file, from `begin` to `end`, offsets in the
 * file. */
struct capfile_scan_input {
	int fd; /* that can be read at any place; its own place does not move */
	uint64_t begin, end;
	bool swapped, nanoseconds;
	bool pcapng;
	uint32_t interfaces; /* pcapng: described in this section; all of one link type */
	uint32_t caplen_max; /* a record that claims more is damaged */
	capfile_take *take;
	void *ctx;
};

/* 0, with the sums and, in *end, where the first record begins that could not be read, or block
 * that describes what follows (or the file's end); -ENOMEM, and nothing was taken. */
int capfile_scan_records(const struct capfile_scan_input *in, struct capfile_scanned *sum,
			 uint64_t *end);

#endif
