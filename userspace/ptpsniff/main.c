/* SPDX-License-Identifier: GPL-2.0-or-later */
/* ptpsniff: PTP on an interface or in a capture, behind switch tags too. */
#include "cli.h"
#include "run.h"

int main(int argc, char **argv)
{
	struct options o;
	int ret;

	cli_init("ptpsniff");
	ret = options_parse(&o, argc, argv);
	if (ret)
		return ret - 1;
	stop_install();
	return o.taps ? run_live(&o) : run_replay(&o);
}
