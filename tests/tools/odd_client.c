/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a local user can do to abstract Unix sockets: odd_client ask NAME MS connects and asks for
 * the status MS milliseconds later; odd_client full NAME listens under a name and takes nobody
 * in. */
#include <errno.h>
#include <poll.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static struct sockaddr_un sun = {.sun_family = AF_UNIX};
static socklen_t len;

static int client(int flags)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | flags, 0);

	return fd >= 0 && !connect(fd, (struct sockaddr *)&sun, len) ? fd : -1;
}

static int ask(int ms)
{
	static const char request[] = "{\"ask\":\"status\"}";
	int fd = client(0);
	char buf[4096];
	ssize_t n;

	if (fd < 0)
		return 1;
	poll(NULL, 0, ms);
	if (send(fd, request, strlen(request), MSG_NOSIGNAL) < 0)
		return 1;
	while ((n = read(fd, buf, sizeof(buf))) > 0)
		fwrite(buf, 1, n, stdout);
	return n ? 1 : 0;
}

static int full(void)
{
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	if (bind(fd, (struct sockaddr *)&sun, len) || listen(fd, 0))
		return 1;
	while (client(SOCK_NONBLOCK) >= 0)
		;
	if (errno != EAGAIN)
		return 1;
	puts("full");
	fflush(stdout);
	pause();
	return 0;
}

int main(int argc, char **argv)
{
	if (argc < 3)
		return 2;
	snprintf(sun.sun_path + 1, sizeof(sun.sun_path) - 1, "%s", argv[2]);
	len = offsetof(struct sockaddr_un, sun_path) + 1 + strlen(sun.sun_path + 1);
	return argc > 3 ? ask(atoi(argv[3])) : full();
}
