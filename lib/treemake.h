/* SPDX-License-Identifier: MIT */
/*
 * treemake: making the isolated tree of a job. Part of tree.h.
 */
#ifndef JOBDIR_TREEMAKE_H
#define JOBDIR_TREEMAKE_H

#include "dirt.h"

struct job;

enum tree_policy { TREE_ASK, TREE_COMMITTED, TREE_SNAPSHOT };
int tree_policy_parse(const char *name, enum tree_policy *out);	/* "ask" … 0 or -1 */

/*
 * Make the tree of a job whose job.json has a workspace. base: a revision to
 * start from (NULL: HEAD of the workspace). Already made: success, nothing
 * done. A half-made one (we were killed) is removed and made again.
 * errno: EUCLEAN the workspace is dirty and policy is TREE_ASK (why lists
 * files; dirty, if not NULL, has them); ENOTSUP bare repository or job without
 * a workspace; ENODATA unborn branch, or an object is missing.
 */
int tree_make(struct job *j, enum tree_policy policy, const char *base,
	struct tree_dirty *dirty, struct buf *why);

#endif
