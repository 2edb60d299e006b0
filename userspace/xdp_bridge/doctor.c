/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What stands between ports and the fast path, before or while they are followed. Reads only. */
#include "xdp_bridge.h"

#include "checkup.h"
#include "cli.h"
#include "hazard.h"
#include "netlink.h"
#include "vlan_away.h"

#include <cap-ng.h>
#include <errno.h>
#include <getopt.h>
#include <linux/if_arp.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define RECEIVE_BUFFER (8 << 20)
#define DUMP_TRIES 10

struct subject {
	const struct event_link *link;
	struct facts facts;
	struct fast_other program;
	bool generic;
};

struct doctor {
	struct ktable *table;
	struct subject *subjects; /* the ports that are asked about */
	size_t nsubjects;
	struct hazards hazards;
	uint32_t allow;
	json_t *followed; /* interface index as text: process number */
	json_t *refused;  /* ... why it did not take the program */
	json_t *bridges;  /* the result: one object a bridge */
	enum checkup_level worst;
};

/* ---- what there is ---- */

static int message(const void *msg, size_t len, void *arg)
{
	struct doctor *d = arg;
	struct event ev;

	if (event_parse(&ev, msg, len))
		return 0;
	/* Addresses are not asked about, and there may be a million. */
	if (ev.kind == EVENT_FDB || ev.kind == EVENT_FDB_GONE)
		return 0;
	return ktable_apply(d->table, &ev);
}

static void vlan_is_away(uint32_t lower, void *arg)
{
	struct doctor *d = arg;

	ktable_set_vlan_away(d->table, lower);
}

static int read_table(struct doctor *d)
{
	const struct netlink_meanwhile nothing = {0};
	struct netlink *nl;
	int tries, ret = netlink_open(&nl, RECEIVE_BUFFER, &nothing);

	if (ret)
		return ret;
	ret = -EINTR;
	for (tries = 0; tries < DUMP_TRIES && (ret == -EINTR || ret == -ENOBUFS); tries++)
		ret = netlink_dump(nl, message, d);
	if (ret == 1) /* what may lack is addresses */
		ret = 0;
	netlink_close(nl);
	if (!ret)
		vlan_away_find(vlan_is_away, d);
	return ret;
}

static void key_of(char key[16], uint32_t ifindex)
{
	snprintf(key, 16, "%u", ifindex);
}

static void remember(json_t *report, void *arg)
{
	struct doctor *d = arg;
	const json_t *port;
	char key[16];
	size_t i;

	json_array_foreach(json_object_get(report, "ports"), i, port)
	{
		key_of(key, json_integer_value(json_object_get(port, "ifindex")));
		if (json_is_true(json_object_get(port, "refused")))
			json_object_set(d->refused, key, json_object_get(port, "why"));
		else
			json_object_set(d->followed, key, json_object_get(report, "pid"));
	}
}

/* ---- one port ---- */

static json_t *finding(const struct checkup_finding *f)
{
	return json_pack("{s:s, s:s, s:o}", "level", checkup_level_name(f->level), "reason",
			 f->reason, "text", shown(f->text));
}

/* What is true of the whole bridge is told once. */
static void tell_bridge(json_t *findings, json_t *one)
{
	json_t *told;
	size_t i;

	json_array_foreach(findings, i, told) if (json_equal(told, one)) break;
	if (i == json_array_size(findings))
		json_array_append(findings, one);
	json_decref(one);
}

static enum checkup_level sort_findings(const struct checkup_finding *found, size_t n,
					json_t *bridge, json_t *port)
{
	enum checkup_level worst = CHECKUP_NOTE;
	size_t i;

	for (i = 0; i < n; i++) {
		if (found[i].level > worst)
			worst = found[i].level;
		if (found[i].of_bridge)
			tell_bridge(bridge, finding(&found[i]));
		else
			json_array_append_new(port, finding(&found[i]));
	}
	return worst;
}

static const char *path_name(enum checkup_level worst)
{
	return worst == CHECKUP_NOTE ? "fast" : checkup_level_name(worst);
}

static const char *transmits(const struct facts *facts, const struct fast_other *program)
{
	if (facts_can_xmit(facts))
		return "yes";
	return !program->id && facts_will_xmit(facts) ? "with a program" : "no";
}

static json_t *describe(const struct doctor *d, const struct checkup_input *in)
{
	const struct facts *f = in->policy.facts;
	char key[16];

	key_of(key, in->policy.port->ifindex);
	return json_pack("{s:o, s:s, s:b, s:s, s:s?, s:O?, s:I, s:I, s:I, s:I, s:i}", "name",
			 shown(in->policy.port->name), "driver", f->driver, "native",
			 facts_native(f), "xdp_transmit", transmits(f, &in->program), "program",
			 in->program.id ? in->program.name : NULL, "followed_by",
			 json_object_get(d->followed, key), "mtu", (json_int_t)in->policy.port->mtu,
			 "max_mtu", (json_int_t)facts_max_mtu(f), "rx_queues",
			 (json_int_t)f->rx_queues, "tx_queues", (json_int_t)f->tx_queues, "cpus",
			 (int)in->cpus);
}

