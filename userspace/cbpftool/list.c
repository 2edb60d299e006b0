/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cbpftool.h"

#include <stdio.h>

static const char usage[] =
	"usage: cbpftool list [NAME]\n"
	"The catalogue's filters, a line each; with NAME the whole of that one.\n";

int cmd_list(int argc, char **argv)
{
	const struct cbpf_entry *e;

	if (argc > 1 && argv[1][0] == '-') {
		fputs(usage, argv[1][1] == 'h' || argv[1][1] == '-' ? stdout : stderr);
		return argv[1][1] == 'h' || argv[1][1] == '-' ? EXIT_YES : EXIT_USAGE;
	}
	if (argc > 2)
		return cli_usage("list takes one name at most");
	if (argc == 2) {
		e = cbpf_catalogue_find(argv[1]);
		if (!e)
			return cli_fail("there is no filter '%s' in the catalogue; `cbpftool list` "
					"shows those there are",
					argv[1]);
		fputs(e->text, stdout);
		return EXIT_YES;
	}
	for (unsigned int i = 0; (e = cbpf_catalogue_at(i)); i++)
		printf("%-22s %s (%s)\n", e->name, e->summary, e->linktypes);
	return EXIT_YES;
}
