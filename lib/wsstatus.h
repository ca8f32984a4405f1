/* SPDX-License-Identifier: MIT */
/*
 * wsstatus: what goes on in a workspace, and what needs somebody's attention.
 * The tool claude_workspace_status. Its cost is that of the active jobs and of the
 * newest finished ones, however many old ones there are.
 */
#ifndef JOBDIR_WSSTATUS_H
#define JOBDIR_WSSTATUS_H

struct jobreq;

/* Write the answer into q->out (an error object included). */
void wsstatus(struct jobreq *q);

#endif
