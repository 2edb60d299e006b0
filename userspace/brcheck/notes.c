/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "notes.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { ETHERNET_MAX = 1514 }; /* without FCS and tag, at an MTU of 1500 */
enum { CLOSE_NS = 10000 };
enum { HOSTS_SAID = 8, ETHERTYPE_IPV4 = 0x0800, ETHERTYPE_IPV6 = 0x86dd };

struct sayer {
	void (*say)(void *data, const char *text);
	void *data;
};

static void put(const struct sayer *to, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

static void put(const struct sayer *to, const char *fmt, ...)
{
	char text[512];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	to->say(to->data, text);
}

/* ---- counting ---- */

void notes_frame(struct notes *n, const struct sight *s)
{
	if (!n->begun[s->port]) {
		n->begun[s->port] = true;
		n->first_ns[s->port] = s->ts_ns;
		n->before += n->since[s->port];
	}
	n->last_ns[s->port] = s->ts_ns;
	n->since[s->port] = 0;
}

/* Was the port's capture perhaps not running at `ts`? Whether `ts` is after its last packet shows
 * when the next one comes, or none. */
static bool count_outside(struct notes *n, int port, int64_t ts)
{
	if (!n->begun[port] || ts > n->last_ns[port]) {
		n->since[port]++;
		return true;
	}
	if (ts >= n->first_ns[port])
		return false;
	n->before++;
	return true;
}

static void count_host(struct notes *n, const uint8_t address[6])
{
	uint32_t i;

	if (address[0] & 1)
		return;
	for (i = 0; i < n->hosts && memcmp(n->host[i].address, address, 6); i++)
		;
	if (i == NOTES_HOSTS)
		return;
	n->hosts += i == n->hosts;
	memcpy(n->host[i].address, address, 6);
	n->host[i].count++;
}

static bool ip(const struct violation *v)
{
	return v->ethertype == ETHERTYPE_IPV4 || v->ethertype == ETHERTYPE_IPV6;
}

static bool ip_group(const uint8_t *dst)
{
	return (dst[0] == 0x01 && dst[1] == 0x00 && dst[2] == 0x5e) ||
	       (dst[0] == 0x33 && dst[1] == 0x33);
}

void notes_violation(struct notes *n, const struct violation *v)
{
	bool stray = v->kind == UNEXPECTED && v->in_port < 0;
	int i;

	n->close += v->kind == REORDERED && v->apart_ns < CLOSE_NS;
	n->tags += v->changed == CHANGED_TAG;
	n->payloads += v->changed == CHANGED_PAYLOAD && v->len == v->in_len && ip(v);
	if (v->kind != MISSING && !stray)
		return;
	count_host(n, v->src);
	count_host(n, v->dst);
	n->merged += v->len > ETHERNET_MAX + (v->vid >= 0 ? 4 : 0);
	n->groups += v->kind == MISSING && ip_group(v->dst);
	if (v->kind == MISSING)
		count_outside(n, v->port, v->ts_ns);
	for (i = 0; stray && i < n->streams->ports; i++)
		if (i != v->port && count_outside(n, i, v->ts_ns))
			return;
}

/* ---- saying ---- */

static void say_captures(const struct notes *n, const struct sayer *to)
{
	const struct stream *s = n->streams->port;
	uint64_t runts = 0;
	int i;

	for (i = 0; i < n->streams->ports; i++, s++) {
		runts += s->runts;
		if (!s->packets)
			put(to,
			    "the capture of %s holds no packet: was it taken at the right "
			    "interface?",
			    s->name);
		if (s->lost)
			put(to,
			    "the capture of %s says that it lost %" PRIu64
			    " packets: what is missing in it may be these, not the bridge's",
			    s->name, s->lost);
	}
	if (runts)
		put(to, "%" PRIu64 " packets shorter than an Ethernet header were left out", runts);
	if (verify_crowded(n->verify))
		put(to,
		    "%" PRIu64 " frames were judged before their time, as the window was full "
		    "(--max-frames)",
		    verify_crowded(n->verify));
	if (verify_outside(n->verify))
		put(to,
		    "%" PRIu64
		    " frames from before all captures had begun or after one was over were not "
		    "judged (--overlap)",
		    verify_outside(n->verify));
}

static void say_guessed(const struct notes *n, const struct sayer *to)
{
	uint64_t guessed = 0;
	int i;

	for (i = 0; i < n->streams->ports; i++)
		guessed += verify_port(n->verify, i)->guessed;
	if (guessed)
		put(to,
		    "%" PRIu64 " frames to hosts that had not been heard left nowhere; the bridge "
		    "may have known them from before (--fdb-empty if not)",
		    guessed);
}

static void say_hosts(const struct notes *n, const struct sayer *to)
{
	const uint8_t *a;
	uint32_t i, said = 0;

	for (i = 0; i < n->hosts && said < HOSTS_SAID; i++) {
		a = n->host[i].address;
		if (verify_crossed(n->verify, a))
			continue;
		said++;
		put(to,
		    "%02x:%02x:%02x:%02x:%02x:%02x: %" PRIu64
		    " violations are of frames from or to it, and no unicast frame of it crossed: "
		    "if it is an address of the bridge or of one of its ports (ip link), say "
		    "--own %02x:%02x:%02x:%02x:%02x:%02x",
		    a[0], a[1], a[2], a[3], a[4], a[5], n->host[i].count, a[0], a[1], a[2], a[3],
		    a[4], a[5]);
	}
}

static void say_offloads(const struct notes *n, const struct sayer *to)
{
	if (n->merged)
		put(to,
		    "%" PRIu64
		    " of the frames that are missing or came from nowhere are longer than 1514 "
		    "bytes: unless the MTU is larger, GRO, LRO or TSO of the capturing machine "
		    "merged them at one port and not at the other (ethtool -K PORT gro off lro off "
		    "tso off gso off)",
		    n->merged);
	if (n->payloads)
		put(to,
		    "%" PRIu64
		    " IP frames changed their payload and kept their length: if only a checksum "
		    "differs, it was left to the hardware when the first capture saw it (ethtool "
		    "-K PORT tx off where they are sent)",
		    n->payloads);
}

static void say_outside(const struct notes *n, const struct sayer *to)
{
	uint64_t after = 0;
	int i;

	for (i = 0; i < n->streams->ports; i++)
		after += n->begun[i] ? n->since[i] : 0;
	if (n->before || after)
		put(to,
		    "%" PRIu64 " violations are from before the first packet of a capture, "
		    "%" PRIu64
		    " from after the last: where it was not running, --overlap leaves them out",
		    n->before, after);
}

static void say_clocks(const struct notes *n, const struct sayer *to)
{
	int64_t most;
	uint64_t early = verify_early(n->verify, &most);

	if (early)
		put(to,
		    "%" PRIu64
		    " frames left up to %.6f s before they entered: the clocks of the captures "
		    "drift apart or were set, which is not followed (capture on one machine, or "
		    "keep the clocks together)",
		    early, most / 1e9);
}

static void say_stamps(const struct notes *n, const struct sayer *to)
{
	int i;

	for (i = 0; i < n->streams->ports; i++)
		if (n->streams->port[i].tick_ns > 1000)
			put(to,
			    "the stamps of %s are multiples of %g s: which way a frame went, and "
			    "in "
			    "which order, is told by less (record microseconds or finer)",
			    n->streams->port[i].name, n->streams->port[i].tick_ns / 1e9);
}

static void say_ways(const struct notes *n, const struct sayer *to)
{
	const uint8_t *a = n->assumed.address;
	uint64_t tied = verify_tied(n->verify);

	if (n->assumed.hosts)
		put(to,
		    "the frames of %" PRIu64 " host%s have equal stamps wherever they were seen, "
		    "and nothing tells which way "
		    "they went: it is assumed that %02x:%02x:%02x:%02x:%02x:%02x is at %s, and the "
		    "others where that leaves them to be (record directions, or stamps that "
		    "differ)",
		    n->assumed.hosts, n->assumed.hosts == 1 ? "" : "s", a[0], a[1], a[2], a[3],
		    a[4], a[5], n->streams->port[n->assumed.port].name);
	if (tied)
		put(to,
		    "%" PRIu64
		    " more frames had equal stamps at several ports and nothing else to tell where "
		    "they entered: the first of the ports was taken",
		    tied);
}

static void say_close(const struct notes *n, const struct sayer *to)
{
	if (n->close)
		put(to,
		    "%" PRIu64 " of the frames out of order entered or left within 10 us of the "
		    "other: several "
		    "CPUs that take in one flow may have stamped them in another order than they "
		    "went (keep the flow on one CPU)",
		    n->close);
}

static void say_configuration(const struct notes *n, uint64_t violations, const struct sayer *to)
{
	if (!n->no_config)
		return;
	put(to, "without --config this is assumed: all ports forward, learn and flood; no VLAN "
		"filtering, no snooping, no isolation; BPDUs are forwarded or not; ageing 300 s");
	if (violations && n->tags)
		put(to,
		    "%" PRIu64
		    " frames changed their VLAN tag, as VLAN filtering makes them: --config takes "
		    "the VLANs of the ports",
		    n->tags);
	if (violations && n->groups)
		put(to,
		    "%" PRIu64
		    " of the missing frames are for IP groups, which a snooping bridge holds back "
		    "where it has heard no member: with 'bridge mcast_snooping on' in a "
		    "--config their joins are followed",
		    n->groups);
}

void notes_say(const struct notes *n, uint64_t violations,
	       void (*say)(void *data, const char *text), void *data)
{
	const struct sayer to = {say, data};

	say_configuration(n, violations, &to);
	say_captures(n, &to);
	say_guessed(n, &to);
	say_ways(n, &to);
	say_stamps(n, &to);
	if (!violations)
		return;
	say_outside(n, &to);
	say_close(n, &to);
	say_clocks(n, &to);
	say_hosts(n, &to);
	say_offloads(n, &to);
}
