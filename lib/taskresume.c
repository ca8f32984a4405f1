/* SPDX-License-Identifier: MIT */
#include "taskresume.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "buf.h"
#include "job.h"
#include "resume.h"
#include "store.h"
#include "task.h"

#define PROMPT_MAX (16u << 20)

/* A job of another workspace: not even its existence is told. */
static int
judge_key(const struct task *t, const struct root *r, enum answer_code *code, struct buf *why)
{
	CLEANUP(free) char *cwd = NULL;
	struct job j;

	if (r->fd < 0 || job_open(&j, r, t->which) < 0) {
		if (r->fd >= 0 && errno != EMLINK)
			return 0;	/* a session's, perhaps: spawn looks */
		*code = r->fd < 0 ? ANSWER_JOB_NOT_FOUND : ANSWER_JOB_AMBIGUOUS;
		return buf_addstr(why, r->fd < 0 ? "no such job in this workspace" :
			"session_key: more than one job has this in its id"), -1;
	}
	cwd = job_cwd(&j);
	job_close(&j);
	if (cwd && !strcmp(cwd, t->cwd))
		return 0;
	*code = ANSWER_JOB_NOT_FOUND;
	return buf_addstr(why, "no such job in this workspace"), -1;
}

int
taskresume_ask(struct task *t, const struct root *r, enum answer_code *code, struct buf *why)
{
	const struct request *rq = t->rq;
	CLEANUP(free) char *mode = request_str(rq, "mode");

	*code = ANSWER_INVALID_REQUEST;
	t->fork = request_bool(rq, "fork_session", false);
	t->which = request_str(rq, "session_key");
	if (t->which)
		return !strcmp(t->which, RESUME_LATEST) || !strcmp(t->which, RESUME_RECENT) ?
			(buf_addstr(why, "session_key: a job id or a session id"), -1) :
			judge_key(t, r, code, why);
	if (request_bool(rq, "resume_latest", false)) {
		if (mode && (!strcmp(mode, "read") || !strcmp(mode, "review")))
			return buf_addf(why, "resume_latest goes on with a write job, not in mode %s",
				mode), -1;
		t->which = strdup(RESUME_LATEST);
		return t->which ? 0 : -1;
	}
	if (!strcmp(rq->tool, "claude_query") &&
	    request_bool(rq, "resume", !request_bool(rq, "fast", false))) {
		t->which = strdup(RESUME_RECENT);
		return t->which ? 0 : -1;
	}
	return 0;
}

int
taskresume_job(struct task *t, const struct job *j)
{
	free(t->which);
	t->which = strdup(j->id);
	t->kind = job_recipe(j);
	return t->which && t->kind ? 0 : -1;
}

bool
taskresume_same(const struct task *t, const struct job *j)
{
	CLEANUP(buf) struct buf told = BUF_INIT;

	return store_read(j->fd, JOB_PROMPT, &told, PROMPT_MAX) == 0 && told.len == t->prompt.len &&
		!memcmp(told.p, t->prompt.p, told.len);
}
