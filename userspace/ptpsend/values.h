/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The values of ptpsend's command line, from text. Each returns 0, or -EINVAL or -ERANGE with *out
 * untouched. */
#ifndef VALUES_H
#define VALUES_H

#include "exchange.h"
#include "frame_build.h"

/* A decimal number times 10^digits, exact: "-1.5" with 3 digits is -1500; more digits than that are
 * refused. */
int value_decimal(const char *text, unsigned int digits, int64_t min, int64_t max, int64_t *out);
int value_mac(const char *text, uint8_t out[6]);
/* 16 hexadecimal digits; points, colons and hyphens between them do not count. */
int value_clock(const char *text, struct ptp_clock_identity *out);
/* "sync,announce", "all", "e2e", "p2p": a set of 1 << enum ptp_type. */
int value_messages(const char *text, uint16_t *out);
int value_vlan(const char *text, uint16_t tpid, struct frame_vlan *out); /* VID[:PCP[:dei]] */
int value_dsa(const char *text, struct dsa_tag *out);      /* MODE[,device=N][,port=N]... */
int value_tlv(const char *text, struct exchange_tlv *out); /* MESSAGES:TYPE:OCTETS */

#endif
