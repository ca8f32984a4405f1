/* SPDX-License-Identifier: MIT */
/*
 * procstat: /proc/PID/stat. A number may be another process's by the time it is
 * looked at: who is to be signalled has his pidfd opened before.
 */
#ifndef JOBDIR_PROCSTAT_H
#define JOBDIR_PROCSTAT_H

#include <stdint.h>
#include <sys/types.h>

struct procstat {
	char comm[16];			/* its name, cut as the kernel cuts it */
	char state;			/* 'R', 'S', 'Z', … */
	pid_t parent;
	int64_t start;			/* clock ticks since boot */
};

/* 0; -1+errno: it is gone, or not to be seen. */
int procstat_read(pid_t pid, struct procstat *s);

#endif
