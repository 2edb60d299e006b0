/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "checkup.h"

#include "advice.h"
#include "bridge_maps.h"
#include "hazard.h"
#include "verdict.h"

#include <linux/if.h>
#include <linux/if_bridge.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define OWN_PROGRAM "xdp_bridge"

struct list {
	struct checkup_finding *at;
	size_t n;
};

const char *checkup_level_name(enum checkup_level level)
{
	static const char *const names[] = {"note", "partly", "slow"};

	return names[level];
}

bool checkup_generic(const struct facts *facts, const struct fast_other *program)
{
	return program->id ? program->generic : !facts_native(facts);
}

static struct checkup_finding *add(struct list *l, enum checkup_level level, const char *reason,
				   const char *fmt, ...) __attribute__((format(printf, 4, 5)));
static struct checkup_finding *add(struct list *l, enum checkup_level level, const char *reason,
				   const char *fmt, ...)
{
	struct checkup_finding *f = &l->at[l->n < CHECKUP_MAX ? l->n++ : CHECKUP_MAX - 1];
	va_list ap;

	*f = (struct checkup_finding){.level = level, .reason = reason};
	va_start(ap, fmt);
	vsnprintf(f->text, sizeof(f->text), fmt, ap);
	va_end(ap);
	return f;
}

/* ---- what closes the whole port ---- */

/* The world as found, with what has been told taken for mended. */
struct trial {
	struct event_link port, bridge;
	struct facts facts;
	struct policy_input in;
};

static void begin(struct trial *t, const struct checkup_input *in)
{
	t->in = in->policy;
	t->port = *in->policy.port;
	t->facts = *in->policy.facts;
	t->in.port = &t->port;
	t->in.facts = &t->facts;
	if (in->policy.bridge) {
		t->bridge = *in->policy.bridge;
		t->in.bridge = &t->bridge;
	}
	/* What the driver will be able to do once the program is there. */
	if (!in->program.id && facts_will_xmit(&t->facts))
		t->in.allow |= ALLOW_XMIT;
	if (t->in.allow & ALLOW_NFT)
		t->in.hazards &= ~HAZARD_NFT;
	if (t->in.allow & ALLOW_EBTABLES)
		t->in.hazards &= ~HAZARD_EBTABLES;
}

static void mend_bridge(struct trial *t)
{
	/* A bridge that is down disables its ports. */
	if (!(t->bridge.flags & IFF_UP))
		t->port.port.state = BR_STATE_FORWARDING;
	t->bridge.flags = IFF_UP;
	t->bridge.promiscuity = 0;
}

static void mend_no_bridge(struct trial *t)
{
	t->bridge = (struct event_link){.flags = IFF_UP, .has_bridge = true};
	t->in.bridge = &t->bridge;
	t->port.has_port = true;
	t->port.port.state = BR_STATE_FORWARDING;
}

static void mend_port(struct trial *t)
{
	t->port.has_port = true;
	t->port.flags |= IFF_UP | IFF_RUNNING;
	t->port.port.state = BR_STATE_FORWARDING;
}

/* In the order in which advice() names them. */
static void mend_firewall(struct trial *t)
{
	if (t->in.hazards & HAZARD_NFT)
		t->in.hazards &= ~HAZARD_NFT;
	else if (t->in.hazards & HAZARD_EBTABLES)
		t->in.hazards &= ~HAZARD_EBTABLES;
	else
		t->in.allow |= ALLOW_BR_NETFILTER;
}

static void mend_driver(struct trial *t, uint32_t allow)
{
	/* advice() tells all of a veth's peer at once. */
	t->in.allow |= t->facts.is_veth ? ALLOW_CHECKSUM | ALLOW_HIDDEN_TAG | ALLOW_XMIT : allow;
}

