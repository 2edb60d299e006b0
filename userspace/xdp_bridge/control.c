/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "xdp_bridge.h"

#include "cli.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define PREFIX "xdp_bridge/"
#define CLIENT_MS 200 /* a client that does not read is given up: forwarding entries matter more   \
		       */
#define BACKLOG 64
#define ANSWER_ROOM (16 << 20) /* of which an answer about 1023 ports takes some 2 MiB */
#define ASKED 64
#define PATIENCE_S 10
#define ASK_TRIES 5 /* where a client that got no CPU in time was given up */

static socklen_t address(struct sockaddr_un *sun, const char *name)
{
	memset(sun, 0, sizeof(*sun));
	sun->sun_family = AF_UNIX;
	/* A first byte of 0 makes the name abstract; it ends with the address's length. */
	snprintf(sun->sun_path + 1, sizeof(sun->sun_path) - 1, "%s", name);
	return offsetof(struct sockaddr_un, sun_path) + 1 + strlen(sun->sun_path + 1);
}

static int listening = -1;
static int spare = -1; /* a descriptor to give up, so that none being left does not keep us awake */

static int listen_at(const char *name)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0), ret;
	struct sockaddr_un sun;

	if (fd < 0)
		return -errno;
	if (bind(fd, (struct sockaddr *)&sun, address(&sun, name)) || listen(fd, BACKLOG)) {
		ret = -errno;
		close(fd);
		return ret;
	}
	return fd;
}

static int watch(int epoll, int fd)
{
	struct epoll_event ev = {.events = EPOLLIN | EPOLLRDHUP, .data.fd = fd};

	return epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &ev) ? -errno : 0;
}

int control_listen(void)
{
	int epoll = epoll_create1(EPOLL_CLOEXEC), ret;
	char name[32];

	if (epoll < 0)
		return -errno;
	snprintf(name, sizeof(name), PREFIX "%d", (int)getpid());
	listening = listen_at(name);
	ret = listening < 0 ? listening : watch(epoll, listening);
	if (ret) {
		close(epoll);
		return ret;
	}
	spare = open("/dev/null", O_RDONLY | O_CLOEXEC);
	return epoll;
}

/* As a rule all of it fits at once, however late the client reads. */
static void send_all(int fd, const char *text, size_t len)
{
	struct pollfd pfd = {.fd = fd, .events = POLLOUT};
	int room = ANSWER_ROOM;
	ssize_t n;

	setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &room, sizeof(room));
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

static json_t *read_request(int client)
{
	char text[16384];
	ssize_t len = recv(client, text, sizeof(text), MSG_DONTWAIT);

	return len > 0 ? json_loadb(text, len, JSON_DISABLE_EOF_CHECK, NULL) : NULL;
}

/* Nobody but root or ourselves is believed, as anyone may bind an abstract name, or told addresses.
 */
static bool trusted(int fd)
{
	struct ucred cred;
	socklen_t len = sizeof(cred);

	return !getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &cred, &len) &&
	       (cred.uid == 0 || cred.uid == geteuid());
}

/* ---- who watches ---- */

#define WATCHERS 8
static int watchers[WATCHERS];
static int nwatchers;

/* One that does not keep up, or has gone, is dropped. */
static void tell_watchers(const struct news *news)
{
	json_t *doc =
		json_pack("{s:s, s:o, s:o, s:s?, s:i, s:o, s:o}", "event", news->event, "bridge",
			  shown(news->bridge), "port", shown(news->port), "address", news->address,
			  "vlan", (int)news->vid, "was", shown(news->was), "reason",
			  shown(news->reason));
	char *text = doc ? json_dumps(doc, JSON_COMPACT) : NULL;
	size_t len = text ? strlen(text) : 0;
	int i = 0;

	if (text)
		text[len] = '\n'; /* in place of the end: sent with its length */
	while (text && i < nwatchers) {
		if (send(watchers[i], text, len + 1, MSG_NOSIGNAL | MSG_DONTWAIT) ==
		    (ssize_t)len + 1) {
			i++;
			continue;
		}
		close(watchers[i]);
		watchers[i] = watchers[--nwatchers];
	}
	free(text);
	json_decref(doc);
}

static bool add_watcher(int client, struct follow *f)
{
	if (nwatchers == WATCHERS)
		return false;
	watchers[nwatchers++] = client;
	follow_watch(f, tell_watchers);
	return true;
}

static bool drop_watcher(int fd)
{
	int i;

	for (i = 0; i < nwatchers; i++) {
		if (watchers[i] != fd)
			continue;
		close(fd);
		watchers[i] = watchers[--nwatchers];
		return true;
	}
	return false;
}

/* ---- who asks ---- */

/* Clients whose request has not come yet: nobody is waited for, as netlink does not wait either.
 * One more than there is room for ends the oldest. */
#define WAITING 32
static int waiting[WAITING];
static int nwaiting;

static void no_longer_waiting(int i)
{
	memmove(&waiting[i], &waiting[i + 1], (--nwaiting - i) * sizeof(waiting[0]));
}

static void welcome(int epoll)
{
	int client = accept4(listening, NULL, NULL, SOCK_CLOEXEC);

	if (client < 0 && (errno == EMFILE || errno == ENFILE)) {
		close(spare);
		client = accept4(listening, NULL, NULL, SOCK_CLOEXEC);
		if (client >= 0)
			close(client);
		spare = open("/dev/null", O_RDONLY | O_CLOEXEC);
		return;
	}
	if (client < 0)
		return;
	if (nwaiting == WAITING) {
		close(waiting[0]);
		no_longer_waiting(0);
	}
	if (watch(epoll, client))
		close(client);
	else
		waiting[nwaiting++] = client;
}

