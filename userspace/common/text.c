/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "text.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

static const char hex_digits[] = "0123456789abcdef";

void text_free(struct text *t)
{
	free(t->buf);
	*t = (struct text){0};
}

bool text_grow(struct text *t, size_t need)
{
	size_t size = t->size ? t->size : 512;
	char *buf;

	while (size - t->len < need)
		size *= 2;
	buf = realloc(t->buf, size);
	if (!buf) {
		t->failed = true;
		return false;
	}
	t->buf = buf;
	t->size = size;
	return true;
}

void text_padded(struct text *t, uint64_t v, unsigned int width)
{
	char digits[32], *p = digits + sizeof(digits);

	do {
		*--p = (char)('0' + v % 10);
		v /= 10;
	} while (v || (digits + sizeof(digits) - p < (ptrdiff_t)width && p > digits));
	text_bytes(t, p, (size_t)(digits + sizeof(digits) - p));
}

void text_u64(struct text *t, uint64_t v)
{
	text_padded(t, v, 1);
}

void text_i64(struct text *t, int64_t v)
{
	if (v < 0)
		text_char(t, '-');
	text_u64(t, v < 0 ? -(uint64_t)v : (uint64_t)v);
}

void text_hex(struct text *t, uint64_t v, unsigned int digits)
{
	if (!text_room(t, digits))
		return;
	while (digits--)
		t->buf[t->len++] = hex_digits[v >> digits * 4 & 15];
}

void text_octets(struct text *t, const uint8_t *p, size_t len, char separator)
{
	size_t i;

	if (!text_room(t, len * 3))
		return;
	for (i = 0; i < len; i++) {
		if (i && separator)
			t->buf[t->len++] = separator;
		t->buf[t->len++] = hex_digits[p[i] >> 4];
		t->buf[t->len++] = hex_digits[p[i] & 15];
	}
}

void text_mac(struct text *t, const uint8_t mac[6])
{
	text_octets(t, mac, 6, ':');
}

/* RFC 3629, table in clause 4; without the control characters up to U+009F. */
size_t utf8_printable(const char *s, size_t len)
{
	const unsigned char *c = (const unsigned char *)s;
	size_t n, i;

	if (len && c[0] < 0x80)
		return c[0] >= 0x20 && c[0] != 0x7f;
	n = !len || c[0] < 0xc2 ? 0 : c[0] < 0xe0 ? 2 : c[0] < 0xf0 ? 3 : c[0] < 0xf5 ? 4 : 0;
	if (n > len)
		return 0;
	for (i = 1; i < n; i++)
		if (c[i] >> 6 != 2)
			return 0;
	if (n && ((c[0] == 0xc2 && c[1] < 0xa0) || (c[0] == 0xe0 && c[1] < 0xa0) ||
		  (c[0] == 0xed && c[1] > 0x9f) || (c[0] == 0xf0 && c[1] < 0x90) ||
		  (c[0] == 0xf4 && c[1] > 0x8f)))
		return 0;
	return n;
}

void utf8_clean(char *s)
{
	size_t n, len = strlen(s);

	for (; len; s += n, len -= n) {
		n = utf8_printable(s, len);
		if (!n) {
			*s = '?';
			n = 1;
		}
	}
}

void text_escaped(struct text *t, const char *s, size_t len)
{
	size_t n;

	for (; len; s += n, len -= n) {
		n = utf8_printable(s, len);
		if (n) {
			if (*s == '"' || *s == '\\')
				text_char(t, '\\');
			text_bytes(t, s, n);
			continue;
		}
		n = 1;
		text_str(t, "\\u");
		text_hex(t, (unsigned char)*s < 0x80 ? (unsigned char)*s : 0xfffd, 4);
	}
}

void text_json_string(struct text *t, const char *s, size_t len)
{
	text_char(t, '"');
	text_escaped(t, s, len);
	text_char(t, '"');
}

void text_format(struct text *t, const char *fmt, ...)
{
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	if (n < 0 || !text_room(t, (size_t)n + 1))
		return;
	va_start(ap, fmt);
	vsnprintf(t->buf + t->len, (size_t)n + 1, fmt, ap);
	va_end(ap);
	t->len += (size_t)n;
}
