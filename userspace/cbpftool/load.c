/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "load.h"

#include "check.h"

int load_checked(const struct source *src, const struct feed *f, struct cbpf_prog *out)
{
	struct cbpf_finding finding;
	int status = source_load_for(src, feed_dlt(f), f->record.number, out);

	if (status)
		return status;
	if (cbpf_check(out, 0, &finding))
		return EXIT_YES;
	cbpf_free(out);
	return cli_fail("Linux refuses this program: %s", finding.text);
}

int load_packet(struct feed *f, uint64_t number)
{
	uint64_t last = f->record.number;
	int more;

	while ((more = feed_next(f)) > 0) {
		if (f->record.number == number)
			return EXIT_YES;
		last = f->record.number;
	}
	if (more < 0)
		return EXIT_NO;
	return cli_fail("there is no packet %llu: the capture has %llu", (unsigned long long)number,
			(unsigned long long)last);
}

void image_line(char out[CBPF_IMAGE_SIZE], const struct cbpf_prog *prog, uint32_t n)
{
	cbpf_image(out, &prog->insns[n], n);
	for (char *p = out; *p; p++)
		if (*p == '\t')
			*p = ' ';
}
