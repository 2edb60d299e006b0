/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Several threads over one capture: what they take together, and what is left to be read behind it,
 * is what one reader takes in order, whatever the file holds. */
#include "capfile.h"
#include "vm.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define SIZE (9u << 20) /* several parts */

static char path[] = "/tmp/test_capfile_scan.XXXXXX";
static uint8_t *file;
static size_t used;
static uint32_t seed;

static uint32_t random_below(uint32_t n)
{
	seed = seed * 1664525 + 1013904223;
	return (uint32_t)(((uint64_t)seed * n) >> 32);
}

static void put32(bool swapped, uint32_t v)
{
	if (swapped)
		v = __builtin_bswap32(v);
	memcpy(file + used, &v, 4);
	used += 4;
}

static void put_header(bool swapped, uint32_t snaplen)
{
	used = 0;
	put32(swapped, 0xa1b2c3d4);
	put32(swapped, swapped ? 4u | 2u << 16 : 2u | 4u << 16); /* two halves: 2.4 */
	put32(swapped, 0);
	put32(swapped, 0);
	put32(swapped, snaplen);
	put32(swapped, 1);
}

static void put_record(bool swapped, uint32_t caplen, uint32_t len)
{
	put32(swapped, 1700000000);
	put32(swapped, random_below(1000000));
	put32(swapped, caplen);
	put32(swapped, len);
}

/* ---- what the records hold ---- */

static void small(uint32_t n)
{
	(void)n;
	put_record(false, 60, 60);
	memset(file + used, (int)random_below(256), 60);
	used += 60;
}

static void swapped(uint32_t n)
{
	(void)n;
	put_record(true, 100, 1500);
	memset(file + used, 0, 100);
	used += 100;
}

static void sizes(uint32_t n)
{
	uint32_t len = n % 7 ? random_below(1500) : random_below(60000);

	put_record(false, len, len + random_below(2));
	memset(file + used, 0, len);
	used += len;
}

static void empty(uint32_t n)
{
	(void)n;
	put_record(false, 0, 0);
}

/* A packet that holds a pcap file: what begins in it looks right and is not. */
static void nested(uint32_t n)
{
	uint32_t i;

	(void)n;
	put_record(false, 40000, 40000);
	for (i = 0; i < 500; i++) {
		put_record(false, 64, 64);
		memset(file + used, 7, 64);
		used += 64;
	}
}

/* Each longer than a part. */
static void huge(uint32_t n)
{
	(void)n;
	put_record(false, 3u << 20, 3u << 20);
	memset(file + used, 3, 3u << 20);
	used += 3u << 20;
}

/* Less captured than was there on the wire, and less said than captured. */
static void lying(uint32_t n)
{
	put_record(false, 80, n % 2 ? 10 : 9000);
	memset(file + used, 0xff, 80);
	used += 80;
}

/* ---- pcapng ---- */

/* The block's head; its `size` bytes are then written by the caller, and the length again. */
static void begin_block(bool swapped, uint32_t type, uint32_t size)
{
	put32(swapped, type);
	put32(swapped, size + 12);
}

static void put_section(bool swapped)
{
	begin_block(swapped, 0x0a0d0d0a, 16);
	put32(swapped, 0x1a2b3c4d);
	put32(swapped, swapped ? 1u << 16 : 1); /* two halves: 1.0 */
	put32(swapped, UINT32_MAX);
	put32(swapped, UINT32_MAX);
	put32(swapped, 28);
}

static void put_interface(bool swapped, uint16_t linktype)
{
	begin_block(swapped, 1, 8);
	put32(swapped, swapped ? (uint32_t)linktype << 16 : linktype);
	put32(swapped, 262144);
	put32(swapped, 20);
}

static void put_packet(bool swapped, uint32_t iface, uint32_t caplen, uint32_t len)
{
	uint32_t padded = (caplen + 3) & ~3u;

	begin_block(swapped, 6, 20 + padded);
	put32(swapped, iface);
	put32(swapped, 0);
	put32(swapped, random_below(1000000));
	put32(swapped, caplen);
	put32(swapped, len);
	memset(file + used, (int)random_below(256), padded);
	used += padded;
	put32(swapped, 32 + padded);
}

static void ng_small(uint32_t n)
{
	put_packet(false, n & 1, 60, 60);
}

static void ng_swapped(uint32_t n)
{
	(void)n;
	put_packet(true, 0, 61, 1500);
}

