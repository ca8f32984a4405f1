/* SPDX-License-Identifier: MIT */
/*
 * taskroots: the context_roots of a request: more directories that the agent of a
 * read or review job may read, each under an alias of the caller's.
 */
#ifndef JOBDIR_TASKROOTS_H
#define JOBDIR_TASKROOTS_H

#include "strv.h"

struct buf;
struct request;

struct taskroots {
	struct strv shown;		/* "ALIAS: PATH", for the prompt */
	struct strv paths;		/* absolute, symlink-free */
};

/*
 * Judge each: a directory that guard_cwd() takes, not the workspace, nor in it, nor around
 * it, nor another of them. cwd: the workspace, absolute. 0, or -1 with why.
 */
int taskroots_read(struct taskroots *t, const struct request *rq, const char *cwd,
	struct buf *why);
void taskroots_release(struct taskroots *t);

#endif
