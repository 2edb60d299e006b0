/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Preloaded into User Mode Linux: its PTRACE_SETREGSET also works where the CPU has more state
 * than it knows.
 *
 * UML 6.1 keeps 2696 bytes of FPU state (HOST_FP_SIZE in arch/x86/um/user-offsets.c), all up to
 * AVX-512 and PKRU. The host takes the whole XSAVE area or nothing (-EFAULT,
 * arch/x86/kernel/fpu/regset.c), so on a CPU with AMX, where that is 11008 bytes, UML's first
 * process dies in put_fp_registers(). Here the part that UML has is laid over what the process
 * has. Falling back to PTRACE_SETFPREGS would lose the upper halves of the AVX registers at
 * every page fault of a guest's process, which shows as strings that come out wrong. */
#include <cpuid.h>
#include <dlfcn.h>
#include <elf.h>
#include <errno.h>
#include <stdarg.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/types.h>
#include <sys/uio.h>

typedef long (*ptrace_fn)(enum __ptrace_request, pid_t, void *, void *);

static unsigned char area[64 * 1024];

static size_t area_size(void)
{
	unsigned int a, b, c, d;

	return __get_cpuid_count(0xd, 0, &a, &b, &c, &d) && b <= sizeof(area) ? b : 0;
}

static long set_xstate(ptrace_fn next, pid_t pid, void *type, const struct iovec *part)
{
	struct iovec whole = { .iov_base = area, .iov_len = area_size() };

	if (part->iov_len >= whole.iov_len)
		return next(PTRACE_SETREGSET, pid, type, (void *)part);
	if (next(PTRACE_GETREGSET, pid, type, &whole))
		return -1;
	memcpy(area, part->iov_base, part->iov_len);
	return next(PTRACE_SETREGSET, pid, type, &whole);
}

long ptrace(enum __ptrace_request request, ...)
{
	static ptrace_fn next;
	va_list ap;
	pid_t pid;
	void *addr, *data;

	va_start(ap, request);
	pid = va_arg(ap, pid_t);
	addr = va_arg(ap, void *);
	data = va_arg(ap, void *);
	va_end(ap);
	if (!next)
		next = (ptrace_fn)dlsym(RTLD_NEXT, "ptrace");
	if (!next) {
		errno = ENOSYS;
		return -1;
	}
	if (request == PTRACE_SETREGSET && addr == (void *)NT_X86_XSTATE)
		return set_xstate(next, pid, addr, data);
	return next(request, pid, addr, data);
}
