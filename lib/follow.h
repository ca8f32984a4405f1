/* SPDX-License-Identifier: MIT */
/*
 * follow: watching a job for a while on behalf of a caller, and answering for
 * it: its result when it has ended, where it stands when it has not.
 */
#ifndef JOBDIR_FOLLOW_H
#define JOBDIR_FOLLOW_H

#include <stdint.h>
#include "job.h"

struct buf;
struct jsonw;

struct follow {
	struct job *job;
	const struct root *root;
	int64_t window_ms;	/* how long; 0: do not wait, only look */
};

/*
 * Wait until the job ends or the window does. While waiting, every new line of
 * its log is a progress line on the descriptor in $JOBDIR_CONTROL (see
 * jobdir-mcp(1)); without one, none. It reads `jobdir-tail -f`, whose end of
 * file is the job's end: no timer decides anything but the window. 1 ended,
 * 0 not yet, -1+errno.
 */
int follow(const struct follow *f);

/*
 * The members of the answer (no braces). Ended: those of claude_result, with
 * `status` on top and waiting false. Not yet: job, status "running", waiting
 * true, and what to call next. -1 with why.
 */
int follow_answer(struct jsonw *w, const struct follow *f, bool ended, const char *cwd,
	struct buf *why);

#endif
