/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "follow.h"

#include "advice.h"
#include "bridge_maps.h"
#include "hazard.h"
#include "netlink.h"
#include "offload.h"
#include "refused.h"
#include "vlan_away.h"
#include "xdp_features.h"

#include <errno.h>
#include <linux/if_arp.h>
#include <net/if.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <time.h>
#include <unistd.h>

#define FACTS_A_TICK 32 /* ports that are asked for again each second, and their drivers */
/* Answers about links that surely have room among what is announced: with more of them than room,
 * messages would be lost at each tick, and all be read again. */
#define ANSWERS_HELD(buffer) ((buffer) / 65536)
#define DUMP_TRIES 10
#define SETTLE_TRIES 8
#define ANNOUNCING_US 50  /* a change that the kernel is announcing is in the socket by then */
#define REFUSED_SECONDS 5 /* until a port that could not be taken is tried again */
#define LACK_SECONDS 30   /* until what may lack is looked for, and 20 times as long as it takes */
#define HEAL_SECONDS 5    /* the whole table is gone through, if a frame made that necessary */

struct follow {
	struct follow_options options;
	int epoll; /* of the two below */
	struct netlink *nl;
	int features; /* notifications of XDP features; -1: this kernel has none */
	struct ktable *table;
	struct fast *fast;
	struct sync *sync;
	uint32_t bridge;        /* ifindex; 0: ports were named */
	bool bridge_gone;       /* another one may have its index */
	uint32_t *bound;        /* ifindex of each named port; 0: not there now */
	struct refused refused; /* ports that did not take the program */
	bool links_changed;     /* something but forwarding entries did */
	bool lost;              /* messages were lost: dump again at the next tick */
	bool lacks;             /* a few entries may not have been shown: look again at that time */
	time_t look_at;
	size_t next_facts;
	struct hazards hazards;
	news_teller news; /* NULL: nobody watches */
	uint64_t ticks, resyncs;
	time_t attended; /* when the program was last told that its maps are up to date */
};

