/* SPDX-License-Identifier: MIT */
/*
 * git: running git so that nothing but our argv decides what it does.
 *
 * Every call is `git [-c K=V …] --git-dir=D [--work-tree=W] VERB …`, an argv
 * vector through proc, with an environment built from nothing (no GIT_* of the
 * caller, no system or global configuration, no prompts, no network, no lazy
 * fetch, no replace objects, literal pathspecs) and with the settings that
 * could run a program or bend bytes switched off on the command line
 * (fsmonitor, hooks, attributes, excludes, autocrlf, …). What is left is the
 * configuration of D itself: so D must be a repository that only we write
 * (ctl.git, a scratch one), or the verb must be one that runs nothing
 * (rev-parse, cat-file, config --get, symbolic-ref). Never point this at a
 * directory an agent can write.
 *
 *	struct git g = { .git_dir = "/…/ctl.git" };
 *	const char *argv[] = { "cat-file", "-t", oid, NULL };
 *	if (git_run(&g, argv, NULL, 0, &out, 100, &why) < 0) …
 *
 * Object ids are lower-case hex strings of 40 or 64 characters. `why` (may be
 * NULL) gets one readable sentence without a newline: what failed, and the
 * first line git said.
 */
#ifndef JOBDIR_GIT_H
#define JOBDIR_GIT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "buf.h"
#include "proc.h"

#define GIT_OID_MAX 64
#define GIT_OUT_MAX ((size_t)1 << 30)	/* more output than this is an error */

enum git_mode {				/* the modes a tree entry can have */
	GIT_MODE_TREE = 0040000,
	GIT_MODE_FILE = 0100644,
	GIT_MODE_EXEC = 0100755,
	GIT_MODE_LINK = 0120000,
	GIT_MODE_GITLINK = 0160000,
};

struct git {
	const char *git_dir;		/* absolute; NULL: let git find it from cwd_fd */
	const char *work_tree;		/* absolute, or NULL: none */
	const char *index;		/* GIT_INDEX_FILE, or NULL: the repository's own */
	const char *const *config;	/* more "K=V", NULL-terminated, after ours; may be NULL */
	int cwd_fd;			/* with cwd: run there; else in "/" */
	bool cwd;
	bool user_config;		/* read the person's global configuration too (config --get) */
};

/* Build the argv and environment git would be run with; *argv and *envp are
 * NULL-terminated, malloc'd, released with git_free(). For callers that need
 * proc_start() with descriptors of their own. 0 or -1+ENOMEM. */
int git_command(const struct git *g, const char *const *args, char ***argv, char ***envp);
void git_free(char **vector);

/*
 * Run to completion: in (may be NULL) on stdin, stdout appended to out (may be
 * NULL) up to max bytes. Returns git's exit code (0..255), or -1+errno when it
 * could not be run, was killed, or said too much. An exit code other than 0
 * fills why as well; callers for whom 1 is an answer look at the code.
 */
int git_run(const struct git *g, const char *const *args, const void *in, size_t inlen,
	struct buf *out, size_t max, struct buf *why);

/* Start with the descriptors given as 0, 1 (-1: /dev/null) and 2 to /dev/null. 0 or -1+errno. */
int git_start(struct proc *p, const struct git *g, const char *const *args, int in, int out);

/* Valid lower-case hex object id of either length. */
bool git_oid_valid(const char *s);
bool git_oid_zero(const char *s);

/* ---- reading objects: one `cat-file --batch` kept open ---- */

struct git_cat {
	struct proc proc;
	int in, out;			/* -1 when closed */
	struct buf ahead;		/* bytes read and not yet used */
};

int git_cat_open(struct git_cat *c, const struct git *g);
void git_cat_close(struct git_cat *c);
/*
 * Append the content of object NAME (an id, "ID:path" is allowed) to out. type
 * (room for 16) gets "blob", "tree", "commit". 0; -1 with errno ENOENT: no
 * such object (also: a partial clone lacks it); EFBIG: larger than max (the
 * content is skipped, the next read works); others: the process is of no more use.
 */
int git_cat_read(struct git_cat *c, const char *name, char type[16], struct buf *out, size_t max);

/* ---- what repository a directory is in ---- */

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
	bool linked;			/* a linked worktree (git worktree add) */
	bool submodule;			/* the checkout of a submodule */
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

/* The file `git rev-parse --git-path NAME` would name for this working tree; malloc'd. */
char *git_path(const struct git_repo *r, const char *name, struct buf *why);

/* Resolve a revision ("main~2", an id) of the repository to a commit and its tree. -1+ENOENT: none. */
int git_resolve(const struct git_repo *r, const char *rev, char commit[GIT_OID_MAX + 1],
	char tree[GIT_OID_MAX + 1], struct buf *why);

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
