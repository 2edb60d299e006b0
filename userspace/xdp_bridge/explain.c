/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "xdp_bridge.h"

#include "cli.h"
#include "text.h"

#include <getopt.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static void print_lines(json_t *answer, void *arg)
{
	const json_t *line;
	size_t i;

	(void)arg;
	json_array_foreach(json_object_get(answer, "lines"), i, line)
		printf("%s\n", json_string_value(line));
}

static int ask(json_t *request, const char *what)
{
	int n = request ? control_ask_all(request, print_lines, NULL) : 0;

	json_decref(request);
	if (n < 0)
		return control_failed(n);
	if (!n && geteuid())
		return cli_fail(
			"addresses are told to root and the user that runs an xdp_bridge alone: "
			"run as root");
	if (!n)
		return cli_fail("no xdp_bridge in this network namespace follows %s: `xdp_bridge "
				"status` lists what is followed",
				what);
	return EXIT_YES;
}

/* "02:00:00:00:00:01" to twelve digits; 0 or -1. */
static int mac_digits(const char *text, char out[13])
{
	uint8_t b[6];

	if (cli_mac(text, b))
		return -1;
	snprintf(out, 13, "%02x%02x%02x%02x%02x%02x", b[0], b[1], b[2], b[3], b[4], b[5]);
	return 0;
}

static int ask_address(int argc, char **argv)
{
	uint64_t vlan = 0;
	char mac[13];

	if (argc < 2 || argc > 3)
		return cli_usage("explain takes a bridge, an address and perhaps a VLAN");
	if (mac_digits(argv[1], mac))
		return cli_usage("'%s' is no MAC address", argv[1]);
	if (argc == 3 && cli_number(argv[2], 1, 4094, &vlan))
		return cli_usage("'%s' is no VLAN: 1 to 4094", argv[2]);
	utf8_clean(argv[0]); /* as it is asked about, in JSON */
	return ask(json_pack("{s:s, s:s, s:s, s:I}", "ask", "explain", "bridge", argv[0], "address",
			     mac, "vlan", (json_int_t)vlan),
		   argv[0]);
}

static int ask_frame(const char *port, const char *hex)
{
	size_t digits = strspn(hex, "0123456789abcdefABCDEF");

	if (hex[digits] || digits % 2 || digits < 2 || digits > 4096)
		return cli_usage(
			"--frame takes the frame's bytes as hex digits, 2048 bytes at most");
	return ask(json_pack("{s:s, s:s, s:s}", "ask", "explain", "port", port, "frame", hex),
		   port);
}

int explain(int argc, char **argv)
{
	static const struct option known[] = {{"port", required_argument, NULL, 'p'},
					      {"frame", required_argument, NULL, 'f'},
					      {0}};
	char *port = NULL, *frame = NULL;
	int c;

	opterr = 0;
	while ((c = getopt_long(argc, argv, "", known, NULL)) != -1) {
		if (c == 'p')
			port = optarg;
		else if (c == 'f')
			frame = optarg;
		else
			return cli_usage("'%s' is no option of explain, or lacks its value",
					 argv[optind - 1]);
	}
	if (!port != !frame || (port && optind < argc))
		return cli_usage("--port and --frame go together, and alone");
	if (port)
		utf8_clean(port);
	return port ? ask_frame(port, frame) : ask_address(argc - optind, argv + optind);
}
