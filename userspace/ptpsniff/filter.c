/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "filter.h"

#include <errno.h>
#include <pcap/pcap.h>
#include <stdio.h>
#include <string.h>

_Static_assert(sizeof(struct bpf_insn) == sizeof(struct sock_filter), "one instruction, two names");

const char *filter_name(const struct options *o, int dlt)
{
	if (o->expression)
		return o->expression;
	if (o->filter)
		return o->filter;
	return o->ifname && dlt == DLT_DSA_TAG_EDSA ? "edsa-ptp-event" : "ptp";
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
	/* Not there for this link type: compiling says so. */
	if (!entry)
		entry = cbpf_catalogue_find(name);
	return cbpf_catalogue_compile(out, entry, dlt, CBPF_SNAPLEN_DEFAULT, true, err);
}

bool filter_accepts(const struct cbpf_prog *prog, const uint8_t *octets, uint32_t caplen,
		    uint32_t len)
{
	return bpf_filter((const struct bpf_insn *)prog->insns, octets, len, caplen) != 0;
}
