/* SPDX-License-Identifier: MIT */
/*
 * taskcheck: the member verification_commands of a request: judged before
 * anything is started, and written as the recipe's parameter "checks".
 */
#ifndef JOBDIR_TASKCHECK_H
#define JOBDIR_TASKCHECK_H

#include "answer.h"

struct buf;
struct jsonw;
struct request;
struct wsconf;

/*
 * Each must be a command that builds or tests, and that the workspace's owner
 * permits: conf is filled from the directory if there are any. 0; or -1 with *code and why.
 */
int taskcheck_judge(const struct request *rq, int cwd_fd, struct wsconf *conf,
	enum answer_code *code, struct buf *why);

/* The member "checks", if the request has commands. */
void taskcheck_write(struct jsonw *w, const struct request *rq, const struct wsconf *conf);

#endif
