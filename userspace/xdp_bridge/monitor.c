/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "xdp_bridge.h"

#include "cli.h"

#include <errno.h>
#include <getopt.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define MAX 64

static const char *word(const json_t *news, const char *key)
{
	const char *text = json_string_value(json_object_get(news, key));

	return text ? text : "";
}

static void print_news(const json_t *news)
{
	json_int_t vlan = json_integer_value(json_object_get(news, "vlan"));

	printf("%-10s %s", word(news, "event"), word(news, "bridge"));
	if (*word(news, "address"))
		printf(" %s", word(news, "address"));
	if (vlan)
		printf(" VLAN %" JSON_INTEGER_FORMAT, vlan);
	if (*word(news, "was"))
		printf(" from %s to", word(news, "was"));
	if (*word(news, "port"))
		printf(" %s", word(news, "port"));
	printf("%s%s\n", *word(news, "reason") ? ": " : "", word(news, "reason"));
}

/* One line of one process; false when that has ended, or the line cannot be written. */
static bool print_line(FILE *from, bool json)
{
	char line[2048];
	json_t *news;

	if (!fgets(line, sizeof(line), from))
		return false;
	news = json ? NULL : json_loads(line, 0, NULL);
	if (json)
		fputs(line, stdout);
	else if (news)
		print_news(news);
	json_decref(news);
	fflush(stdout);
	return !ferror(stdout);
}

static int watch(struct pollfd *pfds, FILE **files, int n, bool json)
{
	bool said = false;
	int open = n, i;

	while (open) {
		if (poll(pfds, n, -1) < 0)
			return cli_fail("poll: %s", strerror(errno));
		for (i = 0; i < n; i++) {
			if (pfds[i].fd < 0 || !pfds[i].revents)
				continue;
			if (print_line(files[i], json)) {
				said = true;
				continue;
			}
			if (ferror(stdout))
				return EXIT_NO; /* main()'s last sentence */
			pfds[i].fd = -1;
			open--;
		}
	}
	if (said)
		return cli_fail("what was watched has ended");
	return cli_fail(
		"what was watched has ended, or does not let itself be watched: eight watch it "
		"already, or neither root nor its user asks");
}

int monitor(int argc, char **argv)
{
	static const struct option known[] = {{"json", no_argument, NULL, 'j'}, {0}};
	struct pollfd pfds[MAX];
	FILE *files[MAX];
	int fds[MAX], n, c, i;
	bool json = false;
	json_t *request;

	opterr = 0;
	while ((c = getopt_long(argc, argv, "", known, NULL)) != -1) {
		if (c != 'j')
			return cli_usage("'%s' is no option of monitor", argv[optind - 1]);
		json = true;
	}
	if (optind < argc)
		return cli_usage("monitor takes no argument");
	request = json_pack("{s:s}", "ask", "monitor");
	n = control_connect_all(request, fds, MAX);
	json_decref(request);
	if (n < 0)
		return control_failed(n);
	if (!n)
		return cli_fail("no xdp_bridge runs in this network namespace: `xdp_bridge BRIDGE` "
				"starts one");
	for (i = 0; i < n; i++) {
		pfds[i] = (struct pollfd){.fd = fds[i], .events = POLLIN};
		files[i] = fdopen(fds[i], "r");
		if (!files[i])
			return cli_fail("no memory");
		setvbuf(files[i], NULL, _IONBF, 0); /* what is buffered, poll() does not see */
	}
	return watch(pfds, files, n, json);
}
