/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "engine_jit.h"

#include "check.h"
#include "insn.h"
#include "jit_ir.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#ifdef HAVE_LLVM

struct jit {
	LLVMContextRef context;
	LLVMExecutionEngineRef engine;
	void (*filter)(const struct cbpf_packet *pkts, uint64_t count, uint32_t *rets);
	uint64_t (*batch)(const struct cbpf_packet *pkts, uint32_t *rets); /* or NULL */
};

static void optimize(LLVMModuleRef module)
{
	LLVMPassBuilderOptionsRef options = ll.CreatePassBuilderOptions();
	LLVMErrorRef error = ll.RunPasses(module, "default<O2>", NULL, options);

	if (error) /* as it is, it is right, if slower */
		ll.ConsumeError(error);
	ll.DisposePassBuilderOptions(options);
}

static int finish(struct jit *jit, LLVMModuleRef module, bool batch, struct cbpf_error *err)
{
	struct LLVMMCJITCompilerOptions options;
	char *why = NULL;
	int ret;

	ll.InitializeMCJITCompilerOptions(&options, sizeof(options));
	options.OptLevel = 2;
	if (!ll.CreateMCJITCompilerForModule(&jit->engine, module, &options, sizeof(options),
					     &why)) {
		jit->filter = (__typeof__(jit->filter))ll.GetFunctionAddress(jit->engine, "filter");
		if (batch)
			jit->batch =
				(__typeof__(jit->batch))ll.GetFunctionAddress(jit->engine, "batch");
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

static void types(struct jit_ir *ir)
{
	ir->i8 = ll.Int8TypeInContext(ir->context);
	ir->i16 = ll.Int16TypeInContext(ir->context);
	ir->i32 = ll.Int32TypeInContext(ir->context);
	ir->i64 = ll.Int64TypeInContext(ir->context);
	ir->pointer = ll.PointerType(ir->i8, 0);
}

static int jit_open(void **state, const struct cbpf_prog *prog, struct cbpf_error *err)
{
	struct jit_ir ir = {.lanes = 1};
	struct cbpf_finding f;
	struct jit *jit;
	bool batch;
	int ret;

	if (!cbpf_check(prog, 0, &f) && f.rule != CBPF_RULE_CONVERTED_JUMP)
		return cbpf_error_set(err, -EINVAL, "%s", f.text);
	ret = jit_open_library(err);
	if (ret)
		return ret;
	jit = calloc(1, sizeof(*jit));
	if (!jit)
		return cbpf_error_set(err, -ENOMEM, "out of memory");
	ir.context = jit->context = ll.ContextCreate();
	ir.module = ll.ModuleCreateWithNameInContext("filter", ir.context);
	ir.b = ll.CreateBuilderInContext(ir.context);
	types(&ir);
	jit_emit_packets(&ir, prog);
	batch = jit_emit_batch(&ir, prog);
	ll.DisposeBuilder(ir.b);
	optimize(ir.module);
	ret = finish(jit, ir.module, batch, err);
	if (ret)
		jit_close(jit);
	else
		*state = jit;
	return ret;
}

static void jit_run_many(void *state, const struct cbpf_packet *pkts, uint32_t count,
			 uint32_t *rets)
{
	const struct jit *jit = state;
	uint64_t again;

	while (jit->batch && count >= JIT_BATCH) {
		for (again = jit->batch(pkts, rets); again; again &= again - 1) {
			int p = __builtin_ctzll(again);

			jit->filter(pkts + p, 1, rets + p);
		}
		pkts += JIT_BATCH;
		rets += JIT_BATCH;
		count -= JIT_BATCH;
	}
	if (count)
		jit->filter(pkts, count, rets);
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
