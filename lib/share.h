/* SPDX-License-Identifier: MIT */
/*
 * share: dependencies that git ignores, bound read-only into the tree. Part of tree.h.
 */
#ifndef JOBDIR_SHARE_H
#define JOBDIR_SHARE_H

#include <stdbool.h>
#include <stddef.h>
#include "git.h"

struct job;
struct tree_info;

/*
 * Dependencies that git ignores and that the workspace has: bind each source
 * (absolute, a directory of the workspace) read-only at target (absolute, a
 * directory in the tree; made empty by tree_make, never part of the change).
 * Which: parameter `share`, else $JOBDIR_SHARE (':'-separated), else the known
 * names (node_modules, .venv, venv, target, vendor, …) at the top level and
 * at the prefix; only directories that are untracked and ignored. List of n
 * pairs, released with tree_share_free(). An empty list is a success.
 */
struct tree_share {
	char *source;
	char *target;
};
int tree_share_list(const struct job *j, struct tree_share **list, size_t *n, struct buf *why);
void tree_share_free(struct tree_share *list, size_t n);

/*
 * Find them when the tree is made: appended to i->shares, each with a note.
 * names: the parameter `share` (NULL: not given).
 */
int share_find(const struct git_repo *r, char *const *names, struct tree_info *i,
	struct buf *why);

#endif
