/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Text that grows: what a line of output is put together in, several times faster than printf().
 * Out of memory is remembered, not reported piece by piece: look at `failed` where the text is
 * used. */
#ifndef TEXT_H
#define TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct text {
	char *buf; /* owned, not terminated; text_free() */
	size_t len, size;
	bool failed;
};

void text_free(struct text *t);
/* Room for `need` more characters at the end; false (and t->failed) without memory. */
bool text_grow(struct text *t, size_t need);

static inline void text_clear(struct text *t)
{
	t->len = 0;
	t->failed = false;
}

static inline bool text_room(struct text *t, size_t need)
{
	return need <= t->size - t->len || text_grow(t, need);
}

static inline void text_bytes(struct text *t, const char *s, size_t len)
{
	if (!text_room(t, len))
		return;
	memcpy(t->buf + t->len, s, len);
	t->len += len;
}

static inline void text_char(struct text *t, char c)
{
	text_bytes(t, &c, 1);
}

static inline void text_str(struct text *t, const char *s)
{
	text_bytes(t, s, strlen(s));
}

void text_u64(struct text *t, uint64_t v);
void text_i64(struct text *t, int64_t v);
/* With leading zeros to `width` digits. */
void text_padded(struct text *t, uint64_t v, unsigned int width);
/* `digits` lower-case hexadecimal digits of v. */
void text_hex(struct text *t, uint64_t v, unsigned int digits);
/* Octets in hexadecimal, with `separator` between them unless that is 0. */
void text_octets(struct text *t, const uint8_t *p, size_t len, char separator);
void text_mac(struct text *t, const uint8_t mac[6]);
/* Of the printable UTF-8 character at `s` how many octets it has; 0 where there is none. */
size_t utf8_printable(const char *s, size_t len);
/* What is none becomes a '?', octet by octet. */
void utf8_clean(char *s);
/* `len` octets of any origin, what is not printable UTF-8 escaped as JSON does it, U+FFFD for
 * what is no UTF-8; with its quotes. */
void text_escaped(struct text *t, const char *s, size_t len);
void text_json_string(struct text *t, const char *s, size_t len);
void text_format(struct text *t, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

#endif
