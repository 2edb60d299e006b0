/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Capture files: what is written is read back; a file cut at any byte, or with any byte changed,
 * ends in a sentence and never takes the packets before it along. */
#include "capfile.h"

#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cmocka.h>

static char path[] = "/tmp/test_capfile.XXXXXX";
static const uint8_t frame[100] = {1, 2, 3, 4, 5};

static const struct row {
	const char *what;
	enum capfile_format format;
	int64_t ts_ns, expected_ns;
	uint32_t caplen, len;
	enum capfile_direction direction, expected_direction;
	bool unstamped, expected_unstamped;
} rows[] = {
	{"pcap, microseconds", CAPFILE_PCAP_US, 1700000000123456789, 1700000000123456000, 60, 60,
	 CAPFILE_DIR_IN, CAPFILE_DIR_UNKNOWN, false, false},
	{"pcap, nanoseconds", CAPFILE_PCAP_NS, 1700000000123456789, 1700000000123456789, 60, 1500,
	 CAPFILE_DIR_OUT, CAPFILE_DIR_UNKNOWN, false, false},
	{"pcap, empty frame", CAPFILE_PCAP_NS, 0, 0, 0, 0, CAPFILE_DIR_UNKNOWN, CAPFILE_DIR_UNKNOWN,
	 false, false},
	{"pcapng, in", CAPFILE_PCAPNG, 1700000000123456789, 1700000000123456789, 61, 61,
	 CAPFILE_DIR_IN, CAPFILE_DIR_IN, false, false},
	{"pcapng, out, cut", CAPFILE_PCAPNG, 5, 5, 63, 64, CAPFILE_DIR_OUT, CAPFILE_DIR_OUT, false,
	 false},
	{"pcapng, empty frame", CAPFILE_PCAPNG, 0, 0, 0, 0, CAPFILE_DIR_UNKNOWN,
	 CAPFILE_DIR_UNKNOWN, false, false},
	{"pcapng, no stamp", CAPFILE_PCAPNG, 0, 0, 61, 61, CAPFILE_DIR_UNKNOWN, CAPFILE_DIR_UNKNOWN,
	 true, true},
	{"pcapng, no stamp, empty", CAPFILE_PCAPNG, 0, 0, 0, 0, CAPFILE_DIR_UNKNOWN,
	 CAPFILE_DIR_UNKNOWN, true, true},
	{"pcapng, no stamp, cut", CAPFILE_PCAPNG, 0, 0, 60, 61, CAPFILE_DIR_UNKNOWN,
	 CAPFILE_DIR_UNKNOWN, true, false},
	{"pcap, no stamp", CAPFILE_PCAP_NS, 0, 0, 60, 60, CAPFILE_DIR_UNKNOWN, CAPFILE_DIR_UNKNOWN,
	 true, false},
};

static void write_file(enum capfile_format format, const struct capfile_packet *pkt, int n)
{
	struct capfile_error err;
	struct capfile_writer *w;

	assert_int_equal(capfile_create(&w, path, format, &err), 0);
	assert_int_equal(capfile_add_interface(w, "eth7", 1, 65535, &err), 0);
	while (n--)
		assert_int_equal(capfile_write(w, pkt, &err), 0);
	assert_int_equal(capfile_finish(w, &err), 0);
}

static void round_trip(void **state)
{
	(void)state;
	for (const struct row *r = rows; r < rows + sizeof(rows) / sizeof(*rows); r++) {
		struct capfile_packet in = {.data = frame,
					    .caplen = r->caplen,
					    .len = r->len,
					    .ts_ns = r->ts_ns,
					    .unstamped = r->unstamped,
					    .direction = r->direction},
				      pkt;
		struct capfile_error err;
		struct capfile *cf;

		write_file(r->format, &in, 2);
		assert_int_equal(capfile_open(&cf, path, &err), 0);
		for (uint64_t n = 1; n <= 2; n++) {
			assert_int_equal(capfile_next(cf, &pkt, &err), 1);
			assert_int_equal(pkt.number, n);
			assert_int_equal(pkt.ts_ns, r->expected_ns);
			assert_int_equal(pkt.caplen, r->caplen);
			assert_int_equal(pkt.len, r->len);
			assert_int_equal(pkt.unstamped, r->expected_unstamped);
			assert_int_equal(pkt.linktype, 1);
			assert_int_equal(pkt.direction, r->expected_direction);
			assert_memory_equal(pkt.data, frame, r->caplen);
		}
		assert_int_equal(capfile_next(cf, &pkt, &err), 0);
		assert_string_equal(capfile_interface(cf, 0)->name,
				    r->format == CAPFILE_PCAPNG ? "eth7" : "");
		capfile_close(cf);
	}
}

