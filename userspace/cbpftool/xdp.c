/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "xdp.h"

#include "cbpftool.h"

#include <bpf/libbpf.h>
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

static const char usage[] =
	"usage: cbpftool xdp {-e EXPR | -n NAME | -f FILE} -o FILE.o [--action ACTION]\n"
	"       cbpftool xdp {-e EXPR | -n NAME | -f FILE} --attach IFNAME [--action ACTION]\n"
	"                    [--pin | --interval SECONDS | --seconds SECONDS]\n"
	"       cbpftool xdp --show IFNAME | --detach IFNAME\n"
	"The program as eBPF for XDP. With --attach it runs until ^C, SIGTERM or --detach, prints\n"
	"its counters, and leaves the interface as it was.\n" SOURCE_USAGE
	"  -o FILE.o            an object file: section xdp, map counters (for libbpf, ip, "
	"bpftool)\n"
	"  --attach IFNAME      put it on this interface, which must have no XDP program\n"
	"  --action drop        drop what the filter accepts, pass the rest\n"
	"  --action pass        pass what the filter accepts, DROP the rest\n"
	"  --action count       pass everything, count what the filter accepts (the default)\n"
	"  --pin                return at once and leave it on; --show and --detach find it again\n"
	"  --interval SECONDS   how often the counters are printed (1)\n"
	"  --seconds SECONDS    stop by itself after that long\n"
	"  --show IFNAME        the counters of the filter that cbpftool put there\n"
	"  --detach IFNAME      take that filter off, and print its counters\n"
	"A VLAN tag is in the bytes here, other than on a socket: `vlan and ip`, not `ip`. Not\n"
	"where it was taken out before (ethtool -K IFNAME rxvlan off; at a veth's peer txvlan "
	"off).\n";

struct request {
	struct source src;
	const char *object, *attach, *show, *detach;
	struct cbpf_xdp_options options;
	bool pin, action_said;
	uint64_t interval, seconds; /* 0: for ever */
};

enum { OPT_ATTACH = 256, OPT_DETACH, OPT_SHOW, OPT_ACTION, OPT_PIN, OPT_INTERVAL, OPT_SECONDS };

static int set_action(struct request *r, const char *name)
{
	static const struct {
		const char *name;
		uint32_t accept, reject;
	} actions[] = {{"drop", XDP_DROP, XDP_PASS},
		       {"pass", XDP_PASS, XDP_DROP},
		       {"count", XDP_PASS, XDP_PASS}};

	for (size_t i = 0; i < sizeof(actions) / sizeof(actions[0]); i++) {
		if (strcmp(actions[i].name, name))
			continue;
		r->options.accept = actions[i].accept;
		r->options.reject = actions[i].reject;
		r->action_said = true;
		return EXIT_YES;
	}
	return cli_usage("there is no action '%s'; the actions are drop, pass and count", name);
}

static int set_seconds(uint64_t *out, const char *what, const char *arg)
{
	if (cli_number(arg, 1, 1000000, out))
		return cli_usage("%s takes seconds, from 1 to 1000000, not '%s'", what, arg);
	return EXIT_YES;
}

static int set_option(struct request *r, int opt, const char *arg)
{
	switch (opt) {
	case 'o':
		r->object = arg;
		return EXIT_YES;
	case OPT_ATTACH:
		r->attach = arg;
		return EXIT_YES;
	case OPT_DETACH:
		r->detach = arg;
		return EXIT_YES;
	case OPT_SHOW:
		r->show = arg;
		return EXIT_YES;
	case OPT_ACTION:
		return set_action(r, arg);
	case OPT_PIN:
		r->pin = true;
		return EXIT_YES;
	case OPT_INTERVAL:
		return set_seconds(&r->interval, "--interval", arg);
	case OPT_SECONDS:
		return set_seconds(&r->seconds, "--seconds", arg);
	default:
		return source_option(&r->src, opt, arg);
	}
}

static int print_counters(const struct xdp_attached *at)
{
	struct cbpf_xdp_counter c[CBPF_XDP_COUNTERS];
	int ret = xdp_counters(at, c);

	if (ret)
		return cli_fail("the counters cannot be read: %s", strerror(-ret));
	printf("accepted %" PRIu64 " packets %" PRIu64 " bytes, rejected %" PRIu64
	       " packets %" PRIu64 " bytes\n",
	       c[CBPF_XDP_ACCEPTED].packets, c[CBPF_XDP_ACCEPTED].bytes,
	       c[CBPF_XDP_REJECTED].packets, c[CBPF_XDP_REJECTED].bytes);
	return cli_finish(EXIT_YES);
}

static uint64_t now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000 + (uint64_t)ts.tv_nsec / 1000000;
}

/* Waits for a signal to stop, up to `ms`; true when one came. */
static bool stopped(const sigset_t *stop, uint64_t ms)
{
	const struct timespec wait = {.tv_sec = (time_t)(ms / 1000),
				      .tv_nsec = (long)(ms % 1000) * 1000000};

	return sigtimedwait(stop, NULL, &wait) > 0;
}

