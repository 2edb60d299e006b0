/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cbpftool.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void source_init(struct source *src)
{
	*src = (struct source){.linktype = -1, .snaplen = CBPF_SNAPLEN_DEFAULT};
}

static int set_once(struct source *src, const char **field, const char *arg)
{
	if (src->expression || src->name || src->file)
		return cli_usage("a program has one source: give one of -e, -n and -f, once");
	*field = arg;
	return EXIT_YES;
}

static int set_snaplen(struct source *src, const char *arg)
{
	uint64_t v;

	if (cli_number(arg, 1, CBPF_SNAPLEN_DEFAULT, &v))
		return cli_usage("the snap length '%s' is no number from 1 to %u", arg,
				 CBPF_SNAPLEN_DEFAULT);
	src->snaplen = (uint32_t)v;
	src->snaplen_said = true;
	return EXIT_YES;
}

static int set_linktype(struct source *src, const char *arg)
{
	struct cbpf_error err;
	int linktype = cbpf_linktype(arg, &err);

	if (linktype < 0)
		return cli_fail("%s", err.text);
	src->linktype = linktype;
	return EXIT_YES;
}

int source_option(struct source *src, int opt, const char *arg)
{
	switch (opt) {
	case 'e':
		return set_once(src, &src->expression, arg);
	case 'n':
		return set_once(src, &src->name, arg);
	case 'f':
		return set_once(src, &src->file, arg);
	case 'y':
		return set_linktype(src, arg);
	case 's':
		return set_snaplen(src, arg);
	case 'O':
		src->unoptimized = true;
		return EXIT_YES;
	default:
		return cli_usage("the command line is wrong");
	}
}

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

static int load_entry(const struct source *src, struct cbpf_prog *out)
{
	const struct cbpf_entry *entry = cbpf_catalogue_find(src->name);
	struct cbpf_error err;

	if (!entry)
		return cli_fail("there is no filter '%s' in the catalogue; `cbpftool list` shows "
				"those there are",
				src->name);
	if (cbpf_catalogue_compile(out, entry, src->linktype, src->snaplen, !src->unoptimized,
				   &err))
		return cli_fail("%s", err.text);
	return EXIT_YES;
}

int source_load(const struct source *src, struct cbpf_prog *out)
{
	struct cbpf_error err;

	if (src->file)
		return load_file(src, out);
	if (src->name)
		return load_entry(src, out);
	if (!src->expression)
		return cli_usage("no program is given: name one with -e EXPR, -n NAME or -f FILE");
	if (cbpf_compile(out, src->expression, src->linktype < 0 ? 1 : src->linktype, src->snaplen,
			 !src->unoptimized, &err))
		return cli_fail("%s", err.text);
	return EXIT_YES;
}