static bool other_kind_too(const struct doctor *d, const struct subject *s)
{
	size_t i;

	for (i = 0; i < d->nsubjects; i++)
		if (d->subjects[i].link->master == s->link->master &&
		    d->subjects[i].generic != s->generic)
			return true;
	return false;
}

/* What only the process that ought to follow the port knows; another program is seen without it. */
static size_t add_refusal(const struct doctor *d, const struct checkup_input *in,
			  struct checkup_finding *f)
{
	const char *why;
	char key[16];

	key_of(key, in->policy.port->ifindex);
	why = json_string_value(json_object_get(d->refused, key));
	if (!why || in->program.id)
		return 0;
	*f = (struct checkup_finding){.level = CHECKUP_SLOW, .reason = "refused"};
	snprintf(f->text, sizeof(f->text), "%s", why);
	return 1;
}

static int examine(struct doctor *d, const struct subject *s, json_t *bridge)
{
	struct checkup_finding *found = calloc(CHECKUP_MAX + 1, sizeof(*found));
	size_t n;
	json_t *findings = json_array(), *port;
	enum checkup_level worst;
	struct checkup_input in = {.program = s->program,
				   .both = other_kind_too(d, s),
				   .cpus = sysconf(_SC_NPROCESSORS_ONLN)};

	if (!found)
		return -ENOMEM;
	sync_look(d->table, s->link->ifindex, &in.policy);
	in.policy.facts = &s->facts;
	in.policy.allow = d->allow;
	in.policy.generic = s->generic;
	in.policy.hazards = hazards_of(&d->hazards, d->table, s->link->ifindex);
	n = checkup(found, &in);
	n += add_refusal(d, &in, &found[n]);
	worst = sort_findings(found, n, json_object_get(bridge, "findings"), findings);
	port = describe(d, &in);
	json_object_set_new(port, "path", json_string(path_name(worst)));
	json_object_set_new(port, "findings", findings);
	json_array_append_new(json_object_get(bridge, "ports"), port);
	if (worst > d->worst)
		d->worst = worst;
	free(found);
	return 0;
}

/* ---- which ports ---- */

static json_t *bridge_object(struct doctor *d, uint32_t ifindex)
{
	const struct event_link *link = ktable_link(d->table, ifindex);
	json_t *name = shown(link ? link->name : NULL), *bridge;
	size_t i;

	json_array_foreach(d->bridges, i, bridge)
	{
		if (json_equal(name, json_object_get(bridge, "bridge"))) {
			json_decref(name);
			return bridge;
		}
	}
	bridge = json_pack("{s:o, s:[], s:[]}", "bridge", name, "findings", "ports");
	json_array_append_new(d->bridges, bridge);
	return bridge;
}

static int add_port(struct doctor *d, const struct event_link *link)
{
	struct subject *more = realloc(d->subjects, (d->nsubjects + 1) * sizeof(*more)), *s;

	if (!more)
		return cli_fail("no memory");
	d->subjects = more;
	s = &more[d->nsubjects++];
	*s = (struct subject){.link = link};
	facts_read(&s->facts, link);
	fast_program_on(link->ifindex, &s->program);
	s->generic = checkup_generic(&s->facts, &s->program);
	return EXIT_YES;
}

static int add_bridge(struct doctor *d, const struct event_link *bridge)
{
	const struct event_link *link;
	size_t i, ports = 0;

	for (i = 0; (link = ktable_link_at(d->table, i)); i++) {
		if (link->master != bridge->ifindex)
			continue;
		ports++;
		if (add_port(d, link))
			return EXIT_NO;
	}
	if (!ports)
		return cli_fail("%s has no port yet: `ip link set dev PORT master %s` gives it one",
				bridge->name, bridge->name);
	return EXIT_YES;
}

static int add_named(struct doctor *d, const char *name)
{
	const struct event_link *link = ktable_link_named(d->table, name);

	if (!link)
		return cli_fail("there is no interface %s: `ip link` lists them", name);
	if (link->has_bridge)
		return add_bridge(d, link);
	if (link->flags & IFF_LOOPBACK)
		return cli_fail("%s is a loopback device: no bridge takes it", name);
	if (link->type != ARPHRD_ETHER)
		return cli_fail("%s can be no port of a bridge: name Ethernet interfaces", name);
	return add_port(d, link);
}

