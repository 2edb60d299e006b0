/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "xdp_bridge.h"

#include "cli.h"
#include "text.h"

#include <errno.h>
#include <getopt.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/timerfd.h>
#include <unistd.h>

#define ENTRIES_DEFAULT 131072
#define ENTRIES_MAX (64 << 20)
#define RECEIVE_BUFFER (128 << 20) /* an upper limit: takes only what waits */

static bool quiet;

/* A pipe that is full, or a terminal that was stopped: who reads it is not waited for, as the ports
 * and signals would be. */
static bool is_heard(void)
{
	struct pollfd pfd = {.fd = STDERR_FILENO, .events = POLLOUT};

	return poll(&pfd, 1, 0);
}

static void say(const char *sentence)
{
	char text[1024];

	snprintf(text, sizeof(text), "%s", sentence);
	utf8_clean(text);
	if (!quiet && is_heard())
		cli_say("%s", text);
}

/* ---- command line ---- */

static int option_mode(const char *text, enum fast_mode *mode)
{
	static const char *const names[] = {
		[FAST_AUTO] = "auto", [FAST_NATIVE] = "native", [FAST_GENERIC] = "generic"};
	int i;

	for (i = FAST_AUTO; i <= FAST_GENERIC; i++) {
		if (!strcmp(names[i], text)) {
			*mode = i;
			return 0;
		}
	}
	return cli_usage("--mode is auto, native or generic, not '%s'", text);
}

static int option(int c, struct follow_options *o)
{
	uint64_t n;

	switch (c) {
	case 'm':
		return option_mode(optarg, &o->mode);
	case 't':
		if (cli_number(optarg, 1, ENTRIES_MAX, &n))
			return cli_usage("--table takes 1 to %d addresses, not '%s'", ENTRIES_MAX,
					 optarg);
		o->entries = n;
		return 0;
	case 'a':
		if (policy_allow(optarg, &o->allow))
			return cli_usage("--allow does not know all of '%s'", optarg);
		return 0;
	case 'b':
		if (cli_number(optarg, 4096, 1 << 30, &n))
			return cli_usage("--receive-buffer takes 4096 to %d bytes, not '%s'",
					 1 << 30, optarg);
		o->receive_buffer = n;
		return 0;
	case 'q':
		quiet = true;
		return 0;
	}
	return cli_usage("the options are not right");
}

static int options(int argc, char **argv, struct follow_options *o)
{
	static const struct option known[] = {
		{"mode", required_argument, NULL, 'm'},
		{"table", required_argument, NULL, 't'},
		{"allow", required_argument, NULL, 'a'},
		{"receive-buffer", required_argument, NULL, 'b'},
		{"quiet", no_argument, NULL, 'q'},
		{0},
	};
	int c, ret;

	opterr = 0;
	while ((c = getopt_long(argc, argv, "", known, NULL)) != -1) {
		if (c == '?')
			return cli_usage("'%s' is no option, or lacks its value", argv[optind - 1]);
		ret = option(c, o);
		if (ret)
			return ret;
	}
	if (optind == argc)
		return cli_usage("name a bridge, or two or more ports");
	if (optind == argc - 1) {
		o->bridge = argv[optind];
	} else {
		o->ports = (const char *const *)&argv[optind];
		o->nports = argc - optind;
	}
	return 0;
}

/* ---- the loop ---- */

enum { ON_SIGNAL, ON_NETLINK, ON_TIMER, ON_CLIENT, SOURCES };

/* Who asks, and of what. */
struct clients {
	int fd;
	struct follow *f;
};

/* Between two parts of a dump, which may take minutes. */
static void meanwhile(void *arg)
{
	const struct clients *clients = arg;

	if (clients->f)
		control_serve(clients->fd, clients->f);
	service_alive();
}

static int signal_source(void)
{
	struct sigaction hangup;
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	/* nohup(1) has it ignored, and so it stays. */
	if (!sigaction(SIGHUP, NULL, &hangup) && hangup.sa_handler != SIG_IGN)
		sigaddset(&set, SIGHUP);
	signal(SIGPIPE, SIG_IGN);
	if (sigprocmask(SIG_BLOCK, &set, NULL))
		return -1;
	return signalfd(-1, &set, SFD_CLOEXEC);
}

