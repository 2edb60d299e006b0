/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where hosts are, from what was seen of their frames at several ports. */
#include "lookahead.h"

#include <stdlib.h>
#include <string.h>

struct host {
	uint8_t address[6];
	int8_t port; /* -1: not known yet */
	bool assumed;
	uint32_t edge, edges;             /* its own, in homes.edges */
	uint32_t first[BRM_PORTS_MAX];    /* its frames that were seen first at a port, */
	uint32_t crossing[BRM_PORTS_MAX]; /* that were seen there and elsewhere, */
	uint32_t staying[BRM_PORTS_MAX];  /* and nowhere else */
};

/* A unicast frame that was seen at two ports: one host is at one of them, the other at the other.
 */
struct edge {
	uint32_t host, peer;
	uint32_t ports;
};

struct homes {
	struct host *hosts;
	uint32_t count;
	struct edge *edges;
	uint64_t nedges;
	uint32_t *queue; /* hosts whose port is known and whose peers have not been looked at */
	uint32_t head, tail;
};

static int by_address(const void *x, const void *y)
{
	return memcmp(x, y, 6);
}

static int by_host(const void *x, const void *y)
{
	const struct edge *a = x, *b = y;

	return a->host < b->host ? -1 : a->host > b->host;
}

static struct host *find(const struct homes *h, const uint8_t address[6])
{
	return bsearch(address, h->hosts, h->count, sizeof(*h->hosts), by_address);
}

static int make_hosts(struct homes *h, const struct look *looks, uint64_t n)
{
	uint8_t(*all)[6] = malloc((n + 1) * sizeof(*all));
	uint64_t i, k = 0;

	for (i = 0; all && i < n; i++)
		memcpy(all[i], looks[i].src, 6);
	if (all) {
		qsort(all, n, sizeof(*all), by_address);
		for (i = 0; i < n; i++)
			if (!i || memcmp(all[i], all[i - 1], 6))
				memcpy(all[k++], all[i], 6);
		h->hosts = calloc(k + 1, sizeof(*h->hosts));
		h->queue = malloc((k + 1) * sizeof(*h->queue));
	}
	if (!h->hosts || !h->queue) {
		free(all);
		return -1;
	}
	for (i = 0; i < k; i++) {
		memcpy(h->hosts[i].address, all[i], 6);
		h->hosts[i].port = -1;
	}
	h->count = (uint32_t)k;
	free(all);
	return 0;
}

static void add_edges(struct homes *h, const struct look *l, const struct host *src, uint32_t ports)
{
	const struct host *dst = l->dst[0] & 1 ? NULL : find(h, l->dst);
	uint32_t a = (uint32_t)(src - h->hosts), b;

	if (!dst || dst == src || __builtin_popcount(ports) != 2)
		return;
	b = (uint32_t)(dst - h->hosts);
	h->edges[h->nedges++] = (struct edge){a, b, ports};
	h->edges[h->nedges++] = (struct edge){b, a, ports};
}

/* One frame, seen `n` times. Where it is recorded to have left its source is not. */
static void take_frame(struct homes *h, const struct look *l, uint64_t n)
{
	struct host *src = find(h, l->src);
	uint32_t ports = 0, left = 0;
	uint64_t i;

	for (i = 0; i < n; i++) {
		if (l[i].way == WAY_IN) {
			src->first[l[i].port]++;
			return;
		}
		ports |= 1u << l[i].port;
		left |= (l[i].way == WAY_OUT) << l[i].port;
	}
	if (!(ports & ~left))
		return;
	if (ports == 1u << l->port) {
		src->staying[l->port]++;
		return;
	}
	if (l[0].way == WAY_UNKNOWN && l[0].ts_ns != l[1].ts_ns && l[0].port != l[1].port)
		src->first[l->port]++;
	for (i = 0; i < BRM_PORTS_MAX; i++)
		src->crossing[i] += (ports & ~left) >> i & 1;
	add_edges(h, l, src, ports);
}

static void take_frames(struct homes *h, const struct look *looks, uint64_t n)
{
	uint64_t i, k;

	for (i = 0; i < n; i = k) {
		for (k = i; k < n && looks[k].full == looks[i].full; k++)
			;
		take_frame(h, &looks[i], k - i);
	}
	qsort(h->edges, h->nedges, sizeof(*h->edges), by_host);
	for (i = h->nedges; i-- > 0;) {
		h->hosts[h->edges[i].host].edge = (uint32_t)i;
		h->hosts[h->edges[i].host].edges++;
	}
}

/* The port with the most, or -1: no, or (`clear`) several have as many. */
static int most(const uint32_t counts[BRM_PORTS_MAX], bool clear)
{
	int i, best = 0;
	bool alone = true;

	for (i = 1; i < BRM_PORTS_MAX; i++) {
		alone = counts[i] > counts[best] || (alone && counts[i] < counts[best]);
		best = counts[i] > counts[best] ? i : best;
	}
	return !counts[best] || (clear && !alone) ? -1 : best;
}