/* False when the verdict is none that can be taken for mended. */
static bool mend(struct trial *t, uint8_t verdict)
{
	switch (verdict) {
	case XB_NO_BRIDGE:
		mend_no_bridge(t);
		return true;
	case XB_BRIDGE_STATE:
		mend_bridge(t);
		return true;
	case XB_MST:
		t->bridge.bridge.mst = false;
		return true;
	case XB_PORT_STATE:
		mend_port(t);
		return true;
	case XB_PORT_FLAGS:
		t->port.port.flags &= ~PORT_VLAN_TUNNEL;
		t->port.port.backup = 0;
		t->port.switchdev = false;
		return true;
	case XB_FIREWALL:
		mend_firewall(t);
		return true;
	case XB_TC:
		t->in.allow |= ALLOW_TC;
		return true;
	case XB_PACKET:
		t->in.allow |= ALLOW_PACKET;
		return true;
	case XB_MEMBERS:
		t->port.kind[0] = '\0';
		return true;
	case XB_CHECKSUM:
		mend_driver(t, ALLOW_CHECKSUM);
		return true;
	case XB_HIDDEN_TAG:
		mend_driver(t, ALLOW_HIDDEN_TAG);
		return true;
	case XB_NO_XDP_XMIT:
		mend_driver(t, ALLOW_XMIT);
		return true;
	}
	return false;
}

static void about_bridge_state(char *text, size_t size, const struct event_link *bridge)
{
	const char *name = bridge->name;

	if (!(bridge->flags & IFF_UP))
		snprintf(text, size, "%s is down; `ip link set dev %s up`", name, name);
	else
		snprintf(text, size,
			 "%s is promiscuous, so that it gets a copy of every frame: end what "
			 "captures on it; if it was set by hand, `ip link set dev %s promisc off`",
			 name, name);
}

static void about_port_state(char *text, size_t size, const struct event_link *port)
{
	static const char *const states[] = {"disabled", "listening", "learning", "forwarding",
					     "blocking"};

	if (!(port->flags & IFF_UP))
		snprintf(text, size, "it is down; `ip link set dev %s up`", port->name);
	else if (!(port->flags & IFF_RUNNING))
		snprintf(text, size, "it has no carrier: the other end is down or unplugged");
	else if (port->port.state == BR_STATE_DISABLED)
		snprintf(text, size, "it is disabled; `bridge link set dev %s state 3`",
			 port->name);
	else
		snprintf(text, size, "STP: its state is %s, only forwarding ports take part",
			 port->port.state < 5 ? states[port->port.state] : "unknown");
}

static void about_port_flags(char *text, size_t size, const struct event_link *port)
{
	if (port->port.flags & PORT_VLAN_TUNNEL)
		snprintf(text, size, "vlan_tunnel is set; `bridge link set dev %s vlan_tunnel off`",
			 port->name);
	else if (port->switchdev)
		snprintf(text, size, "it belongs to a switch chip, which forwards by itself");
	else
		snprintf(text, size,
			 "it has a backup port, which only the bridge takes in time, so that what "
			 "leaves by it stays there; `bridge link set dev %s nobackup_port`",
			 port->name);
}

/* What advice() has no command for; else its own words. */
static void words(char *text, size_t size, const struct trial *t, uint8_t in, uint8_t out)
{
	struct sync_port p = {
		.generic = t->in.generic,
		.facts = t->facts,
		.hazards = t->in.hazards,
		.policy = {.closed_in = in, .closed_out = out, .closed_generic = out}};

	switch (in ? in : out) {
	case XB_NO_BRIDGE:
		snprintf(text, size, "it is in no bridge; `ip link set dev %s master BRIDGE`",
			 t->port.name);
		return;
	case XB_BRIDGE_STATE:
		about_bridge_state(text, size, &t->bridge);
		return;
	case XB_MST:
		snprintf(text, size, "%s runs MST, which the fast path does not know",
			 t->bridge.name);
		return;
	case XB_PORT_STATE:
		about_port_state(text, size, &t->port);
		return;
	case XB_PORT_FLAGS:
		about_port_flags(text, size, &t->port);
		return;
	}
	advice(text, size, &t->port, &p);
}

