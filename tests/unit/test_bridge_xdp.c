/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The XDP program, frame in, verdict out (BPF_PROG_TEST_RUN): events feed the maps as in the
 * daemon, then each row changes one thing and says what becomes of one frame. Verdicts alone: that
 * a frame is also delivered is shown in tests/net/test_xdp_bridge.sh. */
#include "bridge_maps.h"
#include "capfile.h"
#include "bridge_explain.h"
#include "fast.h"
#include "ktable.h"
#include "sync.h"
#include "verdict.h"
#include "vlan_message.h"

#include <arpa/inet.h>
#include <bpf/bpf.h>
#include <errno.h>
#include <linux/if_bridge.h>
#include <linux/neighbour.h>
#include <linux/rtnetlink.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define IN 1 /* loopback's ifindex: a test run takes no other that is sure to exist */
#define OUT 2
#define THIRD 3
#define BRIDGE 100
#define BRIDGE2 101
#define NDO_XMIT 4

static const uint8_t A[6] = {2, 0, 0, 0, 0, 0xa}; /* on IN */
static const uint8_t B[6] = {2, 0, 0, 0, 0, 0xb}; /* on OUT */
static const uint8_t C[6] = {2, 0, 0, 0, 0, 0xc}; /* on THIRD */
static const uint8_t N[6] = {2, 0, 0, 0, 0, 0xf}; /* nowhere */

static struct fast *fast;
static struct ktable *table;
static struct sync *sync_;

static int fake_tx(void *arg, uint32_t slot, uint32_t ifindex)
{
	struct sync_maps *real = arg;

	return real->tx(real->arg, slot, ifindex ? IN : 0);
}

static void link_event(uint32_t ifindex, uint32_t master, uint32_t flags, uint8_t state)
{
	struct event ev = {.kind = EVENT_LINK,
			   .link = {.ifindex = ifindex,
				    .master = master,
				    .mtu = 1500,
				    .flags = IFF_UP | IFF_RUNNING,
				    .lower_nsid = -1,
				    .has_port = master != 0,
				    .port = {.state = state, .flags = flags}}};

	ev.link.has_bridge = !master;
	ev.link.bridge = (struct event_bridge){.ageing_time = 30000, .forward_delay = 1500};
	snprintf(ev.link.name, sizeof(ev.link.name), "if%u", ifindex);
	assert_int_equal(sync_event(sync_, &ev), 0);
}

static void learn(const uint8_t mac[6], uint32_t bridge, uint32_t port, uint16_t state)
{
	struct event ev = {.kind = EVENT_FDB,
			   .fdb = {.bridge = bridge, .port = port, .state = state}};

	memcpy(ev.fdb.mac, mac, 6);
	assert_int_equal(sync_event(sync_, &ev), 0);
}

/* A static entry of which somebody wants to hear when it is no longer seen. */
static void learn_watched(const uint8_t mac[6], uint32_t port)
{
	struct event ev = {
		.kind = EVENT_FDB,
		.fdb = {.bridge = BRIDGE, .port = port, .state = NUD_NOARP, .watched = true}};

	memcpy(ev.fdb.mac, mac, 6);
	assert_int_equal(sync_event(sync_, &ev), 0);
}

static void forget(const uint8_t mac[6])
{
	struct event ev = {.kind = EVENT_FDB_GONE, .fdb = {.bridge = BRIDGE}};

	memcpy(ev.fdb.mac, mac, 6);
	assert_int_equal(sync_event(sync_, &ev), 0);
}

static void add_port(uint32_t ifindex, bool generic)
{
	struct facts well = {.xdp_features_known = true,
			     .xdp_features = NDO_XMIT,
			     .tx_csum = true,
			     .tx_vlan = true};

	assert_int_equal(sync_add(sync_, ifindex, generic), 0);
	sync_port(sync_, ifindex)->facts = well;
}

/* Three ports of one bridge, a host on each, all fast. */
static int set_up(void **state)
{
	static struct sync_maps real, maps;

	(void)state;
	real = fast_maps(fast);
	maps = real;
	maps.tx = fake_tx;
	maps.arg = &real;
	memset(maps.ports, 0, XB_PORT_SLOTS * sizeof(*maps.ports));
	buckets_clear(&maps.fdb);
	table = ktable_new();
	sync_ = sync_new(&maps, table, 0);
	link_event(BRIDGE, 0, 0, 0);
	link_event(BRIDGE2, 0, 0, 0);
	for (uint32_t i = IN; i <= THIRD; i++) {
		link_event(i, BRIDGE, PORT_LEARNING, BR_STATE_FORWARDING);
		add_port(i, false);
	}
	learn(A, BRIDGE, IN, NUD_REACHABLE);
	learn(B, BRIDGE, OUT, NUD_REACHABLE);
	learn(C, BRIDGE, THIRD, NUD_REACHABLE);
	sync_settle(sync_);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	sync_free(sync_);
	ktable_free(table);
	return 0;
}

static void no_line(void *arg, const char *line)
{
	(void)arg, (void)line;
}

