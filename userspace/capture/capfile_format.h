/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The numbers of the two file formats, shared by the reader and the writer:
 * draft-ietf-opsawg-pcap and draft-ietf-opsawg-pcapng. */
#ifndef CAPFILE_FORMAT_H
#define CAPFILE_FORMAT_H

#include "capfile.h"

#include <stddef.h>

#define PCAP_MAGIC_US 0xa1b2c3d4u
#define PCAP_MAGIC_NS 0xa1b23c4du
#define PCAP_HEADER_LEN 24u
#define PCAP_RECORD_LEN 16u

#define PCAPNG_SHB 0x0a0d0d0au
#define PCAPNG_IDB 1u
#define PCAPNG_PB 2u /* obsolete Packet Block */
#define PCAPNG_SPB 3u
#define PCAPNG_ISB 5u
#define PCAPNG_EPB 6u
#define PCAPNG_BYTE_ORDER_MAGIC 0x1a2b3c4du
#define PCAPNG_BLOCK_MIN 12u
#define PCAPNG_EPB_HEAD 28u /* up to the packet, the block's own head included */
#define PCAPNG_OPT_END 0u
#define PCAPNG_OPT_IF_NAME 2u
#define PCAPNG_OPT_IF_TSRESOL 9u
#define PCAPNG_OPT_IF_TSOFFSET 14u
#define PCAPNG_OPT_EPB_FLAGS 2u
#define PCAPNG_OPT_ISB_IFDROP 5u
#define PCAPNG_OPT_ISB_OSDROP 7u

#define CAPFILE_SNAPLEN_MAX 262144u   /* libpcap's MAXIMUM_SNAPLEN for most link types */
#define CAPFILE_BLOCK_MAX (16u << 20) /* a longer record or block is taken for damage */

int capfile_set_error(struct capfile_error *err, int ret, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

#endif
