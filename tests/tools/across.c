/* SPDX-License-Identifier: GPL-2.0-or-later */
/* across [-g MS] STATION=NETNS,IFNAME... : frames from station to station, and where each of them
 * arrives.
 *
 * Standard input holds a line for each frame: STATION DESTINATION SOURCE [type=HEX] [len=N]
 * [vlan=N] [prio=N] [ad] [times=N]. An address is XX:XX:XX:XX:XX:XX or a letter, A for
 * 02:00:00:00:00:0a. Printed is the line, and after "=>" the stations at which each copy (three, if
 * `times` says no other) arrived within MS (15), with the VLAN and priority of its tag, "-" for
 * none; copies are separated by "|". */
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

enum {
	STATIONS = 16,
	LONGEST = 16384,
	PROTO_ALL = 3,
	MARK = 0x61637273,
	LINES = 256,
	COPIES = 4096
};
enum { QUIET_MS = 40 };

static struct station {
	char name[8];
	int fd, ifindex;
} stations[STATIONS];
static int count, gap_ms = 3;

/* Of each copy, by its serial number: where it arrived, and how. */
static char seen[COPIES][STATIONS][24];
static uint32_t copies;

struct order {
	uint8_t dest[6], source[6];
	uint32_t type, len, vlan, prio, times, proto;
	bool tagged;
	struct station *from;
};

static int open_station(char *text)
{
	struct station *s = &stations[count];
	char *path = strchr(text, '='), *ifname = path ? strchr(path, ',') : NULL;
	int ret;

	if (!ifname || count == STATIONS)
		return cli_usage("'%s' is no STATION=NETNS,IFNAME", text);
	*path++ = *ifname++ = '\0';
	snprintf(s->name, sizeof(s->name), "%s", text);
	ret = netns_port_open(path, ifname, PROTO_ALL, &s->fd, &s->ifindex);
	count += !ret;
	return ret;
}

static bool parse_mac(const char *text, uint8_t mac[6])
{
	if (text[0] >= 'A' && text[0] <= 'Z' && !text[1]) {
		memcpy(mac, (uint8_t[]){2, 0, 0, 0, 0, (uint8_t)(text[0] - 'A' + 10)}, 6);
		return true;
	}
	return !cli_mac(text, mac);
}

static bool parse_word(const char *word, struct order *o)
{
	if (!strcmp(word, "ad"))
		o->proto = 0x88a8;
	else if (sscanf(word, "vlan=%u", &o->vlan) == 1 || sscanf(word, "prio=%u", &o->prio) == 1)
		o->tagged = true;
	else if (sscanf(word, "type=%x", &o->type) != 1 && sscanf(word, "len=%u", &o->len) != 1 &&
		 sscanf(word, "times=%u", &o->times) != 1)
		return false;
	return o->len >= 60 && o->len <= LONGEST - 4;
}

static bool parse(char *line, struct order *o)
{
	char *word, *rest = line;
	int i;

	*o = (struct order){.type = 0x88b5, .len = 60, .times = 3, .proto = 0x8100};
	word = strtok_r(rest, " \n", &rest);
	for (i = 0; word && i < count; i++)
		if (!strcmp(stations[i].name, word))
			o->from = &stations[i];
	word = strtok_r(NULL, " \n", &rest);
	if (!o->from || !word || !parse_mac(word, o->dest))
		return false;
	word = strtok_r(NULL, " \n", &rest);
	if (!word || !parse_mac(word, o->source))
		return false;
	while ((word = strtok_r(NULL, " \n", &rest)))
		if (!parse_word(word, o))
			return false;
	return true;
}

static void put16(uint8_t *at, uint32_t value)
{
	at[0] = (uint8_t)(value >> 8);
	at[1] = (uint8_t)value;
}

