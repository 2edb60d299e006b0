/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cbpftool.h"
#include "product.h"
#include "witness.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { EXIT_UNDECIDED = 3 };
enum { FAILED = -1 }; /* of alone(): a sentence has been said */

static const char usage[] =
	"usage: cbpftool diff A B [--seconds N] [-w FILE]\n"
	"       cbpftool diff A --witness accept|reject [--seconds N] [-w FILE]\n"
	"Do two programs accept the same packets? A and B are sources, in that order, or words: a\n"
	"catalogue name, a file, else an expression. Status 0: equal, 1: different, 3: not "
	"decided.\n" SOURCE_USAGE
	"  --witness accept|reject  a packet that one program accepts or rejects; with -w one for\n"
	"               every way through the program\n"
	"  --seconds N  how long to look for the answer (60)\n"
	"  -w FILE      write the packets to a capture\n"
	"Packets are whole and have 1 to 65,535 bytes; metadata that is asked for is shown as "
	"--skb takes it.\n";

enum witness { WITNESS_NONE, WITNESS_ACCEPT, WITNESS_REJECT };

struct request {
	struct source src[2];
	unsigned int count;
	enum witness witness;
	uint64_t seconds;
	const char *write;
	struct cbpf_prog progs[2];
	struct witness_file *file;
};

/* ---- the command line ---- */
static struct source *next_source(struct request *r)
{
	if (r->count == 2)
		return NULL;
	return &r->src[r->count++];
}

static int add_source(struct request *r, int opt, const char *arg)
{
	struct source *src = next_source(r);

	if (!src)
		return cli_usage("'%s' is a third program; diff takes two", arg);
	return source_option(src, opt, arg);
}

static int add_word(struct request *r, const char *word)
{
	bool file = !strcmp(word, "-") || !access(word, F_OK);
	int status;

	if (cbpf_catalogue_find(word))
		return add_source(r, 'n', word);
	status = add_source(r, file ? 'f' : 'e', word);
	if (!status)
		r->src[r->count - 1].guessed = !file;
	return status;
}

static int set_witness(struct request *r, const char *arg)
{
	if (strcmp(arg, "accept") && strcmp(arg, "reject"))
		return cli_usage("--witness takes accept or reject, not '%s'", arg);
	r->witness = *arg == 'a' ? WITNESS_ACCEPT : WITNESS_REJECT;
	return EXIT_YES;
}

static int set_option(struct request *r, int opt, const char *arg)
{
	int status;

	switch (opt) {
	case 'e':
	case 'n':
	case 'f':
		return add_source(r, opt, arg);
	case 'W':
		return set_witness(r, arg);
	case 'T':
		if (cli_number(arg, 1, 1000000, &r->seconds))
			return cli_usage("--seconds takes a number from 1 to 1000000, not '%s'",
					 arg);
		return EXIT_YES;
	case 'w':
		r->write = arg;
		return EXIT_YES;
	default:
		status = source_option(&r->src[0], opt, arg);
		return status ? status : source_option(&r->src[1], opt, arg);
	}
}

static int parse(struct request *r, int argc, char **argv, bool *done)
{
	static const struct option options[] = {{"help", no_argument, NULL, 'h'},
						{"witness", required_argument, NULL, 'W'},
						{"seconds", required_argument, NULL, 'T'},
						{0}};
	int opt, status = EXIT_YES;

	opterr = 0;
	while (!status &&
	       (opt = getopt_long(argc, argv, "-:" SOURCE_OPTIONS "w:h", options, NULL)) != -1) {
		if (opt == 'h') {
			fputs(usage, stdout);
			*done = true;
			return EXIT_YES;
		}
		if (opt == '?' || opt == ':')
			return cli_bad_option(argv, opt);
		status = opt == 1 ? add_word(r, optarg) : set_option(r, opt, optarg);
	}
	while (!status && optind < argc)
		status = add_word(r, argv[optind++]);
	if (status)
		return status;
	if (r->witness && r->count != 1)
		return cli_usage("--witness is for one program");
	if (!r->witness && r->count != 2)
		return cli_usage("diff takes two programs: sources (-e, -n, -f), names, files or "
				 "expressions");
	return EXIT_YES;
}

