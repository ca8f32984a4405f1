/* SPDX-License-Identifier: MIT */
/*
 * jobreq: the beginning that the tools about jobs have in common: read the
 * request, judge its cwd, open the state root and, where the request names
 * one, the job, which must be of that cwd. The worker's tools (those not called
 * claude_…) name no cwd: their jobs are those below $SANDBOX_ROOT, and their answers
 * are redacted whole.
 */
#ifndef JOBDIR_JOBREQ_H
#define JOBDIR_JOBREQ_H

#include <stdbool.h>
#include "buf.h"
#include "job.h"
#include "request.h"

struct jobreq {
	struct request rq;
	bool worker;			/* one of the worker's tools */
	char *cwd;			/* absolute, symlink-free; of a worker's tool: the job's */
	struct root root;		/* perhaps empty: no job was ever made */
	struct job job;			/* fd -1: the tool names none */
	struct buf out;			/* the answer */
};
#define JOBREQ_INIT { .root = { .fd = -1 }, .job = { .fd = -1 }, .out = BUF_INIT }

/*
 * 0; or -1 and q->out holds the answer, an error object. with_job: the request
 * has a member job_id. errno does not matter then.
 */
int jobreq_open(struct jobreq *q, int argc, char *const argv[], const char *tool, bool with_job);

/*
 * The whole of a tool's command: read the request, let act() write its answer
 * into q->out, and return that, a line, malloc'd; NULL: no memory. What act()
 * opened stays open until the process ends.
 */
char *jobreq_serve(int argc, char *const argv[], const char *tool, bool with_job,
	void (*act)(struct jobreq *q));
/* The same with a request that was read already, which it takes over. */
char *jobreq_serve_read(struct request *rq, bool with_job, void (*act)(struct jobreq *q));

/* Take every secret of our environment, the env file and the patterns out. JSON stays JSON. 0 or -1. */
int jobreq_redact(struct buf *text);

/* {"cwd":…,"job_id":…} for next_actions, with one more member if extra is not NULL. */
int jobreq_args(const struct jobreq *q, struct buf *out, const char *extra);

#endif
