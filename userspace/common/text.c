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

void text_escaped(struct text *t, const char *s, size_t len)
{
	size_t i;

	for (i = 0; i < len; i++) {
		unsigned char c = (unsigned char)s[i];

		if (c == '"' || c == '\\') {
			text_char(t, '\\');
			text_char(t, (char)c);
		} else if (c < 0x20 || c > 0x7e) {
			text_str(t, "\\u00");
			text_hex(t, c, 2);
		} else {
			text_char(t, (char)c);
		}
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