/* ---- answers ---- */
static int undecided(const struct request *r)
{
	printf("not decided in %llu seconds; --seconds gives it longer\n",
	       (unsigned long long)r->seconds);
	return EXIT_UNDECIDED;
}

static int create(struct request *r)
{
	if (source_spared(&r->src[0], r->write) || source_spared(&r->src[1], r->write))
		return EXIT_NO;
	return witness_create(&r->file, r->write, r->progs[0].linktype);
}

static int keep(struct request *r, const struct cbpf_sym_packet *packet)
{
	int status = EXIT_YES;

	if (!r->write)
		return EXIT_YES;
	if (!r->file)
		status = create(r);
	return status ? status : witness_write(r->file, packet);
}

static void say_confirmed(const char *left_out)
{
	if (left_out)
		printf("  confirmed by the VM; the kernel was not asked: %s\n", left_out);
	else
		printf("  confirmed by the VM and the kernel\n");
}

/* Is there a packet that program `yes` alone accepts? EXIT_YES when there is none, EXIT_NO with the
 * packet printed, EXIT_UNDECIDED. */
static int alone(struct request *r, const struct cbpf_product_answer *found, unsigned int yes)
{
	const struct cbpf_sym_packet *packet = &found->packet[yes];
	const char *left_out, *other;

	if (found->differ[yes] != CBPF_SAT)
		return found->differ[yes] == CBPF_UNSAT ? EXIT_YES : EXIT_UNDECIDED;
	if (witness_confirm(&r->progs[yes], packet, true, &left_out) ||
	    witness_confirm(&r->progs[!yes], packet, false, &other) || keep(r, packet))
		return FAILED;
	printf("%s accepts what %s rejects, a packet of %u bytes:\n  ", yes ? "B" : "A",
	       yes ? "A" : "B", packet->len);
	witness_print(packet);
	say_confirmed(left_out);
	return EXIT_NO;
}

static int say_difference(struct request *r, const struct cbpf_product_answer *found)
{
	int a = alone(r, found, 0), b = a == FAILED ? FAILED : alone(r, found, 1);

	if (a == FAILED || b == FAILED)
		return EXIT_NO;
	if (a == EXIT_NO || b == EXIT_NO) {
		if (a == EXIT_UNDECIDED || b == EXIT_UNDECIDED)
			printf("whether %s accepts more was not decided\n",
			       a == EXIT_UNDECIDED ? "A" : "B");
		else if (a == EXIT_YES || b == EXIT_YES)
			printf("what %s accepts, %s accepts too\n", a ? "B" : "A", a ? "A" : "B");
		return EXIT_NO;
	}
	if (a || b)
		return undecided(r);
	printf("equal: they accept the same packets\n");
	return EXIT_YES;
}

/* Way by way first, for half of the time; the solver decides what that leaves open. */
static int compare(struct request *r)
{
	static struct cbpf_product_answer found;
	const struct cbpf_prog *const progs[] = {&r->progs[0], &r->progs[1]};
	unsigned int first = (unsigned int)(r->seconds + 1) / 2;
	time_t began = time(NULL), spent;
	struct cbpf_sym *sym = NULL;
	struct cbpf_error err;
	int ret;

	if (cbpf_product(&found, progs[0], progs[1], first))
		return cli_fail("out of memory");
	spent = time(NULL) - began;
	if (found.differ[0] != CBPF_UNDECIDED && found.differ[1] != CBPF_UNDECIDED)
		return say_difference(r, &found);
	ret = cbpf_sym_new(&sym, progs, 2, (unsigned int)(r->seconds - (uint64_t)spent), &err);
	if (ret && ret != -ETIME)
		return cli_fail("%s", err.text);
	for (unsigned int n = 0; n < 2 && !ret; n++)
		if (found.differ[n] == CBPF_UNDECIDED)
			found.differ[n] = cbpf_sym_differ(sym, n, &found.packet[n]);
	cbpf_sym_free(sym);
	return say_difference(r, &found);
}

