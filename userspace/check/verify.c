/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "verify.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "window.h"

enum {
	HOMES = 1 << 16, /* sources whose port is remembered; a collision forgets the older */
	FLOWS = 1 << 16, /* the same for the order within flows */
	SCAN_MAX = 4096,
};

struct home {
	uint8_t src[6];
	int8_t port;
	bool known;
	bool crossed; /* a unicast frame from it or to it has left at another port */
	int64_t ts_ns;
};

struct flow {
	uint64_t key;
	int64_t entered_ns, left_ns; /* of the newest frame of the flow that has left */
};

struct verify {
	struct brm *model;
	struct verify_settings set;
	struct window *window;
	int64_t start_ns, now_ns;
	bool started;
	uint32_t ports; /* mask */
	struct home homes[HOMES];
	struct flow flows[FLOWS];
	struct port_counts port[BRM_PORTS_MAX];
	struct delay *delay[BRM_PORTS_MAX][BRM_PORTS_MAX];
	uint64_t count[VIOLATION_KINDS];
	uint64_t filtered[BRM_WHY_MAX];
	uint64_t crowded, outside, early, tied;
	int64_t earliest_ns;
};

int verify_create(struct verify **out, struct brm *model, const struct verify_settings *settings)
{
	struct verify *v = calloc(1, sizeof(*v));
	int i;

	if (!v)
		return -ENOMEM;
	v->model = model;
	v->set = *settings;
	v->window = window_create(settings->max_records);
	if (!v->window) {
		free(v);
		return -ENOMEM;
	}
	for (i = 0; i < BRM_PORTS_MAX; i++)
		if (brm_get_port(model, i))
			v->ports |= 1u << i;
	*out = v;
	return 0;
}

void verify_destroy(struct verify *v)
{
	int i, k;

	if (!v)
		return;
	for (i = 0; i < BRM_PORTS_MAX; i++)
		for (k = 0; k < BRM_PORTS_MAX; k++)
			delay_destroy(v->delay[i][k]);
	window_destroy(v->window);
	free(v);
}

/* ---- where sources are ---- */

static struct home *home_of(const struct verify *v, const uint8_t src[6])
{
	return (struct home *)&v->homes[sight_hash(1, src, 6) & (HOMES - 1)];
}

bool verify_home(const struct verify *v, const uint8_t src[6], int *port)
{
	const struct home *h = home_of(v, src);

	if (!h->known || memcmp(h->src, src, 6))
		return false;
	*port = h->port;
	return true;
}

static void set_home(struct verify *v, const uint8_t src[6], int port, int64_t ts)
{
	struct home *h = home_of(v, src);

	h->crossed = h->crossed && !memcmp(h->src, src, 6);
	memcpy(h->src, src, 6);
	h->port = port;
	h->known = true;
	h->ts_ns = ts;
}

void verify_hint(struct verify *v, const uint8_t src[6], int port)
{
	set_home(v, src, port, INT64_MIN);
}

static void note_crossing(struct verify *v, const uint8_t address[6])
{
	struct home *h = home_of(v, address);

	h->crossed = h->crossed || !memcmp(h->src, address, 6);
}

bool verify_crossed(const struct verify *v, const uint8_t src[6])
{
	const struct home *h = home_of(v, src);

	return h->crossed && !memcmp(h->src, src, 6);
}

/* ---- violations ---- */

static int outer_vid(const struct sight *s)
{
	return s->ntags ? (int)(s->tags[0] & 0xfff) : -1;
}

/* Some capture had not begun or was over: whether the frame was there cannot be known, nor whether
 * what is taken for its entry is not another's. */
static bool outside(const struct verify *v, const struct violation *what)
{
	if (!v->set.to_ns || what->kind == REORDERED || what->kind == LATE)
		return false;
	return what->ts_ns < v->set.from_ns || what->ts_ns > v->set.to_ns;
}

