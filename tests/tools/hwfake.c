/* SPDX-License-Identifier: GPL-2.0-or-later */
/* hwfake STATE [OPTIONS] -- COMMAND... : runs COMMAND as if every interface had hardware time
 * stamping.
 *
 * The kernel hands the command's ioctls (SIOCGHWTSTAMP, SIOCSHWTSTAMP, ETHTOOL_GET_TS_INFO) to this
 * program (seccomp user notification, Linux 5.0), which answers them as a driver would. The file
 * STATE is the device's register, "TX_TYPE RX_FILTER", which the test may change, too; each setting
 * is appended to STATE.log.
 *   --filters SET     receive filters that the driver advertises, 1 << HWTSTAMP_FILTER_* (0x1001)
 *   --tx-types SET    1 << HWTSTAMP_TX_* (0x3)
 *   --refuse N:ERRNO  setting receive filter N fails so (-1: any)
 *   --widen N:M       it makes M of filter N
 *   --unreadable      SIOCGHWTSTAMP is not there */
#include "cli.h"

#include <errno.h>
#include <getopt.h>
#include <linux/ethtool.h>
#include <linux/filter.h>
#include <linux/net_tstamp.h>
#include <linux/seccomp.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

static struct {
	const char *state;
	unsigned int filters, tx_types;
	int refuse, error, widen, to;
	bool unreadable;
} fake = {.filters = 0x1001, .tx_types = 3, .refuse = -2, .widen = -2};

static int copy(pid_t pid, void *ours, uint64_t theirs, size_t len, bool back)
{
	struct iovec local = {ours, len}, remote = {(void *)(uintptr_t)theirs, len};
	ssize_t n = back ? process_vm_writev(pid, &local, 1, &remote, 1, 0)
			 : process_vm_readv(pid, &local, 1, &remote, 1, 0);

	return n == (ssize_t)len ? 0 : -EFAULT;
}

static int read_state(struct hwtstamp_config *out)
{
	FILE *f = fopen(fake.state, "r");
	int n = 0;

	if (f) {
		n = fscanf(f, "%d %d", &out->tx_type, &out->rx_filter);
		fclose(f);
	}
	return n == 2 ? 0 : -EIO;
}

static int write_state(const struct hwtstamp_config *c)
{
	char path[4096];
	FILE *f = fopen(fake.state, "w"), *log;

	snprintf(path, sizeof(path), "%s.log", fake.state);
	log = fopen(path, "a");
	if (!f || !log)
		return -EIO;
	fprintf(f, "%d %d\n", c->tx_type, c->rx_filter);
	fprintf(log, "%d %d\n", c->tx_type, c->rx_filter);
	fclose(f);
	fclose(log);
	return 0;
}

static bool may_set(pid_t pid)
{
	unsigned long long caps = 0;
	char path[64], line[256];
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/status", pid);
	f = fopen(path, "r");
	while (f && fgets(line, sizeof(line), f))
		if (sscanf(line, "CapEff: %llx", &caps) == 1)
			break;
	if (f)
		fclose(f);
	return caps >> 12 & 1; /* CAP_NET_ADMIN */
}

static int get_config(pid_t pid, uint64_t data)
{
	struct hwtstamp_config c = {0};
	int ret = fake.unreadable ? -EOPNOTSUPP : read_state(&c);

	return ret ? ret : copy(pid, &c, data, sizeof(c), true);
}

static int set_config(pid_t pid, uint64_t data)
{
	struct hwtstamp_config c;
	int ret = may_set(pid) ? copy(pid, &c, data, sizeof(c), false) : -EPERM;

	if (ret)
		return ret;
	if (c.rx_filter && (c.rx_filter == fake.refuse || fake.refuse == -1))
		return -fake.error;
	if (c.rx_filter < 0 || c.rx_filter > 31 || !(fake.filters >> c.rx_filter & 1))
		return -ERANGE;
	if (c.rx_filter == fake.widen)
		c.rx_filter = fake.to;
	ret = write_state(&c);
	return ret ? ret : copy(pid, &c, data, sizeof(c), true);
}

