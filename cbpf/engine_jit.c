/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Each instruction becomes a block of LLVM IR; A, X and M[] are variables that LLVM turns into
 * registers. What is rare (a load that counts from a header, metadata) calls the VM's own
 * functions.
 *
 * The library is opened by dlopen(): linked, it would cost every run of every command 14 ms, which
 * is what the loader needs for it. */
#include "engine_jit.h"

#include "check.h"
#include "flow.h"
#include "insn.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#ifdef HAVE_LLVM
#include <dlfcn.h>
#include <linux/if_ether.h>
#include <llvm-c/Core.h>
#include <llvm-c/ExecutionEngine.h>
#include <llvm-c/Support.h>
#include <llvm-c/Target.h>
#include <llvm-c/Transforms/PassBuilder.h>
#include <llvm/Config/llvm-config.h>
#include <stddef.h>

#define TEXT_OF(x) #x
#define TEXT(x) TEXT_OF(x)
#define LIBRARY "libLLVM-" TEXT(LLVM_VERSION_MAJOR) ".so.1"

/* What is used of the library, by its names without "LLVM". */
/* clang-format off */
#define CALLS(X) \
	X(AddFunction) X(AppendBasicBlockInContext) X(BuildAdd) X(BuildAlloca) X(BuildAnd) \
	X(BuildBitCast) X(BuildBr) X(BuildCall2) X(BuildCondBr) X(BuildGEP2) X(BuildICmp) \
	X(BuildLShr) X(BuildLoad2) X(BuildMul) X(BuildNeg) X(BuildOr) X(BuildRet) \
	X(BuildRetVoid) X(BuildShl) X(BuildStore) X(BuildSub) X(BuildUDiv) X(BuildURem) \
	X(BuildXor) X(BuildZExt) X(ConstInt) X(ConstIntToPtr) X(ConsumeError) \
	X(ContextCreate) X(ContextDispose) X(CreateBuilderInContext) \
	X(CreateMCJITCompilerForModule) X(CreatePassBuilderOptions) X(DisposeBuilder) \
	X(DisposeExecutionEngine) X(DisposeMessage) X(DisposeModule) \
	X(DisposePassBuilderOptions) X(FunctionType) X(GetFunctionAddress) \
	X(GetIntrinsicDeclaration) X(GetMDKindIDInContext) X(GetParam) \
	X(InitializeMCJITCompilerOptions) X(Int16TypeInContext) X(Int32TypeInContext) \
	X(Int64TypeInContext) X(Int8TypeInContext) X(IntrinsicGetType) X(LinkInMCJIT) \
	X(LookupIntrinsicID) X(MDNodeInContext2) X(MetadataAsValue) \
	X(ModuleCreateWithNameInContext) X(ParseCommandLineOptions) X(PointerType) \
	X(PositionBuilderAtEnd) X(RunPasses) X(SetAlignment) X(SetLinkage) X(SetMetadata) \
	X(ValueAsMetadata) X(VoidTypeInContext)
/* clang-format on */

struct llvm {
#define MEMBER(name) __typeof__(LLVM##name) *name;
	CALLS(MEMBER)
};

static struct llvm ll;