static void report(struct verify *v, const struct violation *what)
{
	if (outside(v, what)) {
		v->outside++;
		return;
	}
	v->count[what->kind]++;
	if (v->set.violation)
		v->set.violation(v->set.data, what);
}

static struct violation about_record(const struct record *r, enum violation_kind kind, int port)
{
	struct violation x = {.kind = kind,
			      .port = port,
			      .in_port = r->kind == REC_STRAY ? -1 : r->port,
			      .number = r->number,
			      .in_number = r->kind == REC_STRAY ? 0 : r->number,
			      .ts_ns = r->ts_ns,
			      .ethertype = r->ethertype,
			      .vid = r->vid,
			      .len = r->len};

	memcpy(x.dst, r->dst, 6);
	memcpy(x.src, r->src, 6);
	return x;
}

static struct violation about_sight(const struct sight *s, const struct record *in,
				    enum violation_kind kind)
{
	struct violation x = {.kind = kind,
			      .port = s->port,
			      .in_port = in ? in->port : -1,
			      .number = s->number,
			      .in_number = in ? in->number : 0,
			      .ts_ns = s->ts_ns,
			      .delay_ns = in ? s->ts_ns - in->ts_ns : 0,
			      .ethertype = s->ethertype,
			      .vid = outer_vid(s),
			      .len = s->wire_len};

	memcpy(x.dst, s->dst, 6);
	memcpy(x.src, s->src, 6);
	return x;
}

/* ---- delays ---- */

static int count_delay(struct verify *v, int from, int to, int64_t ns)
{
	struct delay **d = &v->delay[from][to];

	if (!*d)
		*d = delay_create();
	if (!*d)
		return -ENOMEM;
	delay_add(*d, ns);
	return 0;
}

/* ---- judging what gets too old ---- */

static int count_bits(uint32_t mask)
{
	return __builtin_popcount(mask);
}

/* A stray at `port` that differs from `r` in its addresses or in what follows them, not in both. */
static struct record *changed_copy(struct verify *v, const struct record *r, int port)
{
	static const int keys[] = {KEY_HEAD, KEY_REST};
	struct record *s;
	uint64_t cursor;
	int i, steps;

	for (i = 0; i < 2; i++) {
		cursor = 0;
		for (steps = 0; steps < SCAN_MAX; steps++) {
			s = window_find(v->window, keys[i], r->key[keys[i]], &cursor);
			if (!s)
				break;
			if (s->kind == REC_STRAY && s->port == port &&
			    s->ts_ns >= r->ts_ns - v->set.slack_ns)
				return s;
		}
	}
	return NULL;
}

static void judge_port(struct verify *v, struct record *r, int port)
{
	struct record *s = changed_copy(v, r, port);
	struct violation x = about_record(s ? s : r, s ? MODIFIED : MISSING, port);
	char text[96];

	x.in_port = r->port;
	x.in_number = r->number;
	if (s) {
		x.changed = s->key[KEY_HEAD] == r->key[KEY_HEAD] ? CHANGED_PAYLOAD : CHANGED_HEAD;
		x.in_len = r->len;
		snprintf(text, sizeof(text), "%s changed, %u bytes",
			 x.changed == CHANGED_PAYLOAD ? "payload" : "addresses or EtherType",
			 s->len);
		x.expected = "the frame as it entered";
		x.seen = text;
		x.delay_ns = s->ts_ns - r->ts_ns;
		s->kind = REC_DONE;
	} else {
		x.expected = "leaves here";
		x.seen = "did not";
	}
	report(v, &x);
}

/* What may have been known before the captures began leaves at one port, everywhere, or nowhere. */
static uint32_t missing_ports(const struct record *r)
{
	uint32_t missing = r->must & ~r->seen;

	if (!r->guess)
		return missing;
	return count_bits(r->seen & r->must) <= 1 ? 0 : missing;
}

