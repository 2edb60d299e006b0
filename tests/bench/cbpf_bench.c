/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What bench_cbpf.sh measures with:
 *   cbpf_bench make small|mixed FILE COUNT   a capture of made frames
 *   cbpf_bench walk FILE                     walks the records by the tool's threads, no more
 *   cbpf_bench bare FILE                     the shortest loop over them, one processor's ceiling
 *   cbpf_bench time COMMAND...               its wall time in milliseconds and its memory in MiB
 *   cbpf_bench engines FILE                  nanoseconds a packet of each engine, packets in memory
 */
#include "capfile.h"
#include "engine_jit.h"

#include <fcntl.h>
#include <pcap/pcap.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* Packets in memory, run over again and again: a processor learns by heart which way each of a few
 * thousand goes, and of many more it does not. Traffic lies between the two. */
#define LEARNED 4096
#define KEPT 65536
#define ROUNDS 40 /* over LEARNED packets; fewer over more */

static uint32_t seed = 1;

static uint32_t random_below(uint32_t n)
{
	seed = seed * 1664525 + 1013904223;
	return (uint32_t)(((uint64_t)seed * n) >> 32);
}

static void put16(uint8_t *p, uint32_t v)
{
	p[0] = (uint8_t)(v >> 8);
	p[1] = (uint8_t)v;
}

/* Mostly TCP and UDP over IPv4, some ARP, IPv6 and PTP. */
static uint32_t make_frame(uint8_t *p, bool mixed)
{
	static const uint16_t sizes[] = {60, 60, 60, 128, 256, 576, 1514, 1514};
	static const uint16_t types[] = {0x0800, 0x0800, 0x0800, 0x0800, 0x0800,
					 0x0800, 0x86dd, 0x0806, 0x88f7};
	static const uint16_t ports[] = {80, 443, 53, 1500, 5000, 8080};
	uint32_t len = mixed ? sizes[random_below(8)] : 60;

	memset(p, 0, len);
	for (int i = 0; i < 12; i++)
		p[i] = (uint8_t)random_below(256);
	put16(p + 12, types[random_below(9)]);
	p[14] = 0x45;
	p[23] = random_below(3) ? 6 : 17;
	put16(p + 34, ports[random_below(6)]);
	put16(p + 36, ports[random_below(6)]);
	return len;
}

static int make(bool mixed, const char *path, uint64_t count)
{
	struct capfile_writer *w;
	struct capfile_error err;
	static uint8_t frame[1514];

	if (capfile_create(&w, path, CAPFILE_PCAP_US, &err) ||
	    capfile_add_interface(w, NULL, 1, 262144, &err) < 0)
		return fprintf(stderr, "%s\n", err.text), 1;
	for (uint64_t i = 0; i < count; i++) {
		struct capfile_packet pkt = {.data = frame, .ts_ns = (int64_t)i * 1000};

		pkt.caplen = pkt.len = make_frame(frame, mixed);
		if (capfile_write(w, &pkt, &err))
			return fprintf(stderr, "%s\n", err.text), 1;
	}
	return capfile_finish(w, &err) ? fprintf(stderr, "%s\n", err.text), 1 : 0;
}

static uint64_t take_none(void *ctx, const struct cbpf_packet *pkts, uint32_t count)
{
	(void)ctx;
	(void)pkts;
	(void)count;
	return 0;
}

static int walk(const char *path)
{
	struct capfile_scanned sum;
	struct capfile *cf;
	struct capfile_error err;

	if (capfile_open(&cf, path, &err))
		return fprintf(stderr, "%s\n", err.text), 1;
	capfile_scan(cf, take_none, NULL, &sum);
	capfile_close(cf);
	printf("%llu\n", (unsigned long long)sum.packets);
	return 0;
}