static size_t slurp(uint8_t *buf, size_t cap)
{
	FILE *f = fopen(path, "rb");
	size_t n = fread(buf, 1, cap, f);

	fclose(f);
	return n;
}

static void spill(const uint8_t *buf, size_t len)
{
	FILE *f = fopen(path, "wb");

	assert_non_null(f);
	assert_int_equal(fwrite(buf, 1, len, f), len);
	assert_int_equal(fclose(f), 0);
}

/* Reads all of it: packets seen, the last status in *ret. */
static int read_all(int *ret)
{
	struct capfile_error err = {""};
	struct capfile_packet pkt;
	struct capfile *cf;
	int n = 0;

	*ret = capfile_open(&cf, path, &err);
	if (!*ret) {
		while ((*ret = capfile_next(cf, &pkt, &err)) == 1)
			n++;
		capfile_close(cf);
	}
	if (*ret < 0)
		assert_non_null(strstr(err.text, path));
	return n;
}

static void cut_anywhere(void **state)
{
	static const struct {
		enum capfile_format format;
		size_t head, record;
	} forms[] = {{CAPFILE_PCAP_NS, 24, 16 + 50}, {CAPFILE_PCAPNG, 28 + 40, 32 + 52}};
	struct capfile_packet in = {.data = frame, .caplen = 50, .len = 50};
	uint8_t buf[4096];

	(void)state;
	for (int f = 0; f < 2; f++) {
		size_t len;

		write_file(forms[f].format, &in, 3);
		len = slurp(buf, sizeof(buf));
		assert_int_equal(len, forms[f].head + 3 * forms[f].record);
		for (size_t cut = 0; cut <= len; cut++) {
			size_t body = cut < forms[f].head ? 0 : cut - forms[f].head;
			bool between = (cut >= forms[f].head && body % forms[f].record == 0) ||
				       (f == 1 && cut == 28);
			int ret, n;

			spill(buf, cut);
			n = read_all(&ret);
			assert_int_equal(n, body / forms[f].record);
			assert_int_equal(ret, between ? 0 : -EBADMSG);
		}
	}
}

/* Every byte to 0x00 and 0xff: any answer, but no crash, and an error names the file. */
static void change_anywhere(void **state)
{
	struct capfile_packet in = {
		.data = frame, .caplen = 50, .len = 50, .direction = CAPFILE_DIR_IN};
	uint8_t buf[4096];
	int ret;

	(void)state;
	for (int f = CAPFILE_PCAP_US; f <= CAPFILE_PCAPNG; f++) {
		size_t len;

		write_file(f, &in, 3);
		len = slurp(buf, sizeof(buf));
		for (size_t at = 0; at < len; at++) {
			uint8_t was = buf[at];

			buf[at] = 0xff;
			spill(buf, len);
			read_all(&ret);
			buf[at] = 0;
			spill(buf, len);
			read_all(&ret);
			buf[at] = was;
		}
	}
}

/* Big-endian pcap, as another machine writes it. */
static void other_byte_order(void **state)
{
	static const uint8_t file[] = {
		0xa1, 0xb2, 0x3c, 0x4d, 0, 2, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 0,
		0,    1,    0x1d, 0,    0, 0, 2, 0, 0, 0, 3, 0, 0, 0, 1, 0, 0, 0, 9,    0x55};
	struct capfile_error err;
	struct capfile_packet pkt;
	struct capfile *cf;

	(void)state;
	spill(file, sizeof(file));
	assert_int_equal(capfile_open(&cf, path, &err), 0);
	assert_int_equal(capfile_next(cf, &pkt, &err), 1);
	assert_int_equal(pkt.ts_ns, 2000000003);
	assert_int_equal(pkt.linktype, 285);
	assert_int_equal(pkt.caplen, 1);
	assert_int_equal(pkt.len, 9);
	capfile_close(cf);
}

