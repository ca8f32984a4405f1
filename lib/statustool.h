/* SPDX-License-Identifier: MIT */
/*
 * statustool: the state of the machinery that delegation needs, and of what was
 * delegated from a workspace. The tool claude_status.
 */
#ifndef JOBDIR_STATUSTOOL_H
#define JOBDIR_STATUSTOOL_H

struct buf;

/*
 * Append the answer, one JSON object, about cwd; one that is refused is told in errors,
 * and is no error itself. 0, or -1+ENOMEM.
 */
int statustool(struct buf *out, const char *cwd);

#endif
