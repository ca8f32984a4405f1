/* SPDX-License-Identifier: MIT */
/*
 * treeinfo: tree.json, what was resolved when a tree was made. Part of tree.h. The
 * only code that knows its members.
 */
#ifndef JOBDIR_TREEINFO_H
#define JOBDIR_TREEINFO_H

#include <stdbool.h>
#include <stddef.h>
#include "git.h"

/* tree.json */
struct tree_info {
	char commit[GIT_OID_MAX + 1];	/* the user's commit it was made from */
	char base_commit[GIT_OID_MAX + 1]; /* commit, or our synthetic one of a snapshot */
	char base[GIT_OID_MAX + 1];	/* tree of base_commit: what changes are measured against */
	char format[8];
	bool snapshot;
	char *root;			/* workspace top level */
	char *prefix;			/* "" or "a/b/" */
	char *common;
	char **shares;			/* ignored dependencies, relative to root, no slash at the end */
	size_t nshares;
	char **notes;			/* "submodule 'x' is not in the tree", … */
	size_t nnotes;
};

int tree_info_read(int jobfd, struct tree_info *i, struct buf *why);	/* ENOENT: no tree */
void tree_info_release(struct tree_info *i);


/* Write it, atomically. */
int tree_info_write(int jobfd, const struct tree_info *i);
/* Add to a list of strings; copied. 0 or -1+ENOMEM. */
int tree_info_add(char ***list, size_t *n, const char *s);

#endif