static void foreign_files(void **state)
{
	static const struct {
		const char *bytes, *says;
	} files[] = {{"", "is empty"},
		     {"GI", "shorter"},
		     {"GIF89a..........................", "47 49 46 38"}};
	struct capfile_error err;
	struct capfile *cf = (void *)1;

	(void)state;
	for (int i = 0; i < 3; i++) {
		spill((const uint8_t *)files[i].bytes, strlen(files[i].bytes));
		assert_int_equal(capfile_open(&cf, path, &err), -EBADMSG);
		assert_non_null(strstr(err.text, files[i].says));
		assert_ptr_equal(cf, (void *)1);
	}
	assert_int_equal(capfile_open(&cf, "/nonexistent/x.pcap", &err), -ENOENT);
	assert_non_null(strstr(err.text, "/nonexistent/x.pcap"));
}

/* A full disk (RLIMIT_FSIZE stands for it): the error is told, whole records stay. */
static void full_disk(void **state)
{
	struct capfile_packet in = {.data = frame, .caplen = 100, .len = 100};
	struct rlimit was, small;
	struct capfile_error err;
	struct capfile_writer *w;
	int ret, n;

	(void)state;
	signal(SIGXFSZ, SIG_IGN);
	getrlimit(RLIMIT_FSIZE, &was);
	for (int f = CAPFILE_PCAP_US; f <= CAPFILE_PCAPNG; f++) {
		assert_int_equal(capfile_create(&w, path, f, &err), 0);
		assert_int_equal(capfile_add_interface(w, "x", 1, 0, &err), 0);
		small = was;
		small.rlim_cur = 300001;
		setrlimit(RLIMIT_FSIZE, &small);
		for (n = 0, ret = 0; n < 10000 && !ret; n++)
			ret = capfile_write(w, &in, &err);
		assert_int_equal(ret, -EFBIG);
		assert_int_equal(capfile_finish(w, &err), -EFBIG);
		setrlimit(RLIMIT_FSIZE, &was);
		n = read_all(&ret);
		assert_int_equal(ret, 0);
		assert_in_range(n, 300001 / 160, 300001 / 116);
	}
}

/* Sizes that fall on both sides of a block that is read ahead, and records larger than one. */
static uint32_t some_size(uint32_t i)
{
	return i % 61 == 7 ? 200000 + i % 60000 : i * 2654435761u % 9000;
}

static void write_large(enum capfile_format format, unsigned int count)
{
	static uint8_t bytes[262144];
	struct capfile_writer *w;
	struct capfile_error err;

	assert_int_equal(capfile_create(&w, path, format, &err), 0);
	assert_int_equal(capfile_add_interface(w, NULL, 1, 262144, &err), 0);
	for (unsigned int i = 0; i < count; i++) {
		struct capfile_packet pkt = {.data = bytes, .ts_ns = i};

		pkt.caplen = pkt.len = some_size(i);
		memset(bytes, (int)(i & 0xff), pkt.caplen);
		assert_int_equal(capfile_write(w, &pkt, &err), 0);
	}
	assert_int_equal(capfile_finish(w, &err), 0);
}

/* Read ahead, every packet is the one written; a file that is cut ends with the same sentence. */
static void read_ahead(void **state)
{
	static const enum capfile_format formats[] = {CAPFILE_PCAP_NS, CAPFILE_PCAPNG};
	struct capfile_packet pkt;
	struct capfile_error err;
	struct capfile *cf;

	(void)state;
	for (unsigned int f = 0; f < 2; f++)
		for (int cut = 0; cut < 2; cut++) {
			unsigned int n = 0;
			int ret;

			write_large(formats[f], 2000);
			if (cut)
				assert_int_equal(truncate(path, 9u << 20), 0);
			assert_int_equal(capfile_open(&cf, path, &err), 0);
			capfile_read_ahead(cf);
			while ((ret = capfile_next(cf, &pkt, &err)) == 1) {
				assert_int_equal(pkt.caplen, some_size(n));
				if (pkt.caplen) {
					assert_int_equal(pkt.data[0], n & 0xff);
					assert_int_equal(pkt.data[pkt.caplen - 1], n & 0xff);
				}
				n++;
			}
			assert_int_equal(ret, cut ? -EBADMSG : 0);
			assert_true(cut ? n < 2000 : n == 2000);
			capfile_close(cf);
			/* ended early, with the thread at work */
			assert_int_equal(capfile_open(&cf, path, &err), 0);
			capfile_read_ahead(cf);
			assert_int_equal(capfile_next(cf, &pkt, &err), 1);
			capfile_close(cf);
		}
}

static int setup(void **state)
{
	int fd = mkstemp(path);

	(void)state;
	return fd < 0 || close(fd);
}

static int teardown(void **state)
{
	(void)state;
	return unlink(path);
}

