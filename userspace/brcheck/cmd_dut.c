/* SPDX-License-Identifier: GPL-2.0-or-later */
/* brcheck dut: a scenario through a device under test that is cabled to this machine's NICs. */
#include <errno.h>
#include <getopt.h>
#include <net/if.h>
#include <net/if_arp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include "brcheck.h"
#include "cli.h"
#include "engines.h"
#include "rawport.h"

enum { STEPS_TIME_MAX = 600, QUIET_MS = 50, RATE_MAX = 10000 };

static const char help[] =
	"usage: brcheck dut --port NAME=INTERFACE --port NAME=INTERFACE ... [options] SCENARIO\n"
	"Sends the scenario's frames to a bridge or switch that is cabled to these interfaces, "
	"listens\n"
	"on the others, and compares with the reference bridge. The device has to be configured "
	"as\n"
	"the scenario says, and should not know the scenario's hosts yet.\n\n"
	"  -p, --port NAME=INTERFACE  a port of the device and the interface at its other end\n"
	"      --rate N               frames a second at most (100; at most 10000)\n"
	"      --time SECONDS         give up after so long (60; at most 600)\n"
	"      --quiet MS             a frame has left when nothing came for so long (50)\n"
	"The interfaces are promiscuous while it runs, and only then.\n";

struct nic {
	const char *name;
	int index, fd;
};

struct dut {
	struct nic nic[BRM_PORTS_MAX]; /* by the scenario's port */
	struct scenario s;
	const char *path;
	const char *args[BRM_PORTS_MAX];
	int nargs;
	uint64_t rate, seconds, quiet_ms;
	int64_t end_ns;
};

static int64_t clock_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

static int option(struct dut *d, int c)
{
	switch (c) {
	case 'p':
		if (!strchr(optarg, '=') || d->nargs == BRM_PORTS_MAX)
			return cli_usage("--port wants NAME=INTERFACE, not '%s'", optarg);
		d->args[d->nargs++] = optarg;
		return 0;
	case 'r':
		return cli_number(optarg, 1, RATE_MAX, &d->rate)
			       ? cli_usage("--rate wants 1 to %d, not '%s'", RATE_MAX, optarg)
			       : 0;
	case 't':
		return cli_number(optarg, 1, STEPS_TIME_MAX, &d->seconds)
			       ? cli_usage("--time wants 1 to %d, not '%s'", STEPS_TIME_MAX, optarg)
			       : 0;
	case 'q':
		return cli_number(optarg, 1, 10000, &d->quiet_ms)
			       ? cli_usage("--quiet wants 1 to 10000, not '%s'", optarg)
			       : 0;
	default:
		return 0;
	}
}

static int read_options(struct dut *d, int argc, char **argv)
{
	static const struct option options[] = {
		{"port", required_argument, 0, 'p'}, {"rate", required_argument, 0, 'r'},
		{"time", required_argument, 0, 't'}, {"quiet", required_argument, 0, 'q'},
		{"help", no_argument, 0, 'h'},       {0, 0, 0, 0}};
	int c, ret;

	opterr = 0;
	while ((c = getopt_long(argc, argv, ":p:h", options, NULL)) != -1) {
		if (c == 'h') {
			fputs(help, stdout);
			return -1;
		}
		if (c == '?' || c == ':')
			return cli_bad_option(argv, c);
		ret = option(d, c);
		if (ret)
			return ret;
	}
	if (optind + 1 != argc)
		return cli_usage("dut wants one scenario");
	d->path = argv[optind];
	return 0;
}

/* What the text changes after its first frame nobody can do to the device. */
static int check_steps(const struct dut *d)
{
	bool sent = false;
	size_t i;

	for (i = 0; i < d->s.count; i++) {
		if (sent && d->s.steps[i].kind != STEP_SEND)
			return cli_fail("%s:%u: a device under test cannot be changed on the way",
					d->path, d->s.steps[i].line);
		sent = sent || d->s.steps[i].kind == STEP_SEND;
	}
	return sent ? 0 : cli_fail("%s sends no frame", d->path);
}

