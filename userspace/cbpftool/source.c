/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "capfile.h"
#include "cbpftool.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define TEXT_MAX (64u << 20) /* what is larger is no program, and may have no end */

int read_whole(const char *path, char **out, size_t *len)
{
	int ret = -ENOMEM, fd = strcmp(path, "-") ? open(path, O_RDONLY | O_CLOEXEC) : STDIN_FILENO;
	size_t room = 65536, used = 0;
	char *buf = NULL;
	ssize_t n = 1;

	if (fd < 0)
		return -errno;
	while (n > 0) {
		char *more = realloc(buf, room + 1);

		if (!more)
			goto done;
		buf = more;
		n = read(fd, buf + used, room - used);
		if (n < 0 && errno == EINTR)
			n = 1;
		else if (n < 0)
			ret = -errno;
		else
			used += (size_t)n;
		if (used > TEXT_MAX) {
			ret = -EFBIG;
			goto done;
		}
		if (used == room)
			room *= 2;
	}
	if (n < 0)
		goto done;
	buf[used] = 0;
	*out = buf;
	*len = used;
	buf = NULL;
	ret = 0;
done:
	free(buf);
	if (fd != STDIN_FILENO)
		close(fd);
	return ret;
}

static int load_file(const struct source *src, struct cbpf_prog *out)
{
	const char *name = strcmp(src->file, "-") ? src->file : "standard input";
	struct cbpf_error err = {0};
	size_t len;
	char *text;
	int ret;

	if (src->snaplen_said || src->unoptimized)
		return cli_usage("-s and -O are for compiling (-e, -n), not for a program from -f");
	ret = read_whole(src->file, &text, &len);
	if (ret)
		return cli_fail("%s cannot be read: %s", name, strerror(-ret));
	ret = cbpf_read(out, text, len, CBPF_FORM_AUTO, &err);
	free(text);
	if (ret && err.line)
		return cli_fail("%s, line %u, column %u: %s", name, err.line, err.column, err.text);
	if (ret)
		return cli_fail("%s: %s", name, err.text);
	out->linktype = src->linktype;
	return EXIT_YES;
}

static int load_entry(const struct source *src, const struct cbpf_entry *entry, int linktype,
		      struct cbpf_prog *out)
{
	struct cbpf_error err;

	if (cbpf_catalogue_compile(out, entry, linktype, src->snaplen, !src->unoptimized, &err))
		return cli_fail("%s", err.text);
	return EXIT_YES;
}

static int find_entry(const char *name, const struct cbpf_entry **out)
{
	*out = cbpf_catalogue_find(name);
	if (!*out)
		return cli_fail("there is no filter '%s' in the catalogue; `cbpftool list` shows "
				"those there are",
				name);
	return EXIT_YES;
}

/* `packet`: the first of this link type, 0 where there is none. */
static int compile(const struct source *src, int linktype, uint64_t packet, struct cbpf_prog *out)
{
	struct cbpf_error err;
	char of[96] = "";

	if (!src->expression)
		return cli_usage("no program is given: name one with -e EXPR, -n NAME or -f FILE");
	if (!cbpf_compile(out, src->expression, linktype, src->snaplen, !src->unoptimized, &err))
		return EXIT_YES;
	if (packet && linktype != 1)
		snprintf(of, sizeof(of),
			 "packet %llu has the link type %s: ", (unsigned long long)packet,
			 cbpf_linktype_name(linktype));
	return cli_fail("%s%s%s", of, err.text,
			src->guessed ? " (nor is it a filter of the catalogue or a file)" : "");
}

int source_spared(const struct source *src, const char *path)
{
	if (src->file && capfile_same(path, src->file))
		return cli_fail("'%s' is the program that is read: what is written needs another "
				"file",
				path);
	return EXIT_YES;
}

int source_load(const struct source *src, struct cbpf_prog *out)
{
	const struct cbpf_entry *entry;
	int status;

	if (src->file)
		return load_file(src, out);
	if (!src->name)
		return compile(src, src->linktype < 0 ? 1 : src->linktype, 0, out);
	status = find_entry(src->name, &entry);
	return status ? status : load_entry(src, entry, src->linktype, out);
}

int source_load_for(const struct source *src, int dlt, uint64_t first, struct cbpf_prog *out)
{
	const struct cbpf_entry *entry, *variant;
	int status;

	if (src->linktype >= 0 && src->linktype != dlt)
		return cli_fail("packet %llu has the link type %s, and the filter is for %s: leave "
				"-y out or name that",
				(unsigned long long)first, cbpf_linktype_name(dlt),
				cbpf_linktype_name(src->linktype));
	if (src->file)
		return load_file(src, out);
	if (!src->name)
		return compile(src, dlt, first, out);
	status = find_entry(src->name, &entry);
	if (status)
		return status;
	variant = cbpf_catalogue_for(src->name, dlt);
	return load_entry(src, variant ? variant : entry, dlt, out);
}
