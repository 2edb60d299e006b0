/* SPDX-License-Identifier: GPL-2.0-or-later */
/* capedit IN OUT [EDIT ARGUMENT...] : a copy of a capture with one thing changed.
 *   remove N | duplicate N | alter N OFFSET | exchange N M (contents, not times) | early N
 * NANOSECONDS | shift NANOSECONDS | coarse NANOSECONDS (what the stamps are multiples of) | snap
 * BYTES | directions MAC (those from MAC came in, as pcapng) | beside FILE (one pcapng of both,
 * with the interfaces p1 and p2) */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "capfile.h"
#include "cli.h"

enum { PACKETS_MAX = 1000000 };

static struct capfile_packet *packets;
static bool two; /* interfaces */
static uint64_t count;

static int read_all(const char *path, uint32_t iface)
{
	struct capfile_error err;
	struct capfile_packet p;
	struct capfile *cf;
	uint8_t *copy;
	int ret = 0;

	if (capfile_open(&cf, path, &err))
		return cli_fail("%s", err.text);
	if (!packets)
		packets = calloc(PACKETS_MAX, sizeof(*packets));
	while (packets && count < PACKETS_MAX && (ret = capfile_next(cf, &p, &err)) > 0) {
		copy = malloc(p.caplen + 1);
		if (!copy)
			return cli_fail("no memory");
		memcpy(copy, p.data, p.caplen);
		p.data = copy;
		p.iface = iface;
		packets[count++] = p;
	}
	capfile_close(cf);
	return ret < 0 ? cli_fail("%s", err.text) : 0;
}

static int write_all(const char *path, enum capfile_format format, uint32_t snap)
{
	struct capfile_error err;
	struct capfile_writer *w;
	uint64_t i;

	if (capfile_create(&w, path, format, &err) ||
	    capfile_add_interface(w, "p1", 1, 262144, &err) < 0 ||
	    (two && capfile_add_interface(w, "p2", 1, 262144, &err) < 0))
		return cli_fail("%s", err.text);
	for (i = 0; i < count; i++) {
		if (!packets[i].len)
			continue;
		if (snap && packets[i].caplen > snap)
			packets[i].caplen = snap;
		if (capfile_write(w, &packets[i], &err))
			return cli_fail("%s", err.text);
	}
	return capfile_finish(w, &err) ? cli_fail("%s", err.text) : 0;
}

static int by_time(const void *x, const void *y)
{
	const struct capfile_packet *a = x, *b = y;

	if (a->ts_ns != b->ts_ns)
		return a->ts_ns < b->ts_ns ? -1 : 1;
	return (a->number > b->number) - (a->number < b->number);
}

static void add_file(const char *path)
{
	if (read_all(path, 1))
		exit(EXIT_NO);
	two = true;
	qsort(packets, count, sizeof(*packets), by_time);
}

/* Frames from this source came in, all others went out. */
static void set_directions(const char *mac)
{
	unsigned int b[6];
	uint8_t src[6];
	uint64_t i;
	int k;

	if (sscanf(mac, "%x:%x:%x:%x:%x:%x", &b[0], &b[1], &b[2], &b[3], &b[4], &b[5]) != 6)
		exit(cli_usage("'%s' is no MAC address", mac));
	for (k = 0; k < 6; k++)
		src[k] = b[k];
	for (i = 0; i < count; i++)
		packets[i].direction =
			memcmp(packets[i].data + 6, src, 6) ? CAPFILE_DIR_OUT : CAPFILE_DIR_IN;
}

static void duplicate(uint64_t n)
{
	memmove(&packets[n + 1], &packets[n], (count - n) * sizeof(*packets));
	count++;
}

static void exchange(uint64_t n, uint64_t m)
{
	struct capfile_packet a = packets[n], b = packets[m];

	packets[n] = b;
	packets[m] = a;
	packets[n].ts_ns = a.ts_ns;
	packets[m].ts_ns = b.ts_ns;
}

int main(int argc, char **argv)
{
	enum capfile_format format = CAPFILE_PCAP_NS;
	uint64_t n = 0, m = 0, i, snap = 0;
	const char *edit = argc > 3 ? argv[3] : "copy";

	cli_init("capedit");
	if (argc < 3 || read_all(argv[1], 0))
		return cli_usage("capedit IN OUT [EDIT ARGUMENT...]");
	if (strcmp(edit, "directions") && strcmp(edit, "beside") && argc > 4 &&
	    cli_number(argv[4], 0, UINT64_MAX, &n))
		return cli_usage("'%s' is no number", argv[4]);
	if (argc > 5 && cli_number(argv[5], 0, UINT64_MAX, &m))
		return cli_usage("'%s' is no number", argv[5]);
	if (strcmp(edit, "shift") && strcmp(edit, "snap") && strcmp(edit, "coarse") && argc > 4 &&
	    n > count)
		return cli_usage("there is no packet %s", argv[4]);
	if (!strcmp(edit, "remove"))
		packets[n - 1].len = 0;
	else if (!strcmp(edit, "duplicate"))
		duplicate(n - 1);
	else if (!strcmp(edit, "alter"))
		((uint8_t *)packets[n - 1].data)[m] ^= 0x10;
	else if (!strcmp(edit, "exchange"))
		exchange(n - 1, m - 1);
	else if (!strcmp(edit, "early"))
		packets[n - 1].ts_ns -= m;
	else if (!strcmp(edit, "late"))
		for (i = n - 1; i < count; i++)
			packets[i].ts_ns += m;
	else if (!strcmp(edit, "shift"))
		for (i = 0; i < count; i++)
			packets[i].ts_ns += n;
	else if (!strcmp(edit, "coarse") && n)
		for (i = 0; i < count; i++)
			packets[i].ts_ns -= packets[i].ts_ns % (int64_t)n;
	else if (!strcmp(edit, "snap"))
		snap = n;
	else if (!strcmp(edit, "directions"))
		format = CAPFILE_PCAPNG, set_directions(argv[4]);
	else if (!strcmp(edit, "beside"))
		format = CAPFILE_PCAPNG, add_file(argv[4]);
	else if (strcmp(edit, "copy"))
		return cli_usage("there is no edit '%s'", edit);
	return write_all(argv[2], format, snap);
}