/* False when the client stays, to be told more. */
static bool answer(int client, struct follow *f)
{
	json_t *request = read_request(client), *doc = NULL;
	const char *what = json_string_value(json_object_get(request, "ask"));
	bool stays = false;
	char *text;

	if (what && strcmp(what, "status") && !trusted(client))
		what = NULL;
	if (what && !strcmp(what, "monitor"))
		stays = add_watcher(client, f);
	else if (what && !strcmp(what, "status"))
		doc = report(f);
	else if (what && !strcmp(what, "explain"))
		doc = answer_explain(f, request);
	text = doc ? json_dumps(doc, JSON_COMPACT) : NULL;
	if (text)
		send_all(client, text, strlen(text));
	free(text);
	json_decref(doc);
	json_decref(request);
	return !stays;
}

void control_serve(int fd, struct follow *f)
{
	struct epoll_event ev;
	int client, i;

	if (epoll_wait(fd, &ev, 1, 0) < 1)
		return;
	client = ev.data.fd;
	if (client == listening) {
		welcome(fd);
		return;
	}
	/* One that watches has nothing more to say: it is going. */
	if (drop_watcher(client))
		return;
	for (i = 0; i < nwaiting; i++)
		if (waiting[i] == client)
			no_longer_waiting(i);
	if (answer(client, f))
		close(client);
}

/* Anyone may bind such a name and take nobody in: what is full is not waited for. */
static int try_to_connect(const char *name, const char *request)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0), ret = 0;
	struct sockaddr_un sun;

	if (fd < 0)
		return -errno;
	if (connect(fd, (struct sockaddr *)&sun, address(&sun, name)))
		ret = -errno;
	else if (!trusted(fd))
		ret = -EPERM;
	else if (send(fd, request, strlen(request), MSG_NOSIGNAL) != (ssize_t)strlen(request))
		ret = -EPIPE;
	else if (fcntl(fd, F_SETFL, 0))
		ret = -errno;
	if (ret)
		close(fd);
	return ret ? ret : fd;
}

/* A connection on which the request has been sent, or -errno. */
static int connect_to(const char *name, const json_t *request)
{
	char *text = json_dumps(request, JSON_COMPACT);
	int ret = text ? -EPIPE : -ENOMEM, tries;

	for (tries = 0; ret == -EPIPE && tries < ASK_TRIES; tries++)
		ret = try_to_connect(name, text);
	free(text);
	return ret;
}

/* And not one that has just ended, or is not believed: so many wait for it that it takes in no
 * more, as when it is stopped, or there is no descriptor or memory here. */
static bool is_failure(int ret)
{
	return ret == -EAGAIN || ret == -EMFILE || ret == -ENFILE || ret == -ENOMEM;
}

int control_connect_all(const json_t *request, int *fds, int max)
{
	FILE *list = fopen("/proc/net/unix", "re");
	char line[512], *name;
	int found = 0, failed = 0;

	if (!list)
		return -errno;
	while (found < max && fgets(line, sizeof(line), list)) {
		/* "ffff...: 00000002 00000000 00010000 0001 01 12345 @xdp_bridge/123"; 00010000:
		 * listening */
		name = strstr(line, " @" PREFIX);
		if (!name || !strstr(line, " 00010000 "))
			continue;
		name[strcspn(name, "\n")] = '\0';
		fds[found] = connect_to(name + 2, request);
		if (is_failure(fds[found]))
			failed = fds[found];
		found += fds[found] >= 0;
	}
	fclose(list);
	return found ? found : failed;
}

/* NULL: none. One that is stopped is silent; one that has closed the connection has given us up, to
 * be asked again. */
static json_t *read_answer(int fd, bool *again, bool *silent)
{
	const struct timeval patience = {.tv_sec = PATIENCE_S};
	json_t *doc;
	char end;

	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	doc = json_loadfd(fd, 0, NULL);
	if (!doc && !recv(fd, &end, 1, MSG_DONTWAIT))
		*again = true;
	else if (!doc)
		*silent = true;
	close(fd);
	return doc;
}

int control_ask_all(const json_t *request, void (*each)(json_t *answer, void *arg), void *arg)
{
	json_t *docs[ASKED] = {NULL};
	int fds[ASKED], n = 0, i, answered = 0, tries;
	bool again = true, silent = false;

	for (tries = 0; again && tries < ASK_TRIES; tries++) {
		for (i = 0; i < n; i++)
			json_decref(docs[i]);
		again = false;
		n = control_connect_all(request, fds, ASKED);
		for (i = 0; i < n; i++)
			docs[i] = read_answer(fds[i], &again, &silent);
	}
	for (i = 0; i < n; i++) {
		if (!docs[i])
			continue;
		answered++;
		each(docs[i], arg);
		json_decref(docs[i]);
	}
	if (n >= 0 && !answered && silent)
		return -ETIMEDOUT;
	return n < 0 ? n : answered;
}

int control_failed(int ret)
{
	if (ret == -ETIMEDOUT)
		return cli_fail("an xdp_bridge runs in this network namespace and has not answered "
				"for %d s: it is stopped, or this machine too busy; ask again",
				PATIENCE_S);
	if (ret == -EAGAIN)
		return cli_fail(
			"an xdp_bridge runs in this network namespace and takes nobody in: it is "
			"stopped, or this machine too busy; ask again");
	if (ret == -EMFILE || ret == -ENFILE)
		return cli_fail("there are too few file descriptors: `ulimit -n` permits more");
	return cli_fail("/proc/net/unix cannot be read: %s", strerror(-ret));
}

int control_reports(void (*each)(json_t *report, void *arg), void *arg)
{
	json_t *request = json_pack("{s:s}", "ask", "status");
	int n = control_ask_all(request, each, arg);

	json_decref(request);
	return n;
}