static bool of_bridge(uint8_t verdict)
{
	return verdict == XB_BRIDGE_STATE || verdict == XB_MST || verdict == XB_FIREWALL;
}

static bool is_drivers(uint8_t verdict)
{
	return verdict == XB_CHECKSUM || verdict == XB_HIDDEN_TAG || verdict == XB_NO_XDP_XMIT;
}

static void note_offload(struct checkup_finding *f, const char *name)
{
	f->level = CHECKUP_NOTE;
	snprintf(f->text, sizeof(f->text),
		 "its driver takes VLAN tags out of received frames: xdp_bridge turns that off "
		 "while it runs, where the driver lets it, as `ethtool -K %s rxvlan off` does",
		 name);
}

/* What status calls partly slow, with what has been told taken for mended. */
static void add_partly(struct list *l, const struct trial *t, const struct policy *policy,
		       bool both)
{
	struct sync_port p = {.generic = t->in.generic, .policy = *policy};
	char text[512];

	advice_partial(text, sizeof(text), &p, both);
	if (*text)
		add(l, CHECKUP_PARTLY, verdict_name(XB_EGRESS_CLOSED), "%s", text);
}

static void add_closed(struct list *l, const struct checkup_input *input)
{
	struct checkup_finding *f;
	struct policy policy;
	uint8_t in, out, verdict;
	struct trial t = {0};
	bool peer;

	begin(&t, input);
	do {
		policy = policy_decide(&t.in);
		in = policy.closed_in;
		out = t.in.generic ? policy.closed_generic : policy.closed_out;
		verdict = in ? in : out;
		if (!verdict) {
			add_partly(l, &t, &policy, input->both);
			return;
		}
		peer = t.facts.is_veth && is_drivers(in) && is_drivers(out);
		f = add(l, CHECKUP_SLOW, verdict_name(verdict), "%s", "");
		f->of_bridge = of_bridge(verdict);
		words(f->text, sizeof(f->text), &t, in, out == verdict || peer || !in ? out : 0);
		if (verdict == XB_HIDDEN_TAG && facts_hides_tags_itself(&t.facts) &&
		    !input->program.id)
			note_offload(f, t.port.name);
	} while (mend(&t, verdict) && l->n < CHECKUP_MAX);
}

/* ---- what keeps some frames slow, or all of them slower ---- */

static void add_program(struct list *l, const struct checkup_input *in)
{
	if (in->program.id && strcmp(in->program.name, OWN_PROGRAM))
		add(l, CHECKUP_SLOW, "other-program", "it %s",
		    fast_other_words(&in->program, in->policy.port->name).text);
}

static uint32_t mtu_that_counts(const struct checkup_input *in)
{
	const struct facts *f = in->policy.facts;

	return f->is_veth && f->peer_seen ? f->peer_mtu : in->policy.port->mtu;
}

static void add_mtu(struct list *l, const struct checkup_input *in)
{
	const struct facts *f = in->policy.facts;
	uint32_t max = facts_max_mtu(f), mtu = mtu_that_counts(in);
	const char *name = f->is_veth && f->peer_seen ? f->peer : in->policy.port->name;
	bool elsewhere = f->is_veth && f->peer_ns[0];

	if (!max || mtu <= max)
		return;
	add(l, CHECKUP_PARTLY, "mtu",
	    "%s%s has an MTU of %u, and native XDP takes %u at most: it would be generic XDP, "
	    "which is slower; `%s%s%sip link set dev %s mtu %u`",
	    f->is_veth ? "its peer " : "", name, mtu, max, elsewhere ? "nsenter --net=" : "",
	    elsewhere ? f->peer_ns : "", elsewhere ? " " : "", name, max);
}

