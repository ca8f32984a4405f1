/* SPDX-License-Identifier: MIT */
/*
 * listtool: the answer of claude_jobs: the jobs of one working directory,
 * newest first, in pages that fit an answer.
 */
#ifndef JOBDIR_LISTTOOL_H
#define JOBDIR_LISTTOOL_H

struct jobreq;

/* Write the answer into q->out (an error object included). */
void listtool(struct jobreq *q);

#endif