static int one_packet(struct request *r, struct cbpf_sym *sym)
{
	static struct cbpf_sym_packet packet;
	bool accept = r->witness == WITNESS_ACCEPT;
	enum cbpf_answer answer = cbpf_sym_find(sym, 0, accept, &packet);
	const char *left_out;

	if (answer == CBPF_UNDECIDED)
		return undecided(r);
	if (answer == CBPF_UNSAT) {
		printf("there is no such packet: the program %s everything\n",
		       accept ? "rejects" : "accepts");
		return EXIT_NO;
	}
	if (witness_confirm(&r->progs[0], &packet, accept, &left_out))
		return EXIT_NO;
	witness_print(&packet);
	return EXIT_YES;
}

struct walk {
	struct request *r;
	uint64_t ways;
	int status;
};

static int visit(const struct cbpf_sym_path *path, void *arg)
{
	struct walk *w = arg;
	const char *left_out;

	w->ways++;
	w->status = witness_confirm(&w->r->progs[0], path->packet, w->r->witness == WITNESS_ACCEPT,
				    &left_out);
	if (!w->status)
		w->status = keep(w->r, path->packet);
	return w->status ? -EIO : 0;
}

static int every_way(struct request *r, struct cbpf_sym *sym)
{
	struct walk w = {.r = r};
	int ret = cbpf_sym_paths(sym, 0, r->witness == WITNESS_ACCEPT, visit, &w);

	if (w.status)
		return w.status;
	if (ret && ret != -ETIME)
		return cli_fail("out of memory");
	printf("%llu way%s to %s, a packet each%s\n", (unsigned long long)w.ways,
	       w.ways == 1 ? "" : "s", r->witness == WITNESS_ACCEPT ? "accept" : "reject",
	       ret ? "; more were not looked for in the time given (--seconds)" : "");
	return ret ? EXIT_UNDECIDED : w.ways ? EXIT_YES : EXIT_NO;
}

static int make_witness(struct request *r)
{
	const struct cbpf_prog *const progs[] = {&r->progs[0]};
	struct cbpf_error err;
	struct cbpf_sym *sym;
	int ret = cbpf_sym_new(&sym, progs, 1, (unsigned int)r->seconds, &err), status;

	if (ret == -ETIME)
		return undecided(r);
	if (ret)
		return cli_fail("%s", err.text);
	status = r->write ? every_way(r, sym) : one_packet(r, sym);
	cbpf_sym_free(sym);
	return status;
}

static int solve(struct request *r)
{
	int status = r->witness ? make_witness(r) : compare(r);

	if (r->file && witness_finish(r->file) && !status)
		status = EXIT_NO;
	return status;
}

/* Two programs answer for the same packets only when they are for the same link. */
static int same_link(const struct request *r)
{
	int a = r->progs[0].linktype, b = r->progs[1].linktype;

	if (r->count == 1 || a == b || a < 0 || b < 0)
		return EXIT_YES;
	return cli_fail("A is for the link type %s and B for %s; -y compiles both for one",
			cbpf_linktype_name(a), cbpf_linktype_name(b));
}

int cmd_diff(int argc, char **argv)
{
	struct request r = {.seconds = 60};
	bool done = false;
	int status;

	source_init(&r.src[0]);
	source_init(&r.src[1]);
	status = parse(&r, argc, argv, &done);
	if (status || done)
		return status;
	for (unsigned int i = 0; i < r.count && !status; i++)
		status = source_load(&r.src[i], &r.progs[i]);
	if (!status)
		status = same_link(&r);
	if (!status)
		status = solve(&r);
	for (unsigned int i = 0; i < r.count; i++)
		cbpf_free(&r.progs[i]);
	return status;
}
