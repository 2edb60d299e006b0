/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The reference bridge against the kernel's, on generated scenarios: after each frame what left
 * must be the same at every port, byte for byte, and so must the filtering databases.
 *
 * bridge_diff [-s SEED] [-r ROUNDS] [-f FRAMES] [-v] [-a]   prints TAP
 * -v: bridges that filter VLANs; -a: the accelerated bridge in place of the plain one
 * A scenario that shows a difference is kept in a file, for `brcheck compare`. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

#include "check_engine.h"
#include "cli.h"
#include "mcast_message.h"

enum { HOSTS = 6, ENTRIES = 512, SKIPPED = 2 };

/* In the scenario some things end after ten seconds and more, of which it lets pass less than one:
 * on a machine that is slower than this they end in the kernel alone. */
static const double slow_s = 8;

static uint64_t rng;
static const struct engine_ops *other = &engine_bridge;
static unsigned int kernel; /* 6 * 256 + 1 */
static bool quick;          /* who leaves a group is gone in a moment, else in minutes */
static bool keeps;          /* this kernel's groups outlast that snooping is switched off */
static bool queries;        /* the bridge is a querier */
static bool learns; /* ageing is 300 s here, else 0: the collector's own time is not compared */

static uint32_t dice(uint32_t sides)
{
	rng ^= rng << 13;
	rng ^= rng >> 7;
	rng ^= rng << 17;
	return (uint32_t)(rng >> 32) % sides;
}

static bool chance(uint32_t percent)
{
	return dice(100) < percent;
}

static const char *on_off(uint32_t percent)
{
	return chance(percent) ? "on" : "off";
}

static void gen_port(FILE *f, uint32_t port)
{
	static const char *const flags[] = {"learning", "flood", "mcast_flood", "bcast_flood"};
	static const char *const rare[] = {"hairpin", "isolated"};
	static const char *const routers[] = {"auto", "on", "off"};
	static const char *const states[] = {"forwarding", "learning", "listening", "disabled"};
	size_t i;

	fprintf(f, "port p%u", port);
	for (i = 0; i < 4; i++)
		fprintf(f, " %s %s", flags[i], on_off(85));
	for (i = 0; i < 2; i++)
		fprintf(f, " %s %s", rare[i], on_off(20));
	if (kernel >= 0x0512)
		fprintf(f, " locked %s", on_off(10));
	fprintf(f, " mcast_router %s mcast_fast_leave %s", routers[chance(75) ? 0 : dice(3)],
		on_off(30));
	fprintf(f, " state %s", states[chance(80) ? 0 : dice(4)]);
	fprintf(f, " group_fwd_mask %#x\n", chance(20) ? dice(0x10000) & 0xfff8 : 0);
}

static void gen_vlans(FILE *f, uint32_t port)
{
	uint32_t n = 1 + dice(6), vid, i;

	for (i = 0; i < n; i++) {
		vid = 1 + dice(4);
		fprintf(f, "vlan p%u %u%s%s", port, vid, chance(40) ? " pvid" : "",
			chance(40) ? " untagged" : "");
		if (chance(15))
			fprintf(f, " state %s", chance(50) ? "learning" : "blocking");
		fputc('\n', f);
	}
}

static void gen_bridge(FILE *f, bool vlans, bool snooping)
{
	queries = queries || chance(snooping ? 35 : 10);
	fprintf(f,
		"bridge stp off ageing %s group_fwd_mask %#x no_linklocal_learn %s mcast_snooping "
		"%s",
		learns ? "300" : "0", chance(30) ? dice(0x10000) & 0xfff8 : 0, on_off(20),
		snooping ? "on" : on_off(60));
	if (kernel >= 0x0607)
		fprintf(f, " fdb_max_learned %u", chance(20) ? 1 + dice(5) : 0);
	fprintf(f, " mcast_last_member_interval %s mcast_last_member_count %u mcast_querier %s",
		quick ? "0.01" : "60", 1 + dice(2), queries ? "on" : "off");
	if (vlans)
		fprintf(f, " vlan_filtering on vlan_protocol %s",
			chance(70) ? "802.1Q" : "802.1ad");
	fputc('\n', f);
}

