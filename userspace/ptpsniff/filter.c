/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "filter.h"

#include "cli.h"

#include <errno.h>
#include <pcap/dlt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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

int filter_vm(struct cbpf_vm **out, const struct options *o, int dlt, struct cbpf_error *err)
{
	struct cbpf_prog prog;
	int ret = filter_compile(&prog, o, dlt, err);

	if (ret)
		return ret;
	ret = cbpf_vm_new(out, &prog, err);
	cbpf_free(&prog);
	return ret;
}

bool filter_accepts(const struct cbpf_vm *vm, const uint8_t *octets, uint32_t caplen, uint32_t len)
{
	struct cbpf_packet packet = {.data = octets, .caplen = caplen, .len = len};

	return cbpf_vm_run(vm, &packet) != 0;
}
