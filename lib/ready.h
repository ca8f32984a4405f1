/* SPDX-License-Identifier: MIT */
/*
 * ready: can a task be delegated from this directory, and if not, what is to be
 * done. The answer of the tool claude_setup.
 */
#ifndef JOBDIR_READY_H
#define JOBDIR_READY_H

#include <stdbool.h>

struct buf;

/*
 * Append the answer, one JSON object, about cwd. may_widen: where that is no allowed
 * directory, the user may be asked to allow it (widen.h). 0, or -1+ENOMEM.
 */
int ready_write(struct buf *out, const char *cwd, bool may_widen);

#endif
