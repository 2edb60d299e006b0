/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "insn.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void operand(char out[32], const struct cbpf_op *op, uint32_t n, uint32_t k)
{
	const struct cbpf_ancillary *a = op->operand == OPERAND_ABS ? cbpf_ancillary_find(k) : NULL;

	out[0] = 0;
	switch (op->operand) {
	case OPERAND_NONE:
	case OPERAND_A:
		break;
	case OPERAND_ABS:
		if (a)
			snprintf(out, 32, "[%s]", a->tcpdump);
		else
			snprintf(out, 32, "[%d]", (int32_t)k);
		break;
	case OPERAND_IND:
		snprintf(out, 32, "[x + %d]", (int32_t)k);
		break;
	case OPERAND_HEX:
		snprintf(out, 32, "#0x%x", k);
		break;
	case OPERAND_DEC:
		snprintf(out, 32, "#%d", (int32_t)k);
		break;
	case OPERAND_MSH:
		snprintf(out, 32, "4*([%d]&0xf)", (int32_t)k);
		break;
	case OPERAND_MEM:
		snprintf(out, 32, "M[%d]", (int32_t)k);
		break;
	case OPERAND_X:
		strcpy(out, "x");
		break;
	case OPERAND_LEN:
		strcpy(out, "#pktlen");
		break;
	case OPERAND_TARGET:
		snprintf(out, 32, "%d", (int32_t)(n + 1 + k));
		break;
	}
}

void cbpf_image(char out[CBPF_IMAGE_SIZE], const struct sock_filter *insn, uint32_t n)
{
	static const struct cbpf_op unknown = {0, "unimp", OPERAND_NONE};
	const struct cbpf_op *op = cbpf_op_find(insn->code);
	char text[32];

	/* libpcap does not list this one (it has no `ldx len` of its own), though Linux takes it.
	 */
	if (!op || op->code == (BPF_LDX | BPF_W | BPF_LEN))
		op = &unknown;
	operand(text, op, n, insn->k);
	if (op == &unknown)
		snprintf(text, sizeof(text), "0x%x", insn->code);
	if (cbpf_is_branch(insn->code))
		snprintf(out, CBPF_IMAGE_SIZE, "(%03u) %-8s %-16s jt %u\tjf %u", n, op->name, text,
			 n + 1 + insn->jt, n + 1 + insn->jf);
	else
		snprintf(out, CBPF_IMAGE_SIZE, "(%03u) %-8s %s", n, op->name, text);
}

static void put(FILE *f, const struct cbpf_prog *prog, enum cbpf_form form)
{
	const struct sock_filter *i = prog->insns;
	char image[CBPF_IMAGE_SIZE];

	if (form == CBPF_FORM_DDD)
		fprintf(f, "%u\n", prog->len);
	for (uint32_t n = 0; n < prog->len; n++, i++) {
		switch (form) {
		case CBPF_FORM_DD:
			fprintf(f, "{ 0x%x, %u, %u, 0x%08x },\n", i->code, i->jt, i->jf, i->k);
			break;
		case CBPF_FORM_DDD:
			fprintf(f, "%u %u %u %u\n", i->code, i->jt, i->jf, i->k);
			break;
		default:
			cbpf_image(image, i, n);
			fprintf(f, "%s\n", image);
		}
	}
}

/* A listing shows only what an instruction uses: true when that is all there is. */
static bool listed_whole(const struct sock_filter *insn)
{
	const struct cbpf_op *op = cbpf_op_find(insn->code);
	bool shows_k = op && op->operand != OPERAND_NONE && op->operand != OPERAND_A &&
		       op->operand != OPERAND_X && op->operand != OPERAND_LEN;

	if (!cbpf_is_branch(insn->code) && (insn->jt || insn->jf))
		return false;
	return shows_k || !insn->k;
}

bool cbpf_listing_shows_all(const struct cbpf_prog *prog, uint32_t *first)
{
	for (uint32_t n = 0; n < prog->len; n++)
		if (!listed_whole(&prog->insns[n])) {
			*first = n;
			return false;
		}
	return true;
}

int cbpf_write(char **out, const struct cbpf_prog *prog, enum cbpf_form form)
{
	size_t size;
	char *text;
	FILE *f = open_memstream(&text, &size);

	if (!f)
		return -ENOMEM;
	put(f, prog, form);
	if (fclose(f))
		return -ENOMEM;
	*out = text;
	return 0;
}

static const struct {
	const char *name;
	enum cbpf_form form;
} forms[] = {
	{"d", CBPF_FORM_D},
	{"dd", CBPF_FORM_DD},
	{"ddd", CBPF_FORM_DDD},
};

int cbpf_form(const char *name, enum cbpf_form *out, struct cbpf_error *err)
{
	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++)
		if (!strcmp(forms[i].name, name)) {
			*out = forms[i].form;
			return 0;
		}
	return cbpf_error_set(err, -EINVAL, "there is no form '%.20s'; the forms are d, dd and ddd",
			      name);
}
