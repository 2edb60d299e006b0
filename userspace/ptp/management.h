/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The data of management TLVs by managementId: IEEE 1588-2019 clause 15, and linuxptp's own. */
#ifndef MANAGEMENT_H
#define MANAGEMENT_H

#include "fields.h"

/* Those that other TLVs hold, too. */
extern const struct field management_parent[], management_current[], management_time_properties[];
const char *management_port_state_name(unsigned int state); /* NULL for a reserved one */

const struct field *management_table(unsigned int id); /* NULL where the layout is not known */

#endif
