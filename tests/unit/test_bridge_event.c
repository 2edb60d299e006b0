/* SPDX-License-Identifier: GPL-2.0-or-later */
/* rtnetlink bytes to events: rows of messages as the kernel sends them, and every message cut short
 * or with a byte changed, which must not read past its end (run with SAN=1). */
#include "event.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_bridge.h>
#include <linux/if_link.h>
#include <linux/neighbour.h>
#include <linux/rtnetlink.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* A message under construction. */
struct message {
	uint8_t bytes[1024] __attribute__((aligned(4)));
	size_t len;
};

static void begin(struct message *m, uint16_t type, const void *body, size_t size)
{
	memset(m, 0, sizeof(*m));
	((struct nlmsghdr *)m->bytes)->nlmsg_type = type;
	memcpy(m->bytes + sizeof(struct nlmsghdr), body, size);
	m->len = sizeof(struct nlmsghdr) + NLMSG_ALIGN(size);
}

static size_t put(struct message *m, uint16_t type, const void *data, size_t size)
{
	struct rtattr *rta = (void *)(m->bytes + m->len);
	size_t at = m->len;

	rta->rta_type = type;
	rta->rta_len = RTA_LENGTH(size);
	if (size)
		memcpy(RTA_DATA(rta), data, size);
	m->len += RTA_SPACE(size);
	return at;
}

static void put32(struct message *m, uint16_t type, uint32_t v)
{
	put(m, type, &v, sizeof(v));
}

static void put16(struct message *m, uint16_t type, uint16_t v)
{
	put(m, type, &v, sizeof(v));
}

static void put8(struct message *m, uint16_t type, uint8_t v)
{
	put(m, type, &v, sizeof(v));
}

static size_t open_nest(struct message *m, uint16_t type)
{
	return put(m, type, NULL, 0);
}

static void close_nest(struct message *m, size_t at)
{
	((struct rtattr *)(m->bytes + at))->rta_len = m->len - at;
}

static void end(struct message *m)
{
	((struct nlmsghdr *)m->bytes)->nlmsg_len = m->len;
}

static const uint8_t mac[6] = {2, 0, 0, 0, 0, 7};

static void fdb_message(struct message *m, uint16_t type, uint8_t flags, uint16_t state)
{
	struct ndmsg nd = {
		.ndm_family = AF_BRIDGE, .ndm_ifindex = 5, .ndm_state = state, .ndm_flags = flags};

	begin(m, type, &nd, sizeof(nd));
	/* Not in the kernel's order, with one attribute that nobody knows. */
	put16(m, NDA_VLAN, 10);
	put32(m, 99, 1);
	put32(m, NDA_MASTER, 4);
	put32(m, NDA_FLAGS_EXT, 2);
	put(m, NDA_LLADDR, mac, sizeof(mac));
	end(m);
}

static void port_attributes(struct message *m)
{
	put8(m, IFLA_BRPORT_STATE, BR_STATE_FORWARDING);
	put8(m, IFLA_BRPORT_ISOLATED, 1);
	put8(m, IFLA_BRPORT_LEARNING, 1);
	put8(m, IFLA_BRPORT_LOCKED, 0);
}

static void link_message(struct message *m, const char *kind, bool port)
{
	struct ifinfomsg info = {.ifi_family = AF_UNSPEC, .ifi_index = 5, .ifi_flags = IFF_UP};
	size_t linkinfo, data;

	begin(m, RTM_NEWLINK, &info, sizeof(info));
	put(m, IFLA_IFNAME, "eth1", 5);
	put32(m, IFLA_MTU, 1500);
	put32(m, IFLA_MASTER, 4);
	linkinfo = open_nest(m, IFLA_LINKINFO);
	put(m, IFLA_INFO_KIND, kind, strlen(kind) + 1);
	if (!strcmp(kind, "bridge")) {
		data = open_nest(m, IFLA_INFO_DATA);
		put32(m, IFLA_BR_FORWARD_DELAY, 1500);
		put32(m, IFLA_BR_AGEING_TIME, 30000);
		put8(m, IFLA_BR_VLAN_FILTERING, 1);
		put16(m, IFLA_BR_VLAN_PROTOCOL, htons(0x88a8));
		close_nest(m, data);
	}
	if (port) {
		put(m, IFLA_INFO_SLAVE_KIND, "bridge", 7);
		data = open_nest(m, IFLA_INFO_SLAVE_DATA);
		port_attributes(m);
		close_nest(m, data);
	}
	close_nest(m, linkinfo);
	end(m);
}

