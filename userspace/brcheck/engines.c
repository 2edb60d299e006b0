/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "engines.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "capfile.h"
#include "cli.h"
#include "sight.h"

enum { LINK_ETHERNET = 1, SNAPLEN = 65535 };

static const struct engine_ops *const all[] = {&engine_model, &engine_xdp, &engine_bridge,
					       &engine_accelerated, NULL};

const struct engine_ops *engine_at(unsigned int index)
{
	return all[index];
}

const struct engine_ops *engine_named(const char *name)
{
	int i;

	for (i = 0; all[i]; i++)
		if (!strcmp(all[i]->name, name))
			return all[i];
	return NULL;
}

int engine_run(const struct engine_ops *ops, const struct scenario *s, const char *file,
	       struct run *r, struct run_error *err)
{
	struct engine_error eerr = {"no memory"};
	void *engine;
	int ret = ops->open(&engine, s, &eerr);

	memset(r, 0, sizeof(*r));
	if (ret) {
		snprintf(err->text, sizeof(err->text), "%s: %s", ops->name, eerr.text);
		return ret;
	}
	ret = run_scenario(r, ops, engine, s, file, err);
	ops->close(engine);
	if (ret)
		run_free(r, s);
	return ret;
}

static int write_port(struct capfile_writer *w, const struct scenario *s, const struct run *r,
		      int port, struct capfile_error *err)
{
	struct capfile_packet pkt = {0};
	size_t i;
	int k, ret = 0;

	for (i = 0; i < s->count; i++)
		for (k = 0; k < r->outcome[i].count && !ret; k++) {
			const struct outcome_frame *f = &r->outcome[i].frame[k];

			if (f->port != port)
				continue;
			pkt.data = r->outcome[i].bytes + f->at;
			pkt.len = pkt.caplen = f->len;
			pkt.ts_ns = s->steps[i].at_ns;
			ret = capfile_write(w, &pkt, err);
		}
	return ret;
}

static void path_of(char path[4096], const char *dir, const char *port)
{
	snprintf(path, 4096, "%s/%s.pcap", dir, port);
}

/* What the scenario plays is not written over. */
static int check_played(const char *dir, const struct scenario *s)
{
	char path[4096];
	size_t k;
	int i;

	for (i = 0; i < s->ports; i++)
		for (k = 0; k < s->nplayed; k++) {
			path_of(path, dir, s->names[i]);
			if (capfile_same(path, s->played[k]))
				return cli_fail("'%s' is a capture that the scenario plays: -o "
						"needs another folder",
						path);
		}
	return 0;
}

int write_outcome(const char *dir, const struct scenario *s, const struct run *r)
{
	struct capfile_error err = {"no memory"};
	struct capfile_writer *w;
	char path[4096];
	int i, ret, end;

	if (mkdir(dir, 0777) && errno != EEXIST)
		return cli_fail("the folder '%s' cannot be made: %s", dir, strerror(errno));
	if (check_played(dir, s))
		return EXIT_NO;
	for (i = 0; i < s->ports; i++) {
		path_of(path, dir, s->names[i]);
		if (capfile_create(&w, path, CAPFILE_PCAP_NS, &err))
			return cli_fail("%s", err.text);
		ret = capfile_add_interface(w, s->names[i], LINK_ETHERNET, SNAPLEN, &err);
		ret = ret < 0 ? ret : write_port(w, s, r, i, &err);
		end = capfile_finish(w, &err);
		if (ret < 0 || end < 0)
			return cli_fail("%s", err.text);
	}
	return 0;
}

static void print_step(const struct scenario *s, const struct step *st, const struct outcome *o)
{
	struct sight x = {.data = st->frame, .len = st->len, .wire_len = st->len};
	char frame[128], ports[256];

	if (sight_digest(&x))
		snprintf(frame, sizeof(frame), "%u bytes", st->len);
	else
		sight_text(x.dst, x.src, x.ntags ? (int)(x.tags[0] & 0xfff) : -1, x.ethertype,
			   x.len, frame, sizeof(frame));
	port_names(s, o->ports, ports, sizeof(ports));
	printf("line %u, %.3f s, %s: %s: ", st->line, st->at_ns / 1e9, s->names[st->port], frame);
	if (o->verdict == PASSED)
		puts("passed up");
	else if (o->verdict == DROPPED)
		puts("dropped");
	else
		printf("leaves %s\n", ports);
}

void print_outcome(const struct scenario *s, const struct run *r)
{
	size_t i;

	for (i = 0; i < s->count; i++)
		if (s->steps[i].kind == STEP_SEND)
			print_step(s, &s->steps[i], &r->outcome[i]);
}