static void judge(struct verify *v, struct record *r)
{
	struct violation x;
	uint32_t missing;
	int i;

	if (r->kind == REC_STRAY) {
		x = about_record(r, UNEXPECTED, r->port);
		x.expected = "nothing";
		x.seen = "left without having entered";
		report(v, &x);
	}
	if (r->kind != REC_ENTERED)
		return;
	missing = missing_ports(r);
	for (i = 0; missing; i++, missing >>= 1)
		if (missing & 1)
			judge_port(v, r, i);
	if (r->guess && !(r->seen & r->must))
		v->port[r->port].guessed++;
}

static void expire(struct verify *v, int64_t before)
{
	struct record *r;

	while ((r = window_oldest(v->window)) && r->ts_ns < before) {
		judge(v, r);
		window_drop(v->window);
	}
}

static struct record *put(struct verify *v, const struct record *r)
{
	struct record *oldest;

	if (window_full(v->window)) {
		oldest = window_oldest(v->window);
		v->crowded += oldest->kind == REC_ENTERED && missing_ports(oldest);
		judge(v, oldest);
		window_drop(v->window);
	}
	return window_add(v->window, r);
}

/* ---- frames that leave ---- */

static uint32_t tag_digest(const uint32_t *tags, int n)
{
	uint32_t h = n;
	int i;

	for (i = 0; i < n; i++)
		h = h * 0x01000193u ^ tags[i] ^ (h >> 15);
	return h;
}

static bool closed(const struct record *r)
{
	if (r->kind != REC_ENTERED)
		return true;
	return r->guess ? (r->seen & r->must) != 0 : !(r->must & ~r->seen);
}

/* Can `r` be the entry of what left at `port`? A frame comes back out of its own port by hairpin
 * only. */
static bool candidate(const struct record *r, int port)
{
	uint32_t bit = 1u << port;

	if (r->kind != REC_ENTERED || r->seen & bit)
		return false;
	return r->port != port || (r->must | r->may) & bit;
}

/* The oldest frame that entered with these bytes and has not yet left at this port: of those that
 * may leave there, as others of the same bytes are in other VLANs, or else of any. */
static struct record *entry_of(struct verify *v, uint64_t full, int port)
{
	struct record *newest, *r, *found = NULL;
	uint64_t cursor = 0, id;
	int steps;

	newest = window_find(v->window, KEY_FULL, full, &cursor);
	if (!newest)
		return NULL;
	for (id = newest->open; id; id = r->newer) {
		r = window_get(v->window, id);
		if (candidate(r, port) && (r->must | r->may) & 1u << port)
			return r;
		if (id == newest->open && closed(r))
			newest->open = r->newer;
	}
	cursor = 0;
	for (steps = 0; steps < SCAN_MAX; steps++) {
		r = window_find(v->window, KEY_FULL, full, &cursor);
		if (!r)
			break;
		if (candidate(r, port))
			found = r;
	}
	return found;
}

/* The newest entry of these bytes that has already left at this port. */
static struct record *twin_of(struct verify *v, uint64_t full, int port)
{
	struct record *r;
	uint64_t cursor = 0;
	int steps;

	for (steps = 0; steps < SCAN_MAX; steps++) {
		r = window_find(v->window, KEY_FULL, full, &cursor);
		if (!r)
			return NULL;
		if (r->kind == REC_ENTERED && r->seen & 1u << port)
			return r;
	}
	return NULL;
}

static struct flow *flow_of(const struct verify *v, const struct record *r, int port)
{
	return (struct flow *)&v->flows[sight_mix(r->flow, (uint64_t)port + 1) & (FLOWS - 1)];
}

/* 802.1Q-2018 6.5.3: order is kept for frames of one VID, priority, source and destination. True
 * when a frame of the flow that entered after `r` has left at this port before it, both by their
 * stamps: files of several CPUs hold packets in another order. */
static bool overtaken(struct verify *v, const struct record *r, int port, int64_t left_ns)
{
	uint64_t key = sight_mix(r->flow, (uint64_t)port + 1);
	struct flow *f = flow_of(v, r, port);

	if (f->key == key && f->entered_ns > r->stamp_ns)
		return f->left_ns < left_ns;
	*f = (struct flow){.key = key, .entered_ns = r->stamp_ns, .left_ns = left_ns};
	return false;
}