static void gen_fdb(FILE *f, uint32_t ports, bool vlans)
{
	static const char *const kinds[] = {"static", "sticky", "", "ext_learned"};

	fprintf(f, "fdb p%u h%u %s", 1 + dice(ports), dice(HOSTS), kinds[dice(learns ? 4 : 2)]);
	if (vlans)
		fprintf(f, " vlan %u", 1 + dice(4));
	fputc('\n', f);
}

static void gen_destination(FILE *f, uint32_t ports)
{
	static const char *const groups[] = {"broadcast", "01:00:00:00:00:77", "01:00:5e:01:01:01",
					     "33:33:00:00:00:01", "01:1b:19:00:00:00"};

	switch (dice(10)) {
	case 0:
		fprintf(f, "01:80:c2:00:00:%02x", dice(18));
		break;
	case 1:
		fprintf(f, "02:b0:00:00:00:%02x", chance(30) ? 0xff : 1 + dice(ports));
		break;
	case 2:
	case 3:
		fputs(groups[dice(5)], f);
		break;
	default:
		fprintf(f, "h%u", dice(HOSTS));
	}
}

static uint16_t checksum(const uint8_t *p, int len)
{
	uint32_t sum = 0;
	int i;

	for (i = 0; i < len; i += 2)
		sum += p[i] << 8 | p[i + 1];
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return ~sum;
}

/* IPv4 or IGMP to a group, mostly whole, now and then broken. */
static void gen_ipv4(FILE *f)
{
	uint8_t ip[28] = {0x45, 0, 0, 28, 0, 0, 0, 0, 1, 17, 0, 0, 10, 0, 0, 1, 239, 1, 1, 1};
	static const uint8_t types[] = {0x12, 0x16, 0x17, 0x99};
	uint16_t sum;
	int i;

	if (chance(20))
		memcpy(ip + 16, (uint8_t[]){224, 0, 0, 5}, 4);
	if (chance(30)) {
		ip[9] = 2;
		ip[20] = types[dice(4)];
		memcpy(ip + 24, (uint8_t[]){224, 0, 0, 9},
		       4); /* no entry is made for 224.0.0.0/24 */
		sum = checksum(ip + 20, 8);
		ip[22] = sum >> 8;
		ip[23] = sum;
	}
	sum = checksum(ip, 20);
	ip[10] = sum >> 8;
	ip[11] = sum;
	if (chance(15))
		ip[dice(28)] ^= 1 << dice(8);
	fputs(" type 0x0800 payload ", f);
	for (i = 0; i < 28; i++)
		fprintf(f, "%02x", ip[i]);
}

static const struct {
	bool ipv6;
	uint8_t address[16];
} groups[] = {
	{false, {239, 1, 1, 1}},
	{false, {239, 1, 1, 2}},
	{true, {0xff, 5, [15] = 7}},
	{true, {0xff, 2, [13] = 1, 0, 3}},
	/* no entries are made for these: local ones and all nodes */
	{false, {224, 0, 0, 9}},
	{true, {0xff, 2, [15] = 1}},
};

static bool long_response(const struct mcast_message *m)
{
	return m->response_ns >= 10000000000 || (!m->ipv6 && m->version == 1);
}

/* Only the newest version asks for answers in no time at all. */
static void gen_query(struct mcast_message *m)
{
	bool newest = m->version == (m->ipv6 ? 2 : 3);

	if (chance(60))
		memset(m->group, 0, 16);
	m->response_ns = !newest ? 20000000000 : chance(20) ? 12000000000 : 0;
	m->sources = chance(20);
	if (m->ipv6 && chance(10))
		m->from[0] = 0xfd;
}

static struct mcast_message gen_message(enum mcast_kind kind, uint32_t group)
{
	struct mcast_message m = {.kind = kind, .ipv6 = groups[group].ipv6};

