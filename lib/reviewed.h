/* SPDX-License-Identifier: MIT */
/*
 * reviewed: what a review is of: the diff of the request, a job's change, HEAD
 * against a base, or the uncommitted changes of the workspace.
 */
#ifndef JOBDIR_REVIEWED_H
#define JOBDIR_REVIEWED_H

#include "answer.h"
#include "buf.h"
#include "strv.h"

struct git_repo;
struct request;

#define REVIEWED_MAX (1u << 20)		/* bytes of a diff */

struct reviewed {
	struct buf diff;		/* its text, or empty */
	struct buf note;		/* what to add to the task, or empty */
	struct strv files;		/* uncommitted: relative to the repository's top level */
	char *job;			/* id of the job whose change it is, or NULL */
};
#define REVIEWED_INIT { .diff = BUF_INIT, .note = BUF_INIT, .files = { 0 }, .job = NULL }

/* Does the request name any of them? Then it is a review. */
bool reviewed_asked(const struct request *rq);

/* Read it. r: the workspace's repository, or NULL. 0, or -1 with *code and why. */
int reviewed_read(struct reviewed *v, const struct request *rq, const char *cwd,
	const struct git_repo *r, enum answer_code *code, struct buf *why);
void reviewed_release(struct reviewed *v);

#endif
