/* SPDX-License-Identifier: MIT */
/*
 * export: a job's sealed change as a branch of the person's repository.
 *
 *	land_open(&l, &job, NULL, &code, &why);		(land.h)
 *	export_plan(&l, accept, &code, &why);		l.plan, l.count: what must be named
 *	export_change(&l, &want, &done, &code, &why);
 *
 * The branch's last commit has exactly the sealed tree. Its parent is the commit
 * the job started from; for a job that started from a snapshot of a dirty workspace
 * a commit with that snapshot is in between, so that the person's own edits and the
 * job's stay apart. Both are dated when the job ended: exporting again with the same
 * words makes the same commits, and finds the branch done.
 *
 * Objects first, durable, then the branch in one step. Working tree, index, HEAD and stash
 * are not touched; no hook, filter or signing program runs. What a kill leaves is a
 * scratch directory in the job and objects nobody points to, which git's gc removes.
 */
#ifndef JOBDIR_EXPORT_H
#define JOBDIR_EXPORT_H

#include "land.h"

struct export_want {
	const char *branch;
	const char *message;
	const char *author;		/* "Name <mail>"; NULL: the person's */
	bool force;			/* move a branch that exists */
	const char *at;			/* stamp the commits are dated with */
};

struct export_done {
	char commit[GIT_OID_MAX + 1];
	char snapshot[GIT_OID_MAX + 1];	/* the commit in between, or "" */
	char before[GIT_OID_MAX + 1];	/* where the branch was; "": it is new */
};

/* "Name <mail>" with nothing in it that would end a line or a name of a commit? */
bool export_author_ok(const char *author);

/* What must be named, or can never be exported. 0, or -1 with *code and why. */
int export_plan(struct land *l, const char *const *accept, enum answer_code *code,
	struct buf *why);

/* Do it. ANSWER_CONFLICT: something must be accepted, or the branch is in the way. */
int export_change(struct land *l, const struct export_want *w, struct export_done *d,
	enum answer_code *code, struct buf *why);

#endif
