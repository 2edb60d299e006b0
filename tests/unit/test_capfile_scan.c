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

static void whole(void)
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

static const struct row {
	const char *what;
	void (*record)(uint32_t n);
	void (*damage)(void);
	bool swapped;
	uint32_t snaplen;
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
};

static void make(const struct row *r)
{
	FILE *f = fopen(path, "w");
	uint32_t n;

	seed = 1;
	put_header(r->swapped, r->snaplen);
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(same_as_one_reader),
		cmocka_unit_test(from_the_middle),
		cmocka_unit_test(short_files_are_read_alone),
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