static void say(const struct follow *f, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
static void say(const struct follow *f, const char *fmt, ...)
{
	char text[640];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	if (f->options.say)
		f->options.say(text);
}

static bool is_followed(const struct follow *f, uint32_t bridge)
{
	struct sync_port *p;
	size_t i;

	for (i = 0; (p = sync_port_at(f->sync, i)); i++)
		if (ktable_link(f->table, p->ifindex) &&
		    ktable_link(f->table, p->ifindex)->master == bridge)
			return true;
	return false;
}

void follow_watch(struct follow *f, news_teller news)
{
	f->news = news;
}

/* ---- messages ---- */

/* The port is followed no more. The program goes first: tags must not hide from it. */
static void drop(struct follow *f, uint32_t ifindex)
{
	bool taken = sync_port(f->sync, ifindex)->rxvlan_taken;

	sync_remove(f->sync, ifindex);
	fast_detach(f->fast, ifindex);
	if (taken)
		offload_give_back(ifindex);
}

/* A device on top of a bridge with an address of its own, such as VRRP's macvlan, makes the bridge
 * promiscuous, and the kernel does not announce that (__dev_set_rx_mode() of net/core/dev.c). */
static void ask_lower(const struct follow *f, const struct event_link *link)
{
	if (f->sync && link->lower && link->lower_nsid < 0 && is_followed(f, link->lower))
		netlink_ask_link(f->nl, link->lower);
}

/* ... and one in another namespace is not announced here either. */
static void ask_bridges(const struct follow *f)
{
	const struct event_link *link;
	size_t i;

	for (i = 0; (link = ktable_link_at(f->table, i)); i++)
		if (link->has_bridge && is_followed(f, link->ifindex))
			netlink_ask_link(f->nl, link->ifindex);
}

/* A port can or can no longer transmit XDP frames, say, or takes tags off from now on. */
static void features_changed(uint32_t ifindex, void *arg)
{
	struct follow *f = arg;
	struct sync_port *p = sync_port(f->sync, ifindex);
	const struct event_link *link = ktable_link(f->table, ifindex);

	if (!p || !link)
		return;
	facts_read(&p->facts, link);
	f->links_changed = true;
}

/* A veth's are its other end's, too. */
static void features_announced(struct follow *f, uint32_t ifindex)
{
	const struct event_link *link = ktable_link(f->table, ifindex);

	features_changed(ifindex, f);
	if (link && !strcmp(link->kind, "veth") && link->lower_nsid < 0)
		features_changed(link->lower, f);
}

/* Its index may be another's by the time that names are looked up again. */
static void unbind(struct follow *f, uint32_t ifindex)
{
	size_t i;

	for (i = 0; i < f->options.nports; i++)
		if (f->bound[i] == ifindex)
			f->bound[i] = 0;
	f->bridge_gone |= f->bridge == ifindex;
}

/* The note of an offload that is off has the port's name. */
static void keep_note(struct follow *f, const struct event_link *now)
{
	const struct event_link *link = ktable_link(f->table, now->ifindex);
	const struct sync_port *p = f->sync ? sync_port(f->sync, now->ifindex) : NULL;

	if (link && p && p->rxvlan_taken && strcmp(link->name, now->name))
		offload_renamed(p->ifindex, now->name);
}

/* Another device may have its index by now, and has no program. */
static void goes(struct follow *f, const struct event_link *gone)
{
	const struct event_link *link = ktable_link(f->table, gone->ifindex);
	const struct sync_port *p = f->sync ? sync_port(f->sync, gone->ifindex) : NULL;

	unbind(f, gone->ifindex);
	if (!p)
		return;
	if (link && p->rxvlan_taken && gone->moved)
		say(f,
		    "%s: it has gone to another network namespace with rx-vlan-offload off: "
		    "`ethtool -K %s rxvlan on` there",
		    link->name, link->name);
	drop(f, gone->ifindex);
}

/* A message that contradicts itself is not worth ending for: the next dump will tell. */
static int message(const void *msg, size_t len, void *arg)
{
	struct follow *f = arg;
	struct event ev;
	int ret;

	if (event_parse(&ev, msg, len) || ev.kind == EVENT_NONE)
		return 0;
	if (ev.kind != EVENT_FDB && ev.kind != EVENT_FDB_GONE)
		f->links_changed = true;
	if (f->news && (ev.kind == EVENT_FDB || ev.kind == EVENT_FDB_GONE) &&
	    is_followed(f, ev.fdb.bridge))
		news_entry(f->news, f->table, &ev);
	if (ev.kind == EVENT_LINK) {
		ask_lower(f, &ev.link);
		keep_note(f, &ev.link);
	}
	if (ev.kind == EVENT_LINK_GONE)
		goes(f, &ev.link);
	ret = f->sync ? sync_event(f->sync, &ev) : ktable_apply(f->table, &ev);
	if (f->sync && ev.kind == EVENT_LINK && ev.link.features)
		features_announced(f, ev.link.ifindex);
	return ret;
}

static time_t now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec;
}

/* Each entry as the kernel has it, and after that what is announced. */
static int dump_once(struct follow *f)
{
	time_t begun = now();
	int ret = netlink_dump(f->nl, message, f);

	f->lacks = ret == 1;
	f->look_at = now() + LACK_SECONDS + 20 * (now() - begun);
	return ret == 1 ? 0 : ret;
}

/* The kernel's tables change while they are dumped: try again, a few times. Marked anew each time:
 * what only a try that failed has shown may have gone since. */
static int dump(struct follow *f)
{
	int ret = -EINTR, tries;

	for (tries = 0; tries < DUMP_TRIES && (ret == -EINTR || ret == -ENOBUFS); tries++) {
		if (f->sync)
			sync_begin(f->sync);
		else
			ktable_mark(f->table);
		ret = dump_once(f);
	}
	return ret;
}

static int unreadable(struct fast_error *err, int ret)
{
	return fast_failed(err, ret, "the kernel's tables cannot be read: %s", strerror(-ret));
}

/* No message was lost: what is known is right, and nothing closes. */
static int look_for_more(struct follow *f, struct fast_error *err)
{
	int ret;

	if (!f->lacks || now() < f->look_at)
		return 0;
	ret = dump_once(f);
	if (ret == -ENOBUFS)
		f->lost = true;
	if (ret == -EINTR)
		f->lacks = true;
	return !ret || ret == -ENOBUFS || ret == -EINTR ? 0 : unreadable(err, ret);
}

static int resync(struct follow *f, struct fast_error *err)
{
	int ret;

	f->resyncs++;
	f->lost = false;
	ret = dump(f);
	if (ret == -EINTR || ret == -ENOBUFS) {
		f->lost = true; /* all is slow until the next tick tries again */
		return 0;
	}
	if (ret)
		return unreadable(err, ret);
	sync_end(f->sync);
	f->links_changed = true;
	return 0;
}