/* For files in this machine's byte order, of records that fit into the buffer. */
static int bare(const char *path)
{
	static uint8_t buf[256u << 10];
	size_t have = 0, at = 24;
	unsigned long long n = 0;
	int fd = open(path, O_RDONLY);
	uint32_t caplen;
	ssize_t got;

	while ((got = read(fd, buf + have, sizeof(buf) - have)) > 0) {
		have += (size_t)got;
		for (; at + 16 <= have; n++) {
			memcpy(&caplen, buf + at + 8, 4);
			if (at + 16 + caplen > have)
				break;
			at += 16 + caplen;
		}
		have -= at;
		memmove(buf, buf + at, have);
		at = 0;
	}
	printf("%llu\n", n);
	return got < 0;
}

static struct cbpf_packet packets[KEPT];
static unsigned int kept, used; /* used: of those kept */

static int keep(const char *path)
{
	struct capfile *cf;
	struct capfile_packet pkt;
	struct capfile_error err;

	if (capfile_open(&cf, path, &err))
		return fprintf(stderr, "%s\n", err.text), 1;
	while (kept < KEPT && capfile_next(cf, &pkt, &err) == 1) {
		uint8_t *copy = malloc(pkt.caplen);

		if (!copy)
			return 1;
		memcpy(copy, pkt.data, pkt.caplen);
		packets[kept++] =
			(struct cbpf_packet){.data = copy, .caplen = pkt.caplen, .len = pkt.len};
	}
	capfile_close(cf);
	return kept ? 0 : 1;
}

static double now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec * 1e9 + (double)ts.tv_nsec;
}

static uint64_t accepted;

static uint32_t rets[KEPT];

/* Who is measured, and how it takes packets: bpf_filter() one a call; the VM that way, too. */
enum { LIBPCAP, VM_SINGLE, VM, JIT, CONTENDERS };
static const struct cbpf_engine *const engine_of[] = {&cbpf_engine_libpcap, &cbpf_engine_vm,
						      &cbpf_engine_vm, &cbpf_engine_jit};

static double pass(int who, void *state, const struct cbpf_prog *prog)
{
	double start = now(), took;
	uint64_t n = 0;

	if (who == LIBPCAP)
		for (unsigned int i = 0; i < used; i++)
			rets[i] = bpf_filter((const struct bpf_insn *)prog->insns, packets[i].data,
					     packets[i].len, packets[i].caplen);
	else if (who == VM_SINGLE)
		for (unsigned int i = 0; i < used; i++)
			cbpf_engine_vm.run(state, &packets[i], &rets[i]);
	else
		engine_of[who]->run_many(state, packets, used, rets);
	for (unsigned int i = 0; i < used; i++)
		n += !!rets[i];
	took = now() - start;
	accepted = n;
	return took / used;
}

/* The least that any filter costs: two bytes of each packet, compared by code that was compiled for
 * just that. */
static double touch(void)
{
	double best = 1e9;

	for (int round = 0; round < ROUNDS * LEARNED / (int)used + 8; round++) {
		double start = now(), took;
		uint64_t n = 0;

		for (unsigned int i = 0; i < used; i++) {
			const struct cbpf_packet *pkt = &packets[i];

			/* Without a branch: `&`, for `&&` would be one. */
			rets[i] = (pkt->caplen >= 14) & (pkt->data[12] == 8) & !pkt->data[13];
		}
		for (unsigned int i = 0; i < used; i++)
			n += !!rets[i];
		took = (now() - start) / used;
		accepted = n;
		best = took < best ? took : best;
	}
	return best;
}

/* "2.13x", with a mark where that is below `target`: another one where `least`, than which nothing
 * is faster, would miss it, too. */
static void print_ratio(double slow, double fast, double target, double least)
{
	bool missed = slow / fast < target;

	printf(" %7.2fx%c", slow / fast, !missed ? ' ' : slow / least < target ? '^' : '*');
}

/* The best of many passes; the engines take turns, so that they meet the same machine. */
static void measure(const struct cbpf_prog *prog, void *const *states, double *best)
{
	for (int who = 0; who < CONTENDERS; who++)
		best[who] = 1e9;
	for (int round = 0; round < ROUNDS * LEARNED / (int)used + 8; round++)
		for (int who = 0; who < CONTENDERS; who++) {
			double ns = states[who] ? pass(who, states[who], prog) : 1e9;

			best[who] = ns < best[who] ? ns : best[who];
		}
}

