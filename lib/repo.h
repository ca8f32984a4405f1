/* SPDX-License-Identifier: MIT */
/*
 * repo: what repository a directory is in, found without running anything of
 * that repository's choosing; and making repositories of our own.
 */
#ifndef JOBDIR_REPO_H
#define JOBDIR_REPO_H

#include "gitrun.h"

struct git_repo {
	char *root;			/* top level of the working tree, absolute, symlink-free */
	char *prefix;			/* path of the directory below root: "" or "a/b/" */
	char *git_dir;			/* of this working tree (a linked worktree has its own) */
	char *common;			/* common directory: objects, refs */
	char *objects;			/* common + "/objects" */
	char format[8];			/* "sha1" or "sha256" */
	char head[GIT_OID_MAX + 1];	/* commit of HEAD; "" when unborn */
	char head_tree[GIT_OID_MAX + 1]; /* its tree */
	char *branch;			/* "refs/heads/main"; NULL when detached */
	bool unborn;			/* HEAD names a branch without a commit */
	bool shallow;
	bool partial;			/* a partial clone: objects may be absent */
};

/*
 * Find the repository of a directory. Runs nothing of the repository's
 * choosing and writes nothing. Returns 0; or -1 with errno
 *	ENOENT	the directory is in no repository
 *	ENOTSUP	in a bare repository or inside a .git directory: no working tree
 *	EBADMSG	HEAD names an object that is not there, the repository is damaged
 *	others	git could not be run (ENOENT from exec is reported as ENOEXEC)
 * and why. An unborn branch is a success with r->unborn.
 */
int git_discover(const char *dir, struct git_repo *r, struct buf *why);
void git_repo_release(struct git_repo *r);

/* Resolve a revision ("main~2", an id) of the repository to a commit and its tree. -1+ENOENT: none. */
int git_resolve(const struct git_repo *r, const char *rev, char commit[GIT_OID_MAX + 1],
	char tree[GIT_OID_MAX + 1], struct buf *why);

/* A boolean of the configuration, as the person's own git reads it; dflt where it is not set. */
bool git_says(const char *git_dir, const char *key, bool dflt);

/*
 * Make a bare repository of ours at dirfd/NAME (must not exist): HEAD detached
 * at commit (NULL: unborn), no template, no hooks, attributes that switch every
 * conversion and driver off, no excludes, and the objects directory given as
 * its alternate. path: the absolute path it will finally have is not recorded
 * anywhere, so it may be renamed. 0 or -1+errno.
 */
int git_make(int dirfd, const char *name, const char *format, const char *commit,
	const char *alternate);

#endif