/* What the program did with the frame: the one counter that went up, by one. */
static unsigned int run_to(const void *frame, size_t len, void *out, uint32_t *out_len)
{
	struct sync_port *p = sync_port(sync_, IN);
	uint32_t row = p ? p->row : 0;
	struct xdp_md md = {.data_end = len, .ingress_ifindex = IN};
	LIBBPF_OPTS(bpf_test_run_opts, opts, .data_in = frame, .data_size_in = len, .data_out = out,
		    .data_size_out = *out_len, .ctx_in = &md, .ctx_size_in = sizeof(md));
	struct fast_counters before, after;
	unsigned int v, seen = XB_VERDICTS, told = explain_frame(sync_, IN, frame, len, no_line, NULL);

	assert_int_equal(fast_counters(fast, row, &before), 0);
	assert_int_equal(bpf_prog_test_run_opts(fast_program(fast), &opts), 0);
	assert_int_equal(fast_counters(fast, row, &after), 0);
	for (v = 0; v < XB_VERDICTS; v++) {
		if (after.frames[v] == before.frames[v])
			continue;
		assert_int_equal(after.frames[v], before.frames[v] + 1);
		assert_int_equal(seen, XB_VERDICTS);
		seen = v;
	}
	/* What `explain` says is what happens; that a refreshing is due by time, it cannot know. */
	if (seen != told && seen != XB_KEEP_ALIVE)
		fail_msg("explained as %s, was %s", verdict_name(told), verdict_name(seen));
	assert_int_equal(opts.retval, seen == XB_FORWARDED ? XDP_REDIRECT : XDP_PASS);
	*out_len = opts.data_size_out;
	return seen;
}

/* Where the bridge filters no VLANs the fast path changes no frame. */
static unsigned int run(const void *frame, size_t len)
{
	uint8_t out[2048];
	uint32_t out_len = sizeof(out);
	unsigned int seen = run_to(frame, len, out, &out_len);

	assert_int_equal(out_len, len);
	assert_memory_equal(out, frame, len);
	return seen;
}

static unsigned int give(const uint8_t dest[6], const uint8_t source[6], uint16_t type, size_t len)
{
	uint8_t frame[2048] = {0};

	memcpy(frame, dest, 6);
	memcpy(frame + 6, source, 6);
	frame[12] = type >> 8;
	frame[13] = type & 0xff;
	return run(frame, len);
}

#define assert_verdict(v, expected) assert_string_equal(verdict_name(v), verdict_name(expected))

/* A's first frame after its entry was written goes up; the rows look at what follows. */
static void refresh(void)
{
	assert_verdict(give(B, A, 0x0800, 60), XB_KEEP_ALIVE);
	assert_verdict(give(B, A, 0x0800, 60), XB_FORWARDED);
}

static const uint8_t broadcast[6] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff};
static const uint8_t multicast[6] = {1, 0, 0x5e, 0, 0, 1};
static const uint8_t lldp[6] = {1, 0x80, 0xc2, 0, 0, 0x0e};
static const uint8_t group_10[6] = {1, 0x80, 0xc2, 0, 0, 0x10};
static const uint8_t zero[6];

static void frames(void **state)
{
	static const struct {
		const char *what;
		const uint8_t *dest, *source;
		uint16_t type;
		size_t len;
		enum xb_verdict v;
	} rows[] = {
		{"learned", B, A, 0x0800, 60, XB_FORWARDED},
		{"learned, ARP", B, A, 0x0806, 60, XB_FORWARDED},
		{"shortest", B, A, 0x0800, 14, XB_FORWARDED},
		{"VLAN tag that the bridge does not filter", B, A, 0x8100, 64, XB_FORWARDED},
		{"a tag and a type", B, A, 0x8100, 20, XB_FORWARDED},
		{"a tag without a type behind it", B, A, 0x8100, 19, XB_RUNT},
		{"an 802.1ad tag that is cut short", B, A, 0x88a8, 14, XB_RUNT},
		{"longest", B, A, 0x0800, 1518, XB_FORWARDED},
		{"too long for the egress port", B, A, 0x0800, 1519, XB_TOO_LONG},
		{"CFM", B, A, 0x8902, 60, XB_MAINTENANCE},
		{"MRP", B, A, 0x88e3, 60, XB_MAINTENANCE},
		{"broadcast", broadcast, A, 0x0800, 60, XB_GROUP},
		{"multicast", multicast, A, 0x0800, 60, XB_GROUP},
		{"LLDP", lldp, A, 0x88cc, 60, XB_LINK_LOCAL},
		{"just behind the link-local range", group_10, A, 0x0800, 60, XB_GROUP},
		{"group source", B, multicast, 0x0800, 60, XB_BAD_SOURCE},
		{"zero source", B, zero, 0x0800, 60, XB_BAD_SOURCE},
		{"zero destination", zero, A, 0x0800, 60, XB_DEST_NEW},
		{"unknown source", B, N, 0x0800, 60, XB_SOURCE_NEW},
		{"moved source", B, C, 0x0800, 60, XB_SOURCE_MOVED},
		{"unknown destination", N, A, 0x0800, 60, XB_DEST_NEW},
		{"destination on the same port", A, A, 0x0800, 60, XB_DEST_SAME},
	};

	(void)state;
	refresh();
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		unsigned int v = give(rows[i].dest, rows[i].source, rows[i].type, rows[i].len);

		if (v != rows[i].v)
			fail_msg("%s: %s", rows[i].what, verdict_name(v));
	}
}

static void tagged_maintenance(void **state)
{
	static const uint16_t types[] = {0x8902, 0x88e3};
	uint8_t frame[64] = {2, 0, 0, 0, 0, 0xb, 2, 0, 0, 0, 0, 0xa, 0x81, 0, 0, 7};

	(void)state;
	refresh();
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		frame[16] = types[i] >> 8;
		frame[17] = types[i] & 0xff;
		assert_verdict(run(frame, sizeof(frame)), XB_MAINTENANCE);
		frame[16] = 8;
		assert_verdict(run(frame, sizeof(frame)), XB_FORWARDED);
	}
}

