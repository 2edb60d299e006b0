/* SPDX-License-Identifier: GPL-2.0-or-later */
/* reg_poll RESOURCE OFFSET : reads a 32-bit register of a PCI device ten times a second, for at
 * most two minutes. RESOURCE is its resource0 in sysfs, and the kernel must run with iomem=relaxed.
 *
 * QEMU's igb latches TSYNCRXCTL.VALID with the first receive time stamp, and reading RXSTMPH lets
 * the next come; the driver does not read it, as hardware puts the stamp before the packet
 * instead. */
#include "cli.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	volatile uint32_t *bar;
	uint64_t offset;
	struct stat st;
	int fd;

	cli_init("reg_poll");
	if (argc != 3 || cli_number(argv[2], 0, 0x1ffffc, &offset) || offset % 4)
		return cli_usage("RESOURCE OFFSET");
	fd = open(argv[1], O_RDWR | O_SYNC);
	if (fd < 0 || fstat(fd, &st))
		return cli_fail("'%s': %s", argv[1], strerror(errno));
	if (offset + 4 > (uint64_t)st.st_size)
		return cli_fail("'%s' has %lld bytes", argv[1], (long long)st.st_size);
	bar = mmap(NULL, (size_t)st.st_size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (bar == MAP_FAILED)
		return cli_fail("'%s': it cannot be mapped: %s", argv[1], strerror(errno));
	for (int i = 0; i < 1200; i++) {
		(void)bar[offset / 4];
		usleep(100000);
	}
	return EXIT_YES;
}
