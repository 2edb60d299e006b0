/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The lines of a scenario that configure, and its reading as a whole. */
#include "scenario_parse.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { TEXT_MAX = 1 << 20 };

struct step *parse_step(struct parse *p, enum step_kind kind, int port)
{
	struct step *grown, *s;
	size_t room = p->room ? p->room * 2 : 32;

	if (p->s->count == p->room) {
		grown = realloc(p->s->steps, room * sizeof(*grown));
		if (!grown)
			return NULL;
		p->s->steps = grown;
		p->room = room;
	}
	s = &p->s->steps[p->s->count++];
	memset(s, 0, sizeof(*s));
	s->kind = kind;
	s->line = p->line;
	s->at_ns = p->at;
	s->port = port;
	return s;
}

static int parse_protocol(struct parse *p, uint16_t *out)
{
	const char *w = parse_word(p);

	if (w && !strcasecmp(w, "802.1q"))
		*out = 0x8100;
	else if (w && !strcasecmp(w, "802.1ad"))
		*out = 0x88a8;
	else
		return parse_error(p, "vlan_protocol is 802.1Q or 802.1ad, not '%s'", w ? w : "");
	return 0;
}

static int bridge_mcast_setting(struct parse *p, const char *w, struct brm_bridge *b)
{
	uint64_t v = 0;
	int ret;

	if (!strcmp(w, "mcast_snooping"))
		return parse_on_off(p, w, &b->mcast_snooping);
	if (!strcmp(w, "mcast_querier"))
		return parse_on_off(p, w, &b->mcast_querier);
	if (!strcmp(w, "mcast_membership_interval"))
		return parse_seconds(p, w, &b->mcast_membership_ns);
	if (!strcmp(w, "mcast_querier_interval"))
		return parse_seconds(p, w, &b->mcast_querier_ns);
	if (!strcmp(w, "mcast_last_member_interval"))
		return parse_seconds(p, w, &b->mcast_last_member_ns);
	if (!strcmp(w, "mcast_query_response_interval"))
		return parse_seconds(p, w, &b->mcast_response_ns);
	if (!strcmp(w, "mcast_last_member_count")) {
		ret = parse_number(p, w, 0, BRM_LAST_MEMBER_MAX, &v);
		b->mcast_last_member_count = v;
		return ret;
	}
	if (!strcmp(w, "ipv6"))
		return parse_ip(p, w, AF_INET6, b->ipv6);
	return parse_error(p, "a bridge has no setting '%s'", w);
}

/* br_private.h: the bits that the kernel refuses, for all ports and for one */
enum { BR_GROUPFWD_RESTRICTED = 7, BR_GROUPFWD_MACPAUSE = 2 };

static int parse_group_fwd_mask(struct parse *p, const char *what, uint16_t refused, uint16_t *out)
{
	uint64_t v = 0;
	int ret = parse_number(p, what, 0, 0xffff, &v);

	if (!ret && v & refused)
		return parse_error(p,
				   "%s here must not have bit%s (the kernel refuses it): take %llu",
				   what, refused == BR_GROUPFWD_MACPAUSE ? " 1" : "s 0 to 2",
				   (unsigned long long)(v & (uint16_t)~refused));
	*out = v;
	return ret;
}

/* dev_set_mac_address: -EADDRNOTAVAIL for what is no station's. */
static int parse_station(struct parse *p, const char *what, uint8_t out[6])
{
	static const uint8_t none[6];
	uint8_t a[6];
	int ret = parse_mac(p, what, a);

	if (ret)
		return ret;
	if (a[0] & 1 || !memcmp(a, none, 6))
		return parse_error(p,
				   "%s wants the address of a station, not "
				   "%02x:%02x:%02x:%02x:%02x:%02x",
				   what, a[0], a[1], a[2], a[3], a[4], a[5]);
	memcpy(out, a, 6);
	return 0;
}