static int open_nic(struct nic *n)
{
	struct ifreq req = {0};
	int ret;

	n->fd = rawport_open(n->index, 0x0003);
	if (n->fd < 0)
		return cli_fail("%s: no packet socket (run as root): %s", n->name,
				strerror(-n->fd));
	snprintf(req.ifr_name, sizeof(req.ifr_name), "%s", n->name);
	if (ioctl(n->fd, SIOCGIFFLAGS, &req) || !(req.ifr_flags & IFF_UP) ||
	    !(req.ifr_flags & IFF_RUNNING))
		return cli_fail(
			"%s is not up or has no carrier: `ip link set %s up`, and check the cable",
			n->name, n->name);
	if (ioctl(n->fd, SIOCGIFHWADDR, &req) || req.ifr_hwaddr.sa_family != ARPHRD_ETHER)
		return cli_fail("%s is no Ethernet interface", n->name);
	ret = rawport_promiscuous(n->fd, n->index);
	return ret ? cli_fail("%s does not become promiscuous: %s", n->name, strerror(-ret)) : 0;
}

static int bind_port(struct dut *d, const char *arg)
{
	char name[SCENARIO_NAME_MAX];
	const char *eq = strchr(arg, '=');
	int port = -ENOENT, i;

	if (eq - arg < (int)sizeof(name)) {
		memcpy(name, arg, eq - arg);
		name[eq - arg] = 0;
		port = scenario_port(&d->s, name);
	}
	if (port < 0)
		return cli_fail("%s has no port '%.*s'", d->path, (int)(eq - arg), arg);
	if (d->nic[port].name)
		return cli_usage("port '%s' is given twice", name);
	d->nic[port].name = eq + 1;
	d->nic[port].index = if_nametoindex(eq + 1);
	if (!d->nic[port].index)
		return cli_fail("there is no interface '%s'; `ip link` shows those there are",
				eq + 1);
	for (i = 0; i < d->s.ports; i++)
		if (i != port && d->nic[i].index == d->nic[port].index)
			return cli_usage("interface '%s' is given twice", eq + 1);
	return open_nic(&d->nic[port]);
}

static int bind_ports(struct dut *d)
{
	int i, ret = 0;

	for (i = 0; i < d->nargs && !ret; i++)
		ret = bind_port(d, d->args[i]);
	for (i = 0; i < d->s.ports && !ret; i++)
		if (!d->nic[i].name)
			ret = cli_usage(
				"the scenario's port '%s' has no interface: --port %s=INTERFACE",
				d->s.names[i], d->s.names[i]);
	return ret;
}

/* Frames of the scenario's own sources; the device may say things of its own. */
static bool ours(const struct dut *d, const uint8_t *frame)
{
	size_t i;

	for (i = 0; i < d->s.count; i++)
		if (d->s.steps[i].kind == STEP_SEND && d->s.steps[i].len >= 12 &&
		    !memcmp(d->s.steps[i].frame + 6, frame + 6, 6))
			return true;
	return false;
}

static int take_waiting(struct dut *d, int port, struct outcome *out)
{
	uint8_t frame[SCENARIO_FRAME_MAX + 4];
	int n, ret = 0;

	while (!ret && (n = rawport_receive(d->nic[port].fd, frame, sizeof(frame))) >= 0)
		if (n >= 14 && ours(d, frame))
			ret = outcome_add(out, port, frame, n);
	return ret;
}

/* Until nothing has come for a while. */
static int listen_quiet(struct dut *d, struct outcome *out)
{
	struct pollfd pfd[BRM_PORTS_MAX];
	int i, n, ret = 0;

	for (i = 0; i < d->s.ports; i++)
		pfd[i] = (struct pollfd){.fd = d->nic[i].fd, .events = POLLIN};
	while (!ret && clock_ns() < d->end_ns) {
		n = poll(pfd, d->s.ports, d->quiet_ms);
		if (n <= 0)
			return n;
		for (i = 0; i < d->s.ports && !ret; i++)
			if (pfd[i].revents)
				ret = take_waiting(d, i, out);
	}
	return ret ? ret : -ETIMEDOUT;
}

static void wait_until(int64_t ns)
{
	struct timespec t = {.tv_sec = ns / 1000000000, .tv_nsec = ns % 1000000000};

	clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, NULL);
}

