/* SPDX-License-Identifier: GPL-2.0-or-later */
/* tcp_transfer listen PORT | send ADDRESS PORT BYTES : one TCP connection, BYTES at most 100
 * million. The listener prints how many bytes came and ends; both give up after 20 seconds. */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "cli.h"

static int listen_on(uint64_t port)
{
	struct sockaddr_in at = {.sin_family = AF_INET, .sin_port = htons(port)};
	int on = 1, fd = socket(AF_INET, SOCK_STREAM, 0), con;
	static char buf[65536];
	uint64_t all = 0;
	ssize_t n;

	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (bind(fd, (struct sockaddr *)&at, sizeof(at)) || listen(fd, 1))
		return cli_fail("port %u cannot be listened on", (unsigned int)port);
	con = accept(fd, NULL, NULL);
	while ((n = read(con, buf, sizeof(buf))) > 0)
		all += n;
	printf("%llu\n", (unsigned long long)all);
	return cli_finish(EXIT_YES);
}

static int send_to(const char *address, uint64_t port, uint64_t bytes)
{
	struct sockaddr_in at = {.sin_family = AF_INET, .sin_port = htons(port)};
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	static char buf[65536];
	ssize_t n;

	if (inet_pton(AF_INET, address, &at.sin_addr) != 1)
		return cli_usage("'%s' is no IPv4 address", address);
	if (connect(fd, (struct sockaddr *)&at, sizeof(at)))
		return cli_fail("%s does not answer", address);
	for (; bytes; bytes -= n) {
		n = write(fd, buf, bytes < sizeof(buf) ? bytes : sizeof(buf));
		if (n <= 0)
			return cli_fail("the connection broke");
	}
	return EXIT_YES;
}

int main(int argc, char **argv)
{
	uint64_t port, bytes;

	cli_init("tcp_transfer");
	alarm(20);
	if (argc == 3 && !strcmp(argv[1], "listen") && !cli_number(argv[2], 1, 65535, &port))
		return listen_on(port);
	if (argc == 5 && !strcmp(argv[1], "send") && !cli_number(argv[3], 1, 65535, &port) &&
	    !cli_number(argv[4], 1, 100000000, &bytes))
		return send_to(argv[2], port, bytes);
	return cli_usage("tcp_transfer listen PORT | send ADDRESS PORT BYTES");
}
