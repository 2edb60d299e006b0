/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The packet sockets of this network namespace and their filters, by sock_diag(7). Of other
 * families Linux tells no filter. */
#include "load.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/packet_diag.h>
#include <linux/sock_diag.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

static const char usage[] =
	"usage: cbpftool socket [-F FORM]\n"
	"The packet sockets that have a filter attached, and the filters (as root).\n"
	"  -F FORM      how to print them, as in `cbpftool dump`\n";

struct sockets {
	enum cbpf_form form;
	unsigned int count, hidden;
	bool out_of_memory;
};

/* "tcpdump (pid 123)" of a process that has the socket open; false where none is to be seen. */
static bool find_owner(const char *dir, uint32_t inode, char out[80])
{
	char path[64], link[64], want[32], name[32] = "?";
	struct dirent *e;
	DIR *d;
	FILE *f;
	bool found = false;

	snprintf(want, sizeof(want), "socket:[%u]", inode);
	snprintf(path, sizeof(path), "/proc/%.20s/fd", dir);
	d = opendir(path);
	while (d && !found && (e = readdir(d))) {
		ssize_t n;

		snprintf(path, sizeof(path), "/proc/%.20s/fd/%.20s", dir, e->d_name);
		n = readlink(path, link, sizeof(link) - 1);
		link[n > 0 ? n : 0] = 0;
		found = !strcmp(link, want);
	}
	if (d)
		closedir(d);
	if (!found)
		return false;
	snprintf(path, sizeof(path), "/proc/%.20s/comm", dir);
	f = fopen(path, "re");
	if (f && fscanf(f, "%31[^\n]", name) != 1)
		strcpy(name, "?");
	if (f)
		fclose(f);
	snprintf(out, 80, "%s (pid %.20s)", name, dir);
	return true;
}

static void owner(uint32_t inode, char out[80])
{
	DIR *proc = opendir("/proc");
	struct dirent *e;
	bool found = false;

	while (proc && !found && (e = readdir(proc)))
		found = e->d_name[0] >= '1' && e->d_name[0] <= '9' &&
			find_owner(e->d_name, inode, out);
	if (proc)
		closedir(proc);
	if (!found)
		strcpy(out, "a process that is not to be seen");
}

static void put_head(const struct packet_diag_msg *msg, const struct packet_diag_info *info,
		     uint32_t insns)
{
	char name[IF_NAMESIZE] = "every interface", who[80];

	if (info && info->pdi_index && !if_indextoname(info->pdi_index, name))
		snprintf(name, sizeof(name), "ifindex %u", info->pdi_index);
	owner(msg->pdiag_ino, who);
	printf("%s: %s socket on %s, protocol 0x%04x, inode %u, %u instructions\n", who,
	       msg->pdiag_type == SOCK_RAW ? "raw" : "cooked", name, msg->pdiag_num, msg->pdiag_ino,
	       insns);
}

static void put_filter(struct sockets *s, const struct nlattr *attr)
{
	struct cbpf_prog prog = {.len = mnl_attr_get_payload_len(attr) /
					sizeof(struct sock_filter)};
	size_t len;
	char *text;

	prog.insns = mnl_attr_get_payload(attr);
	if (cbpf_write(&text, &len, &prog, s->form)) {
		s->out_of_memory = true;
		return;
	}
	fwrite(text, 1, len, stdout);
	free(text);
}

static int on_socket(const struct nlmsghdr *nlh, void *data)
{
	const struct packet_diag_msg *msg = mnl_nlmsg_get_payload(nlh);
	const struct nlattr *attr, *filter = NULL;
	const struct packet_diag_info *info = NULL;
	struct sockets *s = data;

	if (mnl_nlmsg_get_payload_len(nlh) < sizeof(*msg))
		return MNL_CB_OK;
	mnl_attr_for_each(attr, nlh, sizeof(*msg))
	{
		if (mnl_attr_get_type(attr) == PACKET_DIAG_FILTER)
			filter = attr;
		else if (mnl_attr_get_type(attr) == PACKET_DIAG_INFO &&
			 mnl_attr_get_payload_len(attr) >= sizeof(*info))
			info = mnl_attr_get_payload(attr);
	}
	if (!filter)
		return MNL_CB_OK;
	/* Without CAP_NET_ADMIN the attribute is there and empty, filter or not:
	 * sock_diag_put_filterinfo(). */
	if (!mnl_attr_get_payload_len(filter)) {
		s->hidden++;
		return MNL_CB_OK;
	}
	s->count++;
	put_head(msg, info, mnl_attr_get_payload_len(filter) / sizeof(struct sock_filter));
	put_filter(s, filter);
	return MNL_CB_OK;
}

static int ask(struct mnl_socket *nl, struct sockets *s)
{
	char *buf = malloc(1 << 17); /* a filter of 4,096 instructions has 32 KiB */
	struct packet_diag_req *req;
	struct nlmsghdr *nlh;
	int n = -1;

	if (!buf)
		return -ENOMEM;
	nlh = mnl_nlmsg_put_header(buf);
	nlh->nlmsg_type = SOCK_DIAG_BY_FAMILY;
	nlh->nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
	req = mnl_nlmsg_put_extra_header(nlh, sizeof(*req));
	req->sdiag_family = AF_PACKET;
	req->pdiag_show = PACKET_SHOW_INFO | PACKET_SHOW_FILTER;
	if (mnl_socket_sendto(nl, nlh, nlh->nlmsg_len) >= 0)
		do
			n = (int)mnl_socket_recvfrom(nl, buf, 1 << 17);
		while (n > 0 && (n = mnl_cb_run(buf, (size_t)n, 0, mnl_socket_get_portid(nl),
						on_socket, s)) > 0);
	n = n < 0 ? -errno : 0;
	free(buf);
	return n;
}

static int take(int opt, const char *arg, void *ctx)
{
	struct cbpf_error err;

	(void)opt;
	return cbpf_form(arg, &((struct sockets *)ctx)->form, &err) ? cli_usage("%s", err.text)
								    : EXIT_YES;
}

int cmd_socket(int argc, char **argv)
{
	struct sockets s = {.form = CBPF_FORM_D};
	const struct command_options opts = {
		.usage = usage, .letters = "F:", .take = take, .ctx = &s};
	struct mnl_socket *nl;
	struct source src;
	bool done;
	int ret, status = options_parse(argc, argv, &opts, &src, &done);

	if (status || done)
		return status;
	if (src.expression || src.name || src.file)
		return cli_usage("socket takes no program: it shows those that are attached");
	nl = mnl_socket_open2(NETLINK_SOCK_DIAG, SOCK_CLOEXEC);
	if (!nl || mnl_socket_bind(nl, 0, MNL_SOCKET_AUTOPID))
		ret = -errno;
	else
		ret = ask(nl, &s);
	if (nl)
		mnl_socket_close(nl);
	if (ret)
		return cli_fail(
			"sock_diag does not answer for packet sockets: %s%s", strerror(-ret),
			ret == -ENOENT ? " (CONFIG_PACKET_DIAG, the module af_packet_diag)" : "");
	if (s.out_of_memory)
		return cli_fail("out of memory");
	if (s.hidden)
		return cli_fail("which filters the packet sockets have, %u of them, is hidden from "
				"you: run as root or give CAP_NET_ADMIN",
				s.hidden);
	if (!s.count)
		printf("no packet socket of this network namespace has a filter\n");
	return EXIT_YES;
}