/* ---- which ports ---- */

static bool wanted(const struct follow *f, const struct event_link *link)
{
	size_t i;

	if (f->bridge)
		return link->master == f->bridge;
	for (i = 0; i < f->options.nports; i++)
		if (f->bound[i] == link->ifindex)
			return true;
	return false;
}

/* A named port is bound to the interface of that name, and keeps it when it is renamed. */
static void bind_names(struct follow *f)
{
	const struct event_link *link;
	size_t i;

	for (i = 0; i < f->options.nports; i++) {
		if (f->bound[i] && ktable_link(f->table, f->bound[i]))
			continue;
		link = ktable_link_named(f->table, f->options.ports[i]);
		f->bound[i] = link ? link->ifindex : 0;
	}
}

/* Said once, however often it is tried again. One that is gone will be announced as such. */
static void refuse(struct follow *f, uint32_t ifindex, const char *why)
{
	char name[IF_NAMESIZE];

	if (if_indextoname(ifindex, name) && refused_add(&f->refused, ifindex, why))
		say(f, "%s: slow: %s", ktable_link(f->table, ifindex)->name, why);
}

static int no_place(struct follow *f, const struct event_link *link, struct fast_error *err)
{
	if (sync_port_at(f->sync, SYNC_PORTS - 2))
		return fast_failed(err, -ENOSPC, "it is one port too many: %u is the limit",
				   SYNC_PORTS - 1);
	return fast_failed(err, -ENOSPC,
			   "no place is left for its interface index, %u, beside those of the "
			   "other ports; made again it gets another",
			   link->ifindex);
}

static int take(struct follow *f, const struct event_link *link, struct fast_error *err)
{
	struct sync_port *p;
	bool generic;
	int ret;

	/* First of all: a driver may reset its rings each time that a program comes or goes. */
	if (sync_add(f->sync, link->ifindex, false))
		return no_place(f, link, err);
	ret = fast_attach(f->fast, link->ifindex, link->name, f->options.mode, &generic, err);
	if (ret) {
		sync_remove(f->sync, link->ifindex);
		return ret;
	}
	refused_forget(&f->refused, link->ifindex);
	p = sync_port(f->sync, link->ifindex);
	p->generic = generic;
	fast_clear(f->fast, p->row);
	facts_read(&p->facts, link);
	p->hazards = hazards_of(&f->hazards, f->table, link->ifindex);
	p->rxvlan_taken = p->rxvlan_tried = offload_taken(link->ifindex);
	if (generic && f->options.mode == FAST_AUTO)
		say(f, "%s: its driver (%s) has no native XDP here: generic XDP", link->name,
		    p->facts.driver[0] ? p->facts.driver : "unnamed");
	return 0;
}

static void leave(struct follow *f, uint32_t ifindex)
{
	const struct event_link *link = ktable_link(f->table, ifindex);

	drop(f, ifindex);
	if (link)
		say(f, "%s: left alone", link->name);
	if (link && f->news)
		news_port(f->news, f->table, link, "it is followed no more");
}

static void leave_unwanted(struct follow *f)
{
	const struct event_link *link;
	struct sync_port *p;
	size_t i = 0;

	while ((p = sync_port_at(f->sync, i))) {
		link = ktable_link(f->table, p->ifindex);
		if (link && wanted(f, link))
			i++;
		else
			leave(f, p->ifindex);
	}
}

/* Takes the ports that are wanted and not followed. At the start the first that fails ends it, but
 * for a bridge's port that has just been deleted, which will be announced. */
static int take_wanted(struct follow *f, bool starting, struct fast_error *err)
{
	const struct event_link *link;
	size_t i;
	int ret;

	for (i = 0; (link = ktable_link_at(f->table, i)); i++) {
		if (!wanted(f, link) || sync_port(f->sync, link->ifindex) ||
		    refused_has(&f->refused, link->ifindex))
			continue;
		ret = take(f, link, err);
		if (ret == -ENODEV && f->bridge)
			continue;
		if (ret && ret != -ENOSPC && starting)
			return ret;
		if (ret)
			refuse(f, link->ifindex, err->text);
	}
	return 0;
}

/* ---- settling ---- */

