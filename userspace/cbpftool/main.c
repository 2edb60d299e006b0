/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cbpftool.h"

static const struct cli_command commands[] = {
	{"list", cmd_list, "the catalogue of named filters"},
	{"dump", cmd_dump, "a program as text, in any form"},
	{"check", cmd_check, "would Linux take the program? --kernel asks it"},
	{"run", cmd_run, "a program over packets: in one engine, or in all and compared"},
	{"trace", cmd_trace, "one packet's way through a program, and why it ended so"},
	{"debug", cmd_debug, "the same by hand: breakpoints, step, step back"},
	{"cover", cmd_cover, "how often each instruction and each side of a comparison ran"},
	{"graph", cmd_graph, "the control flow for Graphviz, with counts on request"},
	{"explain", cmd_explain, "every way to acceptance, as conditions on named fields"},
	{"diff", cmd_diff, "do two programs accept the same packets? a witness, or a proof"},
	{"xdp", cmd_xdp, "a program as eBPF: an object file, or on an interface"},
	{"socket", cmd_socket, "the filters attached to packet sockets on this machine"},
	{0},
};

static const char intro[] = "usage: cbpftool COMMAND [OPTIONS]\n"
			    "Classic BPF programs as values. The source of a program is the same "
			    "everywhere:\n" SOURCE_USAGE;

int main(int argc, char **argv)
{
	cli_init("cbpftool");
	return cli_dispatch(commands, intro, argc, argv);
}
