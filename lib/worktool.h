/* SPDX-License-Identifier: MIT */
/*
 * worktool: the answers of the worker's tools about a job: get, wait, tail,
 * cancel and send. Compact: what a caller pays for is evidence, not the log.
 */
#ifndef JOBDIR_WORKTOOL_H
#define JOBDIR_WORKTOOL_H

struct jobreq;

/* Write the answer of the tool that q->rq names into q->out (an error object included). */
void worktool(struct jobreq *q);

#endif
