/* SPDX-License-Identifier: MIT */
/*
 * mark: which files a reviewer should look at twice, and why.
 */
#ifndef JOBDIR_MARK_H
#define JOBDIR_MARK_H

/* Why a reviewer should look twice at a file. One vocabulary. */
enum change_mark {
	CHANGE_RUNS_BY_ITSELF = 1 << 0,	/* "runs-by-itself": apply must be told `accept` */
	CHANGE_BUILD = 1 << 1,		/* "build": runs when somebody builds or tests */
	CHANGE_INSTRUCTIONS = 1 << 2,	/* "instructions": AGENTS.md, CLAUDE.md: agents obey it */
	CHANGE_LINK_OUTSIDE = 1 << 3,	/* "link-outside": apply refuses this symlink */
	CHANGE_LFS_POINTER = 1 << 4,	/* "lfs-pointer": the new content is one */
};
#define CHANGE_MARKS 5

/* The name of one mark; the mark of a name, or 0. */
const char *change_mark_name(enum change_mark m);
unsigned change_mark_parse(const char *name);

/* The marks of a path. Pure. */
unsigned change_path_marks(const char *path);

#endif
