/* SPDX-License-Identifier: GPL-2.0-or-later */
/* strays [-r RATE] [-s SEED] STATION,NETNS,IFNAME... : frames that flow all the time between
 * stations, and whether each may have arrived where it did, while somebody changes the bridge.
 *
 * RATE frames a second (2000). Stations and addresses are numbers from 1 on: an address N is
 * 02:00:00:00:01:N, ADDRESSES of them (40), 0 is broadcast. A host is an address that a station
 * sends from. The other side says on standard input what the bridge may do from now on; a frame
 * that arrives is a stray when nothing that was said from when it was sent until now allows it. So
 * what is about to be allowed is said before the change, what is no longer allowed after it.
 *
 *   port STATION FORWARDS ISOLATED HAIRPIN FLOOD BCAST_FLOOD   each 0 or 1
 *   host ADDRESS STATION       it sends from there; frames to it may arrive there, too
 *   entry ADDRESS MASK FLOODED frames to it may arrive at the stations of MASK (bit N), and, if
 *                              FLOODED is 1, at all where unknown ones are flooded
 *   stop, go                   stop waits until no frame is on its way
 *   burst STATION              one frame between each two hosts, of which one is there; 0: all
 *   hello                      each host sends a broadcast
 *   exact                      each host sends COPIES frames to each address: they must arrive as
 *                              said, at all stations of MASK or, where FLOODED, at all flooded
 *   count                      "sent N received N strays N"
 *
 * Each is answered with a line, "ok" or what it asked for, or "bad N" from exact: so many frames
 * arrived otherwise. Strays and these are said on standard error. */
#include "cli.h"
#include "netns_port.h"

#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum {
	TYPE = 0x88b5,
	MARK = 0x73747279,
	STATIONS = 16,
	ADDRESSES = 40,
	BROADCAST = 0,
	LENGTH = 64,
	COPIES = 3,
	KEPT = 1024,       /* states */
	NUMBERS = 1 << 16, /* frames whose arrivals are remembered */
	QUIET_MS = 60,
	LATE_MS = 2000,
	BURST = 32,
	TOLD = 40 /* strays said in full */
};

struct port {
	bool forwards, isolated, hairpin, flood, broadcast;
};

struct entry {
	uint32_t mask;
	bool flooded;
	uint8_t home; /* of a host: its station; 0: nobody sends from it */
};

/* What the bridge may do, as it was said. */
struct state {
	struct port port[STATIONS];
	struct entry entry[ADDRESSES + 1];
};

struct mark {
	uint32_t mark, state, number;
	uint8_t from, source, dest, pad;
};

static struct {
	int fd, ifindex;
} stations[STATIONS]; /* from 1 on */
static int nstations = 1;
static struct state states[KEPT];
static uint32_t now_state;
static struct arrival {
	uint32_t number, at; /* bit N: at station N */
	uint8_t source, dest;
} arrivals[NUMBERS];
static uint32_t sent;
static uint64_t received, strays, seed = 1, rate = 2000;
static bool flowing;

static struct state *state(void)
{
	return &states[now_state % KEPT];
}

/* The state from now on, to be changed. */
static struct state *next_state(void)
{
	struct state *was = state();

	now_state++;
	*state() = *was;
	return state();
}

static uint32_t any(uint32_t below)
{
	seed = seed * 6364136223846793005ull + 1442695040888963407ull;
	return (uint32_t)((seed >> 33) % below);
}

static int64_t now_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000ll + t.tv_nsec / 1000;
}

/* ---- what may be ---- */

static bool passes(const struct state *s, int from, int to)
{
	const struct port *in = &s->port[from], *out = &s->port[to];

	if (!in->forwards || !out->forwards || (from == to && !in->hairpin))
		return false;
	return !(in->isolated && out->isolated);
}

static bool may(const struct state *s, int from, int to, int dest)
{
	const struct entry *e = &s->entry[dest];

	if (!passes(s, from, to))
		return false;
	if (dest == BROADCAST)
		return s->port[to].broadcast;
	return e->mask >> to & 1 || e->home == to || (e->flooded && s->port[to].flood);
}

static bool might(const struct mark *m, int to)
{
	uint32_t first = m->state, i;

	if (now_state - first >= KEPT)
		first = now_state - KEPT + 1;
	for (i = first; i <= now_state; i++)
		if (may(&states[i % KEPT], m->from, to, m->dest))
			return true;
	return false;
}

static void stray(const struct mark *m, int to, const char *what)
{
	const struct state *s = state();
	const struct port *in = &s->port[m->from], *out = &s->port[to];

	if (++strays > TOLD)
		return;
	fprintf(stderr,
		"stray: frame %u from station %u, address %u to %u, at station %d: %s; sent in "
		"state %u, now %u; entry: mask %x flooded %d home %u; in: forwards %d isolated %d "
		"hairpin %d; out: forwards %d isolated %d flood %d\n",
		m->number, m->from, m->source, m->dest, to, what, m->state, now_state,
		s->entry[m->dest].mask, s->entry[m->dest].flooded, s->entry[m->dest].home,
		in->forwards, in->isolated, in->hairpin, out->forwards, out->isolated, out->flood);
}

