/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The catalogue: every entry whole and compiling; the PTP filters frame by frame, and on captures.
 */
#include "cbpf.h"

#include <errno.h>
#include <pcap/pcap.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "skip.h"

#define ROWS(a) (sizeof(a) / sizeof((a)[0]))

static struct cbpf_prog compiled(const char *name, int linktype, bool optimize)
{
	const struct cbpf_entry *entry = cbpf_catalogue_find(name);
	struct cbpf_error err = {0};
	struct cbpf_prog prog;

	assert_non_null(entry);
	if (cbpf_catalogue_compile(&prog, entry, linktype, CBPF_SNAPLEN_DEFAULT, optimize, &err))
		fail_msg("%s for %d: %s", name, linktype, err.text);
	return prog;
}

static unsigned int run(const struct cbpf_prog *prog, const uint8_t *frame, uint32_t len)
{
	return bpf_filter((const struct bpf_insn *)prog->insns, frame, len, len);
}

static void test_entries_are_whole(void **state)
{
	const struct cbpf_entry *e;
	unsigned int n = 0;

	(void)state;
	for (; (e = cbpf_catalogue_at(n)); n++) {
		assert_ptr_equal(cbpf_catalogue_find(e->name), e);
		assert_true(*e->summary && *e->use && *e->expression && *e->linktypes);
		assert_true(cbpf_entry_linktype(e) >= 0);
		assert_true(!*e->variant_of || cbpf_catalogue_find(e->variant_of));
		for (int optimize = 0; optimize < 2; optimize++) {
			struct cbpf_prog p = compiled(e->name, -1, optimize);

			assert_in_range(p.len, 1, BPF_MAXINSNS);
			assert_int_equal(p.linktype, cbpf_entry_linktype(e));
			cbpf_free(&p);
		}
	}
	assert_true(n >= 6);
	assert_null(cbpf_catalogue_find("no-such-filter"));
}

static void test_article_is_the_nine_published(void **state)
{
	static const struct sock_filter published[] = {
		{0x28, 0, 0, 0x00000008}, {0x15, 0, 6, 0x0000dada}, {0x28, 0, 0, 0x00000010},
		{0x15, 0, 4, 0x000088f7}, {0x30, 0, 0, 0x00000012}, {0x54, 0, 0, 0x00000008},
		{0x15, 1, 0, 0x00000008}, {0x6, 0, 0, 0x00040000},  {0x6, 0, 0, 0x00000000},
	};
	static const int linktypes[] = {DLT_EN10MB, DLT_DSA_TAG_EDSA, -1};

	(void)state;
	for (size_t i = 0; i < ROWS(linktypes); i++) {
		struct cbpf_prog p = compiled("edsa-ptp-event-article", linktypes[i], true);
		struct cbpf_prog q = compiled("edsa-ptp-event", linktypes[i], true);

		assert_int_equal(p.len, ROWS(published));
		assert_memory_equal(p.insns, published, sizeof(published));
		/* the corrected one differs in the three offsets only */
		assert_int_equal(q.len, p.len);
		for (uint32_t n = 0; n < p.len; n++)
			assert_int_equal(q.insns[n].k,
					 p.insns[n].k +
						 (BPF_CLASS(p.insns[n].code) == BPF_LD ? 4 : 0));
		cbpf_free(&p);
		cbpf_free(&q);
	}
}

static void test_variant_for_link_type(void **state)
{
	static const struct {
		const char *name, *tagger, *got;
	} rows[] = {
		{"ptp", "none", "ptp"},
		{"ptp", "", "ptp"},
		{"ptp", "edsa", "ptp"},
		{"ptp", "dsa", "ptp-dsa"},
		{"ptp-event", "dsa", "ptp-event-dsa"},
		{"edsa-ptp-event", "edsa", "edsa-ptp-event"},
		{"edsa-ptp-event", "dsa", NULL},
		{"no-such-filter", "none", NULL},
	};
	const struct cbpf_entry *e;
	struct cbpf_error err;
	struct cbpf_prog prog;

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		e = cbpf_catalogue_for(rows[i].name, cbpf_linktype_of_tagger(rows[i].tagger));
		if (rows[i].got)
			assert_string_equal(e ? e->name : "nothing", rows[i].got);
		else
			assert_null(e);
	}
	assert_int_equal(cbpf_linktype_of_tagger("brcm"), -EINVAL);
	assert_int_equal(cbpf_catalogue_compile(&prog, cbpf_catalogue_find("ptp"), DLT_DSA_TAG_DSA,
						100, true, &err),
			 -EINVAL);
	assert_string_equal(
		err.text,
		"the filter 'ptp' is for the link types EN10MB DSA_TAG_EDSA, not for DSA_TAG_DSA; "
		"take ptp-dsa");
}