/* The other way round: `r` left at this port before a frame of its flow that had entered before it.
 */
static bool overtook(const struct verify *v, const struct record *r, int port, int64_t left_ns)
{
	const struct flow *f = flow_of(v, r, port);

	return f->key == sight_mix(r->flow, (uint64_t)port + 1) && f->entered_ns < r->stamp_ns &&
	       left_ns < f->left_ns;
}

/* From the flow's newest frame at this port. */
static int64_t apart(const struct verify *v, const struct record *r, int port, int64_t left_ns)
{
	const struct flow *f = flow_of(v, r, port);
	int64_t entered = llabs(f->entered_ns - r->stamp_ns), left = llabs(f->left_ns - left_ns);

	return entered < left ? entered : left;
}

static void check_order(struct verify *v, const struct sight *s, const struct record *r)
{
	struct violation x;

	if (!overtaken(v, r, s->port, s->stamp_ns))
		return;
	x = about_sight(s, r, REORDERED);
	x.apart_ns = apart(v, r, s->port, s->stamp_ns);
	x.expected = "the order in which its flow entered";
	x.seen = "a later frame left first";
	report(v, &x);
}

static void check_tags(struct verify *v, const struct sight *s, const struct record *r)
{
	bool tagged = r->tagged & 1u << s->port;
	struct violation x;

	if (s->no_dst || tag_digest(s->tags, s->ntags) == (tagged ? r->tags_with : r->tags_without))
		return;
	x = about_sight(s, r, MODIFIED);
	x.changed = CHANGED_TAG;
	x.in_len = r->len;
	x.expected = tagged ? "with the tag of its VLAN" : "without the tag of its VLAN";
	x.seen = s->ntags ? "another tag" : "no tag";
	report(v, &x);
}

/* Why it should have left nowhere, in words. */
static const char *held_back(enum brm_why why)
{
	static const char *const words[BRM_WHY_MAX] = {
		[BRM_TO_BRIDGE] = "leaves nowhere: it is for the bridge itself",
		[BRM_RUNT] = "leaves nowhere: it is too short",
		[BRM_BAD_SOURCE] = "leaves nowhere: its source is no station's address",
		[BRM_LINK_LOCAL] = "leaves nowhere: its destination stays on its link",
		[BRM_PORT_STATE] = "leaves nowhere: its port does not forward",
		[BRM_VLAN] = "leaves nowhere: its port is not in its VLAN",
		[BRM_LOCKED_SRC] = "leaves nowhere: its port is locked to its source",
		[BRM_SAME_PORT] = "leaves nowhere: its destination is where it came from",
		[BRM_EGRESS] = "leaves nowhere: its destination's port may not send it",
		[BRM_BAD_GROUP] = "leaves nowhere: its group message is broken",
	};

	return words[why] ? words[why] : "leaves nowhere: no port may send it";
}

/* A frame that entered as `r` leaves. */
static int leave(struct verify *v, const struct sight *s, struct record *r)
{
	uint32_t bit = 1u << s->port;
	struct violation x;

	r->seen |= bit;
	v->port[s->port].left++;
	if (!((r->must | r->may) & bit)) {
		x = about_sight(s, r, UNEXPECTED);
		x.expected = r->must ? "leaves elsewhere" : held_back(r->why);
		x.seen = "left here";
		report(v, &x);
		return 0;
	}
	if (!(s->dst[0] & 1) && r->port != s->port) {
		note_crossing(v, s->src);
		note_crossing(v, s->dst);
	}
	check_tags(v, s, r);
	check_order(v, s, r);
	if (s->ts_ns - r->ts_ns > v->set.late_ns) {
		x = about_sight(s, r, LATE);
		x.expected = "in time";
		x.seen = "too long in the bridge";
		report(v, &x);
	}
	return count_delay(v, r->port, s->port, s->ts_ns - r->ts_ns);
}