/* A Simple Packet Block has no time stamp: that is said, and is no time in 1970. */
static void without_stamps(void **state)
{
	static const uint32_t words[] = {
		0x0a0d0d0a, 28, 0x1a2b3c4d, 1,          0xffffffff, 0xffffffff, 28, /* section */
		1,          20, 1,          0,          20,                         /* interface */
		3,          20, 4,          0x04030201, 20, /* simple packet */
		6,          36, 0,          0,          5,          4,          4,
		0x04030201, 36, /* enhanced packet */
	};
	struct capfile_packet pkt;
	struct capfile_error err;
	struct capfile *cf;

	(void)state;
	spill((const uint8_t *)words, sizeof(words));
	assert_int_equal(capfile_open(&cf, path, &err), 0);
	assert_int_equal(capfile_next(cf, &pkt, &err), 1);
	assert_true(pkt.unstamped);
	assert_int_equal(pkt.caplen, 4);
	assert_int_equal(capfile_next(cf, &pkt, &err), 1);
	assert_false(pkt.unstamped);
	assert_int_equal(pkt.ts_ns, 5000);
	capfile_close(cf);
}

/* What an interface lost stands in statistics behind the packets; the last ones count. */
static void lost_packets(void **state)
{
	static const uint32_t words[] = {
		0x0a0d0d0a, 28, 0x1a2b3c4d, 1, 0xffffffff, 0xffffffff, 28,        /* section */
		1,          20, 1,          0, 20,                                /* interface */
		1,          20, 1,          0, 20,                                /* another */
		5,          36, 1,          0, 0,          0x00080005, 3,  0, 36, /* isb_ifdrop of
										     the second */
		5,          48, 1,          0, 0,          0x00080005, 4,  0, 0x00080007, 5,
		0,          48,                                /* and isb_osdrop */
		5,          24, 9,          0, 0,          24, /* of one that is not there */
	};
	struct capfile_packet pkt;
	struct capfile_error err;
	struct capfile *cf;

	(void)state;
	spill((const uint8_t *)words, sizeof(words));
	assert_int_equal(capfile_open(&cf, path, &err), 0);
	assert_int_equal(capfile_next(cf, &pkt, &err), 0);
	assert_int_equal(capfile_interface(cf, 0)->lost, 0);
	assert_int_equal(capfile_interface(cf, 1)->lost, 9);
	capfile_close(cf);
}

static void names_are_printable(void **state)
{
	struct capfile_packet pkt = {.data = frame, .caplen = 60, .len = 60};
	struct capfile_error err;
	struct capfile_writer *w;
	struct capfile *cf;

	(void)state;
	assert_int_equal(capfile_create(&w, path, CAPFILE_PCAPNG, &err), 0);
	assert_int_equal(capfile_add_interface(w, "a\33[31m\n\x7f\xc3\xa9", 1, 0, &err), 0);
	assert_int_equal(capfile_write(w, &pkt, &err), 0);
	assert_int_equal(capfile_finish(w, &err), 0);
	assert_int_equal(capfile_open(&cf, path, &err), 0);
	assert_int_equal(capfile_next(cf, &pkt, &err), 1);
	assert_string_equal(capfile_interface(cf, 0)->name, "a?[31m??\xc3\xa9");
	capfile_close(cf);
}

/* A block's length stands behind it once more. */
static void two_lengths(void **state)
{
	struct capfile_packet in = {.data = frame, .caplen = 60, .len = 60}, pkt;
	struct capfile_error err;
	struct capfile *cf;
	uint8_t buf[4096];
	size_t len;

	(void)state;
	write_file(CAPFILE_PCAPNG, &in, 2);
	len = slurp(buf, sizeof(buf));
	buf[len - 4] = 99;
	spill(buf, len);
	assert_int_equal(capfile_open(&cf, path, &err), 0);
	assert_int_equal(capfile_next(cf, &pkt, &err), 1);
	assert_int_equal(capfile_next(cf, &pkt, &err), -EBADMSG);
	assert_non_null(strstr(err.text, "damaged at packet 2: its block of type 6 is 92 bytes "
					 "long by its head and 99 by its end"));
	capfile_close(cf);
}