static void isolate_both(void)
{
	link_event(IN, BRIDGE, PORT_ISOLATED, BR_STATE_FORWARDING);
	link_event(OUT, BRIDGE, PORT_ISOLATED, BR_STATE_FORWARDING);
}
static void isolate_one(void)
{
	link_event(IN, BRIDGE, PORT_ISOLATED, BR_STATE_FORWARDING);
}
static void block_in(void)
{
	link_event(IN, BRIDGE, 0, BR_STATE_BLOCKING);
}
static void block_out(void)
{
	link_event(OUT, BRIDGE, 0, BR_STATE_BLOCKING);
}
static void learning_only(void)
{
	link_event(OUT, BRIDGE, 0, BR_STATE_LEARNING);
}
static void leave_bridge(void)
{
	link_event(OUT, BRIDGE2, 0, BR_STATE_FORWARDING);
}
static void in_leaves(void)
{
	link_event(IN, BRIDGE2, 0, BR_STATE_FORWARDING);
}
static void out_deaf(void)
{
	sync_port(sync_, OUT)->facts.xdp_features = 0;
}
static void unfollow_out(void)
{
	sync_remove(sync_, OUT);
}
static void unfollow_in(void)
{
	sync_remove(sync_, IN);
}
static void suppress(void)
{
	link_event(THIRD, BRIDGE, PORT_NEIGH_SUPPRESS, BR_STATE_FORWARDING);
}
static void forget_source(void)
{
	forget(A);
}
static void forget_dest(void)
{
	forget(B);
}
static void move_source(void)
{
	learn(A, BRIDGE, THIRD, NUD_REACHABLE);
}
static void dest_local(void)
{
	learn(B, BRIDGE, OUT, NUD_PERMANENT);
}
static void source_local(void)
{
	learn(A, BRIDGE, IN, NUD_PERMANENT);
}
static void dest_static(void)
{
	learn(B, BRIDGE, OUT, NUD_NOARP);
}
static void dest_elsewhere(void)
{
	learn(B, BRIDGE, 77, NUD_REACHABLE);
}
static void resyncing(void)
{
	sync_begin(sync_);
}
static void resynced(void)
{
	sync_begin(sync_);
	for (uint32_t i = IN; i <= THIRD; i++)
		link_event(i, BRIDGE, 0, BR_STATE_FORWARDING);
	link_event(BRIDGE, 0, 0, 0);
	learn(A, BRIDGE, IN, NUD_REACHABLE);
	sync_end(sync_);
	sync_settle(sync_);
}
static void hairpin(void)
{
	link_event(IN, BRIDGE, PORT_HAIRPIN, BR_STATE_FORWARDING);
}
static void locked(void)
{
	link_event(IN, BRIDGE, PORT_LOCKED | PORT_LEARNING, BR_STATE_FORWARDING);
}
static void not_learning(void)
{
	link_event(IN, BRIDGE, 0, BR_STATE_FORWARDING);
}
static void mab_source(void)
{
	struct event ev = {.kind = EVENT_FDB,
			   .fdb = {.bridge = BRIDGE,
				   .port = IN,
				   .state = NUD_REACHABLE,
				   .ext_flags = 2 /* NTF_EXT_LOCKED */}};

	memcpy(ev.fdb.mac, A, 6);
	assert_int_equal(sync_event(sync_, &ev), 0);
}

static void changes(void **state)
{
	static const struct {
		const char *what;
		void (*change)(void);
		uint16_t type;
		enum xb_verdict v;
	} rows[] = {
		{"both isolated", isolate_both, 0x0800, XB_ISOLATED},
		{"one isolated", isolate_one, 0x0800, XB_FORWARDED},
		{"ingress blocking", block_in, 0x0800, XB_PORT_STATE},
		{"egress blocking", block_out, 0x0800, XB_EGRESS_CLOSED},
		{"egress learning", learning_only, 0x0800, XB_EGRESS_CLOSED},
		{"egress put in another bridge", leave_bridge, 0x0800, XB_DEST_NEW},
		{"ingress put in another bridge", in_leaves, 0x0800, XB_SOURCE_NEW},
		{"egress cannot transmit", out_deaf, 0x0800, XB_EGRESS_CLOSED},
		{"egress no longer followed", unfollow_out, 0x0800, XB_DEST_NEW},
		{"ingress no longer followed", unfollow_in, 0x0800, XB_NO_PORT},
		{"a port suppresses: IPv4", suppress, 0x0800, XB_FORWARDED},
		{"a port suppresses: ARP", suppress, 0x0806, XB_NEIGHBOUR},
		{"a port suppresses: IPv6", suppress, 0x86dd, XB_NEIGHBOUR},
		{"source aged", forget_source, 0x0800, XB_SOURCE_NEW},
		{"destination aged", forget_dest, 0x0800, XB_DEST_NEW},
		{"source moved", move_source, 0x0800, XB_SOURCE_MOVED},
		{"destination became local", dest_local, 0x0800, XB_DEST_NEW},
		{"source became local", source_local, 0x0800, XB_SOURCE_NEW},
		{"destination static", dest_static, 0x0800, XB_FORWARDED},
		{"destination on a port not followed", dest_elsewhere, 0x0800, XB_DEST_NEW},
		{"resync under way", resyncing, 0x0800, XB_SYNCING},
		{"resync that missed a destination", resynced, 0x0800, XB_KEEP_ALIVE},
		{"hairpin", hairpin, 0x0800, XB_FORWARDED},
		{"locked, source authorised", locked, 0x0800, XB_FORWARDED},
		{"locked by MAB", mab_source, 0x0800, XB_SOURCE_NEW},
		{"learning off", not_learning, 0x0800, XB_FORWARDED},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		unsigned int v;

		tear_down(state);
		set_up(state);
		refresh();
		rows[i].change();
		/* During a resync nothing is settled: sync_begin() alone must hold. */
		if (rows[i].change != resyncing)
			sync_settle(sync_);
		v = give(B, A, rows[i].type, 60);
		if (v != rows[i].v)
			fail_msg("%s: %s", rows[i].what, verdict_name(v));
	}
}

