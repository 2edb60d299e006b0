/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Filters on real sockets: attach, read back, detach, lock, and the packet socket's order. */
#include "cbpf.h"

#include <errno.h>
#include <net/if.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "skip.h"

static struct sock_filter five[] = {{0x6, 0, 0, 5}};
static struct sock_filter backward[] = {{0x5, 0, 0, 0xffffffff}, {0x6, 0, 0, 1}};

static void test_attach_and_read_back(void **state)
{
	const struct cbpf_prog prog = {.insns = five, .len = 1};
	struct cbpf_prog back;
	char buf[16];
	int fds[2];

	(void)state;
	assert_int_equal(socketpair(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0, fds), 0);
	assert_int_equal(cbpf_get_attached(&back, fds[1]), -ENOENT);
	assert_int_equal(cbpf_detach(fds[1]), -ENOENT);
	assert_int_equal(cbpf_attach(fds[1], &prog), 0);
	assert_int_equal(cbpf_get_attached(&back, fds[1]), 0);
	assert_int_equal(back.len, 1);
	assert_memory_equal(back.insns, five, sizeof(five));
	cbpf_free(&back);
	assert_int_equal(send(fds[0], "0123456789", 10, 0), 10);
	assert_int_equal(recv(fds[1], buf, sizeof(buf), 0), 5); /* what the filter returned */
	assert_int_equal(cbpf_lock(fds[1]), 0);
	assert_int_equal(cbpf_detach(fds[1]), -EPERM);
	assert_int_equal(cbpf_attach(fds[1], &prog), -EPERM);
	close(fds[0]);
	close(fds[1]);
}

static void test_attach_refuses(void **state)
{
	static struct sock_filter many[65537];
	struct cbpf_prog prog = {.insns = backward, .len = 2};
	int fds[2];

	(void)state;
	for (size_t i = 0; i < 65537; i++)
		many[i] = five[0];
	assert_int_equal(socketpair(AF_UNIX, SOCK_DGRAM, 0, fds), 0);
	assert_int_equal(cbpf_attach(fds[1], &prog), -EINVAL);
	prog = (struct cbpf_prog){.insns = many, .len = 65537}; /* 1 in sock_fprog's 16 bits */
	assert_int_equal(cbpf_attach(fds[1], &prog), -EINVAL);
	prog.len = BPF_MAXINSNS;
	assert_int_equal(cbpf_attach(fds[1], &prog), 0);
	close(fds[0]);
	close(fds[1]);
}

static int count_call(int fd, void *arg)
{
	struct cbpf_prog back;

	++*(int *)arg;
	assert_int_equal(cbpf_get_attached(&back, fd), 0); /* the filter is there before the bind */
	cbpf_free(&back);
	return 0;
}

static int refuse_call(int fd, void *arg)
{
	(void)fd;
	(void)arg;
	return -EOPNOTSUPP;
}

static void test_packet_socket(void **state)
{
	struct cbpf_prog prog = {.insns = five, .len = 1};
	struct cbpf_error err;
	int calls = 0, fd;

	(void)state;
	fd = cbpf_packet_socket(&prog, (int)if_nametoindex("lo"), 0x88f7, count_call, &calls, &err);
	if (fd == -EPERM)
		skip_because("opening a packet socket is not permitted");
	assert_true(fd >= 0);
	assert_int_equal(calls, 1);
	close(fd);
	assert_int_equal(cbpf_packet_socket(&prog, 0, 0x88f7, refuse_call, NULL, &err),
			 -EOPNOTSUPP);
	assert_string_equal(err.text,
			    "the packet socket cannot be set up: Operation not supported");
	assert_int_equal(cbpf_packet_socket(&prog, 0x7ffffff, 0x88f7, NULL, NULL, &err), -ENODEV);
	prog = (struct cbpf_prog){.insns = backward, .len = 2};
	assert_int_equal(cbpf_packet_socket(&prog, 0, 0x88f7, NULL, NULL, &err), -EINVAL);
	assert_string_equal(
		err.text, "the kernel does not take the filter (2 instructions): Invalid argument");
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_attach_and_read_back),
		cmocka_unit_test(test_attach_refuses),
		cmocka_unit_test(test_packet_socket),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
