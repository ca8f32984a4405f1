/* SPDX-License-Identifier: MIT */
/*
 * waittool: the answer of claude_job_wait: at once, with advice when to ask
 * again; or, with wait_timeout_sec, when the job has ended or the time is over.
 */
#ifndef JOBDIR_WAITTOOL_H
#define JOBDIR_WAITTOOL_H

struct jobreq;

/* Write the answer into q->out (an error object included). */
void waittool(struct jobreq *q);

#endif