static bool find_calls(void *library)
{
#define FIND(name)                                                                                 \
	ll.name = (__typeof__(ll.name))dlsym(library, "LLVM" #name);                               \
	if (!ll.name)                                                                              \
		return false;
	CALLS(FIND)
	return true;
}

/* The processor this runs on: "LLVMInitializeX86Target" and its three companions. */
static bool initialize_target(void *library)
{
	static const char *const names[] = {TEXT(LLVM_NATIVE_TARGETINFO), TEXT(LLVM_NATIVE_TARGET),
					    TEXT(LLVM_NATIVE_TARGETMC),
					    TEXT(LLVM_NATIVE_ASMPRINTER)};

	for (int i = 0; i < 4; i++) {
		void (*initialize)(void) = (void (*)(void))dlsym(library, names[i]);

		if (!initialize)
			return false;
		initialize();
	}
	return true;
}

/* Once; the library stays open to the end. */
static int open_library(struct cbpf_error *err)
{
	/* Conditions are joined rather than branched on: what a filter asks of traffic is hard to
	 * foretell, and a branch foretold wrongly costs more than ten instructions. */
	static const char *const arguments[] = {"cbpf", "-bonus-inst-threshold=20",
						"-phi-node-folding-threshold=10"};
	static void *library;

	if (library)
		return 0;
	library = dlopen(LIBRARY, RTLD_NOW | RTLD_LOCAL);
	if (!library)
		return cbpf_error_set(err, -ENOENT,
				      LIBRARY " cannot be opened; Debian's package libllvm" TEXT(
					      LLVM_VERSION_MAJOR) " has it");
	if (!find_calls(library) || !initialize_target(library)) {
		dlclose(library);
		library = NULL;
		return cbpf_error_set(err, -ENOENT, LIBRARY " lacks what it should have");
	}
	ll.LinkInMCJIT();
	ll.ParseCommandLineOptions(sizeof(arguments) / sizeof(*arguments), arguments, NULL);
	return 0;
}

struct jit {
	LLVMContextRef context;
	LLVMExecutionEngineRef engine;
	void (*filter)(const struct cbpf_packet *pkts, uint64_t count, uint32_t *rets);
};

/* How many loads behind one header are done at once. */
enum { BEHIND_MAX = 4 };

struct compiler {
	const struct cbpf_prog *prog;
	LLVMContextRef context;
	LLVMModuleRef module;
	LLVMBuilderRef b;
	LLVMTypeRef i8, i16, i32, i64, pointer, type; /* type: the function's */
	LLVMValueRef fn, data, caplen, packet;        /* caplen: 64 bits */
	LLVMValueRef a, x, m[BPF_MEMWORDS], scratch;
	LLVMBasicBlockRef *blocks, zero; /* one an instruction; return 0 */
	uint32_t there;                  /* bytes known to be there: no check up to that */
	/* Loads behind an IPv4 header, done as soon as its length is known: see find_behind(). */
	struct behind {
		uint32_t k, size;
		LLVMValueRef value;
	} behind[BEHIND_MAX];
	uint32_t behind_count, behind_end;
	LLVMBasicBlockRef checked; /* where the program begins with every check; NULL: here */
};

/* ---- what the code calls back ---- */
static uint32_t far_load(const struct cbpf_packet *pkt, uint32_t offset, uint32_t size,
			 uint32_t *out)
{
	return cbpf_load(pkt, cbpf_resolve(pkt, offset), size, out);
}

static uint32_t ancillary(const struct cbpf_packet *pkt, uint32_t offset, uint32_t x, uint32_t *a)
{
	return cbpf_load_ancillary(pkt, offset, x, a);
}

/* ---- pieces ---- */
static LLVMValueRef number(const struct compiler *c, uint32_t v)
{
	return ll.ConstInt(c->i32, v, 0);
}

static LLVMValueRef get(const struct compiler *c, LLVMValueRef variable)
{
	return ll.BuildLoad2(c->b, c->i32, variable, "");
}

static void set(const struct compiler *c, LLVMValueRef variable, LLVMValueRef value)
{
	ll.BuildStore(c->b, value, variable);
}

static LLVMValueRef wide(const struct compiler *c, LLVMValueRef value)
{
	return ll.BuildZExt(c->b, value, c->i64, "");
}

static LLVMBasicBlockRef new_block(const struct compiler *c)
{
	return ll.AppendBasicBlockInContext(c->context, c->fn, "");
}

/* A member of struct cbpf_packet. */
static LLVMValueRef field(const struct compiler *c, size_t offset, LLVMTypeRef type)
{
	LLVMValueRef at = ll.ConstInt(c->i64, offset, 0);

	at = ll.BuildGEP2(c->b, c->i8, c->packet, &at, 1, "");
	return ll.BuildLoad2(c->b, type, ll.BuildBitCast(c->b, at, ll.PointerType(type, 0), ""),
			     "");
}

/* Goes on in a new block when `condition` holds, else in `otherwise`. */
static void go_on_if(const struct compiler *c, LLVMValueRef condition, LLVMBasicBlockRef otherwise)
{
	LLVMBasicBlockRef on = new_block(c);

	ll.BuildCondBr(c->b, condition, on, otherwise);
	ll.PositionBuilderAtEnd(c->b, on);
}

/* Calls one of the two functions above; A or a loaded value goes through `scratch`. */
static LLVMValueRef call_back(const struct compiler *c,
			      uint32_t (*function)(const struct cbpf_packet *, uint32_t, uint32_t,
						   uint32_t *),
			      LLVMValueRef offset, LLVMValueRef second)
{
	LLVMTypeRef params[] = {c->pointer, c->i32, c->i32, ll.PointerType(c->i32, 0)};
	LLVMTypeRef type = ll.FunctionType(c->i32, params, 4, 0);
	LLVMValueRef address = ll.ConstIntToPtr(ll.ConstInt(c->i64, (uintptr_t)function, 0),
						ll.PointerType(type, 0));
	LLVMValueRef args[] = {c->packet, offset, second, c->scratch};

	return ll.BuildICmp(c->b, LLVMIntNE, ll.BuildCall2(c->b, type, address, args, 4, ""),
			    number(c, 0), "");
}

/* `size` bytes at a 64-bit offset that is known to be within the packet, in host order. */
static LLVMValueRef read_bytes(const struct compiler *c, LLVMValueRef offset, uint32_t size)
{
	LLVMTypeRef type = size == 4 ? c->i32 : size == 2 ? c->i16 : c->i8;
	LLVMValueRef at = ll.BuildGEP2(c->b, c->i8, c->data, &offset, 1, ""), v;

	v = ll.BuildLoad2(c->b, type, ll.BuildBitCast(c->b, at, ll.PointerType(type, 0), ""), "");
	ll.SetAlignment(v, 1);
	if (size > 1 && __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__) {
		unsigned int id = ll.LookupIntrinsicID("llvm.bswap", sizeof("llvm.bswap") - 1);
		LLVMValueRef swap = ll.GetIntrinsicDeclaration(c->module, id, &type, 1);

		v = ll.BuildCall2(c->b, ll.IntrinsicGetType(c->context, id, &type, 1), swap, &v, 1,
				  "");
	}
	return size == 4 ? v : ll.BuildZExt(c->b, v, c->i32, "");
}

static LLVMValueRef within(const struct compiler *c, LLVMValueRef offset, uint32_t size)
{
	LLVMValueRef end = ll.BuildAdd(c->b, offset, ll.ConstInt(c->i64, size, 0), "");

	return ll.BuildICmp(c->b, LLVMIntULE, end, c->caplen, "");
}

/* ---- instructions ---- */
static LLVMValueRef load_far(const struct compiler *c, LLVMValueRef offset, uint32_t size)
{
	go_on_if(c, call_back(c, far_load, offset, number(c, size)), c->zero);
	return get(c, c->scratch);
}

static LLVMValueRef load_fixed(const struct compiler *c, uint32_t k, uint32_t size)
{
	LLVMValueRef offset = ll.ConstInt(c->i64, k, 0);

	if (k > INT32_MAX)
		return load_far(c, number(c, k), size);
	if (k + size > c->there)
		go_on_if(c, within(c, offset, size), c->zero);
	return read_bytes(c, offset, size);
}

/* With the header's length in X: all loads behind it, or, where the packet is too short for one of
 * them, the program again from its beginning, with every check. */
static void load_behind(const struct compiler *c)
{
	LLVMValueRef x = wide(c, get(c, c->x));

	go_on_if(c, within(c, x, c->behind_end), c->checked);
	for (uint32_t i = 0; i < c->behind_count; i++) {
		const struct behind *b = &c->behind[i];
		LLVMValueRef offset = ll.BuildAdd(c->b, x, ll.ConstInt(c->i64, b->k, 0), "");

		set(c, b->value, read_bytes(c, offset, b->size));
	}
}

static bool is_behind(const struct compiler *c, const struct sock_filter *i, LLVMValueRef *value)
{
	for (uint32_t j = 0; j < c->behind_count && c->checked; j++) {
		if (c->behind[j].k != i->k || c->behind[j].size != cbpf_load_size(i->code))
			continue;
		*value = c->behind[j].value;
		return true;
	}
	return false;
}

/* An address below 2^31 is an offset; others, which a packet of less than 2^31 bytes never holds,
 * go the long way. */
static void load_indirect(const struct compiler *c, uint32_t n)
{
	const struct sock_filter *i = &c->prog->insns[n];
	LLVMValueRef address = ll.BuildAdd(c->b, get(c, c->x), number(c, i->k), "");
	LLVMBasicBlockRef outside;
	LLVMValueRef negative, value;

	if (is_behind(c, i, &value)) {
		set(c, c->a, get(c, value));
		return;
	}
	outside = new_block(c);
	go_on_if(c, within(c, wide(c, address), cbpf_load_size(i->code)), outside);
	set(c, c->a, read_bytes(c, wide(c, address), cbpf_load_size(i->code)));
	ll.BuildBr(c->b, c->blocks[n + 1]);
	ll.PositionBuilderAtEnd(c->b, outside);
	negative = ll.BuildICmp(c->b, LLVMIntSLT, address, number(c, 0), "");
	go_on_if(c, negative, c->zero);
	set(c, c->a, load_far(c, address, cbpf_load_size(i->code)));
}

static void load_ancillary(const struct compiler *c, uint32_t offset)
{
	LLVMBasicBlockRef ends = new_block(c), here = new_block(c);
	LLVMValueRef there;

	set(c, c->scratch, get(c, c->a));
	there = call_back(c, ancillary, number(c, offset), get(c, c->x));
	ll.BuildCondBr(c->b, there, here, ends);
	ll.PositionBuilderAtEnd(c->b, ends); /* no device: the program returns A */
	ll.BuildRet(c->b, get(c, c->scratch));
	ll.PositionBuilderAtEnd(c->b, here);
	set(c, c->a, get(c, c->scratch));
}

static void load(const struct compiler *c, uint32_t n)
{
	const struct sock_filter *i = &c->prog->insns[n];
	const struct cbpf_ancillary *ad;
	LLVMValueRef reg = BPF_CLASS(i->code) == BPF_LDX ? c->x : c->a, low;

	switch (BPF_MODE(i->code)) {
	case BPF_IMM:
		set(c, reg, number(c, i->k));
		break;
	case BPF_MEM:
		set(c, reg, get(c, c->m[i->k]));
		break;
	case BPF_LEN:
		set(c, reg, field(c, offsetof(struct cbpf_packet, len), c->i32));
		break;
	case BPF_IND:
		load_indirect(c, n);
		break;
	case BPF_MSH:
		low = ll.BuildAnd(c->b, load_fixed(c, i->k, 1), number(c, 0xf), "");
		set(c, reg, ll.BuildShl(c->b, low, number(c, 2), ""));
		if (c->checked && c->behind_count)
			load_behind(c);
		break;
	default:
		ad = cbpf_ancillary_find(i->k);
		if (ad)
			load_ancillary(c, ad->offset);
		else
			set(c, reg, load_fixed(c, i->k, cbpf_load_size(i->code)));
	}
}

static LLVMValueRef operate(const struct compiler *c, uint8_t op, LLVMValueRef a, LLVMValueRef v)
{
	switch (op) {
	case BPF_ADD:
		return ll.BuildAdd(c->b, a, v, "");
	case BPF_SUB:
		return ll.BuildSub(c->b, a, v, "");
	case BPF_MUL:
		return ll.BuildMul(c->b, a, v, "");
	case BPF_DIV:
		return ll.BuildUDiv(c->b, a, v, "");
	case BPF_MOD:
		return ll.BuildURem(c->b, a, v, "");
	case BPF_OR:
		return ll.BuildOr(c->b, a, v, "");
	case BPF_AND:
		return ll.BuildAnd(c->b, a, v, "");
	case BPF_XOR:
		return ll.BuildXor(c->b, a, v, "");
	case BPF_LSH:
		return ll.BuildShl(c->b, a, ll.BuildAnd(c->b, v, number(c, 31), ""), "");
	default: /* BPF_RSH */
		return ll.BuildLShr(c->b, a, ll.BuildAnd(c->b, v, number(c, 31), ""), "");
	}
}

static void arithmetic(const struct compiler *c, const struct sock_filter *i)
{
	bool by_x = BPF_SRC(i->code) == BPF_X;
	uint8_t op = BPF_OP(i->code);
	LLVMValueRef v;

	if (op == BPF_NEG) {
		set(c, c->a, ll.BuildNeg(c->b, get(c, c->a), ""));
		return;
	}
	v = by_x ? get(c, c->x) : number(c, i->k);
	if (by_x && (op == BPF_DIV || op == BPF_MOD))
		go_on_if(c, ll.BuildICmp(c->b, LLVMIntNE, v, number(c, 0), ""), c->zero);
	set(c, c->a, operate(c, op, get(c, c->a), v));
}

static void branch(const struct compiler *c, uint32_t n)
{
	const struct sock_filter *i = &c->prog->insns[n];
	LLVMValueRef a = get(c, c->a), right, holds;

	right = BPF_SRC(i->code) == BPF_X ? get(c, c->x) : number(c, i->k);
	if (BPF_OP(i->code) == BPF_JSET)
		holds = ll.BuildICmp(c->b, LLVMIntNE, ll.BuildAnd(c->b, a, right, ""), number(c, 0),
				     "");
	else
		holds = ll.BuildICmp(c->b,
				     BPF_OP(i->code) == BPF_JEQ   ? LLVMIntEQ
				     : BPF_OP(i->code) == BPF_JGT ? LLVMIntUGT
								  : LLVMIntUGE,
				     a, right, "");
	ll.BuildCondBr(c->b, holds, c->blocks[n + 1 + i->jt], c->blocks[n + 1 + i->jf]);
}

static void instruction(const struct compiler *c, uint32_t n)
{
	const struct sock_filter *i = &c->prog->insns[n];
	bool goes_on = true;

	switch (BPF_CLASS(i->code)) {
	case BPF_LD:
	case BPF_LDX:
		load(c, n);
		break;
	case BPF_ST:
		set(c, c->m[i->k], get(c, c->a));
		break;
	case BPF_STX:
		set(c, c->m[i->k], get(c, c->x));
		break;
	case BPF_ALU:
		arithmetic(c, i);
		break;
	case BPF_MISC:
		if (BPF_MISCOP(i->code) == BPF_TAX)
			set(c, c->x, get(c, c->a));
		else
			set(c, c->a, get(c, c->x));
		break;
	case BPF_JMP:
		goes_on = false;
		if (BPF_OP(i->code) == BPF_JA)
			ll.BuildBr(c->b, c->blocks[n + 1 + i->k]);
		else
			branch(c, n);
		break;
	default:
		goes_on = false;
		ll.BuildRet(c->b, BPF_RVAL(i->code) == BPF_A ? get(c, c->a) : number(c, i->k));
	}
	if (goes_on)
		ll.BuildBr(c->b, c->blocks[n + 1]);
}

/* ---- the function ---- */
static LLVMValueRef variable(const struct compiler *c)
{
	LLVMValueRef v = ll.BuildAlloca(c->b, c->i32, "");

	set(c, v, number(c, 0));
	return v;
}

/* Bytes that loads at fixed offsets need, those of a usual frame: with them there, no such load has
 * to be checked, and LLVM may do one before it is known to be wanted, in place of a branch. */
static uint32_t fixed_bytes(const struct cbpf_prog *prog)
{
	uint32_t most = 0;

	for (uint32_t n = 0; n < prog->len; n++) {
		const struct sock_filter *i = &prog->insns[n];
		bool absolute = BPF_CLASS(i->code) == BPF_LD && BPF_MODE(i->code) == BPF_ABS;
		bool header = BPF_CLASS(i->code) == BPF_LDX && BPF_MODE(i->code) == BPF_MSH;
		uint32_t end = i->k + cbpf_load_size(i->code);

		if ((absolute || header) && i->k < ETH_ZLEN && end <= ETH_ZLEN && end > most)
			most = end;
	}
	return most;
}

/* The loads behind IPv4 headers, when X is never anything but the length of one. A filter on ports
 * then compares two registers, and LLVM makes one condition of four comparisons. */
/* X is the length of a header at every load that counts from X; unset[n], all
 * false at first, becomes true where it was set on not every way to n. */
static bool x_is_a_header(const struct cbpf_prog *prog, uint8_t *unset)
{
	uint32_t next[2];

	unset[0] = true;
	for (uint32_t n = 0; n < prog->len; n++) {
		const struct sock_filter *i = &prog->insns[n];
		bool header = BPF_CLASS(i->code) == BPF_LDX && BPF_MODE(i->code) == BPF_MSH;
		bool behind = BPF_CLASS(i->code) == BPF_LD && BPF_MODE(i->code) == BPF_IND;

		if ((BPF_CLASS(i->code) == BPF_LDX && !header) || i->code == (BPF_MISC | BPF_TAX) ||
		    (behind && unset[n]))
			return false;
		for (unsigned int ways = cbpf_successors(prog, n, next); ways-- > 0;)
			unset[next[ways]] |= unset[n] && !header;
	}
	return true;
}

static void find_behind(struct compiler *c)
{
	uint8_t *unset = calloc(c->prog->len, 1);
	bool header = unset && x_is_a_header(c->prog, unset);
	LLVMValueRef known;

	free(unset);
	if (!header)
		return;
	for (uint32_t n = 0; n < c->prog->len && c->behind_count < BEHIND_MAX; n++) {
		const struct sock_filter *i = &c->prog->insns[n];
		uint32_t size = cbpf_load_size(i->code);

		if (BPF_CLASS(i->code) != BPF_LD || BPF_MODE(i->code) != BPF_IND ||
		    i->k > UINT16_MAX || is_behind(c, i, &known))
			continue;
		c->behind[c->behind_count++] = (struct behind){i->k, size, variable(c)};
		if (i->k + size > c->behind_end)
			c->behind_end = i->k + size;
	}
}

/* The packet's bytes, with `there` of them known to be readable. */
static LLVMValueRef data_pointer(const struct compiler *c)
{
	LLVMValueRef data = field(c, offsetof(struct cbpf_packet, data), c->pointer);
	LLVMMetadataRef count = ll.ValueAsMetadata(ll.ConstInt(c->i64, c->there, 0));
	LLVMMetadataRef node = ll.MDNodeInContext2(c->context, &count, 1);
	unsigned int kind = ll.GetMDKindIDInContext(c->context, "dereferenceable", 15);

	if (c->there)
		ll.SetMetadata(data, kind, ll.MetadataAsValue(c->context, node));
	return data;
}

/* The whole program, from the block at hand on. */
static void instructions(struct compiler *c)
{
	c->data = data_pointer(c);
	for (uint32_t n = 0; n < c->prog->len; n++)
		c->blocks[n] = new_block(c);
	ll.BuildBr(c->b, c->blocks[0]);
	for (uint32_t n = 0; n < c->prog->len; n++) {
		ll.PositionBuilderAtEnd(c->b, c->blocks[n]);
		instruction(c, n);
	}
}

static void declare(struct compiler *c)
{
	c->i8 = ll.Int8TypeInContext(c->context);
	c->i16 = ll.Int16TypeInContext(c->context);
	c->i32 = ll.Int32TypeInContext(c->context);
	c->i64 = ll.Int64TypeInContext(c->context);
	c->pointer = ll.PointerType(c->i8, 0);
	c->type = ll.FunctionType(c->i32, &c->pointer, 1, 0);
	c->fn = ll.AddFunction(c->module, "packet", c->type);
	ll.SetLinkage(c->fn, LLVMInternalLinkage);
	ll.PositionBuilderAtEnd(c->b, new_block(c));
	c->packet = ll.GetParam(c->fn, 0);
	c->caplen = wide(c, field(c, offsetof(struct cbpf_packet, caplen), c->i32));
	c->a = variable(c);
	c->x = variable(c);
	c->scratch = variable(c);
	for (int i = 0; i < BPF_MEMWORDS; i++)
		c->m[i] = variable(c);
	c->zero = new_block(c);
}

/* Twice: for packets that have what fixed loads need, and for shorter ones. */
static void compile(struct compiler *c)
{
	LLVMBasicBlockRef checked;
	LLVMValueRef enough;

	declare(c);
	c->checked = checked = new_block(c);
	find_behind(c);
	c->there = fixed_bytes(c->prog);
	enough = ll.BuildICmp(c->b, LLVMIntUGE, c->caplen, ll.ConstInt(c->i64, c->there, 0), "");
	go_on_if(c, enough, checked);
	instructions(c);
	c->there = 0;
	c->checked = NULL;
	ll.PositionBuilderAtEnd(c->b, checked);
	instructions(c);
	ll.PositionBuilderAtEnd(c->b, c->zero);
	ll.BuildRet(c->b, number(c, 0));
}

static LLVMValueRef element(const struct compiler *c, LLVMValueRef base, LLVMValueRef i,
			    size_t size)
{
	LLVMValueRef at = ll.BuildMul(c->b, i, ll.ConstInt(c->i64, size, 0), "");

	return ll.BuildGEP2(c->b, c->i8, base, &at, 1, "");
}

/* filter(pkts, count, rets): the function above, whose only caller it is, for packet after packet;
 * LLVM puts it into the loop. `count` is not 0. */
static void compile_loop(const struct compiler *c)
{
	LLVMTypeRef words = ll.PointerType(c->i32, 0), params[] = {c->pointer, c->i64, c->pointer};
	LLVMTypeRef type = ll.FunctionType(ll.VoidTypeInContext(c->context), params, 3, 0);
	LLVMValueRef filter = ll.AddFunction(c->module, "filter", type), at, i, ret, place;
	LLVMBasicBlockRef loop, out;

	ll.PositionBuilderAtEnd(c->b, ll.AppendBasicBlockInContext(c->context, filter, ""));
	at = ll.BuildAlloca(c->b, c->i64, "");
	ll.BuildStore(c->b, ll.ConstInt(c->i64, 0, 0), at);
	loop = ll.AppendBasicBlockInContext(c->context, filter, "");
	out = ll.AppendBasicBlockInContext(c->context, filter, "");
	ll.BuildBr(c->b, loop);
	ll.PositionBuilderAtEnd(c->b, loop);
	i = ll.BuildLoad2(c->b, c->i64, at, "");
	place = element(c, ll.GetParam(filter, 0), i, sizeof(struct cbpf_packet));
	ret = ll.BuildCall2(c->b, c->type, c->fn, &place, 1, "");
	place = element(c, ll.GetParam(filter, 2), i, sizeof(uint32_t));
	ll.BuildStore(c->b, ret, ll.BuildBitCast(c->b, place, words, ""));
	i = ll.BuildAdd(c->b, i, ll.ConstInt(c->i64, 1, 0), "");
	ll.BuildStore(c->b, i, at);
	ll.BuildCondBr(c->b, ll.BuildICmp(c->b, LLVMIntULT, i, ll.GetParam(filter, 1), ""), loop,
		       out);
	ll.PositionBuilderAtEnd(c->b, out);
	ll.BuildRetVoid(c->b);
}

static void optimize(const struct compiler *c)
{
	LLVMPassBuilderOptionsRef options = ll.CreatePassBuilderOptions();
	LLVMErrorRef error = ll.RunPasses(c->module, "default<O2>", NULL, options);

	if (error) /* as it is, it is right, if slower */
		ll.ConsumeError(error);
	ll.DisposePassBuilderOptions(options);
}

static int finish(struct jit *jit, LLVMModuleRef module, struct cbpf_error *err)
{
	struct LLVMMCJITCompilerOptions options;
	char *why = NULL;
	int ret;

	ll.InitializeMCJITCompilerOptions(&options, sizeof(options));
	options.OptLevel = 2;
	if (!ll.CreateMCJITCompilerForModule(&jit->engine, module, &options, sizeof(options),
					     &why)) {
		jit->filter = (__typeof__(jit->filter))ll.GetFunctionAddress(jit->engine, "filter");
		return 0;
	}
	ret = cbpf_error_set(err, -ENOTSUP, "LLVM does not compile it: %s", why);
	ll.DisposeMessage(why);
	ll.DisposeModule(module);
	return ret;
}

static void jit_close(void *state)
{
	struct jit *jit = state;

	if (jit->engine)
		ll.DisposeExecutionEngine(jit->engine); /* and the module */
	if (jit->context)
		ll.ContextDispose(jit->context);
	free(jit);
}

static int jit_open(void **state, const struct cbpf_prog *prog, struct cbpf_error *err)
{
	struct compiler c = {.prog = prog};
	struct cbpf_finding f;
	struct jit *jit;
	int ret;

	if (!cbpf_check(prog, 0, &f) && f.rule != CBPF_RULE_CONVERTED_JUMP)
		return cbpf_error_set(err, -EINVAL, "%s", f.text);
	ret = open_library(err);
	if (ret)
		return ret;
	jit = calloc(1, sizeof(*jit));
	c.blocks = calloc(prog->len, sizeof(*c.blocks));
	if (!jit || !c.blocks) {
		free(jit);
		free(c.blocks);
		return cbpf_error_set(err, -ENOMEM, "out of memory");
	}
	c.context = jit->context = ll.ContextCreate();
	c.module = ll.ModuleCreateWithNameInContext("filter", c.context);
	c.b = ll.CreateBuilderInContext(c.context);
	compile(&c);
	compile_loop(&c);
	ll.DisposeBuilder(c.b);
	free(c.blocks);
	optimize(&c);
	ret = finish(jit, c.module, err);
	if (ret)
		jit_close(jit);
	else
		*state = jit;
	return ret;
}

static void jit_run_many(void *state, const struct cbpf_packet *pkts, uint32_t count,
			 uint32_t *rets)
{
	if (count)
		((const struct jit *)state)->filter(pkts, count, rets);
}

static int jit_run(void *state, const struct cbpf_packet *pkt, uint32_t *ret)
{
	jit_run_many(state, pkt, 1, ret);
	return 0;
}

#else /* no LLVM when this was built */

static int jit_open(void **state, const struct cbpf_prog *prog, struct cbpf_error *err)
{
	(void)state;
	(void)prog;
	return cbpf_error_set(err, -ENOSYS,
			      "this program was built without LLVM; install Debian's llvm-dev and "
			      "build it again");
}

static int jit_run(void *state, const struct cbpf_packet *pkt, uint32_t *ret)
{
	(void)state;
	(void)pkt;
	(void)ret;
	return -ENOSYS;
}

static void jit_run_many(void *state, const struct cbpf_packet *pkts, uint32_t count,
			 uint32_t *rets)
{
	(void)state;
	(void)pkts;
	memset(rets, 0, count * sizeof(*rets));
}

static void jit_close(void *state)
{
	(void)state;
}

#endif

static const char *jit_cannot(const void *state, const struct cbpf_packet *pkt)
{
	(void)state;
	(void)pkt;
	return NULL;
}

const struct cbpf_engine cbpf_engine_jit = {
	.name = "jit",
	.summary = "compiled to machine code by LLVM",
	.open = jit_open,
	.cannot = jit_cannot,
	.run = jit_run,
	.run_many = jit_run_many,
	.close = jit_close,
};
