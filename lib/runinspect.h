/* SPDX-License-Identifier: MIT */
/*
 * runinspect: the tool claude_run_inspect: one run whole (runs.h).
 */
#ifndef JOBDIR_RUNINSPECT_H
#define JOBDIR_RUNINSPECT_H

struct jobreq;

/* Writes its answer into q->out. */
void run_inspect(struct jobreq *q);

#endif