/* Between them statistics, names and blocks that nobody knows. */
static void ng_sizes(uint32_t n)
{
	static const uint32_t others[] = {4, 5, 0x0bad};
	uint32_t len = n % 7 ? random_below(1500) : random_below(60000);

	if (n % 5 == 0) {
		begin_block(false, others[random_below(3)], 20);
		memset(file + used, 6, 20);
		used += 20;
		put32(false, 32);
	}
	put_packet(false, 1, len, len + random_below(2));
}

static void ng_nested(uint32_t n)
{
	uint32_t i;

	(void)n;
	begin_block(false, 6, 20 + 500 * 96);
	for (i = 0; i < 3; i++)
		put32(false, 0);
	put32(false, 500 * 96);
	put32(false, 500 * 96);
	for (i = 0; i < 500; i++)
		put_packet(false, 0, 64, 64);
	put32(false, 32 + 500 * 96);
}

static void ng_huge(uint32_t n)
{
	(void)n;
	put_packet(false, 0, 3u << 20, 3u << 20);
}

/* Once a third of the way an interface, a section, a packet without a stamp. */
static void ng_described(uint32_t n)
{
	if (n == 20000)
		put_interface(false, 1);
	if (n == 25000) {
		begin_block(false, 3, 4 + 60);
		put32(false, 60);
		memset(file + used, 1, 60);
		used += 60;
		put32(false, 76);
	}
	if (n == 30000) {
		put_section(false);
		put_interface(false, 1);
	}
	put_packet(false, n < 20000 || n >= 30000 ? 0 : 2, 60, 60);
}

static void ng_undescribed(uint32_t n)
{
	put_packet(false, n == 40000 ? 2 : 0, 60, 60);
}

static void whole(void)
{
}

/* As it should be, but what follows a description is the reader's. */
static void described(void)
{
}

static void cut(void)
{
	used -= 17;
}

/* In the middle, where one thread is right and another has begun behind it. */
static void damaged(void)
{
	memset(file + used / 2, 0xff, 200);
}

/* The length behind a block of 92 bytes. */
static void other_end(void)
{
	size_t first = 28 + 2 * 20, block = (used / 2 - first) / 92;

	file[first + block * 92 - 4]++;
}

static const struct row {
	const char *what;
	void (*record)(uint32_t n);
	void (*damage)(void);
	bool swapped;
	uint32_t snaplen; /* 0: pcapng */
} rows[] = {
	{"small frames", small, whole, false, 262144},
	{"the other byte order", swapped, whole, true, 65535},
	{"all sizes, and zeros", sizes, whole, false, 65535},
	{"empty frames", empty, whole, false, 65535},
	{"captures in packets", nested, whole, false, 65535},
	{"records longer than a part", huge, whole, false, 8u << 20},
	{"lengths that do not fit", lying, whole, false, 65535},
	{"cut in the last record", small, cut, false, 65535},
	{"cut in a long record", huge, cut, false, 8u << 20},
	{"damaged in the middle", small, damaged, false, 65535},
	{"damaged, sizes", sizes, damaged, false, 65535},
	{"pcapng", ng_small, whole, false, 0},
	{"pcapng, the other byte order", ng_swapped, whole, true, 0},
	{"pcapng, all sizes, other blocks", ng_sizes, whole, false, 0},
	{"pcapng, captures in packets", ng_nested, whole, false, 0},
	{"pcapng, blocks longer than a part", ng_huge, whole, false, 0},
	{"pcapng, another interface and section", ng_described, described, false, 0},
	{"pcapng, an interface that is not described", ng_undescribed, described, false, 0},
	{"pcapng, cut in the last block", ng_small, cut, false, 0},
	{"pcapng, damaged in the middle", ng_small, damaged, false, 0},
	{"pcapng, two lengths of one block", ng_small, other_end, false, 0},
};

static void make(const struct row *r)
{
	FILE *f = fopen(path, "w");
	uint32_t n;

	seed = 1;
	if (r->snaplen) {
		put_header(r->swapped, r->snaplen);
	} else {
		used = 0;
		put_section(r->swapped);
		put_interface(r->swapped, 1);
		put_interface(r->swapped, 1);
	}
	for (n = 0; used < SIZE; n++)
		r->record(n);
	r->damage();
	assert_non_null(f);
	assert_int_equal(fwrite(file, 1, used, f), used);
	assert_int_equal(fclose(f), 0);
}

/* Odd lengths count: a sum that a lost, doubled or misread packet changes. */
static bool counts(uint32_t caplen, uint32_t len, const uint8_t *data)
{
	return (caplen + len + (caplen ? data[caplen - 1] : 0)) % 3 == 0;
}

static uint64_t take(void *ctx, const struct cbpf_packet *packets, uint32_t count)
{
	uint64_t n = 0;
	uint32_t i;

	(void)ctx;
	for (i = 0; i < count; i++)
		n += counts(packets[i].caplen, packets[i].len, packets[i].data);
	return n;
}