/* After the resync of the row above, the missed destination must be gone for good. */
static void mark_and_sweep(void **state)
{
	(void)state;
	refresh();
	resynced();
	assert_verdict(give(B, A, 0x0800, 60), XB_KEEP_ALIVE);
	assert_verdict(give(B, A, 0x0800, 60), XB_DEST_NEW);
	assert_int_equal(sync_numbers(sync_).kernel, 1);
	assert_int_equal(sync_numbers(sync_).installed, 1);
}

/* A dynamic source is shown to the kernel again after the interval, a static one never. */
static void keep_alive(void **state)
{
	struct event ev = {.kind = EVENT_LINK,
			   .link = {.ifindex = BRIDGE,
				    .flags = IFF_UP,
				    .has_bridge = true,
				    .lower_nsid = -1,
				    .bridge = {.ageing_time = 100, .forward_delay = 1500}}};
	int i;

	(void)state;
	refresh();
	assert_int_equal(sync_event(sync_, &ev), 0); /* 1 s: due every 0.1 s */
	sync_settle(sync_);
	for (i = 0; i < 100 && give(B, A, 0x0800, 60) == XB_FORWARDED; i++)
		usleep(10000);
	assert_in_range(i, 1, 99);
	assert_verdict(give(B, A, 0x0800, 60), XB_FORWARDED);

	ev.link.bridge.ageing_time = 0;
	assert_int_equal(sync_event(sync_, &ev), 0);
	sync_settle(sync_);
	assert_verdict(give(B, A, 0x0800, 60), XB_KEEP_ALIVE);
	assert_verdict(give(B, A, 0x0800, 60), XB_KEEP_ALIVE);
	learn(A, BRIDGE, IN, NUD_NOARP);
	assert_verdict(give(B, A, 0x0800, 60), XB_FORWARDED);
	learn_watched(A, IN);
	assert_verdict(give(B, A, 0x0800, 60), XB_KEEP_ALIVE);
	assert_verdict(give(B, A, 0x0800, 60), XB_KEEP_ALIVE);
}

/* One that is silent while the stamps turn is shown to the kernel with its next frame, as fresh as
 * its stamp may look then. */
static void stamps_turn(void **state)
{
	const struct sync_maps *maps = sync_maps(sync_);
	struct sync_port *p = sync_port(sync_, IN);
	uint8_t bridge = maps->ports[p->slot].self >> XB_DATA_BRIDGE_SHIFT & 0xff;
	uint16_t stamp;
	int i;

	(void)state;
	refresh();
	stamp = buckets_get(&maps->fdb, ktable_key(A, 0), bridge) & XB_DATA_STAMP;
	for (i = 0; i < SYNC_AGE_CALLS; i++)
		sync_age(sync_, stamp + 0x3fff);
	assert_verdict(give(B, A, 0x0800, 60), XB_FORWARDED);
	for (i = 0; i < SYNC_AGE_CALLS; i++)
		sync_age(sync_, stamp + 0x4000);
	assert_verdict(give(B, A, 0x0800, 60), XB_KEEP_ALIVE);
	assert_verdict(give(B, A, 0x0800, 60), XB_FORWARDED);
}

/* A host that was seen on another port is no destination from that frame on, nor a source; where
 * the kernel did not move it, it is both again after healing. */
static void moved(void **state)
{
	(void)state;
	refresh();
	assert_verdict(give(C, A, 0x0800, 60), XB_FORWARDED);
	assert_verdict(give(B, C, 0x0800, 60), XB_SOURCE_MOVED);
	assert_verdict(give(C, A, 0x0800, 60), XB_DEST_NEW);
	assert_verdict(give(B, C, 0x0800, 60), XB_SOURCE_NEW);
	sync_settle(sync_);
	assert_verdict(give(C, A, 0x0800, 60), XB_DEST_NEW);
	sync_heal(sync_);
	sync_settle(sync_);
	assert_verdict(give(C, A, 0x0800, 60), XB_FORWARDED);

	assert_verdict(give(B, C, 0x0800, 60), XB_SOURCE_MOVED);
	learn(C, BRIDGE, OUT, NUD_REACHABLE);
	assert_verdict(give(C, A, 0x0800, 60), XB_FORWARDED);
	assert_int_equal(sync_numbers(sync_).installed, 3);
}

static void learn_sticky(const uint8_t mac[6], uint32_t port)
{
	struct event ev = {.kind = EVENT_FDB,
			   .fdb = {.bridge = BRIDGE,
				   .port = port,
				   .state = NUD_NOARP,
				   .flags = NTF_STICKY}};

	memcpy(ev.fdb.mac, mac, 6);
	assert_int_equal(sync_event(sync_, &ev), 0);
}

/* A static entry moves in the kernel as one that was learned does. */
static void static_moved(void **state)
{
	(void)state;
	refresh();
	learn(C, BRIDGE, THIRD, NUD_NOARP);
	assert_verdict(give(C, A, 0x0800, 60), XB_FORWARDED);
	assert_verdict(give(B, C, 0x0800, 60), XB_SOURCE_MOVED);
	assert_verdict(give(C, A, 0x0800, 60), XB_DEST_NEW);
}