	memcpy(m.group, groups[group].address, 16);
	m.version = 1 + dice(m.ipv6 ? 2 : 3);
	if (m.kind == MCAST_LEAVE && !m.ipv6 && m.version == 1)
		m.version = 2;
	m.from[0] = m.ipv6 ? 0xfe : 10;
	m.from[1] = m.ipv6 ? 0x80 : 0;
	m.from[m.ipv6 ? 15 : 3] = chance(10) ? 0 : 1 + dice(4);
	if (!m.ipv6 && chance(10))
		m.from[0] = 0;
	if (m.kind == MCAST_QUERY) {
		gen_query(&m);
	} else if (chance(30)) {
		m.record = m.kind == MCAST_LEAVE && chance(60) ? 1 : dice(8);
		m.sources = chance(50) ? dice(4) : 0;
	}
	return m;
}

/* Before 5.14 a port was a router's for both families. */
static bool too_old(const struct mcast_message *m)
{
	return kernel < 0x050e && m->ipv6 && m->kind == MCAST_QUERY;
}

/* A router's hello (PIM) or advertisement (MRD) in place of a report. */
static void make_router(const struct mcast_message *m, uint8_t *packet)
{
	uint8_t *msg = packet + (m->ipv6 ? 48 : 24);

	if (m->ipv6) {
		memcpy(packet + 24, (uint8_t[16]){0xff, 2, [15] = 0x6a}, 16);
		msg[0] = kernel < 0x050e ? 152 : 151;
	} else if (chance(50)) {
		memcpy(packet + 16, (uint8_t[]){224, 0, 0, 13}, 4);
		packet[9] = 103;
		msg[0] = chance(80) ? 0x20 : 0x10 + dice(32);
	} else {
		memcpy(packet + 16, (uint8_t[]){224, 0, 0, 106}, 4);
		msg[0] = 0x30;
	}
}

/* One bit, but none of a query's time for answers. */
static void break_bit(const struct mcast_message *m, uint8_t *packet, int len)
{
	int code = m->ipv6 ? 52 : 25, at = dice(len);

	if (m->kind != MCAST_QUERY || at < code || at > code + m->ipv6)
		packet[at] ^= 1 << dice(8);
}

/* A frame of `kind` about a group, now and then another or a broken one, and a wait where something
 * ends soon. */
static void gen_mcast(FILE *f, uint32_t port, uint32_t host, const char *tags, enum mcast_kind kind,
		      uint32_t group)
{
	struct mcast_message m = gen_message(kind, group);
	bool router = m.kind == MCAST_JOIN && chance(10), broken = chance(10);
	uint8_t to[6], packet[MCAST_MAX];
	int len, i;

	if (too_old(&m))
		m = gen_message(MCAST_JOIN, group);
	len = mcast_build(&m, to, packet);
	if (router)
		make_router(&m, packet);
	if (broken)
		break_bit(&m, packet, len);
	if (router || (broken && chance(70)))
		mcast_seal(m.ipv6, packet, len);
	fprintf(f, "send p%u %02x:%02x:%02x:%02x:%02x:%02x h%u%s type %s payload ", port, to[0],
		to[1], to[2], to[3], to[4], to[5], host, tags, m.ipv6 ? "0x86dd" : "0x0800");
	for (i = 0; i < len; i++)
		fprintf(f, "%02x", packet[i]);
	if ((m.kind == MCAST_QUERY && !long_response(&m)) ||
	    (quick && (m.kind == MCAST_LEAVE || broken || m.record)))
		fputs("\nwait 0.04", f);
	fputc('\n', f);
}

