/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "filter.h"

#include "cli.h"

#include <errno.h>
#include <pcap/pcap.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

_Static_assert(sizeof(struct bpf_insn) == sizeof(struct sock_filter), "one instruction, two names");

const char *filter_name(const struct options *o, int dlt)
{
	if (o->expression)
		return o->expression;
	if (o->filter)
		return o->filter;
	return o->taps && !o->stats && !o->report_file && dlt == DLT_DSA_TAG_EDSA ? "edsa-ptp-event"
										  : "ptp";
}

/* The catalogue writes EDSA's EtherType as 0xDADA: another one takes its place. */
static int compile_with_ethertype(struct cbpf_prog *out, const struct cbpf_entry *entry,
				  uint16_t ethertype, int dlt, struct cbpf_error *err)
{
	char *text = strdup(entry->expression), *at = text, number[7];
	int ret;

	if (!text)
		return -ENOMEM;
	snprintf(number, sizeof(number), "0x%04X", ethertype);
	while ((at = strstr(at, "0xDADA")))
		memcpy(at, number, 6);
	ret = cbpf_compile(out, text, dlt, CBPF_SNAPLEN_DEFAULT, true, err);
	free(text);
	return ret;
}

int filter_compile(struct cbpf_prog *out, const struct options *o, int dlt, struct cbpf_error *err)
{
	const char *name = filter_name(o, dlt);
	const struct cbpf_entry *entry;

	if (o->expression)
		return cbpf_compile(out, o->expression, dlt, CBPF_SNAPLEN_DEFAULT, true, err);
	if (!cbpf_catalogue_find(name)) {
		snprintf(err->text, sizeof(err->text),
			 "the catalogue has no filter '%s': `cbpftool list` shows them", name);
		return -ENOENT;
	}
	entry = cbpf_catalogue_for(name, dlt);
	if (entry && o->edsa_ethertype)
		return compile_with_ethertype(out, entry, o->edsa_ethertype, dlt, err);
	/* Not there for this link type: compiling says so. */
	if (!entry)
		entry = cbpf_catalogue_find(name);
	return cbpf_catalogue_compile(out, entry, dlt, CBPF_SNAPLEN_DEFAULT, true, err);
}

int filter_show(const struct options *o, int dlt)
{
	struct cbpf_error err = {0};
	struct cbpf_prog prog;
	char *listing = NULL;
	int ret = filter_compile(&prog, o, dlt, &err);

	if (ret)
		return cli_fail("%s", err.text);
	ret = cbpf_write(&listing, NULL, &prog, CBPF_FORM_D);
	cbpf_free(&prog);
	if (ret)
		return cli_fail("%s", err.text);
	printf("# filter '%s' for link type %d\n%s", filter_name(o, dlt), dlt, listing);
	free(listing);
	return cli_finish(EXIT_YES);
}

bool filter_accepts(const struct cbpf_prog *prog, const uint8_t *octets, uint32_t caplen,
		    uint32_t len)
{
	return bpf_filter((const struct bpf_insn *)prog->insns, octets, len, caplen) != 0;
}
