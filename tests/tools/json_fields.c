/* SPDX-License-Identifier: GPL-2.0-or-later */
/* json_fields PATH[:FORM]... : of each JSON object a line on standard input, the values at the
 * paths, | between them, the way tshark -T fields prints them.
 *
 * A path is member.member; a number in it is the index in a list. FORM is xN (0x and N hexadecimal
 * digits), id (a ClockIdentity as 0x and 16 digits) or o (octets without separators). */
#include "cli.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const json_t *find(const json_t *v, const char *path)
{
	char member[64];
	size_t n;

	for (; v && *path; path += path[n] ? n + 1 : n) {
		n = strcspn(path, ".:");
		if (!n || n >= sizeof(member))
			return NULL;
		memcpy(member, path, n);
		member[n] = 0;
		v = json_is_array(v) ? json_array_get(v, (size_t)atoi(member))
				     : json_object_get(v, member);
		if (path[n] == ':')
			return v;
	}
	return v;
}

static void print_without(const char *s, const char *separators)
{
	for (; *s; s++)
		if (!strchr(separators, *s))
			putchar(*s);
}

static void print_value(const json_t *v, const char *form)
{
	if (json_is_string(v)) {
		printf("%s", form && !strcmp(form, "id") ? "0x" : "");
		print_without(json_string_value(v), form ? ".:" : "");
	} else if (json_is_integer(v) && form && *form == 'x') {
		printf("0x%0*llx", atoi(form + 1), (unsigned long long)json_integer_value(v));
	} else if (json_is_integer(v)) {
		printf("%lld", (long long)json_integer_value(v));
	} else if (json_is_boolean(v)) {
		printf("%d", json_is_true(v));
	} else if (json_is_real(v)) {
		printf("%g", json_real_value(v));
	}
}

int main(int argc, char **argv)
{
	static char line[1 << 20];
	json_error_t error;
	json_t *object;
	const char *colon;
	int i;

	cli_init("json_fields");
	while (fgets(line, sizeof(line), stdin)) {
		object = json_loads(line, 0, &error);
		if (!object)
			return cli_fail("not JSON: %s: %s", error.text, line);
		for (i = 1; i < argc; i++) {
			colon = strchr(argv[i], ':');
			print_value(find(object, argv[i]), colon ? colon + 1 : NULL);
			putchar(i + 1 < argc ? '|' : '\n');
		}
		json_decref(object);
	}
	return cli_finish(EXIT_YES);
}
