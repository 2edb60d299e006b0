/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sandbox.h"

#include "privilege.h"

#include <errno.h>
#include <linux/sockios.h>
#include <seccomp.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#ifndef __SANITIZE_ADDRESS__
/* What loops, output, counts (a netlink socket for each question) and the C library use. */
static const int allowed[] = {
	SCMP_SYS(read),         SCMP_SYS(write),
	SCMP_SYS(writev),       SCMP_SYS(poll),
	SCMP_SYS(ppoll),        SCMP_SYS(close),
	SCMP_SYS(fstat),        SCMP_SYS(newfstatat),
	SCMP_SYS(lseek),        SCMP_SYS(fsync),
	SCMP_SYS(ftruncate),    SCMP_SYS(brk),
	SCMP_SYS(munmap),       SCMP_SYS(mremap),
	SCMP_SYS(madvise),      SCMP_SYS(futex),
	SCMP_SYS(getrandom),    SCMP_SYS(clock_gettime),
	SCMP_SYS(gettimeofday), SCMP_SYS(clock_nanosleep),
	SCMP_SYS(rt_sigreturn), SCMP_SYS(rt_sigprocmask),
	SCMP_SYS(rt_sigaction), SCMP_SYS(restart_syscall),
	SCMP_SYS(getsockopt),   SCMP_SYS(bind),
	SCMP_SYS(getsockname),  SCMP_SYS(sendto),
	SCMP_SYS(recvmsg),      SCMP_SYS(recvfrom),
	SCMP_SYS(exit),         SCMP_SYS(exit_group),
	SCMP_SYS(setsockopt),
};

/* Those that are harmless with some arguments only. */
static int allow_some(scmp_filter_ctx ctx)
{
	static const unsigned int requests[] = {TCGETS, TIOCGWINSZ, SIOCGHWTSTAMP, SIOCSHWTSTAMP};
	unsigned int i;
	int ret = seccomp_rule_add(ctx, SCMP_ACT_ALLOW, SCMP_SYS(socket), 1,
				   SCMP_A0(SCMP_CMP_EQ, AF_NETLINK));

	for (i = 0; i < sizeof(requests) / sizeof(*requests) && !ret; i++)
		ret = seccomp_rule_add(ctx, SCMP_ACT_ALLOW, SCMP_SYS(ioctl), 1,
				       SCMP_A1(SCMP_CMP_EQ, requests[i]));
	if (!ret)
		ret = seccomp_rule_add(ctx, SCMP_ACT_ALLOW, SCMP_SYS(mmap), 1,
				       SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0));
	if (!ret)
		ret = seccomp_rule_add(ctx, SCMP_ACT_ALLOW, SCMP_SYS(mprotect), 1,
				       SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0));
	return ret;
}

static int filter_calls(bool sends)
{
	/* EPERM, not a killed process: the configuration of the device is still to be put back. */
	scmp_filter_ctx ctx = seccomp_init(SCMP_ACT_ERRNO(EPERM));
	unsigned int i;
	int ret = 0;

	if (!ctx)
		return -ENOMEM;
	for (i = 0; i < sizeof(allowed) / sizeof(*allowed) && !ret; i++)
		ret = seccomp_rule_add(ctx, SCMP_ACT_ALLOW, allowed[i], 0);
	if (!ret && sends)
		ret = seccomp_rule_add(ctx, SCMP_ACT_ALLOW, SCMP_SYS(sendmsg), 0);
	if (!ret)
		ret = allow_some(ctx);
	if (!ret)
		ret = seccomp_load(ctx);
	seccomp_release(ctx);
	return ret;
}
#else
/* The sanitizers' own system calls are not ours to list. */
static int filter_calls(bool sends)
{
	(void)sends;
	return 0;
}
#endif

int sandbox_enter(bool keep_net_admin, bool sends, const char **what)
{
	int ret = privilege_drop(keep_net_admin);

	*what = "privileges";
	if (ret)
		return ret;
	*what = "system calls (seccomp)";
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
		return -errno;
	return filter_calls(sends);
}