static int examine_all(struct doctor *d)
{
	size_t i;

	for (i = 0; i < d->nsubjects; i++)
		if (examine(d, &d->subjects[i], bridge_object(d, d->subjects[i].link->master)))
			return cli_fail("no memory");
	return EXIT_YES;
}

/* ---- for people ---- */

static const char *word(const json_t *object, const char *key)
{
	return json_string_value(json_object_get(object, key));
}

static int number(const json_t *object, const char *key)
{
	return json_integer_value(json_object_get(object, key));
}

static void print_findings(const json_t *object)
{
	const json_t *f;
	size_t i;

	json_array_foreach(json_object_get(object, "findings"), i, f)
		printf("    %s: %s\n", word(f, "level"), word(f, "text"));
}

static void print_queues(const json_t *port)
{
	if (number(port, "rx_queues") || number(port, "tx_queues"))
		printf(", queues: %d receive, %d transmit, %d CPUs", number(port, "rx_queues"),
		       number(port, "tx_queues"), number(port, "cpus"));
}

static void print_port(const json_t *port)
{
	printf("%s: %s: %s, %s XDP, XDP transmit: %s, MTU %d", word(port, "name"),
	       word(port, "path"), *word(port, "driver") ? word(port, "driver") : "driver unnamed",
	       json_is_true(json_object_get(port, "native")) ? "native" : "generic",
	       word(port, "xdp_transmit"), number(port, "mtu"));
	if (number(port, "max_mtu"))
		printf(" (native XDP: %d)", number(port, "max_mtu"));
	print_queues(port);
	if (number(port, "followed_by"))
		printf(", followed by process %d", number(port, "followed_by"));
	putchar('\n');
	print_findings(port);
}

static void print(const struct doctor *d)
{
	const json_t *bridge, *port;
	size_t i, k;

	json_array_foreach(d->bridges, i, bridge)
	{
		printf("%s:\n", word(bridge, "bridge") ? word(bridge, "bridge") : "in no bridge");
		print_findings(bridge);
		json_array_foreach(json_object_get(bridge, "ports"), k, port) print_port(port);
	}
	puts(d->worst == CHECKUP_NOTE ? "the fast path is safe and complete"
				      : "the fast path is not complete: the reasons are above");
}

/* ---- command line ---- */

static int run_doctor(struct doctor *d, char **names, bool json)
{
	int ret = read_table(d);

	if (ret)
		return cli_fail("the kernel's links cannot be read: %s", strerror(-ret));
	ret = hazards_read(&d->hazards);
	if (ret)
		return cli_fail("firewalls, tc and packet sockets cannot be looked at: %s",
				strerror(-ret));
	control_reports(remember, d);
	for (; *names && !ret; names++)
		ret = add_named(d, *names);
	if (!ret)
		ret = examine_all(d);
	if (ret)
		return ret;
	if (json) {
		json_dumpf(d->bridges, stdout, JSON_INDENT(2));
		putchar('\n');
	} else {
		print(d);
	}
	return d->worst == CHECKUP_NOTE ? EXIT_YES : EXIT_NO;
}

static int options(int argc, char **argv, uint32_t *allow, bool *json)
{
	static const struct option known[] = {
		{"json", no_argument, NULL, 'j'}, {"allow", required_argument, NULL, 'a'}, {0}};
	int c;

	opterr = 0;
	while ((c = getopt_long(argc, argv, "", known, NULL)) != -1) {
		if (c == '?')
			return cli_usage("'%s' is no option of doctor, or lacks its value",
					 argv[optind - 1]);
		if (c == 'a' && policy_allow(optarg, allow))
			return cli_usage("--allow does not know all of '%s'", optarg);
		if (c == 'j')
			*json = true;
	}
	return optind == argc ? cli_usage("doctor takes a bridge, or ports") : EXIT_YES;
}

int doctor(int argc, char **argv)
{
	struct doctor d = {0};
	bool json = false;
	int ret = options(argc, argv, &d.allow, &json);

	if (ret)
		return ret;
	/* Without them rules and peers would look absent, and the answer be too good. */
	if (!capng_have_capability(CAPNG_EFFECTIVE, CAP_NET_ADMIN) ||
	    !capng_have_capability(CAPNG_EFFECTIVE, CAP_SYS_ADMIN))
		return cli_fail("firewalls and the other ends of veths cannot be looked at without "
				"privileges: run as root");
	d.table = ktable_new();
	d.followed = json_object();
	d.refused = json_object();
	d.bridges = json_array();
	ret = d.table && d.followed && d.refused && d.bridges ? run_doctor(&d, argv + optind, json)
							      : cli_fail("no memory");
	ktable_free(d.table);
	free(d.subjects);
	hazards_free(&d.hazards);
	json_decref(d.followed);
	json_decref(d.refused);
	json_decref(d.bridges);
	return ret;
}
