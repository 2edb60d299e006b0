/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The words of a scenario's line, the values in them, and the sentence for one that is wrong. */
#include "scenario_parse.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"

int parse_error(struct parse *p, const char *fmt, ...)
{
	va_list ap;
	int n;

	n = snprintf(p->err->text, sizeof(p->err->text), "%s:%u: ", p->file, p->line);
	if (n > 0 && n < (int)sizeof(p->err->text)) {
		va_start(ap, fmt);
		vsnprintf(p->err->text + n, sizeof(p->err->text) - n, fmt, ap);
		va_end(ap);
	}
	return -EINVAL;
}

const char *parse_word(struct parse *p)
{
	return p->next < p->words ? p->word[p->next++] : NULL;
}

int parse_number(struct parse *p, const char *what, uint64_t min, uint64_t max, uint64_t *out)
{
	const char *w = parse_word(p);

	if (!w || cli_number(w, min, max, out))
		return parse_error(p, "%s wants a number from %llu to %llu, not '%s'", what,
				   (unsigned long long)min, (unsigned long long)max, w ? w : "");
	return 0;
}

int parse_seconds(struct parse *p, const char *what, int64_t *ns)
{
	const char *w = parse_word(p);
	char *end = NULL;
	double v = -1;

	if (w && *w >= '0' && *w <= '9')
		v = strtod(w, &end);
	if (!end || *end || !(v >= 0 && v <= 1e8))
		return parse_error(p, "%s wants seconds, such as 0.5, not '%s'", what, w ? w : "");
	*ns = (int64_t)(v * 1e9 + 0.5);
	return 0;
}

int parse_on_off(struct parse *p, const char *what, bool *out)
{
	const char *w = parse_word(p);

	if (!w || (strcmp(w, "on") && strcmp(w, "off")))
		return parse_error(p, "%s wants on or off, not '%s'", what, w ? w : "");
	*out = !strcmp(w, "on");
	return 0;
}

int parse_mac(struct parse *p, const char *what, uint8_t out[6])
{
	const char *w = parse_word(p);
	int i;

	if (!w)
		return parse_error(p, "%s is missing: a MAC address or the name of a host", what);
	for (i = 0; i < p->nhosts; i++)
		if (!strcmp(p->hosts[i].name, w)) {
			memcpy(out, p->hosts[i].address, 6);
			return 0;
		}
	if (!strcmp(w, "broadcast")) {
		memset(out, 0xff, 6);
		return 0;
	}
	if (cli_mac(w, out))
		return parse_error(p, "'%s' is neither a MAC address nor a host (host NAME MAC)",
				   w);
	return 0;
}

int parse_ip(struct parse *p, const char *what, int family, uint8_t *out)
{
	const char *w = parse_word(p);

	if (!w || inet_pton(family, w, out) != 1)
		return parse_error(p, "%s wants an %s address, not '%s'", what,
				   family == AF_INET ? "IPv4" : "IPv6", w ? w : "");
	return 0;
}

int parse_group(struct parse *p, uint8_t address[16], uint8_t *size)
{
	const char *w = parse_word(p);

	if (w && inet_pton(AF_INET, w, address) == 1 && address[0] >> 4 == 0xe)
		*size = 4;
	else if (w && inet_pton(AF_INET6, w, address) == 1 && address[0] == 0xff)
		*size = 16;
	else if (w && !cli_mac(w, address) && address[0] & 1)
		*size = 6;
	else
		return parse_error(p, "'%s' is no group: a group MAC, IPv4 or IPv6 address",
				   w ? w : "");
	return 0;
}

int parse_vid(struct parse *p, const char *text, uint16_t *out)
{
	uint64_t v;

	if (cli_number(text, 1, 4094, &v))
		return parse_error(p, "'%s' is no VLAN: 1 to 4094", text);
	*out = v;
	return 0;
}

int parse_state(struct parse *p, uint8_t *out)
{
	static const char *const names[] = {"disabled", "listening", "learning", "forwarding",
					    "blocking"};
	const char *w = parse_word(p);
	uint8_t i;

	for (i = 0; w && i < 5; i++)
		if (!strcmp(w, names[i])) {
			*out = i;
			return 0;
		}
	return parse_error(
		p, "'%s' is no state: disabled, listening, learning, forwarding or blocking",
		w ? w : "");
}

int scenario_port(const struct scenario *s, const char *name)
{
	int i;

	if (!strcmp(name, "bridge"))
		return BRM_BRIDGE;
	for (i = 0; i < s->ports; i++)
		if (!strcmp(s->names[i], name))
			return i;
	return -ENOENT;
}

int parse_port(struct parse *p, bool bridge_too, int *out)
{
	const char *w = parse_word(p);
	int port = w ? scenario_port(p->s, w) : -ENOENT;

	if (port == -ENOENT || (port == BRM_BRIDGE && !bridge_too))
		return parse_error(p, "there is no port '%s' (a line 'port NAME' makes one)",
				   w ? w : "");
	*out = port;
	return 0;
}
