/* SPDX-License-Identifier: GPL-2.0-or-later */
/* late -s SOURCE -d DESTINATION [-n ROUNDS] NETNS,IFNAME NETNS,IFNAME NETNS,PORT,PORT : how late a
 * bridge follows.
 *
 * Frames go from the first interface to the second; both ports of the bridge in the third become
 * isolated, and later not. Prints how long after the kernel's answer the last frame still arrived,
 * and how long after the other answer the first came again, in microseconds: median and most of
 * ROUNDS (50). */
#include "cli.h"
#include "netns_port.h"
#include "rtnl.h"

#include <errno.h>
#include <net/if.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define USAGE "-s SOURCE -d DESTINATION [-n ROUNDS] END END PORTS"

enum { TYPE = 0x88b5, ROUNDS_MAX = 1000, STEP_US = 20, SETTLE_US = 30000, REOPEN_US = 3000000 };

struct end {
	int fd, ifindex;
};

static uint8_t frame[60] = {[12] = TYPE >> 8, [13] = TYPE & 0xff};
static struct end from, to;
static struct mnl_socket *nl;
static int ports[2];

static int64_t now_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000ll + t.tv_nsec / 1000;
}

/* What follows the comma, which becomes the end of what stands before it; NULL without one. */
static char *split(char *text)
{
	char *comma = strchr(text, ',');

	if (comma)
		*comma++ = '\0';
	return comma;
}

static int open_end(struct end *end, char *text)
{
	char *ifname = split(text);

	if (!ifname)
		return cli_usage(USAGE);
	return netns_port_open(text, ifname, TYPE, &end->fd, &end->ifindex);
}

static int open_ports(char *text)
{
	char *first = split(text), *second = first ? split(first) : NULL;
	int ret;

	if (!second)
		return cli_usage(USAGE);
	ret = netns_enter(text);
	if (ret)
		return ret;
	ports[0] = (int)if_nametoindex(first);
	ports[1] = (int)if_nametoindex(second);
	if (!ports[0] || !ports[1])
		return cli_fail("there is no interface '%s' here", ports[0] ? second : first);
	nl = rtnl_open();
	return nl ? 0 : cli_fail("no netlink socket: %s", strerror(errno));
}

static void isolate(int port, uint8_t on)
{
	int ret = rtnl_set_port(nl, port, IFLA_BRPORT_ISOLATED, on);

	if (ret)
		exit(cli_fail("a port cannot be isolated: %s", strerror(-ret)));
}

/* Sends for so long, or until one arrives; when the last arrived, or 0. */
static int64_t send_for(int64_t us, bool until_first)
{
	int64_t end = now_us() + us, last = 0, next = 0;
	uint8_t got[128];

	while (now_us() < end && !(until_first && last)) {
		if (now_us() >= next) {
			rawport_send(from.fd, from.ifindex, frame, sizeof(frame));
			next = now_us() + STEP_US;
		}
		while (rawport_receive(to.fd, got, sizeof(got)) > 0)
			last = now_us();
	}
	return last;
}

static int compare(const void *a, const void *b)
{
	const int64_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

static void say(const char *what, int64_t *us, uint64_t n)
{
	qsort(us, n, sizeof(*us), compare);
	printf("%s %lld us, at most %lld us", what, (long long)us[n / 2], (long long)us[n - 1]);
}

static int run(uint64_t rounds)
{
	static int64_t closed[ROUNDS_MAX], open_again[ROUNDS_MAX];
	int64_t start, last;
	uint64_t i;

	for (i = 0; i < rounds; i++) {
		send_for(SETTLE_US, false);
		isolate(ports[0], 1);
		isolate(ports[1], 1);
		start = now_us();
		last = send_for(SETTLE_US, false);
		closed[i] = last > start ? last - start : 0;
		isolate(ports[0], 0);
		isolate(ports[1], 0);
		start = now_us();
		last = send_for(REOPEN_US, true);
		if (!last)
			return cli_fail("nothing arrives");
		open_again[i] = last - start;
	}
	say("isolated after", closed, rounds);
	say("; not after", open_again, rounds);
	putchar('\n');
	return EXIT_YES;
}

int main(int argc, char **argv)
{
	uint64_t rounds = 50;
	int c, ret;

	cli_init("late");
	while ((c = getopt(argc, argv, "s:d:n:")) != -1)
		if ((c == 's' && cli_mac(optarg, frame + 6)) ||
		    (c == 'd' && cli_mac(optarg, frame)) ||
		    (c == 'n' && cli_number(optarg, 1, ROUNDS_MAX, &rounds)) || c == '?')
			return cli_usage(USAGE);
	if (argc - optind != 3)
		return cli_usage(USAGE);
	ret = open_end(&from, argv[optind]);
	if (!ret)
		ret = open_end(&to, argv[optind + 1]);
	if (!ret)
		ret = open_ports(argv[optind + 2]);
	return ret ? ret : run(rounds);
}
