/* SPDX-License-Identifier: MIT */
/*
 * snapshot: the workspace as it is, as a commit of ours.
 */
#ifndef JOBDIR_SNAPSHOT_H
#define JOBDIR_SNAPSHOT_H

#include "treeinfo.h"

/*
 * In the repository g (ours; it borrows the person's objects) make a commit on
 * i->commit that holds the workspace's bytes: changed, deleted and untracked
 * files, modes, symlinks. A file that differs only by line-end conversion or Git
 * LFS keeps its blob. Fills i->base_commit, i->base and i->snapshot (false, and
 * nothing made, when the workspace is as the commit says); notes what had to
 * stay out. 0 or -1+errno.
 */
int snapshot_make(const struct git *g, const struct git_repo *r, struct tree_info *i,
	struct buf *why);

#endif
