/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The object file, put together in memory: eight sections, three symbols, one relocation. The map
 * is defined in BTF: libbpf 1.0 refuses the older way ("legacy map definitions in 'maps' section
 * are not supported by libbpf v1.0+"). */
#include "xdp.h"

#include "insn.h"

#include <bpf/btf.h>
#include <elf.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { S_NULL, S_XDP, S_LICENSE, S_MAPS, S_BTF, S_REL, S_SYMTAB, S_STRTAB, S_COUNT };
static const char *const section_names[S_COUNT] = {"",     "xdp",     "license", ".maps",
						   ".BTF", ".relxdp", ".symtab", ".strtab"};
static const char license[] = "GPL";

enum { MEMBERS = 4, MAP_SIZE = MEMBERS * 8 };
enum { Y_NULL, Y_PROG, Y_MAP, Y_LICENSE, Y_COUNT };

struct object {
	Elf64_Ehdr header;
	Elf64_Shdr sections[S_COUNT];
	Elf64_Sym symbols[Y_COUNT];
	Elf64_Rel relocation;
	char strings[256];
	uint32_t strings_len;
	const void *data[S_COUNT];
};

static uint32_t add_string(struct object *o, const char *text)
{
	uint32_t at = o->strings_len;

	memcpy(o->strings + at, text, strlen(text) + 1);
	o->strings_len += (uint32_t)strlen(text) + 1;
	return at;
}

/* One member of the map's definition: its type is a pointer to an array of `value` elements. */
static int add_member(struct btf *btf, int int_id, uint32_t value)
{
	int id = btf__add_array(btf, int_id, int_id, value);

	return id < 0 ? id : btf__add_ptr(btf, id);
}

static int describe_map(struct btf *btf)
{
	static const struct {
		const char *name;
		uint32_t value;
	} members[MEMBERS] = {
		{"type", BPF_MAP_TYPE_PERCPU_ARRAY},
		{"key_size", sizeof(uint32_t)},
		{"value_size", sizeof(struct cbpf_xdp_counter)},
		{"max_entries", CBPF_XDP_COUNTERS},
	};
	int types[MEMBERS], id = btf__add_int(btf, "int", 4, BTF_INT_SIGNED), ret = id;

	for (int i = 0; i < MEMBERS && ret >= 0; i++)
		ret = types[i] = add_member(btf, id, members[i].value);
	if (ret >= 0)
		ret = id = btf__add_struct(btf, NULL, MAP_SIZE);
	for (int i = 0; i < MEMBERS && ret >= 0; i++)
		ret = btf__add_field(btf, members[i].name, types[i], (uint32_t)i * 64, 0);
	if (ret >= 0)
		ret = id = btf__add_var(btf, "counters", BTF_VAR_GLOBAL_ALLOCATED, id);
	if (ret >= 0)
		ret = btf__add_datasec(btf, ".maps", MAP_SIZE);
	if (ret >= 0)
		ret = btf__add_datasec_var_info(btf, id, 0, MAP_SIZE);
	return ret < 0 ? ret : 0;
}

static void add_symbol(struct object *o, int index, const char *name, uint8_t type,
		       uint16_t section, uint64_t size)
{
	o->symbols[index] = (Elf64_Sym){.st_name = add_string(o, name),
					.st_info = ELF64_ST_INFO(STB_GLOBAL, type),
					.st_shndx = section,
					.st_size = size};
}

static void set_section(struct object *o, int index, uint32_t type, uint64_t flags,
			const void *data, uint64_t size)
{
	Elf64_Shdr *s = &o->sections[index];

	s->sh_name = add_string(o, section_names[index]);
	s->sh_type = type;
	s->sh_flags = flags;
	s->sh_size = size;
	s->sh_addralign = index == S_XDP || index == S_REL || index == S_SYMTAB ? 8 : 1;
	o->data[index] = data;
}

static void lay_out(struct object *o, const struct bpf_insn *insns, uint32_t len, uint32_t map_insn,
		    const void *btf, uint32_t btf_len)
{
	static const uint8_t zeroes[MAP_SIZE];
	uint64_t at = sizeof(o->header);

	o->strings_len = 1;
	add_symbol(o, Y_PROG, XDP_PROG_NAME, STT_FUNC, S_XDP, len * sizeof(*insns));
	add_symbol(o, Y_MAP, "counters", STT_OBJECT, S_MAPS, MAP_SIZE);
	add_symbol(o, Y_LICENSE, "_license", STT_OBJECT, S_LICENSE, sizeof(license));
	o->relocation = (Elf64_Rel){map_insn * sizeof(*insns), ELF64_R_INFO(Y_MAP, 1)};
	set_section(o, S_XDP, SHT_PROGBITS, SHF_ALLOC | SHF_EXECINSTR, insns, len * sizeof(*insns));
	set_section(o, S_LICENSE, SHT_PROGBITS, SHF_ALLOC | SHF_WRITE, license, sizeof(license));
	set_section(o, S_MAPS, SHT_PROGBITS, SHF_ALLOC | SHF_WRITE, zeroes, MAP_SIZE);
	set_section(o, S_BTF, SHT_PROGBITS, 0, btf, btf_len);
	set_section(o, S_REL, SHT_REL, 0, &o->relocation, sizeof(o->relocation));
	set_section(o, S_SYMTAB, SHT_SYMTAB, 0, o->symbols, sizeof(o->symbols));
	set_section(o, S_STRTAB, SHT_STRTAB, 0, o->strings, 0);
	o->sections[S_STRTAB].sh_size = o->strings_len;
	o->sections[S_REL].sh_link = S_SYMTAB;
	o->sections[S_REL].sh_info = S_XDP;
	o->sections[S_REL].sh_entsize = sizeof(o->relocation);
	o->sections[S_SYMTAB].sh_link = S_STRTAB;
	o->sections[S_SYMTAB].sh_info = 1; /* the first global symbol */
	o->sections[S_SYMTAB].sh_entsize = sizeof(o->symbols[0]);
	for (int i = 1; i < S_COUNT; i++) {
		at = (at + 7) & ~7ULL;
		o->sections[i].sh_offset = at;
		at += o->sections[i].sh_size;
	}
	o->header = (Elf64_Ehdr){
		.e_ident = {ELFMAG0, ELFMAG1, ELFMAG2, ELFMAG3, ELFCLASS64,
			    __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__ ? ELFDATA2MSB : ELFDATA2LSB,
			    EV_CURRENT},
		.e_type = ET_REL,
		.e_machine = EM_BPF,
		.e_version = EV_CURRENT,
		.e_shoff = (at + 7) & ~7ULL,
		.e_ehsize = sizeof(o->header),
		.e_shentsize = sizeof(o->sections[0]),
		.e_shnum = S_COUNT,
		.e_shstrndx = S_STRTAB,
	};
}

static bool put_at(FILE *f, uint64_t at, const void *data, size_t len)
{
	return !fseek(f, (long)at, SEEK_SET) && (!len || fwrite(data, len, 1, f) == 1);
}

static int store(const struct object *o, const char *path)
{
	FILE *f = fopen(path, "wx");
	bool good = f;

	if (!f)
		return -errno;
	good = put_at(f, 0, &o->header, sizeof(o->header));
	for (int i = 1; i < S_COUNT && good; i++)
		good = put_at(f, o->sections[i].sh_offset, o->data[i], o->sections[i].sh_size);
	good = good && put_at(f, o->header.e_shoff, o->sections, sizeof(o->sections));
	if (fclose(f) || !good) {
		int ret = errno ? -errno : -EIO;

		unlink(path);
		return ret;
	}
	return 0;
}

/* The map's address is a relocation, so what stands in the instruction is nothing. */
static struct bpf_insn *without_map(const struct cbpf_ebpf *ebpf)
{
	struct bpf_insn *insns = malloc(ebpf->len * sizeof(*insns));

	if (insns) {
		memcpy(insns, ebpf->insns, ebpf->len * sizeof(*insns));
		insns[ebpf->map_insn].src_reg = 0;
		insns[ebpf->map_insn].imm = 0;
	}
	return insns;
}

/* The file takes the place of what has its name; a device or a pipe must not lose its own. */
static bool takes_a_place(const char *path)
{
	struct stat st;

	return !stat(path, &st) && !S_ISREG(st.st_mode);
}

int xdp_object_write(const char *path, const struct cbpf_ebpf *ebpf, struct cbpf_error *err)
{
	struct bpf_insn *insns;
	struct btf *btf;
	struct object o = {0};
	const void *raw = NULL;
	char *part = NULL;
	uint32_t raw_len;
	int ret = -ENOMEM;

	if (takes_a_place(path))
		return cbpf_error_set(err, -EINVAL,
				      "%s is no regular file, and an object file has to be one",
				      path);
	insns = without_map(ebpf);
	btf = btf__new_empty();
	if (insns && btf && !describe_map(btf))
		raw = btf__raw_data(btf, &raw_len);
	if (raw && asprintf(&part, "%s.part%d", path, (int)getpid()) < 0)
		part = NULL;
	if (part) {
		lay_out(&o, insns, ebpf->len, ebpf->map_insn, raw, raw_len);
		ret = store(&o, part);
		if (!ret && rename(part, path)) {
			ret = -errno;
			unlink(part);
		}
	}
	if (ret)
		cbpf_error_set(err, ret, "%s cannot be written: %s", path, strerror(-ret));
	free(part);
	free(insns);
	btf__free(btf);
	return ret;
}
