/* SPDX-License-Identifier: MIT */
/*
 * start: from a request of the tool start to what spawn is given. The
 * parameters of the job keep the names they have in the request; those that were not
 * given come from the configuration.
 */
#ifndef JOBDIR_START_H
#define JOBDIR_START_H

#include "answer.h"
#include "buf.h"
#include "request.h"

struct start {
	const struct request *rq;
	char *cwd;			/* the first of allowed_dirs */
	int64_t timeout_ms;
	struct buf prompt;		/* what the agent is told */
	struct buf params;		/* JSON object */
	struct buf state;		/* what else the answer depends on */
	struct buf note;		/* for the answer: where it is not quite what was asked for */
};

#define START_INIT { .rq = NULL, .cwd = NULL, .timeout_ms = 0, .prompt = BUF_INIT, \
	.params = BUF_INIT, .state = BUF_INIT, .note = BUF_INIT }

/* Judge and fill. 0; or -1 with *code and why for the answer. */
int start_prepare(struct start *s, const struct request *rq, enum answer_code *code,
	struct buf *why);
void start_release(struct start *s);

#endif