/* ---- frames ---- */

static void put_address(uint8_t *at, int address)
{
	if (address == BROADCAST)
		memset(at, 0xff, 6);
	else
		memcpy(at, (uint8_t[]){2, 0, 0, 0, 1, (uint8_t)address}, 6);
}

static void send_one(int source, int dest)
{
	int from = state()->entry[source].home;
	struct mark m = {.mark = MARK,
			 .state = now_state,
			 .number = sent,
			 .from = (uint8_t)from,
			 .source = (uint8_t)source,
			 .dest = (uint8_t)dest};
	uint8_t frame[LENGTH] = {[12] = TYPE >> 8, [13] = TYPE & 0xff};

	put_address(frame, dest);
	put_address(frame + 6, source);
	memcpy(frame + 14, &m, sizeof(m));
	arrivals[sent % NUMBERS] =
		(struct arrival){.number = sent, .source = (uint8_t)source, .dest = (uint8_t)dest};
	/* A station without a carrier cannot send. */
	if (!rawport_send(stations[from].fd, stations[from].ifindex, frame, LENGTH))
		sent++;
}

static void arrived(const uint8_t *frame, int to)
{
	struct arrival *a;
	struct mark m;

	memcpy(&m, frame + 14, sizeof(m));
	if (m.mark != MARK || m.from >= nstations || m.dest > ADDRESSES)
		return;
	received++;
	a = &arrivals[m.number % NUMBERS];
	if (!might(&m, to))
		stray(&m, to, "may not arrive here");
	else if (a->number == m.number && a->at >> to & 1)
		stray(&m, to, "arrives twice");
	if (a->number == m.number)
		a->at |= 1u << to;
}

static bool drain(void)
{
	uint8_t frame[2048];
	bool some = false;
	int i;

	for (i = 1; i < nstations; i++) {
		while (rawport_receive(stations[i].fd, frame, sizeof(frame)) >= LENGTH) {
			arrived(frame, i);
			some = true;
		}
	}
	return some;
}

/* Until nothing has arrived for QUIET_MS. */
static void settle(void)
{
	int64_t end = now_us() + QUIET_MS * 1000;

	while (now_us() < end) {
		if (drain())
			end = now_us() + QUIET_MS * 1000;
		usleep(1000);
	}
}

static int some_host(void)
{
	int i, n = 0, host = 0;

	for (i = 1; i <= ADDRESSES; i++)
		if (state()->entry[i].home && !any((uint32_t)++n))
			host = i;
	return host;
}

/* To a host as a rule. */
static void send_any(void)
{
	int source = some_host();

	if (source)
		send_one(source, any(4) ? some_host() : (int)any(ADDRESSES + 1));
}

static void burst(int station)
{
	const struct state *s = state();
	int source, dest;

	for (source = 1; source <= ADDRESSES; source++) {
		for (dest = 1; dest <= ADDRESSES; dest++) {
			int from = s->entry[source].home, to = s->entry[dest].home;

			if (from && to && from != to &&
			    (!station || from == station || to == station))
				send_one(source, dest);
		}
		drain();
	}
}

/* ---- what must be ---- */

static uint32_t wanted(const struct state *s, int from, int dest, bool flooded)
{
	const struct entry *e = &s->entry[dest];
	uint32_t mask = 0;
	int to;

	for (to = 1; to < nstations; to++) {
		bool here = dest == BROADCAST ? s->port[to].broadcast
			    : flooded         ? s->port[to].flood
					      : e->mask >> to & 1;

		if (here && passes(s, from, to))
			mask |= 1u << to;
	}
	return mask;
}

static bool is_right(const struct arrival *a)
{
	const struct state *s = state();
	const struct entry *e = &s->entry[a->dest];
	int from = s->entry[a->source].home;

	if ((e->mask || !e->flooded) && a->at == wanted(s, from, a->dest, false))
		return true;
	/* An entry that ages may just have done so. */
	return e->flooded && a->at == wanted(s, from, a->dest, true);
}

static bool all_right(uint32_t first)
{
	for (; first != sent; first++)
		if (!is_right(&arrivals[first % NUMBERS]))
			return false;
	return true;
}

static int judge(uint32_t first)
{
	const struct arrival *a;
	int bad = 0;

	for (; first != sent; first++) {
		a = &arrivals[first % NUMBERS];
		if (is_right(a))
			continue;
		if (++bad <= TOLD)
			fprintf(stderr,
				"exact: frame %u from station %u, address %u to %u: at %x, wanted "
				"%x or, if flooded (%d), %x\n",
				first, state()->entry[a->source].home, a->source, a->dest, a->at,
				wanted(state(), state()->entry[a->source].home, a->dest, false),
				state()->entry[a->dest].flooded,
				wanted(state(), state()->entry[a->source].home, a->dest, true));
	}
	return bad;
}

/* A busy machine may deliver late, and a veth's ring holds 256: no host's frames before the last
 * one's. */
