/* SPDX-License-Identifier: MIT */
/*
 * procrun: running a process to its end.
 */
#ifndef JOBDIR_PROCRUN_H
#define JOBDIR_PROCRUN_H

#include <stddef.h>
#include <stdint.h>
#include "procstart.h"

struct buf;

/*
 * Run to completion collecting stdout (into out, at most max bytes, EFBIG
 * beyond) and stderr (into err, first 4 kB; NULL: /dev/null), with in (may be
 * NULL) on stdin. timeout_ms < 0: none; on time-out the child is killed and
 * errno is ETIMEDOUT. *status as waitpid. 0 or -1. spec->fds must not name 0,
 * 1 or 2.
 */
int proc_run(const struct proc_spec *spec, const void *in, size_t inlen,
	struct buf *out, size_t max, struct buf *err, int64_t timeout_ms, int *status);

#endif
