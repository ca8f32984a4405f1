/* SPDX-License-Identifier: MIT */
#include "faultregs.h"

#include <elf.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/ptrace.h>
#include <sys/uio.h>
#include <sys/user.h>

static int
regs(pid_t pid, bool set, struct user_regs_struct *r)
{
	struct iovec v = { .iov_base = r, .iov_len = sizeof(*r) };

	long got = ptrace(set ? PTRACE_SETREGSET : PTRACE_GETREGSET, pid, (void *)NT_PRSTATUS, &v);

	return got < 0 ? -1 : 0;
}

#if defined(__x86_64__)

int
regs_skip(pid_t pid)
{
	struct user_regs_struct r;

	if (regs(pid, false, &r) < 0)
		return -1;
	r.orig_rax = (unsigned long long)-1;
	return regs(pid, true, &r);
}

int
regs_arg(pid_t pid, int i, uint64_t v)
{
	struct user_regs_struct r;
	unsigned long long *args[] = { &r.rdi, &r.rsi, &r.rdx, &r.r10, &r.r8, &r.r9 };

	if (regs(pid, false, &r) < 0)
		return -1;
	*args[i] = v;
	return regs(pid, true, &r);
}

int
regs_return(pid_t pid, int64_t v)
{
	struct user_regs_struct r;

	if (regs(pid, false, &r) < 0)
		return -1;
	r.rax = (unsigned long long)v;
	return regs(pid, true, &r);
}

#elif defined(__aarch64__)

int
regs_skip(pid_t pid)
{
	int nr = -1;
	struct iovec v = { .iov_base = &nr, .iov_len = sizeof(nr) };

	return ptrace(PTRACE_SETREGSET, pid, (void *)NT_ARM_SYSTEM_CALL, &v) < 0 ? -1 : 0;
}

int
regs_arg(pid_t pid, int i, uint64_t v)
{
	struct user_regs_struct r;

	if (regs(pid, false, &r) < 0)
		return -1;
	r.regs[i] = v;
	return regs(pid, true, &r);
}

int
regs_return(pid_t pid, int64_t v)
{
	return regs_arg(pid, 0, (uint64_t)v);
}

#else
#error "fault knows the registers of x86-64 and aarch64 only"
#endif