static int exact(void)
{
	uint32_t first = sent, own;
	int source, dest, i;
	int64_t end;

	for (source = 1; source <= ADDRESSES; source++) {
		own = sent;
		for (dest = 0; dest <= ADDRESSES && state()->entry[source].home; dest++) {
			for (i = 0; i < COPIES; i++)
				send_one(source, dest);
			drain();
		}
		for (end = now_us() + LATE_MS * 1000; !all_right(own) && now_us() < end;
		     usleep(200))
			drain();
	}
	settle();
	return judge(first);
}

static void hello(void)
{
	int source;

	for (source = 1; source <= ADDRESSES; source++)
		if (state()->entry[source].home)
			send_one(source, BROADCAST);
	settle();
}

/* ---- what is said ---- */

static bool say_port(const char *line)
{
	unsigned int n, v[5];

	if (sscanf(line, "port %u %u %u %u %u %u", &n, v, v + 1, v + 2, v + 3, v + 4) != 6 ||
	    n >= (unsigned int)nstations)
		return false;
	next_state()->port[n] = (struct port){v[0], v[1], v[2], v[3], v[4]};
	return true;
}

static bool say_entry(const char *line)
{
	unsigned int n, mask, flooded;
	struct entry *e;

	if (sscanf(line, "entry %u %u %u", &n, &mask, &flooded) != 3 || n > ADDRESSES)
		return false;
	e = &next_state()->entry[n];
	e->mask = mask;
	e->flooded = flooded;
	return true;
}

static bool say_host(const char *line)
{
	unsigned int n, station;
	struct entry *e;

	if (sscanf(line, "host %u %u", &n, &station) != 2 || n > ADDRESSES || !n ||
	    station >= (unsigned int)nstations)
		return false;
	e = &next_state()->entry[n];
	e->mask |= 1u << station | 1u << e->home;
	e->flooded = true;
	e->home = (uint8_t)station;
	return true;
}

static void obey(char *line)
{
	int bad, station;

	line[strcspn(line, "\n")] = '\0';
	if (!strcmp(line, "count")) {
		printf("sent %u received %llu strays %llu\n", sent, (unsigned long long)received,
		       (unsigned long long)strays);
		return;
	}
	if (!strcmp(line, "exact")) {
		bad = exact();
		printf(bad ? "bad %d\n" : "ok\n", bad);
		return;
	}
	if (sscanf(line, "burst %d", &station) == 1)
		burst(station);
	else if (!strcmp(line, "hello"))
		hello();
	else if (!strcmp(line, "stop"))
		flowing = false, settle();
	else if (!strcmp(line, "go"))
		flowing = true;
	else if (!say_port(line) && !say_entry(line) && !say_host(line)) {
		printf("what is '%s'?\n", line);
		return;
	}
	puts("ok");
}

/* ---- start ---- */

static int open_station(char *text)
{
	char *path = strchr(text, ','), *ifname = path ? strchr(path + 1, ',') : NULL;
	int ret;

	if (!ifname || nstations == STATIONS || atoi(text) != nstations)
		return cli_usage("'%s' is no STATION,NETNS,IFNAME, numbered from 1 on", text);
	*path++ = *ifname++ = '\0';
	ret = netns_port_open(path, ifname, TYPE, &stations[nstations].fd,
			      &stations[nstations].ifindex);
	nstations++;
	return ret;
}

static void flow(int64_t *due)
{
	int n;

	for (n = 0; flowing && n < BURST && now_us() >= *due; n++) {
		send_any();
		*due += (int64_t)(1000000 / rate);
	}
	/* What was not sent in time is not made up for. */
	if (now_us() > *due)
		*due = now_us();
	drain();
}

static void run(void)
{
	struct pollfd in = {.fd = STDIN_FILENO, .events = POLLIN};
	char line[128];
	int64_t due = now_us();

	setvbuf(stdin, NULL, _IONBF, 0);
	setvbuf(stdout, NULL, _IOLBF, 0);
	for (;;) {
		if (poll(&in, 1, 1) > 0) {
			if (!fgets(line, sizeof(line), stdin))
				return;
			obey(line);
		}
		flow(&due);
	}
}

int main(int argc, char **argv)
{
	int c, ret = 0, i;

	cli_init("strays");
	while ((c = getopt(argc, argv, "r:s:")) != -1)
		if ((c == 'r' && cli_number(optarg, 1, 100000, &rate)) ||
		    (c == 's' && cli_number(optarg, 0, UINT32_MAX, &seed)) || c == '?')
			return cli_usage("[-r RATE] [-s SEED] STATION,NETNS,IFNAME...");
	for (; optind < argc && !ret; optind++)
		ret = open_station(argv[optind]);
	if (ret)
		return ret;
	for (i = 1; i < nstations; i++)
		states[0].port[i] = (struct port){true, false, false, true, true};
	for (i = 1; i <= ADDRESSES; i++)
		states[0].entry[i].flooded = true;
	run();
	return EXIT_YES;
}
