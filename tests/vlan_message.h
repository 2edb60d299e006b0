/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What RTNLGRP_BRVLAN says of one range of a port's VLANs, for what feeds the maps without a kernel. */
#ifndef TESTS_VLAN_MESSAGE_H
#define TESTS_VLAN_MESSAGE_H

#include <linux/if_bridge.h>
#include <linux/rtnetlink.h>
#include <stdint.h>
#include <sys/socket.h>

/* As event_parse() reads it, h.nlmsg_len bytes. An event that it gives points into it. */
struct vlan_message {
	struct nlmsghdr h;
	struct br_vlan_msg msg;
	struct rtattr entry;
	struct rtattr info_attr;
	struct bridge_vlan_info info;
	struct rtattr range_attr;
	uint16_t range, pad;
	struct rtattr state_attr;
	uint8_t state, pad2[3];
};

/* RTM_NEWVLAN; `flags` are BRIDGE_VLAN_INFO_*, `state` BR_STATE_*. */
static inline struct vlan_message vlan_message(uint32_t ifindex, uint16_t first, uint16_t last,
					       uint16_t flags, uint8_t state)
{
	return (struct vlan_message){
		.h = {.nlmsg_type = RTM_NEWVLAN, .nlmsg_len = sizeof(struct vlan_message)},
		.msg = {.family = AF_BRIDGE, .ifindex = ifindex},
		.entry = {sizeof(struct vlan_message) - sizeof(struct nlmsghdr) -
				  sizeof(struct br_vlan_msg),
			  BRIDGE_VLANDB_ENTRY | NLA_F_NESTED},
		.info_attr = {8, BRIDGE_VLANDB_ENTRY_INFO},
		.info = {.flags = flags, .vid = first},
		.range_attr = {6, BRIDGE_VLANDB_ENTRY_RANGE},
		.range = last,
		.state_attr = {5, BRIDGE_VLANDB_ENTRY_STATE},
		.state = state,
	};
}

#endif
