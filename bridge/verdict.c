/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "verdict.h"

#include "bridge_maps.h"

static const struct {
	const char *name, *text;
} verdicts[] = {
	[XB_FORWARDED] = {"forwarded", "forwarded by XDP"},
	[XB_NO_PORT] = {"no-port", "the interface is not followed"},
	[XB_NO_BRIDGE] = {"no-bridge", "the interface is in no bridge"},
	[XB_PORT_STATE] = {"port-state", "the port is down or not forwarding"},
	[XB_BRIDGE_STATE] = {"bridge-state", "the bridge is down or promiscuous"},
	[XB_PORT_FLAGS] = {"port-flags", "a port flag that only the kernel's bridge knows is set"},
	[XB_MST] = {"mst", "the bridge runs MST"},
	[XB_SYNCING] = {"syncing", "the kernel's tables are being read"},
	[XB_NO_XDP_XMIT] = {"no-xdp-transmit", "the driver cannot transmit XDP frames now"},
	[XB_CHECKSUM] = {"checksum", "frames may come in without their checksum"},
	[XB_HIDDEN_TAG] = {"hidden-tag", "VLAN tags may be taken off before XDP sees the frame"},
	[XB_MEMBERS] = {"members", "native XDP runs in the bond's members, which are no ports"},
	[XB_FIREWALL] = {"firewall", "a firewall sees bridged frames"},
	[XB_TC] = {"tc", "tc handles the port's frames"},
	[XB_PACKET] = {"packet-socket", "a packet socket, as tcpdump's, looks at every frame"},
	[XB_UNATTENDED] = {"unattended", "xdp_bridge was stopped, or kept from running"},
	[XB_RUNT] = {"runt", "shorter than an Ethernet header and its VLAN tag"},
	[XB_BAD_SOURCE] = {"bad-source", "group or zero source address"},
	[XB_GROUP] = {"group", "broadcast or multicast"},
	[XB_LINK_LOCAL] = {"link-local", "link-local group address"},
	[XB_TAGGED] = {"tagged", "a VLAN tag that the fast path does not take"},
	[XB_VLAN_REFUSED] = {"vlan-refused", "a port is no forwarding member of the VLAN"},
	[XB_NEIGHBOUR] = {"neighbour", "ARP or IPv6 while a port answers for others"},
	[XB_MAINTENANCE] = {"maintenance", "CFM or MRP, which the bridge may take for itself"},
	[XB_SOURCE_NEW] = {"source-new", "source not learned yet"},
	[XB_SOURCE_MOVED] = {"source-moved", "source learned on another port"},
	[XB_KEEP_ALIVE] = {"keep-alive", "refreshes the source's entry"},
	[XB_DEST_NEW] = {"destination-new", "destination not learned, or the bridge itself"},
	[XB_DEST_SAME] = {"destination-same", "destination on the port of the source"},
	[XB_ISOLATED] = {"isolated", "both ports are isolated"},
	[XB_EGRESS_CLOSED] = {"egress-closed", "the destination's port takes no XDP frames"},
	[XB_TOO_LONG] = {"too-long",
			 "longer than the egress port's MTU, or in more buffers than it transmits"},
	[XB_EGRESS_GONE] = {"egress-gone", "the egress port had just left"},
	[XB_NO_HEADROOM] = {"no-headroom", "no room for the tag that the egress port wants"},
};
_Static_assert(sizeof(verdicts) / sizeof(verdicts[0]) == XB_VERDICTS, "a name for each verdict");

const char *verdict_name(unsigned int verdict)
{
	return verdict < XB_VERDICTS ? verdicts[verdict].name : "";
}

const char *verdict_text(unsigned int verdict)
{
	return verdict < XB_VERDICTS ? verdicts[verdict].text : "";
}

unsigned int verdict_count(void)
{
	return XB_VERDICTS;
}
