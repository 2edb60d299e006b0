/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "scan.h"

#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static void locate(struct scan *s, const char *where)
{
	const char *line = s->start;

	s->err->line = 1;
	for (const char *p = s->start; p < where; p++)
		if (*p == '\n') {
			s->err->line++;
			line = p + 1;
		}
	s->err->column = (unsigned int)(where - line) + 1;
}

int scan_fail(struct scan *s, const char *where, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(s->err->text, sizeof(s->err->text), fmt, ap);
	va_end(ap);
	locate(s, where);
	return -EBADMSG;
}

/* The word at the scanner's place, short and printable. */
static void quote(const struct scan *s, char out[24])
{
	int n = 0;

	for (const char *p = s->at; p < s->end && n < 20 && isgraph((unsigned char)*p); p++)
		out[n++] = *p;
	out[n] = 0;
}

int scan_expected(struct scan *s, const char *what)
{
	char word[24];

	quote(s, word);
	if (s->at == s->end)
		return scan_fail(s, s->at, "the text ends where %s should stand", what);
	if (*s->at == '\n' || *s->at == '\r')
		return scan_fail(s, s->at, "the line ends where %s should stand", what);
	if (!word[0])
		return scan_fail(s, s->at, "byte 0x%02x stands where %s should",
				 (unsigned char)*s->at, what);
	return scan_fail(s, s->at, "'%s' stands where %s should", word, what);
}

void scan_blanks(struct scan *s)
{
	while (s->at < s->end && (*s->at == ' ' || *s->at == '\t'))
		s->at++;
}

void scan_space(struct scan *s)
{
	while (s->at < s->end && isspace((unsigned char)*s->at))
		s->at++;
}

static void skip_line(struct scan *s)
{
	while (s->at < s->end && *s->at != '\n')
		s->at++;
}

int scan_comments(struct scan *s)
{
	for (scan_space(s); s->at < s->end; scan_space(s)) {
		bool line_start = s->at == s->start || s->at[-1] == '\n';

		if (*s->at == ';' || (*s->at == '#' && line_start) ||
		    (s->end - s->at > 1 && s->at[0] == '/' && s->at[1] == '/')) {
			skip_line(s);
		} else if (s->end - s->at > 1 && s->at[0] == '/' && s->at[1] == '*') {
			const char *close =
				memmem(s->at + 2, (size_t)(s->end - s->at) - 2, "*/", 2);

			if (!close)
				return scan_fail(s, s->at, "this comment has no end");
			s->at = close + 2;
		} else {
			break;
		}
	}
	return 0;
}

bool scan_done(const struct scan *s)
{
	return s->at == s->end;
}

bool scan_char(struct scan *s, char c)
{
	if (s->at == s->end || *s->at != c)
		return false;
	s->at++;
	return true;
}

bool scan_word(struct scan *s, const char *word)
{
	size_t n = strlen(word);

	if ((size_t)(s->end - s->at) < n || strncasecmp(s->at, word, n))
		return false;
	if ((size_t)(s->end - s->at) > n && (isalnum((unsigned char)s->at[n]) || s->at[n] == '_') &&
	    isalnum((unsigned char)word[n - 1]))
		return false;
	s->at += n;
	return true;
}

static int digit(char c, unsigned int base)
{
	int v = isdigit((unsigned char)c)    ? c - '0'
		: isxdigit((unsigned char)c) ? (c | 32) - 'a' + 10
					     : 99;

	return v < (int)base ? v : -1;
}

/* 0x, and where they count 0b and a leading 0. */
static unsigned int take_prefix(struct scan *s)
{
	unsigned int base = 10;

	if (s->end - s->at < 2 || s->at[0] != '0')
		return base;
	if ((s->at[1] | 32) == 'x')
		base = 16;
	else if (s->c_numbers && (s->at[1] | 32) == 'b')
		base = 2;
	else if (s->c_numbers && isdigit((unsigned char)s->at[1]))
		return 8;
	if (base == 10 || s->end - s->at < 3 || digit(s->at[2], base) < 0)
		return 10;
	s->at += 2;
	return base;
}

int scan_number(struct scan *s, const char *what, uint32_t max, uint32_t *out)
{
	const char *first = s->at;
	bool minus = max == UINT32_MAX && scan_char(s, '-');
	unsigned int base = take_prefix(s);
	uint64_t v = 0;

	if (s->at == s->end || digit(*s->at, base) < 0) {
		s->at = first;
		return scan_expected(s, what);
	}
	for (; s->at < s->end && digit(*s->at, base) >= 0; s->at++)
		if (v <= UINT32_MAX)
			v = v * base + (unsigned int)digit(*s->at, base);
	if (v > max || (minus && v > (uint64_t)INT32_MAX + 1))
		return scan_fail(s, first, "%s is out of range: %.*s, the largest is %u", what,
				 (int)(s->at - first > 24 ? 24 : s->at - first), first, max);
	*out = minus ? (uint32_t)-v : (uint32_t)v;
	return 0;
}