/* The kernel moves nothing to a port that does not learn, and sticky entries are not touched
 * either. */
static void not_moved(void **state)
{
	(void)state;
	not_learning();
	sync_settle(sync_);
	refresh();
	assert_verdict(give(B, C, 0x0800, 60), XB_SOURCE_MOVED);
	assert_verdict(give(C, A, 0x0800, 60), XB_FORWARDED);
	link_event(IN, BRIDGE, PORT_LEARNING, BR_STATE_FORWARDING);
	learn_sticky(C, THIRD);
	sync_settle(sync_);
	assert_verdict(give(B, C, 0x0800, 60), XB_SOURCE_MOVED);
	assert_verdict(give(C, A, 0x0800, 60), XB_FORWARDED);
}

/* What xdp/bridge_watch.bpf.c writes when the kernel begins to announce a change, and has. */
static struct xb_port *in_record(void)
{
	return &sync_maps(sync_)->ports[sync_port(sync_, IN)->slot];
}
static void begin_change(void)
{
	in_record()->changing++;
	in_record()->closed_in = in_record()->closed_out = XB_SYNCING;
}

/* A port that the kernel changed opens only when the message about it must have been read. */
static void changing(void **state)
{
	(void)state;
	refresh();
	sync_look_up(sync_);
	begin_change();
	assert_true(sync_settle(sync_));
	assert_verdict(give(B, A, 0x0800, 60), XB_SYNCING);
	sync_look_up(sync_);
	assert_true(sync_settle(sync_)); /* its message may not be there yet */
	assert_verdict(give(B, A, 0x0800, 60), XB_SYNCING);
	in_record()->announced++;
	sync_look_up(sync_);
	assert_false(sync_settle(sync_));
	assert_verdict(give(B, A, 0x0800, 60), XB_FORWARDED);

	begin_change(); /* whose end is never seen */
	sync_look_up(sync_);
	sync_heal(sync_);
	assert_true(sync_settle(sync_));
	sync_heal(sync_);
	sync_look_up(sync_);
	assert_false(sync_settle(sync_));
	assert_verdict(give(B, A, 0x0800, 60), XB_FORWARDED);
}

/* Generic XDP needs no help from the egress driver; it needs the port all the same. */
static void generic_ingress(void **state)
{
	(void)state;
	sync_remove(sync_, IN);
	add_port(IN, true);
	out_deaf();
	sync_settle(sync_);
	refresh();
	/* What a veth's other end may leave to the device is more than this one can do. */
	sync_port(sync_, IN)->facts.is_veth = true;
	sync_settle(sync_);
	assert_verdict(give(B, A, 0x0800, 60), XB_EGRESS_CLOSED);
	sync_port(sync_, OUT)->facts.tx_any = true;
	sync_settle(sync_);
	assert_verdict(give(B, A, 0x0800, 60), XB_FORWARDED);
	block_out();
	sync_settle(sync_);
	assert_verdict(give(B, A, 0x0800, 60), XB_EGRESS_CLOSED);
}

/* The same address in two bridges is two entries. */
static void two_bridges(void **state)
{
	(void)state;
	refresh();
	learn(B, BRIDGE2, IN, NUD_REACHABLE);
	learn(A, BRIDGE2, OUT, NUD_REACHABLE);
	sync_settle(sync_);
	assert_verdict(give(B, A, 0x0800, 60), XB_FORWARDED);
}

/* Addresses that found no room get it when others have gone. */
static void room_again(void **state)
{
	enum { MANY = 4000 };
	uint8_t mac[6] = {2, 0, 0, 1};
	size_t without;
	int i;

	(void)state;
	for (i = 0; i < MANY; i++) {
		mac[4] = i >> 8;
		mac[5] = i;
		learn(mac, BRIDGE, OUT, NUD_NOARP);
	}
	without = sync_numbers(sync_).kernel - sync_numbers(sync_).installed;
	assert_true(without > MANY / 4);
	for (i = 0; i < MANY / 2; i++) {
		mac[4] = i >> 8;
		mac[5] = i;
		forget(mac);
	}
	assert_true(sync_numbers(sync_).installed < sync_numbers(sync_).kernel);
	sync_heal(sync_);
	sync_settle(sync_);
	assert_true(sync_numbers(sync_).kernel - sync_numbers(sync_).installed < without / 4);
}

/* Bridges come and go, more than there are numbers for. */
static void many_bridges(void **state)
{
	uint32_t bridge;

	(void)state;
	for (bridge = 1000; bridge < 2000; bridge++) {
		link_event(bridge, 0, 0, 0);
		learn(B, bridge, 5, NUD_REACHABLE); /* nobody's port */
	}
	for (bridge = 1000; bridge < 2000; bridge++) {
		link_event(IN, bridge, PORT_LEARNING, BR_STATE_FORWARDING);
		link_event(OUT, bridge, PORT_LEARNING, BR_STATE_FORWARDING);
		sync_settle(sync_);
		assert_verdict(give(B, A, 0x0800, 60), XB_SOURCE_NEW);
		learn(A, bridge, IN, NUD_REACHABLE);
		learn(B, bridge, OUT, NUD_REACHABLE);
		sync_settle(sync_);
		refresh();
	}
	assert_verdict(give(C, A, 0x0800, 60), XB_DEST_NEW); /* C's port is in the first one */
}

