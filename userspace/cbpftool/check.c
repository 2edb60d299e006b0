/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "check.h"
#include "cbpftool.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static const char usage[] =
	"usage: cbpftool check {-e EXPR | -n NAME | -f FILE} [--kernel]\n"
	"Would Linux take the program for a socket? The status is 1 when not.\n" SOURCE_USAGE
	"  --kernel     ask the kernel, too: a pair of AF_UNIX sockets, no privilege needed\n";

static int take(int opt, const char *arg, void *ctx)
{
	(void)opt;
	(void)arg;
	*(bool *)ctx = true;
	return EXIT_YES;
}

/* net.core.optmem_max; the default of newer kernels where it cannot be read. */
static uint32_t optmem_max(void)
{
	unsigned int v = 0;
	FILE *f = fopen("/proc/sys/net/core/optmem_max", "re");

	if (f && fscanf(f, "%u", &v) != 1)
		v = 0;
	if (f)
		fclose(f);
	return v ? v : CBPF_OPTMEM_DEFAULT;
}

static int ask_kernel(const struct cbpf_prog *prog, int *answer)
{
	int fds[2];

	if (socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0, fds))
		return cli_fail("no pair of sockets to ask the kernel with: %s", strerror(errno));
	*answer = cbpf_attach(fds[1], prog);
	close(fds[0]);
	close(fds[1]);
	return EXIT_YES;
}

static const char *word(int error)
{
	return !error             ? "takes it"
	       : error == -EINVAL ? "refuses it, EINVAL"
	       : error == -ENOMEM ? "refuses it, ENOMEM"
				  : strerror(-error);
}

static int check(const struct cbpf_prog *prog, bool kernel)
{
	struct cbpf_finding f;
	bool good = cbpf_check(prog, optmem_max(), &f);
	int answer = 0;

	if (good)
		printf("accepted: %u instructions, %u when converted to eBPF\n", prog->len,
		       f.converted);
	else
		printf("refused (%s, rule %s): %s\n", f.error == -ENOMEM ? "ENOMEM" : "EINVAL",
		       cbpf_rule_name(f.rule), f.text);
	if (!kernel)
		return good ? EXIT_YES : EXIT_NO;
	if (ask_kernel(prog, &answer))
		return EXIT_NO;
	printf("kernel: %s%s\n", word(answer),
	       prog->len > BPF_MAXINSNS ? " (more than it can be asked for)" : "");
	if (answer != f.error)
		return cli_fail("the prediction and the kernel disagree: please report the program "
				"and `uname -r`");
	return good ? EXIT_YES : EXIT_NO;
}

int cmd_check(int argc, char **argv)
{
	static const struct option words[] = {{"kernel", no_argument, NULL, 'k'}, {0}};
	bool kernel = false, done;
	const struct command_options opts = {
		.usage = usage, .letters = "", .words = words, .take = take, .ctx = &kernel};
	struct cbpf_prog prog;
	struct source src;
	int status = options_parse(argc, argv, &opts, &src, &done);

	if (status || done)
		return status;
	status = source_load(&src, &prog);
	if (status)
		return status;
	status = check(&prog, kernel);
	cbpf_free(&prog);
	return status;
}
