/* SPDX-License-Identifier: MIT */
/*
 * landask: what is asked of a landing, read from a request, and whether the
 * one who asks may: a model works in one repository and below its allow roots.
 */
#ifndef JOBDIR_LANDASK_H
#define JOBDIR_LANDASK_H

#include "job.h"
#include "land.h"
#include "request.h"

struct land_ask {
	bool preview, yes, cleanup, patch;
	bool verified;			/* by the job's own recipe, too: landself.h */
	size_t patch_max, offset;
	char *name;			/* the job */
	char *token;			/* or NULL */
	char **accept, **only;		/* NULL-terminated, or NULL */
};

/*
 * Append a path to a NULL-terminated list: a copy, without "./" before it or
 * slashes after it. 0, or -1+ENOMEM, EINVAL (an empty one).
 */
int land_ask_add(char ***list, const char *s);
/* Every path of a member that is a list of strings. 0 or -1, as above. */
int land_ask_list(const struct request *rq, const char *name, char ***list);

/* Members of claude_apply. 0, or -1 with why: they contradict each other. */
int land_ask_read(struct land_ask *a, const struct request *rq, struct buf *why);

/* Open the job that is named; it must have ended. 0, or -1 with *code and why. */
int land_ask_job(const struct land_ask *a, struct root *r, struct job *j,
	struct job_status *st, enum answer_code *code, struct buf *why);

/*
 * May cwd's user land this job? Its repository must be the job's, cwd allowed,
 * and what is written below an allow root. cwd NULL (a worker's tool): the workspace must be
 * below $SANDBOX_ROOT. 0, or -1 with why (ANSWER_CWD_REFUSED).
 * After land_open().
 */
int land_ask_guard(const struct land *l, const char *cwd, struct buf *why);
/*
 * The token that was agreed to: with the user's word, the one given, else that
 * of the last recorded preview. 0, or -1 with *code and why. The token is
 * compared with the plan by land_do().
 */
int land_ask_token(const struct land_ask *a, const struct land *l, char token[PLAN_TOKEN],
	enum answer_code *code, struct buf *why);

#endif
