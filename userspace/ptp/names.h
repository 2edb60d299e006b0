/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The standards' names of numbers in PTP messages; NULL where a number has none. */
#ifndef PTP_NAMES_H
#define PTP_NAMES_H

#include "ptp_msg.h"
#include "text.h"

const char *ptp_type_name(unsigned int type);               /* "Sync"; "reserved" */
const char *ptp_clock_accuracy_name(unsigned int accuracy); /* table 5: "within 25 ns" */
const char *ptp_time_source_name(unsigned int source);      /* table 6: "GNSS" */
const char *ptp_clock_class_name(unsigned int clock_class); /* table 4, in a few words */
const char *ptp_action_name(unsigned int action);           /* table 57: "GET" */

/* The short words for the flags that are set, "twoStep,ptpTimescale"; nothing for none. */
void ptp_flags_text(struct text *t, uint16_t flags);
const char *ptp_flag_name(unsigned int bit); /* bit 0..15 of the big-endian number */

/* 0673d4.fffe.f49e79 and 0673d4.fffe.f49e79-1, as linuxptp writes them. */
void ptp_clock_text(struct text *t, const struct ptp_clock_identity *id);
void ptp_port_text(struct text *t, const struct ptp_port_identity *id);
/* Seconds and nanoseconds with a point: 1795355554.459534864. */
void ptp_timestamp_text(struct text *t, const struct ptp_timestamp *ts);
/* 2^-16 ns as a decimal number of ns, exact: -12.5. */
void ptp_scaled_ns_text(struct text *t, int64_t scaled);
/* Nanoseconds since 1970 as the UTC time of day, or as date and time of day:
 * 2026-11-22T13:52:34.459534864Z. */
void ptp_time_of_day_text(struct text *t, int64_t ns);
void ptp_date_text(struct text *t, int64_t ns);

#endif
