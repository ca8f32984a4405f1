/* SPDX-License-Identifier: MIT */
/*
 * taskresume: which earlier job a request goes on with: job_id with a task names one that has
 * ended; session_key one, or a session; resume_latest and resume leave it to spawn.
 */
#ifndef JOBDIR_TASKRESUME_H
#define JOBDIR_TASKRESUME_H

#include <stdbool.h>
#include "answer.h"

struct buf;
struct job;
struct root;
struct task;

/* Set t->which and t->fork from t->rq, before task_prepare(). 0; -1 with *code and why. */
int taskresume_ask(struct task *t, const struct root *r, enum answer_code *code, struct buf *why);

/* t goes on with this job, which has ended: t->which and t->kind. 0 or -1+ENOMEM. */
int taskresume_job(struct task *t, const struct job *j);

/*
 * After task_prepare(): the job was told just this. Then it is not asked again: a caller that
 * waits for a job may say once more what for.
 */
bool taskresume_same(const struct task *t, const struct job *j);

#endif