/* A NIC sends no frame shorter than 60 bytes: it pads (IEEE 802.3-2018, 4.2.3.3). */
static int model_padded(const struct run *model, size_t step, struct outcome *out)
{
	const struct outcome *m = &model->outcome[step];
	uint8_t frame[SCENARIO_FRAME_MAX + BRM_FRAME_EXTRA];
	int i, ret = 0;

	for (i = 0; i < m->count && !ret; i++) {
		memset(frame, 0, 60);
		memcpy(frame, m->bytes + m->frame[i].at, m->frame[i].len);
		ret = outcome_add(out, m->frame[i].port, frame,
				  m->frame[i].len < 60 ? 60 : m->frame[i].len);
	}
	return ret;
}

/* 1: as the model, 0: a difference, negative: it could not be done. */
static int one_frame(struct dut *d, const struct run *model, size_t i, char *why, size_t size)
{
	const struct step *st = &d->s.steps[i];
	struct outcome want = {0}, got = {0}, drop = {0};
	uint8_t frame[SCENARIO_FRAME_MAX] = {0};
	int k, ret = 0;

	for (k = 0; k < d->s.ports && !ret; k++) /* what came meanwhile belongs to no frame */
		ret = take_waiting(d, k, &drop);
	memcpy(frame, st->frame, st->len);
	if (!ret)
		ret = rawport_send(d->nic[st->port].fd, d->nic[st->port].index, frame,
				   st->len < 60 ? 60 : st->len);
	if (!ret)
		ret = listen_quiet(d, &got);
	if (!ret)
		ret = model_padded(model, i, &want);
	if (ret)
		snprintf(why, size, "%s",
			 ret == -ETIMEDOUT ? "the time is up (--time)" : strerror(-ret));
	else
		ret = outcome_equal(&d->s, "the model", &want, "the device", &got, why, size);
	outcome_free(&want);
	outcome_free(&got);
	outcome_free(&drop);
	return ret;
}

static int send_all(struct dut *d, const struct run *model)
{
	int64_t start = clock_ns(), next = start;
	uint64_t sent = 0;
	char why[400];
	size_t i;
	int ret;

	d->end_ns = start + (int64_t)d->seconds * 1000000000;
	for (i = 0; i < d->s.count; i++) {
		const struct step *st = &d->s.steps[i];

		if (st->kind != STEP_SEND)
			continue;
		if (start + st->at_ns > next)
			next = start + st->at_ns;
		if (next > d->end_ns)
			return cli_fail("%s:%u: this frame's time is behind the end (--time %llu)",
					d->path, st->line, (unsigned long long)d->seconds);
		wait_until(next);
		next = clock_ns() + 1000000000 / (int64_t)d->rate;
		ret = one_frame(d, model, i, why, sizeof(why));
		if (ret <= 0)
			return cli_fail("%s:%u: %s", d->path, st->line, why);
		sent++;
	}
	printf("%s: the device agrees with the model on %llu frames\n", d->path,
	       (unsigned long long)sent);
	return EXIT_YES;
}

static int run(struct dut *d)
{
	struct scenario_error serr;
	struct run_error err;
	struct run model;
	int ret;

	if (scenario_read(&d->s, d->path, &serr))
		return cli_fail("%s", serr.text);
	ret = check_steps(d);
	if (!ret)
		ret = bind_ports(d);
	if (ret)
		return ret;
	if (engine_run(&engine_model, &d->s, d->path, &model, &err))
		return cli_fail("%s", err.text);
	ret = send_all(d, &model);
	run_free(&model, &d->s);
	return ret;
}

int cmd_dut(int argc, char **argv)
{
	struct dut *d = calloc(1, sizeof(*d));
	int ret, i;

	if (!d)
		return cli_fail("no memory");
	d->rate = 100;
	d->seconds = 60;
	d->quiet_ms = QUIET_MS;
	for (i = 0; i < BRM_PORTS_MAX; i++)
		d->nic[i].fd = -1;
	ret = read_options(d, argc, argv);
	if (!ret)
		ret = run(d);
	for (i = 0; i < BRM_PORTS_MAX; i++)
		if (d->nic[i].fd >= 0)
			close(d->nic[i].fd);
	scenario_free(&d->s);
	free(d);
	return ret < 0 ? EXIT_YES : ret;
}