static int bridge_setting(struct parse *p, const char *w, struct brm_bridge *b)
{
	uint64_t v = 0;
	int ret;

	if (!strcmp(w, "address"))
		return parse_station(p, w, b->address);
	if (!strcmp(w, "ageing"))
		return parse_seconds(p, w, &b->ageing_ns);
	if (!strcmp(w, "vlan_filtering"))
		return parse_on_off(p, w, &b->vlan_filtering);
	if (!strcmp(w, "vlan_protocol"))
		return parse_protocol(p, &b->vlan_proto);
	if (!strcmp(w, "stp"))
		return parse_on_off(p, w, &b->stp);
	if (!strcmp(w, "no_linklocal_learn"))
		return parse_on_off(p, w, &b->no_linklocal_learn);
	if (!strcmp(w, "group_fwd_mask"))
		return parse_group_fwd_mask(p, w, BR_GROUPFWD_RESTRICTED, &b->group_fwd_mask);
	if (!strcmp(w, "fdb_max_learned")) {
		ret = parse_number(p, w, 0, UINT32_MAX, &v);
		b->fdb_max_learned = v;
		return ret;
	}
	return bridge_mcast_setting(p, w, b);
}

static int line_bridge(struct parse *p)
{
	struct step *step;
	const char *w;
	int ret;

	while ((w = parse_word(p))) {
		ret = bridge_setting(p, w, &p->bridge);
		if (ret)
			return ret;
	}
	p->s->vlans = p->s->vlans || p->bridge.vlan_filtering;
	step = parse_step(p, STEP_BRIDGE, BRM_BRIDGE);
	if (!step)
		return -ENOMEM;
	step->bridge = p->bridge;
	return 0;
}

static int parse_router(struct parse *p, uint8_t *out)
{
	static const char *const names[] = {"off", "auto", "on"};
	const char *w = parse_word(p);
	uint8_t i;

	for (i = 0; w && i < 3; i++)
		if (!strcmp(w, names[i])) {
			*out = i;
			return 0;
		}
	return parse_error(p, "mcast_router wants off, auto or on, not '%s'", w ? w : "");
}

static int port_setting(struct parse *p, const char *w, struct brm_port *s)
{
	static const struct {
		const char *name;
		uint32_t flag;
	} flags[] = {
		{"learning", BRM_F_LEARNING},       {"flood", BRM_F_FLOOD},
		{"mcast_flood", BRM_F_MCAST_FLOOD}, {"bcast_flood", BRM_F_BCAST_FLOOD},
		{"hairpin", BRM_F_HAIRPIN},         {"isolated", BRM_F_ISOLATED},
		{"locked", BRM_F_LOCKED},           {"mcast_fast_leave", BRM_F_FAST_LEAVE},
	};
	uint64_t v = 0;
	bool on;
	size_t i;
	int ret;

	for (i = 0; i < sizeof(flags) / sizeof(*flags); i++) {
		if (strcmp(w, flags[i].name))
			continue;
		ret = parse_on_off(p, w, &on);
		if (!ret)
			s->flags = on ? s->flags | flags[i].flag : s->flags & ~flags[i].flag;
		return ret;
	}
	if (!strcmp(w, "mcast_router"))
		return parse_router(p, &s->mcast_router);
	if (!strcmp(w, "address"))
		return parse_station(p, w, s->address);
	if (!strcmp(w, "state"))
		return parse_state(p, &s->state);
	if (!strcmp(w, "mtu")) {
		ret = parse_number(p, w, 68, SCENARIO_FRAME_MAX - 18, &v);
		s->mtu = v;
		return ret;
	}
	if (!strcmp(w, "group_fwd_mask"))
		return parse_group_fwd_mask(p, w, BR_GROUPFWD_MACPAUSE, &s->group_fwd_mask);
	return parse_error(p, "a port has no setting '%s'", w);
}

