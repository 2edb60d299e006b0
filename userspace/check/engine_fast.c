/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The accelerated bridge as an engine, and its XDP program alone: the kernel's bridge in its
 * namespace, followed by the library that xdp_bridge is made of. After each step the follower reads
 * what the kernel has announced, so that what happens does not depend on how fast a daemon is. */
#include "check_engine.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <linux/bpf.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "bed.h"
#include "engine_bridge.h"
#include "follow.h"
#include "verdict.h"

enum { ADDRESSES = 4096, RECEIVE_BUFFER = 4 << 20 };

struct fast_bridge {
	struct bed *bed;
	struct follow *follow;
	time_t ticked;
	uint64_t sent, redirected, too_long;
};

/* Ports that open and close are no news here: the report says what is slow at the end. */
static void hear(const char *sentence)
{
	(void)sentence;
}

static int fast_bridge_open(void **priv, const struct scenario *s, struct engine_error *err)
{
	struct follow_options options = {.bridge = bed_bridge_name(),
					 .mode = FAST_AUTO,
					 .entries = ADDRESSES,
					 .receive_buffer = RECEIVE_BUFFER,
					 .say = hear};
	struct fast_bridge *f = calloc(1, sizeof(*f));
	struct fast_error ferr;
	void *bed;
	int ret = -ENOMEM;

	if (!f)
		return ret;
	ret = bridge_open(&bed, s, err);
	if (ret)
		goto out;
	f->bed = bed;
	ret = follow_start(&f->follow, &options, &ferr);
	if (ret) {
		snprintf(err->text, sizeof(err->text), "%s", ferr.text);
		bed_close(f->bed);
		goto out;
	}
	*priv = f;
	return 0;
out:
	free(f);
	return ret;
}

static void fast_bridge_close(void *priv)
{
	struct fast_bridge *f = priv;

	follow_stop(f->follow);
	bed_close(f->bed);
	free(f);
}

/* Reads what the kernel has announced; once a second looks at what it does not announce. */
static int settle(struct fast_bridge *f, struct engine_error *err)
{
	struct pollfd pfd = {.fd = follow_fd(f->follow), .events = POLLIN};
	struct fast_error ferr;
	struct timespec now;
	int ret = 0;

	while (!ret && poll(&pfd, 1, 0) > 0)
		ret = follow_ready(f->follow, &ferr);
	clock_gettime(CLOCK_MONOTONIC, &now);
	if (!ret && now.tv_sec != f->ticked) {
		f->ticked = now.tv_sec;
		ret = follow_tick(f->follow, &ferr);
	}
	if (ret)
		snprintf(err->text, sizeof(err->text), "%s", ferr.text);
	return ret;
}

static uint64_t forwarded(struct fast_bridge *f, const struct scenario *s)
{
	struct fast_counters c;
	struct sync_port *p;
	uint64_t sum = 0;
	int i;

	for (i = 0; i < s->ports; i++) {
		p = sync_port(follow_sync(f->follow), bed_port_index(f->bed, i));
		if (p && !fast_counters(follow_fast(f->follow), p->row, &c))
			sum += c.frames[VERDICT_FORWARDED];
	}
	return sum;
}

static int accelerated_step(void *priv, const struct scenario *s, const struct step *step,
			    struct outcome *out, struct engine_error *err)
{
	struct fast_bridge *f = priv;
	int ret = settle(f, err);

	if (!ret)
		ret = bridge_step(f->bed, s, step, out, err);
	if (!ret)
		ret = settle(f, err);
	f->sent += step->kind == STEP_SEND;
	f->redirected = forwarded(f, s);
	return ret;
}

/* The port where the program handed the frame over: the one whose counter went up. */
static uint32_t handed_to(struct fast_bridge *f, const struct scenario *s, const uint64_t *before,
			  uint64_t *now)
{
	struct fast_counters c;
	struct sync_port *p;
	uint32_t mask = 0;
	int i;

	for (i = 0; i < s->ports; i++) {
		p = sync_port(follow_sync(f->follow), bed_port_index(f->bed, i));
		now[i] = p && !fast_counters(follow_fast(f->follow), p->row, &c) ? c.out_frames : 0;
		if (before && now[i] != before[i])
			mask |= 1u << i;
	}
	return mask;
}

