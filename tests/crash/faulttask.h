/* SPDX-License-Identifier: MIT */
/*
 * faulttask: the processes (and threads) of a run, by pid, each with its role:
 * "0" is the command, "0.1" the second that it started, and so on.
 */
#ifndef FAULTTASK_H
#define FAULTTASK_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct task {
	pid_t pid;
	char *role;		/* NULL: seen before its parent said that it is its child */
	unsigned children;
	long n;			/* system calls entered */
	long nr;		/* the one it is in, -1: none */
	bool held;		/* stopped, until its role is known */
	pid_t hook;		/* stopped, until this hook has ended */
	bool ret, arg;		/* at exit: return value, argument to put right */
	int64_t retval;
	int argno;
	uint64_t argval;
};

struct tasks {
	struct task **p;
	size_t n, cap;
};

/* The task of pid, NULL: unknown. task_add() dies when memory is out. */
struct task *task_find(struct tasks *t, pid_t pid);
struct task *task_add(struct tasks *t, pid_t pid);
void task_gone(struct tasks *t, pid_t pid);

/* Its role, and that of the next child of a task. */
void task_name(struct task *t, const char *role);
void task_child(struct task *parent, struct task *child);

#endif