/* Interfaces that were made over a long time have numbers from anywhere, and share slots. */
static void far_apart(void **state)
{
	uint32_t i;

	(void)state;
	for (i = 1; i < XB_PORT_PROBES - 2; i++) {
		link_event(IN + i * XB_PORT_SLOTS, BRIDGE, PORT_LEARNING, BR_STATE_FORWARDING);
		add_port(IN + i * XB_PORT_SLOTS, false);
	}
	assert_int_equal(sync_add(sync_, i * XB_PORT_SLOTS, false), 0);
	assert_int_equal(sync_add(sync_, IN + i * XB_PORT_SLOTS, false), -ENOSPC);
	learn(B, BRIDGE, IN + (i - 1) * XB_PORT_SLOTS, NUD_REACHABLE);
	sync_settle(sync_);
	refresh();
}

/* Slaves need not be of a kind that has a name: net_failover's have none. */
static void slaves(void **state)
{
	struct event ev = {.kind = EVENT_LINK, .link = {.ifindex = 777, .master = IN, .lower_nsid = -1}};
	struct policy_input in = {0};

	(void)state;
	assert_int_equal(sync_event(sync_, &ev), 0);
	assert_true(sync_look(table, IN, &in));
	assert_true(in.has_lower);
	in = (struct policy_input){0};
	assert_true(sync_look(table, OUT, &in));
	assert_false(in.has_lower);
}

/* A bridge takes 1023 ports, wherever their numbers come from: so many find a slot each. */
static void many_ports(void **state)
{
	uint32_t i, random = 1;

	(void)state;
	for (i = 3; i < XB_PORTS - 1; i++) {
		do
			random = random * 1103515245 + 12345;
		while (sync_port(sync_, random >> 8));
		assert_int_equal(sync_add(sync_, random >> 8, false), 0);
	}
}

/* ---- VLANs ---- */

static void vlan_event(uint32_t ifindex, uint16_t first, uint16_t last, uint16_t flags,
		       uint8_t state, bool gone)
{
	struct vlan_message m = vlan_message(ifindex, first, last, flags, state);
	struct event ev;

	if (gone)
		m.h.nlmsg_type = RTM_DELVLAN;
	assert_int_equal(event_parse(&ev, &m, sizeof(m)), 0);
	assert_int_equal(ev.kind, EVENT_VLANS);
	assert_int_equal(sync_event(sync_, &ev), 0);
}

#define PVID BRIDGE_VLAN_INFO_PVID
#define UNTAGGED BRIDGE_VLAN_INFO_UNTAGGED

static void filtering(uint16_t proto)
{
	struct event ev = {.kind = EVENT_LINK,
			   .link = {.ifindex = BRIDGE,
				    .flags = IFF_UP,
				    .has_bridge = true,
				    .lower_nsid = -1,
				    .bridge = {.ageing_time = 30000,
					       .forward_delay = 1500,
					       .vlan_filtering = proto != 0,
					       .vlan_proto = proto}}};

	assert_int_equal(sync_event(sync_, &ev), 0);
}

static void learn_vlan(const uint8_t mac[6], uint32_t port, uint16_t vid)
{
	struct event ev = {.kind = EVENT_FDB,
			   .fdb = {.bridge = BRIDGE, .port = port, .vid = vid, .state = NUD_NOARP}};

	memcpy(ev.fdb.mac, mac, 6);
	assert_int_equal(sync_event(sync_, &ev), 0);
}

/* A frame from A to B with up to two tags of 4 bytes, then EtherType 0x0800 and a known payload. */
static size_t tagged_frame(uint8_t *frame, const uint32_t *tags, size_t ntags, size_t payload)
{
	size_t at = 12, i;

	memcpy(frame, B, 6);
	memcpy(frame + 6, A, 6);
	for (i = 0; i < ntags; i++, at += 4)
		memcpy(frame + at, &(uint32_t){htonl(tags[i])}, 4);
	frame[at++] = 8;
	frame[at++] = 0;
	for (i = 0; i < payload; i++)
		frame[at + i] = i;
	return at + payload;
}

#define TAG(proto, tci) ((uint32_t)(proto) << 16 | (tci))
#define PRIO5 0xa000
#define DEI 0x1000