/* One message, or a host that joins, perhaps leaves or is asked, and a datagram for it. */
static void gen_group_traffic(FILE *f, uint32_t port, uint32_t host, const char *tags,
			      uint32_t ports)
{
	static const enum mcast_kind kinds[] = {MCAST_JOIN, MCAST_LEAVE, MCAST_QUERY,
						MCAST_DATAGRAM};
	uint32_t group = dice(6);

	if (chance(50)) {
		gen_mcast(f, port, host, tags, kinds[dice(4)], group);
		return;
	}
	gen_mcast(f, port, host, tags, MCAST_JOIN, group);
	if (chance(60))
		gen_mcast(f, port, host, tags, MCAST_LEAVE, group);
	if (chance(10))
		gen_mcast(f, 1 + dice(ports), dice(HOSTS), tags, MCAST_QUERY, group);
	gen_mcast(f, 1 + dice(ports), dice(HOSTS), tags, MCAST_DATAGRAM, group);
}

static void gen_send(FILE *f, uint32_t ports, bool vlans)
{
	static const char *const bad[] = {"00:00:00:00:00:00", "03:00:00:00:00:01"};
	uint32_t tags = chance(vlans ? 50 : 15) ? 1 + chance(30) : 0;
	uint32_t host = dice(HOSTS);
	/* mostly at its own port, so that some traffic is settled */
	uint32_t port = 1 + (chance(85) ? host % ports : dice(ports));
	char text[64] = "";
	size_t n = 0;

	while (tags--)
		n += snprintf(text + n, sizeof(text) - n, " tag %s%u:%u",
			      chance(80) ? "" : "802.1ad:", dice(6), dice(8));
	if (chance(15)) {
		gen_group_traffic(f, port, host, text, ports);
		return;
	}
	fprintf(f, "send p%u ", port);
	gen_destination(f, ports);
	if (chance(3))
		fprintf(f, " %s", bad[dice(2)]);
	else
		fprintf(f, " h%u", host);
	fputs(text, f);
	if (chance(15))
		gen_ipv4(f);
	else if (chance(20))
		fprintf(f, " type 0x86dd payload 60000000%04x3a%02x", dice(40), dice(256));
	else
		fprintf(f, " type %#x payload %08x len %u",
			chance(50) ? 0x88b5 : dice(0x10000) | 0x0600, dice(UINT32_MAX),
			30 + dice(1480));
	fputs(chance(25) ? " times 3\n" : "\n", f);
}

static void gen_change(FILE *f, uint32_t ports, bool vlans)
{
	uint32_t port;

	switch (dice(vlans ? 6 : 5)) {
	case 0:
		gen_port(f, 1 + dice(ports));
		break;
	case 1:
		gen_fdb(f, ports, vlans);
		break;
	case 2:
		fprintf(f, "forget h%u", dice(HOSTS));
		if (vlans)
			fprintf(f, " vlan %u", 1 + dice(4));
		fputc('\n', f);
		break;
	case 3:
		gen_bridge(f, vlans, keeps);
		break;
	case 4:
		port = 1 + dice(ports);
		fprintf(f, "down p%u\n", port);
		gen_send(f, ports, vlans);
		fprintf(f, "up p%u\n", port);
		break;
	default:
		gen_vlans(f, 1 + dice(ports));
	}
}

static char *generate(uint32_t frames, bool vlans)
{
	uint32_t ports = 2 + dice(4), i;
	bool grouped = !vlans && chance(60);
	size_t size;
	char *text;
	FILE *f = open_memstream(&text, &size);

	if (!f)
		return NULL;
	learns = chance(90);
	quick = chance(30);
	queries = false;
	for (i = 0; i < HOSTS; i++)
		fprintf(f, "host h%u 02:00:00:00:00:%02x\n", i, 10 + i);
	gen_bridge(f, vlans, grouped || keeps || chance(50));
	for (i = 1; i <= ports; i++)
		gen_port(f, i);
	for (i = 1; vlans && i <= ports; i++)
		gen_vlans(f, i);
	if (vlans && chance(50))
		fputs("vlan bridge 1-4\n", f);
	/* Before 6.0 a disabled port, which p1 and p2 may be, can have no entry. */
	if (grouped)
		fprintf(f, "port pg\nmdb pg 239.1.1.1\nmdb %s ff05::7\n",
			kernel >= 0x0600 ? "p1 239.1.1.1\nmdb p2" : "pg");
	if (grouped && kernel >= 0x050b)
		fprintf(f, "mdb pg 01:00:00:00:00:77\n");
	for (i = 0; i < frames; i++) {
		if (chance(6))
			gen_change(f, ports, vlans);
		gen_send(f, ports, vlans);
	}
	fclose(f);
	return text;
}

