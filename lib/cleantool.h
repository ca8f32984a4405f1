/* SPDX-License-Identifier: MIT */
/* cleantool: the answer of claude_cleanup. */
#ifndef JOBDIR_CLEANTOOL_H
#define JOBDIR_CLEANTOOL_H

struct jobreq;

/* Judge, and unless dry_run remove, the old jobs of q->cwd; the answer goes into q->out. */
void cleantool(struct jobreq *q);

#endif
