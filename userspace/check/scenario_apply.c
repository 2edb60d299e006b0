/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A scenario's steps, done to the reference bridge. */
#include "scenario.h"

#include <errno.h>

/* A new bridge of the kernel's; mcast_response_ns is the exception. */
const struct brm_bridge scenario_bridge = {
	.ageing_ns = 300000000000,
	.vlan_proto = 0x8100,
	.address = {0x02, 0xb0, 0, 0, 0, 0xff},
	.mcast_membership_ns = 260000000000,
	.mcast_querier_ns = 255000000000,
	.mcast_last_member_ns = 1000000000,
	.mcast_last_member_count = 2,
};

int scenario_model(struct brm **out)
{
	return brm_create(out, &scenario_bridge);
}

static int apply_vlans(struct brm *m, const struct step *step)
{
	int vid, ret = 0;

	for (vid = step->vlan.first; vid <= step->vlan.last && !ret; vid++)
		ret = step->kind == STEP_VLAN
			      ? brm_set_vlan(m, step->port, vid, step->vlan.flags, step->vlan.state)
			      : brm_del_vlan(m, step->port, vid);
	return ret;
}

int scenario_apply(struct brm *m, const struct step *step, int64_t now_ns,
		   struct brm_result *result)
{
	int ret;

	switch (step->kind) {
	case STEP_BRIDGE:
		return brm_set_bridge(m, now_ns, &step->bridge);
	case STEP_PORT:
		ret = brm_set_port(m, step->port, &step->settings);
		return ret || step->up ? ret : brm_link_down(m, step->port);
	case STEP_VLAN:
	case STEP_NO_VLAN:
		return apply_vlans(m, step);
	case STEP_FDB:
		return brm_fdb_set(m, now_ns, &step->fdb);
	case STEP_FORGET:
		brm_fdb_del(m, step->fdb.address, step->fdb.vid); /* it may have gone by itself */
		return 0;
	case STEP_MDB:
		return brm_mdb_set(m, step->port, step->group.address, step->group.size,
				   step->group.vid);
	case STEP_SEND:
		return brm_input(m, now_ns, step->port, step->frame, step->len, result);
	}
	return -EINVAL;
}