static int add_port(struct parse *p, const char *name)
{
	struct scenario *s = p->s;
	char **names;
	int n = s->ports;

	if (n == BRM_PORTS_MAX)
		return parse_error(p, "more than %d ports", BRM_PORTS_MAX);
	if (strlen(name) >= SCENARIO_NAME_MAX || strpbrk(name, "/:=,%") || !strcmp(name, "none"))
		return parse_error(
			p,
			"'%s' cannot be a port's name: at most %d characters, none of / : = , %%",
			name, SCENARIO_NAME_MAX - 1);
	names = realloc(s->names, (n + 1) * sizeof(*names));
	if (!names)
		return -ENOMEM;
	s->names = names;
	names[n] = strdup(name);
	if (!names[n])
		return -ENOMEM;
	p->port[n] = (struct brm_port){.address = {0x02, 0xb0, 0, 0, 0, n + 1},
				       .state = BRM_FORWARDING,
				       .flags = BRM_F_DEFAULT,
				       .mcast_router = BRM_ROUTER_AUTO};
	p->up[n] = true;
	s->ports++;
	return n;
}

static int port_step(struct parse *p, int port)
{
	struct step *step = parse_step(p, STEP_PORT, port);

	if (!step)
		return -ENOMEM;
	step->settings = p->port[port];
	step->up = p->up[port];
	return 0;
}

static int line_port(struct parse *p)
{
	const char *w = parse_word(p);
	int port, ret;

	if (!w)
		return parse_error(p, "port wants a name");
	port = scenario_port(p->s, w);
	if (port == BRM_BRIDGE)
		return parse_error(p, "'bridge' is the bridge device's name, not a port's");
	if (port == -ENOENT)
		port = add_port(p, w);
	if (port < 0)
		return port;
	while ((w = parse_word(p))) {
		ret = port_setting(p, w, &p->port[port]);
		if (ret)
			return ret;
	}
	return port_step(p, port);
}

static int line_link(struct parse *p, bool up)
{
	int port, ret;

	ret = parse_port(p, false, &port);
	if (ret)
		return ret;
	if (p->up[port] == up)
		return parse_error(p, "%s is already %s", p->s->names[port], up ? "up" : "down");
	p->up[port] = up;
	if (!up)
		p->down_state[port] = p->port[port].state;
	p->port[port].state = up ? p->down_state[port] : BRM_DISABLED;
	return port_step(p, port);
}

static int line_down(struct parse *p)
{
	return line_link(p, false);
}

static int line_up(struct parse *p)
{
	return line_link(p, true);
}

/* VID or FIRST-LAST */
static int vid_range(struct parse *p, uint16_t *first, uint16_t *last)
{
	const char *w = parse_word(p);
	char text[16], *dash;
	int ret;

	if (!w || strlen(w) >= sizeof(text))
		return parse_error(p, "vlan wants a port and a VLAN, such as 'vlan p1 10'");
	strcpy(text, w);
	dash = strchr(text, '-');
	if (dash)
		*dash++ = 0;
	ret = parse_vid(p, text, first);
	if (!ret)
		ret = parse_vid(p, dash ? dash : text, last);
	if (!ret && *last < *first)
		return parse_error(p, "the VLANs '%s' end before they begin", w);
	return ret;
}

/* A new step that begins with its port, or the bridge. */
static int step_at_port(struct parse *p, enum step_kind kind, struct step **step)
{
	int port, ret = parse_port(p, true, &port);

	if (ret)
		return ret;
	*step = parse_step(p, kind, port);
	return *step ? 0 : -ENOMEM;
}

static int line_vlan_any(struct parse *p, enum step_kind kind)
{
	struct step *step;
	const char *w;
	int ret;

	ret = step_at_port(p, kind, &step);
	if (ret)
		return ret;
	step->vlan.state = BRM_FORWARDING;
	ret = vid_range(p, &step->vlan.first, &step->vlan.last);
	while (!ret && (w = parse_word(p))) {
		if (!strcmp(w, "pvid"))
			step->vlan.flags |= BRM_VLAN_PVID;
		else if (!strcmp(w, "untagged"))
			step->vlan.flags |= BRM_VLAN_UNTAGGED;
		else if (!strcmp(w, "state"))
			ret = parse_state(p, &step->vlan.state);
		else
			ret = parse_error(p, "a VLAN has no setting '%s'", w);
	}
	if (!ret && step->vlan.flags & BRM_VLAN_PVID && step->vlan.first != step->vlan.last)
		return parse_error(p, "a port has one pvid, not a range");
	return ret;
}

