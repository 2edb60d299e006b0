/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "write.h"

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

static void put_listing(FILE *f, const struct cbpf_prog *prog, bool trailing_blanks)
{
	char image[CBPF_IMAGE_SIZE];

	for (uint32_t n = 0; n < prog->len; n++) {
		size_t len;

		cbpf_image(image, &prog->insns[n], n);
		len = strlen(image);
		while (!trailing_blanks && len && image[len - 1] == ' ')
			image[--len] = 0;
		fprintf(f, "%s\n", image);
	}
}

/* One line, or one piece, per instruction. */
static void put_each(FILE *f, const struct cbpf_prog *prog, const char *fmt)
{
	for (uint32_t n = 0; n < prog->len; n++) {
		const struct sock_filter *i = &prog->insns[n];

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
		fprintf(f, fmt, i->code, i->jt, i->jf, i->k);
#pragma GCC diagnostic pop
	}
}

static void put_commas(FILE *f, const struct cbpf_prog *prog)
{
	fprintf(f, "%u", prog->len);
	put_each(f, prog, ",%u %u %u %u");
	fputc('\n', f);
}

static void put_c(FILE *f, const struct cbpf_prog *prog)
{
	fprintf(f, "struct sock_filter filter[%u] = {\n", prog->len);
	put_each(f, prog, "\t{ 0x%x, %u, %u, 0x%08x },\n");
	fputs("};\n", f);
}

static void put_ss(FILE *f, const struct cbpf_prog *prog)
{
	fprintf(f, "bpf filter (%u): ", prog->len);
	put_each(f, prog, " 0x%02x %u %u %u,");
	fputc('\n', f);
}

static void put_raw(FILE *f, const struct cbpf_prog *prog, bool le)
{
	for (uint32_t n = 0; n < prog->len; n++) {
		const struct sock_filter *i = &prog->insns[n];
		const uint8_t code[2] = {(uint8_t)i->code, (uint8_t)(i->code >> 8)};

		fputc(code[!le], f);
		fputc(code[le], f);
		fputc(i->jt, f);
		fputc(i->jf, f);
		for (int b = 0; b < 4; b++)
			fputc((uint8_t)(i->k >> 8 * (le ? b : 3 - b)), f);
	}
}

static int put(FILE *f, const struct cbpf_prog *prog, enum cbpf_form form)
{
	switch (form) {
	case CBPF_FORM_DD:
		put_each(f, prog, "{ 0x%x, %u, %u, 0x%08x },\n");
		break;
	case CBPF_FORM_DDD:
		fprintf(f, "%u\n", prog->len);
		put_each(f, prog, "%u %u %u %u\n");
		break;
	case CBPF_FORM_COMMA:
		put_commas(f, prog);
		break;
	case CBPF_FORM_ASM:
		return cbpf_put_asm(f, prog);
	case CBPF_FORM_C:
		put_c(f, prog);
		break;
	case CBPF_FORM_SS:
		put_ss(f, prog);
		break;
	case CBPF_FORM_RAW_LE:
	case CBPF_FORM_RAW_BE:
		put_raw(f, prog, form == CBPF_FORM_RAW_LE);
		break;
	default:
		put_listing(f, prog, form != CBPF_FORM_D_1_11);
	}
	return 0;
}

/* A listing shows only what an instruction uses: true when that is all there is. */
bool cbpf_listed_whole(const struct sock_filter *insn)
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
		if (!cbpf_listed_whole(&prog->insns[n])) {
			*first = n;
			return false;
		}
	return true;
}

int cbpf_write(char **out, size_t *len, const struct cbpf_prog *prog, enum cbpf_form form)
{
	size_t size;
	char *text;
	FILE *f = open_memstream(&text, &size);
	int ret;

	if (!f)
		return -ENOMEM;
	ret = put(f, prog, form);
	if (fclose(f))
		ret = -ENOMEM;
	if (ret) {
		free(text);
		return ret;
	}
	*out = text;
	if (len)
		*len = size;
	return 0;
}

static const struct {
	const char *name;
	enum cbpf_form form;
} forms[] = {
	{"d", CBPF_FORM_D},           {"d1.11", CBPF_FORM_D_1_11}, {"dd", CBPF_FORM_DD},
	{"ddd", CBPF_FORM_DDD},       {"comma", CBPF_FORM_COMMA},  {"asm", CBPF_FORM_ASM},
	{"c", CBPF_FORM_C},           {"ss", CBPF_FORM_SS},        {"raw-le", CBPF_FORM_RAW_LE},
	{"raw-be", CBPF_FORM_RAW_BE},
};

int cbpf_form(const char *name, enum cbpf_form *out, struct cbpf_error *err)
{
	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++)
		if (!strcmp(forms[i].name, name)) {
			*out = forms[i].form;
			return 0;
		}
	return cbpf_error_set(
		err, -EINVAL,
		"there is no form '%.20s'; the forms are d, d1.11, dd, ddd, comma, asm, c, ss, "
		"raw-le and raw-be",
		name);
}
