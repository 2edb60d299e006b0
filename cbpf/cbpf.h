/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A classic BPF program as a value: instructions, the link type they were written for, a snap
 * length. Everything here works on that value; one verb, one file. No function prints or exits. */
#ifndef CBPF_H
#define CBPF_H

#include <linux/filter.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CBPF_SNAPLEN_DEFAULT 262144 /* tcpdump's: what `ret #262144` in a listing comes from */

struct cbpf_prog {
	struct sock_filter *insns; /* owned; host byte order */
	uint32_t len; /* instructions; may exceed BPF_MAXINSNS: check says so, reading does not */
	int linktype; /* DLT_*; -1 where the text form says none */
	uint32_t snaplen;
};

/* What went wrong, as a sentence without the program's name, ready to print. Line and column count
 * from 1 and are 0 where they make no sense. */
struct cbpf_error {
	char text[256];
	unsigned int line, column;
};

void cbpf_free(struct cbpf_prog *prog); /* frees the instructions, zeroes *prog */

/* ---- compile.c: tcpdump expressions, with libpcap ---- */
/* 0, -EINVAL with libpcap's own words in a sentence; *out untouched on failure. The whole of
 * Linux's pcap_compile() on a handle that is not live: no SKF_AD loads. Not thread-safe before
 * libpcap 1.8. */
int cbpf_compile(struct cbpf_prog *out, const char *expr, int linktype, uint32_t snaplen,
		 bool optimize, struct cbpf_error *err);
/* "EN10MB", "en10mb", "1": the DLT, or -EINVAL. */
int cbpf_linktype(const char *name, struct cbpf_error *err);
/* "EN10MB" for 1; a phrase to end a sentence with for one that libpcap does not know. */
const char *cbpf_linktype_name(int linktype);
/* The DLT for the LINKTYPE of a capture file: they differ where systems do (raw IP: 101 is 12). */
int cbpf_linktype_of_file(uint16_t linktype);
uint16_t cbpf_linktype_to_file(int linktype); /* of a DLT: the other way; 1 for -1 */

/* ---- catalogue.c: the named filters of cbpf/catalogue (format: its README), built into the
 * library ---- */
struct cbpf_entry {
	const char *name;
	const char *summary;    /* one line */
	const char *use;        /* what it is for, the rest of the story; may be "" */
	const char *linktypes;  /* names, blanks between: those it fits, its own first */
	const char *variant_of; /* the entry that does the same for other link types, or "" */
	const char *expression; /* what to compile */
	const char *text;       /* the whole file */
};
/* Entries by index, NULL past the end; by name, NULL when there is none. Static storage. */
const struct cbpf_entry *cbpf_catalogue_at(unsigned int index);
const struct cbpf_entry *cbpf_catalogue_find(const char *name);
/* `name` itself where it fits the link type, else its variant that does, else NULL: "ptp" and
 * DLT_DSA_TAG_DSA give ptp-dsa. A conduit has the link type of its tagger, next function. */
const struct cbpf_entry *cbpf_catalogue_for(const char *name, int linktype);
/* What /sys/class/net/IF/dsa/tagging says: "edsa" is DLT_DSA_TAG_EDSA, "dsa" DLT_DSA_TAG_DSA,
 * "none" or an empty word DLT_EN10MB; -EINVAL for a tagger with no filter of its own. */
int cbpf_linktype_of_tagger(const char *tagger);
int cbpf_entry_linktype(const struct cbpf_entry *entry); /* its own: the first */
bool cbpf_entry_fits(const struct cbpf_entry *entry, int linktype);
/* Compiles an entry for its own link type, or for `linktype` when that is >= 0: -EINVAL with a
 * sentence when it does not fit. */
int cbpf_catalogue_compile(struct cbpf_prog *out, const struct cbpf_entry *entry, int linktype,
			   uint32_t snaplen, bool optimize, struct cbpf_error *err);

/* ---- read*.c, write*.c: the text forms ---- */
enum cbpf_form {
	CBPF_FORM_AUTO,
	CBPF_FORM_D,      /* tcpdump -d, as libpcap 1.10 spells it */
	CBPF_FORM_D_1_11, /* the same without the blanks behind `tax`, as libpcap 1.11 does */
	CBPF_FORM_DD,     /* tcpdump -dd: { 0x28, 0, 0, 0x0000000c }, */
	CBPF_FORM_DDD,    /* tcpdump -ddd: the count, then a line of numbers each */
	CBPF_FORM_COMMA,  /* 2,40 0 0 12,6 0 0 0: xt_bpf, tc, bpf_dbg */
	CBPF_FORM_ASM, /* bpf_asm, with labels; .insn code, jt, jf, k for what it has no word for */
	CBPF_FORM_C,   /* struct sock_filter filter[] = { ... }; */
	CBPF_FORM_SS,  /* ss -0 -b: bpf filter (2):  0x28 0 0 12, 0x06 0 0 0, */
	CBPF_FORM_RAW_LE, /* eight bytes each */
	CBPF_FORM_RAW_BE,
};
/* By name ("d", "comma", "raw-le"): 0, or -EINVAL with a sentence that lists them. */
int cbpf_form(const char *name, enum cbpf_form *out, struct cbpf_error *err);
/* Text to program. CBPF_FORM_AUTO recognises the form. -EBADMSG with line and column (0 in a raw
 * form). Says nothing on whether the program is valid: numbers that do not fit their field are
 * refused, no more. */
int cbpf_read(struct cbpf_prog *out, const char *text, size_t len, enum cbpf_form form,
	      struct cbpf_error *err);
/* Program to text, into malloc()ed memory with a NUL behind its *len bytes (`len` may be NULL).
 * tcpdump's forms are those of tcpdump byte by byte. 0 or -ENOMEM. */
int cbpf_write(char **out, size_t *len, const struct cbpf_prog *prog, enum cbpf_form form);
/* A listing (-d) shows only what an instruction uses, and libpcap's optimizer leaves a k behind in
 * `tax`. False, with the first such instruction, where reading the listing would give another
 * program; every other form holds all of it. */
bool cbpf_listing_shows_all(const struct cbpf_prog *prog, uint32_t *first);
#define CBPF_IMAGE_SIZE 96
/* Instruction number n as one line of a listing, without newline; never fails. */
void cbpf_image(char out[CBPF_IMAGE_SIZE], const struct sock_filter *insn, uint32_t n);

/* ---- attach.c: on a socket ---- */
/* socket(AF_PACKET, SOCK_RAW, 0), attach, then bind: no frame passes unfiltered. The descriptor, or
 * -errno with a sentence. ifindex 0: every interface. `protocol` is ETH_P_*, host byte order.
 * `before_bind` (may be NULL) sets options and memberships between attach and bind. */
int cbpf_packet_socket(const struct cbpf_prog *prog, int ifindex, uint16_t protocol,
		       int (*before_bind)(int fd, void *arg), void *arg, struct cbpf_error *err);
int cbpf_attach(int fd, const struct cbpf_prog *prog); /* 0 or -errno, the kernel's */
int cbpf_detach(int fd);                               /* -ENOENT: none attached; -EPERM: locked */
int cbpf_lock(int fd);                                 /* SO_LOCK_FILTER: for the socket's life */
/* SO_GET_FILTER: what is attached. -ENOENT when nothing is, -EACCES for an eBPF program. */
int cbpf_get_attached(struct cbpf_prog *out, int fd);

#endif
