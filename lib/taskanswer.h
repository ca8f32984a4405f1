/* SPDX-License-Identifier: MIT */
/*
 * taskanswer: the parts of claude_task's answer that are about the asking: how
 * the mode was found, what the user must decide, how was waited.
 */
#ifndef JOBDIR_TASKANSWER_H
#define JOBDIR_TASKANSWER_H

#include "task.h"

struct jsonw;

/* Members delegated_mode and mode_inference. */
void taskanswer_inference(struct jsonw *w, const struct task *t);

/* The whole answer: uncommitted changes, and nobody said what about them. */
void taskanswer_dirty(struct buf *out, const struct task *t);

/* How it was waited for the job. */
struct taskanswer_wait {
	int64_t window_ms;		/* 0: not at all */
	bool ended, deduped, continued;
	bool unasked;			/* there was a task, but the job of job_id goes on */
};
/*
 * Members reuse_decision, deduped, message?, dedup_policy, wait, and request_warnings
 * (t NULL: a job that was there).
 */
void taskanswer_reuse(struct jsonw *w, const struct task *t, const char *job_id,
	const struct taskanswer_wait *how);

#endif
