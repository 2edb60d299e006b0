/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A checked program and its packets: what trace, debug, cover and graph begin with. */
#ifndef LOAD_H
#define LOAD_H

#include "feed.h"

/* The program for the link type of the feed's packet at hand (or first), which Linux takes;
 * EXIT_YES or a status after its sentence. */
int load_checked(const struct source *src, const struct feed *f, struct cbpf_prog *out);
/* Goes on to packet `number`: EXIT_YES with it in f->record, or a status after its sentence. */
int load_packet(struct feed *f, uint64_t number);
/* cbpf_image() with a blank for its tab: for lines with something behind. */
void image_line(char out[CBPF_IMAGE_SIZE], const struct cbpf_prog *prog, uint32_t n);

#endif
