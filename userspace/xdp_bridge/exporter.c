/* SPDX-License-Identifier: GPL-2.0-or-later */
/* `xdp_bridge metrics`: OpenMetrics over HTTP. A process of its own that asks the running ones as
 * `status` does, so that no stranger's request is parsed where the ports are held, and no slow
 * reader is waited for there. */
#include "xdp_bridge.h"

#include "cli.h"
#include "stop.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#define CLIENTS 32
#define REQUEST_MAX 4096
#define CLIENT_SECONDS 5 /* for all of it: then it is given up */

struct client {
	int fd; /* -1: free */
	char request[REQUEST_MAX + 1];
	size_t len;
	char *answer; /* NULL: still asking */
	size_t answer_len, sent;
	time_t deadline;
};

struct exporter {
	int fd;
	char path[108]; /* of a Unix socket, to be removed; "" */
	struct client clients[CLIENTS];
};

static time_t now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec;
}

/* ---- where it listens ---- */

static int start(struct exporter *e, int family, const struct sockaddr *at, socklen_t len,
		 const char *name)
{
	int on = 1;

	e->fd = socket(family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (e->fd < 0)
		return cli_fail("no socket: %s", strerror(errno));
	setsockopt(e->fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (bind(e->fd, at, len) || listen(e->fd, CLIENTS))
		return cli_fail("%s cannot be listened on: %s", name, strerror(errno));
	return EXIT_YES;
}

/* A socket that nobody listens on was left by one that was killed. */
static void remove_stale(const struct sockaddr_un *at, socklen_t len)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	struct stat st;

	if (!lstat(at->sun_path, &st) && S_ISSOCK(st.st_mode) &&
	    connect(fd, (const struct sockaddr *)at, len) && errno == ECONNREFUSED)
		unlink(at->sun_path);
	if (fd >= 0)
		close(fd);
}

static int listen_unix(struct exporter *e, const char *path)
{
	struct sockaddr_un at = {.sun_family = AF_UNIX};
	int status;

	if (!*path || strlen(path) >= sizeof(at.sun_path))
		return cli_usage("--listen unix:PATH takes a path of 1 to %zu bytes",
				 sizeof(at.sun_path) - 1);
	strcpy(at.sun_path, path);
	remove_stale(&at, sizeof(at));
	status = start(e, AF_UNIX, (struct sockaddr *)&at, sizeof(at), path);
	if (!status)
		strcpy(e->path, path);
	return status;
}

/* "127.0.0.1:9810", "[::1]:9810", ":9810" for the loopback address. */
static int listen_tcp(struct exporter *e, const char *text)
{
	struct sockaddr_in6 v6 = {.sin6_family = AF_INET6};
	struct sockaddr_in v4 = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	const char *colon = strrchr(text, ':');
	size_t len = colon ? (size_t)(colon - text) : 0;
	char host[INET6_ADDRSTRLEN] = "";
	bool six = *text == '[' && len > 2 && text[len - 1] == ']';
	uint64_t port = 0;

	if (six)
		text++, len -= 2;
	if (!colon || len >= sizeof(host) || cli_number(colon + 1, 1, 65535, &port))
		return cli_usage("--listen takes tcp:ADDRESS:PORT or unix:PATH");
	memcpy(host, text, len);
	v4.sin_port = v6.sin6_port = htons((uint16_t)port);
	if (six ? inet_pton(AF_INET6, host, &v6.sin6_addr) != 1
		: len && inet_pton(AF_INET, host, &v4.sin_addr) != 1)
		return cli_usage("'%s' is no IP address: --listen takes tcp:ADDRESS:PORT", host);
	return six ? start(e, AF_INET6, (struct sockaddr *)&v6, sizeof(v6), text)
		   : start(e, AF_INET, (struct sockaddr *)&v4, sizeof(v4), text);
}

static int listen_at(struct exporter *e, const char *where)
{
	if (!strncmp(where, "unix:", 5))
		return listen_unix(e, where + 5);
	if (!strncmp(where, "tcp:", 4))
		return listen_tcp(e, where + 4);
	return cli_usage("--listen takes tcp:ADDRESS:PORT or unix:PATH, not '%s'", where);
}

/* ---- answers ---- */

static void collect(json_t *report, void *reports)
{
	json_array_append(reports, report);
}

/* How many answered, or -errno, and then it prints nothing: no samples would mean that none runs.
 */
static int print_body(FILE *to)
{
	json_t *reports = json_array();
	int n = control_reports(collect, reports);

	if (n >= 0)
		metrics_print(to, reports);
	json_decref(reports);
	return n;
}

static bool asks(const char *request, const char *method)
{
	size_t len = strlen(method);
	const char *path = request + len;

	return !strncmp(request, method, len) &&
	       (!strncmp(path, " /metrics ", 10) || !strncmp(path, " / ", 3) ||
		!strncmp(path, " /metrics?", 10));
}

static const char *status_line(const struct client *c)
{
	if (c->len == REQUEST_MAX)
		return "431 Request Header Fields Too Large";
	if (asks(c->request, "GET") || asks(c->request, "HEAD"))
		return "200 OK";
	if (!strncmp(c->request, "GET /", 5) || !strncmp(c->request, "HEAD /", 6))
		return "404 Not Found";
	return strstr(c->request, " HTTP/1.") ? "405 Method Not Allowed" : "400 Bad Request";
}

/* The head and, of GET, the body; c->answer stays NULL without memory. */
static void answer(struct client *c)
{
	const char *status = status_line(c);
	char *body = NULL;
	size_t len = 0;
	FILE *to = open_memstream(&body, &len);

	if (!to)
		return;
	if (*status == '2' && print_body(to) < 0)
		status = "503 Service Unavailable";
	if (*status != '2')
		fprintf(to, "%s\n", status);
	fclose(to);
	to = open_memstream(&c->answer, &c->answer_len);
	if (to) {
		fprintf(to,
			"HTTP/1.1 %s\r\nContent-Type: %s; charset=utf-8\r\nContent-Length: %zu\r\n"
			"%sConnection: close\r\n\r\n",
			status,
			*status == '2' ? "application/openmetrics-text; version=1.0.0"
				       : "text/plain",
			len, !strncmp(status, "405", 3) ? "Allow: GET, HEAD\r\n" : "");
		if (strncmp(c->request, "HEAD", 4))
			fwrite(body, 1, len, to);
		fclose(to);
	}
	free(body);
}

/* ---- clients ---- */

static void drop(struct client *c)
{
	close(c->fd);
	free(c->answer);
	*c = (struct client){.fd = -1};
}

static void welcome(struct exporter *e)
{
	int fd = accept4(e->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK), i;

	for (i = 0; fd >= 0 && i < CLIENTS; i++) {
		if (e->clients[i].fd >= 0)
			continue;
		e->clients[i].fd = fd;
		e->clients[i].deadline = now() + CLIENT_SECONDS;
		return;
	}
	if (fd >= 0)
		close(fd);
}

/* By its length: a request may hold zeros. */
static bool is_complete(const struct client *c)
{
	return c->len == REQUEST_MAX || memmem(c->request, c->len, "\r\n\r\n", 4) ||
	       memmem(c->request, c->len, "\n\n", 2);
}

/* False when the client is to be dropped. */
static bool listen_to(struct client *c)
{
	ssize_t n = recv(c->fd, c->request + c->len, REQUEST_MAX - c->len, 0);

	if (n <= 0)
		return n < 0 && (errno == EAGAIN || errno == EINTR);
	c->len += (size_t)n;
	c->request[c->len] = '\0';
	if (is_complete(c)) {
		answer(c);
		c->deadline = now() + CLIENT_SECONDS; /* one that is stopped is waited for longer */
		return c->answer;
	}
	return true;
}

static bool send_on(struct client *c)
{
	ssize_t n = send(c->fd, c->answer + c->sent, c->answer_len - c->sent, MSG_NOSIGNAL);

	if (n < 0)
		return errno == EAGAIN || errno == EINTR;
	c->sent += (size_t)n;
	return c->sent < c->answer_len;
}

static void serve(struct exporter *e, const struct pollfd *pfds)
{
	int i;

	for (i = 0; i < CLIENTS; i++) {
		struct client *c = &e->clients[i];
		bool stays = true;

		if (c->fd < 0)
			continue;
		if (pfds[i].fd == c->fd && pfds[i].revents)
			stays = c->answer ? send_on(c) : listen_to(c);
		if (!stays || now() > c->deadline)
			drop(c);
	}
}

static int loop(struct exporter *e)
{
	const struct timespec second = {.tv_sec = 1};
	struct pollfd pfds[CLIENTS + 1];
	sigset_t waiting;
	int i;

	stop_install();
	stop_hold(&waiting);
	while (!stop_asked()) {
		for (i = 0; i < CLIENTS; i++)
			pfds[i] =
				(struct pollfd){.fd = e->clients[i].fd,
						.events = e->clients[i].answer ? POLLOUT : POLLIN};
		pfds[CLIENTS] = (struct pollfd){.fd = e->fd, .events = POLLIN};
		if (ppoll(pfds, CLIENTS + 1, &second, &waiting) < 0 && errno != EINTR)
			return cli_fail("waiting for clients failed: %s", strerror(errno));
		if (stop_asked())
			break;
		serve(e, pfds);
		if (pfds[CLIENTS].revents)
			welcome(e);
	}
	return EXIT_YES;
}

int exporter(int argc, char **argv)
{
	static const struct option known[] = {{"listen", required_argument, NULL, 'l'}, {0}};
	static struct exporter e = {.fd = -1};
	const char *where = NULL;
	int c, i, ret;

	opterr = 0;
	while ((c = getopt_long(argc, argv, "", known, NULL)) != -1) {
		if (c == '?')
			return cli_usage("'%s' is no option, or lacks its value", argv[optind - 1]);
		where = optarg;
	}
	if (optind < argc)
		return cli_usage("metrics takes no '%s'", argv[optind]);
	if (!where) {
		ret = print_body(stdout);
		return ret < 0 ? control_failed(ret) : EXIT_YES;
	}
	for (i = 0; i < CLIENTS; i++)
		e.clients[i].fd = -1;
	ret = listen_at(&e, where);
	if (!ret)
		ret = loop(&e);
	for (i = 0; i < CLIENTS; i++)
		if (e.clients[i].fd >= 0)
			drop(&e.clients[i]);
	if (e.fd >= 0)
		close(e.fd);
	if (*e.path)
		unlink(e.path);
	return ret;
}