static void say_change(struct follow *f, struct sync_port *p, const struct policy *was)
{
	const struct event_link *link = ktable_link(f->table, p->ifindex);
	char text[512];

	if (!link || (p->told && was->closed_in == p->policy.closed_in &&
		      was->closed_out == p->policy.closed_out &&
		      was->closed_generic == p->policy.closed_generic))
		return;
	p->told = true;
	advice(text, sizeof(text), link, p);
	if (*text)
		say(f, "%s: slow: %s", link->name, text);
	else
		say(f, "%s: fast (%s XDP)", link->name, p->generic ? "generic" : "native");
	if (f->news)
		news_port(f->news, f->table, link, text);
}

/* While a program is on a veth, veth_xdp_set() of drivers/net/veth.c keeps segmentation offload off
 * at its other end. Where every frame goes up for the sake of that end's checksums, the port is
 * faster without. Other drivers may drop the carrier when a program comes or goes: there it stays.
 */
static bool pays(const struct sync_port *p)
{
	return !p->facts.is_veth || p->policy.closed_in != XB_CHECKSUM;
}

/* False when the port could not be taken again and is left. */
static bool settle_program(struct follow *f, struct sync_port *p)
{
	const struct event_link *link = ktable_link(f->table, p->ifindex);
	uint32_t ifindex = p->ifindex;
	struct fast_error err;

	if (!pays(p))
		fast_detach(f->fast, ifindex);
	if (!link || !pays(p) || fast_attached(f->fast, ifindex))
		return true;
	if (!fast_attach(f->fast, ifindex, link->name, f->options.mode, &p->generic, &err))
		return true;
	drop(f, ifindex);
	refuse(f, ifindex, err.text);
	return false;
}

/* Tags hide from XDP: the offload that takes them is turned off, where the driver lets it. The port
 * opens when it is settled again. */
static void settle_offload(struct follow *f, struct sync_port *p)
{
	const struct event_link *link = ktable_link(f->table, p->ifindex);

	if (!link || !facts_hides_tags_itself(&p->facts) || p->rxvlan_tried ||
	    p->policy.closed_in != XB_HIDDEN_TAG)
		return;
	p->rxvlan_tried = true;
	p->rxvlan_taken = !offload_take(p->ifindex);
	if (!p->rxvlan_taken)
		return;
	say(f, "%s: rx-vlan-offload is off until the end, so that XDP sees VLAN tags", link->name);
	facts_read(&p->facts, link);
	f->links_changed = true;
}

static void settle_programs(struct follow *f)
{
	struct sync_port *p;
	size_t i = 0;

	while ((p = sync_port_at(f->sync, i))) {
		settle_offload(f, p);
		i += settle_program(f, p);
	}
}

static void settle(struct follow *f)
{
	struct policy was[SYNC_PORTS];
	struct sync_port *p;
	size_t i;

	for (i = 0; (p = sync_port_at(f->sync, i)); i++)
		was[i] = p->policy;
	if (sync_settle(f->sync)) {
		f->links_changed = true;
		usleep(ANNOUNCING_US);
	}
	for (i = 0; (p = sync_port_at(f->sync, i)); i++)
		say_change(f, p, &was[i]);
	settle_programs(f);
}

static int read_messages(struct follow *f, struct fast_error *err)
{
	int ret;

	sync_look_up(f->sync);
	ret = netlink_read(f->nl, message, f);
	if (ret == -ENOBUFS) {
		sync_begin(f->sync);
		if (f->news)
			news_flushed(f->news);
		f->lost = f->links_changed = true;
		ret = 0;
	}
	if (f->features >= 0)
		xdp_features_changed(f->features, features_changed, f);
	return ret ? fast_failed(err, ret, "netlink: %s", strerror(-ret)) : 0;
}

static int take_and_leave(struct follow *f, struct fast_error *err)
{
	const struct event_link *bridge = ktable_link(f->table, f->bridge);

	/* Its interface index may be another device's by now. */
	if (f->bridge && (f->bridge_gone || !bridge || !bridge->has_bridge))
		return fast_failed(err, -ENODEV,
				   "the bridge %s is gone: its ports are as they were before",
				   f->options.bridge);
	bind_names(f);
	leave_unwanted(f);
	take_wanted(f, false, err);
	return 0;
}

/* Messages are read again before each settling, as ports may have been taken since. What is still
 * not settled after some tries is so by the next message or tick. */
static int after_messages(struct follow *f, struct fast_error *err)
{
	int ret = 0, tries;

	for (tries = 0; tries < SETTLE_TRIES && f->links_changed && !ret; tries++) {
		f->links_changed = false;
		ret = take_and_leave(f, err);
		if (!ret)
			ret = read_messages(f, err);
		if (!ret)
			settle(f);
	}
	return ret;
}

