/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "catalogue_text.h"
#include "insn.h"

#include <errno.h>
#include <pcap/dlt.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

/* dlt.h of libpcap 1.10 has them; the numbers are the same in the files. */
_Static_assert(DLT_DSA_TAG_DSA == 284 && DLT_DSA_TAG_EDSA == 285, "Marvell's link types");

static struct cbpf_entry *entries;
static unsigned int entry_count;
static pthread_once_t once = PTHREAD_ONCE_INIT;

/* The value of `key: ...` with its continuation lines (those that start with a blank) joined by
 * single blanks, comment lines left out. malloc()ed; "" for a key that is not there. */
static char *value(const char *text, const char *key)
{
	size_t n = strlen(key), len = 0;
	char *out = calloc(1, strlen(text) + 1);
	bool inside = false;

	for (const char *line = text, *end; out && *line; line = end + (*end == '\n')) {
		end = strchrnul(line, '\n');
		if (*line == '#')
			continue;
		if (*line != ' ' && *line != '\t')
			inside = !strncmp(line, key, n) && line[n] == ':';
		if (!inside)
			continue;
		line += *line != ' ' && *line != '\t' ? n + 1 : 0;
		line += strspn(line, " \t");
		if (line >= end)
			continue;
		if (len)
			out[len++] = ' ';
		memcpy(out + len, line, (size_t)(end - line));
		len += (size_t)(end - line);
		out[len] = 0;
	}
	return out;
}

static void load(void)
{
	unsigned int n = 0;
	bool whole = true;

	while (catalogue_texts[n].name)
		n++;
	entries = calloc(n, sizeof(*entries));
	for (unsigned int i = 0; entries && i < n; i++) {
		const char *text = catalogue_texts[i].text;

		entries[i] = (struct cbpf_entry){.name = catalogue_texts[i].name,
						 .summary = value(text, "summary"),
						 .use = value(text, "for"),
						 .linktypes = value(text, "linktype"),
						 .variant_of = value(text, "variant-of"),
						 .expression = value(text, "expression"),
						 .text = text};
		whole = whole && entries[i].summary && entries[i].use && entries[i].linktypes &&
			entries[i].variant_of && entries[i].expression;
	}
	entry_count = entries && whole ? n : 0;
}

const struct cbpf_entry *cbpf_catalogue_at(unsigned int index)
{
	pthread_once(&once, load);
	return index < entry_count ? &entries[index] : NULL;
}

const struct cbpf_entry *cbpf_catalogue_find(const char *name)
{
	const struct cbpf_entry *e;

	for (unsigned int i = 0; (e = cbpf_catalogue_at(i)); i++)
		if (!strcmp(e->name, name))
			return e;
	return NULL;
}

const struct cbpf_entry *cbpf_catalogue_for(const char *name, int linktype)
{
	const struct cbpf_entry *e = cbpf_catalogue_find(name);

	if (!e || cbpf_entry_fits(e, linktype))
		return e;
	for (unsigned int i = 0; (e = cbpf_catalogue_at(i)); i++)
		if (!strcmp(e->variant_of, name) && cbpf_entry_fits(e, linktype))
			return e;
	return NULL;
}

int cbpf_linktype_of_tagger(const char *tagger)
{
	if (!strcmp(tagger, "edsa"))
		return DLT_DSA_TAG_EDSA;
	if (!strcmp(tagger, "dsa"))
		return DLT_DSA_TAG_DSA;
	return !*tagger || !strcmp(tagger, "none") ? DLT_EN10MB : -EINVAL;
}

/* The next name of a list, copied; NULL at its end. */
static const char *next_name(const char *list, char name[32])
{
	size_t n;

	list += strspn(list, " ");
	n = strcspn(list, " ");
	if (!n || n >= 32)
		return NULL;
	memcpy(name, list, n);
	name[n] = 0;
	return list + n;
}

int cbpf_entry_linktype(const struct cbpf_entry *entry)
{
	struct cbpf_error err;
	char name[32];

	return next_name(entry->linktypes, name) ? cbpf_linktype(name, &err) : -EINVAL;
}

bool cbpf_entry_fits(const struct cbpf_entry *entry, int linktype)
{
	const char *list = entry->linktypes;
	struct cbpf_error err;
	char name[32];

	while ((list = next_name(list, name)))
		if (cbpf_linktype(name, &err) == linktype)
			return true;
	return false;
}

int cbpf_catalogue_compile(struct cbpf_prog *out, const struct cbpf_entry *entry, int linktype,
			   uint32_t snaplen, bool optimize, struct cbpf_error *err)
{
	const struct cbpf_entry *other;

	if (linktype < 0)
		linktype = cbpf_entry_linktype(entry);
	if (cbpf_entry_fits(entry, linktype))
		return cbpf_compile(out, entry->expression, linktype, snaplen, optimize, err);
	other = cbpf_catalogue_for(*entry->variant_of ? entry->variant_of : entry->name, linktype);
	return cbpf_error_set(err, -EINVAL,
			      "the filter '%s' is for the link types %s, not for %s%s%s",
			      entry->name, entry->linktypes, cbpf_linktype_name(linktype),
			      other ? "; take " : "", other ? other->name : "");
}
