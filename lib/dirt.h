/* SPDX-License-Identifier: MIT */
/*
 * dirt: is the workspace as HEAD says? Part of tree.h.
 */
#ifndef JOBDIR_DIRT_H
#define JOBDIR_DIRT_H

#include <stdbool.h>
#include <stddef.h>
#include "git.h"

struct tree_dirt {
	char *path;			/* relative to the repository's top level; bytes */
	char status;			/* M A D T, U unmerged, ? untracked */
	unsigned mode;			/* here, by the user's own settings; 0: gone or untracked */
};

struct tree_dirty {
	struct tree_dirt *files;	/* byte order; at most `max` of them */
	size_t nfiles;
	size_t total;
};

/*
 * What in the whole repository differs from HEAD: staged, unstaged, deleted,
 * untracked and not ignored (by the user's own rules, info/exclude and global
 * excludes included). A file whose bytes differ from its blob only by the
 * user's own line-end or encoding conversion, ident or Git LFS is not dirty.
 * Submodules are not looked into. The user's index and objects are not
 * touched. total == 0: clean.
 */
int tree_dirty(const struct git_repo *r, size_t max, struct tree_dirty *d, struct buf *why);
void tree_dirty_release(struct tree_dirty *d);

/*
 * The same against any commit, without a limit. What is listed differs in
 * bytes or kind from what the commit says.
 */
int dirt_list(const struct git_repo *r, const char *commit, struct tree_dirty *d,
	struct buf *why);

#endif