/* ---- frames, from a line: "8100 88f7 0" is a tag and a Sync; tags in order, then what is inside
 * ---- */
struct frame {
	uint8_t data[160];
	uint32_t len;
};

static void put(struct frame *f, uint64_t v, unsigned int bytes)
{
	while (bytes--)
		f->data[f->len++] = (uint8_t)(v >> (bytes * 8));
}

static void put_udp4(struct frame *f, unsigned int port, unsigned int options,
		     unsigned int fragment, unsigned int proto)
{
	put(f, 0x0800, 2);
	put(f, 0x45 + options, 1);
	put(f, 0, 5);
	put(f, fragment, 2);
	put(f, 0x0100 + proto, 2);
	f->len += 10 + options * 4;
	put(f, 5000, 2);
	put(f, port, 2);
	f->len += 4 + 44;
}

static void put_udp6(struct frame *f, unsigned int port, unsigned int next)
{
	put(f, 0x86dd, 2);
	put(f, 0x60000000, 4);
	put(f, 0x0034, 2);
	put(f, next, 1);
	f->len += 33;
	put(f, 5000, 2);
	put(f, port, 2);
	f->len += 4 + 44;
}

static struct frame make(const char *tags, const char *inside, unsigned int v)
{
	struct frame f = {.len = 12};

	for (; *tags; tags++) {
		switch (*tags) {
		case 'q':
			put(&f, 0x81002005, 4);
			break;
		case 's':
			put(&f, 0x88a80007, 4);
			break;
		case 'e':
			put(&f, 0xdada0000, 4);
			put(&f, 0xc0280005, 4);
			break;
		case 'd':
			put(&f, 0xc0280005, 4);
			break;
		}
	}
	if (!strcmp(inside, "l2")) {
		put(&f, 0x88f7, 2);
		put(&f, v, 1);
		f.len += 43;
	} else if (!strcmp(inside, "u4")) {
		put_udp4(&f, v, 0, 0x4000, 17);
	} else if (!strcmp(inside, "u4opt")) {
		put_udp4(&f, v, 3, 0x2000, 17);
	} else if (!strcmp(inside, "u4frag")) {
		put_udp4(&f, v, 0, 0x2001, 17);
	} else if (!strcmp(inside, "tcp4")) {
		put_udp4(&f, v, 0, 0, 6);
	} else if (!strcmp(inside, "u6")) {
		put_udp6(&f, v, 17);
	} else if (!strcmp(inside, "tcp6")) {
		put_udp6(&f, v, 6);
	} else {
		put(&f, 0x0806, 2);
		f.len += 46;
	}
	return f;
}

/* What is inside, and whether ptp-event and ptp take it. */
static const struct {
	const char *inside;
	unsigned int v;
	bool event, any;
} contents[] = {
	{"l2", 0x00, true, true},    {"l2", 0x10, true, true},      {"l2", 0x03, true, true},
	{"l2", 0x08, false, true},   {"l2", 0x1b, false, true},     {"u4", 319, true, true},
	{"u4", 320, false, true},    {"u4", 321, false, false},     {"u4opt", 319, true, true},
	{"u4opt", 320, false, true}, {"u4frag", 319, false, false}, {"tcp4", 319, false, false},
	{"u6", 319, true, true},     {"u6", 320, false, true},      {"u6", 53, false, false},
	{"tcp6", 320, false, false}, {"arp", 0, false, false},
};

/* Tags in front of it, and which filters look behind them. */
static const struct {
	const char *tags;
	bool plain, dsa, edsa_l2;
} tags[] = {
	{"", true, false, false},    {"q", true, false, false},     {"s", true, false, false},
	{"sq", true, false, false},  {"qq", true, false, false},    {"sqq", false, false, false},
	{"e", true, false, true},    {"eq", true, false, false},    {"es", true, false, false},
	{"esq", true, false, false}, {"eqq", true, false, false},   {"esqq", false, false, false},
	{"d", false, true, false},   {"dq", false, true, false},    {"dsq", false, true, false},
	{"dqq", false, true, false}, {"dsqq", false, false, false},
};

