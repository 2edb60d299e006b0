/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The parts of the program xdp_bridge. */
#ifndef XDP_BRIDGE_H
#define XDP_BRIDGE_H

#include "follow.h"

#include <jansson.h>

/* run.c: xdp_bridge [OPTION]... BRIDGE | PORT PORT..., in the foreground until SIGINT or SIGTERM.
 */
int run(int argc, char **argv);
/* status.c: asks the running ones of this network namespace. */
int status(int argc, char **argv);
/* doctor.c: what stands between ports and the fast path; changes nothing. EXIT_YES when nothing
 * does. */
int doctor(int argc, char **argv);

/* report.c: a JSON string of text in which an interface's name may stand: any octets but blanks,
 * '/' and ':' (dev_valid_name() of net/core/dev.c). What is not printable is '?'; null for NULL. */
json_t *shown(const char *text);
/* What a running one says of itself. A new reference; NULL: out of memory. */
json_t *report(struct follow *f);
/* The same as a table for people. */
void report_print(FILE *to, const json_t *report);

/* service.c: what a service manager expects. Tells it `state` ("READY=1"), where there is one
 * (sd_notify(3)). */
void service_notify(const char *state);
/* Tells one with a watchdog (WatchdogSec of systemd.service(5)), at most once a second, that this
 * process still does its work. */
void service_alive(void);
/* Keeps CAP_NET_ADMIN and CAP_BPF, and CAP_SYS_ADMIN while veth peers are looked at in other
 * namespaces, CAP_SYS_PTRACE where one of those has no name under /run; nothing can be gained
 * again. 0 or -errno. */
int service_drop_privileges(struct follow *f);

/* control.c: one abstract Unix socket a running one, "@xdp_bridge/PID". Abstract names belong to a
 * network namespace, as interface names do, and go with the process: nothing can be left over. A
 * request is one line of JSON; the answer is one document, or for "monitor" a line each. */
/* A descriptor that is readable when there is something to do, or -errno. */
int control_listen(void);
/* Takes a client in, or answers one; waits for none. */
void control_serve(int fd, struct follow *f);
/* Sends `request` to every one that runs in this namespace and calls `each` with its answer. The
 * number that answered, or -errno: -ETIMEDOUT where there are some and none said anything. */
int control_ask_all(const json_t *request, void (*each)(json_t *answer, void *arg), void *arg);
/* Says so; an exit status. */
int control_failed(int ret);
/* The same with the request for their reports. */
int control_reports(void (*each)(json_t *report, void *arg), void *arg);
/* The same, but the connections themselves, at most `max`, to read lines from. */
int control_connect_all(const json_t *request, int *fds, int max);

/* answer.c: what is asked of a running one beside its report. A new reference. */
json_t *answer_explain(struct follow *f, const json_t *request);

/* explain.c, monitor.c: the asking side. */
int explain(int argc, char **argv);
int monitor(int argc, char **argv);
/* metrics.c: reports as OpenMetrics text. */
void metrics_print(FILE *to, const json_t *reports);
/* exporter.c: the same over HTTP. */
int exporter(int argc, char **argv);

#endif