int follow_ready(struct follow *f, struct fast_error *err)
{
	int ret = read_messages(f, err);

	return ret ? ret : after_messages(f, err);
}

/* What is not announced: hazards of all ports; of some of them at a time their drivers, and what
 * the kernel lets happen without a word, as when a port's backup port leaves (nbp_backup_clear() of
 * net/bridge/br_if.c), or says in the wrong order: a message that is being composed under rtnl
 * while STP, without rtnl, changes the state and announces that. */
static void look_again(struct follow *f)
{
	const struct event_link *link;
	struct sync_port *p;
	size_t i;

	ask_bridges(f);
	hazards_read(&f->hazards);
	for (i = 0; (p = sync_port_at(f->sync, i)); i++)
		p->hazards = hazards_of(&f->hazards, f->table, p->ifindex);
	for (i = 0; i < FACTS_A_TICK; i++) {
		p = sync_port_at(f->sync, f->next_facts++);
		link = p ? ktable_link(f->table, p->ifindex) : NULL;
		if (link) {
			facts_read(&p->facts, link);
			if (i < ANSWERS_HELD(f->options.receive_buffer))
				netlink_ask_link(f->nl, link->ifindex);
		}
		if (!p) {
			f->next_facts = 0;
			break;
		}
	}
}

static void attend(struct follow *f)
{
	fast_attend(f->fast);
	f->attended = now();
}

/* After a time in which this process did not run: all that waits, for a second at most. */
static int catch_up(struct follow *f, struct fast_error *err)
{
	time_t end = now() + 1;
	int ret = 0;

	if (now() - f->attended < FAST_ATTENDED_S - 1)
		return 0;
	while (!ret && netlink_waits(f->nl) && now() <= end)
		ret = read_messages(f, err);
	return ret ? ret : netlink_waits(f->nl);
}

int follow_tick(struct follow *f, struct fast_error *err)
{
	int ret, late;

	ret = look_for_more(f, err);
	if (!ret && f->lost)
		ret = resync(f, err);
	if (ret)
		return ret;
	if (++f->ticks % REFUSED_SECONDS == 0)
		refused_try_again(&f->refused, f->table);
	if (f->ticks % HEAL_SECONDS == 0)
		sync_heal(f->sync);
	look_again(f);
	f->links_changed = true;
	ret = after_messages(f, err);
	if (ret)
		return ret;
	/* At the end: what was looked at may have waited for rtnl, too. */
	late = catch_up(f, err);
	if (late < 0)
		return late;
	ret = after_messages(f, err);
	if (!ret && !late)
		attend(f);
	sync_age(f->sync, fast_stamp(f->fast));
	return ret;
}

/* ---- start and stop ---- */

static int check_port(const struct follow *f, uint32_t ifindex, const char *name,
		      struct fast_error *err)
{
	const struct event_link *link = ktable_link(f->table, ifindex);

	if (!link)
		return fast_failed(err, -ENODEV, "there is no interface %s: `ip link` lists them",
				   name);
	/* What br_add_if() of net/bridge/br_if.c refuses. */
	if (link->flags & IFF_LOOPBACK || link->type != ARPHRD_ETHER || link->has_bridge)
		return fast_failed(err, -EINVAL,
				   "%s can be no port of a bridge: name Ethernet interfaces", name);
	return 0;
}

static int check_bridge(struct follow *f, struct fast_error *err)
{
	const struct event_link *link;

	link = ktable_link_named(f->table, f->options.bridge);
	if (!link)
		return fast_failed(
			err, -ENODEV,
			"there is no interface %s: `ip link show type bridge` lists the bridges",
			f->options.bridge);
	if (!link->has_bridge)
		return fast_failed(err, -EINVAL,
				   "%s is no bridge: give a bridge, or two or more of its ports",
				   f->options.bridge);
	f->bridge = link->ifindex;
	return 0;
}

static int check_names(struct follow *f, struct fast_error *err)
{
	size_t i;
	int ret;

	if (f->options.bridge)
		return check_bridge(f, err);
	bind_names(f);
	for (i = 0; i < f->options.nports; i++) {
		ret = check_port(f, f->bound[i], f->options.ports[i], err);
		if (ret)
			return ret;
	}
	return 0;
}

