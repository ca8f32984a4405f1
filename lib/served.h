/* SPDX-License-Identifier: MIT */
/*
 * served: which jobs may be shown to a client that names no directory: those
 * whose working directory the guard of the tools allows (guard.h).
 */
#ifndef JOBDIR_SERVED_H
#define JOBDIR_SERVED_H

#include <stdbool.h>
#include "job.h"

/* What was judged last: neighbours in a list are mostly of one directory. { 0 } */
struct served {
	char *cwd;
	bool allowed;
};

/* Open a job. 0, or -1+errno; ENOENT also for one that may not be shown. */
int served_open(struct served *s, struct job *j, const struct root *r, const char *id);
void served_release(struct served *s);

#endif
