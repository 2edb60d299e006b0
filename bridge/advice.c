/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "advice.h"

#include "bridge_maps.h"
#include "hazard.h"
#include "verdict.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* Appends to a text that is full without harm. */
static void add(char *text, size_t size, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
static void add(char *text, size_t size, const char *fmt, ...)
{
	size_t len = strlen(text);
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text + len, size - len, fmt, ap);
	va_end(ap);
}

static bool is_peers_fault(uint8_t verdict)
{
	return verdict == XB_CHECKSUM || verdict == XB_HIDDEN_TAG || verdict == XB_NO_XDP_XMIT;
}

/* All that is wrong with a veth's peer, and the one command that mends it, as it is to be typed
 * here. */
static void about_peer(char *text, size_t size, const struct facts *f, bool deaf)
{
	const char *and = "";
	bool gro = deaf && !f->gro_no_napi;

	if (!f->peer_seen) {
		add(text, size,
		    "its peer is in a namespace that cannot be looked into: start xdp_bridge "
		    "again, which gives up looking into others only when it has its ports, or where "
		    "it is known to fill in checksums and VLAN tags and to have GRO on, use --allow "
		    "checksum,hidden-tag,xdp-transmit");
		return;
	}
	add(text, size, "its peer %s ", f->peer);
	if (f->peer_tx_csum) {
		add(text, size, "leaves checksums to the receiver");
		and = ", ";
	}
	if (f->peer_tx_vlan || f->peer_tx_stag) {
		add(text, size, "%shands %sVLAN tags over beside the frame", and,
		    f->peer_tx_vlan ? "" : "802.1ad ");
		and = ", ";
	}
	if (deaf)
		add(text, size, "%stakes no XDP frames for want of %s", and,
		    gro ? "GRO or XDP" : "an XDP program on it (Linux 5.13 takes GRO instead)");
	if (!f->peer_tx_csum && !f->peer_tx_vlan && !f->peer_tx_stag && !gro)
		return;
	add(text, size, "; `");
	if (f->peer_ns[0])
		add(text, size, "nsenter --net=%s ", f->peer_ns);
	add(text, size, "ethtool -K %s%s%s%s%s` mends it", f->peer,
	    f->peer_tx_csum ? " tx off" : "", f->peer_tx_vlan ? " txvlan off" : "",
	    gro ? " gro on" : "", f->peer_tx_stag ? " tx-vlan-stag-hw-insert off" : "");
}

static void about_firewall(char *text, size_t size, uint32_t hazards)
{
	if (hazards & HAZARD_NFT)
		add(text, size,
		    "nftables has chains for bridged frames (`nft list ruleset`); --allow nft "
		    "bypasses them");
	else if (hazards & HAZARD_EBTABLES)
		add(text, size, "ebtables is loaded (`ebtables -L`); --allow ebtables bypasses it");
	else
		add(text, size,
		    "br_netfilter handles bridged IP frames; `sysctl -w "
		    "net.bridge.bridge-nf-call-iptables=0 net.bridge.bridge-nf-call-ip6tables=0 "
		    "net.bridge.bridge-nf-call-arptables=0` ends that, --allow br_netfilter "
		    "bypasses them");
}

static void about(char *text, size_t size, uint8_t verdict, const struct event_link *port,
		  const struct sync_port *p)
{
	uint32_t hazards = p->hazards;

	if (verdict == XB_FIREWALL) {
		about_firewall(text, size, hazards);
		return;
	}
	if (verdict == XB_SYNCING && hazards & HAZARD_UNKNOWN) {
		add(text, size,
		    "firewalls, tc and packet sockets cannot be looked at for want of "
		    "file descriptors or memory, or of /proc (`mount -t proc proc /proc`)");
		return;
	}
	add(text, size, "%s", verdict_text(verdict));
	if (verdict == XB_TC)
		add(text, size, " (`tc qdisc show dev %s`)%s; --allow tc bypasses it", port->name,
		    hazards & HAZARD_MEMBER_TC ? " or on a member of it" : "");
	if (verdict == XB_MEMBERS)
		add(text, size,
		    ": what comes in by it stays on the bridge; `xdp_bridge --mode generic` takes it");
	if (verdict == XB_PACKET)
		add(text, size,
		    " (`ss -0 -p`): slow until it is closed, so that it misses none; --allow "
		    "packet-socket hides from it what XDP forwards");
	if (verdict == XB_HIDDEN_TAG && !facts_hides_tags_itself(&p->facts))
		add(text, size,
		    ", as those of bonds, teams and macvlans always are: such a port is fast where "
		    "the bridge filters no VLANs and no VLAN device is on it");
	else if (verdict == XB_HIDDEN_TAG)
		add(text, size, "; `ethtool -K %s%s%s` mends it", port->name,
		    p->facts.rx_vlan ? " rxvlan off" : "",
		    p->facts.rx_stag ? " rx-vlan-stag-hw-parse off" : "");
}

/* Generic XDP, and what the port's own driver does not do to the frames that it is to transmit. */
static void about_transmit(char *text, size_t size, uint8_t verdict, const struct event_link *port)
{
	bool tags = verdict == XB_HIDDEN_TAG;

	add(text, size,
	    "its driver does not put %s in, which generic XDP leaves to it; `ethtool -K %s %s` "
	    "mends it where it can",
	    tags ? "VLAN tags" : "checksums", port->name, tags ? "txvlan on" : "tx on");
}

void advice(char *text, size_t size, const struct event_link *port, const struct sync_port *p)
{
	uint8_t in = p->policy.closed_in,
		out = p->generic ? p->policy.closed_generic : p->policy.closed_out;

	bool own = p->generic && (out == XB_CHECKSUM || out == XB_HIDDEN_TAG);

	*text = '\0';
	if (p->facts.is_veth && (is_peers_fault(in) || (!in && !own && is_peers_fault(out)))) {
		about_peer(text, size, &p->facts, out == XB_NO_XDP_XMIT);
		return;
	}
	if (in)
		about(text, size, in, port, p);
	if (out && (own || out != in)) {
		add(text, size, "%sout of it: ", *text ? "; " : "");
		if (own)
			about_transmit(text, size, out, port);
		else
			about(text, size, out, port, p);
	}
}

/* What comes in by the other kind of XDP than the port's own leaves by it in another way. */
static void about_other_kind(char *text, size_t size, const struct sync_port *p)
{
	uint8_t own = p->generic ? p->policy.closed_generic : p->policy.closed_out;
	uint8_t other = p->generic ? p->policy.closed_out : p->policy.closed_generic;

	if (!other || other == own)
		return;
	add(text, size, "%sframes that come in by %s XDP do not leave by it: ", *text ? "; " : "",
	    p->generic ? "native" : "generic");
	if (p->generic)
		add(text, size, "%s; `xdp_bridge --mode generic` for all ports carries them",
		    verdict_text(other));
	else
		add(text, size, "its driver does not put %s in",
		    other == XB_HIDDEN_TAG ? "VLAN tags" : "checksums");
}

void advice_partial(char *text, size_t size, const struct sync_port *p, bool both)
{
	*text = '\0';
	if (p->generic && !p->policy.closed_generic && p->policy.closed_partial)
		add(text, size,
		    "frames whose sender leaves segmentation, checksums or tags to the device "
		    "(from a veth, tap or the like) do not leave by it: its driver does less than a veth");
	if (both)
		about_other_kind(text, size, p);
}
