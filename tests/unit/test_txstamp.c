/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Transmit time stamps out of control messages: in either order, among others, cut, and of other
 * events than "sent". */
#include "txstamp.h"

#include <errno.h>
#include <linux/errqueue.h>
#include <linux/net_tstamp.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#define COUNT(a) (sizeof(a) / sizeof(*(a)))

enum { PACKET_LEVEL = 263, PACKET_TX = 16 }; /* SOL_PACKET, PACKET_TX_TIMESTAMP */

enum part { END, TIMES, KEY, OTHER, TIMES_CUT, KEY_CUT };

static const struct row {
	const char *what;
	enum part parts[4];
	int64_t ts[3]; /* seconds; nanoseconds are 7 where that is not 0 */
	uint32_t error, origin, info;
	bool found;
	enum txstamp_kind kind;
	int64_t ns;
} rows[] = {
	{"software",
	 {TIMES, KEY},
	 {5, 0, 0},
	 ENOMSG,
	 4,
	 SCM_TSTAMP_SND,
	 true,
	 TXSTAMP_SOFTWARE,
	 5000000007},
	{"key first",
	 {KEY, TIMES},
	 {5, 0, 0},
	 ENOMSG,
	 4,
	 SCM_TSTAMP_SND,
	 true,
	 TXSTAMP_SOFTWARE,
	 5000000007},
	{"others between",
	 {OTHER, KEY, OTHER, TIMES},
	 {5, 0, 0},
	 ENOMSG,
	 4,
	 SCM_TSTAMP_SND,
	 true,
	 TXSTAMP_SOFTWARE,
	 5000000007},
	{"hardware",
	 {TIMES, KEY},
	 {0, 0, 6},
	 ENOMSG,
	 4,
	 SCM_TSTAMP_SND,
	 true,
	 TXSTAMP_HARDWARE,
	 6000000007},
	{"both: the device's",
	 {TIMES, KEY},
	 {5, 0, 6},
	 ENOMSG,
	 4,
	 SCM_TSTAMP_SND,
	 true,
	 TXSTAMP_HARDWARE,
	 6000000007},
	{"the middle one does not count",
	 {TIMES, KEY},
	 {0, 4, 0},
	 ENOMSG,
	 4,
	 SCM_TSTAMP_SND,
	 false,
	 TXSTAMP_NONE,
	 0},
	{"no time", {KEY}, {5, 0, 0}, ENOMSG, 4, SCM_TSTAMP_SND, false, TXSTAMP_NONE, 0},
	{"no key", {TIMES}, {5, 0, 0}, ENOMSG, 4, SCM_TSTAMP_SND, false, TXSTAMP_NONE, 0},
	{"nothing", {END}, {0}, 0, 0, 0, false, TXSTAMP_NONE, 0},
	{"scheduled, not sent",
	 {TIMES, KEY},
	 {5, 0, 0},
	 ENOMSG,
	 4,
	 SCM_TSTAMP_SCHED,
	 false,
	 TXSTAMP_NONE,
	 0},
	{"another error",
	 {TIMES, KEY},
	 {5, 0, 0},
	 ECONNREFUSED,
	 2,
	 SCM_TSTAMP_SND,
	 false,
	 TXSTAMP_NONE,
	 0},
	{"time cut",
	 {TIMES_CUT, KEY},
	 {5, 0, 0},
	 ENOMSG,
	 4,
	 SCM_TSTAMP_SND,
	 false,
	 TXSTAMP_NONE,
	 0},
	{"key cut", {TIMES, KEY_CUT}, {5, 0, 0}, ENOMSG, 4, SCM_TSTAMP_SND, false, TXSTAMP_NONE, 0},
};

static size_t put(char *at, int level, int type, const void *data, size_t len)
{
	struct cmsghdr h = {.cmsg_len = CMSG_LEN(len), .cmsg_level = level, .cmsg_type = type};

	memcpy(at, &h, sizeof(h));
	memcpy(at + sizeof(h), data, len);
	return CMSG_SPACE(len);
}

static size_t put_part(char *at, const struct row *r, enum part part)
{
	struct sock_extended_err e = {.ee_errno = r->error,
				      .ee_origin = (uint8_t)r->origin,
				      .ee_info = r->info,
				      .ee_data = 41};
	struct timespec ts[3] = {{0}};

	for (int i = 0; i < 3; i++)
		ts[i] = (struct timespec){r->ts[i], r->ts[i] ? 7 : 0};
	switch (part) {
	case TIMES:
	case TIMES_CUT:
		return put(at, SOL_SOCKET, SO_TIMESTAMPING, ts, sizeof(ts) - (part == TIMES_CUT));
	case KEY:
	case KEY_CUT:
		return put(at, PACKET_LEVEL, PACKET_TX, &e, sizeof(e) - (part == KEY_CUT));
	default:
		return put(at, SOL_SOCKET, SCM_RIGHTS + 77, "other", 5);
	}
}

static void control_messages(void **state)
{
	char control[512] __attribute__((aligned(8)));

	(void)state;
	for (const struct row *r = rows; r < rows + COUNT(rows); r++) {
		struct txstamp out = {TXSTAMP_NONE, -1, 99};
		struct msghdr msg = {.msg_control = control};

		memset(control, 0, sizeof(control));
		for (int i = 0; i < 4 && r->parts[i]; i++)
			msg.msg_controllen +=
				put_part(control + msg.msg_controllen, r, r->parts[i]);
		if (txstamp_parse(&msg, &out) != r->found)
			fail_msg("%s", r->what);
		assert_int_equal(out.key, r->found ? 41 : 99);
		assert_int_equal(out.ns, r->found ? r->ns : -1);
		assert_int_equal(out.kind, r->kind);
	}
}

static void asking(void **state)
{
	static const struct {
		enum txstamp_kind kind;
		uint32_t flag;
	} want[] = {{TXSTAMP_SOFTWARE, SOF_TIMESTAMPING_TX_SOFTWARE},
		    {TXSTAMP_HARDWARE, SOF_TIMESTAMPING_TX_HARDWARE}};

	(void)state;
	for (size_t i = 0; i < COUNT(want); i++) {
		char control[TXSTAMP_CONTROL] __attribute__((aligned(8)));
		struct msghdr msg = {0};
		struct cmsghdr *c;

		txstamp_ask(&msg, control, want[i].kind);
		c = CMSG_FIRSTHDR(&msg);
		assert_non_null(c);
		assert_int_equal(c->cmsg_type, SO_TIMESTAMPING);
		assert_memory_equal(CMSG_DATA(c), &want[i].flag, sizeof(uint32_t));
		assert_null(CMSG_NXTHDR(&msg, c));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(control_messages),
		cmocka_unit_test(asking),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