static int compare(const char *expr, double least)
{
	void *states[CONTENDERS] = {NULL};
	double best[CONTENDERS];
	struct cbpf_prog prog;
	struct cbpf_error err;

	if (cbpf_compile(&prog, expr, 1, 262144, true, &err))
		return fprintf(stderr, "%s\n", err.text), 1;
	for (int who = 0; who < CONTENDERS; who++)
		if (engine_of[who]->open(&states[who], &prog, &err))
			states[who] = NULL;
	measure(&prog, states, best);
	printf("%-26.26s %4u %5.1f%%", expr, prog.len, 100.0 * (double)accepted / used);
	for (int who = 0; who < CONTENDERS; who++)
		if (states[who])
			printf(" %7.2f", best[who]);
		else
			printf(" %7s", "-");
	print_ratio(best[LIBPCAP], best[VM], 2, least);
	for (int who = LIBPCAP; who < JIT && states[JIT]; who++)
		print_ratio(best[who], best[JIT], 5, least);
	putchar('\n');
	for (int who = 0; who < CONTENDERS; who++)
		if (states[who])
			engine_of[who]->close(states[who]);
	cbpf_free(&prog);
	return 0;
}

static int engines(const char *path)
{
	static const char *const exprs[] = {"ip",
					    "udp",
					    "tcp port 80",
					    "host 10.0.0.1",
					    "portrange 1000-2000",
					    "tcp[13] & 2 != 0",
					    "ether[12:2] = 0xdada and ether[20:2] = 0x88f7"};
	const unsigned int sizes[] = {LEARNED, KEPT};

	if (keep(path))
		return 1;
	for (int k = 0; k < 2; k++) {
		double least;

		used = sizes[k] < kept ? sizes[k] : kept;
		least = touch();
		printf("%u packets; to look at two bytes of each takes %.2f ns, no filter is "
		       "faster\n%-26s %4s %6s %7s %7s %7s %7s %9s %9s %9s %9s\n",
		       used, least, "expression", "insn", "taken", "libpcap", "vm1", "vm", "jit",
		       "vm/pcap ", "jit/pcap ", "jit/vm1 ", "jit/vm ");
		for (size_t i = 0; i < sizeof(exprs) / sizeof(exprs[0]); i++)
			if (compare(exprs[i], least))
				return 1;
	}
	printf("(vm1: one packet a call, as libpcap takes them; vm and jit: many;\n"
	       " * below the target: vm 2x libpcap, jit 5x libpcap and 5x vm;\n"
	       " ^ below it, as to look at two bytes would be)\n");
	return 0;
}

/* Status 124 where the command ended for a signal or said that it had not the time. */
static int time_command(char **argv)
{
	double start = now();
	struct rusage usage;
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		int null = open("/dev/null", O_WRONLY);

		dup2(null, STDOUT_FILENO);
		dup2(null, STDERR_FILENO);
		execvp(argv[0], argv);
		_exit(127);
	}
	if (pid < 0 || wait4(pid, &status, 0, &usage) < 0)
		return 1;
	printf("%.1f ms, %ld MiB, status %d\n", (now() - start) / 1e6, usage.ru_maxrss / 1024,
	       WIFEXITED(status) ? WEXITSTATUS(status) : 124);
	return 0;
}

int main(int argc, char **argv)
{
	if (argc == 5 && !strcmp(argv[1], "make"))
		return make(!strcmp(argv[2], "mixed"), argv[3], strtoull(argv[4], NULL, 10));
	if (argc == 3 && !strcmp(argv[1], "walk"))
		return walk(argv[2]);
	if (argc == 3 && !strcmp(argv[1], "bare"))
		return bare(argv[2]);
	if (argc > 2 && !strcmp(argv[1], "time"))
		return time_command(argv + 2);
	if (argc == 3 && !strcmp(argv[1], "engines"))
		return engines(argv[2]);
	fprintf(stderr, "usage: cbpf_bench make small|mixed FILE COUNT | walk FILE | bare FILE | "
			"engines FILE | time COMMAND...\n");
	return 2;
}