/* Mark and serial number are the last eight bytes. */
static uint32_t build(uint8_t *frame, const struct order *o)
{
	uint32_t tail[2] = {htonl(MARK), htonl(copies)}, at = 12;

	memset(frame, 0, o->len);
	memcpy(frame, o->dest, 6);
	memcpy(frame + 6, o->source, 6);
	if (o->tagged) {
		put16(frame + at, o->proto);
		put16(frame + at + 2, o->prio << 13 | o->vlan);
		at += 4;
	}
	put16(frame + at, o->type);
	memcpy(frame + o->len - 8, tail, 8);
	return o->len;
}

static void note(int station, const uint8_t *frame, int len)
{
	uint32_t tail[2], type = (uint32_t)frame[12] << 8 | frame[13];
	size_t used;
	char *text;

	if (len < 56) /* 60 octets, whose tag was taken off */
		return;
	memcpy(tail, frame + len - 8, 8);
	if (ntohl(tail[0]) != MARK || ntohl(tail[1]) >= copies)
		return;
	text = seen[ntohl(tail[1])][station];
	used = strlen(text);
	if (type == 0x8100 || type == 0x88a8)
		snprintf(text + used, sizeof(seen[0][0]) - used, " %s:%s%u/%u",
			 stations[station].name, type == 0x88a8 ? "ad" : "",
			 (frame[14] << 8 | frame[15]) & 0xfff, frame[14] >> 5);
	else
		snprintf(text + used, sizeof(seen[0][0]) - used, " %s", stations[station].name);
}

static int64_t now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* For `ms`; where `quiet`, from the last arrival on. */
static void receive(int ms, bool quiet)
{
	static uint8_t frame[LONGEST];
	int64_t end = now_ms() + ms, left;
	struct pollfd fds[STATIONS];
	int i, len;

	for (i = 0; i < count; i++)
		fds[i] = (struct pollfd){.fd = stations[i].fd, .events = POLLIN};
	while ((left = end - now_ms()) > 0 && poll(fds, (nfds_t)count, (int)left) >= 0)
		for (i = 0; i < count; i++)
			while ((len = rawport_receive(stations[i].fd, frame, sizeof(frame))) > 0) {
				note(i, frame, len);
				end = quiet ? now_ms() + ms : end;
			}
}

/* A station without a carrier cannot send: then nothing arrives. */
static void send_copies(const struct order *o)
{
	static uint8_t frame[LONGEST];
	uint32_t i, len;

	for (i = 0; i < o->times && copies < COPIES; i++) {
		len = build(frame, o);
		copies++;
		rawport_send(o->from->fd, o->from->ifindex, frame, len);
		receive(gap_ms, false);
	}
}

static void print(const char *line, uint32_t first, uint32_t times)
{
	uint32_t i;
	int s, len;

	printf("%s =>", line);
	for (i = first; i < first + times && i < copies; i++) {
		fputs(i > first ? " |" : "", stdout);
		for (s = 0, len = 0; s < count; s++)
			len += printf("%s", seen[i][s]);
		fputs(len ? "" : " -", stdout);
	}
	putchar('\n');
}

static int run(void)
{
	static char lines[LINES][128];
	static struct order orders[LINES];
	uint32_t first = 0;
	char copy[128];
	int n = 0, i;

	while (n < LINES && fgets(lines[n], sizeof(lines[n]), stdin)) {
		lines[n][strcspn(lines[n], "\n")] = '\0';
		strcpy(copy, lines[n]);
		if (!*copy)
			continue;
		if (!parse(copy, &orders[n]))
			return cli_fail("'%s' is no frame", lines[n]);
		n++;
	}
	for (i = 0; i < n; i++)
		send_copies(&orders[i]);
	receive(QUIET_MS, true);
	for (i = 0; i < n; i++) {
		print(lines[i], first, orders[i].times);
		first += orders[i].times;
	}
	return EXIT_YES;
}

int main(int argc, char **argv)
{
	int c;

	cli_init("across");
	while ((c = getopt(argc, argv, "g:")) != -1) {
		if (c != 'g')
			return cli_usage("[-g MS] STATION=NETNS,IFNAME...");
		gap_ms = atoi(optarg);
	}
	for (; optind < argc; optind++) {
		c = open_station(argv[optind]);
		if (c)
			return c;
	}
	return run();
}
