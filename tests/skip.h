/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A unit test that cannot run here, and why: tests/run takes the line before cmocka's own ("not ok
 * 5 # SKIP test_captures") as the reason. After cmocka.h. */
#ifndef TESTS_SKIP_H
#define TESTS_SKIP_H

#define skip_because(...)                                                                          \
	do {                                                                                       \
		print_message("# skip: " __VA_ARGS__);                                             \
		print_message("\n");                                                               \
		skip();                                                                            \
	} while (0)

#endif