static void add_offload(struct list *l, const struct checkup_input *in)
{
	const char *name = in->policy.port->name;

	if (in->policy.facts->rx_vlan_taken && !in->program.id)
		add(l, CHECKUP_NOTE, "rxvlan-left",
		    "rx-vlan-offload was left off by an xdp_bridge that was killed: the next one "
		    "puts it back when it ends, `ethtool -K %s rxvlan on` does now",
		    name);
}

static void add_mode(struct list *l, const struct checkup_input *in)
{
	const struct facts *f = in->policy.facts;
	const char *name = in->policy.port->name;

	if (in->policy.generic && f->is_veth && !facts_native(f))
		add(l, CHECKUP_PARTLY, "generic-xdp",
		    "generic XDP, which is slower: a veth runs native XDP only with as many "
		    "receive queues as its peer has transmit queues (`ethtool -l %s`)",
		    name);
	else if (in->policy.generic && !facts_native(f))
		add(l, CHECKUP_PARTLY, "generic-xdp",
		    "generic XDP, which is slower: the driver%s%s has no native XDP",
		    f->driver[0] ? " " : "", f->driver);
	else if (in->policy.generic)
		add(l, CHECKUP_PARTLY, "generic-xdp",
		    "the program is attached as generic XDP, which is slower: start xdp_bridge "
		    "with `--mode native` to hear why");
	if (f->lro)
		add(l, CHECKUP_PARTLY, "lro",
		    "large receive offload is on, with which drivers refuse native XDP; `ethtool "
		    "-K %s lro off`",
		    name);
}

static void add_flags(struct list *l, const struct checkup_input *in)
{
	const struct policy_input *p = &in->policy;
	const char *bridge = p->bridge ? p->bridge->name : "";

	if (p->vlan_upper)
		add(l, CHECKUP_PARTLY, "tagged",
		    "a VLAN device sits on it, perhaps in another network namespace, and takes "
		    "tagged frames: these stay on the bridge; "
		    "`ip -d link show type vlan`");
	if (p->port->has_port && !(p->port->port.flags & PORT_LEARNING))
		add(l, CHECKUP_PARTLY, "no-learning",
		    "it learns no address, so that only static entries are forwarded; `bridge link "
		    "set dev %s learning on`",
		    p->port->name);
	if (p->neighbours)
		add(l, CHECKUP_PARTLY, "neighbour",
		    "a port of %s suppresses or proxies neighbours: ARP and all IPv6 stay on the "
		    "bridge; `bridge -d link show`",
		    bridge)
			->of_bridge = true;
	if (p->bridge && p->bridge->has_bridge && !p->bridge->bridge.ageing_time)
		add(l, CHECKUP_SLOW, "ageing",
		    "the ageing time of %s is 0: it keeps no address; `ip link set dev %s type "
		    "bridge ageing_time 30000`",
		    bridge, bridge)
			->of_bridge = true;
}

static void add_queues(struct list *l, const struct checkup_input *in)
{
	const struct facts *f = in->policy.facts;
	const char *name = in->policy.port->name;

	if (f->rx_queues && f->rx_queues < in->cpus)
		add(l, CHECKUP_NOTE, "queues",
		    "%u receive queue%s for %u CPUs: no more than that many forward what it "
		    "receives; `ethtool -l %s` shows how many it can have",
		    f->rx_queues, f->rx_queues > 1 ? "s" : "", in->cpus, name);
	if (!strcmp(f->driver, "i40e") && f->tx_queues && f->tx_queues < in->cpus)
		add(l, CHECKUP_SLOW, "queues",
		    "%u transmit queues for %u CPUs: i40e loses what a CPU without a queue sends; "
		    "`ethtool -L %s combined %u`",
		    f->tx_queues, in->cpus, name, in->cpus);
}

size_t checkup(struct checkup_finding *out, const struct checkup_input *in)
{
	struct list l = {.at = out};

	add_closed(&l, in);
	add_program(&l, in);
	add_mtu(&l, in);
	add_offload(&l, in);
	add_mode(&l, in);
	add_flags(&l, in);
	add_queues(&l, in);
	return l.n;
}