/* The rest, one after the other; the sentence that ends it, or "". */
static void read_on(struct capfile *cf, struct capfile_scanned *sum, char *sentence)
{
	struct capfile_packet pkt;
	struct capfile_error err;
	int ret;

	while ((ret = capfile_next(cf, &pkt, &err)) == 1) {
		sum->packets++;
		sum->matched += counts(pkt.caplen, pkt.len, pkt.data);
		assert_int_equal(pkt.number, sum->packets);
	}
	snprintf(sentence, sizeof(err.text), "%s", ret ? err.text : "");
}

static void same_as_one_reader(void **state)
{
	struct capfile_scanned one, many;
	char end_one[256], end_many[256];
	struct capfile_error err;
	struct capfile *cf;

	(void)state;
	for (const struct row *r = rows; r < rows + sizeof(rows) / sizeof(*rows); r++) {
		make(r);
		one = (struct capfile_scanned){0};
		assert_int_equal(capfile_open(&cf, path, &err), 0);
		read_on(cf, &one, end_one);
		capfile_close(cf);
		assert_int_equal(capfile_open(&cf, path, &err), 0);
		capfile_read_descriptions(cf);
		assert_true(capfile_can_scan(cf));
		capfile_scan(cf, take, NULL, &many);
		if (r->damage == whole && many.packets != one.packets)
			fail_msg("%s: %llu packets taken, %llu are there", r->what,
				 (unsigned long long)many.packets, (unsigned long long)one.packets);
		read_on(cf, &many, end_many);
		capfile_close(cf);
		if (many.packets != one.packets || many.matched != one.matched)
			fail_msg("%s: %llu of %llu packets, one reader %llu of %llu", r->what,
				 (unsigned long long)many.matched, (unsigned long long)many.packets,
				 (unsigned long long)one.matched, (unsigned long long)one.packets);
		if (strcmp(end_one, end_many))
			fail_msg("%s: '%s', one reader says '%s'", r->what, end_many, end_one);
	}
}

/* Behind packets that were read, as behind a header. */
static void from_the_middle(void **state)
{
	struct capfile_scanned sum;
	struct capfile_packet pkt;
	struct capfile_error err;
	struct capfile *cf;
	uint64_t all;
	int i;

	(void)state;
	make(&rows[0]);
	all = (used - 24) / 76;
	assert_int_equal(capfile_open(&cf, path, &err), 0);
	for (i = 0; i < 1000; i++)
		assert_int_equal(capfile_next(cf, &pkt, &err), 1);
	capfile_scan(cf, take, NULL, &sum);
	assert_int_equal(sum.packets, all - 1000);
	assert_int_equal(capfile_next(cf, &pkt, &err), 0);
	capfile_close(cf);
}

static void short_files_are_read_alone(void **state)
{
	struct capfile_scanned sum;
	struct capfile_error err;
	struct capfile *cf;

	(void)state;
	make(&rows[0]);
	assert_int_equal(truncate(path, 24 + 76 * 10), 0);
	assert_int_equal(capfile_open(&cf, path, &err), 0);
	assert_false(capfile_can_scan(cf));
	capfile_scan(cf, take, NULL, &sum);
	assert_int_equal(sum.packets, 0);
	capfile_close(cf);
}

/* Two link types: a filter is for one. */
static void link_types_are_not_mixed(void **state)
{
	struct capfile_error err;
	struct capfile *cf;
	FILE *f = fopen(path, "w");

	(void)state;
	used = 0;
	put_section(false);
	put_interface(false, 1);
	put_interface(false, 113);
	while (used < SIZE)
		put_packet(false, 0, 60, 60);
	assert_non_null(f);
	assert_int_equal(fwrite(file, 1, used, f), used);
	assert_int_equal(fclose(f), 0);
	assert_int_equal(capfile_open(&cf, path, &err), 0);
	capfile_read_descriptions(cf);
	assert_int_equal(capfile_interface_count(cf), 2);
	assert_false(capfile_can_scan(cf));
	capfile_close(cf);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(same_as_one_reader),
		cmocka_unit_test(from_the_middle),
		cmocka_unit_test(short_files_are_read_alone),
		cmocka_unit_test(link_types_are_not_mixed),
	};
	int fd = mkstemp(path), ret;

	file = malloc(SIZE + (4u << 20));
	if (fd < 0 || !file)
		return 1;
	close(fd);
	ret = cmocka_run_group_tests(tests, NULL, NULL);
	unlink(path);
	free(file);
	return ret;
}