/* Times that a format cannot hold are refused, and nothing is written. */
static void times(void **state)
{
	static const struct {
		enum capfile_format format;
		int64_t ts_ns;
		const char *says;
	} at[] = {
		{CAPFILE_PCAP_US, -1, "before 1970"},
		{CAPFILE_PCAP_NS, INT64_MIN, "before 1970"},
		{CAPFILE_PCAPNG, -1, "before 1970, which pcapng cannot hold"},
		{CAPFILE_PCAP_NS, 4294967295999999999, NULL},
		{CAPFILE_PCAP_US, 4294967296000000000, "after 2106, which pcap cannot hold"},
		{CAPFILE_PCAPNG, INT64_MAX, NULL},
	};
	struct capfile_error err;
	struct capfile_writer *w;
	int ret;

	(void)state;
	for (size_t i = 0; i < sizeof(at) / sizeof(*at); i++) {
		struct capfile_packet pkt = {
			.data = frame, .caplen = 60, .len = 60, .ts_ns = at[i].ts_ns};

		assert_int_equal(capfile_create(&w, path, at[i].format, &err), 0);
		assert_int_equal(capfile_add_interface(w, NULL, 1, 0, &err), 0);
		assert_int_equal(capfile_write(w, &pkt, &err), at[i].says ? -ERANGE : 0);
		assert_true(!at[i].says || strstr(err.text, at[i].says));
		assert_int_equal(capfile_finish(w, &err), 0);
		assert_int_equal(read_all(&ret), !at[i].says);
	}
}

/* What is longer than its interface's snap length makes that longer, before and after it is in the
 * file; else it stays. Of a pipe it says from the start what every record fits in. */
static void snap_lengths(void **state)
{
	static const struct {
		enum capfile_format format;
		uint32_t snaplen, before, caplen, told;
		bool pipe;
	} at[] = {
		{CAPFILE_PCAP_NS, 64, 0, 64, 64, false},
		{CAPFILE_PCAP_NS, 64, 0, 65, 262144, false},
		{CAPFILE_PCAP_NS, 64, 9000, 65, 262144, false},
		{CAPFILE_PCAP_NS, 0, 0, 300000, 300000, false},
		{CAPFILE_PCAPNG, 64, 9000, 64, 64, false},
		{CAPFILE_PCAPNG, 64, 0, 65, 262144, false},
		{CAPFILE_PCAPNG, 64, 9000, 65, 262144, false},
		{CAPFILE_PCAPNG, 0, 0, 300000, 0, false},
		{CAPFILE_PCAP_NS, 64, 9000, 65, 262144, true},
		{CAPFILE_PCAPNG, 64, 9000, 65, 0, true},
	};
	static uint8_t bytes[300000];
	struct capfile_error err;
	struct capfile_writer *w;
	struct capfile *cf;

	(void)state;
	for (size_t i = 0; i < sizeof(at) / sizeof(*at); i++) {
		struct capfile_packet pkt = {.data = bytes, .caplen = 60, .len = 60};
		FILE *cat = NULL;
		char command[80], name[40];

		snprintf(command, sizeof(command), "cat >%s", path);
		if (at[i].pipe)
			assert_non_null(cat = popen(command, "w"));
		snprintf(name, sizeof(name), "/dev/fd/%d", cat ? fileno(cat) : 0);
		assert_int_equal(capfile_create(&w, cat ? name : path, at[i].format, &err), 0);
		assert_int_equal(capfile_add_interface(w, NULL, 1, at[i].snaplen, &err), 0);
		for (uint32_t n = 0; n < at[i].before; n++)
			assert_int_equal(capfile_write(w, &pkt, &err), 0);
		pkt.caplen = pkt.len = at[i].caplen;
		assert_int_equal(capfile_write(w, &pkt, &err), 0);
		assert_int_equal(capfile_finish(w, &err), 0);
		if (cat)
			pclose(cat);
		assert_int_equal(capfile_open(&cf, path, &err), 0);
		for (uint32_t n = 0; n <= at[i].before; n++)
			assert_int_equal(capfile_next(cf, &pkt, &err), 1);
		assert_int_equal(pkt.caplen, at[i].caplen);
		if (capfile_interface(cf, 0)->snaplen != at[i].told)
			fail_msg("row %zu: snap length %u", i, capfile_interface(cf, 0)->snaplen);
		capfile_close(cf);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_are_printable), cmocka_unit_test(without_stamps),
		cmocka_unit_test(round_trip),          cmocka_unit_test(cut_anywhere),
		cmocka_unit_test(change_anywhere),     cmocka_unit_test(other_byte_order),
		cmocka_unit_test(foreign_files),       cmocka_unit_test(full_disk),
		cmocka_unit_test(read_ahead),          cmocka_unit_test(lost_packets),
		cmocka_unit_test(two_lengths),         cmocka_unit_test(times),
		cmocka_unit_test(snap_lengths),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
