/* SPDX-License-Identifier: MIT */
/*
 * workresult: the compact result of a worker job, as get and wait give it.
 */
#ifndef JOBDIR_WORKRESULT_H
#define JOBDIR_WORKRESULT_H

#include <stdbool.h>

struct buf;
struct job_status;
struct jobreq;
struct verdict;

/*
 * The worker's word for a state: queued, running, completed, failed, cancelled, timed_out,
 * lost. A job that succeeded as a process has failed when its outcome is (v NULL: not judged).
 */
const char *workresult_status(const struct job_status *st, const struct verdict *v);

/* One JSON object. waited: the asker waited for the end. 0, or -1 with why or errno. */
int workresult(struct buf *out, struct jobreq *q, const struct job_status *st, bool waited,
	struct buf *why);

#endif