static void bridge_family_message(struct message *m, uint16_t type, uint32_t ifindex)
{
	struct ifinfomsg info = {.ifi_family = AF_BRIDGE, .ifi_index = ifindex};
	size_t nest;

	begin(m, type, &info, sizeof(info));
	put(m, IFLA_IFNAME, "eth1", 5);
	put32(m, IFLA_MASTER, 4);
	nest = open_nest(m, IFLA_PROTINFO | NLA_F_NESTED);
	port_attributes(m);
	close_nest(m, nest);
	end(m);
}

static void forwarding_entries(void **state)
{
	static const struct {
		uint16_t type;
		uint8_t flags;
		enum event_kind kind;
	} rows[] = {
		{RTM_NEWNEIGH, 0, EVENT_FDB},
		{RTM_DELNEIGH, 0, EVENT_FDB_GONE},
		{RTM_NEWNEIGH, NTF_EXT_LEARNED, EVENT_FDB},
		{RTM_NEWNEIGH, NTF_SELF, EVENT_NONE}, /* a device's own list, not the bridge's */
	};
	struct message m;
	struct event ev;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		fdb_message(&m, rows[i].type, rows[i].flags, NUD_REACHABLE);
		assert_int_equal(event_parse(&ev, m.bytes, m.len), 0);
		assert_int_equal(ev.kind, rows[i].kind);
		if (ev.kind == EVENT_NONE)
			continue;
		assert_memory_equal(ev.fdb.mac, mac, 6);
		assert_int_equal(ev.fdb.vid, 10);
		assert_int_equal(ev.fdb.bridge, 4);
		assert_int_equal(ev.fdb.port, 5);
		assert_int_equal(ev.fdb.state, NUD_REACHABLE);
		assert_int_equal(ev.fdb.flags, rows[i].flags);
		assert_int_equal(ev.fdb.ext_flags, 2);
	}
}

static void without_master(void **state)
{
	struct ndmsg nd = {.ndm_family = AF_BRIDGE, .ndm_ifindex = 5};
	struct message m;
	struct event ev;

	(void)state;
	begin(&m, RTM_NEWNEIGH, &nd, sizeof(nd));
	put(&m, NDA_LLADDR, mac, sizeof(mac));
	end(&m);
	assert_int_equal(event_parse(&ev, m.bytes, m.len), 0);
	assert_int_equal(ev.kind, EVENT_NONE);
}

static void links(void **state)
{
	struct message m;
	struct event ev;

	(void)state;
	link_message(&m, "veth", true);
	assert_int_equal(event_parse(&ev, m.bytes, m.len), 0);
	assert_int_equal(ev.kind, EVENT_LINK);
	assert_string_equal(ev.link.name, "eth1");
	assert_string_equal(ev.link.kind, "veth");
	assert_int_equal(ev.link.master, 4);
	assert_int_equal(ev.link.lower_nsid, -1);
	assert_false(ev.link.has_bridge);
	assert_true(ev.link.has_port);
	assert_int_equal(ev.link.port.state, BR_STATE_FORWARDING);
	assert_int_equal(ev.link.port.flags, PORT_ISOLATED | PORT_LEARNING);
	assert_false(ev.link.features);
	put32(&m, IFLA_EVENT, IFLA_EVENT_FEATURES);
	end(&m);
	assert_int_equal(event_parse(&ev, m.bytes, m.len), 0);
	assert_true(ev.link.features);

	link_message(&m, "bridge", false);
	assert_int_equal(event_parse(&ev, m.bytes, m.len), 0);
	assert_true(ev.link.has_bridge);
	assert_false(ev.link.has_port);
	assert_true(ev.link.bridge.vlan_filtering);
	assert_int_equal(ev.link.bridge.vlan_proto, 0x88a8);
	assert_int_equal(ev.link.bridge.ageing_time, 30000);
	assert_int_equal(ev.link.bridge.forward_delay, 1500);
}

static void bridge_family(void **state)
{
	static const struct {
		uint16_t type;
		uint32_t ifindex;
		enum event_kind kind;
	} rows[] = {
		{RTM_NEWLINK, 5, EVENT_LINK},
		{RTM_DELLINK, 5, EVENT_PORT_GONE},
		{RTM_NEWLINK, 4, EVENT_NONE}, /* the bridge about itself */
	};
	struct message m;
	struct event ev;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		bridge_family_message(&m, rows[i].type, rows[i].ifindex);
		assert_int_equal(event_parse(&ev, m.bytes, m.len), 0);
		assert_int_equal(ev.kind, rows[i].kind);
		if (ev.kind == EVENT_LINK)
			assert_int_equal(ev.link.port.flags, PORT_ISOLATED | PORT_LEARNING);
	}
}

