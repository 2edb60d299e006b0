/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "insn.h"

#include <errno.h>
#include <pcap/pcap.h>
#include <stdlib.h>
#include <string.h>

/* The kernel's and libpcap's instructions are the same eight bytes. */
_Static_assert(sizeof(struct bpf_insn) == sizeof(struct sock_filter), "bpf_insn is sock_filter");

static int take(struct cbpf_prog *out, const struct bpf_program *bp, int linktype, uint32_t snaplen)
{
	struct sock_filter *insns = malloc(bp->bf_len * sizeof(*insns));

	if (!insns)
		return -ENOMEM;
	memcpy(insns, bp->bf_insns, bp->bf_len * sizeof(*insns));
	*out = (struct cbpf_prog){
		.insns = insns, .len = bp->bf_len, .linktype = linktype, .snaplen = snaplen};
	return 0;
}

int cbpf_compile(struct cbpf_prog *out, const char *expr, int linktype, uint32_t snaplen,
		 bool optimize, struct cbpf_error *err)
{
	struct bpf_program bp;
	pcap_t *p = pcap_open_dead(linktype, (int)snaplen);
	int ret;

	if (!p)
		return cbpf_error_set(err, -ENOMEM, "out of memory");
	/* No netmask is known off line: `ip broadcast` is refused rather than compiled for 0.0.0.0.
	 */
	if (pcap_compile(p, &bp, expr, optimize, PCAP_NETMASK_UNKNOWN)) {
		ret = cbpf_error_set(err, -EINVAL, "the expression '%.60s%s' does not compile: %s",
				     expr, strlen(expr) > 60 ? "..." : "", pcap_geterr(p));
	} else {
		ret = take(out, &bp, linktype, snaplen);
		if (ret)
			cbpf_error_set(err, ret, "out of memory");
		pcap_freecode(&bp);
	}
	pcap_close(p);
	return ret;
}

int cbpf_linktype(const char *name, struct cbpf_error *err)
{
	int dlt = pcap_datalink_name_to_val(name);
	char *end;
	long n;

	if (dlt >= 0)
		return dlt;
	n = strtol(name, &end, 10);
	if (end != name && !*end && n >= 0 && n <= UINT16_MAX && pcap_datalink_val_to_name((int)n))
		return (int)n;
	return cbpf_error_set(
		err, -EINVAL,
		"there is no link type '%.40s'; EN10MB is Ethernet, DSA_TAG_EDSA Marvell EDSA",
		name);
}

const char *cbpf_linktype_name(int linktype)
{
	const char *name = linktype < 0 ? NULL : pcap_datalink_val_to_name(linktype);

	return name ? name : "of no known name";
}

int cbpf_linktype_of_file(uint16_t linktype)
{
	switch (linktype) {
	case 100:
		return DLT_ATM_RFC1483;
	case 101:
		return DLT_RAW;
	default:
		return linktype;
	}
}

uint16_t cbpf_linktype_to_file(int linktype)
{
	switch (linktype) {
	case DLT_ATM_RFC1483:
		return 100;
	case DLT_RAW:
		return 101;
	default:
		return linktype < 0 ? DLT_EN10MB : (uint16_t)linktype;
	}
}