struct pair {
	void *model, *bridge;
	struct outcome a, b;
	struct brm_fdb x[ENTRIES], y[ENTRIES];
	uint64_t frames, sent, entries;
};

/* The model's time is the scenario's; the kernel's must have come as far. */
static void wait_for(const struct scenario *s, size_t i)
{
	int64_t ns = s->steps[i].at_ns - (i ? s->steps[i - 1].at_ns : 0);
	struct timespec t = {.tv_sec = ns / 1000000000, .tv_nsec = ns % 1000000000};

	if (ns)
		nanosleep(&t, NULL);
}

/* 1: the same, 0: a difference in `why`, -errno: one of them failed, `why` says how. */
static int step_both(struct pair *p, const struct scenario *s, const struct step *st, char *why,
		     size_t size)
{
	struct engine_error err;
	int n, k, refused, ret;

	outcome_clear(&p->a);
	outcome_clear(&p->b);
	refused = engine_model.step(p->model, s, st, &p->a, &err);
	ret = other->step(p->bridge, s, st, &p->b, &err);
	if (ret != refused) {
		snprintf(why, size, "model %s, kernel %s",
			 refused ? strerror(-refused) : "takes it", ret ? err.text : "takes it");
		return -EINVAL;
	}
	p->frames += st->kind == STEP_SEND;
	p->sent += p->b.count;
	if (!outcome_equal(s, "model", &p->a, "kernel", &p->b, why, size))
		return 0;
	n = engine_model.fdb(p->model, st->at_ns, p->x, ENTRIES, &err);
	k = other->fdb(p->bridge, st->at_ns, p->y, ENTRIES, &err);
	p->entries += k > 0 ? k : 0;
	return fdb_equal(s, "model", p->x, n, "kernel", p->y, k, why, size);
}

static double seconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec + t.tv_nsec / 1e9;
}

static int round_of(struct pair *p, const struct scenario *s, char *why, size_t size)
{
	struct engine_error err;
	char text[384];
	int ret;
	size_t i;

	ret = engine_model.open(&p->model, s, &err);
	if (!ret) {
		ret = other->open(&p->bridge, s, &err);
		if (ret)
			engine_model.close(p->model);
	}
	if (ret) {
		snprintf(why, size, "%s", err.text);
		return ret == -EOPNOTSUPP || ret == -EPERM ? SKIPPED : ret;
	}
	for (i = 0, ret = 1; i < s->count && ret == 1; i++) {
		wait_for(s, i);
		ret = step_both(p, s, &s->steps[i], text, sizeof(text));
		if (ret != 1)
			snprintf(why, size, "line %u: %s", s->steps[i].line, text);
	}
	if (other->report) {
		other->report(p->bridge, s, text, sizeof(text));
		printf("# %s\n", text);
	}
	outcome_free(&p->a);
	outcome_free(&p->b);
	engine_model.close(p->model);
	other->close(p->bridge);
	return ret;
}

/* Before 6.19 and the stable kernels of that time groups outlast that snooping is switched off. */
static void probe(void)
{
	static const char text[] = "bridge mcast_snooping on mcast_querier on\nport p1\nport p2\n"
				   "join p2 02:00:00:00:00:02 239.1.1.1\n"
				   "bridge mcast_snooping off\nbridge mcast_snooping on\n"
				   "datagram p1 02:00:00:00:00:01 239.1.1.1\n";
	struct scenario_error serr;
	struct engine_error err;
	struct outcome o = {0};
	struct scenario s;
	void *bridge;
	size_t i;

	if (scenario_parse(&s, text, "probe", ".", &serr))
		return;
	if (!engine_bridge.open(&bridge, &s, &err)) {
		for (i = 0; i < s.count; i++) {
			outcome_clear(&o);
			engine_bridge.step(bridge, &s, &s.steps[i], &o, &err);
		}
		keeps = o.count > 0;
		engine_bridge.close(bridge);
	}
	outcome_free(&o);
	scenario_free(&s);
}