static int timer_source(void)
{
	const struct itimerspec second = {{1, 0}, {1, 0}};
	int fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);

	if (fd >= 0)
		timerfd_settime(fd, 0, &second, NULL);
	return fd;
}

static int watch(int epoll, int fd, uint32_t source)
{
	struct epoll_event ev = {.events = EPOLLIN, .data.u32 = source};

	return fd < 0 ? 0 : epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &ev);
}

static int handle(uint32_t source, const int fds[SOURCES], struct follow *f, struct fast_error *err)
{
	uint64_t expired;

	switch (source) {
	case ON_NETLINK:
		return follow_ready(f, err);
	case ON_TIMER:
		if (read(fds[ON_TIMER], &expired, sizeof(expired)) < 0)
			return 0;
		return follow_tick(f, err);
	case ON_CLIENT:
		control_serve(fds[ON_CLIENT], f);
	}
	return 0;
}

static int failed(struct fast_error *err)
{
	utf8_clean(err->text);
	return is_heard() ? cli_fail("%s", err->text) : EXIT_NO;
}

static int loop(int epoll, const int fds[SOURCES], struct follow *f)
{
	struct fast_error err;
	struct epoll_event ev;
	int n;

	for (;;) {
		n = epoll_wait(epoll, &ev, 1, -1);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return cli_fail("epoll: %s", strerror(errno));
		if (ev.data.u32 == ON_SIGNAL)
			return EXIT_YES;
		n = handle(ev.data.u32, fds, f, &err);
		if (n)
			return n == -ECANCELED ? EXIT_YES : failed(&err);
		service_alive();
	}
}

static int follow(struct follow *f, int signals, struct clients *clients)
{
	int fds[SOURCES] = {signals, follow_fd(f), timer_source(), control_listen()};
	int epoll = epoll_create1(EPOLL_CLOEXEC), ret = 0, i;

	if (fds[ON_CLIENT] < 0)
		cli_say("`xdp_bridge status` will not find this process: %s",
			strerror(-fds[ON_CLIENT]));
	else
		*clients = (struct clients){fds[ON_CLIENT], f};
	for (i = 0; i < SOURCES; i++)
		ret |= watch(epoll, fds[i], i);
	if (!ret)
		service_notify("READY=1");
	ret = ret ? cli_fail("epoll: %s", strerror(errno)) : loop(epoll, fds, f);
	for (i = ON_TIMER; i < SOURCES; i++)
		if (fds[i] >= 0)
			close(fds[i]);
	close(epoll);
	return ret;
}

/* A descriptor a port, of which there may be 1023. */
static void room_for_files(void)
{
	struct rlimit files;

	if (getrlimit(RLIMIT_NOFILE, &files))
		return;
	files.rlim_cur = files.rlim_max;
	setrlimit(RLIMIT_NOFILE, &files);
}

int run(int argc, char **argv)
{
	struct clients clients = {-1, NULL};
	struct follow_options o = {.entries = ENTRIES_DEFAULT,
				   .receive_buffer = RECEIVE_BUFFER,
				   .meanwhile = {.call = meanwhile, .arg = &clients},
				   .say = say};
	struct fast_error err;
	struct follow *f;
	int ret, signals;

	ret = options(argc, argv, &o);
	if (ret)
		return ret;
	/* Before anything is set, so that no signal can end the process with it set. */
	signals = signal_source();
	room_for_files();
	if (signals < 0)
		return cli_fail("signals cannot be waited for: %s", strerror(errno));
	o.meanwhile.stop = signals;
	ret = follow_start(&f, &o, &err);
	if (ret) /* a signal, or why it cannot start */
		return ret == -ECANCELED ? EXIT_YES : failed(&err);
	ret = service_drop_privileges(f);
	if (ret) {
		follow_stop(f);
		return cli_fail("privileges cannot be given up: %s", strerror(-ret));
	}
	if (!sync_port_at(follow_sync(f), 0))
		say("no port yet: each is taken when it joins the bridge");
	ret = follow(f, signals, &clients);
	service_notify("STOPPING=1");
	follow_stop(f);
	close(signals);
	return ret;
}