static int line_vlan(struct parse *p)
{
	return line_vlan_any(p, STEP_VLAN);
}

static int line_no_vlan(struct parse *p)
{
	return line_vlan_any(p, STEP_NO_VLAN);
}

static int fdb_words(struct parse *p, struct brm_fdb *e)
{
	const char *w;
	int ret = 0;

	while (!ret && (w = parse_word(p))) {
		if (!strcmp(w, "static"))
			e->flags |= BRM_FDB_STATIC;
		else if (!strcmp(w, "sticky"))
			e->flags |= BRM_FDB_STICKY | BRM_FDB_STATIC;
		else if (!strcmp(w, "local"))
			e->flags |= BRM_FDB_LOCAL | BRM_FDB_STATIC;
		else if (!strcmp(w, "ext_learned"))
			e->flags |= BRM_FDB_EXT_LEARNED;
		else if (!strcmp(w, "vlan") && p->next < p->words)
			ret = parse_vid(p, parse_word(p), &e->vid);
		else
			ret = parse_error(
				p,
				"an FDB entry has no '%s': vlan VID, static, sticky, local, "
				"ext_learned",
				w);
	}
	return ret;
}

static int line_fdb(struct parse *p)
{
	struct step *step;
	int ret;

	ret = step_at_port(p, STEP_FDB, &step);
	if (ret)
		return ret;
	step->fdb.port = step->port;
	ret = parse_mac(p, "the entry's address", step->fdb.address);
	if (!ret && step->fdb.address[0] & 1)
		return parse_error(p, "an FDB entry is for one station, not for a group (mdb is)");
	return ret ? ret : fdb_words(p, &step->fdb);
}

static int line_forget(struct parse *p)
{
	struct step *step = parse_step(p, STEP_FORGET, BRM_BRIDGE);
	int ret;

	if (!step)
		return -ENOMEM;
	ret = parse_mac(p, "the entry's address", step->fdb.address);
	return ret ? ret : fdb_words(p, &step->fdb);
}

static int line_mdb(struct parse *p)
{
	struct step *step;
	const char *w;
	int ret;

	ret = step_at_port(p, STEP_MDB, &step);
	if (ret)
		return ret;
	ret = parse_group(p, step->group.address, &step->group.size);
	w = parse_word(p);
	if (ret || !w)
		return ret;
	if (strcmp(w, "vlan") || !(w = parse_word(p)))
		return parse_error(p, "a group has no '%s': vlan VID", w ? w : "vlan");
	return parse_vid(p, w, &step->group.vid);
}

static int line_host(struct parse *p)
{
	const char *w = parse_word(p);
	struct host h = {0};
	int ret;

	if (!w || strlen(w) >= sizeof(h.name) || p->nhosts == HOSTS_MAX)
		return parse_error(
			p, "host wants a short name and a MAC address, for at most %d hosts",
			HOSTS_MAX);
	strcpy(h.name, w);
	ret = parse_mac(p, "the host's address", h.address);
	if (!ret)
		p->hosts[p->nhosts++] = h;
	return ret;
}

static int line_at(struct parse *p)
{
	int64_t at;
	int ret = parse_seconds(p, "at", &at);

	if (!ret && at < p->at)
		return parse_error(p, "time runs backwards here: it is already %.3f s",
				   p->at / 1e9);
	p->at = ret ? p->at : at;
	return ret;
}

static int line_wait(struct parse *p)
{
	int64_t ns;
	int ret = parse_seconds(p, "wait", &ns);

	p->at += ret ? 0 : ns;
	return ret;
}

static const struct {
	const char *name;
	int (*read)(struct parse *p);
} verbs[] = {
	{"bridge", line_bridge}, {"port", line_port},     {"down", line_down},
	{"up", line_up},         {"vlan", line_vlan},     {"no-vlan", line_no_vlan},
	{"fdb", line_fdb},       {"forget", line_forget}, {"mdb", line_mdb},
	{"host", line_host},     {"at", line_at},         {"wait", line_wait},
	{"send", parse_send},    {"play", parse_play},    {"join", parse_join},
	{"leave", parse_leave},  {"query", parse_query},  {"datagram", parse_datagram},
};

