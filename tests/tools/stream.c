/* SPDX-License-Identifier: GPL-2.0-or-later */
/* stream [-r RATE] [-n FRAMES] [-l LENGTH] -s SOURCE -d DESTINATION FROM TO : numbered frames from
 * one interface to another, each given as NETNS,IFNAME.
 *
 * RATE frames a second (20000) in bursts of a millisecond or 64 frames, 0 for as fast as they go,
 * FRAMES of them (20000). Prints "sent N received N lost N duplicate N late N behind N gap N": late
 * are those that came after a later one, behind is the most numbers that any of them was behind,
 * gap the most consecutive numbers that are missing. */
#include "cli.h"
#include "netns_port.h"

#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define USAGE "[-r RATE] [-n FRAMES] [-l LENGTH] -s SOURCE -d DESTINATION NETNS,IFNAME NETNS,IFNAME"

enum { TYPE = 0x88b5, MARK = 0x7374726d, LONGEST = 16384, LAST_MS = 300, BURST = 64 };

struct end {
	int fd, ifindex;
};

static struct {
	uint64_t rate, frames, length;
	uint8_t source[6], dest[6];
} o = {20000, 20000, 60, {0}, {0}};

static struct {
	uint8_t *seen; /* by number */
	uint64_t sent, received, duplicate, late, behind, next;
} s;

static int open_end(struct end *end, char *text)
{
	char *ifname = strchr(text, ',');

	if (!ifname)
		return cli_usage(USAGE);
	*ifname++ = '\0';
	return netns_port_open(text, ifname, TYPE, &end->fd, &end->ifindex);
}

static void take(uint32_t number)
{
	s.received++;
	if (s.seen[number]) {
		s.duplicate++;
		return;
	}
	s.seen[number] = 1;
	if (number >= s.next) {
		s.next = number + 1;
		return;
	}
	s.late++;
	if (s.next - 1 - number > s.behind)
		s.behind = s.next - 1 - number;
}

static void drain(const struct end *to)
{
	static uint8_t frame[LONGEST];
	uint32_t tail[2];
	int len;

	while ((len = rawport_receive(to->fd, frame, sizeof(frame))) > 0) {
		if (len < 22)
			continue;
		memcpy(tail, frame + len - 8, 8);
		if (ntohl(tail[0]) == MARK && ntohl(tail[1]) < o.frames)
			take(ntohl(tail[1]));
	}
}

static void burst(const struct end *from, uint8_t *frame, uint64_t n)
{
	uint32_t tail[2] = {htonl(MARK), 0};

	for (; n && s.sent < o.frames; n--) {
		tail[1] = htonl((uint32_t)s.sent);
		memcpy(frame + o.length - 8, tail, 8);
		/* A full queue: the number is sent later. */
		if (rawport_send(from->fd, from->ifindex, frame, (uint32_t)o.length) < 0)
			return;
		s.sent++;
	}
}

static uint64_t now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

/* Bounded in time, too: three times what the rate says, and ten seconds. */
static void run(const struct end *from, const struct end *to)
{
	static uint8_t frame[LONGEST];
	uint64_t start = now_ns(), due, end;
	struct pollfd pfd = {.fd = to->fd, .events = POLLIN};

	memcpy(frame, o.dest, 6);
	memcpy(frame + 6, o.source, 6);
	frame[12] = TYPE >> 8;
	frame[13] = TYPE & 0xff;
	end = start + 10000000000u + (o.rate ? 3 * o.frames * 1000000000u / o.rate : 0);
	while (s.sent < o.frames && now_ns() < end) {
		due = o.rate ? (now_ns() - start) * o.rate / 1000000000u : s.sent + BURST;
		due = due < s.sent ? s.sent : due;
		/* Never more than the receiving socket holds: what it drops is not the bridge's
		 * loss. */
		burst(from, frame, due - s.sent < BURST ? due - s.sent : BURST);
		drain(to);
		if (due <= s.sent)
			usleep(1000);
	}
	while (poll(&pfd, 1, LAST_MS) > 0)
		drain(to);
}

static uint64_t longest_gap(void)
{
	uint64_t i, gap = 0, most = 0;

	for (i = 0; i < s.sent; i++) {
		gap = s.seen[i] ? 0 : gap + 1;
		most = gap > most ? gap : most;
	}
	return most;
}

static int options(int argc, char **argv)
{
	bool source = false, dest = false;
	int c;

	while ((c = getopt(argc, argv, "r:n:l:s:d:")) != -1) {
		if ((c == 'r' && cli_number(optarg, 0, 10000000, &o.rate)) ||
		    (c == 'n' && cli_number(optarg, 1, 100000000, &o.frames)) ||
		    (c == 'l' && cli_number(optarg, 60, LONGEST - 4, &o.length)) || c == '?')
			return cli_usage(USAGE);
		if (c == 's')
			source = !cli_mac(optarg, o.source);
		if (c == 'd')
			dest = !cli_mac(optarg, o.dest);
	}
	return source && dest && argc - optind == 2 ? 0 : cli_usage(USAGE);
}

int main(int argc, char **argv)
{
	struct end from, to;
	int ret;

	cli_init("stream");
	ret = options(argc, argv);
	if (!ret)
		ret = open_end(&from, argv[optind]);
	if (!ret)
		ret = open_end(&to, argv[optind + 1]);
	if (ret)
		return ret;
	s.seen = calloc(o.frames, 1);
	if (!s.seen)
		return cli_fail("no memory");
	run(&from, &to);
	printf("sent %llu received %llu lost %llu duplicate %llu late %llu behind %llu gap %llu\n",
	       (unsigned long long)s.sent, (unsigned long long)s.received,
	       (unsigned long long)(s.sent - (s.received - s.duplicate)),
	       (unsigned long long)s.duplicate, (unsigned long long)s.late,
	       (unsigned long long)s.behind, (unsigned long long)longest_gap());
	free(s.seen);
	return EXIT_YES;
}
