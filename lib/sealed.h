/* SPDX-License-Identifier: MIT */
/*
 * sealed: what is recorded of a change, in the job directory (for good) or in
 * attempt-N/ (until the next run of the agent): changes.json and changes.patch.
 */
#ifndef JOBDIR_SEALED_H
#define JOBDIR_SEALED_H

#include "change.h"

/*
 * Read it from a directory; patch_fd (-1: not wanted) receives the patch. 0, 1: none is
 * recorded there, -1+errno.
 */
int sealed_read(int dir, int patch_fd, struct change *c, struct buf *why);

/* What an attempt recorded becomes the job's: links, the patch first. Durable. 0 or -1+errno. */
int sealed_promote(int attempt, int jobfd);

#endif
