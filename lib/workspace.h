/* SPDX-License-Identifier: MIT */
/*
 * workspace: which repository a directory is in, found by looking for .git on
 * the way up and reading a line or two; no git is run. What git itself says
 * (git_discover(), git.h) is the same for every repository it would work with.
 */
#ifndef JOBDIR_WORKSPACE_H
#define JOBDIR_WORKSPACE_H

#include <stdbool.h>

struct workspace {
	bool repository;		/* false: only slug is set */
	char *root;			/* top level of the working tree */
	char *prefix;			/* "" or "a/b/": cwd below root */
	char *common;			/* common directory */
	char *slug;			/* of common, or of cwd (state-layout.md) */
	const char *path;		/* what slug was made of: common or cwd */
};

/* cwd: absolute and symlink-free; it is borrowed. 0 or -1+errno. */
int workspace_find(const char *cwd, struct workspace *w);
void workspace_release(struct workspace *w);

#endif
