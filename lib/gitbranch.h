/* SPDX-License-Identifier: MIT */
/*
 * gitbranch: making or moving a branch of the person's repository, and nothing
 * else of it: no hook runs, no checkout changes.
 */
#ifndef JOBDIR_GITBRANCH_H
#define JOBDIR_GITBRANCH_H

#include "repo.h"

/* May a branch have this name? 1, 0; -1+errno when git cannot be asked. */
int git_branch_ok(const char *name, struct buf *why);

/* What it points to; "" if there is none. 0 or -1+errno. */
int git_branch_read(const struct git_repo *r, const char *name, char oid[GIT_OID_MAX + 1],
	struct buf *why);

/* Does a working tree have it checked out (or, without a commit, as its HEAD)? 1, 0, -1. */
int git_branch_used(const struct git_repo *r, const char *name, struct buf *why);

/*
 * From old ("": it must not exist) to new, durable. -1+EEXIST: it is not, or no longer,
 * at old; others: git cannot (why).
 */
int git_branch_set(const struct git_repo *r, const char *name, const char *old, const char *new,
	const char *message, struct buf *why);

/*
 * Remove the lock that a git which was killed on the way to new left on a branch, for
 * else nobody could move it again. It is that git's if it holds a beginning of new
 * and does not change for a moment.
 */
void git_branch_unlock(const struct git_repo *r, const char *name, const char *new);

/* "Name <mail>" of the person, from their configuration; a neutral one if there is none. */
int git_identity(const struct git_repo *r, struct buf *out);

#endif
