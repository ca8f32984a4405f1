/* SPDX-License-Identifier: MIT */
/*
 * pidmark: a process by its number and the time it was started, for a record
 * that is read when its parent is dead. Nobody is ever signalled by it: who
 * finds the number taken by another waits for nothing, that is all.
 */
#ifndef JOBDIR_PIDMARK_H
#define JOBDIR_PIDMARK_H

#include <stdint.h>
#include <sys/types.h>

struct pidmark {
	pid_t pid;			/* 0: none */
	int64_t start;			/* clock ticks since boot, as /proc says it */
};

/* 0; -1: it is gone, or not to be seen, and m is none. */
int pidmark_of(struct pidmark *m, pid_t pid);

/*
 * Wait until it has ended, at most timeout_ms. The first process of a PID
 * namespace ends as the last one in it. 0 it has (or is not that process any
 * more), -1 it has not.
 */
int pidmark_wait(const struct pidmark *m, int timeout_ms);

#endif