/* Without notifications of features, before Linux 6.3, the tick finds out. */
static int open_sockets(struct follow *f)
{
	struct epoll_event ev = {.events = EPOLLIN};
	int ret;

	f->epoll = epoll_create1(EPOLL_CLOEXEC);
	if (f->epoll < 0)
		return -errno;
	ret = netlink_open(&f->nl, f->options.receive_buffer, &f->options.meanwhile);
	if (!ret)
		ret = netlink_watch(f->nl, f->epoll);
	if (ret)
		return ret;
	f->features = xdp_features_watch();
	if (f->features >= 0)
		epoll_ctl(f->epoll, EPOLL_CTL_ADD, f->features, &ev);
	return 0;
}

static void vlan_is_away(uint32_t lower, void *arg)
{
	struct follow *f = arg;

	ktable_set_vlan_away(f->table, lower);
}

static int start(struct follow *f, struct fast_error *err)
{
	struct sync_maps maps;
	int ret;

	ret = open_sockets(f);
	if (!ret)
		ret = dump(f);
	if (ret)
		return fast_failed(err, ret,
				   "the kernel's links and forwarding tables cannot be read: %s",
				   strerror(-ret));
	ktable_sweep(f->table, NULL, NULL);
	vlan_away_find(vlan_is_away, f);
	ret = check_names(f, err);
	if (ret)
		return ret;
	ret = fast_open(&f->fast, f->options.entries, err);
	if (ret)
		return ret;
	hazards_read(&f->hazards);
	maps = fast_maps(f->fast);
	f->sync = sync_new(&maps, f->table, f->options.allow);
	if (!f->sync)
		return fast_failed(err, -ENOMEM, "no memory");
	ret = take_wanted(f, true, err);
	if (ret)
		return ret;
	f->links_changed = true;
	/* It may have taken seconds, with a thousand ports. */
	ret = catch_up(f, err);
	if (ret < 0)
		return ret;
	attend(f);
	return after_messages(f, err);
}

int follow_start(struct follow **out, const struct follow_options *options, struct fast_error *err)
{
	struct follow *f = calloc(1, sizeof(*f));
	int ret;

	if (!f)
		return fast_failed(err, -ENOMEM, "no memory");
	f->options = *options;
	f->epoll = f->features = -1;
	f->table = ktable_new();
	f->bound = calloc(options->nports + 1, sizeof(*f->bound));
	ret = f->table && f->bound ? start(f, err) : fast_failed(err, -ENOMEM, "no memory");
	if (ret)
		follow_stop(f);
	else
		*out = f;
	return ret;
}

void follow_stop(struct follow *f)
{
	struct sync_port *p;

	if (!f)
		return;
	while (f->sync && (p = sync_port_at(f->sync, 0)))
		drop(f, p->ifindex);
	fast_close(f->fast);
	sync_free(f->sync);
	ktable_free(f->table);
	netlink_close(f->nl);
	if (f->features >= 0)
		close(f->features);
	if (f->epoll >= 0)
		close(f->epoll);
	hazards_free(&f->hazards);
	free(f->bound);
	refused_free(&f->refused);
	free(f);
}

/* ---- to look at ---- */

int follow_fd(const struct follow *f)
{
	return f->epoll;
}

const struct follow_options *follow_options(const struct follow *f)
{
	return &f->options;
}

const struct ktable *follow_table(const struct follow *f)
{
	return f->table;
}

struct sync *follow_sync(struct follow *f)
{
	return f->sync;
}

const struct fast *follow_fast(const struct follow *f)
{
	return f->fast;
}

uint64_t follow_resyncs(const struct follow *f)
{
	return f->resyncs;
}

bool follow_follows(const struct follow *f, uint32_t bridge)
{
	return f->bridge == bridge || is_followed(f, bridge);
}

const struct event_link *follow_refused(const struct follow *f, size_t *index, const char **why)
{
	const struct event_link *link;
	uint32_t ifindex;

	while ((ifindex = refused_at(&f->refused, (*index)++, why))) {
		link = ktable_link(f->table, ifindex);
		if (link && wanted(f, link))
			return link;
	}
	return NULL;
}

void follow_advice(struct follow *f, uint32_t ifindex, char *text, size_t size)
{
	const struct event_link *link = ktable_link(f->table, ifindex);
	const struct sync_port *p = sync_port(f->sync, ifindex);

	*text = '\0';
	if (link && p)
		advice(text, size, link, p);
}
