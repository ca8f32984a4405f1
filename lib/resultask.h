/* SPDX-License-Identifier: MIT */
/*
 * resultask: the answers of claude_result and claude_job_result.
 */
#ifndef JOBDIR_RESULTASK_H
#define JOBDIR_RESULTASK_H

#include "buf.h"
#include "verdict.h"

struct request;

/* The answer to a request, or the refusal of it. Check out with buf_ok(). */
void result_serve(struct buf *out, const struct request *rq);

/*
 * The summary of a job: at most 10 kB, whatever the job did. cwd is what the
 * next actions name. 0 or -1+errno.
 */
int result_answer(struct buf *out, const struct verdict *v, const struct job_status *st,
	const char *cwd);

#endif
