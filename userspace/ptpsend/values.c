/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "values.h"

#include "cli.h"
#include "names.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>

enum { PIECE_MAX = 64 };

/* One more digit behind *v; false when it leaves [0, INT64_MAX]. */
static bool append_digit(int64_t *v, int digit)
{
	return !__builtin_mul_overflow(*v, 10, v) && !__builtin_add_overflow(*v, digit, v);
}

int value_decimal(const char *text, unsigned int digits, int64_t min, int64_t max, int64_t *out)
{
	const char *p = text + (*text == '-');
	bool point = false, any = false;
	int64_t v = 0;

	for (; *p; p++) {
		if (*p == '.' && !point && any) {
			point = true;
			continue;
		}
		if (*p < '0' || *p > '9' || (point && !digits--))
			return -EINVAL;
		if (!append_digit(&v, *p - '0'))
			return -ERANGE;
		any = true;
	}
	if (!any)
		return -EINVAL;
	while (digits--)
		if (!append_digit(&v, 0))
			return -ERANGE;
	v = *text == '-' ? -v : v;
	if (v < min || v > max)
		return -ERANGE;
	*out = v;
	return 0;
}

static int hex_digit(char c)
{
	const char *digits = "0123456789abcdef", *at = strchr(digits, tolower((unsigned char)c));

	return at && c ? (int)(at - digits) : -1;
}

/* Pairs of hexadecimal digits, separators before a pair: the octets, or -EINVAL. */
static int hex_octets(const char *text, const char *separators, uint8_t *out, size_t size)
{
	size_t n = 0;

	for (; *text; text += 2) {
		if (n && strchr(separators, *text))
			text++;
		if (n == size || hex_digit(text[0]) < 0 || hex_digit(text[1]) < 0)
			return -EINVAL;
		out[n++] = (uint8_t)(hex_digit(text[0]) << 4 | hex_digit(text[1]));
	}
	return (int)n;
}

int value_mac(const char *text, uint8_t out[6])
{
	uint8_t mac[6];

	if (hex_octets(text, ":-", mac, sizeof(mac)) != sizeof(mac))
		return -EINVAL;
	memcpy(out, mac, sizeof(mac));
	return 0;
}

int value_clock(const char *text, struct ptp_clock_identity *out)
{
	struct ptp_clock_identity id;

	if (hex_octets(text, ".:-", id.octets, sizeof(id.octets)) != sizeof(id.octets))
		return -EINVAL;
	*out = id;
	return 0;
}

/* The text up to a separator, at most PIECE_MAX - 1 characters; *text goes behind it, to NULL at
 * the end. */
static int next_piece(const char **text, char separator, char piece[PIECE_MAX])
{
	const char *end = strchrnul(*text, separator);
	size_t len = (size_t)(end - *text);

	if (!len || len >= PIECE_MAX)
		return -EINVAL;
	memcpy(piece, *text, len);
	piece[len] = 0;
	*text = *end ? end + 1 : NULL;
	return 0;
}

/* "Pdelay_Resp" is written "pdelay-resp". */
static bool is_type(const char *word, const char *name)
{
	for (; *word && *name; word++, name++)
		if (*word != (*name == '_' ? '-' : tolower((unsigned char)*name)))
			return false;
	return !*word && !*name;
}

static uint16_t message_set(const char *word)
{
	static const struct {
		const char *name;
		uint16_t messages;
	} groups[] = {
		{"e2e",
		 1 << PTP_ANNOUNCE | 1 << PTP_SYNC | 1 << PTP_DELAY_REQ | 1 << PTP_DELAY_RESP},
		{"p2p",
		 1 << PTP_ANNOUNCE | 1 << PTP_SYNC | 1 << PTP_PDELAY_REQ | 1 << PTP_PDELAY_RESP},
		{"all", 1 << PTP_ANNOUNCE | 1 << PTP_SYNC | 1 << PTP_DELAY_REQ |
				1 << PTP_DELAY_RESP | 1 << PTP_PDELAY_REQ | 1 << PTP_PDELAY_RESP |
				1 << PTP_SIGNALING | 1 << PTP_MANAGEMENT},
	};

	for (size_t i = 0; i < sizeof(groups) / sizeof(*groups); i++)
		if (!strcmp(word, groups[i].name))
			return groups[i].messages;
	for (unsigned int type = 0; type < 16; type++)
		if (ptp_body_len(type) && is_type(word, ptp_type_name(type)))
			return (uint16_t)(1 << type);
	return 0;
}

int value_messages(const char *text, uint16_t *out)
{
	char word[PIECE_MAX];
	uint16_t messages = 0;

	while (text) {
		if (next_piece(&text, ',', word) || !message_set(word))
			return -EINVAL;
		messages |= message_set(word);
	}
	*out = messages;
	return 0;
}