/* The program alone. */
static int ask(struct fast_bridge *f, const struct scenario *s, const struct step *step,
	       struct outcome *out, struct engine_error *err)
{
	struct xdp_md md = {.data_end = step->len,
			    .ingress_ifindex = bed_port_index(f->bed, step->port)};
	uint8_t frame[SCENARIO_FRAME_MAX];
	uint64_t before[BRM_PORTS_MAX], after[BRM_PORTS_MAX];
	LIBBPF_OPTS(bpf_test_run_opts, opts, .data_in = step->frame, .data_size_in = step->len,
		    .data_out = frame, .data_size_out = sizeof(frame), .ctx_in = &md,
		    .ctx_size_in = sizeof(md));
	int ret;

	out->verdict = PASSED;
	handed_to(f, s, NULL, before);
	ret = bpf_prog_test_run_opts(fast_program(follow_fast(f->follow)), &opts);
	if (ret ==
	    -EINVAL) { /* a frame that no driver would give it in one piece: too long for a page */
		f->too_long++;
		return 0;
	}
	if (ret) {
		snprintf(err->text, sizeof(err->text), "BPF_PROG_TEST_RUN: %s", strerror(-ret));
		return ret;
	}
	if (opts.retval == XDP_REDIRECT) {
		out->verdict = SENT;
		f->redirected++;
		out->ports = handed_to(f, s, before, after);
	} else if (opts.retval != XDP_PASS) {
		out->verdict = DROPPED;
	}
	return 0;
}

/* The verdict first, on the state before the frame; then the frame itself, for the bridge to learn.
 */
static int xdp_step(void *priv, const struct scenario *s, const struct step *step,
		    struct outcome *out, struct engine_error *err)
{
	struct fast_bridge *f = priv;
	struct outcome unused = {0};
	int ret = settle(f, err);

	if (!ret && step->kind == STEP_SEND)
		ret = ask(f, s, step, out, err);
	if (!ret)
		ret = bridge_step(f->bed, s, step, &unused, err);
	if (!ret)
		ret = settle(f, err);
	f->sent += step->kind == STEP_SEND;
	outcome_free(&unused);
	return ret;
}

/* Why a port was slow at the end, "" where all were fast. */
static void slow_port(struct fast_bridge *f, const struct scenario *s, char *text, size_t size)
{
	char why[160];
	int i;

	*text = 0;
	for (i = 0; i < s->ports && !*text; i++) {
		follow_advice(f->follow, bed_port_index(f->bed, i), why, sizeof(why));
		if (*why)
			snprintf(text, size, "; %s is slow: %s", s->names[i], why);
	}
}

static void fast_report(void *priv, const struct scenario *s, char *text, size_t size)
{
	struct fast_bridge *f = priv;
	char slow[200], alone[64] = "";

	slow_port(f, s, slow, sizeof(slow));
	if (f->too_long)
		snprintf(alone, sizeof(alone), ", %llu too long to be run alone",
			 (unsigned long long)f->too_long);
	snprintf(text, size, "%llu of %llu frames by XDP%s%s", (unsigned long long)f->redirected,
		 (unsigned long long)f->sent, alone, slow);
}

static int accelerated_fdb(void *priv, int64_t now_ns, struct brm_fdb *out, int max,
			   struct engine_error *err)
{
	struct fast_bridge *f = priv;

	return bridge_fdb(f->bed, now_ns, out, max, err);
}

const struct engine_ops engine_accelerated = {
	.name = "accelerated",
	.summary = "the kernel's bridge with its learned traffic on XDP",
	.timed = true,
	.open = fast_bridge_open,
	.step = accelerated_step,
	.fdb = accelerated_fdb,
	.report = fast_report,
	.close = fast_bridge_close,
};

const struct engine_ops engine_xdp = {
	.name = "xdp",
	.summary = "the XDP program alone: frame in, verdict out",
	.verdict_only = true,
	.timed = true,
	.open = fast_bridge_open,
	.step = xdp_step,
	.report = fast_report,
	.close = fast_bridge_close,
};
