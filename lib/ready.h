/* SPDX-License-Identifier: MIT */
/*
 * ready: can a task be delegated from this directory, and if not, what is to be
 * done. The answer of the tool claude_setup.
 */
#ifndef JOBDIR_READY_H
#define JOBDIR_READY_H

struct buf;

/* Append the answer, one JSON object, about cwd. 0, or -1+ENOMEM. */
int ready_write(struct buf *out, const char *cwd);

#endif