static void fill(struct record *r, const struct sight *s, enum record_kind kind)
{
	memset(r, 0, sizeof(*r));
	r->key[KEY_FULL] = s->full;
	r->key[KEY_HEAD] = s->head;
	r->key[KEY_REST] = s->rest;
	r->number = s->number;
	r->ts_ns = s->ts_ns;
	r->stamp_ns = s->stamp_ns;
	r->len = s->wire_len;
	r->ethertype = s->ethertype;
	r->vid = outer_vid(s);
	memcpy(r->dst, s->dst, 6);
	memcpy(r->src, s->src, 6);
	r->kind = kind;
	r->port = s->port;
}

static int stray(struct verify *v, const struct sight *s)
{
	struct record r;

	fill(&r, s, REC_STRAY);
	v->port[s->port].left++;
	return put(v, &r) ? 0 : -ENOMEM;
}

static bool link_local(const uint8_t *a)
{
	static const uint8_t base[5] = {0x01, 0x80, 0xc2, 0, 0};

	return !memcmp(a, base, 5) && a[5] < 16;
}

/* Said to be the bridge's own address, or a port's. */
static bool own(const struct verify *v, const uint8_t address[6])
{
	for (uint32_t i = 0; i < v->set.owns; i++)
		if (!memcmp(address, v->set.own[i], 6))
			return true;
	return false;
}

/* From the bridge device or a port itself: its traffic, BPDUs and the like. */
static bool originated(const struct verify *v, const struct sight *s)
{
	const struct brm_port *p;
	int i;

	if (own(v, s->src) || !memcmp(s->src, brm_get_bridge(v->model)->address, 6))
		return true;
	for (i = 0; i < BRM_PORTS_MAX; i++) {
		p = brm_get_port(v->model, i);
		if (p && !memcmp(s->src, p->address, 6))
			return true;
	}
	return s->way == WAY_OUT && link_local(s->dst);
}

static int left_unexplained(struct verify *v, const struct sight *s)
{
	struct record *r = twin_of(v, s->full, s->port);
	struct violation x;

	if (r) {
		v->port[s->port].left++;
		x = about_sight(s, r, DUPLICATED);
		x.expected = "once";
		x.seen = "again";
		report(v, &x);
		return 0;
	}
	if (originated(v, s)) {
		v->port[s->port].originated++;
		return 0;
	}
	return stray(v, s);
}

/* ---- frames that enter ---- */

/* The tag stacks that the frame has to carry where it leaves with its VLAN's tag and without. */
static void expect_tags(struct record *r, const struct sight *s, const struct brm_result *m)
{
	uint32_t with[SIGHT_TAGS_MAX + 1], n = 0, skip = m->skip / 4, rest = s->ntags - skip;

	if (m->tag_proto)
		with[n++] = (uint32_t)m->tag_proto << 16 | m->tag_tci;
	memcpy(with + n, s->tags + skip, rest * sizeof(*with));
	r->tags_with = tag_digest(with, n + rest);
	r->tags_without = tag_digest(s->tags + skip, rest);
	r->tagged = m->tagged;
}

/* Does it depend on what the bridge may have learned before the captures began? Entries that were
 * not refreshed since are gone after the ageing time; switches that sweep for them take up to twice
 * that. */
static bool depends_on_past(const struct verify *v, const struct sight *s,
			    const struct brm_result *m)
{
	int64_t ageing = brm_get_bridge(v->model)->ageing_ns;
	const struct home *h = home_of(v, s->dst);

	if (s->dst[0] & 1 || m->dst_known || m->why != BRM_FLOODED)
		return false;
	if (s->no_dst)
		return true;
	if (!v->set.empty_fdb && s->ts_ns - v->start_ns < ageing)
		return true;
	return h->known && !memcmp(h->src, s->dst, 6) && h->ts_ns > INT64_MIN &&
	       s->ts_ns - h->ts_ns < 2 * ageing;
}

