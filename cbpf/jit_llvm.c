/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifdef HAVE_LLVM
#include "jit_llvm.h"

#include "insn.h"

#include <dlfcn.h>
#include <errno.h>
#include <llvm/Config/llvm-config.h>

#define TEXT_OF(x) #x
#define TEXT(x) TEXT_OF(x)
#define LIBRARY "libLLVM-" TEXT(LLVM_VERSION_MAJOR) ".so.1"

struct llvm jit_llvm;

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

int jit_open_library(struct cbpf_error *err)
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
#endif
