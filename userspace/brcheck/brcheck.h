/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The commands of brcheck; each takes its arguments and returns an exit status. */
#ifndef BRCHECK_H
#define BRCHECK_H

int cmd_verify(int argc, char **argv);
int cmd_replay(int argc, char **argv);
int cmd_compare(int argc, char **argv);
int cmd_dut(int argc, char **argv);

#endif
