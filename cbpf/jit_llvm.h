/* SPDX-License-Identifier: GPL-2.0-or-later */
/* LLVM's library, opened by dlopen(): linked, it would cost every run of every command 14 ms, which
 * is what the loader needs for it. */
#ifndef CBPF_JIT_LLVM_H
#define CBPF_JIT_LLVM_H

#ifdef HAVE_LLVM
#include "cbpf.h"

#include <llvm-c/Core.h>
#include <llvm-c/ExecutionEngine.h>
#include <llvm-c/Support.h>
#include <llvm-c/Target.h>
#include <llvm-c/TargetMachine.h>
#include <llvm-c/Transforms/PassBuilder.h>

/* What is used of the library, by its names without "LLVM". */
/* clang-format off */
#define CALLS(X) \
	X(AddAttributeAtIndex) X(AddFunction) X(AppendBasicBlockInContext) X(BuildAdd) \
	X(BuildAlloca) X(BuildAnd) X(ArrayType) X(BuildNot) X(BuildSExt) X(BuildSelect) X(ConstVector) \
	X(CreateStringAttribute) X(GetHostCPUFeatures) X(GetHostCPUName) X(VectorType) \
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
	X(Int64TypeInContext) X(Int8TypeInContext) X(IntTypeInContext) X(IntrinsicGetType) X(LinkInMCJIT) \
	X(LookupIntrinsicID) X(MDNodeInContext2) X(MetadataAsValue) \
	X(ModuleCreateWithNameInContext) X(ParseCommandLineOptions) X(PointerType) \
	X(PositionBuilderAtEnd) X(RunPasses) X(SetAlignment) X(SetLinkage) X(SetMetadata) \
	X(ValueAsMetadata) X(VoidTypeInContext)
/* clang-format on */

struct llvm {
#define MEMBER(name) __typeof__(LLVM##name) *name;
	CALLS(MEMBER)
};

extern struct llvm jit_llvm;
#define ll jit_llvm

/* Once; the library stays open to the end. 0, or -ENOENT with the package to install. */
int jit_open_library(struct cbpf_error *err);

#endif
#endif