static const struct vlan_row {
	const char *what;
	uint16_t proto;                /* of the bridge */
	uint16_t in, in_flags;         /* VLAN of the ingress port, 0: none */
	uint16_t out, out_flags;       /* of the egress port */
	uint16_t learned;              /* VLAN of both addresses */
	uint32_t tags[2], out_tags[2]; /* of the frame, as sent and as forwarded; 0: no more */
	enum xb_verdict v;
} vlan_rows[] = {
	{"untagged to untagged",
	 0x8100,
	 10,
	 PVID | UNTAGGED,
	 10,
	 PVID | UNTAGGED,
	 10,
	 {0},
	 {0},
	 XB_FORWARDED},
	{"tagged to tagged",
	 0x8100,
	 10,
	 0,
	 10,
	 0,
	 10,
	 {TAG(0x8100, 10)},
	 {TAG(0x8100, 10)},
	 XB_FORWARDED},
	{"untagged to tagged",
	 0x8100,
	 10,
	 PVID | UNTAGGED,
	 10,
	 0,
	 10,
	 {0},
	 {TAG(0x8100, 10)},
	 XB_FORWARDED},
	{"tagged to untagged",
	 0x8100,
	 10,
	 0,
	 10,
	 UNTAGGED,
	 10,
	 {TAG(0x8100, 10)},
	 {0},
	 XB_FORWARDED},
	{"priority kept",
	 0x8100,
	 10,
	 0,
	 10,
	 0,
	 10,
	 {TAG(0x8100, PRIO5 | DEI | 10)},
	 {TAG(0x8100, PRIO5 | DEI | 10)},
	 XB_FORWARDED},
	{"priority tag gets the PVID and keeps its priority",
	 0x8100,
	 10,
	 PVID | UNTAGGED,
	 10,
	 0,
	 10,
	 {TAG(0x8100, PRIO5)},
	 {TAG(0x8100, PRIO5 | 10)},
	 XB_FORWARDED},
	{"priority tag to untagged",
	 0x8100,
	 10,
	 PVID,
	 10,
	 UNTAGGED,
	 10,
	 {TAG(0x8100, PRIO5)},
	 {0},
	 XB_FORWARDED},
	{"highest VLAN",
	 0x8100,
	 4094,
	 0,
	 4094,
	 0,
	 4094,
	 {TAG(0x8100, 4094)},
	 {TAG(0x8100, 4094)},
	 XB_FORWARDED},
	{"reserved VLAN", 0x8100, 10, PVID, 10, 0, 10, {TAG(0x8100, 4095)}, {0}, XB_SOURCE_NEW},
	{"untagged without PVID", 0x8100, 10, 0, 10, 0, 10, {0}, {0}, XB_VLAN_REFUSED},
	{"priority tag without PVID",
	 0x8100,
	 10,
	 0,
	 10,
	 0,
	 10,
	 {TAG(0x8100, PRIO5)},
	 {0},
	 XB_VLAN_REFUSED},
	{"ingress is no member",
	 0x8100,
	 20,
	 PVID,
	 10,
	 0,
	 10,
	 {TAG(0x8100, 10)},
	 {0},
	 XB_VLAN_REFUSED},
	{"egress is no member",
	 0x8100,
	 10,
	 PVID,
	 20,
	 0,
	 10,
	 {TAG(0x8100, 10)},
	 {0},
	 XB_VLAN_REFUSED},
	{"no VLANs at all", 0x8100, 0, 0, 0, 0, 10, {TAG(0x8100, 10)}, {0}, XB_VLAN_REFUSED},
	{"learned in another VLAN",
	 0x8100,
	 10,
	 PVID,
	 10,
	 0,
	 20,
	 {TAG(0x8100, 10)},
	 {0},
	 XB_SOURCE_NEW},
	{"802.1ad: service tag kept",
	 0x88a8,
	 10,
	 0,
	 10,
	 0,
	 10,
	 {TAG(0x88a8, 10), TAG(0x8100, 5)},
	 {TAG(0x88a8, 10), TAG(0x8100, 5)},
	 XB_FORWARDED},
	{"802.1ad: service tag pushed before the customer's",
	 0x88a8,
	 10,
	 PVID | UNTAGGED,
	 10,
	 0,
	 10,
	 {TAG(0x8100, 5)},
	 {TAG(0x88a8, 10), TAG(0x8100, 5)},
	 XB_FORWARDED},
	{"802.1ad: service tag popped",
	 0x88a8,
	 10,
	 0,
	 10,
	 UNTAGGED,
	 10,
	 {TAG(0x88a8, 10), TAG(0x8100, 5)},
	 {TAG(0x8100, 5)},
	 XB_FORWARDED},
	{"802.1Q bridge, service tag is payload",
	 0x8100,
	 10,
	 PVID | UNTAGGED,
	 10,
	 UNTAGGED,
	 10,
	 {TAG(0x88a8, 7)},
	 {TAG(0x88a8, 7)},
	 XB_FORWARDED},
	{"no filtering: the tag is payload",
	 0,
	 0,
	 0,
	 0,
	 0,
	 0,
	 {TAG(0x8100, 10)},
	 {TAG(0x8100, 10)},
	 XB_FORWARDED},
};

static size_t count_tags(const uint32_t tags[2])
{
	return !!tags[0] + !!tags[1];
}

static void check_vlan_row(const struct vlan_row *r)
{
	uint8_t frame[128], expected[128], out[256];
	uint32_t out_len = sizeof(out);
	size_t len = tagged_frame(frame, r->tags, count_tags(r->tags), 46), expected_len;
	unsigned int v = run_to(frame, len, out, &out_len);

	if (v != r->v)
		fail_msg("%s: %s", r->what, verdict_name(v));
	/* What goes up is as it came. */
	if (v == XB_FORWARDED)
		expected_len = tagged_frame(expected, r->out_tags, count_tags(r->out_tags), 46);
	else
		expected_len = tagged_frame(expected, r->tags, count_tags(r->tags), 46);
	if (out_len != expected_len || memcmp(out, expected, out_len))
		fail_msg("%s: %u bytes out, or other bytes", r->what, out_len);
}

static void vlans(void **state)
{
	for (size_t i = 0; i < sizeof(vlan_rows) / sizeof(vlan_rows[0]); i++) {
		const struct vlan_row *r = &vlan_rows[i];

		tear_down(state);
		set_up(state);
		filtering(r->proto);
		if (r->in)
			vlan_event(IN, r->in, r->in, r->in_flags, BR_STATE_FORWARDING, false);
		if (r->out)
			vlan_event(OUT, r->out, r->out, r->out_flags, BR_STATE_FORWARDING, false);
		learn_vlan(A, IN, r->learned);
		learn_vlan(B, OUT, r->learned);
		sync_settle(sync_);
		check_vlan_row(r);
	}
}

