/* SPDX-License-Identifier: GPL-2.0-or-later */
/* brcheck: says whether a bridge behaved. */
#include "brcheck.h"
#include "cli.h"

static const struct cli_command commands[] = {
	{"verify", cmd_verify, "captures of a bridge's ports: did it do what it should?"},
	{"replay", cmd_replay, "a scenario through one engine: where does each frame leave?"},
	{"compare", cmd_compare, "a scenario through all engines: do they agree?"},
	{"dut", cmd_dut, "a scenario through a device that is cabled to this machine"},
	{0},
};

int main(int argc, char **argv)
{
	cli_init("brcheck");
	return cli_dispatch(commands,
			    "usage: brcheck COMMAND ...\n"
			    "Checks a bridge against the reference bridge (brcheck(8)).\n",
			    argc, argv);
}
