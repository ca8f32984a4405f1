/* SPDX-License-Identifier: MIT */
/*
 * canceltool: asking a job to end. Only its supervisor signals its processes;
 * the asking is a file.
 */
#ifndef JOBDIR_CANCELTOOL_H
#define JOBDIR_CANCELTOOL_H

#include <stdint.h>

struct job;
struct jobreq;
struct root;

/*
 * Create `cancel` in the job unless it is there or the job is terminal.
 * reason may be NULL. 0 or -1+errno.
 */
int cancel_ask(struct job *j, const struct root *r, const char *reason);

/*
 * Wait until the job is terminal, or until limit_ms (of clock_boot_ms()). A supervisor that has not managed that
 * within the job's grace and 10 s more is ended by force if it can be proved to
 * be the one (await_kill_supervisor()); the job is then lost. 1 terminal, 0
 * not, -1+errno.
 */
int cancel_finish(struct job *j, const struct root *r, int64_t limit_ms);

/* The answer of claude_job_cancel, into q->out. */
void canceltool(struct jobreq *q);

#endif
