/* SPDX-License-Identifier: MIT */
/*
 * resume: which job a new one goes on with, whether it may, and the claim: spawn's part. What
 * was claimed is taken over when the new job runs (takeover.h).
 *
 *	resume_find()	before the options are settled: recipe and directory it decides
 *	resume_begin()	under the workspace's lock: the job is chosen and judged, its
 *			change sealed, its tree locked; the order gets what it inherits
 *	resume_claim()	before the new job is published
 *	resume_end()	lets the tree go
 */
#ifndef JOBDIR_RESUME_H
#define JOBDIR_RESUME_H

#include "buf.h"
#include "job.h"

struct joborder;

#define RESUME_LATEST "latest"		/* the newest write job of the directory (and goal) */
#define RESUME_RECENT "recent"		/* the newest read job, if just over; else none */
#define RESUME_RECENT_MS (20 * 60 * 1000)

struct resume {
	const char *which;		/* a job, a session, or one of the words; NULL: none */
	bool fork;
	struct job from;		/* fd -1: none */
	int lock;			/* its tree.lock */
	char *recipe, *cwd;		/* its own */
	struct buf params;		/* of the new job */
};
#define RESUME_INIT { .from = { .fd = -1 }, .lock = -1, .params = BUF_INIT }

/*
 * recipe and cwd are set where the job is named; with one of the words only the recipe. dir:
 * where a session is looked for. 0; -1 with why and errno EINVAL: there is no such job.
 */
int resume_find(struct resume *m, const struct root *r, const char *dir, struct buf *why);

/*
 * 0: o continues m->from, or, of RESUME_RECENT, nothing; -1 with why, errno ECANCELED: it
 * cannot be continued; EBUSY: not now.
 */
int resume_begin(struct resume *m, const struct root *r, struct joborder *o, struct buf *why);

/* The job with this id is the one that goes on with it. 0 or -1+errno. */
int resume_claim(const struct resume *m, const char *id);
void resume_unclaim(const struct resume *m, const char *id);
void resume_end(struct resume *m);

#endif
