/* SPDX-License-Identifier: GPL-2.0-or-later */
/* ptpsend: PTP messages in any encapsulation, onto an interface or into a capture. */
#include "cli.h"
#include "run.h"
#include "stop.h"

int main(int argc, char **argv)
{
	struct options o;
	struct sink *sink;
	int ret;

	cli_init("ptpsend");
	ret = options_parse(&o, argc, argv);
	if (ret)
		return ret - 1;
	stop_install();
	ret = o.ifname ? sink_open_interface(&sink, &o) : sink_open_capture(&sink, &o);
	return ret ? ret : cli_finish(run(sink, &o));
}
