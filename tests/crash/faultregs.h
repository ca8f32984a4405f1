/* SPDX-License-Identifier: MIT */
/*
 * faultregs: change a system call of a stopped process. Reading needs no
 * registers (PTRACE_GET_SYSCALL_INFO); writing them is here, for x86-64 and
 * aarch64. All return 0, or -1+errno (ESRCH: it was killed meanwhile).
 */
#ifndef FAULTREGS_H
#define FAULTREGS_H

#include <stdint.h>
#include <sys/types.h>

int regs_skip(pid_t pid);			/* at entry: the call is not executed */
int regs_arg(pid_t pid, int i, uint64_t v);	/* argument i (0 to 5) */
int regs_return(pid_t pid, int64_t v);		/* at exit: what it returns */

#endif
