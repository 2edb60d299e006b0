/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The catalogue's text files as the Makefile puts them into the library; ends with a NULL name. */
#ifndef CATALOGUE_TEXT_H
#define CATALOGUE_TEXT_H

struct catalogue_text {
	const char *name, *text;
};
extern const struct catalogue_text catalogue_texts[];

#endif
