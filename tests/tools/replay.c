/* SPDX-License-Identifier: GPL-2.0-or-later */
/* replay -i IFNAME -r FILE [-s MAC] [-n TIMES] [-p PER_SECOND] : sends a capture's frames out of an
 * interface.
 *
 * For the tests' own namespaces: at most a million frames and a minute. Frames that were kept in
 * part only, and those the interface cannot take (shorter than an Ethernet header, longer than its
 * MTU), are left out and counted. Prints "sent N, left out N". */
#include "capfile.h"
#include "cli.h"

#include <errno.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define FRAMES_MAX 1000000
#define SECONDS_MAX 60

struct options {
	const char *ifname, *file;
	uint8_t source[6];
	bool only_source;
	uint64_t times, per_second;
};

static uint64_t now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static int packet_socket(const char *ifname)
{
	struct sockaddr_ll sll = {.sll_family = AF_PACKET,
				  .sll_ifindex = (int)if_nametoindex(ifname)};
	int fd;

	if (!sll.sll_ifindex)
		return -cli_fail("there is no interface '%s' here", ifname);
	fd = socket(AF_PACKET, SOCK_RAW, 0);
	if (fd < 0 || bind(fd, (struct sockaddr *)&sll, sizeof(sll)))
		return -cli_fail("'%s': no packet socket: %s", ifname, strerror(errno));
	return fd;
}

/* 1 sent, 0 left out, -1 with a sentence. */
static int send_one(int fd, const struct options *o, const struct capfile_packet *p)
{
	if (p->caplen < p->len || p->caplen < ETH_HLEN)
		return 0;
	if (o->only_source && memcmp(p->data + 6, o->source, 6))
		return 0;
	while (send(fd, p->data, p->caplen, 0) < 0) {
		if (errno == EMSGSIZE)
			return 0;
		if (errno != ENOBUFS && errno != EINTR)
			return -cli_fail("'%s': packet %llu could not be sent: %s", o->ifname,
					 (unsigned long long)p->number, strerror(errno));
	}
	return 1;
}

static int replay(int fd, const struct options *o)
{
	uint64_t sent = 0, left = 0, start = now_ns();
	struct capfile_packet p;
	struct capfile_error err = {""};
	struct capfile *cf;
	int ret = 0;

	for (uint64_t n = 0; n < o->times && ret >= 0; n++) {
		if (capfile_open(&cf, o->file, &err))
			return cli_fail("%s", err.text);
		while ((ret = capfile_next(cf, &p, &err)) == 1) {
			ret = send_one(fd, o, &p);
			if (ret < 0 || sent >= FRAMES_MAX ||
			    now_ns() - start > SECONDS_MAX * 1000000000ull)
				break;
			*(ret ? &sent : &left) += 1;
			while (ret && o->per_second &&
			       now_ns() - start < sent * 1000000000u / o->per_second)
				usleep(50);
		}
		capfile_close(cf);
		if (ret < 0 && *err.text)
			cli_fail("%s", err.text);
	}
	printf("sent %llu, left out %llu\n", (unsigned long long)sent, (unsigned long long)left);
	return ret < 0 ? EXIT_NO : EXIT_YES;
}

int main(int argc, char **argv)
{
	struct options o = {.times = 1};
	int c, fd;

	cli_init("replay");
	while ((c = getopt(argc, argv, "i:r:s:n:p:")) != -1) {
		if (c == 'i')
			o.ifname = optarg;
		else if (c == 'r')
			o.file = optarg;
		else if (c == 's' && !cli_mac(optarg, o.source))
			o.only_source = true;
		else if (!(c == 'n' && !cli_number(optarg, 1, FRAMES_MAX, &o.times)) &&
			 !(c == 'p' && !cli_number(optarg, 1, FRAMES_MAX, &o.per_second)))
			return cli_usage("-i IFNAME -r FILE [-s MAC] [-n TIMES] [-p PER_SECOND]");
	}
	if (!o.ifname || !o.file)
		return cli_usage("-i IFNAME -r FILE [-s MAC] [-n TIMES] [-p PER_SECOND]");
	fd = packet_socket(o.ifname);
	return fd < 0 ? EXIT_NO : replay(fd, &o);
}