/* Messages of RTM_NEWLINK that are not about the link or the bridge's port. */
static void others(void **state)
{
	struct ifinfomsg info = {.ifi_family = AF_UNSPEC, .ifi_index = 5, .ifi_flags = IFF_UP};
	struct message m;
	struct event ev;
	size_t nest;

	(void)state;
	begin(&m, RTM_NEWLINK, &info, sizeof(info)); /* net/wireless/wext-core.c */
	put(&m, IFLA_IFNAME, "eth1", 5);
	put(&m, IFLA_WIRELESS, mac, sizeof(mac));
	end(&m);
	assert_int_equal(event_parse(&ev, m.bytes, m.len), 0);
	assert_int_equal(ev.kind, EVENT_NONE);

	info.ifi_family = AF_BRIDGE; /* a network card's own switch */
	begin(&m, RTM_NEWLINK, &info, sizeof(info));
	put(&m, IFLA_IFNAME, "eth1", 5);
	put32(&m, IFLA_MASTER, 4);
	nest = open_nest(&m, IFLA_PROTINFO | NLA_F_NESTED);
	put8(&m, IFLA_BRPORT_LEARNING, 1);
	close_nest(&m, nest);
	end(&m);
	assert_int_equal(event_parse(&ev, m.bytes, m.len), 0);
	assert_int_equal(ev.kind, EVENT_NONE);
}

static void activity(void **state)
{
	struct ndmsg nd = {.ndm_family = AF_BRIDGE, .ndm_ifindex = 5, .ndm_state = NUD_NOARP};
	struct message m;
	struct event ev;
	size_t nest;

	(void)state;
	for (uint8_t bits = 0; bits < 4; bits++) {
		begin(&m, RTM_NEWNEIGH, &nd, sizeof(nd));
		put32(&m, NDA_MASTER, 4);
		put(&m, NDA_LLADDR, mac, sizeof(mac));
		nest = open_nest(&m, NDA_FDB_EXT_ATTRS);
		put8(&m, NFEA_ACTIVITY_NOTIFY, bits);
		close_nest(&m, nest);
		end(&m);
		assert_int_equal(event_parse(&ev, m.bytes, m.len), 0);
		assert_int_equal(ev.kind, EVENT_FDB);
		assert_int_equal(ev.fdb.watched, bits & FDB_NOTIFY_BIT);
	}
}

/* In memory of exactly that size, so that a sanitizer sees a read past the end. */
static int parse_copy(const uint8_t *bytes, size_t len, struct event *ev)
{
	uint8_t *copy = malloc(len ? len : 1);
	int ret;

	memcpy(copy, bytes, len);
	ret = event_parse(ev, copy, len);
	free(copy);
	return ret;
}

static void damage(struct message *m)
{
	uint32_t full = m->len;
	struct event ev;
	size_t i, len;
	int ret;

	for (len = 0; len < full; len++) {
		/* Cut by the socket: the length in the header is too long. */
		assert_int_equal(parse_copy(m->bytes, len, &ev), -EBADMSG);
		/* Cut by the sender: the header says so. */
		memcpy(m->bytes, &(uint32_t){len}, 4);
		ret = parse_copy(m->bytes, full, &ev);
		assert_true(ret == 0 || ret == -EBADMSG);
		memcpy(m->bytes, &full, 4);
	}
	for (i = 0; i < full; i++) {
		for (int bit = 0; bit < 8; bit++) {
			m->bytes[i] ^= 1 << bit;
			ret = parse_copy(m->bytes, full, &ev);
			assert_true(ret == 0 || ret == -EBADMSG);
			m->bytes[i] ^= 1 << bit;
		}
	}
}

static void damaged(void **state)
{
	struct message m;

	(void)state;
	fdb_message(&m, RTM_NEWNEIGH, 0, NUD_REACHABLE);
	damage(&m);
	link_message(&m, "bridge", true);
	damage(&m);
	bridge_family_message(&m, RTM_NEWLINK, 5);
	damage(&m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(others), cmocka_unit_test(activity),
		cmocka_unit_test(forwarding_entries),
		cmocka_unit_test(without_master),
		cmocka_unit_test(links),
		cmocka_unit_test(bridge_family),
		cmocka_unit_test(damaged),
	};

	return cmocka_run_group_tests_name("bridge_event", tests, NULL, NULL);
}
