/* SPDX-License-Identifier: MIT */
/*
 * dircache: directories of a tree whose names nobody touched since it was made.
 *
 * Making, removing or renaming anything in a directory sets its ctime, which
 * cannot be set back. So a directory that is as it was recorded when the tree
 * was made holds the base's names and no others, and need not be read: two
 * thirds of what a walk costs. What is in its files is another question.
 */
#ifndef JOBDIR_DIRCACHE_H
#define JOBDIR_DIRCACHE_H

#include "index.h"

struct dircache_record {
	uint64_t ino;			/* 0: not recorded */
	int64_t sec;
	int64_t nsec;
};

struct dircache {
	struct dircache_record *r;	/* by number of index_dir(); NULL: nothing is known */
	size_t n;
};

/*
 * Record the directories of a new tree in ctl.git. Call when nothing in the
 * tree will be made any more, and before the index gets its final time.
 * except: n paths that exist in the tree although the base does not have them.
 * The directories above those are not recorded.
 */
int dircache_write(int ctl, int tree, const struct index *x, char *const *except, size_t n);

/* Load what was recorded; an absent or foreign file loads nothing. 0 or -1+ENOMEM. */
int dircache_load(struct dircache *c, int ctl, const struct index *x);
void dircache_release(struct dircache *c);

/* Directory number `dir` is exactly as recorded. st: of it now. */
bool dircache_same(const struct dircache *c, const struct index *x, long dir,
	const struct stat *st);

#endif