static void count_entry(struct verify *v, const struct sight *s, const struct brm_result *m)
{
	struct port_counts *c = &v->port[s->port];

	c->entered++;
	if (m->why == BRM_FORWARDED)
		c->forwarded++;
	else if (m->ports)
		c->flooded++;
	else
		c->filtered++;
	if (!m->ports)
		v->filtered[m->why]++;
}

/* What the configuration has not told, and decides: for a bridge's own address, and BPDUs. */
static void leave_open(struct verify *v, const struct sight *s, struct brm_result *m,
		       struct record *r)
{
	static const uint8_t bpdu[6] = {0x01, 0x80, 0xc2, 0, 0, 0};

	if (own(v, s->dst)) {
		m->why = BRM_TO_BRIDGE;
		m->ports = 0;
	}
	r->must = m->ports;
	if (v->set.stp_unknown && !memcmp(s->dst, bpdu, 6)) {
		r->may = r->must;
		r->must = 0;
	}
}

/* No bridge does that: the clocks are not what they were in the beginning. */
static void note_early(struct verify *v, int64_t ns)
{
	v->early++;
	if (ns > v->earliest_ns)
		v->earliest_ns = ns;
}

static void check_stray_order(struct verify *v, const struct record *left, const struct record *r)
{
	struct violation x = about_record(left, REORDERED, left->port);

	x.in_port = r->port;
	x.in_number = r->number;
	x.apart_ns = apart(v, r, left->port, left->stamp_ns);
	x.expected = "the order in which its flow entered";
	x.seen = "left before an earlier frame";
	if (overtook(v, r, left->port, left->stamp_ns))
		report(v, &x);
	/* what leaves after it may be the one that comes too late */
	overtaken(v, r, left->port, left->stamp_ns);
}

/* A frame that seemed to leave a moment before it entered, as clocks are not perfect. */
static void take_back_strays(struct verify *v, struct record *r)
{
	struct record *s;
	uint64_t cursor = 0;
	bool left;
	int steps;

	for (steps = 0; steps < SCAN_MAX; steps++) {
		s = window_find(v->window, KEY_FULL, r->key[KEY_FULL], &cursor);
		if (!s)
			return;
		left = s->kind == REC_STRAY && (r->must | r->may) & ~r->seen & 1u << s->port;
		if (s->ts_ns < r->ts_ns - v->set.slack_ns) {
			if (left)
				note_early(v, r->ts_ns - s->ts_ns);
			return;
		}
		if (!left)
			continue;
		s->kind = REC_DONE;
		r->seen |= 1u << s->port;
		check_stray_order(v, s, r);
	}
}

static int enter(struct verify *v, const struct sight *s)
{
	struct brm_result m;
	struct record r;
	int ret = brm_input(v->model, v->now_ns, s->port, s->data, s->len, &m);

	if (ret)
		return ret;
	if (m.why == BRM_BAD_GROUP && s->len < s->wire_len)
		return -EMSGSIZE;
	fill(&r, s, REC_ENTERED);
	leave_open(v, s, &m, &r);
	r.why = m.why;
	r.guess = depends_on_past(v, s, &m);
	if (m.why == BRM_LOCKED_SRC && !v->set.empty_fdb)
		r.may = v->ports; /* the source may have been let in before the captures began */
	r.flow = sight_mix(sight_hash(s->ntags ? s->tags[0] & 0xffff : 0, s->data, 12), s->port);
	expect_tags(&r, s, &m);
	count_entry(v, s, &m);
	set_home(v, s->src, s->port, s->ts_ns);
	take_back_strays(v, &r);
	return put(v, &r) ? 0 : -ENOMEM;
}