static void settle(struct homes *h, struct host *x, int port, bool assumed)
{
	x->port = (int8_t)port;
	x->assumed = assumed;
	h->queue[h->tail++] = (uint32_t)(x - h->hosts);
}

/* From peers that are known: at the other port. What was seen nowhere else speaks for where it was
 * seen. */
static void settle_by_peers(struct homes *h, struct host *x)
{
	uint32_t votes[BRM_PORTS_MAX], i, other;
	const struct host *peer;
	bool assumed = true;
	const struct edge *e;

	memcpy(votes, x->staying, sizeof(votes));
	for (i = 0, e = h->edges + x->edge; i < x->edges; i++, e++) {
		peer = &h->hosts[e->peer];
		if (peer->port < 0 || !(e->ports >> peer->port & 1))
			continue;
		other = e->ports & ~(1u << peer->port);
		votes[__builtin_ctz(other)]++;
		assumed = assumed && peer->assumed;
	}
	settle(h, x, most(votes, false), assumed);
}

static void spread(struct homes *h)
{
	const struct host *x;
	const struct edge *e;
	uint32_t i;

	while (h->head < h->tail) {
		x = &h->hosts[h->queue[h->head++]];
		for (i = 0, e = h->edges + x->edge; i < x->edges; i++, e++)
			if (h->hosts[e->peer].port < 0 && e->ports >> x->port & 1)
				settle_by_peers(h, &h->hosts[e->peer]);
	}
}

static int assumed_port(const struct host *x)
{
	uint32_t votes[BRM_PORTS_MAX];
	int i, best = most(x->crossing, false);

	for (i = 0; i < BRM_PORTS_MAX; i++)
		votes[i] = best >= 0 && x->crossing[i] == x->crossing[best] ? x->staying[i] + 1 : 0;
	return most(votes, false);
}

static void settle_all(struct homes *h, struct lookahead_assumed *assumed)
{
	struct host *x;
	int port;

	for (x = h->hosts; x < h->hosts + h->count; x++)
		if ((port = most(x->first, false)) >= 0)
			settle(h, x, port, false);
	spread(h);
	for (x = h->hosts; x < h->hosts + h->count; x++)
		if (x->port < 0 && (port = most(x->crossing, true)) >= 0)
			settle(h, x, port, false);
	spread(h);
	for (x = h->hosts; x < h->hosts + h->count; x++) {
		if (x->port < 0 && (port = assumed_port(x)) >= 0) {
			settle(h, x, port, true);
			spread(h);
		}
		if (x->port < 0 || !x->assumed)
			continue;
		if (!assumed->hosts++) {
			memcpy(assumed->address, x->address, 6);
			assumed->port = x->port;
		}
	}
}

/* Leaves out what stands behind the looks of a port that is looked at in part. */
static uint64_t in_all(struct look *looks, uint64_t n, uint64_t max)
{
	uint64_t count[BRM_PORTS_MAX] = {0}, i, kept = 0;
	int64_t last[BRM_PORTS_MAX], until = INT64_MAX;
	int p;

	for (p = 0; p < BRM_PORTS_MAX; p++)
		last[p] = INT64_MIN;
	for (i = 0; i < n; i++) {
		count[looks[i].port]++;
		if (looks[i].ts_ns > last[looks[i].port])
			last[looks[i].port] = looks[i].ts_ns;
	}
	for (p = 0; p < BRM_PORTS_MAX; p++)
		until = count[p] >= max && last[p] < until ? last[p] : until;
	for (i = 0; i < n; i++)
		if (looks[i].ts_ns <= until)
			looks[kept++] = looks[i];
	return kept;
}

void lookahead_homes(struct look *looks, uint64_t n, uint64_t max,
		     const struct clock_offset *offsets,
		     void (*home)(void *data, const uint8_t src[6], int port), void *data,
		     struct lookahead_assumed *assumed)
{
	struct homes h = {.edges = malloc((n + 1) * sizeof(*h.edges))};
	uint64_t i;

	*assumed = (struct lookahead_assumed){0};
	for (i = 0; i < n; i++)
		looks[i].ts_ns -= offsets[looks[i].port].ahead_ns;
	n = in_all(looks, n, max);
	/* without memory, equal stamps are told apart worse */
	if (h.edges && !make_hosts(&h, looks, n)) {
		qsort(looks, n, sizeof(*looks), lookahead_by_frame);
		take_frames(&h, looks, n);
		settle_all(&h, assumed);
		for (i = 0; i < h.count; i++)
			if (h.hosts[i].port >= 0)
				home(data, h.hosts[i].address, h.hosts[i].port);
	}
	free(h.queue);
	free(h.hosts);
	free(h.edges);
}