static int read_line(struct parse *p, char *line)
{
	char *save = NULL, *w;
	size_t i;
	int ret;

	p->words = p->next = 0;
	line[strcspn(line, "#\r")] = 0;
	for (w = strtok_r(line, " \t", &save); w; w = strtok_r(NULL, " \t", &save)) {
		if (p->words == WORDS_MAX)
			return parse_error(p, "more than %d words", WORDS_MAX);
		p->word[p->words++] = w;
	}
	w = (char *)parse_word(p);
	if (!w)
		return 0;
	for (i = 0; i < sizeof(verbs) / sizeof(*verbs); i++)
		if (!strcmp(verbs[i].name, w)) {
			ret = verbs[i].read(p);
			if (!ret && p->next < p->words)
				return parse_error(p, "'%s' is one word too many",
						   p->word[p->next]);
			return ret;
		}
	return parse_error(p, "'%s' is not known here (see brcheck(8), SCENARIOS)", w);
}

int scenario_parse(struct scenario *out, const char *text, const char *file, const char *dir,
		   struct scenario_error *err)
{
	struct scenario s = {0};
	struct parse *p = calloc(1, sizeof(*p));
	char *copy = strdup(text), *at = copy, *line;
	int ret = p && copy ? 0 : -ENOMEM;

	if (!ret) {
		*p = (struct parse){
			.s = &s, .err = err, .file = file, .dir = dir, .bridge = scenario_bridge};
		while (!ret && (line = strsep(&at, "\n"))) {
			p->line++;
			ret = read_line(p, line);
		}
	}
	if (!ret && !s.ports)
		ret = parse_error(p, "there is no port in it (a line 'port NAME' makes one)");
	if (ret == -ENOMEM)
		snprintf(err->text, sizeof(err->text), "%s: no memory", file);
	free(copy);
	free(p);
	if (ret)
		scenario_free(&s);
	else
		*out = s;
	return ret;
}

static int read_text(const char *file, char *buf, size_t room, struct scenario_error *err)
{
	size_t have = 0;
	ssize_t n = 0;
	int fd = open(file, O_RDONLY | O_CLOEXEC);

	if (fd < 0) {
		snprintf(err->text, sizeof(err->text), "%.200s: %s", file, strerror(errno));
		return -errno;
	}
	while (have < room - 1 && (n = read(fd, buf + have, room - 1 - have)) > 0)
		have += n;
	close(fd);
	if (n < 0 || have == room - 1 || memchr(buf, 0, have)) {
		snprintf(err->text, sizeof(err->text), "%.200s: not a text of less than a megabyte",
			 file);
		return -EINVAL;
	}
	buf[have] = 0;
	return 0;
}

int scenario_read(struct scenario *out, const char *path, struct scenario_error *err)
{
	char file[4096], dir[4096], *slash, *text;
	struct stat st;
	int ret;

	snprintf(file, sizeof(file), "%s%s", path,
		 !stat(path, &st) && S_ISDIR(st.st_mode) ? "/scenario" : "");
	snprintf(dir, sizeof(dir), "%s", file);
	slash = strrchr(dir, '/');
	strcpy(slash ? slash : dir, slash ? "" : ".");
	text = malloc(TEXT_MAX);
	if (!text)
		return -ENOMEM;
	ret = read_text(file, text, TEXT_MAX, err);
	if (!ret)
		ret = scenario_parse(out, text, file, dir, err);
	free(text);
	return ret;
}

void scenario_free(struct scenario *s)
{
	size_t i;
	int k;

	for (i = 0; i < s->count; i++)
		free(s->steps[i].frame);
	for (k = 0; k < s->ports; k++)
		free(s->names[k]);
	for (i = 0; i < s->nplayed; i++)
		free(s->played[i]);
	free(s->played);
	free(s->steps);
	free(s->names);
	memset(s, 0, sizeof(*s));
}