/* Prints counters until a signal, --seconds, or until the program has been taken off. */
static int watch(const struct request *r, const struct xdp_attached *at, const sigset_t *stop)
{
	const uint64_t start = now_ms(), end = r->seconds ? start + r->seconds * 1000 : UINT64_MAX;
	uint64_t next = start, printed = start;

	for (;;) {
		uint64_t now = now_ms();
		int status = EXIT_YES;

		if (!xdp_is_attached(at)) {
			status = print_counters(at);
			if (xdp_interface_gone(at))
				return cli_fail("'%s' is gone, and the filter with it", r->attach);
			cli_say("the filter has been taken off '%s'", r->attach);
			return status;
		}
		if (now >= end)
			return print_counters(at);
		if (now - printed >= r->interval * 1000) {
			status = print_counters(at);
			printed = now;
		}
		if (status)
			return status;
		next = end - now < 200 ? end - now : 200; /* --detach is noticed within that */
		if (stopped(stop, next))
			return print_counters(at);
	}
}

static int attach(struct request *r, const struct cbpf_ebpf *ebpf)
{
	struct xdp_attached at;
	struct cbpf_error err;
	sigset_t stop;
	int status;

	sigemptyset(&stop);
	sigaddset(&stop, SIGINT);
	sigaddset(&stop, SIGTERM);
	sigaddset(&stop, SIGHUP);
	sigprocmask(SIG_BLOCK, &stop, NULL);
	if (xdp_attach(&at, r->attach, ebpf, &err))
		return cli_fail("%s", err.text);
	printf("on %s (%s), program %u\n", r->attach,
	       at.generic ? "generic, the driver has no XDP" : "native", at.prog_id);
	fflush(stdout);
	if (!r->pin)
		status = watch(r, &at, &stop);
	else
		status = xdp_pin(&at, &err) ? cli_fail("%s", err.text) : EXIT_YES;
	xdp_close(&at);
	return status;
}

static int translate(struct request *r)
{
	struct cbpf_prog prog;
	struct cbpf_ebpf ebpf;
	struct cbpf_error err;
	int status = source_load(&r->src, &prog);

	if (status)
		return status;
	if (cbpf_translate(&ebpf, &prog, &r->options, &err)) {
		status = cli_fail("%s", err.text);
	} else {
		if (r->attach)
			status = attach(r, &ebpf);
		else if (source_spared(&r->src, r->object))
			status = EXIT_NO;
		else if (xdp_object_write(r->object, &ebpf, &err))
			status = cli_fail("%s", err.text);
		cbpf_ebpf_free(&ebpf);
	}
	cbpf_free(&prog);
	return status;
}

static int on_interface(const struct request *r)
{
	struct xdp_attached at;
	struct cbpf_error err;
	int status;

	if (xdp_find(&at, r->detach ? r->detach : r->show, &err))
		return cli_fail("%s", err.text);
	if (r->detach && xdp_detach(&at, &err))
		status = cli_fail("%s", err.text);
	else
		status = print_counters(&at);
	xdp_close(&at);
	return status;
}

static int run(struct request *r)
{
	bool source = r->src.expression || r->src.name || r->src.file;

	if (!!r->object + !!r->attach + !!r->show + !!r->detach != 1)
		return cli_usage("give one of -o FILE.o, --attach, --show and --detach IFNAME");
	if ((r->show || r->detach) && (source || r->action_said))
		return cli_usage("--show and --detach take an interface and no program");
	if ((r->pin || r->seconds) && (!r->attach || (r->pin && r->seconds)))
		return cli_usage("--pin and --seconds are for --attach, one of them");
	return r->show || r->detach ? on_interface(r) : translate(r);
}

int cmd_xdp(int argc, char **argv)
{
	static const struct option options[] = {{"help", no_argument, NULL, 'h'},
						{"attach", required_argument, NULL, OPT_ATTACH},
						{"detach", required_argument, NULL, OPT_DETACH},
						{"show", required_argument, NULL, OPT_SHOW},
						{"action", required_argument, NULL, OPT_ACTION},
						{"pin", no_argument, NULL, OPT_PIN},
						{"interval", required_argument, NULL, OPT_INTERVAL},
						{"seconds", required_argument, NULL, OPT_SECONDS},
						{0}};
	struct request r = {
		.options = {.verdict = true, .count = true, .accept = XDP_PASS, .reject = XDP_PASS},
		.interval = 1};
	int opt, status;

	libbpf_set_print(NULL); /* "Attribute of type 0x2a found multiple times" up to 1.1; errors
				   are said here */
	source_init(&r.src);
	opterr = 0;
	while ((opt = getopt_long(argc, argv, SOURCE_OPTIONS "o:h", options, NULL)) != -1) {
		if (opt == 'h') {
			fputs(usage, stdout);
			return EXIT_YES;
		}
		status = set_option(&r, opt, optarg);
		if (status)
			return status;
	}
	if (optind < argc)
		return cli_usage("'%s' is left over; an expression goes behind -e, in quotes",
				 argv[optind]);
	return run(&r);
}