/* 1: not ours, the kernel goes on with it. */
static int ts_info(pid_t pid, uint64_t data)
{
	struct ethtool_ts_info info = {0};
	int ret = copy(pid, &info.cmd, data, sizeof(info.cmd), false);

	if (ret || info.cmd != ETHTOOL_GET_TS_INFO)
		return ret ? ret : 1;
	info.so_timestamping = 0x5f; /* all that were there in the beginning */
	info.phc_index = 7;
	info.tx_types = fake.tx_types;
	info.rx_filters = fake.filters;
	return copy(pid, &info, data, sizeof(info), true);
}

static int answer(const struct seccomp_notif *n)
{
	pid_t pid = (pid_t)n->pid;
	struct ifreq ifr;
	uint64_t data;

	if (copy(pid, &ifr, n->data.args[2], sizeof(ifr), false))
		return -EFAULT;
	data = (uintptr_t)ifr.ifr_data;
	switch (n->data.args[1]) {
	case SIOCGHWTSTAMP:
		return get_config(pid, data);
	case SIOCSHWTSTAMP:
		return set_config(pid, data);
	default:
		return ts_info(pid, data);
	}
}

static void serve(int fd)
{
	for (;;) {
		struct seccomp_notif n = {0};
		struct seccomp_notif_resp r = {0};
		int ret;

		if (ioctl(fd, SECCOMP_IOCTL_NOTIF_RECV, &n)) {
			if (errno == EINTR || errno == ENOENT)
				continue;
			return;
		}
		ret = answer(&n);
		r.id = n.id;
		r.error = ret < 0 ? ret : 0;
		r.flags = ret > 0 ? SECCOMP_USER_NOTIF_FLAG_CONTINUE : 0;
		ioctl(fd, SECCOMP_IOCTL_NOTIF_SEND, &r);
	}
}

static int listener(void)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, __NR_ioctl, 0, 4),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args[1])),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SIOCGHWTSTAMP, 3, 0),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SIOCSHWTSTAMP, 2, 0),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SIOCETHTOOL, 1, 0),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_USER_NOTIF),
	};
	struct sock_fprog prog = {sizeof(code) / sizeof(*code), code};

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
		return -1;
	return (int)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_NEW_LISTENER,
			    &prog);
}

static int take(int option, const char *arg)
{
	switch (option) {
	case 'f':
		fake.filters = (unsigned int)strtoul(arg, NULL, 0);
		return 0;
	case 't':
		fake.tx_types = (unsigned int)strtoul(arg, NULL, 0);
		return 0;
	case 'r':
		return sscanf(arg, "%d:%d", &fake.refuse, &fake.error) != 2;
	case 'w':
		return sscanf(arg, "%d:%d", &fake.widen, &fake.to) != 2;
	case 'u':
		fake.unreadable = true;
		return 0;
	default:
		return 1;
	}
}

int main(int argc, char **argv)
{
	static const struct option longs[] = {
		{"filters", required_argument, NULL, 'f'},
		{"tx-types", required_argument, NULL, 't'},
		{"refuse", required_argument, NULL, 'r'},
		{"widen", required_argument, NULL, 'w'},
		{"unreadable", no_argument, NULL, 'u'},
		{0},
	};
	pid_t parent = getpid();
	int c, fd;

	cli_init("hwfake");
	if (argc < 3)
		return cli_usage("hwfake STATE [OPTIONS] -- COMMAND...");
	fake.state = argv[1];
	argv++, argc--;
	while ((c = getopt_long(argc, argv, "+", longs, NULL)) != -1)
		if (take(c, optarg))
			return cli_usage("an option is not understood");
	fd = listener();
	if (fd < 0)
		return cli_fail("seccomp user notification: %s", strerror(errno));
	if (!fork()) { /* in the background, so that the command is the process that was started */
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (getppid() == parent)
			serve(fd);
		_exit(0);
	}
	close(fd);
	execvp(argv[optind], argv + optind);
	return cli_fail("%s: %s", argv[optind], strerror(errno));
}
