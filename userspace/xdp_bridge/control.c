/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "xdp_bridge.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define PREFIX "xdp_bridge/"
#define CLIENT_MS                                                                                  \
	200 /* a client that does not read is given up: forwarding entries matter more             \
	     */

static socklen_t address(struct sockaddr_un *sun, const char *name)
{
	memset(sun, 0, sizeof(*sun));
	sun->sun_family = AF_UNIX;
	/* A first byte of 0 makes the name abstract; it ends with the address's length. */
	snprintf(sun->sun_path + 1, sizeof(sun->sun_path) - 1, "%s", name);
	return offsetof(struct sockaddr_un, sun_path) + 1 + strlen(sun->sun_path + 1);
}

int control_listen(void)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0), ret;
	struct sockaddr_un sun;
	char name[32];

	if (fd < 0)
		return -errno;
	snprintf(name, sizeof(name), PREFIX "%d", (int)getpid());
	if (bind(fd, (struct sockaddr *)&sun, address(&sun, name)) || listen(fd, 8)) {
		ret = -errno;
		close(fd);
		return ret;
	}
	return fd;
}

static void send_all(int fd, const char *text, size_t len)
{
	struct pollfd pfd = {.fd = fd, .events = POLLOUT};
	ssize_t n;

	while (len) {
		n = send(fd, text, len, MSG_NOSIGNAL | MSG_DONTWAIT);
		if (n < 0 && errno == EAGAIN && poll(&pfd, 1, CLIENT_MS) > 0)
			continue;
		if (n <= 0)
			return;
		text += n;
		len -= n;
	}
}

void control_serve(int fd, struct follow *f)
{
	int client = accept4(fd, NULL, NULL, SOCK_CLOEXEC);
	json_t *doc;
	char *text;

	if (client < 0)
		return;
	doc = report(f);
	text = doc ? json_dumps(doc, JSON_COMPACT) : NULL;
	if (text)
		send_all(client, text, strlen(text));
	free(text);
	json_decref(doc);
	close(client);
}

/* Nobody but root or ourselves is believed: anyone may bind an abstract name. */
static bool trusted(int fd)
{
	struct ucred cred;
	socklen_t len = sizeof(cred);

	return !getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &cred, &len) &&
	       (cred.uid == 0 || cred.uid == geteuid());
}

static json_t *ask(const char *name)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	struct sockaddr_un sun;
	json_t *doc = NULL;

	if (fd < 0)
		return NULL;
	if (!connect(fd, (struct sockaddr *)&sun, address(&sun, name)) && trusted(fd))
		doc = json_loadfd(fd, 0, NULL);
	close(fd);
	return doc;
}

int control_ask_all(void (*each)(json_t *report, void *arg), void *arg)
{
	FILE *list = fopen("/proc/net/unix", "re");
	char line[512], *name;
	json_t *doc;
	int found = 0;

	if (!list)
		return -errno;
	while (fgets(line, sizeof(line), list)) {
		/* "ffff...: 00000002 00000000 00010000 0001 01 12345 @xdp_bridge/123"; 00010000:
		 * listening */
		name = strstr(line, " @" PREFIX);
		if (!name || !strstr(line, " 00010000 "))
			continue;
		name[strcspn(name, "\n")] = '\0';
		doc = ask(name + 2);
		if (!doc)
			continue;
		found++;
		each(doc, arg);
		json_decref(doc);
	}
	fclose(list);
	return found;
}