/* An entry with this key, as its addresses or its payload, that still has to leave at `port`. */
static bool awaited(struct verify *v, int which, uint64_t key, int port)
{
	struct record *r;
	uint64_t cursor = 0;
	int steps;

	for (steps = 0; steps < 64; steps++) {
		r = window_find(v->window, which, key, &cursor);
		if (!r)
			return false;
		if (r->kind == REC_ENTERED && r->must & ~r->seen & 1u << port)
			return true;
	}
	return false;
}

/* No record of the direction, and no entry to match: a frame leaves when its source is known
 * elsewhere and more speaks for it than for a host that has moved; or when its source is not known
 * at all and it is another frame's payload that leaves for a host on this port. */
static enum sight_way infer(struct verify *v, const struct sight *s)
{
	int home, dst_home;
	bool known = verify_home(v, s->src, &home);
	bool to_here = !(s->dst[0] & 1) && verify_home(v, s->dst, &dst_home) && dst_home == s->port;

	if (originated(v, s))
		return WAY_OUT;
	if (!known)
		return to_here && awaited(v, KEY_REST, s->rest, s->port) ? WAY_OUT : WAY_IN;
	if (home == s->port)
		return WAY_IN;
	if (to_here || twin_of(v, s->full, s->port))
		return WAY_OUT;
	return awaited(v, KEY_HEAD, s->head, s->port) || awaited(v, KEY_REST, s->rest, s->port)
		       ? WAY_OUT
		       : WAY_IN;
}

int verify_sight(struct verify *v, const struct sight *s)
{
	enum sight_way way = s->way;
	struct record *r = NULL;

	if (!v->started)
		v->start_ns = v->now_ns = s->ts_ns;
	v->started = true;
	if (s->ts_ns > v->now_ns)
		v->now_ns = s->ts_ns;
	expire(v, s->ts_ns - v->set.window_ns);
	if (way != WAY_IN)
		r = entry_of(v, s->full, s->port);
	if (r)
		return leave(v, s, r);
	if (way == WAY_UNKNOWN)
		way = infer(v, s);
	v->tied += s->tied;
	return way == WAY_OUT ? left_unexplained(v, s) : enter(v, s);
}

/* A frame that was taken to enter leaves; else one enters where its source is, and not where its
 * destination is. */
int verify_next(struct verify *v, const struct sight *s)
{
	int port, sum;

	if (s->way != WAY_IN && entry_of(v, s->full, s->port))
		return 3;
	sum = !verify_home(v, s->src, &port) ? 1 : port == s->port ? 2 : 0;
	if (!s->no_dst && !(s->dst[0] & 1) && verify_home(v, s->dst, &port) && port == s->port)
		sum -= 2;
	return sum;
}

void verify_span(struct verify *v, int64_t from_ns, int64_t to_ns)
{
	v->set.from_ns = from_ns;
	v->set.to_ns = to_ns;
}

void verify_finish(struct verify *v)
{
	expire(v, INT64_MAX);
}

/* ---- what was counted ---- */

uint64_t verify_count(const struct verify *v, enum violation_kind kind)
{
	return v->count[kind];
}

uint64_t verify_filtered(const struct verify *v, enum brm_why why)
{
	return v->filtered[why];
}

const struct port_counts *verify_port(const struct verify *v, int port)
{
	return &v->port[port];
}

const struct delay *verify_delay(const struct verify *v, int in_port, int port)
{
	return v->delay[in_port][port];
}

uint64_t verify_outside(const struct verify *v)
{
	return v->outside;
}

uint64_t verify_early(const struct verify *v, int64_t *most_ns)
{
	*most_ns = v->earliest_ns;
	return v->early;
}

uint64_t verify_tied(const struct verify *v)
{
	return v->tied;
}

uint32_t verify_peak(const struct verify *v)
{
	return window_peak(v->window);
}

uint64_t verify_crowded(const struct verify *v)
{
	return v->crowded;
}

const char *violation_name(enum violation_kind kind)
{
	static const char *const names[VIOLATION_KINDS] = {"missing",  "unexpected", "duplicated",
							   "modified", "reordered",  "late"};

	return names[kind];
}
