/* SPDX-License-Identifier: MIT */
/*
 * task: from a request of claude_task to what spawn is given: mode, prompt,
 * parameters, and the state of the repository that the answer depends on.
 */
#ifndef JOBDIR_TASK_H
#define JOBDIR_TASK_H

#include "answer.h"
#include "buf.h"
#include "infer.h"
#include "dirt.h"
#include "request.h"
#include "reviewed.h"
#include "tasklist.h"
#include "taskroots.h"
#include "wsconf.h"

struct task {
	const struct request *rq;
	char *cwd;			/* absolute; from guard_cwd() */
	int cwd_fd;
	struct infer infer;
	struct buf prompt;		/* what the agent is told */
	struct buf params;		/* JSON object: the recipe's parameters */
	struct buf state;		/* what else the answer depends on: HEAD, changes */
	char **dirty;			/* write with dirty_policy ask: the changed files */
	size_t dirty_count;
	bool dirty_more;		/* the list was cut */
	struct strv lists[TASKLISTS];	/* files relative to cwd; rules */
	struct strv warnings;		/* for the answer */
	struct taskroots roots;
	struct reviewed reviewed;
	struct wsconf conf;		/* read if there are verification_commands */
	char *which;			/* what it goes on with (spawn --continue); NULL: nothing */
	char *kind;			/* the recipe of that job, where it is known */
	bool fork;
};

#define TASK_INIT { .rq = NULL, .cwd = NULL, .cwd_fd = -1, .prompt = BUF_INIT, \
	.params = BUF_INIT, .state = BUF_INIT, .dirty = NULL, .dirty_count = 0, \
	.dirty_more = false, .reviewed = REVIEWED_INIT }

/*
 * Fill t from rq, whose cwd was judged already (t->cwd and t->cwd_fd are set).
 * 0; or -1 with *code and why for the answer. A dirty workspace under
 * dirty_policy ask is not an error: t->dirty_count says so, and nothing may be
 * spawned.
 */
int task_prepare(struct task *t, const struct request *rq, enum answer_code *code,
	struct buf *why);
void task_release(struct task *t);

/*
 * The state of a repository that an answer depends on: HEAD and the changed files, so
 * that another edit is another state. d gets them, the caller releases it. -1 with why.
 */
int task_stamp(const struct git_repo *r, struct tree_dirty *d, struct buf *state,
	struct buf *why);

/* The recipe's name for a mode is the mode's name. */
const char *task_recipe(const struct task *t);

#endif
