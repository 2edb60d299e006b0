/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xdp_bridge: a bridge's learned traffic forwarded by XDP. */
#include "xdp_bridge.h"

#include "cli.h"

#include <string.h>

static const struct cli_command commands[] = {
	{"run", run, "follow a bridge or ports; the word may be left out"},
	{"status", status, "ports, why they are slow, what was forwarded where"},
	{"explain", explain, "what would become of an address's frames, or of one frame, and why"},
	{"monitor", monitor, "what is learned, moved, forgotten, opened and closed, as it happens"},
	{"metrics", exporter, "OpenMetrics, once or over HTTP"},
	{"doctor", doctor, "what stands between ports and the fast path, and what mends it"},
	{0},
};

static const char intro[] =
	"usage: xdp_bridge [OPTION]... BRIDGE            every port of the bridge\n"
	"       xdp_bridge [OPTION]... PORT PORT...      these ports, in whatever bridge they are\n"
	"       xdp_bridge status [--openmetrics | [--json] [-w SECONDS]] [BRIDGE]\n"
	"       xdp_bridge explain BRIDGE MAC [VLAN]\n"
	"       xdp_bridge explain --port PORT --frame HEX\n"
	"       xdp_bridge monitor [--json]\n"
	"       xdp_bridge metrics [--listen tcp:ADDRESS:PORT | unix:PATH]\n"
	"       xdp_bridge doctor [--json] [--allow LIST] BRIDGE|PORT...\n"
	"\n"
	"The kernel's bridge keeps learning and deciding; frames between addresses that it has\n"
	"learned are forwarded by XDP. Ends with SIGINT or SIGTERM and leaves the ports as found.\n"
	"\n"
	"options:\n"
	"  --mode auto|native|generic   how the program is attached (auto: native, else generic)\n"
	"  --table N                    room for N addresses (default 131072)\n"
	"  --allow LIST                 use the fast path in spite of: checksum, hidden-tag,\n"
	"                               xdp-transmit, nft, ebtables, br_netfilter, tc,\n"
	"                               packet-socket\n"
	"  --receive-buffer BYTES       of the netlink socket (default 134217728)\n"
	"  --quiet                      say nothing about ports that open and close\n";

/* Anything that is no command is the bridge or a port, or an option of `run`. */
static bool is_command(const char *word)
{
	static const char *const others[] = {"--help", "-h", "help", "--version"};
	const struct cli_command *c;
	size_t i;

	for (c = commands; c->name; c++)
		if (!strcmp(c->name, word))
			return true;
	for (i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		if (!strcmp(others[i], word))
			return true;
	return false;
}

int main(int argc, char **argv)
{
	cli_init("xdp_bridge");
	if (argc > 1 && !is_command(argv[1]))
		return cli_finish(run(argc, argv));
	return cli_dispatch(commands, intro, argc, argv);
}
