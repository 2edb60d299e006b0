/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "refused.h"

#include <stdlib.h>
#include <string.h>

struct refused_port {
	uint32_t ifindex;
	bool again; /* it is time to try again */
	char *why;
};

static struct refused_port *find(const struct refused *r, uint32_t ifindex)
{
	size_t i;

	for (i = 0; i < r->n; i++)
		if (r->ports[i].ifindex == ifindex)
			return &r->ports[i];
	return NULL;
}

bool refused_has(const struct refused *r, uint32_t ifindex)
{
	const struct refused_port *p = find(r, ifindex);

	return p && !p->again;
}

static void keep_why(struct refused_port *p, const char *why)
{
	free(p->why);
	p->why = strdup(why);
}

bool refused_add(struct refused *r, uint32_t ifindex, const char *why)
{
	struct refused_port *p = find(r, ifindex);

	if (p) {
		p->again = false;
		keep_why(p, why);
		return false;
	}
	p = realloc(r->ports, (r->n + 1) * sizeof(*p));
	if (!p)
		return false;
	r->ports = p;
	r->ports[r->n] = (struct refused_port){.ifindex = ifindex};
	keep_why(&r->ports[r->n++], why);
	return true;
}

uint32_t refused_at(const struct refused *r, size_t index, const char **why)
{
	if (index >= r->n)
		return 0;
	*why = r->ports[index].why ? r->ports[index].why : "";
	return r->ports[index].ifindex;
}

void refused_forget(struct refused *r, uint32_t ifindex)
{
	struct refused_port *p = find(r, ifindex);

	if (!p)
		return;
	free(p->why);
	*p = r->ports[--r->n];
}

void refused_try_again(struct refused *r, const struct ktable *table)
{
	size_t i = 0;

	while (i < r->n) {
		r->ports[i].again = true;
		if (ktable_link(table, r->ports[i].ifindex))
			i++;
		else
			refused_forget(r, r->ports[i].ifindex);
	}
}

void refused_free(struct refused *r)
{
	while (r->n)
		refused_forget(r, r->ports[0].ifindex);
	free(r->ports);
	*r = (struct refused){0};
}