static void keep(const char *text, uint64_t seed)
{
	char path[64];
	FILE *f;

	snprintf(path, sizeof(path), "/tmp/bridge_diff.%llx", (unsigned long long)seed);
	f = fopen(path, "w");
	if (!f)
		return;
	fputs(text, f);
	fclose(f);
	printf("# kept as %s\n", path);
}

static int run(uint64_t seed, uint32_t rounds, uint32_t frames, bool vlans)
{
	struct pair *p = calloc(1, sizeof(*p));
	struct scenario_error serr;
	struct scenario s;
	const char *kind = other == &engine_bridge ? "the kernel's" : "the accelerated";
	char why[512], *text;
	uint32_t i, failed = 0, slow = 0;
	double start;
	int ret = 1;

	for (i = 0; i < rounds && p && ret == 1; i++) {
		rng = (seed + i) * 0x9e3779b97f4a7c15ull | 1;
		text = generate(frames, vlans);
		if (!text || scenario_parse(&s, text, "generated", ".", &serr)) {
			printf("# %s\n", text ? serr.text : "no memory");
			return 1;
		}
		start = seconds();
		ret = round_of(p, &s, why, sizeof(why));
		if (!ret && seconds() - start > slow_s) {
			printf("# seed %llu: not compared, it took %.0f s: %s\n",
			       (unsigned long long)(seed + i), seconds() - start, why);
			slow++;
			ret = 1;
		} else if (ret < 1) {
			printf("# seed %llu: %s\n", (unsigned long long)(seed + i), why);
			keep(text, seed + i);
			failed++;
		}
		scenario_free(&s);
		free(text);
	}
	if (ret == SKIPPED) {
		printf("ok 1 - model and %s bridge agree%s # SKIP %s\n1..1\n", kind,
		       vlans ? " on VLANs" : "", why);
		free(p);
		return 0;
	}
	printf("# %llu frames in, %llu out, %llu entries compared, seed %llu\n",
	       (unsigned long long)p->frames, (unsigned long long)p->sent,
	       (unsigned long long)p->entries, (unsigned long long)seed);
	failed += !p->sent || slow == i;
	printf("%sok 1 - model and %s bridge agree%s on %llu frames in %u generated "
	       "scenarios\n1..1\n",
	       failed ? "not " : "", kind, vlans ? " on VLANs" : "", (unsigned long long)p->frames,
	       i - slow);
	free(p);
	return failed != 0;
}

int main(int argc, char **argv)
{
	uint64_t seed = 1, rounds = 40, frames = 150;
	struct utsname u;
	unsigned int major = 0, minor = 0;
	bool vlans = false;
	int c, bad = 0;

	cli_init("bridge_diff");
	while ((c = getopt(argc, argv, "s:r:f:va")) != -1) {
		bad |= c == 's' && cli_number(optarg, 0, UINT64_MAX, &seed);
		bad |= c == 'r' && cli_number(optarg, 1, 1000000, &rounds);
		bad |= c == 'f' && cli_number(optarg, 1, 100000, &frames);
		vlans = vlans || c == 'v';
		if (c == 'a')
			other = &engine_accelerated;
		bad |= c == '?';
	}
	if (bad || optind < argc)
		return cli_usage("bridge_diff [-s SEED] [-r ROUNDS] [-f FRAMES] [-v] [-a]");
	uname(&u);
	sscanf(u.release, "%u.%u", &major, &minor);
	kernel = major << 8 | minor;
	probe();
	return run(seed, rounds, frames, vlans);
}
