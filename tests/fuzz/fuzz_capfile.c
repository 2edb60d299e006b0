/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Any bytes as a capture file: no crash, and every packet's bytes can be read. */
#include "capfile.h"

#include <sys/mman.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static int fd = -1;
	static volatile uint32_t sum;
	struct capfile_packet pkt;
	struct capfile_error err;
	struct capfile *cf;
	char path[64];

	if (fd < 0)
		fd = memfd_create("capture", 0);
	if (ftruncate(fd, 0) || pwrite(fd, data, size, 0) != (ssize_t)size)
		return 0;
	__builtin_sprintf(path, "/proc/self/fd/%d", fd);
	if (capfile_open(&cf, path, &err))
		return 0;
	while (capfile_next(cf, &pkt, &err) == 1)
		for (uint32_t i = 0; i < pkt.caplen; i++)
			sum += pkt.data[i];
	capfile_close(cf);
	return 0;
}
