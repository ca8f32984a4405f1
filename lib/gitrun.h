/* SPDX-License-Identifier: MIT */
/*
 * gitrun: running git so that nothing but our argv decides what it does.
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
#ifndef JOBDIR_GITRUN_H
#define JOBDIR_GITRUN_H

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
	bool magic;			/* pathspecs not literal: check-ignore refuses that */
	bool finish;			/* not killed with us: what it holds a lock for is done soon */
	bool user_config;		/* read the person's global configuration too (config --get) */
};

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

/* strerror() for errors of these: ENOEXEC is "git is not installed". */
const char *git_strerror(int err);

/* Valid lower-case hex object id of either length. */
bool git_oid_valid(const char *s);
bool git_oid_zero(const char *s);

#endif