static void check_frame(const char *name, size_t t, size_t c, bool expected)
{
	struct frame f = make(tags[t].tags, contents[c].inside, contents[c].v);

	for (int optimize = 0; optimize < 2; optimize++) {
		struct cbpf_prog p = compiled(name, -1, optimize);

		if (!!run(&p, f.data, f.len) != expected)
			fail_msg("%s, %soptimized: tags '%s', %s %u: expected %d", name,
				 optimize ? "" : "not ", tags[t].tags, contents[c].inside,
				 contents[c].v, expected);
		/* Cut anywhere, it never matches what the whole frame does not. */
		for (uint32_t len = 0; !expected && len < f.len; len++)
			assert_int_equal(run(&p, f.data, len), 0);
		cbpf_free(&p);
	}
}

static void test_ptp_frames(void **state)
{
	(void)state;
	for (size_t t = 0; t < ROWS(tags); t++)
		for (size_t c = 0; c < ROWS(contents); c++) {
			bool l2 = !strcmp(contents[c].inside, "l2");

			check_frame("ptp-event", t, c, tags[t].plain && contents[c].event);
			check_frame("ptp", t, c, tags[t].plain && contents[c].any);
			if (*tags[t].tags == 'd') { /* any other frame would be read as if tagged */
				check_frame("ptp-event-dsa", t, c,
					    tags[t].dsa && contents[c].event);
				check_frame("ptp-dsa", t, c, tags[t].dsa && contents[c].any);
			}
			check_frame("edsa-ptp-event", t, c,
				    tags[t].edsa_l2 && l2 && contents[c].event);
			check_frame("edsa-ptp-event-article", t, c, false);
		}
}

/* Real PTP traffic, where it is at hand: frames that match, counted by tshark. */
static const struct {
	const char *file, *filter;
	unsigned int matches, frames;
} captures[] = {
	{"tcpdump-edsa.pcap", "edsa", 10, 10},
	{"tcpdump-edsa.pcap", "edsa-ptp-event", 0, 10},
	{"tcpdump-edsa.pcap", "ptp", 0, 10},
	{"tcpdump-ptp.pcap", "ptp", 5, 5},
	{"tcpdump-ptp.pcap", "ptp-event", 2, 5},
	{"made/gptp-edsa.pcap", "edsa-ptp-event", 60, 111},
	{"made/gptp-edsa.pcap", "edsa-ptp-event-article", 0, 111},
	{"made/gptp-edsa.pcap", "ptp-event", 60, 111},
	{"made/gptp-edsa.pcap", "ptp", 111, 111},
	{"made/gptp-edsa-en10mb.pcap", "edsa-ptp-event", 60, 111},
	{"made/gptp-edsa-en10mb.pcap", "edsa-ptp-event-article", 0, 111},
	{"made/gptp-edsa-en10mb.pcap", "ptp-event", 60, 111},
	{"made/l2-e2e-edsa.pcap", "edsa-ptp-event", 12, 28},
	{"made/l2-e2e-edsa.pcap", "edsa-ptp-event-article", 0, 28},
	{"made/gptp-dsa.pcap", "ptp-event-dsa", 60, 111},
	{"made/gptp-dsa.pcap", "ptp-dsa", 111, 111},
	{"made/gptp-vlan.pcap", "ptp-event", 60, 111},
	{"made/gptp-vlan.pcap", "ptp", 111, 111},
	{"made/gptp.pcap", "ptp-event", 60, 111},
	{"made/gptp.pcap", "gptp", 111, 111},
	{"made/l2-e2e.pcap", "gptp", 0, 28},
	{"made/l2-e2e.pcap", "ptp-event", 12, 28},
};

static void test_captures(void **state)
{
	(void)state;
	if (access("../shared/captures", R_OK))
		skip_because("../shared/captures is not there");
	for (size_t i = 0; i < ROWS(captures); i++) {
		char path[128], errbuf[PCAP_ERRBUF_SIZE];
		unsigned int seen = 0, matches = 0;
		struct pcap_pkthdr *h;
		const u_char *data;
		struct cbpf_prog p;
		pcap_t *in;

		snprintf(path, sizeof(path), "../shared/captures/%s", captures[i].file);
		in = pcap_open_offline(path, errbuf);
		assert_non_null(in);
		p = compiled(captures[i].filter, pcap_datalink(in), true);
		while (pcap_next_ex(in, &h, &data) == 1) {
			seen++;
			matches += !!run(&p, data, h->caplen);
		}
		if (matches != captures[i].matches || seen != captures[i].frames)
			fail_msg("%s, %s: %u of %u", captures[i].file, captures[i].filter, matches,
				 seen);
		cbpf_free(&p);
		pcap_close(in);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_entries_are_whole),
		cmocka_unit_test(test_article_is_the_nine_published),
		cmocka_unit_test(test_variant_for_link_type),
		cmocka_unit_test(test_ptp_frames),
		cmocka_unit_test(test_captures),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