int value_vlan(const char *text, uint16_t tpid, struct frame_vlan *out)
{
	char piece[PIECE_MAX];
	uint64_t vid, pcp = 0;
	bool dei = false;
	int ret;

	ret = next_piece(&text, ':', piece);
	ret = ret ? ret : cli_number(piece, 0, 4095, &vid);
	if (!ret && text) {
		ret = next_piece(&text, ':', piece);
		ret = ret ? ret : cli_number(piece, 0, 7, &pcp);
	}
	if (!ret && text) {
		dei = !strcmp(text, "dei");
		ret = dei ? 0 : -EINVAL;
	}
	if (ret)
		return ret;
	*out = (struct frame_vlan){.tpid = tpid, .tci = (uint16_t)(pcp << 13 | dei << 12 | vid)};
	return 0;
}

static int dsa_mode(const char *word, struct dsa_tag *tag)
{
	static const char *const names[] = {"to-cpu", "from-cpu", "to-sniffer", "forward"};

	for (unsigned int i = 0; i < 4; i++) {
		if (strcmp(word, names[i]))
			continue;
		tag->mode = (enum dsa_mode)i;
		return 0;
	}
	return -EINVAL;
}

/* "device=3", or a flag's name alone. */
static int dsa_field(const char *word, struct dsa_tag *tag)
{
	const char *value = strchrnul(word, '=');
	size_t len = (size_t)(value - word);
	struct {
		const char *name;
		uint8_t *octet;
		unsigned int max;
		bool *flag;
	} fields[] = {
		{"device", &tag->device, 31, NULL}, {"port", &tag->port, 31, NULL},
		{"code", &tag->code, 7, NULL},      {"priority", &tag->priority, 7, NULL},
		{"tagged", NULL, 0, &tag->tagged},  {"trunk", NULL, 0, &tag->trunk},
		{"dei", NULL, 0, &tag->cfi},        {"ingress", NULL, 0, &tag->rx_sniff},
		{"vid", NULL, 4095, NULL},
	};
	uint64_t v = 0;
	int ret;

	for (size_t i = 0; i < sizeof(fields) / sizeof(*fields); i++) {
		if (strlen(fields[i].name) != len || memcmp(fields[i].name, word, len))
			continue;
		if (fields[i].flag) {
			*fields[i].flag = true;
			return *value ? -EINVAL : 0;
		}
		ret = *value ? cli_number(value + 1, 0, fields[i].max, &v) : -EINVAL;
		if (!ret && fields[i].octet)
			*fields[i].octet = (uint8_t)v;
		else if (!ret)
			tag->vid = (uint16_t)v;
		return ret;
	}
	return -EINVAL;
}

/* A field that the mode has no bits for would not be sent. */
static bool dsa_fits(const struct dsa_tag *tag)
{
	return (!tag->code || tag->mode == DSA_TO_CPU) &&
	       (!tag->trunk || tag->mode == DSA_FORWARD) &&
	       (!tag->rx_sniff || tag->mode == DSA_TO_SNIFFER) && (!tag->cfi || tag->tagged);
}

int value_dsa(const char *text, struct dsa_tag *out)
{
	struct dsa_tag tag = {0};
	char word[PIECE_MAX];
	int ret;

	ret = next_piece(&text, ',', word);
	ret = ret ? ret : dsa_mode(word, &tag);
	while (!ret && text) {
		ret = next_piece(&text, ',', word);
		ret = ret ? ret : dsa_field(word, &tag);
	}
	if (!ret && !dsa_fits(&tag))
		ret = -EINVAL;
	if (!ret)
		*out = tag;
	return ret;
}

int value_tlv(const char *text, struct exchange_tlv *out)
{
	const char *messages = text, *colon = strchr(text, ':');
	char list[PIECE_MAX * 4], piece[PIECE_MAX];
	struct exchange_tlv tlv = {0};
	uint64_t type;
	int len;

	if (!colon || (size_t)(colon - messages) >= sizeof(list))
		return -EINVAL;
	memcpy(list, messages, (size_t)(colon - messages));
	list[colon - messages] = 0;
	text = colon + 1;
	if (value_messages(list, &tlv.messages) || next_piece(&text, ':', piece) ||
	    cli_number(piece, 0, UINT16_MAX, &type))
		return -EINVAL;
	len = text ? hex_octets(text, ":", tlv.value, sizeof(tlv.value)) : 0;
	if (len < 0)
		return len;
	tlv.type = (uint16_t)type;
	tlv.len = (uint16_t)len;
	*out = tlv;
	return 0;
}
