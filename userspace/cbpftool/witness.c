/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "witness.h"

#include "capfile.h"
#include "cli.h"
#include "engine.h"
#include "metadata.h"

#include <stdio.h>
#include <stdlib.h>

struct witness_file {
	struct capfile_writer *writer;
};

/* One engine's word. 0, or the reason why it has none in *left_out. */
static int ask(const struct cbpf_engine *engine, const struct cbpf_prog *prog,
	       const struct cbpf_sym_packet *packet, uint32_t *ret, const char **left_out)
{
	const struct cbpf_packet pkt = {.data = packet->data,
					.caplen = packet->len,
					.len = packet->len,
					.skb = &packet->skb};
	struct cbpf_error err;
	void *state;
	int error = engine->open(&state, prog, &err);

	*left_out = NULL;
	if (error)
		return cli_fail("the engine %s cannot run the program: %s", engine->name, err.text);
	*left_out = engine->cannot(state, &pkt);
	if (!*left_out)
		error = engine->run(state, &pkt, ret);
	engine->close(state);
	return error ? cli_fail("the engine %s failed on the packet", engine->name) : EXIT_YES;
}

int witness_confirm(const struct cbpf_prog *prog, const struct cbpf_sym_packet *packet,
		    bool accepts, const char **left_out)
{
	const struct cbpf_engine *engines[] = {&cbpf_engine_vm, &cbpf_engine_kernel};

	for (int i = 0; i < 2; i++) {
		uint32_t ret = 0;
		int status = ask(engines[i], prog, packet, &ret, left_out);

		if (status)
			return status;
		if (*left_out || !!ret == accepts)
			continue;
		witness_print(packet);
		return cli_fail("the solver says that this packet is %s, and the engine %s returns "
				"%u: this is a defect of cbpftool",
				accepts ? "accepted" : "rejected", engines[i]->name, ret);
	}
	return EXIT_YES;
}

/* As --skb takes it. */
static void print_metadata(const struct cbpf_sym_packet *packet)
{
	const char *before = " --skb ";

	for (int n = 0; n < CBPF_METADATA; n++) {
		if (!(packet->asked & 1u << n) || !cbpf_metadata[n].name)
			continue;
		printf("%s%s=%u", before, cbpf_metadata[n].name,
		       cbpf_metadata_get(&packet->skb, n));
		before = ",";
	}
}

void witness_print(const struct cbpf_sym_packet *packet)
{
	for (uint32_t i = 0; i < packet->len; i++)
		printf("%02x", packet->data[i]);
	print_metadata(packet);
	putchar('\n');
}

int witness_create(struct witness_file **out, const char *path, int linktype)
{
	struct witness_file *f = calloc(1, sizeof(*f));
	struct capfile_error err;

	if (!f)
		return cli_fail("out of memory");
	if (capfile_create(&f->writer, path, CAPFILE_PCAP_US, &err)) {
		free(f);
		return cli_fail("%s", err.text);
	}
	if (capfile_add_interface(f->writer, NULL, cbpf_linktype_to_file(linktype), 0, &err) < 0) {
		capfile_finish(f->writer, &err);
		free(f);
		return cli_fail("%s", err.text);
	}
	*out = f;
	return EXIT_YES;
}

int witness_write(struct witness_file *f, const struct cbpf_sym_packet *packet)
{
	const struct capfile_packet pkt = {
		.data = packet->data, .caplen = packet->len, .len = packet->len};
	struct capfile_error err;

	return capfile_write(f->writer, &pkt, &err) ? cli_fail("%s", err.text) : EXIT_YES;
}

int witness_finish(struct witness_file *f)
{
	struct capfile_error err;
	int ret = capfile_finish(f->writer, &err);

	free(f);
	return ret ? cli_fail("%s", err.text) : EXIT_YES;
}