/* What changes about VLANs while frames pass. Before it is settled, the epoch alone must hold. */
static void vlan_changes(void **state)
{
	const struct vlan_row forwarded = vlan_rows[1];
	struct vlan_row r = forwarded;

	(void)state;
	filtering(0x8100);
	vlan_event(IN, 1, 4094, 0, BR_STATE_FORWARDING, false);
	vlan_event(OUT, 10, 10, 0, BR_STATE_FORWARDING, false);
	learn_vlan(A, IN, 10);
	learn_vlan(B, OUT, 10);
	sync_settle(sync_);
	check_vlan_row(&forwarded);

	vlan_event(OUT, 10, 10, 0, BR_STATE_FORWARDING, true);
	r.v = XB_DEST_NEW;
	check_vlan_row(&r);
	sync_settle(sync_);
	r.v = XB_VLAN_REFUSED;
	check_vlan_row(&r);

	vlan_event(OUT, 1, 100, 0, BR_STATE_FORWARDING, false);
	sync_settle(sync_);
	check_vlan_row(&forwarded);

	vlan_event(IN, 10, 10, 0, BR_STATE_BLOCKING, false); /* a state of the VLAN alone */
	sync_settle(sync_);
	check_vlan_row(&r);

	vlan_event(IN, 10, 10, PVID, BR_STATE_FORWARDING, false);
	sync_settle(sync_);
	check_vlan_row(&forwarded);
	vlan_event(IN, 10, 10, PVID, BR_STATE_BLOCKING, false);
	sync_settle(sync_);
	r.tags[0] = 0;
	check_vlan_row(&r);

	filtering(0);
	learn(A, BRIDGE, IN, NUD_NOARP);
	sync_settle(sync_);
	assert_verdict(give(B, A, 0x8100, 64), XB_FORWARDED);
}

/* Host A's frames of the project's captures. Frames below 14 octets are left out: a test run takes
 * none (net/bpf/test_run.c, EINVAL). */
static void captures(void **state)
{
	static const struct {
		const char *path;
		unsigned int forwarded, group, link_local;
	} rows[] = {
		{"pcaps/arp.pcap", 0, 1, 0},       {"pcaps/icmp.pcap", 4, 1, 0},
		{"pcaps/tcp.pcap", 6, 1, 0},       {"pcaps/vlan.pcap", 5, 1, 0},
		{"pcaps/sizes.pcap", 5, 1, 0},     {"pcaps/runt.pcap", 5, 1, 0},
		{"pcaps/stp.pcap", 0, 0, 3},       {"pcaps/lldp.pcap", 0, 0, 1},
		{"pcaps/ptp.pcap", 0, 12, 6},      {"pcaps/ptp-vlan.pcap", 0, 12, 6},
		{"pcaps/ptp-edsa.pcap", 0, 12, 6}, {"pcaps/ptp-udp4.pcap", 0, 18, 0},
	};

	(void)state;
	refresh();
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		unsigned int seen[XB_VERDICTS] = {0};
		struct capfile_packet pkt;
		struct capfile_error err;
		struct capfile *cf;

		print_message("# %s\n", rows[i].path);
		assert_int_equal(capfile_open(&cf, rows[i].path, &err), 0);
		while (capfile_next(cf, &pkt, &err) == 1)
			if (pkt.caplen >= 14 && !memcmp(pkt.data + 6, A, 6))
				seen[run(pkt.data, pkt.caplen)]++;
		capfile_close(cf);
		assert_int_equal(seen[XB_FORWARDED], rows[i].forwarded);
		assert_int_equal(seen[XB_GROUP], rows[i].group);
		assert_int_equal(seen[XB_LINK_LOCAL], rows[i].link_local);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(frames, set_up, tear_down),
		cmocka_unit_test_setup_teardown(tagged_maintenance, set_up, tear_down),
		cmocka_unit_test_setup_teardown(changes, set_up, tear_down),
		cmocka_unit_test_setup_teardown(mark_and_sweep, set_up, tear_down),
		cmocka_unit_test_setup_teardown(keep_alive, set_up, tear_down),
		cmocka_unit_test_setup_teardown(stamps_turn, set_up, tear_down),
		cmocka_unit_test_setup_teardown(moved, set_up, tear_down),
		cmocka_unit_test_setup_teardown(static_moved, set_up, tear_down),
		cmocka_unit_test_setup_teardown(not_moved, set_up, tear_down),
		cmocka_unit_test_setup_teardown(changing, set_up, tear_down),
		cmocka_unit_test_setup_teardown(generic_ingress, set_up, tear_down),
		cmocka_unit_test_setup_teardown(two_bridges, set_up, tear_down),
		cmocka_unit_test_setup_teardown(room_again, set_up, tear_down),
		cmocka_unit_test_setup_teardown(many_bridges, set_up, tear_down),
		cmocka_unit_test_setup_teardown(far_apart, set_up, tear_down),
		cmocka_unit_test_setup_teardown(slaves, set_up, tear_down),
		cmocka_unit_test_setup_teardown(many_ports, set_up, tear_down),
		cmocka_unit_test_setup_teardown(vlans, set_up, tear_down),
		cmocka_unit_test_setup_teardown(vlan_changes, set_up, tear_down),
		cmocka_unit_test_setup_teardown(captures, set_up, tear_down),
	};
	struct fast_error err;
	int ret = fast_open(&fast, 1000, &err);

	if (ret == -EPERM) {
		printf("ok 1 - bridge_xdp # SKIP loading XDP programs needs root\n1..1\n");
		return 0;
	}
	if (ret) {
		printf("not ok 1 - bridge_xdp\n# %s\n", err.text);
		return 1;
	}
	ret = cmocka_run_group_tests_name("bridge_xdp", tests, NULL, NULL);
	fast_close(fast);
	return ret;
}
